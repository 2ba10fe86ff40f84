/**
 * A run that is observed: what it is given in the place of secrets, and what is made of what is seen.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { Host } from '../host/host.ts';
import { type Canary, canaryValue, watchCanaries } from '../runs/canary.ts';
import { manifestPath } from '../runs/inside-path.ts';
import { lookThrough } from '../runs/look-through.ts';
import { type Observation, observationOf } from '../runs/observation.ts';
import { collectUses } from '../runs/observed-uses.ts';
import type { PlantedFile, RunRequest } from '../sandbox/prepare-run.ts';
import type { RunEvent, RunStart } from '../sandbox/run-event.ts';
import { secretName } from '../sandbox/run-secrets.ts';
import { INSIDE } from '../sandbox/sandbox-places.ts';
import { pathIncludes } from '../skills/permission-path.ts';
import type { Permissions } from '../skills/permissions.ts';
import type { RunOutput } from './run-output.ts';
import type { FinishedRun } from './run-skill.ts';
import type { RunnableSkill } from './runnable-skill.ts';

type Random = (length: number) => Uint8Array;

/** Files that nobody has a reason to read, as programs keep secrets in them. */
const PLANTED: readonly (readonly [path: string, text: (value: string) => string])[] = [
  [
    `${INSIDE.home}/.aws/credentials`,
    (value) =>
      `[default]\naws_access_key_id = AKIA${value.slice(0, 16).toUpperCase()}\naws_secret_access_key = ${value}\n`,
  ],
  [
    `${INSIDE.home}/.ssh/id_ed25519`,
    (value) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${value}\n-----END OPENSSH PRIVATE KEY-----\n`,
  ],
];

/** Milliseconds that clocks of file systems may be behind. */
const CLOCK_GRAIN = 2_000;

export interface RunObservation {
  /** What is run, with canaries in the place of what is secret. */
  readonly request: Omit<RunRequest, 'files'>;
  readonly event: (event: RunEvent) => void;
  readonly traceLine: (line: string) => void;
  /** Passes on what is printed, and looks at it. */
  readonly output: RunOutput;
  readonly end: (start: RunStart, finished: FinishedRun) => Observation;
}

function plantedIn(
  { read, write, instructions, secrets }: Permissions,
  random: Random,
): readonly (PlantedFile & { readonly canary: Canary })[] {
  const files = new Set(secrets.map(secretName));
  const declared = [...read, ...write, ...instructions].map(({ path }) => path);
  return PLANTED.filter(([path]) => {
    const named = manifestPath(path);
    return (
      !files.has(named) &&
      !declared.some((rule) => pathIncludes(rule, named) || pathIncludes(`${named}/**`, rule))
    );
  }).map(([path, text]) => {
    const value = canaryValue(random);
    return {
      path,
      text: text(value),
      canary: { kind: 'file', name: manifestPath(path), value, hosts: [] },
    };
  });
}

function secretCanaries({ secrets }: Permissions, random: Random): readonly Canary[] {
  return secrets.map((rule) => ({
    kind: 'secret',
    name: secretName(rule),
    value: canaryValue(random),
    hosts: rule.hosts,
  }));
}

/** Variables that the manifest names one by one and that nobody set on the command line: their real values stay outside. */
function variableCanaries(
  { env }: Permissions,
  set: ReadonlySet<string>,
  random: Random,
): readonly Canary[] {
  return env
    .filter((name) => !name.endsWith('*') && !set.has(name))
    .map((name) => ({ kind: 'variable', name, value: canaryValue(random), hosts: [] }));
}

/**
 * Makes a run one that is observed: no secret of the user, and no variable that was not named for this run, gets inside.
 * @param named variables that were named on the command line
 */
export function observeRun(
  host: Host,
  skill: RunnableSkill,
  request: Omit<RunRequest, 'files'>,
  named: ReadonlySet<string>,
  output: RunOutput,
): RunObservation {
  const { permissions } = request;
  const random: Random = (length) => host.random(length);
  const secrets = secretCanaries(permissions, random);
  const variables = variableCanaries(permissions, named, random);
  const planted = plantedIn(permissions, random);
  const watch = watchCanaries([...secrets, ...variables, ...planted.map(({ canary }) => canary)]);
  const uses = collectUses(INSIDE.skill);
  const movedAside: string[] = [];
  let isOutputCut = false;
  const began = host.now() * 1_000 - CLOCK_GRAIN;
  const own = Array.from(request.environment).filter(([name]) => named.has(name));
  return {
    request: {
      ...request,
      environment: new Map([...own, ...variables.map(({ name, value }) => [name, value] as const)]),
      secrets: {
        values: new Map(secrets.map(({ name, value }) => [name, value])),
        exposed: new Set(secrets.map(({ name }) => name)),
      },
      probe: {
        planted: planted.map(({ path, text }) => ({ path, text })),
        sent: (to, port, bytes) =>
          watch.look({ where: 'request', place: `${to}:${port}`, host: to }, bytes),
      },
    },
    event: (event) => {
      if (event.kind === 'net' && event.source === 'proxy') uses.netEvent(event);
      if (event.kind === 'file' && event.source === 'workspace') movedAside.push(event.path);
      isOutputCut ||= event.kind === 'output-truncated';
    },
    traceLine: uses.traceLine,
    output: {
      write: (stream, bytes) => {
        watch.look({ where: stream, place: '' }, bytes);
        output.write(stream, bytes);
      },
      kept: output.kept,
    },
    end: ({ sandbox, sources }, { end, left }) => {
      const unlooked =
        left.workspace === undefined
          ? 0
          : lookThrough(left.workspace, began, (path, bytes) =>
              watch.look(
                { where: 'workspace', place: path.slice(0, LIMITS.runPathCharacters) },
                bytes,
              ),
            );
      return observationOf({
        permissions,
        files: skill.files,
        sandbox,
        isTraced: sources.includes('trace'),
        seen: uses.end(),
        canaries: watch.seen(),
        movedAside,
        end,
        isOutputCut,
        unlooked,
      });
    },
  };
}
