/** Writes `test/vectors/commit.json` anew: `node scripts/commit-vectors.mjs`. Do that when the format changes, and say why. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'gitkel-vectors-'));
try {
  const outfile = path.join(folder, 'vectors.mjs');
  await build({
    entryPoints: [path.join(root, 'test/support/commit-vectors.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
  });
  const { commitVectors } = await import(pathToFileURL(outfile).href);
  const file = path.join(root, 'test/vectors/commit.json');
  writeFileSync(file, `${JSON.stringify(await commitVectors(), null, 2)}\n`);
  console.log(`wrote ${file}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
