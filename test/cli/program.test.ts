import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compiledName, compiledProgram, programScript } from '../../src/cli/compiled-program.ts';
import { packCompiled } from '../../src/host/compiled-script.ts';
import { BINARY, runBinary, runProgram } from '../support/binary.ts';

const TEXT = `/*${'5'.repeat(64)}*/(function (require) { return async (argv) => argv.push('ran'); })`;

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'program-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A directory with a program, and with what V8 made of it. */
function compiledIn(name: string, text = TEXT): { readonly dir: string; readonly bin: string } {
  const dir = mkdtempSync(path.join(directory, `${name}-`));
  const { script, run } = programScript(dir, text);
  run();
  const bin = path.join(dir, compiledName());
  writeFileSync(bin, packCompiled(text, script.createCachedData()));
  writeFileSync(path.join(dir, 'program.cjs'), text);
  return { dir, bin };
}

async function runs(dir: string): Promise<boolean> {
  const said: string[] = [];
  await compiledProgram(dir)?.(said, 'main.js');
  return said.includes('ran');
}

describe('compiledProgram()', () => {
  test('gives the program of which V8 takes what it made before', async () => {
    const { dir, bin } = compiledIn('whole');
    expect(await runs(dir)).toBe(true);
    const compiled = readFileSync(bin).subarray(4 + 64);
    expect(programScript(dir, TEXT, compiled).script.cachedDataRejected).toBe(false);
  });

  test('gives nothing where nothing was compiled for this V8, or the text is missing', () => {
    const { dir, bin } = compiledIn('other');
    writeFileSync(path.join(dir, 'program-1.2.3-x64.bin'), readFileSync(bin));
    rmSync(bin);
    expect(compiledProgram(dir)).toBeUndefined();
    const { dir: without } = compiledIn('without');
    rmSync(path.join(without, 'program.cjs'));
    expect(compiledProgram(without)).toBeUndefined();
  });

  test('gives nothing when the text is cut off', () => {
    const { dir } = compiledIn('short');
    writeFileSync(path.join(dir, 'program.cjs'), TEXT.slice(0, -5));
    expect(compiledProgram(dir)).toBeUndefined();
  });

  test('gives nothing when what was compiled is damaged anywhere, or cut off', () => {
    const { dir, bin } = compiledIn('damaged');
    const whole = readFileSync(bin);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      writeFileSync(bin, damaged);
      expect(compiledProgram(dir)).toBeUndefined();
    }
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(bin, whole.subarray(0, length));
      expect(compiledProgram(dir)).toBeUndefined();
    }
  });

  test('gives nothing when it was compiled from another text of the same length', () => {
    const { dir } = compiledIn('text');
    const other = TEXT.replaceAll('5', '6').replace("'ran'", "'RAN'");
    expect(other).toHaveLength(TEXT.length);
    writeFileSync(path.join(dir, 'program.cjs'), other);
    expect(compiledProgram(dir)).toBeUndefined();
  });

  test('gives the program from its text when V8 refuses what was compiled', async () => {
    const { dir, bin } = compiledIn('refused');
    writeFileSync(bin, packCompiled(TEXT, new Uint8Array(400)));
    expect(await runs(dir)).toBe(true);
  });
});

describe('the built binary', () => {
  const built = path.dirname(BINARY);

  test('lies there compiled for the V8 that it was built with', () => {
    expect(readdirSync(built)).toContain(compiledName());
    expect(compiledProgram(built)).toBeDefined();
  });

  test('does the same from its modules as compiled, and with options for which V8 refuses that', async () => {
    const root = path.resolve(built, '../../..');
    const copy = path.join(directory, 'copy');
    cpSync(path.join(root, 'dist'), path.join(copy, 'dist'), {
      recursive: true,
      filter: (from) => !/\.(?:map|d\.ts|bin)$|(?<!gitkel)\.cjs$/.test(from),
    });
    for (const name of ['package.json', 'oclif.manifest.json'])
      cpSync(path.join(root, name), path.join(copy, name));
    const modules = path.join(copy, 'dist/src/cli');
    const home = { env: { GITKEL_HOME: path.join(directory, 'home') } };
    for (const args of [
      ['identity', 'show', '--help'],
      ['no', 'such', 'command'],
      ['name', 'list', '--json'],
    ]) {
      const compiled = await runBinary(args, home);
      for (const file of ['main.js', 'gitkel.cjs']) {
        const given = [path.join(modules, file), ...args];
        expect(await runProgram(process.execPath, given, home)).toEqual(compiled);
      }
    }
    const refused = await runBinary(['--version'], {
      nodeOptions: ['--max-old-space-size=600'],
      alone: true,
    });
    expect(refused.stdout).toBe((await runBinary(['--version'])).stdout);
  });
});
