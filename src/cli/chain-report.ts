/**
 * What a chain of statements comes to, for machines and for people.
 * @module
 */
import { type ThresholdJson, thresholdToJson } from '../keri/threshold.ts';
import { thresholdWords } from '../log/batch-record.ts';
import type { Contents } from '../log/contents.ts';
import { assessSkill, gravestDecision } from '../skills/judge-skill.ts';
import { type ChainHop, chainOf, weakestFirst } from '../trust/chain.ts';
import type { Decision } from '../trust/decision.ts';
import { score } from '../trust/score.ts';
import type { Score } from '../trust/score-parts.ts';
import { harmless } from './output.ts';
import type { FoundSkill } from './found-skill.ts';
import { type ShownView, shownView, type TrustView } from './trust-view.ts';

/** The keys under which an event was sealed. */
export interface ShownKeys {
  /** Number of the event that brought them, and its SAID. */
  readonly sn: number;
  readonly said: string;
  readonly publicKeys: readonly string[];
  readonly threshold: ThresholdJson;
}

export interface ShownHop extends ChainHop {
  /** `null` where nothing is sealed, as for what is written down outside of the log. */
  readonly keys: ShownKeys | null;
}

export interface SkillReport {
  readonly name: string;
  readonly manifest: string;
  readonly release: string | null;
  /** Whether the files were looked at; without them a skill is judged as one that may ask for anything. */
  readonly hasFiles: boolean;
  /** Whether nothing but the lock beside the files says that their publisher may release them: who wrote it wrote that. */
  readonly isByLock: boolean;
  readonly judged: ShownView;
  readonly decision: Decision['decision'];
  readonly reasons: Decision['reasons'];
  readonly proof: Decision['proof'];
  /** The weakest hop first. */
  readonly chain: readonly ShownHop[];
  readonly score: Score;
}

/** The keys that were in force at an event; `undefined` where the log has it in no trunk. */
export function keysAt(contents: Contents, aid: string, sn: number): ShownKeys | undefined {
  const kel = contents.kel(aid);
  const state = sn < (kel?.length ?? 0) ? kel?.establishmentAt(sn)?.state : undefined;
  if (state === undefined) return undefined;
  const { sn: from, said, publicKeys, threshold } = state;
  return { sn: from, said, publicKeys, threshold: thresholdToJson(threshold) };
}

function shownHop(contents: Contents, hop: ChainHop, hasFiles: boolean): ShownHop {
  const { kind, issuer, sn } = hop;
  const keys = issuer === undefined || sn === undefined ? undefined : keysAt(contents, issuer, sn);
  const why = kind === 'manifest' && !hasFiles ? NO_FILES : hop.why;
  return { ...hop, why, keys: keys ?? null };
}

const NO_FILES = 'it is judged by the SAID that names them; no file was looked at';

/** Judges a skill, with everything that it was judged by. */
export function skillReport(
  contents: Contents,
  { skill, others, hasFiles, isByLock }: FoundSkill,
  judging: TrustView,
): SkillReport {
  const { view } = judging;
  const assessments = assessSkill(contents, skill, others, view, true);
  const [own, against] = [assessments.at(-1), assessments.slice(0, -1)];
  const gravest = gravestDecision(assessments);
  if (own === undefined || gravest === undefined)
    throw new Error('a skill is judged once at least');
  const { facts } = own;
  const { decision, reasons, proof } = gravest;
  const hops = chainOf(
    facts,
    view,
    against.map((each) => each.facts),
  );
  const scored = score(facts, view);
  return {
    name: skill.name,
    manifest: skill.manifest,
    release: skill.release?.entry.said ?? null,
    hasFiles,
    isByLock,
    judged: shownView(judging, contents),
    decision,
    reasons,
    proof,
    chain: weakestFirst(hops).map((hop) => shownHop(contents, hop, hasFiles)),
    // What is found against the files by another of their SAIDs rejects them as well.
    score: against.length === 0 ? scored : { ...scored, value: 0 },
  };
}

/** Under which keys an event was sealed, in words. */
export function keysWords(
  contents: Contents,
  { issuer, sn, position }: Pick<ChainHop, 'issuer' | 'sn' | 'position'>,
): string {
  if (issuer === undefined || sn === undefined || position === undefined) return '';
  const state = contents.kel(issuer)?.establishmentAt(sn)?.state;
  const keys =
    state === undefined
      ? ''
      : ` under the keys of event ${state.sn} (${thresholdWords(state.threshold, state.publicKeys.length)})`;
  return `sealed by event ${sn} of ${issuer}${keys}, position ${position}`;
}

/** One hop, for people. */
function hopLines(
  contents: Contents,
  hop: ChainHop,
  name: (aid: string) => string,
): readonly string[] {
  const { kind, who, claim, counts, why, strength, statement } = hop;
  const sealed = keysWords(contents, hop);
  return [
    `${counts ? 'ok ' : '-- '} ${String(strength).padStart(3)} ${kind}${who === undefined ? '' : ` ${name(who)}`}`,
    `        ${harmless(claim)}`,
    ...(sealed === ''
      ? []
      : [`        ${sealed}${statement === undefined ? '' : `, ${statement}`}`]),
    `        ${counts ? 'counts' : 'does NOT count'}: ${harmless(why)}`,
  ];
}

/** The score, never without its parts and what it is relative to. */
export function scoreLine(
  { score: one, judged }: Pick<SkillReport, 'score' | 'judged'>,
  name: (aid: string) => string,
): string {
  const { value, integrity, author, audit, transparency, permissions, coverage } = one;
  const parts = [
    `integrity ${integrity}`,
    `author ${author}`,
    `audit ${audit ?? 'none asked for'}`,
    `transparency ${transparency}`,
    `permissions ${permissions}`,
    `coverage ${coverage.met}/${coverage.required}`,
  ];
  const { roots } = judged;
  const relative =
    roots.length === 0
      ? 'no root'
      : roots.length <= SHOWN_ROOTS
        ? `root ${roots.map(name).join(', ')}`
        : `${roots.length} roots`;
  return `${value} — ${parts.join(' · ')} (relative to ${relative}, position ${judged.position}, ${judged.at})`;
}

const SHOWN_ROOTS = 3;

/** A decision with its reasons, for people. */
export function decisionLines({
  decision,
  reasons,
  hasFiles,
  isByLock,
}: SkillReport): readonly string[] {
  return [
    ...reasons.map(({ reason, detail }) => `NO  ${reason}: ${harmless(detail)}`),
    ...new Set(reasons.map(({ hint }) => `    ${hint}`)),
    ...(hasFiles
      ? []
      : ['    without its files it is judged as one that may ask for anything (T3)']),
    ...(isByLock
      ? [
          '    who may release it is said by the lock beside the files alone, which whoever wrote them could write: --publisher AID or --policy FILE says whom you trust',
        ]
      : []),
    decision,
  ];
}

/** The chain, hop by hop, the weakest first. */
export function chainLines(
  contents: Contents,
  report: SkillReport,
  name: (aid: string) => string,
): readonly string[] {
  return report.chain.flatMap((hop) => hopLines(contents, hop, name));
}

/** The proof as a tree. */
export function proofLines(proof: Decision['proof'], depth = 0): readonly string[] {
  const { claim, holds, reason, parts } = proof;
  const why = reason === undefined || holds ? '' : ` [${reason}]`;
  return [
    `${'  '.repeat(depth)}${holds ? 'ok' : 'NO'} ${harmless(claim)}${why}`,
    ...parts.flatMap((part) => proofLines(part, depth + 1)),
  ];
}
