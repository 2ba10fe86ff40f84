/**
 * What a run did and tried, each thing once, while it happens.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { NetEvent } from '../sandbox/run-event.ts';
import { isPrivate, placeOf } from './inside-path.ts';
import { type TraceCounts, straceReader } from './strace-reader.ts';
import { isRead } from './trace-event.ts';
import type {
  TracedBlind,
  TracedExec,
  TracedFile,
  TracedLookup,
  TracedNet,
  TraceEvent,
} from './trace-event.ts';

/** One thing that was done or tried, without who did it. */
export type ObservedUse =
  | Omit<TracedFile, 'pid'>
  | Omit<TracedExec, 'pid'>
  | Omit<TracedNet, 'pid'>
  | Omit<TracedLookup, 'pid'>
  | Omit<TracedBlind, 'pid'>
  | (Pick<NetEvent, 'host' | 'port' | 'refused'> & { readonly kind: 'asked' });

export interface ObservedUses {
  readonly uses: readonly ObservedUse[];
  readonly trace: TraceCounts;
  /** Whether there was more than is kept. */
  readonly isCut: boolean;
}

/** Gathers what happens. */
export interface UseCollection {
  readonly traceLine: (line: string) => void;
  readonly netEvent: (event: NetEvent) => void;
  /** All of it, when the run is over. */
  readonly end: () => ObservedUses;
}

/** What every program does to be started: nothing is learned from it. */
function isOrdinary(event: TraceEvent): boolean {
  return (
    event.kind === 'file' &&
    isRead(event.use) &&
    !isPrivate(event.path) &&
    ['system', 'sandbox', 'device', 'process'].includes(placeOf(event.path))
  );
}

/** Begins to gather what a run does, which begins in a directory. */
export function collectUses(cwd: string): UseCollection {
  const reader = straceReader(cwd);
  const uses = new Map<string, ObservedUse>();
  let isCut = false;
  const add = (use: ObservedUse): void => {
    const key = JSON.stringify(use);
    if (uses.has(key)) return;
    if (uses.size >= LIMITS.observedUses) isCut = true;
    else uses.set(key, use);
  };
  const addTraced = (events: readonly TraceEvent[]): void => {
    for (const event of events) {
      if (isOrdinary(event)) continue;
      const { pid: _, ...use } = event;
      add(use);
    }
  };
  return {
    traceLine: (line) => addTraced(reader.line(line)),
    netEvent: ({ host, port, refused }) => add({ kind: 'asked', host, port, refused }),
    end: () => {
      addTraced(reader.end());
      return { uses: [...uses.values()], trace: reader.counts(), isCut };
    },
  };
}
