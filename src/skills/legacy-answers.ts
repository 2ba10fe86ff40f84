/**
 * Exemptions and imports of a skill by those whose word counts for that.
 * @module
 */
import { parseDay } from '../base/day.ts';
import { LIMITS } from '../base/limits.ts';
import type { Contents } from '../log/contents.ts';
import { isDuplicitous } from '../log/marks.ts';
import type { ExemptionEntry, ImportEntry, TrustEntry } from '../log/trust-entry.ts';
import { statementStanding } from '../log/trust-standing.ts';
import type { SkillManifest } from '../records/skill-manifest.ts';
import { carriesTrust } from '../trust/level.ts';
import { takesInName } from '../trust/scope.ts';
import type { Viewpoint } from '../trust/viewpoint.ts';
import type { LegacyTrust } from './legacy-verdict.ts';

/** Statements of somebody about these files that count, the newest first. */
function* counting<T extends TrustEntry>(
  contents: Contents,
  owner: string,
  entries: Iterable<T>,
): Generator<T> {
  let left: number = LIMITS.statementsPerSpeaker;
  for (const entry of entries) {
    if (entry.controller !== owner) continue;
    const marked = [entry.controller, entry.issuer].some((aid) => isDuplicitous(contents, aid));
    const counts = !marked && statementStanding(contents, entry).counts;
    // A device that was revoked takes no room of what its controller said.
    if (!counts && entry.issuer !== owner) continue;
    if (left-- <= 0) return;
    if (counts) yield entry;
  }
}

type Term = 'in-force' | 'expired' | 'not-yet';

function termOf({ issued, expires }: ExemptionEntry | ImportEntry, today: number): Term {
  if (parseDay(issued) > today) return 'not-yet';
  return today < parseDay(expires) ? 'in-force' : 'expired';
}

/** The statements of those who answer for skills here: what is in force, and whether something was. */
export interface Answers {
  readonly exemption: ExemptionEntry | undefined;
  readonly import: ImportEntry | undefined;
  /** An exemption that has expired. */
  readonly expired: ExemptionEntry | undefined;
}

/** Everybody who may answer for some skill: what they say against one counts for every skill. */
export function everybodyAnswering({ maintainers, trust }: LegacyTrust): readonly string[] {
  const known = trust.roots.filter(({ level }) => carriesTrust(level)).map(({ aid }) => aid);
  return [...new Set([...maintainers, ...known])];
}

/**
 * Who answers for a skill: maintainers, and whom whoever judges trusts by themselves for skills of that name, whatever the
 * criterion, unless somebody who is heard distrusts them.
 * @param view from where they judge, if they trust anybody
 */
function answeringFor(
  { maintainers, trust }: LegacyTrust,
  name: string,
  view: Viewpoint | undefined,
): ReadonlySet<string> {
  const { trusted } = view?.trust({ name }) ?? {};
  const known = trust.roots.filter(
    ({ aid, level, scope }) =>
      carriesTrust(level) &&
      scope.criteria === undefined &&
      takesInName(scope, name) &&
      trusted?.has(aid) === true,
  );
  return new Set([...maintainers, ...known.map(({ aid }) => aid)]);
}

/** Looks up what those who answer for a skill said of its files: a lookup for each of them, however many others spoke. */
export function answersFor(
  contents: Contents,
  { said: manifest, name }: Pick<SkillManifest, 'said' | 'name'>,
  legacy: LegacyTrust,
  { today, view }: { readonly today: number; readonly view: Viewpoint | undefined },
): Answers {
  const { trust } = contents.records;
  const exemptions: ExemptionEntry[] = [];
  const imports: ImportEntry[] = [];
  for (const owner of answeringFor(legacy, name, view)) {
    exemptions.push(...counting(contents, owner, trust.exemptionsBy(owner, manifest)));
    imports.push(...counting(contents, owner, trust.importsBy(owner, manifest)));
  }
  const latest = exemptions.toSorted((a, b) => (a.expires < b.expires ? 1 : -1));
  return {
    exemption: latest.find((each) => termOf(each, today) === 'in-force'),
    import: imports.find((each) => termOf(each, today) === 'in-force'),
    expired: latest.find((each) => termOf(each, today) === 'expired'),
  };
}
