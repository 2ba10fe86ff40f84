/**
 * Typed reading of parsed JSON objects: exact key sets, exact types.
 * @module
 */
import type { Json } from './canonical-json.ts';
import { malformed, quoted } from './errors.ts';

/** One parsed JSON object, read field by field; every miss is a `malformed` error that names the document. */
export interface Fields {
  readonly what: string;
  has(key: string): boolean;
  text(key: string): string;
  optionalText(key: string): string | undefined;
  integer(key: string): number;
  list(key: string): readonly Json[];
  texts(key: string): readonly string[];
  json(key: string): Json;
}

function miss(what: string, key: string, expected: string, value: unknown): never {
  throw malformed(
    'field',
    `Cannot read ${what}: "${key}" must be ${expected}, not ${quoted(value)}`,
  );
}

/** Whether a JSON value is an object (not a list, not null). */
function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads an object whose keys are exactly `required` plus any of `optional`.
 * @throws GitkelError `malformed` naming the key.
 */
export function fieldsOf(
  value: Json,
  what: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Fields {
  if (!isObject(value)) throw malformed('field', `Cannot read ${what}: an object is expected`);
  const keys = Object.keys(value);
  for (const key of keys) {
    if (!required.includes(key) && !optional.includes(key)) {
      throw malformed('field', `Cannot read ${what}: unknown field ${quoted(key)}`);
    }
  }
  for (const key of required) {
    if (!Object.hasOwn(value, key))
      throw malformed('field', `Cannot read ${what}: "${key}" is missing`);
  }
  const get = (key: string): Json | undefined =>
    Object.hasOwn(value, key) ? value[key] : undefined;
  const text = (key: string): string => {
    const found = get(key);
    return typeof found === 'string' ? found : miss(what, key, 'text', found);
  };
  const list = (key: string): readonly Json[] => {
    const found = get(key);
    return Array.isArray(found) ? found : miss(what, key, 'a list', found);
  };
  return {
    what,
    has: (key) => Object.hasOwn(value, key),
    text,
    list,
    optionalText: (key) => (get(key) === undefined ? undefined : text(key)),
    integer: (key) => {
      const found = get(key);
      return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0
        ? found
        : miss(what, key, 'a whole number', found);
    },
    texts: (key) =>
      list(key).map((item) =>
        typeof item === 'string' ? item : miss(what, key, 'a list of text', item),
      ),
    json: (key) => get(key) ?? null,
  };
}
