import { renameSync } from 'node:fs';
import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../src/base/errors.ts';
import { auditInPool, type AuditOptions } from '../src/audit/audit.ts';
import type { AuditVerdict } from '../src/audit/verdict.ts';
import { counted } from '../src/base/counted.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { expectedAid } from '../src/cli/expected.ts';
import { recall } from '../src/cli/memory.ts';
import { Progress, waitedFor } from '../src/cli/progress.ts';
import { localDirectory } from '../src/cli/remote-copy.ts';
import { cloneBare } from '../src/git/clone.ts';
import { remoteAddress, remotePlace } from '../src/git/remote-address.ts';
import { openRepository } from '../src/git/repository.ts';
import { makeDirectory, onDisk, statOf } from '../src/host/files.ts';
import type { Host } from '../src/host/host.ts';
import { makeScratch } from '../src/host/scratch.ts';
import { Contents } from '../src/log/contents.ts';
import { findLogRef } from '../src/log/find-log.ts';
import { copyLog, setUpstream } from '../src/log/copy-log.ts';
import { awaitFounding, isUnfounded } from '../src/log/unfounded.ts';
import { pinnedLogAt } from '../src/keys/log-pins.ts';
import type { Session } from '../src/cli/session.ts';
import { expectLongRun } from '../src/host/short-runs.ts';

interface Cloned {
  readonly status: string;
  readonly dir: string;
  readonly log: string | undefined;
  readonly batches: number;
  /** `no-batch`: nothing was committed there yet, so that there is nothing to verify. */
  readonly verdict: AuditVerdict['reason'];
}

function defaultDirectory(source: string): string {
  const name =
    source
      .replace(/\/+$/, '')
      .split(/[/:\\]/)
      .at(-1) ?? '';
  return name.replace(/\.git$/, '') || 'log';
}

/** Looks for a log, and says where it was looked for if there is none. */
function lookedFor<T>(source: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code !== 'not-found') throw error;
    throw new GitkelError('not-found', `Cannot clone ${quoted(source)}: no log is there`, {
      ...(error.reason === undefined ? {} : { reason: error.reason }),
      hint: 'Name its branch with --branch. A log that is still to be founded needs an empty repository, or a branch of its own: gitkel init DIR --branch gitkel',
      cause: error,
    });
  }
}

async function copy(
  session: Session,
  source: string,
  target: string,
  branch: string | undefined,
): Promise<'copied' | 'unfounded'> {
  const { host } = session;
  const local = localDirectory(source);
  if (local !== undefined && isUnfounded(host, local)) {
    awaitFounding(host, local, target, branch);
    return 'unfounded';
  }
  if (local !== undefined) {
    const progress = new Progress('copying batch');
    lookedFor(source, () =>
      copyLog(host, local, target, branch, (done) => progress.update(done, done)),
    );
    progress.end();
    return 'copied';
  }
  await waitedFor('cloning', cloneBare(host, source, target));
  if (isUnfounded(host, target)) {
    awaitFounding(host, source, target, branch);
    return 'unfounded';
  }
  const repository = openRepository(host, target, { hostile: true });
  const { ref } = lookedFor(source, () => findLogRef(host, repository, branch));
  if (!ref.startsWith('refs/heads/')) {
    throw new GitkelError(
      'usage',
      `Cannot clone ${quoted(source)}: the log that it shows is on no branch`,
      { hint: 'Name a branch with --branch.' },
    );
  }
  setUpstream(host, target, ref.slice('refs/heads/'.length), source);
  return 'copied';
}

/**
 * Makes a directory with a temporary name beside `target`, and what `fill` makes of it: the directory has its name only
 * when all went well. Nothing else than the temporary one is ever removed.
 */
async function inPlace<T>(
  host: Host,
  target: string,
  fill: (dir: string) => Promise<T>,
): Promise<T> {
  makeDirectory(host, path.dirname(target));
  const temporary = onDisk(`Cannot clone into ${quoted(target)}`, () =>
    makeScratch(path.dirname(target), '.gitkel-clone'),
  );
  try {
    const dir = path.join(temporary.path, 'log');
    const made = await fill(dir);
    requireAbsent(host, target);
    onDisk(`Cannot clone into ${quoted(target)}`, () => renameSync(dir, target));
    return made;
  } finally {
    temporary.remove();
  }
}

function requireAbsent(host: Host, target: string): void {
  if (statOf(host, target) === undefined) return;
  throw new GitkelError('usage', `Cannot clone into ${quoted(target)}: something is there`, {
    hint: 'Name another directory.',
  });
}

/** The error for a repository without a log where a certain one was expected. */
function nothingThere(source: string, expected: string | undefined): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot clone ${quoted(source)}: there is no log, ${expected === undefined ? 'and identities of one were expected' : `and ${expected} was expected`}`,
    {
      reason: 'remote-branch-gone',
      hint: 'Ask who runs it where the log is; another copy may have it.',
    },
  );
}

export default class Clone extends BaseCommand {
  static override summary = 'Copy a log to work with, and verify the copy.';
  static override description =
    'Makes a bare copy that remembers where it came from. A copy that does not verify is not kept.';
  static override examples = [
    '<%= config.bin %> clone https://example.org/team-log.git',
    '<%= config.bin %> clone ../team-log my-copy --expect EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX',
  ];
  static override args = {
    source: Args.string({ required: true, description: 'A URL or a directory.' }),
    dir: Args.string({ description: 'Where the copy is to be.' }),
  };
  static override flags = {
    'expect-log': Flags.string({ helpValue: 'ID', summary: 'The log id that it must have.' }),
    expect: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'AID[@SN:SAID]',
      summary: 'An identity that it must hold, with this event.',
    }),
  };

  async run(): Promise<Cloned> {
    expectLongRun();
    const { args, flags } = await this.parse(Clone);
    const session = this.session(flags);
    const expectedAids = (flags.expect ?? []).map((text) => expectedAid(session, text));
    const target = path.resolve(args.dir ?? defaultDirectory(args.source));
    requireAbsent(session.host, target);
    const asked = session.host.now();
    const address = remoteAddress(remotePlace(args.source, process.cwd()));
    const pinned = pinnedLogAt(session.home, address)?.logId;
    const expectedLog = flags['expect-log'] ?? pinned;
    const found = await inPlace(session.host, target, async (dir) => {
      if ((await copy(session, args.source, dir, flags.branch)) === 'copied')
        return this.#verify(session, args.source, dir, { expectedLog, expectedAids });
      if (expectedLog !== undefined || expectedAids.length > 0)
        throw nothingThere(args.source, expectedLog);
      return undefined;
    });
    if (found === undefined) return this.#unfounded(target);
    const { verdict, verified } = found;
    await session.remember(verified);
    await session.rememberAsked(verified, address, asked);
    this.print(
      `cloned into ${target}`,
      `log ${verdict.log ?? ''}: ${counted(verdict.batches, 'batch', 'batches')}`,
      `${verdict.state}: ${verdict.reason}`,
    );
    return {
      status: 'done',
      dir: target,
      log: verdict.log,
      batches: verdict.batches,
      verdict: verdict.reason,
    };
  }

  #unfounded(dir: string): Cloned {
    this.print(
      `made ${dir}, with that repository as its upstream; nothing was committed there yet`,
      'next: gitkel batch pull   takes over what is staged there, for one the batch that founds the log',
    );
    return { status: 'done', dir, log: undefined, batches: 0, verdict: 'no-batch' };
  }

  async #verify(
    session: Session,
    source: string,
    dir: string,
    expected: Pick<AuditOptions, 'expectedLog' | 'expectedAids'>,
  ): Promise<{ readonly verdict: AuditVerdict; readonly verified: Contents }> {
    let verified = new Contents();
    const progress = new Progress('verifying batch');
    const verdict = await auditInPool(session.host, dir, {
      ...expected,
      onBatch: (done, total) => progress.update(done, total),
      recall: (contents) => {
        verified = contents;
        return recall(session.home, contents, contents.aids);
      },
    });
    progress.end();
    const [finding] = verdict.findings;
    if (finding === undefined) return { verdict, verified };
    throw new GitkelError('refused', `Cannot clone ${quoted(source)}: ${finding.detail}`, {
      reason: finding.reason,
      hint: 'Nothing was kept. `gitkel audit` of the source tells more.',
    });
  }
}
