import { homedir } from 'node:os';
import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { stagingGround } from '../batch/batches.ts';
import type { StagingGround } from '../batch/stage.ts';
import { configValue } from '../git/config.ts';
import { findRepository } from '../git/repository.ts';
import type { Host } from '../host/host.ts';
import { nodeHost } from '../host/node.ts';
import { findSigner, hasKey } from '../keys/find-signer.ts';
import { type Home, openHome } from '../keys/home.ts';
import { journal, type JournalEntry } from '../keys/journal.ts';
import { resolveName } from '../keys/names.ts';
import type { Signer } from '../keys/signer.ts';
import { type Admission, NONCE_BYTES } from '../log/genesis.ts';
import { CONFIG_ADMISSION, CONFIG_SECTION } from '../log/layout.ts';
import type { Log } from '../log/log.ts';
import { openLog } from '../log/open-log.ts';
import type { GlobalFlags } from './base-command.ts';
import { recall, rememberLog } from './memory.ts';
import { Passphrases } from './passphrase.ts';
import { Progress } from './progress.ts';

/** One run of the binary: the log, the home and the passphrases, each opened when first needed. */
export class Session {
  readonly host: Host = nodeHost();
  readonly passphrases: Passphrases;
  readonly #flags: GlobalFlags;
  #home: Home | undefined;
  #log: Log | undefined;

  constructor(flags: GlobalFlags) {
    this.#flags = flags;
    this.passphrases = new Passphrases(this.host, flags['passphrase-file']);
  }

  /** Where the home is, or would be. */
  homeDirectory(): string {
    return path.resolve(this.#flags.home ?? path.join(homedir(), '.gitkel'));
  }

  get home(): Home {
    this.#home ??= openHome(this.host, this.homeDirectory());
    return this.#home;
  }

  /** The directory of the log's repository: `--log`, or the repository around the working directory. */
  logDirectory(): string {
    const named = this.#flags.log;
    if (named !== undefined) return path.resolve(named);
    const found = findRepository(this.host, process.cwd());
    if (found === undefined) {
      throw new GitkelError('not-found', `Cannot find a log: no Git repository at or above ${quoted(process.cwd())}`, {
        hint: 'Make a log with `gitkel init DIR`, or name one with --log DIR.',
      });
    }
    return found;
  }

  /** Opens the log, verifies all of it, and holds it against what this home knows. */
  async log(): Promise<Log> {
    if (this.#log !== undefined) return this.#log;
    const progress = new Progress('verifying batch');
    const log = openLog(this.host, this.logDirectory(), {
      branch: this.#flags.branch,
      onBatch: (_, done, total) => progress.update(done, total),
    });
    this.#log = log;
    progress.end();
    const [alarm] = recall(this.home, log.contents).alarms;
    if (alarm !== undefined) {
      throw new GitkelError('refused', `Cannot use this log: ${alarm.detail}`, {
        reason: alarm.reason,
        hint: 'Compare it with the copy that you verified before; do not write to it.',
      });
    }
    await rememberLog(this.home, log.contents);
    return log;
  }

  /** A log if there is one to be found, verified; `undefined` otherwise. */
  async logIfAny(): Promise<Log | undefined> {
    if (this.#flags.log !== undefined) return this.log();
    try {
      return await this.log();
    } catch (error) {
      if (error instanceof GitkelError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  /** What staging builds on; while the log is unborn, with the admission that `init` noted. */
  ground(log: Log): StagingGround {
    const admission: Admission = configValue(log.repository.config, CONFIG_SECTION, CONFIG_ADMISSION) === 'closed' ? 'closed' : 'open';
    return stagingGround(log, admission, this.host.random(NONCE_BYTES));
  }

  /** The AID that a person means. */
  aid(nameOrAid: string): string {
    return resolveName(this.home, nameOrAid);
  }

  readonly hasKey = (publicKey: string): boolean => hasKey(this.home, publicKey);

  readonly findSigner = async (publicKey: string): Promise<Signer | undefined> =>
    this.hasKey(publicKey) ? findSigner(this.home, publicKey, (label) => this.passphrases.unlock(label)) : undefined;

  /** Notes in the home's journal what was done with a batch. */
  async note(entry: Omit<JournalEntry, 'at'>): Promise<void> {
    await journal(this.home, { at: this.host.now(), ...entry });
  }

  /** Remembers the log as it stands now. */
  async remember(log: Log): Promise<void> {
    await rememberLog(this.home, log.contents);
  }

  close(): void {
    this.#log?.store.close();
    this.#log = undefined;
  }
}

