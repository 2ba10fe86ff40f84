/**
 * What inceptions and rotations have in common: keys, next keys, thresholds (KERI specification, "Key event fields").
 * @module
 */
import { counted } from '../base/counted.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { fieldText, type Message, textList } from './message.ts';
import { isDigest, keyProblem } from './primitive-text.ts';
import { type RejectReason, type Rejection, rejection } from './rejection.ts';
import { parseThreshold, slots, type Threshold } from './threshold.ts';
import { isUniqueList } from './witnesses.ts';

/** The fields `kt k nt n bt`, read and checked. */
export interface EstablishmentFields {
  readonly ok: true;
  readonly threshold: Threshold;
  readonly publicKeys: readonly string[];
  readonly nextThreshold: Threshold;
  readonly nextDigests: readonly string[];
  readonly witnessThreshold: number;
}

/** The threshold in a field; `undefined` when the text is no threshold. */
function readThreshold(text: string): Threshold | undefined {
  // A JSON number only in the form of a whole one: 1.0 would read as 1.
  if (!/^(?:["[]|[0-9]+$)/.test(text)) return undefined;
  try {
    return parseThreshold(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return undefined;
  }
}

function keysProblem(
  crypto: Crypto,
  keys: readonly string[],
  code: 'B' | 'D',
): Rejection | undefined {
  if (keys.length === 0) return rejection('keys', 'there is no key');
  for (const key of keys) {
    const problem = keyProblem(crypto, key, code);
    if (problem === 'code')
      return rejection('key-code', `${quoted(key)} is no Ed25519 key of code ${code}`);
    if (problem === 'point')
      return rejection('key-point', `the key ${key} is weak or no point of the curve`);
  }
  return isUniqueList(keys) ? undefined : rejection('duplicate-key', 'a key stands twice');
}

function nextProblem(digests: readonly string[]): Rejection | undefined {
  for (const digest of digests) {
    if (!isDigest(digest))
      return rejection('next-digests', `the next key digest ${quoted(digest)} is no digest`);
  }
  return isUniqueList(digests)
    ? undefined
    : rejection('duplicate-next-digest', 'a next key digest stands twice');
}

/** Why a threshold does not fit a list of so many keys: a count of 1 to all of them, or a weight for each. */
function thresholdProblem(
  threshold: Threshold,
  keys: number,
  reasons: { readonly zero: RejectReason; readonly size: RejectReason },
): Rejection | undefined {
  const covered = slots(threshold);
  if (covered !== undefined) {
    return covered === keys
      ? undefined
      : rejection(
          reasons.size,
          `${counted(covered, 'weight')} ${covered === 1 ? 'does' : 'do'} not suit ${counted(keys, 'key')}`,
        );
  }
  const count = threshold.kind === 'count' ? threshold.count : 0;
  if (count === 0) return rejection(reasons.zero, 'a threshold of 0 is satisfied by nobody');
  return count <= keys
    ? undefined
    : rejection(reasons.size, `${counted(keys, 'key')} cannot give ${counted(count, 'signature')}`);
}

const CURRENT = { zero: 'threshold-zero', size: 'threshold-size' } as const;
const NEXT = { zero: 'next-threshold-zero', size: 'next-threshold-size' } as const;

function nextThresholdProblem(threshold: Threshold, digests: number): Rejection | undefined {
  if (digests > 0) return thresholdProblem(threshold, digests, NEXT);
  return threshold.kind === 'count' && threshold.count === 0
    ? undefined
    : rejection(NEXT.size, 'without next keys the next threshold is 0');
}

/** Reads the fields `kt k nt n bt`, of which the first has this number. `code` is what all keys must have. */
export function readKeyFields(
  crypto: Crypto,
  message: Message,
  first: number,
  code: 'B' | 'D',
): EstablishmentFields | Rejection {
  const threshold = readThreshold(fieldText(message, first));
  if (threshold === undefined)
    return rejection('threshold', 'the signing threshold "kt" is not in its one form');
  const publicKeys = textList(message, first + 1);
  if (publicKeys === undefined)
    return rejection('keys', 'the keys are not a list of text within the limit');
  const nextThreshold = readThreshold(fieldText(message, first + 2));
  if (nextThreshold === undefined)
    return rejection('next-threshold', 'the next threshold "nt" is not in its one form');
  const nextDigests = textList(message, first + 3);
  if (nextDigests === undefined)
    return rejection('next-digests', 'the next digests are not a list within the limit');
  const witnessThreshold = readThreshold(fieldText(message, first + 4));
  if (witnessThreshold?.kind !== 'count') {
    return rejection(
      'witness-threshold',
      'the witness threshold "bt" is not a number in its one form',
    );
  }
  const problem =
    keysProblem(crypto, publicKeys, code) ??
    nextProblem(nextDigests) ??
    thresholdProblem(threshold, publicKeys.length, CURRENT) ??
    nextThresholdProblem(nextThreshold, nextDigests.length);
  if (problem !== undefined) return problem;
  const { count } = witnessThreshold;
  return { ok: true, threshold, publicKeys, nextThreshold, nextDigests, witnessThreshold: count };
}
