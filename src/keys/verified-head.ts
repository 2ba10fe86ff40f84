/**
 * The small file that names the root of what was verified of a log. It is authenticated with the machine's key: what
 * this machine did not write is as if it were not there.
 * @module
 */
import { fromHex, toHex } from '../base/bytes.ts';
import { canonicalBytes, type Json } from '../base/canonical-json.ts';
import { GitkelError, malformed } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { readFileBounded } from '../host/files.ts';
import type { Home } from './home.ts';
import { documentBytes, parseDocument } from './home-document.ts';
import { verifiedHeadPath, type VerifiedOf } from './home-layout.ts';
import { authenticator, makeMachineKey, readMachineKey } from './machine-key.ts';
import type { PageRef } from './page-tree.ts';
import { replaceUnsynced } from './unsynced-file.ts';

const FORMAT = 'gitkel-verified/1';
const HEAD_FIELDS = ['file', 'format', 'live', 'logId', 'mac', 'mark', 'root'];

/** What the head of a log says. */
export interface VerifiedHead {
  /** The name of the file of pages. */
  readonly file: string;
  /** Bytes of all pages that the root reaches. */
  readonly live: number;
  readonly mark: Json;
  readonly root: PageRef;
}

function headJson(
  logId: string,
  { file, live, mark, root }: VerifiedHead,
): { readonly [key: string]: Json } {
  return { file, format: FORMAT, live, logId, mark, root: { ...root, digest: toHex(root.digest) } };
}

function parseHead(home: Home, logId: string, bytes: Uint8Array, key: Uint8Array): VerifiedHead {
  const what = 'the head of what was verified';
  const fields = fieldsOf(parseDocument(bytes, LIMITS.homeFileBytes, what), what, HEAD_FIELDS);
  const root = fieldsOf(fields.json('root'), what, ['digest', 'length', 'offset']);
  const head: VerifiedHead = {
    file: fields.text('file'),
    live: fields.integer('live'),
    mark: fields.json('mark'),
    root: {
      offset: root.integer('offset'),
      length: root.integer('length'),
      digest: fromHex(root.text('digest')) ?? new Uint8Array(),
    },
  };
  const mac = authenticator(home.host.crypto, key, canonicalBytes(headJson(logId, head)));
  if (
    fields.text('format') !== FORMAT ||
    fields.text('logId') !== logId ||
    fields.text('mac') !== mac
  )
    throw malformed('memory-mac', `Cannot read ${what}: this machine did not write it`);
  return head;
}

/** The head of a log; `undefined` when there is none that this machine wrote. */
export function readHead(home: Home, logId: string, of?: VerifiedOf): VerifiedHead | undefined {
  try {
    const key = readMachineKey(home);
    const path = verifiedHeadPath(home.dir, logId, of);
    const bytes = readFileBounded(home.host, path, LIMITS.homeFileBytes);
    return key === undefined || bytes === undefined
      ? undefined
      : parseHead(home, logId, bytes, key);
  } catch (error) {
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}

/** Replaces the head of a log. */
export function writeHead(home: Home, logId: string, head: VerifiedHead, of?: VerifiedOf): void {
  const { host, dir } = home;
  const key = readMachineKey(home) ?? makeMachineKey(home);
  const json = headJson(logId, head);
  const mac = authenticator(host.crypto, key, canonicalBytes(json));
  replaceUnsynced(host, verifiedHeadPath(dir, logId, of), documentBytes({ ...json, mac }));
}
