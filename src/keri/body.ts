/**
 * The frame of a message that is no key event: its text, its exact fields, its self-addressing identifier (KERI
 * specification, "Top-level fields"; CESR specification, "Self-addressing identifier").
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';
import { asciiText } from '../cesr/base64.ts';
import { GitkelError } from '../base/errors.ts';
import { saidOf, type Span } from '../cesr/said.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { parseVersion } from '../cesr/version.ts';
import { type FieldLabels, NOT_CANONICAL, valueEnd } from './json.ts';
import { stringField } from './message.ts';
import { codeOf, isDigest } from './primitive-text.ts';
import { type Rejection, rejection } from './rejection.ts';

/** Bytes of `{"v":"…","t":"icp"` with the longest version string. */
const TYPE_END = 36;

/** The labels of a message in their order. Those behind a question mark may be left out. */
export function bodyLabels(labels: string): readonly BodyLabel[] {
  return labels.split(' ').map((label, position) => {
    const name = label.replace('?', '');
    return {
      name,
      isOptional: name !== label,
      text: `${position === 0 ? '{' : ','}${JSON.stringify(name)}:`,
    };
  });
}

export interface BodyLabel {
  readonly name: string;
  readonly isOptional: boolean;
  readonly text: FieldLabels[number];
}

/** A message whose frame is sound: the text of each field as it is written. */
export interface Body {
  readonly ok: true;
  readonly bytes: Uint8Array;
  readonly said: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Where the values of the fields stand, by label. */
type Places = ReadonlyMap<string, readonly [start: number, end: number]>;

/** The fields of a message: the text of each as it is written. */
interface Fields {
  readonly ok: true;
  readonly fields: ReadonlyMap<string, string>;
  readonly places: Places;
}

function findFields(text: string, labels: readonly BodyLabel[]): Places | 'fields' | 'json' {
  const places = new Map<string, readonly [number, number]>();
  let at = 0;
  for (const label of labels) {
    if (!text.startsWith(label.text, at)) {
      if (label.isOptional) continue;
      return at === 0 || text[at] === ',' || text[at] === '}' ? 'fields' : 'json';
    }
    at += label.text.length;
    const end = valueEnd(text, at, 1);
    if (end === NOT_CANONICAL) return 'json';
    places.set(label.name, [at, end]);
    at = end;
  }
  if (text[at] !== '}') return text[at] === ',' ? 'fields' : 'json';
  return at + 1 === text.length ? places : 'json';
}

/** What stands in the field `t` of a message that starts with a version string and `t`. */
export function messageType(bytes: Uint8Array): string | undefined {
  const head = asciiText(bytes, 0, Math.min(bytes.length, TYPE_END));
  return /^\{"v":"[\w.-]{16,19}","t":"([a-z]{3})"/.exec(head)?.[1];
}

/** The content of a field that is a string without escapes; `undefined` for anything else. */
export function bodyText({ fields }: Pick<Body, 'fields'>, label: string): string | undefined {
  const value = fields.get(label) ?? '';
  return stringField(value, [0, value.length], 0);
}

/** The value of a field that is JSON of any form. What is signed are its bytes: this is to read only. */
export function bodyJson({ fields }: Body, label: string): unknown {
  return JSON.parse(fields.get(label) ?? 'null');
}

/** The spans of these fields' strings, given that they are ASCII and so is all before them. */
function spansOf(places: Places, labels: readonly string[]): readonly Span[] {
  return labels.flatMap((label) => {
    const place = places.get(label);
    return place === undefined ? [] : [{ start: place[0] + 1, length: place[1] - place[0] - 2 }];
  });
}

/** The size that the field `v` states; `undefined` when it is no version string of JSON. */
function statedSizeOf(version: string): number | undefined {
  try {
    const { kind, size } = parseVersion(version);
    return kind === 'JSON' ? size : undefined;
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return undefined;
  }
}

/** Reads a message of exactly these fields, the first of which is its version string. */
export function readFields(bytes: Uint8Array, labels: readonly BodyLabel[]): Fields | Rejection {
  const text = fromUtf8(bytes);
  if (text === undefined) return rejection('not-utf8', 'the message is not UTF-8 text');
  const places = findFields(text, labels);
  if (places === 'fields')
    return rejection('fields', 'the fields of the message are not those of its type');
  if (places === 'json')
    return rejection('not-canonical-json', 'the message is not in the one form of its JSON');
  const fields = new Map(
    [...places].map(([label, [start, end]]) => [label, text.slice(start, end)]),
  );
  const size = statedSizeOf(bodyText({ fields }, 'v') ?? '');
  if (size === undefined)
    return rejection('version-string', 'the message has no version string for JSON');
  if (size !== bytes.length)
    return rejection('size', `the message states ${size} bytes and has ${bytes.length}`);
  return { ok: true, fields, places };
}

/**
 * The same, of a message that carries its SAID in the fields `saids`: all fields before the last of them have to be
 * ASCII.
 */
export function readBody(
  crypto: Crypto,
  bytes: Uint8Array,
  labels: readonly BodyLabel[],
  saids: readonly string[],
): Body | Rejection {
  const read = readFields(bytes, labels);
  if (!read.ok) return read;
  const { fields, places } = read;
  const stated = bodyText(read, saids[0] ?? '');
  if (stated === undefined || !isDigest(stated))
    return rejection('said', 'the SAID of the message is no digest');
  for (const label of saids) {
    if (fields.get(label) !== `"${stated}"`)
      return rejection('prefix', `the field "${label}" is not the SAID of the message`);
  }
  const said = saidOf(crypto, bytes, spansOf(places, saids), codeOf(stated));
  if (said !== stated)
    return rejection('said', `the message states the SAID ${stated} and has ${said}`);
  return { ok: true, bytes, said, fields };
}
