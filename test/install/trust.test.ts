/** What is asked of a skill beside its release, when it is installed, verified and updated. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dayOfSeconds, dayText } from '../../src/base/day.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { nodeHost } from '../../src/host/node.ts';
import { isBad } from '../../src/install/install-verdict.ts';
import { openHome } from '../../src/keys/home.ts';
import { changeHomeTrust, type HomeTrust } from '../../src/keys/home-trust.ts';
import type { Audit } from '../../src/records/audit.ts';
import { buildManifest, manifestSha256 } from '../../src/records/skill-manifest.ts';
import { BUILT_IN_CRITERIA } from '../../src/trust/built-in-criteria.ts';
import { criterionSaid } from '../../src/trust/criteria.ts';
import { type MadeFile, writeFiles } from '../skills/making.ts';
import { audit } from '../support/skill-statements.ts';
import { Ground, manifestOf, outcomeOf } from './ground.ts';
import { skillFilesOf } from './making.ts';

const FILES = skillFilesOf('pdf');
const SAFE = criterionSaid(
  nativeCrypto,
  BUILT_IN_CRITERIA.find(({ name }) => name === 'safe-to-run')?.text ?? '',
);
const today = dayOfSeconds(nodeHost().now());

let ground: Ground;

/** Alice released the skill; nobody said anything of it. */
beforeEach(async () => {
  ground = await Ground.make();
  await ground.release('alice', FILES);
});

afterEach(() => {
  ground.remove();
});

async function says(
  who: string,
  more: Partial<Audit> = {},
  files: readonly MadeFile[] = FILES,
): Promise<void> {
  const manifest = manifestOf(files);
  const subject = { name: manifest.name, sha256: manifestSha256(nativeCrypto, manifest) };
  const term = { issued: dayText(today), expires: dayText(today + 30) };
  const body = audit({ manifest: manifest.said, subject }, { criteria: [SAFE], ...term, ...more });
  await ground.releases.seal(who, body);
}

/** What the home of whoever installs trusts, and asks for. */
async function trusting(
  roots: Readonly<Record<string, 'low' | 'medium' | 'high' | 'distrust'>>,
  require: HomeTrust['require'],
): Promise<void> {
  const home = openHome(nodeHost(), `${ground.dir}/home`);
  await changeHomeTrust(home, () => ({
    roots: Object.entries(roots).map(([who, level]) => ({
      aid: ground.aid(who),
      level,
      criteria: [],
      names: [],
    })),
    criteria: [],
    require,
  }));
}

const ONE = {
  all: { criteria: ['safe-to-run'], trust: 'medium', redundancy: 1, methods: [] },
} as const;

test('installSkill() asks for what the home requires, and the lock remembers what decided', async () => {
  await trusting({ runner: 'high' }, ONE);
  expect(outcomeOf(await ground.installed(FILES))).toBe('signed-untrusted: audits-missing');
  await says('mallory');
  expect(outcomeOf(await ground.installed(FILES))).toBe('signed-untrusted: audits-missing');
  await says('runner');
  expect(outcomeOf(await ground.installed(FILES))).toBe('installed');
  expect(ground.shown.join('\n')).toContain(`audit: ${ground.aid('runner')} says that`);
  const { decided } = ground.entry;
  expect(decided).toMatchObject({ decision: 'accept', on: dayText(today) });
  expect(decided?.statements).toHaveLength(1);
});

test('verifyEntry() tells what was found after it was installed, and that is moved aside and back', async () => {
  await trusting({ runner: 'high', mallory: 'low' }, ONE);
  await says('runner');
  await ground.installed(FILES);
  expect(await ground.states()).toEqual({ pdf: 'verified' });
  await says('mallory', { result: 'fail' });
  const [verdict] = await ground.verify();
  expect(verdict?.objection).toMatchObject({ state: 'signed-untrusted', reason: 'audit-failed' });
  expect(verdict?.verdict).toMatchObject({ decision: 'reject' });
  expect(outcomeOf(await ground.installed(FILES))).toBe('signed-untrusted: audit-failed');

  expect(await ground.states({ quarantine: true })).toEqual({
    pdf: 'signed-untrusted: audit-failed',
  });
  expect(ground.has('pdf')).toBe(false);
  const failed = ground.releases.log.contents.records.trust;
  const [made] = failed.auditsBy(ground.aid('mallory'), manifestOf(FILES).said);
  await ground.releases.revoke('mallory', manifestOf(FILES), {
    kind: 'statement',
    said: made?.said ?? '',
  });
  expect(await ground.states({ quarantine: true })).toEqual({ pdf: 'verified' });
  expect(ground.has('pdf')).toBe(true);
});

test('verifyEntry() lets what only lacks an audit lie where it is', async () => {
  await trusting({ runner: 'high' }, ONE);
  await says('runner', { expires: dayText(today + 1) });
  await ground.installed(FILES);
  const at = dayText(today + 1);
  expect(await ground.states({ at, quarantine: true })).toEqual({
    pdf: 'signed-untrusted: audit-expired',
  });
  expect(ground.has('pdf')).toBe(true);
  // Who trusts nobody, and asks for nothing, hears nothing.
  await says('runner', { result: 'fail' });
  await trusting({}, {});
  expect(await ground.states()).toEqual({ pdf: 'verified' });
  await trusting({ alice: 'distrust' }, {});
  expect(await ground.states()).toEqual({ pdf: 'signed-untrusted: publisher-distrusted' });
});

test('updateSkill() takes no version that nobody audited', async () => {
  await trusting({ runner: 'high' }, ONE);
  await says('runner');
  await ground.installed(FILES);
  const next = skillFilesOf('pdf', '2');
  await ground.release('alice', next, '2');
  const { entry } = ground;
  if (entry.source.type !== 'directory') throw new Error('it was installed from a directory');
  writeFiles(nodeHost(), entry.source.path, next);
  expect(await ground.update(entry)).toMatchObject({
    status: 'refused',
    objection: { reason: 'audits-missing' },
  });
  await says('runner', {}, next);
  expect(await ground.update(entry)).toMatchObject({ status: 'updated' });
});

test('isBad() tells what must not be used from what is not let in', () => {
  const untrusted = { state: 'signed-untrusted' } as const;
  expect(isBad({ ...untrusted, reason: 'audit-failed' })).toBe(true);
  expect(isBad({ ...untrusted, reason: 'audits-missing' })).toBe(false);
  expect(isBad({ ...untrusted, reason: 'publisher-changed' })).toBe(false);
  expect(isBad({ state: 'revoked', reason: 'release-revoked' })).toBe(true);
  expect(isBad({ state: 'stale', reason: 'log-stale' })).toBe(false);
});

test.each([
  ['failed', 'signed-untrusted: audit-failed'],
  ['revoked', 'signed-untrusted: revoked-by-trusted'],
])('what was %s by the other digest of the same files is so by this one', async (how, outcome) => {
  await trusting({ runner: 'low' }, {});
  const manifest = manifestOf(FILES);
  const contents = FILES.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const other = buildManifest(nativeCrypto, manifest.name, contents, 'I');
  expect(other.files).toEqual(manifest.files);
  const subject = { name: other.name, sha256: manifestSha256(nativeCrypto, other) };
  const term = { issued: dayText(today), expires: dayText(today + 30) };
  if (how === 'failed')
    await ground.releases.seal(
      'runner',
      audit({ manifest: other.said, subject }, { result: 'fail', criteria: [SAFE], ...term }),
    );
  else await ground.releases.revoke('runner', other, { kind: 'manifest', said: other.said });
  expect(outcomeOf(await ground.installed(FILES))).toBe(outcome);
});
