/**
 * A scan of what a command was told.
 * @module
 */
import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Host } from '../host/host.ts';
import type { Rule } from '../scan/rule.ts';
import { ruleById } from '../scan/rules.ts';
import { scanFiles } from '../scan/scan-files.ts';
import { scanInput } from '../scan/scanned-entries.ts';
import type { ScanResult } from '../scan/scan-result.ts';
import type { TextEngine } from '../scan/text-engine.ts';
import type { SkillEntry } from '../skills/skill-entry.ts';
import { Progress } from './progress.ts';
import { type SkillPlace, skillEntries } from './skill-source.ts';

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** What lies at a place, each file read once at most: what is stated of a scan is about the bytes that were scanned. */
export function entriesAt(host: Host, place: SkillPlace): readonly SkillEntry[] {
  const entries: SkillEntry[] = [];
  for (const entry of skillEntries(host, place)) {
    entries.push({ ...entry, read: once(entry.read) });
    // One more than a skill may have, so that it is told that there are too many.
    if (entries.length > LIMITS.skillEntries) break;
  }
  return entries;
}

/** Scans what lies at a place; how far it is, is shown. */
export async function scanEntries(
  { crypto }: Host,
  entries: readonly SkillEntry[],
  engine: TextEngine | undefined,
): Promise<ScanResult> {
  const progress = new Progress('scanning part');
  try {
    const input = scanInput(crypto, entries);
    return await scanFiles(
      {
        crypto,
        elapsed: () => performance.now(),
        engine,
        onPart: (done, total) => progress.update(done, total),
      },
      input,
    );
  } finally {
    progress.end();
  }
}

/**
 * A rule by its id, of our own or of those that were read.
 * @throws GitkelError `not-found`, reason `scan-rule`.
 */
export function scanRule(id: string, engine?: TextEngine): Rule {
  const rule = ruleById(id) ?? engine?.rules.get(id);
  if (rule !== undefined) return rule;
  throw new GitkelError('not-found', `Cannot explain ${quoted(id)}: there is no such rule`, {
    reason: 'scan-rule',
    hint: 'gitkel skill scan --explain all names every rule.',
  });
}

/** The directory of a skill as a forge names it: from here, where it lies below; else empty. */
export function directoryBelow({ source }: SkillPlace): string {
  const relative = path.relative(process.cwd(), path.resolve(source));
  const isBelow = !relative.startsWith('..') && !path.isAbsolute(relative);
  return isBelow ? relative.split(path.sep).join('/') : '';
}
