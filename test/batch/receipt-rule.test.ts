import { describe, expect, test } from 'vitest';
import {
  type EarlierReceipt,
  type ReceiptGround,
  type ReceiptPlace,
  ruleOnReceipt,
} from '../../src/batch/receipt-rule.ts';

/** An event by its name: `ixn 4 x<p` is the interaction `x` at 4 that follows on `p`. */
function place(text: string, anchor?: ReceiptPlace['anchor']): ReceiptPlace {
  const [type = '', sn, names = ''] = text.split(' ');
  const [said = '', prior] = names.split('<');
  return { type, sn: Number(sn), said, prior, anchor };
}

const earlier = (one: ReceiptPlace, supersedes = false): EarlierReceipt => ({ ...one, supersedes });

function ground(trunk: readonly ReceiptPlace[], superseded: readonly string[] = []): ReceiptGround {
  return {
    at: (sn) => trunk.find((one) => one.sn === sn),
    isSuperseded: (_, said) => superseded.includes(said),
  };
}

const trunk = ['icp 0 a', 'ixn 1 b<a', 'ixn 2 c<b'].map((text) => place(text));

/** What is ruled on the last event of a trunk after these receipts. */
function ruled(
  before: readonly (string | EarlierReceipt)[],
  log: readonly (string | ReceiptPlace)[],
  superseded: readonly string[] = [],
): string {
  const events = log.map((one) => (typeof one === 'string' ? place(one) : one));
  const next = events.at(-1);
  if (next === undefined) throw new Error('a trunk has an event');
  const receipts = before.map((one) => (typeof one === 'string' ? earlier(place(one)) : one));
  return ruleOnReceipt(receipts, next, ground(events, superseded)).ruling;
}

describe('ruleOnReceipt()', () => {
  test('lets one event stand at each place', () => {
    expect(ruled([], trunk)).toBe('new');
    expect(ruled(['icp 0 a', 'ixn 1 b<a'], trunk)).toBe('new');
    expect(ruled(['icp 0 a', 'ixn 1 b<a', 'ixn 2 c<b'], trunk)).toBe('again');
    expect(ruled(['ixn 2 C<b'], trunk)).toBe('rival');
    expect(ruled(['icp 0 A'], trunk)).toBe('rival');
  });

  test('finds rivals that stand before, and behind', () => {
    expect(ruled(['ixn 1 B<a'], trunk)).toBe('rival');
    // The receipt for 3 was given to an event that follows on this very one, or on another.
    expect(ruled(['ixn 3 d<c'], trunk)).toBe('new');
    expect(ruled(['ixn 3 d<C'], trunk)).toBe('rival');
    expect(ruled(['ixn 3 d<c', 'ixn 4 e<d'], trunk)).toBe('new');
    // What lies between is not known.
    expect(ruled(['ixn 4 e<d'], trunk)).toBe('rival');
  });

  test('lets a rotation supersede interactions, and nothing supersede a rotation', () => {
    const recovery = ['icp 0 a', 'ixn 1 b<a', 'rot 2 R<b'];
    expect(ruled(['ixn 2 c<b'], recovery)).toBe('supersedes');
    expect(ruled(['ixn 2 c<b', 'ixn 3 d<c'], recovery)).toBe('supersedes');
    expect(ruled(['ixn 2 c<b', 'rot 3 d<c'], recovery)).toBe('rival');
    expect(ruled(['rot 2 c<b'], recovery)).toBe('rival');
    expect(ruled(['rot 2 R<b'], ['icp 0 a', 'ixn 1 b<a', 'ixn 2 c<b'])).toBe('rival');
    // The branch begins with an interaction; the rotation comes later.
    expect(ruled(['ixn 1 B<a'], recovery)).toBe('rival');
  });

  test('goes on after a rotation that superseded', () => {
    const before = [
      earlier(place('ixn 2 c<b')),
      earlier(place('ixn 3 d<c')),
      earlier(place('rot 2 R<b'), true),
    ];
    expect(ruled(before, ['icp 0 a', 'ixn 1 b<a', 'rot 2 R<b', 'ixn 3 D<R'])).toBe('new');
    expect(ruled(before, ['icp 0 a', 'ixn 1 b<a', 'ixn 2 c<b', 'ixn 3 d<c'])).toBe('rival');
    expect(ruled(['ixn 3 d<c'], ['icp 0 a', 'ixn 1 b<a', 'rot 2 R<b', 'ixn 3 D<R'])).toBe('rival');
    // The same, where the file proves that the receipted event was superseded.
    expect(ruled(['ixn 3 d<c'], ['icp 0 a', 'ixn 1 b<a', 'rot 2 R<b', 'ixn 3 D<R'], ['d'])).toBe(
      'new',
    );
  });

  test('holds to a rotation that superseded, also where the witness was not asked for it', () => {
    const recovered = ['icp 0 a', 'ixn 1 b<a', 'rot 2 R<b', 'ixn 3 D<R'];
    const after = ground(recovered.map((text) => place(text)));
    for (const isKnown of [false, true]) {
      const known = {
        ...after,
        isSuperseded: (_: number, said: string) => isKnown && said === 'c',
      };
      expect(ruleOnReceipt([earlier(place('ixn 2 c<b'))], place('ixn 3 D<R'), known)).toEqual({
        ruling: 'follows',
        superseding: place('rot 2 R<b'),
      });
    }
    const before = [
      earlier(place('ixn 2 c<b')),
      earlier(place('rot 2 R<b'), true),
      earlier(place('ixn 3 D<R')),
    ];
    expect(ruled(before, ['icp 0 a', 'ixn 1 b<a', 'rot 2 Q<b'])).toBe('rival');
    expect(ruled(before, recovered.slice(0, 3))).toBe('again');
    expect(ruled(before, [...recovered, 'ixn 4 E<D'])).toBe('new');
  });

  test('judges fifty thousand receipts by one look at each', () => {
    const many = Array.from({ length: 50_000 }, (_, at) =>
      earlier({ sn: at + 1, said: `${at + 1}`, prior: `${at}`, type: 'ixn', anchor: undefined }),
    );
    const first = ['icp 0 0', 'ixn 1 x<0'].map((text) => place(text));
    expect(ruleOnReceipt(many, place('ixn 1 x<0'), ground(first)).ruling).toBe('rival');
    expect(ruleOnReceipt(many, place('ixn 1 1<0'), ground(first)).ruling).toBe('again');
    expect(ruleOnReceipt(many.slice(1), place('ixn 1 1<0'), ground(first)).ruling).toBe('new');
  });

  test('lets a delegated rotation supersede one that the delegator approved earlier', () => {
    const at = (sn: number, seal: number) => ({ sn, seal });
    const log = (anchor: ReceiptPlace['anchor']) => ['dip 0 a', place('drt 1 R<a', anchor)];
    const before = [earlier(place('drt 1 r<a', at(5, 1)))];
    expect(ruled(before, log(at(6, 0)))).toBe('supersedes');
    expect(ruled(before, log(at(5, 2)))).toBe('supersedes');
    expect(ruled(before, log(at(5, 1)))).toBe('rival');
    expect(ruled(before, log(at(4, 2)))).toBe('rival');
    expect(ruled([...before, 'drt 2 s<r'], log(at(6, 0)))).toBe('rival');
    expect(ruled([earlier(place('drt 1 r<a'))], log(at(6, 0)))).toBe('rival');
  });
});
