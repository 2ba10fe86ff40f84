import { type KeyState, wireState } from '../keri/state.ts';
import type { Freshness } from '../log/freshness.ts';
import type { Contents } from '../log/contents.ts';
import type { JudgedStatement } from '../log/devices.ts';
import { type IdentityFacts, identityFacts } from '../log/identity-facts.ts';
import { expectationLine } from './expectations.ts';

/** One reason why a clone does not verify, and where. */
export interface Finding {
  /** Stable name of the rule. */
  readonly reason: string;
  readonly detail: string;
  readonly position?: number;
  readonly commit?: string;
  /** The id of a stored object that is damaged or missing. */
  readonly object?: string;
  readonly path?: string;
  readonly aid?: string;
}

/** The verdict on one AID: where its KEL stood at the last position that verified. */
export interface AidVerdict extends IdentityFacts {
  readonly aid: string;
  /** `duplicitous`: its KEL is valid, and evidence in the log proves that it signed two events for one place. */
  readonly verdict: 'valid' | 'invalid' | 'duplicitous';
  readonly sn: number;
  readonly said: string;
  /** How many were accepted, superseded ones included. */
  readonly events: number;
  readonly abandoned: boolean;
  /** What `--expect` takes. */
  readonly expect: string;
  readonly state: ReturnType<typeof wireState>;
  readonly reasons: readonly string[];
}

/** The verdict on a log. */
export interface AuditVerdict {
  readonly state: 'valid' | 'invalid';
  /** Why not, or the words for why. */
  readonly reason: string;
  /** Whether anything from outside of the clone tells that it is the right log. */
  readonly identity: 'expected' | 'known' | 'not pinned';
  readonly log: string | undefined;
  readonly ref: string;
  readonly tip: string | undefined;
  readonly batches: number;
  /** How many of them, from the first on, this machine had verified before and did not verify again. */
  readonly verifiedBefore: number;
  readonly objects: number | undefined;
  readonly aids: readonly AidVerdict[];
  /** All statements, in the order in which they entered the log. */
  readonly statements: readonly JudgedStatement[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  /** How fresh the log is, where the caller can tell. */
  readonly freshness?: Freshness;
}

function verdictOf(reasons: readonly string[], { marks }: IdentityFacts): AidVerdict['verdict'] {
  if (reasons.length > 0) return 'invalid';
  return marks.some(({ status }) => status === 'duplicitous') ? 'duplicitous' : 'valid';
}

function abandoned(state: KeyState): boolean {
  return state.nextDigests.length === 0;
}

/** The verdicts on all AIDs, by what was found. */
export function aidVerdicts(
  contents: Contents,
  findings: readonly Finding[],
): readonly AidVerdict[] {
  return contents.aids.toSorted().flatMap((aid) => {
    const kel = contents.kel(aid);
    if (kel === undefined) return [];
    const { state } = kel;
    const reasons = findings
      .filter((finding) => finding.aid === aid || finding.path?.includes(aid))
      .map(({ reason, detail }) => `${reason}: ${detail}`);
    const facts = identityFacts(contents, aid);
    return [
      {
        aid,
        verdict: verdictOf(reasons, facts),
        sn: state.sn,
        said: state.said,
        events: kel.accepted,
        abandoned: abandoned(state),
        expect: expectationLine(aid, state.sn, state.said),
        state: wireState(state),
        reasons,
        ...facts,
      },
    ];
  });
}

/** The verdict in a few words: the first reason against it, or how far it is known whose log it is. */
export function verdictWords(
  findings: readonly Finding[],
  identity: AuditVerdict['identity'],
): string {
  const [first] = findings;
  if (first !== undefined) return first.reason;
  switch (identity) {
    case 'expected':
      return 'consistent, and the one that was expected';
    case 'known':
      return 'consistent with what this home verified before';
    case 'not pinned':
      return 'consistent, identity not pinned';
  }
}
