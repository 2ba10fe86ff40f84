/** What others say between the verdict on a push and the moment at which its refs move. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayOfSeconds, dayText } from '../../src/base/day.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import type { Host } from '../../src/host/host.ts';
import type { Audit } from '../../src/records/audit.ts';
import { manifestSha256 } from '../../src/records/skill-manifest.ts';
import { BUILT_IN_CRITERIA } from '../../src/trust/built-in-criteria.ts';
import { criterionSaid } from '../../src/trust/criteria.ts';
import { hasGit } from '../git/support.ts';
import { manifestOf, skill } from '../support/made-tree.ts';
import { audit } from '../support/skill-statements.ts';
import { created, SkillServer } from '../support/skill-server.ts';

const SAFE = criterionSaid(
  nativeCrypto,
  BUILT_IN_CRITERIA.find(({ name }) => name === 'safe-to-run')?.text ?? '',
);
const DAY = 86_400;

let server: SkillServer;
let count = 0;
/** A name that no other test has. */
let name = '';

/** Max audits, Eve may warn, and nobody else is heard. */
beforeAll(async () => {
  server = await SkillServer.make({
    more: (aid) =>
      [
        'trust:',
        `  - {aid: ${aid('max')}, level: high}`,
        `  - {aid: ${aid('eve')}, level: low}`,
        'criteria:',
        '  require:',
        '    all: {criteria: [safe-to-run], trust: medium, redundancy: 1}',
        '',
      ].join('\n'),
  });
});
afterAll(() => server.close());
beforeEach(() => {
  name = `t${++count}`;
});
afterEach(() => {
  if (server.isLogLocked) throw new Error('the log is still locked');
});

const today = (): number => dayOfSeconds(server.host.now());

async function says(who: string, more: Partial<Audit> = {}): Promise<void> {
  const manifest = manifestOf(skill(name));
  const subject = { name, sha256: manifestSha256(nativeCrypto, manifest) };
  const about = { manifest: manifest.said, subject };
  const [issued, expires] = [dayText(today()), dayText(today() + 1)];
  await server.releases.seal(who, audit(about, { criteria: [SAFE], issued, expires, ...more }));
}

/** A push of a skill that is released and audited, and that the server let pass. */
async function approved() {
  await server.release(name);
  const push = [created(`refs/heads/${name}`, server.withSkill(name))];
  expect(await server.push(push)).toEqual([`skills/${name}: audits-missing`]);
  await says('max');
  expect(await server.push(push)).toEqual([]);
  return push;
}

describe.skipIf(!hasGit)(
  'referenceTransaction() by a policy that asks for audits (needs git)',
  () => {
    it('refuses what somebody who is heard failed after it was approved', async () => {
      const push = await approved();
      await says('eve', { result: 'fail' });
      expect(await server.prepare(push)).toEqual([`skills/${name}: audit-failed`]);
      await server.end(push, 'aborted');
    });

    it('refuses what lost its only audit after it was approved', async () => {
      const push = await approved();
      const manifest = manifestOf(skill(name));
      const [made] = server.releases.log.contents.records.trust.auditsBy(
        server.releases.aid('max'),
        manifest.said,
      );
      await server.releases.revoke('max', manifest, { kind: 'statement', said: made?.said ?? '' });
      expect(await server.prepare(push)).toEqual([`skills/${name}: audit-retracted`]);
      await server.end(push, 'aborted');
    });

    it('holds the log, so that nobody fails it between the verdict and the move', async () => {
      const push = await approved();
      expect(await server.prepare(push)).toEqual([]);
      expect(server.isLogLocked).toBe(true);
      let isSaid = false;
      const say = async (): Promise<void> => {
        await says('eve', { result: 'fail' });
        isSaid = true;
      };
      const failed = say();
      await server.host.sleep(50);
      expect(isSaid).toBe(false);
      await server.end(push, 'committed');
      await failed;
      expect(await server.prepare(push)).toEqual([`skills/${name}: audit-failed`]);
      await server.end(push, 'aborted');
    });

    it('judges anew on the next day, on which the audit has expired', async () => {
      const push = await approved();
      const tomorrow: Host = { ...server.host, now: () => server.host.now() + DAY };
      expect(await server.prepare(push, tomorrow)).toEqual([`skills/${name}: audit-expired`]);
      expect(await server.prepare(push)).toEqual([]);
      await server.end(push, 'aborted');
    });
  },
);
