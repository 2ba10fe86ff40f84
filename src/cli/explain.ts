/**
 * What the codes and reasons of errors mean, and the way out of each. Every reason that is thrown anywhere, or stands in a
 * verdict, is explained here: `test/cli/explain.test.ts` looks for those that are not.
 * @module
 */
import { OMS_REASONS } from '../oms/oms-problem.ts';
import { VERDICT_REASONS } from '../skills/verdict-reason.ts';
import { LEGACY_REASONS } from '../trust/legacy.ts';
import { TRUST_REASONS } from '../trust/trust-reason.ts';
import { EXIT_CODES } from './exit-codes.ts';
import type { ReasonFamily } from './reason-family.ts';
import { REASONS_OF_BATCHES } from './reasons-of-batches.ts';
import { REASONS_OF_EVENTS } from './reasons-of-events.ts';
import { REASONS_OF_GIT } from './reasons-of-git.ts';
import { REASONS_OF_INPUT } from './reasons-of-input.ts';
import { REASONS_OF_INSTALLING } from './reasons-of-installing.ts';
import { REASONS_OF_KEYS } from './reasons-of-keys.ts';
import { REASONS_OF_LOGS } from './reasons-of-logs.ts';
import { REASONS_OF_SERVERS } from './reasons-of-servers.ts';
import { REASONS_OF_PAGES } from './reasons-of-pages.ts';
import { REASONS_OF_RUNS } from './reasons-of-runs.ts';
import { REASONS_OF_SKILLS } from './reasons-of-skills.ts';

/** One code of an error, or one reason, explained. */
export interface Explanation {
  /** As in `error.code` or `error.reason`. */
  readonly code: string;
  /** The exit code that has this name; `null` for reasons. */
  readonly exit: number | null;
  /** What it is about; all that share this are refused for the same cause. */
  readonly about: string;
  readonly what: string;
  readonly why: string;
  /** What to do. */
  readonly way: string;
  /** A command that helps. */
  readonly example: string;
}

/** Everything that is explained, by what it is about. Each reason stands in one family. */
export const REASON_FAMILIES: readonly ReasonFamily[] = [
  ...REASONS_OF_BATCHES,
  ...REASONS_OF_KEYS,
  ...REASONS_OF_LOGS,
  ...REASONS_OF_EVENTS,
  ...REASONS_OF_GIT,
  ...REASONS_OF_SKILLS,
  ...REASONS_OF_RUNS,
  ...REASONS_OF_PAGES,
  ...REASONS_OF_INSTALLING,
  ...REASONS_OF_SERVERS,
  ...REASONS_OF_INPUT,
];

/** A table of reasons that has its own words for what they mean and what mends them. */
interface Verdicts {
  readonly about: string;
  readonly why: string;
  readonly example: string;
  readonly reasons: Readonly<Record<string, { readonly title: string; readonly mend: string }>>;
}

const VERDICTS: readonly Verdicts[] = [
  {
    about: 'verdicts on skills',
    why: 'A skill is let in when its files are exactly those of a release that counts, by a publisher who may release it there.',
    example: 'gitkel skill verify',
    reasons: VERDICT_REASONS,
  },
  {
    about: 'what others say of a skill',
    why: 'Who released a skill is not whether it is any good: others have to say that, as many and as trusted as is asked for.',
    example: 'gitkel skill chain notes',
    reasons: TRUST_REASONS,
  },
  {
    about: 'skills that nobody released',
    why: 'Nobody answers for such files by a release, so that they get in on other grounds, for a while, or not at all.',
    example: 'gitkel trust legacy',
    reasons: LEGACY_REASONS,
  },
  {
    about: 'signatures by OpenSSF Model Signing',
    why: 'A bad signature is never treated as none.',
    example: 'gitkel skill check skills/notes',
    reasons: OMS_REASONS,
  },
];

const OF_CODES = {
  about: 'exit codes',
  why: 'Each code has one exit code, which scripts and hooks branch on; the reason beside it says more.',
};

function* everything(): Generator<Explanation> {
  for (const { name, exit, what, way, example } of EXIT_CODES)
    yield { code: name, exit, ...OF_CODES, what, way, example };
  for (const { about, why, way, example, reasons } of REASON_FAMILIES) {
    for (const [code, words] of Object.entries(reasons)) {
      const own = typeof words === 'string' ? { what: words } : words;
      yield { code, exit: null, about, why, way, example, ...own };
    }
  }
  for (const { about, why, example, reasons } of VERDICTS) {
    for (const [code, { title, mend }] of Object.entries(reasons))
      yield { code, exit: null, about, what: title, why, way: mend, example };
  }
}

/** Every explanation, each code once, in the order in which they are shown. */
export function explanations(): readonly Explanation[] {
  const byCode = new Map<string, Explanation>();
  for (const one of everything()) if (!byCode.has(one.code)) byCode.set(one.code, one);
  return [...byCode.values()];
}

/** Rules that are named with what they are about where that is not plain. */
const ABOUT = /^(?:permissions|remote|repository)-/;

/** What is said of a code, a reason or the number of an exit code; `undefined` for what is none. */
export function explanationOf(text: string): Explanation | undefined {
  const code = text.toLowerCase();
  const all = explanations();
  const named = all.find((one) => one.code === code);
  if (named !== undefined) return named;
  const rule = ABOUT.test(code)
    ? all.find((one) => one.code === code.replace(ABOUT, ''))
    : undefined;
  if (rule !== undefined) return { ...rule, code };
  return all.find(({ exit }) => exit !== null && String(exit) === text);
}
