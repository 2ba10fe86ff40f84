/**
 * What the remotes of a log had of its staged batches when they were last asked: one small file in the repository. It is
 * advice, and can be deleted at any time: what a remote has is known again once it is asked.
 * @module
 */
import { GitkelError, malformed } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import type { Json } from '../base/canonical-json.ts';
import { LIMITS } from '../base/limits.ts';
import { makeDirectory, readFileBounded } from '../host/files.ts';
import { documentBytes, parseDocument } from '../keys/home-document.ts';
import { replaceUnsynced } from '../keys/unsynced-file.ts';
import { gitkelDirectory, mailboxPath } from '../log/mailbox-names.ts';
import type { Log } from '../log/log.ts';

const FORMAT = 'gitkel-mailbox/1';
const WHAT = 'what remotes had of staged batches';

/** What a remote had. */
export interface SeenMailbox {
  /** Its address, without a password. */
  readonly address: string;
  /** When it was asked, seconds since 1970 by this machine's clock. */
  readonly at: number;
  /** The refs that it had, by their names here, sorted. */
  readonly refs: readonly string[];
}

function parseSeen(value: Json): SeenMailbox {
  const fields = fieldsOf(value, WHAT, ['address', 'at', 'refs']);
  const refs = fields.list('refs').map((ref) => {
    if (typeof ref === 'string') return ref;
    throw malformed('mailbox', `Cannot read ${WHAT}: a ref is not a text`);
  });
  return { address: fields.text('address'), at: fields.integer('at'), refs };
}

/** What the remotes had; nothing where that is not known, or cannot be read. */
export function seenMailboxes(log: Pick<Log, 'repository' | 'host'>): readonly SeenMailbox[] {
  try {
    const bytes = readFileBounded(
      log.host,
      mailboxPath(log.repository.commonDir),
      LIMITS.mailboxFileBytes,
    );
    if (bytes === undefined || bytes.length === 0) return [];
    const value = parseDocument(bytes, LIMITS.mailboxFileBytes, WHAT);
    const fields = fieldsOf(value, WHAT, ['format', 'remotes']);
    if (fields.text('format') !== FORMAT) return [];
    return fields.list('remotes').map(parseSeen);
  } catch (error) {
    if (error instanceof GitkelError) return [];
    throw error;
  }
}

/** What one remote had; `undefined` where that is not known. */
export function seenAt(
  log: Pick<Log, 'repository' | 'host'>,
  address: string,
): SeenMailbox | undefined {
  return seenMailboxes(log).find((seen) => seen.address === address);
}

/** Remembers what a remote had. Of those asked longest ago the ones beyond `LIMITS.rememberedRemotes` are forgotten. */
export function rememberMailbox(log: Pick<Log, 'repository' | 'host'>, seen: SeenMailbox): void {
  const others = seenMailboxes(log).filter(({ address }) => address !== seen.address);
  const remotes = [...others, { ...seen, refs: [...seen.refs].toSorted() }]
    .slice(-LIMITS.rememberedRemotes)
    .map((one) => ({ ...one, refs: [...one.refs] }));
  const bytes = documentBytes({ format: FORMAT, remotes });
  if (bytes.length > LIMITS.mailboxFileBytes) return;
  makeDirectory(log.host, gitkelDirectory(log.repository.commonDir));
  replaceUnsynced(log.host, mailboxPath(log.repository.commonDir), bytes);
}
