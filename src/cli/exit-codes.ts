import type { ErrorCode } from '../base/errors.ts';

/** Exit codes by name: the only table there is. Scripts and Git hooks branch on them. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  malformed: 3,
  notFound: 4,
  conflict: 5,
  incomplete: 6,
  environment: 7,
  /** An error that nobody foresaw (EX_SOFTWARE of sysexits.h). */
  bug: 70,
} as const;

/** What a run that ends with an exit code came to. */
export interface ExitWords {
  /** As in `error.code` of what `--json` prints. */
  readonly name: ErrorCode | 'done' | 'bug';
  readonly exit: number;
  readonly what: string;
  /** What to do. */
  readonly way: string;
  readonly example: string;
}

/** The table as it is told to people, in its order. */
export const EXIT_CODES: readonly ExitWords[] = [
  {
    name: 'done',
    exit: EXIT.done,
    what: 'what was asked for is done, or staged; what was checked is trusted',
    way: 'Nothing is wrong. `gitkel status` says what waits for you.',
    example: 'gitkel status',
  },
  {
    name: 'refused',
    exit: EXIT.refused,
    what: 'verification or policy says no, or you did not agree',
    way: 'The reason says which rule it is: explain that one.',
    example: 'gitkel explain already-signed',
  },
  {
    name: 'usage',
    exit: EXIT.usage,
    what: 'the command cannot be understood as it was typed',
    way: 'Look at the examples in the help of the command.',
    example: 'gitkel identity create --help',
  },
  {
    name: 'malformed',
    exit: EXIT.malformed,
    what: 'something that was read is not in its form',
    way: 'Get it again as it was written; nothing of it was used.',
    example: 'gitkel explain not-canonical',
  },
  {
    name: 'not-found',
    exit: EXIT.notFound,
    what: 'what was asked for is not there',
    way: 'List what there is, and look at how it is spelled.',
    example: 'gitkel identity list',
  },
  {
    name: 'conflict',
    exit: EXIT.conflict,
    what: 'the log moved, and something else stands where this was to go; nothing was written',
    way: 'Make the change anew on the log as it is now. Signatures of what can still stand are kept.',
    example: 'gitkel batch restage EKq3',
  },
  {
    name: 'incomplete',
    exit: EXIT.incomplete,
    what: 'the batch lacks signatures, so that nothing of it was committed',
    way: 'See who has to sign, and ask them.',
    example: 'gitkel batch show EKq3',
  },
  {
    name: 'environment',
    exit: EXIT.environment,
    what: 'git, the disk, a lock, the network or permissions are in the way',
    way: 'See what is wrong with this machine and what mends it.',
    example: 'gitkel doctor',
  },
  {
    name: 'bug',
    exit: EXIT.bug,
    what: 'gitkel itself failed in a way that nobody foresaw',
    way: 'Please report it, with the command and what it printed. What was reported committed before it is safe.',
    example: 'gitkel doctor',
  },
];

const BY_ERROR: Readonly<Record<ErrorCode, number>> = {
  refused: EXIT.refused,
  usage: EXIT.usage,
  malformed: EXIT.malformed,
  'not-found': EXIT.notFound,
  conflict: EXIT.conflict,
  incomplete: EXIT.incomplete,
  environment: EXIT.environment,
};

export function exitCodeOf(code: ErrorCode): number {
  return BY_ERROR[code];
}
