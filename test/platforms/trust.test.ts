/** What others say of a skill decides in the hooks of agent platforms as it does everywhere. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unkept } from '../../src/platforms/claude-code.ts';
import { conditionFindings } from '../../src/platforms/openclaw-policy.ts';
import { Ground, manifestOf } from '../install/ground.ts';
import { skillFilesOf } from '../install/making.ts';
import { requireAudits, sealAudit } from '../support/home-views.ts';
import { claude, installRequest, jsonOf, openclaw, toolUse } from './asking.ts';

const NOTES = skillFilesOf('notes');
const MANIFEST = manifestOf(NOTES);

let ground: Ground;
let source: string;

beforeEach(async () => {
  ground = await Ground.make();
  await ground.release('alice', NOTES);
  await ground.installed(NOTES);
  source = ground.source(NOTES);
  cpSync(ground.folder.dir, path.join(ground.dir, 'config/skills'), { recursive: true });
});

afterEach(() => {
  ground.remove();
});

const install = async (...args: readonly string[]) =>
  jsonOf(
    await openclaw(ground, installRequest(source), `--publisher=${ground.aid('alice')}`, ...args),
  );
const use = async () =>
  (await claude(ground, toolUse(ground.dir, 'Skill', { skill: 'notes' }))).stdout;

test('an audit that is missing is a warning to OpenClaw, and a no to Claude Code', async () => {
  expect(await install()).toMatchObject({ decision: 'allow' });
  await requireAudits(ground, ['runner']);
  expect(await install()).toMatchObject({
    decision: 'warn',
    reason: expect.stringContaining('signed-untrusted: audits-missing: '),
    findings: [{ ruleId: 'audits-missing', severity: 'warn' }],
  });
  expect(await install('--no-warn')).toMatchObject({ decision: 'block' });
  expect(await use()).toContain('(signed-untrusted: audits-missing)');
  await sealAudit(ground, 'runner', MANIFEST);
  expect(await install()).toMatchObject({ decision: 'allow' });
  expect(await use()).toBe('');
});

test('one auditor who is heard and finds a violation ends it for both', async () => {
  await requireAudits(ground, ['runner', 'mallory']);
  await sealAudit(ground, 'runner', MANIFEST);
  expect(await use()).toBe('');
  await sealAudit(ground, 'mallory', MANIFEST, { result: 'fail' });
  expect(await install()).toMatchObject({
    decision: 'block',
    reason: expect.stringContaining('signed-untrusted: audit-failed: '),
  });
  expect(await use()).toContain('(signed-untrusted: audit-failed)');
});

const KEPT = [
  'sandbox',
  'no-network',
  'workspace-read-only',
  'no-secrets',
  'strip-allowed-tools',
  'no-hooks',
  'show-description',
].map((condition) => `--keeps=${condition}`);

test('what is let in without a release is told by its conditions, and let through where all of them are kept', async () => {
  const other = skillFilesOf('other');
  const permissive = { legacy: { mode: 'permissive', roots: [] } } as const;
  await requireAudits(ground, [], 1, { require: {}, ...permissive });
  await ground.installed(other, { publisher: [] });
  cpSync(ground.folder.dir, path.join(ground.dir, 'config/skills'), { recursive: true });
  const used = async (...args: readonly string[]) =>
    claude(ground, toolUse(ground.dir, 'Skill', { skill: 'other' }), ...args);
  expect((await used()).stdout).toContain('(intact-unsigned: conditions-not-kept)');
  expect(await used(...KEPT)).toEqual({ exitCode: 0, stdout: '', stderr: '' });

  const request = installRequest(ground.source(other), { targetName: 'other' });
  const asked = async (...args: readonly string[]) =>
    jsonOf(await openclaw(ground, request, ...args));
  expect(await asked()).toMatchObject({
    decision: 'warn',
    findings: expect.arrayContaining([expect.objectContaining({ ruleId: 'no-network' })]),
  });
  expect(await asked(...KEPT)).toMatchObject({
    decision: 'allow',
    findings: expect.arrayContaining([expect.objectContaining({ ruleId: 'unsigned' })]),
  });
  // A release by somebody whom nobody knows verifies nothing.
  await ground.release('mallory', other);
  expect(await asked(...KEPT)).toMatchObject({
    decision: 'allow',
    findings: expect.arrayContaining([expect.objectContaining({ ruleId: 'author-unknown' })]),
  });
});

test('the lock of a project lets nothing in without a release, whatever the home lets in', async () => {
  const other = skillFilesOf('other');
  const permissive = { legacy: { mode: 'permissive', roots: [] } } as const;
  await requireAudits(ground, [], 1, { require: {}, ...permissive });
  await ground.installed(other, { publisher: [] });
  const project = path.join(ground.dir, 'project');
  cpSync(ground.folder.dir, path.join(project, '.claude/skills'), { recursive: true });
  const { stdout } = await claude(ground, toolUse(project, 'Skill', { skill: 'other' }), ...KEPT);
  expect(stdout).toContain('(intact-unsigned: legacy-off)');
});

test('what needs a look by a person is blocked where more than that speaks against it', async () => {
  await requireAudits(ground, ['runner']);
  expect(await install()).toMatchObject({ decision: 'warn' });
  mkdirSync(path.join(source, '.git'));
  writeFileSync(path.join(source, '.git', 'config'), 'x');
  expect(await install()).toMatchObject({
    decision: 'block',
    reason: expect.stringContaining('not-covered'),
  });
  rmSync(path.join(source, '.git'), { recursive: true });
  await ground.release('mallory', NOTES);
  const by = `--publisher=${ground.aid('mallory')}`;
  const skills = `--skills=${ground.folder.dir}`;
  const request = installRequest(source);
  expect(jsonOf(await openclaw(ground, request, by))).toMatchObject({ decision: 'warn' });
  expect(jsonOf(await openclaw(ground, request, by, skills))).toMatchObject({
    decision: 'block',
    reason: expect.stringContaining('publisher-changed'),
  });
});

test('conditions are told to the platform, unless it keeps them by itself', async () => {
  const verdict = { conditions: ['sandbox', 'no-network'] } as const;
  const options = { keeps: ['sandbox'] } as const;
  expect(conditionFindings(verdict, options)).toEqual([
    { ruleId: 'no-network', severity: 'warn', message: 'give it no network' },
  ]);
  const skill = { name: 'notes', state: 'verified', verdict } as const;
  expect(unkept(skill, options)).toEqual([
    {
      skill: 'notes',
      state: 'verified',
      reason: 'conditions-not-kept',
      detail: expect.stringContaining('this: no-network: give it no network.'),
    },
  ]);
  expect(unkept(skill, { keeps: ['no-network', 'sandbox'] })).toEqual([]);
  expect(await install('--keeps=everything')).toMatchObject({
    decision: 'block',
    reason: expect.stringContaining('hook-options'),
  });
});
