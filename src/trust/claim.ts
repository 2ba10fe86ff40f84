/**
 * What is said for the files of a skill: audits, imports and grants as one kind of thing.
 * @module
 */
import { byAge } from './age.ts';
import { coversCriterion } from './criteria.ts';
import type { AuditFact, GrantFact, ImportFact, Issued, SkillFacts } from './facts.ts';
import { carriesTrust } from './level.ts';
import { takesIn } from './scope.ts';
import type { Viewpoint } from './viewpoint.ts';

/** Somebody says that files meet criteria; a grant says it of every release by the AID that it is about. */
export type Claim =
  | { readonly kind: 'audit'; readonly fact: AuditFact }
  | { readonly kind: 'import'; readonly fact: ImportFact }
  | { readonly kind: 'grant'; readonly fact: GrantFact };

/** What leads to the files of a manifest: from nothing, which is `undefined`, or from those of another one. */
export interface Edge {
  readonly from: string | undefined;
  readonly to: string;
  /** The oldest first. */
  readonly claims: readonly Claim[];
}

export function criteriaOfClaim({ kind, fact }: Claim): readonly string[] {
  return kind === 'grant' ? fact.grants : fact.criteria;
}

/** The days from which and until which a claim is in force. */
export function termOf({ kind, fact }: Claim): { readonly from: number; readonly until: number } {
  return kind === 'grant' ? fact : { from: fact.issued, until: fact.expires };
}

/** Statements by who is heard about skills of this name, whatever came of them, the oldest first. */
export function heardOf<T extends Issued>(
  { name }: SkillFacts,
  view: Viewpoint,
  statements: readonly T[],
): readonly T[] {
  const heard = view.heard(name);
  return statements
    .filter(({ controller, standing }) => standing !== 'void' && heard.has(controller))
    .toSorted(byAge);
}

/** The audits in force that say that files fail. No date ends them, and no later audit by the same AID. */
export function failedAudits(facts: SkillFacts, view: Viewpoint): readonly AuditFact[] {
  return heardOf(facts, view, facts.audits).filter(
    ({ result, standing }) => result === 'fail' && standing === 'counts',
  );
}

/** For each controller the newest vouch for the publisher that takes in the question, if it is a grant. */
function grantsFor(facts: SkillFacts, view: Viewpoint, criterion: string): readonly Claim[] {
  const { release, name } = facts;
  if (release?.standing !== 'counts') return [];
  const { criteria } = view.policy;
  const heard = view.heard(name);
  return [...view.network.vouches].flatMap(([aid, vouches]) => {
    if (!heard.has(aid)) return [];
    const fact = vouches.findLast(
      ({ about, scope }) =>
        about === release.controller && takesIn(criteria, scope, { name, criterion }),
    );
    return fact === undefined || !carriesTrust(fact.level)
      ? []
      : [{ kind: 'grant', fact: { ...fact, ...fact.findControl() } } as const];
  });
}

function claimsFor(facts: SkillFacts, view: Viewpoint, criterion: string): readonly Claim[] {
  const audits = heardOf(facts, view, facts.audits).map(
    (fact) => ({ kind: 'audit', fact }) as const,
  );
  const imports = heardOf(facts, view, facts.imports)
    .filter(({ manifest }) => manifest === facts.manifest)
    .map((fact) => ({ kind: 'import', fact }) as const);
  return [...audits, ...imports, ...grantsFor(facts, view, criterion)].filter(
    (claim) =>
      termOf(claim).from <= view.now &&
      coversCriterion(view.policy.criteria, criteriaOfClaim(claim), criterion),
  );
}

function edgeOf({ kind, fact }: Claim, manifest: string): Omit<Edge, 'claims'> {
  return kind === 'audit'
    ? { from: fact.from, to: fact.manifest }
    : { from: undefined, to: manifest };
}

/**
 * What is said, by who is heard, of a criterion of a skill's files and of those from which differences lead to them. What
 * an import or a grant says holds for the skill's own files alone: nothing leads on from it.
 */
export function edgesFor(facts: SkillFacts, view: Viewpoint, criterion: string): readonly Edge[] {
  const edges = new Map<string, { from: string | undefined; to: string; claims: Claim[] }>();
  for (const claim of claimsFor(facts, view, criterion).toSorted((a, b) => byAge(a.fact, b.fact))) {
    const { from, to } = edgeOf(claim, facts.manifest);
    const key = `${from ?? ''} ${to}`;
    const edge = edges.get(key);
    if (edge === undefined) edges.set(key, { from, to, claims: [claim] });
    else edge.claims.push(claim);
  }
  return [...edges].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge);
}

/** The newest claim of each kind by each party: it takes the place of older ones, also when it does not hold any more. */
export function newestClaims(
  { claims }: Edge,
  partyOf: (claim: Claim) => string,
): readonly Claim[] {
  return [...new Map(claims.map((claim) => [`${claim.kind} ${partyOf(claim)}`, claim])).values()];
}
