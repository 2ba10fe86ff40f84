import type { Json } from '../base/canonical-json.ts';
import { quoted } from '../base/errors.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { KeyLogs } from '../keri/key-log.ts';
import { signerOf, type UnsignedRecord } from '../records/record.ts';

/** An AID that the meaning of a batch depends on, with its last establishment event when it was staged. */
export interface ReadMark {
  readonly aid: string;
  readonly establishment: { readonly sn: number; readonly said: string };
  /** SAIDs of the evidence by which it was marked as duplicitous then, in the order of the log. */
  readonly marks: readonly string[];
}

/** What a batch is judged by. */
export interface ReadGround extends KeyLogs {
  /** SAIDs of the evidence that marks an AID as duplicitous; not there where only KELs are known, as in an export. */
  marksOf?(aid: string): readonly string[];
}

/** Who has to approve an event, of delegated events. */
function delegatorOf(logs: KeyLogs, event: KeyEvent): readonly string[] {
  if (event.type === 'dip') return [event.delegator];
  return event.type === 'drt' ? [logs.log(event.aid)?.state.delegator ?? []].flat() : [];
}

/**
 * The read set of a batch: every AID of its events, delegator of such an event, and signer of its records that exists
 * already, in the order of their texts.
 * @param stated what a batch says that it read; its marks count where the ground knows of none
 */
export function readSet(
  ground: ReadGround,
  events: readonly KeyEvent[],
  records: readonly UnsignedRecord[],
  stated: readonly ReadMark[] = [],
): readonly ReadMark[] {
  const signers = records.flatMap((record) => signerOf(record) ?? []);
  const delegators = events.flatMap((event) => delegatorOf(ground, event));
  const aids = new Set([...events.map(({ aid }) => aid), ...delegators, ...signers]);
  return [...aids].toSorted().flatMap((aid) => {
    const state = ground.log(aid)?.state;
    if (state === undefined) return [];
    const { sn, said } = state.lastEstablishment;
    const marks = ground.marksOf?.(aid) ?? stated.find((read) => read.aid === aid)?.marks ?? [];
    return [{ aid, establishment: { sn, said }, marks }];
  });
}

/** The read set as the batch document holds it. */
export function readSetJson(reads: readonly ReadMark[]): Json {
  return reads.map(({ aid, establishment, marks }) => ({
    aid,
    establishment: { ...establishment },
    ...(marks.length === 0 ? {} : { marks }),
  }));
}

/** What changed since a batch with this read set was staged, in words; `undefined` while nothing did. */
export function changedRead(ground: ReadGround, reads: readonly ReadMark[]): string | undefined {
  for (const { aid, establishment, marks } of reads) {
    const now = ground.log(aid)?.state.lastEstablishment;
    if (now?.said !== establishment.said) {
      return `${quoted(aid)} was at establishment event ${establishment.sn} when this was staged, now at ${now?.sn ?? 'none'}`;
    }
    const known = ground.marksOf?.(aid) ?? marks;
    if (known.join() !== marks.join()) {
      return known.length > marks.length
        ? `${quoted(aid)} is marked as duplicitous since this was staged, by the evidence ${known.at(-1) ?? ''}`
        : `${quoted(aid)} was marked as duplicitous when this was staged, and is not any more`;
    }
  }
  return undefined;
}
