/**
 * How far each AID is trusted for a question: the best path from a root, as strong as its weakest step, unless somebody
 * who is heard distrusts it. What is said in the log's statements counts whatever the order in which it is given.
 * @module
 */
import type { Criteria } from './criteria.ts';
import type { Issued, VouchFact } from './facts.ts';
import { carriesTrust, rankOf, TRUST_LEVELS, type TrustLevel } from './level.ts';
import { startsOf, type TrustNetwork } from './network.ts';
import { type Reached, spread } from './paths.ts';
import { takesIn, takesInName, type TrustQuestion } from './scope.ts';
import type { TrustPolicy, TrustRoot } from './trust-policy.ts';

/** How an AID is trusted. */
export interface Trusted {
  readonly level: TrustLevel;
  readonly reached: Reached;
}

/** The answer to one question about trust, for everybody whom the roots reach. */
export interface EffectiveTrust {
  readonly trusted: ReadonlyMap<string, Trusted>;
  /** Who is distrusted, and by what: the first vouch that says so, or `undefined` for the viewer's own word. */
  readonly removed: ReadonlyMap<string, VouchFact | undefined>;
}

/** Whom the viewer's own word takes all trust from, of those by whom something is said: issuer, controller, and who controls that. */
export function ownDistrusted(
  { issuer, controller, above = [], foldedController }: Issued,
  removed: EffectiveTrust['removed'],
): string | undefined {
  return [controller, foldedController, ...above, issuer].find(
    (aid) => removed.has(aid) && removed.get(aid) === undefined,
  );
}

/** The levels that paths along some steps of a network come to. */
function levelsOf(
  roots: readonly TrustRoot[],
  { levels }: TrustNetwork,
  stepsFrom: (aid: string) => readonly VouchFact[],
  closed: { has(aid: string): boolean },
): ReadonlyMap<string, Trusted> {
  const trusted = new Map<string, Trusted>();
  for (const level of TRUST_LEVELS.toReversed()) {
    // Where nobody says a level, nothing is found at it that was not found at the next higher one.
    if (!levels.has(level) && roots.every((root) => root.level !== level)) continue;
    const rank = rankOf(level);
    const starts = startsOf(roots.filter((root) => rankOf(root.level) >= rank));
    for (const [aid, reached] of spread(starts, stepsFrom, rank, closed))
      if (!trusted.has(aid)) trusted.set(aid, { level, reached });
  }
  return trusted;
}

/**
 * Whether something said takes in a question. Where no criterion is asked about, trust in the judgement of some counts, and
 * distrust of it does not.
 */
function answers(
  criteria: Criteria,
  { level, scope }: Pick<VouchFact, 'level' | 'scope'>,
  question: TrustQuestion,
): boolean {
  const isLimited = question.criterion === undefined && scope.criteria !== undefined;
  return !(isLimited && level === 'distrust') && takesIn(criteria, scope, question);
}

function ownDistrust(
  { roots, criteria }: TrustPolicy,
  question: TrustQuestion,
): ReadonlySet<string> {
  const distrusted = roots.filter(
    (root) => root.level === 'distrust' && answers(criteria, root, question),
  );
  return new Set(distrusted.map(({ aid }) => aid));
}

/**
 * Who is heard about skills of a name: whom roots and vouches ever led to, whatever became of these vouches since, and
 * whatever criteria they are limited to. Only the viewer's own distrust silences.
 */
export function heardLevels(
  policy: TrustPolicy,
  network: TrustNetwork,
  name: string,
): ReadonlyMap<string, Trusted> {
  const roots = policy.roots.filter(({ scope }) => takesInName(scope, name));
  const all = (aid: string): readonly VouchFact[] => network.vouches.get(aid) ?? [];
  const stepsFrom = (aid: string): readonly VouchFact[] =>
    network.names.size === 0 ? all(aid) : all(aid).filter(({ scope }) => takesInName(scope, name));
  return levelsOf(roots, network, stepsFrom, ownDistrust(policy, { name }));
}

/** What one controller says about another one in answer to a question. */
interface Say {
  /** What carries trust: the newest vouch, if it does and is in force. */
  readonly trust: VouchFact | undefined;
  /** What distrusts: every vouch in force that does, and was followed by none that does not. */
  readonly distrust: readonly VouchFact[];
}

function isInForce({ standing, from, until }: VouchFact, now: number, lasts: boolean): boolean {
  return standing === 'counts' && from <= now && (lasts || now < until);
}

/**
 * The newest vouch takes the place of the older ones, also when it has expired or was taken back since: so nothing comes
 * back by being contradicted. Distrust takes the place of trust, not of distrust. By a device whom the viewer distrusts
 * nobody is trusted.
 */
function sayOf(
  vouches: readonly VouchFact[],
  { now, lasts, own }: { now: number; lasts: boolean; own: ReadonlySet<string> },
): Say {
  const newest = vouches.at(-1);
  const trust =
    newest !== undefined &&
    carriesTrust(newest.level) &&
    isInForce(newest, now, lasts) &&
    !own.has(newest.issuer)
      ? newest
      : undefined;
  if (newest?.level !== 'distrust') return { trust, distrust: NONE };
  const kinder = vouches.findLastIndex(({ level }) => level !== 'distrust');
  const distrust = vouches.slice(kinder + 1).filter((each) => isInForce(each, now, false));
  return { trust, distrust };
}

const NONE: readonly VouchFact[] = [];

interface Says {
  readonly trust: ReadonlyMap<string, readonly VouchFact[]>;
  readonly distrust: readonly VouchFact[];
}

function saysOf(
  criteria: Criteria,
  { pairs }: TrustNetwork,
  question: TrustQuestion,
  terms: Parameters<typeof sayOf>[1],
): Says {
  const trust = new Map<string, readonly VouchFact[]>();
  const distrust: VouchFact[] = [];
  for (const [aid, all] of pairs) {
    const carrying: VouchFact[] = [];
    for (const pair of all) {
      const answering = pair.every((vouch) => answers(criteria, vouch, question));
      const those = answering ? pair : pair.filter((vouch) => answers(criteria, vouch, question));
      const say = sayOf(those, terms);
      if (say.trust !== undefined) carrying.push(say.trust);
      distrust.push(...say.distrust);
    }
    trust.set(aid, carrying);
  }
  return { trust, distrust };
}

function isEarlier(one: VouchFact, other: VouchFact): boolean {
  return one.position === other.position ? one.said < other.said : one.position < other.position;
}

/**
 * How far each AID is trusted. Distrust of an AID by somebody who was ever trusted as far as that AID is now takes all trust
 * from it, and with it what only paths through it lead to. That may lower others, so that distrust reaches them, too:
 * it is repeated until nothing changes. Since distrust only ever takes away, and who distrusts is heard whether distrusted
 * or not, the end is the same in whatever order that happens.
 * @param heard who is heard about skills of the name that is asked about
 * @param lasts whether vouches count as if they did not expire
 */
export function effectiveTrust(
  policy: TrustPolicy,
  network: TrustNetwork,
  heard: ReadonlyMap<string, Trusted>,
  question: TrustQuestion,
  now: number,
  lasts = false,
): EffectiveTrust {
  const { criteria } = policy;
  const own = ownDistrust(policy, question);
  const { trust, distrust } = saysOf(criteria, network, question, { now, lasts, own });
  const roots = policy.roots.filter(({ scope }) => takesIn(criteria, scope, question));
  const removed = new Map<string, VouchFact | undefined>([...own].map((aid) => [aid, undefined]));
  for (;;) {
    const trusted = levelsOf(roots, network, (aid) => trust.get(aid) ?? [], removed);
    const found = new Map<string, VouchFact>();
    for (const vouch of distrust) {
      const { about, controller } = vouch;
      const rank = rankOf(heard.get(controller)?.level);
      if (removed.has(about) || rank === 0 || rank < rankOf(trusted.get(about)?.level)) continue;
      const other = found.get(about);
      if (other === undefined || isEarlier(vouch, other)) found.set(about, vouch);
    }
    if (found.size === 0) return { trusted, removed };
    for (const [aid, vouch] of found) removed.set(aid, vouch);
  }
}
