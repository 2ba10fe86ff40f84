/** What a home verified before: a log that went back, forked, or shows another event for a place. */
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { recall, rememberLog } from '../../src/cli/memory.ts';
import {
  type AuditVerdict,
  buildInteraction,
  buildRotation,
  type Contents,
  type Home,
  nativeCrypto,
  openHome,
  stateAt,
} from '../../src/index.ts';
import { VerifiedMemory } from '../../src/keys/verified-memory.ts';
import type { MemberName } from '../support/long-log.ts';
import type { DraftFile } from '../support/tampered-log.ts';
import { useTampering } from '../support/tampering.ts';

const tampering = useTampering();
const DIGEST = `E${'A'.repeat(43)}`;
let homes = 0;
let home: Home;
beforeEach(() => {
  home = openHome(tampering().long.host, path.join(tampering().long.root, `home-${homes++}`));
});

async function auditAndRemember(dir: string): Promise<AuditVerdict> {
  let verified: Contents | undefined;
  const verdict = tampering().audit(dir, {
    recall: (contents) => {
      verified = contents;
      return recall(home, contents, contents.aids);
    },
  });
  if (verdict.state === 'valid' && verified !== undefined)
    await rememberLog(home, new VerifiedMemory(home), verified);
  return verdict;
}

/** An event of a member that could stand at a position, signed by enough of its keys. */
async function rival(
  member: MemberName,
  position: number,
  kind: 'ixn' | 'rot',
  indices: readonly number[],
): Promise<DraftFile> {
  const { long } = tampering();
  const kel = long.log.contents.kel(long.aid(member));
  const state = kel === undefined ? undefined : stateAt(kel, { position: position - 1 })?.state;
  if (state === undefined) throw new Error(`${member} is in the log before ${position}`);
  const seals = [{ d: DIGEST }];
  const event =
    kind === 'ixn'
      ? buildInteraction(nativeCrypto, state, seals)
      : buildRotation(nativeCrypto, state, { ...long.rotation(member), seals });
  return tampering().signedFile(event, state, indices, state.sn + 1);
}

describe('audit() against what a home remembers', () => {
  it('knows a log that it verified, and takes it when it went on', async () => {
    const drafts = tampering().drafts();
    const first = await tampering().forge(drafts.slice(0, 20), false);
    expect(await auditAndRemember(first.dir)).toMatchObject({
      state: 'valid',
      identity: 'not pinned',
    });
    expect(await auditAndRemember(first.dir)).toMatchObject({ state: 'valid', identity: 'known' });
    const whole = await tampering().forge(drafts, false);
    expect(await auditAndRemember(whole.dir)).toMatchObject({
      state: 'valid',
      identity: 'known',
      batches: 30,
    });
  });

  it.each([1, 3, 29])('names a log that went back by %d batches', async (count) => {
    const drafts = tampering().drafts();
    await auditAndRemember((await tampering().forge(drafts, false)).dir);
    const back = await tampering().forge(drafts.slice(0, -count), false);
    const verdict = await auditAndRemember(back.dir);
    expect(verdict).toMatchObject({
      state: 'invalid',
      reason: 'log-rolled-back',
      batches: 30 - count,
    });
    // Once is not enough: what was remembered stays.
    expect(await auditAndRemember(back.dir)).toMatchObject({
      state: 'invalid',
      reason: 'log-rolled-back',
    });
  });

  it('names a log whose last batch the right key signed at another date', async () => {
    const drafts = tampering().drafts();
    await auditAndRemember((await tampering().forge(drafts, false)).dir);
    const [last] = drafts.slice(-1);
    if (last === undefined) throw new Error('a long log');
    last.seconds += 1;
    const { dir } = await tampering().forge(drafts, true);
    expect(tampering().audit(dir)).toMatchObject({ state: 'valid' });
    expect(await auditAndRemember(dir)).toMatchObject({
      state: 'invalid',
      reason: 'log-forked',
      identity: 'known',
    });
  });

  it('names a log that was signed anew from an earlier batch on, and is longer', async () => {
    const drafts = tampering().drafts();
    await auditAndRemember((await tampering().forge(drafts.slice(0, 25), false)).dir);
    const [changed] = drafts.slice(5);
    if (changed === undefined) throw new Error('a long log');
    changed.seconds += 1;
    const { dir } = await tampering().forge(drafts, true);
    expect(await auditAndRemember(dir)).toMatchObject({
      state: 'invalid',
      reason: 'log-forked',
      batches: 30,
    });
  });

  it('names a fork in which two events for a place are signed by enough keys', async () => {
    const drafts = tampering().drafts();
    await auditAndRemember((await tampering().forge(drafts, false)).dir);
    const forked = drafts.slice(0, 29);
    const batch = {
      ...tampering().after([await rival('solo', 29, 'ixn', [0])], 'solo'),
      number: 29,
    };
    const { dir } = await tampering().forge([...forked, batch], true);
    expect(tampering().audit(dir)).toMatchObject({ state: 'valid', batches: 30 });
    const { state, findings } = await auditAndRemember(dir);
    expect(state).toBe('invalid');
    expect(findings.map(({ reason }) => reason)).toEqual(['log-forked', 'aid-conflict']);
    expect(findings[1]).toMatchObject({ aid: tampering().long.aid('solo') });
  });

  it('names another rotation at a remembered place, in a log that is shorter', async () => {
    const drafts = tampering().drafts();
    await auditAndRemember((await tampering().forge(drafts, false)).dir);
    // Batch 25 rotates the team; here its next keys signed another rotation.
    const { long } = tampering();
    const other = await tampering().forge(drafts.slice(0, 25), false);
    expect(tampering().audit(other.dir)).toMatchObject({ state: 'valid', batches: 25 });
    const kel = long.log.contents.kel(long.aid('team'));
    const before = kel === undefined ? undefined : stateAt(kel, { position: 24 })?.state;
    const after = kel === undefined ? undefined : stateAt(kel, { position: 25 })?.state;
    if (before === undefined || after === undefined) throw new Error('the team is in the log');
    const { publicKeys, threshold, nextDigests, nextThreshold } = after;
    const event = buildRotation(nativeCrypto, before, {
      publicKeys,
      threshold,
      nextDigests,
      nextThreshold,
      seals: [{ d: DIGEST }],
    });
    const file = await tampering().signedFile(event, before, [0, 1], before.sn + 1);
    const { dir } = await tampering().forge(
      [...drafts.slice(0, 25), { ...tampering().after([file], 'solo'), number: 25 }],
      true,
    );
    expect(tampering().audit(dir)).toMatchObject({ state: 'valid', batches: 26 });
    const { state, findings } = await auditAndRemember(dir);
    expect(state).toBe('invalid');
    expect(findings).toContainEqual(
      expect.objectContaining({ reason: 'aid-conflict', aid: long.aid('team') }),
    );
    expect(findings).toContainEqual(expect.objectContaining({ reason: 'log-rolled-back' }));
  });

  it('takes another log in which a known identifier is merely behind, and says so', async () => {
    const drafts = tampering().drafts();
    await auditAndRemember((await tampering().forge(drafts, false)).dir);
    const other = drafts.slice(0, 5);
    const [first] = other;
    const fields = JSON.parse(Buffer.from(first?.files[0]?.bytes ?? []).toString()) as Record<
      string,
      string
    >;
    const { createGenesis } = await import('../../src/log/genesis.ts');
    const genesis = createGenesis(
      nativeCrypto,
      fields['founder'] ?? '',
      'open',
      new Uint8Array(16),
    );
    const [file] = first?.files ?? [];
    if (file === undefined) throw new Error('a genesis');
    file.bytes = genesis.bytes;
    for (const draft of other) draft.logId = genesis.logId;
    const { dir } = await tampering().forge(other, true);
    const verdict = await auditAndRemember(dir);
    expect(verdict).toMatchObject({ state: 'valid', log: genesis.logId });
    expect(verdict.notes.join()).toContain('stale');
  });

  it('does not take a log that is broken for one that went back', async () => {
    const drafts = tampering().drafts();
    await auditAndRemember((await tampering().forge(drafts, false)).dir);
    const [draft] = drafts.slice(12);
    if (draft === undefined) throw new Error('a long log');
    draft.number = 13;
    const { dir } = await tampering().forge(drafts, true);
    const { findings, notes } = await auditAndRemember(dir);
    expect(findings).toMatchObject([{ reason: 'batch-number', position: 12 }]);
    expect(notes).toEqual([]);
  });

  it('names what was expected and is not there', async () => {
    const { dir } = await tampering().forge(tampering().drafts(), false);
    const aid = tampering().long.aid('team');
    const at = { sn: 3, said: DIGEST };
    expect(tampering().audit(dir, { expectedAids: [{ aid, at }] })).toMatchObject({
      state: 'invalid',
      reason: 'expected-event',
      identity: 'expected',
    });
    expect(
      tampering().audit(dir, { expectedAids: [{ aid, at: { sn: 99, said: DIGEST } }] }),
    ).toMatchObject({ reason: 'expected-event' });
    expect(
      tampering().audit(dir, { expectedAids: [{ aid: DIGEST, at: undefined }] }),
    ).toMatchObject({ reason: 'expected-aid' });
    expect(tampering().audit(dir, { expectedLog: DIGEST })).toMatchObject({
      reason: 'expected-log',
    });
  });
});
