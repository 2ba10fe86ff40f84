/**
 * Handing staged batches, and what was contributed to them, to a remote, under refs of their own that are only ever
 * created; and deleting those of batches that are over.
 * @module
 */
import { sameBytes } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { batchState, requireBatch } from '../batch/batches.ts';
import { lateSignatures } from '../batch/late.ts';
import { batchIds, readMailboxFile } from '../batch/mailbox.ts';
import { digestText } from '../cesr/digest.ts';
import { configValue } from '../git/config.ts';
import { addSettings } from '../git/config-write.ts';
import { type RefPush, type RefPushed, pushRefs } from '../git/remote-ref-push.ts';
import { fetchRefs, listRemoteRefs } from '../git/remote-refs.ts';
import { shownAddress } from '../git/remote-address.ts';
import {
  batchRefs,
  CONTRIBUTION_FILE,
  contributionRef,
  REQUEST_FILE,
  requestRef,
} from '../log/layout.ts';
import {
  type BatchRefForm,
  CONFIG_BATCH_REFS,
  MAILBOX_PREFIXES,
  remoteBatchRef,
} from '../log/mailbox-names.ts';
import type { Log } from '../log/log.ts';
import { listMailbox, type MailboxRef } from './listed-batches.ts';
import { rememberMailbox, seenAt } from './mailbox-memory.ts';
import { objectsOf, type Remote } from './remote.ts';

/** What became of one batch that was pushed. */
export interface PushedBatch {
  readonly batch: string;
  /** Refs that are new at the remote, the batch itself among them, and those that it had. */
  readonly pushed: number;
  readonly present: number;
}

export interface PushBatchesOptions {
  /** The form of names that the remote takes; by default the one that worked before, or else what works. */
  readonly form?: BatchRefForm | undefined;
}

/** A ref here, or that is to be at a remote, by its name here. */
interface OwnRef {
  readonly ref: string;
  readonly oid: string;
}

/** A ref that is to be at a remote, and what stands in its way there. */
interface MissingRef extends OwnRef {
  readonly theirs: MailboxRef | undefined;
}

/**
 * The refs here of a batch and of everything valid that was contributed to it: what others put there stays here. Of a batch
 * that the log holds, what the log lacks.
 */
function validRefs(log: Log, id: string): readonly OwnRef[] {
  const state = batchState(log, requireBatch(log, id));
  const late = state.state === 'committed' ? lateSignatures(log, state.batch) : undefined;
  if (late !== undefined) return refsHere(log, id, late.contributions);
  if (!('collected' in state)) {
    const why = state.state === 'committed' ? 'it is in the log' : state.detail;
    throw new GitkelError('conflict', `Cannot push batch ${id}: ${why}`, {
      reason: state.state === 'committed' ? 'committed' : state.reason,
      hint:
        state.state === 'committed'
          ? 'Nothing is left to do: gitkel batch prune'
          : `What still fits can be staged again: gitkel batch restage ${id}`,
    });
  }
  const { contributions, withdrawals } = state.collected;
  return refsHere(log, id, [...contributions, ...withdrawals]);
}

/** The refs here of a batch and of some of what was contributed to it. */
function refsHere(
  log: Log,
  id: string,
  contributed: readonly { readonly signer: string; readonly bytes: Uint8Array }[],
): readonly OwnRef[] {
  const names = contributed.map(({ signer, bytes }) =>
    contributionRef(id, signer, digestText(log.host.crypto, bytes)),
  );
  const here = log.refs.list(batchRefs(id));
  return [requestRef(id), ...names].flatMap((ref) => {
    const oid = here.get(ref);
    return oid === undefined ? [] : [{ ref, oid }];
  });
}

function fileOf(ref: string): string {
  return ref.endsWith('/request') ? REQUEST_FILE : CONTRIBUTION_FILE;
}

/** Whether what a remote has under the name of a ref is another file than the one that the name stands for. */
async function inTheWay(
  log: Log,
  remote: Remote,
  pairs: readonly { readonly own: OwnRef; readonly theirs: MailboxRef }[],
): Promise<ReadonlySet<string>> {
  if (pairs.length === 0) return new Set();
  const names = pairs.map(({ theirs }) => theirs.there);
  const fetched = await fetchRefs(log.host, remote.place, names, objectsOf(log.repository));
  try {
    const others = pairs.filter(({ own: { ref, oid }, theirs }) => {
      const here = readMailboxFile(log.store, oid, fileOf(ref));
      const there = tryRead(() => readMailboxFile(fetched.store, theirs.oid, fileOf(ref)));
      return here !== undefined && (there === undefined || !sameBytes(here, there));
    });
    return new Set(others.map(({ own }) => own.ref));
  } finally {
    fetched.close();
  }
}

function tryRead(read: () => Uint8Array | undefined): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/** What is missing at the remote, or stands in the way there, as it has to be pushed. */
async function missingThere(
  log: Log,
  remote: Remote,
  own: readonly OwnRef[],
  listed: readonly MailboxRef[],
): Promise<readonly MissingRef[]> {
  const there = new Map(listed.map((one) => [one.ref, one]));
  const pairs = own.flatMap((one) => {
    const theirs = there.get(one.ref);
    return theirs === undefined || theirs.oid === one.oid ? [] : [{ own: one, theirs }];
  });
  const wrong = await inTheWay(log, remote, pairs);
  return own
    .filter(({ ref }) => !there.has(ref) || wrong.has(ref))
    .map((one) => ({ ...one, theirs: there.get(one.ref) }));
}

function rememberedForm({ repository }: Log, { name }: Remote): BatchRefForm | undefined {
  const value = configValue(repository.config, 'remote', CONFIG_BATCH_REFS, name);
  return value === 'refs' || value === 'branches' ? value : undefined;
}

function refusal(remote: Remote, refused: Extract<RefPushed, { status: 'refused' }>): GitkelError {
  const said = refused.detail.replaceAll(/[^\n\u0020-\u007e]/g, '?').slice(-1_000);
  return new GitkelError(
    'refused',
    `Cannot push staged batches to ${shownAddress(remote.address)}: ${said}`,
    {
      reason: 'push-refused',
      hint: 'The server does not take them: see what it says, or hand them on as files: gitkel batch export.',
    },
  );
}

/**
 * The first ref that the remote did not take because it stood elsewhere, as it said, though nothing is there under that
 * name: a lock was left behind, or a ref stands where a directory has to be.
 */
async function stuck(
  log: Log,
  remote: Remote,
  done: readonly RefPushed[],
): Promise<Extract<RefPushed, { status: 'refused' }> | undefined> {
  const moved = done.filter(({ status }) => status === 'moved');
  if (moved.length === 0) return undefined;
  const names = new Set(moved.map(({ ref }) => ref));
  const { refs: there } = await listRemoteRefs(log.host, remote.place, {
    prefixes: MAILBOX_PREFIXES,
    isFirst: (ref) => names.has(ref),
  });
  const first = moved.find(({ ref }) => !there.has(ref));
  if (first === undefined) return undefined;
  const detail = `it does not take ${first.ref}, though nothing is there: something stands in the way`;
  return { ref: first.ref, status: 'refused', detail };
}

/** Pushes refs in the form that the remote takes: where that is not known, as refs of their own first, then as branches. */
export async function pushInForm(
  log: Log,
  remote: Remote,
  missing: readonly MissingRef[],
  wantedForm: BatchRefForm | undefined,
): Promise<void> {
  const known = wantedForm ?? rememberedForm(log, remote);
  const forms: readonly BatchRefForm[] = known === undefined ? ['refs', 'branches'] : [known];
  let first: GitkelError | undefined;
  for (const form of forms) {
    const pushes = missing.map(({ ref, oid, theirs }): RefPush => {
      const name = remoteBatchRef(form, ref);
      return { ref: name, expected: theirs?.there === name ? theirs.oid : undefined, next: oid };
    });
    const done = await pushRefs(log.host, remote.place, pushes, objectsOf(log.repository));
    const refused =
      done.find((one) => one.status === 'refused') ?? (await stuck(log, remote, done));
    if (refused === undefined) {
      if (known === undefined && form === 'branches') rememberForm(log, remote, form);
      return;
    }
    first ??= refusal(remote, refused);
  }
  if (first !== undefined) throw first;
}

function rememberForm({ host, repository }: Log, { name }: Remote, form: BatchRefForm): void {
  const setting = { section: 'remote', subsection: name, key: CONFIG_BATCH_REFS, value: form };
  addSettings(host, repository, [setting]);
}

/**
 * Pushes staged batches with everything valid that was contributed to them. What the remote has already is left, and what
 * somebody removed or replaced there is put back: the copies here are as good as those.
 * @throws GitkelError `conflict` for a batch that is over; `refused`, reason `push-refused`; `environment`, reason
 * `remote-unreachable`.
 */
export async function pushBatches(
  log: Log,
  remote: Remote,
  ids: readonly string[],
  options: PushBatchesOptions = {},
): Promise<readonly PushedBatch[]> {
  const own = ids.map((id) => ({ id, refs: validRefs(log, id) }));
  const all = own.flatMap(({ refs }) => refs);
  const at = log.host.now();
  const { refs: listed } = await listMailbox(log, remote);
  const missing = await missingThere(log, remote, all, listed);
  if (missing.length > 0) await pushInForm(log, remote, missing, options.form);
  const here = new Set(all.map(({ ref }) => ref));
  const before = seenAt(log, remote.address)?.refs ?? [];
  const there = new Set(listed.map(({ ref }) => ref));
  const refs = new Set([...before.filter((ref) => there.has(ref)), ...here]);
  rememberMailbox(log, { address: remote.address, at, refs: [...refs] });
  const isMissing = new Set(missing.map(({ ref }) => ref));
  return own.map(({ id, refs: some }) => {
    const pushed = some.filter(({ ref }) => isMissing.has(ref)).length;
    return { batch: id, pushed, present: some.length - pushed };
  });
}

/** The staged batches here that can still be committed, or wait for others. */
export function openBatches(log: Log): readonly string[] {
  return batchIds(log).filter((id) => {
    try {
      const { state } = batchState(log, requireBatch(log, id));
      return state === 'open' || state === 'complete';
    } catch (error) {
      if (error instanceof GitkelError && error.code !== 'environment') return false;
      throw error;
    }
  });
}

/** How many refs of a staged batch here, of everything valid, the remote did not have when it was last asked. */
export function unpushed(log: Log, { address }: Remote, id: string): number {
  const seen = new Set(seenAt(log, address)?.refs);
  return validRefs(log, id).filter(({ ref }) => !seen.has(ref)).length;
}

/** Whether a remote had a staged batch when it was last asked. */
export function wasPushed(log: Log, { address }: Remote, id: string): boolean {
  return seenAt(log, address)?.refs.includes(requestRef(id)) === true;
}

/**
 * Deletes refs of batches whose places are filled, each from exactly what was seen there. What cannot be deleted stays: it
 * is in nobody's way.
 * @returns how many are gone
 */
export async function deleteFilled(
  log: Log,
  remote: Remote,
  filled: readonly MailboxRef[],
): Promise<number> {
  if (filled.length === 0) return 0;
  const pushes = filled.map(({ there, oid }) => ({ ref: there, expected: oid, next: undefined }));
  const done = await pushRefs(log.host, remote.place, pushes, objectsOf(log.repository));
  return done.filter(({ status }) => status === 'taken').length;
}
