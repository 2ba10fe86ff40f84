import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Ran } from './binary.ts';

const RESIDENT = path.join(import.meta.dirname, 'resident-binary.mjs');

/** What one run of a program is given. */
export interface Given {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly args: readonly string[];
}

/** One output of a process, up to the mark that ends a run. */
class Output {
  #text = Buffer.alloc(0);
  #mark = Buffer.alloc(0);
  #found: (() => void) | undefined;

  constructor(stream: NodeJS.ReadableStream | null) {
    stream?.on('data', (chunk: Buffer) => {
      const from = Math.max(0, this.#text.length - this.#mark.length);
      this.#text = Buffer.concat([this.#text, chunk]);
      if (this.#text.includes(this.#mark, from)) this.#found?.();
    });
  }

  /** Resolves when the mark was read. */
  async until(mark: string): Promise<void> {
    this.#mark = Buffer.from(mark);
    return new Promise((resolve) => {
      this.#found = resolve;
    });
  }

  /** What stood before the mark, or all there is without one; it is gone then. */
  take(): string {
    const end = this.#text.indexOf(this.#mark);
    const taken = end < 0 ? this.#text : this.#text.subarray(0, end);
    this.#text = Buffer.alloc(0);
    return taken.toString();
  }
}

/** A process that stays and runs a binary, one run at a time. */
class Resident {
  readonly #child: ChildProcess;
  readonly #stdout: Output;
  readonly #stderr: Output;
  #ended = false;

  constructor(nodeOptions: readonly string[], binary: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [...nodeOptions, RESIDENT, binary], {
      cwd: '/',
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#stdout = new Output(this.#child.stdout);
    this.#stderr = new Output(this.#child.stderr);
  }

  /** Whether it can be given another run. */
  get lives(): boolean {
    return !this.#ended;
  }

  async run(given: Given): Promise<Ran> {
    const child = this.#child;
    const mark = randomUUID();
    const marked = Promise.all([this.#stdout.until(mark), this.#stderr.until(mark)]);
    const end = await new Promise<Pick<Ran, 'exitCode' | 'signal'>>((resolve, reject) => {
      const onMessage = (exitCode: unknown): void => {
        void marked.then(() => settle({ exitCode: Number(exitCode), signal: null }));
      };
      const onClose = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
        this.#ended = true;
        settle({ exitCode, signal });
      };
      const settle = (how: Pick<Ran, 'exitCode' | 'signal'>): void => {
        child.off('message', onMessage).off('close', onClose).off('error', reject);
        resolve(how);
      };
      child.on('message', onMessage).on('close', onClose).on('error', reject);
      child.send({ ...given, mark });
    });
    return { ...end, stdout: this.#stdout.take(), stderr: this.#stderr.take() };
  }
}

/** By the options of Node. */
const idle = new Map<string, Resident[]>();

/**
 * Runs a binary in a process that has run it before, or in a new one while all are busy: what runs at the same time
 * runs in processes of its own, as ever. They end with the process of the tests.
 */
export async function runResident(
  nodeOptions: readonly string[],
  binary: string,
  given: Given,
): Promise<Ran> {
  const key = nodeOptions.join(' ');
  const waiting = idle.get(key) ?? [];
  idle.set(key, waiting);
  const resident = waiting.pop() ?? new Resident(nodeOptions, binary, given.env);
  const ran = await resident.run(given);
  if (resident.lives) waiting.push(resident);
  return ran;
}
