/** Skills on the binary: what scripts see. What the rules are is tested in `test/skills`. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nodeHost } from '../../src/host/node.ts';
import { Ground, manifestOf } from '../install/ground.ts';
import { SMALL, writeFiles } from '../skills/making.ts';
import { type Ran, runBinary, runGit } from '../support/binary.ts';

interface Place {
  readonly dir: string;
  readonly run: (...args: readonly string[]) => Promise<Ran>;
  readonly json: (...args: readonly string[]) => Promise<unknown>;
}

function place(): Place {
  const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFiles(nodeHost(), path.join(dir, 'notes'), SMALL);
  const run = async (...args: readonly string[]): Promise<Ran> =>
    runBinary(['skill', ...args, '--home', path.join(dir, 'home')], { cwd: dir });
  return {
    dir,
    run,
    json: async (...args) => JSON.parse((await run(...args, '--json')).stdout) as unknown,
  };
}

test('a digest is the same from a directory, a commit and an archive', async () => {
  const { dir, run, json } = place();
  await runGit(dir, ['init', '-q', '-b', 'main']);
  await runGit(dir, ['add', 'notes']);
  await runGit(dir, ['commit', '-qm', 'x']);
  await runGit(dir, ['archive', '-o', 'notes.tgz', 'HEAD', 'notes']);
  const { stdout, exitCode } = await run('digest', 'notes', '-o', 'manifest.json');
  expect(exitCode).toBe(0);
  const [said] = stdout.split('\n');
  const manifest = readFileSync(path.join(dir, 'manifest.json'));
  const sha256 = createHash('sha256').update(manifest).digest('hex');
  rmSync(path.join(dir, 'notes'), { recursive: true });
  const expected = { state: 'digested', name: 'notes', said, sha256 };
  expect(await json('digest', 'notes', '--commit', 'main')).toMatchObject(expected);
  expect(await json('digest', 'notes.tgz')).toMatchObject(expected);
});

test('what breaks a rule is refused with exit 1, what is no archive with 3, what is not there with 4', async () => {
  const { dir, run } = place();
  symlinkSync('/etc/passwd', path.join(dir, 'notes/link'));
  writeFileSync(path.join(dir, 'notes.zip'), 'PK no zip');
  const refused = await run('digest', 'notes', '--json');
  expect(refused.exitCode).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({ state: 'refused', reason: 'symlink' });
  const broken = await run('digest', 'notes.zip', '--json');
  expect(broken.exitCode).toBe(3);
  expect(JSON.parse(broken.stdout)).toMatchObject({ error: { reason: 'archive-damaged' } });
  expect((await run('check', 'nothing')).exitCode).toBe(4);
});

test('a first manifest is written once, is valid, and what is added to it is told', async () => {
  const { dir, run, json } = place();
  const { exitCode, stdout } = await run('init', 'notes');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('wrote skill.permissions.json\n');
  expect((await run('init', 'notes')).exitCode).toBe(2);
  expect(await json('check', 'notes')).toMatchObject({
    state: 'valid',
    name: 'notes',
    findings: [],
  });
  writeFiles(nodeHost(), path.join(dir, 'more'), SMALL);
  writeFileSync(
    path.join(dir, 'more/skill.permissions.json'),
    '{"schema":"urn:gitkel:skill-permissions:1","exec":{"run":["sh","curl"],"shell":true},"fs":{"read":["${workspace}/**"]}}',
  );
  expect(await json('permissions', '--diff', 'notes', 'more')).toMatchObject({
    state: 'widened',
    asksAgain: true,
    changes: [
      { kind: 'widened', axis: 'exec.run', text: 'curl' },
      { kind: 'narrowed', axis: 'fs.read', text: '${skill}/**' },
    ],
  });
});

test('a skill is installed, verified offline, and moved aside once it is revoked', async () => {
  const ground = await Ground.make();
  onTestFinished(() => ground.remove());
  const { said } = await ground.release('alice', SMALL);
  const source = ground.source(SMALL);
  const run = async (...args: readonly string[]): Promise<Ran> =>
    runBinary(['skill', ...args, '--home', path.join(ground.dir, 'home')], { cwd: ground.dir });
  const log = ['--log', path.join(ground.dir, 'log')];
  const manifest = manifestOf(SMALL).said;
  const agreed = ['--publisher', ground.aid('alice'), '--yes', '--expect', manifest, '--json'];
  const installed = await run('install', source, ...agreed, ...log);
  expect(installed.exitCode).toBe(0);
  expect(installed.stderr).toContain('risk unknown: it declares no permissions');
  expect(JSON.parse(installed.stdout)).toMatchObject({
    status: 'installed',
    state: 'verified',
    name: 'notes',
    manifest,
    release: said,
    path: path.join(ground.dir, '.agents/skills/notes'),
  });
  const good = await run('verify', ...log);
  expect(good.exitCode).toBe(0);
  expect(good.stdout).toContain('ok  verified "notes" "1.0.0"\n');
  expect(good.stdout).toContain('verified: 1 of 1 skill verified\n');
  expect((await run('list')).stdout).toContain(`  released by ${ground.aid('alice')}\n`);
  await ground.releases.revoke('alice', manifestOf(SMALL), { kind: 'release', said });
  const refused = await run('update', '--quarantine', ...log);
  expect(refused.exitCode).toBe(1);
  expect(refused.stdout).toContain('NO  revoked "notes": release-revoked: ');
  const bad = await run('verify', '--json', ...log);
  expect(bad.exitCode).toBe(1);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    state: 'revoked',
    counts: { revoked: 1, verified: 0 },
    skills: [{ name: 'notes', state: 'revoked', reason: 'release-revoked' }],
  });
  expect(existsSync(path.join(ground.dir, '.agents/skills/notes'))).toBe(false);
  expect((await run('remove', 'notes')).stdout).toBe('removed "notes"\n');
});
