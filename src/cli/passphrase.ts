import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { readFileBounded } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { BusyLine } from './progress.ts';
import { askLine } from './terminal.ts';

const VARIABLE = 'GITKEL_PASSPHRASE';
const OTHERWISE = `Give --passphrase-file FILE or set ${VARIABLE}.`;

/** Takes the passphrase out of the environment, so that no child process inherits it. */
function takeFromEnvironment(): string | undefined {
  const value = process.env[VARIABLE];
  delete process.env[VARIABLE];
  return value;
}

function fromFile(host: Host, path: string): string {
  const bytes = readFileBounded(host, path, LIMITS.passphraseBytes);
  if (bytes === undefined)
    throw new GitkelError(
      'not-found',
      `Cannot read the passphrase file ${quoted(path)}: it is not there`,
    );
  return new TextDecoder().decode(bytes).replace(/\r?\n$/, '');
}

/** Asks on the terminal without showing what is typed. */
async function ask(question: string): Promise<string> {
  const typed = await askLine(question, { hidden: true });
  if (typed !== undefined) return typed;
  throw new GitkelError('usage', 'Stopped: no passphrase was given', { reason: 'passphrase' });
}

/** Where passphrases come from in one run: a file, the environment, or the person at the terminal. */
export class Passphrases {
  readonly #host: Host;
  readonly #file: string | undefined;
  readonly #environment: string | undefined;
  #read: string | undefined;

  constructor(host: Host, file: string | undefined) {
    this.#host = host;
    this.#file = file;
    this.#environment = takeFromEnvironment();
  }

  /** The passphrase that was given without asking, if any: what stands on the command line wins. */
  #ready(): string | undefined {
    if (this.#file === undefined) return this.#environment;
    this.#read ??= fromFile(this.#host, this.#file);
    return this.#read;
  }

  #requireTerminal(what: string, hint: string): void {
    if (process.stdin.isTTY) return;
    throw new GitkelError(
      'usage',
      `Cannot ask for the passphrase of ${what}: there is no terminal`,
      {
        reason: 'passphrase',
        hint,
      },
    );
  }

  /** The passphrase that unlocks a key. */
  async #unlock(label: string): Promise<string> {
    const ready = this.#ready();
    if (ready !== undefined) return ready;
    this.#requireTerminal(label, OTHERWISE);
    return ask(`Passphrase of ${label}: `);
  }

  /**
   * Work that unlocks keys. What a passphrase is made into takes a second or two in which nothing else can be said: at a
   * terminal that is said before.
   */
  async unlocking<T>(work: (unlock: (label: string) => Promise<string>) => Promise<T>): Promise<T> {
    const line = new BusyLine();
    try {
      return await work(async (label) => {
        line.clear();
        const passphrase = await this.#unlock(label);
        line.show(`unlocking ${label}`);
        return passphrase;
      });
    } finally {
      line.clear();
    }
  }

  /** A passphrase for a new key, asked for twice. */
  async choose(label: string): Promise<string> {
    return this.#ready() ?? this.#askTwice(label, OTHERWISE);
  }

  /** Another passphrase than that of the keys in use: from a file of its own, or asked for twice. */
  async chooseAnother(label: string, file: string | undefined): Promise<string> {
    return file === undefined
      ? this.#askTwice(label, 'Give --new-passphrase-file FILE.')
      : fromFile(this.#host, file);
  }

  async #askTwice(label: string, hint: string): Promise<string> {
    this.#requireTerminal(label, hint);
    const first = await ask(`New passphrase for ${label}: `);
    if ((await ask('Again: ')) !== first)
      throw new GitkelError('usage', 'Cannot use the passphrase: the two passphrases differ');
    return first;
  }
}
