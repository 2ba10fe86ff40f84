import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { quoted } from '../../src/base/errors.ts';
import { abortable } from '../../src/cli/abortable.ts';
import { attestObservation, type ObservedAttestFlags } from '../../src/cli/attest-observation.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { dayFlag } from '../../src/cli/day-flag.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { trustFlags } from '../../src/cli/install-flags.ts';
import { type Terms, termsOf, verifyTerms } from '../../src/cli/install-terms.ts';
import { observationLines } from '../../src/cli/observation-lines.ts';
import { observeRun, type RunObservation } from '../../src/cli/observe-run.ts';
import { displayed, proposalExit, proposalLines } from '../../src/cli/output.ts';
import { endWords, runExit } from '../../src/cli/run-exit.ts';
import { givenSecrets, requireCommand, runEnvironment } from '../../src/cli/run-flags.ts';
import { keptOutput, passedOutput } from '../../src/cli/run-output.ts';
import { type LoggedRun, loggedRun } from '../../src/cli/logged-run.ts';
import { requireSystem } from '../../src/cli/run-skill.ts';
import {
  type RunnableSkill,
  unverifiedSkill,
  verifiedSkill,
} from '../../src/cli/runnable-skill.ts';
import type { Session } from '../../src/cli/session.ts';
import { withDecidingLogIfAny } from '../../src/cli/skill-log.ts';
import { untilFlag } from '../../src/cli/term.ts';
import type { Observation } from '../../src/runs/observation.ts';
import type { AxisReport } from '../../src/sandbox/axis-report.ts';
import type { RunEnd, RunEvent, RunStart } from '../../src/sandbox/run-event.ts';
import { underConditions } from '../../src/sandbox/under-conditions.ts';

interface Told {
  readonly state: 'ended' | 'killed' | 'limit' | 'interrupted';
  /** The command's own; `null` where it did not end by itself. */
  readonly exitCode: number | null;
  /** The name of the run, and what its log came to. */
  readonly run: string;
  readonly log: LoggedRun['log'];
  readonly limit?: string;
  readonly start: RunStart;
  readonly conditions: RunnableSkill['conditions'];
  readonly axes: readonly AxisReport[];
  readonly refusedConnections: readonly string[];
  readonly workspace: string | null;
  readonly aside: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly observation?: Observation;
  readonly attested?: Attested;
}

type Attested = Awaited<ReturnType<typeof attestObservation>>;

/** What was refused, each once. */
function refusedConnections(events: readonly RunEvent[]): readonly string[] {
  const all = events.flatMap((event) =>
    event.kind === 'net' && event.source === 'proxy' && event.refused !== undefined
      ? [`${event.host}:${event.port} ${event.refused}`]
      : [],
  );
  return [...new Set(all)];
}

/** Events of which the end is told in a few lines; of others only the log has all. */
const TOLD_EVENTS = 1_000;

export default class SkillRun extends BaseCommand {
  static override summary = 'Run a command of a skill in a sandbox, with no more than it declares.';
  static override description =
    'Verifies the skill as skill verify does, then runs the command in a sandbox (bubblewrap) in which nothing is there but what skill.permissions.json names: the skill at /skill, which is the working directory, the workspace at /workspace, programs, variables, hosts. Exit code: that of the command, but 101 to 107 for its 1 to 7, 124 when its time was up, 137 when it was killed; 1 to 7 say that nothing was run. Where there is no sandbox, nothing is run (7, reason sandbox-missing), unless --unsandboxed is given and the policy allows it. With --observe, secrets are stood in for by values that are looked for wherever they could leave, and what the command did and tried is held against the manifest: exit 0 where all was seen and nothing was beyond it, else 1.';
  static override examples = [
    '<%= config.bin %> skill run .agents/skills/notes -- python3 scripts/convert.py',
    '<%= config.bin %> skill run .agents/skills/notes --workspace . --env LANGUAGE=en --secret API_TOKEN=token.txt -- scripts/fetch.sh',
    '<%= config.bin %> skill run my-skill --no-verify --json -- node main.js',
    '<%= config.bin %> skill run my-skill --no-verify --observe --attest --as ci -- node main.js',
  ];
  static override strict = false;
  static override args = {
    directory: Args.string({
      required: true,
      description: 'The directory of the skill. The command follows, after --.',
    }),
  };
  static override flags = {
    ...trustFlags,
    at: dayFlag,
    workspace: Flags.string({
      helpValue: 'DIR',
      summary: 'The directory it works in, /workspace inside; else a new one, which is told.',
    }),
    env: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME[=VALUE]',
      summary: 'A variable that the skill declares; those that you have are passed on anyway.',
    }),
    secret: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME=FILE',
      summary: 'A secret that the skill declares, in a file. Inside there is a stand-in for it.',
    }),
    expose: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
      summary: 'Give the value of this secret itself to the skill: what it needs for TLS.',
    }),
    'no-verify': Flags.boolean({
      summary: 'Do not ask who made it: for a skill of your own. The run is marked so.',
      exclusive: ['policy', 'publisher', 'max-age', 'at'],
    }),
    'no-trace': Flags.boolean({ summary: 'Do not trace system calls, though strace is there.' }),
    unsandboxed: Flags.boolean({
      summary: 'Where there is no sandbox, run it without one, if the policy allows that.',
      dependsOn: ['policy'],
    }),
    observe: Flags.boolean({
      summary: 'Hold what it does against its manifest, and propose the smallest one.',
      exclusive: ['secret', 'expose'],
    }),
    attest: Flags.boolean({
      summary: 'Seal that as an audit by a scanner, of the criterion "manifest-accurate".',
      dependsOn: ['observe', 'as'],
    }),
    as: Flags.string({
      helpValue: 'AID',
      summary: 'Who seals it: AID or name, of an auditor or of a device of one.',
      dependsOn: ['attest'],
    }),
    for: Flags.string({
      helpValue: 'AID',
      summary: 'In whose name a device does: AID or name; else the one that linked it with audit.',
      dependsOn: ['attest'],
    }),
    ...untilFlag,
    ...stagingFlags,
  };

  async run(): Promise<Told> {
    const { argv, flags } = await this.parse(SkillRun);
    const [directory = '', ...command] = argv.map(String);
    const session = this.session(flags, flags.attest ? 'writes' : 'remembers');
    const terms = termsOf(session, flags);
    const skill = flags['no-verify']
      ? unverifiedSkill(session.host, directory)
      : await withDecidingLogIfAny(session, flags, async (log) =>
          verifiedSkill(session.host, directory, verifyTerms(terms, log)),
        );
    const permissions = underConditions(skill.permissions, skill.conditions);
    requireSystem(permissions, process.platform);
    const { env = [], secret = [], expose = [], workspace } = flags;
    const asked = {
      permissions,
      command: requireCommand(permissions, skill.files, command),
      workspace: workspace === undefined ? undefined : path.resolve(workspace),
      environment: runEnvironment(permissions, env, process.env),
      secrets: givenSecrets(permissions, { secret, expose }),
      isTraced: !flags['no-trace'],
    };
    const printed = this.jsonEnabled() ? keptOutput() : passedOutput();
    const named = new Set(env.map((flag) => flag.replace(/=.*$/s, '')));
    const observed = flags.observe
      ? observeRun(session.host, skill, asked, named, printed)
      : undefined;
    const { request, output } = observed ?? { request: asked, output: printed };
    const events: RunEvent[] = [];
    let begun: Pick<Told, 'start' | 'axes'> | undefined;
    const told = {
      begun: (run: string): void => this.#say(`run ${run}`),
      start: (start: RunStart, axes: readonly AxisReport[], at: string): void => {
        begun = { start, axes };
        this.#say(...this.#startLines(skill, start, at));
      },
      event: (event: RunEvent): void => {
        if (events.length < TOLD_EVENTS) events.push(event);
        observed?.event(event);
      },
      traceLine: observed?.traceLine,
    };
    const finished = await abortable(async (signal) =>
      loggedRun(
        session.home,
        {
          skill,
          policy: terms.policy?.digest,
          request,
          mayBeUnsandboxed: flags.unsandboxed && mayBeUnsandboxed(terms),
        },
        told,
        output,
        signal,
      ),
    );
    if (begun === undefined) throw new Error('a run ended before it began');
    const result = this.#told(skill, begun, finished, events, output.kept());
    if (observed === undefined) return result;
    const observation = this.#observed(observed, begun.start, finished);
    if (flags.as === undefined) return { ...result, observation };
    const seen = { observation, start: begun.start };
    const attested = await this.#attest(session, skill, seen, { ...flags, as: flags.as });
    return { ...result, observation, attested };
  }

  #observed(observed: RunObservation, start: RunStart, finished: LoggedRun): Observation {
    const observation = observed.end(start, finished);
    this.#say(...observationLines(observation));
    process.exitCode = observation.state === 'accurate' ? EXIT.done : EXIT.refused;
    return observation;
  }

  async #attest(
    session: Session,
    skill: RunnableSkill,
    seen: { readonly observation: Observation; readonly start: RunStart },
    flags: ObservedAttestFlags,
  ): Promise<Attested> {
    const { version } = this.config;
    const stated = await attestObservation(session, skill, seen, version, flags, (lines) =>
      this.#say(...lines),
    );
    this.#say(
      ...proposalLines(stated, `attested the run of ${quoted(skill.name)} (${stated.result})`),
    );
    if (stated.result === 'pass') process.exitCode = proposalExit(stated);
    return stated;
  }

  /** What this program says is kept apart from what the command prints. */
  #say(...lines: readonly string[]): void {
    if (!this.jsonEnabled())
      process.stderr.write(lines.map((line) => `gitkel: ${displayed(line)}\n`).join(''));
  }

  #startLines(
    { state, conditions }: RunnableSkill,
    start: RunStart,
    at: string,
  ): readonly string[] {
    const seen = start.sources.length === 0 ? 'nothing' : start.sources.join(' and ');
    return [
      `runs ${quoted(start.skill)}, ${state}, manifest ${start.manifest}`,
      ...conditions.map((condition) => `on condition: ${condition}`),
      ...(start.sandbox === 'none'
        ? ['NO SANDBOX: nothing that its manifest says is enforced; the policy allows that']
        : []),
      `sandbox ${start.sandbox}; what it does is seen by ${seen}; workspace ${at}`,
    ];
  }

  #told(
    { conditions }: RunnableSkill,
    begun: Pick<Told, 'start' | 'axes'>,
    { end, left, run, log }: LoggedRun,
    events: readonly RunEvent[],
    kept: Pick<Told, 'stdout' | 'stderr'>,
  ): Told {
    const refused = refusedConnections(events);
    this.#say(
      ...refused.map((one) => `refused a connection: ${one}`),
      ...(left.aside === undefined
        ? []
        : [`moved aside, since it steers agents: what is now in ${left.aside}`]),
      endWords(end),
      `what happened: gitkel run show ${run}`,
    );
    process.exitCode = runExit(end);
    return {
      state: end.why,
      exitCode: exitCodeIn(end),
      run,
      log,
      ...(end.why === 'limit' ? { limit: end.limit } : {}),
      ...begun,
      conditions,
      refusedConnections: refused,
      workspace: left.workspace ?? null,
      aside: left.aside ?? null,
      ...kept,
    };
  }
}

/** Only a policy says so: never a skill, and no flag alone. */
function mayBeUnsandboxed({ policy }: Terms): boolean {
  return policy?.sandbox.unsandboxed === 'allowed';
}

function exitCodeIn(end: RunEnd): number | null {
  return end.why === 'ended' ? end.exitCode : null;
}
