/**
 * Evidence of duplicity: two events of one identifier for one place that may not both stand, with everything that it takes
 * to see that. It proves itself: nobody who made it or stores it has to be trusted (KERI specification, "Duplicity").
 * @module
 */
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import { dummy } from '../cesr/said.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type Acceptance, evaluate } from '../keri/evaluate.ts';
import { isRotation, type KeyEvent } from '../keri/event.ts';
import type { KeyLog } from '../keri/key-log.ts';
import {
  parseSignedEvent,
  priorIndexOf,
  type SignedEvent,
  signingKeys,
} from '../keri/signatures.ts';
import type { KeyState } from '../keri/state.ts';
import { Drafts } from './drafts.ts';

/** An event with who authorised it, so that others can judge by which keys it was made. */
export interface Rival {
  readonly event: KeyEvent;
  /** The key state that it follows on; `undefined` before an inception. */
  readonly before: KeyState | undefined;
  /** The keys, of those that the key state before names or commits to, that signed it. */
  readonly authority: readonly string[];
}

/** What evidence proves, once it is verified. */
export interface ProvenDuplicity {
  /** The SAID of the evidence. */
  readonly said: string;
  readonly aid: string;
  /** The place that both events claim. */
  readonly sn: number;
  /** In the order of their SAIDs. */
  readonly rivals: readonly [Rival, Rival];
  /** The events of the identifier up to that place, the inception first. */
  readonly base: readonly Rival[];
}

export type EvidenceVerdict =
  | { readonly ok: true; readonly proven: ProvenDuplicity }
  | { readonly ok: false; readonly reason: string; readonly detail: string };

/** The KEL of one identifier: the CESR text of its events with their attachments, in the order of their acceptance. */
export interface KelTexts {
  readonly aid: string;
  readonly events: readonly string[];
}

const FORMAT = 'gitkel-evidence/1';

interface Document {
  readonly kels: readonly KelTexts[];
  readonly rivals: readonly string[];
}

function documentOf(said: string, { kels, rivals }: Document): Json {
  return {
    d: said,
    format: FORMAT,
    kels: kels.map(({ aid, events }) => ({ aid, events })),
    rivals,
  };
}

function saidOf(crypto: Crypto, document: Document): string {
  return digestText(crypto, canonicalBytes(documentOf(dummy('E'), document)));
}

/** Thrown inside of a check only; {@link verifyEvidence} turns it into a value. */
class NotProven extends Error {
  readonly reason: string;

  constructor(reason: string, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

function parseText(crypto: Crypto, text: string): SignedEvent {
  const parsed = parseSignedEvent(crypto, utf8(text));
  if (parsed.ok) return parsed.signed;
  throw new NotProven(parsed.reason, `an event cannot be read: ${parsed.detail}`);
}

/** The event, which has to evaluate to `accept` on these KELs. */
function accepted(crypto: Crypto, drafts: Drafts, signed: SignedEvent): Acceptance {
  const { event } = signed;
  const decision = evaluate(crypto, drafts.log(event.aid), signed, drafts);
  if (decision.outcome === 'accept') return decision;
  const why = decision.outcome === 'duplicate' ? 'it is there twice' : decision.reason;
  throw new NotProven('not-accepted', `event ${event.sn} of ${event.aid} does not hold: ${why}`);
}

function add(drafts: Drafts, { event }: SignedEvent, decision: Acceptance): void {
  const { state, anchor, progress } = decision;
  drafts.add({ event, state, anchor, signers: progress });
}

/** Who authorised an event: of a rotation, the keys that the state before it commits to. */
function rivalOf(
  crypto: Crypto,
  { event }: SignedEvent,
  before: KeyState | undefined,
  { progress }: Acceptance,
): Rival {
  const keys = signingKeys(event, before);
  const signed = progress.indices.flatMap((index) => keys[index] ?? []);
  const authority =
    isRotation(event) && before !== undefined
      ? signed.filter((key) => priorIndexOf(crypto, before, key) !== undefined)
      : signed;
  return { event, before, authority };
}

function stateBefore(log: KeyLog | undefined, { sn }: KeyEvent): KeyState | undefined {
  return sn === 0 ? undefined : log?.stateAt(sn - 1);
}

/** Replays the KELs, each of its own identifier; gives the events of the last one that its trunk is made of. */
function replayKels(crypto: Crypto, drafts: Drafts, kels: readonly KelTexts[]): readonly Rival[] {
  let trunk: Rival[] = [];
  for (const { aid, events } of kels) {
    if (drafts.log(aid) !== undefined) throw new NotProven('kel-twice', `${aid} stands twice`);
    trunk = [];
    for (const text of events) {
      const signed = parseText(crypto, text);
      const { event } = signed;
      if (event.aid !== aid)
        throw new NotProven('other-aid', `an event of ${event.aid} stands in the KEL of ${aid}`);
      const before = stateBefore(drafts.log(aid), event);
      const decision = accepted(crypto, drafts, signed);
      trunk.length = event.sn;
      trunk.push(rivalOf(crypto, signed, before, decision));
      add(drafts, signed, decision);
    }
  }
  return trunk;
}

/** Two events at the place after a KEL, of which neither may stand where the other does. */
function checkRivals(
  crypto: Crypto,
  drafts: Drafts,
  one: SignedEvent,
  other: SignedEvent,
): readonly [Rival, Rival] {
  const { aid, sn, said } = one.event;
  if (other.event.aid !== aid || other.event.sn !== sn || other.event.said <= said)
    throw new NotProven(
      'rivals',
      'the two events are not rivals for one place, in the order of their SAIDs',
    );
  const log = drafts.log(aid);
  if (sn !== (log === undefined ? 0 : log.state.sn + 1))
    throw new NotProven('rivals', `the KEL of ${aid} does not end before event ${sn}`);
  const before = stateBefore(log, one.event);
  const first = accepted(crypto, drafts, one);
  const second = accepted(crypto, drafts, other);
  const rivals = [
    rivalOf(crypto, one, before, first),
    rivalOf(crypto, other, before, second),
  ] as const;
  add(drafts, one, first);
  const isLawful = (signed: SignedEvent): boolean =>
    evaluate(crypto, drafts.log(aid), signed, drafts).outcome === 'accept';
  const mayFollow = isLawful(other);
  add(drafts, other, second);
  if (mayFollow || isLawful(one))
    throw new NotProven('superseding', 'one of the two events supersedes the other lawfully');
  return rivals;
}

function prove(crypto: Crypto, said: string, { kels, rivals }: Document): ProvenDuplicity {
  const [one, other] = rivals;
  if (one === undefined || other === undefined || rivals.length > 2)
    throw new NotProven('rivals', `there are ${rivals.length} rivals, not two`);
  const [first, second] = [parseText(crypto, one), parseText(crypto, other)];
  const { aid, sn } = first.event;
  if (kels.length > LIMITS.delegationDepth + 1)
    throw new NotProven('kels', `there are ${kels.length} KELs`);
  if (sn > 0 && kels.at(-1)?.aid !== aid)
    throw new NotProven('kels', `the last KEL is not that of ${aid}`);
  const drafts = new Drafts();
  const trunk = replayKels(crypto, drafts, kels);
  return {
    said,
    aid,
    sn,
    rivals: checkRivals(crypto, drafts, first, second),
    base: sn > 0 ? trunk : [],
  };
}

function parseKel(value: Json): KelTexts {
  const fields = fieldsOf(value, 'a KEL of evidence', ['aid', 'events']);
  return { aid: fields.text('aid'), events: fields.texts('events') };
}

function parseEvidence(crypto: Crypto, bytes: Uint8Array): { said: string; document: Document } {
  const what = 'evidence of duplicity';
  const value = parseCanonical(bytes, LIMITS.evidenceBytes, what);
  const fields = fieldsOf(value, what, ['d', 'format', 'kels', 'rivals']);
  const format = fields.text('format');
  if (format !== FORMAT)
    throw malformed('format', `Cannot read ${what}: its format is ${quoted(format)}`);
  const document = { kels: fields.list('kels').map(parseKel), rivals: fields.texts('rivals') };
  const said = fields.text('d');
  if (saidOf(crypto, document) !== said)
    throw malformed('said', `Cannot read ${what}: its digest is not its SAID ${quoted(said)}`);
  return { said, document };
}

/** Whether bytes prove that somebody signed two events for one place. Needs nothing but the bytes; never throws for what they hold. */
export function verifyEvidence(crypto: Crypto, bytes: Uint8Array): EvidenceVerdict {
  try {
    const { said, document } = parseEvidence(crypto, bytes);
    return { ok: true, proven: prove(crypto, said, document) };
  } catch (error) {
    if (error instanceof NotProven)
      return { ok: false, reason: error.reason, detail: error.message };
    if (!(error instanceof GitkelError)) throw error;
    return { ok: false, reason: error.reason ?? error.code, detail: error.message };
  }
}

/**
 * Makes evidence of two events for one place, and verifies it.
 * @param kels KELs up to before that place, delegators first, the identifier's own last; each event with its
 * attachments in CESR text
 * @param rivals the two events with their attachments in CESR text
 * @throws GitkelError `refused` when that proves nothing.
 */
export function buildEvidence(
  crypto: Crypto,
  kels: readonly KelTexts[],
  rivals: readonly [Uint8Array, Uint8Array],
): Uint8Array {
  const texts = rivals.map((bytes) => {
    const parsed = parseSignedEvent(crypto, bytes);
    const text = fromUtf8(bytes);
    if (parsed.ok && text !== undefined) return { text, said: parsed.signed.event.said };
    throw malformed(
      'rivals',
      'Cannot make evidence: a rival is no event with attachments in CESR text',
    );
  });
  const inOrder = texts.toSorted((one, other) => (one.said < other.said ? -1 : 1));
  const document = { kels, rivals: inOrder.map(({ text }) => text) };
  const bytes = canonicalBytes(documentOf(saidOf(crypto, document), document));
  const verdict = verifyEvidence(crypto, bytes);
  if (verdict.ok) return bytes;
  throw new GitkelError('refused', `Cannot make evidence: ${verdict.detail}`, {
    reason: verdict.reason,
    hint: 'Two events of one place prove something when enough keys and witnesses signed each, and neither may supersede the other; what both follow on has to be whole, delegators first.',
  });
}
