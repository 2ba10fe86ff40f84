/**
 * What a validator has: the logs of accepted events, what waits, and the bytes over which signatures may still come.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { type Attachments, noAttachments } from '../cesr/attachments.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type Acceptance, type Decision, evaluate } from '../keri/evaluate.ts';
import { isInception, type KeyEvent, parseEvent } from '../keri/event.ts';
import type { Anchor, EventName, KeyLogs } from '../keri/key-log.ts';
import { attachmentsOf, checkProofs, type Proof, signerName } from '../keri/proofs.ts';
import { readKeyEventSeal } from '../keri/seal.ts';
import {
  type Progress,
  revealingFirst,
  type SignedEvent,
  witnessesOf,
} from '../keri/signatures.ts';
import type { KeyState } from '../keri/state.ts';
import type { GrowingLog } from './growing-log.ts';
import { hasReceipts, merged, receiptsIn, soundOf } from './parts.ts';
import { progressOf, type Standing, standingOf, unjudged, waitingEvent } from './standing.ts';
import type { Trunks } from './trunks.ts';
import {
  isWaitingEvent,
  type WaitingEvent,
  type WaitingReceipt,
  WaitingRoom,
} from './waiting-room.ts';

/** Is told what a validator finds out, in the order in which it does. */
export interface ValidatorListener {
  /**
   * An event was accepted, with the signatures of controllers and witnesses that hold; of several by one key, one that
   * reveals a next key stands first.
   */
  readonly accepted?: (event: KeyEvent, sound: Attachments, acceptance: Acceptance) => void;
  /** Further signatures over an accepted event hold. */
  readonly proved?: (event: EventName, proofs: readonly Proof[]) => void;
}

const NONE: readonly string[] = [];

export class Holdings implements KeyLogs {
  readonly #crypto: Crypto;
  readonly #listener: ValidatorListener;
  readonly #trunks: Trunks;
  readonly waiting = new WaitingRoom();
  /** Keys of what has to be looked at again. */
  readonly #open = new Set<string>();

  constructor(crypto: Crypto, listener: ValidatorListener, trunks: Trunks) {
    this.#crypto = crypto;
    this.#listener = listener;
    this.#trunks = trunks;
  }

  get logs(): readonly GrowingLog[] {
    return this.#trunks.logs;
  }

  log(aid: string): GrowingLog | undefined {
    return this.#trunks.log(aid);
  }

  anchor(delegator: string, event: EventName): Anchor | undefined {
    return this.log(delegator)?.anchorsOf(event)[0];
  }

  evaluate(signed: SignedEvent, others: KeyLogs = this): Decision {
    return evaluate(this.#crypto, this.log(signed.event.aid), signed, others);
  }

  /** Looks at something that waits again, the next time that {@link decideOpen} is called. */
  open(key: string): void {
    this.#open.add(key);
  }

  /** Decides what may have changed; the SAIDs of the events that were accepted, in their order. */
  decideOpen(): readonly string[] {
    if (this.#open.size === 0) return NONE;
    const accepted: string[] = [];
    for (const key of this.#open) {
      this.#open.delete(key);
      const item = this.waiting.get(key);
      if (item === undefined) continue;
      if (!isWaitingEvent(item)) this.#decideReceipt(item);
      else if (this.#decideEvent(item)) accepted.push(item.event.said);
    }
    return accepted;
  }

  /** Takes over an event that was accepted. */
  add(event: KeyEvent, attachments: Attachments, acceptance: Acceptance): void {
    const before = this.#before(event);
    this.#trunks.add(event, acceptance);
    const waited = this.waiting.event(event.said);
    this.waiting.remove(event.said);
    if (this.#listener.accepted !== undefined) {
      const { witnesses } = witnessesOf(event, before);
      const sound = soundOf(attachments, acceptance.progress, witnesses);
      const controllerSignatures = revealingFirst(
        this.#crypto,
        event,
        before,
        sound.controllerSignatures,
      );
      this.#listener.accepted(event, { ...sound, controllerSignatures }, acceptance);
    }
    if (hasReceipts(attachments)) this.late(event, attachments);
    for (const earlier of waited === undefined ? [] : [waited.sound, ...waited.copies])
      this.late(event, earlier);
    this.#openAfter(event, acceptance);
  }

  /**
   * Judges signatures over an accepted event that came after it. Says whether some wait, because nothing is known of
   * whoever gave them.
   */
  late(event: EventName, attachments: Attachments): boolean {
    const kept = this.#trunks.kept(event);
    const parsed = kept === undefined ? undefined : parseEvent(this.#crypto, kept.bytes);
    if (kept === undefined || parsed?.ok !== true) return false;
    const before = this.#before(parsed.event);
    const { verified, pending } = checkProofs(
      this.#crypto,
      parsed.event,
      before,
      attachments,
      this,
      kept.known,
    );
    if (verified.length > 0) {
      this.#trunks.note(event, verified.map(signerName));
      this.#listener.proved?.(event, verified);
    }
    const waiting = { ...noAttachments, transferableSignatureGroups: pending };
    for (const receipt of receiptsIn(event, waiting, { witnesses: false }))
      this.waiting.put(receipt);
    return pending.length > 0;
  }

  /** Lets an event wait, together with what came of it before. `done` is `undefined` while its keys are not known. */
  keep({ event, attachments }: SignedEvent, standing: Standing, done: Progress | undefined): void {
    const there = this.waiting.event(event.said);
    const before = there?.sound ?? noAttachments;
    const copies = there?.copies ?? [];
    const isJudged = done !== undefined;
    this.waiting.put(
      waitingEvent(
        // A copy: the bytes are a part of what was read together.
        there?.event ?? { ...event, bytes: event.bytes.slice() },
        standing,
        isJudged ? merged(before, this.#sound(event, attachments, done)) : before,
        isJudged ? copies : [...copies, unjudged(attachments)].slice(-LIMITS.waitingCopies),
      ),
    );
    for (const receipt of receiptsIn(event, attachments, { witnesses: false }))
      this.waiting.put({ ...receipt, isListed: standing.isListed });
    if (there !== undefined || this.waiting.receiptsFor(event).length > 0) this.open(event.said);
  }

  #sound(event: KeyEvent, attachments: Attachments, done: Progress): Attachments {
    return soundOf(attachments, done, witnessesOf(event, this.#before(event)).witnesses);
  }

  /** The key state before an event, where that is in the trunk. */
  #before(event: KeyEvent): KeyState | undefined {
    return isInception(event) ? undefined : this.log(event.aid)?.stateAt(event.sn - 1);
  }

  /** Looks at all again that an accepted event may have changed. */
  #openAfter({ aid, sn, seals }: KeyEvent, { supersedes }: Acceptance): void {
    if (this.waiting.isEmpty) return;
    for (const { key } of this.waiting.at(aid, sn)) this.open(key);
    for (const { key } of this.waiting.at(aid, sn + 1)) this.open(key);
    for (const seal of seals) {
      const name = readKeyEventSeal(seal);
      if (name !== undefined)
        for (const { key } of this.waiting.at(name.aid, name.sn)) this.open(key);
    }
    if (supersedes === undefined) return;
    // Whether a delegated rotation supersedes another one depends on the trunks above it; an inception waits for a seal.
    for (const item of this.waiting.items) {
      if (item.name.aid === aid || (isWaitingEvent(item) && item.event.type === 'drt'))
        this.open(item.key);
    }
  }

  /** Decides a waiting event anew; says whether it was accepted. */
  #decideEvent(item: WaitingEvent): boolean {
    const { event } = item;
    let { sound } = item;
    let standing: Standing | undefined;
    const copies: Attachments[] = [];
    for (const attachments of item.copies) {
      const decision = this.evaluate({ event, attachments });
      if (decision.outcome === 'accept') {
        this.add(event, attachments, decision);
        return true;
      }
      const done = progressOf(decision);
      if (done !== undefined) sound = merged(sound, this.#sound(event, attachments, done));
      else {
        standing = standingOf(decision, item);
        if (standing !== undefined) copies.push(attachments);
      }
    }
    sound = merged(sound, this.#takeReceipts(event));
    if (sound.controllerSignatures.length > 0) {
      const decision = this.evaluate({ event, attachments: sound });
      if (decision.outcome === 'accept') {
        this.add(event, sound, decision);
        return true;
      }
      if (decision.outcome === 'duplicate') this.late(event, sound);
      standing = standingOf(decision, item);
    }
    if (standing === undefined) this.waiting.remove(item.key);
    else this.waiting.put(waitingEvent(event, standing, sound, copies));
    return false;
  }

  /** Takes those signatures of witnesses out of the room that wait for an event whose witnesses are known. */
  #takeReceipts(event: KeyEvent): Attachments {
    const before = this.#before(event);
    const isKnown = isInception(event) || this.log(event.aid)?.saidAt(event.sn - 1) === event.prior;
    if (!isKnown) return noAttachments;
    const { witnesses } = witnessesOf(event, before);
    let taken: Attachments = noAttachments;
    for (const receipt of this.waiting.receiptsFor(event)) {
      const [couple] = receipt.attachments.nonTransferableReceipts;
      const isWitness =
        receipt.escrow === 'unverified-witness-receipt' ||
        (couple !== undefined && witnesses.includes(couple.aid));
      if (!isWitness) continue;
      this.waiting.remove(receipt.key);
      const { verified } = checkProofs(this.#crypto, event, before, receipt.attachments, this);
      taken = merged(taken, attachmentsOf(verified));
    }
    return taken;
  }

  /** Judges a waiting signature whose event is in the trunk by now. */
  #decideReceipt(receipt: WaitingReceipt): void {
    const { name, attachments, key } = receipt;
    if (this.log(name.aid)?.saidAt(name.sn) !== name.said) return;
    this.waiting.remove(key);
    this.late(name, attachments);
  }
}
