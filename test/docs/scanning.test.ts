import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/scan/rules.ts';

const text = readFileSync(path.resolve(import.meta.dirname, '../../docs/scanning.md'), 'utf8');
const METHODS = { structure: 'code', text: 'patterns', both: 'both' } as const;

describe('docs/scanning.md', () => {
  it('has every rule as the code has it', () => {
    const [, table = ''] = /<!-- rules -->([^]*)<!-- end of rules -->/.exec(text) ?? [];
    const rows = table
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2)
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    expect(rows).toEqual(
      RULES.map(({ id, severity, method, title, remedy }) => [
        id,
        severity,
        METHODS[method],
        title,
        remedy,
      ]),
    );
  });
});
