/**
 * What a sandbox makes of each axis of a manifest, told as it is: nothing is called enforced that is not.
 * @module
 */
import { hostIncludes } from '../skills/permission-host.ts';
import type { Permissions } from '../skills/permissions.ts';
import type { SandboxBackend } from './run-event.ts';

/** `enforced`: what is not declared cannot be done. `observed`: it is noticed. `declared`: only said. */
export type AxisState = 'enforced' | 'observed' | 'declared';

const RUN_AXES = [
  'fs.read',
  'fs.write',
  'net.connect',
  'net.listen',
  'env.read',
  'secrets',
  'exec.run',
  'tools.use',
  'mcp.servers',
  'agent.instructions',
  'agent.flags',
  'limits.wallSeconds',
  'limits.memoryMB',
  'limits.processes',
  'limits.writeMB',
  'platform.os',
] as const;

export type RunAxis = (typeof RUN_AXES)[number];

export interface AxisReport {
  readonly axis: RunAxis;
  readonly state: AxisState;
  readonly why: string;
}

/** What a run has to it. */
export interface RunMeans {
  readonly sandbox: SandboxBackend;
  /** Whether system calls are traced. */
  readonly isTraced: boolean;
  /** Whether the user gave the value of a secret itself into the environment. */
  readonly exposesSecrets: boolean;
}

type Told = readonly [state: AxisState, why: string];

function secretsTold({ secrets, connect }: Permissions, { exposesSecrets }: RunMeans): Told {
  if (secrets.length === 0) return ['enforced', 'none is declared, and none is there'];
  if (!exposesSecrets) {
    return [
      'enforced',
      'inside there is a stand-in; the proxy puts the value into plain HTTP requests to the declared hosts, and nowhere else. TLS it cannot see into: there the stand-in arrives',
    ];
  }
  const isNarrow = connect.every((rule) =>
    secrets.every(({ hosts }) => hosts.some((host) => hostIncludes(host, rule.host))),
  );
  return isNarrow
    ? [
        'enforced',
        'the value itself is inside; the network reaches only the hosts that it is declared for. What is written into the workspace may hold it',
      ]
    : ['declared', 'the value itself is inside, and the network reaches other hosts, too'];
}

const LIMITS_TOLD = {
  'limits.wallSeconds': ['enforced', 'all processes are killed'],
  'limits.memoryMB': [
    'enforced',
    'each process by the kernel (RLIMIT_DATA); all of them together are measured while they run, and killed. Between two looks they may have more',
  ],
  'limits.processes': [
    'enforced',
    'by the kernel (RLIMIT_NPROC, counted in the sandbox from Linux 5.14), threads included',
  ],
  'limits.writeMB': [
    'enforced',
    'each file and each directory in memory by the kernel; the workspace is measured while it runs, and all processes are killed. Between two looks it may have more',
  ],
} as const satisfies Partial<Record<RunAxis, Told>>;

function sandboxTold(permissions: Permissions, means: RunMeans): Readonly<Record<RunAxis, Told>> {
  const { isTraced } = means;
  return {
    'fs.read': ['enforced', 'what is not declared is not there, but for libraries of the system'],
    'fs.write': ['enforced', 'all else is read-only, or in memory and gone at the end'],
    'net.connect':
      permissions.connect.length === 0
        ? ['enforced', 'there is no network']
        : [
            'enforced',
            'by name, port and address, in a proxy: there is no other way out. What is said inside of TLS is not seen',
          ],
    'net.listen': ['enforced', 'whatever listens is reached from inside only'],
    'env.read': ['enforced', 'the environment holds nothing else'],
    secrets: secretsTold(permissions, means),
    'exec.run': [
      isTraced ? 'observed' : 'declared',
      `of the directories of programs nothing else is there${permissions.connect.length > 0 ? ', but Node, which the network needs' : ''}; what lies among libraries, in the skill, or was written by it can be started, too, and a program that runs programs is its own matter${isTraced ? '' : '. What is started is not seen'}`,
    ],
    'tools.use': ['declared', 'tools belong to the agent, which is not inside'],
    'mcp.servers': ['declared', 'servers belong to the agent, which is not inside'],
    'agent.instructions': [
      'enforced',
      'files in the workspace that steer agents, and Git directories, are read-only; new ones are moved aside at the end',
    ],
    'agent.flags': ['declared', 'hooks, expansions and subagents are started by the agent'],
    ...LIMITS_TOLD,
    'platform.os': ['enforced', 'it runs on the declared systems only'],
  };
}

/** What becomes of each axis in a run, one line each, always in the same order. */
export function axesOf(permissions: Permissions, means: RunMeans): readonly AxisReport[] {
  const told = sandboxTold(permissions, means);
  return RUN_AXES.map((axis) => {
    const [state, why] = told[axis];
    if (means.sandbox === 'bwrap') return { axis, state, why };
    return axis === 'limits.wallSeconds'
      ? { axis, state: 'observed', why: 'the command is ended; what left its group goes on' }
      : { axis, state: 'declared', why: 'there is no sandbox' };
  });
}
