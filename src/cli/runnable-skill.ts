/**
 * The skill that is to run: verified as `skill verify` does it, then read once. What runs is what was read.
 * @module
 */
import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { digestAt } from '../install/held-files.ts';
import type { VerifyTerms } from '../install/verify-installed.ts';
import { manifestSha256 } from '../records/skill-manifest.ts';
import { directoryEntries } from '../skills/directory-entries.ts';
import { parsePermissions, readPermissions } from '../skills/parse-permissions.ts';
import { PERMISSIONS_FILE, PERMISSIONS_SCHEMA, type Permissions } from '../skills/permissions.ts';
import { digestSkill, type SkillDigest } from '../skills/skill-digest.ts';
import type { SkillFile } from '../skills/skill-files.ts';
import type { SkillState } from '../skills/verdict-reason.ts';
import type { Condition } from '../trust/condition.ts';
import { placeOf, verifyPlace } from './verify-place.ts';

/** A skill that may run, and on which conditions. */
export interface RunnableSkill {
  readonly name: string;
  /** SAID of the manifest of the files. */
  readonly manifest: string;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  readonly release: string | undefined;
  /** `not-verified` where that was not asked for. */
  readonly state: SkillState | 'not-verified';
  readonly conditions: readonly Condition[];
  readonly files: readonly SkillFile[];
  readonly permissions: Permissions;
}

function refused(dir: string, reason: string, detail: string, hint: string): GitkelError {
  return new GitkelError('refused', `Cannot run ${shownPath(dir)}: ${detail}`, { reason, hint });
}

/** The permissions that files declare; without a declaration there are none. */
function permissionsOf(dir: string, files: readonly SkillFile[]): Permissions {
  const file = files.find((one) => one.path === PERMISSIONS_FILE);
  const report =
    file === undefined
      ? readPermissions({ schema: PERMISSIONS_SCHEMA })
      : parsePermissions(file.bytes);
  if (report.outcome === 'valid') return report.permissions;
  const [{ reason, at, detail } = { reason: 'schema', at: '', detail: '' }] = report.problems;
  throw refused(
    dir,
    reason,
    `its ${PERMISSIONS_FILE} is not valid: ${at}: ${detail}`,
    'See gitkel skill check.',
  );
}

function readFiles(
  { crypto }: Pick<Host, 'crypto'>,
  dir: string,
  digest: SkillDigest,
): Pick<RunnableSkill, 'name' | 'manifest' | 'sha256' | 'files' | 'permissions'> {
  if (digest.outcome === 'refused') {
    const [{ reason, detail } = { reason: 'no-skill', detail: '' }] = digest.problems;
    throw refused(dir, reason, detail, 'See gitkel skill check.');
  }
  const { manifest, files } = digest;
  return {
    name: manifest.name,
    manifest: manifest.said,
    sha256: manifestSha256(crypto, manifest),
    files,
    permissions: permissionsOf(dir, files),
  };
}

/** The skill as it lies there, whoever made it. */
export function unverifiedSkill(host: Host, dir: string): RunnableSkill {
  const full = path.resolve(dir);
  const digest = digestSkill(host.crypto, directoryEntries(host, full));
  const state = 'not-verified';
  return { ...readFiles(host, full, digest), release: undefined, state, conditions: [] };
}

/**
 * The skill, if it is verified now.
 * @throws GitkelError `refused`, with the reason of the verdict; `usage` for a folder of skills.
 */
export async function verifiedSkill(
  host: Host,
  dir: string,
  terms: VerifyTerms,
): Promise<RunnableSkill> {
  const full = path.resolve(dir);
  const place = placeOf(host, full);
  if (place.only === undefined)
    throw new GitkelError('usage', `Cannot run ${shownPath(full)}: it is no skill`, {
      reason: 'no-skill',
      hint: 'Name the directory of one skill.',
    });
  const [verdict] = await verifyPlace(place, terms, false);
  if (verdict?.entry === undefined || verdict.objection !== undefined) {
    const {
      reason = 'not-locked',
      detail = 'nobody installed it',
      hint,
    } = verdict?.objection ?? {};
    const own = hint ?? 'Install it (gitkel skill install)';
    throw refused(
      full,
      reason,
      detail,
      `${own} A skill of your own, that you work on: --no-verify.`,
    );
  }
  const { entry, state } = verdict;
  const digest = digestAt(place.folder, verdict.path, entry.manifest);
  if (!('outcome' in digest)) throw refused(full, digest.reason, digest.detail, digest.hint);
  const read = readFiles(host, full, digest);
  if (read.manifest !== entry.manifest)
    throw refused(
      full,
      'not-as-locked',
      `its manifest is ${quoted(read.manifest)}, not ${quoted(entry.manifest)} that was installed`,
      'A file changed, or may no longer be executed: install it again.',
    );
  const conditions = verdict.verdict?.conditions ?? [];
  return { ...read, release: entry.release, state, conditions };
}
