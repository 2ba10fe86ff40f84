/**
 * Answers to Claude Code. What the model reads is written here and holds of others no more than a quoted name: a reason is
 * a place to put instructions into. What was found in full goes to the person.
 * @module
 */
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { ClaudeEvent } from './claude-event.ts';
import type { HookEnd } from './in-time.ts';
import { cut } from './platform-input.ts';

/** Why a skill may not be used. */
export interface Denial {
  readonly skill: string;
  readonly state: string;
  readonly reason: string;
  /** What was found, and what mends it: for the person. */
  readonly detail: string;
}

/** The one exit code by which Claude Code keeps an event from happening; it goes on after any other. */
const BLOCKING = 2;

export const LET_THROUGH: HookEnd = { exitCode: 0, stdout: '', stderr: '' };

function printed(value: object): HookEnd {
  return { exitCode: 0, stdout: `${JSON.stringify(value)}\n`, stderr: '' };
}

function ascii(text: string): string {
  return text.replaceAll(
    /[^\u0020-\u007e\n]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function forModel({ skill, state, reason }: Denial): string {
  return `gitkel: the skill ${quoted(skill)} may not be used (${state}: ${reason}). The person has been told why.`;
}

function forPerson(denials: readonly Denial[]): string {
  const lines = denials
    .slice(0, LIMITS.platformFindings)
    .map(
      ({ skill, state, reason, detail }) =>
        `gitkel: ${quoted(skill)}: ${state}: ${reason}: ${cut(detail)}`,
    );
  return ascii(lines.join('\n'));
}

/** An event that can be kept from happening. */
export type DeniableEvent = Exclude<ClaudeEvent['event'], 'SessionStart'>;

/** Keeps the event from happening. */
export function denied(
  event: DeniableEvent,
  denials: readonly [Denial, ...(readonly Denial[])],
): HookEnd {
  const words = ascii(forModel(denials[0]));
  const systemMessage = forPerson(denials);
  switch (event) {
    case 'PreToolUse':
      return printed({
        hookSpecificOutput: {
          hookEventName: event,
          permissionDecision: 'deny',
          permissionDecisionReason: words,
        },
        systemMessage,
      });
    case 'UserPromptExpansion':
      return printed({
        decision: 'block',
        reason: systemMessage,
        hookSpecificOutput: { hookEventName: event },
      });
  }
}

/** Tells the model and the person which skills there are and may be used. */
export function reported(good: number, denials: readonly Denial[]): HookEnd {
  const all = [...new Set(denials.map(({ skill }) => quoted(skill)))];
  const names = all.slice(0, LIMITS.platformFindings);
  const more = all.length > names.length ? `, and ${all.length - names.length} more` : '';
  const words =
    denials.length === 0
      ? `gitkel: every installed skill is verified (${good}).`
      : `gitkel: these skills may not be used or read: ${names.join(', ')}${more}.`;
  return printed({
    hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext: ascii(words) },
    ...(denials.length === 0 ? {} : { systemMessage: forPerson(denials) }),
  });
}

/** Ends with the one exit code that blocks, and says why on standard error. */
export function blocking(words: string): HookEnd {
  const text = ascii(words);
  return {
    exitCode: BLOCKING,
    stdout: '',
    stderr: `${text.startsWith('gitkel: ') ? '' : 'gitkel: '}${text}\n`,
  };
}
