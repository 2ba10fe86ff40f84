import { ed25519Signature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isRotation } from '../keri/event.ts';
import { checkedSignature } from '../keys/checked-signature.ts';
import type { Signer } from '../keys/signer.ts';
import { signedBytes } from '../records/record.ts';
import type { Collected } from './collected.ts';
import {
  type Contribution,
  encodeContribution,
  type EventSignature,
  type RecordContribution,
} from './contribution.ts';
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

/** One signature over a record that a key may give. */
export interface OpenRecordSignature {
  readonly publicKey: string;
  readonly record: string;
  readonly index: number;
}

/** Every record of the batch over which one of the keys is asked to sign. */
export function recordSignaturesFor(
  collected: Collected,
  has: (publicKey: string) => boolean,
): readonly OpenRecordSignature[] {
  return collected.plannedRecords.flatMap(({ record, signerState }) =>
    (signerState?.publicKeys ?? []).flatMap((publicKey, index) =>
      has(publicKey) ? [{ publicKey, record: record.said, index }] : [],
    ),
  );
}

/** Every place in the batch where one of the keys is asked for as that of a controller. */
export function signaturesFor(
  crypto: Crypto,
  collected: Collected,
  has: (publicKey: string) => boolean,
): readonly OpenSignature[] {
  return collected.planned.flatMap((planned) =>
    requestFor(crypto, planned)
      .keys.filter(({ publicKey }) => has(publicKey))
      .map(({ publicKey, index, priorIndex }) => {
        const { aid, sn, said } = planned.event;
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
  const raw = await checkedSignature(
    crypto,
    signer,
    open.publicKey,
    planned.event.bytes,
    `Cannot sign event ${open.sn} of ${open.aid}`,
  );
  const priorIndex = isRotation(planned.event) ? open.priorIndex : open.index;
  return { event: open.said, signature: ed25519Signature(raw, open.index, priorIndex) };
}

async function signRecord(
  crypto: Crypto,
  collected: Collected,
  open: OpenRecordSignature,
  signer: Signer,
): Promise<RecordContribution> {
  const planned = collected.plannedRecords.find(({ record }) => record.said === open.record);
  if (planned === undefined)
    throw new Error('an open signature is always over a record of the batch');
  const raw = await checkedSignature(
    crypto,
    signer,
    open.publicKey,
    signedBytes(planned.record),
    `Cannot sign the ${planned.record.body.type}`,
  );
  return { record: open.record, index: open.index, raw };
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
  const openRecords = recordSignaturesFor(collected, has);
  const contributions: Contribution[] = [];
  for (const publicKey of new Set([...open, ...openRecords].map((one) => one.publicKey))) {
    const signer = await findSigner(publicKey);
    if (signer === undefined) continue;
    const own = open.filter((one) => one.publicKey === publicKey);
    for (const one of own) await remember(one);
    const signatures: EventSignature[] = [];
    for (const one of own) signatures.push(await signOne(crypto, collected, one, signer));
    const records: RecordContribution[] = [];
    for (const one of openRecords)
      if (one.publicKey === publicKey)
        records.push(await signRecord(crypto, collected, one, signer));
    contributions.push(encodeContribution(collected.batch.id, publicKey, signatures, records));
  }
  return contributions;
}
