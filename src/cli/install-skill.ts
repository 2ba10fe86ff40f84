/**
 * One installation, from what a person names to its place: staged, judged, agreed to, moved. Each step rests on the ones
 * before, and the first that fails ends it.
 * @module
 */
import { dayOfSeconds, dayText } from '../base/day.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  approvedPermissions,
  permissionsDigest,
  widening,
} from '../install/approved-permissions.ts';
import type { Objection } from '../install/install-verdict.ts';
import { type Candidate, type Judged, judgedAt, judgeInstall } from '../install/judge-install.ts';
import { statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { skillPath } from '../install/install-layout.ts';
import { isAsLocked } from '../install/as-locked.ts';
import { placeSkill } from '../install/place-skill.ts';
import { readLock, type SkillsFolder } from '../install/skills-folder.ts';
import { type LegacyBasis, sameBasis } from '../install/legacy-basis.ts';
import { type Approval, entryOf, type InstalledSkill } from '../install/skills-lock.ts';
import { stageFiles, withChangeFolder } from '../install/staged-copy.ts';
import { statementsBehind } from '../skills/judge-skill.ts';
import { OMS_SIGNATURE } from '../skills/sidecar.ts';
import { digestSkill } from '../skills/skill-digest.ts';
import { findPermissions, reportOn, type SkillFinding } from '../skills/skill-report.ts';
import type { PermissionDiff } from '../skills/permission-diff.ts';
import type { Permissions } from '../skills/permissions.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { type SkillVerdict, type Trust, unusableVerdict } from '../skills/skill-verdict.ts';
import type { SkillNote } from '../skills/skill-entry.ts';
import { visibleUses } from '../skills/visible-uses.ts';
import { confirm } from './confirm.ts';
import { consentToInstall } from './install-lines.ts';
import type { FoundSource } from './install-source.ts';
import type { Session } from './session.ts';
import type { DecidingLog } from './skill-log.ts';

/** Whom the person trusts for this skill, and by which policy. */
export interface InstallPolicy {
  readonly trust: Trust;
  /** SHA-256 of the policy that allows the publishers; absent when they were named. */
  readonly digest?: string | undefined;
}

export interface InstallChoice {
  readonly folder: SkillsFolder;
  /** By where the skill comes from, its name, and what is installed under it. */
  readonly policy: (
    source: FoundSource['source'],
    name: string,
    locked: InstalledSkill | undefined,
  ) => InstallPolicy;
  /** The name that is to be updated; any where undefined. */
  readonly name?: string | undefined;
  readonly replacePublisher: boolean;
  /** Whether an installed skill that asks for no more than before is replaced with nobody asked. */
  readonly updates: boolean;
  readonly yes: boolean;
  readonly expected: string | undefined;
  readonly show: (...lines: readonly string[]) => void;
}

/** What is to be agreed to. */
export interface Offer {
  readonly candidate: Candidate;
  readonly notes: readonly SkillNote[];
  readonly source: FoundSource['source'];
  /** Absent where it is let in without one. */
  readonly release: ReleaseEntry | undefined;
  /** What decided. */
  readonly verdict: SkillVerdict;
  readonly permissions: Permissions | undefined;
  /** What its files seem to need and it does not declare. */
  readonly undeclared: readonly SkillFinding[];
  /** Files that were not searched for what they need. */
  readonly unread: readonly string[];
  readonly locked: InstalledSkill | undefined;
  /** What it asks for beyond what is agreed to; absent where nothing is installed. */
  readonly diff: PermissionDiff | undefined;
}

export type Installed =
  | { readonly status: 'refused'; readonly name?: string; readonly objection: Objection }
  | {
      readonly status: 'installed' | 'updated' | 'unchanged';
      readonly entry: InstalledSkill;
      /** What decided, today. */
      readonly verdict: SkillVerdict;
    };

interface Staged extends Candidate {
  readonly notes: readonly SkillNote[];
}

/** Copies the files to where nothing else writes; every rule for them is applied while they are read. */
function stage(
  folder: SkillsFolder,
  change: string,
  entries: FoundSource['entries'],
): Staged | Objection {
  const digest = digestSkill(folder.host.crypto, entries);
  if (digest.outcome === 'refused') {
    const { state, reason = 'no-skill', detail, hint } = unusableVerdict(digest.problems);
    return { state: state === 'verified' ? 'error' : state, reason, detail, hint };
  }
  stageFiles(folder, change, digest.files);
  return digest;
}

/** What visibly is used without a word of it in the permission manifest; nothing where there is no manifest at all. */
function undeclaredIn(files: Candidate['files']): readonly SkillFinding[] {
  const { findings } = reportOn({ outcome: 'files', files, notes: [] }, 'install', undefined);
  return findings.filter(({ reason }) => reason === 'permissions-undeclared');
}

function offerOf(
  { folder }: InstallChoice,
  { manifest, files, notes }: Staged,
  { source }: FoundSource,
  { release, verdict }: Extract<Judged, { readonly outcome: 'allowed' }>,
  locked: InstalledSkill | undefined,
): Offer {
  const found = findPermissions(files);
  const permissions = found.outcome === 'declared' ? found.permissions : undefined;
  const diff =
    locked === undefined ? undefined : widening(approvedPermissions(folder, locked), permissions);
  return {
    candidate: { manifest, files },
    notes,
    source,
    release,
    verdict,
    permissions,
    undeclared: undeclaredIn(files),
    unread: visibleUses(files).unread,
    locked,
    diff,
  };
}

/** Whether a person has to be asked: always for what is new, for another publisher, and for more than was agreed to. */
function asks({ updates }: InstallChoice, { locked, release, verdict, diff }: Offer): boolean {
  // Who lets in what nobody known released answers for each of its versions.
  if (locked === undefined || !updates || verdict.legacy !== undefined) return true;
  return locked.author?.aid !== release?.controller || diff === undefined || diff.asksAgain;
}

async function requireAgreement(
  session: Session,
  choice: InstallChoice,
  offer: Offer,
): Promise<void> {
  const { yes, expected, show } = choice;
  const { said, name } = offer.candidate.manifest;
  show(...consentToInstall(session, offer));
  if (yes && expected !== undefined) return;
  if (yes) {
    throw new GitkelError('usage', 'Cannot install unseen: --yes needs --expect SAID', {
      hint: `What was shown is --expect ${said}`,
    });
  }
  if (
    await confirm('Install this?', {
      action: `install ${quoted(name)}`,
      inScripts: `--yes --expect ${said}`,
    })
  )
    return;
  throw new GitkelError('refused', `Not installed: ${name} ${said}`, { reason: 'declined' });
}

/** What the lock remembers of a verdict, where more was asked for than a release. */
function decidedBy(host: Host, verdict: SkillVerdict): Pick<InstalledSkill, 'decided'> {
  const { decision, assessments } = verdict;
  if (assessments.length === 0 || (decision !== 'accept' && decision !== 'accept-with-conditions'))
    return {};
  const statements = statementsBehind(verdict).slice(0, LIMITS.lockStatements);
  return { decided: { decision, on: dayText(dayOfSeconds(host.now())), statements } };
}

/** What the lock remembers of a verdict on a skill that nobody who may released. */
function basisOf({ legacy, conditions }: SkillVerdict): LegacyBasis | undefined {
  if (legacy === undefined) return undefined;
  const { class: of, mode, signature, exemption, import: by } = legacy;
  return {
    class: of,
    mode,
    conditions,
    statement: exemption?.said ?? by,
    expires: exemption?.expires,
    signature,
  };
}

function entryFor(
  { folder }: InstallChoice,
  { contents }: DecidingLog,
  offer: Offer,
  { digest }: InstallPolicy,
  approvals: InstalledSkill['approvals'],
): InstalledSkill {
  const { candidate, release, source, verdict } = offer;
  const { name, said, h1 } = candidate.manifest;
  const legacy = basisOf(verdict);
  const files = {
    name,
    source,
    manifest: said,
    h1,
    approvals,
    permissions: permissionsDigest(folder.host.crypto, candidate.files),
    policy: digest,
    ...decidedBy(folder.host, offer.verdict),
    log: judgedAt(contents),
  };
  if (release === undefined) {
    if (legacy === undefined) throw new Error('nothing says what let the skill in');
    return { ...files, legacy };
  }
  const event = contents.kel(release.issuer)?.saidAt(release.sn);
  if (event === undefined) throw new Error('a release is sealed by an event of its issuer');
  const { controller: aid, issuer, sn } = release;
  const author = { aid, issuer, sn, event };
  return { ...files, release: release.said, version: release.version, author, legacy };
}

function approvalOf(
  { folder }: InstallChoice,
  { candidate, release }: Offer,
  { digest: policy }: InstallPolicy,
): Approval {
  const permissions = permissionsDigest(folder.host.crypto, candidate.files);
  return { manifest: candidate.manifest.said, release: release?.said, permissions, policy };
}

/** The signature by which a skill is let in stays beside its files, to be verified again. */
function stageSignature(folder: SkillsFolder, change: string, { omsSignature }: Staged): void {
  if (omsSignature === undefined) throw new Error('a signature that holds is there');
  stageFiles(folder, change, [{ path: OMS_SIGNATURE, bytes: omsSignature, executable: false }]);
}

/** Whether exactly this is installed, and lies there untouched. */
function isInstalled(
  folder: SkillsFolder,
  locked: InstalledSkill,
  { candidate, release, verdict }: Offer,
): boolean {
  return (
    locked.manifest === candidate.manifest.said &&
    locked.release === release?.said &&
    sameBasis(locked.legacy, basisOf(verdict)) &&
    statOf(folder.host, skillPath(folder.dir, locked.name)) !== undefined &&
    isAsLocked(folder, locked)
  );
}

/**
 * Installs a skill, or says why not. What somebody has to be asked is asked on the terminal.
 * @throws GitkelError `refused`, reason `declined` and those of `placeSkill`; `usage` where nobody can be asked.
 */
export async function installSkill(
  session: Session,
  log: DecidingLog,
  found: FoundSource,
  choice: InstallChoice,
): Promise<Installed> {
  const { folder, replacePublisher, expected } = choice;
  return withChangeFolder(folder, async (change) => {
    const staged = stage(folder, change, found.entries);
    if ('state' in staged) return { status: 'refused', objection: staged };
    const { name } = staged.manifest;
    if (choice.name !== undefined && choice.name !== name) {
      throw new GitkelError(
        'refused',
        `Cannot update ${choice.name}: what is there calls itself ${name}`,
        {
          reason: 'other-name',
          hint: 'Install it under its new name: gitkel skill install.',
        },
      );
    }
    const locked = entryOf(readLock(folder), name);
    const policy = choice.policy(found.source, name, locked);
    const terms = { trust: policy.trust, locked, replacePublisher, expected };
    const judged = judgeInstall(log, staged, terms);
    if (judged.outcome === 'refused')
      return { status: 'refused', name, objection: judged.objection };
    const offer = offerOf(choice, staged, found, judged, locked);
    if (locked !== undefined && isInstalled(folder, locked, offer))
      return { status: 'unchanged', entry: locked, verdict: offer.verdict };
    const isAsked = asks(choice, offer);
    if (isAsked) await requireAgreement(session, choice, offer);
    const before = locked?.approvals ?? [];
    const approvals = isAsked ? [...before, approvalOf(choice, offer, policy)] : before;
    const entry = entryFor(choice, log, offer, policy, approvals.slice(-LIMITS.skillApprovals));
    if (entry.legacy?.signature !== undefined) stageSignature(folder, change, staged);
    await placeSkill(folder, change, entry, locked);
    const status = locked === undefined ? 'installed' : 'updated';
    return { status, entry, verdict: offer.verdict };
  });
}
