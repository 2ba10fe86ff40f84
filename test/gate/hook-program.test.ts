/** The hooks as they were built, from one script and from their modules; `npm test` builds them first. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ALL_HOOKS } from '../../src/gate/hook-name.ts';
import { HOOKS_SCRIPT } from '../../src/gate/hook-program.ts';
import { compiledScript, compiledScriptName } from '../../src/host/compiled-script.ts';
import { temporaryDirectory } from '../git/support.ts';

const DIST = path.resolve(import.meta.dirname, '../../dist');

/** What a hook says when nobody but this process runs it, and how it ends. */
function answer(
  dist: string,
  name: string,
): { readonly status: number | null; readonly said: string } {
  const program = path.join(dist, 'hooks', `${name}.js`);
  const { status, stderr } = spawnSync(process.execPath, [program, 'prepared'], {
    cwd: path.dirname(dist),
    input: '',
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return { status, said: stderr };
}

test('the built hooks lie there compiled for the V8 that they were built with', () => {
  const directory = path.join(DIST, 'hooks');
  expect(readdirSync(directory)).toContain(compiledScriptName(HOOKS_SCRIPT));
  expect(compiledScript(directory, HOOKS_SCRIPT)).toMatchObject({ run: expect.any(Function) });
});

test('the built hooks do the same from their modules as compiled', () => {
  const copy = path.join(temporaryDirectory(), 'dist');
  cpSync(DIST, copy, { recursive: true, filter: (from) => !/\.(?:map|d\.ts|bin|cjs)$/.test(from) });
  for (const name of ALL_HOOKS) {
    const compiled = answer(DIST, name);
    expect(compiled.said).not.toBe(name === 'pre-push' ? undefined : '');
    expect({ name, ...answer(copy, name) }).toEqual({ name, ...compiled });
  }
});
