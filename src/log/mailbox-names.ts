/**
 * Names of what belongs to the staged batches of remotes.
 * @module
 */
import { join } from 'node:path';
import { BATCH_REFS, PLACE_REFS, refHex } from './layout.ts';

/** Where staged batches lie at a remote that takes nothing but branches. */
export const BATCH_BRANCHES = 'refs/heads/gitkel-batch/';

/** Where announcements of places lie at a remote that takes nothing but branches. */
const PLACE_BRANCHES = 'refs/heads/gitkel-place/';

/** The file in the commit of an announcement. */
export const ANNOUNCEMENT_FILE = 'announcement.json';

/** All prefixes of names that belong to staged batches at a remote. */
export const MAILBOX_PREFIXES: readonly string[] = [
  BATCH_BRANCHES,
  BATCH_REFS,
  PLACE_BRANCHES,
  PLACE_REFS,
];

const PLACE_REF = /^[0-9a-f]{64}\/[0-9a-f]{64}$/;

/** Where all announcements of one place are, by the place in hex. */
export function placeRefs(place: string): string {
  return `${PLACE_REFS}${place}/`;
}

/** The ref of the announcement of a batch for a place, the place in hex. */
export function placeRef(place: string, batch: string): string {
  return `${placeRefs(place)}${refHex(batch)}`;
}

/** Whether a ref is named as one of an announcement. */
export function isPlaceRef(ref: string): boolean {
  return ref.startsWith(PLACE_REFS) && PLACE_REF.test(ref.slice(PLACE_REFS.length));
}

/** The two forms of names that the refs of staged batches have at a remote. */
export type BatchRefForm = 'refs' | 'branches';

/** The name at a remote of a ref under {@link BATCH_REFS} or {@link PLACE_REFS}. */
export function remoteBatchRef(form: BatchRefForm, ref: string): string {
  if (form === 'refs') return ref;
  return ref.startsWith(PLACE_REFS)
    ? `${PLACE_BRANCHES}${ref.slice(PLACE_REFS.length)}`
    : `${BATCH_BRANCHES}${ref.slice(BATCH_REFS.length)}`;
}

/** The name here of such a ref at a remote. */
export function localBatchRef(ref: string): string {
  if (ref.startsWith(PLACE_BRANCHES)) return `${PLACE_REFS}${ref.slice(PLACE_BRANCHES.length)}`;
  return ref.startsWith(BATCH_BRANCHES) ? `${BATCH_REFS}${ref.slice(BATCH_BRANCHES.length)}` : ref;
}

/** The key of the git config, in the section of a remote, that holds which form of names it takes. */
export const CONFIG_BATCH_REFS = 'gitkelbatchrefs';

/** The directory, in the one of a repository that work trees share, of what gitkel keeps there beside objects and refs. */
export function gitkelDirectory(commonDir: string): string {
  return join(commonDir, 'gitkel');
}

/** The file of what remotes had of staged batches. */
export function mailboxPath(commonDir: string): string {
  return join(gitkelDirectory(commonDir), 'mailbox.json');
}
