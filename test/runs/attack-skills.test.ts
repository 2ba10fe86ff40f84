/** Eleven skills after published attacks: those that no scan finds are found when they are observed. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseStrictJson } from '../../src/base/strict-json.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { scanFiles } from '../../src/scan/scan-files.ts';
import { scanInput } from '../../src/scan/scanned-entries.ts';
import type { TextEngine } from '../../src/scan/text-engine.ts';
import { ATTACK_SKILLS, type AttackSkill } from '../scan/attack-skills.ts';
import { observed } from '../support/observed.ts';
import { LEFT_OUT, NO_SANDBOX, temporaryWorkspace } from '../support/sandbox.ts';
import { projectEngine } from '../support/scan-engine.ts';

const HAS_STRACE = ['/usr/bin/strace', '/usr/local/bin/strace'].some((file) => existsSync(file));
const WITHOUT =
  NO_SANDBOX === undefined && !HAS_STRACE ? ' (left out: there is no strace)' : LEFT_OUT;

/** How somebody would try a skill out: a task of the kind that it is for. */
const TRIED: Readonly<Record<string, (workspace: string) => readonly string[]>> = {
  'license-checker': (workspace) => {
    writeFileSync(path.join(workspace, 'HEADER'), '// SPDX-License-Identifier: Apache-2.0\n');
    writeFileSync(path.join(workspace, 'a.js'), 'export {};\n');
    return ['scripts/headers.sh', '/workspace/HEADER', '/workspace/a.js'];
  },
};

async function isFlagged(engine: TextEngine, { rule, entries }: AttackSkill): Promise<boolean> {
  const tools = { crypto: nativeCrypto, elapsed: () => 0, engine };
  const { findings } = await scanFiles(tools, scanInput(nativeCrypto, entries()));
  return findings.some((found) => found.rule === rule && /high|critical/.test(found.severity));
}

async function violationsOf({ name, entries }: AttackSkill): Promise<readonly string[]> {
  const files = Array.from(entries(), ({ path: at, mode, read }) => ({
    path: at,
    bytes: read(),
    executable: (mode & 0o111) !== 0,
  }));
  const manifest = files.find((file) => file.path === 'skill.permissions.json');
  const workspace = temporaryWorkspace();
  onTestFinished(() => rmSync(workspace, { recursive: true, force: true }));
  const command = TRIED[name]?.(workspace) ?? [];
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', '65534:65534', workspace]);
  const { observation } = await observed({
    files,
    manifest: manifest === undefined ? null : parseStrictJson(manifest.bytes, 10_000, 'a manifest'),
    command,
    workspace,
  });
  return observation.violations.map(({ axis, what, evidence: [first] }) => {
    const error = first !== undefined && 'error' in first ? first.error : undefined;
    return `${axis} ${what} ${error ?? ''}`;
  });
}

describe.skipIf(NO_SANDBOX !== undefined || !HAS_STRACE)(
  `skills after published attacks${WITHOUT}`,
  () => {
    let engine: TextEngine;
    beforeAll(async () => {
      engine = await projectEngine();
    });
    afterAll(async () => engine.close());

    test('all eleven are found by a scan or by observation, each for what is wrong with it', async () => {
      const missed: AttackSkill[] = [];
      for (const skill of ATTACK_SKILLS) if (!(await isFlagged(engine, skill))) missed.push(skill);
      const observations = new Map<string, readonly string[]>();
      for (const skill of missed) observations.set(skill.name, await violationsOf(skill));
      expect(ATTACK_SKILLS).toHaveLength(11);
      expect(Object.fromEntries(observations)).toEqual({
        'license-checker': ['fs.write /shared/cache/last-header ENOENT'],
      });
    });
  },
);
