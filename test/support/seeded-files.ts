/** Files of a seeded log that nobody stages: events of every kind, late proofs, registries, evidence. */
import { concat, fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { ed25519Signature, type IndexedSignature } from '../../src/cesr/signature.ts';
import {
  buildInteraction,
  buildRotation,
  countThreshold,
  nativeCrypto as crypto,
  nextDigest,
} from '../../src/index.ts';
import { buildDelegatedInception, buildDelegatedRotation } from '../../src/keri/build.ts';
import { isRotation, type KeyEvent } from '../../src/keri/event.ts';
import { applyUnsigned } from '../../src/keri/evaluate.ts';
import { keyEventSeal, type Seal } from '../../src/keri/seal.ts';
import { parseSignedEvent, priorIndexOf, signingKeys } from '../../src/keri/signatures.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { buildEvidence } from '../../src/log/evidence.ts';
import { pathOfEvent } from '../../src/log/fold.ts';
import type { AddedFile } from '../../src/log/folding.ts';
import {
  credentialPath,
  evidencePath,
  proofPath,
  recordPath,
  statusPath,
  type StatusFileType,
} from '../../src/log/layout.ts';
import { verifyEvidence } from '../../src/log/evidence.ts';
import { buildRecord, type RecordBody, type UnsignedRecord } from '../../src/records/record.ts';
import { encodeRecordFile } from '../../src/records/record-file.ts';
import { recordSeal } from '../../src/records/record-seal.ts';
import { type MadeMessage, registryEvents } from './registry-events.ts';
import { keysAt, type SeededLog, signerAt } from './seeded-log.ts';

/** Makes the files of batches of a seeded log as it is now. */
export class SeededFiles {
  readonly #seeded: SeededLog;

  constructor(seeded: SeededLog) {
    this.#seeded = seeded;
  }

  get #contents() {
    return this.#seeded.log.contents;
  }

  #kel(aid: string) {
    const kel = this.#contents.kel(aid);
    if (kel === undefined) throw new Error(`${aid} is not in the log`);
    return kel;
  }

  async #signatures(
    event: KeyEvent,
    before: KeyState | undefined,
    places: readonly number[],
  ): Promise<readonly IndexedSignature[]> {
    const keys = signingKeys(event, before);
    const signed = places.map(async (place) => {
      const signer = signerAt(place);
      const index = keys.indexOf(signer.publicKey);
      const prior =
        isRotation(event) && before !== undefined
          ? priorIndexOf(crypto, before, signer.publicKey)
          : index;
      return ed25519Signature(await signer.sign(event.bytes), index, prior);
    });
    return (await Promise.all(signed)).toSorted((one, other) => one.index - other.index);
  }

  async #file(
    event: KeyEvent,
    before: KeyState | undefined,
    places: readonly number[],
    more: Partial<Attachments> = {},
    ordinal = this.#contents.kel(event.aid)?.files ?? 0,
  ): Promise<AddedFile> {
    const controllerSignatures = await this.#signatures(event, before, places);
    const attached = encodeAttachments({ ...noAttachments, controllerSignatures, ...more });
    return {
      path: pathOfEvent(crypto, event, ordinal),
      bytes: concat(event.bytes, utf8(attached)),
    };
  }

  #fields(keys: readonly number[], next: readonly number[]) {
    return {
      publicKeys: keysAt(...keys),
      threshold: countThreshold(keys.length),
      nextDigests: keysAt(...next).map((key) => nextDigest(crypto, key)),
      nextThreshold: countThreshold(next.length),
    };
  }

  /** An interaction of an AID for each seal, one after the other. */
  async anchorings(aid: string, seals: readonly Seal[], places: readonly number[]) {
    const kel = this.#kel(aid);
    const made: { readonly event: KeyEvent; readonly file: AddedFile }[] = [];
    let { state } = kel;
    for (const seal of seals) {
      const event = buildInteraction(crypto, state, [seal]);
      const file = await this.#file(event, state, places, {}, kel.files + made.length);
      made.push({ event, file });
      const applied = applyUnsigned(crypto, state, event);
      if (!applied.ok) throw new Error(applied.detail);
      ({ state } = applied);
    }
    return made;
  }

  /** A rotation at a place of the trunk that lifts a record. */
  async recovery(
    aid: string,
    sn: number,
    lifted: UnsignedRecord['said'],
    keys: readonly number[],
    next: readonly number[],
  ): Promise<readonly AddedFile[]> {
    const before = this.#kel(aid).stateAt(sn - 1);
    const logId = this.#contents.genesis?.logId ?? '';
    const body: RecordBody = { type: 'lift', records: [lifted], reason: 'by a stolen key' };
    const record = buildRecord(crypto, { issuer: aid, sn, logId }, body);
    if (before === undefined) throw new Error('there is no such place');
    const seals = [recordSeal('lift', logId, record.said)];
    const event = buildRotation(crypto, before, { ...this.#fields(keys, next), seals });
    return [
      await this.#file(event, before, keys),
      {
        path: recordPath(crypto, 'lift', record.said),
        bytes: encodeRecordFile({ record, signatures: [] }),
      },
    ];
  }

  /** A delegated inception, after the delegator's approval. */
  async delegation(
    delegator: string,
    approving: readonly number[],
    keys: readonly number[],
    next: readonly number[],
  ): Promise<readonly AddedFile[]> {
    const event = buildDelegatedInception(crypto, delegator, this.#fields(keys, next));
    return this.#approved(delegator, approving, event, undefined, keys);
  }

  async delegatedRotation(
    aid: string,
    approving: readonly number[],
    keys: readonly number[],
    next: readonly number[],
  ): Promise<readonly AddedFile[]> {
    const { state } = this.#kel(aid);
    const event = buildDelegatedRotation(crypto, state, this.#fields(keys, next));
    return this.#approved(state.delegator ?? '', approving, event, state, keys);
  }

  async #approved(
    delegator: string,
    approving: readonly number[],
    event: KeyEvent,
    before: KeyState | undefined,
    places: readonly number[],
  ): Promise<readonly AddedFile[]> {
    const seal = keyEventSeal(event.aid, event.sn, event.said);
    const [approval] = await this.anchorings(delegator, [seal], approving);
    if (approval === undefined) throw new Error('there is one for each seal');
    const { sn, said } = approval.event;
    const sealSources = [{ sequenceNumber: sn, said }];
    return [approval.file, await this.#file(event, before, places, { sealSources })];
  }

  /** A signature over an accepted event that comes later. */
  async proof(aid: string, sn: number, place: number): Promise<AddedFile> {
    const kel = this.#kel(aid);
    const parsed = parseSignedEvent(
      crypto,
      this.#seeded.log.readEvent(aid, sn) ?? new Uint8Array(),
    );
    if (!parsed.ok) throw new Error(parsed.detail);
    const { event } = parsed.signed;
    const before = sn === 0 ? undefined : kel.stateAt(sn - 1);
    const controllerSignatures = await this.#signatures(event, before, [place]);
    const attached = encodeAttachments({ ...noAttachments, controllerSignatures });
    const bytes = concat(event.bytes, utf8(attached));
    return { path: proofPath(crypto, aid, kel.files, digestText(crypto, bytes)), bytes };
  }

  /** A registry with a credential issued in it, and the credential. */
  async registry(aid: string, places: readonly number[]): Promise<readonly AddedFile[]> {
    const registry = registryEvents.setUp(aid);
    const body = registryEvents.credential(aid, registry.said, 'builder');
    const issuance = registryEvents.issue(registry.said, body.said);
    const seal = (name: string, { said }: MadeMessage): Seal => ({ i: name, s: '0', d: said });
    const seals = [seal(registry.said, registry), seal(body.said, issuance)];
    const anchorings = await this.anchorings(aid, seals, places);
    const status = (type: StatusFileType, made: MadeMessage, ordinal: number): AddedFile => {
      const sealSources = anchorings
        .slice(ordinal, ordinal + 1)
        .map(({ event }) => ({ sequenceNumber: event.sn, said: event.said }));
      const attached = utf8(encodeAttachments({ ...noAttachments, sealSources }));
      return {
        path: statusPath(crypto, registry.said, ordinal, type, made.said),
        bytes: concat(made.bytes, attached),
      };
    };
    return [
      ...anchorings.map(({ file }) => file),
      status('vcp', registry, 0),
      status('iss', issuance, 1),
      { path: credentialPath(crypto, body.said), bytes: body.bytes },
    ];
  }

  /** Evidence that somebody signed two events after an event of the trunk. */
  async evidence(aid: string, sn: number, places: readonly number[]): Promise<AddedFile> {
    const { log } = this.#seeded;
    const before = this.#kel(aid).stateAt(sn);
    const textAt = (at: number): string =>
      fromUtf8(log.readEvent(aid, at) ?? new Uint8Array()) ?? '';
    const events = Array.from({ length: sn + 1 }, (_, at) => textAt(at));
    if (before === undefined) throw new Error('there is no such place');
    const rival = async (text: string): Promise<Uint8Array> => {
      const event = buildInteraction(crypto, before, [{ d: text }]);
      return (await this.#file(event, before, places)).bytes;
    };
    const rivals = [await rival('one'), await rival('other')] as const;
    const bytes = buildEvidence(crypto, [{ aid, events }], rivals);
    const verdict = verifyEvidence(crypto, bytes);
    if (!verdict.ok) throw new Error(verdict.detail);
    return { path: evidencePath(crypto, verdict.proven.said), bytes };
  }
}
