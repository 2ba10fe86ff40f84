import { homedir } from 'node:os';
import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { StagingGround } from '../batch/stage.ts';
import { stagingGround } from '../batch/staging-ground.ts';
import { configValue } from '../git/config.ts';
import { findRepository } from '../git/repository.ts';
import type { Host } from '../host/host.ts';
import { nodeHost } from '../host/node.ts';
import { rememberAsked } from '../keys/asked.ts';
import { keepEvidence, keptEvidence } from '../keys/evidence-files.ts';
import { findSigner, hasKey } from '../keys/find-signer.ts';
import { type Home, openHome, openHomeToRead } from '../keys/home.ts';
import { journal, type JournalEntry } from '../keys/journal.ts';
import { resolveName } from '../keys/names.ts';
import { VerifiedMemory } from '../keys/verified-memory.ts';
import type { Signer } from '../keys/signer.ts';
import type { Contents } from '../log/contents.ts';
import { answerOf } from '../log/freshness.ts';
import { type Admission, NONCE_BYTES } from '../log/genesis.ts';
import { CONFIG_ADMISSION, CONFIG_SECTION } from '../log/layout.ts';
import { isSynced, type Log } from '../log/log.ts';
import { openLog } from '../log/open-log.ts';
import { upstreamOf } from '../log/upstream.ts';
import type { GlobalFlags } from './base-command.ts';
import { alarmError, recallOpen, rememberLog } from './memory.ts';
import { displayed } from './output.ts';
import { Passphrases } from './passphrase.ts';
import { Progress } from './progress.ts';

function tell(line: string): void {
  process.stderr.write(`gitkel: ${displayed(line)}\n`);
}

/**
 * What a command wants of the home: `writes` needs it; `remembers` makes it where it can, and does without it where it
 * cannot; `reads` makes none.
 */
export type HomeAccess = 'writes' | 'remembers' | 'reads';

/** One run of the binary: the log, the home and the passphrases, each opened when first needed. */
export class Session {
  readonly host: Host = nodeHost();
  readonly passphrases: Passphrases;
  readonly #flags: GlobalFlags;
  readonly #access: HomeAccess;
  #home: Home | undefined;
  /** Whether nothing can be remembered in the home. */
  #forgets = false;
  /** By public key, what is wrong with keys of this home whose files are not there now. */
  readonly #absent = new Map<string, GitkelError>();
  #log: Log | undefined;
  #memory: VerifiedMemory | undefined;
  /** Whether this home has seen more of the log than there is, and the upstream is yet to be asked. */
  #isBehind = false;
  /** That the upstream of the log has taken what was committed since, and when it was asked; seconds since 1970. */
  #taken: { readonly at: number; readonly address: string } | undefined;

  constructor(flags: GlobalFlags, access: HomeAccess) {
    this.#flags = flags;
    this.#access = access;
    this.passphrases = new Passphrases(this.host, flags['passphrase-file']);
  }

  /** Where the home is, or would be. */
  homeDirectory(): string {
    return path.resolve(this.#flags.home ?? path.join(homedir(), '.gitkel'));
  }

  get home(): Home {
    this.#home ??= this.#openHome(this.homeDirectory());
    return this.#home;
  }

  /** What this home verified before. */
  get memory(): VerifiedMemory {
    this.#memory ??= new VerifiedMemory(this.home);
    return this.#memory;
  }

  #openHome(dir: string): Home {
    if (this.#access === 'writes') return openHome(this.host, dir);
    const { home, trouble } = openHomeToRead(this.host, dir, this.#access === 'remembers');
    if (trouble !== undefined) this.#forget(trouble);
    return home;
  }

  #forget(trouble: string): void {
    this.#forgets = true;
    tell(`note: ${trouble}; what is verified here is not remembered: not pinned`);
  }

  /** Tells the person what happened beside what they asked for. */
  tell(message: string): void {
    tell(message);
  }

  /** Tells the person what went wrong beside what they asked for. */
  warn(message: string): void {
    tell(`warning: ${message}`);
  }

  /** Tells the person that a power cut can cost them what they write to this log. */
  warnUnsynced(): void {
    this.warn(
      'this log is not synced (gitkel.fsync = false): a power cut can lose batches, or damage it',
    );
  }

  /** The directory of the log's repository: `--log`, what `git --git-dir` names, or the repository around the working directory. */
  logDirectory(): string {
    const named = this.#flags.log ?? process.env['GIT_DIR'];
    if (named !== undefined && named !== '') return path.resolve(named);
    const found = findRepository(this.host, process.cwd());
    if (found === undefined) {
      throw new GitkelError(
        'not-found',
        `Cannot find a log: no Git repository at or above ${quoted(process.cwd())}`,
        {
          hint: 'Make a log with `gitkel init DIR`, or name one with --log DIR.',
        },
      );
    }
    return found;
  }

  /** Opens the log, verifies what this home has not verified yet, and holds it against what this home knows. */
  async log(): Promise<Log> {
    return this.#log ?? this.#openLog();
  }

  /**
   * {@link log} for a command that asks the upstream first. This home may have seen more of the log in another copy: whether
   * it went back is judged once the upstream was asked.
   */
  async logToPull(): Promise<Log> {
    return this.#log ?? this.#openLog((log) => upstreamOf(log) !== undefined);
  }

  /** Whether a log that was opened by {@link logToPull} ends before what this home has seen of it. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Refuses a log that is still behind what this home has seen of it. */
  requireCaughtUp(log: Log): void {
    if (!this.#isBehind) return;
    this.#requireNoAlarm(log, () => false);
    this.#isBehind = false;
  }

  #requireNoAlarm(log: Log, mayBeBehind: (log: Log) => boolean): void {
    const { alarms } = recallOpen(this.home, log);
    const isBack = ({ reason }: (typeof alarms)[number]): boolean => reason === 'log-rolled-back';
    this.#isBehind = alarms.some(isBack) && mayBeBehind(log);
    const alarm = alarms.find((one) => !this.#isBehind || !isBack(one));
    if (alarm !== undefined) throw alarmError(log, alarm);
  }

  async #openLog(mayBeBehind: (log: Log) => boolean = () => false): Promise<Log> {
    const progress = new Progress('verifying batch');
    const log = openLog(this.host, this.logDirectory(), {
      branch: this.#flags.branch,
      memory: this.memory,
      onBatch: (_, done, total) => progress.update(done, total),
    });
    this.#log = log;
    progress.end();
    if (this.#access === 'writes' && !isSynced(log.repository)) this.warnUnsynced();
    this.#requireNoAlarm(log, mayBeBehind);
    if (upstreamOf(log) !== undefined) {
      // Loaded where it is needed: most logs that are read have none.
      const { connect } = await import('./remote.ts');
      connect(this.home, log, (at, address) => {
        this.#taken = { at, address };
      });
    }
    if (!this.#isBehind) await this.remember(log.contents);
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
    const admission: Admission =
      configValue(log.repository.config, CONFIG_SECTION, CONFIG_ADMISSION) === 'closed'
        ? 'closed'
        : 'open';
    return stagingGround(log, admission, this.host.random(NONCE_BYTES));
  }

  /** The AID that a person means. */
  aid(nameOrAid: string): string {
    return resolveName(this.home, nameOrAid);
  }

  readonly hasKey = (publicKey: string): boolean => hasKey(this.home, publicKey);

  /** The signer of a key of this home; of one whose file is not there now, {@link settleAbsent} tells. */
  readonly findSigner = async (publicKey: string): Promise<Signer | undefined> => {
    if (!this.hasKey(publicKey)) return undefined;
    try {
      return await this.passphrases.unlocking((unlock) => findSigner(this.home, publicKey, unlock));
    } catch (error) {
      if (!(error instanceof GitkelError) || error.reason !== 'key-elsewhere') throw error;
      this.#absent.set(publicKey, error);
      return undefined;
    }
  };

  /**
   * Warns of keys that were asked for and whose files were not there.
   * @param isDone whether other keys did what was to be done
   * @throws GitkelError `not-found`, reason `key-elsewhere`, when they did not.
   */
  settleAbsent(isDone: boolean): void {
    const absent = [...this.#absent.values()];
    this.#absent.clear();
    const [first] = absent;
    if (first !== undefined && !isDone) throw first;
    for (const { message } of absent) this.warn(`${message}; it did not sign`);
  }

  /** Notes in the home's journal what was done with batches. */
  async note(...entries: readonly Omit<JournalEntry, 'at'>[]): Promise<void> {
    const at = this.host.now();
    await journal(
      this.home,
      entries.map((entry) => ({ at, ...entry })),
    );
  }

  /** Remembers a log as it was verified now. A run that only reads goes on without that. */
  async remember(contents: Contents): Promise<void> {
    const { home } = this;
    if (this.#forgets) return;
    try {
      await rememberLog(home, this.memory, contents);
      await this.#rememberTaken(contents);
    } catch (error) {
      if (
        this.#access === 'writes' ||
        !(error instanceof GitkelError) ||
        error.code !== 'environment'
      )
        throw error;
      this.#forget(error.message);
    }
  }

  async #rememberTaken(contents: Contents): Promise<void> {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken !== undefined) await this.rememberAsked(contents, taken.address, taken.at);
  }

  /** Remembers that a remote was asked for a log, and had all of it. A run that only reads goes on without that. */
  async rememberAsked(contents: Contents, address: string, at: number): Promise<void> {
    const logId = contents.genesis?.logId;
    const answer = answerOf(contents, address, at);
    if (this.#forgets || logId === undefined || answer === undefined) return;
    try {
      await rememberAsked(this.home, logId, answer);
    } catch (error) {
      if (!(error instanceof GitkelError)) throw error;
      this.warn(`how fresh the log is, is not remembered: ${error.message}`);
    }
  }

  /** Keeps evidence in the home. A run that only reads goes on without that. */
  keepEvidence(said: string, bytes: Uint8Array): void {
    if (this.#forgets || keptEvidence(this.home).length >= LIMITS.keptEvidence) return;
    try {
      keepEvidence(this.home, said, bytes);
    } catch (error) {
      if (!(error instanceof GitkelError)) throw error;
      this.warn(`the evidence is not kept in the home: ${error.message}`);
    }
  }

  close(): void {
    this.#log?.store.close();
    this.#log = undefined;
    this.#memory?.close();
    this.#memory = undefined;
  }
}
