import type { Contents } from './contents.ts';
import { countsAt, type LinkEntry } from './link-entry.ts';

/** How an AID that is the device of a controller stands to it at some position. */
export interface ActingFor {
  readonly controller: string;
  /** The SAID of the link record. */
  readonly link: string;
  /** What the controller calls it: text of others. */
  readonly name: string;
  readonly capabilities: readonly string[];
  /** Whether the AID was its device at that position: what it seals there counts, as far as its capabilities go. */
  readonly linked: boolean;
  readonly why: string;
}

function reason({ position: linkedAt, revocation }: LinkEntry, position: number): string {
  if (position <= linkedAt) return `at position ${position}, not after the link at ${linkedAt}`;
  if (revocation === undefined) return `at position ${position}, after the link at ${linkedAt}`;
  return position < revocation.position
    ? `at position ${position}, after the link at ${linkedAt} and before its revocation at ${revocation.position}`
    : `at position ${position}, not before the revocation at ${revocation.position}`;
}

/** For whom an AID may act, by its links, and whether it may at a position. */
export function actingFor(
  contents: Contents,
  device: string,
  position: number,
): readonly ActingFor[] {
  return contents.records.linksTo(device).map((entry) => ({
    controller: entry.controller,
    link: entry.said,
    name: entry.link.name,
    capabilities: entry.link.capabilities,
    linked: countsAt(entry, position),
    why: reason(entry, position),
  }));
}

/** The batches that hold an event of an AID or evidence about it, or link or revoke it as a device; ascending, each once. */
export function positionsOf(contents: Contents, aid: string): readonly number[] {
  const kel = contents.kel(aid);
  const own = Array.from(
    { length: kel?.accepted ?? 0 },
    (_, place) => kel?.acceptedEvent(place)?.position ?? 0,
  );
  const linked = contents.records
    .everyLinkTo(aid)
    .flatMap(({ position, revocation }) => [
      position,
      ...(revocation === undefined ? [] : [revocation.position]),
    ]);
  const marked = contents.marks.of(aid).map(({ position }) => position);
  return [...new Set([...own, ...linked, ...marked])].toSorted((a, b) => a - b);
}
