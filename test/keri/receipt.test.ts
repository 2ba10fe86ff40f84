import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { noAttachments } from '../../src/cesr/attachments.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { buildInception, buildInteraction, buildRotation } from '../../src/keri/build.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import { type KeyLogs, noKeyLogs } from '../../src/keri/key-log.ts';
import { attachmentsOf, checkProofs, type Proof, signerName } from '../../src/keri/proofs.ts';
import { buildReceipt, parseReceipt, parseSignedReceipt } from '../../src/keri/receipt.ts';
import { countThreshold } from '../../src/keri/threshold.ts';
import { digests, key, keys, logOf, signatures, signed, stateAfter } from './making.ts';
import { scenariosOf, stepBytes } from './scenarios.ts';

const one = countThreshold(1);

const recorded = scenariosOf('kel_valid_witness.json')
  .flatMap(({ steps }) => steps)
  .filter(({ event }) => event?.includes('"t":"rct"') === true);

describe('parseReceipt()', () => {
  it('reads recorded receipts, which are built byte for byte alike', () => {
    expect(recorded.length).toBeGreaterThan(10);
    for (const step of recorded) {
      const parsed = parseSignedReceipt(stepBytes(step));
      if (!parsed.ok) throw new Error(parsed.detail);
      expect(new TextDecoder().decode(buildReceipt(parsed.signed.event))).toBe(step.event);
      expect(Object.values(parsed.signed.attachments).flat().length).toBeGreaterThan(0);
    }
  });

  const said = 'EFOVS9kRqVlmTMKuaLwWXkUfvRaXCJCnW_pAHqVrPqAU';
  const text = (fields: string): Uint8Array => {
    const size = utf8(`{"v":"KERI10JSON000000_",${fields}}`).length;
    return utf8(`{"v":"KERI10JSON${size.toString(16).padStart(6, '0')}_",${fields}}`);
  };

  it.each([
    ['unsupported-ilk', `"t":"icp","d":"${said}","i":"${said}","s":"0"`],
    ['fields', `"t":"rct","d":"${said}","i":"${said}"`],
    ['fields', `"t":"rct","d":"${said}","i":"${said}","s":"0","a":[]`],
    ['not-canonical-json', `"t":"rct","d":"${said}","i":"${said}","s": "0"`],
    ['said', `"t":"rct","d":"${key(1)}","i":"${said}","s":"0"`],
    ['said', `"t":"rct","d":"${said}A","i":"${said}","s":"0"`],
    ['prefix', `"t":"rct","d":"${said}","i":"x","s":"0"`],
    ['sequence-number', `"t":"rct","d":"${said}","i":"${said}","s":"00"`],
    ['sequence-number', `"t":"rct","d":"${said}","i":"${said}","s":0`],
  ])('refuses by %s (case %#)', (reason, fields) => {
    expect(parseReceipt(text(fields))).toMatchObject({ ok: false, reason });
  });
});

const witnesses = [key(20, 'B'), key(21, 'B'), key(22, 'B')];
const watched = buildInception(crypto, {
  publicKeys: keys(1, 2),
  threshold: one,
  nextDigests: digests(3),
  nextThreshold: one,
  witnesses,
  witnessThreshold: 2,
});
const other = buildInception(crypto, {
  publicKeys: keys(30, 31),
  threshold: one,
  nextDigests: digests(32),
  nextThreshold: one,
});
const turned = buildRotation(crypto, stateAfter(other), {
  publicKeys: keys(32),
  threshold: one,
  nextDigests: digests(33),
  nextThreshold: one,
});
const noted = buildInteraction(crypto, stateAfter(other, turned), []);

const knowing = (...events: readonly KeyEvent[]): KeyLogs => ({
  ...noKeyLogs,
  log: (aid) => (aid === other.aid ? logOf(...events) : undefined),
});

function couple(number: number, event: KeyEvent) {
  const signature = encodePrimitive({ code: '0B', raw: signed(number, event) });
  return { aid: key(number, 'B'), signature };
}

function group(by: KeyEvent, number: number, index: number, event: KeyEvent = watched) {
  return {
    aid: by.aid,
    sequenceNumber: by.sn,
    said: by.said,
    signatures: [ed25519Signature(signed(number, event), index, index)],
  };
}

function namesIn(proofs: readonly Proof[]): readonly string[] {
  return proofs.map(signerName);
}

describe('checkProofs()', () => {
  it('tells signers apart, however they signed, and names each once', () => {
    const { verified, pending } = checkProofs(
      crypto,
      watched,
      undefined,
      {
        ...noAttachments,
        controllerSignatures: signatures(watched, undefined, 2, 2, 1),
        witnessSignatures: [ed25519Signature(signed(21, watched), 1, 1)],
        // A witness as a couple, the same again, one who is none, and one over another event.
        nonTransferableReceipts: [
          couple(20, watched),
          couple(21, watched),
          couple(40, watched),
          couple(41, other),
        ],
        transferableReceipts: [
          { ...group(turned, 32, 0), signature: ed25519Signature(signed(32, watched), 0, 0) },
        ],
        transferableSignatureGroups: [group(other, 31, 1)],
      },
      knowing(other, turned),
    );
    expect(namesIn(verified)).toEqual([
      'controller 1',
      'controller 0',
      'witness 1',
      'witness 0',
      key(40, 'B'),
      `${other.aid} 1 0`,
      `${other.aid} 0 1`,
    ]);
    expect(pending).toEqual([]);
    const again = checkProofs(
      crypto,
      watched,
      undefined,
      attachmentsOf(verified),
      knowing(other, turned),
    );
    expect(again.verified.map(signerName).toSorted()).toEqual(namesIn(verified).toSorted());
  });

  it('gives only what is new', () => {
    const attachments = {
      ...noAttachments,
      controllerSignatures: signatures(watched, undefined, 1, 2),
      witnessSignatures: [ed25519Signature(signed(20, watched), 0, 0)],
    };
    const known = new Set(['controller 0', 'witness 0']);
    const { verified } = checkProofs(crypto, watched, undefined, attachments, noKeyLogs, known);
    expect(namesIn(verified)).toEqual(['controller 1']);
  });

  it('counts nothing that does not hold', () => {
    const attachments = {
      ...noAttachments,
      controllerSignatures: [
        ed25519Signature(signed(2, watched), 0, 0),
        ed25519Signature(signed(2, watched), 9, 9),
      ],
      witnessSignatures: [ed25519Signature(signed(20, watched), 1, 1)],
      nonTransferableReceipts: [couple(20, other), { ...couple(40, watched), aid: key(40, 'D') }],
      transferableSignatureGroups: [
        // Another event than the trunk's, an event that establishes no keys, a key that was rotated out.
        { ...group(other, 30, 0), said: watched.said },
        group(noted, 32, 0),
        group(turned, 30, 0),
      ],
    };
    expect(
      checkProofs(crypto, watched, undefined, attachments, knowing(other, turned, noted)),
    ).toEqual({ verified: [], pending: [] });
  });

  it('leaves open what is signed by keys that are not known yet', () => {
    const attachments = {
      ...noAttachments,
      transferableSignatureGroups: [group(other, 30, 0), group(turned, 32, 0)],
    };
    const ask = (others: KeyLogs) => checkProofs(crypto, watched, undefined, attachments, others);
    expect(ask(noKeyLogs).pending.length).toBe(2);
    expect(namesIn(ask(knowing(other)).verified)).toEqual([`${other.aid} 0 0`]);
    expect(ask(knowing(other)).pending).toEqual([group(turned, 32, 0)]);
    expect(ask(knowing(other, turned)).pending).toEqual([]);
  });
});
