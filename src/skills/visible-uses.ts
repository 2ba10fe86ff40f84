/**
 * What the files of a skill visibly use: programs, hosts, environment variables, and what its `SKILL.md` asks of the agent. A
 * help for honest authors. Whoever wants to hide a use can, so that nothing is decided by it.
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { parsePermissionHost } from './permission-host.ts';
import { SKILL_MD, type SkillFile } from './skill-files.ts';
import { checkSkillMd } from './skill-md.ts';
import { namedServers, reachesOut, visibleCalls } from './visible-calls.ts';

/** Things that are used, each with the first file in which that was seen. */
export type Seen = ReadonlyMap<string, string>;

export interface VisibleUses {
  readonly programs: Seen;
  readonly shell: boolean;
  readonly hosts: Seen;
  readonly env: Seen;
  /** The first file that seems to write others. */
  readonly writes: string | undefined;
  /** The first script that seems to reach other machines, named or not. */
  readonly network: string | undefined;
  readonly mcpServers: Seen;
  readonly tools: readonly string[];
  readonly hooks: boolean;
  readonly expansions: boolean;
  /** Files that were not searched: no text, or too long. */
  readonly unread: readonly string[];
}

interface Language {
  readonly program: string;
  readonly isShell: boolean;
}

const shell = (program: string): Language => ({ program, isShell: true });
const language = (program: string): Language => ({ program, isShell: false });

const BY_EXTENSION: ReadonlyMap<string, Language> = new Map([
  ['sh', shell('sh')],
  ['bash', shell('bash')],
  ['zsh', shell('zsh')],
  ['ps1', shell('pwsh')],
  ['py', language('python3')],
  ['js', language('node')],
  ['mjs', language('node')],
  ['cjs', language('node')],
  ['ts', language('node')],
  ['rb', language('ruby')],
  ['pl', language('perl')],
]);

/** `#!/usr/bin/env -S python3 -u` and `#!/bin/sh` name the program that runs the file. */
const SHEBANG =
  /^#![ \t]*(?:\S*\/)?(?:env[ \t]+(?:-S[ \t]+)?)?(?:\S*\/)?([A-Za-z0-9][\w.+-]{0,63})/;
const SHELL_NAME = /^(?:ba|da|z|k|fi)?sh$|^pwsh$/;

/** Programs that scripts call and that are worth a look, where a command may begin. */
const COMMAND =
  /(?:^|[|;&(`]|\b(?:then|do|else|sudo|exec|xargs))[ \t]*(git|gh|curl|wget|jq|npm|npx|pnpm|yarn|bun|deno|node|pip|pip3|uv|uvx|python|python3|docker|podman|kubectl|aws|gcloud|az|terraform|ssh|scp|rsync|ffmpeg|pandoc|make|cargo|go|psql|mysql|sqlite3|openssl|brew|apt-get|rm|chmod|crontab|systemctl)\b/gm;
const URL_HOST =
  /\bhttps?:\/\/((?:[A-Za-z0-9-]{1,63}\.){0,10}[A-Za-z0-9-]{1,63}(?::[0-9]{1,5})?)(?=[/\s"'`)>?#,;\\]|$)/gm;
const PLAIN_HOST = new RegExp(URL_HOST.source.replace('https?', 'http'), URL_HOST.flags);
/** A line of Markdown in which an address is fetched and not only named. */
const FETCHING = /\b(?:curl|wget|fetch|Invoke-WebRequest|iwr)\b/;

const ENV_READS = [
  /\bos\.environ(?:\.get\(|\[)\s*["']([A-Za-z_]\w*)["']/g,
  /\bos\.getenv\(\s*["']([A-Za-z_]\w*)["']/g,
  /\bprocess\.env(?:\.([A-Za-z_]\w*)|\[["']([A-Za-z_]\w*)["']\])/g,
  /\bENV(?:\.fetch\(|\[)["']([A-Za-z_]\w*)["']/g,
];
const SHELL_READ = /\$\{?([A-Z][A-Z0-9_]{2,})\b/g;
const SHELL_SET =
  /(?:^|[;&|(]|\b(?:export|local|readonly|declare|read|for))[ \t]*(?:-\w+[ \t]+)*([A-Z][A-Z0-9_]*)(?==|[ \t]+in\b|[ \t]*$)/gm;
/** Variables that every program has. */
const ORDINARY =
  /^(?:PATH|HOME|PWD|OLDPWD|USER|LOGNAME|SHELL|TERM|LANG|LC_\w+|TMPDIR|TEMP|TMP|TZ|EDITOR|PAGER|IFS|HOSTNAME|RANDOM|SECONDS|LINENO|UID|EUID|PPID|OPTARG|OPTIND|BASH_\w+|FUNCNAME|REPLY|NODE_ENV|CI)$/;

const WRITES =
  /\bopen\([^)\n]{0,200}["'][wax]b?\+?["']|\.write_(?:text|bytes)\(|\b(?:writeFile|appendFile)(?:Sync)?\(|\bcreateWriteStream\(|\bos\.(?:makedirs|mkdir|remove|rename)\(|\bshutil\.|(?:^|[^-=<>&0-9])>{1,2}[ \t]*["$\w./]|^[ \t]*(?:mkdir|touch|cp|mv|tee|rm)[ \t]/m;
const EXPANSION = /(?:^|[\s(])!`[^`\n]+`/m;

/** Characters of one thing that is told: no host is longer. */
const LONGEST = 253;

interface Draft {
  readonly programs: Map<string, string>;
  readonly hosts: Map<string, string>;
  readonly env: Map<string, string>;
  readonly unread: string[];
  readonly mcpServers: Map<string, string>;
  shell: boolean;
  writes: string | undefined;
  network: string | undefined;
}

function note(seen: Map<string, string>, what: string, path: string): void {
  if (!seen.has(what) && seen.size < LIMITS.skillScanUses && what.length <= LONGEST)
    seen.set(what, path);
}

function groupsOf(text: string, expression: RegExp): readonly string[] {
  return Array.from(text.matchAll(expression), ([, first, second]) => first ?? second ?? '');
}

function noteHosts(draft: Draft, path: string, text: string): void {
  const plain = new Set(groupsOf(text, PLAIN_HOST));
  for (const found of new Set(groupsOf(text, URL_HOST))) {
    if (draft.hosts.size >= LIMITS.skillScanUses) return;
    const parsed = parsePermissionHost(found.toLowerCase(), true);
    if (!parsed.ok) continue;
    const port = parsed.port ?? (plain.has(found) ? 80 : 443);
    note(draft.hosts, port === 443 ? parsed.host : `${parsed.host}:${port}`, path);
  }
}

/** What runs a file, by its first line or its name; `undefined` for what is no script. */
function languageOf(path: string, text: string): Language | undefined {
  const program = SHEBANG.exec(text)?.[1];
  if (program !== undefined) return { program, isShell: SHELL_NAME.test(program) };
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  return BY_EXTENSION.get(extension);
}

function noteScript(
  draft: Draft,
  path: string,
  text: string,
  { program, isShell }: Language,
): void {
  note(draft.programs, program, path);
  noteHosts(draft, path, text);
  for (const expression of ENV_READS)
    for (const name of groupsOf(text, expression))
      if (!ORDINARY.test(name)) note(draft.env, name, path);
  if (WRITES.test(text)) draft.writes ??= path;
  if (!isShell) {
    const calls = visibleCalls(text);
    for (const called of calls.programs) note(draft.programs, called, path);
    if (calls.shell) draft.shell = true;
    if (calls.network || reachesOut(calls.programs)) draft.network ??= path;
    return;
  }
  draft.shell = true;
  const commands = groupsOf(text, COMMAND);
  for (const command of commands) note(draft.programs, command, path);
  if (reachesOut(commands)) draft.network ??= path;
  const own = new Set(groupsOf(text, SHELL_SET));
  for (const name of groupsOf(text, SHELL_READ))
    if (!own.has(name) && !ORDINARY.test(name)) note(draft.env, name, path);
}

function noteMarkdown(draft: Draft, path: string, text: string): void {
  const fetching = text.split('\n').filter((line) => FETCHING.test(line));
  noteHosts(draft, path, fetching.join('\n'));
  for (const server of namedServers(text)) note(draft.mcpServers, server, path);
}

/** Searches the files of a skill. */
export function visibleUses(files: readonly SkillFile[]): VisibleUses {
  const draft: Draft = {
    programs: new Map(),
    hosts: new Map(),
    env: new Map(),
    unread: [],
    mcpServers: new Map(),
    shell: false,
    writes: undefined,
    network: undefined,
  };
  for (const { path, bytes } of files) {
    const text = bytes.length > LIMITS.skillScanBytes ? undefined : fromUtf8(bytes);
    if (text === undefined || text.includes('\0')) {
      draft.unread.push(path);
      continue;
    }
    const script = languageOf(path, text);
    if (script !== undefined) noteScript(draft, path, text, script);
    else if (/\.md$/i.test(path)) noteMarkdown(draft, path, text);
  }
  const skillMd = files.find(({ path }) => path === SKILL_MD);
  const report = skillMd === undefined ? undefined : checkSkillMd(skillMd.bytes, 'install');
  const skill = report?.outcome === 'valid' ? report.skill : undefined;
  return {
    ...draft,
    tools: [...new Set(skill?.allowedTools)].slice(0, LIMITS.skillScanUses),
    hooks: skill?.otherFields.includes('hooks') === true,
    expansions: EXPANSION.test(skill?.body ?? ''),
  };
}
