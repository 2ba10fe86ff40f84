import { LIMITS } from '../base/limits.ts';
import type { Attachments } from '../cesr/attachments.ts';
import type { Acceptance } from '../keri/evaluate.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { EventName } from '../keri/key-log.ts';
import { type Proof, signerName } from '../keri/proofs.ts';
import { type PendingItem, PROOFS_PER_FILE, sizeOf, soundProofs } from './pending.ts';

/** Proof that can be judged by the event alone, wherever it stands. */
function needsNobody({ kind }: Proof): boolean {
  return kind !== 'transferable';
}

/** Whether a proof may stand in the file of its event: not by keys that the event itself brings. */
function goesWith({ said }: EventName, proof: Proof): boolean {
  return (
    proof.kind !== 'controller' && (proof.kind !== 'transferable' || proof.signer.said !== said)
  );
}

/**
 * What an import gathers to commit, cut into batches: none larger than a batch of an import may be, and none with an event
 * that supersedes one of its own.
 */
export class Gathered {
  #closed: (readonly PendingItem[])[] = [];
  #open: PendingItem[] = [];
  #bytes = 0;
  /** Identifiers with events in the open batch. */
  readonly #aids = new Set<string>();

  /** Whether there is enough for a batch, or a batch that nothing can be added to. */
  get isDue(): boolean {
    return this.#closed.length > 0 || this.#open.length >= LIMITS.importedFiles;
  }

  get isEmpty(): boolean {
    return this.#closed.length + this.#open.length === 0;
  }

  /** Takes all of it, batch by batch. */
  take(): readonly (readonly PendingItem[])[] {
    this.#close();
    const batches = this.#closed;
    this.#closed = [];
    return batches;
  }

  #close(): void {
    if (this.#open.length > 0) this.#closed.push(this.#open);
    this.#open = [];
    this.#bytes = 0;
    this.#aids.clear();
  }

  add(item: PendingItem): void {
    const size = sizeOf(item);
    const isFull =
      this.#open.length >= LIMITS.importedFiles || this.#bytes + size > LIMITS.importedBytes;
    if (isFull) this.#close();
    this.#open.push(item);
    this.#bytes += size;
  }

  /** An event that was accepted, with the signatures of controllers and witnesses that hold. */
  addEvent(event: KeyEvent, sound: Attachments, { anchor, supersedes }: Acceptance): void {
    if (supersedes !== undefined && this.#aids.has(event.aid)) this.#close();
    // A copy: the bytes may be a part of what was read together.
    const own = { ...event, bytes: event.bytes.slice() };
    this.add({ kind: 'event', event: own, anchor, proofs: soundProofs(sound) });
    this.#aids.add(event.aid);
  }

  /**
   * Further signatures over an accepted event: what came with the event that was added last goes with it, the rest stands
   * behind it, where those are known by whom it was given.
   */
  addProofs(name: EventName, bytes: Uint8Array, proofs: readonly Proof[]): void {
    const at = this.#open.length - 1;
    const last = this.#open[at];
    if (last?.kind === 'event' && last.event.said === name.said) {
      const known = new Set(last.proofs.map(signerName));
      const more = proofs
        .filter((proof) => !known.has(signerName(proof)) && goesWith(name, proof))
        .slice(0, Math.max(0, PROOFS_PER_FILE - last.proofs.length));
      this.#open[at] = { ...last, proofs: [...last.proofs, ...more] };
      const taken = new Set(more);
      const left = proofs.filter((proof) => !known.has(signerName(proof)) && !taken.has(proof));
      if (left.length > 0) this.#addLate(name, bytes, left);
    } else this.#addLate(name, bytes, proofs);
  }

  #addLate(name: EventName, bytes: Uint8Array, proofs: readonly Proof[]): void {
    const at = this.#open.findLastIndex(
      (item) => item.kind === 'proof' && item.name.said === name.said,
    );
    const there = this.#open[at];
    const isMerged =
      there?.kind === 'proof' &&
      there.proofs.length + proofs.length <= PROOFS_PER_FILE &&
      proofs.every(needsNobody);
    if (isMerged) this.#open[at] = { ...there, proofs: [...there.proofs, ...proofs] };
    else {
      for (let from = 0; from < proofs.length; from += PROOFS_PER_FILE) {
        const some = proofs.slice(from, from + PROOFS_PER_FILE);
        this.add({ kind: 'proof', name, bytes: bytes.slice(), proofs: some });
      }
    }
  }
}
