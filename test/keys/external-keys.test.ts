import { describe, expect, test } from 'vitest';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { keyCard, rotationCard } from '../../src/keys/card.ts';
import { addExternalKey, type NamedKey, revealKey } from '../../src/keys/external-keys.ts';
import { findSigner, hasKey } from '../../src/keys/find-signer.ts';
import type { Home } from '../../src/keys/home.ts';
import { nextDigestOf } from '../../src/keys/key-text.ts';
import {
  adoptRotation,
  createKey,
  listKeys,
  nextKey,
  pendingRotation,
  showKey,
} from '../../src/keys/keystore.ts';
import { errorOf, freshHome, GROUNDS, readText, secondHome, writeText } from './homes.ts';

const PLAIN = { passphrase: undefined };

/** Public keys of the seeds of 32 equal bytes. */
function key(seed: number): string {
  return encodePrimitive({ code: 'D', raw: crypto.publicKey(new Uint8Array(32).fill(seed)) });
}

const digest = (seed: number): string => nextDigestOf(crypto, key(seed));
const inAgent = (seed: number): NamedKey => ({
  publicKey: key(seed),
  external: { kind: 'ssh-agent' },
});
const behind = (seed: number, ...command: readonly string[]): NamedKey => ({
  publicKey: key(seed),
  external: { kind: 'command', command, seconds: 9 },
});

async function unasked(): Promise<string> {
  throw new Error('a passphrase was asked for');
}

function shown(home: Home, name: string): readonly unknown[] {
  return listKeys(home)
    .filter((entry) => entry.name === name)
    .map(({ publicKey, digest: text, label, kind }) => [publicKey ?? text, label, kind]);
}

describe.each(GROUNDS)('keys of other programs on %s', (_, ground) => {
  test('addExternalKey() names a key and the digest of the one that follows it', async () => {
    const home = freshHome(ground());
    const card = await addExternalKey(home, 'alice', inAgent(1), { digest: digest(2) });
    expect(card).toEqual(keyCard('alice', key(1), digest(2)));
    expect(showKey(secondHome(home), 'alice')).toEqual(card);
    expect(shown(home, 'alice')).toEqual([
      [key(1), 'current', 'ssh-agent'],
      [digest(2), 'next', 'elsewhere'],
    ]);
    expect(hasKey(home, key(1))).toBe(true);
    expect(hasKey(home, key(2))).toBe(false);
    expect(await findSigner(home, key(2), unasked)).toBeUndefined();
    expect((await findSigner(home, `B${key(1).slice(1)}`, unasked))?.publicKey).toBe(
      `B${key(1).slice(1)}`,
    );
    expect(home.host.fs.readdirSync(`${home.dir}/keys`)).toEqual([]);
  });

  test('addExternalKey() takes the next key from a card, without thinking that it can sign', async () => {
    const home = freshHome(ground());
    const card = await addExternalKey(home, 'vault', behind(1, 'sign', '-k', '7'), {
      publicKey: key(2),
    });
    expect(card).toEqual(keyCard('vault', key(1), digest(2)));
    expect(shown(home, 'vault')).toEqual([
      [key(1), 'current', 'command'],
      [key(2), 'next', 'elsewhere'],
    ]);
    expect(listKeys(home)[0]).toMatchObject({ command: ['sign', '-k', '7'], path: undefined });
    expect(hasKey(home, key(2))).toBe(false);
  });

  test('a next key of which only the card is known signs here when it is in a key file here', async () => {
    const home = freshHome(ground());
    const spare = await createKey(home, 'spare', PLAIN);
    await addExternalKey(home, 'alice', inAgent(1), { publicKey: spare.publicKey });
    expect(hasKey(home, spare.publicKey)).toBe(true);
    expect((await findSigner(home, spare.publicKey, unasked))?.publicKey).toBe(spare.publicKey);
    expect(await revealKey(home, 'alice', undefined, { digest: digest(3) })).toEqual(
      rotationCard('alice', { priorPublicKey: key(1), publicKey: spare.publicKey }, digest(3)),
    );
  });

  test('addExternalKey() takes what will sign with the next key', async () => {
    const home = freshHome(ground());
    await addExternalKey(home, 'alice', inAgent(1), inAgent(2));
    expect(shown(home, 'alice')[1]).toEqual([key(2), 'next', 'ssh-agent']);
    expect(hasKey(home, key(2))).toBe(true);
    const card = await revealKey(home, 'alice', undefined, inAgent(3));
    expect(card).toMatchObject({ publicKey: key(2), nextDigest: digest(3) });
    expect(pendingRotation(home, 'alice')).toEqual(card);
    expect(shown(home, 'alice')[2]).toEqual([key(3), 'following', 'ssh-agent']);
  });

  test('addExternalKey() with the same name and key sets what signs with it, and nothing else', async () => {
    const home = freshHome(ground());
    const card = await addExternalKey(home, 'alice', behind(1, 'old'), { digest: digest(2) });
    expect(await addExternalKey(home, 'alice', behind(1, 'new', 'x'), undefined)).toEqual(card);
    expect(listKeys(home)[0]).toMatchObject({ kind: 'command', command: ['new', 'x'] });
    await addExternalKey(home, 'alice', inAgent(1), undefined);
    expect(listKeys(home)[0]).toMatchObject({ kind: 'ssh-agent' });
    const again = await errorOf(() =>
      addExternalKey(home, 'alice', inAgent(1), { digest: digest(3) }),
    );
    expect(again).toMatchObject({ code: 'usage', reason: 'name-taken' });
    expect(showKey(home, 'alice')).toEqual(card);
  });

  test('addExternalKey() refuses a taken name, no next key, a bad key, and what was revealed already', async () => {
    const home = freshHome(ground());
    const own = await createKey(home, 'bob', PLAIN);
    const next = { digest: digest(9) };
    const low = encodePrimitive({ code: 'D', raw: new Uint8Array(32) });
    const cases = [
      ['Bob', inAgent(1), next, { code: 'usage', reason: 'name-taken' }],
      [
        'bob',
        { ...inAgent(1), publicKey: own.publicKey },
        undefined,
        { code: 'usage', reason: 'key-file' },
      ],
      ['.x', inAgent(1), next, { code: 'usage', reason: 'name' }],
      ['alice', inAgent(1), undefined, { code: 'usage', reason: 'no-next-key' }],
      ['alice', inAgent(1), { digest: digest(1) }, { code: 'usage', reason: 'next-in-use' }],
      ['alice', inAgent(1), { publicKey: key(1) }, { code: 'usage', reason: 'next-in-use' }],
      ['alice', inAgent(1), { digest: key(2) }, { code: 'malformed' }],
      [
        'alice',
        inAgent(1),
        { digest: `H${digest(2).slice(1)}` },
        { code: 'malformed', reason: 'digest' },
      ],
      ['alice', inAgent(1), { publicKey: low }, { code: 'malformed', reason: 'public-key' }],
      [
        'alice',
        { ...inAgent(1), publicKey: low },
        next,
        { code: 'malformed', reason: 'public-key' },
      ],
      ['alice', { ...inAgent(1), publicKey: `B${key(1).slice(1)}` }, next, { code: 'malformed' }],
      ['alice', behind(1), next, { code: 'usage', reason: 'command' }],
    ] as const;
    for (const [name, named, promised, expected] of cases)
      expect(await errorOf(() => addExternalKey(home, name, named, promised))).toMatchObject(
        expected,
      );
    expect(listKeys(home).map(({ name }) => name)).toEqual(['bob', 'bob']);
  });

  test('revealKey() makes the card of the key that was promised, and only of that', async () => {
    const home = freshHome(ground());
    await addExternalKey(home, 'alice', inAgent(1), { digest: digest(2) });
    expect(await errorOf(() => pendingRotation(home, 'alice'))).toMatchObject({
      code: 'refused',
      reason: 'next-elsewhere',
      hint: expect.stringContaining('gitkel key next alice') as string,
    });
    expect(await errorOf(() => nextKey(home, 'alice', PLAIN))).toMatchObject({
      reason: 'next-elsewhere',
    });
    expect(
      await errorOf(() => revealKey(home, 'alice', undefined, { digest: digest(3) })),
    ).toMatchObject({
      code: 'usage',
      reason: 'next-unknown',
    });
    expect(
      await errorOf(() => revealKey(home, 'alice', inAgent(4), { digest: digest(3) })),
    ).toMatchObject({
      code: 'refused',
      reason: 'not-committed',
    });
    for (const used of [1, 2])
      expect(
        await errorOf(() => revealKey(home, 'alice', inAgent(2), { digest: digest(used) })),
      ).toMatchObject({
        reason: 'next-in-use',
      });
    const card = await revealKey(home, 'alice', inAgent(2), { digest: digest(3) });
    expect(card).toEqual(
      rotationCard('alice', { priorPublicKey: key(1), publicKey: key(2) }, digest(3)),
    );
    expect(pendingRotation(home, 'alice')).toEqual(card);
    expect(await nextKey(home, 'alice', PLAIN)).toEqual(card);
    expect(hasKey(home, key(2))).toBe(true);
    expect(shown(home, 'alice')).toEqual([
      [key(1), 'current', 'ssh-agent'],
      [key(2), 'next', 'ssh-agent'],
      [digest(3), 'following', 'elsewhere'],
    ]);
  });

  test('revealKey() gives the same card again, and no other until the rotation is seen', async () => {
    const home = freshHome(ground());
    await addExternalKey(home, 'alice', inAgent(1), { publicKey: key(2) });
    const card = await revealKey(home, 'alice', undefined, { publicKey: key(3) });
    expect(hasKey(home, key(2))).toBe(false);
    expect(await revealKey(home, 'alice', behind(2, 'sign'), { digest: digest(3) })).toEqual(card);
    expect(hasKey(home, key(2))).toBe(true);
    const other = await errorOf(() => revealKey(home, 'alice', undefined, { digest: digest(4) }));
    expect(other).toMatchObject({ code: 'refused', reason: 'card-made' });
    expect(pendingRotation(home, 'alice')).toEqual(card);

    expect(await adoptRotation(home, [key(2)])).toEqual([{ name: 'alice', publicKey: key(2) }]);
    expect(showKey(home, 'alice')).toEqual(keyCard('alice', key(2), digest(3)));
    const second = await revealKey(home, 'alice', inAgent(3), { digest: digest(4) });
    expect(second).toEqual(
      rotationCard('alice', { priorPublicKey: key(2), publicKey: key(3) }, digest(4)),
    );
    expect(shown(home, 'alice')).toEqual([
      [key(1), 'older', 'ssh-agent'],
      [key(2), 'current', 'command'],
      [key(3), 'next', 'ssh-agent'],
      [digest(4), 'following', 'elsewhere'],
    ]);
  });

  test('a key file can be followed by a key of another program', async () => {
    const home = freshHome(ground());
    const first = await createKey(home, 'alice', PLAIN);
    const next = listKeys(home)[1]?.publicKey ?? '';
    const card = await revealKey(home, 'alice', undefined, { publicKey: key(3) });
    expect(card).toEqual(
      rotationCard('alice', { priorPublicKey: first.publicKey, publicKey: next }, digest(3)),
    );
    expect(await nextKey(home, 'alice', PLAIN)).toEqual(card);
    await adoptRotation(home, [next]);
    expect(listKeys(home)[1]?.path).toBe(`${home.dir}/keys/${next}.json`);
    expect(await errorOf(() => nextKey(home, 'alice', PLAIN))).toMatchObject({
      reason: 'next-elsewhere',
    });
    // What signs with a key in a file stays the file.
    await revealKey(home, 'alice', inAgent(3), { digest: digest(4) });
    expect(shown(home, 'alice').slice(1, 3)).toEqual([
      [next, 'current', 'file'],
      [key(3), 'next', 'ssh-agent'],
    ]);
  });

  test('a name of which the last key was revealed asks for the next one', async () => {
    const home = freshHome(ground());
    await addExternalKey(home, 'alice', inAgent(1), { publicKey: key(2) });
    await adoptRotation(home, [key(2)]);
    expect(await errorOf(() => showKey(home, 'alice'))).toMatchObject({ reason: 'no-next-key' });
    const error = await errorOf(() => revealKey(home, 'alice', inAgent(3), { digest: digest(4) }));
    expect(error).toMatchObject({ code: 'refused', reason: 'not-committed' });
  });

  test.each([
    ['an unknown way', '"held":"ssh-agent"', '"held":"post"'],
    [
      'a command for an agent',
      '"held":"ssh-agent"',
      '"command":["x"],"held":"ssh-agent","seconds":1',
    ],
    ['a command without its time', '"held":"ssh-agent"', '"command":["x"],"held":"command"'],
    ['a command of nothing', '"held":"ssh-agent"', '"command":[],"held":"command","seconds":1'],
    ['a command for ever', '"held":"ssh-agent"', '"command":["x"],"held":"command","seconds":9999'],
    ['a directory for an agent', '"held":"ssh-agent"', '"directory":"/x","held":"ssh-agent"'],
    ['another digest', '"nextDigest":"E', '"nextDigest":"H'],
    [
      'a key twice',
      `{"held":"ssh-agent","publicKey":"${key(1)}"}`,
      `{"publicKey":"${key(1)}"},{"publicKey":"${key(1)}"}`,
    ],
  ])('a lineage with %s is refused', async (__, from, to) => {
    const home = freshHome(ground());
    await addExternalKey(home, 'alice', inAgent(1), { digest: digest(2) });
    const file = `${home.dir}/lineages/alice.json`;
    const before = readText(home, file);
    expect(before).toContain(from);
    writeText(home, file, before.replace(from, to));
    expect(await errorOf(() => listKeys(home))).toMatchObject({ code: 'malformed' });
  });
});
