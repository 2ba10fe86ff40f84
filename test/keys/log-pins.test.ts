import { describe, expect, test } from 'vitest';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { logPinOf, pinLog, pinnedLogAt } from '../../src/keys/log-pins.ts';
import { checkAgainst, pinnedAids } from '../../src/keys/pins.ts';
import { reasonOf } from '../support/thrown.ts';
import { freshHome, GROUNDS, secondHome } from './homes.ts';

const digest = (fill: number): string =>
  encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(fill) });
const [LOG, OTHER] = [digest(1), digest(2)];
const pin = (logId: string, ...addresses: readonly string[]) => ({
  logId,
  position: 3,
  payloadDigest: digest(33),
  addresses,
});

describe.each(GROUNDS)('pinned logs, on %s', (_, ground) => {
  test('pinLog() keeps what a log was and where, and adds addresses', async () => {
    const home = freshHome(ground());
    expect(logPinOf(home, LOG)).toBeUndefined();
    await pinLog(home, pin(LOG, 'https://a/log'));
    await pinLog(home, { ...pin(LOG, 'https://b/log'), position: 5, payloadDigest: digest(55) });
    const expected = {
      logId: LOG,
      position: 5,
      payloadDigest: digest(55),
      addresses: ['https://a/log', 'https://b/log'],
    };
    expect(logPinOf(secondHome(home), LOG)).toEqual(expected);
    expect(pinnedLogAt(home, 'https://b/log')).toEqual(expected);
    expect(pinnedLogAt(home, 'https://c/log')).toBeUndefined();
    expect(pinnedAids(home)).toEqual([]);
  });

  test('pinLog() refuses an address at which another log is pinned', async () => {
    const home = freshHome(ground());
    await pinLog(home, pin(LOG, 'https://a/log'));
    expect(await reasonOf(async () => pinLog(home, pin(OTHER, 'https://a/log')))).toBe(
      'pinned-elsewhere',
    );
    expect(logPinOf(home, OTHER)).toBeUndefined();
  });

  test('checkAgainst() holds a log against its pin, although nothing of it was seen', async () => {
    const home = freshHome(ground());
    await pinLog(home, pin(LOG));
    const reasons = (position: number, there: string | undefined) =>
      checkAgainst(home, LOG, { position, digestAt: () => there, aids: new Map() }).map(
        ({ reason }) => reason,
      );
    expect(reasons(9, digest(33))).toEqual([]);
    expect(reasons(9, digest(34))).toEqual(['log-forked']);
    expect(reasons(2, undefined)).toEqual(['log-rolled-back']);
  });
});
