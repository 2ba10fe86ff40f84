import { GitkelError } from '../base/errors.ts';
import { formatTime } from '../batch/time.ts';
import type { Home } from '../keys/home.ts';
import type { Freshness } from '../log/freshness.ts';
import type { Log } from '../log/log.ts';
import { upstreamOf } from '../log/upstream.ts';
import { requireWritable } from '../log/writable.ts';
import { freshnessHere, freshnessJson, freshnessWords } from './freshness.ts';
import { harmless } from './output.ts';
import { claimedDate } from './story-report.ts';

/** Where a log gets its batches from, besides this repository. */
interface Upstream {
  readonly remote: string;
  /** Without the password that it may hold. */
  readonly url: string | null;
  /** When the remote was last asked, by this machine's clock; `null` when that was never noted. */
  readonly asked: string | null;
}

/** Where a log stands. */
export interface LogStatus {
  readonly id: string | null;
  readonly dir: string;
  readonly ref: string;
  readonly batches: number;
  readonly commit: string | null;
  readonly claimedDate: string | null;
  readonly upstream: Upstream | null;
  readonly freshness: Freshness['state'];
  /** When a remote was last asked; `null` where that is not known, and for a log that is its own source. */
  readonly since: string | null;
  readonly writable: boolean;
  /** Why nothing can be committed here, and what helps. */
  readonly obstacle: {
    readonly reason: string;
    readonly detail: string;
    readonly next: string;
  } | null;
}

/** A URL as it may be shown: names and places, no password. */
function shownUrl(url: string): string {
  return harmless(url.replace(/\/\/([^/@:]*):[^/@]*@/, '//$1:***@'));
}

/** The upstream of a log, `null` for a log that is its own source. */
function shownUpstream(log: Log, { since }: Freshness): Upstream | null {
  const upstream = upstreamOf(log);
  if (upstream === undefined) return null;
  return {
    remote: harmless(upstream.remote),
    url: upstream.url === undefined ? null : shownUrl(upstream.url),
    asked: since === undefined ? null : formatTime(since),
  };
}

function obstacleOf(log: Log): LogStatus['obstacle'] {
  try {
    requireWritable(log);
    return null;
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return {
      reason: error.reason ?? error.code,
      detail: harmless(error.message),
      next: harmless(error.hint ?? ''),
    };
  }
}

/** Where a log stands, where it comes from, and whether it can be written here. */
export function logStatus(home: Home, log: Log): LogStatus {
  const { genesis, batches, lastBatch } = log.contents;
  const obstacle = obstacleOf(log);
  const freshness = freshnessHere(home, log);
  return {
    id: genesis?.logId ?? null,
    dir: log.repository.gitDir,
    ref: log.ref,
    batches,
    commit: lastBatch?.commit ?? null,
    claimedDate: lastBatch === undefined ? null : claimedDate(lastBatch.claimedSeconds),
    upstream: shownUpstream(log, freshness),
    ...freshnessJson(freshness),
    writable: obstacle === null,
    obstacle,
  };
}

function sourceWords({ upstream, freshness, since }: LogStatus): string {
  const from =
    upstream === null
      ? ''
      : `upstream ${upstream.remote}${upstream.url === null ? '' : ` ${upstream.url}`}, `;
  return `${from}${freshnessWords({ freshness, since, isOwnSource: upstream === null })}`;
}

export function logStatusLines(status: LogStatus): readonly string[] {
  const { id, dir, ref, batches, commit, claimedDate: date, obstacle } = status;
  return [
    id === null
      ? `log: no batch yet (${harmless(dir)}, ${ref})`
      : `log ${id} (${harmless(dir)}, ${ref})`,
    ...(commit === null
      ? []
      : [`  at batch ${batches - 1}, commit ${commit}, claimed date ${date ?? ''}`]),
    `  ${sourceWords(status)}`,
    ...(obstacle === null ? [] : [`  ${obstacle.detail}`, `    next: ${obstacle.next}`]),
  ];
}
