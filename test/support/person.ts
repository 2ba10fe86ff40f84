import { cpSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Ran, runBinary, type RunOptions } from './binary.ts';

/** One event of a batch as `batch show --json` tells of it. */
export interface ShownEvent {
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
  readonly type: string;
  readonly words: string;
  readonly missing: readonly string[];
}

/** What a command prints with `--json`; which of the fields are there depends on the command. */
export interface Answer {
  readonly status: string;
  readonly state: string;
  readonly reason: string;
  readonly batch: string;
  readonly commit: string;
  readonly position: number;
  readonly aid: string;
  readonly said: string;
  readonly code: string;
  readonly expect: string;
  readonly missing: readonly string[];
  readonly signers: readonly string[];
  readonly files: readonly string[];
  readonly events: readonly ShownEvent[];
  readonly batches: readonly { readonly batch: string; readonly state: string }[];
  readonly identities: readonly {
    readonly aid: string;
    readonly names: readonly string[];
    readonly sn: number;
    readonly said: string;
  }[];
  readonly publicKey: string;
  readonly nextDigest: string;
  readonly card: { readonly publicKey: string; readonly nextDigest: string };
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly reason?: string;
    readonly hint?: string;
  };
}

/** One run of the binary by a person. */
export class PersonRan {
  readonly ran: Ran;
  readonly line: string;

  constructor(ran: Ran, line: string) {
    this.ran = ran;
    this.line = line;
  }

  /** Throws, with all that was printed, unless it ended as expected. */
  requireExit(exitCode: number): Ran {
    if (this.ran.exitCode === exitCode) return this.ran;
    const { stdout, stderr } = this.ran;
    throw new Error(
      `gitkel ${this.line}\nended with ${this.ran.exitCode ?? this.ran.signal}, not ${exitCode}\n${stdout}${stderr}`,
    );
  }
}

/** Somebody who runs the binary: a home of their own, a directory to work in, perhaps a log. */
export class Person {
  readonly name: string;
  readonly home: string;
  readonly cwd: string;
  readonly log: string | undefined;

  constructor(name: string, home: string, cwd: string, log?: string) {
    this.name = name;
    this.home = home;
    this.cwd = cwd;
    this.log = log;
  }

  /** The same person with a log, or with none. */
  with(log: string | undefined): Person {
    return new Person(this.name, this.home, this.cwd, log);
  }

  /** The same person in another directory. */
  in(cwd: string): Person {
    return new Person(this.name, this.home, cwd, this.log);
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<PersonRan> {
    const env = {
      GITKEL_HOME: this.home,
      ...(this.log === undefined ? {} : { GITKEL_LOG: this.log }),
      ...options.env,
    };
    return new PersonRan(await runBinary(args, { ...options, cwd: this.cwd, env }), args.join(' '));
  }

  /** What a run prints for people; it must end well. */
  async says(...args: readonly string[]): Promise<string> {
    return (await this.run(args)).requireExit(0).stdout;
  }

  /** What a run answers with `--json`; it must end well. */
  async does(...args: readonly string[]): Promise<Answer> {
    return this.ends(0, ...args);
  }

  /** What a run answers with `--json` when it ends with this exit code. */
  async ends(exitCode: number, ...args: readonly string[]): Promise<Answer> {
    const { stdout } = (await this.run([...args, '--json'])).requireExit(exitCode);
    return JSON.parse(stdout) as Answer;
  }
}

/** A directory with homes and logs in it, which is removed by {@link Place.remove}. */
export class Place {
  readonly dir: string;
  #made = 0;

  constructor() {
    this.dir = mkdtempSync(path.join(tmpdir(), 'gitkel-cli-'));
  }

  /** The same homes, cards and logs once more: what is done to them there changes nothing here. */
  copy(): Place {
    const copy = new Place();
    cpSync(this.dir, copy.dir, { recursive: true, preserveTimestamps: true });
    copy.#made = this.#made;
    return copy;
  }

  /** A copy of this place that somebody made in a directory: it is moved, and a place as any. */
  taking(dir: string): Place {
    const taken = new Place();
    rmdirSync(taken.dir);
    renameSync(dir, taken.dir);
    taken.#made = this.#made;
    return taken;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  path(...parts: readonly string[]): string {
    return path.join(this.dir, ...parts);
  }

  /** A new empty directory. */
  async emptyDirectory(): Promise<string> {
    const dir = this.path(`empty-${this.#made++}`);
    await mkdir(dir);
    return dir;
  }

  /** Makes a bare log of that name; gives its path. */
  async newLog(name = 'log', ...flags: readonly string[]): Promise<string> {
    await this.person('nobody').does('init', name, ...flags);
    return this.path(name);
  }

  /** A person whose home is here. */
  person(name: string, log?: string): Person {
    return new Person(name, this.path(`home-${name}`), this.dir, log);
  }

  /** Makes a home with an unencrypted key, and its card in `<name>.card`. */
  async newPerson(name: string): Promise<Person> {
    const person = this.person(name);
    await person.does('key', 'new', name, '--no-passphrase');
    await writeFile(this.path(`${name}.card`), await person.says('key', 'show', name));
    return person;
  }

  /** The rotation card of a person's key, in a file. */
  async rotationCard(person: Person, name = person.name): Promise<string> {
    const file = this.path(`${name}-${this.#made++}.rotation`);
    await writeFile(file, await person.says('key', 'next', name, '--no-passphrase'));
    return file;
  }

  /** Signs an exported batch somewhere empty, with nothing but a home; gives the files that came of it. */
  async signAway(
    file: string,
    person: Person,
    batch: string,
    ...flags: readonly string[]
  ): Promise<readonly string[]> {
    const dir = await this.emptyDirectory();
    const { files } = await person
      .with(undefined)
      .in(dir)
      .does(
        'batch',
        'sign',
        file,
        '--yes',
        '--expect',
        batch,
        '-o',
        path.join(dir, 'out'),
        ...flags,
      );
    if (files.length === 0) throw new Error(`${person.name} signed nothing`);
    return files;
  }

  /** Exports a batch, lets the others sign it away from the log, and adds what they return. */
  async collect(proposer: Person, batch: string, ...others: readonly Person[]): Promise<void> {
    const file = this.path(`batch-${this.#made++}.json`);
    await proposer.does('batch', 'export', batch, '-o', file);
    for (const other of others)
      await proposer.does('batch', 'add', ...(await this.signAway(file, other, batch)));
  }

  /** {@link Place.collect}, and then commits. */
  async commit(proposer: Person, batch: string, ...others: readonly Person[]): Promise<Answer> {
    await this.collect(proposer, batch, ...others);
    return proposer.does('batch', 'commit', batch);
  }
}
