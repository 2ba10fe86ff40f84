import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import {
  type AidLookup,
  checkAgainst,
  knownAid,
  knownLog,
  pinAid,
  pinOf,
  pinnedAids,
  remember,
  rememberAids,
} from '../../src/keys/pins.ts';
import {
  GROUNDS,
  errorOf,
  freshHome,
  readText,
  secondHome,
  systemError,
  watched,
  writeText,
} from './homes.ts';

const digest = (fill: number): string =>
  encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(fill) });
/** A different digest for each sequence number and branch. */
function said(sn: number, branch = 0): string {
  const raw = new Uint8Array(32).fill(9);
  new DataView(raw.buffer).setUint32(0, sn);
  raw[31] = branch;
  return encodePrimitive({ code: 'E', raw });
}
const LOG = digest(1);
const OTHER_LOG = digest(2);
const AID = digest(3);
const OTHER_AID = encodePrimitive({ code: 'D', raw: new Uint8Array(32).fill(4) });

const at = (position: number, branch = 0) => ({
  logId: LOG,
  position,
  payloadDigest: said(position, 50 + branch),
});

function kel(sn: number, branch = 0, from = 0): AidLookup {
  return { sn, saidAt: (n) => (n > sn ? undefined : said(n, n >= from ? branch : 0)) };
}

function lookup(
  position: number,
  aids: Record<string, AidLookup> = {},
  branch = 0,
): Parameters<typeof checkAgainst>[2] {
  return {
    position,
    digestAt: (n) => (n > position ? undefined : at(n, branch).payloadDigest),
    aids: new Map(Object.entries(aids)),
  };
}

const reasons = (alarms: readonly { reason: string }[]): string[] => alarms.map((a) => a.reason);

describe.each(GROUNDS)('what was verified, on %s', (_, ground) => {
  test('remember() keeps how far a log and its identifiers were verified', async () => {
    const home = freshHome(ground());
    expect(knownLog(home, LOG)).toBeUndefined();
    expect(knownAid(home, AID)).toBeUndefined();
    expect(checkAgainst(home, LOG, lookup(0, { [AID]: kel(0) }))).toEqual([]);
    await remember(home, at(4), [
      { aid: AID, sn: 0, said: said(0), establishment: true },
      { aid: AID, sn: 3, said: said(3) },
      { aid: OTHER_AID, sn: 0, said: said(0) },
    ]);
    await remember(home, { ...at(7), logId: OTHER_LOG }, [{ aid: AID, sn: 5, said: said(5) }]);
    const again = secondHome(home);
    expect(knownLog(again, LOG)).toEqual(at(4));
    expect(knownAid(again, AID)).toEqual({
      aid: AID,
      sn: 5,
      said: said(5),
      pinned: false,
      sources: [LOG, OTHER_LOG],
      points: [0, 3, 5].map((sn) => ({ sn, said: said(sn) })),
    });
    expect(knownAid(again, OTHER_AID)).toMatchObject({ sn: 0, sources: [LOG] });
  });

  test('remember() writes nothing when nothing is new', async () => {
    const home = freshHome(ground());
    const events = [{ aid: AID, sn: 3, said: said(3), establishment: true }];
    await remember(home, at(4), events);
    const path = `${home.dir}/seen/aids/${AID}.json`;
    home.host.fs.utimesSync(path, 5, 5);
    await remember(home, at(4), [{ aid: AID, sn: 3, said: said(3) }]);
    expect(home.host.fs.statSync(path).mtimeMs).toBe(5000);
    await remember(home, at(5), [{ aid: AID, sn: 4, said: said(4) }]);
    expect(knownAid(home, AID)?.points).toHaveLength(2);
  });

  test('remember() refuses a log that went back or forked', async () => {
    const home = freshHome(ground());
    await remember(home, at(4), []);
    for (const [log, reason] of [
      [at(3), 'log-rolled-back'],
      [at(4, 1), 'log-forked'],
    ] as const) {
      const error = await errorOf(() => remember(home, log, [{ aid: AID, sn: 0, said: said(0) }]));
      expect(error).toMatchObject({ code: 'refused', reason });
    }
    expect(knownAid(home, AID)).toBeUndefined();
    expect(knownLog(home, LOG)).toEqual(at(4));
  });

  test('remember() refuses what is no AID, place or SAID', async () => {
    const home = freshHome(ground());
    for (const event of [
      { aid: '../x', sn: 0, said: said(0) },
      { aid: AID, sn: -1, said: said(0) },
      { aid: AID, sn: 0, said: OTHER_AID },
    ]) {
      const error = await errorOf(() => remember(home, at(1), [event]));
      expect(error).toMatchObject({ code: 'malformed' });
    }
    expect(await errorOf(() => knownLog(home, '../x'))).toMatchObject({ code: 'malformed' });
    expect(await errorOf(() => knownAid(home, '../x'))).toMatchObject({ code: 'malformed' });
  });

  test('remember() stays within bounds: establishment events and the last one stay', async () => {
    const home = freshHome(ground());
    const count = LIMITS.rememberedEvents + 100;
    const events = Array.from({ length: count }, (__, sn) => ({
      aid: AID,
      sn,
      said: said(sn),
      establishment: sn % 100 === 0,
    }));
    await remember(home, at(4), events);
    const sns = knownAid(home, AID)?.points.map(({ sn }) => sn) ?? [];
    expect(sns).toHaveLength(LIMITS.rememberedEvents);
    expect(sns).toEqual(expect.arrayContaining([0, 100, 1000, 1100, count - 1]));
    expect(sns).not.toContain(1);
  });

  test('checkAgainst() is content with a log that only grew', async () => {
    const home = freshHome(ground());
    await remember(home, at(4), [{ aid: AID, sn: 3, said: said(3) }]);
    expect(checkAgainst(home, LOG, lookup(4, { [AID]: kel(3) }))).toEqual([]);
    expect(checkAgainst(home, LOG, lookup(9, { [AID]: kel(8), [OTHER_AID]: kel(1) }))).toEqual([]);
  });

  test('checkAgainst() raises an alarm for a log that went back or forked', async () => {
    const home = freshHome(ground());
    await remember(home, at(4), []);
    const back = checkAgainst(home, LOG, lookup(3));
    expect(reasons(back)).toEqual(['log-rolled-back']);
    expect(back[0]?.detail).toMatch(/ends at batch 3.*verified up to batch 4.*delete "/);
    expect(reasons(checkAgainst(home, LOG, lookup(4, {}, 1)))).toEqual(['log-forked']);
    expect(reasons(checkAgainst(home, LOG, lookup(9, {}, 1)))).toEqual(['log-forked']);
    expect(checkAgainst(home, OTHER_LOG, lookup(1, {}, 1))).toEqual([]);
  });

  test('checkAgainst() raises an alarm for another event at a remembered place, in any log', async () => {
    const home = freshHome(ground());
    await remember(home, at(4), [
      { aid: AID, sn: 2, said: said(2), establishment: true },
      { aid: AID, sn: 6, said: said(6) },
    ]);
    for (const [log, sn] of [
      [LOG, 6],
      [OTHER_LOG, 9],
      [OTHER_LOG, 3],
    ] as const) {
      const alarms = checkAgainst(home, log, lookup(4, { [AID]: kel(sn, 1, 1) }));
      expect(alarms).toMatchObject([{ reason: 'aid-conflict', aid: AID }]);
      expect(alarms[0]?.detail).toContain('at sequence number 2');
    }
  });

  test('checkAgainst() tells of an identifier that is behind, and ignores those that are not there', async () => {
    const home = freshHome(ground());
    await remember(home, at(4), [
      { aid: AID, sn: 6, said: said(6) },
      { aid: OTHER_AID, sn: 1, said: said(1) },
    ]);
    const alarms = checkAgainst(home, OTHER_LOG, lookup(1, { [AID]: kel(5) }));
    expect(alarms).toMatchObject([{ reason: 'aid-behind', aid: AID }]);
  });

  test('checkAgainst() takes a superseded event for what it is, and remember() replaces it', async () => {
    const home = freshHome(ground());
    await remember(home, at(4), [
      { aid: AID, sn: 2, said: said(2), establishment: true },
      { aid: AID, sn: 3, said: said(3) },
      { aid: AID, sn: 6, said: said(6) },
    ]);
    const recovered: AidLookup = {
      ...kel(3, 1, 3),
      isSuperseded: (sn, id) => sn >= 3 && id === said(sn),
    };
    expect(checkAgainst(home, LOG, lookup(5, { [AID]: recovered }))).toEqual([]);
    const silent = kel(3, 1, 3);
    expect(reasons(checkAgainst(home, LOG, lookup(5, { [AID]: silent })))).toEqual([
      'aid-conflict',
    ]);
    await remember(home, at(5), [{ aid: AID, sn: 3, said: said(3, 1), establishment: true }]);
    expect(knownAid(home, AID)?.points).toEqual([
      { sn: 2, said: said(2) },
      { sn: 3, said: said(3, 1) },
    ]);
  });

  test('pinAid() holds also for an identifier that was never seen', async () => {
    const home = freshHome(ground());
    expect(pinOf(home, AID)).toBeUndefined();
    pinAid(home, { aid: AID, sn: 2, said: said(2) });
    expect(pinnedAids(home)).toEqual([AID]);
    expect(knownAid(home, AID)).toEqual({
      aid: AID,
      sn: 2,
      said: said(2),
      pinned: true,
      sources: [],
      points: [{ sn: 2, said: said(2) }],
    });
    const wrong = checkAgainst(home, LOG, lookup(1, { [AID]: kel(4, 1, 2) }));
    expect(reasons(wrong)).toEqual(['aid-conflict']);
    expect(reasons(checkAgainst(home, LOG, lookup(1, { [AID]: kel(1) })))).toEqual(['aid-behind']);
    pinAid(home, { aid: AID, sn: 4, said: said(4, 1) });
    expect(pinOf(home, AID)).toEqual({ aid: AID, sn: 4, said: said(4, 1) });
  });

  test('rememberAids() remembers identifiers, and nothing of the log', async () => {
    const home = freshHome(ground());
    await remember(home, at(4), [{ aid: AID, sn: 1, said: said(1) }]);
    await rememberAids(home, OTHER_LOG, [{ aid: AID, sn: 6, said: said(6), establishment: true }]);
    expect(knownLog(home, OTHER_LOG)).toBeUndefined();
    expect(knownAid(home, AID)).toMatchObject({ sn: 6, said: said(6), sources: [LOG, OTHER_LOG] });
    const wrong = [{ aid: '../x', sn: 6, said: said(6) }];
    const error = await errorOf(() => rememberAids(home, LOG, wrong));
    expect(error).toMatchObject({ code: 'malformed' });
  });

  test('remember() leaves nothing half written when the disk fails', async () => {
    const place = ground();
    const home = freshHome(place);
    const host = watched(place.host, (name, args) => {
      if (name === 'renameSync' && String(args[1]).includes('/aids/')) throw systemError('ENOSPC');
    });
    const events = [{ aid: AID, sn: 6, said: said(6) }];
    const error = await errorOf(() => remember({ host, dir: home.dir }, at(4), events));
    expect(error).toMatchObject({ code: 'environment', reason: 'enospc' });
    expect(place.host.fs.readdirSync(`${home.dir}/seen/aids`)).toEqual([]);
    expect(knownLog(home, LOG)).toBeUndefined();
  });

  test('what was seen may be lost with the power, or deleted', async () => {
    const home = freshHome(ground());
    await remember(home, at(4), [{ aid: AID, sn: 6, said: said(6) }]);
    writeText(home, `${home.dir}/seen/aids/${AID}.json`, '');
    expect(knownAid(home, AID)).toBeUndefined();
    home.host.fs.unlinkSync(`${home.dir}/seen/logs/${LOG}.json`);
    expect(knownLog(home, LOG)).toBeUndefined();
    await remember(home, at(3), [{ aid: AID, sn: 5, said: said(5) }]);
    expect(knownAid(home, AID)).toMatchObject({ sn: 5 });
  });

  test.each([
    ['seen/aids', (text: string) => text.replace('"sn":3', '"sn":9')],
    ['seen/aids', (text: string) => text.replace('false', '0')],
    ['seen/aids', (text: string) => text.replace('aid/1', 'aid/2')],
    ['seen/logs', (text: string) => text.replace(LOG, OTHER_LOG)],
    ['pins', (text: string) => text.replace('pin/1', 'pin/2')],
    ['pins', (text: string) => text.slice(0, 20)],
  ])('a damaged file of %s is an error, never an answer', async (folder, change) => {
    const home = freshHome(ground());
    await remember(home, at(4), [
      { aid: AID, sn: 3, said: said(3) },
      { aid: AID, sn: 6, said: said(6) },
    ]);
    pinAid(home, { aid: AID, sn: 6, said: said(6) });
    const path = `${home.dir}/${folder}/${folder === 'seen/logs' ? LOG : AID}.json`;
    writeText(home, path, change(readText(home, path)));
    const error = await errorOf(() => checkAgainst(home, LOG, lookup(4, { [AID]: kel(6) })));
    expect(error).toMatchObject({ code: 'malformed' });
  });
});
