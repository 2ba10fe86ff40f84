/** The page that audits: one script, one script for its worker, a style and the page itself, in `dist/web`. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { noticesOf } from './report.mjs';

/**
 * What of Node the portable part of gitkel names, and what it gets in a browser. Anything else of Node that comes to be
 * imported there ends the build.
 */
const IN_A_BROWSER = {
  'node:path': 'path.ts',
  'node:timers/promises': 'timers.ts',
  'node:zlib': 'zlib.ts',
};

/** Builds the page; gives the bytes of each file. */
export async function buildPage(root) {
  const from = path.join(root, 'web/page');
  const to = path.join(root, 'dist/web');
  mkdirSync(to, { recursive: true });
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const result = await build({
    absWorkingDir: root,
    entryPoints: [
      path.join(from, 'page.ts'),
      path.join(from, 'worker.ts'),
      path.join(from, 'page.css'),
    ],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome120', 'firefox128', 'safari17.4'],
    outdir: to,
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    metafile: true,
    define: { GITKEL_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
    alias: Object.fromEntries(
      Object.entries(IN_A_BROWSER).map(([name, file]) => [name, path.join(from, 'node', file)]),
    ),
  });
  writeFileSync(
    path.join(to, 'NOTICES.txt'),
    noticesOf(root, result.metafile, 'The scripts of this page hold'),
  );
  copyFileSync(path.join(from, 'index.html'), path.join(to, 'index.html'));
  return Object.fromEntries(
    Object.entries(result.metafile.outputs).map(([file, { bytes }]) => [
      path.basename(file),
      bytes,
    ]),
  );
}
