/**
 * The frame of an event message: version string, size, canonical JSON, exact fields, self-addressing identifiers (KERI
 * specification, "Top-level fields" and "Self-addressing identifier").
 * @module
 */
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isDigestCode } from '../cesr/codes.ts';
import { digestText } from '../cesr/digest.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type FieldLabels, fieldLabels, type FieldPlaces, scanFields } from './json.ts';
import { codeOf, isPrefix } from './primitive-text.ts';
import { type Rejection, rejection } from './rejection.ts';

/** The types of key events. */
type EventType = 'icp' | 'dip' | 'rot' | 'drt' | 'ixn';

const FIELDS: Readonly<Record<EventType, FieldLabels>> = {
  icp: fieldLabels('v t d i s kt k nt n bt b c a'),
  dip: fieldLabels('v t d i s kt k nt n bt b c a di'),
  rot: fieldLabels('v t d i s p kt k nt n bt br ba a'),
  drt: fieldLabels('v t d i s p kt k nt n bt br ba a'),
  ixn: fieldLabels('v t d i s p a'),
};

/** `{"v":"KERI10JSON00012b_","t":"icp",` and the labels that differ after it. */
const HEAD = '{"v":"KERI10JSON';
const SIZE_START = HEAD.length;
const SIZE_END = SIZE_START + 6;
const TYPE_LABEL = '_","t":"';
const TYPE_START = SIZE_END + TYPE_LABEL.length;

const HASH_SIGN = 0x23;
const UNDERSCORE = 0x5f;

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

/** The value of a lower-case hexadecimal digit by its character code; -1 for any other character. */
export function hexDigit(char: number): number {
  if (char >= 0x30 && char <= 0x39) return char - 0x30;
  return char >= 0x61 && char <= 0x66 ? char - 0x57 : -1;
}

/** The sequence number that a text states, lower-case hexadecimal without leading zeros. */
export function parseSequenceNumber(text: string | undefined): number | undefined {
  if (text === undefined || text.length === 0 || text.length > 14) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = hexDigit(text.charCodeAt(i));
    if (digit < 0) return undefined;
    value = value * 16 + digit;
  }
  if (value > LIMITS.sequenceNumber || (text.length > 1 && text.startsWith('0'))) return undefined;
  return value;
}

const HEAD_BYTES = utf8(HEAD);

/**
 * The size in bytes that the version string of a message states: `{"v":"KERI10JSON00012b_` at its start. `undefined`
 * for anything but KERI 1.0 in JSON.
 */
export function statedSize(bytes: Uint8Array): number | undefined {
  for (let i = 0; i < SIZE_START; i++) if (bytes[i] !== HEAD_BYTES[i]) return undefined;
  let size = 0;
  for (let i = SIZE_START; i < SIZE_END; i++) {
    const digit = hexDigit(bytes[i] ?? 0);
    if (digit < 0) return undefined;
    size = size * 16 + digit;
  }
  return bytes[SIZE_END] === UNDERSCORE ? size : undefined;
}

/** Text that states its own size and type, as every message of KERI 1.0 in JSON does. */
interface Frame {
  readonly ok: true;
  readonly text: string;
  /** What stands as `t`, whatever it is. */
  readonly type: string;
}

/** Checks size, encoding and version string of a message, and finds its type. */
export function readFrame(bytes: Uint8Array): Frame | Rejection {
  const { length } = bytes;
  if (length > LIMITS.eventBytes)
    return rejection(
      'too-large',
      `the event has ${length} bytes, the limit is ${LIMITS.eventBytes}`,
    );
  const size = statedSize(bytes);
  if (size === undefined)
    return rejection('version-string', 'the event is not of KERI 1.0 in JSON');
  if (size !== length) return rejection('size', `the event states ${size} bytes and has ${length}`);
  const text = fromUtf8(bytes);
  if (text === undefined) return rejection('not-utf8', 'the event is not UTF-8 text');
  if (!text.startsWith(TYPE_LABEL, SIZE_END))
    return rejection('fields', 'the event has no "t" after "v"');
  const type = text.slice(TYPE_START, TYPE_START + 3);
  return { ok: true, text, type: text[TYPE_START + 3] === '"' ? type : '' };
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(FIELDS, type);
}

/** Events are copied to here to be hashed; it saves an allocation for nearly all of them. */
const scratch = new Uint8Array(4096);
/** As much of it as the last event took: events of one log are mostly of one size. */
let lastScratch = scratch;

function scratchOf(length: number): Uint8Array {
  if (length > scratch.length) return new Uint8Array(length);
  if (lastScratch.length !== length) lastScratch = scratch.subarray(0, length);
  return lastScratch;
}

/** The bytes with `#` in place of each of these fields' strings. Valid until the next call. */
function blanked({ bytes, places }: Message, fields: readonly number[]): Uint8Array {
  const copy = scratchOf(bytes.length);
  copy.set(bytes);
  // A SAID that is found there is ASCII, and so is all before it: places in the text are places in the bytes.
  for (const field of fields)
    copy.fill(HASH_SIGN, (places[2 * field] ?? 0) + 1, (places[2 * field + 1] ?? 0) - 1);
  return copy;
}

/**
 * The SAID of a message, computed again, and so `i` where the event's own digest is its identifier's. What is given back
 * is the computed text: the stated one is a part of the whole text and would keep all of it in memory.
 */
function checkedSaid(crypto: Crypto, message: Message): string | Rejection {
  const { type, said, aid } = message;
  const isSelfAddressing = (type === 'icp' || type === 'dip') && isDigestCode(codeOf(aid));
  const data = blanked(message, isSelfAddressing ? [FIELD.said, FIELD.aid] : [FIELD.said]);
  const computed = digestText(crypto, data, codeOf(said));
  if (computed !== said)
    return rejection('said', `the event states the SAID ${said} and has ${computed}`);
  if (!isSelfAddressing || aid === said || digestText(crypto, data, codeOf(aid)) === aid)
    return computed;
  return rejection('prefix', `the identifier ${aid} is not the digest of its inception`);
}

/** Checks the frame of an event and finds its fields. */
export function readMessage(crypto: Crypto, bytes: Uint8Array): Message | Rejection {
  const frame = readFrame(bytes);
  if (!frame.ok) return frame;
  const { text, type } = frame;
  if (!isEventType(type))
    return rejection('unsupported-ilk', `events of type ${quoted(type)} are not read`);
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
  const message: Message & { said: string } = { ok: true, type, bytes, text, places, said, aid };
  const computed = checkedSaid(crypto, message);
  if (typeof computed !== 'string') return computed;
  message.said = computed;
  return message;
}
