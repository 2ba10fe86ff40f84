import { expect, it } from 'vitest';
import type { RefStore } from '../../src/git/refs.ts';
import type { Host } from '../../src/host/host.ts';
import { moveRefWaiting } from '../../src/git/refs.ts';

export interface RefContractSubject {
  readonly host: Host;
  /** An empty store. */
  readonly refs: RefStore;
}

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = 'c'.repeat(40);
const REF = 'refs/heads/main';

/** What every {@link RefStore} has to do. */
export function refStoreContract(make: () => RefContractSubject): void {
  it('read() finds nothing in an empty store', () => {
    expect(make().refs.read(REF)).toBeUndefined();
  });

  it('compareAndSwap() creates a ref only where there is none', () => {
    const { refs } = make();
    expect(refs.compareAndSwap(REF, undefined, A)).toEqual({ ok: true });
    expect(refs.read(REF)).toBe(A);
    expect(refs.compareAndSwap(REF, undefined, B)).toEqual({ ok: false, current: A });
    expect(refs.read(REF)).toBe(A);
  });

  it('compareAndSwap() moves a ref only from the expected value', () => {
    const { refs } = make();
    refs.compareAndSwap(REF, undefined, A);
    expect(refs.compareAndSwap(REF, B, C)).toEqual({ ok: false, current: A });
    expect(refs.compareAndSwap(REF, A, B)).toEqual({ ok: true });
    expect(refs.read(REF)).toBe(B);
  });

  it('compareAndSwap() says that a ref is gone', () => {
    expect(make().refs.compareAndSwap(REF, A, B)).toEqual({ ok: false, current: undefined });
  });

  it('compareAndSwap() removes a ref only from the expected value', () => {
    const { refs } = make();
    refs.compareAndSwap(REF, undefined, A);
    expect(refs.compareAndSwap(REF, B, undefined)).toEqual({ ok: false, current: A });
    expect(refs.compareAndSwap(REF, A, undefined)).toEqual({ ok: true });
    expect(refs.read(REF)).toBeUndefined();
    expect(refs.compareAndSwap(REF, undefined, undefined)).toEqual({ ok: true });
    expect(refs.compareAndSwap(REF, undefined, B)).toEqual({ ok: true });
  });

  it('forget() removes refs from the expected values and names those that stay', () => {
    const { refs } = make();
    for (const name of ['refs/gitkel/a', 'refs/gitkel/b/1', 'refs/gitkel/b/2'])
      refs.compareAndSwap(name, undefined, A);
    const asked = new Map([
      ['refs/gitkel/a', B],
      ['refs/gitkel/b/1', A],
      ['refs/gitkel/none', A],
    ]);
    expect(refs.forget(asked)).toEqual(['refs/gitkel/a']);
    expect([...refs.list('refs/gitkel/').keys()]).toEqual(['refs/gitkel/a', 'refs/gitkel/b/2']);
    expect(refs.forget(new Map([['refs/gitkel/b/2', A]]))).toEqual([]);
    expect(refs.forget(new Map())).toEqual([]);
    expect([...refs.list('refs/gitkel/').keys()]).toEqual(['refs/gitkel/a']);
  });

  it('list() gives the refs below a prefix, sorted', () => {
    const { refs } = make();
    for (const name of ['refs/gitkel/b/2', 'refs/gitkel/b/1', 'refs/gitkel/a/1', 'refs/heads/x']) {
      refs.compareAndSwap(name, undefined, A);
    }
    expect([...refs.list('refs/gitkel/')]).toEqual([
      ['refs/gitkel/a/1', A],
      ['refs/gitkel/b/1', A],
      ['refs/gitkel/b/2', A],
    ]);
    expect([...refs.list('refs/gitkel/b/').keys()]).toEqual(['refs/gitkel/b/1', 'refs/gitkel/b/2']);
    expect(refs.list('refs/none/').size).toBe(0);
  });

  it('compareAndSwap() refuses a ref below or above another', () => {
    const { refs } = make();
    refs.compareAndSwap('refs/heads/a/b', undefined, A);
    expect(() => refs.compareAndSwap('refs/heads/a', undefined, B)).toThrow(/in its way/);
    expect(() => refs.compareAndSwap('refs/heads/a/b/c', undefined, B)).toThrow(/in its way/);
    expect(refs.compareAndSwap('refs/heads/a/b', A, undefined)).toEqual({ ok: true });
    expect(refs.compareAndSwap('refs/heads/a', undefined, B)).toEqual({ ok: true });
    expect([...refs.list('refs/heads/').keys()]).toEqual(['refs/heads/a']);
  });

  it.each([
    'main',
    'HEAD',
    'refs',
    'refs/',
    'refs//main',
    'refs/heads/',
    'refs/heads/.a',
    'refs/heads/a.lock',
    'refs/heads/a.lock/b',
    'refs/heads/a..b',
    'refs/heads/../../x',
    'refs/heads/a b',
    'refs/heads/a~1',
    'refs/heads/a^',
    'refs/heads/a:b',
    'refs/heads/a?',
    'refs/heads/a*',
    'refs/heads/[a',
    'refs/heads/a\\b',
    'refs/heads/a@{1}',
    'refs/heads/a.',
    'refs/heads/a\n',
    `refs/heads/${'a'.repeat(1100)}`,
  ])('read() and compareAndSwap() refuse the name %j', (name) => {
    const { refs } = make();
    expect(() => refs.read(name)).toThrow(expect.objectContaining({ reason: 'ref-name' }));
    expect(() => refs.compareAndSwap(name, undefined, A)).toThrow(
      expect.objectContaining({ reason: 'ref-name' }),
    );
  });

  it('moveRefWaiting() does what compareAndSwap() does when nobody holds the lock', async () => {
    const { host, refs } = make();
    expect(await moveRefWaiting(host, refs, REF, undefined, A)).toEqual({ ok: true });
    expect(await moveRefWaiting(host, refs, REF, undefined, B)).toEqual({ ok: false, current: A });
  });
}
