import { LIMITS } from '../base/limits.ts';
import { releaseStanding, revokeStanding } from '../log/releases.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { statementStanding } from '../log/trust-standing.ts';
import type { RecordBody } from '../records/record.ts';
import type { NotedRecord } from './noted-records.ts';
import type { Verified } from './establishment-report.ts';
import { plainText } from './plain-text.ts';
import type {
  ReportAbout,
  ReportRelease,
  ReportRevocation,
  ReportSkill,
  ReportVouch,
} from './report-skill.ts';

type Noted<T extends RecordBody['type']> = NotedRecord & {
  readonly body: Extract<RecordBody, { readonly type: T }>;
};

function isOf<const T extends RecordBody['type']>(
  noted: NotedRecord,
  ...types: readonly T[]
): noted is Noted<T> {
  return types.some((type) => noted.body.type === type);
}

/** A skill while its parts are found. */
interface Growing {
  readonly publisher: string | undefined;
  readonly name: string;
  readonly releases: ReleaseEntry[];
  readonly statements: ReportAbout[];
  readonly revocations: ReportRevocation[];
}

/** The skills of a log by publisher and name, by manifest, by release and by statement. */
class Shelf {
  readonly skills = new Map<string, Growing>();
  readonly #byManifest = new Map<string, Set<Growing>>();
  readonly #byRecord = new Map<string, Set<Growing>>();
  /** How many entries of skills were left out. */
  omitted = 0;
  #room: number = LIMITS.reportStatements;

  skill(publisher: string | undefined, name: string): Growing {
    const key = JSON.stringify([publisher ?? null, name]);
    const known = this.skills.get(key);
    if (known !== undefined) return known;
    const skill = { publisher, name, releases: [], statements: [], revocations: [] };
    this.skills.set(key, skill);
    return skill;
  }

  #note(index: Map<string, Set<Growing>>, key: string, skill: Growing): void {
    const skills = index.get(key);
    if (skills === undefined) index.set(key, new Set([skill]));
    else skills.add(skill);
  }

  addRelease(release: ReleaseEntry): void {
    const skill = this.skill(release.controller, release.name);
    skill.releases.push(release);
    this.#note(this.#byManifest, release.manifest, skill);
    this.#note(this.#byRecord, release.said, skill);
  }

  /** Those with the files of a manifest; where there is none, one that nobody released. */
  withManifest(manifest: string, name: string): readonly Growing[] {
    const known = this.#byManifest.get(manifest);
    if (known !== undefined) return [...known];
    const skill = this.skill(undefined, name);
    this.#note(this.#byManifest, manifest, skill);
    return [skill];
  }

  /** Those that a release or a statement belongs to. */
  withRecord(said: string): readonly Growing[] {
    return [...(this.#byRecord.get(said) ?? [])];
  }

  ofManifest(manifest: string): readonly Growing[] {
    return [...(this.#byManifest.get(manifest) ?? [])];
  }

  addStatement(skill: Growing, about: ReportAbout): void {
    if (this.#room-- <= 0) this.omitted++;
    else {
      skill.statements.push(about);
      this.#note(this.#byRecord, about.said, skill);
    }
  }

  addRevocation(skill: Growing, revocation: ReportRevocation): void {
    if (this.#room-- <= 0) this.omitted++;
    else skill.revocations.push(revocation);
  }
}

function aboutReport(
  { contents }: Verified,
  { said, issuer, position, body }: Noted<'audit' | 'import' | 'exemption'>,
): ReportAbout {
  const entry = contents.records.trust.entry(said);
  if (entry === undefined) throw new Error('a statement of the log is in its book');
  const { counts, why } = statementStanding(contents, entry);
  const says =
    body.type === 'audit'
      ? body.result
      : plainText(body.type === 'import' ? body.origin.url : body.reason);
  return {
    said,
    type: body.type,
    manifest: body.manifest,
    issuer,
    controller: plainText(entry.controller),
    position,
    says,
    against: body.type === 'audit' && body.result === 'fail',
    counts,
    why: plainText(why),
    from: body.type === 'audit' ? (body.from ?? null) : null,
  };
}

function skillsOfTarget(shelf: Shelf, { body }: Noted<'revoke'>): readonly Growing[] {
  const { target } = body;
  switch (target.kind) {
    case 'release':
    case 'statement':
      return shelf.withRecord(target.said);
    case 'manifest':
      return shelf.ofManifest(target.said);
    case 'name':
      return [shelf.skill(target.publisher, target.name)];
  }
}

function revokedReleases(
  { releases }: Growing,
  { position, body: { target } }: Noted<'revoke'>,
): readonly ReleaseEntry[] {
  switch (target.kind) {
    case 'statement':
      return [];
    case 'release':
      return releases.filter(({ said }) => said === target.said);
    case 'manifest':
      return releases.filter(({ manifest }) => manifest === target.said);
    case 'name':
      return releases.filter((one) => one.position <= position);
  }
}

function revocationReport(
  { contents }: Verified,
  skill: Growing,
  noted: Noted<'revoke'>,
): ReportRevocation {
  const { said, issuer, position, body } = noted;
  const { target, controller = issuer } = body;
  const standing = { said, issuer, controller, position, target };
  const { counts, why } = revokeStanding(contents.records, standing);
  return {
    said,
    issuer,
    controller: plainText(controller),
    position,
    reason: body.reason,
    target: target.kind,
    releases: revokedReleases(skill, noted).map((release) => release.said),
    statement: target.kind === 'statement' ? target.said : null,
    counts,
    why: plainText(why),
  };
}

function releaseReport({ contents }: Verified, release: ReleaseEntry): ReportRelease {
  const { said, version, manifest, previous, issuer, position } = release;
  const standing = releaseStanding(contents, said);
  if (standing === undefined) throw new Error('a release of the log is in its book');
  const { counts, why, revocation } = standing;
  return {
    said,
    version: plainText(version),
    manifest,
    previous: previous ?? null,
    issuer,
    position,
    counts,
    why: plainText(why),
    revokedBy: revocation?.said ?? null,
  };
}

/** The skills that are listed: those that something speaks against, then as they entered the log. */
function listedSkills(skills: readonly Growing[]): readonly Growing[] {
  if (skills.length <= LIMITS.reportSkills) return skills;
  const isSuspect = ({ statements, revocations }: Growing): boolean =>
    revocations.length > 0 || statements.some(({ against }) => against);
  const listed = new Set(
    [...skills.filter(isSuspect), ...skills.filter((one) => !isSuspect(one))].slice(
      0,
      LIMITS.reportSkills,
    ),
  );
  return skills.filter((one) => listed.has(one));
}

/** The skills of a log, each with its releases and what was said of them, in the order in which they entered it. */
export function skillReports(verified: Verified): {
  readonly skills: readonly ReportSkill[];
  /** How many skills there are, listed or not. */
  readonly count: number;
  /** How many statements about skills are not listed. */
  readonly omitted: number;
} {
  const shelf = new Shelf();
  const { records } = verified.notes;
  for (const { said } of records) {
    const release = verified.contents.records.releases.release(said);
    if (release !== undefined) shelf.addRelease(release);
  }
  for (const noted of records) {
    if (!isOf(noted, 'audit', 'import', 'exemption')) continue;
    const about = aboutReport(verified, noted);
    for (const skill of shelf.withManifest(noted.body.manifest, noted.body.subject.name))
      shelf.addStatement(skill, about);
  }
  for (const noted of records) {
    if (!isOf(noted, 'revoke')) continue;
    for (const skill of skillsOfTarget(shelf, noted))
      shelf.addRevocation(skill, revocationReport(verified, skill, noted));
  }
  const skills = [...shelf.skills.values()];
  return {
    skills: listedSkills(skills).map((skill) => ({
      publisher: skill.publisher === undefined ? null : plainText(skill.publisher),
      name: plainText(skill.name),
      releases: skill.releases.map((release) => releaseReport(verified, release)),
      statements: skill.statements,
      revocations: skill.revocations,
    })),
    count: skills.length,
    omitted: shelf.omitted,
  };
}

/** The vouches of a log, oldest first, and how many are not listed. */
export function vouchReports(verified: Verified): readonly ReportVouch[] {
  return verified.notes.records.flatMap((noted) => {
    if (!isOf(noted, 'vouch')) return [];
    const { said, issuer, position, body } = noted;
    const entry = verified.contents.records.trust.entry(said);
    if (entry === undefined) throw new Error('a statement of the log is in its book');
    const { counts, why } = statementStanding(verified.contents, entry);
    const controller = plainText(entry.controller);
    const { aid, level } = body;
    return [{ said, issuer, controller, aid, level, position, counts, why: plainText(why) }];
  });
}
