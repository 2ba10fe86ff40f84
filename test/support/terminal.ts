import { BINARY, runProgram } from './binary.ts';

/** Runs a program at a terminal of its own, answers what it asks, and tells what was shown there and how it ended. */
const DRIVER = `
import json, os, pty, signal, sys
steps = json.loads(sys.argv[1])
signal.alarm(100)
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen, at = b'', 0
while True:
    try:
        chunk = os.read(fd, 65536)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
    while steps and steps[0][0].encode() in seen[at:]:
        at = seen.index(steps[0][0].encode(), at) + len(steps[0][0].encode())
        os.write(fd, steps.pop(0)[1].encode())
status = os.waitpid(pid, 0)[1]
print(json.dumps({'shown': seen.decode(), 'exitCode': os.waitstatus_to_exitcode(status), 'unasked': len(steps)}))
`;

/** A question that is waited for, and what is typed then. */
export type Step = readonly [asked: string, typed: string];

/** What was to be seen at the terminal, and how the run ended. */
export interface Shown {
  readonly shown: string;
  readonly exitCode: number;
  /** How many of the questions were never asked. */
  readonly unasked: number;
}

/** Whether there is a Python with its module `pty`, by which a terminal can be made. */
export async function hasTerminals(): Promise<boolean> {
  const ran = await runProgram(
    'python3',
    ['-c', 'import pty, os; os.waitstatus_to_exitcode'],
    {},
  ).catch(() => undefined);
  return ran?.exitCode === 0;
}

interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs the built binary at a terminal. */
export async function runAtTerminal(
  args: readonly string[],
  steps: readonly Step[],
  options: TerminalOptions,
): Promise<Shown> {
  return programAtTerminal([process.execPath, BINARY, ...args], steps, options);
}

/** Runs any program at a terminal. */
export async function programAtTerminal(
  program: readonly string[],
  steps: readonly Step[],
  options: TerminalOptions,
): Promise<Shown> {
  const command = ['-c', DRIVER, JSON.stringify(steps), ...program];
  // What is to be seen is text; colours have tests of their own.
  const env = { NO_COLOR: '1', ...options.env };
  const { exitCode, stdout, stderr } = await runProgram('python3', command, { ...options, env });
  if (exitCode !== 0) throw new Error(`the terminal failed (${exitCode ?? 'killed'}): ${stderr}`);
  return JSON.parse(stdout) as Shown;
}
