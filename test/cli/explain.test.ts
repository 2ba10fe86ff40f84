import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/base/errors.ts';
import { EXIT, EXIT_CODES, exitCodeOf } from '../../src/cli/exit-codes.ts';
import { explanationOf, explanations, REASON_FAMILIES } from '../../src/cli/explain.ts';
import { runBinary } from '../support/binary.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Every source file but those that explain, with its text. */
const SOURCES = ['src', 'commands', 'hooks'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/cli[/\\]reasons-of-/.test(file))
    .map((file) => ({
      file: `${folder}/${file}`,
      text: readFileSync(path.join(ROOT, folder, file), 'utf8'),
    })),
);

/** Where a reason stands in the code: thrown, made into a rejection, or a member of a closed list of reasons. */
const STATED = [
  /\breason: '([a-z][a-z0-9-]*)'/g,
  /\b(?:malformed|rejection|refused|problem)\(\s*'([a-z][a-z0-9-]*)'/g,
];
const LISTED =
  /type \w*(?:Reason|Problem)\s*=\s*((?:\s*\|?\s*(?:'[a-z0-9-]+'|[A-Z][\w[\]'<>., ]*|\/\/[^\n]*))+);/g;
const MEMBERS = /\breason:((?:\s*\|?\s*'[a-z0-9-]+')+);/g;
/** What only looks like one. */
const NO_REASON = new Set(['every-vouch']);
const PROBLEM = /\[\s*'([a-z][a-z0-9]*-[a-z0-9-]+)',\s*[`a-z(]/g;

function reasonsIn(file: string, text: string): readonly string[] {
  const stated = STATED.flatMap((form) =>
    [...text.matchAll(form)].map(([, reason = '']) => reason),
  );
  const listed = [...text.matchAll(LISTED), ...text.matchAll(MEMBERS)].flatMap(([, members = '']) =>
    [...members.matchAll(/'([a-z0-9-]+)'/g)].map(([, reason = '']) => reason),
  );
  const problems = /^src\/(?:log|batch)\//.test(file)
    ? [...text.matchAll(PROBLEM)].map(([, reason = '']) => reason)
    : [];
  return [...stated, ...listed, ...problems];
}

describe('explanations()', () => {
  test('explain every reason that the code knows', () => {
    const explained = new Set(explanations().map(({ code }) => code));
    const missing = SOURCES.flatMap(({ file, text }) =>
      reasonsIn(file, text)
        .filter((reason) => !explained.has(reason) && !NO_REASON.has(reason))
        .map((reason) => `${reason} (${file})`),
    );
    const how =
      'Say what it means in the family of src/cli/reasons-of-*.ts that it belongs to, then: npm run build && node scripts/reference.mjs';
    expect([...new Set(missing)], how).toEqual([]);
  });

  test('explain nothing that the code does not know', () => {
    const all = SOURCES.map(({ text }) => text).join('\n');
    const stale = REASON_FAMILIES.flatMap(({ reasons }) => Object.keys(reasons)).filter(
      (reason) => !/^e[a-z]+$/.test(reason) && !all.includes(`'${reason}'`),
    );
    expect(stale.filter((reason) => !new RegExp(`\\b${reason}: `).test(all))).toEqual([]);
  });

  test('say each thing once, in a sentence', () => {
    const own = REASON_FAMILIES.flatMap(({ reasons }) => Object.keys(reasons));
    expect(own.filter((reason, at) => own.indexOf(reason) !== at)).toEqual([]);
    for (const { code, about, what, why, way, example } of explanations()) {
      for (const text of [about, what, why, way]) expect(text, code).toMatch(/\S \S/);
      expect(`${what}${about}`, code).not.toMatch(/\.$/);
      expect(why, code).toMatch(/\.$/);
      expect(way, code).toMatch(/\.$/);
      expect(example, code).toMatch(/^gitkel [a-z]/);
    }
  });

  test('know every code of an error, with its exit code', () => {
    expect(new Set(EXIT_CODES.map(({ exit }) => exit))).toEqual(new Set(Object.values(EXIT)));
    for (const code of ERROR_CODES) expect(explanationOf(code)?.exit, code).toBe(exitCodeOf(code));
  });
});

describe('explanationOf()', () => {
  test('knows a rule that is named with what it is about', () => {
    for (const [code, rule] of [
      ['permissions-env-name', 'env-name'],
      ['remote-shallow', 'shallow'],
      ['repository-grafts', 'grafts'],
    ] as const)
      expect(explanationOf(code)).toEqual({ ...explanationOf(rule), code });
    expect(explanationOf('permissions-missing')?.code).toBe('permissions-missing');
    expect(explanationOf('permissions-nothing')).toBeUndefined();
  });
});

describe('gitkel explain', () => {
  test('tells of a reason, a code and a number, and lists all', async () => {
    const { stdout } = await runBinary(['explain', 'already-signed']);
    expect(stdout).toMatch(/^already-signed: a key of this home/);
    expect(stdout).toContain('what to do: ');
    expect((await runBinary(['explain', '5'])).stdout).toMatch(/^conflict \(exit 5\): /);
    const all = JSON.parse((await runBinary(['explain', '--json'])).stdout) as {
      readonly explained: readonly object[];
    };
    expect(all.explained.length).toBe(explanations().length);
  });

  test('names what is near to what it does not know', async () => {
    const { exitCode, stderr } = await runBinary(['explain', 'already-singed']);
    expect(exitCode).toBe(EXIT.notFound);
    expect(stderr).toContain('Did you mean "already-signed"?');
  });
});
