/**
 * What the vouches of a log say, as trust is computed from it.
 * @module
 */
import { parseDay } from '../base/day.ts';
import { LIMITS } from '../base/limits.ts';
import type { Contents } from '../log/contents.ts';
import type { VouchEntry } from '../log/trust-entry.ts';
import type { VouchFact } from '../trust/facts.ts';
import type { VouchesOf } from '../trust/network.ts';
import { controlOf, standingOf } from './issued-fact.ts';

/** @param dayOf `parseDay`, which many vouches ask for the same days */
function vouchFact(
  contents: Contents,
  entry: VouchEntry,
  isDoubted: boolean,
  dayOf: (text: string) => number,
): VouchFact {
  const { said, issuer, sn, controller, position } = entry;
  const { aid, level, scope, grants, from, until } = entry;
  const { standing: how, why } = standingOf(contents, entry, isDoubted);
  return {
    said,
    issuer,
    sn,
    controller,
    findControl: () => controlOf(contents, controller, position),
    position,
    standing: how,
    why,
    about: aid,
    level,
    scope,
    grants,
    from: dayOf(from),
    until: dayOf(until),
  };
}

/**
 * The vouches in the name of a controller, each judged when it is asked for. In a log with few vouches all of them are read
 * at once: that is less than to look up those of each controller.
 */
export function vouchesIn(contents: Contents): VouchesOf {
  const { trust } = contents.records;
  const few = trust.atOnce(LIMITS.vouchesAtOnce);
  const isDoubted = (aid: string): boolean => few?.doubted.has(aid) ?? trust.isDoubted(aid);
  const byOwner = new Map<string, VouchEntry[]>();
  for (const entry of few?.vouches ?? []) {
    const own = byOwner.get(entry.controller);
    if (own === undefined) byOwner.set(entry.controller, [entry]);
    else own.push(entry);
  }
  const days = new Map<string, number>();
  const dayOf = (text: string): number => {
    const day = days.get(text) ?? parseDay(text);
    days.set(text, day);
    return day;
  };
  return function* vouches(aid) {
    const entries = few === undefined ? trust.vouchesBy(aid) : (byOwner.get(aid) ?? []);
    for (const entry of entries) {
      if (entry.controller !== aid) continue;
      const fact = vouchFact(contents, entry, isDoubted(entry.issuer), dayOf);
      // What strangers say in the name of a controller is nothing that it said.
      if (fact.standing !== 'void' || entry.issuer === aid) yield fact;
    }
  };
}
