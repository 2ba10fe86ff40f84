import { cpSync, existsSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { runGit } from './binary.ts';

/** Makes plain clones of a repository, as `git clone` leaves them: with a working tree. The first one is copied. */
export class PlainClones {
  readonly #source: string;
  readonly #root: string;
  #original: string | undefined;

  constructor(source: string, root: string) {
    this.#source = source;
    this.#root = root;
  }

  async make(): Promise<PlainClone> {
    if (this.#original === undefined) {
      this.#original = path.join(mkdtempSync(path.join(this.#root, 'plain-')), 'clone');
      await runGit(this.#root, ['clone', '-q', '--no-local', this.#source, this.#original]);
    }
    const dir = path.join(mkdtempSync(path.join(this.#root, 'plain-')), 'clone');
    cpSync(this.#original, dir, { recursive: true, preserveTimestamps: true });
    return new PlainClone(dir);
  }
}

/** A clone that somebody else prepared, and the file by which their commands would show that they ran. */
export class PlainClone {
  readonly dir: string;
  readonly mark: string;

  constructor(dir: string) {
    this.dir = dir;
    this.mark = path.join(path.dirname(dir), 'ran');
  }

  /** A path in the working tree. */
  file(...parts: readonly string[]): string {
    return path.join(this.dir, ...parts);
  }

  /** A path in `.git`. */
  git(...parts: readonly string[]): string {
    return path.join(this.dir, '.git', ...parts);
  }

  /** A path beside the clone. */
  beside(name: string): string {
    return path.join(path.dirname(this.dir), name);
  }

  /** A command that shows that it ran. */
  get trap(): string {
    return `touch ${this.mark};`;
  }

  /** Whether a command ran. */
  get sprang(): boolean {
    return existsSync(this.mark);
  }

  async run(...args: readonly string[]): Promise<string> {
    return runGit(this.dir, args);
  }
}
