import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import {
  buildInception,
  buildInteraction,
  buildRotation,
  type InceptionFields,
  type RotationFields,
} from '../keri/build.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { Seal } from '../keri/seal.ts';
import { type Admission, createGenesis, type Genesis } from '../log/genesis.ts';
import { logSealProblem } from '../log/log-seal.ts';
import { type KelLookup, newPlan, type Plan, planEvents } from './planned.ts';
import { readSet } from './read-set.ts';
import { requestFor, requestJson } from './requests.ts';
import { encodeStagedBatch, type StagedBatch } from './staged-batch.ts';

/** One thing that a batch does. Keys are public ones: staging holds no private key. */
export type Operation =
  | ({ readonly kind: 'create' } & InceptionFields)
  | ({ readonly kind: 'rotate'; readonly aid: string } & RotationFields)
  | { readonly kind: 'anchor'; readonly aid: string; readonly seals: readonly Seal[] };

/** The log that a batch is staged for, as far as staging reads it. */
export interface StagingGround {
  readonly crypto: Crypto;
  readonly lookup: KelLookup;
  /** The genesis of the log; `undefined` while it is unborn. */
  readonly genesis: Genesis | undefined;
  /** What to open the log with, when it is unborn: 16 random bytes and its admission. */
  readonly opening: { readonly nonce: Uint8Array; readonly admission: Admission };
}

export interface StageOptions {
  /** Seconds since 1970. */
  readonly expires?: number | undefined;
  /** A staged batch that nobody has signed, whose events come first. */
  readonly base?: StagedBatch | undefined;
}

function build({ crypto }: StagingGround, plan: Plan, operation: Operation): KeyEvent {
  if (operation.kind === 'create') return buildInception(crypto, operation);
  const state = plan.stateOf(operation.aid);
  if (state === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot ${operation.kind} ${quoted(operation.aid)}: it is not in this log`,
    );
  }
  return operation.kind === 'rotate'
    ? buildRotation(crypto, state, operation)
    : buildInteraction(crypto, state, operation.seals);
}

function buildAll(
  ground: StagingGround,
  first: readonly KeyEvent[],
  operations: readonly Operation[],
): readonly KeyEvent[] {
  const plan = newPlan(ground.crypto, ground.lookup);
  for (const event of first) plan.add(event);
  const built = operations.map((operation) => {
    const event = build(ground, plan, operation);
    if (event.type === 'icp' && plan.stateOf(event.aid) !== undefined) {
      throw new GitkelError('conflict', `Cannot create ${event.aid}: it is in this log already`, {
        reason: 'place-taken',
      });
    }
    return plan.add(event).event;
  });
  return [...first, ...built];
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
 * Builds a staged batch from events whose bytes are fixed: the requests, the read set and the id follow from them.
 * @throws GitkelError `refused` when an event cannot stand on the log, `usage` when an unborn log is not opened.
 */
export function stageEvents(
  ground: StagingGround,
  events: readonly KeyEvent[],
  options: StageOptions & { readonly genesis?: Genesis | undefined } = {},
): StagedBatch {
  const { crypto, lookup } = ground;
  checkSize('events', events.length, LIMITS.filesPerBatch);
  const genesis = options.genesis ?? genesisFor(ground, events, options.base);
  const logId = (ground.genesis ?? genesis)?.logId ?? '';
  for (const event of events) {
    const problem = logSealProblem(event, logId);
    if (problem !== undefined)
      throw new GitkelError('refused', `Cannot stage this: ${problem[1]}`, { reason: problem[0] });
  }
  const batch = encodeStagedBatch(crypto, {
    logId,
    genesis,
    events,
    requests: planEvents(crypto, lookup, events).map(({ event, before }) =>
      requestJson(requestFor(crypto, event, before)),
    ),
    reads: readSet(lookup, events),
    expires: options.expires,
  });
  checkSize('bytes', batch.bytes.length, LIMITS.batchFileBytes);
  return batch;
}

/**
 * Builds the unsigned events of the operations, in order, on what the log holds, and the signature requests for them.
 * Holds no key, changes nothing.
 * @throws GitkelError `usage` or `not-found` for an operation that cannot be built.
 */
export function stage(
  ground: StagingGround,
  operations: readonly Operation[],
  options: StageOptions = {},
): StagedBatch {
  const events = buildAll(ground, options.base?.events ?? [], operations);
  return stageEvents(ground, events, { expires: options.base?.expires, ...options });
}
