/** What `npm pack` would publish, and what others make of it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram } from './support/binary.ts';

const root = path.resolve(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<
  string,
  unknown
>;

let files: readonly { readonly path: string; readonly size: number }[];
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'gitkel-package-'));
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json', '--offline'];
  const { stdout } = await runProgram('npm', args, { cwd: root, env: { HOME: dir } });
  [{ files }] = JSON.parse(stdout) as [{ files: typeof files }];
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

it('the package has what runs, what describes it, and no more', () => {
  const names = files.map(({ path: name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'dist/src/index.js',
      'dist/src/index.d.ts',
      'dist/src/cli/main.js',
      'dist/src/cli/program.cjs',
      'dist/src/cli/gitkel.cjs',
      'dist/src/cli/complete.cjs',
      'dist/src/cli/complete.json',
      'dist/hooks/hooks.cjs',
      'dist/hooks/pre-receive.cjs',
      'dist/hooks/pre-receive.js',
      'dist/web/index.html',
      'dist/web/report/report.js',
      'rules/instructions.yar',
      'schemas/answers-1.json',
      'oclif.manifest.json',
    ]),
  );
  expect(names.filter((name) => /\.map$|^(?:src|test|web|scripts|commands)\//.test(name))).toEqual(
    [],
  );
});

it('publint finds nothing in it', async () => {
  const { messages } = await publint({
    pkgDir: 'package',
    strict: true,
    pack: {
      files: files.map(({ path: name }) => ({
        name: `package/${name}`,
        data: readFileSync(path.join(root, name)),
      })),
    },
  });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

it('the library can be bundled by whoever uses it', async () => {
  mkdirSync(path.join(dir, 'node_modules'));
  symlinkSync(root, path.join(dir, 'node_modules/gitkel'));
  const { outputFiles, warnings } = await build({
    stdin: {
      contents:
        "import { audit, memoryHost } from 'gitkel'; console.log(typeof audit, typeof memoryHost);",
      resolveDir: dir,
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: {
      js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);",
    },
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  const script = outputFiles[0]?.text ?? '';
  const ran = await runProgram(process.execPath, ['--input-type=module', '-'], {
    cwd: root,
    env: {},
    input: script,
  });
  expect([ran.stderr, ran.stdout]).toEqual(['', 'function function\n']);
});
