import { utf8 } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isLaterApproval } from '../keri/delegation.ts';
import { type Decision, type EscrowReason, evaluate } from '../keri/evaluate.ts';
import { isRotation, type KeyEvent } from '../keri/event.ts';
import type { Anchor, EventName, KeyLog, KeyLogs } from '../keri/key-log.ts';
import { parseSignedEvent, progress, type SignedEvent } from '../keri/signatures.ts';
import type { KeyState } from '../keri/state.ts';
import { isRejection, nextState } from '../keri/transition.ts';
import { nameOfEvent, sealedName } from '../log/anchors.ts';

/** The text of a KEL: each event with its attachments. */
export interface KelText {
  readonly aid: string;
  /** The trunk, from the inception on. */
  readonly events: readonly string[];
  /** Events that rotations of the trunk have superseded, each after the one that it follows on. */
  readonly superseded: readonly string[];
}

/** A KEL that came in a file and was replayed here from its inception. */
export interface ReplayedKel extends KeyLog {
  readonly aid: string;
  readonly saids: readonly string[];
  readonly states: readonly KeyState[];
  /** The trunk's events. */
  readonly events: readonly KeyEvent[];
  /** Whether an event at a sequence number was superseded by the trunk, as the file proves. */
  isSuperseded(sn: number, said: string): boolean;
}

/** KELs out of a file, and what they seal. */
export interface ReplayedKels extends KeyLogs {
  readonly kels: ReadonlyMap<string, ReplayedKel>;
}

function refusal(aid: string, sn: number, reason: string, detail: string): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot trust the export: event ${sn} of ${quoted(aid)} does not verify: ${detail}`,
    { reason, hint: 'Ask the proposer for another export, and sign nothing of this one.' },
  );
}

/** Why an event that would have to wait does not stand. */
const LACKS: Readonly<Record<EscrowReason, string>> = {
  'out-of-order': 'an event before it is not given',
  'partial-signature': 'its signatures are not enough',
  'partial-witness': 'it is receipted by too few of its witnesses',
  'missing-delegation': 'no event of its delegator that is given approves it',
};

/** Why an event is not accepted, in words. */
function refusalDetail(decision: Exclude<Decision, { outcome: 'accept' }>): string {
  switch (decision.outcome) {
    case 'duplicate':
      return 'it is given twice';
    case 'escrow':
      return LACKS[decision.reason];
    case 'reject':
      return decision.detail;
  }
}

function parsed(crypto: Crypto, aid: string, sn: number, text: string): SignedEvent {
  const read = parseSignedEvent(crypto, utf8(text));
  if (!read.ok) throw refusal(aid, sn, read.reason, read.detail);
  return read.signed;
}

/** Notes what an event seals; of several seals that say the same, the first one counts. */
function note(anchors: Map<string, Anchor>, { aid, sn, said, seals }: KeyEvent): void {
  for (const [sealIndex, seal] of seals.entries()) {
    const name = sealedName(seal);
    const key = `${aid} ${name}`;
    if (name === undefined || anchors.has(key)) continue;
    anchors.set(key, { delegator: aid, sn, said, sealIndex });
  }
}

/** Replays KELs one by one, delegators before those whom they approve. */
class Replay implements ReplayedKels {
  readonly kels = new Map<string, ReplayedKel>();
  readonly #crypto: Crypto;
  readonly #texts: ReadonlyMap<string, KelText>;
  readonly #anchors = new Map<string, Anchor>();
  /** Approvals that stand in superseded events alone count for what was accepted by them, as they do in the log. */
  readonly #lostAnchors = new Map<string, Anchor>();

  constructor(crypto: Crypto, texts: ReadonlyMap<string, KelText>) {
    this.#crypto = crypto;
    this.#texts = texts;
  }

  log(aid: string): ReplayedKel | undefined {
    return this.kels.get(aid);
  }

  anchor(delegator: string, event: EventName): Anchor | undefined {
    const name = `${delegator} ${nameOfEvent(event)}`;
    return this.#anchors.get(name) ?? this.#lostAnchors.get(name);
  }

  /** @param below how many AIDs are being replayed that this one has to approve */
  run(aid: string, below = 0): void {
    const text = this.#texts.get(aid);
    if (text === undefined || this.kels.has(aid)) return;
    if (below > LIMITS.delegationDepth) {
      throw refusal(aid, 0, 'delegation-depth', `${below} identifiers stand above each other`);
    }
    const [first] = text.events;
    const inception = first === undefined ? undefined : parsed(this.#crypto, aid, 0, first).event;
    if (inception?.type === 'dip') this.run(inception.delegator, below + 1);
    this.#replay(text);
  }

  #replay({ aid, events, superseded }: KelText): void {
    const states: KeyState[] = [];
    const saids: string[] = [];
    const anchors: (Anchor | undefined)[] = [];
    const log = (state: KeyState): KeyLog => ({
      state,
      saidAt: (sn) => saids[sn],
      stateAt: (sn) => states[sn],
      anchorAt: (sn) => anchors[sn],
    });
    const trunk: KeyEvent[] = [];
    for (const [sn, text] of events.entries()) {
      const signed = parsed(this.#crypto, aid, sn, text);
      const before = states.at(-1);
      const known = before && log(before);
      const decision = evaluate(this.#crypto, known, signed, this);
      if (decision.outcome !== 'accept') {
        const reason = decision.outcome === 'duplicate' ? 'duplicate' : decision.reason;
        throw refusal(aid, sn, reason, refusalDetail(decision));
      }
      if (decision.supersedes !== undefined)
        throw refusal(aid, sn, 'superseding', 'it takes the place of an event that is given, too');
      if (decision.state.aid !== aid)
        throw refusal(aid, sn, 'other-aid', `it belongs to ${decision.state.aid}`);
      trunk.push(signed.event);
      saids.push(signed.event.said);
      states.push(decision.state);
      anchors.push(decision.anchor);
    }
    const state = states.at(-1);
    if (state === undefined) throw refusal(aid, 0, 'empty-kel', 'the KEL is empty');
    for (const event of trunk) note(this.#anchors, event);
    const gone = this.#supersededPlaces(aid, superseded, trunk, log(state));
    this.kels.set(aid, {
      aid,
      saids,
      states,
      events: trunk,
      ...log(state),
      isSuperseded: (sn, said) => gone.has(`${sn} ${said}`),
    });
  }

  /**
   * Whether a rotation of the trunk may have taken the place of an event: of an interaction (rule A), or, where the
   * delegator approved it later, of a delegated rotation (rules B and C).
   */
  #mayGo(event: KeyEvent, inPlace: KeyEvent | undefined, kel: KeyLog): boolean {
    if (inPlace === undefined || !isRotation(inPlace)) return false;
    if (event.type === 'ixn') return true;
    const { delegator } = kel.state;
    if (event.type !== 'drt' || inPlace.type !== 'drt' || delegator === undefined) return false;
    const [then, now] = [this.anchor(delegator, event), kel.anchorAt(event.sn)];
    if (then === undefined || now === undefined) return false;
    // What stood before the rotation took its place, judged as it was then.
    const before = { ...kel, saidAt: () => event.said, anchorAt: () => then };
    const others: KeyLogs = {
      log: (aid) => this.log(aid),
      anchor: (aid, one) => this.#anchors.get(`${aid} ${nameOfEvent(one)}`),
    };
    return isLaterApproval(others, before, inPlace, now);
  }

  /**
   * Follows the events that the trunk has superseded, so that who has seen one of them knows what became of it: each is
   * signed enough, follows on the trunk or on another of them, and a rotation took the place where they branch off.
   */
  #supersededPlaces(
    aid: string,
    superseded: readonly string[],
    trunk: readonly KeyEvent[],
    kel: KeyLog,
  ): ReadonlySet<string> {
    const places = new Set<string>();
    const bySaid = new Map(
      trunk.flatMap(({ sn, said }) => {
        const state = kel.stateAt(sn);
        return state === undefined ? [] : [[said, state] as const];
      }),
    );
    for (const text of superseded) {
      const signed = parsed(this.#crypto, aid, 0, text);
      const { event, attachments } = signed;
      const before = 'prior' in event ? bySaid.get(event.prior) : undefined;
      const isOther = event.aid !== aid || trunk[event.sn]?.said === event.said;
      if (before === undefined || isOther || before.sn + 1 !== event.sn || !('prior' in event))
        throw refusal(aid, event.sn, 'superseded', 'it does not follow on what is given');
      const after = nextState(before, event);
      if (isRejection(after)) throw refusal(aid, event.sn, after.reason, after.detail);
      const done = progress(this.#crypto, event, before, attachments);
      if (!done.thresholdMet || done.priorThresholdMet === false)
        throw refusal(aid, event.sn, 'partial-signature', 'its signatures are not enough');
      const isBranching = trunk[before.sn]?.said === before.said;
      if (isBranching ? !this.#mayGo(event, trunk[event.sn], kel) : event.type !== 'ixn')
        throw refusal(aid, event.sn, 'superseded', 'no rotation took its place');
      places.add(`${event.sn} ${event.said}`);
      note(this.#lostAnchors, event);
      bySaid.set(event.said, after);
    }
    return places;
  }
}

/**
 * Replays KELs from their inceptions, delegators first.
 * @param wanted the AIDs whose KELs are wanted; those of their delegators are wanted too, all others are not
 * @throws GitkelError `refused` for an event that does not verify, `malformed` for a KEL that stands twice or unasked.
 */
export function replayKels(
  crypto: Crypto,
  wanted: ReadonlySet<string>,
  list: readonly KelText[],
): ReplayedKels {
  const texts = new Map<string, KelText>();
  for (const kel of list) {
    if (texts.has(kel.aid))
      throw malformed(
        'kel-twice',
        `Cannot read the export: the KEL of ${quoted(kel.aid)} stands twice`,
      );
    texts.set(kel.aid, kel);
  }
  const replay = new Replay(crypto, texts);
  for (const aid of wanted) replay.run(aid);
  // Whoever signs remembers these KELs, and has no reason to remember others.
  const unasked = list.find(({ aid }) => !replay.kels.has(aid));
  if (unasked === undefined) return replay;
  throw malformed(
    'kel-unasked',
    `Cannot read the export: the batch has no event of ${quoted(unasked.aid)}`,
  );
}
