/** Evidence of duplicity: what proves it, without a log, and what it says of an identifier of one. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { canonicalBytes } from '../../src/base/canonical-json.ts';
import { fromUtf8 } from '../../src/base/bytes.ts';
import { nativeCrypto as crypto } from '../../src/index.ts';
import { buildRotation } from '../../src/keri/build.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { countThreshold } from '../../src/keri/threshold.ts';
import { buildEvidence, type KelTexts, verifyEvidence } from '../../src/log/evidence.ts';
import type { AddedFile } from '../../src/log/folding.ts';
import { evidencePath } from '../../src/log/layout.ts';
import { isDuplicitous, marksOf } from '../../src/log/marks.ts';
import { couple, FoldedLog } from '../support/folded-log.ts';
import { reasonOf as thrownReason } from '../support/thrown.ts';

describe('evidence of duplicity', () => {
  let log: FoldedLog;
  let aid: string;
  let inception: KeyEvent;
  let kel: KelTexts;
  let state: KeyState;
  beforeEach(async () => {
    log = await FoldedLog.begin();
    inception = log.inception('ada', { keys: 3, threshold: 2 });
    const file = await log.file(inception, undefined);
    log.apply([file]);
    aid = inception.aid;
    state = log.state(aid);
    kel = { aid, events: [fromUtf8(file.bytes) ?? ''] };
  });
  const bytesOf = async (event: KeyEvent, before: KeyState | undefined, options = {}) =>
    (await log.file(event, before, options)).bytes;
  const rival = async (text: string, before = state) =>
    bytesOf(log.interaction(aid, [text], before), before);
  const reasonOf = (bytes: Uint8Array): string | undefined => {
    const verdict = verifyEvidence(crypto, bytes);
    return verdict.ok ? undefined : verdict.reason;
  };
  const fileOf = (bytes: Uint8Array): AddedFile => {
    const verdict = verifyEvidence(crypto, bytes);
    if (!verdict.ok) throw new Error(verdict.detail);
    return { path: evidencePath(crypto, verdict.proven.said), bytes };
  };

  test('is proved by its bytes alone, whatever the order of the two', async () => {
    const [one, other] = [await rival('one'), await rival('other')];
    const bytes = buildEvidence(crypto, [kel], [one, other]);
    expect(buildEvidence(crypto, [kel], [other, one])).toEqual(bytes);
    const verdict = verifyEvidence(crypto, bytes);
    if (!verdict.ok) throw new Error(verdict.detail);
    const { proven } = verdict;
    expect(proven).toMatchObject({ aid, sn: 1 });
    expect(proven.rivals[0].authority).toEqual(log.keys('ada', 3, 0));
    expect(proven.rivals[0].event.said < proven.rivals[1].event.said).toBe(true);
  });

  test('is not what may stand, is signed too little, or is one event', async () => {
    const [one, other] = [await rival('one'), await rival('other')];
    const refused = async (
      kels: readonly KelTexts[],
      ...rivals: readonly [Uint8Array, Uint8Array]
    ) => thrownReason(() => buildEvidence(crypto, kels, rivals));
    const recovery = await bytesOf(log.rotation(aid, 1, [], state), state);
    expect(await refused([kel], one, recovery)).toBe('superseding');
    expect(await refused([kel], one, one)).toBe('rivals');
    const unsigned = log.interaction(aid, ['x'], state);
    expect(await refused([kel], one, await bytesOf(unsigned, state, { signers: [0] }))).toBe(
      'not-accepted',
    );
    expect(await refused([], one, other)).toBe('kels');
    expect(await refused([kel, kel], one, other)).toBe('kel-twice');
    expect(await refused([{ aid: log.founder, events: kel.events }], one, other)).toBe('kels');
    expect(await refused([{ aid, events: [] }], one, other)).toBe('rivals');
    const longer = { aid, events: [...kel.events, fromUtf8(one) ?? ''] };
    expect(await refused([longer], one, other)).toBe('rivals');
    const bob = log.inception('bob');
    const bobs = await bytesOf(bob, undefined);
    expect(await refused([kel], one, bobs)).toBe('rivals');
    expect(await refused([{ aid, events: [fromUtf8(bobs) ?? ''] }], one, other)).toBe('other-aid');
  });

  test('is exact, bounded and never throws for what bytes hold', async () => {
    const bytes = buildEvidence(crypto, [kel], [await rival('one'), await rival('other')]);
    const document: unknown = JSON.parse(fromUtf8(bytes) ?? '');
    expect(reasonOf(canonicalBytes({ ...(document as object), d: aid }))).toBe('said');
    expect(reasonOf(canonicalBytes({ ...(document as object), format: 'x' }))).toBe('format');
    fc.assert(
      fc.property(
        fc.nat({ max: bytes.length - 1 }),
        fc.nat({ max: 255 }),
        fc.boolean(),
        (at, byte, cut) => {
          const changed = cut ? bytes.subarray(0, at) : bytes.with(at, byte);
          expect(reasonOf(changed) === undefined).toBe(!cut && byte === bytes[at]);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('of delegated rotations needs the KEL of the delegator, and follows rule B', async () => {
    const approvals: string[] = [];
    const dip = log.inception('team', { delegator: aid });
    const approve = async (event: KeyEvent) => {
      const before = log.state(aid);
      const approval = log.interaction(aid, [log.approval(event)]);
      const file = await log.file(approval, before);
      log.apply([file]);
      approvals.push(fromUtf8(file.bytes) ?? '');
      return approval;
    };
    const first = await approve(dip);
    const dipFile = await log.file(dip, undefined, { more: couple(first) });
    log.apply([dipFile]);
    const before = log.state(dip.aid);
    const [one, other] = [
      log.rotation(dip.aid, 1, [], before),
      log.rotation(dip.aid, 1, ['x'], before),
    ];
    const couples = [await approve(one), await approve(other)].map(couple);
    const files = await Promise.all(
      [one, other].map(async (event, at) => bytesOf(event, before, { more: couples[at] })),
    );
    const delegator = { aid, events: [...kel.events, ...approvals] };
    const team = { aid: dip.aid, events: [fromUtf8(dipFile.bytes) ?? ''] };
    const pair = [files[0] ?? new Uint8Array(), files[1] ?? new Uint8Array()] as const;
    expect(await thrownReason(() => buildEvidence(crypto, [delegator, team], pair))).toBe(
      'superseding',
    );
    expect(await thrownReason(() => buildEvidence(crypto, [team], pair))).toBe('not-accepted');
    const ixns = [
      await bytesOf(log.interaction(dip.aid, ['1'], before), before),
      await bytesOf(log.interaction(dip.aid, ['2'], before), before),
    ] as const;
    expect(reasonOf(buildEvidence(crypto, [delegator, team], ixns))).toBeUndefined();
  });

  describe('in a log', () => {
    const statuses = () => marksOf(log.contents, aid).map(({ status }) => status);

    test('marks an identifier from its position on, until that rotates', async () => {
      const [one, other] = [await rival('one'), await rival('other')];
      const evidence = fileOf(buildEvidence(crypto, [kel], [one, other]));
      const draft = log.apply([evidence]);
      expect(draft.evidence).toMatchObject([{ aid, sn: 1, isLate: false }]);
      expect(statuses()).toEqual(['duplicitous']);
      expect(isDuplicitous(log.contents, aid)).toBe(true);
      expect(log.fold([evidence])).toMatchObject({ ok: false, reason: 'evidence-twice' });
      await log.take(log.interaction(aid, ['third']));
      expect(statuses()).toEqual(['duplicitous']);
      await log.take(log.rotation(aid, 1));
      expect(statuses()).toEqual(['reconciled']);
      expect(marksOf(log.contents, aid)[0]?.reconciledAt).toBe(log.contents.batches - 1);
      expect(isDuplicitous(log.contents, aid)).toBe(false);
    });

    test('of keys that were rotated out before marks nothing', async () => {
      await log.take(log.interaction(aid, ['one'], state));
      await log.take(log.rotation(aid, 1));
      const late = buildEvidence(crypto, [kel], [await rival('one'), await rival('forged')]);
      log.apply([fileOf(late)]);
      expect(statuses()).toEqual(['late']);
      expect(isDuplicitous(log.contents, aid)).toBe(false);
    });

    test('of a longer forged branch is judged by where that departs from the trunk', async () => {
      await log.take(log.interaction(aid, ['one'], state));
      await log.take(log.rotation(aid, 1));
      await log.take(log.rotation(aid, 2));
      // Whoever stole the keys of two generations goes on from the inception, with next keys of his own.
      const forged = log.rotation(aid, 1, ['forged'], state);
      const forgedBytes = await bytesOf(forged, state);
      const other = await FoldedLog.begin();
      other.apply([await log.file(inception, undefined, { ordinal: 0 })]);
      other.apply([{ ...(await log.file(forged, state, { ordinal: 1 })) }]);
      const after = other.state(aid);
      const branch = { aid, events: [...kel.events, fromUtf8(forgedBytes) ?? ''] };
      const rivals = [await rival('a', after), await rival('b', after)] as const;
      log.apply([fileOf(buildEvidence(crypto, [branch], rivals))]);
      expect(statuses()).toEqual(['late']);
    });

    test('that shows fewer signatures does not keep out what marks', async () => {
      // The third key stays in the next key state: it is still trusted, the other two are not.
      const fields = {
        publicKeys: [...log.keys('ada', 2, 1), log.keys('ada', 3, 0)[2] ?? ''],
        threshold: countThreshold(2),
        nextDigests: [],
        nextThreshold: countThreshold(0),
      };
      await log.take(log.interaction(aid, ['one'], state));
      const before = log.state(aid);
      const kept = buildRotation(crypto, before, fields);
      await log.take(kept, before);
      const of = async (signers: readonly number[]) => {
        const [one, other] = ['a', 'b'].map((text) => log.interaction(aid, [text], state));
        if (one === undefined || other === undefined) throw new Error('two events');
        const rivals = [
          await bytesOf(one, state, { signers }),
          await bytesOf(other, state, { signers }),
        ] as const;
        return fileOf(buildEvidence(crypto, [kel], rivals));
      };
      log.apply([await of([0, 1])]);
      expect(statuses()).toEqual(['late']);
      expect(log.fold([await of([0, 1])])).toMatchObject({ ok: false, reason: 'evidence-twice' });
      log.apply([await of([0, 1, 2])]);
      expect(statuses()).toEqual(['late', 'duplicitous']);
      expect(log.fold([await of([1, 2])])).toMatchObject({ ok: false, reason: 'evidence-twice' });
    });

    test('of keys that the log has not come to yet marks', async () => {
      const ahead = await FoldedLog.begin();
      ahead.apply([await log.file(inception, undefined, { ordinal: 0 })]);
      const events = [...kel.events];
      for (const generation of [1, 2]) {
        const at = ahead.state(aid);
        const file = await log.file(log.rotation(aid, generation, [], at), at, {
          ordinal: generation,
        });
        ahead.apply([file]);
        events.push(fromUtf8(file.bytes) ?? '');
      }
      const after = ahead.state(aid);
      const rivals = [await rival('a', after), await rival('b', after)] as const;
      log.apply([fileOf(buildEvidence(crypto, [{ aid, events }], rivals))]);
      expect(statuses()).toEqual(['duplicitous']);
    });

    test('of rotations marks, since the revealed keys are current', async () => {
      const made = log.rotation(aid, 1, [], state);
      const forged = log.rotation(aid, 1, ['other'], state);
      await log.take(made);
      const rivals = [await bytesOf(made, state), await bytesOf(forged, state)] as const;
      const proof = fileOf(buildEvidence(crypto, [kel], rivals));
      log.apply([proof]);
      expect(statuses()).toEqual(['duplicitous']);
    });

    test('of an identifier or a digest that it does not have is refused', async () => {
      const [one, other] = [await rival('one'), await rival('other')];
      const evidence = fileOf(buildEvidence(crypto, [kel], [one, other]));
      const empty = await FoldedLog.begin();
      expect(empty.fold([evidence])).toMatchObject({ ok: false, reason: 'evidence-unknown' });
      const elsewhere = { ...evidence, path: evidencePath(crypto, aid) };
      expect(log.fold([elsewhere])).toMatchObject({ ok: false, reason: 'path-record' });
      const cut = { ...evidence, bytes: evidence.bytes.subarray(1) };
      expect(log.fold([cut])).toMatchObject({ ok: false });
    });
  });
});
