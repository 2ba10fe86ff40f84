/**
 * What the hooks of agent platforms are told on their line. They run without the command line's own parser, since they
 * run often.
 * @module
 */
import { parseArgs } from 'node:util';
import { durationSeconds, DURATION_FORM } from '../base/duration.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { type Condition, CONDITIONS } from '../trust/condition.ts';

/** Hooks that agent platforms run. */
export type PlatformName = 'claude-code' | 'openclaw-install-policy';

/** What both hooks are told. */
interface CommonOptions {
  /** The copy of the log that decides; a hook never looks for one around the working directory. */
  readonly log: string;
  readonly home: string | undefined;
  readonly branch: string | undefined;
  /** Publishers that are trusted, by AID or name. */
  readonly publisher: readonly string[];
  readonly policy: string | undefined;
  readonly 'max-age': string | undefined;
  /** Conditions that the platform keeps for every skill by itself. */
  readonly keeps: readonly Condition[];
}

export interface ClaudeCodeOptions extends CommonOptions {
  /** Folders of skills beside the ones that the platform reads by itself. */
  readonly skills: readonly string[];
  /** Names of commands and skills that are let through unjudged. */
  readonly allow: readonly string[];
  /** Whether the lock in a folder of a project may say who publishes its skills. */
  readonly 'project-locks': boolean;
}

export interface InstallPolicyOptions extends CommonOptions {
  /** A folder whose lock is heeded: who published a skill before, and which release. */
  readonly skills: string | undefined;
  readonly 'no-warn': boolean;
  readonly plugins: 'allow' | 'block';
}

/** Seconds after which a hook answers that it could not find out, unless told. OpenClaw waits for 10, unless told. */
const DEFAULT_TIMEOUT = 8;

const COMMON = {
  log: { type: 'string' },
  home: { type: 'string' },
  branch: { type: 'string' },
  publisher: { type: 'string', multiple: true },
  policy: { type: 'string' },
  'max-age': { type: 'string' },
  keeps: { type: 'string', multiple: true },
  timeout: { type: 'string' },
} as const;

/** The options of each hook, as `node:util` parses them. */
export const HOOK_OPTIONS = {
  'claude-code': {
    ...COMMON,
    skills: { type: 'string', multiple: true },
    allow: { type: 'string', multiple: true },
    'project-locks': { type: 'boolean' },
  },
  'openclaw-install-policy': {
    ...COMMON,
    skills: { type: 'string' },
    'no-warn': { type: 'boolean' },
    plugins: { type: 'string' },
  },
} as const;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a constant
const CONDITION_WORDS = Object.keys(CONDITIONS) as readonly Condition[];

type Environment = Readonly<Record<string, string | undefined>>;

function usage(message: string, hint: string): GitkelError {
  return new GitkelError('usage', message, { reason: 'hook-options', hint });
}

function parsed<N extends PlatformName>(name: N, args: readonly string[]) {
  try {
    const options: (typeof HOOK_OPTIONS)[N] = HOOK_OPTIONS[name];
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usage(`Cannot run the hook ${name}: ${why}`, `See \`gitkel hook run ${name} --help\`.`);
  }
}

/** The seconds that a hook may take. @throws GitkelError `usage`. */
export function timeoutOf(name: PlatformName, args: readonly string[]): number {
  const { timeout } = parsed(name, args);
  if (timeout === undefined) return DEFAULT_TIMEOUT;
  const seconds = durationSeconds(timeout);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw usage(`Cannot read the duration ${quoted(timeout)}`, `Write ${DURATION_FORM}.`);
}

interface CommonValues extends Partial<Omit<CommonOptions, 'publisher' | 'keeps'>> {
  readonly publisher?: readonly string[] | undefined;
  readonly keeps?: readonly string[] | undefined;
}

function conditionOf(text: string): Condition {
  const condition = CONDITION_WORDS.find((one) => one === text);
  if (condition !== undefined) return condition;
  throw usage(`Cannot take ${quoted(text)} for --keeps`, `Write ${CONDITION_WORDS.join(', ')}.`);
}

function common(values: CommonValues, environment: Environment): CommonOptions {
  const log = values.log ?? environment['GITKEL_LOG'];
  if (log === undefined || log === '') {
    throw usage(
      'Cannot judge skills: no log is named',
      'Name a copy of the log with --log DIR, or with GITKEL_LOG.',
    );
  }
  return {
    log,
    home: values.home ?? environment['GITKEL_HOME'],
    branch: values.branch ?? environment['GITKEL_BRANCH'],
    publisher: values.publisher ?? [],
    policy: values.policy,
    'max-age': values['max-age'],
    keeps: (values.keeps ?? []).map(conditionOf),
  };
}

/** @throws GitkelError `usage`. */
export function claudeCodeOptions(
  args: readonly string[],
  environment: Environment,
): ClaudeCodeOptions {
  const values = parsed('claude-code', args);
  return {
    ...common(values, environment),
    skills: values.skills ?? [],
    allow: values.allow ?? [],
    'project-locks': values['project-locks'] ?? false,
  };
}

/** @throws GitkelError `usage`. */
export function installPolicyOptions(
  args: readonly string[],
  environment: Environment,
): InstallPolicyOptions {
  const values = parsed('openclaw-install-policy', args);
  const { plugins = 'block' } = values;
  if (plugins !== 'allow' && plugins !== 'block')
    throw usage(`Cannot take ${quoted(plugins)} for --plugins`, 'Write allow or block.');
  return {
    ...common(values, environment),
    skills: values.skills ?? environment['GITKEL_SKILLS'],
    'no-warn': values['no-warn'] ?? false,
    plugins,
  };
}
