import type { Json } from '../base/canonical-json.ts';
import { parseDay } from '../base/day.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { isDigest } from '../keri/primitive-text.ts';

/** What others said by which a skill was let in, for people to see. It is found out anew whenever the skill is verified. */
export interface Decided {
  readonly decision: 'accept' | 'accept-with-conditions';
  /** The day, in UTC, as 2026-11-21. */
  readonly on: string;
  /** SAIDs of the first of the statements that counted. */
  readonly statements: readonly string[];
}

/** As the lock holds it. */
export function decidedJson({ decision, on, statements }: Decided): Json {
  return { decision, on, statements };
}

/** Reads what a lock says of that. @param what what is read, for messages. @throws GitkelError `malformed`. */
export function parseDecided(value: Json, what: string): Decided {
  const fields = fieldsOf(value, what, ['decision', 'on', 'statements']);
  const [decision, on, statements] = [
    fields.text('decision'),
    fields.text('on'),
    fields.texts('statements'),
  ];
  if (decision !== 'accept' && decision !== 'accept-with-conditions')
    throw malformed('lock-decision', `Cannot read ${what}: the decision ${quoted(decision)}`);
  parseDay(on);
  const wrong = statements.find((said) => !isDigest(said));
  if (wrong !== undefined)
    throw malformed('lock-digest', `Cannot read ${what}: ${quoted(wrong)} is no digest`);
  if (statements.length > LIMITS.lockStatements) {
    throw malformed(
      'lock-decision',
      `Cannot read ${what}: a skill names ${statements.length} statements, the limit is ${LIMITS.lockStatements}`,
    );
  }
  return { decision, on, statements };
}
