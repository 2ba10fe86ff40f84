/** What one party seals must not make the next record of others dearer and dearer to judge. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nativeCrypto } from '../../src/index.ts';
import { utf8 } from '../../src/base/bytes.ts';
import type { Contents } from '../../src/log/contents.ts';
import { OwnedValues } from '../../src/log/owned-values.ts';
import { PagedList } from '../../src/log/paged-list.ts';
import type { Problem } from '../../src/log/problem.ts';
import { RecordBook } from '../../src/log/record-book.ts';
import { policyProblem, releaseProblem, revokeProblem } from '../../src/log/release-rules.ts';
import { newestRelease, revocationsBy, standingOfRelease } from '../../src/log/releases.ts';
import { Remembered } from '../../src/log/remembered.ts';
import { buildRecord, type RecordBody, type UnsignedRecord } from '../../src/records/record.ts';
import { buildManifest, manifestSha256 } from '../../src/records/skill-manifest.ts';
import type { Release } from '../../src/records/release.ts';
import type { Revoke } from '../../src/records/revoke.ts';

const [BOARD, DEVICE, EVE] = ['Eboard', 'Edevice', 'Eeve'];
const MANY = 400;

/** How many items of lists and single values are read from now on. */
function counted(): () => number {
  const lists = vi.spyOn(PagedList.prototype, 'from');
  const values = vi.spyOn(OwnedValues.prototype, 'get');
  return () =>
    values.mock.calls.length +
    lists.mock.results.reduce((sum, { value }) => sum + (value as readonly unknown[]).length, 0);
}

const file = { path: 'SKILL.md', bytes: utf8('x'), executable: false };
const files = [file];
const manifest = buildManifest(nativeCrypto, 'pdf', files);
const newer = buildManifest(nativeCrypto, 'pdf', [...files, { ...file, path: 'more' }]);
const sha256 = manifestSha256(nativeCrypto, manifest);

function requireNone(problem: Problem | undefined): void {
  if (problem !== undefined) throw new Error(problem.join(': '));
}

/** A book that takes what the rules let through, each record in a batch of its own. */
class Taking {
  readonly book = new RecordBook(new Remembered());
  #position = 0;

  add(issuer: string, body: RecordBody): UnsignedRecord {
    const sn = ++this.#position;
    const record = buildRecord(nativeCrypto, { issuer, sn, logId: 'Elog' }, body);
    this.book.add(record, sn);
    return record;
  }

  release(issuer: string, version: string, controller?: string, of = manifest): UnsignedRecord {
    const previous = newestRelease(this.book, controller ?? issuer, 'pdf')?.said;
    const body: Release = {
      type: 'release',
      manifest: of,
      sha256: manifestSha256(nativeCrypto, of),
      version,
      previous,
      controller,
      source: undefined,
    };
    requireNone(releaseProblem(this.book, issuer, body));
    return this.add(issuer, body);
  }

  /** Of every release of the name by the board, in the name of somebody. */
  revoke(issuer: string, controller?: string, note = ''): void {
    const body: Revoke = {
      type: 'revoke',
      target: { kind: 'name', publisher: BOARD, name: 'pdf' },
      subject: { name: 'pdf', sha256 },
      reason: 'withdrawn',
      note,
      replacement: undefined,
      controller,
    };
    requireNone(revokeProblem(this.book, issuer, body));
    this.add(issuer, body);
  }

  /** The device is linked, and revoked before it seals anything. */
  revokedDevice(): void {
    this.add(BOARD, {
      type: 'device-link',
      device: DEVICE,
      name: 'ci',
      capabilities: ['release'],
    });
    this.add(BOARD, { type: 'device-revoke', device: DEVICE, reason: 'stolen' });
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('newestRelease()', () => {
  it('passes over what a revoked device released in the name of its controller at one step each', () => {
    const taking = new Taking();
    const first = taking.release(BOARD, '1');
    taking.revokedDevice();
    const looked = vi.spyOn(RecordBook.prototype, 'disputed');
    for (let n = 0; n < MANY; n++) taking.release(DEVICE, `9.${n}`, BOARD);
    expect(newestRelease(taking.book, BOARD, 'pdf')?.said).toBe(first.said);
    expect(looked.mock.calls.length).toBeLessThan(10 * MANY);
  });

  it('passes over releases that recoveries superseded, one after the other, at one step each', () => {
    const taking = new Taking();
    const first = taking.release(BOARD, '1');
    const looked = vi.spyOn(RecordBook.prototype, 'disputed');
    for (let n = 0; n < MANY; n++) {
      const { sn } = taking.release(BOARD, `2.${n}`);
      taking.book.supersede(BOARD, sn, 'Erotation', sn);
    }
    expect(newestRelease(taking.book, BOARD, 'pdf')?.said).toBe(first.said);
    expect(looked.mock.calls.length).toBeLessThan(10 * MANY);
  });
});

describe('revokeProblem()', () => {
  it('looks neither through the releases of a name nor through what revoked fewer of them', () => {
    const taking = new Taking();
    const read = counted();
    for (let n = 0; n < MANY; n++) {
      taking.release(BOARD, `1.${n}`);
      if (n % 2 === 0) taking.revoke(EVE);
    }
    for (let n = 0; n < MANY; n++) taking.release(BOARD, `2.${n}`, undefined, newer);
    for (let n = 0; n < MANY; n++) taking.revoke(EVE, `Enobody${n}`);
    expect(read()).toBeLessThan(40 * MANY);
  });

  it('does not look through what a revoked device revoked in the name of its controller', () => {
    const taking = new Taking();
    taking.release(BOARD, '1');
    taking.revokedDevice();
    const looked = vi.spyOn(RecordBook.prototype, 'linksTo');
    for (let n = 0; n < MANY; n++) taking.revoke(DEVICE, BOARD, `${n}`);
    expect(looked.mock.calls.length).toBeLessThan(10 * MANY);
    taking.revoke(BOARD);
    expect(() => taking.revoke(BOARD)).toThrow('revoke-twice');
  });
});

describe('standingOfRelease()', () => {
  it('judges no revocation of a name that came before the release, nor one after the first in force', () => {
    const taking = new Taking();
    for (let n = 0; n < MANY; n++) {
      taking.release(BOARD, `1.${n}`);
      taking.revoke(BOARD);
    }
    const { book } = taking;
    const lifts = vi.spyOn(RecordBook.prototype, 'liftOf');
    const standings = book.releases.all.map((release) =>
      standingOfRelease({ records: book } as Contents, release),
    );
    expect(lifts.mock.calls.length).toBeLessThan(10 * MANY);
    expect(standings.map(({ revocation }) => revocation?.covers)).toEqual(
      Array.from({ length: MANY }, (_, n) => n + 1),
    );
  });
});

describe('revocationsBy()', () => {
  it('judges no revocation after the first in force, where no more is asked for', () => {
    const taking = new Taking();
    for (let n = 0; n < MANY; n++) {
      taking.release(BOARD, `1.${n}`);
      taking.revoke(BOARD);
    }
    const contents = { records: taking.book } as Contents;
    const [release] = taking.book.releases.all;
    const lifts = vi.spyOn(RecordBook.prototype, 'liftOf');
    const [first] = revocationsBy(contents, release ?? '', [BOARD]);
    expect(first?.covers).toBe(1);
    expect(lifts.mock.calls.length).toBeLessThan(10);
    expect([...revocationsBy(contents, release ?? '', [BOARD])]).toHaveLength(MANY);
  });
});

describe('policyProblem()', () => {
  it('looks at the last approval alone', () => {
    const taking = new Taking();
    const read = counted();
    const policy = { type: 'repository-policy', previous: undefined } as const;
    const digests = ['1', '2'].map((digit) => digit.repeat(64)) as [string, string];
    for (let n = 0; n < MANY; n++) {
      const body = { ...policy, sha256: digests[n % 2] ?? '' };
      expect(policyProblem(taking.book, BOARD, body)).toBeUndefined();
      taking.add(BOARD, body);
    }
    const again = { ...policy, sha256: digests[1] };
    expect(policyProblem(taking.book, BOARD, again)?.[0]).toBe('policy-twice');
    expect(read()).toBeLessThan(10 * MANY);
  });
});
