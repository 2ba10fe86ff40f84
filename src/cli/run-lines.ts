/**
 * Runs as people read them. What skills name is shown escaped.
 * @module
 */
import { counted } from '../base/counted.ts';
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { RunCounts, RunEntry, RunLine } from '../runs/run-log.ts';
import { endWords } from './run-exit.ts';
import type { RunSummary, SealView } from './run-summary.ts';
import type { ShownNames } from './shown-names.ts';

const shown = (text: string): string => quoted(text, LIMITS.runPathCharacters);

function countWords(counts: RunCounts): string {
  return Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
}

function exitWords(exit: NonNullable<RunSummary['exit']>): string {
  return exit.why === 'not-started' ? `nothing was run: ${exit.reason}` : endWords(exit);
}

/** Whether nothing is missing from a log, in words. */
export function stateWords({ state, line, reason, detail }: RunSummary): string {
  switch (state) {
    case 'whole':
      return 'the log is whole';
    case 'unfinished':
      return `the log is UNFINISHED: ${detail ?? ''}; the run goes on, or was cut off`;
    case 'broken':
      return `the log is BROKEN at line ${line ?? 0} (${reason ?? ''}): ${detail ?? ''}`;
  }
}

/** What a run came to, line by line. */
export function summaryLines(summary: RunSummary): readonly string[] {
  const { run, started, skill, manifest, release, argv, sandbox, sources, exit } = summary;
  const { lines, head, counts, leftOut, state: _ } = summary;
  const when = started === undefined ? '' : ` ${new Date(started * 1_000).toISOString()}`;
  const what = skill === undefined ? '' : ` ${quoted(skill)}`;
  return [
    `run ${run}${when}${what}`,
    ...(argv === undefined ? [] : [`  ${argv.map(shown).join(' ')}`]),
    ...(manifest === undefined
      ? []
      : [`  manifest ${manifest}, ${release === undefined ? 'no release' : `release ${release}`}`]),
    ...(sandbox === undefined
      ? []
      : [
          `  ${sandbox === 'none' ? 'WITHOUT a sandbox' : `sandbox ${sandbox}`}, seen by ${sources?.join(' and ') || 'nothing'}`,
        ]),
    ...(exit === null ? [] : [`  ${exitWords(exit)}`]),
    ...(Object.keys(counts).length === 0 ? [] : [`  seen: ${countWords(counts)}`]),
    ...(Object.keys(leftOut).length === 0 ? [] : [`  only counted: ${countWords(leftOut)}`]),
    `  ${stateWords(summary)}; ${counted(lines, 'line')}${head === null ? '' : `, head ${head}`}`,
  ];
}

/** Who sealed a run, line by line. */
export function sealLines(seals: readonly SealView[], names: ShownNames): readonly string[] {
  return seals.flatMap(({ record, issuer, controller, position, counts, why, difference }) => {
    const whom = controller === issuer ? '' : ` for ${names.aid(controller)}`;
    return [
      `  ${difference === null ? 'as it was sealed' : 'NOT as it was sealed'} by ${names.aid(issuer)}${whom} at position ${position}, record ${record}`,
      ...(difference === null ? [] : [`    ${difference}`]),
      ...(counts ? [] : [`    that seal does not count: ${why}`]),
    ];
  });
}

function failed(error: string | undefined): string {
  return error === undefined ? '' : ` -> ${error}`;
}

function entryWords(entry: RunEntry): string {
  switch (entry.kind) {
    case 'start':
      return `start  ${entry.argv.map(shown).join(' ')}`;
    case 'file':
      return `${entry.access.padEnd(6)} ${shown(entry.path)}${failed(entry.error)}`;
    case 'exec':
      return `exec   ${shown(entry.program)} ${entry.args.map(shown).join(' ')}${failed(entry.error)}`;
    case 'net': {
      const place = `net    ${shown(entry.host)} ${entry.port}`;
      if (entry.source === 'trace') return `${place} past the proxy${failed(entry.error)}`;
      const how = entry.method === undefined ? '' : ` ${entry.method}`;
      const secret = entry.secret === true ? ' with a secret' : '';
      return `${place}${how}${secret}${entry.refused === undefined ? '' : ` REFUSED: ${entry.refused}`}`;
    }
    case 'blind':
      return `BLIND  past ${entry.call}: what was done then was not seen`;
    case 'limit':
      return `limit  ${entry.limit} of ${entry.allowed}`;
    case 'output-truncated':
      return `output ${entry.stream} was cut after ${entry.passed} bytes`;
    case 'log-full':
      return `full   no more of ${entry.of} is written`;
    case 'exit':
      return `exit   ${exitWords(entry.end)}`;
    case 'end':
      return `end    ${countWords(entry.counts)}${entry.unread === 0 ? '' : `; ${counted(entry.unread, 'line')} of the trace could not be read`}`;
  }
}

/** One line of a log: when, and what. */
export function entryLine({ t, entry }: Pick<RunLine, 't' | 'entry'>): string {
  return `${(t / 1_000).toFixed(3).padStart(9)}  ${entryWords(entry)}`;
}
