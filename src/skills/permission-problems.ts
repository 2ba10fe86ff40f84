/**
 * Reading a permission manifest so that every problem of it is told, not only the first.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { PermissionProblem, PermissionReason } from './permissions.ts';

type JsonObject = { readonly [key: string]: Json };

/** Characters that a person who is asked does not see. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Whether a person sees all of a text, and can be shown it. */
export function isShownText(text: string): boolean {
  return text !== '' && text.length <= LIMITS.permissionCharacters && !HIDDEN.test(text);
}

/** Collects what is wrong, and gives what can be read all the same. */
export interface PermissionProblems {
  /** At most `LIMITS.skillProblems`. */
  readonly list: readonly PermissionProblem[];
  add(reason: PermissionReason, at: string, detail: string): void;
  /** An object without unknown keys; an empty one in place of anything else. */
  object(value: Json | undefined, at: string, keys: readonly string[]): JsonObject;
  items(value: Json | undefined, at: string): readonly Json[];
  /** Text that can be shown whole; `undefined` for anything else. */
  text(value: Json | undefined, at: string): string | undefined;
  optionalText(value: Json | undefined, at: string): string | undefined;
  texts(value: Json | undefined, at: string): readonly string[];
  /** False where there is none. */
  flag(value: Json | undefined, at: string): boolean;
}

type Add = PermissionProblems['add'];

function objectOf(add: Add, value: Json, at: string, keys: readonly string[]): JsonObject {
  if (typeof value !== 'object' || value === null || isList(value)) {
    add('type', at, 'an object is expected');
    return {};
  }
  for (const key of Object.keys(value))
    if (!keys.includes(key))
      add('unknown-key', joined(at, key), `${quoted(key)} is not known here`);
  return value;
}

function itemsOf(add: Add, value: Json, at: string): readonly Json[] {
  if (isList(value) && value.length <= LIMITS.permissionRules) return value;
  if (isList(value)) add('too-many-rules', at, `there are more than ${LIMITS.permissionRules}`);
  else add('type', at, 'a list is expected');
  return [];
}

function textOf(add: Add, value: Json | undefined, at: string): string | undefined {
  if (typeof value === 'string' && isShownText(value)) return value;
  const longest = LIMITS.permissionCharacters;
  if (typeof value === 'string')
    add('text', at, `text of 1 to ${longest} characters that are seen is expected`);
  else add('type', at, 'text is expected');
  return undefined;
}

/** Nothing is wrong yet. */
export function permissionProblems(): PermissionProblems {
  const list: PermissionProblem[] = [];
  const add: Add = (reason, at, detail) => {
    if (list.length < LIMITS.skillProblems) list.push({ reason, at, detail });
  };
  const items = (value: Json | undefined, at: string): readonly Json[] =>
    value === undefined ? [] : itemsOf(add, value, at);
  return {
    list,
    add,
    items,
    object: (value, at, keys) => (value === undefined ? {} : objectOf(add, value, at, keys)),
    text: (value, at) => textOf(add, value, at),
    optionalText: (value, at) => (value === undefined ? undefined : textOf(add, value, at)),
    texts: (value, at) =>
      items(value, at).flatMap((item, index) => textOf(add, item, `${at}[${index}]`) ?? []),
    flag: (value, at) => {
      if (value !== undefined && typeof value !== 'boolean')
        add('type', at, 'true or false is expected');
      return value === true;
    },
  };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** `net` and `connect` as `net.connect`. */
export function joined(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`;
}
