/** The filter of system calls: what the kernel would answer, worked out here; and that a sandbox has it. */
import { describe, expect, test } from 'vitest';
import { callFilter, type FilteredProcessor, isFiltered } from '../../src/sandbox/call-filter.ts';
import { LEFT_OUT, NO_SANDBOX, permissionsOf, ranInSandbox } from '../support/sandbox.ts';

const MACHINES = { x64: 0xc000_003e, arm64: 0xc000_00b7 };

/** Runs a classic BPF program as seccomp(2) does, over the number of a call, the machine and the first argument. */
function answer(
  processor: FilteredProcessor,
  call: number,
  first = 0,
  machine?: number,
  second = 0,
): string {
  const bytes = callFilter(processor);
  const view = new DataView(bytes.buffer);
  const data = new Map([
    [0, call],
    [4, machine ?? MACHINES[processor]],
    [16, first],
    [24, second],
  ]);
  let value = 0;
  for (let at = 0; at < bytes.length / 8; at++) {
    const code = view.getUint16(at * 8, true);
    const [ifTrue, ifFalse] = [view.getUint8(at * 8 + 2), view.getUint8(at * 8 + 3)];
    const operand = view.getUint32(at * 8 + 4, true);
    if (code === 0x20) value = data.get(operand) ?? Number.NaN;
    else if (code === 0x15) at += value === operand ? ifTrue : ifFalse;
    else if (code === 0x45) at += (value & operand) !== 0 ? ifTrue : ifFalse;
    else if (code === 0x35) at += value >= operand ? ifTrue : ifFalse;
    else if (code === 0x06)
      return (
        { 0x7fff0000: 'allowed', 0x80000000: 'killed' }[operand] ?? `errno ${operand & 0xffff}`
      );
    else throw new Error(`no such instruction: ${code}`);
  }
  throw new Error('the program does not end');
}

describe('callFilter()', () => {
  test.each([
    ['x64', [29, 30, 101, 103, 165, 250, 298, 308, 310, 319, 425, 438, 447]],
    ['arm64', [194, 196, 117, 116, 40, 219, 241, 268, 270, 279, 425, 438, 447]],
  ] as const)(
    '%s: keys, other processes and what escapes a trace are out of reach',
    (on, calls) => {
      for (const call of calls) expect([call, answer(on, call)]).toEqual([call, 'errno 38']);
    },
  );

  test.each([
    ['x64', [0, 1, 2, 9, 42, 56, 57, 59, 157, 257, 322, 435]],
    ['arm64', [56, 63, 64, 203, 220, 221, 222, 281, 435]],
  ] as const)('%s: files, programs and connections are as ever', (on, calls) => {
    for (const call of calls) expect([call, answer(on, call)]).toEqual([call, 'allowed']);
  });

  test.each([
    ['x64', 41],
    ['x64', 53],
    ['arm64', 198],
    ['arm64', 199],
  ] as const)('%s: call %i makes sockets of networks of its own only', (on, call) => {
    for (const own of [1, 2, 10, 16]) expect(answer(on, call, own)).toBe('allowed');
    // Packet, Bluetooth, AF_ALG, vsock, XDP.
    for (const other of [0, 17, 31, 38, 40, 44]) expect(answer(on, call, other)).toBe('errno 97');
  });

  test.each([
    ['x64', 317],
    ['arm64', 277],
  ] as const)('%s: no process lets calls of another through past the trace', (on, call) => {
    for (const flags of [0, 1, 2, 4]) expect(answer(on, call, 1, undefined, flags)).toBe('allowed');
    for (const flags of [8, 9, 0x18])
      expect(answer(on, call, 1, undefined, flags)).toBe('errno 38');
  });

  test('calls in the way of another processor end the process, or are none', () => {
    expect(answer('x64', 11, 0, 0x4000_0003)).toBe('killed');
    expect(answer('arm64', 11, 0, MACHINES.x64)).toBe('killed');
    expect(answer('x64', 0x4000_0000 + 1)).toBe('errno 38');
  });

  test('is known for two processors', () => {
    expect(['x64', 'arm64', 'riscv64', 'toString'].filter(isFiltered)).toEqual(['x64', 'arm64']);
  });
});

describe.skipIf(NO_SANDBOX !== undefined)(`a sandbox${LEFT_OUT}`, () => {
  test('has the filter, the first process in it, too', async () => {
    const permissions = permissionsOf({ exec: { run: ['grep'] } });
    const { stdout } = await ranInSandbox({
      permissions,
      command: ['grep', '-h', '^Seccomp_filters:', '/proc/1/status', '/proc/self/status'],
    });
    expect(stdout.replaceAll('\t', ' ').split('\n')).toEqual([
      'Seccomp_filters: 1',
      'Seccomp_filters: 1',
      '',
    ]);
  });
});
