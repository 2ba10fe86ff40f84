/**
 * The thread in which patterns are looked for. The engine has no pause in which a timer could go off, and does not always
 * keep its own time limit: it is given a thread, and what takes too long is ended together with it.
 * @module
 */
import type { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { LIMITS } from '../base/limits.ts';

/** Rules in YARA's language, under the name of their file. Those of others are looked for by themselves. */
export interface PatternSource {
  readonly name: string;
  readonly text: string;
  readonly isOwn: boolean;
}

/** Where the engine is installed: the address of its module, and the path of its WebAssembly. */
export interface EnginePlace {
  readonly module: string;
  readonly wasm: string;
}

/** A rule that matched, with the places of its patterns: at which byte, and of how many. */
export interface RuleHit {
  readonly source: string;
  readonly name: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly places: readonly (readonly [at: number, length: number])[];
  /** Whether one of its patterns matched as often as is told at most. */
  readonly isFull: boolean;
}

export type ThreadAnswer =
  | { readonly outcome: 'scanned'; readonly hits: readonly RuleHit[] }
  | { readonly outcome: 'timeout' }
  | { readonly outcome: 'failed'; readonly detail: string };

/** What the thread posts: of its rules first, then of each scan. */
type Posted =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly source: string; readonly detail: string }
  | { readonly kind: 'scanned'; readonly hits: readonly RuleHit[] }
  | { readonly kind: 'failed'; readonly detail: string };

interface Compiled {
  scanner(): {
    scan(bytes: Uint8Array): {
      readonly matches: readonly {
        readonly identifier: string;
        readonly namespace: string;
        readonly metadata: readonly { readonly identifier: string; readonly value: unknown }[];
        readonly patterns: readonly {
          readonly matches: readonly { readonly offset: number; readonly length: number }[];
        }[];
      }[];
    };
    setMaxMatchesPerPattern(most: number): void;
  };
}

interface Engine {
  initSync(of: { readonly module: Uint8Array }): unknown;
  readonly Compiler: new () => {
    newNamespace(name: string): void;
    addSource(text: string): void;
    build(): Compiled;
  };
}

interface ThreadTools {
  readonly port: MessagePort;
  readonly readFileSync: typeof readFileSync;
  readonly load: (module: string) => Promise<Engine>;
}

interface ThreadTask {
  readonly place: EnginePlace;
  readonly sources: readonly PatternSource[];
  readonly most: number;
}

/** What the thread does. Only its text gets there: it uses nothing but what it is given. */
async function work(
  { place, sources, most }: ThreadTask,
  { port, readFileSync: read, load }: ThreadTools,
): Promise<void> {
  const post = (posted: Posted): void => port.postMessage(posted);
  const engine = await load(place.module);
  engine.initSync({ module: read(place.wasm) });
  const scannerOf = (isOwn: boolean): ReturnType<Compiled['scanner']> | undefined => {
    const compiler = new engine.Compiler();
    for (const { name, text } of sources.filter((source) => source.isOwn === isOwn)) {
      compiler.newNamespace(name);
      try {
        compiler.addSource(text);
      } catch (error) {
        post({ kind: 'refused', source: name, detail: String(error) });
        return undefined;
      }
    }
    const scanner = compiler.build().scanner();
    scanner.setMaxMatchesPerPattern(most);
    return scanner;
  };
  const own = scannerOf(true);
  const foreign = own && scannerOf(false);
  if (own === undefined || foreign === undefined) return;
  const hitsIn = (scanner: typeof own, bytes: Uint8Array): RuleHit[] =>
    scanner.scan(bytes).matches.map(({ identifier, namespace, metadata, patterns }) => ({
      source: namespace,
      name: identifier,
      meta: Object.fromEntries(metadata.map((meta) => [meta.identifier, String(meta.value)])),
      places: patterns.flatMap(({ matches }) =>
        matches.map(({ offset, length }): [number, number] => [offset, length]),
      ),
      isFull: patterns.some(({ matches }) => matches.length >= most),
    }));
  port.on('message', ({ bytes, isOwn }: { bytes: Uint8Array; isOwn: boolean }) => {
    try {
      post({ kind: 'scanned', hits: hitsIn(isOwn ? own : foreign, bytes) });
    } catch (error) {
      post({ kind: 'failed', detail: String(error) });
    }
  });
  post({ kind: 'ready' });
}

const PROGRAM = `const { parentPort, workerData } = require('node:worker_threads');
const { readFileSync } = require('node:fs');
(${work.toString()})(workerData, { port: parentPort, readFileSync, load: (module) => import(module) });`;

/** Rules that the engine does not take, and where in their text. */
export interface RefusedRules {
  readonly source: string;
  readonly detail: string;
}

/** How a thread starts: ready, or with rules that it does not take, or not at all. */
export type ThreadStart =
  | { readonly outcome: 'ready'; readonly thread: PatternThread }
  | { readonly outcome: 'refused'; readonly refused: RefusedRules }
  | { readonly outcome: 'failed'; readonly detail: string };

/** One thread with its rules. Once it was too slow it is gone. */
export class PatternThread {
  readonly #worker: Worker;
  #isGone = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
    // An error of a thread that nobody waits for is nobody's.
    worker.on('error', () => undefined);
  }

  /** Starts a thread, and makes the rules ready in it. */
  static async start(
    place: EnginePlace,
    sources: readonly PatternSource[],
    milliseconds: number = LIMITS.scanRulesMilliseconds,
  ): Promise<ThreadStart> {
    const task: ThreadTask = { place, sources, most: LIMITS.scanPatternPlaces };
    const thread = new PatternThread(
      new Worker(PROGRAM, { eval: true, workerData: task, env: {}, execArgv: [] }),
    );
    const posted = await thread.#posted(milliseconds);
    if (posted?.kind === 'ready') return { outcome: 'ready', thread };
    await thread.close();
    if (posted?.kind === 'refused') return { outcome: 'refused', refused: posted };
    const slow = `its rules were not ready in ${milliseconds} ms`;
    return { outcome: 'failed', detail: posted?.kind === 'failed' ? posted.detail : slow };
  }

  /** What the thread posts next; `undefined` when that takes too long. */
  async #posted(milliseconds: number): Promise<Posted | undefined> {
    const worker = this.#worker;
    return new Promise((resolve) => {
      const settle = (posted: Posted | undefined): void => {
        clearTimeout(timer);
        worker.off('message', settle).off('error', onError).off('exit', onExit);
        resolve(posted);
      };
      const failed = (detail: string): void => {
        this.#isGone = true;
        settle({ kind: 'failed', detail });
      };
      const onError = (error: unknown): void => failed(String(error));
      const onExit = (code: number): void => failed(`its thread ended with ${code}`);
      const timer = setTimeout(() => settle(undefined), milliseconds);
      worker.on('message', settle).on('error', onError).on('exit', onExit);
    });
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Looks for the rules of our own, or for those of others. What takes longer than its time ends the thread. */
  async scan(bytes: Uint8Array, isOwn: boolean, milliseconds: number): Promise<ThreadAnswer> {
    const answer = this.#posted(milliseconds);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, which has no origin
    this.#worker.postMessage({ bytes, isOwn });
    const posted = await answer;
    if (posted?.kind === 'scanned') return { outcome: 'scanned', hits: posted.hits };
    await this.close();
    return posted?.kind === 'failed'
      ? { outcome: 'failed', detail: posted.detail }
      : { outcome: 'timeout' };
  }

  async close(): Promise<void> {
    this.#isGone = true;
    await this.#worker.terminate();
  }
}
