import { exposedSecrets, templateAddresses, unnamedAddresses } from './addresses.ts';
import { payments, wordsToScanners } from './conduct.ts';
import { encodedBlocks, packedScripts } from './encoded-blocks.ts';
import { farText } from './far-text.ts';
import { disguisedFiles } from './file-form.ts';
import type { Spotted } from './finding.ts';
import {
  automaticFiles,
  expansions,
  frontmatterHooks,
  greedyDescription,
  installScripts,
} from './frontmatter-rules.ts';
import { hiddenTags, invisibleCharacters, turnedText } from './hidden-characters.ts';
import { impostors, packageImpostors } from './impostors.ts';
import { knownSecrets } from './known-secrets.ts';
import { misleadingName, mixedScripts } from './mixed-scripts.ts';
import type { ScanPart } from './scan-part.ts';

/** What one rule, or a few that look at the same, spots in a part. */
export type PartRule = (part: ScanPart) => Iterable<Spotted>;

/** What looks at a part by its name and its form, whatever it is. */
const FORM_RULES: readonly PartRule[] = [automaticFiles, disguisedFiles, misleadingName];

/** What looks at the text of a part. */
const TEXT_RULES: readonly PartRule[] = [
  hiddenTags,
  turnedText,
  invisibleCharacters,
  mixedScripts,
  farText,
  frontmatterHooks,
  expansions,
  installScripts,
  greedyDescription,
  impostors,
  packageImpostors,
  unnamedAddresses,
  templateAddresses,
  exposedSecrets,
  knownSecrets,
  encodedBlocks,
  packedScripts,
  payments,
  wordsToScanners,
];

/** Every rule in code that looks at one part by itself. */
export function rulesFor(part: ScanPart): readonly PartRule[] {
  return part.isText ? [...FORM_RULES, ...TEXT_RULES] : FORM_RULES;
}
