import { observeRun } from '../../src/cli/observe-run.ts';
import { requireCommand } from '../../src/cli/run-flags.ts';
import { type FinishedRun, runSkill } from '../../src/cli/run-skill.ts';
import { keptOutput } from '../../src/cli/run-output.ts';
import type { RunnableSkill } from '../../src/cli/runnable-skill.ts';
import { nodeHost } from '../../src/index.ts';
import type { Observation } from '../../src/runs/observation.ts';
import type { RunStart } from '../../src/sandbox/run-event.ts';
import { readPermissions } from '../../src/skills/parse-permissions.ts';
import type { SkillFile } from '../../src/skills/skill-files.ts';
import type { Json } from '../../src/base/canonical-json.ts';

/** What is observed: files with a manifest beside them. */
export interface ToObserve {
  readonly files: readonly SkillFile[];
  readonly manifest: Json;
  readonly command: readonly string[];
  readonly workspace: string;
  readonly isTraced?: boolean;
  readonly environment?: ReadonlyMap<string, string>;
}

export interface Observed {
  readonly observation: Observation;
  readonly finished: FinishedRun;
  readonly printed: { readonly stdout: string; readonly stderr: string };
}

/** Runs a command of a skill as `skill run --observe` does. */
export async function observed(asked: ToObserve): Promise<Observed> {
  const { files, manifest, command, workspace, isTraced = true, environment = new Map() } = asked;
  const report = readPermissions(manifest);
  if (report.outcome !== 'valid') throw new Error(JSON.stringify(report.problems));
  const { permissions } = report;
  const host = nodeHost();
  const skill: RunnableSkill = {
    name: 'observed',
    manifest: '',
    sha256: '',
    release: undefined,
    state: 'not-verified',
    conditions: [],
    files,
    permissions,
  };
  const request = {
    permissions,
    command: requireCommand(permissions, files, command),
    workspace,
    environment,
    secrets: { values: new Map<string, string>(), exposed: new Set<string>() },
    isTraced,
  };
  const run = observeRun(host, skill, request, new Set(environment.keys()), keptOutput());
  let start: RunStart | undefined;
  const told = {
    start: (begun: RunStart): void => {
      start = begun;
    },
    event: run.event,
    traceLine: run.traceLine,
  };
  const { signal } = new AbortController();
  const finished = await runSkill(
    host,
    { skill, policy: undefined, request: run.request, mayBeUnsandboxed: false },
    told,
    run.output,
    signal,
  );
  if (start === undefined) throw new Error('a run ended before it began');
  return { observation: run.end(start, finished), finished, printed: run.output.kept() };
}
