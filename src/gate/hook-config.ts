/**
 * What the hooks of a repository are told by `gitkel hook install`, in a file that is read exactly.
 * @module
 */
import { isAbsolute } from 'node:path';
import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { isRefName } from '../git/ref-name.ts';
import { readFileBounded, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { hookConfigPath } from './hook-name.ts';

export interface HookConfig {
  /** The repository that holds the log, by its absolute path; `undefined` when it is the repository of the hooks itself. */
  readonly logDir: string | undefined;
  /** The full name of the log's ref there. */
  readonly logRef: string;
  readonly logId: string;
}

const WHAT = 'the configuration of the hooks';

/** The one spelling: canonical JSON (RFC 8785) and one LF. */
export function encodeHookConfig({ logDir, logRef, logId }: HookConfig): Uint8Array {
  const body = canonicalBytes({
    log: { ...(logDir === undefined ? {} : { dir: logDir }), id: logId, ref: logRef },
    version: 1,
  });
  return Uint8Array.from([...body, 0x0a]);
}

function parseLog(value: Json): HookConfig {
  const fields = fieldsOf(value, `${WHAT}, "log"`, ['id', 'ref'], ['dir']);
  const [logDir, logRef] = [fields.optionalText('dir'), fields.text('ref')];
  if (logDir !== undefined && (!isAbsolute(logDir) || logDir.includes('\0')))
    throw malformed('hook-config', `Cannot read ${WHAT}: ${quoted(logDir)} is no absolute path`);
  if (!logRef.startsWith('refs/') || !isRefName(logRef))
    throw malformed('hook-config', `Cannot read ${WHAT}: ${quoted(logRef)} is no full ref name`);
  return { logDir, logRef, logId: fields.text('id') };
}

/** @throws GitkelError `malformed`. */
export function parseHookConfig(bytes: Uint8Array): HookConfig {
  if (bytes.at(-1) !== 0x0a)
    throw malformed('hook-config', `Cannot read ${WHAT}: it does not end with a line feed`);
  const fields = fieldsOf(
    parseCanonical(bytes.subarray(0, -1), LIMITS.hookConfigBytes, WHAT),
    WHAT,
    ['log', 'version'],
  );
  if (fields.integer('version') !== 1)
    throw malformed('hook-config', `Cannot read ${WHAT}: another version of gitkel made it`);
  return parseLog(fields.json('log'));
}

/**
 * The configuration of the hooks of a repository.
 * @throws GitkelError `not-found`, reason `hook-config-missing`; `malformed`; `environment`.
 */
export function readHookConfig(host: Host, commonDir: string): HookConfig {
  const path = hookConfigPath(commonDir);
  const bytes = readFileBounded(host, path, LIMITS.hookConfigBytes, { links: 'refuse' });
  if (bytes === undefined) {
    throw new GitkelError('not-found', `Cannot read ${shownPath(path)}: there is no such file`, {
      reason: 'hook-config-missing',
      hint: 'Install the hooks again: gitkel hook install --server DIR',
    });
  }
  return parseHookConfig(bytes);
}
