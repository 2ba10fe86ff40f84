/** The hooks of agent platforms as these start them: as the printed settings say, in processes of their own. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answeredInTime } from '../../src/platforms/in-time.ts';
import { Ground } from '../install/ground.ts';
import { skillFilesOf } from '../install/making.ts';
import { installRequest, toolUse, typedCommand } from '../platforms/asking.ts';
import { BINARY, bareEnvironment, type Ran, runBinary, runProgram } from '../support/binary.ts';

const NOTES = skillFilesOf('notes');
const HOOKS = path.resolve(path.dirname(BINARY), '../../hooks');

interface ClaudeHook {
  readonly type: string;
  readonly command: string;
  readonly timeout: number;
  readonly onFailure?: string;
}

interface ClaudeSettings {
  readonly hooks: Record<string, { readonly matcher?: string; readonly hooks: ClaudeHook[] }[]>;
}

interface OpenclawConfig {
  readonly security: {
    readonly installPolicy: {
      readonly enabled: boolean;
      readonly targets: string[];
      readonly exec: {
        readonly source: string;
        readonly command: string;
        readonly args: string[];
        readonly env: Record<string, string>;
        readonly trustedDirs: string[];
        readonly timeoutMs: number;
      };
    };
  };
}

let ground: Ground;
let project: string;
let settings: ClaudeSettings;
let config: OpenclawConfig;

async function printed<T>(platform: string): Promise<T> {
  const log = path.join(ground.dir, 'log');
  const home = path.join(ground.dir, 'home');
  const flags = ['--log', log, '--home', home, '--publisher', ground.aid('alice')];
  const { stdout, exitCode, stderr } = await runBinary(['hook', 'print', platform, ...flags]);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

beforeAll(async () => {
  ground = await Ground.make();
  await ground.release('alice', NOTES);
  await ground.installed(NOTES);
  project = path.join(ground.dir, "a project's");
  const folder = path.join(project, '.claude/skills');
  cpSync(ground.folder.dir, folder, { recursive: true });
  mkdirSync(path.join(folder, 'evil'));
  settings = await printed('claude-code');
  config = await printed('openclaw');
});

afterAll(() => {
  ground.remove();
});

/** Runs the hook of an event by a shell, as Claude Code does. */
async function claude(event: string, input: object, more = ''): Promise<Ran> {
  const command = settings.hooks[event]?.[0]?.hooks[0]?.command ?? 'exit 99';
  const env = { CLAUDE_PROJECT_DIR: project };
  return runProgram('/bin/sh', ['-c', `${more}${command}`], { env, input: JSON.stringify(input) });
}

/** Runs the policy with the surroundings that OpenClaw gives it: nothing but what the configuration names. */
async function openclaw(input: string): Promise<Ran> {
  const { command, args, env } = config.security.installPolicy.exec;
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return runProgram('/usr/bin/env', ['-i', ...words, command, ...args], {
    cwd: path.dirname(command),
    input,
  });
}

test('hook print claude-code names what is called, and blocks where it cannot be', () => {
  expect(Object.keys(settings.hooks)).toEqual([
    'SessionStart',
    'UserPromptExpansion',
    'PreToolUse',
  ]);
  expect(settings.hooks['PreToolUse']?.[0]?.matcher).toContain('Skill');
  for (const event of ['PreToolUse', 'UserPromptExpansion']) {
    const hook = settings.hooks[event]?.[0]?.hooks[0];
    expect(hook).toMatchObject({ type: 'command', timeout: 10, onFailure: 'block' });
    expect(hook?.command).toMatch(/ \|\| exit 2$/);
  }
});

test('claude-code lets pass, denies, and blocks typed commands', async () => {
  const use = (name: string) => toolUse(project, 'Skill', { skill: name });
  expect(await claude('PreToolUse', use('notes'))).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: '',
  });
  const denied = await claude('PreToolUse', use('evil'));
  expect(denied.exitCode).toBe(0);
  expect(JSON.parse(denied.stdout)).toMatchObject({
    hookSpecificOutput: { permissionDecision: 'deny' },
  });
  const blocked = await claude('UserPromptExpansion', typedCommand(project, 'evil'));
  expect(JSON.parse(blocked.stdout)).toMatchObject({ decision: 'block' });
});

test('claude-code blocks whatever becomes of its program', async () => {
  const use = toolUse(project, 'Skill', { skill: 'notes' });
  const dead = await claude('PreToolUse', use, 'export NODE_OPTIONS=--max-old-space-size=1; ');
  expect(dead.exitCode).toBe(2);
  const hook = path.join(HOOKS, 'claude-code.js');
  const unable = await runProgram(process.execPath, [hook], { input: JSON.stringify(use) });
  expect(unable).toMatchObject({ exitCode: 2, stdout: '' });
  expect(unable.stderr).toContain('no log is named');
  const flags = ['hook', 'run', 'claude-code', '--unknown'];
  const mistyped = await runBinary(flags, { input: '{}' });
  expect(mistyped).toMatchObject({ exitCode: 2, stdout: '' });
});

test('hook print openclaw names no directory among the arguments, and everything by its absolute path', () => {
  const { enabled, targets, exec } = config.security.installPolicy;
  expect([enabled, targets, exec.source]).toEqual([true, ['skill'], 'exec']);
  const [program = '', ...flags] = exec.args;
  for (const file of [exec.command, program]) {
    expect(path.isAbsolute(file)).toBe(true);
    expect(exec.trustedDirs).toContain(path.dirname(file));
  }
  for (const flag of flags) expect(flag).not.toMatch(/[/\\]|=\./);
  for (const value of Object.values(exec.env)) expect(path.isAbsolute(value)).toBe(true);
});

test('openclaw-install-policy allows and blocks', async () => {
  const allowed = await openclaw(JSON.stringify(installRequest(ground.source(NOTES))));
  expect(allowed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(allowed.stdout)).toMatchObject({ protocolVersion: 1, decision: 'allow' });
  const other = ground.source(skillFilesOf('notes', 'other\n'));
  const blocked = await openclaw(JSON.stringify(installRequest(other)));
  expect(blocked.exitCode).toBe(0);
  expect(JSON.parse(blocked.stdout)).toMatchObject({ decision: 'block' });
  const garbage = await openclaw('garbage');
  expect(garbage.exitCode).toBe(1);
  expect(JSON.parse(garbage.stdout)).toMatchObject({ decision: 'block' });
});

test('hook run openclaw-install-policy answers as the program does', async () => {
  const env = {
    GITKEL_LOG: path.join(ground.dir, 'log'),
    GITKEL_HOME: path.join(ground.dir, 'home'),
  };
  const input = JSON.stringify(installRequest(ground.source(NOTES)));
  const args = ['hook', 'run', 'openclaw-install-policy', '--publisher', ground.aid('alice')];
  const { exitCode, stdout } = await runBinary(args, { env, input });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ decision: 'allow' });
});

test('hook run claude-code ends well when it has answered, also with a no', async () => {
  const flags = ['--log', path.join(ground.dir, 'log'), '--publisher', ground.aid('alice')];
  const ask = async (input: object) =>
    runBinary(['hook', 'run', 'claude-code', ...flags], { input: JSON.stringify(input) });
  const denied = await ask(toolUse(project, 'Skill', { skill: 'unknown' }));
  expect(denied).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"deny"') });
  expect(await ask(toolUse(project, 'Bash', { command: 'ls' }))).toMatchObject({
    exitCode: 0,
    stdout: '',
  });
});

/** Runs a hook whose input never ends. */
async function endless(name: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [path.join(HOOKS, `${name}.js`), '--log=/x', '--timeout=1s'],
      { env: bareEnvironment(), stdio: 'pipe' },
    );
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('close', (exitCode, signal) => {
      const [stdout, stderr] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()];
      resolve({ exitCode, signal, stdout, stderr });
    });
    child.stdin.write('{');
  });
}

test('both hooks end in time, and with a no, when nothing comes', async () => {
  const [claudeCode, install] = await Promise.all([
    endless('claude-code'),
    endless('openclaw-install-policy'),
  ]);
  expect(claudeCode).toMatchObject({ exitCode: 2, stdout: '' });
  expect(claudeCode.stderr).toContain('timed-out');
  expect(install.exitCode).toBe(1);
  expect(JSON.parse(install.stdout)).toMatchObject({
    decision: 'block',
    reason: expect.stringContaining('timed-out'),
  });
});

test('answeredInTime() gives up on what never ends, and tells what dies', async () => {
  const program = (text: string) => new URL(`data:text/javascript,${encodeURIComponent(text)}`);
  const task = { args: [], input: new Uint8Array() };
  const soon = () => performance.now() + 500;
  expect(await answeredInTime(program('for (;;);'), task, soon())).toEqual({
    outcome: 'timed-out',
  });
  const later = performance.now() + 60_000;
  expect(await answeredInTime(program('throw new Error("dead")'), task, later)).toEqual({
    outcome: 'failed',
    why: 'dead',
  });
  expect(await answeredInTime(program(''), task, later)).toMatchObject({ outcome: 'failed' });
  const lie = 'import{parentPort}from"node:worker_threads";parentPort.postMessage({exitCode:"0"})';
  expect(await answeredInTime(program(lie), task, later)).toMatchObject({ outcome: 'failed' });
});
