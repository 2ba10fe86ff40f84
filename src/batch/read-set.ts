import type { Json } from '../base/canonical-json.ts';
import { quoted } from '../base/errors.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { KeyLogs } from '../keri/key-log.ts';
import { signerOf, type UnsignedRecord } from '../records/record.ts';

/** An AID that the meaning of a batch depends on, with its last establishment event when it was staged. */
export interface ReadMark {
  readonly aid: string;
  readonly establishment: { readonly sn: number; readonly said: string };
}

/** Who has to approve an event, of delegated events. */
function delegatorOf(logs: KeyLogs, event: KeyEvent): readonly string[] {
  if (event.type === 'dip') return [event.delegator];
  return event.type === 'drt' ? [logs.log(event.aid)?.state.delegator ?? []].flat() : [];
}

/**
 * The read set of a batch: every AID of its events, delegator of such an event, and signer of its records that exists
 * already, in the order of their texts.
 */
export function readSet(
  logs: KeyLogs,
  events: readonly KeyEvent[],
  records: readonly UnsignedRecord[],
): readonly ReadMark[] {
  const signers = records.flatMap((record) => signerOf(record) ?? []);
  const delegators = events.flatMap((event) => delegatorOf(logs, event));
  const aids = new Set([...events.map(({ aid }) => aid), ...delegators, ...signers]);
  return [...aids].toSorted().flatMap((aid) => {
    const state = logs.log(aid)?.state;
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
export function changedRead(logs: KeyLogs, reads: readonly ReadMark[]): string | undefined {
  for (const { aid, establishment } of reads) {
    const now = logs.log(aid)?.state.lastEstablishment;
    if (now?.said !== establishment.said) {
      return `${quoted(aid)} was at establishment event ${establishment.sn} when this was staged, now at ${now?.sn ?? 'none'}`;
    }
  }
  return undefined;
}
