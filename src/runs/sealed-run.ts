/**
 * What a run record says of the log of a run.
 * @module
 */
import { toHex } from '../base/bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { SealedRun } from '../records/run-record.ts';
import type { RunLogState } from './check-run-log.ts';

type WholeLog = Extract<RunLogState, { state: 'whole' }>;

function sha256Of(crypto: Crypto, bytes: Uint8Array): string {
  return toHex(crypto.digest('sha2-256', bytes));
}

/** What is sealed of a log that is whole. */
export function sealedRun(
  crypto: Crypto,
  bytes: Uint8Array,
  { start, head, lines }: WholeLog,
): SealedRun {
  const { run, manifest, release, sandbox, sources } = start;
  const sha256 = sha256Of(crypto, bytes);
  return { id: run, sha256, head, lines, manifest, release, sandbox, sources };
}

/** In what a log is not what was sealed, in words; `undefined` where it is that, byte for byte. */
export function sealDifference(
  crypto: Crypto,
  bytes: Uint8Array,
  state: RunLogState,
  sealed: SealedRun,
): string | undefined {
  if (state.state === 'broken') return `line ${state.line}: ${state.detail}`;
  if (state.state === 'unfinished')
    return state.lines < sealed.lines
      ? `it has ${state.lines} whole lines of the ${sealed.lines} that were sealed: its end was cut off`
      : `it has no end: ${state.detail}`;
  if (state.lines !== sealed.lines)
    return `it has ${state.lines} lines; ${sealed.lines} were sealed`;
  if (state.head !== sealed.head)
    return `its last line has the digest ${state.head}; ${sealed.head} was sealed: all of it was written anew`;
  const now = sealedRun(crypto, bytes, state);
  const isSame =
    now.sha256 === sealed.sha256 &&
    now.manifest === sealed.manifest &&
    now.release === sealed.release &&
    now.sandbox === sealed.sandbox &&
    now.sources.join(' ') === sealed.sources.join(' ');
  return isSame ? undefined : 'the record says of it what it does not say itself';
}
