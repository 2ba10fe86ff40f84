/** Delegated events, witnesses and endorsements in a log. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { nativeCrypto as crypto, type Seal } from '../../src/index.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import { parseSignedEvent } from '../../src/keri/signatures.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { Drafts } from '../../src/log/drafts.ts';
import { inOneForm } from '../../src/log/event-form.ts';
import { stateAt } from '../../src/log/history.ts';
import { couple, FoldedLog } from '../support/folded-log.ts';

describe('fold() of delegated events', () => {
  let log: FoldedLog;
  let root: string;
  beforeAll(async () => {
    log = await FoldedLog.begin();
    root = await log.member('root', { keys: 3, threshold: 2 });
  });

  test('takes a delegated inception after the approval in the same batch, and delegates of delegates', async () => {
    const team = await log.delegate('team', root, { keys: 2 });
    expect(log.state(team)).toMatchObject({ delegator: root, lastType: 'dip' });
    const kel = log.contents.kel(team);
    expect(kel?.anchorAt(0)).toEqual({
      delegator: root,
      sn: 1,
      said: log.contents.kel(root)?.saidAt(1),
      sealIndex: 0,
    });
    const below = await log.delegate('below', team);
    expect(log.state(below).delegator).toBe(team);
    const rotated = log.rotation(team, 1);
    log.apply(await log.approved(rotated, log.state(team)));
    expect(log.state(team)).toMatchObject({ sn: 2, lastType: 'drt' });
    expect(kel?.anchorAt(1)).toBeUndefined();
  });

  test('takes an approval that has been in the log for long, the first of several', async () => {
    const later = log.inception('later', { delegator: root });
    const first = await log.take(log.interaction(root, ['x', log.approval(later)]));
    const second = await log.take(log.interaction(root, [log.approval(later)]));
    const wrong = await log.file(later, undefined, { more: couple(second) });
    expect(log.fold([wrong])).toMatchObject({ ok: false, reason: 'anchor' });
    const right = await log.file(later, undefined, { more: couple(first) });
    log.apply([right]);
    expect(log.contents.kel(later.aid)?.anchorAt(0)).toMatchObject({
      said: first.said,
      sealIndex: 1,
    });
  });

  test('refuses what is not approved, before it is, or by somebody else', async () => {
    const other = await log.member('other');
    const event = log.inception('unapproved', { delegator: root });
    const approval = log.interaction(root, [log.approval(event)]);
    const file = await log.file(event, undefined, { more: couple(approval) });
    const reasonOf = (files: Parameters<typeof log.fold>[0]): string | undefined => {
      const result = log.fold(files);
      return result.ok ? undefined : result.reason;
    };
    expect(reasonOf([file])).toBe('missing-delegation');
    const approving = await log.file(approval, log.state(root));
    expect(reasonOf([file, approving])).toBe('missing-delegation');
    expect(reasonOf([approving, file])).toBeUndefined();
    expect(reasonOf([approving, await log.file(event, undefined)])).toBe('attachment-form');
    const twice = {
      sealSources: [...couple(approval).sealSources, ...couple(approval).sealSources],
    };
    expect(reasonOf([approving, await log.file(event, undefined, { more: twice })])).toBe(
      'attachment-form',
    );
    const stranger = log.interaction(other, [log.approval(event)]);
    expect(reasonOf([await log.file(stranger, log.state(other)), file])).toBe('missing-delegation');
    const misnamed = log.interaction(root, [{ i: event.aid, s: '1', d: event.said }]);
    expect(reasonOf([await log.file(misnamed, log.state(root)), file])).toBe('missing-delegation');
    const labelled = log.interaction(root, [{ d: event.said, i: event.aid, s: '0' }]);
    expect(reasonOf([await log.file(labelled, log.state(root)), file])).toBe('missing-delegation');
    const dnd = await log.member('dnd', { traits: ['DND'] });
    const child = log.inception('child', { delegator: dnd });
    expect(reasonOf(await log.approved(child, undefined))).toBe('do-not-delegate');
  });

  test('lets a rotation that the delegator approved later take the place of another one', async () => {
    const team = await log.delegate('recovering', root, { keys: 2 });
    const before = log.state(team);
    const stolen = log.rotation(team, 1, [{ d: root }], before);
    log.apply(await log.approved(stolen, before));
    const after = log.interaction(team, ['x']);
    await log.take(after);
    const kel = () => {
      const found = log.contents.kel(team);
      if (found === undefined) throw new Error('no KEL');
      return found;
    };
    const own = log.rotation(team, 1, [{ d: team }], before);
    const at = log.contents.batches;
    const files = await log.approved(own, before);
    const reordered = files.map((file) => ({
      ...file,
      path: file.path.replace(/0000000.-drt/, '00000003-drt'),
    }));
    log.apply(reordered);
    expect([kel().length, kel().accepted, kel().files]).toEqual([2, 4, 4]);
    expect(kel().saidAt(1)).toBe(own.said);
    expect(kel().disputed.map(({ said, sn, by }) => [said, sn, by.said, by.position])).toEqual([
      [stolen.said, 1, own.said, at],
      [after.said, 2, own.said, at],
    ]);
    expect(kel().establishments.map(({ state }) => state.said)).toEqual([team, own.said]);
    expect(kel().everEstablished.map(({ state }) => state.said)).toEqual([
      team,
      stolen.said,
      own.said,
    ]);
    expect(kel().stateBefore(3)).toEqual(before);
    expect(stateAt(kel(), { position: at - 1 })?.state.said).toBe(after.said);
    const rival = log.rotation(team, 1, [{ d: log.founder }], before);
    const first = log.interaction(root, [log.approval(rival)]);
    expect(log.contents.kel(root)?.saidAt(first.sn)).toBeUndefined();
    expect(log.fold(await log.approved(rival, before))).toMatchObject({ ok: true });
    const [approving, rivalFile] = await log.approved(rival, before);
    if (approving === undefined || rivalFile === undefined) throw new Error('no files');
    const old = log.fold([rivalFile]);
    expect(old).toMatchObject({ ok: false, reason: 'missing-delegation' });
  });

  test('does not count an approval that was superseded', async () => {
    const event = log.inception('lost', { delegator: root });
    const approval = await log.take(log.interaction(root, [log.approval(event)]));
    const before = log.contents.kel(root)?.stateAt(approval.sn - 1);
    const recovery = log.rotation(root, 1, [], before);
    await log.take(recovery, before);
    const file = await log.file(event, undefined, { more: couple(approval) });
    expect(log.fold([file])).toMatchObject({ ok: false, reason: 'missing-delegation' });
    const again = await log.take(log.interaction(root, [log.approval(event)]));
    log.apply([await log.file(event, undefined, { more: couple(again) })]);
    expect(log.contents.kel(event.aid)?.anchorAt(0)?.said).toBe(again.said);
  });
});

describe('fold() of a superseded delegated rotation, once the delegator itself recovered', () => {
  let log: FoldedLog;
  let root: string;
  let team: string;
  let stolen: KeyEvent;
  let own: KeyEvent;
  let before: KeyState;
  let approvals: readonly KeyEvent[];
  /** The root approves a rotation that a thief made, then the team's own, each in an interaction; both are filed. */
  beforeEach(async () => {
    log = await FoldedLog.begin();
    root = await log.member('root');
    team = await log.delegate('team', root, { keys: 2 });
    before = log.state(team);
    stolen = log.rotation(team, 1, [{ d: root }], before);
    own = log.rotation(team, 1, [{ d: team }], before);
    approvals = [];
    for (const event of [stolen, own]) {
      const approval = await log.take(log.interaction(root, [log.approval(event)]));
      log.apply([await log.file(event, before, { more: couple(approval) })]);
      approvals = [...approvals, approval];
    }
  });
  const recover = async (sn: number, seals: readonly Seal[]): Promise<KeyEvent> => {
    const at = log.contents.kel(root)?.stateAt(sn - 1);
    return log.take(log.rotation(root, 1, seals, at), at);
  };
  const filed = async (event: KeyEvent, approval: KeyEvent | undefined) =>
    log.fold([
      await log.file(event, before, { more: approval === undefined ? {} : couple(approval) }),
    ]);

  test.each([false, true])(
    'does not bring it back by an approval from before that one (approved anew: %s)',
    async (isAnew) => {
      expect(log.state(team).said).toBe(own.said);
      await recover(3, isAnew ? [log.approval(own)] : []);
      expect(await filed(stolen, approvals[0])).toMatchObject({ ok: false, reason: 'duplicity' });
      const later = log.rotation(team, 1, [{ d: log.founder }], before);
      log.apply(await log.approved(later, before));
      expect(log.state(team).said).toBe(later.said);
    },
  );

  test('goes by the approval that stands where the delegator gave it anew', async () => {
    const late = log.rotation(team, 1, [{ d: log.founder }], before);
    const recovery = await recover(3, [late, own].map(log.approval));
    expect(await filed(late, recovery)).toMatchObject({ ok: false, reason: 'duplicity' });
  });

  test('takes the older one again where the delegator has lost both approvals and gives that one anew', async () => {
    const recovery = await recover(2, [log.approval(stolen)]);
    log.apply([await log.file(stolen, before, { more: couple(recovery) })]);
    const kel = log.contents.kel(team);
    expect(kel?.state.said).toBe(stolen.said);
    expect(kel?.disputed.map(({ said }) => said)).toEqual([own.said]);
    expect([kel?.accepted, kel?.anchorAt(1)?.said]).toEqual([4, recovery.said]);
    expect(await filed(own, approvals[1])).toMatchObject({ reason: 'missing-delegation' });
  });

  test('takes what the recovery itself approves, and what comes after it', async () => {
    const late = log.rotation(team, 1, [{ d: log.founder }], before);
    const recovery = await recover(2, [log.approval(late)]);
    expect(await filed(late, recovery)).toMatchObject({ ok: true });
  });
});

describe('fold() of witnessed and endorsed events', () => {
  let log: FoldedLog;
  let aid: string;
  let endorser: string;
  const witnessNames = ['w.0', 'w.1', 'w.2', 'w.3'];
  beforeAll(async () => {
    log = await FoldedLog.begin();
    const witnesses = witnessNames.map((name) => log.witness(name));
    const event = log.inception('watched', { witnesses, witnessThreshold: 3 });
    aid = (await log.take(event)).aid;
    endorser = await log.member('endorser', { keys: 2 });
  });

  test('takes fully witnessed events only', async () => {
    const event = log.interaction(aid, [{ d: endorser }]);
    const state = log.state(aid);
    const of = async (witnesses: readonly number[]) =>
      log.fold([await log.file(event, state, { witnesses })]);
    expect(await of([0, 2])).toMatchObject({ ok: false, reason: 'partial-witness' });
    expect(await of([0, 2, 2])).toMatchObject({ ok: false, reason: 'attachment-form' });
    expect(await of([2, 0, 1])).toMatchObject({ ok: false, reason: 'attachment-form' });
    expect(await of([0, 2, 3])).toMatchObject({ ok: true });
  });

  /** The endorsements of an event: by a key that cannot rotate, and by both keys of an identity. */
  async function endorsements(event: Parameters<typeof log.fixedSignature>[1]) {
    const fixed = ['y', 'x'].map((name) => log.witness(name)).toSorted();
    const { said } = log.state(endorser);
    return {
      nonTransferableReceipts: await Promise.all(
        fixed.map(async (key) => ({
          aid: key,
          signature: encodePrimitive({ code: '0B', raw: await log.fixedSignature(key, event) }),
        })),
      ),
      transferableReceipts: await Promise.all(
        log.keys('endorser', 2, 0).map(async (key, index) => ({
          aid: endorser,
          sequenceNumber: 0,
          said,
          signature: ed25519Signature(await log.ring.signer(key).sign(event.bytes), index, index),
        })),
      ),
    };
  }

  test('takes endorsements that hold, in one order, and knows who gave them', async () => {
    const event = log.interaction(aid, [{ d: aid }]);
    const state = log.state(aid);
    const more = await endorsements(event);
    const reasonOf = async (changed: Partial<typeof more>): Promise<string | undefined> => {
      const result = log.fold([await log.file(event, state, { more: { ...more, ...changed } })]);
      return result.ok ? undefined : result.reason;
    };
    expect(await reasonOf({})).toBeUndefined();
    const { nonTransferableReceipts: fixed, transferableReceipts: others } = more;
    expect(await reasonOf({ nonTransferableReceipts: fixed.toReversed() })).toBe('attachment-form');
    expect(await reasonOf({ transferableReceipts: others.toReversed() })).toBe('attachment-form');
    expect(await reasonOf({ nonTransferableReceipts: [...fixed.slice(0, 1), ...fixed] })).toBe(
      'attachment-form',
    );
    const misnamed = fixed.map((receipt, at) => ({
      aid: receipt.aid,
      signature: fixed[1 - at]?.signature ?? '',
    }));
    expect(await reasonOf({ nonTransferableReceipts: misnamed })).toBe('bad-signature');
    const elsewhere = others.map((receipt) => ({ ...receipt, said: aid }));
    expect(await reasonOf({ transferableReceipts: elsewhere })).toBe('bad-signature');
    const [first] = fixed;
    const witness = witnessNames.map((name) => log.witness(name))[3] ?? '';
    const byWitness = {
      aid: witness,
      signature: encodePrimitive({ code: '0B', raw: await log.fixedSignature(witness, event) }),
    };
    expect(first).toBeDefined();
    const asCouple = [...fixed, byWitness].toSorted((a, b) => (a.aid < b.aid ? -1 : 1));
    const couples = await log.file(event, state, {
      witnesses: [0, 1],
      more: { ...more, nonTransferableReceipts: asCouple },
    });
    expect(log.fold([couples])).toMatchObject({ ok: false, reason: 'bad-signature' });
  });

  test('inOneForm() brings any attachments into the form that fold() takes', async () => {
    const event = log.interaction(aid, [{ d: aid }]);
    const state = log.state(aid);
    const good = await endorsements(event);
    const own = await log.attachments(event, state);
    const expected = { ...own, ...good };
    const witnesses = witnessNames.map((name) => log.witness(name));
    const bad = { code: 'A', index: 0, priorIndex: 0, raw: new Uint8Array(64) };
    const messy = {
      ...noAttachments,
      controllerSignatures: [bad, ...own.controllerSignatures, ...own.controllerSignatures],
      witnessSignatures: own.witnessSignatures.slice(2).toReversed(),
      nonTransferableReceipts: [
        ...good.nonTransferableReceipts.toReversed(),
        ...(await Promise.all(
          witnesses.slice(0, 3).map(async (key) => ({
            aid: key,
            signature: encodePrimitive({ code: '0B', raw: await log.fixedSignature(key, event) }),
          })),
        )),
      ],
      transferableSignatureGroups: [
        {
          aid: endorser,
          sequenceNumber: 0,
          said: log.state(endorser).said,
          signatures: good.transferableReceipts.map(({ signature }) => signature).toReversed(),
        },
      ],
      firstSeen: [{ ordinal: 7, dateTime: '2026-11-21T09:00:00.000000+00:00' }],
      sealSources: couple(event).sealSources,
    };
    const bytes = concat(event.bytes, utf8(encodeAttachments(messy)));
    const parsed = parseSignedEvent(crypto, bytes);
    if (!parsed.ok) throw new Error(parsed.detail);
    const formed = inOneForm(crypto, new Drafts(log.contents), parsed.signed, state, undefined);
    expect(encodeAttachments(formed)).toBe(encodeAttachments(expected));
    const file = await log.file(event, state, { more: formed });
    log.apply([file]);
    expect(log.contents.proofs.positionOf(event.said, log.witness('x'))).toBe(
      log.contents.batches - 1,
    );
  });
});
