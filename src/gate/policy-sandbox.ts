/**
 * What a repository policy says of runs of skills.
 * @module
 */
import { quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { POLICY_WORDS, policyProblem } from './policy-problem.ts';

export interface PolicySandbox {
  /** Whether a skill may be run without a sandbox, where a machine can make none and whoever runs it asks for that. */
  readonly unsandboxed: 'refused' | 'allowed';
}

/** Without a word of the policy nothing runs without a sandbox. */
const REFUSED: PolicySandbox = { unsandboxed: 'refused' };

/** Reads it. @throws GitkelError `malformed`. */
export function parseSandbox(fields: Fields): PolicySandbox {
  if (!fields.has('sandbox')) return REFUSED;
  const unsandboxed = fieldsOf(fields.json('sandbox'), POLICY_WORDS, ['unsandboxed']).text(
    'unsandboxed',
  );
  if (unsandboxed === 'allowed' || unsandboxed === 'refused') return { unsandboxed };
  throw policyProblem(
    'policy-word',
    `"unsandboxed" is ${quoted(unsandboxed)}, which is none of refused, allowed`,
  );
}
