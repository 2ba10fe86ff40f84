/**
 * Which remotes this home asked for a log, when, and what they had: one small file for each log. It can be deleted at any
 * time; how fresh the log is, is not known then until a remote is asked again.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { readFileBounded } from '../host/files.ts';
import type { Home } from './home.ts';
import { documentBytes, parseDocument } from './home-document.ts';
import { askedPath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { requireDigest } from './key-text.ts';
import { replaceUnsynced } from './unsynced-file.ts';

const FORMAT = 'gitkel-asked/1';

/** That a remote was asked for a log. */
export interface Asked {
  /** Its address, without a password. */
  readonly address: string;
  /** Seconds since 1970 by this machine's clock. */
  readonly at: number;
  /** Number of the last batch that it had, and the digest of that batch's signed payload, CESR text. */
  readonly position: number;
  readonly payloadDigest: string;
}

function parseOne(value: Json, what: string): Asked {
  const fields = fieldsOf(value, what, ['address', 'at', 'payloadDigest', 'position']);
  return {
    address: fields.text('address'),
    at: fields.integer('at'),
    position: fields.integer('position'),
    payloadDigest: fields.text('payloadDigest'),
  };
}

/**
 * The remotes that were asked for a log, the latest last; none when none was.
 * @throws GitkelError `malformed` for a file that is damaged, or a log id that is none.
 */
export function askedRemotes({ host, dir }: Home, logId: string): readonly Asked[] {
  requireDigest(logId, 'the log id');
  const path = askedPath(dir, logId);
  const what = `what was asked in ${quoted(path)}`;
  const bytes = readFileBounded(host, path, LIMITS.homeFileBytes);
  // Written without waiting for the disk: empty after a loss of power, which is to have asked nobody.
  if (bytes === undefined || bytes.length === 0) return [];
  const value = parseDocument(bytes, LIMITS.homeFileBytes, what);
  const fields = fieldsOf(value, what, ['format', 'logId', 'remotes']);
  if (fields.text('format') !== FORMAT || fields.text('logId') !== logId) {
    throw malformed('asked', `Cannot read ${what}: it does not fit together`, {
      hint: 'it may be deleted: how fresh the log is, is known again once a remote was asked',
    });
  }
  return fields.list('remotes').map((one) => parseOne(one, what));
}

/** Remembers that a remote was asked; of those asked longest ago the ones beyond `LIMITS.rememberedRemotes` are forgotten. */
export async function rememberAsked(home: Home, logId: string, asked: Asked): Promise<void> {
  requireDigest(asked.payloadDigest, 'the digest of a batch');
  await withHomeLock(home, 'asked', () => {
    const others = askedRemotes(home, logId).filter(({ address }) => address !== asked.address);
    const { address, at, payloadDigest, position } = asked;
    const remotes = [...others, { address, at, payloadDigest, position }]
      .slice(-LIMITS.rememberedRemotes)
      .map((one) => ({ ...one }));
    const bytes = documentBytes({ format: FORMAT, logId, remotes });
    replaceUnsynced(home.host, askedPath(home.dir, logId), bytes);
  });
}
