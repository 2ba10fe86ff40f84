/**
 * The engine for patterns of text: rules in YARA's language, run by a WebAssembly module in a thread.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { continuedLines } from './continued-lines.ts';
import { combinedMatches, seenPatterns } from './combined-patterns.ts';
import type { IncompleteReason } from './finding.ts';
import {
  batchesOf,
  cutLines,
  hasLongLine,
  joined,
  type PlacedHit,
  separated,
} from './pattern-batch.ts';
import { foreignRule, foreignRuleId, ownPatternRules } from './pattern-rules.ts';
import {
  type EnginePlace,
  type PatternSource,
  PatternThread,
  type ThreadAnswer,
} from './pattern-thread.ts';
import type { Rule } from './rule.ts';
import type { ScanPart } from './scan-part.ts';
import type { EngineAnswer, EngineMatch, TextEngine } from './text-engine.ts';

/** How long looking may take, in milliseconds. */
export interface EngineTimes {
  /** For one part, or a few small ones. */
  readonly part: number;
  /** For all parts of one scan. */
  readonly scan: number;
}

const USUAL_TIMES: EngineTimes = {
  part: LIMITS.scanFileMilliseconds,
  scan: LIMITS.scanMilliseconds,
};

/** Why a part was not looked at to its end. */
interface Shortfall {
  readonly reason: IncompleteReason;
  readonly detail: string;
}

const FULL: Shortfall = {
  reason: 'truncated',
  detail: `a pattern matches in more than ${LIMITS.scanPatternPlaces} places; what stands behind them was not looked at`,
};

/** What is known of one part so far. */
interface Draft {
  readonly part: ScanPart;
  readonly own: PlacedHit[];
  readonly foreign: PlacedHit[];
  shortfall: Shortfall | undefined;
}

class YaraEngine implements TextEngine {
  readonly sources: readonly PatternSource[];
  readonly #place: EnginePlace;
  readonly #times: EngineTimes;
  readonly #rules = ownPatternRules();
  #thread: PatternThread;

  constructor(
    thread: PatternThread,
    place: EnginePlace,
    sources: readonly PatternSource[],
    times: EngineTimes,
  ) {
    this.#thread = thread;
    this.#place = place;
    this.sources = sources;
    this.#times = times;
  }

  /** Rules of others are known from the first time on that they match. */
  get rules(): ReadonlyMap<string, Rule> {
    return this.#rules;
  }

  async scan(
    parts: readonly ScanPart[],
    onPart?: (done: number) => void,
  ): Promise<readonly EngineAnswer[]> {
    const end = performance.now() + this.#times.scan;
    const drafts = parts.map((part): Draft => ({
      part,
      own: [],
      foreign: [],
      shortfall: undefined,
    }));
    const read = drafts.filter(({ part }) => part.isText && part.bytes.length > 0);
    let done = drafts.length - read.length;
    const hasForeign = this.sources.some(({ isOwn }) => !isOwn);
    for (const batch of batchesOf(read.map(({ part }) => part.bytes.length))) {
      const those = batch.flatMap((index) => read[index] ?? []);
      await this.#lookAtOnce(those, end);
      if (hasForeign) for (const draft of those) await this.#lookAlone(draft, false, end);
      done += those.length;
      onPart?.(done);
    }
    const combined = combinedMatches(drafts.map(({ part, own }) => seenPatterns(part, own)));
    return drafts.map((draft, index) => this.#answer(draft, combined[index] ?? []));
  }

  async close(): Promise<void> {
    await this.#thread.close();
  }

  #answer({ foreign, shortfall }: Draft, own: readonly EngineMatch[]): EngineAnswer {
    const others = foreign.map(({ hit, start, end }): EngineMatch => {
      const rule = foreignRuleId(hit);
      if (!this.#rules.has(rule)) this.#rules.set(rule, foreignRule(hit));
      return { rule, start, end };
    });
    const matches = [...own, ...others];
    if (shortfall === undefined) return { outcome: 'scanned', matches };
    return { outcome: 'incomplete', matches, ...shortfall };
  }

  /** Looks for our own rules in several parts; in each alone where they cannot be told apart, or took too long. */
  async #lookAtOnce(drafts: readonly Draft[], end: number): Promise<void> {
    const texts = drafts.map(({ part }) => continuedLines(part.bytes));
    const answer = drafts.length > 1 ? await this.#ask(joined(texts), true, end) : undefined;
    const placed = answer?.outcome === 'scanned' ? separated(texts, answer.hits) : undefined;
    for (const [index, draft] of drafts.entries()) {
      if (placed === undefined) await this.#lookAlone(draft, true, end);
      else draft.own.push(...(placed[index] ?? []));
    }
  }

  async #lookAlone(draft: Draft, isOwn: boolean, end: number): Promise<void> {
    const bytes = isOwn ? continuedLines(draft.part.bytes) : draft.part.bytes;
    const found = isOwn ? draft.own : draft.foreign;
    const answer = await this.#ask(bytes, isOwn, end);
    if (answer.outcome === 'scanned') {
      found.push(...placesIn(answer));
      if (answer.hits.some(({ isFull }) => isFull)) draft.shortfall ??= FULL;
      return;
    }
    draft.shortfall ??= shortfallOf(answer, this.#times);
    if (answer.outcome === 'failed' || !hasLongLine(bytes)) return;
    const cut = cutLines(bytes);
    const again = await this.#ask(cut.bytes, isOwn, end);
    if (again.outcome !== 'scanned') return;
    found.push(...cut.place(again.hits));
    draft.shortfall = {
      reason: 'too-long-line',
      detail: `lines longer than ${LIMITS.scanLineBytes} bytes were looked at in pieces: as they are, it takes longer than ${this.#times.part} ms`,
    };
  }

  /** Asks the thread, or a new one where the last one is gone. */
  async #ask(bytes: Uint8Array, isOwn: boolean, end: number): Promise<ThreadAnswer> {
    if (performance.now() >= end) return { outcome: 'timeout' };
    if (this.#thread.isGone) {
      const start = await PatternThread.start(this.#place, this.sources);
      if (start.outcome !== 'ready')
        return { outcome: 'failed', detail: 'the engine did not start again' };
      this.#thread = start.thread;
    }
    const left = Math.max(1, Math.min(this.#times.part, end - performance.now()));
    return this.#thread.scan(bytes, isOwn, left);
  }
}

function placesIn({ hits }: Extract<ThreadAnswer, { outcome: 'scanned' }>): PlacedHit[] {
  return hits.flatMap((hit) => {
    const places = hit.places.map(([at, length]) => ({ hit, start: at, end: at + length }));
    return places.length > 0 ? places : [{ hit, start: 0, end: 0 }];
  });
}

function shortfallOf(
  answer: Exclude<ThreadAnswer, { outcome: 'scanned' }>,
  { part, scan }: EngineTimes,
): Shortfall {
  if (answer.outcome === 'failed')
    return {
      reason: 'unreadable',
      detail: `patterns could not be looked for: ${quoted(answer.detail)}`,
    };
  const detail = `patterns were not found in ${part} ms for a file, or ${scan} ms for all`;
  return { reason: 'timeout', detail };
}

/**
 * Starts the engine with rules in YARA's language.
 * @param place where it is installed
 * @param sources rules of our own and of others; each name once
 * @throws GitkelError `malformed`, reason `scan-rules`, for rules that the engine does not take; `environment`, reason
 * `scan-engine`, when it does not start.
 */
export async function yaraEngine(
  place: EnginePlace,
  sources: readonly PatternSource[],
  times: EngineTimes = USUAL_TIMES,
): Promise<TextEngine> {
  const start = await PatternThread.start(place, sources);
  switch (start.outcome) {
    case 'ready':
      return new YaraEngine(start.thread, place, sources, times);
    case 'refused':
      throw refusedRules(start.refused.source, start.refused.detail);
    case 'failed':
      throw new GitkelError(
        'environment',
        `Cannot look for patterns: the engine did not start: ${quoted(start.detail)}`,
        {
          reason: 'scan-engine',
          hint: 'Install gitkel again with its optional dependencies.',
        },
      );
  }
}

/** The engine says what is wrong in several lines: the first one says what, the second one where. */
function refusedRules(source: string, detail: string): GitkelError {
  const [first = ''] = detail.replace(/^Error: /, '').split('\n');
  const [, line] = /--> line:([0-9]{1,9}):/.exec(detail) ?? [];
  const where = line === undefined ? quoted(source) : `${quoted(source)}, line ${line}`;
  return new GitkelError('malformed', `Cannot use the rules of ${where}: ${quoted(first)}`, {
    reason: 'scan-rules',
    hint: 'Mend the rule, or leave its file away.',
  });
}
