/** Builds what is started first: small CommonJS files, beside the modules that do the same. */
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const HOOKS = ['pre-commit', 'pre-push', 'pre-receive', 'reference-transaction'];

const COMMAND = `import { start } from './src/cli/start.ts';
const complete = () => require('./complete.cjs');
void start(__dirname, __filename, { complete, main: () => import('./main.js') });`;

const COMPLETE = `export { complete } from './src/cli/complete-main.ts';`;

function hookStart(name) {
  return `import { startHook } from './src/gate/start-hook.ts';
void startHook('${name}', __dirname, () => import('./${name}.js'));`;
}

async function buildStart(root, file, contents, banner = '') {
  const outfile = path.join(root, 'dist', file);
  await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root },
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    external: ['./main.js', './complete.cjs', ...HOOKS.map((name) => `./${name}.js`)],
    minifyWhitespace: true,
    minifySyntax: true,
    banner: { js: banner },
    logLevel: 'warning',
  });
  return outfile;
}

/** Writes the file of the command, the one that answers shells, and one for each hook. */
export async function buildStarts(root) {
  const command = await buildStart(root, 'src/cli/gitkel.cjs', COMMAND, '#!/usr/bin/env node');
  chmodSync(command, 0o755);
  await buildStart(root, 'src/cli/complete.cjs', COMPLETE);
  for (const name of HOOKS) await buildStart(root, `hooks/${name}.cjs`, hookStart(name));
}
