import { RESERVED_REFS } from '../log/layout.ts';
import { MAILBOX_PREFIXES } from '../log/mailbox-names.ts';
import type { HookConfig } from './hook-config.ts';
import { defaultBranch, type HookPlace } from './hook-place.ts';

/**
 * What a ref is to the hooks: `log`, the log of the repository; `batch`, where staged batches lie; `reserved`, another name
 * of gitkel's own; `replace`, objects in the place of others (git-replace(1)); `content`, everything that people may
 * check out.
 */
export type RefKind = 'log' | 'batch' | 'reserved' | 'replace' | 'content';

const REPLACE_REFS = 'refs/replace/';

/** Whether a name lies below a place, for file systems that fold case, too. */
function isIn(ref: string, place: string): boolean {
  return ref.toLowerCase().startsWith(place.toLowerCase());
}

function isOtherSpelling(ref: string, of: string): boolean {
  return ref !== of && ref.toLowerCase() === of.toLowerCase();
}

/**
 * Tells what a ref is by its name.
 * @param defaultRef the branch that HEAD names
 */
export function refKind({ logDir, logRef }: HookConfig, defaultRef: string, ref: string): RefKind {
  const isHere = logDir === undefined;
  if (isHere && ref === logRef) return 'log';
  // Where case is folded, another spelling would move the same ref.
  if (isOtherSpelling(ref, defaultRef) || (isHere && isOtherSpelling(ref, logRef)))
    return 'reserved';
  if (MAILBOX_PREFIXES.some((prefix) => isIn(ref, prefix))) return 'batch';
  if (isIn(ref, RESERVED_REFS)) return 'reserved';
  return isIn(ref, REPLACE_REFS) ? 'replace' : 'content';
}

/** What a ref is to the hooks of a repository. */
export function kindOf(place: HookPlace, ref: string): RefKind {
  return refKind(place.config, defaultBranch(place), ref);
}
