import { toHex } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import { type GitOptions, type RunningGit, startGit, startProblem } from './git-process.ts';
import { type GitObject, isObjectType } from './object.ts';
import { objectTooLarge, type UncheckedReader } from './object-reader.ts';

interface Request {
  readonly oid: string;
  readonly limit: number;
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
}

const LF = 0x0a;
/** Id, type and size. */
const LONGEST_HEADER = 128;

/**
 * One `git cat-file --batch`, started when it is first asked, and again when it has ended. Requests may overlap. Behind each
 * lot of them it is asked for something that does not exist: by that answer the end of the others is known even where a damaged
 * object is shorter than git announced.
 */
export class CatFile implements UncheckedReader {
  readonly #options: GitOptions;
  readonly #missing: string;
  #requests: Request[] = [];
  /** Answers to come to the question for what does not exist. */
  #marks = 0;
  /** Lines that are not written yet. */
  #lines = '';
  #isAsking = false;
  #child: RunningGit | undefined;
  #received: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  /** Bytes that have to come before it is worth looking again. */
  #needed = 1;

  constructor(host: Host, options: GitOptions) {
    this.#options = options;
    this.#missing = `nothing-${toHex(host.random(16))}`;
  }

  async read(oid: string, limit: number): Promise<GitObject | undefined> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ oid, limit, resolve, reject });
      this.#ask(`${oid}\n`);
    });
  }

  /** What is asked for at one time is written at once: a call to the system for each would cost more than git's answer. */
  #ask(lines: string): void {
    this.#lines += lines;
    if (this.#isAsking) return;
    this.#isAsking = true;
    setImmediate(() => {
      this.#isAsking = false;
      const asked = this.#lines;
      this.#lines = '';
      if (asked === '') return;
      const child = this.#child ?? this.#start();
      this.#marks++;
      child.stdin.write(`${asked}${this.#missing}\n`);
    });
  }

  #start(): RunningGit {
    const child = startGit(['cat-file', '--batch'], this.#options);
    this.#child = child;
    this.#received = Buffer.alloc(0);
    this.#parts = [];
    this.#needed = 1;
    this.#marks = 0;
    child.stdout.on('data', (part: Buffer) => {
      if (this.#child === child) this.#take(part);
    });
    child.stderr.resume();
    child.stdin.on('error', () => {});
    child.on('error', (error) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#lines = '';
      for (const { reject } of this.#requests.splice(0)) reject(startProblem(error));
    });
    child.on('close', () => {
      // It ended over the first request: that one could not be read, the others have their turn.
      if (this.#child === child) this.#restart(({ resolve }) => resolve(undefined));
    });
    return child;
  }

  /** Settles the first request in its own way, and asks for the others again. */
  #restart(settle: (request: Request) => void): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
    this.#lines = '';
    const [first, ...others] = this.#requests;
    this.#requests = others;
    if (first !== undefined) settle(first);
    if (others.length > 0) this.#ask(others.map(({ oid }) => `${oid}\n`).join(''));
  }

  #take(part: Buffer): void {
    this.#parts.push(part);
    this.#needed -= part.length;
    // A short part may be the end of a mark: then it is looked for in all that was received.
    if (this.#needed > 0 && part.length > LONGEST_HEADER && !this.#endsInMark(part)) return;
    this.#received = Buffer.concat([this.#received, ...this.#parts]);
    this.#parts = [];
    const child = this.#child;
    let at = 0;
    for (let next: number | undefined; (next = this.#answer(at)) !== undefined;) at = next;
    if (this.#child !== child) return;
    this.#received = this.#received.subarray(at);
    // All has come that was asked for, and it is less than was announced.
    if (this.#marks === 1 && this.#endsInMark(this.#received))
      this.#restart(({ resolve }) => resolve(undefined));
  }

  #endsInMark(bytes: Buffer): boolean {
    const mark = `${this.#missing} missing\n`;
    return bytes.toString('latin1', Math.max(bytes.length - mark.length, 0)) === mark;
  }

  /** Takes the answer that begins there; where the next one begins, if all of it has come. */
  #answer(at: number): number | undefined {
    this.#needed = 1;
    const end = this.#received.indexOf(LF, at);
    if (end < 0 && this.#received.length - at <= LONGEST_HEADER) return undefined;
    const header = this.#received.toString('latin1', at, Math.max(end, at));
    if (this.#marks > 0 && header === `${this.#missing} missing`) {
      this.#marks--;
      return end + 1;
    }
    return this.#answerTo(header.split(' '), end + 1);
  }

  #answerTo([oid, type = '', size = '']: readonly string[], start: number): number | undefined {
    const [request] = this.#requests;
    const isOurs = request !== undefined && request.oid === oid;
    if (isOurs && type === 'missing') return this.#settle(request, undefined, start);
    if (!isOurs || !isObjectType(type) || !/^(?:0|[1-9][0-9]*)$/.test(size)) {
      this.#restart(({ resolve }) => resolve(undefined));
      return undefined;
    }
    if (Number(size) > request.limit) {
      const tooLarge = objectTooLarge(oid, Number(size), request.limit);
      this.#restart(({ reject }) => reject(tooLarge));
      return undefined;
    }
    const end = start + Number(size);
    if (end >= this.#received.length) {
      this.#needed = end + 1 - this.#received.length;
      return undefined;
    }
    const bytes = new Uint8Array(this.#received.subarray(start, end));
    return this.#settle(request, { type, bytes }, end + 1);
  }

  #settle(request: Request, object: GitObject | undefined, next: number): number {
    this.#requests.shift();
    request.resolve(object);
    return next;
  }

  async refresh(): Promise<void> {
    // Git looks for new packs itself whenever it misses something.
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#lines = '';
    for (const { reject } of this.#requests.splice(0))
      reject(new GitkelError('environment', 'Cannot read: the reader was closed'));
    if (child === undefined) return;
    await new Promise<void>((resolve) => {
      child.on('close', () => resolve());
      child.kill('SIGKILL');
    });
  }
}
