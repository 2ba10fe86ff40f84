import type { Finding } from '../audit/verdict.ts';
import { harmless } from './output.ts';

/** What an audit found, with where, in one line. */
export function findingLine({ reason, detail, position, commit, object, path }: Finding): string {
  const place = [
    position === undefined ? '' : `batch ${position}`,
    commit ?? object ?? '',
    path ?? '',
  ]
    .filter((part) => part !== '')
    .join(' ');
  return harmless(`NO  ${reason}: ${detail}${place === '' ? '' : ` [${place}]`}`);
}
