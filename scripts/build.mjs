/** `npm run build`: compile, bundle the commands and the page that audits, write the manifest that lets the binary start without loading them. */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Plugin } from '@oclif/core';
import { build } from 'esbuild';
import { buildPage } from './page.mjs';
import { buildProgram } from './program.mjs';
import { buildReport } from './report.mjs';
import { buildStarts } from './starts.mjs';

const root = path.resolve(import.meta.dirname, '..');

function filesIn(folder) {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(root, folder, file));
}

rmSync(path.join(root, 'dist'), { recursive: true, force: true });
rmSync(path.join(root, 'oclif.manifest.json'), { force: true });
execFileSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc')], {
  cwd: root,
  stdio: 'inherit',
});

/** What a shell needs to know of a command to complete a line. */
function forCompletion({ id, summary, strict, hidden, flags, args }) {
  const told = Object.values(flags).map(
    ({ name, type, char, summary: about, helpValue, options, multiple, hidden: isHidden }) => [
      name,
      { name, type, char, summary: about, helpValue, options, multiple, hidden: isHidden },
    ],
  );
  const given = Object.values(args).map(({ name, options }) => [name, { name, options }]);
  return {
    id,
    summary,
    strict,
    hidden,
    flags: Object.fromEntries(told),
    args: Object.fromEntries(given),
  };
}

const OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outdir: path.join(root, 'dist'),
  outbase: root,
  chunkNames: 'chunks/[hash]',
  allowOverwrite: true,
  // Half of the time in which a command starts goes into reading its text.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
  banner: {
    js: "import{createRequire as bannerRequire}from'node:module';const require=bannerRequire(import.meta.url);",
  },
};
await build({
  ...OPTIONS,
  entryPoints: [
    path.join(root, 'src/cli/main.ts'),
    path.join(root, 'src/cli/program.ts'),
    ...filesIn('commands'),
    ...filesIn('hooks'),
  ],
});
await buildStarts(root);
// The library is one file of its own beside its types, so that whoever imports it does not read hundreds.
await build({
  ...OPTIONS,
  entryPoints: [path.join(root, 'src/index.ts')],
  packages: 'external',
  chunkNames: 'chunks/library-[hash]',
  minifyWhitespace: false,
  banner: {},
});
await buildReport(root);
await buildPage(root);
const plugin = new Plugin({
  root,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
});
await plugin.load();
const { EXIT_CODES } = await import(path.join(root, 'dist/src/cli/exit-codes.js'));
const codes = EXIT_CODES.map(({ name, exit }) => `${exit} ${name}`).join(', ');
const exitCodes = `Exit codes: ${codes}. \`gitkel explain NAME\` tells of each.`;
for (const command of [...Object.values(plugin.manifest.commands), ...plugin.commands])
  command.description = [command.description, exitCodes].filter(Boolean).join('\n\n');
writeFileSync(path.join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest)}\n`);
writeFileSync(
  path.join(root, 'dist/src/cli/complete.json'),
  JSON.stringify(Object.values(plugin.manifest.commands).map(forCompletion)),
);
await buildProgram(root, plugin);
