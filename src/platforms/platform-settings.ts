/**
 * What agent platforms have to be told so that they run our hooks. Every path in it is absolute: platforms start hooks
 * wherever they happen to be.
 * @module
 */
import { dirname } from 'node:path';
import { shellWord } from '../gate/hook-script.ts';
import type { PlatformName } from './hook-options.ts';

/** How a hook is to be started. */
export interface HookCall {
  /** Absolute paths of node, of the hook's program, of the log and of the home. The log may be an address. */
  readonly node: string;
  readonly program: string;
  readonly log: string;
  readonly home: string;
  readonly branch: string | undefined;
  /** The folder whose lock is heeded, absolute, where the hook takes one. */
  readonly skills: string | undefined;
  /** Other flags, which name no directory: `--publisher=AID`. */
  readonly flags: readonly string[];
  /** The policy, absolute, if there is one. */
  readonly policy: string | undefined;
  /** The seconds after which the hook answers by itself. */
  readonly seconds: number;
}

/** How much later than the hook itself the platform gives up, in seconds. */
const GRACE = 2;

/** Tools of Claude Code that use skills or read files. */
const TOOLS = 'Skill|Read|Bash|Grep|Glob|NotebookRead';

function policyFlag({ policy }: HookCall): readonly string[] {
  return policy === undefined ? [] : [`--policy=${policy}`];
}

/**
 * The settings of Claude Code (`settings.json`). A program that is not there, or dies, ends with another exit code than 2,
 * and the platform would go on: the shell puts 2 in its place, and newer versions are told to block as well.
 */
function claudeCodeSettings(call: HookCall): object {
  const { node, program, log, home, branch, flags, seconds } = call;
  const words = [
    node,
    program,
    `--log=${log}`,
    `--home=${home}`,
    ...(branch === undefined ? [] : [`--branch=${branch}`]),
    ...policyFlag(call),
    ...flags,
  ];
  const command = `${words.map(shellWord).join(' ')} || exit 2`;
  const report = { type: 'command', command, timeout: seconds + GRACE };
  const block = { ...report, onFailure: 'block' };
  return {
    hooks: {
      SessionStart: [{ hooks: [report] }],
      UserPromptExpansion: [{ hooks: [block] }],
      PreToolUse: [{ matcher: TOOLS, hooks: [block] }],
    },
  };
}

/**
 * The configuration of OpenClaw (`openclaw.json`). It takes every argument that looks like a path for a script, which has
 * to be a file that nobody else may write: directories are named in the environment.
 */
function openclawSettings(call: HookCall): object {
  const { node, program, log, home, branch, skills, flags, policy, seconds } = call;
  const files = [node, program, ...(policy === undefined ? [] : [policy])];
  return {
    security: {
      installPolicy: {
        enabled: true,
        targets: ['skill'],
        exec: {
          source: 'exec',
          command: node,
          args: [program, ...policyFlag(call), ...flags],
          env: {
            GITKEL_LOG: log,
            GITKEL_HOME: home,
            ...(branch === undefined ? {} : { GITKEL_BRANCH: branch }),
            ...(skills === undefined ? {} : { GITKEL_SKILLS: skills }),
          },
          trustedDirs: [...new Set(files.map((file) => dirname(file)))],
          timeoutMs: (seconds + GRACE) * 1000,
          noOutputTimeoutMs: (seconds + GRACE) * 1000,
          maxOutputBytes: 1_048_576,
        },
      },
    },
  };
}

export function platformSettings(name: PlatformName, call: HookCall): object {
  return name === 'claude-code' ? claudeCodeSettings(call) : openclawSettings(call);
}
