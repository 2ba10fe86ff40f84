/**
 * Key event logs as a stream that other implementations read: delegators first, each event once with all that is known of
 * who signed it (CESR specification, "Attachment groups"; KERI specification, "Validation").
 * @module
 */
import { concat, utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { decodeBase64 } from '../cesr/base64.ts';
import { type Attachments, encodeAttachments, mergedAttachments } from '../cesr/attachments.ts';
import { encodeCounter } from '../cesr/counter.ts';
import type { KeyEvent } from '../keri/event.ts';
import { parseSignedEvent } from '../keri/signatures.ts';
import type { Log } from '../log/log.ts';
import { numberedFiles } from '../log/numbered-files.ts';
import { batchReader } from '../log/read-batch.ts';

export interface ExportOptions {
  /** Attachments in CESR's binary domain, not as text. */
  readonly binary?: boolean;
}

/** An accepted event with all signatures over it that the log has. */
interface ExportedEvent {
  readonly event: KeyEvent;
  readonly attachments: Attachments;
  readonly position: number;
  /** The path of its file. */
  readonly path: string;
}

/** The delegators of an identifier, the topmost first, and the identifier. */
export function withDelegators({ contents }: Log, aid: string): readonly string[] {
  const chain: string[] = [];
  for (let at: string | undefined = aid; at !== undefined && !chain.includes(at);) {
    chain.unshift(at);
    at = contents.kel(at)?.state.delegator;
  }
  return chain;
}

function unreadable(path: string, detail: string): GitkelError {
  return new GitkelError('refused', `Cannot export ${path}: ${detail}`, { reason: 'file-digest' });
}

/** The accepted events of an identifier in the order of acceptance, superseded ones included. */
function eventsOf(log: Log, aid: string): readonly ExportedEvent[] {
  const { crypto } = log.host;
  const kel = log.contents.kel(aid);
  const events = new Map<string, ExportedEvent>();
  for (const { path, bytes, place } of numberedFiles(log, 'kel', aid)) {
    const parsed = parseSignedEvent(crypto, bytes);
    if (!parsed.ok) throw unreadable(path, parsed.detail);
    const { event, attachments } = parsed.signed;
    const there = events.get(event.said);
    if (place.kind === 'proof' && there !== undefined) {
      const all = mergedAttachments(there.attachments, attachments);
      events.set(event.said, { ...there, attachments: all });
      continue;
    }
    const accepted = kel?.acceptedEvent(events.size);
    if (accepted?.said !== event.said) throw unreadable(path, 'it is not what was verified');
    events.set(event.said, { event, attachments, position: accepted.position, path });
  }
  return [...events.values()];
}

/** Events of several identifiers in the order in which the log accepted them. */
function inLogOrder(log: Log, events: readonly ExportedEvent[]): readonly ExportedEvent[] {
  const read = batchReader(log);
  const orders = new Map<number, ReadonlyMap<string, number>>();
  const placeIn = ({ position, path }: ExportedEvent): number => {
    const order =
      orders.get(position) ??
      new Map(read(position).record.files.map((file, at) => [file.path, at] as const));
    orders.set(position, order);
    return order.get(path) ?? 0;
  };
  return events.toSorted((a, b) => a.position - b.position || placeIn(a) - placeIn(b));
}

/** Characters of an endorsement, at most: by a key of an identifier, and by a key that is one itself. */
const ENDORSEMENT = { transferable: 208, fixed: 132 } as const;

/** Without those endorsements for which no message has room: anybody can give any number of them. */
function withinBounds(attachments: Attachments): Attachments {
  const needed = encodeAttachments({
    ...attachments,
    transferableReceipts: [],
    nonTransferableReceipts: [],
  });
  const { transferable, fixed } = ENDORSEMENT;
  // Counters take a few characters, too.
  let room = LIMITS.attachmentBytes - needed.length - 64;
  const transferableReceipts = attachments.transferableReceipts.slice(
    0,
    Math.max(0, Math.floor(room / transferable)),
  );
  room -= transferableReceipts.length * transferable;
  const nonTransferableReceipts = attachments.nonTransferableReceipts.slice(
    0,
    Math.max(0, Math.floor(room / fixed)),
  );
  return { ...attachments, transferableReceipts, nonTransferableReceipts };
}

function endorsementsIn({ transferableReceipts, nonTransferableReceipts }: Attachments): number {
  return transferableReceipts.length + nonTransferableReceipts.length;
}

/**
 * Without the endorsements by identifiers that are not in the stream: nobody could check them there; and without a hint
 * at an approval in an inception, which validators refuse and find by themselves. Other signatures stand in the order of
 * their keys.
 */
function portable(attachments: Attachments, aids: ReadonlySet<string>): Attachments {
  const { controllerSignatures, witnessSignatures, sealSources, transferableReceipts } =
    attachments;
  return withinBounds({
    ...attachments,
    controllerSignatures: controllerSignatures.toSorted((a, b) => a.index - b.index),
    witnessSignatures: witnessSignatures.toSorted((a, b) => a.index - b.index),
    sealSources: sealSources.filter(({ sequenceNumber }) => sequenceNumber > 0),
    transferableReceipts: transferableReceipts.filter(({ aid }) => aids.has(aid)),
  });
}

/** What two characters count. */
const SMALL_COUNT = 4_095;

/** CESR text in the binary domain: whole groups of four characters become three bytes each. */
function binaryOf(text: string): Uint8Array {
  const bytes = decodeBase64(text, 0, text.length);
  if (bytes === undefined) throw new Error('what was encoded as CESR text is Base64');
  return bytes;
}

/** Attachments as one group that frames them all, in text or in binary. */
function framed(attachments: Attachments, { binary = false }: ExportOptions): Uint8Array {
  const text = encodeAttachments(attachments);
  const count = text.length / 4;
  const counter = encodeCounter({ code: count > SMALL_COUNT ? '-0V' : '-V', count });
  const all = counter + text;
  return binary ? binaryOf(all) : utf8(all);
}

export interface ExportedStream {
  /** The identifiers in it, delegators first. */
  readonly aids: readonly string[];
  readonly events: number;
  /** Endorsements that were left out: those who gave them are not in the stream, or there was no room. */
  readonly leftOut: number;
  /** The stream, message by message. */
  readonly messages: readonly Uint8Array[];
}

/**
 * The key event log of an identifier and those of its delegators, as a stream that a validator follows which knows
 * nothing. Branches that were superseded stand where they were accepted.
 * @throws GitkelError `refused` when the repository no longer holds what was verified.
 * @example
 * ```ts
 * import { exportStream, nativeCrypto, nodeHost, openLog, StreamReader, StreamValidator } from 'gitkel';
 *
 * const log = openLog(nodeHost(), 'team-log');
 * const team = log.contents.aids[0] ?? '';
 * const validator = new StreamValidator(nativeCrypto);
 * const reader = new StreamReader();
 * const items = exportStream(log, team).messages.flatMap((bytes) => reader.push(bytes));
 * for (const item of [...items, ...reader.end()])
 *   if (item.kind === 'message') validator.take(item);
 * console.log(validator.validator.log(team)?.state.sn); // 1
 * ```
 */
export function exportStream(log: Log, aid: string, options: ExportOptions = {}): ExportedStream {
  const aids = withDelegators(log, aid);
  const known = new Set(aids);
  const perAid = aids.flatMap((one) => eventsOf(log, one));
  // What an approval that was superseded later stood for was accepted before that: then only the log's order tells.
  const isForked = aids.some((one) => (log.contents.kel(one)?.disputed.length ?? 0) > 0);
  const events = isForked && aids.length > 1 ? inLogOrder(log, perAid) : perAid;
  let leftOut = 0;
  const messages = events.map(({ event, attachments }) => {
    const kept = portable(attachments, known);
    leftOut += endorsementsIn(attachments) - endorsementsIn(kept);
    return concat(event.bytes, framed(kept, options));
  });
  return { aids, events: events.length, leftOut, messages };
}

/**
 * The events of an identifier's trunk, up to a place if one is given, with what they need of what is attached to them, as
 * text: nobody's endorsement.
 */
export function trunkTexts(
  log: Log,
  aid: string,
  before = Number.POSITIVE_INFINITY,
): readonly string[] {
  const kel = log.contents.kel(aid);
  return eventsOf(log, aid)
    .filter(({ event: { sn, said } }) => sn < before && kel?.saidAt(sn) === said)
    .map(
      ({ event, attachments }) =>
        new TextDecoder().decode(event.bytes) +
        encodeAttachments({
          ...attachments,
          transferableReceipts: [],
          nonTransferableReceipts: [],
        }),
    );
}
