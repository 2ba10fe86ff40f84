/**
 * The filter of system calls of a sandbox, as a program for the kernel (seccomp(2), classic BPF). It takes away what name
 * spaces do not hold back: keys of the session, networks that belong to the whole machine (vsock for one), ways to work past a
 * trace or into another process, and memory that counts as nobody's.
 * @module
 */

/** Processors by Node's names. */
export type FilteredProcessor = 'x64' | 'arm64';

interface Calls {
  /** `AUDIT_ARCH_…` (linux/audit.h). */
  readonly machine: number;
  /** The first number of another calling convention of the same processor; `undefined` where there is none. */
  readonly foreign: number | undefined;
  readonly socket: number;
  readonly socketpair: number;
  readonly seccomp: number;
  readonly refused: Readonly<Record<string, number>>;
}

/** Calls that have the same number everywhere. */
const REFUSED_EVERYWHERE = {
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  pidfd_getfd: 438,
  mount_setattr: 442,
  memfd_secret: 447,
};

const CALLS: Readonly<Record<FilteredProcessor, Calls>> = {
  x64: {
    machine: 0xc000_003e,
    foreign: 0x4000_0000,
    socket: 41,
    socketpair: 53,
    seccomp: 317,
    refused: {
      ...REFUSED_EVERYWHERE,
      shmget: 29,
      shmat: 30,
      ptrace: 101,
      syslog: 103,
      pivot_root: 155,
      mount: 165,
      umount2: 166,
      add_key: 248,
      request_key: 249,
      keyctl: 250,
      unshare: 272,
      perf_event_open: 298,
      setns: 308,
      process_vm_readv: 310,
      process_vm_writev: 311,
      memfd_create: 319,
      bpf: 321,
      userfaultfd: 323,
    },
  },
  arm64: {
    machine: 0xc000_00b7,
    foreign: undefined,
    socket: 198,
    socketpair: 199,
    seccomp: 277,
    refused: {
      ...REFUSED_EVERYWHERE,
      umount2: 39,
      mount: 40,
      pivot_root: 41,
      unshare: 97,
      syslog: 116,
      ptrace: 117,
      shmget: 194,
      shmat: 196,
      add_key: 217,
      request_key: 218,
      keyctl: 219,
      perf_event_open: 241,
      setns: 268,
      process_vm_readv: 270,
      process_vm_writev: 271,
      memfd_create: 279,
      bpf: 280,
      userfaultfd: 282,
    },
  },
};

/** Networks that are a sandbox's own, or between processes of it: unix, IPv4, IPv6, netlink. */
const OWN_NETWORKS = [1, 2, 10, 16];

/** Where the number, the machine and the first argument stand in what the kernel gives a filter (`struct seccomp_data`). */
const [NUMBER, MACHINE, FIRST_ARGUMENT, SECOND_ARGUMENT] = [0, 4, 16, 24];
const [LOAD, IF_EQUAL, IF_AT_LEAST, IF_ANY_BIT, RETURN] = [0x20, 0x15, 0x35, 0x45, 0x06];
/** `SECCOMP_FILTER_FLAG_NEW_LISTENER`: one process answers calls of another, and lets them through past every tracer. */
const NEW_LISTENER = 0x8;
const ALLOW = 0x7fff_0000;
const KILL = 0x8000_0000;
const ERROR = 0x0005_0000;
const [NO_SUCH_CALL, NO_SUCH_NETWORK] = [38, 97];
const INSTRUCTION_BYTES = 8;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const load = (offset: number): Instruction => [LOAD, 0, 0, offset];
const give = (value: number): Instruction => [RETURN, 0, 0, value];
/** Runs the next instructions, as many as are told, only where the value is this one. */
const only = (value: number, length: number): Instruction => [IF_EQUAL, 0, length, value];

function networkCheck(call: number): readonly Instruction[] {
  const networks = OWN_NETWORKS.flatMap((network) => [only(network, 1), give(ALLOW)]);
  const check = [load(FIRST_ARGUMENT), ...networks, give(ERROR | NO_SUCH_NETWORK)];
  return [only(call, check.length), ...check];
}

function listenerCheck(call: number): readonly Instruction[] {
  return [
    only(call, 4),
    load(SECOND_ARGUMENT),
    [IF_ANY_BIT, 0, 1, NEW_LISTENER],
    give(ERROR | NO_SUCH_CALL),
    give(ALLOW),
  ];
}

function instructions({
  machine,
  foreign,
  socket,
  socketpair,
  seccomp,
  refused,
}: Calls): readonly Instruction[] {
  return [
    load(MACHINE),
    [IF_EQUAL, 1, 0, machine],
    // Programs for another processor have other numbers for their calls.
    give(KILL),
    load(NUMBER),
    ...(foreign === undefined
      ? []
      : [[IF_AT_LEAST, 0, 1, foreign] as const, give(ERROR | NO_SUCH_CALL)]),
    ...Object.values(refused).flatMap((call) => [only(call, 1), give(ERROR | NO_SUCH_CALL)]),
    ...networkCheck(socket),
    ...networkCheck(socketpair),
    ...listenerCheck(seccomp),
    give(ALLOW),
  ];
}

/** Whether there is a filter for a processor, by Node's name of it. */
export function isFiltered(processor: string): processor is FilteredProcessor {
  return Object.hasOwn(CALLS, processor);
}

/** The filter, as `bwrap --seccomp` reads it: `struct sock_filter` one after the other, in the order of these processors. */
export function callFilter(processor: FilteredProcessor): Uint8Array {
  const program = instructions(CALLS[processor]);
  const bytes = new Uint8Array(program.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, ifTrue, ifFalse, value]] of program.entries()) {
    const at = index * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, ifTrue);
    view.setUint8(at + 3, ifFalse);
    view.setUint32(at + 4, value >>> 0, true);
  }
  return bytes;
}
