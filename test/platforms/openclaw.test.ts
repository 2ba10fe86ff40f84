import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { answerJson, blocked } from '../../src/platforms/openclaw-answer.ts';
import { Ground, manifestOf } from '../install/ground.ts';
import { skillFilesOf } from '../install/making.ts';
import { file } from '../skills/making.ts';
import { installRequest, jsonOf, openclaw } from './asking.ts';

const NOTES = skillFilesOf('notes');
const REVOKED = skillFilesOf('notes', 'revoked\n');

let ground: Ground;
let source: string;
let trusted: string;

beforeAll(async () => {
  ground = await Ground.make();
  await ground.release('alice', NOTES);
  const bad = await ground.release('alice', REVOKED, '1.0.1');
  await ground.releases.revoke('alice', manifestOf(REVOKED), { kind: 'release', said: bad.said });
  source = ground.source(NOTES);
  trusted = `--publisher=${ground.aid('alice')}`;
});

afterAll(() => {
  ground.remove();
});

describe('openclawAnswer()', () => {
  it('allows exactly what a publisher that is trusted has released', async () => {
    const end = await openclaw(ground, installRequest(source), trusted);
    expect(end.exitCode).toBe(0);
    expect(end.stderr).toBe('');
    expect(jsonOf(end)).toEqual({
      protocolVersion: 1,
      decision: 'allow',
      findings: [
        {
          ruleId: 'verified',
          severity: 'info',
          message: `release "1.0.0" of "notes" by ${ground.aid('alice')} at position 2`,
          evidence: manifestOf(NOTES).said,
        },
        expect.objectContaining({ ruleId: 'permissions-missing', severity: 'info' }),
      ],
    });
  });

  it('warns where the host would install it under another name; hosts without warnings block', async () => {
    const request = installRequest(source, { targetName: 'clawhub/calendar' });
    const warned = jsonOf(await openclaw(ground, request, trusted));
    expect(warned).toMatchObject({
      decision: 'warn',
      reason: 'it calls itself "notes", and is to be installed as "clawhub/calendar"',
      findings: [{ ruleId: 'target-name', severity: 'warn' }, { ruleId: 'verified' }, {}],
    });
    expect(jsonOf(await openclaw(ground, request, trusted, '--no-warn'))).toMatchObject({
      decision: 'block',
      reason: expect.stringContaining('calls itself'),
    });
  });

  it.each<readonly [string, () => string, readonly string[], string]>([
    [
      'was released by nobody',
      () => ground.source([file('SKILL.md', '---\nname: x\ndescription: y\n---\n')]),
      [],
      'no-release',
    ],
    [
      'has one file more',
      () => ground.source([...NOTES, file('evil.sh', 'x', true)]),
      [],
      'file-added',
    ],
    ['is revoked', () => ground.source(REVOKED), [], 'release-revoked'],
    [
      'is by somebody who is not trusted',
      () => source,
      ['--publisher=mallory'],
      'publisher-not-allowed',
    ],
    ['is no skill', () => ground.source([file('README.md', 'x')]), [], 'skill-md-missing'],
    [
      'holds what no digest covers',
      () => ground.source([...NOTES, file('.git/config', 'x')]),
      [],
      'not-covered',
    ],
  ])('blocks what %s', async (_, at, args, reason) => {
    const more =
      args.length === 0
        ? [trusted]
        : args.map((one) => one.replace('mallory', ground.aid('mallory')));
    const end = await openclaw(ground, installRequest(at()), ...more);
    expect(end.exitCode).toBe(0);
    expect(jsonOf(end)).toMatchObject({
      protocolVersion: 1,
      decision: 'block',
      reason: expect.stringContaining(`: ${reason}: `),
      findings: expect.arrayContaining([expect.objectContaining({ severity: 'critical' })]),
    });
    expect(end.stderr).toMatch(/^gitkel: block: /);
  });

  it('blocks where nobody is trusted, and heeds the lock of a folder', async () => {
    expect(jsonOf(await openclaw(ground, installRequest(source)))).toMatchObject({
      decision: 'block',
      reason: expect.stringContaining('publisher-not-allowed'),
    });
    await ground.installed(NOTES);
    const args = ['--skills', ground.folder.dir];
    expect(jsonOf(await openclaw(ground, installRequest(source), ...args))).toMatchObject({
      decision: 'allow',
    });
    const unsigned = ground.source([...NOTES.slice(0, 1), file('other.md', 'x')]);
    const mallory = `--publisher=${ground.aid('mallory')}`;
    expect(
      jsonOf(await openclaw(ground, installRequest(unsigned), ...args, mallory)),
    ).toMatchObject({ decision: 'block', reason: expect.stringContaining('signed-before') });
  });

  it('takes an archive, and blocks a file that is none', async () => {
    const archive = path.join(ground.dir, 'notes.zip');
    writeFileSync(archive, 'no archive');
    const request = installRequest(archive, { sourcePathKind: 'file' });
    expect(jsonOf(await openclaw(ground, request, trusted))).toMatchObject({
      decision: 'block',
      reason: expect.stringContaining('archive'),
    });
  });

  it('blocks plugins unless it is told to leave them alone', async () => {
    const request = installRequest(source, {
      targetType: 'plugin',
      request: { kind: 'plugin-dir', mode: 'install' },
      plugin: { pluginId: 'x', contentType: 'bundle' },
    });
    expect(jsonOf(await openclaw(ground, request, trusted))).toMatchObject({ decision: 'block' });
    expect(jsonOf(await openclaw(ground, request, '--plugins=allow'))).toEqual({
      protocolVersion: 1,
      decision: 'allow',
    });
  });

  it.each<readonly [string, unknown]>([
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['a list', []],
    ['a field twice', '{"protocolVersion":1,"protocolVersion":1}'],
    ['another version', { ...installRequest('/x'), protocolVersion: 2 }],
    ['a version that is text', { ...installRequest('/x'), protocolVersion: '1' }],
    ['no version', { ...installRequest('/x'), protocolVersion: undefined }],
    ['too much', `{"protocolVersion":1,"x":"${'x'.repeat(LIMITS.installRequestBytes)}"}`],
    ['what nests too deeply', `{"protocolVersion":1,"x":${'['.repeat(64)}${']'.repeat(64)}}`],
  ])('ends with 1 and blocks what is none of this protocol: %s', async (_, request) => {
    const end = await openclaw(ground, request, trusted);
    expect(end.exitCode).toBe(1);
    expect(jsonOf(end)).toMatchObject({ protocolVersion: 1, decision: 'block' });
    expect(end.stderr).not.toBe('');
  });

  it.each<readonly [string, object]>([
    ['a path that is not absolute', { sourcePath: 'notes' }],
    ['a path that is nowhere', { sourcePath: '/nowhere/at/all' }],
    ['no path', { sourcePath: undefined }],
    ['a kind of path that nobody knows', { sourcePathKind: 'socket' }],
    ['a target that nobody knows', { targetType: 'agent' }],
    ['no name', { targetName: '' }],
    ['no origin', { origin: undefined }],
    ['no request', { request: undefined }],
    ['a mode that nobody knows', { request: { kind: 'skill-install', mode: 'force' } }],
    ['a skill that is asked for as a plugin', { request: { kind: 'plugin-dir', mode: 'install' } }],
  ])('blocks %s', async (_, more) => {
    const end = await openclaw(ground, installRequest(source, more), trusted);
    expect(end.exitCode).toBe(0);
    expect(jsonOf(end)).toMatchObject({ decision: 'block', reason: expect.stringMatching(/./) });
  });

  it.each<readonly [string, readonly string[], string]>([
    ['a log that is not there', ['--log=/nowhere'], 'no-repository'],
    ['a log that cannot be asked', ['--log=https://127.0.0.1:1/log.git'], 'clone-failed'],
    ['a policy that is not there', ['--policy=/nowhere.yaml'], 'not-found'],
    ['an option that it does not know', ['--trust-everybody'], 'hook-options'],
    ['an age that it cannot read', ['--max-age=soon'], 'duration'],
  ])('blocks with %s', async (_, args, reason) => {
    const end = await openclaw(ground, installRequest(source), trusted, ...args);
    expect(jsonOf(end)).toMatchObject({
      decision: 'block',
      reason: expect.stringContaining(`error: ${reason}: `),
    });
  });

  it('blocks what a log that is too old says is good', async () => {
    const log = ground.copyOfLog();
    writeFileSync(
      path.join(log, 'config'),
      '[core]\n\trepositoryformatversion = 0\n\tbare = true\n[remote "origin"]\n\turl = https://example.org/log.git\n',
    );
    const end = await openclaw(
      ground,
      installRequest(source),
      trusted,
      `--log=${log}`,
      '--max-age=1h',
    );
    expect(jsonOf(end)).toMatchObject({
      decision: 'block',
      reason: expect.stringContaining('stale: log-freshness-unknown'),
    });
  });
});

test('answerJson() keeps what hosts take, whatever was found', () => {
  const finding = {
    ruleId: 'r',
    severity: 'warn',
    message: '\u202e\u001b[2J'.repeat(1000),
  } as const;
  const json = answerJson(
    blocked(
      'x'.repeat(10_000),
      Array.from({ length: 500 }, () => finding),
    ),
  );
  expect(json).toMatch(/^[\u0020-\u007e]*$/);
  expect(json.length).toBeLessThan(65_536);
  const { reason, findings } = JSON.parse(json) as { reason: string; findings: unknown[] };
  expect(reason.length).toBeLessThanOrEqual(1000);
  expect(findings).toHaveLength(LIMITS.platformFindings);
});
