import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeHost } from '../../src/host/node.ts';
import { systemProcesses } from '../../src/host/processes.ts';
import { freshMemoryHost } from '../git/support.ts';

const hasProc = (() => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id').length > 0;
  } catch {
    return false;
  }
})();

function stat(state: string, start: string): string {
  return `1 (a b) ${state} ) ${state} ${'0 '.repeat(18)}${start} 0 0\n`;
}

const BOOT = '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a';

/** A machine on which processes are as the table says, seen from a namespace of them. */
function machine(
  table: { readonly [pid: string]: string },
  namespace = '42',
): ReturnType<typeof systemProcesses> {
  return systemProcesses((path) => {
    if (path.endsWith('boot_id')) return `${BOOT}\n`;
    if (path.endsWith('ns/pid')) return `pid:[${namespace}]`;
    return table[path.split('/')[2] ?? ''];
  });
}

describe('systemProcesses()', () => {
  it('names this process by letters, digits, dots and dashes, and knows that it lives', () => {
    const { self, isDead } = systemProcesses();
    expect(self).toMatch(/^[A-Za-z0-9.-]+$/);
    expect(self).toContain(`.${process.pid}.`);
    expect(isDead(self)).toBe(false);
    expect(systemProcesses().self).toBe(self);
  });

  it('tells a process by its start time, a zombie as dead, and is sure of nothing else', () => {
    const own = String(process.pid);
    const { self, isDead } = machine({
      [own]: stat('R', '7'),
      '5': stat('S', '9'),
      '6': stat('Z', '9'),
      '8': 'garbage',
    });
    expect(self).toBe(`${BOOT}.42.${own}.7`);
    expect(isDead(`${BOOT}.42.5.9`)).toBe(false);
    expect(isDead(`${BOOT}.42.5.8`)).toBe(true);
    expect(isDead(`${BOOT}.42.6.9`)).toBe(true);
    expect(isDead(`${BOOT}.42.1.9`)).toBe(false);
    for (const name of [
      `${BOOT}.43.5.8`,
      `${BOOT.replace('0', '1')}.42.5.8`,
      'x',
      '',
      `${BOOT}.42.5`,
      `${BOOT}.42.05.8`,
    ]) {
      expect(isDead(name)).toBe(false);
    }
  });

  it('tells names of other boots from its own, and from what is no name', () => {
    const table = { [String(process.pid)]: stat('R', '7') };
    const first = '4026531836';
    const { self, isOfOtherBoot } = machine(table, first);
    const other = BOOT.replace('0', '1');
    expect(isOfOtherBoot?.(`${other}.${first}.5.9`)).toBe(true);
    for (const name of [self, `${BOOT}.43.5.9`, `${other}.${first}.5`, 'whatever', ''])
      expect(isOfOtherBoot?.(name), name).toBe(false);
    // A container may see a boot that there never was.
    expect(isOfOtherBoot?.(`${other}.43.5.9`)).toBe(false);
    expect(machine(table).isOfOtherBoot?.(`${other}.${first}.5.9`)).toBe(false);
    expect(machine(table).isOfOtherBoot?.(`${other}.42.5.9`)).toBe(false);
    expect(systemProcesses(() => undefined).isOfOtherBoot).toBeUndefined();
  });

  it('falls back to process ids, and then takes no number in use for a dead process', () => {
    const { self, isDead } = systemProcesses(() => undefined);
    expect(self).toMatch(/^m-[0-9a-f]{16}\.[0-9]+\.[0-9]+$/);
    expect(isDead(self)).toBe(false);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const [machineName, , start] = self.split('.');
    expect(isDead(`${machineName}.${pid}.${start}`)).toBe(true);
    expect(isDead(`m-0123456789abcdef.${pid}.${start}`)).toBe(false);
    expect(isDead(`${machineName}.${process.pid}.1`)).toBe(false);
  });

  it.skipIf(!hasProc)('sees a real process die', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
    });
    await once(child, 'spawn');
    const { self, isDead } = systemProcesses();
    const start = readFileSync(`/proc/${child.pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')[19];
    const [boot, namespace] = self.split('.');
    const name = `${boot}.${namespace}.${child.pid}.${start}`;
    expect(isDead(name)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isDead(name)).toBe(true);
  });
});

describe('nodeHost()', () => {
  it('gives time, randomness and sleep, or what it is given', async () => {
    const host = nodeHost();
    expect(Number.isInteger(host.now())).toBe(true);
    expect(host.random(16)).toHaveLength(16);
    expect(host.random(16)).not.toEqual(host.random(16));
    await host.sleep(1);
    const fixed = nodeHost({ now: () => 5, random: (length) => new Uint8Array(length) });
    expect(fixed.now()).toBe(5);
    expect(fixed.random(2)).toEqual(new Uint8Array(2));
  });
});

describe('memoryHost()', () => {
  it('has one process, which lives', async () => {
    const host = freshMemoryHost();
    expect(host.processes.isDead('anything')).toBe(false);
    expect(host.processes.self).toBe('memory');
    expect(host.now()).toBe(1_700_000_000);
    await host.sleep(1);
  });
});
