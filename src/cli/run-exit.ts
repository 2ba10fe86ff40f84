import type { RunEnd } from '../sandbox/run-event.ts';
import { EXIT } from './exit-codes.ts';

/** Codes from 1 to this one say that gitkel itself refused, or could not begin. */
const LAST_OWN = EXIT.environment;
const MOVED = 100;
/** As shells and timeout(1) have it. */
const TIMED_OUT = 124;
const KILLED = 137;

/**
 * The exit code for what became of a command: its own one, but 101 to 107 for 1 to 7, which are gitkel's; 124 where its time was
 * up, 137 where another limit or a signal ended it.
 */
export function runExit(end: RunEnd): number {
  switch (end.why) {
    case 'ended':
      return end.exitCode >= 1 && end.exitCode <= LAST_OWN ? end.exitCode + MOVED : end.exitCode;
    case 'limit':
      return end.limit === 'wallSeconds' ? TIMED_OUT : KILLED;
    case 'killed':
    case 'interrupted':
      return KILLED;
  }
}

/** What became of a command, in words. */
export function endWords(end: RunEnd): string {
  switch (end.why) {
    case 'ended':
      return `the command ended with ${end.exitCode}`;
    case 'limit':
      return `the command was ended: it reached its limit of ${end.limit}`;
    case 'killed':
      return `the command was ended by ${end.signal}`;
    case 'interrupted':
      return 'the command was ended: you interrupted it';
  }
}
