/** What each axis of a manifest comes to in the arguments of `bwrap`. */
import { describe, expect, test } from 'vitest';
import { readPermissions } from '../../src/skills/parse-permissions.ts';
import type { Permissions } from '../../src/skills/permissions.ts';
import { axesOf } from '../../src/sandbox/axis-report.ts';
import { runLimits } from '../../src/sandbox/run-limits.ts';
import {
  commandInside,
  sandboxArguments,
  sandboxEnvironment,
} from '../../src/sandbox/sandbox-arguments.ts';
import type { SandboxPlaces } from '../../src/sandbox/sandbox-places.ts';

type Manifest = Parameters<typeof readPermissions>[0];

function permissionsOf(manifest: { readonly [key: string]: Manifest }): Permissions {
  const report = readPermissions({ schema: 'urn:gitkel:skill-permissions:1', ...manifest });
  if (report.outcome !== 'valid') throw new Error(JSON.stringify(report.problems));
  return report.permissions;
}

const PLACES: SandboxPlaces = {
  skill: '/run-1/skill',
  system: [{ outside: '/usr/lib', inside: '/usr/lib' }],
  links: [{ inside: '/bin', target: 'usr/bin' }],
  programs: new Map(
    ['bash', 'curl', 'python3', 'sh'].map((name) => [
      name,
      { outside: `/usr/bin/${name}.real`, inside: `/usr/bin/${name}` },
    ]),
  ),
  paths: new Map([
    ['${workspace}/**', [{ outside: '/work', inside: '/workspace' }]],
    ['${workspace}/in/**', [{ outside: '/work/in', inside: '/workspace/in' }]],
    ['${workspace}/AGENTS.md', [{ outside: '/work/AGENTS.md', inside: '/workspace/AGENTS.md' }]],
    ['/etc/hosts', [{ outside: '/etc/hosts', inside: '/etc/hosts' }]],
  ]),
  guarded: [{ outside: '/work/AGENTS.md', inside: '/workspace/AGENTS.md' }],
  secrets: [],
  environment: new Map([
    ['API_URL', 'https://api.example.com'],
    ['APP_ONE', '1'],
    ['GITKEL_PASSPHRASE', 'hidden'],
    ['PATH', '/evil'],
  ]),
  prlimit: '/usr/bin/prlimit',
  bridge: { node: '/usr/bin/node', socket: '/run-1/proxy.sock' },
};

function argumentsFor(manifest: { readonly [key: string]: Manifest }): readonly string[] {
  const permissions = permissionsOf(manifest);
  return sandboxArguments(permissions, PLACES, runLimits(permissions));
}

/** Where some arguments stand in a row; below 0 where they do not. */
function indexOfAll(list: readonly string[], ...wanted: readonly string[]): number {
  return list.findIndex((_, index) => wanted.every((one, step) => list[index + step] === one));
}

function has(list: readonly string[], ...wanted: readonly string[]): boolean {
  return indexOfAll(list, ...wanted) >= 0;
}

const NOTHING = argumentsFor({});

describe('sandboxArguments() of a manifest that asks for nothing', () => {
  test('shares nothing with the machine, and ends with its parent', () => {
    expect(NOTHING.slice(0, 13)).toEqual([
      '--unshare-all',
      '--unshare-user',
      '--disable-userns',
      '--die-with-parent',
      '--new-session',
      '--cap-drop',
      'ALL',
      '--uid',
      '65534',
      '--gid',
      '65534',
      '--hostname',
      'sandbox',
    ]);
    expect(NOTHING).not.toContain('--share-net');
  });

  test('mounts the skill to be read, and nothing of the machine to be written', () => {
    expect(has(NOTHING, '--ro-bind', '/run-1/skill', '/skill')).toBe(true);
    expect(has(NOTHING, '--chdir', '/skill')).toBe(true);
    expect(NOTHING).not.toContain('--bind');
    expect(NOTHING).not.toContain('/work');
  });

  test('leaves nothing writable but directories in memory, which are bounded', () => {
    for (const place of ['/', '/proc', '/dev'])
      expect(has(NOTHING, '--remount-ro', place)).toBe(true);
    const sized = NOTHING.flatMap((one, index) =>
      one === '--tmpfs' ? [[NOTHING[index - 2], NOTHING[index + 1]]] : [],
    );
    expect(sized).toEqual([
      ['--size', '/dev/shm'],
      ['--size', '/tmp'],
      ['--size', '/home/agent'],
    ]);
    expect(indexOfAll(NOTHING, '--remount-ro', '/')).toBeGreaterThan(
      NOTHING.lastIndexOf('--ro-bind'),
    );
  });

  test('has no program of the system, no network and no variable of the user', () => {
    expect(NOTHING.filter((one) => /^\/usr\/bin\/(?:curl|sh|bash|python3)/.test(one))).toEqual([]);
    expect(NOTHING).not.toContain('/run/gitkel/proxy.sock');
    expect(NOTHING).not.toContain('/usr/bin/node');
    const names = NOTHING.flatMap((one, index) => (one === '--setenv' ? [NOTHING[index + 1]] : []));
    expect(names).toEqual(['HOME', 'LANG', 'PATH', 'TMPDIR']);
    expect(NOTHING).toContain('--clearenv');
  });
});

describe('sandboxArguments() of each axis', () => {
  test('fs.read mounts what is named, to be read', () => {
    const list = argumentsFor({ fs: { read: ['${workspace}/**', '/etc/hosts'] } });
    expect(has(list, '--ro-bind', '/work', '/workspace')).toBe(true);
    expect(has(list, '--ro-bind', '/etc/hosts', '/etc/hosts')).toBe(true);
    expect(list).not.toContain('--bind');
  });

  test('fs.read of what is not there mounts nothing', () => {
    expect(argumentsFor({ fs: { read: ['${workspace}/gone'] } })).toEqual(NOTHING);
  });

  test('fs.write mounts what is named to be written, over what is read, under what is guarded', () => {
    const list = argumentsFor({
      fs: { read: ['${workspace}/in/**'], write: ['${workspace}/**'] },
    });
    const write = indexOfAll(list, '--bind', '/work', '/workspace');
    expect(write).toBeGreaterThan(indexOfAll(list, '--ro-bind', '/work/in', '/workspace/in'));
    expect(
      indexOfAll(list, '--ro-bind', '/work/AGENTS.md', '/workspace/AGENTS.md'),
    ).toBeGreaterThan(write);
  });

  test('agent.instructions makes a guarded file writable', () => {
    const list = argumentsFor({
      fs: { write: ['${workspace}/**'] },
      agent: { instructions: ['AGENTS.md'] },
    });
    expect(indexOfAll(list, '--bind', '/work/AGENTS.md', '/workspace/AGENTS.md')).toBeGreaterThan(
      indexOfAll(list, '--ro-bind', '/work/AGENTS.md', '/workspace/AGENTS.md'),
    );
  });

  test('net.connect gives the way to the proxy, not a network', () => {
    const list = argumentsFor({ net: { connect: ['api.example.com'] } });
    expect(has(list, '--ro-bind', '/run-1/proxy.sock', '/run/gitkel/proxy.sock')).toBe(true);
    expect(has(list, '--setenv', 'https_proxy', 'http://127.0.0.1:3128')).toBe(true);
    expect(list).not.toContain('--share-net');
  });

  test('net.listen changes nothing: what listens is alone inside', () => {
    expect(argumentsFor({ net: { listen: 'loopback' } })).toEqual(NOTHING);
  });

  test('env.read passes on the variables that it names, and never replaces those of the sandbox', () => {
    const list = argumentsFor({ env: { read: ['API_URL', 'APP_*', 'PATH'] } });
    expect(has(list, '--setenv', 'API_URL', 'https://api.example.com')).toBe(true);
    expect(has(list, '--setenv', 'APP_ONE', '1')).toBe(true);
    expect(list).not.toContain('/evil');
    expect(list).not.toContain('hidden');
  });

  test('exec.run has the programs that it names, by the names that they are found under', () => {
    const list = argumentsFor({ exec: { run: ['python3', 'not-there'] } });
    expect(has(list, '--ro-bind', '/usr/bin/python3.real', '/usr/bin/python3')).toBe(true);
    expect(list).not.toContain('/usr/bin/sh');
  });

  test('exec.shell has shells', () => {
    const list = argumentsFor({ exec: { shell: true } });
    for (const shell of ['sh', 'bash']) expect(list).toContain(`/usr/bin/${shell}`);
    expect(list).not.toContain('/usr/bin/python3');
  });

  test.each([
    { tools: { use: ['Bash'] } },
    { mcp: { servers: ['files'] } },
    { agent: { hooks: true, expansions: true, subagents: true, schedule: true } },
    { platform: { os: ['linux'] } },
  ])('%j changes nothing inside', (manifest) => {
    expect(argumentsFor(manifest)).toEqual(NOTHING);
  });

  test('limits.writeMB bounds each directory in memory', () => {
    const list = argumentsFor({ limits: { writeMB: 3 } });
    expect(list.filter((one) => one === '3145728')).toHaveLength(3);
  });
});

describe('sandboxEnvironment()', () => {
  test('gives what stands for a secret, not what the user has under its name', () => {
    const permissions = permissionsOf({
      net: { connect: ['api.example.com'] },
      secrets: [{ env: 'TOKEN', hosts: ['api.example.com'], why: 'to sign in' }],
    });
    const secrets = [
      { source: { env: 'TOKEN' }, given: 'stand-in', mount: undefined, isExposed: false },
    ];
    const environment = new Map([['TOKEN', 'real']]);
    expect(sandboxEnvironment(permissions, { environment, secrets }).get('TOKEN')).toBe('stand-in');
  });
});

describe('commandInside()', () => {
  test('starts the command under its limits', () => {
    const permissions = permissionsOf({ limits: { memoryMB: 5, processes: 7, writeMB: 2 } });
    expect(commandInside(permissions, runLimits(permissions), ['python3', 'x.py'])).toEqual([
      '/run/gitkel/prlimit',
      '--data=5242880',
      '--nproc=8',
      '--fsize=2097152',
      '--nofile=1024',
      '--core=0',
      '--',
      'python3',
      'x.py',
    ]);
  });

  test('puts it behind the bridge where there is a network', () => {
    const permissions = permissionsOf({ net: { connect: ['api.example.com'] } });
    const command = commandInside(permissions, runLimits(permissions), ['curl']);
    // The bridge has the same limits, but for its own memory.
    expect(command.slice(0, 7)).toEqual([
      '/run/gitkel/prlimit',
      '--nproc=289',
      '--fsize=1073741824',
      '--nofile=1024',
      '--core=0',
      '--',
      '/run/gitkel/node',
    ]);
    expect(command.slice(9)).toEqual([
      '--',
      '/run/gitkel/proxy.sock',
      '3128',
      '/run/gitkel/prlimit',
      '--data=4294967296',
      '--',
      'curl',
    ]);
  });
});

describe('axesOf()', () => {
  const permissions = permissionsOf({
    net: { connect: ['api.example.com', 'other.example.com'] },
    secrets: [{ env: 'TOKEN', hosts: ['api.example.com'], why: 'to sign in' }],
  });
  const means = { sandbox: 'bwrap', isTraced: true, exposesSecrets: false } as const;
  const stateOf = (axis: string, ...[asked, had]: Parameters<typeof axesOf>): string | undefined =>
    axesOf(asked, had).find((one) => one.axis === axis)?.state;

  test('says of programs what is seen: others lie among the libraries of the system', () => {
    expect(stateOf('exec.run', permissions, means)).toBe('observed');
    expect(stateOf('exec.run', permissions, { ...means, isTraced: false })).toBe('declared');
  });

  test('calls nothing enforced that belongs to the agent', () => {
    for (const axis of ['tools.use', 'mcp.servers', 'agent.flags'])
      expect(stateOf(axis, permissions, means)).toBe('declared');
  });

  test('a secret given away is only declared where the network reaches other hosts', () => {
    expect(stateOf('secrets', permissions, means)).toBe('enforced');
    const exposed = { ...means, exposesSecrets: true };
    expect(stateOf('secrets', permissions, exposed)).toBe('declared');
    const narrow = { ...permissions, connect: permissions.connect.slice(0, 1) };
    expect(stateOf('secrets', narrow, exposed)).toBe('enforced');
  });

  test('without a sandbox only the time is kept to', () => {
    const reports = axesOf(permissions, { ...means, sandbox: 'none' });
    expect(reports.filter(({ state }) => state !== 'declared').map(({ axis }) => axis)).toEqual([
      'limits.wallSeconds',
    ]);
  });
});
