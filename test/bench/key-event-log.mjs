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

function keysOf(label, generation, count) {
  return Array.from({ length: count }, (_, index) => {
    const seed = crypto.digest('sha2-256', utf8(`${label} key ${index} of generation ${generation}`));
    const raw = crypto.publicKey(seed);
    return { seed, raw, text: encodePrimitive({ code: 'D', raw }) };
  });
}

function establishment(label, generation, keyCount, required) {
  const texts = keysOf(label, generation, keyCount).map(({ text }) => text);
  const next = keysOf(label, generation + 1, keyCount).map(({ text }) => text);
  return {
    publicKeys: texts,
    threshold: countThreshold(required),
    nextDigests: next.map((text) => nextDigest(crypto, text)),
    nextThreshold: countThreshold(required),
  };
}

function buildNext(label, sn, state, keyCount, required) {
  const generation = Math.floor(sn / ROTATION_EVERY);
  if (sn === 0) return buildInception(crypto, establishment(label, 0, keyCount, required));
  if (sn % ROTATION_EVERY === 0)
    return buildRotation(crypto, state, establishment(label, generation, keyCount, required));
  return buildInteraction(crypto, state, [digestSeal(digestText(crypto, utf8(`${label} ${sn}`)))]);
}

/**
 * A log of `count` events that `required` of `keyCount` keys sign, the first ones. Of each event: `wire`, message and
 * attached signatures as one message of bytes; `message`, the event alone; `signatures`, each with its raw public key.
 */
export function keyEventLog({ label, count, keyCount, required }) {
  const events = [];
  let state;
  for (let sn = 0; sn < count; sn++) {
    const event = buildNext(label, sn, state, keyCount, required);
    const applied = applyUnsigned(crypto, state, event);
    if (!applied.ok) throw new Error(applied.detail);
    ({ state } = applied);
    const signers = keysOf(label, Math.floor(sn / ROTATION_EVERY), keyCount).slice(0, required);
    const signatures = signers.map(({ seed, raw }) => ({
      publicKey: raw,
      raw: crypto.sign(seed, event.bytes),
    }));
    const controllerSignatures = signatures.map(({ raw }, index) =>
      ed25519Signature(raw, index, index),
    );
    const attached = utf8(encodeAttachments({ ...noAttachments, controllerSignatures }));
    const wire = concat(event.bytes, attached);
    events.push({ wire, message: event.bytes, signatures });
  }
  return events;
}
