/**
 * Names of what belongs to the staged batches of remotes.
 * @module
 */
import { join } from 'node:path';
import { BATCH_REFS } from './layout.ts';

/** Where staged batches lie at a remote that takes nothing but branches. */
export const BATCH_BRANCHES = 'refs/heads/gitkel-batch/';

/** The two forms of names that the refs of staged batches have at a remote. */
export type BatchRefForm = 'refs' | 'branches';

/** The name at a remote of a ref under {@link BATCH_REFS}. */
export function remoteBatchRef(form: BatchRefForm, ref: string): string {
  return form === 'refs' ? ref : `${BATCH_BRANCHES}${ref.slice(BATCH_REFS.length)}`;
}

/** The name here of a ref of a staged batch at a remote. */
export function localBatchRef(ref: string): string {
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
