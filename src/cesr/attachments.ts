/**
 * What is attached to a KERI event: signatures, receipts, and where the event was anchored.
 * @module
 */
import { malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  checkCount,
  takeFirstSeen,
  takeLastEstablishmentGroup,
  takeNonTransferableReceipt,
  takeSealSource,
  takeSealTriple,
  takeTransferableReceipt,
  takeTransferableSignatureGroup,
  writeFirstSeen,
  writeGroup,
  writeLastEstablishmentGroup,
  writeNonTransferableReceipt,
  writeSealSource,
  writeSealTriple,
  writeTransferableReceipt,
  writeTransferableSignatureGroup,
  type FirstSeen,
  type LastEstablishmentGroup,
  type NonTransferableReceipt,
  type SealSource,
  type SealTriple,
  type TransferableReceipt,
  type TransferableSignatureGroup,
} from './attachment-item.ts';
import type { Counter } from './counter.ts';
import {
  byteLength,
  cursorAt,
  positionOf,
  takeCounter,
  takeSignature,
  type Cursor,
  type Domain,
} from './cursor.ts';
import { encodeIndexedSignature, type IndexedSignature } from './signature.ts';
import { isSetAside, takeSetAside, type SetAsideGroup } from './set-aside.ts';
import { coldStart } from './stream.ts';

/** What is attached to one event, each kind by its counter. */
export interface Attachments {
  /** -A */
  readonly controllerSignatures: readonly IndexedSignature[];
  /** -B: the index is the place in the list of witnesses. */
  readonly witnessSignatures: readonly IndexedSignature[];
  /** -C */
  readonly nonTransferableReceipts: readonly NonTransferableReceipt[];
  /** -D */
  readonly transferableReceipts: readonly TransferableReceipt[];
  /** -E */
  readonly firstSeen: readonly FirstSeen[];
  /** -F */
  readonly transferableSignatureGroups: readonly TransferableSignatureGroup[];
  /** -G */
  readonly sealSources: readonly SealSource[];
  /** -H */
  readonly lastEstablishmentGroups: readonly LastEstablishmentGroup[];
  /** -I */
  readonly sealTriples: readonly SealTriple[];
}

/** What was read so far: a list of each kind that occurred. */
type Draft = { -readonly [Key in keyof Attachments]?: Attachments[Key][number][] };

const NONE: readonly never[] = [];

/** The lists that were read, and one empty list for all others: nearly all events have only one kind. */
function completed(draft: Draft): Attachments {
  return {
    controllerSignatures: draft.controllerSignatures ?? NONE,
    witnessSignatures: draft.witnessSignatures ?? NONE,
    nonTransferableReceipts: draft.nonTransferableReceipts ?? NONE,
    transferableReceipts: draft.transferableReceipts ?? NONE,
    firstSeen: draft.firstSeen ?? NONE,
    transferableSignatureGroups: draft.transferableSignatureGroups ?? NONE,
    sealSources: draft.sealSources ?? NONE,
    lastEstablishmentGroups: draft.lastEstablishmentGroups ?? NONE,
    sealTriples: draft.sealTriples ?? NONE,
  };
}

export const noAttachments: Attachments = completed({});

/** Reads one item of a group into the draft. */
function takeItem(cursor: Cursor, code: string, draft: Draft): void {
  switch (code) {
    case '-A':
      (draft.controllerSignatures ??= []).push(takeSignature(cursor));
      return;
    case '-B':
      (draft.witnessSignatures ??= []).push(takeSignature(cursor));
      return;
    case '-C':
      (draft.nonTransferableReceipts ??= []).push(takeNonTransferableReceipt(cursor));
      return;
    case '-D':
      (draft.transferableReceipts ??= []).push(takeTransferableReceipt(cursor));
      return;
    case '-E':
      (draft.firstSeen ??= []).push(takeFirstSeen(cursor));
      return;
    case '-F':
      (draft.transferableSignatureGroups ??= []).push(takeTransferableSignatureGroup(cursor));
      return;
    case '-G':
      (draft.sealSources ??= []).push(takeSealSource(cursor));
      return;
    case '-H':
      (draft.lastEstablishmentGroups ??= []).push(takeLastEstablishmentGroup(cursor));
      return;
    case '-I':
      (draft.sealTriples ??= []).push(takeSealTriple(cursor));
      return;
    default:
      throw malformed(
        'unsupported-group',
        `Cannot read the attached group ${quoted(code)}: an event has no such group`,
      );
  }
}

function takeGroup(cursor: Cursor, counter: Counter, draft: Draft, aside?: SetAsideGroup[]): void {
  checkCount(counter);
  if (aside !== undefined && isSetAside(counter.code)) {
    aside.push(takeSetAside(cursor, counter));
    return;
  }
  for (let i = 0; i < counter.count; i++) takeItem(cursor, counter.code, draft);
}

/** Reads the groups that an attachment group (-V, -0V) encloses, exactly to its end; returns the cursor behind it. */
function takeEnclosed(
  cursor: Cursor,
  { code, count }: Counter,
  draft: Draft,
  aside?: SetAsideGroup[],
): Cursor {
  const { bytes, domain, limit } = cursor;
  const start = positionOf(cursor);
  const end = start + byteLength(domain, count * 4);
  if (count === 0)
    throw malformed('empty-group', `Cannot read the group ${code}: it says that it is empty`);
  if (end > limit) {
    throw malformed(
      'cesr-short',
      `Cannot read the group ${code}: it ends ${end - limit} bytes after what may be read`,
    );
  }
  const inside = cursorAt(bytes, domain, start, end);
  while (positionOf(inside) < end) takeGroup(inside, takeCounter(inside), draft, aside);
  return cursorAt(bytes, domain, end, limit);
}

/** The domain of the group that starts with a byte; `undefined` where a message starts. */
function domainOf(byte: number, position: number): Domain | undefined {
  const kind = coldStart(byte);
  switch (kind) {
    case 'text':
    case 'binary':
      return kind;
    case 'json':
    case 'cbor':
    case 'msgpack':
      return undefined;
    case 'annotated':
    case 'operation':
      break;
  }
  throw malformed(
    'stray-bytes',
    `Cannot read what follows at byte ${position}: neither a group nor a message`,
  );
}

/**
 * Reads the groups that follow an event, up to the next message or the end; `end` is the byte after them.
 *
 * Each group may be in the text or the binary domain, and groups may be enclosed in attachment groups (-V, -0V). Items
 * of several groups with the same counter are joined in their order. Groups that no key event has are refused, unless
 * there is a list `aside` for them.
 * @throws GitkelError `malformed`: an item that is cut off or not canonical, an empty or unknown group, a nested
 * attachment group or one whose size is not that of its groups, or more than `LIMITS.attachmentBytes`.
 */
export function readAttachments(
  bytes: Uint8Array,
  offset: number,
  aside?: SetAsideGroup[],
): { readonly attachments: Attachments; readonly end: number } {
  const draft: Draft = {};
  const limit = Math.min(bytes.length, offset + LIMITS.attachmentBytes);
  let position = offset;
  let cursor: Cursor | undefined;
  while (position < bytes.length) {
    const domain = domainOf(bytes[position] ?? 0, position);
    if (domain === undefined) break;
    if (position >= limit) {
      throw malformed(
        'attachments-too-large',
        `Cannot read more than ${LIMITS.attachmentBytes} bytes of attachments`,
      );
    }
    if (cursor?.domain !== domain) cursor = cursorAt(bytes, domain, position, limit);
    const counter = takeCounter(cursor);
    if (counter.code === '-V' || counter.code === '-0V')
      cursor = takeEnclosed(cursor, counter, draft, aside);
    else takeGroup(cursor, counter, draft, aside);
    position = positionOf(cursor);
  }
  return { attachments: completed(draft), end: position };
}

function joined<Item>(a: readonly Item[], b: readonly Item[]): readonly Item[] {
  if (a.length === 0) return b;
  return b.length === 0 ? a : [...a, ...b];
}

/** The items of both, kind by kind, those of the first one before those of the second. */
export function mergedAttachments(a: Attachments, b: Attachments): Attachments {
  if (a === noAttachments) return b;
  if (b === noAttachments) return a;
  return {
    controllerSignatures: joined(a.controllerSignatures, b.controllerSignatures),
    witnessSignatures: joined(a.witnessSignatures, b.witnessSignatures),
    nonTransferableReceipts: joined(a.nonTransferableReceipts, b.nonTransferableReceipts),
    transferableReceipts: joined(a.transferableReceipts, b.transferableReceipts),
    firstSeen: joined(a.firstSeen, b.firstSeen),
    transferableSignatureGroups: joined(
      a.transferableSignatureGroups,
      b.transferableSignatureGroups,
    ),
    sealSources: joined(a.sealSources, b.sealSources),
    lastEstablishmentGroups: joined(a.lastEstablishmentGroups, b.lastEstablishmentGroups),
    sealTriples: joined(a.sealTriples, b.sealTriples),
  };
}

/** Controller signatures as one group (-A) in CESR text; nothing for no signatures. */
export function writeSignatures(signatures: readonly IndexedSignature[]): string {
  return writeGroup('-A', signatures, encodeIndexedSignature);
}

/**
 * The attachments in CESR text, each kind in a group of its own, in the order in which KERI replays them: -A -B, then
 * the signatures of others -F -H, anchors -G -I, receipts -D -C, and -E.
 */
export function encodeAttachments(attachments: Attachments): string {
  const a = attachments;
  return [
    writeSignatures(a.controllerSignatures),
    writeGroup('-B', a.witnessSignatures, encodeIndexedSignature),
    writeGroup('-F', a.transferableSignatureGroups, writeTransferableSignatureGroup),
    writeGroup('-H', a.lastEstablishmentGroups, writeLastEstablishmentGroup),
    writeGroup('-G', a.sealSources, writeSealSource),
    writeGroup('-I', a.sealTriples, writeSealTriple),
    writeGroup('-D', a.transferableReceipts, writeTransferableReceipt),
    writeGroup('-C', a.nonTransferableReceipts, writeNonTransferableReceipt),
    writeGroup('-E', a.firstSeen, writeFirstSeen),
  ].join('');
}
