import type { Json } from '../base/canonical-json.ts';
import { quoted } from '../base/errors.ts';
import type { KeyEvent } from '../keri/event.ts';
import { signerOf, type UnsignedRecord } from '../records/record.ts';
import type { KelLookup } from './planned.ts';

/** An AID that the meaning of a batch depends on, with its last establishment event when it was staged. */
export interface ReadMark {
  readonly aid: string;
  readonly establishment: { readonly sn: number; readonly said: string };
}

/** The read set of a batch: every AID of its events and signers of its records that exists already, in the order of their texts. */
export function readSet(
  lookup: KelLookup,
  events: readonly KeyEvent[],
  records: readonly UnsignedRecord[],
): readonly ReadMark[] {
  const signers = records.flatMap((record) => signerOf(record) ?? []);
  return [...new Set([...events.map(({ aid }) => aid), ...signers])].toSorted().flatMap((aid) => {
    const state = lookup(aid)?.state;
    if (state === undefined) return [];
    const { sn, said } = state.lastEstablishment;
    return [{ aid, establishment: { sn, said } }];
  });
}

/** The read set as the batch document holds it. */
export function readSetJson(reads: readonly ReadMark[]): Json {
  return reads.map(({ aid, establishment }) => ({ aid, establishment: { ...establishment } }));
}

/** What changed since a batch with this read set was staged, in words; `undefined` while nothing did. */
export function changedRead(lookup: KelLookup, reads: readonly ReadMark[]): string | undefined {
  for (const { aid, establishment } of reads) {
    const now = lookup(aid)?.state.lastEstablishment;
    if (now?.said !== establishment.said) {
      return `${quoted(aid)} was at establishment event ${establishment.sn} when this was staged, now at ${now?.sn ?? 'none'}`;
    }
  }
  return undefined;
}
