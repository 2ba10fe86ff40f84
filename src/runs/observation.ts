/**
 * What an observed run comes to: what it did beyond its manifest, what it had no use for, and what was not seen.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { RunEnd, SandboxBackend } from '../sandbox/run-event.ts';
import { hostIncludes } from '../skills/permission-host.ts';
import { pathIncludes } from '../skills/permission-path.ts';
import type { PathRule, Permissions } from '../skills/permissions.ts';
import type { SkillFile } from '../skills/skill-files.ts';
import type { CanarySeen } from './canary.ts';
import { manifestPath, programName } from './inside-path.ts';
import { withInterpreters } from './interpreters.ts';
import { judgeUse, type ObservedAxis, type UseVerdict } from './judge-use.ts';
import type { ObservedUse, ObservedUses } from './observed-uses.ts';
import { type Proposal, proposeManifest } from './propose-manifest.ts';
import { isRead } from './trace-event.ts';

/** Something that a run did or tried, and its manifest does not have. */
export interface Violation {
  readonly axis: ObservedAxis | 'secrets';
  /** In the words of manifests: a path, a program, a host; for `secrets` the name of the canary. */
  readonly what: string;
  /** What was seen; no more than a few of many. */
  readonly evidence: readonly (ObservedUse | CanarySeen)[];
}

export type GapReason =
  | 'no-sandbox'
  | 'no-trace'
  | 'trace-unread'
  | 'trace-passed'
  | 'not-ended'
  | 'command-failed'
  | 'output-cut'
  | 'too-many-uses'
  | 'workspace-unread';

/** Why not everything was seen. */
export interface ObservationGap {
  readonly reason: GapReason;
  readonly detail: string;
}

/** Something that is declared, and was not used in this run. */
export interface Unused {
  readonly axis: ObservedAxis;
  readonly what: string;
}

export interface Observation {
  /** `accurate`: all was seen, and nothing was beyond the manifest. */
  readonly state: 'accurate' | 'violations' | 'incomplete';
  readonly violations: readonly Violation[];
  readonly gaps: readonly ObservationGap[];
  readonly unused: readonly Unused[];
  /** Axes on which nothing can be said of this run. */
  readonly notObserved: readonly string[];
  /** Values of declared variables, which may go anywhere, that were seen to leave. */
  readonly left: readonly CanarySeen[];
  /** What it used and had to have declared. */
  readonly uses: readonly ObservedUse[];
  readonly proposal: Proposal;
}

/** Everything that is known of a run. */
export interface ObservedRun {
  readonly permissions: Permissions;
  readonly files: readonly SkillFile[];
  readonly sandbox: SandboxBackend;
  readonly isTraced: boolean;
  readonly seen: ObservedUses;
  readonly canaries: readonly CanarySeen[];
  /** What was made in the workspace and steers agents, as inside. */
  readonly movedAside: readonly string[];
  readonly end: RunEnd;
  readonly isOutputCut: boolean;
  /** Files of the workspace that were not looked through. */
  readonly unlooked: number;
}

const MOST_EVIDENCE = 4;

/** A use with what it comes to. */
export interface JudgedUse {
  readonly use: ObservedUse;
  readonly verdict: UseVerdict;
}

function judged({ permissions, files, seen, movedAside }: ObservedRun): readonly JudgedUse[] {
  const moved = movedAside.map((path): ObservedUse => ({
    kind: 'file',
    use: 'create',
    path,
    error: 'moved-aside',
  }));
  const uses = withInterpreters([...seen.uses, ...moved], files);
  const hasBound = uses.some((use) => use.kind === 'net' && use.use === 'bind');
  const ran = new Set(
    uses.flatMap((use) =>
      use.kind === 'exec' && use.error === undefined ? (programName(use.program) ?? []) : [],
    ),
  );
  return uses
    .filter((use) => {
      // A program is looked for in one directory after the other: where it was found, the others were none.
      const name =
        use.kind === 'exec' && use.error === 'ENOENT' ? programName(use.program) : undefined;
      return name === undefined || !ran.has(name);
    })
    .map((use) => ({ use, verdict: judgeUse(permissions, use, hasBound) }));
}

function violationsOf(
  uses: readonly JudgedUse[],
  canaries: readonly CanarySeen[],
): readonly Violation[] {
  const found = new Map<string, Violation & { readonly evidence: (ObservedUse | CanarySeen)[] }>();
  const add = (axis: Violation['axis'], what: string, evidence: ObservedUse | CanarySeen): void => {
    const key = `${axis} ${what}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { axis, what, evidence: [evidence] });
    else if (known.evidence.length < MOST_EVIDENCE) known.evidence.push(evidence);
  };
  for (const { use, verdict } of uses)
    if (verdict.is === 'violation') add(verdict.axis, verdict.what, use);
  for (const seen of canaries)
    if (seen.canary.kind !== 'variable') add('secrets', seen.canary.name, seen);
  return [...found.values()];
}

function gapsOf(run: ObservedRun, violations: number): readonly ObservationGap[] {
  const { sandbox, isTraced, seen, end, isOutputCut, unlooked } = run;
  const blind = seen.uses.find((use) => use.kind === 'blind');
  const all: readonly (readonly [boolean, GapReason, string])[] = [
    [
      sandbox === 'none',
      'no-sandbox',
      'there was no sandbox: nothing was held back, and nothing was seen',
    ],
    [!isTraced, 'no-trace', 'system calls were not traced: files and programs were not observed'],
    [
      seen.trace.unread > 0,
      'trace-unread',
      `${seen.trace.unread} of ${seen.trace.lines} lines of the trace cannot be read`,
    ],
    [
      blind !== undefined,
      'trace-passed',
      'a process uses what no trace sees: io_uring, or a child that is not traced',
    ],
    [end.why !== 'ended', 'not-ended', 'the command did not end by itself'],
    [
      end.why === 'ended' && end.exitCode !== 0,
      'command-failed',
      `the command failed (${end.why === 'ended' ? end.exitCode : ''}): what it would have done then was not seen`,
    ],
    [isOutputCut, 'output-cut', 'it printed more than was looked at'],
    [
      seen.isCut || violations > LIMITS.observedViolations,
      'too-many-uses',
      'it did more different things than are told apart',
    ],
    [
      unlooked > 0,
      'workspace-unread',
      `${unlooked} files of the workspace were not looked through`,
    ],
  ];
  return all.flatMap(([is, reason, detail]) => (is ? [{ reason, detail }] : []));
}

/** Whether something that was used is what a rule is for. */
function isUsedPath(
  { path }: PathRule,
  uses: readonly ObservedUse[],
  forWriting: boolean,
): boolean {
  return uses.some(
    (use) =>
      use.kind === 'file' &&
      isRead(use.use) !== forWriting &&
      pathIncludes(path, manifestPath(use.path)),
  );
}

function unusedOf(
  permissions: Permissions,
  uses: readonly ObservedUse[],
  isTraced: boolean,
): readonly Unused[] {
  const { read, write, instructions, connect, run, shell, listen } = permissions;
  const programs = new Set(
    uses.flatMap((use) => (use.kind === 'exec' ? (programName(use.program) ?? []) : [])),
  );
  const paths = (axis: ObservedAxis, rules: readonly PathRule[]): readonly Unused[] =>
    rules
      .filter((rule) => !rule.optional && !isUsedPath(rule, uses, axis !== 'fs.read'))
      .map(({ path }) => ({ axis, what: path }));
  const hosts = connect.filter(
    ({ host, ports, optional }) =>
      !optional &&
      !uses.some(
        (use) => use.kind === 'asked' && hostIncludes(host, use.host) && ports.includes(use.port),
      ),
  );
  const isBound = uses.some((use) => use.kind === 'net' && use.use === 'bind');
  return [
    ...(isTraced ? paths('fs.read', read) : []),
    ...(isTraced ? paths('fs.write', write) : []),
    ...(isTraced ? paths('agent.instructions', instructions) : []),
    ...hosts.map(({ host }) => ({ axis: 'net.connect' as const, what: host })),
    ...(isTraced && listen === 'loopback' && !isBound
      ? [{ axis: 'net.listen' as const, what: listen }]
      : []),
    ...(isTraced
      ? run
          .filter(({ bin }) => !programs.has(bin))
          .map(({ bin }) => ({ axis: 'exec.run' as const, what: bin }))
      : []),
    ...(isTraced &&
    shell &&
    !programs.has('sh') &&
    !programs.has('bash') &&
    !run.some(({ bin }) => programs.has(bin))
      ? [{ axis: 'exec.run' as const, what: 'shell' }]
      : []),
  ];
}

/** Axes of which a run shows nothing, whatever it does. */
const NEVER_OBSERVED = ['env.read', 'tools.use', 'mcp.servers', 'agent.flags'];
const BY_TRACE = ['fs.read', 'fs.write', 'exec.run', 'net.listen', 'agent.instructions'];

/** What a run comes to. */
export function observationOf(run: ObservedRun): Observation {
  const uses = judged(run);
  const violations = violationsOf(uses, run.canaries);
  const gaps = gapsOf(run, violations.length);
  const known = uses.filter(({ verdict }) => verdict.is !== 'ordinary');
  return {
    state: violations.length > 0 ? 'violations' : gaps.length > 0 ? 'incomplete' : 'accurate',
    violations: violations.slice(0, LIMITS.observedViolations),
    gaps,
    unused: unusedOf(
      run.permissions,
      uses.map(({ use }) => use),
      run.isTraced,
    ),
    notObserved: run.isTraced ? NEVER_OBSERVED : [...BY_TRACE, ...NEVER_OBSERVED],
    left: run.canaries.filter(({ canary }) => canary.kind === 'variable'),
    uses: known.map(({ use }) => use),
    proposal: proposeManifest(run.permissions, known, run.isTraced),
  };
}
