/**
 * The one form in which a log's commits are written and accepted (gitcommit object format, SSH-signed), and the plain
 * form of commits that carry unverified mail between co-signers.
 * @module
 */
import { concat, fromUtf8, utf8 } from '../base/bytes.ts';
import { malformed, quoted } from '../base/errors.ts';
import {
  type CommitRefused,
  commitText,
  endOfHeaders,
  type Header,
  headerOrderProblem,
  refused,
  splitText,
} from './commit-headers.ts';
import { isObjectId } from './object.ts';
import { parseArmor } from './ssh-signature.ts';

/** What a commit says, without its signature. Author and committer are the same. */
export interface CommitContent {
  readonly tree: string;
  /** The one parent, or `undefined` for the first commit. */
  readonly parent: string | undefined;
  readonly name: string;
  readonly email: string;
  /** Seconds since 1970-01-01T00:00:00Z, always written with the zone `+0000`. A claim of the signer. */
  readonly seconds: number;
  /** UTF-8 text that ends in exactly one LF. */
  readonly message: string;
}

/** A commit in canonical form, taken apart. Its signature is not verified yet. */
export interface SignedCommit extends CommitContent {
  /** The bytes without the signature: what is signed, through `sshSignedData`. */
  readonly payload: Uint8Array;
  /** The raw 32-byte Ed25519 key that the signature names. */
  readonly publicKey: Uint8Array;
  /** The raw 64-byte signature. */
  readonly signature: Uint8Array;
}

export type ParsedCommit = { readonly ok: true; readonly commit: SignedCommit } | CommitRefused;

const MAILBOX_NAME = 'gitkel';
const MAILBOX_EMAIL = 'gitkel@gitkel';
const SIGNATURE_HEADER = 'gpgsig ';

/** Half of a surrogate pair alone: UTF-8 cannot hold it. */
const HALF_PAIR = /\p{Surrogate}/u;

/** Why a content cannot be written, or `undefined`. The parser accepts exactly what passes here. */
function contentProblem(content: CommitContent): CommitRefused | undefined {
  const { tree, parent, name, email, seconds, message } = content;
  if (!isObjectId(tree) || (parent !== undefined && !isObjectId(parent))) {
    return refused('commit-headers', 'tree or parent is not an object id');
  }
  for (const part of [name, email]) {
    if (part === '' || HALF_PAIR.test(part) || part.trim() !== part || /[<>\n\0]/.test(part)) {
      return refused('commit-identity', `${quoted(part)} cannot stand as a name or an address`);
    }
  }
  if (!Number.isSafeInteger(seconds) || seconds < 0) {
    return refused('commit-date', `${seconds} is no whole number of seconds since 1970`);
  }
  if (
    message.length < 2 ||
    !message.endsWith('\n') ||
    message.endsWith('\n\n') ||
    message.includes('\0')
  ) {
    return refused(
      'commit-message',
      'the message must end in exactly one line feed, be not empty and hold no NUL',
    );
  }
  return HALF_PAIR.test(message)
    ? refused('commit-encoding', 'the message is not well-formed text')
    : undefined;
}

function headersOf(content: CommitContent): string {
  const { tree, parent, name, email, seconds } = content;
  const stamp = `${name} <${email}> ${seconds} +0000`;
  const parentLine = parent === undefined ? '' : `parent ${parent}\n`;
  return `tree ${tree}\n${parentLine}author ${stamp}\ncommitter ${stamp}\n`;
}

/**
 * The bytes of a commit without its signature.
 * @throws GitkelError `malformed` for content that the canonical form cannot hold.
 */
export function commitPayload(content: CommitContent): Uint8Array {
  const problem = contentProblem(content);
  if (problem !== undefined)
    throw malformed(problem.reason, `Cannot write a commit: ${problem.detail}`);
  return utf8(`${headersOf(content)}\n${content.message}`);
}

/** The header by which a commit carries an armored signature: continuation lines begin with a space. */
function signatureHeader(armored: string): string {
  return `${SIGNATURE_HEADER}${armored.trimEnd().replaceAll('\n', '\n ')}\n`;
}

/** Joins a payload of {@link commitPayload} and its armored signature to the commit's bytes. */
export function signedCommit(payload: Uint8Array, armored: string): Uint8Array {
  const headersEnd = endOfHeaders(payload);
  if (headersEnd === undefined) throw new Error('a commit payload without an empty line');
  return concat(
    payload.subarray(0, headersEnd),
    utf8(signatureHeader(armored)),
    payload.subarray(headersEnd),
  );
}

interface Stamp {
  readonly name: string;
  readonly email: string;
  readonly seconds: number;
}

function parseStamp(text: string): Stamp | CommitRefused {
  const [, name, email, date] = /^([^<>]+) <([^<>]+)> ([^<>]*)$/.exec(text) ?? [];
  if (name === undefined || email === undefined || date === undefined) {
    return refused('commit-identity', `${quoted(text)} is not a name, an address and a date`);
  }
  const [, digits] = /^(0|[1-9][0-9]*) \+0000$/.exec(date) ?? [];
  if (digits === undefined)
    return refused('commit-date', `${quoted(date)} is not whole seconds and +0000`);
  return { name, email, seconds: Number(digits) };
}

function contentOf(headers: readonly Header[], message: string): CommitContent | CommitRefused {
  const value = (name: string): string | undefined =>
    headers.find((header) => header.name === name)?.value;
  const author = value('author') ?? '';
  if (author !== value('committer'))
    return refused('commit-identity', 'author and committer differ');
  const stamp = parseStamp(author);
  if ('ok' in stamp) return stamp;
  const content = { tree: value('tree') ?? '', parent: value('parent'), ...stamp, message };
  return contentProblem(content) ?? content;
}

/** What a commit says, and its signature as it is armored. */
interface Parts {
  readonly content: CommitContent;
  readonly armored: string;
}

/**
 * The canonical form but for the signature and the rules of {@link contentProblem}. No signature has as many lines, and
 * matching any number of them takes memory for each.
 */
const CANONICAL =
  /^tree ([0-9a-f]{40})\n(?:parent ([0-9a-f]{40})\n)?author (([^<>\n]+) <([^<>\n]+)> (0|[1-9][0-9]*) \+0000)\ncommitter \3\ngpgsig ([^\n]*(?:\n [^\n]*){0,9})\n\n([^]*)$/;

/** The parts of a commit that looks canonical: nearly all do, and this is the fastest way to them. */
function canonicalParts(text: string): Parts | undefined {
  const found = CANONICAL.exec(text);
  if (found === null) return undefined;
  const [, tree = '', parent, , name = '', email = '', date, signature = '', message = ''] = found;
  const content = { tree, parent, name, email, seconds: Number(date), message };
  return contentProblem(content) === undefined
    ? { content, armored: `${signature.replaceAll('\n ', '\n')}\n` }
    : undefined;
}

/** The parts of any commit, or what is wrong with it. */
function partsOf(text: string): Parts | CommitRefused {
  const split = splitText(text);
  if ('ok' in split) return split;
  const order = headerOrderProblem(split.headers.map(({ name }) => name));
  if (order !== undefined) return order;
  const content = contentOf(split.headers, split.message);
  return 'ok' in content ? content : { content, armored: `${split.headers.at(-1)?.value ?? ''}\n` };
}

/** Whether a text is these parts, one behind the other; it saves joining them. */
function consistsOf(text: string, parts: readonly string[]): boolean {
  let at = 0;
  for (const part of parts) {
    if (!text.startsWith(part, at)) return false;
    at += part.length;
  }
  return at === text.length;
}

/**
 * Reads a commit in the canonical form, byte for byte: headers tree, parent (none in the first commit), author and
 * committer (the same), gpgsig, in this order and no other; zone +0000; one SSH signature of Ed25519, namespace `git`,
 * SHA-512, 70 columns; LF only. Never throws for bytes of a peer, and verifies no signature.
 */
export function parseCommit(bytes: Uint8Array): ParsedCommit {
  const text = commitText(bytes);
  if (typeof text !== 'string') return text;
  const parts = canonicalParts(text) ?? partsOf(text);
  if ('ok' in parts) return parts;
  const { content, armored } = parts;
  const signature = parseArmor(armored);
  if (signature === undefined) {
    return refused(
      'commit-armor',
      'the signature is not in the one accepted form (SSHSIG 1, git, sha512, Ed25519)',
    );
  }
  const headers = headersOf(content);
  const signed = signatureHeader(armored);
  // Whatever the steps above may have overlooked: nothing but this text says this.
  if (!consistsOf(text, [headers, signed, '\n', content.message])) {
    return refused('commit-headers', 'the commit is not written in the canonical form');
  }
  // The signature is ASCII, so that what stands around it can be cut out of the bytes.
  const start = text.length === bytes.length ? headers.length : utf8(headers).length;
  const payload = concat(bytes.subarray(0, start), bytes.subarray(start + signed.length));
  return { ok: true, commit: { ...content, payload, ...signature } };
}

/** What links commits, read from any commit, canonical or not, signed or not. Proves nothing. */
export interface LooseHeaders {
  readonly tree: string | undefined;
  readonly parents: readonly string[];
}

/** Reads the tree and the parents that a commit's own bytes name in their first lines, as Git follows them. */
export function looseHeaders(bytes: Uint8Array): LooseHeaders {
  const tree = idAt(bytes, 0, 'tree ');
  const parents: string[] = [];
  if (tree === undefined) return { tree, parents };
  for (let at = TREE_LINE; ; at += PARENT_LINE) {
    const parent = idAt(bytes, at, 'parent ');
    if (parent === undefined) return { tree, parents };
    parents.push(parent);
  }
}

const ID_DIGITS = 40;
const TREE_LINE = 'tree '.length + ID_DIGITS + 1;
const PARENT_LINE = 'parent '.length + ID_DIGITS + 1;

const LINE_FEED = 0x0a;

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}

/** The id in a line that begins there, if it is that line. */
function idAt(bytes: Uint8Array, start: number, label: string): string | undefined {
  const idStart = start + label.length;
  const end = idStart + ID_DIGITS;
  if (end > bytes.length || (end < bytes.length && bytes[end] !== LINE_FEED)) return undefined;
  for (let at = 0; at < label.length; at++)
    if (bytes[start + at] !== label.charCodeAt(at)) return undefined;
  for (let at = idStart; at < end; at++) if (!isHexDigit(bytes[at] ?? 0)) return undefined;
  const id = fromUtf8(bytes.subarray(idStart, end)) ?? '';
  return isObjectId(id) ? id : undefined;
}

function mailboxContent(tree: string, message: string): CommitContent {
  return { tree, parent: undefined, name: MAILBOX_NAME, email: MAILBOX_EMAIL, seconds: 0, message };
}

/**
 * The bytes of a parentless, unsigned commit that depends on nothing but its tree and message.
 * @throws GitkelError `malformed` for a message that does not end in exactly one LF.
 */
export function mailboxCommit(tree: string, message: string): Uint8Array {
  return commitPayload(mailboxContent(tree, message));
}

export type ParsedMailboxCommit =
  | { readonly ok: true; readonly tree: string; readonly message: string }
  | CommitRefused;

/** Reads exactly what {@link mailboxCommit} writes. */
export function parseMailboxCommit(bytes: Uint8Array): ParsedMailboxCommit {
  const text = commitText(bytes);
  if (typeof text !== 'string') return text;
  const split = splitText(text);
  if ('ok' in split) return split;
  const { headers, message } = split;
  const content = mailboxContent(headers[0]?.value ?? '', message);
  const problem = contentProblem(content);
  if (problem !== undefined) return problem;
  if (!consistsOf(text, [headersOf(content), '\n', message])) {
    return refused(
      'commit-headers',
      'the commit is not one that carries a batch or a contribution',
    );
  }
  return { ok: true, tree: content.tree, message };
}
