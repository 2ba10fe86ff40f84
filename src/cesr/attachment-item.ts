/**
 * The items of which groups of attachments are made: read from a cursor, written as CESR text.
 * @module
 */
import { malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isDigestCode, isPrefixCode, isPublicKeyCode } from './codes.ts';
import { encodeCounter, type Counter } from './counter.ts';
import { takeCounter, takeSignature, takeText, type Cursor } from './cursor.ts';
import { decodeDateTime, encodeDateTime } from './date-time.ts';
import { decodeSequenceNumber, encodeSequenceNumber } from './number.ts';
import { encodeIndexedSignature, type IndexedSignature } from './signature.ts';

/** A receipt by a key that is an identifier itself, as witnesses and watchers have. */
export interface NonTransferableReceipt {
  /** The key in CESR text. A transferable key is read too, but a receipt by it alone proves nothing. */
  readonly aid: string;
  /** The signature in CESR text (not indexed). */
  readonly signature: string;
}

/** An event of a log that the context names: its sequence number and SAID. */
export interface SealSource {
  readonly sequenceNumber: number;
  readonly said: string;
}

/** An event by identifier, sequence number and SAID. */
export interface SealTriple extends SealSource {
  readonly aid: string;
}

/** One signature of a receipt by the keys of an establishment event. */
export interface TransferableReceipt extends SealTriple {
  readonly signature: IndexedSignature;
}

/** Signatures by the keys of an establishment event. */
export interface TransferableSignatureGroup extends SealTriple {
  readonly signatures: readonly IndexedSignature[];
}

/** Signatures by the keys of the last establishment event, whichever that is. */
export interface LastEstablishmentGroup {
  readonly aid: string;
  readonly signatures: readonly IndexedSignature[];
}

/** The ordinal of an event in the copy of a log that it comes from, and when that copy first saw it. */
export interface FirstSeen {
  readonly ordinal: number;
  /** `YYYY-MM-DDThh:mm:ss.ffffff+hh:mm`, as that copy's keeper claims. */
  readonly dateTime: string;
}

/** Refuses an empty group. The largest is bounded by its counter: two characters count to 4,095. */
export function checkCount({ code, count }: Counter): void {
  if (count === 0)
    throw malformed('empty-group', `Cannot read the group ${code}: it says that it is empty`);
}

/** A group of items as CESR text, several where one counter cannot count them; nothing for no items. */
export function writeGroup<Item>(
  code: string,
  items: readonly Item[],
  write: (item: Item) => string,
): string {
  let text = '';
  for (let from = 0; from < items.length; from += LIMITS.signaturesPerGroup) {
    const part = items.slice(from, from + LIMITS.signaturesPerGroup);
    text += encodeCounter({ code, count: part.length }) + part.map((item) => write(item)).join('');
  }
  return text;
}

function takeAid(cursor: Cursor): string {
  return takeText(cursor, 'the identifier of an attachment', isPrefixCode);
}

function takeOrdinal(cursor: Cursor): number {
  const text = takeText(cursor, 'the sequence number of an attachment', (code) => code === '0A');
  const value = decodeSequenceNumber(text);
  if (value > LIMITS.sequenceNumber) {
    throw malformed(
      'sequence-number-too-large',
      `Cannot read the sequence number ${value}: it is above the limit`,
    );
  }
  return Number(value);
}

function takeSignatures(cursor: Cursor): readonly IndexedSignature[] {
  const counter = takeCounter(cursor);
  if (counter.code !== '-A') {
    throw malformed(
      'cesr-code',
      `Cannot read a group of signatures: it starts with ${quoted(counter.code)}, not "-A"`,
    );
  }
  checkCount(counter);
  return Array.from({ length: counter.count }, () => takeSignature(cursor));
}

/** Reads over a group of signatures, whoever they are by: -A, -C or -F. */
export function takeSignatureGroup(cursor: Cursor): void {
  const counter = takeCounter(cursor);
  checkCount(counter);
  for (let i = 0; i < counter.count; i++) {
    switch (counter.code) {
      case '-A':
        takeSignature(cursor);
        break;
      case '-C':
        takeNonTransferableReceipt(cursor);
        break;
      case '-F':
        takeTransferableSignatureGroup(cursor);
        break;
      default:
        throw malformed(
          'cesr-code',
          `Cannot read signatures by a path: ${quoted(counter.code)} is no group of signatures`,
        );
    }
  }
}

function isSignatureCode(code: string): boolean {
  return code === '0B' || code === '0C' || code === '0I';
}

export function takeNonTransferableReceipt(cursor: Cursor): NonTransferableReceipt {
  const aid = takeText(cursor, 'the key of a receipt', isPublicKeyCode);
  return { aid, signature: takeText(cursor, 'the signature of a receipt', isSignatureCode) };
}

export function takeSealSource(cursor: Cursor): SealSource {
  const sequenceNumber = takeOrdinal(cursor);
  return { sequenceNumber, said: takeText(cursor, 'the digest of an attachment', isDigestCode) };
}

export function takeSealTriple(cursor: Cursor): SealTriple {
  const aid = takeAid(cursor);
  return { aid, ...takeSealSource(cursor) };
}

export function takeTransferableReceipt(cursor: Cursor): TransferableReceipt {
  const seal = takeSealTriple(cursor);
  return { ...seal, signature: takeSignature(cursor) };
}

export function takeTransferableSignatureGroup(cursor: Cursor): TransferableSignatureGroup {
  const seal = takeSealTriple(cursor);
  return { ...seal, signatures: takeSignatures(cursor) };
}

export function takeLastEstablishmentGroup(cursor: Cursor): LastEstablishmentGroup {
  const aid = takeAid(cursor);
  return { aid, signatures: takeSignatures(cursor) };
}

export function takeFirstSeen(cursor: Cursor): FirstSeen {
  const ordinal = takeOrdinal(cursor);
  const text = takeText(cursor, 'when an event was first seen', (code) => code === '1AAG');
  return { ordinal, dateTime: decodeDateTime(text) };
}

export function writeNonTransferableReceipt({ aid, signature }: NonTransferableReceipt): string {
  return aid + signature;
}

export function writeSealSource({ sequenceNumber, said }: SealSource): string {
  return encodeSequenceNumber(sequenceNumber) + said;
}

export function writeSealTriple(seal: SealTriple): string {
  return seal.aid + writeSealSource(seal);
}

export function writeTransferableReceipt(receipt: TransferableReceipt): string {
  return writeSealTriple(receipt) + encodeIndexedSignature(receipt.signature);
}

export function writeTransferableSignatureGroup(group: TransferableSignatureGroup): string {
  return writeSealTriple(group) + writeGroup('-A', group.signatures, encodeIndexedSignature);
}

export function writeLastEstablishmentGroup({ aid, signatures }: LastEstablishmentGroup): string {
  return aid + writeGroup('-A', signatures, encodeIndexedSignature);
}

export function writeFirstSeen({ ordinal, dateTime }: FirstSeen): string {
  return encodeSequenceNumber(ordinal) + encodeDateTime(dateTime);
}
