/**
 * Paths in permission manifests: whether one may be asked for, and which includes which.
 * @module
 */
import type { PermissionReason } from './permissions.ts';

/** What a path is for. Globs are for reading only. */
export type PathUse = 'read' | 'write' | 'secret';

export type ParsedPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly reason: PermissionReason; readonly detail: string };

const ROOTS: ReadonlySet<string> = new Set(['${skill}', '${workspace}', '${tmp}', '${home}']);
const ALL_BELOW = '**';

function refused(reason: PermissionReason, detail: string): ParsedPath & { readonly ok: false } {
  return { ok: false, reason, detail };
}

/** The first part of a path, `''` for an absolute one; what is relative lies in the workspace. */
function segmentsOf(text: string): readonly string[] {
  const segments = text.split('/');
  const [first = ''] = segments;
  return first === '' || first.startsWith('${') ? segments : ['${workspace}', ...segments];
}

function formProblem(text: string, [, ...rest]: readonly string[]): ParsedPath | undefined {
  if (text === '' || /[\p{Cc}\p{Cf}\p{Cs}\\]/u.test(text) || text.normalize('NFC') !== text)
    return refused(
      'path-form',
      'it is empty, or holds a backslash or a character that is not seen',
    );
  if (rest.includes('.') || rest.includes('..'))
    return refused('path-dots', 'a part of it is "." or ".."');
  if (text !== '/' && rest.includes('')) return refused('path-form', 'a part of it is empty');
  if (/^~|\$(?!\{(?:skill|workspace|tmp|home)\}(?:\/|$))|.\$\{/.test(text)) {
    return refused(
      'path-variable',
      'it may begin with ${skill}, ${workspace}, ${tmp} or ${home}, and hold no other variable or ~',
    );
  }
  return undefined;
}

function globProblem(use: PathUse, rest: readonly string[]): ParsedPath | undefined {
  const globs = rest.filter((segment) => /[*?[\]{}]/.test(segment));
  if (
    globs.some(
      (segment) => /[?[\]{}]/.test(segment) || (segment !== ALL_BELOW && segment.includes('**')),
    )
  )
    return refused('path-glob', 'of wildcards only * within a part and ** as a part are known');
  const isAllBelow = globs.length === 1 && rest.at(-1) === ALL_BELOW;
  if (use === 'write' && globs.length > 0 && !isAllBelow)
    return refused('path-glob', 'for writing only /** at the end is known');
  if (use === 'secret' && globs.length > 0) return refused('path-glob', 'a secret is in one file');
  return undefined;
}

/** Whether a path takes in everything of its root, or may. */
function takesAll([first]: readonly string[]): boolean {
  return first === undefined || first === '' || first.includes('*');
}

function widthProblem(
  use: PathUse,
  [root = '', ...rest]: readonly string[],
): ParsedPath | undefined {
  if (use === 'write' && root === '${skill}')
    return refused('path-too-wide', 'a skill does not write to itself');
  if ((root === '' || root === '${home}') && takesAll(rest))
    return refused(
      'path-too-wide',
      `it takes in all of ${root === '' ? '/' : root}: name what is needed`,
    );
  if (use === 'secret' && takesAll(rest))
    return refused('path-too-wide', 'a secret is in one file');
  return undefined;
}

/** Reads a path of a manifest; what is relative becomes one below `${workspace}`. */
export function parsePermissionPath(text: string, use: PathUse): ParsedPath {
  const segments = segmentsOf(text);
  const [root = '', ...rest] = segments;
  const problem =
    formProblem(text, segments) ?? globProblem(use, rest) ?? widthProblem(use, segments);
  if (problem !== undefined) return problem;
  if (root !== '' && !ROOTS.has(root)) return refused('path-variable', `${root} is not known`);
  return { ok: true, path: segments.join('/') };
}

/** Whether text is what a pattern with `*` stands for: the parts between stand in it one after the other. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop() ?? '';
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** Whether one part of a pattern takes in another one; what has a wildcard of its own only when they are the same. */
function segmentIncludes(pattern: string, other: string): boolean {
  if (pattern === other) return true;
  return pattern.includes('*') && !other.includes('*') && matches(pattern, other);
}

/**
 * Whether every file that `other` names is named by `path` too. Where wildcards make that hard to tell the answer is no: a
 * person is asked once too often rather than once too rarely.
 */
export function pathIncludes(path: string, other: string): boolean {
  const [a, b] = [path.split('/'), other.split('/')];
  const isAllBelow = a.at(-1) === ALL_BELOW;
  const parts = isAllBelow ? a.slice(0, -1) : a;
  if (isAllBelow ? b.length < parts.length : b.length !== parts.length) return path === other;
  return parts.every((part, index) => {
    const against = b[index] ?? '';
    return part === ALL_BELOW || against === ALL_BELOW
      ? part === against
      : segmentIncludes(part, against);
  });
}

/** Names of files by which agents are steered, and of directories that hold some. */
const STEERING =
  /(?:^|\/)(?:(?:CLAUDE|CLAUDE\.local|AGENTS|AGENTS\.override|GEMINI|QWEN|SOUL|MEMORY|IDENTITY|TOOLS)\.md|copilot-instructions\.md|\.cursorrules|\.windsurfrules|\.roomodes|\.mcp\.json|opencode\.json|\.claude|\.codex|\.cursor|\.agents|\.gemini|\.qwen|\.windsurf|\.clinerules|\.roo|\.kiro|\.opencode|\.vscode|\.github\/instructions|\.git|\.githooks|\.husky)(?:\/|$)/i;

/** Whether a path names what steers agents, or what is run without being asked for. */
export function steersAgents(path: string): boolean {
  return STEERING.test(path);
}

/** Whether a path lies outside of what a skill works on: its own files, the workspace, a directory for the moment. */
export function isPrivatePath(path: string): boolean {
  return !/^\$\{(?:skill|workspace|tmp)\}/.test(path);
}
