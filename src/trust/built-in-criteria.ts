import type { CriterionDefinition } from './criteria.ts';

/**
 * The criteria that everybody knows. Their SAIDs are digests of these texts: a text that is changed is another criterion,
 * and no audit of before is one of it.
 */
export const BUILT_IN_CRITERIA = [
  {
    name: 'content-intact',
    text: 'The files are exactly those of the manifest: none is changed, missing or added.',
    implies: [],
  },
  {
    name: 'author-anchored',
    text: "A release of these files by a publisher who may release them is sealed in the publisher's key event log, and counts.",
    implies: [],
  },
  {
    name: 'source-matched',
    text: 'Built again from the commit of the repository that the release names as its source, the files are the same.',
    implies: [],
  },
  {
    name: 'scanned',
    text: 'The scanner that the audit names, with the rules and the configuration that it names, ran over all of the files to its end, and found nothing that is not explained in the findings.',
    implies: [],
  },
  {
    name: 'manifest-accurate',
    text: 'What the skill asks for in its permission manifest is what it uses: nothing that it does needs more, and it asks for nothing that it has no use for.',
    implies: [],
  },
  {
    name: 'safe-to-read',
    text: 'The text of the skill can be given to an agent: no instruction in it is hidden, misleads, works against the person whom the agent acts for, or has the agent follow instructions from elsewhere.',
    implies: [],
  },
  {
    name: 'safe-to-run',
    text: 'The skill can be run with no more than the permissions that its manifest asks for: within them it harms neither the person whom the agent acts for nor others, keeps what it learns to itself, and fetches nothing that it then runs or obeys.',
    implies: ['safe-to-read'],
  },
  {
    name: 'safe-unsandboxed',
    text: 'The skill can be run without a sandbox, with all rights of whoever runs it: it does no more than its permission manifest asks for, although nothing holds it to that.',
    implies: ['safe-to-run'],
  },
] as const satisfies readonly CriterionDefinition[];

/** Criteria that no audit can meet, since whoever verifies finds them out. */
export const COMPUTED_CRITERIA = ['content-intact', 'author-anchored'] as const;
export type ComputedCriterion = (typeof COMPUTED_CRITERIA)[number];

/** The criterion that is a scanner's to meet. */
export const SCANNED = 'scanned';

/** The criterion that an observed run is held against. */
export const MANIFEST_ACCURATE = 'manifest-accurate';
