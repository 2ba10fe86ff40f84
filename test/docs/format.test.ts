import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { exampleBlocks } from './example.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const format = read('docs/format.md');

/** Pieces of the example that are too long to print there. */
const NOT_SHOWN =
  /^(?:interactionFile|interactionSaid|\d\.(?:exported|tree|commitBytes)|[12]\.(?:signedData|payloadBytes)|[02]\.(?:request|contribution)(?:Ref|Commit)?)$/;

describe('docs/format.md', () => {
  let blocks: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    blocks = await exampleBlocks();
  });

  it('shows the worked example as the code makes it', () => {
    const shown = Object.keys(blocks).filter((name) => !NOT_SHOWN.test(name));
    expect(shown.length).toBeGreaterThan(30);
    expect(shown.filter((name) => !format.includes(blocks[name] ?? '\0'))).toEqual([]);
  });

  it('has no other commit, digest or ref of the kind that the example has', () => {
    const made = Object.values(blocks).join('\n');
    const quoted = format.match(/\b(?:[0-9a-f]{40}|[0-9a-f]{64}|[ED][A-Za-z0-9_-]{43})\b/g) ?? [];
    expect(quoted.length).toBeGreaterThan(50);
    expect([...new Set(quoted)].filter((text) => !made.includes(text))).toEqual([]);
  });

  it('names every reason for which a commit is no valid batch', () => {
    const sources = [
      'log/check-batch.ts',
      'log/fold.ts',
      'log/fold-event.ts',
      'log/fold-proof.ts',
      'log/fold-status.ts',
      'log/fold-evidence.ts',
      'log/evidence.ts',
      'log/committer.ts',
      'log/fold-records.ts',
      'log/release-rules.ts',
      'log/trust-rules.ts',
      ...readdirSync(path.join(root, 'src/records')).map((file) => `records/${file}`),
      'log/batch-record.ts',
      'log/replay.ts',
      'log/genesis.ts',
      'log/layout.ts',
      'git/commit.ts',
      'git/commit-headers.ts',
      'git/hazards.ts',
      'git/tree.ts',
      'keri/rejection.ts',
      'tel/decide.ts',
      'tel/event.ts',
      'base/canonical-json.ts',
      'audit/expectations.ts',
    ];
    const called =
      /(?:Failed|NotProven|refuse|refused|malformed|rejection|telRejection)\(\s*(?:(?:file\.)?path,\s*)?'([a-z0-9-]+)'|reason: '([a-z0-9-]+)'|return \[\s*'([a-z0-9-]+)',|\[\s*'([a-z0-9-]+)',\s*`|^ {2,4}\| '([a-z0-9-]+)'/gm;
    const reasons = sources.flatMap((file) =>
      [...read(`src/${file}`).matchAll(called)].map(
        (match) => match.slice(1).find((name) => name !== undefined) ?? '',
      ),
    );
    expect(new Set(reasons).size).toBeGreaterThan(120);
    const named = new Set(Array.from(format.matchAll(/`([a-z0-9-]+)`/g), ([, name]) => name));
    // These are about staged batches and about receipts in streams, not about commits of a log.
    const others = new Set(['batch-ref', 'seal-source', 'stale-receipt']);
    expect(
      [...new Set(reasons)].filter((reason) => !named.has(reason) && !others.has(reason)),
    ).toEqual([]);
  });
});
