import { isRotation, type KeyEvent } from '../keri/event.ts';
import type { Kel } from '../log/kel.ts';
import type { LogGround } from '../log/log.ts';

/** What took the place of an event of a batch, or of an event on which it follows. */
export interface TakenPlace {
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
  readonly position: number | undefined;
  readonly commit: string | undefined;
}

/** Where an event of a batch stands on the log as it is now. */
export type Place =
  | { readonly place: 'free' }
  /** The event is in the log already. */
  | { readonly place: 'there'; readonly position: number | undefined }
  | { readonly place: 'taken'; readonly taken: TakenPlace };

function taken(
  { contents }: LogGround,
  aid: string,
  by: { readonly sn: number; readonly said: string; readonly position: number | undefined },
): Place {
  const { sn, said, position } = by;
  const commit = position === undefined ? undefined : contents.batchAt(position)?.commit;
  return { place: 'taken', taken: { aid, sn, said, position, commit } };
}

function takenBy(log: LogGround, kel: Kel, sn: number): Place {
  return taken(log, kel.state.aid, {
    sn,
    said: kel.saidAt(sn) ?? '',
    position: kel.positionAt(sn),
  });
}

/** Whether an event would supersede what the log has at its place, as far as its kind and its place tell. */
function supersedes(kel: Kel, event: KeyEvent): boolean {
  const { sn } = kel.state.lastEstablishment;
  if (!isRotation(event) || kel.saidAt(event.sn - 1) !== event.prior) return false;
  if (event.sn > sn) return true;
  return event.sn === sn && event.type === 'drt' && kel.stateAt(sn)?.lastType === 'drt';
}

/** The place of an event whose AID the batch has not touched before. */
function placeInKel(log: LogGround, kel: Kel, event: KeyEvent): Place {
  const { sn, said } = event;
  const there = kel.saidAt(sn);
  if (there === said) return { place: 'there', position: kel.positionAt(sn) };
  const isLate = there !== undefined;
  if (isLate) return supersedes(kel, event) ? { place: 'free' } : takenBy(log, kel, sn);
  const before = kel.saidAt(sn - 1);
  if (!('prior' in event) || before === event.prior) return { place: 'free' };
  const gone = kel.disputed.find((one) => one.said === event.prior);
  if (gone !== undefined) return taken(log, event.aid, gone.by);
  return before === undefined ? { place: 'free' } : takenBy(log, kel, sn - 1);
}

/**
 * Where the events of a batch stand, in their order. An event that follows on another one of the batch is free where
 * that one is.
 */
export function placesOf(log: LogGround, events: readonly KeyEvent[]): readonly Place[] {
  /** By AID, the SAID of the last event of the batch that is free. */
  const free = new Map<string, string>();
  return events.map((event) => {
    const kel = log.contents.kel(event.aid);
    const isNext = 'prior' in event && free.get(event.aid) === event.prior;
    const place: Place =
      kel === undefined || isNext ? { place: 'free' } : placeInKel(log, kel, event);
    if (place.place === 'free') free.set(event.aid, event.said);
    return place;
  });
}

/** The events of a batch whose places are free. */
export function freeEvents(log: LogGround, events: readonly KeyEvent[]): readonly KeyEvent[] {
  const places = placesOf(log, events);
  return events.filter((_, at) => places[at]?.place === 'free');
}
