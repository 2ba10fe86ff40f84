import { dayNumber, dayText } from '../base/day.ts';
import { quoted } from '../base/errors.ts';
import type { Contents } from '../log/contents.ts';
import type { TrustEntry } from '../log/trust-entry.ts';
import { statementStanding } from '../log/trust-standing.ts';
import type { ShownNames } from './shown-names.ts';

/** How a statement stands on a day. */
export type StatementState = 'in-force' | 'not-yet' | 'expired' | 'taken-back' | 'not-counted';

/** A statement as `skill statements` lists it: what it says, and how it stands. */
export interface ListedStatement {
  readonly statement: TrustEntry;
  readonly state: StatementState;
  readonly reason: string;
  readonly why: string;
}

/** The day from which a statement holds, and the one on which it ends. */
function termOf(entry: TrustEntry): readonly [first: string, end: string] {
  return entry.type === 'vouch' ? [entry.from, entry.until] : [entry.issued, entry.expires];
}

/**
 * A statement with its standing.
 * @param today days since 1970-01-01
 */
export function listedStatement(
  contents: Contents,
  statement: TrustEntry,
  today: number,
): ListedStatement {
  const { counts, reason, why } = statementStanding(contents, statement);
  if (!counts)
    return { statement, state: reason === 'retracted' ? 'taken-back' : 'not-counted', reason, why };
  const [first, end] = termOf(statement);
  if ((dayNumber(end) ?? 0) <= today)
    return { statement, state: 'expired', reason: 'expired', why: `it held until ${end}` };
  if ((dayNumber(first) ?? 0) > today) {
    const words = `it says that it is of ${first}, and this is ${dayText(today)}`;
    return { statement, state: 'not-yet', reason: 'not-yet', why: words };
  }
  return { statement, state: 'in-force', reason, why };
}

const STATE_WORDS: Readonly<Record<StatementState, string>> = {
  'in-force': 'in force',
  'not-yet': 'NOT YET',
  expired: 'EXPIRED',
  'taken-back': 'TAKEN BACK',
  'not-counted': 'does NOT count',
};

function saidLines(entry: TrustEntry, names: ShownNames): readonly string[] {
  const [first, end] = termOf(entry);
  const head = ((): string => {
    switch (entry.type) {
      case 'audit':
        return `audit of ${quoted(entry.subject.name)}: ${entry.result === 'pass' ? 'pass' : 'FAIL'} (${entry.method}, thoroughness ${entry.thoroughness}, understanding ${entry.understanding}, findings ${entry.findings})`;
      case 'vouch':
        return `vouch for ${names.aid(entry.aid)}: ${entry.level}`;
      case 'import':
        return `import of ${quoted(entry.subject.name)} from ${quoted(entry.origin.url, 200)}`;
      case 'exemption':
        return `exemption of ${quoted(entry.subject.name)}: ${quoted(entry.reason, 256)}`;
    }
  })();
  return [
    `${head}, by ${names.aid(entry.controller)}, position ${entry.position}`,
    `  statement ${entry.said}`,
    ...(entry.type === 'vouch' ? [] : [`  manifest ${entry.manifest}`]),
    ...(entry.type === 'audit' && entry.from !== undefined ? [`  since ${entry.from}`] : []),
    `  from ${first} until ${end}`,
  ];
}

/** A statement with its standing, line by line. */
export function statementLines(
  { statement, state, why }: ListedStatement,
  names: ShownNames,
): readonly string[] {
  return [...saidLines(statement, names), `  ${STATE_WORDS[state]}: ${why}`];
}
