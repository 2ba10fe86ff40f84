import { LIMITS } from '../base/limits.ts';
import { afterQuoted, unescapedBytes } from './strace-text.ts';

/** Bytes of the head of a message, and where in it the counts of its parts begin (RFC 1035, 4.1.1). */
const HEAD = 12;
const COUNTS = 4;
const LONGEST_LABEL = 63;

/** The name that a message asks for, where it is one question (RFC 1035, 4.1.2). */
function questionName(bytes: readonly number[]): string | undefined {
  const counts = bytes.slice(COUNTS, HEAD - 2).join();
  if (bytes.length <= HEAD || counts !== '0,1,0,0,0,0') return undefined;
  const labels: string[] = [];
  let at = HEAD;
  for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) {
    const label = String.fromCharCode(...bytes.slice(at + 1, at + 1 + length));
    if (length > LONGEST_LABEL || !/^[a-z0-9_-]+$/i.test(label) || label.length < length)
      return undefined;
    labels.push(label.toLowerCase());
    at += 1 + length;
  }
  return labels.length === 0 ? undefined : labels.join('.');
}

/** Names that are asked for in the texts of an argument, each of which stands alone or behind `iov_base=`. */
export function askedNames(argument: string): readonly string[] {
  const names: string[] = [];
  let at = argument.indexOf('"');
  while (at >= 0 && names.length < LIMITS.traceArguments) {
    const end = afterQuoted(argument, at);
    if (end === undefined) break;
    const isData = at === 0 || argument.endsWith('iov_base=', at);
    const bytes = isData ? unescapedBytes(argument.slice(at + 1, end - 1)) : undefined;
    const name = bytes === undefined ? undefined : questionName(bytes);
    if (name !== undefined) names.push(name);
    at = argument.indexOf('"', end);
  }
  return names;
}
