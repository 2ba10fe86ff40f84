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

/** How many parties there are, where whoever is in two of the lists makes them one. Of each list the first is in it. */
export function countParties(lists: readonly (readonly string[])[]): number {
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
  return new Set(lists.map(([first]) => end(first ?? ''))).size;
}
