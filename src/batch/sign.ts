import { GitkelError } from '../base/errors.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import { ed25519Signature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { Signer } from '../keys/signer.ts';
import type { Collected } from './collected.ts';
import { type Contribution, encodeContribution, type EventSignature } from './contribution.ts';
import { requestFor } from './requests.ts';

/** One signature that a key may give: for which event, at which index. */
export interface OpenSignature {
  readonly publicKey: string;
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
  readonly index: number;
  /** The prior next digest that the key reveals, in a rotation. */
  readonly priorIndex: number | undefined;
}

/** Every place in the batch where one of the keys is asked for. */
export function signaturesFor(
  crypto: Crypto,
  collected: Collected,
  has: (publicKey: string) => boolean,
): readonly OpenSignature[] {
  return collected.planned.flatMap(({ event, before }) =>
    requestFor(crypto, event, before)
      .keys.filter(({ publicKey }) => has(publicKey))
      .map(({ publicKey, index, priorIndex }) => {
        const { aid, sn, said } = event;
        return { publicKey, aid, sn, said, index, priorIndex };
      }),
  );
}

async function signOne(
  crypto: Crypto,
  collected: Collected,
  open: OpenSignature,
  signer: Signer,
): Promise<EventSignature> {
  const planned = collected.planned.find(({ event }) => event.said === open.said);
  if (planned === undefined)
    throw new Error('an open signature is always for an event of the batch');
  const raw = await signer.sign(planned.event.bytes);
  if (!crypto.verify(decodePrimitive(open.publicKey).raw, planned.event.bytes, raw)) {
    throw new GitkelError(
      'refused',
      `Cannot sign event ${open.sn} of ${open.aid}: the signer of ${open.publicKey} returned a wrong signature`,
      { reason: 'bad-signature' },
    );
  }
  const priorIndex = planned.event.type === 'rot' ? open.priorIndex : open.index;
  return { event: open.said, signature: ed25519Signature(raw, open.index, priorIndex) };
}

/**
 * Signs with every key that is asked for and at hand; one contribution for each key. `remember` is called, and must
 * have made durable what it was told, before the signature for that place is made: it refuses a second event for a
 * place by throwing.
 * @throws GitkelError `refused` from `remember`, or when a signer returns a wrong signature.
 */
export async function signBatch(
  crypto: Crypto,
  collected: Collected,
  findSigner: (publicKey: string) => Promise<Signer | undefined>,
  has: (publicKey: string) => boolean,
  remember: (open: OpenSignature) => Promise<void>,
): Promise<readonly Contribution[]> {
  const open = signaturesFor(crypto, collected, has);
  const contributions: Contribution[] = [];
  for (const publicKey of new Set(open.map((one) => one.publicKey))) {
    const signer = await findSigner(publicKey);
    if (signer === undefined) continue;
    const own = open.filter((one) => one.publicKey === publicKey);
    for (const one of own) await remember(one);
    const signatures: EventSignature[] = [];
    for (const one of own) signatures.push(await signOne(crypto, collected, one, signer));
    contributions.push(encodeContribution(collected.batch.id, publicKey, signatures));
  }
  return contributions;
}
