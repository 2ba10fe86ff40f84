/**
 * What the messages of a stream say: key events and receipts, events of registries, credentials, and others, which are
 * named and set aside once their SAID is checked.
 * @module
 */
import { quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import {
  type BodyLabel,
  bodyLabels,
  bodyText,
  messageType,
  readBody,
  readFields,
} from '../keri/body.ts';
import { type KeyEvent, parseEvent } from '../keri/event.ts';
import type { EventName } from '../keri/key-log.ts';
import { parseReceipt } from '../keri/receipt.ts';
import { codeOf } from '../keri/primitive-text.ts';
import { isDigestCode } from '../cesr/codes.ts';
import type { StreamMessage } from './reader.ts';
import { isTelType, parseTelEvent, type TelEvent } from '../tel/event.ts';

/** A message whose SAID is right and which nothing here acts upon, by the name of its kind. */
export interface OtherMessage {
  readonly kind: 'other';
  /**
   * `credential` for an ACDC; the type of a message between controllers, e.g. `exn`; `unsupported-version` for a message
   * of KERI 2.0.
   */
  readonly name: string;
  /** `undefined` for a receipt of KERI 2.0, which has no SAID of its own. */
  readonly said: string | undefined;
  /** Set where it is an event of an identifier, or may be one: nobody here can say what it would change. */
  readonly isEvent?: true;
}

export type Content =
  | { readonly kind: 'event'; readonly event: KeyEvent }
  | { readonly kind: 'receipt'; readonly event: EventName }
  | { readonly kind: 'tel'; readonly event: TelEvent }
  | OtherMessage
  /** The message is refused: by which rule, and a sentence about it. */
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string };

/** Messages between controllers, by their types. */
const OTHERS: ReadonlyMap<string, readonly BodyLabel[]> = new Map([
  ['qry', bodyLabels('v t d dt r rr q')],
  ['rpy', bodyLabels('v t d dt r a')],
  ['exn', bodyLabels('v t d i rp p dt r q a e')],
  ['pro', bodyLabels('v t d dt r rr q')],
  ['bar', bodyLabels('v t d dt r a')],
]);

/** The same and all events in KERI 2.0. */
const SECOND: ReadonlyMap<string, readonly BodyLabel[]> = new Map([
  ['icp', bodyLabels('v t d i s kt k nt n bt b c a')],
  ['dip', bodyLabels('v t d i s kt k nt n bt b c a di')],
  ['rot', bodyLabels('v t d i s p kt k nt n bt br ba c a')],
  ['drt', bodyLabels('v t d i s p kt k nt n bt br ba c a')],
  ['ixn', bodyLabels('v t d i s p a')],
  ['rct', bodyLabels('v t d i s')],
  ['qry', bodyLabels('v t d i dt r rr q')],
  ['rpy', bodyLabels('v t d i dt r a')],
  ['pro', bodyLabels('v t d i dt r rr q')],
  ['bar', bodyLabels('v t d i dt r a')],
  ['xip', bodyLabels('v t d u i ri dt r q a')],
  ['exn', bodyLabels('v t d i ri x p dt r q a')],
]);

const CREDENTIAL = bodyLabels('v d ?u i ?ri s ?a ?A ?e ?r');

function refused(reason: string, detail: string): Content {
  return { kind: 'refused', reason, detail };
}

function other(
  crypto: Crypto,
  bytes: Uint8Array,
  name: string,
  labels: readonly BodyLabel[],
  saids: readonly string[],
): Content {
  const body = readBody(crypto, bytes, labels, saids);
  return body.ok ? { kind: 'other', name, said: body.said } : refused(body.reason, body.detail);
}

function credential(crypto: Crypto, bytes: Uint8Array): Content {
  const body = readBody(crypto, bytes, CREDENTIAL, ['d']);
  if (!body.ok) return refused(body.reason, body.detail);
  return body.fields.has('a') && body.fields.has('A')
    ? refused('fields', 'the credential has its attributes twice, as "a" and as "A"')
    : { kind: 'other', name: 'credential', said: body.said };
}

/** The fields in which a message of KERI 2.0 carries its SAID: of an inception also the identifier, unless that is a key. */
function saidLabels(type: string, aid: string): readonly string[] {
  if (type === 'dip' || (type === 'icp' && isDigestCode(codeOf(aid)))) return ['d', 'i'];
  return ['d'];
}

const KEY_EVENTS: ReadonlySet<string> = new Set(['icp', 'rot', 'ixn', 'dip', 'drt']);

/** A message of KERI 2.0, of which the form and the SAID are checked. A receipt has no SAID of its own. */
function ofSecondVersion(crypto: Crypto, bytes: Uint8Array): Content {
  const name = 'unsupported-version';
  const type = messageType(bytes);
  const labels = SECOND.get(type ?? '');
  if (type === undefined || labels === undefined)
    return refused('unsupported-ilk', `messages of type ${quoted(type)} are not read`);
  const read = readFields(bytes, labels);
  if (!read.ok) return refused(read.reason, read.detail);
  if (type === 'rct') return { kind: 'other', name, said: undefined };
  const content = other(crypto, bytes, name, labels, saidLabels(type, bodyText(read, 'i') ?? ''));
  return content.kind === 'other' && KEY_EVENTS.has(type) ? { ...content, isEvent: true } : content;
}

function keyEvent(crypto: Crypto, bytes: Uint8Array): Content {
  const parsed = parseEvent(crypto, bytes);
  return parsed.ok ? { kind: 'event', event: parsed.event } : refused(parsed.reason, parsed.detail);
}

function ofFirstVersion(crypto: Crypto, bytes: Uint8Array): Content {
  const type = messageType(bytes) ?? '';
  if (KEY_EVENTS.has(type)) return keyEvent(crypto, bytes);
  if (type === 'rct') {
    const parsed = parseReceipt(bytes);
    return parsed.ok
      ? { kind: 'receipt', event: parsed.event }
      : refused(parsed.reason, parsed.detail);
  }
  if (isTelType(type)) {
    const parsed = parseTelEvent(crypto, bytes);
    return parsed.ok ? { kind: 'tel', event: parsed.event } : refused(parsed.reason, parsed.detail);
  }
  const labels = OTHERS.get(type);
  if (labels !== undefined) return other(crypto, bytes, type, labels, ['d']);
  // Also what is no key event: that is refused by name.
  return keyEvent(crypto, bytes);
}

/** Reads what a message says. Never throws for what its bytes hold. */
export function readContent(
  crypto: Crypto,
  { bytes, version }: Pick<StreamMessage, 'bytes' | 'version'>,
): Content {
  const {
    protocol,
    kind,
    version: { major, minor },
  } = version;
  if (kind !== 'JSON') {
    const message = { kind: 'other', name: 'unsupported-serialization', said: undefined } as const;
    return protocol === 'KERI' ? { ...message, isEvent: true } : message;
  }
  if (minor !== 0) {
    return refused('version-string', `messages of ${protocol} ${major}.${minor} are not read`);
  }
  if (major === 2) {
    return protocol === 'KERI'
      ? ofSecondVersion(crypto, bytes)
      : { kind: 'other', name: 'unsupported-version', said: undefined };
  }
  return protocol === 'KERI' ? ofFirstVersion(crypto, bytes) : credential(crypto, bytes);
}
