/**
 * Key event logs for the benchmarks: one inception, then interactions with one seal each, and a rotation of all keys at
 * every hundredth event. Everything follows from the label, so that every run measures the same bytes.
 */
import { concat, utf8 } from '../../dist/src/base/bytes.js';
import { encodeAttachments, noAttachments } from '../../dist/src/cesr/attachments.js';
import { digestText } from '../../dist/src/cesr/digest.js';
import { encodePrimitive } from '../../dist/src/cesr/primitive.js';
import { ed25519Signature } from '../../dist/src/cesr/signature.js';
import { nativeCrypto as crypto } from '../../dist/src/crypto/native.js';
import {
  buildInception,
  buildInteraction,
  buildRotation,
  nextDigest,
} from '../../dist/src/keri/build.js';
import { applyUnsigned } from '../../dist/src/keri/evaluate.js';
import { digestSeal } from '../../dist/src/keri/seal.js';
import { countThreshold } from '../../dist/src/keri/threshold.js';

const ROTATION_EVERY = 100;

function makeKeys(label, generation, count) {
  return Array.from({ length: count }, (_, index) => {
    const seed = crypto.digest(
      'sha2-256',
      utf8(`${label} key ${index} of generation ${generation}`),
    );
    const raw = crypto.publicKey(seed);
    return { seed, raw, text: encodePrimitive({ code: 'D', raw }) };
  });
}

function establishment(keys, nextKeys, required) {
  return {
    publicKeys: keys.map(({ text }) => text),
    threshold: countThreshold(required),
    nextDigests: nextKeys.map(({ text }) => nextDigest(crypto, text)),
    nextThreshold: countThreshold(required),
  };
}

/**
 * The events of a log, one after the other without end, that `required` of `keyCount` keys sign, the first ones. Of each
 * event: `wire`, message and attached signatures as one message of bytes; `message`, the event alone; `signatures`, each
 * with its raw public key; `signers`, the keys that signed it.
 */
export function* keyEvents({ label, keyCount, required, rotationEvery = ROTATION_EVERY }) {
  let state;
  let keys = [];
  let nextKeys = makeKeys(label, 0, keyCount);
  const build = (sn) => {
    if (sn % rotationEvery !== 0) {
      const sealed = digestText(crypto, utf8(`${label} ${sn}`));
      return buildInteraction(crypto, state, [digestSeal(sealed)]);
    }
    keys = nextKeys;
    nextKeys = makeKeys(label, sn / rotationEvery + 1, keyCount);
    const fields = establishment(keys, nextKeys, required);
    return sn === 0 ? buildInception(crypto, fields) : buildRotation(crypto, state, fields);
  };
  for (let sn = 0; ; sn++) {
    const event = build(sn);
    const applied = applyUnsigned(crypto, state, event);
    if (!applied.ok) throw new Error(applied.detail);
    ({ state } = applied);
    const signers = keys.slice(0, required);
    const signatures = signers.map(({ seed, raw }) => ({
      publicKey: raw,
      raw: crypto.sign(seed, event.bytes),
    }));
    const controllerSignatures = signatures.map(({ raw }, index) =>
      ed25519Signature(raw, index, index),
    );
    const attached = utf8(encodeAttachments({ ...noAttachments, controllerSignatures }));
    yield { wire: concat(event.bytes, attached), message: event.bytes, signatures, signers };
  }
}

/** A log of `count` events, as {@link keyEvents} gives them. */
export function keyEventLog({ label, count, keyCount, required }) {
  const events = keyEvents({ label, keyCount, required });
  return Array.from({ length: count }, () => events.next().value);
}
