import type { ReasonFamily } from './reason-family.ts';

/** Reasons about runs of skills: what is mounted, what was seen of them, their logs and seals. */
export const REASONS_OF_RUNS: readonly ReasonFamily[] = [
  {
    about: 'what a run is given',
    why: 'A skill gets one directory to work in. It may hold nothing that would let it out of its sandbox later: keys, and files that steer agents or Git.',
    way: 'Name the directory of one piece of work with --workspace, or leave it away: then a new one is made.',
    example: 'gitkel skill run skills/notes --workspace work -- node notes.js',
    reasons: {
      'home-mounted':
        'the home of gitkel lies in what the skill would see: keys, and the logs of runs',
      'workspace-too-wide': 'the home directory of the user lies in the workspace',
      'workspace-unseen':
        'not all of the workspace could be looked through for files that steer agents, or kept from the skill',
      unmeasured:
        'how much lies in a place that may be written cannot be told, so that no limit could be kept',
      'not-started':
        'the command could not be started: its program is not there, or cannot be executed',
    },
  },
  {
    about: 'what was not seen of an observed run',
    why: 'An observation that did not see everything finds nothing good. It is incomplete, and cannot be attested as manifest-accurate.',
    way: 'Mend what the reason names, then observe again.',
    example: 'gitkel explain no-trace',
    reasons: {
      'observation-incomplete': 'not all of the run was seen, so that nothing was sealed',
      'no-sandbox': 'the run was in no sandbox',
      'no-trace': {
        what: 'system calls were not traced: files and programs were not observed',
        way: 'Install strace, and let it trace processes of its own user.',
      },
      'trace-unread': 'some lines of the trace could not be read',
      'trace-passed': 'a process did what no trace shows, by io_uring',
      'not-ended': 'the command did not end by itself',
      'command-failed': {
        what: 'a command ended with an error: that of an observed run, or one that was to sign with a key',
        way: 'What it said stands above. Run it by itself until it ends well, then do this again.',
      },
      'output-cut': 'it printed more than is looked at',
      'too-many-uses': 'it did more different things than are listed',
      'workspace-unread': 'what it left in the workspace could not all be looked through',
    },
  },
  {
    about: 'the log of a run',
    why: 'Each line of a log carries the digest of the line before it, and the last one says how many there were. Anything cut, edited, added or put elsewhere breaks that.',
    way: 'Get the log from where it was written. What it said when it was sealed, its seal tells.',
    example: 'gitkel run verify run.jsonl --record SAID --log team-log',
    reasons: {
      'line-form': 'a line is not spelled as such lines are written',
      'line-number': 'a line has another number than its place',
      chain: 'a line does not follow on the one before it',
      'no-start': 'it does not begin with how the run was started',
      'second-start': 'a run begins in the middle of it',
      'second-exit': 'the command ends twice',
      'no-exit': 'it ends without the end of the command',
      'after-end': 'lines follow on the last one',
      counts: 'the last line counts other lines than there are',
      'too-many-lines': 'it has more lines than are allowed',
      'other-run': 'it lies where the log of another run belongs',
    },
  },
  {
    about: 'runs by their names, and their seals',
    why: 'A seal fixes the digest of each log in the key event log of who sealed it, once.',
    way: 'List the runs of this home, and name one of them.',
    example: 'gitkel run list',
    reasons: {
      run: 'no run of that name was recorded here',
      ambiguous: 'several runs begin with these characters',
      'too-many-runs': {
        what: 'the home holds more runs than are looked at',
        way: 'Move directories of old runs out of HOME/runs.',
      },
      'run-not-sealed': 'the record does not name this run',
      'run-twice': 'the run was sealed before by the same issuer, as it was then',
    },
  },
  {
    about: 'run records',
    why: 'A run record is read exactly: what could be read in two ways proves nothing.',
    way: 'Have it made again by gitkel run seal.',
    example: 'gitkel run seal --since all --as team',
    reasons: {
      runs: 'its runs are none, too many, or not in their order',
      'run-id': 'the name of a run is none',
      'run-day': 'a run is said to have begun on another day than its name says',
      'run-lines': 'a log is said to have fewer lines than any has, or more than are allowed',
      'run-sources': 'what the run was seen by is not one of the known, in their order',
      'run-period': 'its period ends before it begins, or a run is outside of it',
    },
  },
];
