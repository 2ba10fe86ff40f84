/** Proofs that come after the event that they prove. */
import { beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { nativeCrypto as crypto } from '../../src/index.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import { committerProblem } from '../../src/log/committer.ts';
import { couple, FoldedLog } from '../support/folded-log.ts';

describe('fold() of late proofs', () => {
  let log: FoldedLog;
  let aid: string;
  let event: KeyEvent;
  beforeEach(async () => {
    log = await FoldedLog.begin();
    const witnesses = ['w.0', 'w.1'].map((name) => log.witness(name));
    const options = { keys: 3, threshold: 2, witnesses, witnessThreshold: 1 };
    const inception = log.inception('slow', options);
    log.apply([await log.file(inception, undefined)]);
    ({ aid } = inception);
    event = log.interaction(aid, [{ d: aid }]);
    log.apply([await log.file(event, log.state(aid), { signers: [0, 1], witnesses: [1] })]);
    await log.take(log.rotation(aid, 1));
  });
  const before = () => log.contents.kel(aid)?.stateAt(0);
  const reasonOf = (files: Parameters<typeof log.fold>[0]): string | undefined => {
    const result = log.fold(files);
    return result.ok ? undefined : result.reason;
  };
  const late = async (signers: readonly number[], witnesses: readonly number[]) =>
    log.attachments(event, before(), { signers, witnesses });
  const reordinal = (file: { path: string; bytes: Uint8Array }, digest: string) => ({
    ...file,
    path: file.path.replace(/-rct-.*/, `-rct-${digest}.cesr`),
  });

  test('takes signatures and receipts that are new, by the keys then in force, and numbers the files on', async () => {
    const file = log.proof(event, await late([2], [0]));
    const draft = log.apply([file]);
    expect(draft.proofFiles).toMatchObject([{ aid, sn: 1, signatures: 2 }]);
    expect(draft.events).toEqual([]);
    expect([log.contents.kel(aid)?.files, log.contents.kel(aid)?.accepted]).toEqual([4, 3]);
    expect(reasonOf([log.proof(event, await late([2], []))])).toBe('proof-known');
    const next = await log.take(log.interaction(aid));
    expect(log.contents.kel(aid)?.fileAt(next.sn)?.ordinal).toBe(4);
    const problem = committerProblem(
      log.contents,
      draft,
      { aid, establishment: 2, keyIndex: 0 },
      new Uint8Array(32),
    );
    expect(problem?.[0]).toBe('committer-key');
  });

  test('takes one beside the event in one batch, after it', async () => {
    const next = log.interaction(aid, [{ d: event.said }]);
    const state = log.state(aid);
    const file = await log.file(next, state, { signers: [0, 1], witnesses: [0] });
    const third = await log.attachments(next, state, { signers: [2], witnesses: [] });
    const proof = log.proof(next, third, (log.contents.kel(aid)?.files ?? 0) + 1);
    expect(reasonOf([proof, file])).toBe('proof-event');
    const twice = log.proof(next, third, (log.contents.kel(aid)?.files ?? 0) + 2);
    expect(reasonOf([file, proof, twice])).toBe('proof-known');
    log.apply([file, proof]);
    expect(log.contents.kel(aid)?.files).toBe(5);
  });

  test('refuses what adds nothing, does not hold, or is not of its form', async () => {
    expect(reasonOf([log.proof(event, await late([0], [0]))])).toBe('proof-known');
    expect(reasonOf([log.proof(event, await late([2], [1]))])).toBe('proof-known');
    expect(reasonOf([log.proof(event, {})])).toBe('attachment-form');
    expect(reasonOf([log.proof(event, { ...(await late([2], [])), ...couple(event) })])).toBe(
      'attachment-form',
    );
    const { controllerSignatures } = await late([2], []);
    const forged = controllerSignatures.map((one) => ({ ...one, raw: new Uint8Array(64) }));
    expect(reasonOf([log.proof(event, { controllerSignatures: forged })])).toBe('bad-signature');
    const file = log.proof(event, { controllerSignatures });
    expect(reasonOf([reordinal(file, digestText(crypto, utf8('else')))])).toBe('path-proof');
    expect(reasonOf([log.proof(event, { controllerSignatures }, 7)])).toBe('path-ordinal');
    const rival = log.interaction(aid, [], before());
    const theirs = await log.attachments(rival, before(), { signers: [2], witnesses: [] });
    expect(reasonOf([log.proof(rival, theirs)])).toBe('proof-event');
    const stranger = log.inception('stranger');
    const own = await log.attachments(stranger, undefined);
    expect(reasonOf([log.proof(stranger, own, 0)])).toBe('proof-event');
  });

  test('takes endorsements of others, each once', async () => {
    const key = log.witness('watcher');
    const signature = encodePrimitive({ code: '0B', raw: await log.fixedSignature(key, event) });
    const more = { nonTransferableReceipts: [{ aid: key, signature }] };
    log.apply([log.proof(event, more)]);
    expect(reasonOf([log.proof(event, more)])).toBe('proof-known');
  });
});
