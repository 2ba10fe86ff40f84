/**
 * What the start of a message in a stream says: protocol, version, serialisation and size.
 * @module
 */
import { malformed } from '../base/errors.ts';
import { coldStart } from '../cesr/stream.ts';
import { sniffVersion, type Version } from '../cesr/version.ts';
import { statedSize } from '../keri/message.ts';

/** Bytes in which the version string of every message ends: eight before it, and the longest form. */
export const HEAD_BYTES = 27;

const FIRST = { major: 1, minor: 0 } as const;

/** The serialisation that a first byte announces; `undefined` where no message starts. */
function announced(byte: number): Version['kind'] | undefined {
  switch (coldStart(byte)) {
    case 'json':
      return 'JSON';
    case 'cbor':
      return 'CBOR';
    case 'msgpack':
      return 'MGPK';
    case 'annotated':
    case 'text':
    case 'operation':
    case 'binary':
      return undefined;
  }
}

/**
 * The version of the message that starts here. Fewer than `HEAD_BYTES` are given only at the end of a stream.
 * @throws GitkelError `malformed`: no message starts here, or its version string is none; `cut-off` when there is too
 * little of it.
 */
export function messageHead(bytes: Uint8Array): Version {
  const size = statedSize(bytes);
  // Nearly all there is; the general way looks for the version string at nine places.
  if (size !== undefined && size > HEAD_BYTES)
    return { protocol: 'KERI', version: FIRST, genus: undefined, kind: 'JSON', size };
  const kind = announced(bytes[0] ?? 0);
  if (kind === undefined) {
    throw malformed(
      'no-message',
      'Cannot read the stream here: a message has to start, and none does',
    );
  }
  if (bytes.length < HEAD_BYTES)
    throw malformed('cut-off', 'Cannot read a message: the stream ends in its version string');
  const { version, end } = sniffVersion(bytes, 0);
  if (version.kind !== kind) {
    throw malformed(
      'version-string',
      `Cannot read a message in ${kind}: its version string says ${version.kind}`,
    );
  }
  if (version.size <= end)
    throw malformed('size', `Cannot read a message that states a size of ${version.size} bytes`);
  return version;
}
