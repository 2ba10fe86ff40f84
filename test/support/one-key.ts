/** Identities of one key each, and batches that everybody who is asked signs at once. */
import {
  collect,
  commitBatch,
  countThreshold,
  dropBatch,
  loadCollected,
  type Log,
  nextDigest,
  type Operation,
  signBatch,
  stageBatch,
  stagingGround,
} from '../../src/index.ts';
import type { Crypto } from '../../src/index.ts';
import type { KeyRing } from './key-ring.ts';

/** The inception of an identity with the key of one name; that of another name comes next. */
export function oneKeyInception(
  crypto: Crypto,
  ring: KeyRing,
  name: string,
  next: string,
): Operation {
  const threshold = countThreshold(1);
  return {
    kind: 'create',
    publicKeys: [ring.key(name)],
    threshold,
    nextDigests: [nextDigest(crypto, ring.key(next))],
    nextThreshold: threshold,
  };
}

/** Stages operations in one batch, signs it with every key that is asked for, and commits it as the founder. */
export async function commitSigned(
  log: Log,
  ring: KeyRing,
  operations: readonly Operation[],
  nonce: Uint8Array,
): Promise<void> {
  const staged = await stageBatch(log, stagingGround(log, 'open', nonce), operations);
  const signer = async (key: string) => ring.signer(key);
  const signed = await signBatch(
    log.host.crypto,
    loadCollected(log, staged),
    signer,
    () => true,
    async () => {},
  );
  for (const { bytes } of signed) await collect(log, bytes);
  const founder = log.contents.genesis?.founder;
  const outcome = await commitBatch(log, staged, signer, founder === undefined ? [] : [founder]);
  if (outcome.status !== 'committed') throw new Error(`not committed: ${JSON.stringify(outcome)}`);
  await dropBatch(log, staged.id);
}
