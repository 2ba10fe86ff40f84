/**
 * How the releases of a log stand: whether they count for their publishers, and what revokes them.
 * @module
 */
import type { SkillTarget } from '../records/revoke.ts';
import { type Acting, authorityOf, type Claim, claimStanding, supersededWords } from './acting.ts';
import { RELEASE_CAPABILITY } from './capabilities.ts';
import type { Contents } from './contents.ts';
import { merged } from './merged.ts';
import type { RecordBook } from './record-book.ts';
import type { ReleaseEntry, RepositoryPolicyEntry } from './release-book.ts';
import type { RevokeEntry } from './revoke-book.ts';
import { revokeCapability } from './stated.ts';

/** A revocation of skills that is in force. */
export type SkillRevocation = RevokeEntry & { readonly target: SkillTarget };

/** How a release stands as of the last batch. */
export interface ReleaseStanding extends Acting {
  /** The first revocation of it by its own controller that is in force; one that does not count is not looked for. */
  readonly revocation: SkillRevocation | undefined;
}

/** Whether a release counts for the controller that it names, whatever was revoked. */
function releaseClaim(book: RecordBook, release: ReleaseEntry): Acting {
  return claimStanding(book, claimOf(release), RELEASE_CAPABILITY);
}

/** What tells whether a record counts. */
type SkillClaim = Pick<RevokeEntry, 'said' | 'issuer' | 'controller' | 'position'>;

function claimOf({ said, issuer, controller, position }: SkillClaim): Claim {
  return { said, issuer, controller: controller === issuer ? undefined : controller, position };
}

/** How what stays in force stands although its event was superseded: until it is lifted. */
type LiftedStanding = Omit<Acting, 'reason'> & { readonly reason: Acting['reason'] | 'lifted' };

/**
 * The standing of a record that may stay in force when it is superseded, until it is lifted, by what it would be otherwise.
 */
export function liftedStanding(book: RecordBook, said: string, acting: Acting): LiftedStanding {
  const disputed = book.disputed(said);
  if (!acting.counts || disputed === undefined || !book.isAbsent(said)) return acting;
  const lift = book.liftOf(said);
  if (lift === undefined)
    return { ...acting, counts: false, reason: 'superseded', why: supersededWords(disputed) };
  const why = `lifted at position ${lift.position} by ${lift.said}`;
  return { ...acting, counts: false, reason: 'lifted', why };
}

/**
 * Whether a revocation is in force for the controller that it names. One whose event was superseded stays in force until
 * it is lifted, unless it takes back what speaks against somebody or something.
 */
export function revokeStanding(
  book: RecordBook,
  revoke: SkillClaim & Pick<RevokeEntry, 'target'>,
): LiftedStanding {
  const capability = revokeCapability(book, revoke.target);
  return liftedStanding(book, revoke.said, authorityOf(book, claimOf(revoke), capability));
}

function isOfSkill(revoke: RevokeEntry): revoke is SkillRevocation {
  return revoke.target.kind !== 'statement';
}

/** The revocations in somebody's name that are in force and name a target, each judged when it is asked for. */
function* inForce(
  book: RecordBook,
  by: string,
  target: SkillTarget,
  covers = 0,
): Generator<SkillRevocation> {
  for (const one of book.revokes.of(by, target, RELEASE_CAPABILITY, covers))
    if (isOfSkill(one) && revokeStanding(book, one).counts) yield one;
}

/** The same of all targets that a release is among, or of the SAID of a manifest. */
function revocationsOf(
  book: RecordBook,
  target: ReleaseEntry | string,
  by: string,
): readonly Generator<SkillRevocation>[] {
  if (typeof target === 'string') return [inForce(book, by, { kind: 'manifest', said: target })];
  const { said, manifest, controller: publisher, name, ordinal } = target;
  return [
    inForce(book, by, { kind: 'release', said }),
    inForce(book, by, { kind: 'manifest', said: manifest }),
    inForce(book, by, { kind: 'name', publisher, name }, ordinal + 1),
  ];
}

function inLogOrder(lists: readonly Generator<SkillRevocation>[]): Generator<SkillRevocation> {
  return merged(lists, ({ position }) => position);
}

/** The first of them in the log. */
function firstRevocation(
  book: RecordBook,
  release: ReleaseEntry,
  by: string,
): SkillRevocation | undefined {
  const [first] = inLogOrder(revocationsOf(book, release, by));
  return first;
}

/**
 * The revocations in the names of given AIDs that are in force, of one AID after the other, each read when it is asked for:
 * whoever needs to know whether there is one takes the first.
 * @param target a release, or the SAID of a manifest, which only a revocation of those files concerns
 */
export function* revocationsBy(
  { records }: Contents,
  target: ReleaseEntry | string,
  aids: readonly string[],
): Generator<SkillRevocation> {
  for (const by of aids) yield* inLogOrder(revocationsOf(records, target, by));
}

/** How a release of a log stands as of its last batch. */
export function standingOfRelease(contents: Contents, release: ReleaseEntry): ReleaseStanding {
  const acting = releaseClaim(contents.records, release);
  const revocation = acting.counts
    ? firstRevocation(contents.records, release, release.controller)
    : undefined;
  return { ...acting, revocation };
}

/** The same by the SAID of the release's record; `undefined` when the log has none of that SAID. */
export function releaseStanding(contents: Contents, said: string): ReleaseStanding | undefined {
  const release = contents.records.releases.release(said);
  return release === undefined ? undefined : standingOfRelease(contents, release);
}

/**
 * The releases of the files of a manifest, in the names of given controllers: those that may count, and of the others the
 * last few. Without controllers the last few by each of the first who released them.
 */
export function releasesOf(
  { records }: Contents,
  manifest: string,
  controllers?: readonly string[],
): readonly ReleaseEntry[] {
  return records.releases.ofManifest(manifest, controllers);
}

/** The releases of a name by a controller and its devices, oldest first, whether they count or not. */
export function releasesByName(
  { records }: Contents,
  controller: string,
  name: string,
): readonly ReleaseEntry[] {
  return records.releases.named(controller, name);
}

/** Those that count for their controller, newest first, each judged when it is asked for. */
export function* countingByName(
  { records }: Contents,
  controller: string,
  name: string,
): Generator<ReleaseEntry> {
  for (const release of records.releases.namedBack(controller, name))
    if (releaseClaim(records, release).counts) yield release;
}

/**
 * The newest release of a name that counts for its controller: what the next one has to name as its previous one. That is
 * the first that counts on the way back along the chain from the last release in the log, each naming the one that was the
 * newest before it: so a thousand that count for nobody cost the next one no more than one of them does.
 */
export function newestRelease(
  book: RecordBook,
  controller: string,
  name: string,
): ReleaseEntry | undefined {
  let release = book.releases.lastNamed(controller, name);
  while (release !== undefined && !releaseClaim(book, release).counts)
    release = book.releases.release(release.previous ?? '');
  return release;
}

/** The policies of a skills repository that maintainers approved and that no recovery took back, in the order of the log. */
export function approvedPolicies(
  { records }: Contents,
  maintainers: readonly string[],
): readonly RepositoryPolicyEntry[] {
  return [...new Set(maintainers)]
    .flatMap((aid) => records.releases.policies(aid))
    .filter(({ said }) => !records.isAbsent(said))
    .toSorted((a, b) => a.position - b.position);
}
