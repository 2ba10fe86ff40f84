import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

interface Generator {
  readonly referenceFiles: () => Promise<readonly (readonly [file: string, text: string])[]>;
}

test(
  'schemas/answers-1.json and docs/reference are what the code says',
  { timeout: 60_000 },
  async () => {
    const generator = path.join(ROOT, 'scripts/reference-files.mjs');
    const { referenceFiles } = (await import(generator)) as Generator;
    for (const [file, text] of await referenceFiles()) {
      const there = readFileSync(path.join(ROOT, file), 'utf8');
      const how = `${file} is not current: npm run build && node scripts/reference.mjs`;
      expect(there === text, how).toBe(true);
    }
  },
);
