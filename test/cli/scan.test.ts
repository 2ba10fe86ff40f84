/** `skill scan` on the binary: what scripts and forges see. What rules find is tested in `test/scan`. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nodeHost } from '../../src/host/node.ts';
import { SMALL, tarLies, tgzOfMembers, writeFiles } from '../skills/making.ts';
import { type Ran, runBinary } from '../support/binary.ts';

interface Place {
  readonly dir: string;
  readonly run: (...args: readonly string[]) => Promise<Ran>;
}

function place(): Place {
  const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFiles(nodeHost(), path.join(dir, 'notes'), SMALL);
  const run = (...args: readonly string[]): Promise<Ran> =>
    runBinary(['skill', 'scan', ...args, '--home', path.join(dir, 'home')], { cwd: dir });
  return { dir, run };
}

/** What a JSON document holds under a key. */
function under(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

const rulesOf = (stdout: string): readonly unknown[] => {
  const findings = under(JSON.parse(stdout), 'findings');
  return Array.isArray(findings) ? findings.map((finding) => under(finding, 'rule')) : [];
};

test('a symbolic link is told, and does not keep the rest from being scanned', async () => {
  const { dir, run } = place();
  symlinkSync('/etc/hostname', path.join(dir, 'notes/key'));
  writeFileSync(path.join(dir, 'notes/a.md'), 'Get http://203.0.113.7/x\n');
  const { stdout, exitCode } = await run('notes', '--sarif', 'scan.sarif');
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^critical {2}SUP-02 +key +symlink/m);
  expect(stdout).toMatch(/^medium {4}EXF-06 +a\.md:1 +203\.0\.113\.7 is a bare IP address$/m);
  const sarif: unknown = JSON.parse(readFileSync(path.join(dir, 'scan.sarif'), 'utf8'));
  expect(JSON.stringify(sarif)).toContain('"uri":"notes/a.md"');
});

test('an archive is scanned as a directory is, and --json has what the table has', async () => {
  const { dir, run } = place();
  writeFileSync(path.join(dir, 'notes.tgz'), tgzOfMembers(tarLies(SMALL)));
  const [directory, archive] = [await run('notes', '--json'), await run('notes.tgz', '--json')];
  expect(rulesOf(directory.stdout)).toContain('CAP-03');
  expect(JSON.parse(archive.stdout)).toEqual(JSON.parse(directory.stdout));
});

test('--explain says what a rule is about, without a skill', async () => {
  const { run } = place();
  const { stdout, exitCode } = await run('--explain', 'UNI-01');
  expect([exitCode, stdout.split('\n')[0]]).toEqual([
    0,
    'UNI-01  critical  text in characters of the tag block',
  ]);
  expect((await run('--explain', 'all')).stdout.match(/^ {2}why: /gm)?.length).toBeGreaterThan(40);
  const unknown = await run('--explain', 'X-1');
  expect([unknown.exitCode, unknown.stderr]).toEqual([4, expect.stringContaining('no such rule')]);
  expect((await run()).exitCode).toBe(2);
});
