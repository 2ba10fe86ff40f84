/**
 * What is known of a skill and of those who speak about it: plain values, gathered from a log by others. Dates are whole
 * UTC days since 1970-01-01, claims of whoever wrote them; positions are batch numbers of the log.
 * @module
 */
import type { Depth, VouchLevel } from './level.ts';
import type { Tier } from './trust-policy.ts';

/**
 * How a statement stands for the controller in whose name it is issued.
 * - `counts`: it does
 * - `retracted`: it did, until its issuer took it back
 * - `void`: it never did, or a recovery took it back
 */
export type Standing = 'counts' | 'retracted' | 'void';

/** Who says something, and where. */
export interface Said {
  readonly said: string;
  /** The AID whose event seals it, and the sequence number of that event. */
  readonly issuer: string;
  readonly sn: number;
  /** The controller in whose name it is issued: the issuer, or whose device the issuer is. Trust is in controllers. */
  readonly controller: string;
  readonly position: number;
  readonly standing: Standing;
  /** What makes it stand like that, in words for people; empty where it counts by itself. */
  readonly why: string;
}

/** Who stands behind the controller in whose name something is said. */
export interface Control {
  /** The root of the controller's chain of delegators: who shares it counts as one. */
  readonly foldedController: string;
  /** Everybody else who controls the controller, where there are such. */
  readonly above?: readonly string[] | undefined;
}

/** A statement whose issuer may be counted. */
export interface Issued extends Said, Control {}

/** What a trust statement is limited to; what is not named is not limited. */
export interface TrustScope {
  /** SAIDs of criteria: trust in their judgement of these, and of what these imply. */
  readonly criteria?: readonly string[] | undefined;
  /** Names of skills, in which `*` stands for any characters. */
  readonly names?: readonly string[] | undefined;
}

/** Somebody says how far they trust the judgement of an AID. */
export interface VouchFact extends Said {
  /** Looks up who stands behind the controller: of most vouches nobody asks for it. */
  readonly findControl: () => Control;
  readonly about: string;
  readonly level: VouchLevel;
  readonly scope: TrustScope;
  /** SAIDs of criteria that every release by that AID meets while the vouch is in force. */
  readonly grants: readonly string[];
  /** In force from this day on, and no longer from that day on. */
  readonly from: number;
  readonly until: number;
}

/** A vouch that is asked whether it grants something: its issuer may be counted. */
export interface GrantFact extends VouchFact, Issued {}

/** How an audit was made. */
export const AUDIT_METHODS = ['human', 'human+llm', 'llm', 'scanner'] as const;
export type AuditMethod = (typeof AUDIT_METHODS)[number];

/** Somebody judged the files of a skill, all of them or what changed between two states of them. */
export interface AuditFact extends Issued {
  /** SAIDs of manifests: of the files, and of those that they were compared with, if they were. */
  readonly manifest: string;
  readonly from?: string | undefined;
  /** SAIDs of criteria. */
  readonly criteria: readonly string[];
  readonly result: 'pass' | 'fail';
  readonly thoroughness: Depth;
  readonly understanding: Depth;
  readonly method: AuditMethod;
  readonly note: string;
  readonly issued: number;
  readonly expires: number;
}

/** A curator answers for the files of a skill that its author did not release. */
export interface ImportFact extends Issued {
  readonly manifest: string;
  readonly criteria: readonly string[];
  readonly note: string;
  readonly issued: number;
  readonly expires: number;
}

/** Somebody answers for using a skill although it lacks what is asked for. */
export interface ExemptionFact extends Issued {
  readonly manifest: string;
  readonly reason: string;
  readonly owner: string;
  readonly issued: number;
  readonly expires: number;
}

/** Somebody says that a skill must not be used any more. */
export interface RevocationFact extends Issued {
  readonly target: 'release' | 'manifest' | 'name';
  readonly reason: string;
  readonly note: string;
}

/** The release of the files that is to decide. */
export interface ReleaseFact extends Issued {
  readonly version: string;
  /** Whether whoever judges lets this controller release this skill. */
  readonly isAllowed: boolean;
  /** Whether it names the repository and the commit that it was made from. */
  readonly namesSource: boolean;
  /** Whether the event that seals it needs receipts of witnesses. */
  readonly isWitnessed: boolean;
}

/** All that one decision rests on, except who trusts whom. */
export interface SkillFacts {
  readonly name: string;
  /** The SAID of the manifest of its files. */
  readonly manifest: string;
  readonly tier: Tier;
  /** Whether the files at hand are those of the manifest. */
  readonly isIntact: boolean;
  /** Whether the files say themselves what they ask for. */
  readonly statesPermissions: boolean;
  readonly release: ReleaseFact | undefined;
  /** Audits of the manifest, and of every manifest from which deltas lead to it. Those of strangers may be left out. */
  readonly audits: readonly AuditFact[];
  readonly imports: readonly ImportFact[];
  readonly exemptions: readonly ExemptionFact[];
  /** Revocations of the release, its files or its name, in force or taken back. Those of strangers may be left out. */
  readonly revocations: readonly RevocationFact[];
  /** Whether somebody said more about these files than was read: then nothing is accepted. */
  readonly isCut?: boolean | undefined;
}
