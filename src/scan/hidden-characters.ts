import type { Spotted } from './finding.ts';
import type { ScanPart } from './scan-part.ts';

/** The characters of the tag block: `F3 A0 80 80` to `F3 A0 81 BF`. */
const TAGS = /(?:\u00f3\u00a0[\u20ac\u0081][\s\S]){1,4096}/g;

/** What the tag characters spell. */
export function* hiddenTags(part: ScanPart): Generator<Spotted> {
  for (const match of part.characters().matchAll(TAGS)) {
    const [found] = match;
    yield {
      rule: 'UNI-01',
      start: match.index,
      end: match.index + found.length,
      detail: `${found.length / 4} characters of the tag block`,
    };
  }
}
