/**
 * A scan: every rule over every part of a skill. What could not be looked at is a finding of its own.
 * @module
 */
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { FileContent } from '../records/skill-manifest.ts';
import type { SkillProblem, SkillProblemReason } from '../skills/skill-entry.ts';
import { capabilityFindings } from './capabilities.ts';
import { expanded } from './expand.ts';
import type { Finding, IncompleteReason, Spotted } from './finding.ts';
import { findingAt, type FindingMaking, findingIn } from './make-finding.ts';
import { rulesFor } from './part-rules.ts';
import { ruleById } from './rules.ts';
import { rulesetOf } from './ruleset.ts';
import { type ScanPart, scanPart } from './scan-part.ts';
import { SCAN_INCOMPLETE, type ScanResult, sortedFindings, stateOf } from './scan-result.ts';
import type { EngineAnswer, EngineMatch, TextEngine } from './text-engine.ts';
import { type Unpacking, unpacking } from './unpacking.ts';

/** A file that is scanned. */
export interface ScanFile extends FileContent {
  /** Whether it is about the skill and strictly of that form: no part of what its digest is of. */
  readonly isSidecar?: boolean;
}

/** What a scan is about. Entries that break the rules of skills are told beside the files that keep them. */
export interface ScanInput {
  readonly files: readonly ScanFile[];
  readonly problems: readonly SkillProblem[];
  /** Files that could not be read. */
  readonly unreadable: readonly { readonly path: string; readonly detail: string }[];
}

export interface ScanTools {
  readonly crypto: Crypto;
  /** Milliseconds that passed, from any beginning. */
  readonly elapsed: () => number;
  /** Without one, patterns of text are not looked for, and the scan is incomplete. */
  readonly engine: TextEngine | undefined;
  readonly onPart?: ((done: number, total: number) => void) | undefined;
}

/** The time of a scan: how much has passed, and whether that of the rules in code is over. */
interface Clock {
  readonly elapsed: ScanTools['elapsed'];
  readonly isLate: () => boolean;
}

/** What was spotted in a part, in as much time as a part is given, and all of them together. */
function spottedIn(part: ScanPart, { elapsed, isLate }: Clock): readonly Spotted[] {
  if (isLate())
    return [
      incomplete(part, 'timeout', `no rule in code, ${LIMITS.scanMilliseconds} ms were over`),
    ];
  const began = elapsed();
  const all: Spotted[] = [];
  if (part.bytes.length < part.size)
    all.push(incomplete(part, 'truncated', `the first ${part.bytes.length} of ${part.size} bytes`));
  for (const spot of rulesFor(part)) {
    let count = 0;
    for (const spotted of spot(part)) {
      if (++count > LIMITS.scanFindingsPerRule) break;
      all.push(spotted);
    }
    if (elapsed() - began <= LIMITS.scanFileMilliseconds) continue;
    all.push(incomplete(part, 'timeout', `not all rules in ${LIMITS.scanFileMilliseconds} ms`));
    break;
  }
  return all;
}

function incomplete(part: ScanPart, reason: IncompleteReason, what: string): Spotted {
  const detail = `it was not looked at to its end: ${what}`;
  return {
    rule: SCAN_INCOMPLETE,
    start: part.bytes.length,
    end: part.bytes.length,
    reason,
    detail,
  };
}

function spottedByEngine(
  part: ScanPart,
  answer: EngineAnswer,
  perRule = LIMITS.scanFindingsPerRule,
): readonly Spotted[] {
  const counts = new Map<string, number>();
  const isOne = ({ rule }: EngineMatch): boolean => {
    const count = (counts.get(rule) ?? 0) + 1;
    counts.set(rule, count);
    return count <= perRule;
  };
  const spotted: Spotted[] = answer.matches.filter(isOne).map((match) => ({
    ...match,
    detail: match.detail ?? quoted(part.characters().slice(match.start, match.end)),
  }));
  if (answer.outcome === 'scanned') return spotted;
  const at = part.bytes.length;
  const { reason, detail } = answer;
  return [...spotted, { rule: SCAN_INCOMPLETE, start: at, end: at, reason, detail }];
}

/** A file taken apart, and what rules in code find in it. */
function partsOf(
  making: FindingMaking,
  file: ScanFile,
  room: Unpacking,
  clock: Clock,
): { readonly parts: readonly ScanPart[]; readonly findings: readonly Finding[] } {
  const all = expanded(scanPart(file), room);
  return {
    parts: all.map(({ part }) => part),
    findings: all.flatMap(({ part, spotted }) =>
      [...spotted, ...spottedIn(part, clock)].map((each) => findingIn(making, part, each)),
    ),
  };
}

async function engineFindings(
  making: FindingMaking,
  parts: readonly ScanPart[],
  { engine, onPart }: ScanTools,
): Promise<readonly Finding[]> {
  if (engine === undefined) {
    const detail = 'patterns of text were not looked for: the engine is not installed';
    return [findingAt(making, '', { rule: SCAN_INCOMPLETE, reason: 'engine-missing', detail })];
  }
  const answers = await engine.scan(parts, (done) => onPart?.(done, parts.length));
  return parts.flatMap((part, index) => {
    const answer = answers[index];
    if (answer === undefined) throw new Error('the engine left a part without an answer');
    return spottedByEngine(part, answer).map((spotted) => findingIn(making, part, spotted));
  });
}

/** What only keeps agents from loading the skill. */
const UNLOADED: ReadonlySet<SkillProblemReason> = new Set<SkillProblemReason>([
  'skill-md-missing',
  'skill-md-name',
]);

function entryFindings(
  making: FindingMaking,
  { problems, unreadable }: ScanInput,
): readonly Finding[] {
  return [
    ...problems.map(({ path, reason, detail }) =>
      findingAt(making, path, {
        rule: 'SUP-02',
        detail: `${reason}: ${detail}`,
        ...(UNLOADED.has(reason) ? { severity: 'medium' } : {}),
      }),
    ),
    ...unreadable.map(({ path, detail }) =>
      findingAt(making, path, { rule: SCAN_INCOMPLETE, reason: 'unreadable', detail }),
    ),
  ];
}

/** At most `LIMITS.scanFindings`, the worst; that there are more is told. */
function bounded(making: FindingMaking, findings: readonly Finding[]): readonly Finding[] {
  const sorted = sortedFindings(findings);
  if (sorted.length <= LIMITS.scanFindings) return sorted;
  const detail = `${sorted.length - LIMITS.scanFindings} more findings are not shown`;
  return sortedFindings([
    ...sorted.slice(0, LIMITS.scanFindings),
    findingAt(making, '', { rule: SCAN_INCOMPLETE, reason: 'truncated', detail }),
  ]);
}

/**
 * Scans the files of a skill. The same files, rules and engine give the same result, unless time ran out.
 * @example
 * ```ts
 * import { directoryEntries, nativeCrypto, nodeHost, scanFiles, scanInput } from 'gitkel';
 *
 * const entries = directoryEntries(nodeHost(), 'skills/notes');
 * const tools = { crypto: nativeCrypto, elapsed: () => performance.now(), engine: undefined };
 * const result = await scanFiles(tools, scanInput(nativeCrypto, entries));
 * console.log(result.state); // incomplete
 * for (const { rule, reason } of result.findings) console.log(rule, reason); // scan-incomplete engine-missing
 * ```
 */
export async function scanFiles(tools: ScanTools, input: ScanInput): Promise<ScanResult> {
  const { crypto, engine } = tools;
  const ruleset = rulesetOf(crypto, engine);
  const making: FindingMaking = {
    crypto,
    ruleset: ruleset.said,
    ruleOf: (id) => {
      const rule = ruleById(id) ?? engine?.rules.get(id);
      if (rule === undefined) throw new Error(`${id} is no rule of this scan`);
      return rule;
    },
  };
  const { elapsed } = tools;
  const until = elapsed() + LIMITS.scanMilliseconds;
  const isLate = (): boolean => elapsed() > until;
  const room = unpacking(LIMITS.scanUnpackedBytes, isLate);
  const apart = input.files.map((file) => partsOf(making, file, room, { elapsed, isLate }));
  const parts = apart.flatMap((each) => each.parts);
  const findings = bounded(making, [
    ...entryFindings(making, input),
    ...apart.flatMap((each) => each.findings),
    ...capabilityFindings(making, input.files),
    ...(await engineFindings(making, parts, tools)),
  ]);
  return {
    state: stateOf(findings),
    ruleset,
    engine: engine !== undefined,
    findings,
    files: input.files.length,
    bytes: input.files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}
