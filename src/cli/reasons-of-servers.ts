import type { ReasonFamily } from './reason-family.ts';

/** Reasons about policies of repositories, the hooks that keep them, and agent platforms. */
export const REASONS_OF_SERVERS: readonly ReasonFamily[] = [
  {
    about: 'the policy of a repository',
    why: 'The policy in force says who may release what; it is replaced by one that a maintainer approved in its place, never dropped.',
    way: 'Correct it, then have a maintainer approve it.',
    example: 'gitkel policy check',
    reasons: {
      'policy-approval-stale':
        'the policy was approved in the place of another one than is in force',
      'policy-deleted': 'the policy is deleted: put it back',
      'policy-exists': 'there is a policy already',
      'policy-form': 'the policy is no plain file that can be read',
      'policy-log': 'the policy names another log than the hooks were installed for',
      'policy-malformed': 'the policy cannot be read',
      'policy-match': 'a path pattern of the policy cannot be used',
      'policy-missing': {
        what: 'there is no policy',
        way: 'Write one.',
        example: 'gitkel policy init --maintainer team --path "skills/**=team"',
      },
      'policy-not-approved': {
        what: 'no maintainer approved the policy',
        way: 'Have a maintainer approve it.',
        example: 'gitkel policy approve .gitkel/policy.yaml --as team',
      },
      'policy-require': 'a requirement is not written as TIER=CRITERION',
      'policy-root': 'a certificate that the policy names is not beside it',
      'policy-rule': 'a rule is not written as PATTERN=AID',
      'policy-trust': 'a trust is not written as AID=LEVEL',
      'policy-twice': 'the same policy was approved already',
      'policy-unchanged': 'the policy is the one that was approved last',
      'maintainer-duplicitous': 'who approved it is proved to have signed two events for one place',
      previous: 'it is not said which policy this one takes the place of',
    },
  },
  {
    about: 'pushes to a server with hooks',
    why: 'A server takes only what its policy and its log allow, all of a push or nothing, whatever the client is.',
    way: 'Read which ref or path is named, leave it out or have it released, and push again.',
    example: 'gitkel skill gate --base origin/main --head HEAD',
    reasons: {
      'log-deleted': 'a log is never deleted',
      'head-moved':
        'HEAD may not be moved: the policy in force is that of the branch that it names',
      'replace-ref': 'the ref would put other objects in the place of those that were judged',
      'reserved-ref': 'the name is kept for gitkel',
      'ref-update': 'what Git told the hook cannot be read',
      'too-many-directories':
        'more directories differ than are looked into: push it in smaller parts',
      'too-many-refs': 'more refs are moved than are judged at once: push them in smaller parts',
      'too-many-skills':
        'more skills are touched than are judged at once: push it in smaller parts',
      approval: 'the note of what was judged cannot be read',
      quarantine: 'what was pushed is not where this repository keeps objects',
    },
  },
  {
    about: 'installed hooks',
    why: 'A hook that is not sure what it was installed for refuses everything; so nothing slips through while it is repaired.',
    way: 'See what is installed and what is wrong with it; installing again mends most.',
    example: 'gitkel hook status',
    reasons: {
      'hook-config': 'the settings of the hooks cannot be read',
      'hook-config-missing': 'the settings of the hooks are gone: install them again',
      'hook-name': 'gitkel has no hook of that name',
      'hook-state': 'Git asks in a way that this version does not know',
      'hook-symlink': 'a symbolic link stands where the hook goes, and cannot be kept',
      'hooks-path': 'Git looks for hooks elsewhere (core.hooksPath)',
      'head-detached': 'HEAD of the repository names no branch, so that no policy is in force',
      'no-calling-git': 'Git did not start the hook',
      'no-git-dir': 'Git did not say for which repository it started the hook',
      'program-gone': 'gitkel is not where the hook was installed from: install it again',
    },
  },
  {
    about: 'agent platforms',
    why: 'What an agent platform asks is answered in its own form, and whatever is not understood is a no.',
    way: 'Print the settings again, and put them where the platform reads them.',
    example: 'gitkel hook print claude-code --log team-log',
    reasons: {
      'hook-event': 'the platform tells of an event that is none of ours',
      'hook-options': 'the settings do not say what is needed',
      'protocol-version': 'the platform speaks another version of its protocol',
    },
  },
];
