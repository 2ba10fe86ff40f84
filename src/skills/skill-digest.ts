import { quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { readFrontmatter } from './frontmatter.ts';
import type { SkillEntry, SkillNote, SkillProblem } from './skill-entry.ts';
import { SKILL_MD, type SkillFile, type SkillFiles, skillFiles } from './skill-files.ts';
import {
  buildManifest,
  type ManifestCode,
  nameProblem,
  type SkillManifest,
} from '../records/skill-manifest.ts';

export type SkillDigest =
  | {
      readonly outcome: 'digested';
      readonly manifest: SkillManifest;
      readonly files: readonly SkillFile[];
      readonly notes: readonly SkillNote[];
      /** The bytes of `skill.oms.sig`, where that is left out as a signature over the others. */
      readonly omsSignature?: Uint8Array | undefined;
    }
  | { readonly outcome: 'refused'; readonly problems: readonly SkillProblem[] };

type StatedName =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly detail: string };

/** The name that a skill gives itself; that it is a good one is not asked here. */
function statedName(skillMd: Uint8Array): StatedName {
  const frontmatter = readFrontmatter(skillMd);
  if (!frontmatter.ok) return { ok: false, detail: frontmatter.detail };
  const [, value] = frontmatter.entries.find(([key]) => key === 'name') ?? [];
  if (value?.kind !== 'text') return { ok: false, detail: 'it states no name' };
  const name = value.text.trim();
  const problem = nameProblem(name);
  return problem === undefined
    ? { ok: true, name }
    : { ok: false, detail: `the name ${quoted(name)}: ${problem}` };
}

/**
 * The digest of files that keep the rules.
 * @param code the digest that names the manifest; BLAKE3-256 unless told
 */
export function digestFiles(
  crypto: Crypto,
  found: SkillFiles,
  code: ManifestCode = 'E',
): SkillDigest {
  if (found.outcome === 'refused') return found;
  const { files, notes, omsSignature } = found;
  const skillMd = files.find(({ path }) => path === SKILL_MD);
  if (skillMd === undefined) throw new Error(`the rules let a skill without ${SKILL_MD} pass`);
  const stated = statedName(skillMd.bytes);
  if (!stated.ok) {
    return {
      outcome: 'refused',
      problems: [{ reason: 'skill-name', path: SKILL_MD, detail: stated.detail }],
    };
  }
  return {
    outcome: 'digested',
    manifest: buildManifest(crypto, stated.name, files, code),
    files,
    notes,
    omsSignature,
  };
}

/**
 * The digest of what was found: the same from a directory, from the blobs of a commit and from an archive.
 * @param code the digest that names the manifest; BLAKE3-256 unless told
 * @throws what reading an entry throws.
 * @example
 * ```ts
 * import { digestSkill, directoryEntries, nativeCrypto, nodeHost } from 'gitkel';
 *
 * const digest = digestSkill(nativeCrypto, directoryEntries(nodeHost(), 'skills/notes'));
 * if (digest.outcome !== 'digested') throw new Error('it breaks the rules of skills');
 * console.log(digest.manifest.name, digest.manifest.files.length); // notes 2
 * ```
 */
export function digestSkill(
  crypto: Crypto,
  entries: Iterable<SkillEntry>,
  code: ManifestCode = 'E',
): SkillDigest {
  return digestFiles(crypto, skillFiles(crypto, entries), code);
}
