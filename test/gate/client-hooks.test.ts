import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { answerOfClientHook } from '../../src/gate/client-hook.ts';
import { encodeHookConfig } from '../../src/gate/hook-config.ts';
import type { HookAnswer } from '../../src/gate/hook-place.ts';
import { preCommit } from '../../src/gate/pre-commit.ts';
import { parsePushedRefs, prePush } from '../../src/gate/pre-push.ts';
import { nodeHost } from '../../src/host/node.ts';
import { runGit } from '../support/binary.ts';
import { at, manifestOf, skill, type Tree } from '../support/made-tree.ts';
import { policyText } from '../support/push-log.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { reasonOf } from '../support/thrown.ts';

const PERMISSIONS = '{"schema":"urn:gitkel:skill-permissions:1"}';
const NOTES: Tree = skill('notes', { 'a.txt': 'a\n' });
const NOTHING = '0'.repeat(40);
const host = nodeHost({ fsync: false });

let root: string;
let log: ReleasingLog;
/** A clone of a repository with a policy, as `git clone` leaves it, with one released skill. */
let template: string;
/** The clone of the test. */
let dir: string;
let count = 0;

const git = async (...args: readonly string[]): Promise<string> => runGit(dir, args);
const write = (tree: Tree): void => {
  for (const [file, leaf] of Object.entries(tree)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), typeof leaf === 'string' ? leaf : leaf.text);
  }
};
/** Everything below a directory: names, sizes and times. */
const listing = (of: string): readonly string[] =>
  readdirSync(of, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { size, mtimeMs } = statSync(path.join(of, name));
    return `${name} ${size} ${mtimeMs}`;
  });

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'gitkel-client-'));
  log = await ReleasingLog.make(host, path.join(root, 'log'), ['ada', 'eve']);
  await log.release('ada', manifestOf(NOTES));
  await log.release('eve', manifestOf(skill('strange')));
  template = path.join(root, 'template');
  dir = template;
  mkdirSync(dir);
  await git('init', '--quiet', '-b', 'main');
  write({
    '.gitkel/policy.yaml': policyText(log.id, [log.aid('ada')], { 'skills/**': [log.aid('ada')] }),
    ...at('skills/notes', NOTES),
  });
  await git('add', '.');
  await git('commit', '--quiet', '-m', 'first');
  await git('config', 'remote.origin.url', 'https://example.org/skills.git');
  await git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  await git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
});

afterAll(() => {
  log.log.store.close();
  rmSync(root, { recursive: true });
});

beforeEach(() => {
  dir = path.join(root, `clone ${++count}`);
  cpSync(template, dir, { recursive: true });
});

/** Tells the clone where its log is, as `hook install --log` does. */
function nameLog(logId = log.id): void {
  mkdirSync(path.join(dir, '.git/gitkel'), { recursive: true });
  writeFileSync(
    path.join(dir, '.git/gitkel/hook.json'),
    encodeHookConfig({ logDir: log.dir, logRef: 'refs/heads/main', logId }),
  );
}

async function commitHook(environment: NodeJS.ProcessEnv = {}): Promise<HookAnswer> {
  const run = { host, environment, directory: dir, args: [], input: new Uint8Array() };
  return answerOfClientHook(preCommit, run);
}

describe('preCommit()', () => {
  it('judges what is staged, not what lies in the work tree, and changes nothing', async () => {
    const good = at('skills/new', skill('new', { 'skill.permissions.json': PERMISSIONS }));
    const bad = at('skills/new', skill('other'));
    write(good);
    await git('add', '.');
    write(bad);
    const before = listing(dir);
    expect(await commitHook()).toMatchObject({ isAllowed: true });
    expect(listing(dir)).toEqual(before);
    await git('add', '.');
    write(good);
    const { isAllowed, lines } = await commitHook();
    expect(isAllowed).toBe(false);
    expect(lines[0]).toBe(
      'gitkel: "skills/new": name-directory: "SKILL.md" "name" is "other", but the directory is called "new"',
    );
    expect(lines.at(-1)).toContain('git commit --no-verify');
  });

  it('says nothing where no skill changes', async () => {
    write({ 'README.md': 'text', 'skills/README.md': 'text' });
    await git('add', '.');
    expect(await commitHook()).toEqual({ isAllowed: true, lines: [] });
    await git('rm', '-rq', '--cached', 'skills/notes');
    expect(await commitHook()).toEqual({ isAllowed: true, lines: [] });
  });

  it('takes the index that Git names, and leaves out what is only intended', async () => {
    cpSync(path.join(dir, '.git/index'), path.join(dir, '.git/next-index'));
    write(at('skills/new', skill('other')));
    await runGit(dir, ['add', '.'], { GIT_INDEX_FILE: '.git/next-index' });
    expect(await commitHook()).toMatchObject({ isAllowed: true });
    for (const name of ['.git/next-index', path.join(dir, '.git/next-index')])
      expect(await commitHook({ GIT_INDEX_FILE: name, GIT_DIR: '.git' })).toMatchObject({
        isAllowed: false,
      });
    await git('add', '-N', '.');
    expect(await commitHook()).toEqual({ isAllowed: true, lines: [] });
  });

  it('finds what no skill may have, in any skill that changes', async () => {
    const entries = [
      ['160000,1111111111111111111111111111111111111111,skills/notes/lib', 'submodule'],
      [`120000,${await git('rev-parse', 'HEAD:skills/notes/a.txt')},skills/notes/key`, 'symlink'],
      [
        `100644,${await git('rev-parse', 'HEAD:skills/notes/a.txt')},skills/notes/A.txt`,
        'path-collision',
      ],
    ] as const;
    for (const [info, reason] of entries) {
      await git('read-tree', 'HEAD');
      await git('update-index', '--add', '--cacheinfo', info);
      const { isAllowed, lines } = await commitHook();
      expect([isAllowed, lines[0]]).toEqual([
        false,
        expect.stringContaining(`"skills/notes": ${reason}:`),
      ]);
    }
  });

  it('refuses a name in a skill that is not UTF-8, and bears one elsewhere', async () => {
    const oid = await git('rev-parse', 'HEAD:skills/notes/a.txt');
    for (const [directory, isAllowed] of [
      ['docs', true],
      ['skills/notes', false],
    ] as const) {
      const line = Buffer.concat([
        Buffer.from(`100644 ${oid}\t${directory}/`),
        Buffer.of(0xff, 0x0a),
      ]);
      await runGit(dir, ['update-index', '--add', '--index-info'], {}, line);
      expect(await commitHook()).toMatchObject({ isAllowed });
    }
  });

  it('works before the first commit, in a linked work tree and in a submodule', async () => {
    const clone = dir;
    await git('worktree', 'add', '-q', '../linked', '-b', 'linked');
    dir = path.join(root, 'linked');
    write(at('skills/bad', skill('other')));
    await git('add', '.');
    expect(await commitHook()).toMatchObject({ isAllowed: false });
    const own = path.join(clone, '.git/worktrees/linked');
    const named = { GIT_DIR: own, GIT_INDEX_FILE: path.join(own, 'index') };
    expect(await commitHook(named)).toMatchObject({ isAllowed: false });
    dir = path.join(root, 'unborn');
    await runGit(root, ['init', '-q', 'unborn']);
    await git('config', 'core.bare', 'false');
    write(at('skills/bad', skill('other')));
    await git('add', '.');
    expect(await commitHook()).toMatchObject({ isAllowed: false });
    await runGit(clone, [
      '-c',
      'protocol.file.allow=always',
      'submodule',
      'add',
      '-q',
      template,
      'sub',
    ]);
    dir = path.join(clone, 'sub');
    write(at('skills/bad', skill('other')));
    await git('add', '.');
    expect(await commitHook()).toMatchObject({ isAllowed: false });
  });

  it('says that a release is missing before it can be pushed, and lets the commit be', async () => {
    nameLog();
    write(at('skills/notes', { 'a.txt': 'b\n' }));
    await git('add', '.');
    const { isAllowed, lines } = await commitHook();
    expect(isAllowed).toBe(true);
    expect(lines.join('\n')).toContain(
      'note: "skills/notes" cannot be pushed like this: "a.txt" is not the released file',
    );
    write(at('skills/copy', NOTES));
    await git('read-tree', 'HEAD');
    await git('add', 'skills/copy');
    // The name of the directory is for others to judge; released it is.
    expect((await commitHook()).lines.join('\n')).not.toContain('cannot be pushed');
  });

  it('lets Git go on, and says so, where it cannot tell', async () => {
    writeFileSync(path.join(dir, '.git/index'), 'damaged');
    const { isAllowed, lines } = await commitHook();
    expect(isAllowed).toBe(true);
    expect(lines[0]).toContain('gitkel: warning: nothing was checked: Cannot read what is staged');
  });
});

describe('prePush()', () => {
  const pushHook = async (
    input: string,
    args: readonly string[] = ['origin', 'https://example.org/skills.git'],
  ): Promise<HookAnswer> => {
    const run = {
      host,
      environment: { GIT_DIR: '.git' },
      directory: dir,
      args,
      input: utf8(input),
    };
    return answerOfClientHook(prePush, run);
  };
  /** Commits a tree in the place of the files there; gives what Git tells of pushing it. */
  const commit = async (tree: Tree, ref = 'refs/heads/main', from?: string): Promise<string> => {
    write(tree);
    await git('add', '.');
    await git('commit', '-q', '-m', 'next');
    const old = from ?? (await git('rev-parse', 'refs/remotes/origin/main'));
    return `refs/heads/main ${await git('rev-parse', 'HEAD')} ${ref} ${old}\n`;
  };

  it('passes what the server will take, and names what it will refuse', async () => {
    nameLog();
    expect(await pushHook(await commit({ 'README.md': 'x' }))).toEqual({
      isAllowed: true,
      lines: [],
    });
    expect(await pushHook(await commit(at('skills/deep/notes', NOTES)))).toEqual({
      isAllowed: true,
      lines: [],
    });
    const refused = await pushHook(await commit(at('skills/notes', { 'a.txt': 'b\n' })));
    expect(refused.isAllowed).toBe(false);
    expect(refused.lines[0]).toMatch(/^gitkel: skills\/notes: file-changed: /);
    expect(refused.lines.at(-1)).toContain('git push --no-verify');
    const strange = await pushHook(await commit(at('skills/strange', skill('strange'))));
    expect(strange.lines.join('\n')).toContain('skills/strange: publisher-not-allowed');
    await git('rm', '-q', '.gitkel/policy.yaml');
    const deleted = await pushHook(await commit({ 'README.md': 'y' }));
    expect(deleted.lines[0]).toContain('.gitkel/policy.yaml: policy-deleted');
    const elsewhere = await pushHook(
      await commit({ 'README.md': 'z' }, 'refs/heads/topic', NOTHING),
    );
    expect(elsewhere.lines.join('\n')).not.toContain('policy-deleted');
  });

  it('compares with the default branch what the remote has and this clone has not', async () => {
    nameLog();
    const unknown = await commit({ 'README.md': 'x' }, 'refs/heads/topic', '1'.repeat(40));
    expect(await pushHook(unknown)).toEqual({ isAllowed: true, lines: [] });
    const spaced = `HEAD^{/a b} ${unknown.split(' ').slice(1).join(' ')}`;
    expect(await pushHook(spaced)).toEqual({ isAllowed: true, lines: [] });
    const bad = await commit(at('skills/x', skill('x')), 'refs/tags/v1', NOTHING);
    expect((await pushHook(bad)).lines[0]).toContain('skills/x: no-release');
  });

  it('finds the remote by its address, and is silent about one without a policy', async () => {
    nameLog();
    const bad = await commit(at('skills/x', skill('x')));
    const url = 'https://example.org/skills.git';
    expect(await pushHook(bad, [url, url])).toMatchObject({ isAllowed: false });
    for (const other of ['https://example.org/other.git', 'other'])
      expect(await pushHook(bad, [other, other])).toEqual({ isAllowed: true, lines: [] });
    await git('symbolic-ref', '--delete', 'refs/remotes/origin/HEAD');
    expect(await pushHook(bad)).toMatchObject({ isAllowed: false });
  });

  it('says that it has no copy of the log, and lets the push be', async () => {
    const bad = await commit(at('skills/x', skill('x')));
    for (const step of [() => {}, () => nameLog(log.aid('ada'))]) {
      step();
      const { isAllowed, lines } = await pushHook(bad);
      expect(isAllowed).toBe(true);
      expect(lines[0]).toContain(`this clone has no copy of the log ${log.id}`);
    }
  });

  it('counts a log that is pushed at the same time, when it is in the same repository', async () => {
    const text = policyText(log.id, [log.aid('ada')], { 'skills/**': [log.aid('ada')] }).replace(
      'maintainers',
      '  ref: refs/heads/gitkel\nmaintainers',
    );
    write({ '.gitkel/policy.yaml': text });
    await git('commit', '-qam', 'policy');
    await git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    await git('fetch', '-q', log.dir, '+refs/heads/main:refs/remotes/origin/gitkel');
    const old = await git('rev-parse', 'refs/remotes/origin/gitkel');
    await log.release('ada', manifestOf(skill('later')));
    await git('fetch', '-q', log.dir, '+refs/heads/main:refs/heads/gitkel');
    const later = await commit(at('skills/later', skill('later')));
    expect((await pushHook(later)).lines[0]).toContain('skills/later: no-release');
    const tip = await git('rev-parse', 'refs/heads/gitkel');
    const withLog = `refs/heads/gitkel ${tip} refs/heads/gitkel ${old}\n${later}`;
    expect(await pushHook(withLog)).toEqual({ isAllowed: true, lines: [] });
    const forked = withLog.replace(tip, await git('rev-parse', 'HEAD'));
    expect((await pushHook(forked)).lines[0]).toMatch(/^gitkel: refs\/heads\/gitkel: /);
  });

  it('lets branches go, and does nothing for an empty push', async () => {
    nameLog();
    expect(await pushHook(`(delete) ${NOTHING} refs/heads/topic ${'1'.repeat(40)}\n`)).toEqual({
      isAllowed: true,
      lines: [],
    });
    expect(await pushHook('')).toEqual({ isAllowed: true, lines: [] });
  });
});

describe('parsePushedRefs()', () => {
  it('refuses what Git would not write', async () => {
    for (const text of [
      'x',
      'a b c d\n',
      `a ${NOTHING} refs/heads/../x ${NOTHING}\n`,
      `a ${NOTHING} refs/heads/x 1\n`,
    ])
      expect(await reasonOf(() => parsePushedRefs(utf8(text)))).toBe('ref-update');
    const line = `a ${NOTHING} refs/heads/x ${NOTHING}\n`;
    expect(await reasonOf(() => parsePushedRefs(utf8(line.repeat(65_537))))).toBe('too-many-refs');
  });
});
