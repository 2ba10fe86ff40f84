/**
 * How far an identifier is trusted and by whom, for machines and for people.
 * @module
 */
import { dayText } from '../base/day.ts';
import { quoted } from '../base/errors.ts';
import type { Contents } from '../log/contents.ts';
import { foldedController } from '../log/folded-controller.ts';
import { isDuplicitous } from '../log/marks.ts';
import {
  CUTS,
  type ExplainedPath,
  type ExplainedStep,
  type Explanation,
  explainTrust,
} from '../trust/explained-paths.ts';
import type { VouchFact } from '../trust/facts.ts';
import type { TrustLevel, VouchLevel } from '../trust/level.ts';
import type { TrustQuestion } from '../trust/scope.ts';
import { keysAt, keysWords, type ShownKeys } from './chain-report.ts';
import { type ShownView, shownView, type TrustView } from './trust-view.ts';

/** One vouch, and what cuts it. */
export interface ShownStep {
  readonly by: string;
  readonly about: string;
  readonly level: VouchLevel;
  readonly names: readonly string[];
  readonly criteria: readonly string[];
  readonly from: string;
  readonly until: string;
  readonly statement: string;
  readonly issuer: string;
  readonly sn: number;
  readonly position: number;
  readonly keys: ShownKeys | null;
  /** `null` where nothing does. */
  readonly cut: string | null;
}

export interface ShownPath {
  readonly root: string;
  readonly rootLevel: VouchLevel;
  readonly level: TrustLevel;
  readonly cost: number;
  /** Why it leads nowhere; `null` where it does. */
  readonly broken: string | null;
  readonly steps: readonly ShownStep[];
}

export interface IdentityReport {
  readonly aid: string;
  readonly judged: ShownView;
  /** What is asked: skills of this name, this criterion; `null` for any. */
  readonly skill: string | null;
  readonly criterion: string | null;
  /** How far it is trusted; `null` for not at all. */
  readonly level: TrustLevel | null;
  readonly cost: number | null;
  /** Whether what it warns of counts. */
  readonly isHeard: boolean;
  /** Who takes all trust from it: the statement, or `own` for whoever judges. */
  readonly distrustedBy: string | null;
  /** Several that one party controls count as one: that of this identifier. */
  readonly foldedController: string;
  readonly isDuplicitous: boolean;
  /** Its own keys as of the last batch; `null` where the log does not know it. */
  readonly keys: ShownKeys | null;
  readonly paths: readonly ShownPath[];
  /** Whether these are all. */
  readonly isWhole: boolean;
  readonly against: readonly ShownStep[];
}

function shownStep(contents: Contents, { vouch, cut }: ExplainedStep): ShownStep {
  const { controller, about, level, scope, from, until, said, issuer, sn, position } = vouch;
  return {
    by: controller,
    about,
    level,
    names: scope.names ?? [],
    criteria: scope.criteria ?? [],
    from: dayText(from),
    until: dayText(until),
    statement: said,
    issuer,
    sn,
    position,
    keys: keysAt(contents, issuer, sn) ?? null,
    cut: cut ?? null,
  };
}

function shownPath(contents: Contents, path: ExplainedPath): ShownPath {
  const { root, level, cost, broken, steps } = path;
  return {
    root: root.aid,
    rootLevel: root.level,
    level,
    cost,
    broken: broken ?? null,
    steps: steps.map((step) => shownStep(contents, step)),
  };
}

function againstSteps(
  contents: Contents,
  { against }: Explanation,
  now: number,
): readonly ShownStep[] {
  const cutOf = ({ standing, until }: VouchFact): 'taken-back' | 'expired' | undefined => {
    if (standing !== 'counts') return 'taken-back';
    return until <= now ? 'expired' : undefined;
  };
  return against.map((vouch) => shownStep(contents, { vouch, cut: cutOf(vouch) }));
}

/** Everything that makes an identifier trusted, or not, for a question. */
export function identityReport(
  contents: Contents,
  aid: string,
  question: TrustQuestion,
  judging: TrustView,
): IdentityReport {
  const { view } = judging;
  const { trusted, removed } = view.trust(question);
  const found = trusted.get(aid);
  const explained = explainTrust(view, aid, question);
  const { state } = contents.kel(aid) ?? {};
  return {
    aid,
    judged: shownView(judging, contents),
    skill: question.name === '' ? null : question.name,
    criterion: question.criterion ?? null,
    level: found?.level ?? null,
    cost: found?.reached.cost ?? null,
    isHeard: view.heard(question.name).has(aid),
    distrustedBy: removed.has(aid) ? (removed.get(aid)?.said ?? 'own') : null,
    foldedController: foldedController(contents, aid, contents.batches),
    isDuplicitous: isDuplicitous(contents, aid),
    keys: state === undefined ? null : (keysAt(contents, aid, state.sn) ?? null),
    paths: explained.paths.map((path) => shownPath(contents, path)),
    isWhole: explained.isWhole,
    against: againstSteps(contents, explained, view.now),
  };
}

const BROKEN: Readonly<Record<string, string>> = {
  ...CUTS,
  'too-far': 'it costs more than a path may',
};

function scopeWords({ names, criteria }: Pick<ShownStep, 'names' | 'criteria'>): string {
  return [
    ...(names.length === 0
      ? []
      : [` for skills named ${names.map((one) => quoted(one)).join(', ')}`]),
    ...(criteria.length === 0 ? [] : [` in ${criteria.join(', ')}`]),
  ].join('');
}

function stepLines(
  contents: Contents,
  step: ShownStep,
  name: (aid: string) => string,
): readonly string[] {
  const { by, about, level, from, until, statement, cut } = step;
  return [
    `    ${cut === null ? 'ok ' : '-- '} ${name(by)} says ${level} of ${name(about)}${scopeWords(step)}, from ${from} until ${until}`,
    `         ${keysWords(contents, step)}, ${statement}`,
    ...(cut === null ? [] : [`         ${cut}: ${BROKEN[cut] ?? cut}`]),
  ];
}

function pathLines(
  contents: Contents,
  path: ShownPath,
  name: (aid: string) => string,
): readonly string[] {
  const { root, rootLevel, level, cost, broken, steps } = path;
  return [
    broken === null
      ? `ok  a path of ${level}, cost ${cost}, from ${name(root)} (${rootLevel})`
      : `--  no path from ${name(root)} (${rootLevel}): ${broken}: ${BROKEN[broken] ?? broken}`,
    ...steps.flatMap((step) => stepLines(contents, step, name)),
  ];
}

/** What it comes to, in one line. */
function levelLine(report: IdentityReport, name: (aid: string) => string): string {
  const { aid, level, cost, distrustedBy, isHeard, isDuplicitous: isMarked } = report;
  const who = name(aid);
  if (distrustedBy === 'own') return `distrusted: ${who}, by what is written here`;
  if (distrustedBy !== null) return `not trusted: ${who} is distrusted by ${distrustedBy}`;
  const marked = isMarked ? '; it is PROVED to have signed two events for one place' : '';
  if (level !== null) return `${level}: ${who}, cost ${cost ?? 0}${marked}`;
  const heard = isHeard ? '; what it warns of counts all the same' : '';
  return `not trusted: ${who}${heard}${marked}`;
}

/** The report, for people. */
export function identityTrustLines(
  contents: Contents,
  report: IdentityReport,
  name: (aid: string) => string,
): readonly string[] {
  const { aid, foldedController: folded, keys, paths, isWhole, against, judged } = report;
  return [
    ...paths.flatMap((path) => pathLines(contents, path, name)),
    ...(isWhole ? [] : ['    there are more paths than these']),
    ...against.flatMap((step) => stepLines(contents, step, name)),
    ...(keys === null ? ['    this log has no events of it'] : []),
    ...(folded === aid ? [] : [`    it counts as one with all that ${name(folded)} controls`]),
    levelLine(report, name),
    `    judged on ${judged.at}, position ${judged.position}, by ${judged.policy === null ? 'what this home trusts' : `the policy sha256:${judged.policy}`}`,
  ];
}
