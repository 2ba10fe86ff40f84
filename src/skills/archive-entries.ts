import { malformed } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { gunzip } from './inflate.ts';
import type { SkillEntry } from './skill-entry.ts';
import { SKILL_MD } from './skill-files.ts';
import { foldedPath, namesGit, pathProblem } from '../records/skill-path.ts';
import { tarEntries } from './tar-entries.ts';
import { zipEntries } from './zip-entries.ts';

/** Bytes that headers and padding may add to the files in a tar archive. */
const TAR_OVERHEAD = LIMITS.skillEntries * 2_048;

function unpacked(bytes: Uint8Array): readonly SkillEntry[] {
  if (bytes.length > LIMITS.skillArchiveBytes) {
    throw malformed(
      'too-large',
      `Cannot read the archive: ${bytes.length} bytes, the limit is ${LIMITS.skillArchiveBytes}`,
    );
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return zipEntries(bytes);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const limit = Math.min(
      LIMITS.skillBytes + TAR_OVERHEAD,
      // The blocks that end an archive alone are ten kilobytes of zeros.
      LIMITS.skillArchiveRatio * bytes.length + LIMITS.skillArchiveSlack,
    );
    return tarEntries(gunzip(bytes, limit, 'the archive'));
  }
  throw malformed('archive-form', 'Cannot read the archive: it is neither zip nor gzip', {
    hint: 'Give a .zip, .skill, .tgz or .tar.gz file.',
  });
}

function isAtRoot({ path }: SkillEntry): boolean {
  return foldedPath(path) === foldedPath(SKILL_MD);
}

/** The one directory in which everything lies, where there is one and its name can be used. */
function commonDirectory(entries: readonly SkillEntry[]): string | undefined {
  const [first, ...others] = new Set(entries.map(({ path }) => path.split('/', 1)[0] ?? ''));
  if (first === undefined || others.length > 0) return undefined;
  return pathProblem(first) === undefined && !namesGit(first) ? first : undefined;
}

/**
 * What an archive holds, without unpacking it onto the disk. Archives often wrap everything in one directory: its content is
 * the skill then.
 * @param bytes a zip file or a gzipped tar archive
 * @throws GitkelError `malformed`: `archive-form`, `archive-damaged`, `archive-unsupported`, `archive-ratio`, `too-large`.
 */
export function archiveEntries(bytes: Uint8Array): readonly SkillEntry[] {
  const entries = unpacked(bytes);
  if (entries.some(isAtRoot)) return entries;
  const top = commonDirectory(entries);
  if (top === undefined || entries.some(({ path, kind }) => path === top && kind !== 'directory'))
    return entries;
  return entries
    .filter(({ path }) => path !== top)
    .map((entry) => ({ ...entry, path: entry.path.slice(top.length + 1) }));
}
