/**
 * The import graph is a contract: a folder may import only the folders named beside it. Nothing imports upward, each
 * heavy dependency has exactly one owner, and the pure layers reach nothing outside of themselves.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const CORE = ['src/base', 'src/crypto', 'src/cesr', 'src/keri'];
const INNER = [
  'src/tel',
  'src/stream',
  'src/host',
  'src/git',
  'src/keys',
  'src/records',
  'src/log',
  'src/batch',
];
const HELD = ['src/base', 'src/crypto', 'src/host', 'src/git', 'src/log'];
const STORE = ['src/host', 'src/git', 'src/keys', 'src/records', 'src/log'];
const OUTER = [
  'src/trust',
  'src/oms',
  'src/exchange',
  'src/skills',
  'src/scan',
  'src/sandbox',
  'src/runs',
  'src/install',
  'src/audit',
  'src/report',
  'src/sync',
];

const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'src/base': [],
  'src/crypto': ['src/base'],
  'src/cesr': ['src/base', 'src/crypto'],
  'src/keri': ['src/base', 'src/crypto', 'src/cesr'],
  'src/tel': [...CORE],
  'src/stream': [...CORE, 'src/tel'],
  'src/host': ['src/base', 'src/crypto'],
  'src/git': ['src/base', 'src/crypto', 'src/host'],
  'src/keys': ['src/base', 'src/crypto', 'src/cesr', 'src/host'],
  'src/records': [...CORE],
  'src/trust': ['src/base', 'src/crypto', 'src/cesr', 'src/records'],
  'src/log': [...CORE, 'src/tel', 'src/stream', 'src/host', 'src/git', 'src/records'],
  'src/batch': [...CORE, 'src/host', 'src/git', 'src/keys', 'src/records', 'src/log'],
  'src/oms': ['src/base', 'src/crypto', 'src/records'],
  'src/exchange': [...CORE, ...INNER],
  'src/skills': [...CORE, 'src/host', 'src/git', 'src/records', 'src/trust', 'src/log', 'src/oms'],
  'src/scan': ['src/base', 'src/crypto', 'src/cesr', 'src/records', 'src/trust', 'src/skills'],
  'src/sandbox': ['src/base', 'src/crypto', 'src/host', 'src/records', 'src/trust', 'src/skills'],
  'src/runs': [...CORE, ...INNER, 'src/trust', 'src/skills', 'src/sandbox'],
  'src/install': [...CORE, ...STORE, 'src/trust', 'src/oms', 'src/skills'],
  'src/audit': [...CORE, 'src/tel', 'src/host', 'src/git', 'src/records', 'src/log'],
  'src/page': [...HELD, 'src/skills', 'src/audit', 'src/report'],
  'src/report': [...CORE, 'src/tel', 'src/records', 'src/log', 'src/audit'],
  'src/sync': [...CORE, ...INNER, 'src/exchange', 'src/audit'],
  'src/gate': [...CORE, ...INNER, 'src/trust', 'src/oms', 'src/skills', 'src/audit'],
  'src/cli': [...CORE, ...INNER, ...OUTER, 'src/gate'],
  src: [...CORE, ...INNER, ...OUTER, 'src/gate'],
  'src/platforms': [...CORE, ...INNER, ...OUTER, 'src/gate', 'src/cli'],
  commands: [...CORE, ...INNER, ...OUTER, 'src/gate', 'src/cli', 'src/platforms'],
  hooks: ['src/gate', 'src/platforms'],
};

/** The folders that may import a package. `src/git` streams the checksum of packs too large to hold in memory. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  'isomorphic-git': ['src/git'],
  '@noble/ed25519': ['src/crypto'],
  '@noble/hashes': ['src/crypto', 'src/git'],
  'hash-wasm': ['src/crypto'],
  'age-encryption': ['src/keys'],
  canonicalize: ['src/base'],
  yaml: ['src/skills'],
  tldts: ['src/skills'],
  '@oclif/core': ['src/cli', 'commands'],
};

/** Layers that know no clock, randomness, file system or environment: they import nothing but each other. */
const PURE = new Set([
  'src/base',
  'src/cesr',
  'src/keri',
  'src/tel',
  'src/stream',
  'src/trust',
  'src/report',
]);
const IMPURE_WORDS =
  /\b(?:Date\.now\(|new Date\(\)|Math\.random|process\.(?:env|stdout|cwd|hrtime)|Buffer\.|performance\.now|globalThis\.crypto)/;

const root = path.resolve(import.meta.dirname, '..');

function sourceFiles(dir: string): string[] {
  return readdirSync(path.join(root, dir), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => path.posix.join(dir, file.replaceAll('\\', '/')));
}

/** `src/cesr/primitive.ts` is in `src/cesr`; `src/index.ts` in `src`; `commands/batch/sign.ts` in `commands`. */
function layerOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'src' && !second.endsWith('.ts') ? `src/${second}` : top;
}

const source = (file: string): string => readFileSync(path.join(root, file), 'utf8');

function importsOf(file: string): string[] {
  const statements = /^(?:import|export)\b(?:[^;'"]*\bfrom)? '([^']+)';|\bimport\('([^']+)'\)/gm;
  return [...source(file).matchAll(statements)].map((match) => match[1] ?? match[2] ?? '');
}

function packageOf(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

function isAllowed(file: string, specifier: string): boolean {
  const layer = layerOf(file);
  if (specifier.startsWith('.')) {
    const target = layerOf(path.posix.join(path.posix.dirname(file), specifier));
    return target === layer || (LAYERS[layer] ?? []).includes(target);
  }
  if (specifier.startsWith('node:')) return !PURE.has(layer);
  return OWNERS[packageOf(specifier)]?.includes(layer) === true;
}

const files = ['src', 'commands', 'hooks'].flatMap(sourceFiles);

test('every folder is a declared layer', () => {
  expect([...new Set(files.map(layerOf))].toSorted()).toEqual(Object.keys(LAYERS).toSorted());
});

test('imports only go down, and packages by their owners only', () => {
  const forbidden = files.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => !isAllowed(file, specifier))
      .map((specifier) => `${file} -> ${specifier}`),
  );
  expect(forbidden).toEqual([]);
});

test('the pure layers read no clock, randomness or environment', () => {
  const impure = files.filter((file) => PURE.has(layerOf(file)) && IMPURE_WORDS.test(source(file)));
  expect(impure).toEqual([]);
});

test('processes are started in four files only: stock git, the programs in which keys live, sandboxes, and what runs without one', () => {
  const spawning = files.filter((file) =>
    importsOf(file).some((specifier) => specifier === 'node:child_process'),
  );
  expect(spawning).toEqual([
    'src/git/git-process.ts',
    'src/host/programs.ts',
    'src/sandbox/run-in-sandbox.ts',
    'src/sandbox/run-unsandboxed.ts',
  ]);
});

test('ref names and tree paths are spelled in one file only', () => {
  const elsewhere = files.filter(
    (file) =>
      file !== 'src/log/layout.ts' && /['"`](?:kel\/|records\/|refs\/gitkel)/.test(source(file)),
  );
  expect(elsewhere).toEqual([]);
});
