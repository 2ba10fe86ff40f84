/** Builds the command line and the hooks as one file each, and keeps what V8 made of them while they ran. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

/** A script cannot wait while it is loaded, so that this module is made ready before the first command is. */
const BLAKE3 = `import bundle from 'hash-wasm/dist/blake3.umd.min.js';
export let blake3State;
export const ready = async () => { blake3State ??= await bundle.createBLAKE3(); };`;

const blake3 = {
  name: 'blake3',
  setup: (building) =>
    building.onLoad({ filter: /src\/crypto\/blake3-state\.ts$/ }, () => ({
      contents: BLAKE3,
      resolveDir: path.resolve(import.meta.dirname, '..'),
    })),
};

/**
 * What the framework loads and never uses here: it logs for whoever develops it, and looks for commands and plugins, which
 * are known. Where it did all the same, it would fail.
 */
const UNUSED = {
  debug: 'module.exports = () => Object.assign(() => {}, { enabled: false });',
  tinyglobby: "exports.glob = () => { throw new Error('no files are looked for'); };",
  minimatch: "exports.minimatch = () => { throw new Error('no plugins are looked for'); };",
  lilconfig: "exports.lilconfig = () => { throw new Error('no package is looked for'); };",
  'wsl-utils': "exports.isWsl = false; exports.powerShellPath = async () => 'powershell.exe';",
};

const unused = {
  name: 'unused',
  setup: (building) => {
    building.onResolve(
      { filter: /^(?:debug|tinyglobby|minimatch|lilconfig|wsl-utils)$/ },
      ({ path: name, importer }) =>
        importer.includes(`${path.sep}@oclif${path.sep}`)
          ? { path: name, namespace: 'unused' }
          : {},
    );
    building.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path: name }) => ({
      contents: UNUSED[name],
      loader: 'js',
    }));
  },
};

function entryOf(root, { pjson, topics, commands }) {
  const modules = commands.map(({ id }) => {
    const file = path.join(root, 'commands', `${id.replaceAll(':', path.sep)}.ts`);
    return `[${JSON.stringify(id)}, async () => { await ready(); return import(${JSON.stringify(file)}); }]`;
  });
  // As text, each by itself and in a function: an object of that size takes longer to make than to parse, and most runs need
  // one command.
  const { name, version, description, type, oclif } = pjson;
  const known = JSON.stringify(
    JSON.stringify({ pjson: { name, version, description, type, oclif }, topics }),
  );
  const described = commands.map(
    (command) =>
      `[${JSON.stringify(command.id)}, () => ${JSON.stringify(JSON.stringify(command))}]`,
  );
  return `import { runCommandLine } from './src/cli/command-line.ts';
import { neededCommands } from './src/cli/needed-commands.ts';
import { ready } from './src/crypto/blake3-state.ts';
const modules = new Map([${modules.join(',\n')}]);
const described = new Map([${described.join(',\n')}]);
export const run = (argv, main) => {
  const needed = neededCommands(argv, [...described.keys()]);
  const commands = needed.map((id) => JSON.parse(described.get(id)()));
  return runCommandLine(argv, main, { ...JSON.parse(${known}), commands, modules });
};`;
}

/** The list of public suffixes takes a while to make, and is for wildcards in permissions alone. */
const suffixes = {
  name: 'suffixes',
  setup: (building) => {
    building.onResolve({ filter: /^tldts$/ }, ({ pluginData }) =>
      pluginData === 'really' ? {} : { path: 'tldts', namespace: 'later' },
    );
    building.onResolve({ filter: /^really:tldts$/ }, ({ resolveDir }) =>
      building.resolve('tldts', { kind: 'require-call', resolveDir, pluginData: 'really' }),
    );
    building.onLoad({ filter: /.*/, namespace: 'later' }, () => ({
      contents:
        "exports.getPublicSuffix = (...given) => require('really:tldts').getPublicSuffix(...given);",
      loader: 'js',
      resolveDir: path.resolve(import.meta.dirname, '..'),
    }));
  },
};

/** Parts of Node that take a millisecond or more to load, and that most commands import and do not use. */
const SELDOM =
  /(?<=[\w$]=)require(?=\("(?:node:)?(?:child_process|dns\/promises|fs\/promises|http|perf_hooks|readline|readline\/promises|timers\/promises|worker_threads)"\))/g;

/** Loads a module of Node when something of it is asked for. */
const LATER =
  'const loadLater=(name)=>new Proxy({},{get:(_,key)=>require(name)[key],has:(_,key)=>key in require(name)});';

/** Every character outside of ASCII escaped: what is left of them stands in regular expressions. */
function inAscii(text) {
  return text.replaceAll(
    /[^\0-\x7f]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What decides is there for whoever runs it otherwise than Git does, to have it compiled. */
const HOOKS = `import { ready } from './src/crypto/blake3-state.ts';
export const run = async (name, args) => {
  await ready();
  return (await import('./src/gate/hook-main.ts')).runHookFile(name, args);
};
export const deciding = async () => {
  await ready();
  const { preReceive } = await import('./src/gate/pre-receive.ts');
  const { referenceTransaction } = await import('./src/gate/reference-transaction.ts');
  return { preReceive, referenceTransaction };
};`;

async function scriptText(root, contents, given) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
    plugins: [blake3, suffixes, unused],
  });
  const [{ text }] = outputFiles;
  const later = inAscii(text).replaceAll(SELDOM, 'loadLater');
  const content = `(function(require){const module={exports:{}};${LATER}\n${later}\nreturn ${given};})`;
  return `/*${createHash('sha256').update(content).digest('hex')}*/${content}`;
}

/** Writes a script, then runs another one in a directory of its own, which writes what V8 made of the first one. */
function writeCompiled(root, file, text, warming) {
  writeFileSync(path.join(root, 'dist', file), text);
  const place = mkdtempSync(path.join(tmpdir(), 'gitkel-build-'));
  try {
    const kept = Object.entries(process.env).filter(([name]) => !/^(?:GIT|NODE)_/.test(name));
    execFileSync(process.execPath, [path.join(root, 'scripts', warming), place], {
      env: { ...Object.fromEntries(kept), HOME: place },
      cwd: place,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/**
 * Writes `program.cjs` beside the main module and `hooks.cjs` beside the hooks, and what V8 made of them.
 * @param plugin what the framework has found out about the commands
 */
export async function buildProgram(root, plugin) {
  const program = await scriptText(root, entryOf(root, plugin), 'module.exports.run');
  writeCompiled(root, 'src/cli/program.cjs', program, 'warm-program.mjs');
  const hooks = await scriptText(root, HOOKS, 'module.exports');
  writeCompiled(root, 'hooks/hooks.cjs', hooks, 'warm-hooks.mjs');
}
