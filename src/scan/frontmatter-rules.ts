/**
 * What agents run or obey by themselves: hooks in a frontmatter, commands that are expanded when text is loaded, files that
 * tools take by their names; and descriptions that push a skill forward.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { readFrontmatter } from '../skills/frontmatter.ts';
import type { Spotted } from './finding.ts';
import { harmlessText } from './harmless-text.ts';
import type { ScanPart } from './scan-part.ts';
import type { ScanSeverity } from './severity.ts';

const MARKDOWN = /\.(?:md|markdown|mdx|mdc)$/i;

/** RCE-05: hooks in the frontmatter of anything that an agent may load: also where it is no YAML that can be read. */
export function* frontmatterHooks(part: ScanPart): Generator<Spotted> {
  if (!MARKDOWN.test(part.name)) return;
  const characters = part.characters();
  const opening = /^(?:\u00ef\u00bb\u00bf)?---[ \t]*\r?\n/.exec(characters);
  if (opening === null) return;
  const below = characters.slice(opening[0].length, opening[0].length + LIMITS.frontmatterBytes);
  const closing = /(?:^|\n)---[ \t]*\r?(?:\n|$)/.exec(below);
  const yaml = below.slice(0, closing?.index ?? below.length);
  const line = /(?:^|\n)[ \t]*(?:"hooks"|'hooks'|hooks)[ \t]*:/i.exec(yaml);
  const read = readFrontmatter(part.bytes);
  const hasField = read.ok && read.entries.some(([key]) => key.toLowerCase() === 'hooks');
  if (!hasField && (line === null || read.ok)) return;
  const start = opening[0].length + (line?.index ?? 0);
  yield {
    rule: 'RCE-05',
    start,
    end: opening[0].length + yaml.length,
    detail: 'the frontmatter has the field "hooks"',
  };
}

/** Loaded as instructions: it has a frontmatter, or stands where agents look for skills, commands and agents. */
function isLoaded(part: ScanPart): boolean {
  if (!MARKDOWN.test(part.name)) return false;
  return (
    /(?:^|\/)(?:skill\.md|(?:commands|agents|skills)\/(?:[^/]+\/)*[^/]+)$/i.test(part.name) ||
    /^(?:\u00ef\u00bb\u00bf)?---[ \t]*\r?\n/.test(part.characters().slice(0, 64))
  );
}

const EXPANSION = /(?<=^|[\s(])!`([^`\n]{1,1000})`|^[ \t]*(?:```+|~~~+)!.{0,200}$/gm;

/** RCE-06: commands that run when the text is loaded. */
export function* expansions(part: ScanPart): Generator<Spotted> {
  if (
    !isLoaded(part) ||
    (!part.characters().includes('!`') && !/(?:```|~~~)!/.test(part.characters()))
  )
    return;
  for (const { index, 0: found } of part.characters().matchAll(EXPANSION))
    yield {
      rule: 'RCE-06',
      start: index,
      end: index + found.length,
      detail: `runs when the text is loaded: ${harmlessText(found.trim())}`,
    };
}

/** Names that tools take without being asked, with what takes them. A name by which nothing runs before somebody asks is less. */
const AUTOMATIC: readonly (readonly [RegExp, string, ScanSeverity?])[] = [
  [/(?:^|\/)conftest\.py$/, 'pytest runs it'],
  [/(?:^|\/)(?:site|user)customize\.py$/, 'every start of Python runs it'],
  [/\.pth$/, 'every start of Python runs lines of it'],
  [/(?:^|\/)setup\.py$/, 'installing the package runs it'],
  [/(?:^|\/)build\.rs$/, 'building the package runs it'],
  [/(?:^|\/)(?:GNU)?[Mm]akefile$/, 'make runs it', 'low'],
  [/(?:^|\/)\.envrc$/, 'direnv runs it in that directory'],
  [/(?:^|\/)\.(?:npmrc|yarnrc(?:\.yml)?|pnpmfile\.cjs)$/, 'package managers obey it'],
  [/(?:^|\/)(?:pip\.conf|pip\.ini)$/, 'package managers obey it'],
  [/(?:^|\/)\.vscode\/(?:tasks|launch|settings)\.json$/, 'the editor obeys it'],
  [
    /(?:^|\/)\.devcontainer(?:\/[^/]+)?(?:\/devcontainer)?\.json$/,
    'the editor runs commands of it',
  ],
  [/(?:^|\/)\.?mcp\.json$/, 'agents start the servers in it'],
  [/(?:^|\/)\.(?:claude|gemini|codex|cursor|windsurf)\/.+$/, 'agents obey it'],
  [/(?:^|\/)\.(?:cursorrules|windsurfrules|clinerules)$/, 'agents obey it'],
  [/(?:^|\/)(?:CLAUDE(?:\.local)?|AGENTS|GEMINI|SOUL|MEMORY)\.md$/, 'agents obey it'],
  [
    /(?:^|\/)(?:\.husky|\.githooks|\.?hooks)\/(?:pre|post|commit|prepare|update|applypatch)[a-z-]*$/,
    'Git runs it',
  ],
  [/(?:^|\/)\.pre-commit-config\.ya?ml$/, 'Git hooks run commands of it', 'medium'],
  [/(?:^|\/)\.(?:gitconfig|gitmodules)$/, 'Git obeys it', 'medium'],
  [
    /(?:^|\/)\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zshenv|zprofile|login)$/,
    'shells run it',
  ],
  [/(?:^|\/)autorun\.inf$|\.(?:lnk|desktop|scr|hta|command)$/i, 'desktops run it'],
];

/** RCE-07: files that tools run or obey by their names. */
export function* automaticFiles(part: ScanPart): Generator<Spotted> {
  const found = AUTOMATIC.find(([name]) => name.test(part.name));
  if (found === undefined) return;
  const [, detail, severity] = found;
  yield {
    rule: 'RCE-07',
    start: 0,
    end: part.bytes.length,
    detail,
    ...(severity === undefined ? {} : { severity }),
  };
}

/** Scripts that npm and its like run when a package is installed (npm documentation, "Life Cycle Scripts"). */
const INSTALL_SCRIPTS: ReadonlySet<string> = new Set([
  'preinstall',
  'install',
  'postinstall',
  'preprepare',
  'prepare',
  'postprepare',
  'prepublish',
]);

function objectOf(value: Json | undefined): Readonly<Record<string, Json>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value));
}

function scriptsOf(bytes: Uint8Array): readonly string[] | undefined {
  try {
    const value = parseStrictJson(bytes, LIMITS.scanFileBytes, 'a package.json');
    return Object.keys(objectOf(objectOf(value)['scripts']));
  } catch (error) {
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}

/** RCE-07: packages that run commands when they are installed. */
export function* installScripts(part: ScanPart): Generator<Spotted> {
  if (!/(?:^|\/)package\.json$/i.test(part.name)) return;
  const scripts = scriptsOf(part.bytes);
  const named = scripts?.filter((name) => INSTALL_SCRIPTS.has(name));
  const [first] = named ?? [];
  if (first !== undefined) {
    const start = Math.max(0, part.characters().indexOf(`"${first}"`));
    const detail = `installing it runs the script ${(named ?? []).map((name) => quoted(name)).join(', ')}`;
    yield { rule: 'RCE-07', start, end: start + first.length + 2, detail };
    return;
  }
  if (scripts !== undefined) return;
  // What one reader refuses another one may take.
  const loose = /"(?:pre|post)?install"\s*:|"prepare"\s*:/.exec(part.characters());
  if (loose === null) return;
  yield {
    rule: 'RCE-07',
    start: loose.index,
    end: loose.index + loose[0].length,
    detail: `installing it may run the script ${loose[0]}`,
  };
}

const CLAIMS_ALL = [
  /\b(?:always|must|only)\b.{0,40}\b(?:use|invoke|activate|load|call|run|prefer)\w*\b.{0,30}\b(?:this|the) skill\b/i,
  /\b(?:use|invoke|activate|load|call|prefer)\w* this skill\b.{0,40}\b(?:for (?:every|all|any)|always|in (?:every|all)|before (?:any|every|all|doing)|no matter|regardless|whenever the user says anything)\b/i,
  /\b(?:for|on|to|in) (?:every|all|any) (?:user )?(?:tasks?|requests?|messages?|questions?|conversations?|prompts?|sessions?|interactions?)\b/i,
  /\b(?:instead of|in preference to|takes? precedence over|overrides?) (?:any|all|every)? ?other (?:skills?|tools?)\b/i,
  /\bmust (?:be|always be) (?:used|loaded|activated|called|invoked)\b/i,
];

/** So many items in one row are keywords, not a sentence. */
const KEYWORDS = 30;

function baitIn(description: string): string | undefined {
  if (CLAIMS_ALL.some((claim) => claim.test(description)))
    return 'the description wants the skill to be used for everything';
  const items = description.split(/[,;|]/).map((item) => item.trim().toLowerCase());
  const short = items.filter((item) => item !== '' && item.split(/\s+/).length <= 2);
  if (short.length > KEYWORDS) return `the description lists ${short.length} keywords`;
  return undefined;
}

/** PI-08: a description that claims every task. */
export function* greedyDescription(part: ScanPart): Generator<Spotted> {
  if (!/(?:^|\/)skill\.md$/i.test(part.name)) return;
  const read = readFrontmatter(part.bytes);
  if (!read.ok) return;
  const value = read.entries.find(([key]) => key === 'description')?.[1];
  if (value?.kind !== 'text') return;
  const bait = baitIn(value.text);
  if (bait === undefined) return;
  const start = Math.max(0, part.characters().indexOf('description'));
  const end = part.characters().indexOf('\n', start);
  yield { rule: 'PI-08', start, end: end < 0 ? part.bytes.length : end, detail: bait };
}
