/**
 * The values of fields of a registry's events, each in its one form.
 * @module
 */
import { malformed } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type Body, bodyJson, bodyText } from '../keri/body.ts';
import { hexDigit } from '../keri/message.ts';
import { isDigest, keyProblem } from '../keri/primitive-text.ts';
import { isUniqueList } from '../keri/witnesses.ts';

/** An event of a registry by its identifier, sequence number and SAID. */
export interface RegistrySeal {
  readonly registry: string;
  readonly sn: number;
  readonly said: string;
}

/** A lower-case hexadecimal number without leading zeros, at most `LIMITS.sequenceNumber`. */
export function hexValue(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:0|[1-9a-f][0-9a-f]{0,13})$/.test(text)) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) value = value * 16 + hexDigit(text.charCodeAt(i));
  return value <= LIMITS.sequenceNumber ? value : undefined;
}

/** A count of backers: hexadecimal text, or a whole number in JSON. */
export function countOf(body: Body): number | undefined {
  const text = body.fields.get('bt') ?? '';
  return /^(?:0|[1-9][0-9]{0,3})$/.test(text) ? Number(text) : hexValue(bodyText(body, 'bt'));
}

export function textList(body: Body, label: string): readonly string[] | undefined {
  const value = bodyJson(body, label);
  if (!Array.isArray(value) || value.length > LIMITS.keysPerEvent) return undefined;
  return value.every((item): item is string => typeof item === 'string') ? value : undefined;
}

export function backerList(
  crypto: Crypto,
  body: Body,
  label: string,
): readonly string[] | undefined {
  const list = textList(body, label);
  if (list === undefined || !isUniqueList(list)) return undefined;
  return list.every((key) => keyProblem(crypto, key, 'B') === undefined) ? list : undefined;
}

export function need<T>(value: T | undefined, reason: string, detail: string): T {
  if (value === undefined) throw malformed(reason, detail);
  return value;
}

export function digestField(body: Body, label: string, reason: string): string {
  const text = bodyText(body, label);
  return need(
    text !== undefined && isDigest(text) ? text : undefined,
    reason,
    `the field "${label}" is no digest`,
  );
}

/** The sequence number: `expected` where the type of the event fixes it, and above 0 otherwise. */
export function snOf(body: Body, type: string, expected: number | undefined): number {
  const sn = need(
    hexValue(bodyText(body, 's')),
    'sequence-number',
    'the sequence number is not hexadecimal in its one form',
  );
  if (expected === undefined ? sn === 0 : sn !== expected)
    throw malformed('sequence-number', `an event of type ${type} cannot have the number ${sn}`);
  return sn;
}

export function registrySealOf(body: Body): RegistrySeal {
  const text = body.fields.get('ra') ?? '';
  const [, registry = '', s, said = ''] =
    /^\{"i":"([\w-]+)","s":"([0-9a-f]+)","d":"([\w-]+)"\}$/.exec(text) ?? [];
  const sn = hexValue(s);
  const isSeal = sn !== undefined && isDigest(registry) && isDigest(said);
  return need(
    isSeal ? { registry, sn, said } : undefined,
    'registry-seal',
    'the field "ra" is no seal {i,s,d} of an event of a registry',
  );
}

const DATE_TIME =
  /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/;

/** The date and time in a field, as its writer claims: RFC 3339. */
export function dateTimeField(body: Body, label: string): string {
  const text = bodyText(body, label);
  return need(
    text !== undefined && DATE_TIME.test(text) ? text : undefined,
    'date-time',
    `the field "${label}" is no date and time`,
  );
}
