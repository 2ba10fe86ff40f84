import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { encodeAttachments, noAttachments } from '../../src/cesr/attachments.ts';
import {
  buildInception,
  buildInteraction,
  buildRotation,
  countThreshold,
  type Inception,
  type KeyState,
  parseThresholdText,
  typedSeal,
} from '../../src/index.ts';
import { parseSignedEvent } from '../../src/keri/signatures.ts';
import { committerProblem, possibleCommitters } from '../../src/log/committer.ts';
import { Contents, type Draft } from '../../src/log/contents.ts';
import { fold } from '../../src/log/fold.ts';
import type { AddedFile } from '../../src/log/folding.ts';
import { createGenesis } from '../../src/log/genesis.ts';
import { decodePrimitive, encodePrimitive } from '../../src/cesr/primitive.ts';
import { inceptionState, isRejection, nextState } from '../../src/keri/transition.ts';
import { MemoryLog, names } from '../support/memory-log.ts';

const memory = new MemoryLog();
const { crypto } = memory;
const GENESIS_FILE = 'gitkel.json';

function inception(
  name: string,
  count = 1,
  threshold = '1',
  seals: readonly { readonly t: string; readonly d: string }[] = [],
): Inception {
  const reach = parseThresholdText(threshold);
  return buildInception(crypto, {
    publicKeys: memory.keys(names(name, count)),
    threshold: reach,
    nextDigests: memory.digests(names(name, count, 1)),
    nextThreshold: reach,
    seals,
  });
}

const founder = inception('founder');
const genesis = createGenesis(crypto, founder.aid, 'open', new Uint8Array(16));
const genesisFile: AddedFile = { path: GENESIS_FILE, bytes: genesis.bytes };
const solo = inception('solo');
const team = inception('team', 3, '2');
const teamState = inceptionState(team);
const later = (state: KeyState, event: Parameters<typeof nextState>[1]): KeyState => {
  const next = nextState(state, event);
  if (isRejection(next)) throw new Error(next.detail);
  return next;
};
const mark = (commit: string) => ({ commit, payloadDigest: commit, claimedSeconds: 0 });

function folded(contents: Contents, files: readonly AddedFile[]): Draft {
  const result = fold(crypto, contents, files);
  if (!result.ok) throw new Error(`${result.reason}: ${result.detail}`);
  return result.draft;
}

/** A log with its founder, the team, and one interaction of the team. */
async function begun(admission: 'open' | 'closed' = 'open'): Promise<Contents> {
  const contents = new Contents();
  const opening = createGenesis(crypto, founder.aid, admission, new Uint8Array(16));
  contents.apply(
    folded(contents, [
      { path: GENESIS_FILE, bytes: opening.bytes },
      await memory.file(founder, undefined, names('founder', 1)),
    ]),
    mark('a'),
  );
  contents.apply(
    folded(contents, [await memory.file(team, undefined, names('team', 3))]),
    mark('b'),
  );
  return contents;
}

describe('fold() of batch 0', () => {
  const unborn = new Contents();
  let founderFile: AddedFile;
  let soloFile: AddedFile;
  beforeAll(async () => {
    founderFile = await memory.file(founder, undefined, names('founder', 1));
    soloFile = await memory.file(solo, undefined, names('solo', 1));
  });

  test('takes gitkel.json and the inception of its founder', () => {
    const draft = folded(unborn, [genesisFile, founderFile]);
    expect(draft.genesis).toEqual(genesis);
    expect(draft.events).toEqual([founder]);
    expect(unborn.batches).toBe(0);
    expect(unborn.aids).toEqual([]);
  });

  test.each<[string, string, () => readonly AddedFile[]]>([
    ['genesis-missing', 'no gitkel.json', () => [founderFile]],
    ['genesis-missing', 'nothing at all', () => []],
    ['genesis-founder', 'no inception', () => [genesisFile]],
    ['genesis-founder', 'the inception of somebody else', () => [genesisFile, soloFile]],
    ['genesis-founder', 'a second inception', () => [genesisFile, founderFile, soloFile]],
    ['genesis-twice', 'gitkel.json after the inception', () => [founderFile, genesisFile]],
    ['genesis-twice', 'gitkel.json twice', () => [genesisFile, genesisFile, founderFile]],
    [
      'not-canonical',
      'a gitkel.json of another form',
      () => [{ path: GENESIS_FILE, bytes: concat(genesis.bytes, utf8('\n')) }, founderFile],
    ],
    [
      'said',
      'a gitkel.json under another digest',
      () => [
        {
          path: GENESIS_FILE,
          bytes: genesis.bytes.map((byte, at) => (at === 30 ? byte ^ 1 : byte)),
        },
        founderFile,
      ],
    ],
  ])('refuses (%s) %s', (reason, _, files) => {
    expect(fold(crypto, unborn, files())).toMatchObject({ ok: false, reason });
  });

  test('refuses it in a later batch', async () => {
    expect(fold(crypto, await begun(), [genesisFile])).toMatchObject({
      ok: false,
      reason: 'genesis-twice',
      path: GENESIS_FILE,
    });
  });
});

describe('fold() of event files', () => {
  let contents: Contents;
  beforeAll(async () => {
    contents = await begun();
  });
  const anchor = buildInteraction(crypto, teamState, [{ d: team.aid }]);
  const next = buildInteraction(crypto, later(teamState, anchor), []);
  const rotation = buildRotation(crypto, teamState, {
    publicKeys: memory.keys(names('team', 3, 1)),
    threshold: countThreshold(2),
    nextDigests: memory.digests(names('team', 3, 2)),
    nextThreshold: countThreshold(2),
  });
  const sealing = (type: string) =>
    buildInteraction(crypto, teamState, [typedSeal(type, team.aid)]);
  const all = names('team', 3);

  test('follows several events of several AIDs in their order, and changes nothing', async () => {
    const files = [
      await memory.file(anchor, teamState, all.slice(1)),
      await memory.file(solo, undefined, names('solo', 1)),
      await memory.file(next, later(teamState, anchor), all),
    ];
    const draft = folded(contents, files);
    expect(draft.events).toEqual([anchor, solo, next]);
    expect(draft.kels.get(team.aid)?.state.sn).toBe(2);
    expect(draft.kels.get(team.aid)?.saidAt(0)).toBe(team.said);
    expect(draft.kels.get(team.aid)?.saidAt(2)).toBe(next.said);
    expect(draft.kels.get(team.aid)?.saidAt(3)).toBeUndefined();
    expect([contents.batches, contents.kel(team.aid)?.length, contents.kel(solo.aid)]).toEqual([
      2,
      1,
      undefined,
    ]);
    expect(fold(crypto, contents, files.toReversed())).toMatchObject({
      ok: false,
      reason: 'out-of-order',
    });
  });

  async function signed(keyNames: readonly string[] = all): Promise<AddedFile> {
    return memory.file(anchor, teamState, keyNames);
  }
  async function attached(attachments: string): Promise<AddedFile> {
    return { path: (await signed()).path, bytes: concat(anchor.bytes, utf8(attachments)) };
  }
  async function reattached(
    change: (
      signatures: readonly Parameters<
        typeof encodeAttachments
      >[0]['controllerSignatures'][number][],
    ) => Parameters<typeof encodeAttachments>[0],
  ): Promise<AddedFile> {
    const parsed = parseSignedEvent(crypto, (await signed()).bytes);
    if (!parsed.ok) throw new Error(parsed.detail);
    return attached(encodeAttachments(change(parsed.signed.attachments.controllerSignatures)));
  }
  const witness = encodePrimitive({
    code: 'B',
    raw: decodePrimitive(memory.ring.key('witness')).raw,
  });

  test.each<[reason: string, what: string, file: () => Promise<AddedFile>]>([
    [
      'path-grammar',
      'a path outside of the grammar',
      async () => ({ ...(await signed()), path: '.gitattributes' }),
    ],
    [
      'path-event',
      'the path of another event',
      async () => ({ ...(await signed()), path: (await memory.file(next, teamState, [], 1)).path }),
    ],
    [
      'path-event',
      'the path of another type',
      async () => ({ ...(await signed()), path: (await signed()).path.replace('-ixn-', '-rot-') }),
    ],
    [
      'path-event',
      'the path of another AID',
      async () => ({
        bytes: (await signed()).bytes,
        path: (await memory.file(solo, undefined, [], 1)).path,
      }),
    ],
    ['path-ordinal', 'a file number left out', async () => memory.file(anchor, teamState, all, 2)],
    [
      'path-ordinal',
      'a file number that is taken',
      async () => memory.file(anchor, teamState, all, 0),
    ],
    ['partial-signature', 'too few signatures', async () => signed(all.slice(0, 1))],
    ['no-valid-signature', 'no signature', async () => signed([])],
    [
      'attachments',
      'something else behind the signatures',
      async () => ({
        path: (await signed()).path,
        bytes: concat((await signed()).bytes, utf8('\n')),
      }),
    ],
    [
      'attachment-form',
      'signatures in another order',
      async () =>
        reattached((list) => ({ ...noAttachments, controllerSignatures: list.toReversed() })),
    ],
    [
      'attachment-form',
      'a signature twice',
      async () =>
        reattached((list) => ({
          ...noAttachments,
          controllerSignatures: [...list.slice(0, 1), ...list],
        })),
    ],
    [
      'attachment-form',
      'signatures in two groups',
      async () =>
        reattached((list) => ({ ...noAttachments, controllerSignatures: list })).then((file) => ({
          ...file,
          bytes: concat(file.bytes, file.bytes.subarray(anchor.bytes.length)),
        })),
    ],
    [
      'bad-signature',
      'a receipt that does not hold',
      async () =>
        reattached((list) => ({
          ...noAttachments,
          controllerSignatures: list,
          nonTransferableReceipts: [
            { aid: witness, signature: encodePrimitive({ code: '0B', raw: new Uint8Array(64) }) },
          ],
        })),
    ],
    [
      'attachment-form',
      'a date that nobody verifies',
      async () =>
        reattached((list) => ({
          ...noAttachments,
          controllerSignatures: list,
          firstSeen: [{ ordinal: 1, dateTime: '2026-11-21T09:00:00.000000+00:00' }],
        })),
    ],
    [
      'attachment-form',
      'a delegator that nobody asked',
      async () =>
        reattached((list) => ({
          ...noAttachments,
          controllerSignatures: list,
          sealSources: [{ sequenceNumber: 1, said: team.said }],
        })),
    ],
    [
      'bad-signature',
      'a signature that does not hold beside enough that do',
      async () =>
        reattached((list) => ({
          ...noAttachments,
          controllerSignatures: list.map((one, at) =>
            at === 2 ? { ...one, raw: list[0]?.raw ?? one.raw } : one,
          ),
        })),
    ],
    [
      'signature-index',
      'a signature of an index that no key has',
      async () =>
        reattached((list) => ({
          ...noAttachments,
          controllerSignatures: list.map((one, at) =>
            at === 2 ? { ...one, index: 3, priorIndex: 3 } : one,
          ),
        })),
    ],
    ['duplicate', 'an event that is there already', async () => memory.file(team, undefined, all)],
    [
      'out-of-order',
      'an event whose prior is missing',
      async () => memory.file(next, teamState, all),
    ],
    [
      'no-valid-signature',
      'a rotation that the old keys signed',
      async () => {
        const { path } = await memory.file(rotation, teamState, [], 1);
        return {
          path,
          bytes: concat(rotation.bytes, (await signed()).bytes.subarray(anchor.bytes.length)),
        };
      },
    ],
    [
      'seal-without-record',
      'a seal of this log without its record',
      async () => memory.file(sealing(`gitkel/statement/${genesis.logId}`), teamState, all),
    ],
    [
      'record-type',
      'a seal of this log of an unknown type',
      async () => memory.file(sealing(`gitkel/decree/${genesis.logId}`), teamState, all),
    ],
    [
      'seal-form',
      'a seal of this log that is not of its form',
      async () => memory.file(sealing(`gitkel/a/b/${genesis.logId}`), teamState, all),
    ],
    [
      'seal-in-inception',
      'an inception that seals a record of this log',
      async () =>
        memory.file(
          inception('sealed', 1, '1', [{ t: `gitkel/release/${genesis.logId}`, d: team.aid }]),
          undefined,
          names('sealed', 1),
        ),
    ],
    [
      'version-string',
      'no event at all',
      async () => ({ path: (await signed()).path, bytes: utf8('{}') }),
    ],
    [
      'version-string',
      'an empty file',
      async () => ({ path: (await signed()).path, bytes: new Uint8Array() }),
    ],
  ])('refuses (%s) %s', async (reason, _, make) => {
    const file = await make();
    expect(fold(crypto, contents, [file])).toMatchObject({ ok: false, reason, path: file.path });
  });

  test('refuses (duplicity) another event for a place that is taken, in the log or in the same batch', async () => {
    const rival = buildInteraction(crypto, teamState, [{ d: solo.said }]);
    const [first, second] = [await signed(), await memory.file(rival, teamState, all, 2)];
    expect(fold(crypto, contents, [first, second])).toMatchObject({
      ok: false,
      reason: 'duplicity',
      path: second.path,
    });
    const longer = await begun();
    longer.apply(folded(longer, [first]), mark('c'));
    expect(fold(crypto, longer, [second])).toMatchObject({
      ok: false,
      reason: 'duplicity',
      decision: { outcome: 'reject' },
    });
    expect(fold(crypto, longer, [first])).toMatchObject({
      ok: false,
      reason: 'duplicate',
      decision: { outcome: 'duplicate' },
    });
    const recovery = await memory.file(rotation, teamState, names('team', 3, 1), 2);
    expect(fold(crypto, longer, [recovery])).toMatchObject({ ok: true });
    expect(fold(crypto, contents, [first, recovery])).toMatchObject({
      ok: false,
      reason: 'superseded-in-batch',
    });
  });

  test.each(['gitkel/release/EAnotherLog', 'gitkel', 'release', ''])(
    'leaves a seal of type %j opaque',
    async (type) => {
      expect(
        fold(crypto, contents, [await memory.file(sealing(type), teamState, all)]),
      ).toMatchObject({ ok: true });
    },
  );

  test('never throws for what a file holds', async () => {
    const file = await signed();
    fc.assert(
      fc.property(
        fc.nat({ max: file.bytes.length - 1 }),
        fc.nat({ max: 255 }),
        fc.boolean(),
        (at, byte, cut) => {
          const bytes = cut ? file.bytes.subarray(0, at) : file.bytes.with(at, byte);
          const result = fold(crypto, contents, [{ path: file.path, bytes }]);
          expect(result.ok).toBe(!cut && byte === file.bytes[at]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('committerProblem() and possibleCommitters()', () => {
  const rawOf = (name: string): Uint8Array => decodePrimitive(memory.ring.key(name)).raw;
  const weighted = inception('weighted', 3, '1/2,1/2,0');

  async function rotating(contents: Contents): Promise<Draft> {
    const rotation = buildRotation(crypto, teamState, {
      publicKeys: memory.keys(names('team', 3, 1)),
      threshold: countThreshold(2),
      nextDigests: memory.digests(names('team', 3, 2)),
      nextThreshold: countThreshold(2),
    });
    return folded(contents, [await memory.file(rotation, teamState, names('team', 3, 1))]);
  }
  async function creating(contents: Contents): Promise<Draft> {
    return folded(contents, [await memory.file(weighted, undefined, names('weighted', 3))]);
  }

  test.each<
    [
      reason: string | undefined,
      what: string,
      aid: string,
      establishment: number,
      keyIndex: number,
      key: string,
    ]
  >([
    [undefined, 'a key that the rotation establishes', team.aid, 1, 2, 'team.1.2'],
    [undefined, 'a key of another AID of the log', founder.aid, 0, 0, 'founder.0.0'],
    ['committer-key-state', 'a key that is rotated out in this batch', team.aid, 0, 2, 'team.0.2'],
    ['committer-key', 'a rotated-out key that claims the new event', team.aid, 1, 2, 'team.0.2'],
    ['committer-key', 'the key of another index', team.aid, 1, 0, 'team.1.2'],
    ['committer-key', 'an index that no key has', team.aid, 1, 3, 'team.1.2'],
    ['committer-key-state', 'an event that does not exist', founder.aid, 1, 0, 'founder.0.0'],
    ['committer-unknown', 'an AID that is not in the log', solo.aid, 0, 0, 'solo.0.0'],
  ])('with a rotation: %s for %s', async (reason, _, aid, establishment, keyIndex, key) => {
    const contents = await begun();
    const problem = committerProblem(
      contents,
      await rotating(contents),
      { aid, establishment, keyIndex },
      rawOf(key),
    );
    expect(problem?.[0]).toBe(reason);
  });

  test('a key without weight may not commit', async () => {
    const contents = await begun();
    const draft = await creating(contents);
    const problem = (keyIndex: number) =>
      committerProblem(
        contents,
        draft,
        { aid: weighted.aid, establishment: 0, keyIndex },
        rawOf(`weighted.0.${keyIndex}`),
      )?.[0];
    expect([0, 1, 2].map(problem)).toEqual([undefined, undefined, 'committer-key']);
    expect(
      possibleCommitters(contents, draft, []).map(({ committer }) => committer.keyIndex),
    ).toEqual([0, 1]);
  });

  test('in a closed log only the founder commits', async () => {
    const contents = await begun('closed');
    const draft = await creating(contents);
    expect(
      committerProblem(
        contents,
        draft,
        { aid: weighted.aid, establishment: 0, keyIndex: 0 },
        rawOf('weighted.0.0'),
      )?.[0],
    ).toBe('committer-not-admitted');
    expect(
      committerProblem(
        contents,
        draft,
        { aid: founder.aid, establishment: 0, keyIndex: 0 },
        rawOf('founder.0.0'),
      ),
    ).toBeUndefined();
    expect(
      possibleCommitters(contents, draft, [founder.aid, team.aid]).map(
        ({ committer }) => committer.aid,
      ),
    ).toEqual([founder.aid]);
    expect(possibleCommitters(contents, draft, [])).toEqual([]);
  });

  test('the AIDs of the batch come first, as they stand after it; nobody comes twice', async () => {
    const contents = await begun();
    const committers = possibleCommitters(contents, await rotating(contents), [
      founder.aid,
      team.aid,
      solo.aid,
      founder.aid,
    ]);
    expect(
      committers.map(({ committer: { aid, establishment, keyIndex } }) => [
        aid,
        establishment,
        keyIndex,
      ]),
    ).toEqual([
      [team.aid, 1, 0],
      [team.aid, 1, 1],
      [team.aid, 1, 2],
      [founder.aid, 0, 0],
    ]);
    expect(committers.map(({ publicKey }) => publicKey)).toEqual([
      ...memory.keys(names('team', 3, 1)),
      memory.ring.key('founder.0.0'),
    ]);
  });
});

describe('Contents', () => {
  test('keeps where everything entered the log', async () => {
    const contents = await begun();
    expect(contents.batches).toBe(2);
    expect(contents.aids).toEqual([founder.aid, team.aid]);
    expect(contents.batchAt(1)).toEqual(mark('b'));
    expect(contents.batchAt(2)).toBeUndefined();
    expect(contents.lastBatch).toEqual(mark('b'));
    const kel = contents.kel(team.aid);
    expect([
      kel?.length,
      kel?.files,
      kel?.positionAt(0),
      kel?.positionAt(1),
      kel?.saidAt(1),
    ]).toEqual([1, 1, 1, undefined, undefined]);
    expect(kel?.fileAt(0)).toEqual({ ordinal: 0, type: 'icp', said: team.said });
    expect(kel?.fileAt(1)).toBeUndefined();
    expect(kel?.establishments.map(({ position, state }) => [position, state.sn])).toEqual([
      [1, 0],
    ]);
    expect(contents.kel('__proto__')).toBeUndefined();
  });
});
