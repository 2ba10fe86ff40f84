/** Makes keys, messages and signatures for tests; everything follows from small numbers. */
import { concat, utf8 } from '../../src/base/bytes.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { ed25519Signature, type IndexedSignature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { nextDigest } from '../../src/keri/build.ts';
import { applyUnsigned } from '../../src/keri/evaluate.ts';
import type { KeyLog } from '../../src/keri/key-log.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import { priorIndexOf, signingKeys } from '../../src/keri/signatures.ts';
import type { KeyState } from '../../src/keri/state.ts';

function seed(number: number): Uint8Array {
  return crypto.digest('sha2-256', utf8(`key ${number}`));
}

/** Key number `n` in CESR text. */
export function key(number: number, code: 'B' | 'D' = 'D'): string {
  return encodePrimitive({ code, raw: crypto.publicKey(seed(number)) });
}

export function keys(...numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => key(number));
}

/** The digests that commit to keys. */
export function digests(...numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => nextDigest(crypto, key(number)));
}

/** The raw signature of key number `n`. */
export function signed(number: number, event: KeyEvent): Uint8Array {
  return crypto.sign(seed(number), event.bytes);
}

/** Signatures by keys of these numbers, each at the index and the prior index that are its own. */
export function signatures(
  event: KeyEvent,
  before: KeyState | undefined,
  ...numbers: readonly number[]
): readonly IndexedSignature[] {
  return numbers.map((number) => {
    const index = signingKeys(event, before).indexOf(key(number));
    if (index < 0) throw new Error(`key ${number} cannot sign this event`);
    const reveals = event.type === 'rot' && before !== undefined;
    const prior = reveals ? priorIndexOf(crypto, before, key(number)) : index;
    return ed25519Signature(signed(number, event), index, prior);
  });
}

/** The attachments of controllers' signatures. */
export function by(controllerSignatures: readonly IndexedSignature[]): Attachments {
  return { ...noAttachments, controllerSignatures };
}

/** The message of an event with its attachments. */
export function wire(event: KeyEvent, attachments: Attachments): Uint8Array {
  return concat(event.bytes, utf8(encodeAttachments(attachments)));
}

/** The key state after events, as if all of them were signed. */
export function stateAfter(...events: readonly KeyEvent[]): KeyState {
  let state: KeyState | undefined;
  for (const event of events) {
    const applied = applyUnsigned(crypto, state, event);
    if (!applied.ok) throw new Error(applied.detail);
    ({ state } = applied);
  }
  if (state === undefined) throw new Error('no event');
  return state;
}

export function logOf(...events: readonly KeyEvent[]): KeyLog {
  const states: KeyState[] = [];
  for (const event of events) {
    const applied = applyUnsigned(crypto, states.at(-1), event);
    if (!applied.ok) throw new Error(applied.detail);
    states.push(applied.state);
  }
  return {
    state: stateAfter(...events),
    saidAt: (sn) => events[sn]?.said,
    stateAt: (sn) => states[sn],
    anchorAt: () => undefined,
  };
}

/** Where {@link message} puts the SAID. */
export const SAID = '#'.repeat(44);

/** The bytes of fields in JSON that is not checked, with the right size and SAID; `fields` starts at `"t"`. */
export function message(fields: string): Uint8Array {
  const { length } = utf8(`{"v":"KERI10JSON000000_",${fields}}`);
  const text = `{"v":"KERI10JSON${length.toString(16).padStart(6, '0')}_",${fields}}`;
  return utf8(text.replaceAll(SAID, digestText(crypto, utf8(text))));
}
