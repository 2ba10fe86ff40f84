import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { formatTime } from '../batch/time.ts';
import { type Config, configValue } from '../git/config.ts';
import { statOf } from '../host/files.ts';
import type { Log } from '../log/log.ts';
import { requireWritable } from '../log/writable.ts';
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
  readonly writable: boolean;
  /** Why nothing can be committed here, and what helps. */
  readonly obstacle: {
    readonly reason: string;
    readonly detail: string;
    readonly next: string;
  } | null;
}

const HEADS = 'refs/heads/';
const REMOTES = 'refs/remotes/';

function remoteOf(config: Config, ref: string): string | undefined {
  if (ref.startsWith(HEADS))
    return configValue(config, 'branch', 'remote', ref.slice(HEADS.length));
  return ref.startsWith(REMOTES) ? ref.slice(REMOTES.length).split('/')[0] : undefined;
}

/** A URL as it may be shown: names and places, no password. */
function shownUrl(url: string): string {
  return harmless(url.replace(/\/\/([^/@:]*):[^/@]*@/, '//$1:***@'));
}

/** The upstream of a log; `undefined` for a log that is its own source. */
function upstreamOf({ host, repository, ref }: Log): Upstream | undefined {
  const remote = remoteOf(repository.config, ref);
  if (remote === undefined) return undefined;
  const url = configValue(repository.config, 'remote', 'url', remote);
  const asked = statOf(host, join(repository.commonDir, 'FETCH_HEAD'))?.mtimeMs;
  return {
    remote: harmless(remote),
    url: url === undefined ? null : shownUrl(url),
    asked: asked === undefined ? null : formatTime(Math.floor(asked / 1000)),
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
export function logStatus(log: Log): LogStatus {
  const { genesis, batches, lastBatch } = log.contents;
  const obstacle = obstacleOf(log);
  return {
    id: genesis?.logId ?? null,
    dir: log.repository.gitDir,
    ref: log.ref,
    batches,
    commit: lastBatch?.commit ?? null,
    claimedDate: lastBatch === undefined ? null : claimedDate(lastBatch.claimedSeconds),
    upstream: upstreamOf(log) ?? null,
    writable: obstacle === null,
    obstacle,
  };
}

/** How long ago a remote was asked, in words. */
function freshnessWords({ upstream }: LogStatus): string {
  if (upstream === null) return 'fresh: it has no upstream and is its own source';
  const from = `${upstream.remote}${upstream.url === null ? '' : ` ${upstream.url}`}`;
  return upstream.asked === null
    ? `upstream ${from}, not asked since it was cloned`
    : `upstream ${from}, last asked ${upstream.asked}`;
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
    `  ${freshnessWords(status)}`,
    ...(obstacle === null ? [] : [`  ${obstacle.detail}`, `    next: ${obstacle.next}`]),
  ];
}
