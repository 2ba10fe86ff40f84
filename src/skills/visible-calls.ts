/**
 * Calls in scripts by which programs are started and networks reached, as far as they are written plainly.
 * @module
 */

/** Modules and calls that reach networks, of Python, JavaScript, Ruby and PowerShell. */
const NETWORK =
  /^[ \t]*(?:import|from)[ \t]+(?:requests|httpx|aiohttp|urllib3?(?:\.request)?|http\.client|socket|ftplib|smtplib|paramiko|websockets?)\b|(?<![.\w])fetch\(|\b(?:require\(|from[ \t]+)["'](?:node:)?(?:https?|http2|net|tls|dgram|undici|axios|node-fetch|got|ws)["']|\bNet::HTTP\b|\bInvoke-(?:WebRequest|RestMethod)\b/m;

/** Shell programs that do nothing else. */
const REACHING: ReadonlySet<string> = new Set(['curl', 'wget', 'ssh', 'scp', 'rsync']);

const NAME = '(?:[^"\'`\\s/]{0,200}/){0,16}([A-Za-z0-9][\\w.+-]{0,63})';
/** A program and its arguments, without a shell between. */
const STARTED = new RegExp(
  `\\b(?:subprocess\\.(?:run|call|Popen|check_output|check_call)|execFile(?:Sync)?|spawn(?:Sync)?)\\(\\s{0,40}\\[?\\s{0,40}["'\`]${NAME}["'\`]`,
  'g',
);
/** A command line, for a shell. */
const COMMANDED = new RegExp(
  `\\b(?:os\\.(?:system|popen)|(?:child_process\\.)?exec(?:Sync)?)\\(\\s{0,40}f?["'\`]${NAME}|\\bsubprocess\\.\\w{2,16}\\(\\s{0,40}f?["']${NAME}[^"'\\n]{0,300}["'][^)\\n]{0,200}shell[ ]?=[ ]?True`,
  'g',
);
const MCP_TOOL =
  /\bmcp__([A-Za-z0-9][A-Za-z0-9.-]{0,63}(?:_[A-Za-z0-9.-]{1,64}){0,8})__[A-Za-z0-9]/g;

/** What scripts of a language call. */
export interface VisibleCalls {
  readonly programs: readonly string[];
  /** Whether a command line is given to a shell. */
  readonly shell: boolean;
  readonly network: boolean;
}

/** Looks for calls in a script. */
export function visibleCalls(text: string): VisibleCalls {
  const started = Array.from(text.matchAll(STARTED), ([, program = '']) => program);
  const commanded = Array.from(text.matchAll(COMMANDED), ([, one, other]) => one ?? other ?? '');
  return {
    programs: [...started, ...commanded],
    shell: commanded.length > 0,
    network: NETWORK.test(text),
  };
}

/** Whether one of the programs that a script calls does nothing but reach other machines. */
export function reachesOut(programs: readonly string[]): boolean {
  return programs.some((program) => REACHING.has(program));
}

/** Servers whose tools a text names, as agents call them: `mcp__server__tool`. */
export function namedServers(text: string): readonly string[] {
  return Array.from(text.matchAll(MCP_TOOL), ([, server = '']) => server);
}
