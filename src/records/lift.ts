import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';

/**
 * The issuer says that revocations and failed audits which its superseded events sealed count no longer: until it does,
 * they stay in force, since whoever revokes too much does less harm than whoever revokes too little.
 */
export interface Lift {
  readonly type: 'lift';
  /** SAIDs of records; sorted, each once. */
  readonly records: readonly string[];
  /** Any text, perhaps empty. It also tells apart a lift from one that was superseded at the same place. */
  readonly reason: string;
}

export function liftJson({ reason, records }: Lift): { readonly [key: string]: Json } {
  return { reason, records };
}

/**
 * Reads the body of a lift from a parsed record.
 * @throws GitkelError `malformed`.
 */
export function parseLift(value: Json, head: readonly string[]): Lift {
  const fields = fieldsOf(value, 'a lift', [...head, 'reason', 'records']);
  const [reason, records] = [fields.text('reason'), fields.texts('records')];
  const isInOrder = records.every((said, at) => at === 0 || said > (records[at - 1] ?? ''));
  if (records.length === 0 || records.length > LIMITS.liftedRecords || !isInOrder) {
    throw malformed(
      'lift-records',
      `Cannot read a lift: it names 1 to ${LIMITS.liftedRecords} records, sorted, each once`,
    );
  }
  if (reason.length > LIMITS.reasonCharacters) {
    throw malformed(
      'lift-reason',
      `Cannot read a lift: its reason ${quoted(reason)} has more than ${LIMITS.reasonCharacters} characters`,
    );
  }
  return { type: 'lift', records, reason };
}
