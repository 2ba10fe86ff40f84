/**
 * Writes what follows from the code: the schema of the answers, and the pages of `docs/reference`. Run it after a change of
 * a command, of what a command returns, or of the explanations of errors: `npm run build && node scripts/reference.mjs`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { referenceFiles } from './reference-files.mjs';

const root = path.resolve(import.meta.dirname, '..');
for (const [file, text] of await referenceFiles()) {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}
