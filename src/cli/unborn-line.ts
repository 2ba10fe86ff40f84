import type { Log } from '../log/log.ts';
import { harmless } from './output.ts';

/** What is said of a log without batches. The branch is named: another one may have been meant. */
export function unbornLine({ ref }: Pick<Log, 'ref'>, what: string): string {
  return `no ${what} yet in ${harmless(ref)}: gitkel identity create NAME --key NAME`;
}
