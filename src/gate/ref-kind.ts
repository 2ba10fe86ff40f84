import { BATCH_REFS, RESERVED_REFS } from '../log/layout.ts';
import type { HookConfig } from './hook-config.ts';

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

/** Tells what a ref is by its name. */
export function refKind({ logDir, logRef }: HookConfig, ref: string): RefKind {
  if (logDir === undefined && ref === logRef) return 'log';
  // Where case is folded, another spelling would move the log.
  if (logDir === undefined && ref.toLowerCase() === logRef.toLowerCase()) return 'reserved';
  if (isIn(ref, BATCH_REFS)) return 'batch';
  if (isIn(ref, RESERVED_REFS)) return 'reserved';
  return isIn(ref, REPLACE_REFS) ? 'replace' : 'content';
}
