/** Requests and events as agent platforms write them, and what our hooks answer, in this process. */
import path from 'node:path';
import { utf8 } from '../../src/base/bytes.ts';
import { claudeAnswer } from '../../src/platforms/claude-code.ts';
import type { HookEnd } from '../../src/platforms/in-time.ts';
import { openclawAnswer } from '../../src/platforms/openclaw-policy.ts';
import type { Ground } from '../install/ground.ts';

/** A request of OpenClaw for a staged directory, as its protocol has it. */
export function installRequest(sourcePath: string, more: object = {}): object {
  return {
    protocolVersion: 1,
    openclawVersion: '2026.11.1',
    targetType: 'skill',
    targetName: 'notes',
    sourcePath,
    sourcePathKind: 'directory',
    source: { kind: 'clawhub', authority: 'third-party', mutable: false, network: true },
    origin: { type: 'clawhub', slug: 'notes', version: '1.0.0' },
    request: { kind: 'skill-install', mode: 'install', requestedSpecifier: 'notes@1.0.0' },
    skill: { installId: 'clawhub' },
    ...more,
  };
}

/** An event of Claude Code. */
export function claudeEvent(cwd: string, event: string, more: object = {}): object {
  return {
    session_id: 'abc123',
    transcript_path: '/home/ada/.claude/projects/x/00893aaf.jsonl',
    cwd,
    permission_mode: 'default',
    hook_event_name: event,
    ...more,
  };
}

export function toolUse(cwd: string, tool: string, input: object): object {
  return claudeEvent(cwd, 'PreToolUse', {
    tool_name: tool,
    tool_input: input,
    tool_use_id: 'toolu_01ABC123',
  });
}

export function typedCommand(cwd: string, name: string, more: object = {}): object {
  return claudeEvent(cwd, 'UserPromptExpansion', {
    expansion_type: 'slash_command',
    command_name: name,
    command_args: 'arg1 arg2',
    command_source: 'skill',
    prompt: `/${name} arg1 arg2`,
    ...more,
  });
}

export function bytesOf(value: unknown): Uint8Array {
  return typeof value === 'string' ? utf8(value) : utf8(JSON.stringify(value));
}

/** What the hooks know in a test: the log and the home of the ground, and no other surroundings. */
function environment(ground: Ground, more: Record<string, string> = {}) {
  return {
    GITKEL_LOG: path.join(ground.dir, 'log'),
    GITKEL_HOME: path.join(ground.dir, 'home'),
    CLAUDE_CONFIG_DIR: path.join(ground.dir, 'config'),
    ...more,
  };
}

export async function openclaw(
  ground: Ground,
  request: unknown,
  ...args: readonly string[]
): Promise<HookEnd> {
  return openclawAnswer({ args, input: bytesOf(request) }, environment(ground));
}

export async function claude(
  ground: Ground,
  event: unknown,
  ...args: readonly string[]
): Promise<HookEnd> {
  return claudeAnswer({ args, input: bytesOf(event) }, environment(ground));
}

export function jsonOf({ stdout }: HookEnd): unknown {
  return JSON.parse(stdout);
}
