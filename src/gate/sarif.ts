/**
 * A verdict on a change in the form that forges show beside the code (SARIF 2.1.0, OASIS).
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { reasonText } from '../skills/verdict-reason.ts';
import type { ChangeVerdict } from './judge-change.ts';
import type { Refusal } from './refusal.ts';
import { refusalsOf } from './verdict-lines.ts';

/** What it means, whichever file it is about, and what mends it. */
interface RuleText {
  readonly title: string;
  readonly mend: string;
}

const APPROVE = 'Have a maintainer approve the file: gitkel policy approve FILE --as AID.';
const MOVE = 'Put the files themselves there, under a name of their own.';

/** Rules that are about the repository, not about one skill. */
const OF_REPOSITORY: Readonly<Record<string, RuleText>> = {
  'policy-deleted': {
    title: 'the repository policy must not be deleted',
    mend: 'Put it back; a policy can be replaced, never deleted.',
  },
  'policy-form': {
    title: 'the repository policy is a plain file',
    mend: 'Make .gitkel/policy.yaml a plain file.',
  },
  'policy-malformed': {
    title: 'the repository policy cannot be read',
    mend: 'Correct it: gitkel policy check FILE says what is wrong.',
  },
  'policy-log': {
    title: 'the repository policy names another log',
    mend: 'Keep the id of the log.',
  },
  'policy-root': {
    title: 'a root certificate that the repository policy names is not there, or another one is',
    mend: 'Put the certificates that the policy names beside it.',
  },
  'policy-not-approved': { title: 'no maintainer approved the repository policy', mend: APPROVE },
  'policy-approval-stale': {
    title: 'the repository policy was approved in the place of another one',
    mend: APPROVE,
  },
  'maintainer-duplicitous': {
    title:
      'the repository policy was approved by a maintainer who is proved to have signed two histories',
    mend: 'Have another maintainer approve it, or this one after it has recovered with a rotation.',
  },
  'path-collision': { title: 'two names are one and the same on some systems', mend: MOVE },
  'path-depth': { title: 'a directory lies too deep', mend: 'Move it up.' },
  submodule: { title: 'nobody can see which skills a submodule holds', mend: MOVE },
  symlink: { title: 'a symbolic link shows files in another place', mend: MOVE },
};

function textOf(reason: string): RuleText {
  const ofRepository = Object.hasOwn(OF_REPOSITORY, reason) ? OF_REPOSITORY[reason] : undefined;
  return (
    reasonText(reason) ??
    ofRepository ?? {
      title: `the files are no skill: ${reason}`,
      mend: 'Correct them: gitkel skill check DIR names everything.',
    }
  );
}

function ruleOf(reason: string): Json {
  const { title, mend } = textOf(reason);
  return {
    id: reason,
    shortDescription: { text: title },
    help: { text: `${title}. ${mend}` },
    defaultConfiguration: { level: 'error' },
  };
}

/** A path as a URI that is relative to the top of the repository (RFC 3986 section 4.2). */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function resultOf({ path, reason, detail, hint, file }: Refusal, rules: readonly string[]): Json {
  return {
    ruleId: reason,
    ruleIndex: rules.indexOf(reason),
    level: 'error',
    message: { text: hint === '' ? detail : `${detail}. ${hint}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file), uriBaseId: '%SRCROOT%' },
          region: { startLine: 1 },
        },
      },
    ],
    partialFingerprints: { 'gitkel/v1': `${reason}:${uriOf(path)}` },
  };
}

/** A SARIF log with one run: a result for each refusal, a rule for each reason in it. */
export function sarifOf(verdict: ChangeVerdict, version: string): Json {
  const refusals = refusalsOf(verdict);
  const rules = [...new Set(refusals.map(({ reason }) => reason))].toSorted();
  return {
    $schema:
      'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'gitkel', version, rules: rules.map(ruleOf) } },
        results: refusals.map((refusal) => resultOf(refusal, rules)),
      },
    ],
  };
}
