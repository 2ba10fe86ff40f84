/** Registries, credentials and their bodies in a log. */
import { beforeEach, describe, expect, test } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/index.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import { credentialPath, statusPath, type StatusFileType } from '../../src/log/layout.ts';
import type { AddedFile } from '../../src/log/folding.ts';
import { lookUp } from '../../src/log/lookup.ts';
import { couple, FoldedLog } from '../support/folded-log.ts';
import { type MadeMessage, registryEvents as make } from '../support/registry-events.ts';

describe('fold() of credential status events', () => {
  let log: FoldedLog;
  let issuer: string;
  let vcp: MadeMessage;
  beforeEach(async () => {
    log = await FoldedLog.begin();
    issuer = await log.member('issuer');
    vcp = make.setUp(issuer);
  });

  function file(
    type: StatusFileType,
    made: MadeMessage,
    attached: Partial<Attachments>,
    { registry = vcp.said, ordinal = log.contents.registries.files(registry) } = {},
  ): AddedFile {
    const text = encodeAttachments({ ...noAttachments, ...attached });
    return {
      path: statusPath(crypto, registry, ordinal, type, made.said),
      bytes: concat(made.bytes, utf8(text)),
    };
  }
  const seal = (aid: string, sn: number, { said }: MadeMessage) => ({
    i: aid,
    s: `${sn}`,
    d: said,
  });
  const anchored = async (aid: string, sn: number, made: MadeMessage): Promise<KeyEvent> =>
    log.take(log.interaction(issuer, [seal(aid, sn, made)]));
  const reasonOf = (files: readonly AddedFile[]): string | undefined => {
    const result = log.fold(files);
    return result.ok ? undefined : result.reason;
  };
  const standings = (registry = vcp.said) =>
    log.contents.registries.credentialsOf(registry).map(({ status }) => status);

  async function setUp(): Promise<void> {
    log.apply([file('vcp', vcp, couple(await anchored(vcp.said, 0, vcp)))]);
  }

  test('takes a registry, an issuance and its revocation, in the batch of their anchors or later', async () => {
    const event = log.interaction(issuer, [seal(vcp.said, 0, vcp)]);
    const anchoring = await log.file(event, log.state(issuer));
    const registry = file('vcp', vcp, couple(event));
    expect(reasonOf([registry, anchoring])).toBe('anchorless');
    log.apply([anchoring, registry]);
    const body = make.credential(issuer, vcp.said, 'one');
    const iss = make.issue(vcp.said, body.said);
    const rev = make.revoke(vcp.said, body.said, iss.said);
    const both = await log.take(
      log.interaction(issuer, [seal(body.said, 1, rev), { d: vcp.said }]),
    );
    const issued = await anchored(body.said, 0, iss);
    const draft = log.apply([file('iss', iss, couple(issued))]);
    expect(draft.statuses).toMatchObject([{ issuer, ordinal: 1, event: { type: 'iss' } }]);
    expect(standings()).toEqual(['issued']);
    // An event that seals something else, too, anchors nothing of a registry.
    expect(reasonOf([file('rev', rev, couple(both))])).toBe('anchorless');
    const revoked = await anchored(body.said, 1, rev);
    log.apply([file('rev', rev, couple(revoked))]);
    expect(standings()).toEqual(['revoked']);
    expect(log.contents.registries.registriesOf(issuer)).toEqual([vcp.said]);
    expect(lookUp(log.contents, vcp.said)).toEqual({ kind: 'batch', position: 2 });
    expect(log.contents.registries.files(vcp.said)).toBe(3);
    expect(reasonOf([file('rev', rev, couple(revoked))])).toBe('duplicate');
  });

  test('refuses what is not anchored, not in order, or not of its form', async () => {
    const anchor = await anchored(vcp.said, 0, vcp);
    const second = await anchored(vcp.said, 0, vcp);
    const of = (attached: Partial<Attachments>, more = {}) =>
      reasonOf([file('vcp', vcp, attached, more)]);
    expect(of({})).toBe('attachment-form');
    expect(of(couple(second))).toBe('anchorless');
    const twice = [...couple(anchor).sealSources, ...couple(second).sealSources];
    expect(of({ sealSources: twice })).toBe('attachment-form');
    expect(of(couple(anchor), { ordinal: 1 })).toBe('path-ordinal');
    expect(of(couple(anchor), { registry: issuer })).toBe('path-event');
    const signature = ed25519Signature(new Uint8Array(64), 0, 0);
    expect(of({ ...couple(anchor), controllerSignatures: [signature] })).toBe('attachment-form');
    expect(of({ ...couple(anchor), witnessSignatures: [signature] })).toBe('bad-signature');
    const iss = make.issue(vcp.said, issuer);
    const issuing = await anchored(issuer, 0, iss);
    expect(reasonOf([file('iss', iss, couple(issuing))])).toBe('out-of-order');
    const { path, bytes } = file('vcp', vcp, couple(anchor));
    expect(reasonOf([{ path, bytes: concat(bytes, utf8('\n')) }])).toBe('attachments');
    expect(reasonOf([{ path, bytes: bytes.subarray(0, 40) }])).toBe('size');
    const other = await log.member('other');
    const foreign = make.setUp(other);
    const stranger = await anchored(foreign.said, 0, foreign);
    expect(reasonOf([file('vcp', foreign, couple(stranger), { registry: foreign.said })])).toBe(
      'anchorless',
    );
  });

  test('asks the backers of a registry, and follows their changes', async () => {
    const backers = ['b.0', 'b.1'].map((name) => log.witness(name));
    const backed = make.setUp(issuer, backers);
    const registry = backed.said;
    const signed = async (made: MadeMessage, ...indices: readonly number[]) => ({
      witnessSignatures: await Promise.all(
        indices.map(async (index) =>
          ed25519Signature(
            await log.fixedSignature(backers[index] ?? '', { bytes: made.bytes } as KeyEvent),
            index,
            index,
          ),
        ),
      ),
    });
    const anchor = couple(await anchored(registry, 0, backed));
    const of = async (...indices: readonly number[]) =>
      reasonOf([
        file('vcp', backed, { ...anchor, ...(await signed(backed, ...indices)) }, { registry }),
      ]);
    expect(await of(0)).toBe('partially-witnessed');
    expect(await of(1, 0)).toBe('attachment-form');
    expect(await of(0, 1)).toBeUndefined();
    log.apply([file('vcp', backed, { ...anchor, ...(await signed(backed, 0, 1)) }, { registry })]);
    const vrt = make.rotate(registry, 1, registry, backers.slice(1), [], 1);
    const changing = couple(await anchored(registry, 1, vrt));
    log.apply([file('vrt', vrt, { ...changing, ...(await signed(vrt, 0)) }, { registry })]);
    const bis = make.issueBacked(registry, vrt, 1, issuer);
    const issuing = couple(await anchored(issuer, 0, bis));
    const by = await signed(bis, 0);
    log.apply([file('bis', bis, { ...issuing, ...by }, { registry })]);
    expect(standings(registry)).toEqual(['issued']);
    // Its anchor is superseded, and with it everything that came after.
    const before = log.contents.kel(issuer)?.stateAt(1);
    await log.take(log.rotation(issuer, 1, [], before), before);
    expect(standings(registry)).toEqual(['disputed']);
    expect(log.contents.registries.registry(registry)?.state.sn).toBe(0);
    const again = make.issueBacked(registry, backed, 0, issuer);
    const anew = couple(await anchored(issuer, 0, again));
    const both = await signed(again, 0, 1);
    log.apply([file('bis', again, { ...anew, ...both }, { registry })]);
    expect(standings(registry)).toEqual(['issued']);
  });

  test('a superseded anchor disputes an issuance, never a revocation; anchored anew it stands again', async () => {
    await setUp();
    const [one, two] = ['one', 'two'].map((role) => make.credential(issuer, vcp.said, role).said);
    const [iss, other] = [make.issue(vcp.said, one ?? ''), make.issue(vcp.said, two ?? '')];
    log.apply([file('iss', iss, couple(await anchored(one ?? '', 0, iss)))]);
    const rev = make.revoke(vcp.said, one ?? '', iss.said);
    const at = log.state(issuer).sn;
    log.apply([file('rev', rev, couple(await anchored(one ?? '', 1, rev)))]);
    log.apply([file('iss', other, couple(await anchored(two ?? '', 0, other)))]);
    expect(standings()).toEqual(['revoked', 'issued']);
    const before = log.contents.kel(issuer)?.stateAt(at);
    await log.take(log.rotation(issuer, 1, [], before), before);
    expect(standings()).toEqual(['revoked', 'disputed']);
    log.apply([file('iss', other, couple(await anchored(two ?? '', 0, other)))]);
    expect(standings()).toEqual(['revoked', 'issued']);
    const late = make.issue(vcp.said, one ?? '', '2027-01-01T00:00:00.000000+00:00');
    expect(reasonOf([file('iss', late, couple(await anchored(one ?? '', 0, late)))])).toBe(
      'duplicity',
    );
  });

  test('keeps bodies of credentials that the log issues, each once', async () => {
    await setUp();
    const body = make.credential(issuer, vcp.said, 'one');
    const bodyFile = { path: credentialPath(crypto, body.said), bytes: body.bytes };
    expect(reasonOf([bodyFile])).toBe('credential-unasked');
    const iss = make.issue(vcp.said, body.said);
    const issuing = file('iss', iss, couple(await anchored(body.said, 0, iss)));
    expect(reasonOf([issuing, bodyFile, bodyFile])).toBe('credential-twice');
    const elsewhere = { ...bodyFile, path: credentialPath(crypto, iss.said) };
    expect(reasonOf([issuing, elsewhere])).toBe('path-credential');
    const changed = { ...bodyFile, bytes: body.bytes.map((byte, at) => (at === 200 ? 120 : byte)) };
    expect(reasonOf([issuing, changed])).toBe('said');
    expect(reasonOf([issuing, { ...bodyFile, bytes: utf8('{}') }])).toBe('credential');
    expect(reasonOf([issuing, { ...bodyFile, bytes: vcp.bytes }])).toBe('credential');
    const draft = log.apply([issuing, bodyFile]);
    expect(draft.credentials).toEqual([body.said]);
    expect(log.contents.registries.bodyPosition(body.said)).toBe(log.contents.batches - 1);
    expect(reasonOf([bodyFile])).toBe('credential-twice');
  });
});
