/** Streams that others wrote in production; they lie outside of the project, in the folder that GITKEL_REAL names. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { checkStreams } from '../../src/cli/check-streams.ts';
import { nodeHost } from '../../src/host/node.ts';
import { streamReport } from '../../src/stream/stream-report.ts';
import { readContent } from '../../src/stream/content.ts';
import { readWhole } from './streams.ts';

const folder = process.env['GITKEL_REAL'];

/** What each message of a file is, and the byte up to which the file was read. */
function messagesOf(file: string): { readonly names: readonly string[]; readonly end: number } {
  const items = readWhole(readFileSync(path.join(folder ?? '', file)));
  const names = items.map((item) => {
    if (item.kind === 'error') return `${item.reason} at ${item.offset}`;
    const content = readContent(crypto, item);
    switch (content.kind) {
      case 'event':
      case 'tel':
        return content.event.type;
      case 'receipt':
        return 'rct';
      case 'other':
        return `${content.name}${item.setAside.map(({ code }) => ` ${code}`).join('')}`;
      case 'refused':
        return `${content.reason}: ${content.detail}`;
    }
  });
  const last = items.at(-1);
  return { names, end: last?.kind === 'message' ? last.end : -1 };
}

const kel = ['icp', 'ixn', 'ixn', 'ixn', 'vcp', 'iss'];

describe.skipIf(folder === undefined)('what others wrote (needs GITKEL_REAL)', () => {
  it.each([
    ['alice.cesr', ['icp', 'ixn']],
    ['witness.cesr', ['icp', 'rpy', 'rpy']],
    [
      'gleif-geda.cesr',
      [
        'icp',
        'rot',
        'rot',
        'dip',
        ...Array<string>(8).fill('ixn'),
        ...Array<string>(5).fill('rpy'),
      ],
    ],
    [
      'oor-vc.cesr',
      [kel, kel, kel, ['dip', ...kel.slice(2)], Array<string>(4).fill('credential -J')].flat(),
    ],
  ])('%s is read to its last byte', (file, names) => {
    const read = messagesOf(file);
    expect(read.names).toEqual(names);
    const rest = readFileSync(path.join(folder ?? '', file)).subarray(read.end);
    expect(rest.toString()).toBe(file === 'oor-vc.cesr' ? '\n' : '');
  });
});

describe.skipIf(folder === undefined)(
  'what the streams of others come to (needs GITKEL_REAL)',
  () => {
    it('is both key states of the GLEIF root and its delegate', async () => {
      const { stream, accepted, isAccepted } = await checkStreams(nodeHost(), [
        path.join(folder ?? '', 'gleif-geda.cesr'),
      ]);
      const heads = stream.validator.logs.map(({ state }) => [
        state.sn,
        state.said,
        state.delegator,
      ]);
      const root = 'EDP1vHcw_wc4M__Fj53-cJaBnZZASd-aMTaSyWEQ-PC2';
      expect(heads).toEqual([
        [2, 'EHsL1ldIafZC-M9-3RgLQB3m2_2F0aYIiNBGnTVoFDH2', undefined],
        [8, 'EDxDCjQoH82EgDEcSAU1SD__VKoebRUgr95nFweJxMgu', root],
      ]);
      expect([accepted, isAccepted]).toEqual([12, true]);
      expect(streamReport(stream).escrows).toEqual({});
    });

    it('is what waits for a delegator that is not there', async () => {
      const { stream, isAccepted } = await checkStreams(nodeHost(), [
        path.join(folder ?? '', 'oor-vc.cesr'),
      ]);
      const { escrows, tel = {} } = streamReport(stream);
      expect(isAccepted).toBe(false);
      const counts = Object.entries(escrows).map(([kind, entries]) => [kind, entries.length]);
      expect(Object.fromEntries(counts)).toEqual({
        'partially-delegated': 1,
        'out-of-order': 2,
        'tel-anchorless': 1,
        'tel-out-of-order': 1,
      });
      const issued = Object.values(tel).map(({ credentials }) => Object.keys(credentials).length);
      expect(issued).toEqual([2, 1]);
    });
  },
);

test.skipIf(folder !== undefined)('streams of others are not there (GITKEL_REAL): skipped', () => {
  expect(folder).toBeUndefined();
});
