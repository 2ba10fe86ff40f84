/**
 * What a log says that trust in a skill rests on, found by lookups: what is read grows with those whom the roots reach and
 * with what they say of the skill, never with the log.
 * @module
 */
import { parseDay } from '../base/day.ts';
import { LIMITS } from '../base/limits.ts';
import type { Contents } from '../log/contents.ts';
import { isDuplicitous } from '../log/marks.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { standingOfRelease } from '../log/releases.ts';
import type { AuditEntry, ExemptionEntry, ImportEntry, TrustEntry } from '../log/trust-entry.ts';
import type {
  AuditFact,
  ExemptionFact,
  ImportFact,
  Issued,
  ReleaseFact,
  SkillFacts,
} from '../trust/facts.ts';
import type { Tier } from '../trust/trust-policy.ts';
import type { Viewpoint } from '../trust/viewpoint.ts';
import { controlOf, issuedFact } from './issued-fact.ts';
import { revocationFacts } from './revocation-facts.ts';

/** A skill that is to be judged, beside what the log says of it. */
export interface JudgedSkill {
  readonly name: string;
  /** The SAID of the manifest of its files. */
  readonly manifest: string;
  readonly tier: Tier;
  /** Whether the files at hand are those of the manifest. */
  readonly isIntact: boolean;
  /** Whether the files say themselves what they ask for. */
  readonly statesPermissions: boolean;
  /** The release that is to decide, and whether its controller may release the skill. */
  readonly release: { readonly entry: ReleaseEntry; readonly isAllowed: boolean } | undefined;
}

function auditFact(contents: Contents, entry: AuditEntry): AuditFact {
  const { manifest, from, criteria, result, thoroughness, understanding, method } = entry;
  return {
    ...issuedFact(contents, entry),
    manifest,
    from,
    criteria,
    result,
    thoroughness,
    understanding,
    method,
    note: '',
    issued: parseDay(entry.issued),
    expires: parseDay(entry.expires),
  };
}

function importFact(contents: Contents, entry: ImportEntry): ImportFact {
  const { manifest, criteria } = entry;
  return {
    ...issuedFact(contents, entry),
    manifest,
    criteria,
    note: '',
    issued: parseDay(entry.issued),
    expires: parseDay(entry.expires),
  };
}

function exemptionFact(contents: Contents, entry: ExemptionEntry): ExemptionFact {
  const { manifest, reason, owner } = entry;
  return {
    ...issuedFact(contents, entry),
    manifest,
    reason,
    owner,
    issued: parseDay(entry.issued),
    expires: parseDay(entry.expires),
  };
}

/** Whether somebody said more than was read. */
interface Cut {
  isCut: boolean;
}

/**
 * What somebody said, the first of a sequence, at most so many. What is in another one's name without being let to is
 * nobody's, and takes nobody's place: a device that was revoked cannot talk its controller over.
 */
function* ownOf<T extends TrustEntry, F extends Issued>(
  owner: string,
  entries: Iterable<T>,
  factOf: (entry: T) => F,
  cut: Cut,
): Generator<F> {
  let left: number = LIMITS.statementsPerSpeaker;
  for (const entry of entries) {
    if (entry.controller !== owner) continue;
    const fact = factOf(entry);
    if (fact.standing === 'void' && entry.issuer !== owner) continue;
    if (left-- <= 0) {
      cut.isCut = true;
      return;
    }
    yield fact;
  }
}

/** Those of `heard` who said something of a manifest: found from whichever side has fewer. */
function speakers(
  { records }: Contents,
  manifest: string,
  heard: ReadonlySet<string>,
): readonly string[] {
  const found: string[] = [];
  let looked = 0;
  for (const speaker of records.trust.speakersOn(manifest)) {
    if (looked++ >= heard.size) return [...heard];
    if (heard.has(speaker)) found.push(speaker);
  }
  return found;
}

/** The audits of a manifest, and of every one from which changes were audited that lead to it. */
function auditsUpTo(
  contents: Contents,
  manifest: string,
  heard: ReadonlySet<string>,
  cut: Cut,
): readonly AuditFact[] {
  const manifests = [manifest];
  const audits: AuditFact[] = [];
  for (const one of manifests) {
    for (const speaker of speakers(contents, one, heard)) {
      const said = contents.records.trust.auditsBy(speaker, one);
      for (const fact of ownOf(speaker, said, (entry) => auditFact(contents, entry), cut)) {
        audits.push(fact);
        const { from } = fact;
        const isNew = from !== undefined && !manifests.includes(from);
        if (isNew && manifests.length < LIMITS.auditedManifests) manifests.push(from);
      }
    }
  }
  return audits;
}

function releaseFact(contents: Contents, { entry, isAllowed }: Decided): ReleaseFact {
  const { said, issuer, sn, controller, position, version, namesSource } = entry;
  const { counts, why } = standingOfRelease(contents, entry);
  const marked = [controller, issuer].find((aid) => isDuplicitous(contents, aid));
  const state = contents.kel(issuer)?.establishmentAt(sn)?.state;
  const isGood = counts && marked === undefined;
  return {
    said,
    issuer,
    sn,
    controller,
    ...controlOf(contents, controller, position),
    position,
    standing: isGood ? 'counts' : 'void',
    why:
      marked === undefined
        ? counts
          ? ''
          : why
        : `${marked} is proved to have signed two events for one place`,
    version,
    isAllowed,
    namesSource,
    isWitnessed: (state?.witnessThreshold ?? 0) > 0,
  };
}

type Decided = NonNullable<JudgedSkill['release']>;

/** In the order of the log, whatever the order of looking. */
function ordered<T extends Issued>(facts: readonly T[]): readonly T[] {
  return facts.toSorted((a, b) => a.position - b.position || (a.said < b.said ? -1 : 1));
}

/**
 * The facts of a skill as seen from a viewpoint: of whom nobody ever reached nothing is read, but what the publisher
 * revokes.
 */
export function factsOf(contents: Contents, skill: JudgedSkill, view: Viewpoint): SkillFacts {
  const heard = new Set(view.network.vouches.keys());
  const { name, manifest, tier, isIntact, statesPermissions, release } = skill;
  const { trust } = contents.records;
  const who = speakers(contents, manifest, heard);
  const cut: Cut = { isCut: false };
  return {
    name,
    manifest,
    tier,
    isIntact,
    statesPermissions,
    release: release === undefined ? undefined : releaseFact(contents, release),
    audits: ordered(auditsUpTo(contents, manifest, heard, cut)),
    imports: ordered(
      who.flatMap((by) => [
        ...ownOf(by, trust.importsBy(by, manifest), (one) => importFact(contents, one), cut),
      ]),
    ),
    exemptions: ordered(
      who.flatMap((by) => [
        ...ownOf(by, trust.exemptionsBy(by, manifest), (one) => exemptionFact(contents, one), cut),
      ]),
    ),
    revocations: ordered(revocationFacts(contents, { manifest, release: release?.entry }, heard)),
    // Last, when all of the others were read.
    isCut: cut.isCut,
  };
}
