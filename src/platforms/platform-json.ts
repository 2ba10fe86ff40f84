/**
 * Reading of what agent platforms write: the fields that decide are read exactly, others may be there.
 * @module
 */
import type { Json } from '../base/bounded-json.ts';
import { malformed, quoted } from '../base/errors.ts';

/** A JSON object of which some fields are looked at. */
export type JsonObject = { readonly [key: string]: Json };

/** The value of a field of the object itself. */
export function fieldOf(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** @throws GitkelError `malformed`, reason `field`. */
export function objectOf(value: Json | undefined, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no list, not null: an object
    return value as JsonObject;
  }
  throw malformed('field', `Cannot read ${what}: an object is expected`);
}

/** A text that is not empty. @throws GitkelError `malformed`, reason `field`. */
export function textField(object: JsonObject, key: string, what: string): string {
  const value = fieldOf(object, key);
  if (typeof value === 'string' && value !== '') return value;
  throw malformed('field', `Cannot read ${what}: "${key}" must be text, not ${quoted(value)}`);
}
