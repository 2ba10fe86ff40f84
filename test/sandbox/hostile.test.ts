/** A hostile skill in a sandbox: what it tries fails, is seen, and leaves the machine as it was. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { cameOf, hostileSkill, MANIFEST, unexpected } from '../support/hostile-skill.ts';
import {
  LEFT_OUT,
  NO_SANDBOX,
  permissionsOf,
  type Ran,
  ranInSandbox,
  temporaryWorkspace,
} from '../support/sandbox.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const HAS_STRACE = ['/usr/bin/strace', '/usr/local/bin/strace'].some((file) => existsSync(file));
const MARK = `left-behind-${process.pid}-${Date.now()}`;

const servers: Server[] = [];

/** A server on the loopback that counts who came. */
async function served(): Promise<{ readonly port: number; readonly visits: () => number }> {
  let visits = 0;
  const server = createServer((_, answer) => {
    visits++;
    answer.end('hello');
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, visits: () => visits };
}

/** Every file below a directory, with what is in it. */
function contents(dir: string): Readonly<Record<string, string>> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map((entry) => {
      const full = path.join(entry.parentPath, entry.name);
      return [path.relative(dir, full), readFileSync(full, 'utf8')];
    }),
  );
}

describe.skipIf(NO_SANDBOX !== undefined)(`a hostile skill${LEFT_OUT}`, () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-hostile-'));
  const workspace = temporaryWorkspace();
  const secret = path.join(dir, 'id_ed25519');
  let ran: Ran;
  let other: { readonly visits: () => number };
  let before: Readonly<Record<string, string>>;

  beforeAll(async () => {
    writeFileSync(secret, 'the secret');
    mkdirSync(path.join(workspace, '.git/hooks'), { recursive: true });
    writeFileSync(path.join(workspace, '.git/config'), '[core]\n');
    writeFileSync(path.join(workspace, 'AGENTS.md'), 'be kind\n');
    before = contents(workspace);
    if (process.getuid?.() === 0)
      execFileSync('chown', ['-R', '65534:65534', workspace], { stdio: 'pipe' });
    const allowed = await served();
    const closed = await served();
    other = closed;
    const surroundings = {
      secret,
      outside: dir,
      allowedPort: allowed.port,
      otherPort: closed.port,
      mark: MARK,
    };
    ran = await ranInSandbox({
      files: hostileSkill(allowed.port),
      permissions: permissionsOf(MANIFEST(allowed.port)),
      command: ['node', 'try.js', JSON.stringify(surroundings)],
      workspace,
      environment: new Map([
        ['ALLOWED', 'yes'],
        ['HIDDEN', 'the variable'],
      ]),
      isTraced: HAS_STRACE,
    });
  });
  afterAll(() => {
    for (const server of servers) server.close();
    rmSync(dir, { recursive: true, force: true });
    rmSync(workspace, { recursive: true, force: true });
  });

  test('fails at everything that it did not declare, and at nothing else', () => {
    expect(unexpected(cameOf(ran.stdout)), ran.stderr).toEqual([]);
    expect(ran.end).toEqual({ why: 'ended', exitCode: 0 });
  });

  test('leaves no process', () => {
    const running = readdirSync('/proc')
      .filter((name) => /^[0-9]+$/.test(name))
      .filter((name) => {
        try {
          return readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0')[3] === MARK;
        } catch {
          return false;
        }
      });
    expect(running).toEqual([]);
  });

  test('leaves the machine as it was: what steers agents was moved aside', () => {
    const { aside } = ran.left;
    if (aside === undefined) throw new Error('nothing was moved aside');
    expect(readdirSync(aside)).toEqual(['0-deep_CLAUDE.md']);
    expect(ran.events).toContainEqual({
      kind: 'file',
      source: 'workspace',
      access: 'write',
      path: '/workspace/deep/CLAUDE.md',
      error: 'moved-aside',
    });
    rmSync(aside, { recursive: true });
    rmSync(path.join(workspace, 'other'), { force: true });
    expect(contents(workspace)).toEqual(before);
    expect(readdirSync(dir)).toEqual(['id_ed25519']);
    expect(readFileSync(secret, 'utf8')).toBe('the secret');
    // Others may run at the same time: the name tells whose it is.
    const own = readdirSync(tmpdir()).filter(
      (name) => name.startsWith('gitkel-run-') && name.includes(`.${process.pid}.`),
    );
    expect(own).toEqual([]);
  });

  test('every connection that it asked for is told, and none reached a server', () => {
    const told = ran.events.flatMap((event) =>
      event.kind === 'net' && event.source === 'proxy' ? [event.refused ?? 'allowed'] : [],
    );
    expect(told).toEqual([
      'not-declared',
      'not-declared',
      'address-not-declared',
      'port-not-declared',
      'address-not-declared',
      'malformed-request',
      'allowed',
    ]);
    expect(other.visits()).toBe(0);
  });

  test.skipIf(!HAS_STRACE)(
    'what it tried on files and past the proxy is in the trace (with strace)',
    () => {
      const trace = ran.trace.join('\n');
      for (const seen of [
        new RegExp(`openat\\(.*"${secret}".*ENOENT`),
        new RegExp(`openat\\(.*"${dir}/here".*ENOENT`),
        /openat\(.*"\/skill\/SKILL\.md".*(?:EROFS|EACCES)/,
        /openat\(.*"\/workspace\/AGENTS\.md".*EROFS/,
        /openat\(.*"\/workspace\/\.git\/hooks\/pre-commit".*EROFS/,
        /openat\(.*"\/workspace\/deep\/CLAUDE\.md"/,
        /connect\(.*htons\(443\).*"1\.1\.1\.1".*ENETUNREACH/,
        /(?:connect|sendto|sendmsg|sendmmsg)\(.*"8\.8\.8\.8".*ENETUNREACH/,
      ])
        expect(trace).toMatch(seen);
    },
  );
});

describe.skipIf(NO_SANDBOX !== undefined)(`limits of a run${LEFT_OUT}`, () => {
  const shell = { exec: { run: ['sh', 'dd', 'sleep'], shell: true } };

  test('time: all processes are killed', async () => {
    const permissions = permissionsOf({ ...shell, limits: { wallSeconds: 1 } });
    const { end, events } = await ranInSandbox({ permissions, command: ['sh', '-c', 'sleep 600'] });
    expect(end).toEqual({ why: 'limit', limit: 'wallSeconds' });
    expect(events).toContainEqual({ kind: 'limit', limit: 'wallSeconds', allowed: 1 });
  });

  test('disk: a workspace that grows too large ends the run', async () => {
    const permissions = permissionsOf({
      ...shell,
      fs: { write: ['${workspace}/**'] },
      limits: { writeMB: 4, wallSeconds: 60 },
    });
    const script =
      'for n in 1 2 3 4 5 6 7 8; do dd if=/dev/zero of=/workspace/$n bs=1000000 count=3 2>/dev/null; done; sleep 60';
    const { end, left } = await ranInSandbox({ permissions, command: ['sh', '-c', script] });
    expect(end).toEqual({ why: 'limit', limit: 'writeMB' });
    rmSync(left.workspace ?? '', { recursive: true });
  });

  test('memory: one process cannot have more', async () => {
    const permissions = permissionsOf({ exec: { run: ['node'] }, limits: { memoryMB: 400 } });
    const script = 'const a = []; for (;;) a.push(Buffer.alloc(1 << 26, 1))';
    const { end } = await ranInSandbox({ permissions, command: ['node', '-e', script] });
    expect(end).not.toEqual({ why: 'ended', exitCode: 0 });
  });

  test('output: what is more is thrown away, and that is told once', async () => {
    const permissions = permissionsOf(shell);
    const command = ['dd', 'if=/dev/zero', 'bs=1048576', 'count=9'];
    const { stdout, events, end } = await ranInSandbox({ permissions, command });
    expect(stdout).toHaveLength(8_388_608);
    expect(events).toEqual([
      { kind: 'output-truncated', stream: 'stdout', passed: 8_388_608 },
      { kind: 'exit', end },
    ]);
  });

  test('whoever interrupts a run ends all of it', async () => {
    const controller = new AbortController();
    const permissions = permissionsOf(shell);
    const running = ranInSandbox({ permissions, command: ['sleep', '600'] }, controller.signal);
    controller.abort();
    expect((await running).end).toEqual({ why: 'interrupted' });
  });
});

describe.skipIf(NO_SANDBOX !== undefined)(`the workspace of a run${LEFT_OUT}`, () => {
  test('a socket of another program that lies in it leads nowhere', async () => {
    const workspace = temporaryWorkspace();
    onTestFinished(() => rmSync(workspace, { recursive: true, force: true }));
    let visits = 0;
    const server = createServer(() => visits++);
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(path.join(workspace, 'daemon.sock'), resolve);
    });
    chmodSync(path.join(workspace, 'daemon.sock'), 0o777);
    chmodSync(workspace, 0o755);
    const script = `require('node:net').connect('/workspace/daemon.sock')
      .on('connect', () => console.log('connected')).on('error', ({ code }) => console.log(code));`;
    const { stdout } = await ranInSandbox({
      permissions: permissionsOf({ fs: { read: ['${workspace}/**'] }, exec: { run: ['node'] } }),
      command: ['node', '-e', script],
      workspace,
    });
    server.close();
    expect(stdout).toMatch(/^(?:ECONNREFUSED|ENOTSOCK|EACCES)$/m);
    expect(visits).toBe(0);
  });

  test.each(['/', homedir()])('%s is none: the keys of the user are in it', async (workspace) => {
    const permissions = permissionsOf({ exec: { run: ['true'] } });
    const asked = { permissions, command: ['true'], workspace };
    await expect(ranInSandbox(asked)).rejects.toMatchObject({ reason: 'workspace-too-wide' });
  });
});

describe.skipIf(NO_SANDBOX !== undefined)(`secrets of a run${LEFT_OUT}`, () => {
  const manifest = (port: number) => ({
    net: { connect: [{ host: 'localhost', ports: [port], why: 'a server of the test' }] },
    secrets: [{ env: 'TOKEN', hosts: ['localhost'], why: 'to sign in' }],
    exec: { run: ['node'] },
  });
  const script = `
    const http = require('node:http');
    const { TOKEN } = process.env;
    http.get({ host: '127.0.0.1', port: 3128, path: process.argv[1], headers: { authorization: TOKEN } },
      (answer) => answer.resume().on('end', () => process.stdout.write(TOKEN)));
  `;

  test('the value reaches the host that it is declared for, and never the inside', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((asked, answer) => {
      seen.push(asked.headers.authorization);
      answer.end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, 'localhost', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const { stdout, events } = await ranInSandbox({
      permissions: permissionsOf(manifest(port)),
      command: ['node', '-e', script, `http://localhost:${port}/`],
      secrets: { values: new Map([['TOKEN', 'the value']]), exposed: new Set() },
    });
    server.close();
    expect(seen).toEqual(['the value']);
    expect(stdout).toMatch(/^gitkel-stand-in-[0-9a-f]{32}$/);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'net', secret: true }));
  });
});
