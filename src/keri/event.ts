/**
 * Key events as values: what a message of bytes says once its frame and its fields are checked (KERI specification,
 * "Key event messages"). The bytes stay the truth; an event is never serialised again.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type EstablishmentFields, readKeyFields } from './establishment.ts';
import {
  FIELD,
  fieldText,
  type Message,
  parseSequenceNumber,
  readMessage,
  stringField,
  textList,
} from './message.ts';
import { codeOf, isDigest, isPrefix } from './primitive-text.ts';
import { type Rejection, rejection } from './rejection.ts';
import type { Seal } from './seal.ts';
import type { Threshold } from './threshold.ts';
import { isUniqueList, witnessesProblem } from './witnesses.ts';

interface EventHead {
  /** The event as it is signed: exact bytes, UTF-8. */
  readonly bytes: Uint8Array;
  /** Digest of the event, in CESR text. */
  readonly said: string;
  readonly aid: string;
  /** Sequence number, at most `LIMITS.sequenceNumber`. */
  readonly sn: number;
  /** What the event anchors, in its order. */
  readonly seals: readonly Seal[];
}

interface Establishment extends EventHead {
  readonly threshold: Threshold;
  /** Ed25519 keys in CESR text; the place in the list is the index of a key. */
  readonly publicKeys: readonly string[];
  readonly nextThreshold: Threshold;
  /** Digests of the next keys' CESR texts. Empty: the identifier cannot rotate any more. */
  readonly nextDigests: readonly string[];
  /** How many distinct witnesses have to sign. */
  readonly witnessThreshold: number;
}

interface InceptionContent extends Establishment {
  readonly witnesses: readonly string[];
  /** Configuration traits: `EO`, `DND`, and those that nothing here depends on. */
  readonly traits: readonly string[];
}

export interface Inception extends InceptionContent {
  readonly type: 'icp';
}

/** The inception of an identifier that another one delegates to. */
export interface DelegatedInception extends InceptionContent {
  readonly type: 'dip';
  /** Whose key event log has to seal this event and all rotations after it. */
  readonly delegator: string;
}

interface RotationContent extends Establishment {
  /** SAID of the event before. */
  readonly prior: string;
  readonly witnessCuts: readonly string[];
  readonly witnessAdds: readonly string[];
}

export interface Rotation extends RotationContent {
  readonly type: 'rot';
}

/** A rotation of an identifier that was delegated to; its delegator is the one of its inception. */
export interface DelegatedRotation extends RotationContent {
  readonly type: 'drt';
}

export interface Interaction extends EventHead {
  readonly type: 'ixn';
  /** SAID of the event before. */
  readonly prior: string;
}

/** An event that starts a key event log. */
export type AnyInception = Inception | DelegatedInception;

/** An event that replaces the keys. */
export type AnyRotation = Rotation | DelegatedRotation;

export type KeyEvent = AnyInception | AnyRotation | Interaction;

export function isInception(event: KeyEvent): event is AnyInception {
  return event.type === 'icp' || event.type === 'dip';
}

export function isRotation(event: KeyEvent): event is AnyRotation {
  return event.type === 'rot' || event.type === 'drt';
}

/** An event, or the rule by which it is refused. */
export type ParsedEvent = { readonly ok: true; readonly event: KeyEvent } | Rejection;

function readSequenceNumber({ text, places, type }: Message): number | Rejection {
  const sn = parseSequenceNumber(stringField(text, places, FIELD.sn));
  if (sn === undefined)
    return rejection('sequence-number', 'the sequence number is not hexadecimal in its one form');
  if ((sn === 0) !== (type === 'icp' || type === 'dip'))
    return rejection('sequence-number', `an ${type} cannot have the number ${sn}`);
  return sn;
}

const NO_SEALS: readonly Seal[] = [];

/** The seals in a field; `undefined` when it is no list or has too many entries. */
function readSeals(message: Message, field: number): readonly Seal[] | undefined {
  const text = fieldText(message, field);
  if (text === '[]') return NO_SEALS;
  if (!text.startsWith('[')) return undefined;
  const seals: readonly Seal[] = JSON.parse(text);
  return seals.length > LIMITS.sealsPerEvent ? undefined : seals;
}

function readPrior({ text, places }: Message): string | Rejection {
  const prior = stringField(text, places, FIELD.fifth);
  return prior !== undefined && isDigest(prior)
    ? prior
    : rejection('prior', 'the prior SAID is no digest');
}

/** An inception's identifier is its own digest, or its only key, which then signs alone. */
function prefixProblem(aid: string, fields: EstablishmentFields): Rejection | undefined {
  const { publicKeys, threshold } = fields;
  if (!/^[BD]$/.test(codeOf(aid))) return undefined;
  if (publicKeys.length !== 1 || publicKeys[0] !== aid) {
    return rejection(
      'prefix',
      `the identifier ${aid} is a key, so that it must be the only key of its inception`,
    );
  }
  return threshold.kind === 'count'
    ? undefined
    : rejection('prefix', 'one key that is its own identifier has no weight');
}

const INCEPTION = { keys: 5, witnesses: 10, traits: 11, seals: 12, delegator: 13 } as const;
const ROTATION = { keys: 6, cuts: 11, adds: 12, seals: 13 } as const;
const INTERACTION = { seals: 6 } as const;

/** The delegator in a delegated inception, whose own identifier is its digest. */
function readDelegator({ text, places, aid }: Message): string | Rejection {
  const delegator = stringField(text, places, INCEPTION.delegator);
  if (delegator === undefined || !isPrefix(delegator))
    return rejection('delegator', 'the delegator is neither a digest nor a key');
  return isDigest(aid)
    ? delegator
    : rejection('prefix', `the identifier ${aid} is a key, which nobody can delegate to`);
}

function readInception(crypto: Crypto, message: Message, sn: number): ParsedEvent {
  const { aid, bytes, said } = message;
  const fields = readKeyFields(crypto, message, INCEPTION.keys, aid.startsWith('B') ? 'B' : 'D');
  if (!fields.ok) return fields;
  const witnesses = textList(message, INCEPTION.witnesses);
  if (witnesses === undefined)
    return rejection('witnesses', 'the witnesses are not a list of text within the limit');
  const traits = textList(message, INCEPTION.traits);
  if (traits === undefined)
    return rejection('traits', 'the traits are not a list of text within the limit');
  const seals = readSeals(message, INCEPTION.seals);
  if (seals === undefined) return rejection('seals', 'the seals are not a list within the limit');
  const { ok: _, ...keyFields } = fields;
  const content = { bytes, said, aid, sn, ...keyFields, witnesses, traits, seals };
  const problem =
    prefixProblem(aid, fields) ?? witnessesProblem(crypto, witnesses, fields.witnessThreshold);
  if (problem !== undefined) return problem;
  if (aid.startsWith('B') && keyFields.nextDigests.length + witnesses.length + seals.length > 0) {
    return rejection(
      'non-transferable-content',
      `${aid} cannot rotate: it has no next keys, witnesses or seals`,
    );
  }
  if (message.type !== 'dip') return { ok: true, event: { type: 'icp', ...content } };
  const delegator = readDelegator(message);
  return typeof delegator === 'string'
    ? { ok: true, event: { type: 'dip', ...content, delegator } }
    : delegator;
}

function readRotation(crypto: Crypto, message: Message, sn: number): ParsedEvent {
  const { aid, bytes, said } = message;
  const prior = readPrior(message);
  if (typeof prior !== 'string') return prior;
  const fields = readKeyFields(crypto, message, ROTATION.keys, 'D');
  if (!fields.ok) return fields;
  const witnessCuts = textList(message, ROTATION.cuts);
  if (witnessCuts === undefined || !isUniqueList(witnessCuts)) {
    return rejection(
      'witness-cuts',
      'the witnesses to cut are not a list of different texts within the limit',
    );
  }
  const witnessAdds = textList(message, ROTATION.adds);
  if (witnessAdds === undefined)
    return rejection('witness-adds', 'the witnesses to add are not a list of text');
  const problem = witnessesProblem(crypto, witnessAdds, undefined);
  if (problem !== undefined) return problem;
  const seals = readSeals(message, ROTATION.seals);
  if (seals === undefined) return rejection('seals', 'the seals are not a list within the limit');
  const { ok: _, ...keyFields } = fields;
  const content = { bytes, said, aid, sn, prior, ...keyFields, witnessCuts, witnessAdds, seals };
  return { ok: true, event: { type: message.type === 'drt' ? 'drt' : 'rot', ...content } };
}

function readInteraction(_: Crypto, message: Message, sn: number): ParsedEvent {
  const { aid, bytes, said } = message;
  const prior = readPrior(message);
  if (typeof prior !== 'string') return prior;
  const seals = readSeals(message, INTERACTION.seals);
  if (seals === undefined) return rejection('seals', 'the seals are not a list within the limit');
  const event: Interaction = {
    type: 'ixn',
    bytes,
    said,
    aid,
    sn,
    prior,
    seals,
  };
  return { ok: true, event };
}

const READERS: Readonly<
  Record<Message['type'], (crypto: Crypto, message: Message, sn: number) => ParsedEvent>
> = {
  icp: readInception,
  dip: readInception,
  rot: readRotation,
  drt: readRotation,
  ixn: readInteraction,
};

/**
 * Reads one event message: exact size, canonical JSON, exact fields, SAID, and every rule that the event can be judged
 * by alone. Whether it may stand in a log, and who signed it, is for `evaluate`. Never throws for what bytes hold.
 */
export function parseEvent(crypto: Crypto, bytes: Uint8Array): ParsedEvent {
  const message = readMessage(crypto, bytes);
  if (!message.ok) return message;
  const sn = readSequenceNumber(message);
  if (typeof sn !== 'number') return sn;
  return READERS[message.type](crypto, message, sn);
}
