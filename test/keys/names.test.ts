import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { nearNames } from '../../src/keys/key-name.ts';
import { isAid, listNames, resolveName, setName } from '../../src/keys/names.ts';
import { GROUNDS, errorOf, freshHome, readText, secondHome, writeText } from './homes.ts';

const text = (code: string, fill: number): string =>
  encodePrimitive({ code, raw: new Uint8Array(32).fill(fill) });
const TEAM = text('E', 1);
const ROBOT = text('D', 2);

describe.each(GROUNDS)('names on %s', (_, ground) => {
  test('setName() names an identifier, also anew, and tells what the name stood for', async () => {
    const home = freshHome(ground());
    expect(listNames(home)).toEqual([]);
    expect(await setName(home, 'team', TEAM)).toBeUndefined();
    expect(await setName(home, '__proto__', ROBOT)).toBeUndefined();
    expect(await setName(home, 'team', ROBOT)).toBe(TEAM);
    expect(await setName(home, 'a', TEAM)).toBeUndefined();
    expect(listNames(secondHome(home))).toEqual([
      { name: '__proto__', aid: ROBOT },
      { name: 'a', aid: TEAM },
      { name: 'team', aid: ROBOT },
    ]);
    expect(resolveName(home, 'team')).toBe(ROBOT);
  });

  test('setName() by many at once loses nothing', async () => {
    const home = freshHome(ground());
    await Promise.all(Array.from({ length: 8 }, (__, i) => setName(home, `n${i}`, TEAM)));
    expect(listNames(home)).toHaveLength(8);
  });

  test('setName() refuses what is no name, no AID, or an AID as a name', async () => {
    const home = freshHome(ground());
    for (const [name, aid, reason] of [
      ['../x', TEAM, 'name'],
      ['', TEAM, 'name'],
      [ROBOT, TEAM, 'name'],
      ['team', 'team', 'aid'],
      ['team', text('A', 1), 'aid'],
      ['team', `${TEAM}A`, 'aid'],
    ] as const) {
      const error = await errorOf(() => setName(home, name, aid));
      expect(error).toMatchObject({ code: 'usage', reason });
    }
    expect(listNames(home)).toEqual([]);
  });

  test('resolveName() passes an AID through and suggests near names for another text', async () => {
    const home = freshHome(ground());
    expect(resolveName(home, TEAM)).toBe(TEAM);
    await setName(home, 'release-team', TEAM);
    const near = await errorOf(() => resolveName(home, 'relaese-team'));
    expect(near).toMatchObject({ code: 'not-found', hint: 'Did you mean "release-team"?' });
    expect(String(near)).toContain('"relaese-team"');
    const far = await errorOf(() => resolveName(home, 'zzz\u001b'));
    expect(far).toMatchObject({ code: 'not-found', hint: expect.stringContaining('name set') });
    expect(String(far)).not.toContain('\u001b');
  });

  test.each([
    ['another format', (file: string) => file.replace('names/1', 'names/2')],
    ['a bad name', (file: string) => file.replace('"team"', '"a b"')],
    ['a bad AID', (file: string) => file.replace(TEAM, 'team')],
    ['a cut', (file: string) => file.slice(0, -5)],
  ])('listNames() refuses %s', async (__, change) => {
    const home = freshHome(ground());
    await setName(home, 'team', TEAM);
    const path = `${home.dir}/names.json`;
    writeText(home, path, change(readText(home, path)));
    expect(await errorOf(() => listNames(home))).toMatchObject({ code: 'malformed' });
  });
});

describe('isAid()', () => {
  test('isAid() takes any text, and only canonical prefixes for AIDs', () => {
    expect([TEAM, ROBOT, text('B', 3)].every(isAid)).toBe(true);
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (random) => {
        expect(isAid(random)).toBe(false);
      }),
    );
  });
});

describe('nearNames()', () => {
  test('nearNames() gives at most three, nearest first', () => {
    expect(nearNames('alise', ['bob', 'alice', 'alisa', 'alise2', 'alias'])).toEqual([
      'alise2',
      'alice',
      'alisa',
    ]);
    expect(nearNames('', ['bob', 'x'])).toEqual(['x']);
  });
});
