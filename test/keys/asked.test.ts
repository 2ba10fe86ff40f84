import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { askedRemotes, rememberAsked } from '../../src/keys/asked.ts';
import { errorOf, freshHome, GROUNDS, secondHome, writeText } from './homes.ts';

const digest = (fill: number): string =>
  encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(fill) });
const LOG = digest(1);
const answer = (address: string, at: number, position = 3) => ({
  address,
  at,
  position,
  payloadDigest: digest(position),
});

describe.each(GROUNDS)('what was asked, on %s', (_, ground) => {
  test('rememberAsked() keeps the last answer of each remote, the latest last', async () => {
    const home = freshHome(ground());
    expect(askedRemotes(home, LOG)).toEqual([]);
    await rememberAsked(home, LOG, answer('https://a/log', 10));
    await rememberAsked(home, LOG, answer('https://b/log', 20));
    await rememberAsked(home, LOG, answer('https://a/log', 30, 4));
    await rememberAsked(home, digest(2), answer('https://c/log', 40));
    expect(askedRemotes(secondHome(home), LOG)).toEqual([
      answer('https://b/log', 20),
      answer('https://a/log', 30, 4),
    ]);
  });

  test('rememberAsked() forgets those asked longest ago beyond the bound', async () => {
    const home = freshHome(ground());
    for (let at = 0; at <= LIMITS.rememberedRemotes; at++)
      await rememberAsked(home, LOG, answer(`https://${at}/log`, at));
    const remotes = askedRemotes(home, LOG);
    expect(remotes).toHaveLength(LIMITS.rememberedRemotes);
    expect(remotes[0]?.address).toBe('https://1/log');
  });

  test('askedRemotes() refuses the file of another log, and takes an empty one for none', async () => {
    const home = freshHome(ground());
    writeText(home, `${home.dir}/asked/${LOG}.json`, '');
    expect(askedRemotes(home, LOG)).toEqual([]);
    writeText(
      home,
      `${home.dir}/asked/${LOG}.json`,
      `{"format":"gitkel-asked/1","logId":"${digest(2)}","remotes":[]}\n`,
    );
    const error = await errorOf(() => askedRemotes(home, LOG));
    expect(error).toMatchObject({ code: 'malformed', reason: 'asked' });
  });
});
