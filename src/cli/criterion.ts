import { GitkelError, quoted } from '../base/errors.ts';
import { fromUtf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { homeTrust } from '../keys/home-trust.ts';
import { isCriterion } from '../records/skill-statement.ts';
import { criteriaOf, criterionNamed, criterionSaid } from '../trust/criteria.ts';
import { inputFile } from './input.ts';
import type { Session } from './session.ts';

/** How criteria are named on the command line. */
export const CRITERION_VALUE = 'NAME|SAID|@FILE';

/** The SAID of the text in a file; every byte of it counts. */
function saidOfFile({ host }: Session, file: string): string {
  const text = fromUtf8(inputFile(host, file, LIMITS.criterionBytes));
  if (text !== undefined) return criterionSaid(host.crypto, text);
  throw new GitkelError(
    'usage',
    `Cannot use ${quoted(file)} as a criterion: it is not UTF-8 text`,
    {
      reason: 'criterion',
    },
  );
}

function saidOf(session: Session, text: string): string {
  if (text.startsWith('@')) return saidOfFile(session, text.slice(1));
  if (isCriterion(text)) return text;
  const criteria = criteriaOf(session.host.crypto, homeTrust(session.home).criteria);
  const found = criterionNamed(criteria, text);
  if (found?.computed === undefined && found !== undefined) return found.said;
  throw new GitkelError(
    'usage',
    found === undefined
      ? `Cannot use the criterion ${quoted(text)}: no criterion of that name is built in or in this home`
      : `Cannot use the criterion ${quoted(text)}: it is found out by computing, and nobody states it`,
    {
      reason: found === undefined ? 'criterion-unknown' : 'criterion-computed',
      hint: `Write the SAID of its text, @FILE for a file with the text, or one of these names: ${[
        ...criteria.values(),
      ]
        .filter(({ computed }) => computed === undefined)
        .map(({ name }) => name)
        .join(', ')}.`,
    },
  );
}

/** Lines for people, with what this home calls a criterion behind each that ends with its SAID. */
export function withCriterionNames(
  { host, home }: Session,
  lines: readonly string[],
): readonly string[] {
  const known = criteriaOf(host.crypto, homeTrust(home).criteria);
  return lines.map((line) => {
    const name = known.get(line.slice(line.lastIndexOf(' ') + 1))?.name;
    return name === undefined ? line : `${line} (${name})`;
  });
}

/**
 * The SAIDs of criteria as a person names them, sorted, each once.
 * @throws GitkelError `usage`.
 */
export function criteriaSaids(session: Session, texts: readonly string[] = []): readonly string[] {
  return [...new Set(texts.map((text) => saidOf(session, text)))].toSorted();
}
