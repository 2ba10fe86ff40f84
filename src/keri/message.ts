/**
 * The frame of an event message: version string, size, canonical JSON, exact fields, self-addressing identifiers (KERI
 * specification, "Top-level fields" and "Self-addressing identifier").
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { asciiText } from '../cesr/base64.ts';
import { isDigestCode } from '../cesr/codes.ts';
import { digestText } from '../cesr/digest.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type FieldLabels, fieldLabels, type FieldPlaces, scanFields } from './json.ts';
import { codeOf, isPrefix } from './primitive-text.ts';
import { type Rejection, rejection } from './rejection.ts';

/** The events that this version reads. */
type EventType = 'icp' | 'rot' | 'ixn';

const FIELDS: Readonly<Record<EventType, FieldLabels>> = {
  icp: fieldLabels('v t d i s kt k nt n bt b c a'),
  rot: fieldLabels('v t d i s p kt k nt n bt br ba a'),
  ixn: fieldLabels('v t d i s p a'),
};

/** `{"v":"KERI10JSON00012b_","t":"icp",` and the labels that differ after it. */
const HEAD = '{"v":"KERI10JSON';
const SIZE_START = HEAD.length;
const SIZE_END = SIZE_START + 6;
const TYPE_LABEL = '_","t":"';
const TYPE_START = SIZE_END + TYPE_LABEL.length;

const HASH_SIGN = 0x23;

/** Numbers of the fields that every event has. */
export const FIELD = { said: 2, aid: 3, sn: 4, fifth: 5 } as const;

/** A message whose frame is sound: its text, and where the values of its fields stand in it. */
export interface Message {
  readonly ok: true;
  readonly type: EventType;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly places: FieldPlaces;
  readonly said: string;
  readonly aid: string;
}

/** The text of a field's value, as it is written. */
export function fieldText({ text, places }: Message, field: number): string {
  return text.slice(places[2 * field] ?? 0, places[2 * field + 1] ?? 0);
}

/** The content of a field that is a string without escapes; `undefined` for anything else. */
export function stringField(text: string, places: FieldPlaces, field: number): string | undefined {
  const start = places[2 * field] ?? 0;
  const end = places[2 * field + 1] ?? 0;
  if (text[start] !== '"') return undefined;
  const content = text.slice(start + 1, end - 1);
  return content.includes('\\') ? undefined : content;
}

/** The list of texts in a field; `undefined` for anything else, or for more than `LIMITS.keysPerEvent`. */
export function textList(message: Message, field: number): readonly string[] | undefined {
  const value: unknown = JSON.parse(fieldText(message, field));
  if (!Array.isArray(value) || value.length > LIMITS.keysPerEvent) return undefined;
  return value.every((item): item is string => typeof item === 'string') ? value : undefined;
}

/** The size that `{"v":"KERI10JSON00012b_` at the start of a text states; `undefined` for any other start. */
function sizeIn(head: string): number | undefined {
  if (!head.startsWith(HEAD) || head[SIZE_END] !== '_') return undefined;
  const digits = head.slice(SIZE_START, SIZE_END);
  return /^[0-9a-f]{6}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

/**
 * The size in bytes that the version string of a message states. `undefined` for anything but KERI 1.0 in JSON.
 */
export function statedSize(bytes: Uint8Array): number | undefined {
  return sizeIn(asciiText(bytes, 0, Math.min(bytes.length, SIZE_END + 1)));
}

function typeOf(text: string): EventType | undefined {
  const type = text.slice(TYPE_START, TYPE_START + 3);
  if (text[TYPE_START + 3] !== '"') return undefined;
  return type === 'ixn' || type === 'rot' || type === 'icp' ? type : undefined;
}

/** Events are copied to here to be hashed; it saves an allocation for nearly all of them. */
const scratch = new Uint8Array(4096);

/** The bytes with `#` in place of each of these fields' strings. Valid until the next call. */
function blanked({ bytes, places }: Message, fields: readonly number[]): Uint8Array {
  const { length } = bytes;
  const copy = length <= scratch.length ? scratch.subarray(0, length) : new Uint8Array(length);
  copy.set(bytes);
  // A SAID that is found there is ASCII, and so is all before it: places in the text are places in the bytes.
  for (const field of fields)
    copy.fill(HASH_SIGN, (places[2 * field] ?? 0) + 1, (places[2 * field + 1] ?? 0) - 1);
  return copy;
}

/** Recomputes `d`, and `i` where the event's own digest is its identifier's. */
function saidProblem(crypto: Crypto, message: Message): Rejection | undefined {
  const { type, said, aid } = message;
  const isSelfAddressing = type === 'icp' && isDigestCode(codeOf(aid));
  const data = blanked(message, isSelfAddressing ? [FIELD.said, FIELD.aid] : [FIELD.said]);
  const computed = digestText(crypto, data, codeOf(said));
  if (computed !== said)
    return rejection('said', `the event states the SAID ${said} and has ${computed}`);
  if (!isSelfAddressing || aid === said || digestText(crypto, data, codeOf(aid)) === aid)
    return undefined;
  return rejection('prefix', `the identifier ${aid} is not the digest of its inception`);
}

/** Checks the frame of a message and finds its fields. */
export function readMessage(crypto: Crypto, bytes: Uint8Array): Message | Rejection {
  const { length } = bytes;
  if (length > LIMITS.eventBytes)
    return rejection(
      'too-large',
      `the event has ${length} bytes, the limit is ${LIMITS.eventBytes}`,
    );
  const text = fromUtf8(bytes);
  if (text === undefined) return rejection('not-utf8', 'the event is not UTF-8 text');
  const size = sizeIn(text);
  if (size === undefined)
    return rejection('version-string', 'the event is not of KERI 1.0 in JSON');
  if (size !== length) return rejection('size', `the event states ${size} bytes and has ${length}`);
  if (!text.startsWith(TYPE_LABEL, SIZE_END))
    return rejection('fields', 'the event has no "t" after "v"');
  const type = typeOf(text);
  if (type === undefined) {
    return rejection(
      'unsupported-ilk',
      `events of type ${quoted(text.slice(TYPE_START, TYPE_START + 3))} are not read`,
    );
  }
  const places = scanFields(text, FIELDS[type]);
  if (places === 'fields')
    return rejection('fields', `the fields of the ${type} are not those of KERI 1.0`);
  if (places === 'json')
    return rejection('not-canonical-json', `the ${type} is not in the one form of its JSON`);
  const said = stringField(text, places, FIELD.said);
  const aid = stringField(text, places, FIELD.aid);
  if (said === undefined || !isDigestCode(codeOf(said)))
    return rejection('said', 'the SAID is no digest');
  if (aid === undefined || !isPrefix(aid))
    return rejection('prefix', 'the identifier is neither a digest nor a key');
  const message: Message = { ok: true, type, bytes, text, places, said, aid };
  return saidProblem(crypto, message) ?? message;
}
