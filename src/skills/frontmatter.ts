/**
 * The YAML between two lines of `---` at the start of a `SKILL.md` (Agent Skills specification, "Frontmatter").
 * @module
 */
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { parseBoundedYaml, type YamlProblem, type YamlValue } from './bounded-yaml.ts';

/** What keeps a file from having a frontmatter at all. */
export type FrontmatterProblem =
  | YamlProblem
  | 'skill-md-encoding'
  | 'skill-md-no-frontmatter'
  | 'skill-md-too-large'
  | 'skill-md-not-a-map';

/** What some readers take and others refuse, or understand otherwise. */
export type FrontmatterQuirk = 'bom' | 'crlf' | 'delimiter-spaces' | 'inner-dashes' | 'bare-colon';

export type Frontmatter =
  | {
      readonly ok: true;
      readonly entries: readonly (readonly [string, YamlValue])[];
      /** The Markdown below, as it stands there. */
      readonly body: string;
      readonly quirks: readonly FrontmatterQuirk[];
    }
  | { readonly ok: false; readonly reason: FrontmatterProblem; readonly detail: string };

const BOM = '\ufeff';

function refused(reason: FrontmatterProblem, detail: string): Frontmatter & { readonly ok: false } {
  return { ok: false, reason, detail };
}

/**
 * A colon and a space inside of a value that is not quoted are YAML's mark for a mapping. Where a line at the top level has
 * one, the author meant text: it is quoted.
 */
function withQuotes(yaml: string): string {
  return yaml
    .split('\n')
    .map((line) => {
      const [, key, value] = /^([\w-]+):[ \t]+([^\s"'|>[{&*!#%@`].*:(?:\s.*)?)$/.exec(line) ?? [];
      return key === undefined || value === undefined
        ? line
        : `${key}: ${JSON.stringify(value.trimEnd())}`;
    })
    .join('\n');
}

function parsed(yaml: string, body: string, quirks: FrontmatterQuirk[]): Frontmatter {
  let result = parseBoundedYaml(yaml);
  if (!result.ok && result.reason === 'yaml-syntax') {
    const again = parseBoundedYaml(withQuotes(yaml));
    if (again.ok) {
      result = again;
      quirks.push('bare-colon');
    }
  }
  if (!result.ok) return refused(result.reason, result.detail);
  if (result.value.kind !== 'map')
    return refused('skill-md-not-a-map', 'the frontmatter is no mapping of names to values');
  return { ok: true, entries: result.value.entries, body, quirks };
}

/** Splits a `SKILL.md` and parses its frontmatter. Never throws for what the bytes hold. */
export function readFrontmatter(bytes: Uint8Array): Frontmatter {
  const whole = fromUtf8(bytes);
  if (whole === undefined) return refused('skill-md-encoding', 'the file is not UTF-8 text');
  const quirks: FrontmatterQuirk[] = [];
  const text = whole.startsWith(BOM) ? whole.slice(1) : whole;
  if (text !== whole) quirks.push('bom');
  const opening = /^---([ \t]*)\r?\n/.exec(text);
  if (opening === null)
    return refused('skill-md-no-frontmatter', 'the first line of the file is not "---"');
  const below = text.slice(opening[0].length);
  const closing = /(^|\n)---([ \t]*)(?:\r?\n|\r?$)/.exec(below);
  if (closing === null)
    return refused('skill-md-no-frontmatter', 'no line "---" ends the frontmatter');
  const [end = '', before = '', spaces = ''] = closing;
  const yaml = below.slice(0, closing.index + before.length);
  if (utf8(yaml).length > LIMITS.frontmatterBytes) {
    return refused(
      'skill-md-too-large',
      `the frontmatter has more than ${LIMITS.frontmatterBytes} bytes`,
    );
  }
  if (`${opening[0]}${yaml}${end}`.includes('\r')) quirks.push('crlf');
  if (`${opening[1]}${spaces}` !== '') quirks.push('delimiter-spaces');
  if (yaml.includes('---')) quirks.push('inner-dashes');
  const body = below.slice(closing.index + end.length);
  return parsed(yaml.replaceAll('\r\n', '\n'), body, quirks);
}
