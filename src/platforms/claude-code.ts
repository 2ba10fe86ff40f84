/**
 * What Claude Code is answered before a skill is used, typed or read: the verdict that `gitkel skill verify` comes to now.
 * Whatever cannot be found out is no permission.
 * @module
 */
import { termsOf, verifyTerms } from '../cli/install-terms.ts';
import { Session } from '../cli/session.ts';
import { withDecidingLog } from '../cli/skill-log.ts';
import { type TreatedVerdict, verifyPlace } from '../cli/verify-place.ts';
import type { VerifyTerms } from '../install/verify-installed.ts';
import type { SkillVerdict } from '../skills/skill-verdict.ts';
import { CONDITIONS } from '../trust/condition.ts';
import { type Denial, denied, LET_THROUGH, reported } from './claude-answer.ts';
import type { WantedSkill } from './claude-folders.ts';
import { askedBy, claudeTrouble, type Environment, quickAnswer } from './claude-quick.ts';
import type { ClaudeCodeOptions } from './hook-options.ts';
import type { HookEnd, ThreadTask } from './in-time.ts';

const PROJECT_LOCK =
  'The lock of a project may name anybody: name the publisher with --publisher or --policy, or believe the locks of projects with --project-locks.';

/** Conditions under which alone a skill may be used, and to which nobody sees here. */
export function unkept(
  {
    name,
    state,
    verdict,
  }: Pick<TreatedVerdict, 'name' | 'state'> & {
    readonly verdict: Pick<SkillVerdict, 'conditions'> | undefined;
  },
  { keeps }: Pick<ClaudeCodeOptions, 'keeps'>,
): readonly Denial[] {
  const open = (verdict?.conditions ?? []).filter((condition) => !keeps.includes(condition));
  if (open.length === 0) return [];
  const asks = open.map((condition) => `${condition}: ${CONDITIONS[condition]}`).join('; ');
  const detail = `it is accepted only where somebody sees to this: ${asks}. Say with --keeps what is seen to.`;
  return [{ skill: name, state, reason: 'conditions-not-kept', detail }];
}

function denialsOf(
  found: TreatedVerdict,
  isByLock: boolean,
  options: ClaudeCodeOptions,
): readonly Denial[] {
  const { name, state, objection } = found;
  if (objection === undefined) return unkept(found, options);
  const { reason, detail, hint } = objection;
  const mend = isByLock && reason === 'publisher-not-allowed' ? PROJECT_LOCK : hint;
  return [{ skill: name, state, reason, detail: `${detail}. ${mend}` }];
}

/** What speaks against skills; and how many there are that nothing speaks against. */
interface Found {
  readonly good: number;
  readonly denials: readonly Denial[];
}

async function lookAt(
  session: Session,
  { folder, only }: WantedSkill,
  terms: VerifyTerms,
  options: ClaudeCodeOptions,
): Promise<Found> {
  const isNamed = options.publisher.length > 0 || options.policy !== undefined;
  const isByLock = !isNamed && !folder.isOwn;
  // Nobody agreed to what such a lock lets in, so that it lets nothing in without a release either.
  const known = isByLock ? { ...terms, publishers: () => [], legacy: undefined } : terms;
  const place = { folder: { host: session.host, dir: folder.dir }, only };
  const verdicts = await verifyPlace(place, known, false);
  const denials = verdicts.flatMap((verdict) => denialsOf(verdict, isByLock, options));
  if (only !== undefined && verdicts.length === 0) {
    const detail = 'the folder has no skill of that name';
    denials.push({ skill: only, state: 'nothing-to-verify', reason: 'no-skill', detail });
  }
  const bad = new Set(denials.map(({ skill }) => skill));
  return { good: verdicts.filter(({ name }) => !bad.has(name)).length, denials };
}

async function lookAtAll(
  wanted: readonly WantedSkill[],
  options: ClaudeCodeOptions,
): Promise<Found> {
  const { log, home, branch } = options;
  const session = new Session({ log, home, branch }, 'remembers');
  try {
    return await withDecidingLog(session, { log, branch }, async (deciding) => {
      const terms = verifyTerms(termsOf(session, options), deciding);
      const found: Found[] = [];
      for (const one of wanted) found.push(await lookAt(session, one, terms, options));
      return {
        good: found.reduce((sum, { good }) => sum + good, 0),
        denials: found.flatMap(({ denials }) => denials),
      };
    });
  } finally {
    session.close();
  }
}

/**
 * Answers one event. Never throws: whatever goes wrong blocks.
 * @param environment that of the hook: `GITKEL_LOG`, `GITKEL_HOME`, `CLAUDE_PROJECT_DIR`, `CLAUDE_CONFIG_DIR`
 */
export async function claudeAnswer(task: ThreadTask, environment: Environment): Promise<HookEnd> {
  const quick = quickAnswer(task, environment);
  if (quick !== undefined) return quick;
  try {
    const { event, concern, options } = askedBy(task, environment);
    const wanted =
      concern.kind === 'skills'
        ? concern.wanted
        : concern.kind === 'report'
          ? concern.folders.map((folder) => ({ folder, only: undefined }))
          : [];
    const { good, denials } = await lookAtAll(wanted, options);
    if (event.event === 'SessionStart') return reported(good, denials);
    const [first, ...others] = denials;
    return first === undefined ? LET_THROUGH : denied(event.event, [first, ...others]);
  } catch (error) {
    return claudeTrouble(error);
  }
}
