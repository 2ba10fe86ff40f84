import type { Contents } from '../log/contents.ts';
import { RELEASE_CAPABILITY } from '../log/capabilities.ts';
import { foldedController } from '../log/folded-controller.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { revokeStanding } from '../log/releases.ts';
import type { RevokeEntry } from '../log/revoke-book.ts';
import type { SkillTarget } from '../records/revoke.ts';
import type { RevocationFact } from '../trust/facts.ts';

/** A target that concerns the skill, and how many releases of its name a revocation of that has to cover. */
interface Concerned {
  readonly target: SkillTarget;
  readonly covers: number;
}

/** What may be revoked: files, by the SAID of a manifest, and a release of them, perhaps under another SAID. */
export interface Revocable {
  readonly manifest: string;
  readonly release: ReleaseEntry | undefined;
}

function targetsOf({ manifest: files, release }: Revocable): readonly Concerned[] {
  const own: Concerned = { target: { kind: 'manifest', said: files }, covers: 0 };
  if (release === undefined) return [own];
  const { said, manifest, controller: publisher, name, ordinal } = release;
  return [
    { target: { kind: 'release', said }, covers: 0 },
    { target: { kind: 'manifest', said: manifest }, covers: 0 },
    ...(manifest === files ? [] : [own]),
    { target: { kind: 'name', publisher, name }, covers: ordinal + 1 },
  ];
}

function fact(contents: Contents, entry: RevokeEntry, kind: SkillTarget['kind']): RevocationFact {
  const { said, issuer, sn, controller, position, reason, note } = entry;
  const { counts, reason: standing, why } = revokeStanding(contents.records, entry);
  return {
    said,
    issuer,
    sn,
    controller,
    foldedController: foldedController(contents, controller, position),
    position,
    standing: counts ? 'counts' : standing === 'lifted' ? 'retracted' : 'void',
    why: counts ? '' : why,
    target: kind,
    reason,
    note,
  };
}

/** Of what one controller revoked: the first that is in force; else the last that is not any more. */
function decidingOf(
  contents: Contents,
  by: string,
  { target, covers }: Concerned,
): readonly RevocationFact[] {
  const { revokes } = contents.records;
  for (const entry of revokes.of(by, target, RELEASE_CAPABILITY, covers)) {
    const found = fact(contents, entry, target.kind);
    if (found.standing === 'counts') return [found];
  }
  const last = revokes.last(by, target, covers);
  return last === undefined ? [] : [fact(contents, last, target.kind)];
}

/**
 * What revokes a skill: in the names of those who are heard, and of its publisher.
 * @param skill without a release only a revocation of the files concerns it
 */
export function revocationFacts(
  contents: Contents,
  skill: Revocable,
  heard: ReadonlySet<string>,
): readonly RevocationFact[] {
  const publisher = skill.release === undefined ? [] : [skill.release.controller];
  return targetsOf(skill).flatMap((concerned) => {
    const who = contents.records.revokes.revokersOf(concerned.target, heard.size);
    const all = [...new Set([...publisher, ...heard])];
    return (who === undefined ? all : all.filter((aid) => who.has(aid))).flatMap((by) =>
      decidingOf(contents, by, concerned),
    );
  });
}
