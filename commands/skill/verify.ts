import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { counted } from '../../src/base/counted.ts';
import { type GitkelError, quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { dayFlag } from '../../src/cli/day-flag.ts';
import { freshnessJson, freshnessWords, type ShownFreshness } from '../../src/cli/freshness.ts';
import { trustFlags } from '../../src/cli/install-flags.ts';
import { movedLines, objectionLines } from '../../src/cli/install-lines.ts';
import { termsOf, verifyTerms } from '../../src/cli/install-terms.ts';
import {
  type ShownObjection,
  shownObjection,
  type ShownSkill,
  shownSkill,
} from '../../src/cli/installed-json.ts';
import { type DecidingLog, withDecidingLogIfAny } from '../../src/cli/skill-log.ts';
import { shownDecision, type ShownDecision } from '../../src/cli/verdict-json.ts';
import { placeOf, type TreatedVerdict, verifyPlace } from '../../src/cli/verify-place.ts';
import { DEFAULT_FOLDER } from '../../src/install/install-layout.ts';
import {
  countExemptions,
  type ExemptionCount,
  exemptionLines,
} from '../../src/skills/exemption-count.ts';
import { CONDITIONS } from '../../src/trust/condition.ts';
import { SKILL_STATES, type SkillState } from '../../src/skills/verdict-reason.ts';

/** Why a skill could not be moved aside or back. */
interface ShownTrouble {
  readonly code: string;
  readonly reason?: string;
  readonly message: string;
}

type Shown = Partial<
  Omit<ShownSkill, 'name'> & Omit<ShownObjection, 'release' | 'aid'> & ShownDecision
> & {
  readonly release?: string | null;
  readonly aid?: string | null;
  readonly name: string;
  readonly state: SkillState;
  readonly path: string;
  readonly movedTo?: string;
  readonly restored?: true;
  readonly trouble?: ShownTrouble;
  /** A file may no longer be executed that could when it was installed. */
  readonly lostModes?: true;
};

interface Verified {
  /** `verified` when there are skills, and each of them is; else the worst there is. */
  readonly state: SkillState;
  readonly freshness: ShownFreshness | null;
  readonly counts: Readonly<Partial<Record<SkillState, number>>>;
  readonly exemptions: ExemptionCount;
  readonly skills: readonly Shown[];
}

function troubleJson({ code, reason, message }: GitkelError): ShownTrouble {
  return { code, ...(reason === undefined ? {} : { reason }), message };
}

function shown(verdict: TreatedVerdict): Shown {
  const { name, state, path: place, entry, objection, movedTo, restored, hasLostModes } = verdict;
  const { trouble } = verdict;
  return {
    ...(entry === undefined ? {} : shownSkill(entry)),
    name,
    path: place,
    ...(verdict.verdict === undefined ? {} : shownDecision(verdict.verdict)),
    ...(objection === undefined ? {} : shownObjection(objection)),
    state,
    ...(movedTo === undefined ? {} : { movedTo }),
    ...(restored === undefined ? {} : { restored }),
    ...(trouble === undefined ? {} : { trouble: troubleJson(trouble) }),
    ...(hasLostModes ? { lostModes: true } : {}),
  };
}

function lines(verdict: TreatedVerdict): readonly string[] {
  const { name, state, objection, entry, movedTo, restored, hasLostModes, trouble } = verdict;
  const version = entry?.version === undefined ? '' : ` ${quoted(entry.version)}`;
  const { decision = 'accept', conditions = [], detail } = verdict.verdict ?? {};
  const word = decision === 'accept' ? 'verified' : decision;
  return [
    ...(objection === undefined
      ? [
          `ok  ${word} ${quoted(name, 300)}${version}`,
          ...(decision === 'accept' ? [] : [`    ${state}: ${detail ?? ''}`]),
          ...conditions.map((one) => `    on condition: ${one}: ${CONDITIONS[one]}`),
        ]
      : objectionLines(name, objection)),
    ...movedLines(movedTo),
    ...(trouble === undefined
      ? []
      : [`    NOT MOVED: ${trouble.message}`, `    ${trouble.hint ?? ''}`]),
    ...(restored === undefined ? [] : ['    moved back into its place']),
    ...(hasLostModes ? ['    note: a file may no longer be executed'] : []),
  ];
}

function emptyLine(dir: string): string {
  return `--  nothing-to-verify ${quoted(dir, 300)}: nothing is installed there`;
}

/** What was let in by a policy is judged by the home alone, unless the policy is named again. */
function unaskedLines(verdicts: readonly TreatedVerdict[]): readonly string[] {
  const by = verdicts.filter(({ entry }) => entry?.policy !== undefined).length;
  return by === 0
    ? []
    : [
        `note: ${counted(by, 'skill')} installed by a policy: --policy FILE asks for what that asks, too`,
      ];
}

/** The worst state of those that are not let in, else of all; nothing at all is nothing to verify. */
function worst(verdicts: readonly TreatedVerdict[]): SkillState {
  const order: readonly SkillState[] = ['revoked', 'tampered', ...SKILL_STATES.slice(1)];
  const bad = verdicts.filter(({ objection }) => objection !== undefined);
  const told = bad.length > 0 ? bad : verdicts;
  const found = order.find((state) => told.some((verdict) => verdict.state === state));
  return found ?? (verdicts.length === 0 ? 'nothing-to-verify' : 'verified');
}

export default class SkillVerify extends BaseCommand {
  static override summary =
    'Verify installed skills, offline, by their lock and a copy of the log.';
  static override description =
    'Hashes every file again, holds it against the lock and the release in the log, and asks the log whether the release still counts and is not revoked, and what the home and the policy ask for beside it. What lies in the folder and is not in the lock is named. Nothing is fetched, unless --log is an address. Exit 0 when there is at least one skill and every one is verified, or accepted with conditions that are told; else 1.';
  static override examples = [
    '<%= config.bin %> skill verify',
    '<%= config.bin %> skill verify .agents/skills ~/.agents/skills --log team-log --max-age 24h --json',
    '<%= config.bin %> skill verify --quarantine',
  ];
  static override strict = false;
  static override args = {
    directory: Args.string({
      description: `A folder of installed skills, or one of them; ${DEFAULT_FOLDER} unless told. More may follow.`,
    }),
  };
  static override flags = {
    ...trustFlags,
    at: dayFlag,
    quarantine: Flags.boolean({
      summary:
        'Move what is revoked, was edited, or was found bad aside, and back what is good again.',
    }),
  };

  async run(): Promise<Verified> {
    const { argv, flags } = await this.parse(SkillVerify);
    const session = this.session(flags, 'remembers');
    const dirs = argv.length === 0 ? [DEFAULT_FOLDER] : argv.map(String);
    const places = dirs.map((dir) => placeOf(session.host, path.resolve(dir)));
    const terms = termsOf(session, flags);
    const byPolicy = flags.policy !== undefined;
    return withDecidingLogIfAny(session, flags, async (log) => {
      const known = verifyTerms(terms, log);
      const verdicts: TreatedVerdict[] = [];
      const empty: string[] = [];
      for (const [index, place] of places.entries()) {
        const found = await verifyPlace(place, known, flags.quarantine);
        if (found.length === 0) empty.push(dirs[index] ?? '');
        verdicts.push(...found);
      }
      // Where others are good, a name that was misspelt is not to be taken for one of them.
      if (verdicts.length > 0) this.print(...empty.map(emptyLine));
      return this.#told(verdicts, log, byPolicy, dirs);
    });
  }

  #told(
    verdicts: readonly TreatedVerdict[],
    log: DecidingLog | undefined,
    byPolicy: boolean,
    dirs: readonly string[],
  ): Verified {
    const state = worst(verdicts);
    const good = verdicts.filter((verdict) => verdict.state === 'verified').length;
    const conditional = verdicts.filter(
      (verdict) => verdict.objection === undefined && verdict.state !== 'verified',
    ).length;
    const exemptions = countExemptions(
      verdicts.map(({ verdict, objection }) =>
        objection === undefined ? verdict?.legacy?.exemption?.daysLeft : undefined,
      ),
    );
    const freshness = log === undefined ? null : freshnessJson(log.freshness());
    this.print(
      ...verdicts.flatMap(lines),
      ...(freshness === null
        ? []
        : [
            `log ${freshnessWords({ ...freshness, isOwnSource: log?.freshness().upstream === undefined })}`,
          ]),
      ...exemptionLines(exemptions),
      ...(byPolicy ? [] : unaskedLines(verdicts)),
      verdicts.length === 0
        ? `nothing-to-verify: nothing is installed in ${dirs.map((dir) => quoted(dir, 300)).join(', ')}: gitkel skill install brings a skill`
        : `${state}: ${good} of ${counted(verdicts.length, 'skill')} verified${conditional === 0 ? '' : `, ${conditional} accepted with conditions`}`,
    );
    const isGood =
      verdicts.length > 0 && verdicts.every(({ objection }) => objection === undefined);
    process.exitCode = isGood ? EXIT.done : EXIT.refused;
    const counts = Object.fromEntries(
      SKILL_STATES.map((one) => [one, verdicts.filter((verdict) => verdict.state === one).length]),
    );
    return { state, freshness, counts, exemptions, skills: verdicts.map(shown) };
  }
}
