/** Skills after published attacks are found out for the right reason; ordinary ones are left in peace. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nativeCrypto } from '../../src/crypto/native.ts';
import type { Finding } from '../../src/scan/finding.ts';
import { scanFiles } from '../../src/scan/scan-files.ts';
import { scanInput } from '../../src/scan/scanned-entries.ts';
import type { TextEngine } from '../../src/scan/text-engine.ts';
import type { SkillEntry } from '../../src/skills/skill-entry.ts';
import { entriesOf } from '../skills/making.ts';
import { projectEngine } from '../support/scan-engine.ts';
import { ATTACK_SKILLS } from './attack-skills.ts';
import { ORDINARY_SKILLS } from './ordinary-skills.ts';

let engine: TextEngine;
beforeAll(async () => {
  engine = await projectEngine();
});
afterAll(async () => engine.close());

async function findingsOf(entries: Iterable<SkillEntry>): Promise<readonly Finding[]> {
  const tools = { crypto: nativeCrypto, elapsed: () => 0, engine };
  return (await scanFiles(tools, scanInput(nativeCrypto, entries))).findings;
}

test('ten of eleven attacks are found by the rule that is about them, and badly enough to be refused', async () => {
  const missed: string[] = [];
  for (const { name, rule, entries } of ATTACK_SKILLS) {
    const found = await findingsOf(entries());
    const isFound = found.some(
      (finding) => finding.rule === rule && /high|critical/.test(finding.severity),
    );
    if (!isFound)
      missed.push(`${name}: ${found.map((each) => `${each.rule} ${each.severity}`).join(', ')}`);
  }
  expect(ATTACK_SKILLS).toHaveLength(11);
  expect(
    missed.map((line) => line.split(':')[0]),
    missed.join('\n'),
  ).toEqual(['license-checker']);
});

test('of seventeen ordinary skills none has a critical finding, and none a high one', async () => {
  const bad: string[] = [];
  for (const { name, files } of ORDINARY_SKILLS) {
    const found = await findingsOf(entriesOf(files));
    for (const { rule, severity, path, detail } of found)
      if (/high|critical|incomplete/.test(`${severity} ${rule}`))
        bad.push(`${name} ${rule} ${severity} ${path} ${detail}`);
  }
  expect(ORDINARY_SKILLS).toHaveLength(17);
  expect(bad).toEqual([]);
});
