import { GitkelError, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { buildInception, buildInteraction, buildRotation, type InceptionFields, type RotationFields } from '../keri/build.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { Seal } from '../keri/seal.ts';
import type { KeyState } from '../keri/state.ts';
import { type Admission, createGenesis, type Genesis } from '../log/genesis.ts';
import { type Problem, recordRuleProblem, sealProblem } from '../log/fold-records.ts';
import type { RecordBook } from '../log/record-book.ts';
import { buildRecord, type RecordBody, signerOf, type UnsignedRecord } from '../records/record.ts';
import { recordSeal } from '../records/record-seal.ts';
import { type KelLookup, planBatch } from './planned.ts';
import { requestsJson } from './requests.ts';
import { encodeStagedBatch, type ReadMark, type StagedBatch } from './staged-batch.ts';

/** One thing that a batch does. Keys are public ones: staging holds no private key. */
export type Operation =
  | ({ readonly kind: 'create' } & InceptionFields)
  | ({ readonly kind: 'rotate'; readonly aid: string } & RotationFields)
  | { readonly kind: 'anchor'; readonly aid: string; readonly seals: readonly Seal[] }
  /** Records of this log, sealed together by one interaction event. */
  | { readonly kind: 'seal'; readonly aid: string; readonly bodies: readonly RecordBody[] };

/** The log that a batch is staged for, as far as staging reads it. */
export interface StagingGround {
  readonly crypto: Crypto;
  readonly lookup: KelLookup;
  /** The genesis of the log; `undefined` while it is unborn. */
  readonly genesis: Genesis | undefined;
  /** The records of the log. */
  readonly book: RecordBook;
  /** What to open the log with, when it is unborn: 16 random bytes and its admission. */
  readonly opening: { readonly nonce: Uint8Array; readonly admission: Admission };
}

export interface StageOptions {
  /** Seconds since 1970. */
  readonly expires?: number | undefined;
  /** A staged batch that nobody has signed, whose events come first. */
  readonly base?: StagedBatch | undefined;
}

/** What a batch is built from: events in their order, and the records that they seal. */
export interface BatchContent {
  readonly events: readonly KeyEvent[];
  readonly records: readonly UnsignedRecord[];
}

function sealRecords(ground: StagingGround, state: KeyState, bodies: readonly RecordBody[]): BatchContent {
  const { crypto, genesis } = ground;
  if (genesis === undefined) throw new GitkelError('usage', 'Cannot seal a record: the log has no batch yet', { reason: 'genesis-founder' });
  const head = { issuer: state.aid, sn: state.sn + 1, logId: genesis.logId };
  const records = bodies.map((body) => buildRecord(crypto, head, body));
  const seals = records.map(({ body, said }) => recordSeal(body.type, head.logId, said));
  return { events: [buildInteraction(crypto, state, seals)], records };
}

function build(ground: StagingGround, states: ReadonlyMap<string, KeyState>, operation: Operation): BatchContent {
  const { crypto } = ground;
  if (operation.kind === 'create') return { events: [buildInception(crypto, operation)], records: [] };
  const state = states.get(operation.aid) ?? ground.lookup(operation.aid)?.state;
  if (state === undefined) {
    throw new GitkelError('not-found', `Cannot ${operation.kind} ${quoted(operation.aid)}: it is not in this log`);
  }
  switch (operation.kind) {
    case 'rotate':
      return { events: [buildRotation(crypto, state, operation)], records: [] };
    case 'anchor':
      return { events: [buildInteraction(crypto, state, operation.seals)], records: [] };
    case 'seal':
      return sealRecords(ground, state, operation.bodies);
  }
}

function buildAll(ground: StagingGround, first: BatchContent, operations: readonly Operation[]): BatchContent {
  const events = [...first.events];
  const records = [...first.records];
  for (const operation of operations) {
    const { crypto, lookup } = ground;
    const states = new Map(planBatch(crypto, lookup, events, records).events.map(({ event, after }) => [event.aid, after]));
    const built = build(ground, states, operation);
    const [event] = built.events;
    if (event === undefined) continue;
    if (event.type === 'icp' && (ground.lookup(event.aid) !== undefined || states.has(event.aid))) {
      throw new GitkelError('conflict', `Cannot create ${event.aid}: it is in this log already`, { reason: 'place-taken' });
    }
    events.push(...built.events);
    records.push(...built.records);
  }
  return { events, records };
}

/** Of each AID that the batch depends on and that exists already, the last establishment event. */
function readSet(lookup: KelLookup, { events, records }: BatchContent): readonly ReadMark[] {
  const signers = records.flatMap((record) => signerOf(record) ?? []);
  return [...new Set([...events.map(({ aid }) => aid), ...signers])].toSorted().flatMap((aid) => {
    const state = lookup(aid)?.state;
    if (state === undefined) return [];
    const { sn, said } = state.lastEstablishment;
    return [{ aid, establishment: { sn, said } }];
  });
}

function genesisFor(ground: StagingGround, events: readonly KeyEvent[], base: StagedBatch | undefined): Genesis | undefined {
  if (ground.genesis !== undefined) return undefined;
  const [founder, ...others] = events;
  if (founder?.type !== 'icp' || others.length > 0) {
    throw new GitkelError('usage', 'Cannot stage this: the first batch of a log holds the inception of its founder and nothing else', {
      reason: 'genesis-founder',
      hint: 'Create one identity first and commit it.',
    });
  }
  return base?.genesis ?? createGenesis(ground.crypto, founder.aid, ground.opening.admission, ground.opening.nonce);
}

function ruleProblem({ genesis, book }: StagingGround, records: readonly UnsignedRecord[]): Problem | undefined {
  for (const [index, record] of records.entries()) {
    const problem = recordRuleProblem({ founder: genesis?.founder ?? '', book, before: records.slice(0, index) }, record);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * Builds a staged batch from events whose bytes are fixed: the requests, the read set and the id follow from them.
 * @throws GitkelError `refused` when an event cannot stand on the log, `usage` when an unborn log is not opened.
 */
export function stageContent(
  ground: StagingGround,
  content: BatchContent,
  options: StageOptions & { readonly genesis?: Genesis | undefined } = {},
): StagedBatch {
  const { crypto, lookup } = ground;
  const { events, records } = content;
  const genesis = options.genesis ?? genesisFor(ground, events, options.base);
  const logId = (ground.genesis ?? genesis)?.logId ?? '';
  const problem = sealProblem(events, records, logId);
  const ruled = problem ?? ruleProblem(ground, records);
  if (ruled !== undefined) throw new GitkelError('refused', `Cannot stage this: ${ruled[1]}`, { reason: ruled[0] });
  return encodeStagedBatch(crypto, {
    logId,
    genesis,
    events,
    records,
    requests: requestsJson(crypto, planBatch(crypto, lookup, events, records)),
    reads: readSet(lookup, content),
    expires: options.expires,
  });
}

/**
 * Builds the unsigned events of the operations, in order, on what the log holds, and the signature requests for them.
 * Holds no key, changes nothing.
 * @throws GitkelError `usage` or `not-found` for an operation that cannot be built.
 */
export function stage(ground: StagingGround, operations: readonly Operation[], options: StageOptions = {}): StagedBatch {
  const content = buildAll(ground, options.base ?? { events: [], records: [] }, operations);
  return stageContent(ground, content, { expires: options.base?.expires, ...options });
}
