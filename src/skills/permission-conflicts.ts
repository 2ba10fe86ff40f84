/**
 * Rules of one manifest held against each other: none says what another one says, and none undoes another one.
 * @module
 */
import { quoted } from '../base/errors.ts';
import { hostIncludes } from './permission-host.ts';
import { pathIncludes } from './permission-path.ts';
import type { PermissionProblems } from './permission-problems.ts';
import type { HostRule, Permissions, RunRule } from './permissions.ts';

const SHELLS =
  /^(?:sh|bash|dash|zsh|ksh|mksh|ash|fish|csh|tcsh|busybox|cmd|cmd\.exe|powershell|powershell\.exe|pwsh)$/i;

/** Whether a program runs whatever it is given as text. */
export function isShell(program: string): boolean {
  return SHELLS.test(program);
}

/** A rule as it is compared with others of its kind. */
interface Comparable {
  readonly shown: string;
  readonly optional: boolean;
}

/** Whether every environment variable that `other` stands for is one that `name` stands for. */
export function envIncludes(name: string, other: string): boolean {
  return name === other || (name.endsWith('*') && other.startsWith(name.slice(0, -1)));
}

/** Whether everything that `other` may run is something that `rule` may run. */
export function runIncludes(rule: RunRule, other: RunRule): boolean {
  return rule.bin === other.bin && rule.args.every((arg, index) => other.args[index] === arg);
}

/** Whether every connection that `other` may make is one that `rule` may make. */
export function connectIncludes(rule: HostRule, other: HostRule): boolean {
  return (
    hostIncludes(rule.host, other.host) && other.ports.every((port) => rule.ports.includes(port))
  );
}

/** Refuses a rule that is part of another one, unless that one can be denied and this one cannot. */
function checkList<T>(
  problems: PermissionProblems,
  at: string,
  rules: readonly T[],
  includes: (rule: T, other: T) => boolean,
  compared: (rule: T) => Comparable,
): void {
  for (const [index, rule] of rules.entries()) {
    for (const [other, candidate] of rules.entries()) {
      if (index === other || !includes(candidate, rule)) continue;
      const [inner, outer] = [compared(rule), compared(candidate)];
      // Of two that are the same the later one is told.
      if (includes(rule, candidate) && index < other) continue;
      const place = `${at}[${index}]`;
      if (outer.optional === inner.optional)
        problems.add('duplicate', place, `${quoted(outer.shown)} includes it`);
      else if (inner.optional || includes(rule, candidate))
        problems.add('contradiction', place, `${quoted(outer.shown)} is asked for in another way`);
    }
  }
}

function checkSecrets(
  problems: PermissionProblems,
  { secrets, connect, env, read }: Permissions,
): void {
  for (const [index, { source, hosts }] of secrets.entries()) {
    const at = `secrets[${index}]`;
    for (const host of hosts) {
      if (!connect.some((rule) => hostIncludes(rule.host, host)))
        problems.add('secret-hosts', `${at}.hosts`, `"net.connect" does not have ${quoted(host)}`);
    }
    const isExposed =
      'env' in source
        ? env.some((name) => envIncludes(name, source.env))
        : read.some(({ path }) => pathIncludes(path, source.file));
    if (isExposed)
      problems.add(
        'secret-exposed',
        at,
        'another rule lets the skill read it, and send it anywhere',
      );
  }
}

function checkPrograms(problems: PermissionProblems, { run, shell }: Permissions): void {
  for (const [index, { bin }] of run.entries()) {
    if (isShell(bin) && !shell)
      problems.add('shell', `exec.run[${index}]`, `${quoted(bin)} is a shell: say "shell": true`);
  }
}

const named = (name: string): Comparable => ({ shown: name, optional: false });
const isSame = (a: string, b: string): boolean => a === b;

/** Checks the rules of a manifest, each of which is fine by itself. */
export function checkRulesTogether(problems: PermissionProblems, permissions: Permissions): void {
  for (const [at, rules] of [
    ['fs.read', permissions.read],
    ['fs.write', permissions.write],
    ['agent.instructions', permissions.instructions],
  ] as const) {
    checkList(
      problems,
      at,
      rules,
      (a, b) => pathIncludes(a.path, b.path),
      ({ path, optional }) => ({ shown: path, optional }),
    );
  }
  checkList(
    problems,
    'net.connect',
    permissions.connect,
    connectIncludes,
    ({ host, optional }) => ({ shown: host, optional }),
  );
  checkList(problems, 'env.read', permissions.env, envIncludes, named);
  checkList(problems, 'exec.run', permissions.run, runIncludes, ({ bin }) => named(bin));
  checkList(problems, 'tools.use', permissions.tools, isSame, named);
  checkList(problems, 'mcp.servers', permissions.mcpServers, isSame, named);
  checkList(problems, 'platform.os', permissions.systems, isSame, named);
  checkList(
    problems,
    'secrets',
    permissions.secrets.map(({ source }) => ('env' in source ? source.env : source.file)),
    isSame,
    named,
  );
  checkSecrets(problems, permissions);
  checkPrograms(problems, permissions);
}
