import { beforeEach, describe, expect, it } from 'vitest';
import { concat, fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { exportStream } from '../../src/exchange/export-stream.ts';
import { foundRivals } from '../../src/exchange/found-evidence.ts';
import type { ImportOutcome } from '../../src/exchange/import-outcome.ts';
import type { EscrowedMessage } from '../../src/keys/escrow-file.ts';
import { buildReceipt } from '../../src/keri/receipt.ts';
import { keyEventSeal } from '../../src/keri/seal.ts';
import { verifyEvidence } from '../../src/log/evidence.ts';
import { markOf } from '../../src/log/marks.ts';
import { streamReport } from '../../src/stream/stream-report.ts';
import { StreamReader } from '../../src/stream/reader.ts';
import { StreamValidator } from '../../src/stream/stream-validator.ts';
import { by, signed, wire } from '../keri/making.ts';
import { born, interacted, type Made, rotated, sealsOf } from '../stream/families.ts';
import { imported, streamOf } from '../support/importing.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { registryEvents } from '../support/registry-events.ts';

/** What a fresh validator comes to. */
function checked(stream: Uint8Array): ReturnType<typeof streamReport> {
  const validator = new StreamValidator(crypto);
  const reader = new StreamReader();
  for (const item of [...reader.push(stream), ...reader.end()]) {
    if (item.kind === 'error') throw new Error(item.detail);
    validator.take(item);
  }
  return streamReport(validator);
}

describe('import', () => {
  let memory: MemoryLog;
  let founder: string;
  const keyNames = names('ada', 1);
  const bring = async (
    stream: Uint8Array,
    escrow: readonly EscrowedMessage[] = [],
    log = memory.log,
  ): Promise<ImportOutcome> => imported(memory, stream, { founder, keyNames, escrow, log });
  const saidAt = (aid: string, sn: number): string | undefined =>
    memory.log.contents.kel(aid)?.saidAt(sn);
  beforeEach(async () => {
    memory = new MemoryLog();
    founder = await memory.member('ada');
  });

  it('commits what is accepted and new as one batch, and nothing the second time', async () => {
    const icp = born(1);
    const rot = rotated(icp);
    const stream = streamOf(icp, rot);
    const { aid, said } = rot.event;
    const first = await bring(stream);
    expect(first.batches).toMatchObject([{ position: 1, files: 2 }]);
    expect(first.aids).toMatchObject([
      { aid, before: undefined, events: 2, state: { sn: 1, said } },
    ]);
    expect(first.counts).toMatchObject({ accepted: 2, rejected: 0 });
    expect(memory.again().contents.kel(aid)?.state.said).toBe(said);
    const second = await bring(stream);
    expect(second).toMatchObject({ batches: [], aids: [], counts: { 'nothing-new': 2 } });
  });

  it('goes on from what the log has', async () => {
    const icp = born(1);
    const rot = rotated(icp);
    await bring(streamOf(icp));
    const { aids } = await bring(streamOf(rot));
    expect(aids).toMatchObject([{ before: 0, events: 1, state: { sn: 1 } }]);
  });

  it('keeps what waits, and commits it when what it waited for has come', async () => {
    const icp = born(1);
    const [one, two] = [interacted(icp), interacted(interacted(icp))];
    const waiting = await bring(streamOf(two, one));
    expect(waiting.batches).toEqual([]);
    expect(waiting.escrow.map(({ escrow, said }) => [escrow, said])).toEqual([
      ['out-of-order', two.event.said],
      ['out-of-order', one.event.said],
    ]);
    memory.now += 60;
    const still = await bring(new Uint8Array(), waiting.escrow);
    expect(still.escrow).toEqual(waiting.escrow);
    const done = await bring(streamOf(icp), still.escrow);
    expect(done).toMatchObject({ escrow: [], batches: [{ files: 3 }] });
    expect(saidAt(icp.event.aid, 2)).toBe(two.event.said);
  });

  it('puts delegators before delegates, whatever the order of the stream', async () => {
    const boss = born(1);
    const team = born(20, boss);
    const approval = interacted(boss, ...sealsOf(team));
    const outcome = await bring(streamOf(team, boss, approval));
    expect(outcome).toMatchObject({ escrow: [], batches: [{ files: 3 }] });
    const { aid } = team.event;
    const { aids, messages } = exportStream(memory.log, aid);
    expect(aids).toEqual([boss.event.aid, aid]);
    const report = checked(concat(...messages));
    expect(report.escrows).toEqual({});
    expect(report.aids[aid]?.state.d).toBe(team.event.said);
  });

  it('cuts batches before an event that supersedes one of its own, and exports the branch', async () => {
    const icp = born(1);
    const stolen = interacted(icp, { d: 'stolen' });
    const recovery = rotated(icp);
    const { batches } = await bring(streamOf(icp, stolen, recovery));
    expect(batches.map(({ files }) => files)).toEqual([2, 1]);
    const { aid } = icp.event;
    for (const binary of [false, true]) {
      const stream = concat(...exportStream(memory.log, aid, { binary }).messages);
      const report = checked(stream);
      expect(report.aids[aid]?.state.d).toBe(recovery.event.said);
      expect(report.aids[aid]?.superseded).toEqual({
        1: [stolen.event.said, recovery.event.said],
      });
      const other = new MemoryLog();
      const own = await other.member('ada');
      await imported(other, stream, { founder: own, keyNames });
      expect(other.log.contents.kel(aid)?.disputed).toMatchObject([{ said: stolen.event.said }]);
    }
  });

  it('exports in the order of the log what an approval stood for that was superseded', async () => {
    const boss = born(1);
    const team = born(20, boss);
    const approval = interacted(boss, ...sealsOf(team));
    const recovery = rotated(boss);
    await bring(streamOf(boss, approval, team));
    await bring(streamOf(recovery, interacted(team)));
    const { aid } = team.event;
    const report = checked(concat(...exportStream(memory.log, aid).messages));
    expect(report.escrows).toEqual({});
    expect(report.aids[aid]?.state.s).toBe('1');
    expect(report.aids[boss.event.aid]?.state.d).toBe(recovery.event.said);
  });

  it('adds late signatures as proof, once, and not those that do not hold', async () => {
    const [icp, endorser] = [born(1), born(40)];
    const { aid, said } = endorser.event;
    const endorsed = (number: number): Uint8Array => {
      const signature = ed25519Signature(signed(number, icp.event), 0, 0);
      const transferableReceipts = [{ aid, sequenceNumber: 0, said, signature }];
      return wire(icp.event, { ...noAttachments, ...by([]), transferableReceipts });
    };
    const receipt = (number: number): Uint8Array =>
      concat(buildReceipt(icp.event), endorsed(number).subarray(icp.event.bytes.length));
    await bring(streamOf(icp));
    const early = await bring(receipt(40));
    expect(early.escrow).toMatchObject([{ escrow: 'unverified-trans-receipt', on: aid }]);
    const done = await bring(streamOf(endorser), early.escrow);
    expect(done).toMatchObject({ escrow: [], batches: [{ files: 2 }] });
    expect(memory.log.contents.proofs.positionOf(icp.event.said, `${aid} 0 0`)).toBe(2);
    expect((await bring(receipt(40))).batches).toEqual([]);
    expect((await bring(receipt(2))).batches).toEqual([]);
  });

  it('takes registries, what is issued in them, and the bodies that were', async () => {
    const icp = born(1);
    const vcp = registryEvents.setUp(icp.event.aid);
    const body = registryEvents.credential(icp.event.aid, vcp.said, 'x');
    const iss = registryEvents.issue(vcp.said, body.said);
    const setUp = interacted(icp, keyEventSeal(vcp.said, 0, vcp.said));
    const issued = interacted(setUp, keyEventSeal(body.said, 0, iss.said));
    const anchored = ({ bytes }: { bytes: Uint8Array }, { event }: Made): Uint8Array => {
      const sealSources = [{ sequenceNumber: event.sn, said: event.said }];
      return concat(bytes, utf8(encodeAttachments({ ...noAttachments, sealSources })));
    };
    const unasked = registryEvents.credential(icp.event.aid, vcp.said, 'y');
    const status = concat(body.bytes, unasked.bytes, anchored(iss, issued), anchored(vcp, setUp));
    const outcome = await bring(concat(status, streamOf(icp, setUp, issued)));
    expect(outcome).toMatchObject({
      escrow: [],
      batches: [{ files: 6 }],
      counts: { accepted: 6, escrowed: 0, 'set-aside': 1 },
      aids: [{ events: 3, statuses: 2 }],
    });
    expect(memory.log.contents.registries.bodyPosition(body.said)).toBe(1);
    const again = await bring(concat(streamOf(icp, setUp, issued), status));
    expect(again).toMatchObject({ batches: [], escrow: [] });
  });

  it('makes evidence of a rival that is signed as it should be', async () => {
    const icp = born(1);
    const [one, other] = [interacted(icp, { d: 'one' }), interacted(icp, { d: 'other' })];
    await bring(streamOf(icp, one));
    const { escrow, messages } = await bring(streamOf(other));
    expect(messages).toMatchObject([{ outcome: 'escrowed', reason: 'duplicity' }]);
    const [rival] = foundRivals(memory.log, escrow);
    const verdict = verifyEvidence(crypto, rival?.evidence ?? new Uint8Array());
    expect(verdict).toMatchObject({ ok: true, proven: { aid: icp.event.aid, sn: 1 } });
    expect(fromUtf8(rival?.evidence ?? new Uint8Array())).toContain(other.event.said);
  });

  it('makes evidence that marks nothing of what keys sign that were rotated out', async () => {
    const icp = born(1);
    const ixn = interacted(icp);
    const { aid } = icp.event;
    await bring(streamOf(icp, ixn, rotated(ixn)));
    const { escrow } = await bring(streamOf(interacted(icp, { d: 'thief' })));
    const [rival] = foundRivals(memory.log, escrow);
    const verdict = verifyEvidence(crypto, rival?.evidence ?? new Uint8Array());
    const kel = memory.log.contents.kel(aid);
    if (!verdict.ok || kel === undefined) throw new Error('it is proven');
    expect(markOf(crypto, verdict.proven, kel)).toMatchObject({ aid, sn: 1, isLate: true });
  });

  it('makes no evidence of what a recovery supersedes, nor of what is signed by too few', async () => {
    const icp = born(1);
    await bring(streamOf(icp, interacted(icp, { d: 'stolen' }), rotated(icp)));
    const after = interacted(icp, { d: 'afterwards' });
    const { escrow, counts } = await bring(streamOf(after, interacted(after)));
    expect(escrow.map(({ said }) => said)).toEqual([after.event.said]);
    expect(counts).toMatchObject({ escrowed: 1, rejected: 1 });
    expect(foundRivals(memory.log, escrow)).toEqual([]);
    const one = escrow[0];
    if (one === undefined) throw new Error('it waits');
    const unsigned = { ...one, message: fromUtf8(after.event.bytes) ?? '' };
    expect(foundRivals(memory.log, [unsigned])).toEqual([]);
  });

  it('refuses events that seal records of this log', async () => {
    const icp = born(1);
    const logId = memory.log.contents.genesis?.logId ?? '';
    const seal = { t: `gitkel/device-link/${logId}`, d: icp.event.said };
    const sealing: Made = interacted(icp, seal);
    const { messages, batches } = await bring(streamOf(icp, sealing));
    expect(messages).toMatchObject([{ outcome: 'rejected', reason: 'seal-without-record' }]);
    expect(batches).toMatchObject([{ files: 1 }]);
    // One whose place is taken is proof all the same.
    await bring(streamOf(interacted(icp)));
    const { escrow } = await bring(streamOf(sealing));
    expect(foundRivals(memory.log, escrow)).toHaveLength(1);
    const other = born(40);
    await bring(streamOf(other, rotated(other)));
    const { escrow: rotation } = await bring(streamOf(rotated(other, [seal], 2)));
    expect(foundRivals(memory.log, rotation)).toHaveLength(1);
    // A rotation that would supersede is not let in.
    const { counts } = await bring(streamOf(rotated(icp, [seal])));
    expect(counts).toMatchObject({ accepted: 0, rejected: 1 });
  });

  it('goes on where somebody else wrote meanwhile', async () => {
    const icp = born(1);
    const stale = memory.again();
    await memory.member('bob');
    const { batches } = await bring(streamOf(icp, rotated(icp)), [], stale);
    expect(batches).toMatchObject([{ position: 2 }]);
    const reader = memory.again();
    expect(reader.contents.kel(icp.event.aid)?.state.sn).toBe(1);
  });

  it('drops what nobody signed, and names what cannot be read', async () => {
    const icp = born(1);
    const stream = concat(wire(icp.event, noAttachments), new TextEncoder().encode('-Q'));
    const { batches, escrow, counts } = await bring(stream);
    expect({ batches, escrow }).toEqual({ batches: [], escrow: [] });
    expect(counts).toMatchObject({ unreadable: 1 });
    const unsigned = await bring(wire(icp.event, noAttachments));
    expect(unsigned).toMatchObject({ batches: [], escrow: [], counts: { rejected: 1 } });
  });
});
