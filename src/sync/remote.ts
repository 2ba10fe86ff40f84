import { join } from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { configValue } from '../git/config.ts';
import { remoteAddress, type RemotePlace, remotePlace } from '../git/remote-address.ts';
import type { FetchedRef } from '../git/remote-fetch.ts';
import { fetchRef } from '../git/remote-fetch.ts';
import type { Host } from '../host/host.ts';
import { type LogPlace, upstreamOf } from '../log/upstream.ts';

/** The upstream of a log as it can be asked. */
export interface Remote {
  readonly place: RemotePlace;
  /** Its address, without a password. */
  readonly address: string;
  /** The ref of the log there. */
  readonly ref: string;
  /** As the repository's config names it. */
  readonly name: string;
}

/**
 * The upstream of a log; `undefined` for one that is its own source, or whose config states no address for it.
 * @throws GitkelError `usage`, reason `remote-url`, for an address that cannot be asked.
 */
export function remoteOf(log: LogPlace): Remote | undefined {
  const upstream = upstreamOf(log);
  if (upstream?.url === undefined || !upstream.ref.startsWith('refs/')) return undefined;
  const { workTree, gitDir } = log.repository;
  const place = remotePlace(upstream.url, workTree ?? gitDir);
  return { place, address: remoteAddress(place), ref: upstream.ref, name: upstream.remote };
}

/** Where the objects of a repository are. */
export function objectsOf({ commonDir }: { readonly commonDir: string }): string {
  return join(commonDir, 'objects');
}

/** Fetches what a remote has of a log into a directory of a quarantine. */
export async function ask(
  host: Host,
  { place, ref }: Remote,
  log: LogPlace & { readonly replayed: { readonly tip: string | undefined } },
  into: string,
): Promise<FetchedRef> {
  const objects = objectsOf(log.repository);
  return fetchRef(host, place, { ref, have: log.replayed.tip, objects, into });
}

/**
 * A remote of the repository of a log, by the name that its config gives it.
 * @throws GitkelError `not-found`; `usage`, reason `remote-url`, for an address that cannot be asked.
 */
export function namedRemote(log: LogPlace, name: string): Remote {
  const { workTree, gitDir, config } = log.repository;
  const url = configValue(config, 'remote', 'url', name);
  if (url === undefined) {
    throw new GitkelError('not-found', `Cannot find the remote ${quoted(name)}`, {
      reason: 'no-remote',
      hint: 'List them with `git remote -v`; add one with `git remote add NAME URL`.',
    });
  }
  const place = remotePlace(url, workTree ?? gitDir);
  return { place, address: remoteAddress(place), ref: log.ref, name };
}
