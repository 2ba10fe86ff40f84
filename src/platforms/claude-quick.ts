/**
 * The part of the answer to Claude Code for which no log is needed: most calls of tools are about no skill, and each waits
 * for the hook.
 * @module
 */
import * as fs from 'node:fs';
import { homedir } from 'node:os';
import { GitkelError } from '../base/errors.ts';
import { blocking, denied, LET_THROUGH, reported } from './claude-answer.ts';
import { type Concern, concernOf } from './claude-concern.ts';
import { type ClaudeEvent, parseClaudeEvent } from './claude-event.ts';
import { type ClaudeCodeOptions, claudeCodeOptions } from './hook-options.ts';
import type { HookEnd, ThreadTask } from './in-time.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is asked, and what it is about. */
export interface Asked {
  readonly event: ClaudeEvent;
  readonly options: ClaudeCodeOptions;
  readonly concern: Concern;
}

/** @throws GitkelError `usage`, `malformed`, `environment`. */
export function askedBy({ args, input }: ThreadTask, environment: Environment): Asked {
  const options = claudeCodeOptions(args, environment);
  const event = parseClaudeEvent(input);
  const around = { fs, homedir: homedir(), cwd: event.cwd, environment };
  return { event, options, concern: concernOf(event, options, around) };
}

/** The answer to something that no folder of skills has. */
function unknown({ event }: ClaudeEvent, name: string): HookEnd {
  const detail =
    'no folder of skills has it, so that nobody can say what it is. Let it through with --allow NAME if you know that it is harmless.';
  const denial = { skill: name, state: 'nothing-to-verify', reason: 'no-skill', detail };
  return event === 'SessionStart' ? reported(0, [denial]) : denied(event, [denial]);
}

/** What went wrong: Claude Code stops at this exit code alone. */
export function claudeTrouble(error: unknown): HookEnd {
  if (!(error instanceof GitkelError)) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return blocking(`this is a bug in gitkel: ${why}`);
  }
  const { message, hint } = error;
  return blocking(hint === undefined ? message : `${message}. ${hint}`);
}

/** The answer, where it can be given without a log; `undefined` where it cannot. Never throws. */
export function quickAnswer(task: ThreadTask, environment: Environment): HookEnd | undefined {
  try {
    const { event, concern } = askedBy(task, environment);
    switch (concern.kind) {
      case 'none':
        return LET_THROUGH;
      case 'unknown':
        return unknown(event, concern.name);
      case 'skills':
      case 'report':
        return undefined;
    }
  } catch (error) {
    return claudeTrouble(error);
  }
}
