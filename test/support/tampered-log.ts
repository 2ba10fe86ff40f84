/**
 * A log taken apart and put together again with changes: what somebody can do who owns the repository, and, where the
 * committers' keys are lent, what dishonest committers could.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { concat, fromHex, utf8 } from '../../src/base/bytes.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { decodePrimitive } from '../../src/cesr/primitive.ts';
import { looseHeaders, signedCommit } from '../../src/git/commit.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { initRepository, openRepository } from '../../src/git/repository.ts';
import { armor, sshSignedData } from '../../src/git/ssh-signature.ts';
import { GitkelError, type Host, nativeCrypto, type KeyEvent } from '../../src/index.ts';
import { parseSignedEvent } from '../../src/keri/signatures.ts';
import {
  type Committer,
  parseRecord,
  recordMessage,
  subjectOf,
} from '../../src/log/batch-record.ts';
import { GENESIS_PATH, parsePath } from '../../src/log/layout.ts';
import { TreeFiles } from '../../src/log/tree-files.ts';
import type { UnsignedRecord } from '../../src/records/record.ts';
import { parseRecordFile } from '../../src/records/record-file.ts';
import type { KeyRing } from './key-ring.ts';

/** A file that a batch lists in its record. */
export interface DraftFile {
  path: string;
  bytes: Uint8Array;
}

/** An entry of a tree; its content is stored when it is given. */
export interface DraftEntry {
  readonly mode: string;
  readonly oid: string;
  readonly bytes?: Uint8Array;
}

/** One batch as it is put together; every field can be changed. */
export interface BatchDraft {
  number: number;
  logId: string;
  /** `undefined`: the digest of the payload of the batch before, as it is then. */
  prior: string | undefined;
  committer: Committer;
  /** The key that signs, CESR text. */
  signer: string;
  /** Whether this one is signed again, whatever becomes of the others. */
  resigned: boolean | undefined;
  name: string;
  email: string;
  seconds: number;
  files: DraftFile[];
  /** Tree entries beside those of the files, by path. From this batch on. */
  extra: Map<string, DraftEntry>;
  /** Paths that are left out of the tree from this batch on. */
  omitted: string[];
  /** The commits that it names as parents; `undefined`: the one before. */
  parents: string[] | undefined;
  /** Changes the text of the message. */
  message: (text: string) => string;
  /** Changes the payload, that is the commit without its signature, before it is signed. */
  payload: (text: string) => string;
  /** Changes the armored signature. */
  armor: (text: string) => string;
  /** Changes the commit after it was signed; one character is one byte. */
  commit: (text: string) => string;
  /** Objects that are stored besides. */
  more: GitObject[];
  /** The signature of the original, used when nobody signs again. */
  readonly originalArmor: string;
}

/** A repository that was put together. */
export interface Forged {
  readonly dir: string;
  /** Ids of the commits, by position. */
  readonly commits: readonly string[];
}

const same = (text: string): string => text;
const latin1 = new TextDecoder('latin1');

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The commits of a repository's branch, oldest first. */
export function commitsOf(store: ObjectStore, tip: string): readonly string[] {
  const commits: string[] = [];
  for (let oid: string | undefined = tip; oid !== undefined;) {
    commits.unshift(oid);
    [oid] = looseHeaders(store.read(oid)?.bytes ?? new Uint8Array()).parents;
  }
  return commits;
}

function armorOf(text: string): string {
  const [, value = ''] = /\ngpgsig ((?:.*\n )*.*)\n/.exec(text) ?? [];
  return `${value.replaceAll('\n ', '\n')}\n`;
}

function draftOf(
  store: ObjectStore,
  oid: string,
  signerOf: (committer: Committer, position: number) => string,
): BatchDraft {
  const bytes = store.read(oid)?.bytes ?? new Uint8Array();
  const text = textOf(bytes);
  const record = parseRecord(text.slice(text.indexOf('\n\n') + 2));
  const files = new TreeFiles(store);
  const tree = looseHeaders(bytes).tree ?? '';
  return {
    number: record.number,
    logId: record.logId,
    prior: undefined,
    committer: record.committer,
    signer: signerOf(record.committer, record.number),
    resigned: undefined,
    name: record.committer.aid,
    email: `${record.committer.aid}@gitkel`,
    seconds: Number(/\nauthor .*> (\d+) /.exec(text)?.[1]),
    files: record.files.map(({ path: file }) => ({
      path: file,
      bytes: files.read(tree, file, 1 << 20)?.slice() ?? new Uint8Array(),
    })),
    extra: new Map(),
    omitted: [],
    parents: undefined,
    message: same,
    payload: same,
    armor: same,
    commit: same,
    more: [],
    originalArmor: armorOf(text),
  };
}

/** The same batch once more, so that a change of one changes nothing of the other. */
export function copyOf(draft: BatchDraft): BatchDraft {
  return {
    ...draft,
    files: draft.files.map((file) => ({ ...file })),
    extra: new Map(draft.extra),
    omitted: [...draft.omitted],
    more: [...draft.more],
  };
}

/** Takes a log apart. `signerOf` names the key of a committer as of a position. */
export function decodeLog(
  host: Host,
  dir: string,
  tip: string,
  signerOf: (committer: Committer, position: number) => string,
): readonly BatchDraft[] {
  const store = new ObjectStore(host, openRepository(host, dir, { hostile: false }));
  try {
    return commitsOf(store, tip).map((oid) => draftOf(store, oid, signerOf));
  } finally {
    store.close();
  }
}

/** A blob as a tree entry. */
export function blobEntry(bytes: Uint8Array, mode = '100644'): DraftEntry {
  return { mode, oid: objectId(nativeCrypto, 'blob', bytes), bytes };
}

/** The bytes of a tree object, whatever its entries are; in Git's order. */
export function rawTree(
  entries: readonly { readonly mode: string; readonly name: string; readonly oid: string }[],
): Uint8Array {
  const key = ({ mode, name }: { mode: string; name: string }): string =>
    mode === '40000' ? `${name}/` : name;
  const sorted = entries.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  return concat(
    ...sorted.flatMap(({ mode, name, oid }) => [
      utf8(`${mode} ${name}\0`),
      fromHex(oid) ?? new Uint8Array(),
    ]),
  );
}

class Objects {
  readonly byId = new Map<string, GitObject>();
  /** Blobs that were added: every batch adds those of all batches before. */
  readonly #blobs = new Set<Uint8Array>();

  addBlob(bytes: Uint8Array): void {
    if (this.#blobs.has(bytes)) return;
    this.#blobs.add(bytes);
    this.add('blob', bytes);
  }

  add(type: GitObject['type'], bytes: Uint8Array): string {
    const oid = objectId(nativeCrypto, type, bytes);
    this.byId.set(oid, { type, bytes });
    return oid;
  }
}

function addTree(objects: Objects, entries: ReadonlyMap<string, DraftEntry>): string {
  const own = new Map<string, DraftEntry>();
  const below = new Map<string, Map<string, DraftEntry>>();
  for (const [file, entry] of entries) {
    const slash = file.indexOf('/');
    if (slash < 0) own.set(file, entry);
    else {
      const name = file.slice(0, slash);
      below.set(
        name,
        (below.get(name) ?? new Map<string, DraftEntry>()).set(file.slice(slash + 1), entry),
      );
    }
  }
  for (const { bytes } of own.values()) if (bytes !== undefined) objects.addBlob(bytes);
  const list = [
    ...[...own].map(([name, { mode, oid }]) => ({ mode, name, oid })),
    ...[...below].map(([name, inside]) => ({ mode: '40000', name, oid: addTree(objects, inside) })),
  ];
  return objects.add('tree', rawTree(list));
}

function eventsOf(draft: BatchDraft): readonly KeyEvent[] {
  return draft.files.flatMap(({ bytes }) => {
    const parsed = parseSignedEvent(nativeCrypto, bytes);
    return parsed.ok ? [parsed.signed.event] : [];
  });
}

/** The records of a batch that can be read; what else it holds no message can tell of. */
function recordsOf(draft: BatchDraft): readonly UnsignedRecord[] {
  return draft.files.flatMap(({ path: file, bytes }) => {
    const parsed = parsePath(nativeCrypto, file);
    if (parsed?.kind !== 'record') return [];
    try {
      return [parseRecordFile(nativeCrypto, parsed.type, bytes).record];
    } catch (error) {
      if (error instanceof GitkelError) return [];
      throw error;
    }
  });
}

function messageOf(draft: BatchDraft, prior: string): string {
  const { number, logId, committer } = draft;
  const files = draft.files.map(({ path: file, bytes }) => ({
    path: file,
    size: bytes.length,
    digest: digestText(nativeCrypto, bytes),
  }));
  const subject = subjectOf(
    eventsOf(draft),
    draft.files.some((file) => file.path === GENESIS_PATH),
    recordsOf(draft),
  );
  return draft.message(
    recordMessage(subject, { number, logId, prior: draft.prior ?? prior, committer, files }),
  );
}

export interface ForgeOptions {
  /** Whether the committers lend their keys: everything is signed again. Otherwise the old signatures stay. */
  readonly resigned: boolean;
  readonly ring: KeyRing;
}

async function signatureOf(
  draft: BatchDraft,
  payload: Uint8Array,
  { resigned, ring }: ForgeOptions,
): Promise<string> {
  if (!(draft.resigned ?? resigned)) return draft.armor(draft.originalArmor);
  const signature = await ring.signer(draft.signer).sign(sshSignedData(nativeCrypto, payload));
  return draft.armor(armor(decodePrimitive(draft.signer).raw, signature));
}

/** Puts the batches together in a new bare repository below `root`: all ids, digests and the ref follow from them. */
export async function forge(
  host: Host,
  root: string,
  drafts: readonly BatchDraft[],
  options: ForgeOptions,
): Promise<Forged> {
  const objects = new Objects();
  const commits: string[] = [];
  let entries: ReadonlyMap<string, DraftEntry> = new Map();
  let prior: string | undefined;
  for (const draft of drafts) {
    const added = draft.files.map(({ path: file, bytes }) => [file, blobEntry(bytes)] as const);
    const next = new Map<string, DraftEntry>([...entries, ...added, ...draft.extra]);
    for (const file of draft.omitted) next.delete(file);
    entries = next;
    const parents = draft.parents ?? commits.slice(-1);
    const stamp = `${draft.name} <${draft.email}> ${draft.seconds} +0000`;
    const head = [
      `tree ${addTree(objects, entries)}`,
      ...parents.map((oid) => `parent ${oid}`),
      `author ${stamp}`,
      `committer ${stamp}`,
    ];
    const payload = utf8(
      draft.payload(`${head.join('\n')}\n\n${messageOf(draft, prior ?? draft.logId)}`),
    );
    const text = latin1.decode(signedCommit(payload, await signatureOf(draft, payload, options)));
    commits.push(
      objects.add(
        'commit',
        Uint8Array.from(draft.commit(text), (char) => char.charCodeAt(0)),
      ),
    );
    for (const { type, bytes } of draft.more) objects.add(type, bytes);
    prior = digestText(nativeCrypto, payload);
  }
  const dir = path.join(mkdtempSync(path.join(root, 'forged-')), 'log');
  writeRepository(host, dir, [...objects.byId.values()], commits.at(-1) ?? '');
  return { dir, commits };
}

/** Makes a bare repository that holds these objects, with `main` at a commit. */
export function writeRepository(
  host: Host,
  dir: string,
  objects: readonly GitObject[],
  tip: string,
): void {
  const store = new ObjectStore(host, initRepository(host, dir, { bare: true, branch: 'main' }));
  store.writePack(objects);
  store.close();
  writeFileSync(path.join(dir, 'refs/heads/main'), `${tip}\n`);
}
