/**
 * What this home signed, by place, so that it never signs two events for one: whoever holds both can prove duplicity to
 * anybody, for ever (KERI, "Duplicity").
 * @module
 */
import { canonicalBytes, parseCanonical } from '../base/canonical-json.ts';
import { toHex, utf8 } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { namesIn } from '../host/files.ts';
import type { Home } from './home.ts';
import { homeFolder, signedPath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { transferableText } from './key-text.ts';
import { appendLines, dropTornEnd, readLines } from './line-file.ts';

/** One event that a key of this home was about to sign. */
export interface SignedEvent {
  /** Transferable text `D…` of the key. */
  readonly publicKey: string;
  readonly aid: string;
  /** Sequence number of the event. */
  readonly sn: number;
  readonly said: string;
  /** When, in seconds since 1970-01-01T00:00:00Z by this machine's clock. */
  readonly at: number;
  /** Whether it was signed although another event had been signed for the place. */
  readonly supersede: boolean;
}

export interface Signing {
  /** CESR text `D…` or `B…`. */
  readonly publicKey: string;
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
  /** Signs although this key signed another event for the place; both are kept. */
  readonly supersede?: boolean | undefined;
  /** Whether an event that this key signed for the place was superseded: then another one may stand there. */
  readonly isSuperseded?: ((said: string) => boolean) | undefined;
}

/**
 * Records that a key signs an event. Call it before the signature is released: the record is on the disk when this
 * returns. The same event again is fine.
 * @throws GitkelError `refused`, reason `already-signed`, when the key signed another event for the place; `malformed`,
 * reason `signed-memory`, when what was recorded is damaged; `environment` for trouble with the disk or the lock.
 */
export async function rememberSigning(home: Home, signing: Signing): Promise<void> {
  const { aid, sn, said, supersede = false, isSuperseded = () => false } = signing;
  const publicKey = transferableText(signing.publicKey);
  if (!Number.isSafeInteger(sn) || sn < 0) throw new Error(`no sequence number: ${sn}`);
  const { host } = home;
  const path = pathOf(home, aid, sn);
  await withHomeLock(home, 'signed', () => {
    const { events, torn } = readShare(home, path);
    const before = events.filter((event) => isAt(event, aid, sn) && event.publicKey === publicKey);
    if (before.some((event) => event.said === said)) return;
    const rival = before.find((event) => !isSuperseded(event.said));
    if (rival !== undefined && !supersede) throw alreadySigned(rival, said);
    if (torn) dropTornEnd(host, path, LIMITS.homeFileBytes);
    const record = { aid, at: host.now(), publicKey, said, sn, supersede: before.length > 0 };
    appendLines(host, path, [canonicalBytes(record)]);
  });
}

/** Everything that keys of this home signed for a place, oldest first. */
export function signedAt(home: Home, aid: string, sn: number): readonly SignedEvent[] {
  return readShare(home, pathOf(home, aid, sn)).events.filter((event) => isAt(event, aid, sn));
}

/** Why parts of what this home signed cannot be told any more; empty when all of it can be read. */
export function signedMemoryDamage(home: Home): readonly GitkelError[] {
  const folder = homeFolder(home.dir, 'signed');
  return namesIn(home.host, folder).flatMap((name) => {
    try {
      readShare(home, `${folder}/${name}`);
      return [];
    } catch (error) {
      if (error instanceof GitkelError) return [error];
      throw error;
    }
  });
}

function alreadySigned(first: SignedEvent, said: string): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot sign the event ${quoted(said)} of ${quoted(first.aid)} at sequence number ${first.sn}: ` +
      `this home signed ${quoted(first.said)} there with the key ${quoted(first.publicKey)}`,
    {
      reason: 'already-signed',
      hint:
        'Two signed events for one place are proof of duplicity against this identifier, for ever. Finish the first ' +
        'one, or say --supersede if you know that nobody else will ever see its signature.',
    },
  );
}

function isAt(event: SignedEvent, aid: string, sn: number): boolean {
  return event.aid === aid && event.sn === sn;
}

/** Places are spread over 256 files, so that looking one up stays cheap however much was signed. */
function pathOf({ host, dir }: Home, aid: string, sn: number): string {
  const digest = host.crypto.digest('blake3-256', utf8(`${aid} ${sn}`));
  return signedPath(dir, toHex(digest.subarray(0, 1)));
}

function readShare(
  { host }: Home,
  path: string,
): { readonly events: readonly SignedEvent[]; readonly torn: boolean } {
  const { lines, torn } = readLines(host, path, LIMITS.homeFileBytes);
  return { events: lines.map((line, i) => parseEvent(line, path, i + 1)), torn };
}

function parseEvent(line: Uint8Array, path: string, number: number): SignedEvent {
  const what = `line ${number} of ${quoted(path)}`;
  try {
    const value = parseCanonical(line, LIMITS.homeFileBytes, what);
    const fields = fieldsOf(value, what, ['aid', 'at', 'publicKey', 'said', 'sn', 'supersede']);
    const supersede = fields.json('supersede');
    if (typeof supersede !== 'boolean')
      throw malformed('field', `Cannot read ${what}: "supersede"`);
    return {
      aid: fields.text('aid'),
      at: fields.integer('at'),
      publicKey: fields.text('publicKey'),
      said: fields.text('said'),
      sn: fields.integer('sn'),
      supersede,
    };
  } catch (cause) {
    throw malformed('signed-memory', `Cannot tell what this home has signed: ${what} is damaged`, {
      cause,
      hint: 'restore the file from a backup; without it a second event could be signed for a place unnoticed',
    });
  }
}
