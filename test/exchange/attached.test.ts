/** Whatever strangers attach to events, one import leaves a log that verifies, and the true stream can follow. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../../src/base/bytes.ts';
import type { Attachments } from '../../src/cesr/attachments.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { ed25519Signature, type IndexedSignature } from '../../src/cesr/signature.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { audit } from '../../src/audit/audit.ts';
import { buildInception, buildRotation } from '../../src/keri/build.ts';
import type { SignedEvent } from '../../src/keri/signatures.ts';
import { countThreshold } from '../../src/keri/threshold.ts';
import { by, digests, key, keys, signatures, signed, stateAfter, wire } from '../keri/making.ts';
import { born, interacted, rotated, sealsOf } from '../stream/families.ts';
import { imported } from '../support/importing.ts';
import { MemoryLog, names } from '../support/memory-log.ts';

const RUNS = 10 * Number(process.env['GITKEL_LONG'] ?? 1);
const keyNames = names('ada', 1);

/** A company of two keys and two of three witnesses, which rotates one of them. */
function watched(): readonly SignedEvent[] {
  const two = countThreshold(2);
  const common = { threshold: two, nextThreshold: two, seals: [], witnessThreshold: 2 };
  const icp = buildInception(crypto, {
    ...common,
    publicKeys: keys(50, 51),
    nextDigests: digests(60, 61),
    witnesses: [100, 101, 102].map((n) => key(n, 'B')),
  });
  const before = stateAfter(icp);
  const rot = buildRotation(crypto, before, {
    ...common,
    publicKeys: keys(60, 61),
    nextDigests: digests(70, 71),
    witnessCuts: [key(100, 'B')],
    witnessAdds: [key(103, 'B')],
  });
  const witnessSignatures = [0, 1].map((n) => ed25519Signature(signed(100 + n, icp), n, n));
  const nonTransferableReceipts = [101, 103].map((n) => coupleOf(rot, n));
  return [
    { event: icp, attachments: { ...by(signatures(icp, undefined, 50, 51)), witnessSignatures } },
    {
      event: rot,
      attachments: { ...by(signatures(rot, before, 60, 61)), nonTransferableReceipts },
    },
  ];
}

type Couple = Attachments['nonTransferableReceipts'][number];

function coupleOf(event: SignedEvent['event'], number: number): Couple {
  const signature = encodePrimitive({ code: '0B', raw: signed(number, event) });
  return { aid: key(number, 'B'), signature };
}

const boss = born(1);
const team = born(20, boss);
const approval = interacted(boss, ...sealsOf(team));
const stolen = interacted(approval, { d: 'stolen' });
const recovery = rotated(approval);
const sound: readonly SignedEvent[] = [
  ...[boss, approval, team, stolen, recovery].map((made) => made.signed),
  ...watched(),
];
/** Those of whom a key signs the events of others, by number. */
const others = [boss, recovery, team].map(({ event, key: number }) => ({ event, number }));

const CODES = ['A', 'B', '2A', '2B', 'C', 'E', '2E'];

/** A signature under another code, which may say that it reveals another next key. */
function recoded(one: IndexedSignature, code: string, prior: number): IndexedSignature {
  if (code.endsWith('B')) return { ...one, code, priorIndex: undefined };
  return { ...one, code, priorIndex: code.length === 1 ? one.index : prior };
}

interface Change {
  readonly at: number;
  readonly kind: number;
  readonly n: number;
  readonly isFirst: boolean;
}

/** Adds one thing that a stranger can make from what is public, or drops a signature. */
function changed({ event, attachments: a }: SignedEvent, change: Change): SignedEvent {
  const { kind, n, isFirst } = change;
  const [first] = a.controllerSignatures;
  const { event: est, number } = others[n % others.length] ?? { event: boss.event, number: 1 };
  const signature = ed25519Signature(signed(number, event), 0, 0);
  const signer = { aid: est.aid, sequenceNumber: est.sn, said: est.said };
  const also = <Item>(items: readonly Item[], item: Item | undefined): readonly Item[] => {
    if (item === undefined) return items;
    return isFirst ? [item, ...items] : [...items, item];
  };
  const copy = first === undefined ? undefined : recoded(first, CODES[n % 7] ?? 'A', n);
  const more: readonly Partial<Attachments>[] = [
    { controllerSignatures: also(a.controllerSignatures, copy) },
    { controllerSignatures: a.controllerSignatures.slice(1) },
    { nonTransferableReceipts: also(a.nonTransferableReceipts, coupleOf(event, 100 + (n % 6))) },
    { transferableReceipts: also(a.transferableReceipts, { ...signer, signature }) },
    {
      transferableSignatureGroups: also(a.transferableSignatureGroups, {
        ...signer,
        signatures: [signature],
      }),
    },
    {
      sealSources: also(a.sealSources, { sequenceNumber: 1 + (n % 2), said: approval.event.said }),
    },
    {
      witnessSignatures: also(
        a.witnessSignatures,
        ed25519Signature(signed(100 + (n % 4), event), n % 3, n % 3),
      ),
    },
  ];
  return { event, attachments: { ...a, ...more[kind] } };
}

const changes = fc.array(
  fc.record({
    at: fc.nat({ max: sound.length - 1 }),
    kind: fc.nat({ max: 6 }),
    n: fc.nat({ max: 41 }),
    isFirst: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

const streamOf = (all: readonly SignedEvent[]): Uint8Array =>
  concat(...all.map(({ event, attachments }) => wire(event, attachments)));

describe('import of what strangers changed', () => {
  it(`leaves a log that verifies, and the true stream follows (${RUNS} streams)`, async () => {
    await fc.assert(
      fc.asyncProperty(changes, fc.boolean(), async (all, isReversed) => {
        const spoiled = all.reduce(
          (events, one) => events.map((each, at) => (at === one.at ? changed(each, one) : each)),
          sound,
        );
        const memory = new MemoryLog();
        const founder = await memory.member('ada');
        const sent = streamOf(isReversed ? spoiled.toReversed() : spoiled);
        const { escrow } = await imported(memory, sent, { founder, keyNames });
        await imported(memory, streamOf(sound), { founder, keyNames, escrow });
        expect(audit(memory.host, '/log').state).toBe('valid');
        for (const { event } of [team, recovery, ...sound.slice(-1)])
          expect(memory.log.contents.kel(event.aid)?.state.said).toBe(event.said);
      }),
      { numRuns: RUNS, seed: 5 },
    );
  });
});
