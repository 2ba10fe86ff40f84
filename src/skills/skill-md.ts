/**
 * `SKILL.md` by the Agent Skills specification. Publishers keep the rules of every known validator, so that all of them take
 * the skill and understand the same; installers are told what is broken, and refuse only what nobody could load.
 * @module
 */
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { splitAllowedTools } from './allowed-tools.ts';
import type { YamlValue } from './bounded-yaml.ts';
import {
  type Frontmatter,
  type FrontmatterProblem,
  type FrontmatterQuirk,
  readFrontmatter,
} from './frontmatter.ts';

/** `publish` is strict, `install` lenient. */
export type SkillMdMode = 'publish' | 'install';

export type SkillMdReason =
  | FrontmatterProblem
  | FrontmatterQuirk
  | 'field-unknown'
  | 'field-type'
  | 'hidden-characters'
  | 'name-missing'
  | 'name-length'
  | 'name-form'
  | 'name-directory'
  | 'description-missing'
  | 'description-length'
  | 'description-markup'
  | 'compatibility-length'
  | 'tools-list'
  | 'tools-commas'
  | 'tools-parentheses'
  | 'body-length';

export interface SkillMdFinding {
  /** An error refuses the skill in the mode that was asked for. */
  readonly severity: 'error' | 'warning';
  readonly reason: SkillMdReason;
  readonly detail: string;
}

/** What a `SKILL.md` says. */
export interface SkillMd {
  readonly name: string;
  readonly description: string;
  readonly license: string | undefined;
  readonly compatibility: string | undefined;
  /** Values that are text; others are left out, with a finding. */
  readonly metadata: ReadonlyMap<string, string>;
  /** What the skill asks to use without being asked: a wish, never a limit. */
  readonly allowedTools: readonly string[];
  /** Names of fields that the specification does not have. */
  readonly otherFields: readonly string[];
  readonly body: string;
}

export type SkillMdReport =
  | {
      readonly outcome: 'valid';
      readonly skill: SkillMd;
      readonly findings: readonly SkillMdFinding[];
    }
  | { readonly outcome: 'invalid'; readonly findings: readonly SkillMdFinding[] };

const FIELDS: ReadonlySet<string> = new Set([
  'name',
  'description',
  'license',
  'compatibility',
  'metadata',
  'allowed-tools',
]);

/** The specification's numbers, in characters and lines. */
const LONGEST = { name: 64, description: 1_024, compatibility: 500, bodyLines: 500 } as const;

/** Nobody could load the skill: refused for installers too. */
const ALWAYS_ERRORS: ReadonlySet<SkillMdReason> = new Set<SkillMdReason>([
  'yaml-bounds',
  'yaml-syntax',
  'yaml-duplicate',
  'yaml-feature',
  'skill-md-encoding',
  'skill-md-no-frontmatter',
  'skill-md-too-large',
  'skill-md-not-a-map',
  'name-missing',
  'description-missing',
]);
/** Advice of the specification: refused for nobody. */
const ALWAYS_WARNINGS: ReadonlySet<SkillMdReason> = new Set<SkillMdReason>(['body-length']);

const QUIRKS: Readonly<Record<FrontmatterQuirk, string>> = {
  bom: 'the file begins with a byte order mark',
  crlf: 'lines end in CR LF; some readers find no frontmatter then',
  'delimiter-spaces': 'spaces follow on a line of "---"',
  'inner-dashes': '"---" stands in the frontmatter; some readers end it there',
  'bare-colon': 'a value with a colon has no quotes; some readers refuse it',
};

/** Characters that people do not see and models read: directions, joiners, tags, fillers, controls. */
const HIDDEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u;

const lengthOf = (text: string): number => Array.from(text).length;

type Report = (reason: SkillMdReason, detail: string) => void;

interface Reading {
  readonly fields: ReadonlyMap<string, YamlValue>;
  readonly report: Report;
}

/** The text of a field; `undefined` when it is not there, or no text. */
function textField({ fields, report }: Reading, key: string): string | undefined {
  const value = fields.get(key);
  if (value === undefined) return undefined;
  if (value.kind !== 'text') {
    report('field-type', `"${key}" must be text`);
    return undefined;
  }
  // What stands there empty is no value, for every reader.
  if (value.looksTyped && value.text !== '')
    report('field-type', `"${key}" must be text: put ${quoted(value.text)} in quotes`);
  return value.text;
}

function checkName(reading: Reading, directoryName: string | undefined): string {
  const { report } = reading;
  const name = textField(reading, 'name')?.trim() ?? '';
  if (name === '' || name.length > LIMITS.skillNameCharacters || /\p{Cc}/u.test(name)) {
    report('name-missing', 'there is no "name", or none that can be used');
    return '';
  }
  if (lengthOf(name) > LONGEST.name)
    report('name-length', `"name" has more than ${LONGEST.name} characters`);
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))
    report('name-form', `"name" is ${quoted(name)}: only a-z, 0-9 and single hyphens between them`);
  if (directoryName !== undefined && directoryName !== name)
    report(
      'name-directory',
      `"name" is ${quoted(name)}, but the directory is called ${quoted(directoryName)}`,
    );
  if (HIDDEN.test(name)) report('hidden-characters', '"name" holds characters that are not seen');
  return name;
}

function checkDescription(reading: Reading): string {
  const { report } = reading;
  const description = textField(reading, 'description')?.trim() ?? '';
  if (description === '') report('description-missing', 'there is no "description"');
  if (lengthOf(description) > LONGEST.description)
    report('description-length', `"description" has more than ${LONGEST.description} characters`);
  if (/[<>]/.test(description))
    report('description-markup', '"description" holds < or >, which prompts take for markup');
  if (HIDDEN.test(description))
    report('hidden-characters', '"description" holds characters that are not seen');
  return description;
}

function checkCompatibility(reading: Reading): string | undefined {
  const text = textField(reading, 'compatibility');
  if (text !== undefined && (text.trim() === '' || lengthOf(text) > LONGEST.compatibility)) {
    reading.report(
      'compatibility-length',
      `"compatibility" must have 1 to ${LONGEST.compatibility} characters`,
    );
  }
  return text;
}

function checkMetadata({ fields, report }: Reading): ReadonlyMap<string, string> {
  const value = fields.get('metadata');
  const metadata = new Map<string, string>();
  if (value === undefined) return metadata;
  if (value.kind !== 'map') {
    report('field-type', '"metadata" must be a mapping of names to text');
    return metadata;
  }
  for (const [key, item] of value.entries) {
    if (item.kind !== 'text' || item.looksTyped)
      report('field-type', `"metadata" must map names to text: put ${quoted(key)} in quotes`);
    if (item.kind === 'text') metadata.set(key, item.text);
  }
  return metadata;
}

function checkTools({ fields, report }: Reading): readonly string[] {
  const value = fields.get('allowed-tools');
  if (value === undefined) return [];
  if (value.kind === 'map') {
    report('field-type', '"allowed-tools" must be text');
    return [];
  }
  if (value.kind === 'list') report('tools-list', '"allowed-tools" is a list: write it as text');
  const texts = value.kind === 'text' ? [value] : value.items;
  return texts.flatMap((item) => {
    if (item.kind !== 'text') {
      report('field-type', '"allowed-tools" must hold text');
      return [];
    }
    const { tools, hasCommas, isBalanced } = splitAllowedTools(item.text);
    if (hasCommas) report('tools-commas', '"allowed-tools" has commas: part them by spaces');
    if (!isBalanced) report('tools-parentheses', '"allowed-tools" has an odd parenthesis');
    return tools;
  });
}

function readFields(
  frontmatter: Frontmatter & { readonly ok: true },
  directoryName: string | undefined,
  report: Report,
): SkillMd {
  const { entries, body, quirks } = frontmatter;
  for (const quirk of quirks) report(quirk, QUIRKS[quirk]);
  const reading = { fields: new Map(entries), report };
  const otherFields = entries.map(([key]) => key).filter((key) => !FIELDS.has(key));
  for (const key of otherFields)
    report('field-unknown', `${quoted(key)} is no field of the specification`);
  if (body.split('\n').length > LONGEST.bodyLines)
    report('body-length', `the text has more than ${LONGEST.bodyLines} lines`);
  return {
    name: checkName(reading, directoryName),
    description: checkDescription(reading),
    license: textField(reading, 'license'),
    compatibility: checkCompatibility(reading),
    metadata: checkMetadata(reading),
    allowedTools: checkTools(reading),
    otherFields,
    body,
  };
}

/**
 * Checks the bytes of a `SKILL.md`. Never throws for what they hold.
 * @param directoryName the name of the directory that holds it, where there is one
 */
export function checkSkillMd(
  bytes: Uint8Array,
  mode: SkillMdMode,
  directoryName?: string,
): SkillMdReport {
  const findings: SkillMdFinding[] = [];
  const report: Report = (reason, detail) => {
    const isError =
      ALWAYS_ERRORS.has(reason) || (mode === 'publish' && !ALWAYS_WARNINGS.has(reason));
    if (findings.length < LIMITS.skillProblems)
      findings.push({ severity: isError ? 'error' : 'warning', reason, detail });
  };
  const frontmatter = readFrontmatter(bytes);
  if (!frontmatter.ok) {
    report(frontmatter.reason, frontmatter.detail);
    return { outcome: 'invalid', findings };
  }
  const skill = readFields(frontmatter, directoryName, report);
  return findings.some(({ severity }) => severity === 'error')
    ? { outcome: 'invalid', findings }
    : { outcome: 'valid', skill, findings };
}
