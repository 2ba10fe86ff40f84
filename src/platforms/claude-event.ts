/**
 * Events that Claude Code tells its hooks of: one JSON object on the standard input. What decides is read exactly; what
 * else it says is not looked at.
 * @module
 */
import type { Json } from '../base/bounded-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { fieldOf, type JsonObject, objectOf, textField } from './platform-json.ts';

/** An event that is judged, or reported on. */
export type ClaudeEvent =
  /** The model wants to use a skill. */
  | {
      readonly event: 'PreToolUse';
      readonly kind: 'skill';
      readonly cwd: string;
      readonly name: string;
    }
  /** The model wants to use another tool. */
  | {
      readonly event: 'PreToolUse';
      readonly kind: 'tool';
      readonly cwd: string;
      /** Every text of its input that may name a file. */
      readonly paths: readonly string[];
      /** Lines for a shell. */
      readonly commands: readonly string[];
    }
  /** Somebody typed a command. */
  | {
      readonly event: 'UserPromptExpansion';
      readonly kind: 'command' | 'mcp-prompt';
      readonly cwd: string;
      readonly name: string;
    }
  | { readonly event: 'SessionStart'; readonly kind: 'report'; readonly cwd: string };

const WHAT = 'the event of a hook';

/** Every text in a value, however deep it stands; how deep that may be was checked before. */
function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** The name by which a skill is called. Versions of the platform differ in what they call the field. */
function skillName(input: JsonObject): string {
  const key = ['skill', 'skill_name', 'command'].find((one) => Object.hasOwn(input, one));
  return textField(input, key ?? 'skill', 'the input of the tool Skill');
}

function toolEvent(object: JsonObject, cwd: string): ClaudeEvent {
  const tool = textField(object, 'tool_name', WHAT);
  const input = objectOf(fieldOf(object, 'tool_input'), `the "tool_input" of ${WHAT}`);
  const event = 'PreToolUse';
  if (tool === 'Skill') return { event, kind: 'skill', cwd, name: skillName(input) };
  if (tool === 'Bash')
    return {
      event,
      kind: 'tool',
      cwd,
      paths: [],
      commands: [textField(input, 'command', 'the input of the tool Bash')],
    };
  return { event, kind: 'tool', cwd, paths: textsIn(input), commands: [] };
}

/**
 * Reads an event.
 * @throws GitkelError `malformed`: reason `hook-event` for an event that nobody judges here, and those of strict JSON.
 */
export function parseClaudeEvent(bytes: Uint8Array): ClaudeEvent {
  const object = objectOf(parseStrictJson(bytes, LIMITS.platformEventBytes, WHAT), WHAT);
  const event = textField(object, 'hook_event_name', WHAT);
  const cwd = textField(object, 'cwd', WHAT);
  if (!cwd.startsWith('/'))
    throw malformed('field', `Cannot read ${WHAT}: "cwd" ${quoted(cwd)} is no absolute path`);
  switch (event) {
    case 'PreToolUse':
      return toolEvent(object, cwd);
    case 'UserPromptExpansion': {
      const type = textField(object, 'expansion_type', WHAT);
      if (type !== 'slash_command' && type !== 'mcp_prompt')
        throw malformed(
          'field',
          `Cannot read ${WHAT}: ${quoted(type)} is no known "expansion_type"`,
        );
      const kind = type === 'mcp_prompt' ? 'mcp-prompt' : 'command';
      return { event, kind, cwd, name: textField(object, 'command_name', WHAT) };
    }
    case 'SessionStart':
      return { event, kind: 'report', cwd };
    default:
      throw malformed('hook-event', `Cannot judge the event ${quoted(event)}: it is none of ours`, {
        hint: 'Register the hook for PreToolUse, UserPromptExpansion and SessionStart only.',
      });
  }
}
