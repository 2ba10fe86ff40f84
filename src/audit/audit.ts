import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { endSteps, inOneGo } from '../base/steps.ts';
import { digestText } from '../cesr/digest.ts';
import { deferred } from '../crypto/deferred.ts';
import { ObjectStore } from '../git/objects.ts';
import { hazards, hazardWords } from '../git/hazards.ts';
import { fileRefs } from '../git/refs.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import { compareWorkTree, type WorkTreeFinding } from '../git/worktree.ts';
import { statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import type { FileEntry } from '../log/batch-record.ts';
import type { CheckedBatch } from '../log/check-batch.ts';
import type { Contents } from '../log/contents.ts';
import { judgedStatements } from '../log/devices.ts';
import { findLogRef } from '../log/find-log.ts';
import type { Freshness, FreshnessSource } from '../log/freshness.ts';
import { GENESIS_PATH } from '../log/layout.ts';
import {
  nothingReplayed,
  replaying,
  type ReplayOutcome,
  SIGNATURES_PER_BATCH,
} from '../log/replay.ts';
import { resume } from '../log/resume.ts';
import type { VerifiedMemory } from '../log/verified-memory.ts';
import { GitkelError } from '../base/errors.ts';
import { ageFindings } from './age-findings.ts';
import { expectationProblems, type ExpectedAid } from './expectations.ts';
import { storedObjectProblems } from './stored-objects.ts';
import { aidVerdicts, type AuditVerdict, type Finding, verdictWords } from './verdict.ts';

/** What a home remembers of logs and AIDs, asked once the log was replayed. */
export interface Memory {
  readonly known: boolean;
  readonly alarms: readonly Finding[];
  readonly notes: readonly string[];
}

export interface AuditOptions {
  readonly branch?: string | undefined;
  readonly expectedLog?: string | undefined;
  readonly expectedAids?: readonly ExpectedAid[];
  /** Hash every object that the log reaches, stored trees included. */
  readonly objects?: boolean;
  /** What this machine verified before, to go on from. A checked-out log is verified from nothing all the same. */
  readonly memory?: VerifiedMemory | undefined;
  /** What the home remembers of this log. Called with what verified. */
  readonly recall?: (contents: Contents) => Memory;
  /** How fresh the log is; called with what verified. */
  readonly freshness?: (source: FreshnessSource) => Freshness;
  /** Seconds: a log that was asked for longer ago, or nobody knows when, is a finding. */
  readonly maxAge?: number | undefined;
  readonly onBatch?: (done: number, total: number) => void;
  /**
   * Called with each batch that was checked, from the first on: then everything is verified, whatever is remembered. After
   * some of them it may begin with the first one again, and what was told before counts for nothing.
   */
  readonly onChecked?: ((batch: CheckedBatch) => void) | undefined;
}

/** A working tree with files of the log in it. */
interface CheckedOut {
  readonly dir: string;
  /** The commit whose files are there; `undefined` for the last one. */
  readonly commit: string | undefined;
}

/** Where the log's files lie beside the repository, whatever its configuration says: people read what lies there. */
function checkedOut(
  host: Host,
  dir: string,
  repository: Repository,
  ref: string,
): CheckedOut | undefined {
  const { head, gitDir } = repository;
  const hidden =
    gitDir === join(dir, '.git') && statOf(host, join(dir, GENESIS_PATH)) !== undefined
      ? dir
      : undefined;
  const workTree = repository.workTree ?? hidden;
  if (workTree === undefined) return undefined;
  switch (head.kind) {
    case 'branch':
      return head.ref === ref ? { dir: workTree, commit: undefined } : undefined;
    case 'detached':
      return { dir: workTree, commit: head.oid };
  }
}

const WORK_TREE_REASONS: Readonly<Record<WorkTreeFinding['kind'], string>> = {
  missing: 'work-tree-missing',
  different: 'work-tree-different',
  extra: 'work-tree-extra',
  'not-a-file': 'work-tree-not-a-file',
  symlink: 'work-tree-symlink',
  executable: 'work-tree-executable',
};

function workTreeFindings(
  host: Host,
  dir: string,
  files: readonly FileEntry[],
): readonly Finding[] {
  const expected = files.map(({ path, size, digest }) => ({
    path,
    size,
    matches: (bytes: Uint8Array) => digestText(host.crypto, bytes) === digest,
  }));
  return compareWorkTree(host, dir, expected).map(({ path, kind }) => ({
    reason: WORK_TREE_REASONS[kind],
    path,
    detail: `the working tree differs from the log: ${path} (${kind})`,
  }));
}

interface Replaying {
  readonly contents: Contents;
  /** The files of the log, as the records state them, up to the commit that is checked out; none when none is. */
  readonly files: readonly FileEntry[] | undefined;
  /** Whether all of the log was replayed. */
  readonly isWhole: boolean;
  readonly findings: readonly Finding[];
  readonly objects: number | undefined;
}

/** Replays what came after that which this machine verified before. Only if that is all well it counts. */
function* replayRest(
  host: Host,
  store: ObjectStore,
  tip: string,
  { memory, onBatch, onChecked }: AuditOptions,
): Generator<void, ReplayOutcome | undefined> {
  const isNew = memory === undefined || onChecked !== undefined;
  const from = isNew ? undefined : resume(host.crypto, store, memory, tip);
  if (from === undefined) return undefined;
  const outcome = yield* replaying(host.crypto, store, from, tip, {
    onBatch: (_, done, total) => onBatch?.(done, total),
  });
  return outcome.ok ? outcome : undefined;
}

function* replayAll(
  host: Host,
  repository: Repository,
  tip: string,
  out: CheckedOut | undefined,
  options: AuditOptions,
): Generator<void, Replaying> {
  const store = new ObjectStore(host, repository);
  const last = out?.commit ?? tip;
  try {
    const files: FileEntry[] = [];
    let isPast = out === undefined;
    const rest = out === undefined ? yield* replayRest(host, store, tip, options) : undefined;
    const outcome =
      rest ??
      (yield* replaying(host.crypto, store, nothingReplayed(), tip, {
        onBatch: (batch, done, total) => {
          if (!isPast) files.push(...batch.record.files);
          isPast ||= batch.mark.commit === last;
          options.onChecked?.(batch);
          options.onBatch?.(done, total);
        },
      }));
    const { contents } = outcome.replayed;
    const failure = outcome.ok ? undefined : outcome.failure;
    const stored = options.objects === true ? storedObjectProblems(store, tip) : undefined;
    const problems =
      stored?.problems.filter(({ oid }) => oid === undefined || oid !== failure?.commit) ?? [];
    const findings: readonly Finding[] = [
      ...(failure === undefined ? [] : [failure]),
      ...problems.map(({ oid, reason, detail }) => ({
        reason,
        detail,
        ...(oid === undefined ? {} : { object: oid }),
      })),
    ];
    return {
      contents,
      files: out !== undefined && outcome.ok && isPast ? files : undefined,
      isWhole: outcome.ok,
      findings,
      objects: stored?.objects,
    };
  } finally {
    store.close();
  }
}

/** What the home remembers. Where the replay ended at a failure, nothing tells how far the log goes. */
function remembered({ recall }: AuditOptions, contents: Contents, isWhole: boolean): Memory {
  const memory = recall?.(contents) ?? { known: false, alarms: [], notes: [] };
  if (isWhole) return memory;
  return {
    ...memory,
    alarms: memory.alarms.filter(({ reason }) => reason !== 'log-rolled-back'),
    notes: [],
  };
}

function* auditing(host: Host, dir: string, options: AuditOptions): Generator<void, AuditVerdict> {
  const repository = openRepository(host, dir, { hostile: true });
  const { ref, tip } = findLogRef(host, repository, options.branch);
  if (tip === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot audit ${dir}: its log has no batch yet (${ref} is unborn)`,
    );
  }
  const out = checkedOut(host, dir, repository, ref);
  const {
    contents,
    files,
    isWhole,
    findings: replayFindings,
    objects,
  } = yield* replayAll(host, repository, tip, out, options);
  const memory = remembered(options, contents, isWhole);
  const refs = fileRefs(host, repository);
  const freshness = options.freshness?.({ repository, ref, refs, contents });
  const findings: readonly Finding[] = [
    ...hazards(host, repository).map((one) => ({ reason: one.reason, detail: hazardWords(one) })),
    ...replayFindings,
    ...expectationProblems(contents, options.expectedLog, options.expectedAids ?? []),
    ...memory.alarms,
    ...ageFindings(freshness, options.maxAge),
    ...(out !== undefined && files !== undefined ? workTreeFindings(host, out.dir, files) : []),
  ];
  const isExpected = options.expectedLog !== undefined || (options.expectedAids ?? []).length > 0;
  const identity = isExpected ? 'expected' : memory.known ? 'known' : 'not pinned';
  return {
    state: findings.length === 0 ? 'valid' : 'invalid',
    reason: verdictWords(findings, identity),
    identity,
    log: contents.genesis?.logId,
    ref,
    tip,
    batches: contents.batches,
    verifiedBefore: contents.rememberedBatches,
    objects,
    aids: aidVerdicts(contents, findings),
    statements: contents.aids
      .flatMap((aid) => judgedStatements(contents, aid))
      .toSorted((a, b) => a.position - b.position),
    findings,
    notes: memory.notes,
    ...(freshness === undefined ? {} : { freshness }),
  };
}

/**
 * Verifies a repository's log, from nothing or from what this machine verified before. The repository is hostile: it is only read, no program is started in it,
 * and nothing in its configuration is obeyed.
 * @throws GitkelError `not-found` when there is no log, `environment` when the repository's format is not supported.
 * @example
 * ```ts
 * import { audit, nodeHost } from 'gitkel';
 *
 * const verdict = audit(nodeHost(), 'team-log');
 * console.log(verdict.state, verdict.batches, verdict.findings.length); // valid 2 0
 * ```
 */
export function audit(host: Host, dir: string, options: AuditOptions = {}): AuditVerdict {
  return inOneGo(auditing(host, dir, options));
}

/** Batches after which other work may be done, and Ctrl-C is heard. */
const STEPS_IN_A_ROW = 64;

/**
 * {@link audit} with the signatures verified on other threads: the same verdict, sooner. Everything is concluded as if
 * each signature held; where one does not, that counts for nothing and the log is audited again signature by signature.
 */
export async function auditInPool(
  host: Host,
  dir: string,
  options: AuditOptions = {},
): Promise<AuditVerdict> {
  const later = deferred(host.crypto);
  if (later === undefined) return audit(host, dir, options);
  const onBatch = (done: number, total: number): void => {
    if (done === 1) later.announce(SIGNATURES_PER_BATCH * (total - done));
    options.onBatch?.(done, total);
  };
  const steps = auditing({ ...host, crypto: later.crypto }, dir, { ...options, onBatch });
  try {
    for (let taken = 1; later.allHold; taken++) {
      const step = steps.next();
      if (step.done === true) {
        if (await later.settle()) return step.value;
      } else if (taken % STEPS_IN_A_ROW === 0) await setImmediate();
    }
  } catch (error) {
    if (await later.settle()) throw error;
  } finally {
    endSteps(steps);
    later.end();
  }
  return audit(host, dir, options);
}
