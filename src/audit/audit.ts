import { digestText } from '../cesr/digest.ts';
import { ObjectStore } from '../git/objects.ts';
import { hazards } from '../git/hazards.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import { compareWorkTree } from '../git/worktree.ts';
import type { Host } from '../host/host.ts';
import { type KeyState, wireState } from '../keri/state.ts';
import type { FileEntry } from '../log/batch-record.ts';
import type { Contents } from '../log/contents.ts';
import { findLogRef } from '../log/find-log.ts';
import { nothingReplayed, replay } from '../log/replay.ts';
import { GitkelError } from '../base/errors.ts';
import { expectationLine, expectationProblems, type ExpectedAid } from './expectations.ts';
import { storedObjectProblems } from './stored-objects.ts';

/** One reason why a clone does not verify, and where. */
export interface Finding {
  /** Stable name of the rule. */
  readonly reason: string;
  readonly detail: string;
  readonly position?: number;
  readonly commit?: string;
  readonly path?: string;
  readonly aid?: string;
}

/** The verdict on one AID: where its KEL stood at the last position that verified. */
export interface AidVerdict {
  readonly aid: string;
  readonly verdict: 'valid' | 'invalid';
  readonly sn: number;
  readonly said: string;
  readonly events: number;
  readonly abandoned: boolean;
  /** What `--expect` takes. */
  readonly expect: string;
  readonly state: ReturnType<typeof wireState>;
  readonly reasons: readonly string[];
}

/** The verdict on a log. */
export interface AuditVerdict {
  readonly state: 'valid' | 'invalid';
  /** Why not, or the words for why. */
  readonly reason: string;
  /** Whether anything from outside of the clone tells that it is the right log. */
  readonly identity: 'expected' | 'known' | 'not pinned';
  readonly log: string | undefined;
  readonly ref: string;
  readonly tip: string | undefined;
  readonly batches: number;
  readonly objects: number | undefined;
  readonly aids: readonly AidVerdict[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

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
  /** What the home remembers of this log. Called with what verified. */
  readonly recall?: (contents: Contents) => Memory;
  readonly onBatch?: (done: number, total: number) => void;
}

function isWorkTreeOfLog(repository: Repository, ref: string): string | undefined {
  const { head, workTree } = repository;
  return head.kind === 'branch' && head.ref === ref ? workTree : undefined;
}

function workTreeFindings(host: Host, dir: string, files: readonly FileEntry[]): readonly Finding[] {
  const expected = files.map(({ path, size, digest }) => ({
    path,
    size,
    matches: (bytes: Uint8Array) => digestText(host.crypto, bytes) === digest,
  }));
  return compareWorkTree(host, dir, expected).map(({ path, kind }) => ({
    reason: `work-tree-${kind}`,
    path,
    detail: `the working tree differs from the log: ${path} (${kind})`,
  }));
}

function abandoned(state: KeyState): boolean {
  return state.nextDigests.length === 0;
}

function aidVerdicts(contents: Contents, findings: readonly Finding[]): readonly AidVerdict[] {
  return contents.aids.toSorted().flatMap((aid) => {
    const kel = contents.kel(aid);
    if (kel === undefined) return [];
    const { state } = kel;
    const reasons = findings.filter((finding) => finding.aid === aid || finding.path?.includes(aid)).map(({ reason, detail }) => `${reason}: ${detail}`);
    return [
      {
        aid,
        verdict: reasons.length === 0 ? ('valid' as const) : ('invalid' as const),
        sn: state.sn,
        said: state.said,
        events: kel.length,
        abandoned: abandoned(state),
        expect: expectationLine(aid, state.sn, state.said),
        state: wireState(state),
        reasons,
      },
    ];
  });
}

interface Replaying {
  readonly contents: Contents;
  /** Every file of the log, as the records state it. */
  readonly files: readonly FileEntry[];
  readonly findings: readonly Finding[];
  readonly objects: number | undefined;
}

function commitsOf(contents: Contents): readonly string[] {
  return Array.from({ length: contents.batches }, (_, position) => contents.batchAt(position)?.commit ?? '');
}

function replayAll(host: Host, repository: Repository, tip: string, keepFiles: boolean, options: AuditOptions): Replaying {
  const store = new ObjectStore(host, repository);
  try {
    const files: FileEntry[] = [];
    const outcome = replay(host.crypto, store, nothingReplayed(), tip, {
      onBatch: ({ record }, done, total) => {
        if (keepFiles) files.push(...record.files);
        options.onBatch?.(done, total);
      },
    });
    const { contents } = outcome.replayed;
    const findings: Finding[] = outcome.ok ? [] : [outcome.failure];
    let objects: number | undefined;
    if (options.objects === true) {
      const stored = storedObjectProblems(store, [...new Set([...commitsOf(contents), tip])]);
      objects = stored.objects;
      findings.push(...stored.problems.map(({ oid, reason, detail }) => ({ reason, commit: oid, detail })));
    }
    return { contents, files, findings, objects };
  } finally {
    store.close();
  }
}

function verdictWords(findings: readonly Finding[], identity: AuditVerdict['identity']): string {
  const [first] = findings;
  if (first !== undefined) return first.reason;
  switch (identity) {
    case 'expected':
      return 'consistent, and the one that was expected';
    case 'known':
      return 'consistent with what this home verified before';
    case 'not pinned':
      return 'consistent, identity not pinned';
  }
}

/**
 * Verifies a repository's log from nothing. The repository is hostile: it is only read, no program is started in it,
 * and nothing in its configuration is obeyed.
 * @throws GitkelError `not-found` when there is no log, `environment` when the repository's format is not supported.
 */
export function audit(host: Host, dir: string, options: AuditOptions = {}): AuditVerdict {
  const repository = openRepository(host, dir, { hostile: true });
  const { ref, tip } = findLogRef(host, repository, options.branch);
  if (tip === undefined) {
    throw new GitkelError('not-found', `Cannot audit ${dir}: its log has no batch yet (${ref} is unborn)`);
  }
  const workTree = isWorkTreeOfLog(repository, ref);
  const { contents, files, findings: replayFindings, objects } = replayAll(host, repository, tip, workTree !== undefined, options);
  const memory = options.recall?.(contents) ?? { known: false, alarms: [], notes: [] };
  const findings: readonly Finding[] = [
    ...hazards(host, repository),
    ...replayFindings,
    ...expectationProblems(contents, options.expectedLog, options.expectedAids ?? []),
    ...memory.alarms,
    ...(replayFindings.length === 0 && workTree !== undefined ? workTreeFindings(host, workTree, files) : []),
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
    objects,
    aids: aidVerdicts(contents, findings),
    findings,
    notes: memory.notes,
  };
}
