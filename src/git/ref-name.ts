import { utf8 } from '../base/bytes.ts';

const LONGEST_NAME = 1_024;

/** Whether a text is a full ref name: below `refs/`, by the rules of git-check-ref-format(1). */
export function isRefName(name: string): boolean {
  if (!name.startsWith('refs/') || utf8(name).length > LONGEST_NAME) return false;
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/.test(name)) return false;
  if (name.endsWith('.')) return false;
  return name
    .split('/')
    .every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}
