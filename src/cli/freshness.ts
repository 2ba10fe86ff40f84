import { GitkelError } from '../base/errors.ts';
import { formatTime } from '../batch/time.ts';
import { askedRemotes } from '../keys/asked.ts';
import type { Home } from '../keys/home.ts';
import { type Freshness, type FreshnessSource, freshnessOf } from '../log/freshness.ts';
import { harmless } from './output.ts';

/** How fresh a log is, as results say it. */
export interface ShownFreshness {
  readonly freshness: Freshness['state'];
  /** When a remote was last asked; `null` where that is not known, and for a log that is its own source. */
  readonly since: string | null;
}

/** How fresh a log is, by what this home asked and when. What cannot be read of that was not asked. */
export function freshnessHere(home: Home, log: FreshnessSource, maxAge?: number): Freshness {
  const logId = log.contents.genesis?.logId;
  return freshnessOf(
    log,
    logId === undefined ? [] : readableAsked(home, logId),
    home.host.now(),
    maxAge,
  );
}

function readableAsked(home: Home, logId: string): ReturnType<typeof askedRemotes> {
  try {
    return askedRemotes(home, logId);
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'malformed') return [];
    throw error;
  }
}

export function freshnessJson({ state, since }: Freshness): ShownFreshness {
  return { freshness: state, since: since === undefined ? null : formatTime(since) };
}

/** Whether a log is fresh enough: with no age required, any is. */
export function isFreshEnough({ state }: Freshness, maxAge: number | undefined): boolean {
  return maxAge === undefined || state === 'fresh';
}

/** How fresh a log is, in words. */
export function freshnessWords({
  freshness,
  since,
  isOwnSource,
}: ShownFreshness & { readonly isOwnSource: boolean }): string {
  if (freshness === 'unknown')
    return 'freshness unknown: this home never asked the upstream, or what it answered is not here';
  if (since === null)
    return isOwnSource ? 'fresh: it has no upstream and is its own source' : freshness;
  return `${freshness}: last asked ${since}`;
}

/** How fresh a log is that comes from elsewhere, and from where; of one that is its own source there is nothing to tell. */
export function freshnessLines(freshness: Freshness): readonly string[] {
  const { upstream } = freshness;
  if (upstream === undefined) return [];
  const words = freshnessWords({ ...freshnessJson(freshness), isOwnSource: false });
  return [`${words} (${harmless(upstream)})`];
}
