/**
 * What a validator keeps because it cannot be decided yet: bounded for each identifier and in all. Where there is no
 * room, the oldest goes, first of all what could not be verified so far.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { Attachments } from '../cesr/attachments.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { EventName } from '../keri/key-log.ts';
import type { EventEscrow, ReceiptEscrow } from './outcome.ts';

interface Waiting {
  /** Names it among all that waits. */
  readonly key: string;
  /** The event that waits, or over which the signature was given. */
  readonly name: EventName;
  /** Bytes that it is counted with. */
  readonly size: number;
  /** Whether one of its signatures was verified. */
  readonly isVerified: boolean;
  /** Not so for what was refused where it stood, and is looked at again when the trunk there changes. */
  readonly isListed: boolean;
}

export interface WaitingEvent extends Waiting {
  readonly event: KeyEvent;
  readonly escrow: EventEscrow;
  /** Signatures of controllers and witnesses that hold. */
  readonly sound: Attachments;
  /** What came with each copy of the event whose keys are not known yet. */
  readonly copies: readonly Attachments[];
}

export interface WaitingReceipt extends Waiting {
  readonly escrow: ReceiptEscrow;
  /** SAID and signature as text. */
  readonly value: string;
  /** One signature. */
  readonly attachments: Attachments;
  /** The establishment event whose keys signed, for a signature by another identifier. */
  readonly signer: EventName | undefined;
}

type AnyWaiting = WaitingEvent | WaitingReceipt;

export function isWaitingEvent(item: AnyWaiting): item is WaitingEvent {
  return 'event' in item;
}

function place(aid: string, sn: number): string {
  return `${aid} ${sn}`;
}

/** Under which places an item is looked for: its own, that of its signer, and its delegator's inception. */
function placesOf(item: AnyWaiting): readonly string[] {
  const own = place(item.name.aid, item.name.sn);
  if (!isWaitingEvent(item)) {
    const { signer } = item;
    return signer === undefined ? [own] : [own, place(signer.aid, signer.sn)];
  }
  return item.event.type === 'dip' ? [own, place(item.event.delegator, 0)] : [own];
}

/** Items by a text under which several may stand, in the order in which they came. */
class Shelves {
  readonly #shelves = new Map<string, Map<string, AnyWaiting>>();

  at(name: string): readonly AnyWaiting[] {
    return [...(this.#shelves.get(name)?.values() ?? [])];
  }

  count(name: string): number {
    return this.#shelves.get(name)?.size ?? 0;
  }

  put(name: string, item: AnyWaiting): void {
    const shelf = this.#shelves.get(name);
    if (shelf === undefined) this.#shelves.set(name, new Map([[item.key, item]]));
    else shelf.set(item.key, item);
  }

  remove(name: string, key: string): void {
    const shelf = this.#shelves.get(name);
    shelf?.delete(key);
    if (shelf?.size === 0) this.#shelves.delete(name);
  }

  /** The oldest item under a name. */
  first(name: string): AnyWaiting | undefined {
    return this.#shelves.get(name)?.values().next().value;
  }
}

/** All that waits, in the order in which it came. */
export class WaitingRoom {
  readonly #items = new Map<string, AnyWaiting>();
  readonly #byPlace = new Shelves();
  /** By identifier, and apart what is not verified: `! <aid>`; of all identifiers: `!` and ``. */
  readonly #byAge = new Shelves();
  readonly #byAid = new Shelves();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  get items(): readonly AnyWaiting[] {
    return [...this.#items.values()];
  }

  get(key: string): AnyWaiting | undefined {
    return this.#items.get(key);
  }

  event(said: string): WaitingEvent | undefined {
    const item = this.#items.get(said);
    return item !== undefined && isWaitingEvent(item) ? item : undefined;
  }

  /** What stands at a place, or waits for the event there. */
  at(aid: string, sn: number): readonly AnyWaiting[] {
    return this.#byPlace.at(place(aid, sn));
  }

  /** What waits of an identifier. */
  of(aid: string): readonly AnyWaiting[] {
    return this.#byAid.at(aid);
  }

  /** The signatures that wait for an event. */
  receiptsFor({ aid, sn, said }: EventName): readonly WaitingReceipt[] {
    return this.at(aid, sn).flatMap((item) =>
      !isWaitingEvent(item) && item.name.aid === aid && item.name.said === said ? [item] : [],
    );
  }

  /** Keeps an item, in place of the one with its key, and makes room for it. */
  put(item: AnyWaiting): void {
    this.remove(item.key);
    this.#items.set(item.key, item);
    this.#bytes += item.size;
    for (const name of placesOf(item)) this.#byPlace.put(name, item);
    for (const name of this.#ageNames(item)) this.#byAge.put(name, item);
    this.#byAid.put(item.name.aid, item);
    this.#makeRoom(item.name.aid);
  }

  remove(key: string): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.delete(key);
    this.#bytes -= item.size;
    for (const name of placesOf(item)) this.#byPlace.remove(name, key);
    for (const name of this.#ageNames(item)) this.#byAge.remove(name, key);
    this.#byAid.remove(item.name.aid, key);
  }

  #ageNames({ isVerified, name: { aid } }: AnyWaiting): readonly string[] {
    return isVerified ? [`= ${aid}`, '='] : [`! ${aid}`, '!'];
  }

  #makeRoom(aid: string): void {
    while (this.#byAid.count(aid) > LIMITS.waitingPerAid) this.#drop(` ${aid}`);
    while (this.#items.size > LIMITS.waiting || this.#bytes > LIMITS.waitingBytes) this.#drop('');
  }

  #drop(whose: string): void {
    const oldest = this.#byAge.first(`!${whose}`) ?? this.#byAge.first(`=${whose}`);
    if (oldest === undefined) throw new Error('there is something to drop');
    this.remove(oldest.key);
  }
}
