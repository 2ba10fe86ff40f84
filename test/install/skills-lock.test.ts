import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { canonicalText, type Json } from '../../src/base/canonical-json.ts';
import {
  encodeLock,
  entryJson,
  type InstalledSkill,
  parseLock,
  withEntry,
  withoutEntry,
} from '../../src/install/skills-lock.ts';
import { basisJson, type LegacyBasis } from '../../src/install/legacy-basis.ts';
import { installNameProblem, sameInstallName } from '../../src/install/install-name.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { reasonOf } from '../support/thrown.ts';
import { entryFor, skillFilesOf } from './making.ts';

const schema = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../schemas/skills-lock-1.json'), 'utf8'),
) as object;
const matches = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

const ENTRY = entryFor(skillFilesOf('notes'));
const OTHER = entryFor(skillFilesOf('pdf'));

const SIGNATURE = {
  kind: 'oms' as const,
  root: 'ab'.repeat(32),
  file: 'cd'.repeat(32),
  signer: 'CN=Signer',
};
const BASIS: LegacyBasis = {
  class: 'unsigned-pinned',
  mode: 'standard',
  conditions: ['sandbox', 'no-secrets'],
  statement: ENTRY.release,
  expires: '2026-12-24',
  signature: SIGNATURE,
};
const { release: _release, version: _version, author: _author, ...unreleased } = ENTRY;

type Fields = Record<string, Json>;
const json = (entry: InstalledSkill): Fields => entryJson(entry) as Fields;
const bytesOf = (...skills: readonly Json[]): Uint8Array =>
  utf8(`${canonicalText({ schema: 'urn:gitkel:skills-lock:1', skills })}\n`);

const name = fc
  .stringMatching(/^[a-z0-9-]{1,20}$/)
  .filter((text) => installNameProblem(text) === undefined);
const source = fc.oneof(
  fc.record({ type: fc.constant('directory' as const), path: fc.string() }),
  fc.record({
    type: fc.constant('archive' as const),
    path: fc.string(),
    sha256: fc.constant('ab'.repeat(32)),
  }),
  fc.record({
    type: fc.constant('git' as const),
    url: fc.string(),
    commit: fc.constant('cd'.repeat(20)),
    path: fc.string(),
    ref: fc.option(fc.string(), { nil: undefined }),
  }),
);
const decided = fc.option(
  fc.record({
    decision: fc.constantFrom('accept' as const, 'accept-with-conditions' as const),
    on: fc.constant('2026-11-21'),
    statements: fc.array(fc.constant(ENTRY.release), { maxLength: LIMITS.lockStatements }),
  }),
  { nil: undefined },
);
const lockOf = fc
  .uniqueArray(
    fc.record({ name, source, version: fc.string(), decided, isReleased: fc.boolean() }),
    {
      selector: (one) => one.name,
      maxLength: 5,
    },
  )
  .map((list) =>
    list.reduce<readonly InstalledSkill[]>(
      (lock, { version, decided: by, isReleased, ...one }) =>
        withEntry(
          lock,
          isReleased
            ? { ...ENTRY, ...one, version, decided: by }
            : { ...unreleased, ...one, legacy: BASIS },
        ),
      [],
    ),
  );

const BAD_BASES: readonly (readonly [string, string, Fields])[] = [
  ['a class that is none', 'lock-legacy', { class: 'good' }],
  ['a mode that is none', 'lock-legacy', { mode: 'lax' }],
  ['a condition that is none', 'lock-legacy', { conditions: ['hope'] }],
  ['a condition twice', 'lock-legacy', { conditions: ['sandbox', 'sandbox'] }],
  ['a statement that is none', 'lock-digest', { statement: 'x' }],
  ['a day that is none', 'day', { expires: '2026-13-40' }],
  ['a signature of another kind', 'lock-legacy', { signature: { ...SIGNATURE, kind: 'pgp' } }],
  ['a root that is none', 'lock-digest', { signature: { ...SIGNATURE, root: 'ab' } }],
];

describe('skills.lock.json', () => {
  test('parseLock() reads what encodeLock() writes, and the schema takes it', () => {
    fc.assert(
      fc.property(lockOf, (lock) => {
        const bytes = encodeLock(lock);
        expect(parseLock(bytes)).toEqual(lock);
        expect(matches(JSON.parse(fromUtf8(bytes) ?? ''))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test.each<readonly [string, string, Uint8Array]>([
    ['an unknown key', 'field', bytesOf({ ...json(ENTRY), trusted: true })],
    ['a missing one', 'field', bytesOf(withoutKey('release'))],
    ['nothing that let it in', 'lock-basis', bytesOf(json(unreleased as InstalledSkill))],
    ...BAD_BASES.map(
      ([what, reason, more]) =>
        [
          what,
          reason,
          bytesOf({ ...json(ENTRY), legacy: { ...(basisJson(BASIS) as Fields), ...more } }),
        ] as const,
    ),
    [
      'an author without an event',
      'field',
      bytesOf({ ...json(ENTRY), author: { aid: ENTRY.author.aid } }),
    ],
    [
      'an AID that is none',
      'lock-aid',
      bytesOf({ ...json(ENTRY), author: { ...ENTRY.author, aid: 'me' } }),
    ],
    ...[
      ['a decision that lets nothing in', 'lock-decision', { decision: 'reject' }] as const,
      ['a day that is none', 'day', { on: '2026-13-01' }] as const,
      ['a statement that is no digest', 'lock-digest', { statements: ['E'] }] as const,
      [
        'too many statements',
        'lock-decision',
        { statements: Array.from({ length: LIMITS.lockStatements + 1 }, () => ENTRY.release) },
      ] as const,
    ].map(([what, reason, change]) => {
      const given = { decision: 'accept', on: '2026-11-21', statements: [], ...change };
      return [what, reason, bytesOf({ ...json(ENTRY), decided: given })] as const;
    }),
    ['a manifest that is no digest', 'lock-digest', bytesOf({ ...json(ENTRY), manifest: 'E' })],
    ['an h1 of another form', 'lock-digest', bytesOf({ ...json(ENTRY), h1: 'h2:' })],
    [
      'permissions that are no SHA-256',
      'lock-digest',
      bytesOf({ ...json(ENTRY), permissions: 'ab' }),
    ],
    [
      'a source of another kind',
      'source-type',
      bytesOf({ ...json(ENTRY), source: { type: 'npm' } }),
    ],
    [
      'a branch for a commit',
      'source-commit',
      bytesOf({ ...json(ENTRY), source: { type: 'git', url: 'x', commit: 'main', path: '' } }),
    ],
    ['a name that leads elsewhere', 'lock-name', bytesOf({ ...json(ENTRY), name: '../notes' })],
    ['a hidden name', 'lock-name', bytesOf({ ...json(ENTRY), name: '.ssh' })],
    [
      'too many approvals',
      'lock-approvals',
      bytesOf({
        ...json(ENTRY),
        approvals: Array.from({ length: 17 }, () => json(ENTRY)['approvals'] as Json).flat(),
      }),
    ],
  ])('parseLock() and the schema refuse %s', async (_, reason, bytes) => {
    expect(await reasonOf(() => parseLock(bytes))).toBe(reason);
    expect(matches(JSON.parse(fromUtf8(bytes) ?? ''))).toBe(false);
  });

  test.each<readonly [string, string, Uint8Array]>([
    ['another order', 'lock-order', bytesOf(json(OTHER), json(ENTRY))],
    ['a skill twice', 'lock-order', bytesOf(json(ENTRY), json(ENTRY))],
    [
      'two names that are one directory',
      'lock-name',
      bytesOf({ ...json(ENTRY), name: 'NOTES' }, json(ENTRY)),
    ],
    ['no line feed', 'not-canonical', encodeLock([ENTRY]).slice(0, -1)],
    [
      'white space',
      'not-canonical',
      utf8(`${JSON.stringify({ schema: 'urn:gitkel:skills-lock:1', skills: [] }, null, 1)}\n`),
    ],
    [
      'another version',
      'lock-version',
      utf8('{"schema":"urn:gitkel:skills-lock:2","skills":[]}\n'),
    ],
  ])('parseLock() refuses %s', async (_, reason, bytes) => {
    expect(await reasonOf(() => parseLock(bytes))).toBe(reason);
  });

  test('withEntry() replaces by name and sorts, withoutEntry() takes away', () => {
    const lock = withEntry(withEntry([], OTHER), ENTRY);
    expect(lock.map((one) => one.name)).toEqual(['notes', 'pdf']);
    const newer = { ...ENTRY, version: '2' };
    expect(withEntry(lock, newer)).toEqual([newer, OTHER]);
    expect(withoutEntry(lock, 'notes')).toEqual([OTHER]);
  });
});

function withoutKey(key: string): Json {
  const { [key]: _, ...rest } = json(ENTRY);
  return rest;
}

describe('names of directories', () => {
  test.each([
    'a/b',
    '..',
    '.git',
    '.agents',
    'con',
    'a:b',
    'a.',
    'skills.lock.json',
    'Skills.Lock.JSON',
    'x'.repeat(161),
    '',
  ])('installNameProblem() refuses %j', (text) => {
    expect(installNameProblem(text)).toBeTypeOf('string');
  });

  test('installNameProblem() takes names of skills; sameInstallName() folds them', () => {
    expect(['pdf', 'git-notes', 'übung', 'A b'].map(installNameProblem)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(sameInstallName('Notes', 'notes')).toBe(true);
    expect(sameInstallName('notes', 'note')).toBe(false);
  });
});
