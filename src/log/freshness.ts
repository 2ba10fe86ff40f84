/**
 * How fresh a log is: the time since a remote was last asked, never a date that stands in a commit. What was asked is
 * remembered by whoever asked, outside of the repository, so that nothing in a repository can make it look fresh.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { remoteAddress, remotePlace } from '../git/remote-address.ts';
import type { Contents } from './contents.ts';
import { type LogPlace, type Upstream, upstreamOf } from './upstream.ts';

/** That a remote was asked for a log, and what it answered. */
export interface AskedRemote {
  /** Its address, without a password. */
  readonly address: string;
  /** When, seconds since 1970 by the clock of the machine that asked. */
  readonly at: number;
  /** Number of the last batch that the remote had, and the digest of that batch's signed payload. */
  readonly position: number;
  readonly payloadDigest: string;
}

/**
 * `fresh`: its own source, or asked for no longer ago than allowed. `stale`: longer ago. `unknown`: nobody here asked, or
 * what was answered is not in this log.
 */
export interface Freshness {
  readonly state: 'fresh' | 'stale' | 'unknown';
  /** When a remote was last asked, seconds since 1970; `undefined` where that is not known or there is none to ask. */
  readonly since: number | undefined;
  /** The address that is to be asked, without a password; `undefined` for a log that is its own source. */
  readonly upstream: string | undefined;
}

/** A log whose freshness is told. */
export interface FreshnessSource extends LogPlace {
  readonly contents: Pick<Contents, 'genesis' | 'batchAt'>;
}

/** Seconds by which a clock may have been set back since a remote was asked. */
const CLOCK_SLACK = 300;

function baseOf({ repository }: LogPlace): string {
  return repository.workTree ?? repository.gitDir;
}

/** The address of an upstream, as it is remembered; `undefined` where the config states none that can be asked. */
export function addressOf(log: LogPlace, { url }: Upstream): string | undefined {
  if (url === undefined) return undefined;
  try {
    return remoteAddress(remotePlace(url, baseOf(log)));
  } catch (error) {
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}

/** Under what a log is to be found: where it lies, and the address of its upstream. */
export function addressesOf(log: LogPlace): readonly string[] {
  const upstream = upstreamOf(log);
  const address = upstream === undefined ? undefined : addressOf(log, upstream);
  return [baseOf(log), ...(address === undefined ? [] : [address])];
}

/** Whether an address is that of this very repository. */
function isItself({ repository }: LogPlace, address: string): boolean {
  const { gitDir, commonDir, workTree } = repository;
  return [gitDir, commonDir, workTree].includes(address);
}

/**
 * How fresh a log is. One that names no upstream is its own source, unless this home has asked another place for it: then
 * only the setting is gone.
 * @param asked what this home asked for the log, and was told
 * @param now seconds since 1970
 * @param maxAge seconds; a log that was asked for longer ago is stale
 */
export function freshnessOf(
  log: FreshnessSource,
  asked: readonly AskedRemote[],
  now: number,
  maxAge: number = LIMITS.freshSeconds,
): Freshness {
  const upstream = upstreamOf(log);
  const address = upstream === undefined ? undefined : addressOf(log, upstream);
  const others = asked.filter((one) => !isItself(log, one.address));
  if (upstream === undefined && others.length === 0)
    return { state: 'fresh', since: undefined, upstream: undefined };
  const holds = ({ position, payloadDigest }: AskedRemote): boolean =>
    log.contents.batchAt(position)?.payloadDigest === payloadDigest;
  const last = others
    .filter((one) => upstream === undefined || one.address === address)
    .toSorted((a, b) => b.at - a.at)[0];
  const named = { upstream: address ?? upstream?.remote ?? last?.address };
  if (last === undefined || !holds(last) || last.at > now + CLOCK_SLACK)
    return { state: 'unknown', since: undefined, ...named };
  return { state: now - last.at <= maxAge ? 'fresh' : 'stale', since: last.at, ...named };
}

/** What a remote at `address` answered that had all of a log, and nothing more, at a time; `undefined` for no batch. */
export function answerOf(
  { batches, lastBatch }: Pick<Contents, 'batches' | 'lastBatch'>,
  address: string,
  at: number,
): AskedRemote | undefined {
  return lastBatch === undefined
    ? undefined
    : { address, at, position: batches - 1, payloadDigest: lastBatch.payloadDigest };
}
