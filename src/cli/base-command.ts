import { Command } from '@oclif/core/command';
import * as Errors from '@oclif/core/errors';
import * as Flags from '@oclif/core/flags';
import { stdout } from '@oclif/core/ux';
import { GitkelError } from '../base/errors.ts';
import { reportFailure } from './failure.ts';
import { nextWithGivenFlags, withGivenFlags } from './given-flags.ts';
import { displayed, harmlessJson } from './output.ts';
import { type HomeAccess, Session } from './session.ts';
import { fitted, screenOf } from './terminal-text.ts';

/** The flags that every command has. */
export interface GlobalFlags {
  readonly log?: string | undefined;
  readonly home?: string | undefined;
  readonly branch?: string | undefined;
  readonly 'passphrase-file'?: string | undefined;
}

/** What every command shares: global flags, `--json`, one exit code per kind of error. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = {
    log: Flags.string({
      env: 'GITKEL_LOG',
      helpGroup: 'GLOBAL',
      helpValue: 'DIR',
      summary: 'The repository that holds the log; else found upward from here.',
    }),
    home: Flags.string({
      env: 'GITKEL_HOME',
      helpGroup: 'GLOBAL',
      helpValue: 'DIR',
      summary: 'Where your keys, names, pins and journal are; else ~/.gitkel.',
    }),
    branch: Flags.string({
      helpGroup: 'GLOBAL',
      helpValue: 'BRANCH',
      summary: 'The branch that holds the log.',
    }),
    'no-color': Flags.boolean({
      helpGroup: 'GLOBAL',
      summary: 'No colours; also with NO_COLOR, and where the output is no terminal.',
    }),
  };

  #session: Session | undefined;
  #isJson: boolean | undefined;

  /** The same throughout a run; finding out looks through the environment. */
  public override jsonEnabled(): boolean {
    this.#isJson ??= super.jsonEnabled();
    return this.#isJson;
  }

  /**
   * The session of this run: log, home and passphrases, each opened when first needed.
   */
  protected session(flags: GlobalFlags, access: HomeAccess = 'writes'): Session {
    for (const name of ['log', 'home', 'branch'] as const) {
      if (flags[name] === '')
        throw new GitkelError('usage', `Cannot take nothing for --${name}`, {
          hint: `Name one, or leave --${name} away.`,
        });
    }
    this.#session ??= new Session(flags, access);
    return this.#session;
  }

  /** Lines for people: a command that is named to them next has the places that they gave to this one. */
  #shown(lines: readonly string[]): readonly string[] {
    return lines.map((line) => displayed(nextWithGivenFlags(line, this.argv)));
  }

  /** Prints lines for people; nothing with `--json`. At a terminal they fit it. */
  protected print(...lines: readonly string[]): void {
    // In one piece: each call costs as much as many lines.
    const shown = fitted(this.#shown(lines), screenOf(process.stdout, process));
    if (lines.length > 0) this.log(shown.join('\n'));
  }

  /** Prints what is read by programs, or copied: each line as it is, also at a terminal. */
  protected printExact(...lines: readonly string[]): void {
    if (lines.length > 0) this.log(lines.map(displayed).join('\n'));
  }

  /**
   * Prints lines that the person must see before they answer: to standard error where standard output is for data, or goes
   * elsewhere than to the terminal at which the question is asked.
   */
  protected show(...lines: readonly string[]): void {
    const isElsewhere = process.stdin.isTTY && !process.stdout.isTTY;
    if (!this.jsonEnabled() && !isElsewhere) return this.print(...lines);
    const shown = fitted(this.#shown(lines), screenOf(process.stderr, process));
    process.stderr.write(shown.map((line) => `${line}\n`).join(''));
  }

  /** What machines read is still shown on terminals: escaped, every text of others is harmless there, and the same JSON. */
  protected override logJson(json: unknown): void {
    stdout(harmlessJson(json));
  }

  protected override async catch(error: Error & { readonly exitCode?: number }): Promise<void> {
    if (error instanceof Errors.ExitError) throw error;
    const flags = Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags, json: true });
    reportFailure(error, this.id ?? '', this.jsonEnabled(), flags, (hint) =>
      withGivenFlags(hint, this.argv),
    );
  }

  protected override async finally(failure: Error | undefined): Promise<void> {
    this.#session?.close();
    await super.finally(failure);
  }
}
