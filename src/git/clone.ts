import { join } from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import { runGit } from './git-process.ts';
import { watchedObjects } from './watched-objects.ts';

const ALLOWED = ['https', 'http', 'ssh', 'git'];

/** What of a user's own config has no say when git talks to a remote: nothing but the transport is to be theirs. */
export const NETWORK_SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'transfer.bundleURI=false',
  'submodule.recurse=false',
  'gc.auto=0',
  'maintenance.auto=false',
];

/** Protocols by which git may be led elsewhere, too: no local paths, no programs, whatever a user's config allows. */
export const NETWORK_PROTOCOLS: readonly string[] = [
  'protocol.allow=never',
  ...['file', 'ext', 'fd'].map((name) => `protocol.${name}.allow=never`),
  ...ALLOWED.map((name) => `protocol.${name}.allow=always`),
];

/** Whether a text is a URL that may be cloned: `https`, `http`, `ssh`, `git`, or `user@host:path`. */
export function isCloneUrl(text: string): boolean {
  if (!/^[\u0021-\u007e]+$/.test(text)) return false;
  // No part that ssh could take for an option, and no `transport::address`.
  return (
    /^(?:https?|ssh|git):\/\/(?:(?!-)[^/@]+@)?(?!-)[^/@]+(?:\/.*)?$/.test(text) ||
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?![:-])[^:]*$/.test(text)
  );
}

function failed(url: string, why: string): GitkelError {
  // A password in the address is nobody's business.
  const shown = url.replace(/\/\/[^/@]*@/, '//');
  return new GitkelError('environment', `Cannot clone ${quoted(shown)}: ${why}`, {
    reason: 'clone-failed',
    hint: 'Check the address, the network and your access.',
  });
}

/**
 * Clones the branches of a repository into a bare one. What was cloned is foreign: nothing in it is believed yet.
 * @param target a directory that does not exist or is empty
 * @throws GitkelError `usage` for anything but a URL of https, http, ssh or git; `environment`, reason `clone-failed`.
 */
export async function cloneBare(host: Host, url: string, target: string): Promise<void> {
  if (!isCloneUrl(url)) {
    throw new GitkelError('usage', `Cannot clone ${quoted(url)}: it is no address`, {
      reason: 'clone-url',
      hint: 'Give a URL that begins with https://, ssh:// or git://, or user@host:path.',
    });
  }
  try {
    const args = ['clone', '--quiet', '--bare', '--template=', '--', url, target];
    const watch = watchedObjects(host, join(target, 'objects'));
    const { exitCode, stderr } = await runGit(args, {
      asUser: true,
      config: [...NETWORK_PROTOCOLS, ...NETWORK_SETTINGS],
      watch,
    });
    if (exitCode !== 0) throw failed(url, stderr.trim().slice(-400));
  } catch (error) {
    const isMissing = error instanceof GitkelError && error.reason === 'git-missing';
    if (!isMissing || !/^https?:/.test(url)) throw error;
    const { clonePortably } = await import('./portable-remote.ts');
    try {
      await clonePortably(host, url, target);
    } catch (cause) {
      throw failed(url, cause instanceof Error ? cause.message : String(cause));
    }
  }
}
