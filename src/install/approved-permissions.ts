import { toHex } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { readFileBounded } from '../host/files.ts';
import { comparePermissions, type PermissionDiff } from '../skills/permission-diff.ts';
import { parsePermissions } from '../skills/parse-permissions.ts';
import { PERMISSIONS_FILE, type Permissions } from '../skills/permissions.ts';
import type { SkillFile } from '../skills/skill-files.ts';
import { join } from 'node:path';
import { skillPath } from './install-layout.ts';
import type { SkillsFolder } from './skills-folder.ts';
import type { InstalledSkill } from './skills-lock.ts';

/** SHA-256 of the permission manifest among the files of a skill; `undefined` when it declares none. */
export function permissionsDigest(crypto: Crypto, files: readonly SkillFile[]): string | undefined {
  const file = files.find(({ path }) => path === PERMISSIONS_FILE);
  return file === undefined ? undefined : toHex(crypto.digest('sha2-256', file.bytes));
}

function permissionsIn(bytes: Uint8Array): Permissions | undefined {
  const report = parsePermissions(bytes);
  return report.outcome === 'valid' ? report.permissions : undefined;
}

/** What was agreed to for an installed skill. `lost`: its permission manifest is not to be found any more. */
export type Approved = Permissions | 'undeclared' | 'lost';

/** What was agreed to for an installed skill: its permission manifest, as long as it is the one that the lock names. */
export function approvedPermissions(
  { host, dir }: SkillsFolder,
  { name, permissions }: InstalledSkill,
): Approved {
  if (permissions === undefined) return 'undeclared';
  const path = join(skillPath(dir, name), PERMISSIONS_FILE);
  const bytes = readFileBounded(host, path, LIMITS.permissionsBytes, { links: 'refuse' });
  if (bytes === undefined || toHex(host.crypto.digest('sha2-256', bytes)) !== permissions)
    return 'lost';
  return permissionsIn(bytes) ?? 'lost';
}

/**
 * What a version asks for beyond what was agreed to. A skill that declares nothing may do anything as far as anybody knows:
 * to go there from a manifest is wider. Where what was agreed to is lost, everything is.
 */
export function widening(before: Approved, after: Permissions | undefined): PermissionDiff {
  const agreed = typeof before === 'string' ? undefined : before;
  const { changes, asksAgain } =
    after === undefined
      ? { changes: [], asksAgain: agreed !== undefined }
      : comparePermissions(agreed, after);
  return { changes, asksAgain: asksAgain || before === 'lost' };
}
