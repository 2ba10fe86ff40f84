import { isAbsolute, join, resolve } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { isCloneUrl } from './clone.ts';

/** Where a remote is: a directory of this machine, or an address for a transport of Git. */
export type RemotePlace =
  | { readonly kind: 'directory'; readonly dir: string }
  | { readonly kind: 'url'; readonly url: string };

/** A path that Git would read from a URL of the scheme `file`; `undefined` for one that leads to another machine. */
function fileUrlPath(url: string): string | undefined {
  const [, path] = /^file:\/\/(?:localhost)?(\/.*)$/.exec(url) ?? [];
  if (path === undefined) return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * What the address of a remote stands for. A relative path is taken from `base`.
 * @throws GitkelError `usage`, reason `remote-url`, for an address of another transport.
 */
export function remotePlace(url: string, base: string): RemotePlace {
  if (url.startsWith('file://')) {
    const dir = fileUrlPath(url);
    if (dir !== undefined && !dir.includes('\0')) return { kind: 'directory', dir };
  } else if (isCloneUrl(url)) return { kind: 'url', url };
  else if (!/^[A-Za-z][A-Za-z0-9+.-]*::?\/?\/?/.test(url) || /^[A-Za-z]:[\\/]/.test(url)) {
    if (url !== '' && !url.includes('\0'))
      return { kind: 'directory', dir: isAbsolute(url) ? url : join(base, url) };
  }
  throw new GitkelError('usage', `Cannot reach ${shownAddress(url)}: no transport for it`, {
    reason: 'remote-url',
    hint: 'Use a directory, or a URL that begins with https://, ssh:// or git://, or user@host:path.',
  });
}

/** The address of a remote without anything secret: how it is remembered and compared. */
export function remoteAddress(place: RemotePlace): string {
  const text =
    place.kind === 'directory'
      ? resolve(place.dir)
      : place.url
          .replace(/^(https?:\/\/)[^/@]*@/, '$1')
          .replace(/^([a-z]+:\/\/[^/@:]*):[^/@]*@/, '$1@');
  return text.replace(/(?<=.)\/+$/, '');
}

/** The address of a remote as a message may quote it. */
export function shownAddress(url: string): string {
  const hidden = url.replace(/\/\/([^/@:]*)(?::[^/@]*)?@/, (_, user: string) =>
    user === '' ? '//' : `//${user}@`,
  );
  const ascii = JSON.stringify(hidden).replaceAll(/[^\u0020-\u007e]/g, '?');
  return ascii.length <= 512 ? ascii : `${ascii.slice(0, 509)}...`;
}
