/**
 * Local aliases of identifiers. They stand in this home alone, never in a log.
 * @module
 */
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { isPrefixCode } from '../cesr/codes.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { Home } from './home.ts';
import { readDocument, writeDocument } from './home-document.ts';
import { namesPath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { isName, nearNames, requireName } from './key-name.ts';

const FORMAT = 'gitkel-names/1';

export interface NamedAid {
  readonly name: string;
  readonly aid: string;
}

/** Whether a text is an AID: the canonical CESR text of a code that may be a prefix. */
export function isAid(text: string): boolean {
  if (text.length > 128) return false;
  try {
    return isPrefixCode(decodePrimitive(text).code);
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return false;
  }
}

/**
 * Checks that a text can name an identifier.
 * @throws GitkelError `usage`, reason `name`.
 */
export function requireIdentityName(name: string): void {
  requireName(name);
  if (isAid(name)) {
    throw new GitkelError('usage', `Cannot use the name ${quoted(name)}: it is an AID`, {
      reason: 'name',
    });
  }
}

/**
 * Gives an identifier a name; one identifier may have several.
 * @returns the AID that the name stood for before, if any
 * @throws GitkelError `usage` for a text that cannot be a name (reason `name`) or an AID (reason `aid`).
 */
export async function setName(home: Home, name: string, aid: string): Promise<string | undefined> {
  requireIdentityName(name);
  if (!isAid(aid)) {
    throw new GitkelError('usage', `Cannot name ${quoted(aid)}: it is not an AID`, {
      reason: 'aid',
      hint: 'An AID has 44 characters; gitkel identity list shows those of the log.',
    });
  }
  return withHomeLock(home, 'names', () => {
    const names = listNames(home);
    const others = names.filter((other) => other.name !== name);
    const sorted = [...others, { name, aid }].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const list = sorted.map((entry) => ({ aid: entry.aid, name: entry.name }));
    writeDocument(home.host, namesPath(home.dir), { format: FORMAT, names: list });
    return names.find((other) => other.name === name)?.aid;
  });
}

/**
 * The AID that a person means: an AID as it is, or what a name stands for.
 * @throws GitkelError `not-found`, reason `name`, naming near ones.
 */
export function resolveName(home: Home, nameOrAid: string): string {
  const names = listNames(home);
  const named = names.find(({ name }) => name === nameOrAid);
  if (named !== undefined) return named.aid;
  if (isAid(nameOrAid)) return nameOrAid;
  const near = nearNames(
    nameOrAid,
    names.map(({ name }) => name),
  );
  throw new GitkelError('not-found', `Cannot find an identifier named ${quoted(nameOrAid)}`, {
    reason: 'name',
    hint:
      near.length > 0
        ? `Did you mean ${near.map((other) => quoted(other)).join(', ')}?`
        : 'Give a whole AID (44 characters), or a name that you gave with `gitkel name set NAME AID`; `gitkel name list` shows yours, `gitkel identity list` the AIDs of the log.',
  });
}

/** All names of this home, sorted. */
export function listNames({ host, dir }: Home): readonly NamedAid[] {
  const what = `the names in ${quoted(namesPath(dir))}`;
  const value = readDocument(host, namesPath(dir), what);
  if (value === undefined) return [];
  const fields = fieldsOf(value, what, ['format', 'names']);
  if (fields.text('format') !== FORMAT) {
    throw malformed(
      'format',
      `Cannot read ${what}: format ${quoted(fields.text('format'))} is unknown`,
    );
  }
  return fields.list('names').map((item) => {
    const entry = fieldsOf(item, what, ['aid', 'name']);
    const [name, aid] = [entry.text('name'), entry.text('aid')];
    if (!isName(name) || !isAid(aid)) {
      throw malformed('field', `Cannot read ${what}: ${quoted(name)} for ${quoted(aid)}`);
    }
    return { name, aid };
  });
}
