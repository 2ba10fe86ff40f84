import type { Json } from '../base/canonical-json.ts';
import { fieldsOf } from '../base/fields.ts';
import {
  inTotoPayload,
  PLACE_KEYS,
  placeJson,
  readInToto,
  readPlace,
  type Subject,
} from './in-toto.ts';
import type { RecordHead } from './record-head.ts';

/** The issuer vouches for files. */
export interface Statement {
  readonly type: 'statement';
  readonly subjects: readonly Subject[];
  /** The controller in whose name a device issues it, if any. */
  readonly controller: string | undefined;
}

const PREDICATE_TYPE = 'urn:gitkel:statement:1';

/** The payload of the statement's DSSE envelope. */
export function statementPayload(
  head: RecordHead,
  { subjects, controller }: Statement,
): Uint8Array {
  const predicate = placeJson(head, 'statement', controller);
  return inTotoPayload({ predicateType: PREDICATE_TYPE, subjects, predicate });
}

/**
 * Reads a parsed payload back.
 * @throws GitkelError `malformed`.
 */
export function parseStatement(value: Json): {
  readonly head: RecordHead;
  readonly body: Statement;
} {
  const what = 'a statement';
  const { subjects, predicate } = readInToto(value, PREDICATE_TYPE, what);
  const fields = fieldsOf(predicate, what, PLACE_KEYS, ['controller']);
  return {
    head: readPlace(fields, 'statement'),
    body: { type: 'statement', subjects, controller: fields.optionalText('controller') },
  };
}
