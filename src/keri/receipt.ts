/**
 * Receipts: messages that carry signatures of others over an event which they name (KERI specification, "Receipt
 * message"). What is signed is the event, not the receipt.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { quoted } from '../base/errors.ts';
import type { Attachments } from '../cesr/attachments.ts';
import { hexNumber } from '../cesr/number.ts';
import { fieldLabels, scanFields } from './json.ts';
import type { EventName } from './key-log.ts';
import { FIELD, parseSequenceNumber, readFrame, stringField } from './message.ts';
import { isDigest, isPrefix } from './primitive-text.ts';
import { type Rejection, rejection } from './rejection.ts';
import { splitMessage } from './signed-message.ts';

/** A receipt with what is attached to it. Nothing is verified yet. */
export interface SignedReceipt {
  /** The event that was signed. */
  readonly event: EventName;
  readonly attachments: Attachments;
}

export type ParsedReceipt = { readonly ok: true; readonly event: EventName } | Rejection;

export type ParsedSignedReceipt = { readonly ok: true; readonly signed: SignedReceipt } | Rejection;

const FIELDS = fieldLabels('v t d i s');

/**
 * Reads one receipt message, without attachments. A receipt has no SAID of its own, so that nothing but its form can be
 * checked. Never throws for what bytes hold.
 */
export function parseReceipt(bytes: Uint8Array): ParsedReceipt {
  const frame = readFrame(bytes);
  if (!frame.ok) return frame;
  const { text, type } = frame;
  if (type !== 'rct')
    return rejection('unsupported-ilk', `a message of type ${quoted(type)} is no receipt`);
  const places = scanFields(text, FIELDS);
  if (places === 'fields')
    return rejection('fields', 'the fields of the rct are not those of KERI 1.0');
  if (places === 'json')
    return rejection('not-canonical-json', 'the rct is not in the one form of its JSON');
  const said = stringField(text, places, FIELD.said);
  const aid = stringField(text, places, FIELD.aid);
  const sn = parseSequenceNumber(stringField(text, places, FIELD.sn));
  if (said === undefined || !isDigest(said))
    return rejection('said', 'the SAID of the receipted event is no digest');
  if (aid === undefined || !isPrefix(aid))
    return rejection('prefix', 'the identifier is neither a digest nor a key');
  if (sn === undefined)
    return rejection('sequence-number', 'the sequence number is not hexadecimal in its one form');
  return { ok: true, event: { aid, sn, said } };
}

/** Reads bytes that are one receipt message, its attachments and nothing else. Never throws for what bytes hold. */
export function parseSignedReceipt(bytes: Uint8Array): ParsedSignedReceipt {
  const split = splitMessage(bytes);
  if (!split.ok) return split;
  const parsed = parseReceipt(split.message);
  if (!parsed.ok) return parsed;
  return { ok: true, signed: { event: parsed.event, attachments: split.attachments } };
}

/** The receipt message of an event, to which signatures over the event are attached. */
export function buildReceipt({ aid, sn, said }: EventName): Uint8Array {
  const text = (size: number): string =>
    JSON.stringify({
      v: `KERI10JSON${size.toString(16).padStart(6, '0')}_`,
      t: 'rct',
      d: said,
      i: aid,
      s: hexNumber(sn),
    });
  return utf8(text(text(0).length));
}
