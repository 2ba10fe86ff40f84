import { Volume } from 'memfs';
import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { type FileSystem, memoryHost, nativeCrypto } from '../../src/index.ts';
import {
  boundedEscrow,
  changeEscrow,
  type EscrowedMessage,
  readEscrow,
} from '../../src/keys/escrow-file.ts';
import { type Home, openHome } from '../../src/keys/home.ts';
import { reasonOf } from '../support/thrown.ts';
import { countingRandom } from '../support/counting-random.ts';

const LOG = 'EAviz6x1fIr5xJdb0D22Xp7b_dP4dp-hQeTsIz1Mu-An';
const AID = 'EM-WFDLO6Nx-gmVMPl4VhiKRhssBndTQB3hoCOG8gIz5';

function waiting(n: number, more: Partial<EscrowedMessage> = {}): EscrowedMessage {
  return {
    key: `key ${n}`,
    escrow: 'out-of-order',
    aid: AID,
    sn: n,
    said: LOG,
    on: undefined,
    isVerified: false,
    since: n,
    message: `message ${n} é`,
    ...more,
  };
}

const numbers = (messages: readonly EscrowedMessage[]): readonly number[] =>
  messages.map(({ sn }) => sn);

describe('boundedEscrow()', () => {
  it('drops the oldest of one identifier first, what nobody verified before others', () => {
    const { escrowedPerAid } = LIMITS;
    const verified = waiting(0, { isVerified: true });
    const many = Array.from({ length: escrowedPerAid + 1 }, (_, n) => waiting(n + 1));
    const other = waiting(0, { aid: LOG });
    const left = boundedEscrow([verified, other, ...many]);
    expect(left).toHaveLength(escrowedPerAid + 1);
    expect(numbers(left.slice(0, 3))).toEqual([0, 0, 3]);
    expect(numbers(left)).not.toContain(2);
  });

  it('bounds the messages of all identifiers, and their bytes', () => {
    const many = Array.from({ length: LIMITS.escrowed + 2 }, (_, n) => waiting(n, { aid: `${n}` }));
    expect(boundedEscrow(many).map(({ sn }) => sn)[0]).toBe(2);
    const long = 'x'.repeat(LIMITS.escrowedBytes / 2);
    const three = [0, 1, 2].map((n) => waiting(n, { message: long }));
    expect(numbers(boundedEscrow(three))).toEqual([1, 2]);
    const wide = '漢'.repeat(LIMITS.escrowedBytes / 6);
    const four = [0, 1, 2, 3].map((n) => waiting(n, { message: wide }));
    expect(numbers(boundedEscrow(four))).toEqual([2, 3]);
  });
});

describe('changeEscrow()', () => {
  let home: Home;
  beforeEach(() => {
    const files = new Volume() as unknown as FileSystem;
    home = openHome(
      memoryHost(files, nativeCrypto, countingRandom(nativeCrypto), () => 0),
      '/home',
    );
  });

  it('keeps what waits exactly, and takes the file away when nothing does', async () => {
    const all = [waiting(1), waiting(2, { on: AID, isVerified: true })];
    await changeEscrow(home, LOG, () => all);
    expect(readEscrow(home, LOG)).toEqual(all);
    expect(readEscrow(home, AID)).toEqual([]);
    await changeEscrow(home, LOG, (before) => before.slice(1));
    expect(numbers(readEscrow(home, LOG))).toEqual([2]);
    await changeEscrow(home, LOG, () => []);
    expect(home.host.fs.readdirSync('/home/escrow')).toEqual([]);
  });

  it.each([
    ['cut', 'truncated', (text: string) => text.slice(0, -1)],
    ['of another log', 'escrow', (text: string) => text.replaceAll(LOG, AID)],
    ['of another form', 'field', (text: string) => text.replace('"since"', '"sincf"')],
  ])('names a file that is %s', async (_, reason, change) => {
    await changeEscrow(home, LOG, () => [waiting(1)]);
    const path = `/home/escrow/${LOG}.json`;
    const fd = home.host.fs.openSync(path, 'r');
    const bytes = new Uint8Array(4_096);
    const size = home.host.fs.readSync(fd, bytes, 0, bytes.length, 0);
    home.host.fs.closeSync(fd);
    const text = change(new TextDecoder().decode(bytes.subarray(0, size)));
    const out = home.host.fs.openSync(path, 'w');
    home.host.fs.writeSync(out, new TextEncoder().encode(text));
    home.host.fs.closeSync(out);
    expect(await reasonOf(() => readEscrow(home, LOG))).toBe(reason);
  });
});
