/**
 * Who stands behind an identifier: several that one party controls count as one.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { Contents } from './contents.ts';

/**
 * The identifiers one step up: the delegator; else the controllers that linked it as a device and had not revoked it at a
 * position. A link that a recovery took back is none.
 */
function above({ kel, records }: Above, aid: string, position: number): readonly string[] {
  const delegator = kel(aid)?.state.delegator;
  if (delegator !== undefined) return [delegator];
  return records
    .linksTo(aid)
    .filter(({ revocation }) => revocation === undefined || revocation.position > position)
    .map(({ controller }) => controller);
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
  /** Everybody on the way there, and who else has one of them as a device. */
  readonly above: readonly string[];
}

/** Those that stand above an identifier as of a position: its delegators, and whoever has it as a device. */
export function controllersOf(contents: Contents, aid: string, position: number): Controllers {
  const ground: Above = { kel: (one) => contents.kel(one), records: contents.records };
  const path = [aid];
  const all = new Set<string>();
  for (let depth = 0; depth < LIMITS.delegationDepth; depth++) {
    const next = above(ground, path.at(-1) ?? aid, position);
    const [first] = next;
    if (first === undefined) break;
    for (const one of next) all.add(one);
    const at = path.indexOf(first);
    if (at >= 0) return { folded: path.slice(at).toSorted()[0] ?? aid, above: [...all] };
    path.push(first);
  }
  return { folded: path.at(-1) ?? aid, above: [...all] };
}

/** The root of the controllers of an identifier as of a position: several that have the same count as one. */
export function foldedController(contents: Contents, aid: string, position: number): string {
  return controllersOf(contents, aid, position).folded;
}
