/**
 * Two copies of logs side by side: where they part, and whether both histories of each identifier can stand.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { rivalEvidence } from '../exchange/found-evidence.ts';
import { openRepository } from '../git/repository.ts';
import { hazards } from '../git/hazards.ts';
import type { Host } from '../host/host.ts';
import { evaluate } from '../keri/evaluate.ts';
import { parseSignedEvent } from '../keri/signatures.ts';
import { Drafts } from '../log/drafts.ts';
import { findLogRef } from '../log/find-log.ts';
import { Log } from '../log/log.ts';
import type { ReplayOptions } from '../log/replay.ts';
import type { VerifiedMemory } from '../log/verified-memory.ts';
import { ownTip, type Tip } from './tip.ts';

/** A copy of a log, verified as far as it holds. */
export interface Copy {
  readonly log: Log;
  /** Why it holds no further; `undefined` when all of it does. */
  readonly problem: { readonly reason: string; readonly detail: string } | undefined;
}

/** How the first copy stands to the second: `ahead` when it has all of the second, and more. */
export type LogRelation = 'equal' | 'ahead' | 'behind' | 'forked' | 'other-log';

/** An event of an identifier in one of the copies. */
interface Point {
  readonly sn: number;
  readonly said: string;
}

/**
 * What both copies have of one identifier.
 *
 * - `same`; `ahead`, `behind`: one goes on where the other ends
 * - `only-first`, `only-second`: the other has it not
 * - `superseded`: they differ from `sn` on, and the one supersedes there lawfully what the other has
 * - `duplicitous`: two events of it for the place `sn` cannot both stand, and `evidence` proves that to anybody
 * - `conflicting`: the same, but what is here does not prove it alone
 */
export interface ComparedAid {
  readonly aid: string;
  readonly relation:
    | 'same'
    | 'ahead'
    | 'behind'
    | 'only-first'
    | 'only-second'
    | 'superseded'
    | 'duplicitous'
    | 'conflicting';
  /** Whether both histories can stand together. */
  readonly together: boolean;
  readonly first: Point | undefined;
  readonly second: Point | undefined;
  /** The first place at which they differ, with what each has there. */
  readonly differs:
    | { readonly sn: number; readonly first: string; readonly second: string }
    | undefined;
  readonly evidence: Uint8Array | undefined;
}

export interface Comparison {
  readonly relation: LogRelation;
  /** Number of the last batch that both have; `undefined` when they have none in common. */
  readonly common: number | undefined;
  readonly first: Tip | undefined;
  readonly second: Tip | undefined;
  /** The first batch that is not the same; `undefined` where one copy only goes on. */
  readonly divergence:
    | { readonly position: number; readonly first: Tip; readonly second: Tip }
    | undefined;
  readonly aids: readonly ComparedAid[];
}

/**
 * Opens a copy of a log as hostile, and verifies it as far as it holds. Close its store when done.
 * @throws GitkelError `not-found` when there is no log, `environment`.
 */
export function openCopy(
  host: Host,
  dir: string,
  options: ReplayOptions & {
    readonly branch?: string | undefined;
    readonly memory?: VerifiedMemory | undefined;
  },
): Copy {
  const repository = openRepository(host, dir, { hostile: true });
  const { ref } = findLogRef(host, repository, options.branch);
  const log = new Log(host, repository, ref, options.memory);
  const [hazard] = hazards(host, repository);
  try {
    log.refresh(options);
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'environment') {
      log.store.close();
      throw error;
    }
    return { log, problem: { reason: error.reason ?? error.code, detail: error.message } };
  }
  return { log, problem: hazard };
}

/** The largest number from 0 on, below `end`, up to which something holds; it holds up to there if it holds there. */
function lastTrue(end: number, holds: (at: number) => boolean): number | undefined {
  let [low, high] = [-1, end - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low < 0 ? undefined : low;
}

function tipAt({ contents }: Log, position: number): Tip {
  const mark = contents.batchAt(position);
  return { position, commit: mark?.commit ?? '', payloadDigest: mark?.payloadDigest };
}

function relationOf(one: Log, other: Log, common: number | undefined): LogRelation {
  const [first, second] = [one.contents, other.contents];
  if (first.genesis?.logId !== second.genesis?.logId) return 'other-log';
  const shared = common === undefined ? 0 : common + 1;
  if (first.batches === shared) return second.batches === shared ? 'equal' : 'behind';
  return second.batches === shared ? 'ahead' : 'forked';
}

/** Whether an event of one copy may follow on, or supersede, what the other copy has of its identifier. */
function mayStand({ host, contents }: Log, aid: string, bytes: Uint8Array): boolean {
  const parsed = parseSignedEvent(host.crypto, bytes);
  if (!parsed.ok) return false;
  const { outcome } = evaluate(host.crypto, contents.kel(aid), parsed.signed, new Drafts(contents));
  return outcome === 'accept';
}

function compareParted(
  one: Log,
  other: Log,
  aid: string,
  sn: number,
): Pick<ComparedAid, 'relation' | 'together' | 'evidence'> {
  const [first, second] = [one.contents.kel(aid), other.contents.kel(aid)];
  const [here, there] = [first?.saidAt(sn) ?? '', second?.saidAt(sn) ?? ''];
  const superseded = { relation: 'superseded', together: true, evidence: undefined } as const;
  if (second?.isDisputed(sn, here) === true || first?.isDisputed(sn, there) === true)
    return superseded;
  const [own, foreign] = [one.readEvent(aid, sn), other.readEvent(aid, sn)];
  if (own === undefined || foreign === undefined)
    return { relation: 'conflicting', together: false, evidence: undefined };
  if (mayStand(one, aid, foreign) || mayStand(other, aid, own)) return superseded;
  const evidence = rivalEvidence(one, { aid, sn }, own, foreign);
  return {
    relation: evidence === undefined ? 'conflicting' : 'duplicitous',
    together: false,
    evidence,
  };
}

function compareAid(one: Log, other: Log, aid: string, mayProve: boolean): ComparedAid {
  const [first, second] = [one.contents.kel(aid), other.contents.kel(aid)];
  const point = (kel: typeof first): Point | undefined =>
    kel === undefined ? undefined : { sn: kel.state.sn, said: kel.state.said };
  const common = { aid, first: point(first), second: point(second), together: true };
  const plain = { ...common, differs: undefined, evidence: undefined };
  if (first === undefined || second === undefined)
    return { ...plain, relation: second === undefined ? 'only-first' : 'only-second' };
  const shortest = Math.min(first.length, second.length);
  const shared = lastTrue(shortest, (sn) => first.saidAt(sn) === second.saidAt(sn));
  const sn = shared === undefined ? 0 : shared + 1;
  if (sn === shortest) {
    if (first.length === second.length) return { ...plain, relation: 'same' };
    return { ...plain, relation: first.length > second.length ? 'ahead' : 'behind' };
  }
  const differs = { sn, first: first.saidAt(sn) ?? '', second: second.saidAt(sn) ?? '' };
  const parted = compareParted(one, other, aid, sn);
  return { ...common, ...parted, differs, evidence: mayProve ? parted.evidence : undefined };
}

/**
 * Compares two copies. Batches are told apart by the digests of their signed payloads, each of which names the one before
 * it. Of those that prove anything, the first `LIMITS.provenAtOnce` come with evidence.
 */
export function compareLogs(one: Log, other: Log): Comparison {
  const [first, second] = [one.contents, other.contents];
  const common = lastTrue(
    Math.min(first.batches, second.batches),
    (at) => first.batchAt(at)?.payloadDigest === second.batchAt(at)?.payloadDigest,
  );
  const relation = relationOf(one, other, common);
  const position = common === undefined ? 0 : common + 1;
  const isParted = position < first.batches && position < second.batches;
  let proven = 0;
  const aids = [...new Set([...first.aids, ...second.aids])].toSorted().map((aid) => {
    const compared = compareAid(one, other, aid, proven < LIMITS.provenAtOnce);
    if (compared.evidence !== undefined) proven++;
    return compared;
  });
  return {
    relation,
    common,
    first: ownTip(first),
    second: ownTip(second),
    divergence: isParted
      ? { position, first: tipAt(one, position), second: tipAt(other, position) }
      : undefined,
    aids,
  };
}
