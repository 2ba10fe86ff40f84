/**
 * Reads streams of messages with attachments, whatever pieces they arrive in (CESR specification, "Cold start stream
 * parsing" and "Performant resynchronization"; KERI specification, "Serialization").
 * @module
 */
import { GitkelError, malformed } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  type Attachments,
  mergedAttachments,
  noAttachments,
  readAttachments,
} from '../cesr/attachments.ts';
import type { SetAsideGroup } from '../cesr/set-aside.ts';
import { coldStart } from '../cesr/stream.ts';
import type { Version } from '../cesr/version.ts';
import { ByteQueue } from './buffer.ts';
import { HEAD_BYTES, messageHead } from './message-head.ts';
import { GroupSpan } from './group-span.ts';

/** A message with what is attached to it. Nothing but the framing is checked. */
export interface StreamMessage {
  readonly kind: 'message';
  /** The byte of the stream at which it starts, and the one behind its attachments. */
  readonly offset: number;
  readonly end: number;
  readonly version: Version;
  /** The message without what is attached; nobody else holds these bytes. */
  readonly bytes: Uint8Array;
  readonly attachments: Attachments;
  /** Groups that no key event has. */
  readonly setAside: readonly SetAsideGroup[];
}

/** Where a stream cannot be read any further. Nothing after it is read: where a next message starts is a guess. */
export interface StreamError {
  readonly kind: 'error';
  /** The byte of the stream at which the message or group starts that cannot be read. */
  readonly offset: number;
  readonly reason: string;
  readonly detail: string;
  /** Whether all is well so far, and the end of the stream came too early. */
  readonly isCutOff: boolean;
}

export type StreamItem = StreamMessage | StreamError;

/** The message that is being read. */
interface Pending {
  readonly version: Version;
  attachments: Attachments;
  readonly setAside: SetAsideGroup[];
  /** Bytes from its start to the group that is being read. */
  group: number;
  span: GroupSpan | undefined;
}

/**
 * Reads one stream. A message is given out when it is certain that nothing more is attached to it: when the next one
 * starts, when the group ends that frames all its attachments (-V, -0V), or at the end. The outcome depends on the
 * stream alone, never on how it was cut into chunks. After an error nothing more is read. One end of a line may stand at
 * the very end, as in files; anywhere else it is an error.
 */
export class StreamReader {
  readonly #queue = new ByteQueue();
  /** The byte of the stream at which the queue starts. */
  #offset = 0;
  #pending: Pending | undefined;
  /** Bytes of the queue that are read: those of the pending message, as far as its groups were gone through. */
  #at = 0;
  #isOver = false;

  /** The items that these bytes complete. The chunk may be used again by the caller. */
  push(chunk: Uint8Array): readonly StreamItem[] {
    const items: StreamItem[] = [];
    // In pieces, so that what waits for a next message stays bounded whatever the size of the chunk is.
    for (let from = 0; from < chunk.length && !this.#isOver; from += LIMITS.streamChunkBytes) {
      this.#queue.append(chunk.subarray(from, from + LIMITS.streamChunkBytes));
      this.#read(items, false);
    }
    return items;
  }

  /** The items that the end of the stream completes. */
  end(): readonly StreamItem[] {
    const items: StreamItem[] = [];
    if (!this.#isOver) this.#read(items, true);
    this.#isOver = true;
    return items;
  }

  #read(items: StreamItem[], isEnd: boolean): void {
    try {
      while (this.#step(items, isEnd));
    } catch (error) {
      if (!(error instanceof GitkelError)) throw error;
      const { reason = 'malformed', message } = error;
      this.#isOver = true;
      const offset = this.#offset + (this.#pending?.group ?? 0);
      const isCutOff = reason === 'cut-off';
      items.push({ kind: 'error', offset, reason, detail: message, isCutOff });
    }
  }

  /** Goes on by a head, a body or a group; `false` when more of the stream is needed, or it is over. */
  #step(items: StreamItem[], isEnd: boolean): boolean {
    const bytes = this.#queue.bytes;
    if (this.#pending === undefined) return this.#begin(bytes, isEnd);
    const pending = this.#pending;
    if (pending.group === 0) return this.#readBody(bytes, pending, isEnd);
    if (pending.span !== undefined) return this.#readGroup(items, bytes, pending, isEnd);
    const first = bytes[this.#at];
    const lineEnd = isLineEnd(bytes, this.#at, isEnd);
    if (first === undefined || lineEnd === 'yes') {
      if (isEnd) items.push(this.#taken(bytes, pending));
      return false;
    }
    if (lineEnd === 'perhaps') return false;
    switch (coldStart(first)) {
      case 'text':
      case 'binary':
        pending.group = this.#at;
        pending.span = new GroupSpan(coldStart(first) === 'text' ? 'text' : 'binary');
        return true;
      case 'json':
      case 'cbor':
      case 'msgpack':
        items.push(this.#taken(bytes, pending));
        return true;
      case 'annotated':
      case 'operation':
        pending.group = this.#at;
        throw malformed(
          'stray-bytes',
          'Cannot read what follows a message: it is neither a group nor a message',
        );
    }
  }

  #begin(bytes: Uint8Array, isEnd: boolean): boolean {
    if (bytes.length === 0 || (bytes.length < HEAD_BYTES && !isEnd)) return false;
    if (isLineEnd(bytes, 0, isEnd) === 'yes') return false;
    const version = messageHead(bytes);
    const { size } = version;
    if (size > LIMITS.messageBytes) {
      throw malformed(
        'too-large',
        `Cannot read a message of ${size} bytes: the limit is ${LIMITS.messageBytes}`,
      );
    }
    this.#pending = {
      version,
      attachments: noAttachments,
      setAside: [],
      group: 0,
      span: undefined,
    };
    return true;
  }

  #readBody(bytes: Uint8Array, pending: Pending, isEnd: boolean): boolean {
    const { size, kind } = pending.version;
    if (bytes.length < size) {
      if (!isEnd) return false;
      throw cutOff(`a message of ${size} bytes`, size - bytes.length);
    }
    if (kind === 'JSON' && bytes[size - 1] !== CLOSING_BRACE) {
      throw malformed('size', `Cannot read a message of ${size} bytes in JSON: it ends elsewhere`);
    }
    pending.group = size;
    this.#at = size;
    return true;
  }

  #readGroup(items: StreamItem[], bytes: Uint8Array, pending: Pending, isEnd: boolean): boolean {
    const span = pending.span ?? new GroupSpan('text');
    const limit = pending.version.size + LIMITS.attachmentBytes;
    const end = Math.min(bytes.length, limit);
    const { at, isEnd: isWhole } = span.advance(bytes, this.#at, end, isEnd && end < limit);
    this.#at = at;
    if (!isWhole && bytes.length >= limit) {
      throw malformed(
        'attachments-too-large',
        `Cannot read more than ${LIMITS.attachmentBytes} bytes of attachments`,
      );
    }
    if (!isWhole) {
      if (!isEnd) return false;
      throw cutOff('a group of attachments', Math.max(1, span.known));
    }
    const group = bytes.subarray(pending.group, at);
    const { attachments } = readAttachments(group, 0, pending.setAside);
    pending.attachments = mergedAttachments(pending.attachments, attachments);
    pending.span = undefined;
    if (span.isFrame) items.push(this.#taken(bytes, pending));
    return true;
  }

  /** The pending message, which is taken off the queue. */
  #taken(bytes: Uint8Array, { version, attachments, setAside }: Pending): StreamMessage {
    const offset = this.#offset;
    const message = bytes.slice(0, version.size);
    this.#offset += this.#at;
    this.#queue.drop(this.#at);
    this.#pending = undefined;
    this.#at = 0;
    const end = this.#offset;
    return { kind: 'message', offset, end, version, bytes: message, attachments, setAside };
  }
}

const CLOSING_BRACE = 0x7d;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Whether all that is left is the end of a line, with which editors and programs end files. */
function isLineEnd(bytes: Uint8Array, at: number, isEnd: boolean): 'yes' | 'perhaps' | 'no' {
  const left = bytes.length - at;
  const second = bytes[at] === CARRIAGE_RETURN ? at + 1 : at;
  if (left === 0 || left > second - at + 1) return 'no';
  if (second < bytes.length && bytes[second] !== LINE_FEED) return 'no';
  if (!isEnd) return 'perhaps';
  return second < bytes.length ? 'yes' : 'no';
}

function cutOff(what: string, missing: number): GitkelError {
  return malformed('cut-off', `Cannot read ${what}: the stream ends ${missing} bytes too early`);
}
