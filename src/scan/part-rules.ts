import type { Spotted } from './finding.ts';
import { hiddenTags } from './hidden-characters.ts';
import type { ScanPart } from './scan-part.ts';

/** What one rule, or a few that look at the same, spots in a part. */
export type PartRule = (part: ScanPart) => Iterable<Spotted>;

/** Every rule that looks at one part by itself, in code. */
export const PART_RULES: readonly PartRule[] = [hiddenTags];
