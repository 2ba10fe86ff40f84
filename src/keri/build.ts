/**
 * Builds unsigned events, byte for byte as KERI 1.0 in JSON writes them. Whatever evaluation would refuse, and whatever
 * nobody could ever satisfy, is refused here as a usage error.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { digestText } from '../cesr/digest.ts';
import { hexNumber } from '../cesr/number.ts';
import { dummy } from '../cesr/said.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { applyUnsigned } from './evaluate.ts';
import {
  type AnyInception,
  type AnyRotation,
  type DelegatedInception,
  type DelegatedRotation,
  type Inception,
  type Interaction,
  isInception,
  isRotation,
  type KeyEvent,
  parseEvent,
  type Rotation,
} from './event.ts';
import { type Seal, sealProblem } from './seal.ts';
import type { KeyState } from './state.ts';
import { type Threshold, thresholdToJson } from './threshold.ts';
import { changedWitnesses, defaultWitnessThreshold } from './witnesses.ts';

/** Who controls from an event on, and who may rotate next. */
interface KeyFields {
  /** Ed25519 keys in CESR text (code `D`, or `B` for an identifier that never rotates); their order is the index. */
  readonly publicKeys: readonly string[];
  readonly threshold: Threshold;
  /** See `nextDigest`. Empty, with a next threshold of 0: nothing can follow. */
  readonly nextDigests: readonly string[];
  readonly nextThreshold: Threshold;
  readonly seals?: readonly Seal[] | undefined;
}

export interface InceptionFields extends KeyFields {
  /** Ed25519 keys of code `B`. */
  readonly witnesses?: readonly string[] | undefined;
  /** Unless chosen: `defaultWitnessThreshold`. */
  readonly witnessThreshold?: number | undefined;
  /** `EO`: establishment events only. `DND`: delegates to nobody. */
  readonly traits?: readonly string[] | undefined;
  /** The identifier is the only key itself instead of the inception's digest. */
  readonly basicPrefix?: boolean | undefined;
}

export interface RotationFields extends KeyFields {
  readonly witnessCuts?: readonly string[] | undefined;
  readonly witnessAdds?: readonly string[] | undefined;
  /** Unless chosen: as it was while the witnesses stay, else `defaultWitnessThreshold`. */
  readonly witnessThreshold?: number | undefined;
}

/** What an establishment event commits to for a next key: BLAKE3-256 over the characters of its CESR text. */
export function nextDigest(crypto: Crypto, publicKey: string): string {
  return digestText(crypto, utf8(publicKey));
}

/** Thresholds that more is asked for than there is. */
const TOO_MUCH = new Set(['threshold-size', 'next-threshold-size']);

function refuse(what: string, reason: string, detail: string): GitkelError {
  return new GitkelError('usage', `Cannot build the ${what}: ${detail}`, {
    reason,
    ...(TOO_MUCH.has(reason)
      ? { hint: 'Name as many keys as the threshold counts on, or choose another threshold.' }
      : {}),
  });
}

function checkSeals(what: string, seals: readonly Seal[]): void {
  for (const [place, seal] of seals.entries()) {
    const problem = sealProblem(seal);
    if (problem !== undefined)
      throw refuse(what, 'seals', `seal ${place} cannot be written: ${problem}`);
  }
}

type WireValue = Seal | ReturnType<typeof thresholdToJson>;
type WireFields = Readonly<Record<string, WireValue>>;

/** The event's bytes. Its own digest becomes `d`, and `i` too where `i` is not given. */
function serialize(
  crypto: Crypto,
  type: KeyEvent['type'],
  aid: string | undefined,
  fields: WireFields,
): Uint8Array {
  const text = (said: string, size: number): string =>
    JSON.stringify({
      v: `KERI10JSON${size.toString(16).padStart(6, '0')}_`,
      t: type,
      d: said,
      i: aid ?? said,
      ...fields,
    });
  const { length } = utf8(text(dummy('E'), 0));
  return utf8(text(digestText(crypto, utf8(text(dummy('E'), length))), length));
}

/** Reads back what was built, and follows it: so all rules of evaluation hold for it. */
function checked(
  crypto: Crypto,
  before: KeyState | undefined,
  bytes: Uint8Array,
  what: string,
): KeyEvent {
  const parsed = parseEvent(crypto, bytes);
  if (!parsed.ok) throw refuse(what, parsed.reason, parsed.detail);
  const applied = applyUnsigned(crypto, before, parsed.event);
  if (!applied.ok) throw refuse(what, applied.reason, applied.detail);
  return parsed.event;
}

function keyFields(fields: KeyFields): WireFields {
  return {
    kt: thresholdToJson(fields.threshold),
    k: fields.publicKeys,
    nt: thresholdToJson(fields.nextThreshold),
    n: fields.nextDigests,
  };
}

function checkCount(what: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw refuse(what, 'witness-threshold', `${count} is no number of witnesses`);
  }
}

function buildAnyInception(
  crypto: Crypto,
  fields: InceptionFields,
  delegator: string | undefined,
): AnyInception {
  const what = delegator === undefined ? 'inception' : 'delegated inception';
  const { witnesses = [], traits = [], seals = [], basicPrefix = false } = fields;
  const { witnessThreshold = defaultWitnessThreshold(witnesses.length) } = fields;
  checkSeals(what, seals);
  checkCount(what, witnessThreshold);
  const aid = basicPrefix ? (fields.publicKeys[0] ?? '') : undefined;
  const bytes = serialize(crypto, delegator === undefined ? 'icp' : 'dip', aid, {
    s: '0',
    ...keyFields(fields),
    bt: hexNumber(witnessThreshold),
    b: witnesses,
    c: traits,
    a: seals,
    ...(delegator === undefined ? {} : { di: delegator }),
  });
  const event = checked(crypto, undefined, bytes, what);
  if (!isInception(event)) throw new Error('an inception was built');
  return event;
}

/**
 * Builds an inception. Its identifier is its own BLAKE3-256 digest unless `basicPrefix` is set.
 * @throws GitkelError `usage`.
 * @example
 * ```ts
 * import { buildInception, countThreshold, nativeCrypto, nextDigest, seedSigner } from 'gitkel';
 *
 * const [key, next] = [1, 2].map((byte) => seedSigner(nativeCrypto, new Uint8Array(32).fill(byte)).publicKey);
 * const event = buildInception(nativeCrypto, {
 *   publicKeys: [key],
 *   threshold: countThreshold(1),
 *   nextDigests: [nextDigest(nativeCrypto, next)],
 *   nextThreshold: countThreshold(1),
 * });
 * console.log(event.aid === event.said, event.aid.length); // true 44
 * ```
 */
export function buildInception(crypto: Crypto, fields: InceptionFields): Inception {
  const event = buildAnyInception(crypto, fields, undefined);
  if (event.type !== 'icp') throw new Error('an inception was built');
  return event;
}

/**
 * Builds the inception of an identifier that is delegated. It counts once an event of the delegator seals it
 * (`keyEventSeal`).
 * @throws GitkelError `usage`.
 */
export function buildDelegatedInception(
  crypto: Crypto,
  delegator: string,
  fields: Omit<InceptionFields, 'basicPrefix'>,
): DelegatedInception {
  const event = buildAnyInception(crypto, { ...fields, basicPrefix: false }, delegator);
  if (event.type !== 'dip') throw new Error('a delegated inception was built');
  return event;
}

function buildAnyRotation(
  crypto: Crypto,
  type: AnyRotation['type'],
  state: KeyState,
  fields: RotationFields,
): AnyRotation {
  const what = type === 'rot' ? 'rotation' : 'delegated rotation';
  const { witnessCuts = [], witnessAdds = [], seals = [] } = fields;
  const listed = witnessCuts.toSorted(
    (a, b) => state.witnesses.indexOf(a) - state.witnesses.indexOf(b),
  );
  const isChanged = listed.length + witnessAdds.length > 0;
  const witnesses = changedWitnesses(state.witnesses, listed, witnessAdds);
  const unchosen = isChanged ? defaultWitnessThreshold(witnesses.length) : state.witnessThreshold;
  const { witnessThreshold = unchosen } = fields;
  checkSeals(what, seals);
  checkCount(what, witnessThreshold);
  const bytes = serialize(crypto, type, state.aid, {
    s: hexNumber(state.sn + 1),
    p: state.said,
    ...keyFields(fields),
    bt: hexNumber(witnessThreshold),
    br: listed,
    ba: witnessAdds,
    a: seals,
  });
  const event = checked(crypto, state, bytes, what);
  if (!isRotation(event)) throw new Error('a rotation was built');
  return event;
}

/**
 * Builds the rotation that follows on a key state. Its keys must reveal enough of the committed next keys; witnesses
 * are cut in the order of their list, whatever order is given. On the key state before an interaction it is a rotation
 * that supersedes this interaction and all after it.
 * @throws GitkelError `usage`.
 */
export function buildRotation(crypto: Crypto, state: KeyState, fields: RotationFields): Rotation {
  const event = buildAnyRotation(crypto, 'rot', state, fields);
  if (event.type !== 'rot') throw new Error('a rotation was built');
  return event;
}

/**
 * Builds the rotation of a delegated identifier, as {@link buildRotation}. It counts once an event of the delegator
 * seals it (`keyEventSeal`).
 * @throws GitkelError `usage`.
 */
export function buildDelegatedRotation(
  crypto: Crypto,
  state: KeyState,
  fields: RotationFields,
): DelegatedRotation {
  const event = buildAnyRotation(crypto, 'drt', state, fields);
  if (event.type !== 'drt') throw new Error('a delegated rotation was built');
  return event;
}

/**
 * Builds the interaction that follows on a key state and anchors seals.
 * @throws GitkelError `usage`.
 */
export function buildInteraction(
  crypto: Crypto,
  state: KeyState,
  seals: readonly Seal[],
): Interaction {
  const what = 'interaction';
  checkSeals(what, seals);
  const bytes = serialize(crypto, 'ixn', state.aid, {
    s: hexNumber(state.sn + 1),
    p: state.said,
    a: seals,
  });
  const event = checked(crypto, state, bytes, what);
  if (event.type !== 'ixn') throw new Error('an interaction was built');
  return event;
}
