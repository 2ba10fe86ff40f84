import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { KeyEvent } from '../keri/event.ts';
import { recordRulesProblem, sealProblem } from '../log/fold-records.ts';
import { type Admission, createGenesis, type Genesis } from '../log/genesis.ts';
import type { RecordBook } from '../log/record-book.ts';
import type { UnsignedRecord } from '../records/record.ts';
import { buildOperation, type Operation } from './operation.ts';
import { newPlan } from './plan.ts';
import { planBatch } from './planned.ts';
import { type ReadGround, readSet } from './read-set.ts';
import { requestsJson } from './requests.ts';
import { bookAfter } from './superseded.ts';
import { encodeStagedBatch, type StagedBatch } from './staged-batch.ts';

/** The log that a batch is staged for, as far as staging reads it. */
export interface StagingGround {
  readonly crypto: Crypto;
  readonly logs: ReadGround;
  /** The genesis of the log; `undefined` while it is unborn. */
  readonly genesis: Genesis | undefined;
  /** The records of the log, and what is in force by them. */
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

function buildAll(
  ground: StagingGround,
  first: BatchContent,
  operations: readonly Operation[],
): BatchContent {
  const plan = newPlan(ground.crypto, ground.logs);
  for (const event of first.events) plan.add(event);
  const built = operations.map((operation) => {
    const one = buildOperation(ground, plan, operation);
    for (const event of one.events) plan.add(event);
    return one;
  });
  return {
    events: [...first.events, ...built.flatMap(({ events }) => events)],
    records: [...first.records, ...built.flatMap(({ records }) => records)],
  };
}

function checkSize(what: string, size: number, limit: number): void {
  if (size >= 1 && size <= limit) return;
  throw new GitkelError(
    'usage',
    `Cannot stage a batch of ${size} ${what}: 1 to ${limit} are allowed`,
    { reason: 'batch-size' },
  );
}

function genesisFor(
  ground: StagingGround,
  events: readonly KeyEvent[],
  base: StagedBatch | undefined,
): Genesis | undefined {
  if (ground.genesis !== undefined) return undefined;
  const [founder, ...others] = events;
  if (founder?.type !== 'icp' || others.length > 0) {
    throw new GitkelError(
      'usage',
      'Cannot stage this: the first batch of a log holds the inception of its founder and nothing else',
      {
        reason: 'genesis-founder',
        hint: 'Create one identity first and commit it.',
      },
    );
  }
  return (
    base?.genesis ??
    createGenesis(ground.crypto, founder.aid, ground.opening.admission, ground.opening.nonce)
  );
}

/**
 * Refuses records that the log has. Two that say the same are one only where their events have one sequence number: the
 * first was superseded then.
 */
function requireNewRecords(book: RecordBook, records: readonly UnsignedRecord[]): void {
  const known = records.find(({ said }) => book.positionOf(said) !== undefined);
  if (known === undefined) return;
  throw new GitkelError(
    'refused',
    `Cannot stage this: the very same ${known.body.type} of event ${known.sn} is in the log already, and was superseded`,
    {
      reason: 'record-twice',
      hint: 'The next event can seal it anew: anchor something first, or say it in other words.',
    },
  );
}

/** What helps against the rules of some records. */
const HINTS: Readonly<Record<string, string>> = {
  'link-self':
    'A device has a key and an identity of its own: gitkel key new, then gitkel identity create.',
  'link-twice':
    'gitkel device list AID shows the devices of an identity, and as what they are linked.',
  'revoke-without-link':
    'gitkel device list AID shows the devices of an identity, with their AIDs. What is staged is no link yet: gitkel batch list.',
  'release-previous':
    'Another release came first: make the release anew, so that it follows on that one.',
  'release-twice': 'Change the skill or its version; what is released already need not be again.',
  'revoke-twice':
    'It is revoked: gitkel skill releases, or gitkel skill statements, shows by what.',
  'revoke-foreign': 'Who disagrees says so by an audit or a vouch of their own.',
  'run-twice': 'gitkel run list shows which runs are sealed; name the others.',
  'vouch-self': 'Others have to vouch for it.',
  'statement-subject':
    'Name the release itself, or its files: its manifest is known here by another name or digest.',
  'policy-twice': 'It is approved: nothing is left to do.',
};

/**
 * Builds a staged batch from events whose bytes are fixed: the requests, the read set and the id follow from them.
 * @throws GitkelError `refused` when an event cannot stand on the log, `usage` when an unborn log is not opened.
 */
export function stageContent(
  ground: StagingGround,
  { events, records }: BatchContent,
  options: StageOptions & { readonly genesis?: Genesis | undefined } = {},
): StagedBatch {
  const { crypto, logs } = ground;
  checkSize('events and records', events.length + records.length, LIMITS.filesPerBatch);
  const genesis = options.genesis ?? genesisFor(ground, events, options.base);
  const logId = (ground.genesis ?? genesis)?.logId ?? '';
  const founder = (ground.genesis ?? genesis)?.founder ?? '';
  const plan = planBatch(crypto, logs, events, records);
  requireNewRecords(ground.book, records);
  const problem =
    sealProblem(events, records, logId) ??
    recordRulesProblem({ founder, book: bookAfter(ground.book, plan.events) }, records);
  if (problem !== undefined) {
    const hint = HINTS[problem[0]];
    throw new GitkelError('refused', `Cannot stage this: ${problem[1]}`, {
      reason: problem[0],
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const batch = encodeStagedBatch(crypto, {
    logId,
    genesis,
    events,
    records,
    requests: requestsJson(crypto, plan),
    reads: readSet(logs, events, records),
    expires: options.expires,
  });
  checkSize('bytes', batch.bytes.length, LIMITS.batchFileBytes);
  return batch;
}

/**
 * Builds the unsigned events of the operations, in order, on what the log holds, and the signature requests for them.
 * Holds no key, changes nothing.
 * @throws GitkelError `usage` or `not-found` for an operation that cannot be built, `malformed` for a record that no log
 * would take, `refused` for what could not stand on the log.
 */
export function stage(
  ground: StagingGround,
  operations: readonly Operation[],
  options: StageOptions = {},
): StagedBatch {
  const content = buildAll(ground, options.base ?? { events: [], records: [] }, operations);
  return stageContent(ground, content, { expires: options.base?.expires, ...options });
}
