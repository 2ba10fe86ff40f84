import { describe, expect, test } from 'vitest';
import { fromUtf8 } from '../../src/base/bytes.ts';
import { requestFor } from '../../src/batch/requests.ts';
import {
  type Collected,
  describeEvent,
  digestSeal,
  GitkelError,
  loadCollected,
  nextDigest,
  type OpenSignature,
  type Operation,
  type OwnKeys,
  signaturesFor,
  signBatch,
  type Signer,
  type StagedBatch,
} from '../../src/index.ts';
import { parseEvent } from '../../src/keri/event.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { message, SAID } from '../keri/making.ts';
import { reasonOf } from '../support/thrown.ts';

interface Case {
  readonly memory: MemoryLog;
  readonly batch: StagedBatch;
  readonly collected: Collected;
  readonly team: string;
  readonly ada: string;
}

/** A rotation of a team of three (key 1 in reserve, a new member) and two anchors. */
async function staged(more: readonly Operation[] = []): Promise<Case> {
  const memory = new MemoryLog();
  const ada = await memory.member('ada');
  const team = await memory.member('team', 3, '2');
  const rotation: Operation = {
    kind: 'rotate',
    aid: team,
    publicKeys: memory.keys(['team.1.0', 'team.1.2', 'new.1.0']),
    threshold: { kind: 'count', count: 2 },
    nextDigests: memory.digests(['team.2.0', 'team.2.2', 'new.2.0', 'team.1.1']),
    nextThreshold: { kind: 'count', count: 3 },
  };
  const batch = await memory.stage([
    memory.anchor(ada, digestSeal(team)),
    rotation,
    memory.anchor(ada),
    ...more,
  ]);
  return { memory, batch, collected: loadCollected(memory.log, batch), team, ada };
}

describe('signaturesFor()', () => {
  test('names every place at which one of the keys is asked for, and the next key that it reveals', async () => {
    const { memory, batch, collected, team, ada } = await staged();
    const held = new Set(memory.keys(['ada.0.0', 'team.1.2', 'new.1.0', 'team.0.0', 'team.1.1']));
    const [first, rotation, last] = batch.events;
    expect(signaturesFor(memory.crypto, collected, (key) => held.has(key))).toEqual([
      {
        publicKey: memory.ring.key('ada.0.0'),
        aid: ada,
        sn: 1,
        said: first?.said,
        index: 0,
        priorIndex: undefined,
      },
      {
        publicKey: memory.ring.key('team.1.2'),
        aid: team,
        sn: 1,
        said: rotation?.said,
        index: 1,
        priorIndex: 2,
      },
      {
        publicKey: memory.ring.key('new.1.0'),
        aid: team,
        sn: 1,
        said: rotation?.said,
        index: 2,
        priorIndex: undefined,
      },
      {
        publicKey: memory.ring.key('ada.0.0'),
        aid: ada,
        sn: 2,
        said: last?.said,
        index: 0,
        priorIndex: undefined,
      },
    ]);
    expect(signaturesFor(memory.crypto, collected, () => false)).toEqual([]);
  });
});

describe('requestFor()', () => {
  test('gives thresholds and keys of what is signed, not of what is signed with', async () => {
    const { memory, collected } = await staged();
    const [, rotation] = collected.planned;
    if (rotation === undefined) throw new Error('three events');
    expect(requestFor(memory.crypto, rotation)).toMatchObject({
      threshold: '2',
      priorThreshold: '2',
      keys: [
        { index: 0, priorIndex: 0 },
        { index: 1, priorIndex: 2 },
        { index: 2, priorIndex: undefined },
      ],
    });
  });
});

describe('signBatch()', () => {
  const ready = async (): Promise<void> => {};

  test('gives one contribution for each key that is asked and at hand', async () => {
    const { memory, batch, collected } = await staged();
    const contributions = await signBatch(
      memory.crypto,
      collected,
      async (key) => (key === memory.ring.key('new.1.0') ? undefined : memory.ring.signer(key)),
      () => true,
      ready,
    );
    expect(contributions.map(({ signer }) => signer)).toEqual(
      memory.keys(['ada.0.0', 'team.1.0', 'team.1.2']),
    );
    expect(
      contributions.map(({ signatures }) =>
        signatures.map(({ event }) => batch.events.findIndex(({ said }) => said === event)),
      ),
    ).toEqual([[0, 2], [1], [1]]);
  });

  test('is told what will be signed before any signature is made, and signs nothing of a key when that is refused', async () => {
    const { memory, collected } = await staged();
    const told: string[] = [];
    const findSigner = async (key: string): Promise<Signer> => ({
      publicKey: key,
      sign: async (bytes) => {
        told.push(`sign ${memory.keys(['ada.0.0', 'team.1.0']).indexOf(key)}`);
        return memory.ring.signer(key).sign(bytes);
      },
    });
    const has = (key: string): boolean => memory.keys(['ada.0.0', 'team.1.0']).includes(key);
    const remember = async ({ sn, said }: OpenSignature): Promise<void> => {
      told.push(`remember ${sn} ${said.slice(0, 1)}`);
    };
    await signBatch(memory.crypto, collected, findSigner, has, remember);
    expect(told).toEqual([
      'remember 1 E',
      'remember 2 E',
      'sign 0',
      'sign 0',
      'remember 1 E',
      'sign 1',
    ]);
    told.length = 0;
    const refusing = async (open: OpenSignature): Promise<void> => {
      await remember(open);
      if (open.sn === 2)
        throw new GitkelError('refused', 'signed already', { reason: 'already-signed' });
    };
    expect(
      await reasonOf(async () => signBatch(memory.crypto, collected, findSigner, has, refusing)),
    ).toBe('already-signed');
    expect(told).toEqual(['remember 1 E', 'remember 2 E']);
  });

  test.each<[string, (memory: MemoryLog) => Signer['sign']]>([
    ['of another key', (memory) => memory.signer('team.1.0').sign],
    ['of something else', (memory) => async () => memory.signer('ada.0.0').sign(new Uint8Array(3))],
    ['of no bytes', () => async () => new Uint8Array()],
    [
      'of 65 bytes',
      (memory) => async (bytes) =>
        Uint8Array.of(...(await memory.signer('ada.0.0').sign(bytes)), 0),
    ],
  ])('refuses a signature %s', async (_, wrong) => {
    const { memory, collected } = await staged();
    const signer = { publicKey: memory.ring.key('ada.0.0'), sign: wrong(memory) };
    expect(
      await reasonOf(async () =>
        signBatch(
          memory.crypto,
          collected,
          async () => signer,
          (key) => key === signer.publicKey,
          ready,
        ),
      ),
    ).toBe('bad-signature');
  });
});

describe('describeEvent()', () => {
  function own(memory: MemoryLog, ...held: readonly string[]): OwnKeys {
    const keys = memory.keys(held);
    return {
      holds: (key) => keys.includes(key),
      nextKey: (digest, inUse) => {
        const mine = keys.find((key) => nextDigest(memory.crypto, key) === digest);
        return mine === undefined ? undefined : inUse.includes(mine) ? 'used' : 'unused';
      },
    };
  }

  const lines = (
    { memory, collected }: Case,
    at: number,
    ...held: readonly string[]
  ): readonly string[] => {
    const planned = collected.planned[at];
    if (planned === undefined) throw new Error('no such event');
    return describeEvent(memory.crypto, planned, own(memory, ...held));
  };

  test('tells of a rotation who goes, who comes, who stays in reserve, and whether the viewer comes next', async () => {
    const of = await staged();
    const { memory, team } = of;
    const [old0, old1, old2, key0, key2, fresh] = memory.keys([
      ...names('team', 3),
      'team.1.0',
      'team.1.2',
      'new.1.0',
    ]);
    const [next0, next1, next2, next3] = memory.digests([
      'team.2.0',
      'team.2.2',
      'new.2.0',
      'team.1.1',
    ]);
    expect(lines(of, 1, 'team.0.0', 'team.1.0', 'team.2.0')).toEqual([
      `rotate the identity ${team} (event 1)`,
      '  before: 2 of 3 keys must sign',
      `  old key 0: ${old0} (yours)`,
      `  old key 1: ${old1}`,
      `  old key 2: ${old2}`,
      '  after: 2 of 3 keys must sign',
      `  key 0: ${key0} (yours)`,
      `  key 1: ${key2}`,
      `  key 2: ${fresh} NEW: not among the prior next keys`,
      '  prior next key 1 stays in reserve',
      '  next rotation: 3 of 4 next keys must sign',
      `  next key 0: ${next0} (yours)`,
      `  next key 1: ${next1}`,
      `  next key 2: ${next2}`,
      `  next key 3: ${next3}`,
      '  your next key is among them (index 0)',
    ]);
    expect(lines(of, 1, 'team.1.0')).toContain(
      '  YOUR NEXT KEY IS NOT AMONG THEM: you could not take part in the next rotation',
    );
    expect(lines(of, 1, 'team.1.1')).toContain('  your next key is among them (index 3)');
  });

  test('tells of a next key that is dropped, and of the end of an identity', async () => {
    const memory = new MemoryLog();
    await memory.member('ada');
    const team = await memory.member('team', 3, '2');
    const publicKeys = memory.keys(['team.1.0', 'team.1.2']);
    const count = (wanted: number) => ({ kind: 'count', count: wanted }) as const;
    const dropping = await memory.stage([
      {
        kind: 'rotate',
        aid: team,
        publicKeys,
        threshold: count(2),
        nextDigests: memory.digests(['team.2.0']),
        nextThreshold: count(1),
      },
    ]);
    const ending = await memory.stage([
      {
        kind: 'rotate',
        aid: team,
        publicKeys,
        threshold: count(2),
        nextDigests: [],
        nextThreshold: count(0),
      },
    ]);
    const shown = (batch: StagedBatch) =>
      lines({ memory, batch, team, ada: '', collected: loadCollected(memory.log, batch) }, 0);
    expect(shown(dropping)).toContain('  prior next key 1 is DROPPED');
    expect(shown(ending)[0]).toBe(`ABANDON the identity ${team} (event 1)`);
    expect(shown(ending)).toContain('  no next keys: this identity can never rotate again');
  });

  test('warns of a commitment to a key that is in use already: whoever took it could rotate', async () => {
    const memory = new MemoryLog();
    const ada = await memory.member('ada');
    const batch = await memory.stage([
      { ...memory.rotate(ada, 'ada', 1), nextDigests: memory.digests(['ada.1.0']) } as Operation,
    ]);
    const shown = lines(
      { memory, ada, team: '', batch, collected: loadCollected(memory.log, batch) },
      0,
      'ada.1.0',
    );
    expect(shown).toContain(
      `  next key 0: ${memory.digests(['ada.1.0'])[0]} (A KEY OF YOURS THAT IS IN USE ALREADY)`,
    );
    expect(shown).toContain(
      '  YOUR NEXT KEY IS NOT AMONG THEM: you could not take part in the next rotation',
    );
  });

  test('tells of an inception its thresholds, weights, traits and seals', async () => {
    const memory = new MemoryLog();
    await memory.member('ada');
    const of = { memory, ada: '', team: '' };
    const batch = await memory.stage([
      memory.create('new', 2, '1/2,1/2', {
        traits: ['EO', 'a\u202eb'],
        seals: [{ t: 'x', d: 'ü' }],
      }),
    ]);
    const [key0, key1] = memory.keys(names('new', 2));
    const [next0, next1] = memory.digests(names('new', 2, 1));
    expect(
      lines({ ...of, batch, collected: loadCollected(memory.log, batch) }, 0, 'new.0.1', 'new.1.1'),
    ).toEqual([
      `create the identity ${batch.events[0]?.aid}`,
      '  2 keys with the weights 1/2,1/2 must reach 1 in every clause',
      `  key 0: ${key0}`,
      `  key 1: ${key1} (yours)`,
      '  next rotation: 2 next keys with the weights 1/2,1/2 must reach 1 in every clause',
      `  next key 0: ${next0}`,
      `  next key 1: ${next1} (yours)`,
      '  your next key is among them (index 1)',
      '  trait "EO"',
      '  trait "a\\u202eb"',
      '  seal {"t":"x","d":"\\u00fc"}',
    ]);
  });

  test('shows seals to their last character, however long', async () => {
    const memory = new MemoryLog();
    const ada = await memory.member('ada');
    const text = `${'\u00e9'.repeat(20_000)}END`;
    const batch = await memory.stage([
      memory.anchor(ada, { text }, { n: Number.MAX_SAFE_INTEGER }),
    ]);
    const shown = lines(
      { memory, ada, team: '', batch, collected: loadCollected(memory.log, batch) },
      0,
    );
    expect(shown).toHaveLength(3);
    expect(shown[1]).toBe(`  seal {"text":"${'\\u00e9'.repeat(20_000)}END"}`);
    expect(shown[2]).toBe('  seal {"n":9007199254740991}');
  });

  test.each(['{"n":12345678901234567890}', '{"n":1.0}', '{"b":1,"10":2,"9":3}'])(
    'shows the event word for word where a seal would read as something else: %s',
    async (seal) => {
      const memory = new MemoryLog();
      const ada = await memory.member('ada');
      const parsed = parseEvent(
        memory.crypto,
        message(`"t":"ixn","d":"${SAID}","i":"${ada}","s":"1","p":"${ada}","a":[${seal}]`),
      );
      if (!parsed.ok) throw new Error(parsed.detail);
      const before = memory.stateOf(ada);
      const shown = describeEvent(
        memory.crypto,
        { event: parsed.event, before, after: before, anchor: undefined, supersedes: undefined },
        own(memory),
      );
      expect(shown.at(-1)).toBe(
        `  the event word for word: ${JSON.stringify(fromUtf8(parsed.event.bytes))}`,
      );
    },
  );
});
