/** Batches dropped, moved, taken from elsewhere, or made by people who may not: the descendants rewritten each time. */
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { noAttachments } from '../../src/cesr/attachments.ts';
import { encodeCounter } from '../../src/cesr/counter.ts';
import { encodeIndexedSignatureBinary, type IndexedSignature } from '../../src/cesr/signature.ts';
import {
  audit,
  type AuditVerdict,
  buildInception,
  buildInteraction,
  buildRotation,
  countThreshold,
  type KeyEvent,
  type KeyState,
  nativeCrypto,
  nextDigest,
  type Seal,
  stateAt,
  typedSeal,
} from '../../src/index.ts';
import { eventPath } from '../../src/log/layout.ts';
import { LongLog, type MemberName, OTHER_LOG } from '../support/long-log.ts';
import { type BatchDraft, copyOf } from '../support/tampered-log.ts';
import { eventFile, Tampering, auditAlikeInPool, useTampering } from '../support/tampering.ts';

const tampering = useTampering();
auditAlikeInPool(tampering);
const DIGEST = `E${'A'.repeat(43)}`;

function at(drafts: readonly BatchDraft[], position: number): BatchDraft {
  const draft = drafts[position];
  if (draft === undefined) throw new Error(`there is no batch ${position}`);
  return draft;
}

/** Gives every batch the number of its place. */
function renumbered(drafts: BatchDraft[]): BatchDraft[] {
  for (const [position, draft] of drafts.entries()) draft.number = position;
  return drafts;
}

interface Rebuilt {
  readonly what: string;
  readonly make: (drafts: BatchDraft[]) => BatchDraft[];
  readonly position: number;
  readonly reason: string;
  /** The first commit that is not as it was, where that is another one. */
  readonly changed?: number;
}

function rebuilt(
  what: string,
  make: Rebuilt['make'],
  position: number,
  reason: string,
  changed = position,
): Rebuilt {
  return { what, make, position, reason, changed };
}

async function expectRebuilt(
  { make, position, reason }: Rebuilt,
  resigned: boolean,
): Promise<void> {
  const { dir, commits } = await tampering().forge(make(tampering().drafts()), resigned);
  expect(tampering().audit(dir)).toMatchObject({
    state: 'invalid',
    reason,
    findings: [{ reason, position, commit: commits[position] }],
  });
}

describe('audit() of batches in another order', () => {
  const cases: readonly Rebuilt[] = [
    rebuilt('a batch that was dropped', (drafts) => drafts.toSpliced(13, 1), 13, 'batch-number'),
    rebuilt(
      'a batch that was dropped, the others renumbered',
      (drafts) => renumbered(drafts.toSpliced(13, 1)),
      14,
      'out-of-order',
      13,
    ),
    rebuilt('the first batch dropped', (drafts) => drafts.slice(1), 0, 'batch-number'),
    rebuilt(
      'the first batch dropped, the others renumbered',
      (drafts) => renumbered(drafts.slice(1)),
      0,
      'genesis-missing',
    ),
    rebuilt(
      'two batches that changed places',
      (drafts) => drafts.toSpliced(12, 2, at(drafts, 13), at(drafts, 12)),
      12,
      'batch-number',
    ),
    rebuilt(
      'two batches that changed places and numbers',
      (drafts) => renumbered(drafts.toSpliced(12, 2, at(drafts, 13), at(drafts, 12))),
      12,
      'out-of-order',
    ),
    rebuilt(
      'a batch at another place',
      (drafts) => renumbered(drafts.toSpliced(20, 1).toSpliced(6, 0, at(drafts, 20))),
      6,
      'out-of-order',
    ),
    rebuilt(
      'a batch twice',
      (drafts) => drafts.toSpliced(13, 0, copyOf(at(drafts, 13))),
      14,
      'batch-number',
    ),
    rebuilt(
      'a batch twice, with numbers of their own',
      (drafts) => renumbered(drafts.toSpliced(13, 0, copyOf(at(drafts, 13)))),
      14,
      'duplicate',
    ),
    rebuilt(
      'a batch again much later',
      (drafts) => renumbered(drafts.toSpliced(25, 0, copyOf(at(drafts, 4)))),
      25,
      'duplicate',
    ),
    rebuilt(
      'two batches in one',
      (drafts) => {
        const [first, second] = [at(drafts, 12), at(drafts, 13)];
        first.files.push(...second.files);
        first.message = (text) => text.replace(/^.*/, 'anchor');
        return renumbered(drafts.toSpliced(13, 1));
      },
      12,
      'record-message',
    ),
  ];
  it.each(cases)('names $what: without the keys', async ({ make, changed }) => {
    const { dir } = await tampering().forge(make(tampering().drafts()), false);
    expect(tampering().audit(dir)).toMatchObject({
      state: 'invalid',
      findings: [{ reason: 'commit-signature', position: changed }],
    });
  });
  it.each(cases)('names $what: signed again ($reason)', async (one) => expectRebuilt(one, true));

  it.each([
    ['merged with its own past', (commits: readonly string[]) => [commits[16], commits[3]]],
    ['merged with the same commit', (commits: readonly string[]) => [commits[16], commits[16]]],
    ['merged the other way round', (commits: readonly string[]) => [commits[3], commits[16]]],
  ])('names a batch %s', async (_what, parents) => {
    const { commits } = await tampering().forge(tampering().drafts(), false);
    const drafts = tampering().drafts();
    at(drafts, 17).parents = parents(commits).flatMap((oid) => oid ?? []);
    for (const resigned of [false, true]) {
      const forged = await tampering().forge(drafts, resigned);
      expect(tampering().audit(forged.dir).findings).toMatchObject([
        { reason: 'commit-merge', commit: forged.commits[17] },
      ]);
    }
  });

  it('names an amended tip that nobody signed, and one that stock git would sign', async () => {
    const drafts = tampering().drafts();
    at(drafts, 29).commit = (text) =>
      text.replace(/gpgsig (?:.*\n )*.*\n/, '').replace(/\n\n.*/, '\n\namended');
    const { dir } = await tampering().forge(drafts, false);
    expect(tampering().audit(dir)).toMatchObject({
      state: 'invalid',
      findings: [{ reason: 'commit-unsigned', position: 29 }],
    });
  });
});

describe('audit() of a batch of another log', () => {
  it('names one as it is, one signed for this log, and one under the id of this log', async () => {
    const other = new Tampering(
      await LongLog.make('two', 'open', ['create solo', 'anchor solo', 'anchor solo']),
    );
    try {
      const foreign = async (
        change: (draft: BatchDraft) => void,
        resigned: boolean,
      ): Promise<unknown> => {
        const drafts = tampering().drafts();
        const [, , draft] = other.drafts();
        if (draft === undefined) throw new Error('three batches');
        draft.seconds = at(drafts, 17).seconds;
        change(draft);
        drafts.splice(17, 1, draft);
        // The other log's committer lends its key here.
        tampering().long.ring.key('two solo 0 0');
        const { dir } = await tampering().forge(drafts, resigned);
        return tampering().audit(dir).findings[0];
      };
      expect(await foreign(() => {}, false)).toMatchObject({
        position: 17,
        reason: 'commit-signature',
      });
      expect(await foreign(() => {}, true)).toMatchObject({ position: 17, reason: 'batch-number' });
      expect(await foreign((draft) => (draft.number = 17), true)).toMatchObject({
        position: 17,
        reason: 'log-id',
      });
      const ours = tampering().long.log.contents.genesis?.logId ?? '';
      const asOurs = (draft: BatchDraft): void => {
        draft.number = 17;
        draft.logId = ours;
      };
      expect(await foreign(asOurs, true)).toMatchObject({ position: 17, reason: 'out-of-order' });
      const { dir } = await other.forge(other.drafts(), false);
      expect(audit(other.long.host, dir)).toMatchObject({ state: 'valid', batches: 3 });
    } finally {
      other.long.remove();
    }
  });
});

describe('audit() of a committer who may not', () => {
  const state = (member: MemberName): KeyState => {
    const kel = tampering().long.log.contents.kel(tampering().long.aid(member));
    if (kel === undefined) throw new Error(`${member} is in the log`);
    return kel.state;
  };
  /** The key state of a member as of a position. */
  const then = (member: MemberName, position: number): KeyState => {
    const kel = tampering().long.log.contents.kel(tampering().long.aid(member));
    const past = kel === undefined ? undefined : stateAt(kel, { position });
    if (past === undefined) throw new Error(`${member} is in the log at ${position}`);
    return past.state;
  };
  const commitAs = (
    draft: BatchDraft,
    aid: string,
    establishment: number,
    keyIndex: number,
    signer: string,
  ): void => {
    Object.assign(draft, {
      committer: { aid, establishment, keyIndex },
      signer,
      name: aid,
      email: `${aid}@gitkel`,
    });
  };
  const key = (keys: KeyState, index: number): string => keys.publicKeys[index] ?? '';

  it.each<[string, number, string, (draft: BatchDraft) => void]>([
    [
      'a stranger signs in the name of the committer',
      17,
      'committer-key',
      (draft) => (draft.signer = tampering().long.ring.key('stranger')),
    ],
    [
      'another key of the same AID signs',
      17,
      'committer-key',
      (draft) => (draft.signer = key(then('weighted', 17), 1)),
    ],
    [
      'another AID of the log signs',
      17,
      'committer-key',
      (draft) => (draft.signer = key(then('team', 17), 0)),
    ],
    [
      'a rotated-out key signs, and names its event',
      16,
      'committer-key-state',
      (draft) => commitAs(draft, then('solo', 5).aid, 0, 0, key(then('solo', 5), 0)),
    ],
    [
      'a rotated-out key signs, and names the last event',
      16,
      'committer-key',
      (draft) => commitAs(draft, then('solo', 5).aid, 2, 0, key(then('solo', 5), 0)),
    ],
    [
      'the key that the batch itself rotates out signs',
      8,
      'committer-key-state',
      (draft) => commitAs(draft, then('team', 7).aid, 0, 0, key(then('team', 7), 0)),
    ],
    [
      'a key signs that becomes current later',
      17,
      'committer-key-state',
      (draft) =>
        commitAs(
          draft,
          state('team').aid,
          state('team').lastEstablishment.sn,
          0,
          key(state('team'), 0),
        ),
    ],
    [
      'a key signs that becomes current later, and names the event of now',
      17,
      'committer-key',
      (draft) =>
        commitAs(
          draft,
          state('team').aid,
          then('team', 17).lastEstablishment.sn,
          0,
          key(state('team'), 0),
        ),
    ],
    [
      'a key without weight signs',
      17,
      'committer-key',
      (draft) =>
        commitAs(
          draft,
          state('weighted').aid,
          then('weighted', 17).lastEstablishment.sn,
          3,
          key(then('weighted', 17), 3),
        ),
    ],
    [
      'a key beyond all signs',
      17,
      'committer-key',
      (draft) =>
        commitAs(
          draft,
          state('weighted').aid,
          then('weighted', 17).lastEstablishment.sn,
          9,
          key(then('weighted', 17), 0),
        ),
    ],
    [
      'nobody of the log signs',
      17,
      'committer-unknown',
      (draft) => commitAs(draft, DIGEST, 0, 0, tampering().long.ring.key('stranger')),
    ],
    [
      'an AID signs that comes later',
      1,
      'committer-unknown',
      (draft) => commitAs(draft, then('weighted', 2).aid, 0, 0, key(then('weighted', 2), 0)),
    ],
  ])('names it when %s', async (_what, position, reason, edit) => {
    const drafts = tampering().drafts();
    edit(at(drafts, position));
    const { dir, commits } = await tampering().forge(drafts, true);
    expect(tampering().audit(dir).findings).toMatchObject([
      { reason, position, commit: commits[position] },
    ]);
  });

  it('takes a committer who has nothing to do with the batch: it orders, it authorises nothing', async () => {
    const drafts = tampering().drafts();
    commitAs(
      at(drafts, 17),
      state('team').aid,
      then('team', 17).lastEstablishment.sn,
      1,
      key(then('team', 17), 1),
    );
    const { dir } = await tampering().forge(drafts, true);
    expect(tampering().audit(dir)).toMatchObject({ state: 'valid', findings: [] });
  });

  it('names a foreign committer in a closed log', async () => {
    const closed = new Tampering(
      await LongLog.make('closed', 'closed', [
        'create solo',
        'create team',
        'anchor team',
        'anchor team',
      ]),
    );
    try {
      const { dir } = await closed.forge(closed.drafts(), true);
      expect(closed.audit(dir)).toMatchObject({ state: 'valid', batches: 4 });
      const drafts = closed.drafts();
      const team = closed.long.log.contents.kel(closed.long.aid('team'))?.state;
      if (team === undefined) throw new Error('the team is in the log');
      commitAs(at(drafts, 2), team.aid, 0, 0, key(team, 0));
      const forged = await closed.forge(drafts, true);
      expect(closed.audit(forged.dir).findings).toMatchObject([
        { reason: 'committer-not-admitted', position: 2 },
      ]);
    } finally {
      closed.long.remove();
    }
  });
});

describe('audit() of seals', () => {
  const logId = (): string => tampering().long.log.contents.genesis?.logId ?? '';
  const kel = (member: MemberName): { readonly state: KeyState; readonly files: number } => {
    const found = tampering().long.log.contents.kel(tampering().long.aid(member));
    if (found === undefined) throw new Error(`${member} is in the log`);
    return found;
  };
  const inception = (seals: readonly Seal[]): KeyEvent =>
    buildInception(nativeCrypto, {
      publicKeys: [tampering().long.ring.key('newcomer')],
      threshold: countThreshold(1),
      nextDigests: [nextDigest(nativeCrypto, tampering().long.ring.key('newcomer next'))],
      nextThreshold: countThreshold(1),
      seals,
    });
  const rotation = (seals: readonly Seal[]): KeyEvent => {
    const next = tampering().long.rotation('solo');
    return buildRotation(nativeCrypto, kel('solo').state, { ...next, seals });
  };
  const make: Readonly<
    Record<string, (seals: readonly Seal[]) => readonly [KeyEvent, KeyState | undefined, number]>
  > = {
    interaction: (seals) => [
      buildInteraction(nativeCrypto, kel('solo').state, seals),
      kel('solo').state,
      kel('solo').files,
    ],
    rotation: (seals) => [rotation(seals), kel('solo').state, kel('solo').files],
    inception: (seals) => [inception(seals), undefined, 0],
  };
  async function verdictOn(kind: string, seals: readonly Seal[]): Promise<AuditVerdict> {
    const [event, before, ordinal] = make[kind]?.(seals) ?? [];
    if (event === undefined || ordinal === undefined) throw new Error(`no such event: ${kind}`);
    const file = await tampering().signedFile(event, before, [0], ordinal);
    const { dir } = await tampering().forge(
      [...tampering().drafts(), tampering().after([file], 'team')],
      true,
    );
    return tampering().audit(dir);
  }

  it.each([
    ['interaction', 'seal-without-record'],
    ['rotation', 'seal-without-record'],
    ['inception', 'seal-in-inception'],
  ])('names a seal of a record in an %s', async (kind, reason) => {
    for (const [type, found] of [
      ['statement', reason],
      ['device-link', reason],
      ['no-such-type', kind === 'inception' ? reason : 'record-type'],
      ['a/b', 'seal-form'],
    ]) {
      const seal = typedSeal(`gitkel/${type}/${logId()}`, DIGEST);
      expect(await verdictOn(kind, [{ d: DIGEST }, seal])).toMatchObject({
        state: 'invalid',
        findings: [{ reason: found, position: 30 }],
        batches: 30,
      });
    }
  });

  it.each(Object.keys(make))(
    'takes an %s with seals of another log and opaque ones',
    async (kind) => {
      const seals = [
        typedSeal(`gitkel/statement/${OTHER_LOG}`, DIGEST),
        typedSeal('other/statement', DIGEST),
        { x: [{ t: 1 }, null] },
      ];
      expect(await verdictOn(kind, seals)).toMatchObject({ state: 'valid', batches: 31 });
    },
  );
});

describe('audit() of signatures of events', () => {
  /** An anchor of the team, who sign with any two of three. */
  const anchor = (): {
    readonly event: KeyEvent;
    readonly before: KeyState;
    readonly files: number;
  } => {
    const kel = tampering().long.log.contents.kel(tampering().long.aid('team'));
    if (kel === undefined) throw new Error('the team is in the log');
    return {
      event: buildInteraction(nativeCrypto, kel.state, [{ d: DIGEST }]),
      before: kel.state,
      files: kel.files,
    };
  };
  const signatures = async (indices: readonly number[]): Promise<IndexedSignature[]> => [
    ...(await tampering().sign(anchor().event, anchor().before, indices)),
  ];
  async function verdictOn(bytes: Uint8Array): Promise<AuditVerdict> {
    const { event, files } = anchor();
    const file = { path: eventPath(nativeCrypto, event.aid, files, event.type, event.said), bytes };
    const { dir } = await tampering().forge(
      [...tampering().drafts(), tampering().after([file])],
      true,
    );
    return tampering().audit(dir);
  }
  const signed = (controllerSignatures: readonly IndexedSignature[]): Uint8Array =>
    eventFile(anchor().event, { controllerSignatures }, 0).bytes;
  const invalid = (reason: string): object => ({
    state: 'invalid',
    reason,
    findings: [{ reason, position: 30 }],
  });

  it.each([[[0, 1]], [[0, 2]], [[1, 2]], [[0, 1, 2]]])(
    'takes the signatures of %j',
    async (indices) => {
      expect(await verdictOn(signed(await signatures(indices)))).toMatchObject({
        state: 'valid',
        batches: 31,
      });
    },
  );

  it('names a signature too few, and one of a key twice', async () => {
    expect(await verdictOn(signed(await signatures([1])))).toMatchObject(
      invalid('partial-signature'),
    );
    expect(await verdictOn(signed(await signatures([1, 1])))).toMatchObject(
      invalid('attachment-form'),
    );
    expect(await verdictOn(signed([]))).toMatchObject(invalid('no-valid-signature'));
  });

  it('names a bad signature beside enough good ones', async () => {
    const [first, second] = await signatures([0, 1]);
    if (first === undefined || second === undefined) throw new Error('two signatures');
    expect(
      await verdictOn(signed([first, second, { ...first, index: 2, priorIndex: 2 }])),
    ).toMatchObject(invalid('bad-signature'));
    expect(
      await verdictOn(signed([first, second, { ...first, index: 3, priorIndex: 3 }])),
    ).toMatchObject(invalid('signature-index'));
    expect(
      await verdictOn(
        signed([first, second, { ...first, index: 2, priorIndex: 2, raw: new Uint8Array(64) }]),
      ),
    ).toMatchObject(invalid('bad-signature'));
  });

  it('names signatures in another order, in binary, in several groups or enclosed', async () => {
    const { event } = anchor();
    const both = await signatures([0, 1]);
    expect(await verdictOn(signed(both.toReversed()))).toMatchObject(invalid('attachment-form'));
    const binary = concat(counterBytes('-A', 2), ...both.map(encodeIndexedSignatureBinary));
    expect(await verdictOn(concat(event.bytes, binary))).toMatchObject(invalid('attachment-form'));
    const apart = both.map((one) => signed([one]).subarray(event.bytes.length));
    expect(await verdictOn(concat(event.bytes, ...apart))).toMatchObject(
      invalid('attachment-form'),
    );
    const attached = signed(both).subarray(event.bytes.length);
    const enclosed = concat(
      event.bytes,
      utf8(encodeCounter({ code: '-V', count: attached.length / 4 })),
      attached,
    );
    expect(await verdictOn(enclosed)).toMatchObject(invalid('attachment-form'));
  });

  it('names attachments that nothing verifies, and receipts that do not hold', async () => {
    const { event, files } = anchor();
    const controllerSignatures = await signatures([0, 1]);
    const receipt = { aid: tampering().long.ring.key('witness'), signature: `0B${'A'.repeat(86)}` };
    const other = { aid: DIGEST, sequenceNumber: 0, said: DIGEST };
    const [signature] = controllerSignatures;
    if (signature === undefined) throw new Error('somebody signed');
    for (const more of [
      { nonTransferableReceipts: [receipt] },
      { transferableReceipts: [{ ...other, signature }] },
    ]) {
      const all = { ...noAttachments, controllerSignatures, ...more };
      const { bytes } = eventFile(event, all, files);
      expect(await verdictOn(bytes)).toMatchObject(invalid('bad-signature'));
    }
    for (const more of [
      { sealSources: [{ sequenceNumber: 0, said: DIGEST }] },
      { sealTriples: [{ aid: DIGEST, sequenceNumber: 0, said: DIGEST }] },
      { firstSeen: [{ ordinal: 0, dateTime: '2026-01-01T00:00:00.000000+00:00' }] },
      {
        transferableSignatureGroups: [
          { aid: DIGEST, sequenceNumber: 0, said: DIGEST, signatures: controllerSignatures },
        ],
      },
    ]) {
      const { bytes } = eventFile(
        event,
        { ...noAttachments, controllerSignatures, ...more },
        files,
      );
      expect(await verdictOn(bytes)).toMatchObject(invalid('attachment-form'));
    }
  });

  it('names a rotation that satisfies its own threshold and not the prior one', async () => {
    const kel = tampering().long.log.contents.kel(tampering().long.aid('team'));
    if (kel === undefined) throw new Error('the team is in the log');
    const event = buildRotation(nativeCrypto, kel.state, tampering().long.rotation('team'));
    const own = await tampering().sign(event, kel.state, [0, 1]);
    const stray = own.map((one): IndexedSignature => ({
      ...one,
      code: 'B',
      priorIndex: undefined,
    }));
    const [first, second] = [own[0], stray[1]];
    if (first === undefined || second === undefined) throw new Error('two signatures');
    for (const controllerSignatures of [stray, [first, second]]) {
      const { dir } = await tampering().forge(
        [
          ...tampering().drafts(),
          tampering().after([eventFile(event, { controllerSignatures }, kel.files)]),
        ],
        true,
      );
      expect(tampering().audit(dir)).toMatchObject(invalid('partial-signature'));
    }
    const { dir } = await tampering().forge(
      [
        ...tampering().drafts(),
        tampering().after([eventFile(event, { controllerSignatures: own }, kel.files)]),
      ],
      true,
    );
    expect(tampering().audit(dir)).toMatchObject({ state: 'valid', batches: 31 });
  });
});

/** A counter in the binary domain. */
function counterBytes(code: '-A', count: number): Uint8Array {
  return new Uint8Array(Buffer.from(encodeCounter({ code, count }), 'base64url'));
}

describe('audit() of paths', () => {
  const own = (draft: BatchDraft): { path: string; bytes: Uint8Array } => {
    const [file] = draft.files;
    if (file === undefined) throw new Error('a batch adds files');
    return file;
  };
  it.each([
    'README.md',
    '.gitattributes',
    '.gitmodules',
    'kel/note.cesr',
    'gitkel.json2',
    'gitkel.json/x',
    'records/statement/a/b.json',
    'kel/.gitattributes',
  ])('names a file outside of the grammar that the record lists: %s', async (path) => {
    const drafts = tampering().drafts();
    at(drafts, 17).files.push({ path, bytes: utf8('x\n') });
    if (path === 'gitkel.json/x') at(drafts, 17).omitted.push('gitkel.json');
    for (const [resigned, reason] of [
      [false, 'commit-signature'],
      [true, 'path-grammar'],
    ] as const) {
      const { dir } = await tampering().forge(drafts, resigned);
      expect(tampering().audit(dir).findings).toMatchObject([{ reason, position: 17 }]);
    }
  });

  const moved: readonly (readonly [
    what: string,
    change: (path: string) => string,
    reason: string,
  ])[] = [
    ['in capitals', (path) => path.replace('kel/', 'KEL/'), 'path-grammar'],
    [
      'with another digit of the fan-out',
      (path) => path.replace(/kel\/(.)/, (_, digit: string) => `kel/${digit === '0' ? '1' : '0'}`),
      'path-grammar',
    ],
    ['in another group', (path) => path.replace('/a/', '/b/00/'), 'path-grammar'],
    [
      'under an ordinal of another group',
      (path) => path.replace(/0(.)-ixn/, (_, digit: string) => `4${digit}-ixn`),
      'path-grammar',
    ],
    [
      'under the ordinal after',
      (path) =>
        path.replace(
          /(.)-ixn/,
          (_, digit: string) => `${(Number.parseInt(digit, 16) + 1).toString(16)}-ixn`,
        ),
      'path-ordinal',
    ],
    ['as another type', (path) => path.replace('-ixn-', '-rot-'), 'path-event'],
    [
      'under another digest',
      (path) => path.replace(/-E[^-/]{10}(?=[^/]*$)/, '-EAAAAAAAAAA'),
      'path-event',
    ],
    ['without its ending', (path) => path.replace('.cesr', ''), 'path-grammar'],
    ['in a directory more', (path) => path.replace('kel/', 'kel/kel/'), 'path-grammar'],
  ];
  it.each(moved)('names an event %s', async (_what, change, reason) => {
    const drafts = tampering().drafts();
    const file = own(at(drafts, 9));
    const before = file.path;
    file.path = change(before);
    expect(file.path).not.toBe(before);
    const { dir } = await tampering().forge(drafts, true);
    expect(tampering().audit(dir).findings).toMatchObject([
      { reason, position: 9, path: file.path },
    ]);
  });
});

describe('audit() of the genesis', () => {
  const genesisFile = (drafts: readonly BatchDraft[]): { path: string; bytes: Uint8Array } => {
    const [file] = at(drafts, 0).files;
    if (file === undefined) throw new Error('a genesis');
    return { ...file };
  };
  it.each<Rebuilt>([
    rebuilt(
      'a second gitkel.json, later',
      (drafts) => {
        at(drafts, 5).files.push(genesisFile(drafts));
        return drafts;
      },
      5,
      'genesis-twice',
    ),
    rebuilt(
      'a second gitkel.json first, later',
      (drafts) => {
        at(drafts, 5).files.unshift(genesisFile(drafts));
        return drafts;
      },
      5,
      'genesis-twice',
    ),
    rebuilt(
      'gitkel.json twice in the first batch',
      (drafts) => {
        at(drafts, 0).files.push(genesisFile(drafts));
        return drafts;
      },
      0,
      'genesis-twice',
    ),
    rebuilt(
      'gitkel.json behind the inception',
      (drafts) => {
        at(drafts, 0).files.reverse();
        return drafts;
      },
      0,
      'genesis-twice',
    ),
    rebuilt(
      'no gitkel.json',
      (drafts) => {
        at(drafts, 0).files.shift();
        return drafts;
      },
      0,
      'genesis-missing',
    ),
    rebuilt(
      'only gitkel.json',
      (drafts) => {
        at(drafts, 0).files.pop();
        return drafts;
      },
      0,
      'genesis-founder',
    ),
    rebuilt(
      'an inception more',
      (drafts) => {
        at(drafts, 0).files.push(...at(drafts, 1).files);
        return renumbered(drafts.toSpliced(1, 1));
      },
      0,
      'genesis-founder',
    ),
    rebuilt(
      'the inception of another',
      (drafts) => {
        at(drafts, 0).files.splice(1, 1, ...at(drafts, 1).files);
        return drafts;
      },
      0,
      'genesis-founder',
    ),
  ])('names $what', async (one) => {
    await expectRebuilt(one, true);
    const { dir } = await tampering().forge(one.make(tampering().drafts()), false);
    expect(tampering().audit(dir).findings).toMatchObject([
      { reason: 'commit-signature', position: one.position },
    ]);
  });
});
