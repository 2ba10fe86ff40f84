import { concat } from '../../src/base/bytes.ts';
import { StreamImport } from '../../src/exchange/stream-import.ts';
import type { ImportOutcome } from '../../src/exchange/import-outcome.ts';
import type { EscrowedMessage } from '../../src/keys/escrow-file.ts';
import type { Log } from '../../src/log/log.ts';
import { StreamReader } from '../../src/stream/reader.ts';
import type { Made } from '../stream/families.ts';
import { wire } from '../keri/making.ts';
import type { MemoryLog } from './memory-log.ts';

/** Events with their attachments, one after the other. */
export function streamOf(...made: readonly Made[]): Uint8Array {
  return concat(...made.map(({ signed: { event, attachments } }) => wire(event, attachments)));
}

export interface Importing {
  readonly escrow?: readonly EscrowedMessage[];
  readonly log?: Log;
  /** The AID that commits, and the names of its keys. */
  readonly founder: string;
  readonly keyNames: readonly string[];
}

/** Imports a stream into a log in memory, committed by the founder. */
export async function imported(
  memory: MemoryLog,
  stream: Uint8Array,
  { escrow = [], log = memory.log, founder, keyNames }: Importing,
): Promise<ImportOutcome> {
  const held = new Set(memory.keys(keyNames));
  const importing = new StreamImport(log, {
    findSigner: async (key) => (held.has(key) ? memory.ring.signer(key) : undefined),
    committers: [founder],
    escrow,
  });
  const reader = new StreamReader();
  for (const item of [...reader.push(stream), ...reader.end()]) {
    importing.take(item);
    if (importing.isDue) await importing.settle();
  }
  return importing.finish();
}
