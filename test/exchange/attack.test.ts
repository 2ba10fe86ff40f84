/** Streams that others made so that an import stumbles: what they hold is committed, or refused by itself. */
import { beforeEach, describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import type { IndexedSignature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { audit } from '../../src/audit/audit.ts';
import { exportStream } from '../../src/exchange/export-stream.ts';
import type { ImportOutcome } from '../../src/exchange/import-outcome.ts';
import type { EscrowedMessage } from '../../src/keys/escrow-file.ts';
import { buildReceipt } from '../../src/keri/receipt.ts';
import { StreamReader } from '../../src/stream/reader.ts';
import { StreamValidator } from '../../src/stream/stream-validator.ts';
import { streamReport } from '../../src/stream/stream-report.ts';
import { key, wire } from '../keri/making.ts';
import { born, interacted, type Made, rotated } from '../stream/families.ts';
import { imported, streamOf } from '../support/importing.ts';
import { MemoryLog, names } from '../support/memory-log.ts';

const keyNames = names('ada', 1);
let memory: MemoryLog;
let founder: string;

beforeEach(async () => {
  memory = new MemoryLog();
  founder = await memory.member('ada');
});

async function bring(
  stream: Uint8Array,
  escrow: readonly EscrowedMessage[] = [],
): Promise<ImportOutcome> {
  return imported(memory, stream, { founder, keyNames, escrow });
}

/** Receipts by keys that are identifiers, with signatures that are none. */
function endorsedBy(from: number, count: number): Attachments {
  const signature = encodePrimitive({ code: '0B', raw: new Uint8Array(64) });
  const nonTransferableReceipts = Array.from({ length: count }, (_, n) => ({
    aid: key(from + n, 'B'),
    signature,
  }));
  return { ...noAttachments, nonTransferableReceipts };
}

function receiptOf({ event }: Made, attachments: Attachments): Uint8Array {
  return concat(buildReceipt(event), utf8(encodeAttachments(attachments)));
}

function isValid(): boolean {
  return audit(memory.host, '/log').state === 'valid';
}

describe('import', () => {
  it('takes an event that its own new keys endorse', async () => {
    const icp = born(1);
    const { aid, sn, said } = icp.event;
    const own = {
      ...icp.signed.attachments,
      transferableSignatureGroups: [
        { aid, sequenceNumber: sn, said, signatures: icp.signed.attachments.controllerSignatures },
      ],
    };
    const outcome = await bring(wire(icp.event, own));
    expect(outcome.counts.accepted).toBe(1);
    expect(isValid()).toBe(true);
  });

  it('takes a rotation with a copy of its signature that points to another next key', async () => {
    const icp = born(1);
    const rot = rotated(icp);
    const [right] = rot.signed.attachments.controllerSignatures;
    const wrong = { ...(right as IndexedSignature), code: '2A', priorIndex: 5 };
    const attachments = {
      ...noAttachments,
      controllerSignatures: [wrong, right as IndexedSignature],
    };
    const outcome = await bring(concat(streamOf(icp), wire(rot.event, attachments)));
    expect(outcome.counts.accepted).toBe(2);
    expect(isValid()).toBe(true);
  });

  it('takes an event with a copy of its signature under the code of another suite', async () => {
    const icp = born(1);
    const [right] = icp.signed.attachments.controllerSignatures;
    const wrong = { ...(right as IndexedSignature), code: 'E' };
    const attachments = {
      ...noAttachments,
      controllerSignatures: [wrong, right as IndexedSignature],
    };
    const outcome = await bring(wire(icp.event, attachments));
    expect(outcome.counts.accepted).toBe(1);
    expect(isValid()).toBe(true);
  });

  it('takes more receipts than one file may hold, and the export what a message has room for', async () => {
    // Two thousand signatures are not what is to be found out.
    const believing = { ...crypto, verify: () => true };
    const believer = new MemoryLog({ crypto: believing });
    const own = await believer.member('ada');
    const icp = born(1);
    const { aid, said } = icp.event;
    const parts = [1_000, 2_000].map((from) => receiptOf(icp, endorsedBy(from, 1_000)));
    const stream = concat(streamOf(icp), ...parts);
    const { batches } = await imported(believer, stream, { founder: own, keyNames });
    expect(batches).toMatchObject([{ files: 2 }]);
    const { messages, leftOut } = exportStream(believer.log, aid);
    expect(leftOut).toBeGreaterThan(0);
    const validator = new StreamValidator(crypto);
    const reader = new StreamReader();
    for (const item of [...reader.push(concat(...messages)), ...reader.end()]) {
      if (item.kind === 'error') throw new Error(item.detail);
      validator.take(item);
    }
    expect(streamReport(validator).aids[aid]?.state.d).toBe(said);
  });

  it('keeps an event that waits under a flood of signatures that nobody can judge', async () => {
    const icp = born(1);
    const ixn = interacted(icp);
    const garbage = Array.from({ length: 2_500 }, (_, index) => ({
      code: '2A',
      index: index % 4_000,
      priorIndex: index,
      raw: new Uint8Array(64).fill(index % 251),
    }));
    const flood = wire(ixn.event, { ...noAttachments, controllerSignatures: garbage });
    const waiting = await bring(concat(streamOf(ixn), flood, flood));
    expect(waiting.escrow).toHaveLength(1);
    const done = await bring(streamOf(icp), waiting.escrow);
    expect(done.aids[0]?.state.said).toBe(ixn.event.said);
  });
});
