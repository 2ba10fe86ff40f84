/** The hooks as they were built, from one script and from their modules; `npm test` builds them first. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ALL_HOOKS, SERVER_HOOKS } from '../../src/gate/hook-name.ts';
import { HOOKS_SCRIPT } from '../../src/gate/compiled-hooks.ts';
import { compiledScript, compiledScriptName } from '../../src/host/compiled-script.ts';
import { temporaryDirectory } from '../git/support.ts';

const DIST = path.resolve(import.meta.dirname, '../../dist');

/** What a hook says that Git does not run, in a directory of no repository, and how it ends. */
function answer(
  dist: string,
  file: string,
  cwd: string,
): { readonly status: number | null; readonly said: string } {
  const program = path.join(dist, 'hooks', file);
  const env = { PATH: process.env['PATH'] };
  const given = [program, 'prepared'];
  const ended = spawnSync(process.execPath, given, { cwd, env, input: '', encoding: 'utf8' });
  return { status: ended.status, said: ended.stderr };
}

test('the built hooks lie there compiled for the V8 that they were built with', () => {
  const directory = path.join(DIST, 'hooks');
  expect(readdirSync(directory)).toContain(compiledScriptName(HOOKS_SCRIPT));
  expect(compiledScript(directory, HOOKS_SCRIPT)).toMatchObject({ run: expect.any(Function) });
});

test('the built hooks do the same from their modules as compiled', () => {
  const nowhere = temporaryDirectory();
  const copy = path.join(temporaryDirectory(), 'dist');
  cpSync(DIST, copy, {
    recursive: true,
    filter: (from) => !/\.(?:map|d\.ts|bin)$|hooks\.cjs$/.test(from),
  });
  for (const name of ALL_HOOKS) {
    const compiled = answer(DIST, `${name}.cjs`, nowhere);
    if (SERVER_HOOKS.includes(name)) {
      expect(compiled.status).toBe(1);
      expect(compiled.said).toMatch(/^gitkel: refused: /);
    }
    for (const file of [`${name}.cjs`, `${name}.js`])
      expect({ file, ...answer(copy, file, nowhere) }).toEqual({ file, ...compiled });
  }
});

test('a built hook that cannot be loaded says so in two lines, and lets nothing pass', () => {
  const copy = path.join(temporaryDirectory(), 'dist');
  cpSync(path.join(DIST, 'hooks'), path.join(copy, 'hooks'), {
    recursive: true,
    filter: (from) => !/\.(?:map|d\.ts|js)$/.test(from),
  });
  const script = path.join(copy, 'hooks/hooks.cjs');
  writeFileSync(script, readFileSync(script).subarray(0, 5000));
  for (const name of ALL_HOOKS) {
    const { status, said } = answer(copy, `${name}.cjs`, temporaryDirectory());
    expect(status).toBe(1);
    expect(said).toMatch(
      /^gitkel: refused: the [a-z-]+ hook cannot run: "[^\n]*"\ngitkel: [^\n]*\n$/,
    );
    expect(said).toContain(`the ${name} hook`);
  }
});
