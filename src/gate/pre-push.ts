import { fromUtf8 } from '../base/bytes.ts';
import { dayOfSeconds } from '../base/day.ts';
import { malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isObjectId } from '../git/object.ts';
import { isRefName } from '../git/ref-name.ts';
import { skillLog } from '../skills/skill-log.ts';
import type { RefMove } from './approval.ts';
import {
  type ClientPlace,
  type ClientRun,
  inClient,
  passed,
  warned,
  withLog,
} from './client-hook.ts';
import { clientLog, clientPolicy, type DefaultBranch, defaultBranch } from './client-policy.ts';
import { failureWords, type GateLog } from './gate-log.ts';
import type { HookConfig } from './hook-config.ts';
import type { HookAnswer } from './hook-place.ts';
import { judgeRefs, type RefUpdate } from './judge-refs.ts';
import { type Judgement, judgementBy } from './judgement.ts';
import { refKind } from './ref-kind.ts';
import type { RepositoryPolicy } from './repository-policy.ts';
import { skillReader, type SkillReader } from './skill-reader.ts';
import { refusalLine } from './refusal.ts';
import { refusalsOf } from './verdict-lines.ts';

const NOTHING = '0'.repeat(40);

function objectNamed(text: string, line: string): string | undefined {
  if (text === NOTHING) return undefined;
  if (isObjectId(text)) return text;
  throw odd(line);
}

function odd(line: string): Error {
  return malformed('ref-update', `Cannot read what Git told the hook: ${quoted(line, 200)}`);
}

/**
 * Parses what Git writes to `pre-push`: `<local ref> SP <object> SP <remote ref> SP <object> LF` for each ref. The local one
 * may be anything that names a commit, blanks included.
 * @throws GitkelError `malformed`: `ref-update`, `too-many-refs`, `too-large`.
 */
export function parsePushedRefs(bytes: Uint8Array): readonly RefMove[] {
  if (bytes.length > LIMITS.hookInputBytes)
    throw malformed(
      'too-large',
      `Cannot judge a push of more than ${LIMITS.hookInputBytes} bytes of refs`,
    );
  if (bytes.length === 0) return [];
  const lines = (fromUtf8(bytes) ?? '').split('\n');
  if (lines.pop() !== '')
    throw malformed('ref-update', 'Cannot read what Git told the hook: it is not lines of text');
  if (lines.length > LIMITS.hookRefs)
    throw malformed(
      'too-many-refs',
      `Cannot judge ${lines.length} refs at once: the limit is ${LIMITS.hookRefs}`,
    );
  return lines.map((line) => {
    const [, to = '', ref = '', from = ''] = / (\S+) (\S+) (\S+)$/.exec(line) ?? [];
    if (!isRefName(ref)) throw odd(line);
    return { ref, from: objectNamed(from, line), to: objectNamed(to, line) };
  });
}

/** What pushes are judged with. */
interface Bench {
  readonly place: ClientPlace;
  readonly reader: SkillReader;
  readonly branch: DefaultBranch;
  readonly judgement: Judgement;
}

async function linesOf(bench: Bench, moves: readonly RefMove[]): Promise<readonly string[]> {
  const { place, reader, branch, judgement } = bench;
  const updates: RefUpdate[] = [];
  for (const { ref, from, to } of moves) {
    // What the remote has and this clone has not fetched yet cannot be compared with.
    const isKnown = from !== undefined && (await place.objects.has(from));
    updates.push({ ref, before: isKnown ? from : undefined, after: to });
  }
  const verdicts = await judgeRefs(reader, updates, { ...judgement, governing: branch });
  const refusals = verdicts.flatMap(({ verdict }) => refusalsOf(verdict));
  return [...new Set(refusals.map(refusalLine))];
}

/** A log that is pushed at the same time counts, as it does on the server. */
function pushedLog(log: GateLog, moves: readonly RefMove[], ref: string): string | undefined {
  const to = moves.find((move) => move.ref === ref)?.to;
  if (to === undefined || to === log.tip) return undefined;
  const failure = log.advance(to);
  return failure === undefined ? undefined : `${ref}: ${failure.reason}: ${failureWords(failure)}`;
}

function logRefThere(policy: RepositoryPolicy, { logDir, logRef }: HookConfig): HookConfig {
  const { id, ref } = policy.log;
  return {
    logDir: ref === undefined ? (logDir ?? '/') : undefined,
    logRef: ref ?? logRef,
    logId: id,
  };
}

/**
 * Judges a push before it is sent (githooks(5), `pre-push`): as the server will, by the policy and the log that this clone has.
 * @throws GitkelError when what is pushed cannot be judged.
 */
export async function prePush(run: ClientRun): Promise<HookAnswer> {
  const moves = parsePushedRefs(run.input);
  const [remote = 'origin'] = run.args;
  if (moves.length === 0) return passed();
  return inClient(run, async (place) => {
    const { host, repository, objects } = place;
    const reader = skillReader(host.crypto, objects);
    const branch = defaultBranch(host, repository, remote);
    const policy = await clientPolicy(reader, branch);
    if (policy === undefined || branch === undefined) return passed();
    const config = clientLog(host, repository, policy, branch.remote);
    if (config === undefined)
      return passed([
        `note: skills were not judged: this clone has no copy of the log ${policy.log.id}; name one: gitkel hook install --pre-push --log DIR`,
      ]);
    const there = logRefThere(policy, config);
    const content = moves.filter(({ ref }) => refKind(there, branch.ref, ref) === 'content');
    const lines = await withLog(place, config, async (log) => {
      const problem = there.logDir === undefined ? pushedLog(log, moves, there.logRef) : undefined;
      if (problem !== undefined) return [problem];
      const judgement = judgementBy(policy, skillLog(log), dayOfSeconds(host.now()));
      return linesOf({ place, reader, branch, judgement }, content);
    });
    if (lines.length === 0) return passed();
    return warned(
      lines,
      'nothing was pushed: the server would refuse it, unless it knows more of the log; to push all the same: git push --no-verify',
    );
  });
}
