/**
 * Who is one party: identifiers that somebody controls together.
 * @module
 */
import type { Control, Issued, Said } from './facts.ts';

/** Whoever stands behind a statement: its controller, and everybody who controls that. */
export function behind({
  controller,
  foldedController,
  above = [],
}: Pick<Said, 'controller'> & Control): readonly string[] {
  return [foldedController, controller, ...above];
}

/** Whether somebody stands behind both of two statements. */
export function areOneParty(one: Issued, other: Issued): boolean {
  const those = new Set(behind(other));
  return behind(one).some((aid) => those.has(aid));
}

/** Of each list one of those who are first in the lists of its party: whoever is in two of the lists makes them one. */
export function partiesOf(lists: readonly (readonly string[])[]): readonly string[] {
  const next = new Map<string, string>();
  const end = (aid: string): string => {
    let at = aid;
    for (let to = next.get(at); to !== undefined; to = next.get(at)) at = to;
    return at;
  };
  for (const [first, ...others] of lists) {
    for (const other of others) {
      const [one, two] = [end(first ?? ''), end(other)];
      if (one !== two) next.set(two, one);
    }
  }
  const ends = lists.map(([first]) => end(first ?? ''));
  // By a name that does not depend on the order of the lists.
  const names = new Map<string, string>();
  for (const [index, [first = '']] of lists.entries()) {
    const at = ends[index] ?? '';
    const name = names.get(at);
    if (name === undefined || first < name) names.set(at, first);
  }
  return ends.map((at) => names.get(at) ?? at);
}

/** How many parties there are. */
export function countParties(lists: readonly (readonly string[])[]): number {
  return new Set(partiesOf(lists)).size;
}
