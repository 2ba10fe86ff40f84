import { describe, expect, it } from 'vitest';
import { nativeCrypto } from '../../src/index.ts';
import { authorityOf } from '../../src/log/acting.ts';
import { RecordBook } from '../../src/log/record-book.ts';
import { Remembered } from '../../src/log/remembered.ts';
import { buildRecord, type RecordBody } from '../../src/records/record.ts';

const [BOARD, DEVICE] = ['Eboard', 'Edevice'];

function link(capabilities: readonly string[]): RecordBody {
  return { type: 'device-link', device: DEVICE, name: 'ci', capabilities };
}

describe('authorityOf()', () => {
  it('goes on by a link that carries the capability when a lift brings back an older one without it', () => {
    const book = new RecordBook(new Remembered());
    const add = (sn: number, position: number, body: RecordBody): string => {
      const record = buildRecord(nativeCrypto, { issuer: BOARD, sn, logId: 'Elog' }, body);
      book.add(record, position);
      return record.said;
    };
    add(1, 1, link([]));
    const revoked = add(2, 2, { type: 'device-revoke', device: DEVICE, reason: 'a thief did' });
    book.supersede(BOARD, 2, 'Erotation', 3);
    add(3, 4, link(['release']));
    const record = { said: 'Erelease', issuer: DEVICE, controller: BOARD, position: 5 };
    expect(authorityOf(book, record, 'release')).toMatchObject({ counts: true });
    add(4, 6, { type: 'lift', records: [revoked], reason: '' });
    expect(authorityOf(book, record, 'release')).toMatchObject({ counts: true });
    expect(authorityOf(book, { ...record, position: 3 }, 'release')).toMatchObject({
      counts: false,
      reason: 'capability-missing',
    });
  });
});
