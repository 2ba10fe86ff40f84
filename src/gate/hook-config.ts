import { isAbsolute } from 'node:path';
import { utf8 } from '../base/bytes.ts';
import { canonicalText } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { isRefName } from '../git/ref-name.ts';
import { readFileBounded, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { hookConfigPath } from './hook-layout.ts';

/** What the hooks of one repository run by; `gitkel hook install --server` writes it. */
export interface HookConfig {
  readonly log: {
    /** SAID of the log's `gitkel.json`. */
    readonly id: string;
    /** Absolute path of the repository that holds the log; `undefined` for the hook's own one. */
    readonly dir: string | undefined;
    /** Full name of the log's ref there. */
    readonly ref: string;
  };
  /** SHA-256, in hex, of the policy that was installed with the hooks; `undefined` where none was. */
  readonly policy: string | undefined;
}

const VERSION = 1;

/** The bytes of the file that {@link readHookConfig} reads. */
export function hookConfigBytes({ log, policy }: HookConfig): Uint8Array {
  const { id, dir, ref } = log;
  return utf8(
    `${canonicalText({
      version: VERSION,
      log: { id, ref, ...(dir === undefined ? {} : { dir }) },
      ...(policy === undefined ? {} : { policy }),
    })}\n`,
  );
}

function matching(fields: Fields, key: string, isRight: (text: string) => boolean): string {
  const text = fields.text(key);
  if (isRight(text)) return text;
  throw malformed('field', `Cannot read ${fields.what}: "${key}" is ${quoted(text, 200)}`);
}

/** @throws GitkelError `malformed` for bytes that {@link hookConfigBytes} would not write, layout aside. */
export function parseHookConfig(bytes: Uint8Array): HookConfig {
  const what = 'the configuration of the hooks';
  const value = parseStrictJson(bytes, LIMITS.hookConfigBytes, what);
  const fields = fieldsOf(value, what, ['log', 'version'], ['policy']);
  if (fields.integer('version') !== VERSION) {
    throw malformed(
      'version',
      `Cannot read ${what}: version ${fields.integer('version')} is not known here, only ${VERSION}`,
    );
  }
  const log = fieldsOf(fields.json('log'), `the log in ${what}`, ['id', 'ref'], ['dir']);
  return {
    log: {
      id: matching(log, 'id', (text) => /^E[A-Za-z0-9_-]{43}$/.test(text)),
      dir: log.has('dir') ? matching(log, 'dir', isAbsolute) : undefined,
      ref: matching(log, 'ref', (text) => text.startsWith('refs/') && isRefName(text)),
    },
    policy: fields.has('policy')
      ? matching(fields, 'policy', (text) => /^[0-9a-f]{64}$/.test(text))
      : undefined,
  };
}

/**
 * Reads what the hooks of a repository run by.
 * @throws GitkelError `environment`, reason `hook-config`, when it is missing or odd: no push may pass then.
 */
export function readHookConfig(host: Host, commonDir: string): HookConfig {
  const path = hookConfigPath(commonDir);
  const hint = 'Run `gitkel hook install --server` again, or `gitkel hook uninstall --server`.';
  const bytes = readFileBounded(host, path, LIMITS.hookConfigBytes, { links: 'refuse' });
  if (bytes === undefined) {
    throw new GitkelError(
      'environment',
      `Cannot judge anything: ${shownPath(path)}, by which the hooks run, is missing`,
      { reason: 'hook-config', hint },
    );
  }
  try {
    return parseHookConfig(bytes);
  } catch (cause) {
    if (!(cause instanceof GitkelError)) throw cause;
    throw new GitkelError(
      'environment',
      `Cannot judge anything: ${shownPath(path)} is not as it was written: ${cause.message}`,
      { reason: 'hook-config', hint, cause },
    );
  }
}
