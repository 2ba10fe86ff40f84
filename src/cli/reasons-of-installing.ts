import { INSTALL_REASONS, type InstallReason } from '../install/install-verdict.ts';
import type { ReasonFamily } from './reason-family.ts';

function mend(reason: InstallReason): string {
  return INSTALL_REASONS[reason].mend;
}

/** Reasons about releasing, installing, running and judging skills. */
export const REASONS_OF_INSTALLING: readonly ReasonFamily[] = [
  {
    about: 'releasing a skill',
    why: 'A release is for ever: it says exactly which files it is of, by whom, and what came before it.',
    way: 'See what was released, then release with what the message names.',
    example: 'gitkel skill releases notes',
    reasons: {
      skill: 'there is no such skill',
      'skill-unknown': 'nothing of that skill is in the log',
      'name-ambiguous': 'several publishers released skills of that name',
      version: 'the version is missing, or not of letters, digits and ._+-',
      'version-taken': 'that version was released with other files',
      'previous-files': 'the files of the release before are not those that were released',
      'release-previous': 'the release names another one before it than the newest',
      'release-twice': 'the release says what the newest one says already',
      'release-source': 'the source has a user name or a password in it',
      commit: 'there is no such commit or branch',
      'commit-ambiguous': 'the name stands for several commits',
      output: 'the file is there already',
    },
  },
  {
    about: 'installing and verifying skills',
    why: 'What is in the folder has to be what was judged, byte for byte, at every moment: before, during and after.',
    way: 'See what is there and what was installed.',
    example: 'gitkel skill verify',
    reasons: {
      'signed-before': {
        what: 'the skill was signed when it was installed, and the new files are not',
        way: mend('signed-before'),
      },
      'legacy-off': {
        what: 'nobody released the skill, and nothing says what becomes of such skills',
        way: mend('legacy-off'),
      },
      'root-changed': {
        what: 'the skill is signed under another root than before',
        way: mend('root-changed'),
      },
      'publisher-changed': {
        what: 'the skill is by another publisher than before',
        way: mend('publisher-changed'),
      },
      'log-behind': {
        what: 'the copy of the log is older than the one by which the skill was installed',
        way: mend('log-behind'),
      },
      'release-unknown': {
        what: 'the log does not have the release that the lock names',
        way: mend('release-unknown'),
      },
      'lock-edited': {
        what: 'the lock says something else than the log',
        way: mend('lock-edited'),
      },
      'nested-skill': {
        what: 'there is another skill inside of the skill',
        way: mend('nested-skill'),
      },
      'install-name': {
        what: 'the name of the skill cannot be that of a directory everywhere',
        way: mend('install-name'),
      },
      'expected-other': {
        what: 'the skill is not the one that --expect names',
        way: mend('expected-other'),
      },
      'not-in-lock': {
        what: 'the skill is in the folder, and the lock does not know it',
        way: mend('not-in-lock'),
      },
      'not-installed': {
        what: 'something was put into the folder that nobody installed',
        way: mend('not-installed'),
      },
      'skill-missing': {
        what: 'the skill is in the lock, and not in the folder',
        way: mend('skill-missing'),
      },
      quarantined: { what: 'the skill was moved aside', way: mend('quarantined') },
      'not-as-locked': {
        what: 'the files are not those that the lock names',
        way: mend('not-as-locked'),
      },
      changed: 'the folder changes all the time',
      'change-form': 'the note of an unfinished change cannot be read',
      'change-unfinished': 'an earlier change did not end, and cannot be finished',
      edited: {
        what: 'the files are not those that were installed: somebody edited them',
        way: 'Keep what you changed elsewhere, then remove it.',
        example: 'gitkel skill remove notes',
      },
      'name-collision': 'another skill has the same directory on some systems',
      'other-name': 'the skill calls itself otherwise now',
      'source-archive': 'an archive holds one skill, and this one does not',
      'source-mutable': {
        what: 'the source may be something else tomorrow',
        way: 'Name a commit.',
        example:
          'gitkel skill install https://example.org/skills.git --commit 9e739c34418d66da5dc9738693c92511440eb828',
      },
      'source-commit': 'the commit of a source is no id of a commit',
      'source-digest': 'the digest of a source is no SHA-256',
      'source-length': 'the source is longer than is kept',
      'source-type': 'there is no such kind of source',
      'staged-copy-changed':
        'something else wrote into the copy while it was judged; nothing was installed',
      'quarantine-full': 'more is in quarantine than is kept',
      'work-folder': 'something stands where gitkel keeps its own files',
      'lock-moved': 'another process changed the skill meanwhile',
      'lock-aid': 'the lock has an identity that is none',
      'lock-approvals': 'the lock has more approvals of a skill than are kept',
      'lock-basis': 'the lock does not say what let a skill in',
      'lock-decision': 'the lock has a decision that is not known',
      'lock-digest': 'the lock has a digest that is none',
      'lock-legacy': 'the lock has a word for a skill without release that is not known',
      'lock-name': 'the lock has a name that cannot be one',
      'lock-order': 'the lock is not sorted, or has two names for one directory',
      'lock-skills': 'the lock has more skills than are kept',
      'lock-version': 'the lock is in a format of another version of gitkel',
    },
  },
  {
    about: 'scans of skills',
    why: 'A scan says what it could not look at, instead of saying that nothing is there.',
    way: 'See what the rule means and where it found something.',
    example: 'gitkel skill scan skills/notes',
    reasons: {
      'engine-missing': 'patterns were not looked for: the engine is not installed',
      'scan-engine':
        'the engine for patterns did not start: install gitkel with its optional dependencies',
      'scan-rule': {
        what: 'there is no such rule',
        way: 'List them all.',
        example: 'gitkel skill scan --explain all',
      },
      'scan-rules': 'the directory has no rules that can be used',
      timeout: 'patterns could not be looked for in time',
      'too-long-line': 'a line is longer than is looked at',
      unreadable:
        'something cannot be read: it is encrypted, damaged, or in a form that is not known',
    },
  },
  {
    about: 'running a skill in the sandbox',
    why: 'A skill gets what it declares and nothing else; where that cannot be enforced, nothing is run.',
    way: 'See what the skill asks for, and what the sandbox needs.',
    example: 'gitkel skill permissions skills/notes',
    reasons: {
      'not-declared': 'the skill does not ask for it in its permissions',
      'not-executable': 'the file may not be executed, or is none of the skill',
      'program-missing': 'the program is not installed where the system has its programs',
      'program-not-declared': 'the skill does not ask to run that program',
      'other-system': 'the skill is for another system',
      'sandbox-failed': 'the sandbox did not start: this user may not make user name spaces here',
      'sandbox-missing': 'bubblewrap is not installed: without a sandbox no permission is enforced',
      'secret-form': 'the file with the secret is not one line of text',
      'path-link': 'a path leads through a symbolic link',
      'too-many-paths': 'a path stands for more files than are given: name their directory',
      workspace: 'the workspace is no directory',
      'workspace-of-root': 'the workspace belongs to root, whom the sandbox does not serve',
    },
  },
  {
    about: 'verification summaries',
    why: 'Who reads a summary believes the one who answers for it: it has to be signed, sealed and in one form.',
    way: 'Verify the skill yourself, or ask the verifier for another summary.',
    example: 'gitkel skill summary notes.vsa.json',
    reasons: {
      'conditions-not-kept':
        'the skill is accepted on conditions alone, which a summary cannot say',
      'issuer-duplicitous': 'who answers for it is proved to have signed two events for one place',
      'issuer-unknown': 'the log does not have the identity that answers for it',
      'not-sealed': 'no event of the identity seals it',
      'summary-unsigned': 'it names nobody who answers for it',
      result: 'its result is none of the known ones',
      verifier: 'it does not say where it was sealed',
      threshold:
        'the keys at hand are too few for a threshold, or a threshold is not in its one form',
    },
  },
  {
    about: 'whom you trust',
    why: 'Trust is what you say, bounded and readable; what refers to nothing would never take effect.',
    way: 'See what is trusted and asked for.',
    example: 'gitkel trust list',
    reasons: {
      criterion: 'there is no such criterion',
      'criterion-count': 'there are more criteria than are kept',
      'criterion-cycle': 'a criterion implies itself',
      'criterion-implies': 'a criterion implies more than is followed',
      'criterion-name':
        'the name of a criterion is not of small letters, digits and single hyphens',
      'criterion-text': 'the text of a criterion is no text, or too long',
      'criterion-twice': 'another criterion has the same text',
      'criterion-used': 'the criterion is asked for, or implied',
      'name-pattern': 'the pattern is not the name of a skill with * in it',
      requirement: 'there is no such requirement, or it asks for nothing',
      'too-many': 'more is trusted or defined than is kept',
      'trust-root': 'the identity is no root of this home',
    },
  },
  {
    about: 'certificates and foreign signatures',
    why: 'A signature of another kind counts only under a root that you pinned, in the form that its makers published.',
    way: 'Check which certificate it is, and pin that very one if you mean it.',
    example: 'gitkel trust legacy',
    reasons: {
      certificate: 'it is no certificate that can be read',
      'certificate-authority': 'the certificate is no authority, so that nothing can be below it',
      'root-other': 'the certificate is another one than is pinned',
    },
  },
];
