/**
 * One run of a command of a skill, from its permissions to what became of it.
 * @module
 */
import { existsSync, realpathSync } from 'node:fs';
import { utf8 } from '../base/bytes.ts';
import { canonicalBytes, type Json } from '../base/canonical-json.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { digestText } from '../cesr/digest.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type AxisReport, axesOf } from '../sandbox/axis-report.ts';
import { type LeftOver, type RunRequest, withPreparedRun } from '../sandbox/prepare-run.ts';
import type {
  RunEnd,
  RunEvent,
  RunSource,
  RunStart,
  SandboxBackend,
} from '../sandbox/run-event.ts';
import { withUnsandboxedRun } from '../sandbox/run-unsandboxed.ts';
import { runInSandbox } from '../sandbox/run-in-sandbox.ts';
import type { SandboxPlan } from '../sandbox/sandbox-plan.ts';
import type { Permissions } from '../skills/permissions.ts';
import type { RunnableSkill } from './runnable-skill.ts';
import type { RunOutput } from './run-output.ts';

/** Who is told of a run, from its first moment. */
export interface RunTold {
  /** Before anything is started. */
  readonly start: (
    start: RunStart,
    axes: readonly AxisReport[],
    workspace: string,
    /** Values that nobody may be told. */
    secrets: readonly string[],
  ) => void;
  readonly event: (event: RunEvent) => void;
  /** One line of a trace of system calls. */
  readonly traceLine?: ((line: string) => void) | undefined;
}

/** A run that is over. */
export interface FinishedRun {
  readonly end: RunEnd;
  readonly left: LeftOver;
}

/** What is to be run, with everything that was decided about it. */
export interface SkillRun {
  readonly skill: RunnableSkill;
  /** The digest of the policy by which it was verified. */
  readonly policy: string | undefined;
  readonly request: Omit<RunRequest, 'files'>;
  /** Whether it may run without a sandbox where there is none: a policy says so, and whoever runs it asked for it. */
  readonly mayBeUnsandboxed: boolean;
  /** A directory that no skill may see: the one in which its run is recorded. */
  readonly home?: string | undefined;
}

/**
 * That a skill may run on this system.
 * @throws GitkelError `refused`, reason `other-system`.
 */
export function requireSystem({ systems }: Permissions, platform: string): void {
  if (systems.length === 0 || systems.some((system) => system === platform)) return;
  throw new GitkelError('refused', `Cannot run the skill on ${quoted(platform)}`, {
    reason: 'other-system',
    hint: `It is for ${systems.join(', ')}.`,
  });
}

/** The digest of permissions, however they were written. */
function permissionsDigest(crypto: Crypto, permissions: Permissions): string {
  const plain: Json = JSON.parse(JSON.stringify(permissions));
  return digestText(crypto, canonicalBytes(plain));
}

/** What sees what a run in a sandbox does. */
function sourcesOf({ permissions, tools }: SandboxPlan): readonly RunSource[] {
  return [
    ...(permissions.connect.length > 0 ? ['proxy' as const] : []),
    ...(tools.strace === undefined ? [] : ['trace' as const]),
  ];
}

/**
 * That nothing of a home is inside: keys are there, and the log of the run.
 * @throws GitkelError `refused`, reason `home-mounted`.
 */
function requireHidden({ places }: SandboxPlan, home: string): void {
  const hidden = `${existsSync(home) ? realpathSync(home) : home}/`;
  const seen = [...places.paths.values()]
    .flat()
    .find(({ outside }) => `${outside}/`.startsWith(hidden) || hidden.startsWith(`${outside}/`));
  if (seen === undefined) return;
  throw new GitkelError(
    'refused',
    `Cannot let a skill use ${shownPath(seen.outside)}: your home of gitkel is there, with your keys and the logs of runs`,
    {
      reason: 'home-mounted',
      hint: 'Name another directory with --workspace, or keep your home elsewhere (--home).',
    },
  );
}

function startOf(
  crypto: Crypto,
  { skill, policy, request }: SkillRun,
  sandbox: SandboxBackend,
  sources: readonly RunSource[],
): RunStart {
  return {
    skill: skill.name,
    manifest: skill.manifest,
    release: skill.release,
    state: skill.state,
    permissions: permissionsDigest(crypto, request.permissions),
    command: digestText(crypto, utf8(JSON.stringify(request.command))),
    policy,
    sandbox,
    sources,
  };
}

function inputOf(): typeof process.stdin | undefined {
  return process.stdin.isTTY ? undefined : process.stdin;
}

/** Runs it without a sandbox: a policy allows that, and whoever runs it knows. */
async function runWithout(
  host: Host,
  run: SkillRun,
  told: RunTold,
  output: RunOutput,
  signal: AbortSignal,
): Promise<FinishedRun> {
  const request: RunRequest = { ...run.request, files: run.skill.files };
  const { secrets, permissions } = request;
  const { result: end, left } = await withUnsandboxedRun(
    host,
    request,
    async ({ workspace, secrets: values, start }) => {
      const means = {
        sandbox: 'none',
        isTraced: false,
        exposesSecrets: secrets.exposed.size > 0,
      } as const;
      const begun = startOf(host.crypto, run, 'none', []);
      told.start(begun, axesOf(permissions, means), workspace, values);
      return start({
        observer: { event: told.event, output: output.write },
        input: inputOf(),
        signal,
      });
    },
  );
  return { end, left };
}

async function runWithin(
  host: Host,
  run: SkillRun,
  told: RunTold,
  output: RunOutput,
  signal: AbortSignal,
): Promise<FinishedRun> {
  const { permissions, secrets } = run.request;
  const request: RunRequest = { ...run.request, files: run.skill.files };
  const { result: end, left } = await withPreparedRun(
    host,
    request,
    told.event,
    async ({ plan, workspace, secrets: values }) => {
      if (run.home !== undefined) requireHidden(plan, run.home);
      const axes = axesOf(permissions, {
        sandbox: 'bwrap',
        isTraced: plan.tools.strace !== undefined,
        exposesSecrets: secrets.exposed.size > 0,
      });
      told.start(startOf(host.crypto, run, 'bwrap', sourcesOf(plan)), axes, workspace, values);
      return runInSandbox(plan, {
        observer: { event: told.event, output: output.write, traceLine: told.traceLine },
        input: inputOf(),
        signal,
      });
    },
  );
  return { end, left };
}

/**
 * Runs a command of a skill in a sandbox, to its end, and takes everything away that it needed. Where no sandbox can be made, it
 * is refused, unless it may run without one.
 * @param signal ends it
 * @throws GitkelError as {@link withPreparedRun} and {@link runInSandbox}.
 */
export async function runSkill(
  host: Host,
  run: SkillRun,
  told: RunTold,
  output: RunOutput,
  signal: AbortSignal,
): Promise<FinishedRun> {
  try {
    return await runWithin(host, run, told, output, signal);
  } catch (error) {
    const isMissing = error instanceof GitkelError && error.reason === 'sandbox-missing';
    if (!isMissing || !run.mayBeUnsandboxed) throw error;
  }
  return runWithout(host, run, told, output, signal);
}
