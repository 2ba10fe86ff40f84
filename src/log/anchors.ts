/**
 * Which events are named by seals `{i,s,d}`, and where: approvals of delegators, anchors of credential status events
 * (KERI specification, "Seals").
 * @module
 */
import { hexNumber } from '../cesr/number.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { Anchor, EventName, KeyLog } from '../keri/key-log.ts';
import type { Seal } from '../keri/seal.ts';
import { OwnedValues } from './owned-values.ts';
import type { Remembered, Value } from './remembered.ts';

/** Where an identifier seals something: its event, and the place of the seal in it. */
type AnchorLine = readonly [sn: number, said: string, sealIndex: number, isAmongOthers?: true];

/** No identifier, number or digest is longer; what is cannot name an event. */
const LONGEST = 96;

/** Whether an event may hold seals that name others. */
export function sealsEvents({ seals }: KeyEvent): boolean {
  return seals.some((seal) => typeof seal === 'object' && seal !== null && 'i' in seal);
}

/** What a seal of exactly the labels `i`, `s` and `d` names, as text; `undefined` for every other seal. */
export function sealedName(seal: Seal): string | undefined {
  if (typeof seal !== 'object' || seal === null || !('i' in seal)) return undefined;
  const [aid, sn, said] = Object.values(seal);
  if (Object.keys(seal).join() !== 'i,s,d') return undefined;
  if (typeof aid !== 'string' || typeof sn !== 'string' || typeof said !== 'string')
    return undefined;
  return [aid, sn, said].every((text) => text.length <= LONGEST && /^[A-Za-z0-9_-]+$/.test(text))
    ? `${aid} ${sn} ${said}`
    : undefined;
}

/** An event as {@link sealedName} names it. */
export function nameOfEvent({ aid, sn, said }: EventName): string {
  return `${aid} ${hexNumber(sn)} ${said}`;
}

/** Under which the earliest seal that stands alone is kept, where an earlier one does not. */
function alone(name: string): string {
  return `alone ${name}`;
}

function anchorOf(issuer: string, line: AnchorLine | undefined): Anchor | undefined {
  if (line === undefined) return undefined;
  const [sn, said, sealIndex, isAmongOthers] = line;
  const anchor = { delegator: issuer, sn, said, sealIndex };
  return isAmongOthers === true ? { ...anchor, isAmongOthers } : anchor;
}

/**
 * For every identifier and everything that it seals, the earliest such seal of its trunk, and the earliest that
 * stands alone in its event: no other anchors an event of a registry. What stood on a branch that was superseded does not
 * count.
 */
export class Anchors {
  readonly #logOf: (aid: string) => KeyLog | undefined;
  #lines: OwnedValues<AnchorLine>;

  /** @param logOf the trunks by which it is told what still stands */
  constructor(remembered: Remembered, logOf: (aid: string) => KeyLog | undefined) {
    this.#logOf = logOf;
    this.#lines = new OwnedValues(remembered, 'anchor');
  }

  #find(issuer: string, name: string): AnchorLine | undefined {
    const line = this.#lines.get(`${issuer} ${name}`);
    if (line === undefined) return undefined;
    return this.#logOf(issuer)?.saidAt(line[0]) === line[1] ? line : undefined;
  }

  /** Where the trunk of an identifier seals an event. */
  find(issuer: string, event: EventName): Anchor | undefined {
    return anchorOf(issuer, this.#find(issuer, nameOfEvent(event)));
  }

  /** Where the trunk of an identifier seals an event and nothing else beside it. */
  findAlone(issuer: string, event: EventName): Anchor | undefined {
    const first = this.#find(issuer, nameOfEvent(event));
    const line = first?.[3] === true ? this.#find(issuer, alone(nameOfEvent(event))) : first;
    return anchorOf(issuer, line);
  }

  /** Notes what an event seals; the event is in the trunk by now. */
  note({ aid, sn, said, seals }: KeyEvent): void {
    for (const [sealIndex, seal] of seals.entries()) {
      const name = sealedName(seal);
      if (name === undefined) continue;
      const isAmongOthers = seals.length > 1;
      const first = this.#find(aid, name);
      const line: AnchorLine = isAmongOthers ? [sn, said, sealIndex, true] : [sn, said, sealIndex];
      if (first === undefined) this.#lines.set(`${aid} ${name}`, line);
      else if (!isAmongOthers && first[3] === true && this.#find(aid, alone(name)) === undefined)
        this.#lines.set(`${aid} ${alone(name)}`, line);
    }
  }

  /** Anchors that go on from these, and leave them alone. These must not change meanwhile. */
  copy(remembered: Remembered, logOf: (aid: string) => KeyLog | undefined): Anchors {
    const copy = new Anchors(remembered, logOf);
    copy.#lines = this.#lines.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#lines.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#lines.settle();
  }
}
