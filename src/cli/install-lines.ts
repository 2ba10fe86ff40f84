/**
 * What people read before and after a skill is installed. What it may do is told from its permission manifest alone, never
 * from what the skill says of itself.
 * @module
 */
import { counted } from '../base/counted.ts';
import { quoted } from '../base/errors.ts';
import type { LegacyBasis } from '../install/legacy-basis.ts';
import type { Objection } from '../install/install-verdict.ts';
import type { SkillSource } from '../install/skill-source.ts';
import { diffLines, permissionLines } from '../skills/permission-words.ts';
import { NOTES } from '../skills/skill-report.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import type { SkillVerdict } from '../skills/skill-verdict.ts';
import type { Offer } from './install-skill.ts';
import { CONDITIONS } from '../trust/condition.ts';
import { saidLines } from './said-lines.ts';
import type { Session } from './session.ts';
import { type ShownNames, shownNames } from './shown-names.ts';

/** Where a skill comes from, in words. */
export function sourceWords(source: SkillSource): string {
  switch (source.type) {
    case 'directory':
      return `the directory ${quoted(source.path, 200)}`;
    case 'archive':
      return `the archive ${quoted(source.path, 200)}, SHA-256 ${source.sha256}`;
    case 'git': {
      const { url, commit, path, ref } = source;
      const where = path === '' ? '' : `, ${quoted(path, 200)}`;
      const named = ref === undefined ? '' : ` (${quoted(ref, 100)})`;
      return `${quoted(url, 200)} at ${commit}${named}${where}`;
    }
  }
}

function fileLines({ candidate: { manifest }, notes }: Offer): readonly string[] {
  const { files } = manifest;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const executable = files.filter((file) => file.executable).length;
  return [
    `  ${counted(files.length, 'file')}, ${counted(bytes, 'byte')}, ${executable} of them can be executed`,
    ...notes.map(({ reason, path }) => `  note: ${NOTES[reason] ?? reason} [${quoted(path, 200)}]`),
  ];
}

function installedLines({ locked, diff, release }: Offer, names: ShownNames): readonly string[] {
  if (locked === undefined) return [];
  return [
    `in place of ${locked.version === undefined ? 'one without a release' : quoted(locked.version)}, ${locked.manifest}`,
    ...(locked.author === undefined || locked.author.aid === release?.controller
      ? []
      : [`  ANOTHER PUBLISHER: it was released by ${names.aid(locked.author.aid)}`]),
    ...(diff === undefined ? [] : diffLines(diff).map((line) => `  ${line}`)),
  ];
}

/** That nothing was found in a file tells nothing where it was not searched. */
function unreadLines(unread: readonly string[]): readonly string[] {
  const [first] = unread;
  if (first === undefined) return [];
  const more = unread.length > 1 ? `, and ${unread.length - 1} more` : '';
  return [
    `  NOT SEARCHED for what it needs, being no text or too long: ${quoted(first, 200)}${more}`,
  ];
}

function releaseLines(release: ReleaseEntry, names: ShownNames): readonly string[] {
  const { controller, issuer, said, position } = release;
  return [
    `  released by ${names.aid(controller)}`,
    ...(issuer === controller ? [] : [`    through the device ${names.aid(issuer)}`]),
    `    ${said} at position ${position}`,
  ];
}

/** That no publisher who may released it, and as what it is let in. */
export function legacyLines({ legacy, detail }: SkillVerdict): readonly string[] {
  if (legacy === undefined) return [];
  return [`  RELEASED BY NOBODY KNOWN HERE: ${legacy.class}, mode ${legacy.mode}: ${detail}`];
}

/** As what the lock remembers a skill that no publisher who may released. */
export function basisLines(legacy: LegacyBasis | undefined): readonly string[] {
  if (legacy === undefined) return [];
  const { class: of, mode, conditions, signature, statement, expires } = legacy;
  return [
    `  let in as ${of}, mode ${mode}`,
    ...(signature === undefined
      ? []
      : [`    signed by ${quoted(signature.signer, 200)} under the root ${signature.root}`]),
    ...(statement === undefined
      ? []
      : [`    by ${statement}${expires === undefined ? '' : `, until ${expires}`}`]),
    ...conditions.map((one) => `    on condition: ${one}: ${CONDITIONS[one]}`),
  ];
}

/** What a person is asked about. */
export function consentToInstall(session: Session, offer: Offer): readonly string[] {
  const { candidate, source, release, verdict, permissions, undeclared, unread } = offer;
  const names = shownNames(session.home);
  return [
    `${quoted(candidate.manifest.name, 300)}${release === undefined ? '' : ` ${quoted(release.version)}`}`,
    `  manifest ${candidate.manifest.said}`,
    ...(release === undefined ? [] : releaseLines(release, names)),
    ...legacyLines(verdict),
    ...saidLines(verdict).map((line) => `  ${line}`),
    ...verdict.conditions.map((one) => `  ON CONDITION: ${one}: ${CONDITIONS[one]}`),
    `  from ${sourceWords(source)}`,
    ...fileLines(offer),
    ...installedLines(offer, names),
    ...(permissions === undefined
      ? ['risk unknown: it declares no permissions, so that it may ask for anything']
      : permissionLines(permissions)),
    ...undeclared.map(({ detail }) => `  NOT DECLARED: ${quoted(detail, 300)}`),
    ...(permissions === undefined ? [] : unreadLines(unread)),
    '  gitkel does not enforce permissions by itself: they are what the publisher declares',
  ];
}

/** Why something is refused, and what mends it. */
export function objectionLines(name: string | undefined, one: Objection): readonly string[] {
  const { state, reason, detail, hint, differences = [], verdict } = one;
  const others = verdict?.reasons.slice(1) ?? [];
  const what = name === undefined ? '' : ` ${quoted(name, 300)}`;
  return [
    `NO  ${state}${what}: ${reason}: ${detail}`,
    ...differences.map(({ kind, path }) => `      ${kind} ${quoted(path, 200)}`),
    `    ${hint}`,
    ...others.flatMap((other) => [`    ${other.reason}: ${other.detail}`, `      ${other.hint}`]),
  ];
}

/** Where a skill was moved to, if it was. */
export function movedLines(movedTo: string | undefined): readonly string[] {
  return movedTo === undefined ? [] : [`    moved aside: ${quoted(movedTo, 500)}`];
}
