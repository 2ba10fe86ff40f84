import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { AuditVerdict } from '../src/audit/verdict.ts';
import { toHex } from '../src/base/bytes.ts';
import { GitkelError, quoted } from '../src/base/errors.ts';
import { auditedHere } from '../src/cli/audited-here.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { servePage } from '../src/cli/page-server.ts';
import type { Session } from '../src/cli/session.ts';
import { hazards } from '../src/git/hazards.ts';
import { ObjectStore } from '../src/git/objects.ts';
import { bundleOf } from '../src/git/pack-history.ts';
import { openRepository, type Repository } from '../src/git/repository.ts';
import { shownPath, statOf } from '../src/host/files.ts';
import { remoteAddress, remotePlace } from '../src/git/remote-address.ts';
import type { Host } from '../src/host/host.ts';
import { pinnedLogAt } from '../src/keys/log-pins.ts';
import { claimedLogId } from '../src/log/claimed-log-id.ts';
import { findLogRef } from '../src/log/find-log.ts';

interface Serving {
  readonly status: 'serving';
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  /** What `gitkel audit` said when it began, by the working tree and what this home remembers, too. */
  readonly state: AuditVerdict['state'];
  readonly reason: string;
}

/** Bytes of the part of the address that nobody guesses. */
const TOKEN_BYTES = 16;

interface Served {
  readonly repository: Repository;
  readonly branch: string | undefined;
  /** The log that this home pinned for the directory, if any. */
  readonly pinned: string | undefined;
}

/** The pin of a directory, where there is a home to ask. */
function pinnedIn(session: Session, dir: string): string | undefined {
  if (statOf(session.host, session.homeDirectory()) === undefined) return undefined;
  const address = remoteAddress(remotePlace(dir, process.cwd()));
  return pinnedLogAt(session.home, address)?.logId;
}

/** What `gitkel audit` finds in a clone beside its commits, and a page that gets the commits alone cannot. */
function requireSameVerdict(host: Host, { repository }: Served): void {
  const [hazard] = hazards(host, repository);
  if (hazard === undefined) return;
  throw new GitkelError(
    'refused',
    `Cannot serve the log: beside its commits, ${quoted(hazard.detail)} changes what Git shows of it (${hazard.reason})`,
    { reason: hazard.reason, hint: 'See what `gitkel audit` says of it.' },
  );
}

function requirePinned(claimed: string | undefined, { pinned }: Served): void {
  if (pinned === undefined || pinned === claimed) return;
  throw new GitkelError(
    'refused',
    `Cannot serve the log: it is ${claimed ?? 'none'}, and this home expects ${pinned} there`,
    { reason: 'expected-log', hint: 'See what `gitkel audit` says of it.' },
  );
}

/** The log as it is now, as a bundle. */
function bundleNow(host: Host, served: Served): Uint8Array {
  const { repository, branch } = served;
  requireSameVerdict(host, served);
  const { ref, tip } = findLogRef(host, repository, branch);
  if (tip === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot serve the log: it has no batch yet (${ref} is unborn)`,
    );
  }
  const store = new ObjectStore(host, repository);
  try {
    const bundle = bundleOf(host.crypto, store, ref, tip);
    requirePinned(claimedLogId(host.crypto, store, tip), served);
    return bundle;
  } finally {
    store.close();
  }
}

/** Waits for Ctrl-C, or for whoever ends the process. */
async function ended(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

export default class Web extends BaseCommand {
  static override summary =
    'Audit a log in the browser: serve the page and the log to this machine.';
  static override description =
    'Serves, on the loopback address only and under a path that nobody guesses, the page that audits and the log as a Git bundle, made anew each time that it is asked for. The browser verifies every commit by itself, and knows nothing else: a working tree, and what this home remembers and has pinned of the log, are compared here when it begins, as `gitkel audit` does, and what does not hold is said here, not on the page. Nothing is written; Ctrl-C ends it. The page alone is in dist/web of the package and can be put on any host of static files.';
  static override examples = [
    '<%= config.bin %> web',
    '<%= config.bin %> web team-log --port 8080 --json',
  ];
  static override args = {
    dir: Args.string({ description: 'A directory; else the log that is found from here.' }),
  };
  static override flags = {
    port: Flags.integer({
      min: 0,
      max: 65_535,
      default: 0,
      helpValue: 'N',
      summary: 'The port; else any that is free.',
    }),
  };

  #isTold = false;

  async run(): Promise<Serving> {
    const { args, flags } = await this.parse(Web);
    const session = this.session(flags, 'reads');
    const { host } = session;
    const dir = args.dir === undefined ? session.logDirectory() : path.resolve(args.dir);
    const repository = openRepository(host, dir, { hostile: true });
    findLogRef(host, repository, flags.branch);
    const log: Served = { repository, branch: flags.branch, pinned: pinnedIn(session, dir) };
    requireSameVerdict(host, log);
    const here = await auditedHere(session, { dir, branch: flags.branch, pinned: log.pinned });
    for (const line of here.lines) session.tell(line);
    const served = await servePage({
      from: path.join(this.config.root, 'dist/web'),
      token: toHex(host.random(TOKEN_BYTES)),
      port: flags.port,
      bundle: () => bundleNow(host, log),
    });
    const { url, port } = served;
    const { state, reason } = here;
    const serving = { status: 'serving', url, port, dir, state, reason } as const;
    if (this.jsonEnabled()) this.logJson(serving);
    this.print(
      `serving the log in ${shownPath(dir)} at`,
      url,
      'the page verifies its commits, and knows no working tree and nothing that this home remembers',
      `compared with these when this began: ${state}: ${reason}`,
      'Ctrl-C ends it',
    );
    await ended();
    await served.close();
    return serving;
  }

  /** Told once, when it begins: whoever reads it waits for the address, not for the end. */
  protected override logJson(json: unknown): void {
    if (!this.#isTold) super.logJson(json);
    this.#isTold = true;
  }
}
