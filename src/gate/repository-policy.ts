/**
 * The policy of a repository with skills: `.gitkel/policy.yaml`. It names the log that decides, who may release skills for
 * which paths, who may change the policy itself, whose audits count, and what is asked of a skill.
 * @module
 */
import { fromUtf8, toHex } from '../base/bytes.ts';
import type { Json } from '../base/canonical-json.ts';
import { DURATION_FORM, durationSeconds } from '../base/duration.ts';
import { quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import type { Certificate } from '../oms/certificate.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isCloneUrl } from '../git/clone.ts';
import { isRefName } from '../git/ref-name.ts';
import { isDigest } from '../keri/primitive-text.ts';
import type { TrustPolicy } from '../trust/trust-policy.ts';
import { parseBoundedYaml, type YamlValue } from '../skills/bounded-yaml.ts';
import { parseSandbox, type PolicySandbox } from './policy-sandbox.ts';
import { compareSpecificity, overlaps, parsePattern, type PathPattern } from './path-pattern.ts';
import { aidsOf, POLICY_WORDS, policyProblem } from './policy-problem.ts';
import {
  parseCriteria,
  parseLegacy,
  parseRoots,
  type PolicyCriteria,
  type PolicyLegacy,
  trustPolicyOf,
} from './policy-trust.ts';

/** Where the policy stands in a repository. */
export const POLICY_DIRECTORY = '.gitkel';
export const POLICY_FILE = 'policy.yaml';
export const POLICY_PATH = `${POLICY_DIRECTORY}/${POLICY_FILE}`;

const VERSION = 1;

/** Which log decides, and where others get it. */
export interface PolicyLog {
  readonly id: string;
  /** Where a copy can be cloned from. */
  readonly url: string | undefined;
  /** The full name of its ref, where it is in the same repository. */
  readonly ref: string | undefined;
}

/** Who may release the skills of some paths. */
export interface PathRule {
  readonly match: PathPattern;
  /** AIDs of controllers; each of them alone may. */
  readonly release: readonly string[];
}

export interface RepositoryPolicy {
  /** SHA-256 of the bytes of its file, lower-case hexadecimal. */
  readonly digest: string;
  readonly log: PolicyLog;
  /** Seconds after which a copy of the log is too old to decide; `undefined` where any age will do. */
  readonly maxAge: number | undefined;
  /** AIDs; each of them alone may change the policy. */
  readonly maintainers: readonly string[];
  readonly paths: readonly PathRule[];
  /** Whom it trusts by itself to audit and to vouch, and what it asks for by risk tier. */
  readonly trust: TrustPolicy;
  /** What it asks for, in the words of the file. */
  readonly criteria: PolicyCriteria;
  /** What becomes of skills without a release; `undefined` where they are refused. */
  readonly legacy: PolicyLegacy | undefined;
  /** What it says of runs of skills. */
  readonly sandbox: PolicySandbox;
  /** The certificates of its roots, as far as files with them lay beside it. */
  readonly rootCertificates?: readonly Certificate[] | undefined;
}

/** The digest by which a policy is approved and replaced: SHA-256 of its bytes, lower-case hexadecimal. */
export function policyDigest(crypto: Crypto, bytes: Uint8Array): string {
  return toHex(crypto.digest('sha2-256', bytes));
}

/** YAML as JSON: digits without quotes are a number; what some reader takes for something else needs quotes. */
function jsonOf(value: YamlValue): Json {
  switch (value.kind) {
    case 'list':
      return value.items.map(jsonOf);
    case 'map':
      return Object.fromEntries(value.entries.map(([key, each]) => [key, jsonOf(each)]));
    case 'text':
      if (!value.looksTyped) return value.text;
      if (/^(?:0|[1-9][0-9]{0,8})$/.test(value.text)) return Number(value.text);
      throw policyProblem(
        'policy-type',
        value.text === ''
          ? 'a value is missing'
          : `${quoted(value.text)} is no text to every reader; put it in quotes`,
      );
  }
}

function parseYaml(bytes: Uint8Array): Json {
  if (bytes.length > LIMITS.policyBytes) {
    throw policyProblem(
      'policy-size',
      `it has ${bytes.length} bytes, the limit is ${LIMITS.policyBytes}`,
    );
  }
  const text = fromUtf8(bytes);
  if (text === undefined || text.startsWith('\ufeff'))
    throw policyProblem(
      'policy-encoding',
      'it is not UTF-8 text, or begins with a byte order mark',
    );
  const parsed = parseBoundedYaml(text, LIMITS.policyBytes);
  if (!parsed.ok) throw policyProblem(parsed.reason, parsed.detail);
  return jsonOf(parsed.value);
}

function parseLog(value: Json): PolicyLog {
  const fields = fieldsOf(value, POLICY_WORDS, ['id'], ['url', 'ref']);
  const [id, url, ref] = [
    fields.text('id'),
    fields.optionalText('url'),
    fields.optionalText('ref'),
  ];
  if (!isDigest(id)) throw policyProblem('policy-log', `${quoted(id)} is no id of a log`);
  if (url !== undefined && ref !== undefined)
    throw policyProblem('policy-log', 'it names both a url and a ref of the log; one is enough');
  if (url !== undefined && (!isCloneUrl(url) || url.length > LIMITS.policyPatternCharacters))
    throw policyProblem(
      'policy-log',
      `${quoted(url)} is no address of a repository`,
      'Write one that begins with https://, ssh:// or git://, or user@host:path; a log in the same repository is named by its ref.',
    );
  if (ref !== undefined && !isRefName(ref)) {
    throw policyProblem(
      'policy-log',
      `${quoted(ref)} is no name of a ref`,
      'Write it in full: refs/heads/gitkel.',
    );
  }
  return { id, url, ref };
}

function parseRule(value: Json): PathRule {
  const fields = fieldsOf(value, POLICY_WORDS, ['match', 'release']);
  const match = parsePattern(fields.text('match'));
  return { match, release: aidsOf(fields, 'release', `the rule for ${quoted(match.text, 200)}`) };
}

/** Refuses rules of which nobody could say which one decides. */
function checkRules(rules: readonly PathRule[]): void {
  if (rules.length > LIMITS.policyRules)
    throw policyProblem('policy-rules', `it has more than ${LIMITS.policyRules} rules`);
  for (const [index, { match }] of rules.entries()) {
    const tie = rules
      .slice(0, index)
      .find((rule) => compareSpecificity(rule.match, match) === 0 && overlaps(rule.match, match));
    if (tie === undefined) continue;
    throw policyProblem(
      'policy-tie',
      tie.match.text === match.text
        ? `two rules match ${quoted(match.text, 200)}`
        : `${quoted(tie.match.text, 200)} and ${quoted(match.text, 200)} match some paths alike, and neither is more specific`,
      'Write more of one of them as text.',
    );
  }
}

function maxAgeOf(fields: Fields): number | undefined {
  const text = fields.optionalText('maxAge');
  if (text === undefined) return undefined;
  const seconds = durationSeconds(text);
  if (seconds === undefined || seconds === 0)
    throw policyProblem('policy-max-age', `maxAge is ${quoted(text)}`, `Write ${DURATION_FORM}.`);
  return seconds;
}

/**
 * Reads a policy file exactly: unknown keys, unknown criteria, and rules that tie are errors.
 * @throws GitkelError `malformed`.
 */
export function parsePolicy(crypto: Crypto, bytes: Uint8Array): RepositoryPolicy {
  const value = parseYaml(bytes);
  const fields = fieldsOf(
    value,
    POLICY_WORDS,
    ['version', 'log', 'maintainers', 'paths'],
    ['maxAge', 'trust', 'criteria', 'legacy', 'sandbox'],
  );
  if (fields.integer('version') !== VERSION)
    throw policyProblem(
      'policy-version',
      `its version is ${fields.integer('version')}, not ${VERSION}`,
    );
  const paths = fields.list('paths').map(parseRule);
  checkRules(paths);
  const criteria = parseCriteria(fields);
  const trust = trustPolicyOf(crypto, parseRoots(fields), criteria);
  return {
    digest: policyDigest(crypto, bytes),
    log: parseLog(fields.json('log')),
    maxAge: maxAgeOf(fields),
    maintainers: aidsOf(fields, 'maintainers', 'the list of maintainers'),
    paths,
    trust,
    criteria,
    legacy: parseLegacy(fields, trust.criteria),
    sandbox: parseSandbox(fields),
  };
}
