/** Skills that others signed; NVIDIA/skills at 7149a88 lies in `nvidia-skills` of the folder that GITKEL_REAL names. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { nodeHost } from '../../src/host/node.ts';
import { directoryEntries } from '../../src/skills/directory-entries.ts';
import { judgeOms } from '../../src/skills/foreign-signature.ts';
import { digestSkill } from '../../src/skills/skill-digest.ts';

vi.setConfig({ testTimeout: 120_000 });

const folder = path.join(process.env['GITKEL_REAL'] ?? '/nonexistent', 'nvidia-skills/skills');
const ROOT = '6f1bb875b77aea3fc878a7a3237497235c53657601375c0ef4bdcde69e843782';
/** When the certificates were valid that signed them. */
const THEN = Date.UTC(2026, 10, 21) / 1000;

test.skipIf(!existsSync(folder))(
  'judgeOms() of skills that others signed (needs GITKEL_REAL)',
  () => {
    const host = nodeHost();
    const counts = new Map<string, number>();
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (path.basename(file) !== 'skill.oms.sig') continue;
      const entries = directoryEntries(host, path.dirname(path.join(folder, file)));
      const digest = digestSkill(host.crypto, entries);
      if (digest.outcome === 'refused') throw new Error(file);
      const found = judgeOms(host.crypto, digest, [{ sha256: ROOT }], THEN);
      const what =
        found.outcome === 'bad'
          ? found.problems.map(({ reason }) => reason).join(' ')
          : found.outcome;
      counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    // Ten are bad for everybody; two hold a .gitignore that was not signed.
    expect(Object.fromEntries(counts)).toEqual({
      verified: 331,
      'oms-root': 3,
      'oms-root oms-file-changed': 3,
      'oms-file-changed': 3,
      'oms-file-changed oms-file-added': 1,
      'oms-file-added': 2,
    });
  },
);
