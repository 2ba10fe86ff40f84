/**
 * Who has signed an event, and whether that is enough (KERI specification, "Signing threshold", "Pre-rotation" and
 * "Witnesses").
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import type { Attachments } from '../cesr/attachments.ts';
import { digestText, matchesDigest } from '../cesr/digest.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import { ed25519Signature, type IndexedSignature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isInception, isRotation, type KeyEvent, parseEvent } from './event.ts';
import { codeOf } from './primitive-text.ts';
import type { Rejection } from './rejection.ts';
import { splitMessage } from './signed-message.ts';
import type { KeyState } from './state.ts';
import { isSatisfied } from './threshold.ts';
import { changedWitnesses } from './witnesses.ts';

/** An event with what is attached to it. Nothing is verified yet. */
export interface SignedEvent {
  readonly event: KeyEvent;
  readonly attachments: Attachments;
}

export type ParsedSignedEvent = { readonly ok: true; readonly signed: SignedEvent } | Rejection;

/**
 * Reads bytes that are one event message, its attachments (text or binary domain) and nothing else. No attachments at
 * all are fine: that is an unsigned event. Never throws for what bytes hold.
 */
export function parseSignedEvent(crypto: Crypto, bytes: Uint8Array): ParsedSignedEvent {
  const split = splitMessage(bytes);
  if (!split.ok) return split;
  const parsed = parseEvent(crypto, split.message);
  if (!parsed.ok) return parsed;
  return { ok: true, signed: { event: parsed.event, attachments: split.attachments } };
}

const rawKeys = new WeakMap<readonly string[], readonly Uint8Array[]>();

/** The raw keys of a list. Lists live as long as their key state, so that each key is decoded once. */
function rawKeysOf(keys: readonly string[]): readonly Uint8Array[] {
  let raw = rawKeys.get(keys);
  if (raw === undefined) {
    raw = keys.map((key) => decodePrimitive(key).raw);
    rawKeys.set(keys, raw);
  }
  return raw;
}

/** Every key and digest of CESR text that an event commits to is over these bytes: the characters. */
const committedBytes = (publicKey: string): Uint8Array => utf8(publicKey);

const NONE: readonly string[] = [];

/**
 * The keys that may sign an event, by index: its own for an establishment event, those of the key state before it for
 * an interaction (none without a key state).
 */
export function signingKeys(event: KeyEvent, state: KeyState | undefined): readonly string[] {
  return event.type === 'ixn' ? (state?.publicKeys ?? NONE) : event.publicKeys;
}

/** Which of the key state's next digests commits to a key; `undefined` when none does. */
export function priorIndexOf(
  crypto: Crypto,
  state: KeyState,
  publicKey: string,
): number | undefined {
  const byCode = new Map<string, string>();
  for (const [index, digest] of state.nextDigests.entries()) {
    const code = codeOf(digest);
    const computed = byCode.get(code) ?? digestText(crypto, committedBytes(publicKey), code);
    byCode.set(code, computed);
    if (computed === digest) return index;
  }
  return undefined;
}

/**
 * - `no-such-key`: the index is beyond the keys
 * - `no-such-prior-key`, `prior-digest-mismatch`: the signature itself is valid, but the key is not the one that the
 *   prior next digest it points to commits to; it counts for the event's own threshold only
 * - `unsupported-code`: no Ed25519 signature
 */
export type SignatureVerdict =
  | 'valid'
  | 'no-such-key'
  | 'no-such-prior-key'
  | 'prior-digest-mismatch'
  | 'bad-signature'
  | 'unsupported-code';

const ED25519_CODES: ReadonlySet<string> = new Set(['A', 'B', '2A', '2B']);

/** The verdict on a signature by the key at its index of a list. */
export function signatureVerdict(
  crypto: Crypto,
  event: KeyEvent,
  keys: readonly string[],
  signature: IndexedSignature,
): 'valid' | 'no-such-key' | 'bad-signature' | 'unsupported-code' {
  const key = rawKeysOf(keys)[signature.index];
  if (key === undefined) return 'no-such-key';
  if (!ED25519_CODES.has(signature.code)) return 'unsupported-code';
  return crypto.verify(key, event.bytes, signature.raw) ? 'valid' : 'bad-signature';
}

/**
 * Verifies a controller's signature. For a rotation `state` is the key state before it, which the prior index refers
 * to; a signature that states no prior index is valid without one.
 */
export function checkSignature(
  crypto: Crypto,
  event: KeyEvent,
  state: KeyState | undefined,
  signature: IndexedSignature,
): SignatureVerdict {
  const keys = signingKeys(event, state);
  const verdict = signatureVerdict(crypto, event, keys, signature);
  const { index, priorIndex } = signature;
  if (verdict !== 'valid' || !isRotation(event) || priorIndex === undefined) return verdict;
  const digest = state?.nextDigests[priorIndex];
  if (digest === undefined) return 'no-such-prior-key';
  const isCommitted = matchesDigest(crypto, committedBytes(keys[index] ?? ''), digest);
  return isCommitted ? 'valid' : 'prior-digest-mismatch';
}

/**
 * Signatures of controllers that hold, those first of which a rotation's key is the one that the next digest it points to
 * commits to, the lowest digest before others: of several by one key, the first says all that counts.
 */
export function revealingFirst(
  crypto: Crypto,
  event: KeyEvent,
  state: KeyState | undefined,
  signatures: readonly IndexedSignature[],
): readonly IndexedSignature[] {
  if (!isRotation(event) || signatures.length < 2) return signatures;
  const isRevealing = ({ index, priorIndex }: IndexedSignature): boolean => {
    const digest = priorIndex === undefined ? undefined : state?.nextDigests[priorIndex];
    const key = event.publicKeys[index] ?? '';
    return digest !== undefined && matchesDigest(crypto, committedBytes(key), digest);
  };
  const revealing = new Set(
    signatures
      .filter(isRevealing)
      .toSorted((one, other) => (one.priorIndex ?? 0) - (other.priorIndex ?? 0)),
  );
  return [...revealing, ...signatures.filter((signature) => !revealing.has(signature))];
}

/** A signature that counts for nothing, and why. */
interface RejectedSignature {
  readonly signature: IndexedSignature;
  readonly verdict: SignatureVerdict;
}

/** How far an event is signed. Every list of indices is ascending and holds each once. */
export interface Progress {
  /** Which keys have signed. */
  readonly indices: readonly number[];
  /** Which prior next digests the signatures of a rotation reveal, at most one for each key. */
  readonly priorIndices: readonly number[];
  readonly thresholdMet: boolean;
  /** Whether the prior next threshold is met; `undefined` unless the event is a rotation. */
  readonly priorThresholdMet: boolean | undefined;
  /** Which witnesses have signed, by their places in the list that is in force with the event. */
  readonly witnessIndices: readonly number[];
  readonly witnessThreshold: number;
  readonly witnessesMet: boolean;
  readonly rejected: readonly RejectedSignature[];
}

interface Tally {
  /** The index of each valid signature. */
  readonly indices: number[];
  /** The prior index that a key reveals, by the key's index; `undefined` unless the event is a rotation. */
  readonly revealed: Map<number, number> | undefined;
  readonly rejected: RejectedSignature[];
}

/** Notes which prior next digest a key reveals; the lowest is the one that counts. */
function reveal({ revealed }: Tally, { index, priorIndex }: IndexedSignature): void {
  if (revealed === undefined || priorIndex === undefined) return;
  revealed.set(index, Math.min(priorIndex, revealed.get(index) ?? priorIndex));
}

function tallyControllers(
  crypto: Crypto,
  event: KeyEvent,
  state: KeyState | undefined,
  signatures: readonly IndexedSignature[],
): Tally {
  const revealed = isRotation(event) ? new Map<number, number>() : undefined;
  const tally: Tally = { indices: [], revealed, rejected: [] };
  for (const signature of signatures) {
    const verdict = checkSignature(crypto, event, state, signature);
    switch (verdict) {
      case 'valid':
        tally.indices.push(signature.index);
        reveal(tally, signature);
        break;
      case 'no-such-prior-key':
      case 'prior-digest-mismatch':
        tally.indices.push(signature.index);
        break;
      case 'no-such-key':
      case 'bad-signature':
      case 'unsupported-code':
        tally.rejected.push({ signature, verdict });
        break;
    }
  }
  return tally;
}

const NO_INDICES: readonly number[] = [];

/** The indices in ascending order, each once. */
function ascending(indices: readonly number[]): readonly number[] {
  return indices.length < 2 ? indices : [...new Set(indices)].toSorted((a, b) => a - b);
}

/** The witnesses in force with an event, and how many of them have to sign; `state` is the key state before it. */
export function witnessesOf(
  event: KeyEvent,
  state: KeyState | undefined,
): { readonly witnesses: readonly string[]; readonly threshold: number } {
  if (isInception(event)) return { witnesses: event.witnesses, threshold: event.witnessThreshold };
  const { witnesses = NONE, witnessThreshold = 0 } = state ?? {};
  if (event.type === 'ixn') return { witnesses, threshold: witnessThreshold };
  return {
    witnesses: changedWitnesses(witnesses, event.witnessCuts, event.witnessAdds),
    threshold: event.witnessThreshold,
  };
}

/**
 * The signatures of witnesses in either form: by their places in the list, and as receipts by their keys. Receipts by
 * others are left out.
 */
export function witnessSignatures(
  witnesses: readonly string[],
  { witnessSignatures: indexed, nonTransferableReceipts }: Attachments,
): readonly IndexedSignature[] {
  if (nonTransferableReceipts.length === 0) return indexed;
  const converted = nonTransferableReceipts.flatMap((receipt) => {
    const index = witnesses.indexOf(receipt.aid);
    if (index < 0) return [];
    const { code, raw } = decodePrimitive(receipt.signature);
    return code === '0B' ? [ed25519Signature(raw, index, index)] : [];
  });
  return [...indexed, ...converted];
}

/**
 * Verifies all signatures of controllers and witnesses and counts them: distinct keys, distinct witnesses, and distinct
 * prior next digests, however many signatures name one. `state` is the key state before the event. Never throws for
 * what a peer attached: a signature that does not hold is listed in `rejected` and counts for nothing.
 */
export function progress(
  crypto: Crypto,
  event: KeyEvent,
  state: KeyState | undefined,
  attachments: Attachments,
): Progress {
  const tally = tallyControllers(crypto, event, state, attachments.controllerSignatures);
  const { revealed, rejected } = tally;
  const indices = ascending(tally.indices);
  const priorIndices = revealed === undefined ? NO_INDICES : ascending([...revealed.values()]);
  const { witnesses, threshold: witnessThreshold } = witnessesOf(event, state);
  const witnessed: number[] = [];
  for (const signature of witnessSignatures(witnesses, attachments)) {
    const verdict = signatureVerdict(crypto, event, witnesses, signature);
    if (verdict === 'valid') witnessed.push(signature.index);
    else rejected.push({ signature, verdict });
  }
  const witnessIndices = ascending(witnessed);
  const threshold = event.type === 'ixn' ? state?.threshold : event.threshold;
  return {
    indices,
    priorIndices,
    thresholdMet: threshold !== undefined && isSatisfied(threshold, indices),
    priorThresholdMet: isRotation(event)
      ? state !== undefined && isSatisfied(state.nextThreshold, priorIndices)
      : undefined,
    witnessIndices,
    witnessThreshold,
    witnessesMet: witnessIndices.length >= witnessThreshold,
    rejected,
  };
}
