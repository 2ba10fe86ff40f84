import { GitkelError, quoted } from '../base/errors.ts';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** Whether a text can name a key or an identifier: 1 to 64 of `A-Z a-z 0-9 . _ -`, not starting with `.` or `-`. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** @throws GitkelError `usage`, reason `name`, for a text that `isName` refuses. */
export function requireName(text: string): void {
  if (isName(text)) return;
  throw new GitkelError('usage', `Cannot use the name ${quoted(text)}`, {
    reason: 'name',
    hint: 'use 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter, a digit or _',
  });
}

/** The names that a person may have meant, nearest first, at most three. */
export function nearNames(text: string, names: Iterable<string>): readonly string[] {
  const wanted = text.slice(0, 64).toLowerCase();
  const near: { readonly name: string; readonly distance: number }[] = [];
  for (const name of names) {
    const lower = name.toLowerCase();
    const distance = lower.startsWith(wanted) && wanted !== '' ? 0 : editDistance(wanted, lower);
    if (distance <= Math.max(1, Math.floor(wanted.length / 3))) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, 3).map(({ name }) => name);
}

/** Insertions, deletions and replacements from one text to the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
