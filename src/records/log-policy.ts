import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';

/** The founder says who may commit to the log from the next position on. */
export interface LogPolicy {
  readonly type: 'log-policy';
  readonly admission: 'open' | 'closed';
  /** AIDs beside the founder that may commit to a closed log; sorted, each once. */
  readonly writers: readonly string[];
}

export function logPolicyJson({ admission, writers }: LogPolicy): { readonly [key: string]: Json } {
  return { admission, writers };
}

/**
 * Reads the body of a log policy from a parsed record.
 * @throws GitkelError `malformed`.
 */
export function parseLogPolicy(value: Json, head: readonly string[]): LogPolicy {
  const fields = fieldsOf(value, 'a log policy', [...head, 'admission', 'writers']);
  const admission = fields.text('admission');
  if (admission !== 'open' && admission !== 'closed') {
    throw malformed(
      'admission',
      `Cannot read a log policy: admission ${quoted(admission)} is neither "open" nor "closed"`,
    );
  }
  const writers = fields.texts('writers');
  if (writers.some((writer, index) => index > 0 && writer <= (writers[index - 1] ?? ''))) {
    throw malformed(
      'writers',
      'Cannot read a log policy: its writers are not sorted, or one stands twice',
    );
  }
  return { type: 'log-policy', admission, writers };
}
