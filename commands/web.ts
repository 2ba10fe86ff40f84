import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { toHex } from '../src/base/bytes.ts';
import { GitkelError } from '../src/base/errors.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { servePage } from '../src/cli/page-server.ts';
import { ObjectStore } from '../src/git/objects.ts';
import { bundleOf } from '../src/git/pack-history.ts';
import { openRepository, type Repository } from '../src/git/repository.ts';
import { shownPath } from '../src/host/files.ts';
import type { Host } from '../src/host/host.ts';
import { findLogRef } from '../src/log/find-log.ts';

interface Serving {
  readonly status: 'serving';
  readonly url: string;
  readonly port: number;
  readonly dir: string;
}

/** Bytes of the part of the address that nobody guesses. */
const TOKEN_BYTES = 16;

/** The log as it is now, as a bundle. */
function bundleNow(host: Host, repository: Repository, branch: string | undefined): Uint8Array {
  const { ref, tip } = findLogRef(host, repository, branch);
  if (tip === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot serve the log: it has no batch yet (${ref} is unborn)`,
    );
  }
  const store = new ObjectStore(host, repository);
  try {
    return bundleOf(host.crypto, store, ref, tip);
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
    'Serves, on the loopback address only and under a path that nobody guesses, the page that audits and the log as a Git bundle, made anew each time that it is asked for. The browser verifies everything by itself. Nothing is written; Ctrl-C ends it. The page alone is in dist/web of the package and can be put on any host of static files.';
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
    const served = await servePage({
      from: path.join(this.config.root, 'dist/web'),
      token: toHex(host.random(TOKEN_BYTES)),
      port: flags.port,
      bundle: () => bundleNow(host, repository, flags.branch),
    });
    const { url, port } = served;
    const serving = { status: 'serving', url, port, dir } as const;
    if (this.jsonEnabled()) this.logJson(serving);
    this.print(`serving the log in ${shownPath(dir)} at`, url, 'Ctrl-C ends it');
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
