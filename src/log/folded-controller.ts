/**
 * Who stands behind an identifier: several that one party controls count as one.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { Contents } from './contents.ts';

/**
 * The identifier one step up: the delegator; else the controller that linked it as a device and had not revoked it at a
 * position. A link that a recovery took back is none.
 */
function above({ kel, records }: Above, aid: string, position: number): string | undefined {
  const delegator = kel(aid)?.state.delegator;
  if (delegator !== undefined) return delegator;
  return records
    .linksTo(aid)
    .find(({ revocation }) => revocation === undefined || revocation.position > position)
    ?.controller;
}

interface Above extends Pick<Contents, 'records'> {
  readonly kel: (aid: string) => ReturnType<Contents['kel']>;
}

/**
 * The identifier at the root of those that stand above another one as of a position: its delegators, and whoever has it as
 * a device. Where these lead in a circle, the first of the circle by its text, so that all in it have the same.
 */
export function foldedController(contents: Contents, aid: string, position: number): string {
  const ground: Above = { kel: (one) => contents.kel(one), records: contents.records };
  const path = [aid];
  for (let depth = 0; depth < LIMITS.delegationDepth; depth++) {
    const next = above(ground, path.at(-1) ?? aid, position);
    if (next === undefined) break;
    const at = path.indexOf(next);
    if (at >= 0) return path.slice(at).toSorted()[0] ?? aid;
    path.push(next);
  }
  return path.at(-1) ?? aid;
}
