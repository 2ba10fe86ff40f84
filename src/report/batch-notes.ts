import { LIMITS } from '../base/limits.ts';
import type { Anchor } from '../keri/key-log.ts';
import { thresholdText } from '../keri/threshold.ts';
import { subjectOf } from '../log/batch-record.ts';
import type { FiledEvent } from '../log/accepted-event.ts';
import type { CheckedBatch } from '../log/check-batch.ts';
import type { FirstSigners } from '../log/proofs.ts';
import type { RecordBody } from '../records/record.ts';
import { Newest } from './newest.ts';
import { type NotedRecord, NotedRecords } from './noted-records.ts';
import { plainText } from './plain-text.ts';
import type { ReportBatch, ReportEvent } from './report.ts';

/** What is noted of an establishment event: the log keeps the key state that it led to, not who signed a superseded one. */
export interface NotedEstablishment {
  readonly type: 'icp' | 'rot' | 'dip' | 'drt';
  /** Of its file among those of its AID. */
  readonly ordinal: number;
  readonly signers: FirstSigners;
  readonly anchor: Anchor | undefined;
}

/** Without the files of a release, which are many. */
function slimBody(body: RecordBody): RecordBody {
  if (body.type !== 'release') return body;
  const { manifest } = body;
  return { ...body, manifest: { ...manifest, files: [] } };
}

function notedEvent({ event, state, signers }: FiledEvent): ReportEvent {
  const { aid, sn, said, type } = event;
  const { witnesses, witnessThreshold } = state;
  return {
    aid,
    sn,
    type,
    said,
    threshold: thresholdText(state.threshold),
    keys: state.publicKeys.length,
    signed: signers.indices,
    late: [],
    witnesses:
      witnesses.length === 0
        ? null
        : [signers.witnessIndices.length, witnesses.length, witnessThreshold],
    superseded: false,
  };
}

/**
 * What a report needs of the batches of a log beside what the log keeps of them: taken down while they are verified, from
 * the first one on.
 */
export class BatchNotes {
  #batches = new Newest<ReportBatch>(LIMITS.reportBatches);
  #records = new NotedRecords();
  readonly #establishments = new Map<string, NotedEstablishment>();
  readonly #interactions = new Map<string, number[]>();
  readonly #committers = new Set<string>();
  #events = 0;

  /** The newest batches, as they were when they entered the log. */
  get batches(): readonly ReportBatch[] {
    return this.#batches.items;
  }

  /** The newest records, and older ones that speak against something. */
  get records(): readonly NotedRecord[] {
    return this.#records.items;
  }

  /** How many records, events and batches were verified. */
  get counts(): { readonly records: number; readonly events: number; readonly batches: number } {
    return { records: this.#records.count, events: this.#events, batches: this.#batches.count };
  }

  /** Who committed anything. */
  get committers(): ReadonlySet<string> {
    return this.#committers;
  }

  /** An establishment event that was accepted, by its SAID. */
  establishment(said: string): NotedEstablishment | undefined {
    return this.#establishments.get(said);
  }

  /** Where the interactions of an AID stand, each position once. */
  interactions(aid: string): readonly number[] {
    return this.#interactions.get(aid) ?? [];
  }

  #beginAnew(): void {
    this.#batches = new Newest(LIMITS.reportBatches);
    this.#records = new NotedRecords();
    this.#establishments.clear();
    this.#interactions.clear();
    this.#committers.clear();
    this.#events = 0;
  }

  #noteEvent(filed: FiledEvent, position: number): void {
    const { event, ordinal, signers, anchor } = filed;
    this.#events++;
    if (event.type !== 'ixn') {
      this.#establishments.set(event.said, { type: event.type, ordinal, signers, anchor });
      return;
    }
    const positions = this.#interactions.get(event.aid);
    if (positions === undefined) this.#interactions.set(event.aid, [position]);
    else if (positions.at(-1) !== position) positions.push(position);
  }

  /** Takes down a batch. The first one of a log begins anew: an audit may go through a log twice. */
  add({ draft, record, mark }: CheckedBatch): void {
    const { number: position, committer, files } = record;
    if (position === 0) this.#beginAnew();
    const added = [...draft.kels.values()].flatMap((kel) => kel.added);
    const bySaid = new Map(added.map((filed) => [filed.event.said, filed]));
    for (const filed of added) this.#noteEvent(filed, position);
    for (const { said, issuer, sn, body } of draft.records)
      this.#records.push({
        said,
        issuer,
        sn,
        position,
        body: slimBody(body),
        files: body.type === 'release' ? body.manifest.files.length : 0,
      });
    this.#committers.add(committer.aid);
    this.#batches.push({
      position,
      commit: mark.commit,
      payload: mark.payloadDigest,
      claimedSeconds: mark.claimedSeconds,
      committer: committer.aid,
      keyIndex: committer.keyIndex,
      subject: plainText(
        subjectOf(draft.events, draft.genesis !== undefined, draft.records, draft),
      ),
      files: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      events: draft.events.flatMap(({ said }) => {
        const filed = bySaid.get(said);
        return filed === undefined ? [] : [notedEvent(filed)];
      }),
      records: draft.records.map(({ said }) => said),
    });
  }
}
