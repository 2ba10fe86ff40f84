/**
 * Which events one witness may receipt one after the other: one for each place, unless the later one may supersede what
 * was receipted before (KERI specification, "Superseding recovery" and "Witness").
 * @module
 */

/** An event by its place, as far as the rule looks at it. */
export interface ReceiptPlace {
  /** Sequence number. */
  readonly sn: number;
  readonly said: string;
  /** SAID of the event before; `undefined` for an inception. */
  readonly prior: string | undefined;
  /** KERI's label of the event's type. */
  readonly type: string;
  /** Where the delegator anchored a delegated event: sequence number and place among the seals. */
  readonly anchor: { readonly sn: number; readonly seal: number } | undefined;
}

/** What a witness receipted before, in the order in which it did. */
export interface EarlierReceipt extends ReceiptPlace {
  /** Whether it took the place of what was receipted before. */
  readonly supersedes: boolean;
}

/** The key event log that ends with the event that is to be receipted. */
export interface ReceiptGround {
  /** The event in force at a sequence number, up to the one that is to be receipted. */
  at(sn: number): ReceiptPlace | undefined;
  /** Whether an event is known to have been superseded by what is in force. */
  isSuperseded(sn: number, said: string): boolean;
}

export type ReceiptRuling =
  /** It was receipted before: the same may be given again. */
  | { readonly ruling: 'again' }
  | { readonly ruling: 'new' }
  /** It supersedes what was receipted before. */
  | { readonly ruling: 'supersedes' }
  /**
   * It follows on another event that stands in place of what was receipted before. Whoever receipts it holds to that one,
   * too: nothing else may be receipted in its place later.
   */
  | { readonly ruling: 'follows'; readonly superseding: ReceiptPlace }
  /** Only one of both may stand. */
  | { readonly ruling: 'rival'; readonly earlier: ReceiptPlace };

/** What still stands of the receipts: whatever a superseding event took the place of does not. */
function standing(earlier: readonly EarlierReceipt[]): readonly EarlierReceipt[] {
  let live: EarlierReceipt[] = [];
  for (const one of earlier) {
    if (one.supersedes) live = live.filter(({ sn }) => sn < one.sn);
    live.push(one);
  }
  return live;
}

/** SAIDs of later events that were receipted as such that follow on `next`; every event between must have been, too. */
function followers(live: readonly ReceiptPlace[], next: ReceiptPlace): ReadonlySet<string> {
  const found = new Set([next.said]);
  const later = live.filter(({ sn }) => sn > next.sn).toSorted((a, b) => a.sn - b.sn);
  for (const { said, prior = '' } of later) if (found.has(prior)) found.add(said);
  return found;
}

function isEstablishment({ type }: ReceiptPlace): boolean {
  return type !== 'ixn';
}

/** Rules A and B, as far as a witness can tell them from the places alone: a delegator's own recovery is not known here. */
function maySupersede(later: ReceiptPlace, earlier: ReceiptPlace): boolean {
  if (later.sn !== earlier.sn || later.prior !== earlier.prior) return false;
  if (later.type !== 'rot' && later.type !== 'drt') return false;
  if (!isEstablishment(earlier)) return true;
  const [now, before] = [later.anchor, earlier.anchor];
  if (later.type !== 'drt' || earlier.type !== 'drt') return false;
  if (now === undefined || before === undefined) return false;
  return now.sn > before.sn || (now.sn === before.sn && now.seal > before.seal);
}

/** The first event of the ground before `next` that stands in place of what was receipted; `undefined` when none does. */
function supersedingBefore(
  receipted: readonly ReceiptPlace[],
  next: ReceiptPlace,
  ground: ReceiptGround,
): ReceiptPlace | undefined {
  const gone = receipted.filter(({ sn, said }) => sn < next.sn && ground.at(sn)?.said !== said);
  return gone.length === 0 ? undefined : ground.at(Math.min(...gone.map(({ sn }) => sn)));
}

/** Judges whether a witness may receipt `next`, the last event of `ground`, given what it receipted before. */
export function ruleOnReceipt(
  earlier: readonly EarlierReceipt[],
  next: ReceiptPlace,
  ground: ReceiptGround,
): ReceiptRuling {
  const receipted = standing(earlier);
  const live = receipted.filter(({ sn, said }) => !ground.isSuperseded(sn, said));
  if (live.some(({ said }) => said === next.said)) return { ruling: 'again' };
  const following = followers(live, next);
  const conflicts = live
    .filter(({ sn, said }) => (sn <= next.sn ? ground.at(sn)?.said !== said : !following.has(said)))
    .toSorted((a, b) => a.sn - b.sn);
  const [lowest, ...others] = conflicts;
  if (lowest !== undefined) {
    const inPlace = ground.at(lowest.sn);
    const isSuperseding =
      inPlace !== undefined && maySupersede(inPlace, lowest) && !others.some(isEstablishment);
    if (!isSuperseding) return { ruling: 'rival', earlier: lowest };
  }
  const superseding = supersedingBefore(receipted, next, ground);
  if (superseding !== undefined) return { ruling: 'follows', superseding };
  return { ruling: lowest === undefined ? 'new' : 'supersedes' };
}
