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
export class PermissionProblems {
  readonly list: PermissionProblem[] = [];

  add(reason: PermissionReason, at: string, detail: string): void {
    if (this.list.length < LIMITS.skillProblems) this.list.push({ reason, at, detail });
  }

  /** An object without unknown keys; an empty one in place of anything else. */
  object(value: Json | undefined, at: string, keys: readonly string[]): JsonObject {
    if (value === undefined) return {};
    if (typeof value !== 'object' || value === null || isList(value)) {
      this.add('type', at, 'an object is expected');
      return {};
    }
    for (const key of Object.keys(value))
      if (!keys.includes(key))
        this.add('unknown-key', joined(at, key), `${quoted(key)} is not known here`);
    return value;
  }

  items(value: Json | undefined, at: string): readonly Json[] {
    if (value === undefined) return [];
    if (!isList(value)) {
      this.add('type', at, 'a list is expected');
      return [];
    }
    if (value.length > LIMITS.permissionRules) {
      this.add('too-many-rules', at, `there are more than ${LIMITS.permissionRules}`);
      return [];
    }
    return value;
  }

  /** Text that can be shown whole; `undefined` for anything else. */
  text(value: Json | undefined, at: string): string | undefined {
    if (typeof value !== 'string') {
      this.add('type', at, 'text is expected');
      return undefined;
    }
    if (!isShownText(value)) {
      this.add(
        'text',
        at,
        `text of 1 to ${LIMITS.permissionCharacters} characters that are seen is expected`,
      );
      return undefined;
    }
    return value;
  }

  optionalText(value: Json | undefined, at: string): string | undefined {
    return value === undefined ? undefined : this.text(value, at);
  }

  texts(value: Json | undefined, at: string): readonly string[] {
    return this.items(value, at).flatMap((item, index) => this.text(item, `${at}[${index}]`) ?? []);
  }

  flag(value: Json | undefined, at: string): boolean {
    if (value !== undefined && typeof value !== 'boolean')
      this.add('type', at, 'true or false is expected');
    return value === true;
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** `net` and `connect` as `net.connect`. */
export function joined(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`;
}
