import type { Anchor, EventName, KeyLog, KeyLogs } from '../keri/key-log.ts';
import { Anchors, sealsEvents } from './anchors.ts';
import type { AcceptedEvent } from './accepted-event.ts';
import type { Kel } from './kel.ts';
import { KelDraft } from './kel-draft.ts';
import { Remembered } from './remembered.ts';

/** What events are folded on: the KELs that are there, and what they seal. */
export interface KnownKels {
  kel(aid: string): Kel | undefined;
  readonly anchors: Anchors;
}

/** KELs with events on top that are not in a log yet, as `evaluate` asks for them. */
export class Drafts implements KeyLogs {
  readonly #known: KnownKels | undefined;
  readonly #kels = new Map<string, KelDraft>();
  #anchors: Anchors | undefined;

  /** @param known what they go on from; without it, from nothing */
  constructor(known?: KnownKels) {
    this.#known = known;
  }

  /** Made when it is needed: most events seal no others. */
  get #ownAnchors(): Anchors {
    if (this.#anchors === undefined) {
      const logOf = (aid: string): KeyLog | undefined => this.log(aid);
      const nothing = new Remembered();
      this.#anchors = this.#known?.anchors.copy(nothing, logOf) ?? new Anchors(nothing, logOf);
    }
    return this.#anchors;
  }

  /** The KELs that have new events, or new files. */
  get kels(): ReadonlyMap<string, KelDraft> {
    return this.#kels;
  }

  /** The KEL of an AID to be extended. */
  draft(aid: string): KelDraft {
    const known = this.#kels.get(aid) ?? new KelDraft(this.#known?.kel(aid));
    this.#kels.set(aid, known);
    return known;
  }

  log(aid: string): KeyLog | undefined {
    const draft = this.#kels.get(aid);
    if (draft !== undefined && !draft.isEmpty) return draft;
    return this.#known?.kel(aid);
  }

  anchor(delegator: string, event: EventName): Anchor | undefined {
    return this.#ownAnchors.find(delegator, event);
  }

  /** As {@link anchor}, by a seal that stands alone in its event. */
  soleAnchor(issuer: string, event: EventName): Anchor | undefined {
    return this.#ownAnchors.findAlone(issuer, event);
  }

  /** Takes up an event that was evaluated. */
  add(accepted: AcceptedEvent): void {
    this.draft(accepted.event.aid).add(accepted);
    if (sealsEvents(accepted.event)) this.#ownAnchors.note(accepted.event);
  }
}
