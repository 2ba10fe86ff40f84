import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { leftOutKeyLists, leftOutSerializations, leftOutTags } from '../vectors/left-out.ts';

interface ScenarioFile {
  readonly scenarios?: readonly { readonly tags: readonly string[] }[];
}

const folder = path.join(import.meta.dirname, '../vectors');

function tagsInUse(): ReadonlySet<string> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const tags = files.flatMap((name) => {
    const file: ScenarioFile = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
    return (file.scenarios ?? []).flatMap((scenario) => scenario.tags);
  });
  return new Set(tags);
}

describe('what is left out', () => {
  it('has a reason and stands there once', () => {
    const entries = [...leftOutSerializations, ...leftOutKeyLists, ...leftOutTags];
    expect(entries.filter(({ why }) => why.length < 20)).toEqual([]);
    expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
  });

  it('names only tags that a recorded scenario has', () => {
    const tags = tagsInUse();
    expect(leftOutTags.filter(({ name }) => !tags.has(name))).toEqual([]);
  });
});
