import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLeft, leaveLock, releaseLeft, takeLock } from '../../src/git/lock.ts';
import { sweep } from '../../src/git/lock-owners.ts';
import type { Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { callingGit } from '../../src/host/processes.ts';
import { temporaryDirectory, thrownBy } from './support.ts';

const hasProc = existsSync('/proc/self/stat');
const host = nodeHost();

interface Place {
  readonly dir: string;
  readonly target: string;
}

function place(): Place {
  const dir = temporaryDirectory();
  mkdirSync(join(dir, 'refs/heads'), { recursive: true });
  return { dir, target: join(dir, 'refs/heads/gitkel') };
}

/** A host as a process with that id sees it, in whose name locks are left. */
function hostOf(pid: number): Host {
  const system = host.processes.self.split('.').slice(0, 2).join('.');
  const text = hasProc ? readFileSync(`/proc/${pid}/stat`, 'latin1') : ') '.repeat(20);
  const start = text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return { ...host, processes: { ...host.processes, self: `${system}.${pid}.${start}` } };
}

function leave(owner: Host, { dir, target }: Place): void {
  const attempt = takeLock(owner, dir, target);
  if (!attempt.ok) throw new Error(attempt.busy);
  leaveLock(owner, attempt.lock);
}

describe('leaveLock()', () => {
  it('leaves a lock that only its owner can release', () => {
    const at = place();
    leave(host, at);
    expect(existsSync(`${at.target}.lock`)).toBe(true);
    expect(isLeft(host, at.dir, at.target)).toBe(true);
    expect(takeLock(host, at.dir, at.target).ok).toBe(false);
    const other = { ...host, processes: { ...host.processes, self: `${host.processes.self}1` } };
    expect(isLeft(other, at.dir, at.target)).toBe(false);
    releaseLeft(other, at.dir, at.target);
    expect(existsSync(`${at.target}.lock`)).toBe(true);
    releaseLeft(host, at.dir, at.target);
    expect(existsSync(`${at.target}.lock`)).toBe(false);
    const again = takeLock(host, at.dir, at.target);
    expect(again.ok).toBe(true);
  });

  it.skipIf(!hasProc)('leaves a lock that ends with its owner (needs /proc)', async () => {
    const at = place();
    const owner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(owner, 'spawn');
    leave(hostOf(owner.pid ?? 0), at);
    sweep(host, at.dir);
    expect(existsSync(`${at.target}.lock`)).toBe(true);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    sweep(host, at.dir);
    expect(existsSync(`${at.target}.lock`)).toBe(false);
  });

  it('does not leave a lock that carries no name', () => {
    const at = place();
    const withoutLinks: Host = {
      ...host,
      fs: {
        ...host.fs,
        linkSync: () => {
          throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
        },
      },
    };
    const attempt = takeLock(withoutLinks, at.dir, at.target);
    if (!attempt.ok) throw new Error(attempt.busy);
    expect(thrownBy(() => leaveLock(withoutLinks, attempt.lock))).toMatchObject({
      reason: 'no-hard-links',
    });
    expect(existsSync(`${at.target}.lock`)).toBe(false);
  });
});

function stat(program: string, parent: number, start: number): string {
  return `1 (${program}) S ${parent} ${'0 '.repeat(17)}${start} 0 0\n`;
}

const BOOT = '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a';

/** A machine with these processes, by number. */
function machine(
  stats: { readonly [pid: string]: string },
  commands: { readonly [pid: string]: string } = {},
): (path: string) => string | undefined {
  const own = { [String(process.pid)]: stat('node', 2, 1) };
  return (path) => {
    if (path.endsWith('boot_id')) return `${BOOT}\n`;
    if (path.endsWith('ns/pid')) return 'pid:[42]';
    const pid = path.split('/')[2] ?? '';
    return path.endsWith('cmdline') ? commands[pid] : { ...own, ...stats }[pid];
  };
}

describe('callingGit()', () => {
  it('finds Git above shells and hook managers', () => {
    const read = machine(
      { 2: stat('sh', 3, 20), 3: stat('git', 4, 30), 4: stat('git-receive-pac', 5, 40) },
      { 3: 'git\0hook\0run\0pre-receive\0', 4: 'git-receive-pack\0/srv/a.git\0' },
    );
    expect(callingGit(read, 2)?.self).toBe(`${BOOT}.42.4.40`);
  });

  it('takes no other program for Git, and gives up at the top', () => {
    const read = machine({ 2: stat('gitea', 3, 20), 3: stat('x (git) y', 1, 30) });
    expect(callingGit(read, 2)).toBeUndefined();
  });

  it('takes the parent where the system does not tell', () => {
    expect(callingGit(() => undefined, 77)?.self).toMatch(/^m-[0-9a-f]{16}\.77\.0$/);
  });
});
