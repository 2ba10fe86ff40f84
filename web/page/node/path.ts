/**
 * The part of `node:path` that reading a log needs, for POSIX paths alone: those of a repository in memory.
 * @module
 */

export const sep = '/';

export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

/** A path without empty parts, `.` and, where something stands before them, `..`. */
export function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!isAbsolute(path)) parts.push(part);
  }
  const text = parts.join('/');
  if (isAbsolute(path)) return `/${text}`;
  return text === '' ? '.' : text;
}

export function join(...parts: readonly string[]): string {
  return normalize(parts.filter((part) => part !== '').join('/'));
}

export function dirname(path: string): string {
  const end = path.replace(/(?<=.)\/+$/, '').lastIndexOf('/');
  if (end < 0) return '.';
  return end === 0 ? '/' : path.slice(0, end);
}

export function basename(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** From the root: there is no directory that a process works in. */
export function resolve(...parts: readonly string[]): string {
  const last = parts.findLastIndex(isAbsolute);
  return join('/', ...parts.slice(Math.max(last, 0)));
}
