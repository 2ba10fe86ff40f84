import { auditInPool } from '../audit/audit.ts';
import type { AuditVerdict } from '../audit/verdict.ts';
import { GitkelError } from '../base/errors.ts';
import { statOf } from '../host/files.ts';
import { expectLongRun } from '../host/short-runs.ts';
import { findingLine } from './finding-line.ts';
import { freshnessHere, freshnessLines } from './freshness.ts';
import { interruptible } from './interrupt.ts';
import { recall } from './memory.ts';
import { harmless } from './output.ts';
import { Progress } from './progress.ts';
import type { Session } from './session.ts';

/**
 * Another process of this home may have written to the log, and remembered that, since it was read: it is read again
 * before it counts as one that went back.
 */
export async function upToDate(run: () => Promise<AuditVerdict>): Promise<AuditVerdict> {
  for (let verdict = await run(); ;) {
    if (!verdict.findings.some(({ reason }) => reason === 'log-rolled-back')) return verdict;
    const again = await run();
    if (again.batches <= verdict.batches) return again;
    verdict = again;
  }
}

/** What this machine says of a log that it has. */
export interface HeldHere {
  readonly state: AuditVerdict['state'];
  readonly reason: string;
  /** What does not hold, and what a person should know beside the verdict. */
  readonly lines: readonly string[];
}

interface Local {
  readonly dir: string;
  readonly branch: string | undefined;
  /** The log that this home pinned there, if any. */
  readonly pinned: string | undefined;
}

/**
 * Audits a log of this machine as `gitkel audit` does, with its working tree and with what this home, if there is one,
 * remembers of it. Nothing is written. What keeps the log from being read at all is a verdict, too.
 */
export async function auditedHere(
  session: Session,
  { dir, branch, pinned }: Local,
): Promise<HeldHere> {
  expectLongRun();
  const { host } = session;
  const hasHome = statOf(host, session.homeDirectory()) !== undefined;
  const progress = new Progress('verifying batch');
  const run = async (check: () => void): Promise<AuditVerdict> =>
    auditInPool(host, dir, {
      branch,
      expectedLog: pinned,
      onBatch: (done, total) => {
        check();
        progress.update(done, total);
      },
      ...(hasHome
        ? {
            memory: session.memory,
            freshness: (log) => freshnessHere(session.home, log),
            recall: (contents) => recall(session.home, contents, contents.aids),
          }
        : {}),
    });
  try {
    const verdict = await interruptible(async (check) => upToDate(async () => run(check)));
    const { state, reason, findings, notes, freshness } = verdict;
    const asked = freshness === undefined ? [] : freshnessLines(freshness);
    return {
      state,
      reason,
      lines: [...findings.map(findingLine), ...notes.map(harmless), ...asked],
    };
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason === 'interrupted') throw error;
    const { reason = error.code, message } = error;
    return { state: 'invalid', reason, lines: [harmless(`NO  ${reason}: ${message}`)] };
  } finally {
    progress.end();
  }
}
