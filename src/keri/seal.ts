/**
 * Seals: the entries of an event's `a` list, which anchor what they name (KERI specification, "Seals").
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { LIMITS } from '../base/limits.ts';
import { hexNumber } from '../cesr/number.ts';
import type { EventName } from './key-log.ts';
import { parseSequenceNumber } from './message.ts';

/**
 * One seal as a value to read. The bytes of the event are what was signed: a number that JavaScript cannot hold
 * exactly is rounded here, and not there.
 */
export type Seal = Json;

/** Anchors what has this digest: `{d}`. */
export function digestSeal(digest: string): Seal {
  return { d: digest };
}

/** Anchors what has this digest and says of what kind it is: `{t,d}`. */
export function typedSeal(type: string, digest: string): Seal {
  return { t: type, d: digest };
}

/** Anchors an event of a key event log or of a registry: `{i,s,d}`. */
export function keyEventSeal(aid: string, sn: number, said: string): Seal {
  return { i: aid, s: hexNumber(sn), d: said };
}

const KEY_EVENT_LABELS = 'i s d';

function isLabelled(seal: object): seal is Readonly<Record<string, Seal>> {
  return !Array.isArray(seal);
}

/** The event that a seal names: exactly the labels `i`, `s` and `d`, in this order. `undefined` for any other seal. */
export function readKeyEventSeal(seal: Seal): EventName | undefined {
  if (typeof seal !== 'object' || seal === null || !isLabelled(seal) || !('i' in seal))
    return undefined;
  if (Object.keys(seal).join(' ') !== KEY_EVENT_LABELS) return undefined;
  const { i, s, d } = seal;
  if (typeof i !== 'string' || typeof s !== 'string' || typeof d !== 'string') return undefined;
  const sn = parseSequenceNumber(s);
  return sn === undefined ? undefined : { aid: i, sn, said: d };
}

/** Labels that JavaScript would move to the front of their object. */
const INTEGER_LABEL = /^(?:0|[1-9][0-9]*)$/;

function textProblem(text: string): string | undefined {
  return /\p{Surrogate}/u.test(text) ? 'it has half a surrogate pair' : undefined;
}

function firstProblem<T>(
  items: readonly T[],
  problemOf: (item: T) => string | undefined,
): string | undefined {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function objectProblem(value: object, depth: number): string | undefined {
  if (depth >= LIMITS.jsonDepth) return 'it is nested too deeply';
  if (Array.isArray(value))
    return firstProblem(value, (item: unknown) => valueProblem(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return 'it holds what is not JSON';
  return firstProblem(Object.entries(value), ([label, item]: readonly [string, unknown]) =>
    INTEGER_LABEL.test(label)
      ? `the label "${label}" is a number, which keeps no place among other labels`
      : (textProblem(label) ?? valueProblem(item, depth + 1)),
  );
}

function valueProblem(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return textProblem(value);
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && !Object.is(value, -0)
      ? undefined
      : `${value} is not a safe whole number`;
  }
  if (typeof value === 'boolean' || value === null) return undefined;
  return typeof value === 'object' ? objectProblem(value, depth) : 'it holds what is not JSON';
}

/**
 * Why a value should not be written into an event, or `undefined`: everybody has to read the same value from its one
 * text. So no fractions, no unsafe integers, no labels that are numbers, no half surrogate pairs.
 */
export function sealProblem(value: unknown): string | undefined {
  return valueProblem(value, 2);
}
