/** A log as contents alone: events of any kind, signed by keys that are made by name, folded batch by batch. */
import { concat, utf8 } from '../../src/base/bytes.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { encodePrimitive, decodePrimitive } from '../../src/cesr/primitive.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto, nextDigest, type Seal } from '../../src/index.ts';
import {
  buildDelegatedInception,
  buildDelegatedRotation,
  buildInception,
  buildInteraction,
  buildRotation,
} from '../../src/keri/build.ts';
import { isRotation, type KeyEvent } from '../../src/keri/event.ts';
import { keyEventSeal } from '../../src/keri/seal.ts';
import { priorIndexOf, signingKeys, witnessesOf } from '../../src/keri/signatures.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { countThreshold } from '../../src/keri/threshold.ts';
import { Contents, type Draft } from '../../src/log/contents.ts';
import { fold, type FoldResult, pathOfEvent } from '../../src/log/fold.ts';
import type { AddedFile } from '../../src/log/folding.ts';
import { createGenesis } from '../../src/log/genesis.ts';
import { proofPath, recordPath } from '../../src/log/layout.ts';
import { buildRecord, type RecordBody, type UnsignedRecord } from '../../src/records/record.ts';
import { encodeRecordFile } from '../../src/records/record-file.ts';
import { recordSeal } from '../../src/records/record-seal.ts';
import { signedBytes } from '../../src/records/record.ts';
import { KeyRing } from './key-ring.ts';

export interface MakeOptions {
  readonly keys?: number;
  readonly threshold?: number;
  readonly delegator?: string;
  readonly witnesses?: readonly string[];
  readonly witnessThreshold?: number;
  readonly traits?: readonly string[];
}

export interface SignOptions {
  /** Which of its keys sign; all unless told. */
  readonly signers?: readonly number[];
  /** Which of its witnesses sign; all unless told. */
  readonly witnesses?: readonly number[];
  /** More, or other, attachments. */
  readonly more?: Partial<Attachments>;
  readonly ordinal?: number;
}

export class FoldedLog {
  readonly ring = new KeyRing(crypto);
  contents = new Contents();
  founder = '';
  readonly #keysOf = new Map<
    string,
    { readonly name: string; readonly count: number; readonly threshold: number }
  >();

  static async begin(): Promise<FoldedLog> {
    const log = new FoldedLog();
    const founder = log.inception('founder');
    log.founder = founder.aid;
    const genesis = createGenesis(crypto, founder.aid, 'open', new Uint8Array(16));
    log.apply([{ path: 'gitkel.json', bytes: genesis.bytes }, await log.file(founder, undefined)]);
    return log;
  }

  get logId(): string {
    return this.contents.genesis?.logId ?? '';
  }

  /** The key of code `B` of that name. */
  witness(name: string): string {
    return encodePrimitive({ code: 'B', raw: decodePrimitive(this.ring.key(name)).raw });
  }

  keys(name: string, count: number, generation: number): readonly string[] {
    return Array.from({ length: count }, (_, at) => this.ring.key(`${name}.${generation}.${at}`));
  }

  #fields(name: string, count: number, generation: number, threshold = count) {
    return {
      publicKeys: this.keys(name, count, generation),
      threshold: countThreshold(threshold),
      nextDigests: this.keys(name, count, generation + 1).map((key) => nextDigest(crypto, key)),
      nextThreshold: countThreshold(threshold),
    };
  }

  inception(name: string, options: MakeOptions = {}): KeyEvent {
    const { keys = 1, threshold, delegator, witnesses, witnessThreshold, traits } = options;
    const fields = {
      ...this.#fields(name, keys, 0, threshold),
      witnesses,
      witnessThreshold,
      traits,
    };
    const event =
      delegator === undefined
        ? buildInception(crypto, fields)
        : buildDelegatedInception(crypto, delegator, fields);
    this.#keysOf.set(event.aid, { name, count: keys, threshold: threshold ?? keys });
    return event;
  }

  state(aid: string): KeyState {
    const state = this.contents.kel(aid)?.state;
    if (state === undefined) throw new Error(`${aid} is not in the log`);
    return state;
  }

  interaction(aid: string, seals: readonly Seal[] = [], before = this.state(aid)): KeyEvent {
    return buildInteraction(crypto, before, seals);
  }

  /** A rotation to the keys of a generation. */
  rotation(
    aid: string,
    generation: number,
    seals: readonly Seal[] = [],
    before = this.state(aid),
  ): KeyEvent {
    const { name = '', count = 1, threshold } = this.#keysOf.get(aid) ?? {};
    const fields = { ...this.#fields(name, count, generation, threshold), seals };
    return before.delegator === undefined
      ? buildRotation(crypto, before, fields)
      : buildDelegatedRotation(crypto, before, fields);
  }

  /** The seal by which a delegator approves an event. */
  approval({ aid, sn, said }: KeyEvent): Seal {
    return keyEventSeal(aid, sn, said);
  }

  async attachments(
    event: KeyEvent,
    before: KeyState | undefined,
    { signers, witnesses: witnessIndices, more = {} }: SignOptions = {},
  ): Promise<Attachments> {
    const keys = signingKeys(event, before);
    const { witnesses } = witnessesOf(event, before);
    const all = keys.map((_, index) => index);
    const prior = (key: string, index: number): number | undefined =>
      isRotation(event) && before !== undefined ? priorIndexOf(crypto, before, key) : index;
    return {
      ...noAttachments,
      controllerSignatures: await Promise.all(
        (signers ?? all).map(async (index) => {
          const key = keys[index] ?? '';
          const raw = await this.ring.signer(key).sign(event.bytes);
          return ed25519Signature(raw, index, prior(key, index));
        }),
      ),
      witnessSignatures: await Promise.all(
        (witnessIndices ?? witnesses.map((_, index) => index)).map(async (index) =>
          ed25519Signature(await this.fixedSignature(witnesses[index] ?? '', event), index, index),
        ),
      ),
      ...more,
    };
  }

  /** What the holder of a key of code `B` signs. */
  async fixedSignature(witness: string, { bytes }: KeyEvent): Promise<Uint8Array> {
    const key = encodePrimitive({ code: 'D', raw: decodePrimitive(witness).raw });
    return this.ring.signer(key).sign(bytes);
  }

  async file(
    event: KeyEvent,
    before: KeyState | undefined,
    options: SignOptions = {},
  ): Promise<AddedFile> {
    const { ordinal = this.contents.kel(event.aid)?.files ?? 0 } = options;
    const attached = encodeAttachments(await this.attachments(event, before, options));
    return {
      path: pathOfEvent(crypto, event, ordinal),
      bytes: concat(event.bytes, utf8(attached)),
    };
  }

  /** A late proof with these attachments. */
  proof(event: KeyEvent, attachments: Partial<Attachments>, ordinal?: number): AddedFile {
    const text = encodeAttachments({ ...noAttachments, ...attachments });
    const bytes = concat(event.bytes, utf8(text));
    const number = ordinal ?? this.contents.kel(event.aid)?.files ?? 0;
    return { path: proofPath(crypto, event.aid, number, digestText(crypto, bytes)), bytes };
  }

  /** A record for the event of an AID with a sequence number; signed by nobody unless told whose keys do. */
  record(issuer: string, sn: number, body: RecordBody): UnsignedRecord {
    return buildRecord(crypto, { issuer, sn, logId: this.logId }, body);
  }

  seal({ body, said }: UnsignedRecord): Seal {
    return recordSeal(body.type, this.logId, said);
  }

  async recordFile(record: UnsignedRecord, keys: readonly string[] = []): Promise<AddedFile> {
    const signatures = await Promise.all(
      keys.map(async (key, index) => ({
        index,
        raw: await this.ring.signer(key).sign(signedBytes(record)),
      })),
    );
    return {
      path: recordPath(crypto, record.body.type, record.said),
      bytes: encodeRecordFile({ record, signatures }),
    };
  }

  fold(files: readonly AddedFile[]): FoldResult {
    return fold(crypto, this.contents, files);
  }

  /** Folds a batch and takes it up; it must hold. */
  apply(files: readonly AddedFile[]): Draft {
    const result = this.fold(files);
    if (!result.ok) throw new Error(`${result.reason}: ${result.detail} (${result.path})`);
    const name = `${this.contents.batches}`;
    const payloadDigest = digestText(crypto, utf8(name));
    this.contents.apply(result.draft, { commit: name, payloadDigest, claimedSeconds: 0 });
    return result.draft;
  }

  /** Takes up one event of an AID, signed by all. */
  async take(event: KeyEvent, before?: KeyState): Promise<KeyEvent> {
    this.apply([await this.file(event, before ?? this.contents.kel(event.aid)?.state)]);
    return event;
  }

  /** Somebody new in the log. */
  async member(name: string, options: MakeOptions = {}): Promise<string> {
    return (await this.take(this.inception(name, options))).aid;
  }

  /**
   * Somebody whom another delegates to, in one batch: the delegator's approval, then the inception. The approval is the
   * `-G` couple of the latter.
   */
  async delegate(name: string, delegator: string, options: MakeOptions = {}): Promise<string> {
    const event = this.inception(name, { ...options, delegator });
    this.apply(await this.approved(event, undefined));
    return event.aid;
  }

  /** The files of a delegated event after an interaction of its delegator that approves it. */
  async approved(event: KeyEvent, before: KeyState | undefined): Promise<readonly AddedFile[]> {
    const delegator = event.type === 'dip' ? event.delegator : before?.delegator;
    const approval = this.interaction(delegator ?? '', [this.approval(event)]);
    return [
      await this.file(approval, this.state(delegator ?? '')),
      await this.file(event, before, { more: couple(approval) }),
    ];
  }
}

/** The `-G` couple that names an event. */
export function couple({ sn, said }: KeyEvent): Pick<Attachments, 'sealSources'> {
  return { sealSources: [{ sequenceNumber: sn, said }] };
}
