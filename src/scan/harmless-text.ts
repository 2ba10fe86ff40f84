import { quoted } from '../base/errors.ts';

/** Characters of what was found that a finding shows. */
const SHOWN = 160;

/** What was found, as a finding shows it: quoted, printable ASCII alone, not too long. */
export function harmlessText(text: string): string {
  return quoted(text.slice(0, SHOWN), SHOWN);
}
