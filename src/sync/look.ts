/**
 * Looking at what the upstream of a log has, without taking anything over: names of refs alone, none of them verified.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { listRemoteRefs } from '../git/remote-refs.ts';
import { BATCH_REFS } from '../log/layout.ts';
import { MAILBOX_PREFIXES } from '../log/mailbox-names.ts';
import type { Log } from '../log/log.ts';
import { listedBatches, mailboxRefs } from './listed-batches.ts';
import { seenAt } from './mailbox-memory.ts';
import type { Remote } from './remote.ts';

/** What a remote has of a staged batch that was not looked through here. Whether it holds is not known yet. */
export interface Unseen {
  readonly batch: string;
  /** Whether the batch itself is among it. */
  readonly request: boolean;
  readonly contributions: number;
}

/** What a look at a remote showed. */
export type Look =
  | {
      readonly outcome: 'seen';
      /** Whether the log has a tip there that is not the one here. */
      readonly moved: boolean;
      /** Whether it has none there, though it has one here. */
      readonly absent: boolean;
      readonly unseen: readonly Unseen[];
    }
  /** It did not answer, or not in a way that one could use. */
  | { readonly outcome: 'unreachable'; readonly detail: string };

/** What of the refs of a remote is neither here nor was there when its batches were last pulled. */
function unseenOf(
  log: Log,
  { address }: Remote,
  listed: ReadonlyMap<string, string>,
): readonly Unseen[] {
  const seen = new Set(seenAt(log, address)?.refs);
  const here = log.refs.list(BATCH_REFS);
  const refs = mailboxRefs(listed).filter(
    ({ ref, oid }) => !seen.has(ref) && here.get(ref) !== oid,
  );
  return listedBatches(refs).map(({ id, request, contributions }) => ({
    batch: id,
    request: request !== undefined,
    contributions: contributions.length,
  }));
}

/** Asks a remote for its refs, within `LIMITS.remoteLook`. Whatever is wrong with it is an outcome: it is only looked at. */
export async function lookAt(log: Log, remote: Remote): Promise<Look> {
  try {
    const prefixes = [...MAILBOX_PREFIXES, remote.ref];
    const { refs: listed } = await listRemoteRefs(log.host, remote.place, {
      prefixes,
      timeoutMs: LIMITS.remoteLook,
      isFirst: (ref) => ref === remote.ref,
    });
    const tip = listed.get(remote.ref);
    return {
      outcome: 'seen',
      moved: tip !== undefined && tip !== log.replayed.tip,
      absent: tip === undefined && log.replayed.tip !== undefined,
      unseen: unseenOf(log, remote, listed),
    };
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return { outcome: 'unreachable', detail: error.message };
  }
}
