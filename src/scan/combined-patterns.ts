/**
 * What patterns come to: one finding for each place, and findings that rest on two things at once.
 * @module
 */
import type { PlacedHit } from './pattern-batch.ts';
import type { EngineMatch } from './text-engine.ts';
import { isKnownInstaller } from './known-installers.ts';
import { milderSeverity } from './milder-match.ts';
import type { ScanPart } from './scan-part.ts';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** What was seen in one part: ranges by the id of a rule, or by the name of a signal. */
export interface SeenPatterns {
  readonly part: ScanPart;
  readonly rules: ReadonlyMap<string, readonly Range[]>;
  readonly signals: ReadonlyMap<string, readonly Range[]>;
}

/** Ranges in their order; those that overlap are one. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const all: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = all.at(-1);
    if (last !== undefined && range.start < last.end)
      all[all.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    else all.push(range);
  }
  return all;
}

/** What the rules of our own saw in a part. */
export function seenPatterns(part: ScanPart, hits: readonly PlacedHit[]): SeenPatterns {
  const gather = (key: 'id' | 'signal'): Map<string, readonly Range[]> => {
    const found = new Map<string, Range[]>();
    for (const { hit, start, end } of hits) {
      const name = hit.meta[key];
      if (name === undefined) continue;
      const ranges = found.get(name);
      if (ranges === undefined) found.set(name, [{ start, end }]);
      else ranges.push({ start, end });
    }
    return new Map([...found].map(([name, ranges]) => [name, merged(ranges)]));
  };
  return { part, rules: gather('id'), signals: gather('signal') };
}

function textOf(part: ScanPart, { start, end }: Range): string {
  return part.characters().slice(start, end);
}

/** One for each place. Those that weigh less come last: only so many of one rule are told, and none may hide the others. */
function ofRules({ part, rules }: SeenPatterns): readonly EngineMatch[] {
  const matches = [...rules].flatMap(([rule, ranges]) =>
    ranges.map((range): EngineMatch => {
      const severity = milderSeverity(rule, part, range);
      return { rule, ...range, ...(severity === undefined ? {} : { severity }) };
    }),
  );
  const [lower, full] = [true, false].map((isLower) =>
    matches.filter(({ severity }) => (severity !== undefined) === isLower),
  );
  return [...(full ?? []), ...(lower ?? [])];
}

function distance(a: Range, b: Range): number {
  return Math.max(0, a.start - b.end, b.start - a.end);
}

/** For each of `these` that has one of `those` near it, the range over both. */
function near(
  these: readonly Range[] = [],
  those: readonly Range[] = [],
  most: number,
): readonly Range[] {
  const found = these.flatMap((range) => {
    const other = those.find((each) => distance(range, each) <= most);
    return other === undefined
      ? []
      : [{ start: Math.min(range.start, other.start), end: Math.max(range.end, other.end) }];
  });
  return merged(found);
}

/** Bytes: about a paragraph and its code block. */
const STEP_APART = 600;
/** Bytes: about a line. */
const LINE_APART = 80;

/** RCE-04: a step for the person's own terminal, and beside it something that no honest prerequisite needs. */
function madeUpPrerequisites({ part, rules, signals }: SeenPatterns): readonly EngineMatch[] {
  const piped = (rules.get('RCE-01') ?? []).filter(
    (range) => !isKnownInstaller(textOf(part, range)),
  );
  const bait = [
    ...piped,
    ...(rules.get('RCE-02') ?? []),
    ...['raw-address', 'paste-site', 'password-archive'].flatMap((name) => signals.get(name) ?? []),
  ];
  return near(bait, signals.get('terminal'), STEP_APART).map((range) => ({
    rule: 'RCE-04',
    ...range,
    detail: 'a step for the terminal, with a download that nobody can check beside it',
  }));
}

/** PRV-04: something is destroyed, and the same line takes the question away. */
function unasked({ signals }: SeenPatterns): readonly EngineMatch[] {
  return near(signals.get('destructive'), signals.get('no-confirmation'), LINE_APART).map(
    (range) => ({
      rule: 'PRV-04',
      ...range,
      detail: 'something is destroyed, and nobody is asked',
    }),
  );
}

/** EXF-01 within one part. */
function carriedOff({ rules, signals }: SeenPatterns): readonly EngineMatch[] {
  const [harvest] = signals.get('secret-harvest') ?? [];
  const sends = signals.has('network-send') || rules.has('EXF-02');
  if (harvest === undefined || !sends) return [];
  return [
    {
      rule: 'EXF-01',
      ...harvest,
      detail: 'secrets are gathered, and the same file sends to the network',
    },
  ];
}

/** EXF-01 over several parts: one gathers, another sends. It says less than both in one, and is told with the first. */
function carriedOffAcross(all: readonly SeenPatterns[]): ReadonlyMap<SeenPatterns, EngineMatch> {
  const isCode = ({ part }: SeenPatterns): boolean => part.context !== 'documentation';
  const sending = all.find(
    (seen) => isCode(seen) && (seen.signals.has('network-send') || seen.rules.has('EXF-02')),
  );
  if (sending === undefined) return new Map();
  return new Map(
    all.flatMap((seen): (readonly [SeenPatterns, EngineMatch])[] => {
      const [harvest] = seen.signals.get('secret-harvest') ?? [];
      if (harvest === undefined || seen === sending || !isCode(seen)) return [];
      const detail = `secrets are gathered, and ${sending.part.path} sends to the network`;
      return [[seen, { rule: 'EXF-01', ...harvest, severity: 'high', detail }]];
    }),
  );
}

/** All that the rules of our own come to, for each part of one skill. */
export function combinedMatches(all: readonly SeenPatterns[]): readonly (readonly EngineMatch[])[] {
  const across = carriedOffAcross(all);
  return all.map((seen) => {
    const within = [
      ...ofRules(seen),
      ...madeUpPrerequisites(seen),
      ...unasked(seen),
      ...carriedOff(seen),
    ];
    const far = across.get(seen);
    const isTold = far === undefined || within.some(({ rule }) => rule === 'EXF-01');
    return isTold ? within : [...within, far];
  });
}
