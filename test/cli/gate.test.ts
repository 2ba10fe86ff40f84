/** The policy of a repository and the required check on the binary: what scripts see. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { judgeRange } from '../../src/cli/gate.ts';
import { nodeHost } from '../../src/host/node.ts';
import { file, writeFiles } from '../skills/making.ts';
import { type Ran, runBinary, runGit } from '../support/binary.ts';
import { manifestOf, skill, type Tree } from '../support/made-tree.ts';
import { reasonOf } from '../support/thrown.ts';
import { ReleasingLog } from '../support/releasing-log.ts';

function write(dir: string, tree: Tree): void {
  const files = Object.entries(tree).map(([name, leaf]) =>
    file(name, typeof leaf === 'string' ? leaf : leaf.text),
  );
  writeFiles(nodeHost(), dir, files);
}

test('a policy is written, explained, and enforced on a range of commits', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  // Nothing here has to survive a power cut.
  const host = nodeHost({ fs: { ...nodeFs, fsyncSync: () => {} } });
  const log = await ReleasingLog.make(host, path.join(dir, 'log'), ['ada', 'max']);
  await log.release('ada', manifestOf(skill('pdf')));
  log.close();
  const repository = path.join(dir, 'repository');
  await runGit(dir, ['init', '-q', '-b', 'main', repository]);
  const run = async (...args: readonly string[]): Promise<Ran> =>
    runBinary([...args, '--home', path.join(dir, 'home')], { cwd: repository });
  const commit = async (): Promise<void> => {
    await runGit(repository, ['add', '-A']);
    await runGit(repository, ['commit', '-qm', 'x']);
  };

  const rule = `skills/**=${log.aid('ada')}`;
  const init = ['policy', 'init', '--maintainer', log.aid('max'), '--path', rule];
  const made = await run(...init, '--log', log.dir, '--json');
  expect(made.exitCode).toBe(0);
  expect(JSON.parse(made.stdout)).toMatchObject({
    log: { id: log.id },
    maintainers: [log.aid('max')],
    paths: [{ match: 'skills/**', release: [log.aid('ada')] }],
  });
  await commit();
  const explained = await run('policy', 'explain', 'tools/pdf');
  expect(explained.exitCode).toBe(1);
  expect(explained.stdout).toMatch(/^-- {2}skills\/\*\* does not match: /);

  write(path.join(repository, 'skills/pdf'), skill('pdf'));
  await commit();
  const out = path.join(dir, 'out.sarif');
  const gate = ['skill', 'gate', '--log', log.dir];
  const tree = (await runGit(repository, ['rev-parse', 'HEAD^{tree}'])).trim();
  await runGit(repository, ['branch', 'start', 'HEAD~1']);
  const good = await run(...gate, '--base', 'start', '--head', tree, '--json');
  expect(good.exitCode).toBe(0);
  expect(JSON.parse(good.stdout)).toMatchObject({
    state: 'accepted',
    log: log.id,
    skills: [{ path: 'skills/pdf', change: 'added', state: 'verified', reason: null }],
  });
  write(path.join(repository, 'skills/csv'), skill('csv'));
  await commit();
  const bad = await run(...gate, '--base', 'start', '--head', 'HEAD', '--sarif', out);
  expect(bad.exitCode).toBe(1);
  expect(bad.stdout).toContain('ok  skills/pdf (added): release "1" of "pdf" by ');
  expect(bad.stdout).toContain('NO  skills/csv: no-release: ');
  expect(bad.stdout.trim().split('\n').at(-1)).toBe('refused: 1 problem, see above');
  const sarif: unknown = JSON.parse(readFileSync(out, 'utf8'));
  expect(sarif).toMatchObject({ runs: [{ results: [{ ruleId: 'no-release' }] }] });

  const range = {
    base: 'start',
    head: 'HEAD',
    policyFrom: undefined,
    policy: undefined,
    repository,
  };
  const flags = { home: path.join(dir, 'home') };
  const reason = async (change: Partial<typeof range>, logDir?: string): Promise<string> =>
    reasonOf(async () => judgeRange(host, { ...range, ...change }, { ...flags, log: logDir }));
  const other = await ReleasingLog.make(host, path.join(dir, 'other'), ['zoe']);
  other.close();
  expect(await reason({}, other.dir)).toBe('log-id');
  expect(await reason({})).toBe('log-missing');
  expect(await reason({ base: 'nowhere' }, log.dir)).toBe('commit');
  // A tag that somebody pushed is not taken for the branch.
  await runGit(repository, ['tag', 'start', 'HEAD']);
  expect(await reason({}, log.dir)).toBe('commit-ambiguous');
  expect(
    (await judgeRange(host, { ...range, base: 'refs/heads/start' }, { ...flags, log: log.dir }))
      .verdict.state,
  ).toBe('refused');
  const empty = (await runGit(repository, ['mktree', '--missing', '-z'])).trim();
  expect(await reason({ base: empty }, log.dir)).toBe('policy-missing');

  writeFileSync(path.join(dir, 'odd.yaml'), 'version: 1\nsurprise: 1\n');
  const odd = await run('policy', 'check', path.join(dir, 'odd.yaml'));
  expect(odd.exitCode).toBe(3);
  expect(odd.stderr).toContain('unknown field "surprise"');
});
