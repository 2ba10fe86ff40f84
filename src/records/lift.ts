import type { Json } from '../base/canonical-json.ts';
import { malformed } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';

/**
 * The issuer says that revocations which its superseded events sealed count no longer: until it does, they stay in
 * force, since whoever revokes too much does less harm than whoever revokes too little.
 */
export interface Lift {
  readonly type: 'lift';
  /** SAIDs of records; sorted, each once. */
  readonly records: readonly string[];
}

export function liftJson({ records }: Lift): { readonly [key: string]: Json } {
  return { records };
}

/**
 * Reads the body of a lift from a parsed record.
 * @throws GitkelError `malformed`.
 */
export function parseLift(value: Json, head: readonly string[]): Lift {
  const records = fieldsOf(value, 'a lift', [...head, 'records']).texts('records');
  const isInOrder = records.every((said, at) => at === 0 || said > (records[at - 1] ?? ''));
  if (records.length === 0 || records.length > LIMITS.liftedRecords || !isInOrder) {
    throw malformed(
      'lift-records',
      `Cannot read a lift: it names 1 to ${LIMITS.liftedRecords} records, sorted, each once`,
    );
  }
  return { type: 'lift', records };
}
