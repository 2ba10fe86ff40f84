/**
 * The rules of a permission manifest, one by one.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { quoted } from '../base/errors.ts';
import { isPort, parsePermissionHost } from './permission-host.ts';
import { parsePermissionPath, type PathUse } from './permission-path.ts';
import { joined, type PermissionProblems } from './permission-problems.ts';
import type { HostRule, PathRule, RuleNote, RunRule, SecretRule } from './permissions.ts';

/** Ports that a host is reached at when none are named. */
const HTTPS = [443];

/** Reads one rule; `undefined` with a problem for what is none. */
export type Read<T> = (problems: PermissionProblems, value: Json, at: string) => T | undefined;

/** Reads each item of a list; those that cannot be read are left out, with a problem. */
export function list<T>(
  problems: PermissionProblems,
  value: Json | undefined,
  at: string,
  read: Read<T>,
): readonly T[] {
  return problems
    .items(value, at)
    .flatMap((item, index) => read(problems, item, `${at}[${index}]`) ?? []);
}

function noteOf(
  problems: PermissionProblems,
  rule: { readonly [key: string]: Json },
  at: string,
): RuleNote {
  return {
    why: problems.text(rule['why'], joined(at, 'why')),
    optional: problems.flag(rule['optional'], joined(at, 'optional')),
  };
}

const PLAIN: RuleNote = { why: undefined, optional: false };

/** A path, or an object with one. */
export function pathRule(use: PathUse): Read<PathRule> {
  return (problems, value, at) => {
    const isText = typeof value === 'string';
    const rule = isText ? {} : problems.object(value, at, ['path', 'why', 'optional']);
    const text = problems.text(isText ? value : rule['path'], isText ? at : joined(at, 'path'));
    const note = isText ? PLAIN : noteOf(problems, rule, at);
    if (text === undefined) return undefined;
    const parsed = parsePermissionPath(text, use);
    if (parsed.ok) return { path: parsed.path, ...note };
    problems.add(parsed.reason, at, `${quoted(text)} cannot be asked for: ${parsed.detail}`);
    return undefined;
  };
}

function portsOf(
  problems: PermissionProblems,
  value: Json | undefined,
  at: string,
  named: number | undefined,
): readonly number[] {
  if (value === undefined) return named === undefined ? HTTPS : [named];
  const items = problems.items(value, at);
  const ports = items.filter((port) => typeof port === 'number').filter(isPort);
  if (named !== undefined || ports.length === 0 || ports.length !== items.length)
    problems.add('host-port', at, 'ports are 1 to 65535, and named in one place');
  return [...new Set(ports)].toSorted((a, b) => a - b);
}

/** A host, or an object with one. */
export const hostRule: Read<HostRule> = (problems, value, at) => {
  const isText = typeof value === 'string';
  const rule = isText ? {} : problems.object(value, at, ['host', 'ports', 'why', 'optional']);
  const text = problems.text(isText ? value : rule['host'], isText ? at : joined(at, 'host'));
  const note = isText ? PLAIN : noteOf(problems, rule, at);
  if (text === undefined) return undefined;
  const parsed = parsePermissionHost(text, note.why !== undefined);
  if (!parsed.ok) {
    problems.add(parsed.reason, at, `${quoted(text)} cannot be asked for: ${parsed.detail}`);
    return undefined;
  }
  return {
    host: parsed.host,
    ports: portsOf(problems, rule['ports'], joined(at, 'ports'), parsed.port),
    ...note,
  };
};

/** A name of an environment variable, or the beginning of several. */
export const envRule: Read<string> = (problems, value, at) => {
  const name = problems.text(value, at);
  if (name === undefined) return undefined;
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || /^[A-Za-z][A-Za-z0-9_]*_\*$/.test(name)) return name;
  const hasStar = name.includes('*');
  problems.add(
    hasStar ? 'env-wildcard' : 'env-name',
    at,
    `${quoted(name)} is no name of an environment variable${hasStar ? '; of wildcards only PREFIX_* is known' : ''}`,
  );
  return undefined;
};

function sourceOf(
  problems: PermissionProblems,
  rule: { readonly [key: string]: Json },
  at: string,
): SecretRule['source'] | undefined {
  const [env, file] = [rule['env'], rule['file']];
  if ((env === undefined) === (file === undefined)) {
    problems.add('secret-source', at, 'either "env" or "file" says where the secret is');
    return undefined;
  }
  if (env !== undefined) {
    const name = envRule(problems, env, joined(at, 'env'));
    if (name?.endsWith('*') === true)
      problems.add('env-wildcard', joined(at, 'env'), 'a secret is in one variable');
    return name === undefined ? undefined : { env: name };
  }
  const path = pathRule('secret')(problems, file ?? null, joined(at, 'file'))?.path;
  return path === undefined ? undefined : { file: path };
}

/** A secret: where it is, where it may go, and why. */
export const secretRule: Read<SecretRule> = (problems, value, at) => {
  const rule = problems.object(value, at, ['env', 'file', 'hosts', 'why']);
  const source = sourceOf(problems, rule, at);
  const why = problems.text(rule['why'], joined(at, 'why'));
  const hosts = list(problems, rule['hosts'], joined(at, 'hosts'), (_, item, place) => {
    const text = problems.text(item, place);
    const parsed = text === undefined ? undefined : parsePermissionHost(text, true);
    if (parsed === undefined) return undefined;
    if (parsed.ok && parsed.port === undefined) return parsed.host;
    problems.add('secret-hosts', place, `${quoted(text)} is no host, or has a port`);
    return undefined;
  });
  if (hosts.length === 0)
    problems.add('secret-hosts', joined(at, 'hosts'), 'a secret goes to named hosts only');
  return source === undefined || why === undefined ? undefined : { source, hosts, why };
};

/** A program, or an object with one. */
export const runRule: Read<RunRule> = (problems, value, at) => {
  const isText = typeof value === 'string';
  const rule = isText ? {} : problems.object(value, at, ['bin', 'args', 'why']);
  const bin = problems.text(isText ? value : rule['bin'], isText ? at : joined(at, 'bin'));
  const args = problems.texts(rule['args'], joined(at, 'args'));
  const why = problems.optionalText(rule['why'], joined(at, 'why'));
  if (bin === undefined) return undefined;
  if (/^[A-Za-z0-9][\w.+-]*$/.test(bin)) return { bin, args, why };
  problems.add(
    'program',
    at,
    `${quoted(bin)} is no name of a program: no path, no arguments, no *`,
  );
  return undefined;
};

/** Names of tools or servers: never a wildcard for all. */
export function namesOf(
  problems: PermissionProblems,
  value: Json | undefined,
  at: string,
  form: RegExp,
): readonly string[] {
  return list(problems, value, at, (_, item, place) => {
    const name = problems.text(item, place);
    if (name === undefined || form.test(name)) return name;
    problems.add('wildcard', place, `${quoted(name)} is no name, or stands for all`);
    return undefined;
  });
}

/** A tool of an agent, with a pattern in parentheses or without: `Bash(git *)`. */
export const TOOL_NAME = /^[A-Za-z_][\w-]*(?:\([^()]+(?:\([^()]*\)[^()]*)*\))?$/;
