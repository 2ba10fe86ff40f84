import { expect, test } from 'vitest';
import { audit } from '../../src/index.ts';
import { LongLog } from '../support/long-log.ts';
import { decodeLog, forge } from '../support/tampered-log.ts';
test('x', async () => {
  const long = await LongLog.make('one');
  const c = long.log.contents;
  const drafts = decodeLog(long.host, long.dir, c.lastBatch!.commit, ({ aid, establishment, keyIndex }) => c.kel(aid)!.establishments.find((e) => e.state.sn === establishment)!.state.publicKeys[keyIndex]!);
  for (const resigned of [true, false]) {
    let t = Date.now();
    const f = await forge(long.host, long.root, drafts, { resigned, ring: long.ring });
    console.log('forge', Date.now() - t); t = Date.now();
    const v = audit(long.host, f.dir, { objects: true });
    console.log('audit', Date.now() - t);
    expect(v.findings).toEqual([]);
    expect(f.commits.at(-1)).toBe(c.lastBatch?.commit);
  }
  long.remove();
}, 60000);
