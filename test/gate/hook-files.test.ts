import type * as NodeFs from 'node:fs';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import {
  applyPlan,
  planHooks,
  planHooksRemoval,
  type HookPrograms,
} from '../../src/gate/hook-install.ts';
import { ALL_HOOKS, heldDirectory, type HookName, keptName } from '../../src/gate/hook-name.ts';
import { hookScript, readHookScript, shellWord } from '../../src/gate/hook-script.ts';
import { hookStatuses } from '../../src/gate/hook-status.ts';
import { stepLine } from '../../src/gate/hook-steps.ts';
import type { FileSystem, Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { faultyFiles, Killed } from '../support/faulty-files.ts';
import { runProgram } from '../support/binary.ts';
import { emptyHost } from '../skills/making.ts';

const PROGRAMS: HookPrograms = { node: '/opt/node', directory: '/opt/gitkel/hooks' };
const HOOKS = '/repo/hooks';
const OWN = '#!/bin/sh\necho mine\n';

/** Everything in a directory: text, permissions, or where a link leads. */
function snapshot(fs: FileSystem, dir: string): Readonly<Record<string, string>> {
  const files = fs as unknown as typeof NodeFs;
  if (!files.existsSync(dir)) return {};
  return Object.fromEntries(
    fs.readdirSync(dir).map((name) => {
      const stats = fs.lstatSync(join(dir, name));
      return [
        name,
        stats.isSymbolicLink()
          ? `-> ${fs.readlinkSync(join(dir, name))}`
          : `${(stats.mode & 0o7777).toString(8)} ${files.readFileSync(join(dir, name), 'utf8')}`,
      ];
    }),
  );
}

function hostWith(files: Readonly<Record<string, string>>, mode = 0o755): Host {
  const host = emptyHost();
  const fs = host.fs as unknown as typeof NodeFs;
  fs.mkdirSync(HOOKS, { recursive: true });
  for (const [name, text] of Object.entries(files))
    fs.writeFileSync(join(HOOKS, name), text, { mode });
  return host;
}

const install = (
  host: Host,
  names: readonly HookName[] = ['pre-commit'],
  programs = PROGRAMS,
): void => applyPlan(host, planHooks(host, HOOKS, names, programs));
const uninstall = (host: Host, names: readonly HookName[] = ['pre-commit']): void =>
  applyPlan(host, planHooksRemoval(host, [HOOKS], names));
const text = (host: Host, name: string): string =>
  (host.fs as unknown as typeof NodeFs).readFileSync(join(HOOKS, name), 'utf8');

/** What a step throws; `undefined` when it ends well. */
function thrown(step: () => unknown): unknown {
  try {
    step();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('readHookScript()', () => {
  it('tells a script of gitkel, whatever its paths hold, from an edited one and from others', () => {
    for (const name of ALL_HOOKS) {
      const script = {
        name,
        node: '/opt/it\'s a "node"/$(x)\n/bin',
        program: '/opt/gitkel/a.js',
        isChained: name !== 'pre-commit',
        madeDirectory: name === 'pre-push',
      };
      const bytes = hookScript(nativeCrypto, script);
      expect(readHookScript(nativeCrypto, bytes)).toEqual({ kind: 'ours', script });
      const edited = utf8(`${fromUtf8(bytes)}echo more\n`);
      expect(readHookScript(nativeCrypto, edited)).toEqual({ kind: 'edited' });
    }
    expect(readHookScript(nativeCrypto, utf8('#!/bin/sh\n'))).toEqual({ kind: 'foreign' });
    expect(readHookScript(nativeCrypto, utf8('#!/bin/sh\n# gitkel-hook 1 x y\n'))).toEqual({
      kind: 'edited',
    });
    expect(readHookScript(nativeCrypto, Uint8Array.of(0xff))).toEqual({ kind: 'foreign' });
  });
});

describe('planHooks() and planHooksRemoval()', () => {
  it('installs twice as once, and leaves everything as it was', () => {
    const files = { 'pre-commit': OWN, 'pre-push.sample': 'x', 'post-merge': OWN };
    const host = hostWith(files, 0o744);
    const before = snapshot(host.fs, HOOKS);
    const names: readonly HookName[] = ['pre-commit', 'pre-push'];
    install(host, names);
    const once = snapshot(host.fs, HOOKS);
    expect(once['pre-commit.before-gitkel']).toBe(before['pre-commit']);
    expect(once['pre-commit']).toContain('755 #!/bin/sh\n# gitkel-hook 1 pre-commit');
    expect(planHooks(host, HOOKS, names, PROGRAMS).steps).toEqual([]);
    uninstall(host, names);
    expect(snapshot(host.fs, HOOKS)).toEqual(before);
    expect(planHooksRemoval(host, [HOOKS], names).steps).toEqual([]);
  });

  it('makes the directory of hooks, and removes it when nothing else came into it', () => {
    for (const others of [[], ['post-merge']]) {
      const host = emptyHost();
      host.fs.mkdirSync('/repo', {});
      install(host, ['pre-commit', 'pre-push']);
      const fs = host.fs as unknown as typeof NodeFs;
      for (const name of others) fs.writeFileSync(join(HOOKS, name), OWN);
      uninstall(host, ['pre-commit', 'pre-push']);
      expect(host.fs.readdirSync('/repo')).toEqual(others.length === 0 ? [] : ['hooks']);
    }
  });

  it('keeps a symbolic link as a link, also one that leads nowhere', () => {
    for (const target of ['../../tools/check', '/nowhere']) {
      const host = nodeHost();
      const dir = mkdtempSync(join(tmpdir(), 'gitkel-hooks-'));
      try {
        const fs = host.fs as unknown as typeof NodeFs;
        fs.symlinkSync(target, join(dir, 'pre-push'));
        const before = snapshot(host.fs, dir);
        applyPlan(host, planHooks(host, dir, ['pre-push'], PROGRAMS));
        expect(snapshot(host.fs, dir)['pre-push.before-gitkel']).toBe(`-> ${target}`);
        applyPlan(host, planHooksRemoval(host, [dir], ['pre-push']));
        expect(snapshot(host.fs, dir)).toEqual(before);
      } finally {
        rmSync(dir, { recursive: true });
      }
    }
  });

  it('keeps a copy where files cannot have two names', () => {
    const host = hostWith({ 'pre-commit': OWN }, 0o700);
    const before = snapshot(host.fs, HOOKS);
    const without: Host = {
      ...host,
      fs: new Proxy(host.fs, {
        get: (target, name): unknown =>
          name === 'linkSync'
            ? () => {
                throw Object.assign(new Error('no links'), { code: 'EPERM' });
              }
            : Reflect.get(target, name),
      }),
    };
    install(without);
    expect(snapshot(host.fs, HOOKS)['pre-commit.before-gitkel']).toBe(before['pre-commit']);
    uninstall(without);
    expect(snapshot(host.fs, HOOKS)).toEqual(before);
  });

  it('takes another place of gitkel for the same hook, and keeps what was kept', () => {
    const host = hostWith({ 'pre-commit': OWN });
    install(host);
    install(host, ['pre-commit'], { node: '/new/node', directory: '/new/hooks' });
    expect(text(host, 'pre-commit')).toContain("node='/new/node'");
    expect(text(host, 'pre-commit')).toContain('before=');
    expect(text(host, keptName('pre-commit'))).toBe(OWN);
  });

  it('refuses what it cannot do without losing something, and says what to do', () => {
    const edit = (host: Host, name: string, more: string): void => {
      const fs = host.fs as unknown as typeof NodeFs;
      fs.appendFileSync(join(HOOKS, name), more);
    };
    const edited = hostWith({ 'pre-commit': OWN });
    install(edited);
    edit(edited, 'pre-commit', 'echo more\n');
    for (const [step, hint] of [
      [() => install(edited), 'Move what was added'],
      [() => uninstall(edited), 'mv pre-commit.before-gitkel pre-commit'],
    ] as const)
      expect(thrown(step)).toMatchObject({
        reason: 'hook-edited',
        hint: expect.stringContaining(hint),
      });

    const replaced = hostWith({ 'pre-commit': OWN });
    install(replaced);
    (replaced.fs as unknown as typeof NodeFs).writeFileSync(join(HOOKS, 'pre-commit'), 'new');
    expect(thrown(() => install(replaced))).toMatchObject({ reason: 'hook-kept' });
    expect(thrown(() => uninstall(replaced))).toMatchObject({ reason: 'hook-kept' });

    const gone = hostWith({ 'pre-commit': OWN });
    install(gone);
    gone.fs.unlinkSync(join(HOOKS, 'pre-commit'));
    expect(thrown(() => install(gone))).toMatchObject({ reason: 'hook-kept' });
    uninstall(gone);
    expect(snapshot(gone.fs, HOOKS)).toEqual({ 'pre-commit': `755 ${OWN}` });

    const lost = hostWith({ 'pre-commit': OWN });
    install(lost);
    lost.fs.unlinkSync(join(HOOKS, keptName('pre-commit')));
    expect(thrown(() => uninstall(lost))).toMatchObject({ reason: 'hook-kept' });

    const directory = hostWith({});
    directory.fs.mkdirSync(join(HOOKS, 'pre-commit'), {});
    expect(thrown(() => install(directory))).toMatchObject({ reason: 'hook-special' });
  });

  it('tells of hook managers where to add a line', () => {
    const managed = {
      '#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n':
        'stages: [pre-commit]',
      '#!/bin/sh\ncall_lefthook run "pre-commit" "$@"\n': 'lefthook.yml',
      '#!/bin/sh\n. "$(dirname "$0")/_/husky.sh"\n': '.husky/pre-commit',
    };
    for (const [content, line] of Object.entries(managed)) {
      const { notes } = planHooks(
        hostWith({ 'pre-commit': content }),
        HOOKS,
        ['pre-commit'],
        PROGRAMS,
      );
      expect(notes.join('\n')).toContain(line);
    }
  });

  it('leaves the old hook or the new one, wherever it is killed or fails, and goes on from there', () => {
    for (const fault of ['kill', 'EIO', 'ENOSPC', 'EMFILE'] as const) {
      for (let at = 1; ; at++) {
        const host = hostWith({ 'pre-commit': OWN });
        const faulty = faultyFiles(host.fs, fault, at);
        const failure = thrown(() => install({ ...host, fs: faulty.fs }));
        const found = text(host, 'pre-commit');
        expect(found === OWN || found.startsWith('#!/bin/sh\n# gitkel-hook 1')).toBe(true);
        if (found !== OWN) expect(text(host, keptName('pre-commit'))).toBe(OWN);
        if (faulty.calls() < at) break;
        if (fault !== 'kill' && failure !== undefined)
          expect(failure).toMatchObject({ code: 'environment' });
        else if (failure !== undefined) expect(failure).toBeInstanceOf(Killed);
        install(host);
        expect(text(host, 'pre-commit')).toContain('# gitkel-hook 1');
        const again = faultyFiles(host.fs, fault, at);
        thrown(() => uninstall({ ...host, fs: again.fs }));
        expect(
          text(host, 'pre-commit') === OWN || text(host, 'pre-commit').includes('# gitkel-hook 1'),
        ).toBe(true);
        uninstall(host);
        expect(text(host, 'pre-commit')).toBe(OWN);
        expect(host.fs.readdirSync(HOOKS)).not.toContain(keptName('pre-commit'));
      }
    }
  });

  it('says so where nothing can be written, and changes nothing', () => {
    const host = hostWith({ 'pre-commit': OWN });
    const before = snapshot(host.fs, HOOKS);
    const refuse = (): never => {
      throw Object.assign(new Error('read-only'), { code: 'EROFS' });
    };
    const fs = new Proxy(host.fs, {
      get: (target, name): unknown => {
        if (name === 'linkSync' || name === 'renameSync') return refuse;
        if (name !== 'openSync') return Reflect.get(target, name);
        return (file: string, flags: string) =>
          flags === 'r' ? target.openSync(file, flags) : refuse();
      },
    });
    for (const name of ['pre-commit', 'pre-push'] as const)
      expect(thrown(() => install({ ...host, fs }, [name]))).toMatchObject({
        code: 'environment',
        reason: 'erofs',
      });
    expect(snapshot(host.fs, HOOKS)).toEqual(before);
  });

  it('tells each step', () => {
    const host = hostWith({ 'pre-push': OWN });
    expect(planHooks(host, HOOKS, ['pre-push'], PROGRAMS).steps.map(stepLine)).toEqual([
      'keep "/repo/hooks/pre-push" as "pre-push.before-gitkel", to run first',
      'write "/repo/hooks/pre-push"',
    ]);
  });
});

describe('the script, as a shell runs it', () => {
  let root: string;
  /** The directory of the repository, with everything in its name that a shell could take for its own. */
  let dir: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gitkel-hooks-'));
    dir = join(root, `it's "a" $dir; \`x\` é`);
    mkdirSync(dir);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (path: string, content: string, mode = 0o755): void => {
    writeFileSync(path, content);
    chmodSync(path, mode);
  };
  /** A program in place of node: notes its arguments and its input, and who its parent is. */
  const program = (exitCode: number): HookPrograms => {
    const programs = { node: join(dir, 'node'), directory: dir };
    write(
      programs.node,
      `#!/bin/sh\nprintf '%s|' "$@" >ours.args\ncat >ours.in\nps -o ppid= -p $$ | tr -d ' ' >ours.parent\nexit ${exitCode}\n`,
    );
    for (const name of ALL_HOOKS) write(join(dir, `${name}.cjs`), '');
    return programs;
  };
  const before = (exitCode: number): string =>
    `#!/bin/sh\nprintf '%s|' "$@" >before.args\ncat >before.in\nexit ${exitCode}\n`;
  const seen = (name: string): string | undefined => {
    try {
      return readFileSync(join(root, name), 'utf8');
    } catch {
      return undefined;
    }
  };
  const put = (name: HookName, programs: HookPrograms): void =>
    applyPlan(nodeHost(), planHooks(nodeHost(), dir, [name], programs));
  const run = async (name: HookName, args: readonly string[], input = '') =>
    runProgram(
      'sh',
      ['-c', `echo $$ >shell; exec ${shellWord(join(dir, name))} "$@"`, 'sh', ...args],
      {
        cwd: root,
        input,
        env: { GIT_DIR: '.' },
      },
    );

  it('gives both hooks all of the input and the arguments, and no shell stays above ours', async () => {
    write(join(dir, 'pre-receive'), before(0));
    put('pre-receive', program(0));
    const lines = `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/é\n`.repeat(5_000);
    const ran = await run('pre-receive', ['a b', "c'd"], lines);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect([seen('before.in') === lines, seen('ours.in') === lines]).toEqual([true, true]);
    expect(seen('before.args')).toBe("a b|c'd|");
    expect(seen('ours.args')).toBe(`${join(dir, 'pre-receive.cjs')}|a b|c'd|`);
    // The process that Git would have started is the one that runs in the end.
    expect(seen('ours.parent')?.trim()).toBe(String(process.pid));
    expect(statSync(join(dir, 'pre-receive')).mode & 0o777).toBe(0o755);
  });

  it('ends as the former hook does when that one refuses, and as ours otherwise', async () => {
    write(join(dir, 'pre-push'), before(3));
    put('pre-push', program(0));
    expect(await run('pre-push', ['origin', 'url'], 'x\n')).toMatchObject({ exitCode: 3 });
    expect(seen('ours.in')).toBeUndefined();
    write(join(dir, keptName('pre-push')), before(0));
    write(join(dir, 'node'), '#!/bin/sh\nexit 5\n');
    expect(await run('pre-push', [])).toMatchObject({ exitCode: 5 });
    // A hook that is not executable is none, for Git too.
    write(join(dir, keptName('pre-push')), before(3), 0o644);
    expect(await run('pre-push', [])).toMatchObject({ exitCode: 5 });
  });

  it('runs ours after a transaction whatever the former hook says, since locks have to be given back', async () => {
    write(join(dir, 'reference-transaction'), before(1));
    put('reference-transaction', program(0));
    expect(await run('reference-transaction', ['prepared'], 'x\n')).toMatchObject({ exitCode: 1 });
    expect(seen('ours.in')).toBeUndefined();
    mkdirSync(heldDirectory(root), { recursive: true });
    write(join(heldDirectory(root), 'some-process'), '');
    for (const state of ['committed', 'aborted']) {
      expect(await run('reference-transaction', [state], `${state}\n`)).toMatchObject({
        exitCode: 0,
      });
      expect(seen('ours.in')).toBe(`${state}\n`);
    }
  });

  it('finds from a linked work tree what is held, and starts nothing where nothing is', async () => {
    put('reference-transaction', program(0));
    const own = join(root, 'worktrees/one');
    mkdirSync(own, { recursive: true });
    const ended = async (): Promise<string | undefined> => {
      await runProgram(join(dir, 'reference-transaction'), ['committed'], {
        cwd: own,
        input: 'over\n',
        env: { GIT_DIR: '.' },
      });
      return existsSync(join(own, 'ours.in'))
        ? readFileSync(join(own, 'ours.in'), 'utf8')
        : undefined;
    };
    mkdirSync(heldDirectory(root), { recursive: true });
    for (const named of ['../..', root]) {
      write(join(own, 'commondir'), `${named}\n`);
      expect(await ended()).toBeUndefined();
      write(join(heldDirectory(root), 'some-process'), '');
      expect(await ended()).toBe('over\n');
      rmSync(join(heldDirectory(root), 'some-process'));
      rmSync(join(own, 'ours.in'));
    }
  });

  it('does not run ours after a transaction for which nothing is held', async () => {
    put('reference-transaction', program(1));
    for (const state of ['committed', 'aborted', 'preparing'])
      expect(await run('reference-transaction', [state], 'x\n')).toMatchObject({ exitCode: 0 });
    expect(seen('ours.in')).toBeUndefined();
    expect(await run('reference-transaction', ['prepared'], 'x\n')).toMatchObject({ exitCode: 1 });
  });

  it('refuses on a server, and only warns elsewhere, when what it runs is gone', async () => {
    for (const name of ['pre-receive', 'pre-commit'] as const) {
      const programs = program(0);
      put(name, programs);
      rmSync(join(dir, `${name}.cjs`));
      const ran = await run(name, []);
      expect(ran.exitCode).toBe(name === 'pre-receive' ? 1 : 0);
      expect(ran.stderr).toContain(`there is no ${join(dir, `${name}.cjs`)}`);
      expect(ran.stderr).toContain('gitkel hook status');
    }
  });

  it('never passes over the hook that was there before', async () => {
    write(join(dir, 'pre-push'), before(0));
    put('pre-push', program(0));
    rmSync(join(dir, keptName('pre-push')));
    const gone = await run('pre-push', []);
    expect(gone.exitCode).toBe(1);
    expect(gone.stderr).toContain('the hook that was here before is gone');
    write(join(dir, keptName('pre-push')), before(0));
    const full = await runProgram(
      'sh',
      ['-c', `TMPDIR=/nowhere ${shellWord(join(dir, 'pre-push'))}`],
      { cwd: root },
    );
    expect(full.exitCode).toBe(1);
    expect(full.stderr).toContain('no temporary file can be made');
  });
});

describe('hookStatuses()', () => {
  const place = { directory: HOOKS, isOwn: true };
  const stateOf = (host: Host, name: HookName, at = place): string => {
    const status = hookStatuses(host, { commonDir: '/repo' }, at, PROGRAMS).find(
      (one) => one.name === name,
    );
    return [status?.state, status?.reason].join(' ').trim();
  };
  const complete = (host: Host): void => {
    const fs = host.fs as unknown as typeof NodeFs;
    fs.mkdirSync('/opt/gitkel/hooks', { recursive: true });
    fs.writeFileSync('/opt/node', '');
    for (const name of ALL_HOOKS) fs.writeFileSync(`/opt/gitkel/hooks/${name}.cjs`, '');
  };

  it('tells what is installed, broken, edited and passed over', () => {
    const host = hostWith({ 'pre-push': OWN });
    const fs = host.fs as unknown as typeof NodeFs;
    expect(stateOf(host, 'pre-push')).toBe('not-installed');
    install(host, ['pre-push']);
    expect(stateOf(host, 'pre-push')).toBe('broken program-gone');
    complete(host);
    expect(stateOf(host, 'pre-push')).toBe('installed');
    expect(stateOf(host, 'pre-push', { directory: '/elsewhere', isOwn: false })).toBe(
      'passed-over hooks-path',
    );
    fs.chmodSync(join(HOOKS, 'pre-push'), 0o644);
    expect(stateOf(host, 'pre-push')).toBe('passed-over not-executable');
    install(host, ['pre-push']);
    expect(stateOf(host, 'pre-push')).toBe('installed');
    fs.renameSync(join(HOOKS, 'pre-push.before-gitkel'), join(HOOKS, 'x'));
    expect(stateOf(host, 'pre-push')).toBe('broken kept-gone');
    fs.renameSync(join(HOOKS, 'x'), join(HOOKS, 'pre-push.before-gitkel'));
    fs.renameSync(join(HOOKS, 'pre-push'), join(HOOKS, 'pre-push.legacy'));
    expect(stateOf(host, 'pre-push')).toBe('broken hook-gone');
    fs.writeFileSync(join(HOOKS, 'pre-push'), OWN);
    expect(stateOf(host, 'pre-push')).toBe('installed displaced');
    fs.renameSync(join(HOOKS, 'pre-push.legacy'), join(HOOKS, 'pre-push'));
    fs.appendFileSync(join(HOOKS, 'pre-push'), 'x');
    expect(stateOf(host, 'pre-push')).toBe('edited hook-edited');
    install(host, ['pre-commit'], { node: '/opt/node', directory: '/opt/gitkel/hooks' });
    fs.renameSync(join(HOOKS, 'pre-commit'), join(HOOKS, 'pre-receive'));
    expect(stateOf(host, 'pre-receive')).toBe('broken other-hook');
  });

  it('tells when another installation of gitkel runs', () => {
    const host = hostWith({});
    complete(host);
    const fs = host.fs as unknown as typeof NodeFs;
    fs.mkdirSync('/other', {});
    fs.writeFileSync('/other/pre-commit.cjs', '');
    install(host, ['pre-commit'], { node: '/opt/node', directory: '/other' });
    expect(stateOf(host, 'pre-commit')).toBe('installed other-installation');
  });

  it('tells when an earlier version of this gitkel installed it, which named the module', () => {
    const host = hostWith({});
    complete(host);
    const fs = host.fs as unknown as typeof NodeFs;
    fs.mkdirSync(HOOKS, { recursive: true });
    fs.writeFileSync('/opt/gitkel/hooks/pre-commit.js', '');
    const script = {
      name: 'pre-commit',
      node: '/opt/node',
      program: '/opt/gitkel/hooks/pre-commit.js',
      isChained: false,
      madeDirectory: false,
    } as const;
    fs.writeFileSync(join(HOOKS, 'pre-commit'), hookScript(nativeCrypto, script), { mode: 0o755 });
    expect(stateOf(host, 'pre-commit')).toBe('installed earlier-version');
    install(host, ['pre-commit']);
    expect(stateOf(host, 'pre-commit')).toBe('installed');
  });
});
