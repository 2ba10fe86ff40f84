import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import {
  inTotoPayload,
  onlySubject,
  PLACE_KEYS,
  placeJson,
  readInToto,
  readPlace,
  sha256Field,
} from './in-toto.ts';
import type { RecordHead } from './record-head.ts';

/** Where the policy of a skills repository lies in it. */
export const REPOSITORY_POLICY_FILE = '.gitkel/policy.yaml';

/** A maintainer of a skills repository approves a policy file in the place of another one. */
export interface RepositoryPolicy {
  readonly type: 'repository-policy';
  /** SHA-256 of the exact bytes of the file, lower-case hexadecimal. */
  readonly sha256: string;
  /** The same of the file that it replaces; `undefined` for the first one. */
  readonly previous: string | undefined;
}

const PREDICATE_TYPE = 'urn:gitkel:repository-policy:1';

/** The payload of the DSSE envelope. */
export function repositoryPolicyPayload(
  head: RecordHead,
  { sha256, previous }: RepositoryPolicy,
): Uint8Array {
  const place = placeJson(head, 'repository-policy');
  return inTotoPayload({
    predicateType: PREDICATE_TYPE,
    subjects: [{ name: REPOSITORY_POLICY_FILE, sha256 }],
    predicate: previous === undefined ? place : { ...place, previous },
  });
}

/**
 * Reads a parsed payload back.
 * @throws GitkelError `malformed`.
 */
export function parseRepositoryPolicy(value: Json): {
  readonly head: RecordHead;
  readonly body: RepositoryPolicy;
} {
  const what = 'the approval of a repository policy';
  const { subjects, predicate } = readInToto(value, PREDICATE_TYPE, what);
  const { name, sha256 } = onlySubject(subjects, what);
  if (name !== REPOSITORY_POLICY_FILE) {
    throw malformed(
      'subjects',
      `Cannot read ${what}: its subject is ${quoted(name)}, not ${REPOSITORY_POLICY_FILE}`,
    );
  }
  const fields = fieldsOf(predicate, what, PLACE_KEYS, ['previous']);
  const previous = fields.has('previous') ? sha256Field(fields, 'previous') : undefined;
  if (previous === sha256)
    throw malformed('policy-unchanged', `Cannot read ${what}: it replaces the file by itself`);
  return {
    head: readPlace(fields, 'repository-policy'),
    body: { type: 'repository-policy', sha256, previous },
  };
}
