/**
 * What is wrong with the repository of a log on this machine, and what mends it. Only looks; verifies the log in full.
 * @module
 */
import { join } from 'node:path';
import { counted } from '../base/counted.ts';
import { GitkelError } from '../base/errors.ts';
import { configValue } from '../git/config.ts';
import { foreignLocks } from '../git/foreign-locks.ts';
import { type Hazard, hazards, hazardWords } from '../git/hazards.ts';
import { ownedLocks } from '../git/lock-owners.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import { namesIn, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import type { Contents } from '../log/contents.ts';
import { openLog } from '../log/open-log.ts';
import type { Log } from '../log/log.ts';
import { lacksAddress, requireMovable, requireWritable } from '../log/writable.ts';
import { attempt, type DoctorFinding, failed, failure, fine, warning } from './doctor-finding.ts';

/** What else is known of a log that verified: findings of the caller. */
export type Recall = (contents: Contents) => readonly DoctorFinding[];

/** Packs from which on reading gets slow. */
const MANY_PACKS = 200;
/** Seconds after which whatever made a lock is taken to be gone. */
const OLD_LOCK = 600;

const HAZARDS_MENDED: Readonly<Record<Hazard['reason'], string>> = {
  alternates: 'git repack -a -d, then remove that file',
  grafts: 'remove that file',
  shallow: 'git fetch --unshallow',
  promisor: 'clone again, without --filter',
  'replace-refs': 'git replace -d OBJECT',
  'config-include': 'move those settings into the config file itself',
  'linked-elsewhere': 'clone again into a directory of its own',
  symlink: 'clone again into a directory of its own',
};

function hazardFinding(hazard: Hazard): DoctorFinding {
  const { reason } = hazard;
  return failure(`repository-${reason}`, hazardWords(hazard), HAZARDS_MENDED[reason]);
}

function lockFindings(host: Host, { commonDir }: Repository): readonly DoctorFinding[] {
  const left = ownedLocks(host, commonDir).filter(({ isDead }) => isDead);
  const foreign = foreignLocks(host, commonDir);
  return [
    ...(left.length === 0
      ? []
      : [
          warning(
            'stale-locks',
            `${counted(left.length, 'lock')} of gitkel processes that no longer run`,
            'gitkel doctor --fix (the next commit would end them, too)',
          ),
        ]),
    ...foreign.map(({ path, age }) =>
      age < OLD_LOCK
        ? warning(
            'git-locks',
            `${shownPath(path)} was made ${age} seconds ago by git or another program, which may still run`,
            'wait until it has ended',
          )
        : failure(
            'git-locks',
            `${shownPath(path)} was made ${age} seconds ago by git or another program; nothing behind it can be written`,
            `if no git runs in this repository, on any machine that shares it: remove that file`,
          ),
    ),
    ...(left.length + foreign.length === 0 ? [fine('locks', 'no lock is left over')] : []),
  ];
}

function packFindings(host: Host, { commonDir }: Repository): readonly DoctorFinding[] {
  const packs = namesIn(host, join(commonDir, 'objects/pack')).filter((name) =>
    name.endsWith('.pack'),
  ).length;
  return [
    packs < MANY_PACKS
      ? fine('packs', counted(packs, 'pack'))
      : warning(
          'packs',
          `${packs} packs: reading gets slower`,
          `gitkel gc --log ${shownPath(commonDir)}`,
        ),
  ];
}

function clockFindings(host: Host, contents: Contents): readonly DoctorFinding[] {
  const { lastBatch } = contents;
  if (lastBatch === undefined) return [];
  const behind = lastBatch.claimedSeconds - host.now();
  return [
    behind <= 0
      ? fine('clock', 'not before the date that the last batch claims')
      : warning(
          'clock',
          `this machine's clock is ${behind} seconds before the date that the last batch claims`,
          'set the clock, if it is this one that is wrong; dates prove nothing, but people read them',
        ),
  ];
}

function writableFindings(log: Log): readonly DoctorFinding[] {
  try {
    if (lacksAddress(log)) requireWritable(log);
    requireMovable(log);
    return [fine('writable', 'batches can be committed here')];
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return [warning(error.reason ?? 'writable', error.message, error.hint ?? '')];
  }
}

function logFindings(
  host: Host,
  dir: string,
  branch: string | undefined,
  recall: Recall,
): readonly DoctorFinding[] {
  let log: Log;
  try {
    log = openLog(host, dir, { branch });
  } catch (error) {
    if (error instanceof GitkelError) return [failed('log', error, 'gitkel audit')];
    throw error;
  }
  try {
    const { genesis, batches } = log.contents;
    return [
      fine(
        'log',
        genesis === undefined
          ? `no batch yet in ${log.ref}`
          : `${batches === 1 ? '1 batch' : `${batches} batches`} of ${genesis.logId} verified`,
      ),
      ...recall(log.contents),
      ...clockFindings(host, log.contents),
      ...writableFindings(log),
    ];
  } finally {
    log.store.close();
  }
}

/** Looks at a repository and its log. Trouble is told, not thrown. */
export function repositoryFindings(
  host: Host,
  dir: string,
  branch: string | undefined,
  recall: Recall,
): readonly DoctorFinding[] {
  let repository: Repository;
  try {
    repository = openRepository(host, dir, { hostile: false });
  } catch (error) {
    if (error instanceof GitkelError) return [failed('repository', error, 'gitkel init DIR')];
    throw error;
  }
  const found = attempt('repository', 'gitkel audit', () =>
    hazards(host, repository).map(hazardFinding),
  );
  return [
    ...(found.length === 0
      ? [
          fine(
            'repository',
            `format ${configValue(repository.config, 'core', 'repositoryformatversion') ?? '0'}, nothing that Git would see otherwise`,
          ),
        ]
      : found),
    ...attempt('log', 'gitkel audit', () => logFindings(host, dir, branch, recall)),
    ...attempt('locks', 'look at it by hand', () => lockFindings(host, repository)),
    ...attempt('packs', 'look at it by hand', () => packFindings(host, repository)),
  ];
}
