/**
 * Who stands behind an identifier: several that one party controls count as one.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { Contents } from './contents.ts';

/**
 * The identifiers one step up: the delegator, and the controllers that linked it as a device and had not revoked it at a
 * position. A link that a recovery took back is none.
 */
function above({ kel, records }: Above, aid: string, position: number): readonly string[] {
  const delegator = kel(aid)?.state.delegator;
  const linking = records
    .linksTo(aid)
    .filter(({ revocation }) => revocation === undefined || revocation.position > position)
    .map(({ controller }) => controller);
  return delegator === undefined ? linking : [delegator, ...linking];
}

interface Above extends Pick<Contents, 'records'> {
  readonly kel: (aid: string) => ReturnType<Contents['kel']>;
}

/** Who controls an identifier as of a position. */
export interface Controllers {
  /**
   * The root: of several controllers of a device the first one, and so on. Where that leads in a circle, the first of the
   * circle by its text, so that all in it have the same.
   */
  readonly folded: string;
  /** Everybody who controls it by any way, those one step up first. */
  readonly above: readonly string[];
}

/** The end of the way that always leads to the first of those one step up. */
function foldedBy(firstAbove: (aid: string) => string | undefined, aid: string): string {
  const path = [aid];
  for (let depth = 0; depth < LIMITS.delegationDepth; depth++) {
    const first = firstAbove(path.at(-1) ?? aid);
    if (first === undefined) break;
    const at = path.indexOf(first);
    if (at >= 0) return path.slice(at).toSorted()[0] ?? aid;
    path.push(first);
  }
  return path.at(-1) ?? aid;
}

/** Those that stand above an identifier as of a position: its delegators, and whoever has it as a device, and so on. */
export function controllersOf(contents: Contents, aid: string, position: number): Controllers {
  const ground: Above = { kel: (one) => contents.kel(one), records: contents.records };
  const steps = new Map<string, readonly string[]>();
  const stepUp = (one: string): readonly string[] => {
    const next = steps.get(one) ?? above(ground, one, position);
    steps.set(one, next);
    return next;
  };
  const all = new Set<string>(stepUp(aid));
  for (const one of all) {
    if (steps.size > LIMITS.controllersAbove) break;
    for (const next of stepUp(one)) all.add(next);
  }
  return { folded: foldedBy((one) => stepUp(one)[0], aid), above: [...all] };
}

/** The root of the controllers of an identifier as of a position: several that have the same count as one. */
export function foldedController(contents: Contents, aid: string, position: number): string {
  return controllersOf(contents, aid, position).folded;
}
