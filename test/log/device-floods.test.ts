/**
 * What is sealed in the name of a controller by a device that may not speak for it: it takes no room among what counts, and
 * nobody who looks something up pays for it.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nativeCrypto } from '../../src/index.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { authorityOf } from '../../src/log/acting.ts';
import { Contents } from '../../src/log/contents.ts';
import { OwnedValues } from '../../src/log/owned-values.ts';
import { PagedList } from '../../src/log/paged-list.ts';
import { RecordBook } from '../../src/log/record-book.ts';
import { recordStanding } from '../../src/log/record-standing.ts';
import { Remembered, valueBytes } from '../../src/log/remembered.ts';
import { revokeProblem } from '../../src/log/release-rules.ts';
import { newestRelease, releasesOf, revocationsBy } from '../../src/log/releases.ts';
import { revokeCapability } from '../../src/log/stated.ts';
import { statementStanding } from '../../src/log/trust-standing.ts';
import { buildRecord, type RecordBody, type UnsignedRecord } from '../../src/records/record.ts';
import type { Release } from '../../src/records/release.ts';
import type { Revoke, RevokeTarget } from '../../src/records/revoke.ts';
import { buildManifest, manifestSha256 } from '../../src/records/skill-manifest.ts';
import { closestRelease } from '../../src/skills/closest-release.ts';
import { answersFor } from '../../src/skills/legacy-answers.ts';
import { requireReleasable } from '../../src/skills/new-release.ts';
import { revocationFacts } from '../../src/skills/revocation-facts.ts';
import { factsOf } from '../../src/skills/trust-facts.ts';
import { vouchesIn } from '../../src/skills/vouch-facts.ts';
import type { SkillFacts } from '../../src/trust/facts.ts';
import { statedPolicy } from '../../src/trust/stated-policy.ts';
import { viewpointOf } from '../../src/trust/viewpoint.ts';
import { link, revocation } from '../support/record-forge.ts';
import { audit, exemption, imported, vouch } from '../support/skill-statements.ts';

const [BOARD, DEVICE, EVE, MAX] = ['B', 'D', 'V', 'X'].map((one) => `E${one.repeat(43)}`) as [
  string,
  string,
  string,
  string,
];
const LONG = Number(process.env['GITKEL_LONG'] ?? 1);
const TODAY = 20_800;
const MANY = 400;
/** Reads that a lookup may cost more because a device ever said something. */
const SPARE = 40;

const FILES = buildManifest(nativeCrypto, 'pdf', [
  { path: 'SKILL.md', bytes: utf8('x'), executable: false },
]);
const CHANGED = buildManifest(nativeCrypto, 'pdf', [
  { path: 'SKILL.md', bytes: utf8('y'), executable: false },
]);
const SUBJECT = { name: 'pdf', sha256: manifestSha256(nativeCrypto, FILES) };
const ABOUT = { manifest: FILES.said, subject: SUBJECT };

/** The reason for which something is refused; empty where it is not. */
function reasonThrown(run: () => void): string {
  try {
    run();
    return '';
  } catch (error) {
    return error instanceof GitkelError ? (error.reason ?? error.code) : String(error);
  }
}

/** A log of nothing but records, each in a batch of its own. */
class Records {
  contents = new Contents();
  #position = 0;

  get book() {
    return this.contents.records;
  }

  add(issuer: string, body: RecordBody): UnsignedRecord {
    const sn = ++this.#position;
    const record = buildRecord(nativeCrypto, { issuer, sn, logId: 'Elog' }, body);
    this.book.add(record, sn);
    return record;
  }

  release(issuer: string, version: string, controller?: string, of = FILES): UnsignedRecord {
    const body: Release = {
      type: 'release',
      manifest: of,
      sha256: manifestSha256(nativeCrypto, of),
      version,
      previous: newestRelease(this.book, controller ?? issuer, 'pdf')?.said,
      controller,
      source: undefined,
    };
    return this.add(issuer, body);
  }

  revoke(target: RevokeTarget, controller: string | undefined, note = ''): Revoke {
    return {
      type: 'revoke',
      target,
      subject: SUBJECT,
      reason: 'withdrawn',
      note,
      replacement: undefined,
      controller,
    };
  }

  /** A device of the board that was revoked before it sealed anything. */
  revokedDevice(): void {
    this.add(BOARD, link(DEVICE, ['audit', 'exempt', 'import', 'release', 'vouch']));
    this.add(BOARD, revocation(DEVICE));
  }

  facts(): SkillFacts {
    const policy = statedPolicy(nativeCrypto, {
      roots: [{ aid: BOARD, level: 'high', names: [] }],
      criteria: [],
      require: {},
    });
    const view = viewpointOf(policy, vouchesIn(this.contents), TODAY);
    const skill = { name: 'pdf', manifest: FILES.said, tier: 'T0', isIntact: true } as const;
    const rest = { statesPermissions: false, release: undefined };
    return factsOf(this.contents, { ...skill, ...rest }, view);
  }
}

/** What a lookup gives, and how many items of lists and single values it reads. */
function measured<T>(look: () => T): { readonly found: T; readonly reads: number } {
  const spies = [
    vi.spyOn(PagedList.prototype, 'at'),
    vi.spyOn(OwnedValues.prototype, 'get'),
  ] as const;
  const lists = vi.spyOn(PagedList.prototype, 'from');
  const found = look();
  const reads =
    spies.reduce((sum, { mock }) => sum + mock.calls.length, 0) +
    lists.mock.results.reduce((sum, { value }) => sum + (value as readonly unknown[]).length, 0);
  vi.restoreAllMocks();
  return { found, reads };
}

/** The same lookup before and after a flood: the same answer, at much the same cost. */
function expectUnmoved(look: () => unknown, flood: () => void): void {
  const before = measured(look);
  flood();
  const after = measured(look);
  expect(after.found).toEqual(before.found);
  expect(after.reads).toBeLessThan(before.reads + SPARE);
}

function times(make: (n: number) => unknown): void {
  for (let n = 0; n < MANY; n++) make(n);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('what a revoked device seals in the name of its controller', () => {
  it('makes no audit, import or exemption dearer to find', () => {
    const log = new Records();
    for (const body of [audit(ABOUT), imported(ABOUT), exemption(ABOUT)]) log.add(BOARD, body);
    log.revokedDevice();
    expectUnmoved(
      () => log.facts(),
      () => {
        times((n) => {
          const more = { controller: BOARD, note: `${n}` };
          log.add(DEVICE, audit(ABOUT, { ...more, result: 'fail' }));
          log.add(DEVICE, imported(ABOUT, more));
          log.add(DEVICE, exemption(ABOUT, { controller: BOARD, reason: `${n}` }));
        });
      },
    );
  });

  it('makes no vouch dearer to find', () => {
    const log = new Records();
    log.add(BOARD, vouch(MAX));
    log.revokedDevice();
    log.contents.records.trust.atOnce = () => undefined;
    expectUnmoved(
      () => [...vouchesIn(log.contents)(BOARD)].map(({ about, standing }) => [about, standing]),
      () => {
        times((n) => log.add(DEVICE, vouch(EVE, { controller: BOARD, note: `${n}` })));
      },
    );
  });

  it('makes nothing dearer to find for who lets skills without a release in', () => {
    const log = new Records();
    log.add(BOARD, imported(ABOUT));
    log.revokedDevice();
    const trust = {
      maintainers: [BOARD],
      trust: { roots: [] },
    } as unknown as Parameters<typeof answersFor>[2];
    expectUnmoved(
      () => answersFor(log.contents, FILES, trust, { today: TODAY, view: undefined }),
      () => {
        times((n) => log.add(DEVICE, imported(ABOUT, { controller: BOARD, note: `${n}` })));
      },
    );
  });

  it('makes no statement dearer to judge by taking it back', () => {
    const log = new Records();
    const { said } = log.add(BOARD, audit(ABOUT));
    log.revokedDevice();
    const entry = log.book.trust.entry(said);
    if (entry === undefined) throw new Error('it was added');
    expectUnmoved(
      () => statementStanding(log.contents, entry),
      () => {
        times((n) => log.add(DEVICE, log.revoke({ kind: 'statement', said }, BOARD, `${n}`)));
      },
    );
  });

  it('makes no release dearer to judge by revoking it', () => {
    const log = new Records();
    const { said } = log.release(BOARD, '1');
    log.revokedDevice();
    const release = log.book.releases.release(said);
    if (release === undefined) throw new Error('it was added');
    const named: RevokeTarget = { kind: 'name', publisher: BOARD, name: 'pdf' };
    const flood = () => {
      times((n) => {
        for (const target of [named, { kind: 'release', said } as const])
          log.add(DEVICE, log.revoke(target, BOARD, `${n}`));
      });
    };
    expectUnmoved(
      () => [
        ...revocationsBy(log.contents, release, [BOARD]),
        revokeProblem(log.book, BOARD, log.revoke(named, undefined)),
      ],
      flood,
    );
    const skill = { manifest: FILES.said, release };
    const facts = measured(() => revocationFacts(log.contents, skill, new Set([BOARD])));
    expect(facts.found.map(({ standing }) => standing)).toEqual(['void', 'void']);
    expect(facts.reads).toBeLessThan(2 * SPARE);
  });

  it('makes nobody look at more releases of the same files, nor pushes those that count aside', () => {
    const log = new Records();
    log.release(BOARD, '1');
    log.revokedDevice();
    const held = {
      contents: log.contents,
      manifestOf: (said: string) =>
        log.book.releases.release(said)?.controller === BOARD ? FILES : undefined,
    } as unknown as Parameters<typeof closestRelease>[0];
    const before = closestRelease(held, CHANGED, [BOARD])?.release.said;
    expect(before).toBeDefined();
    times((n) => log.release(DEVICE, `9.${n}`, BOARD));
    expect(closestRelease(held, CHANGED, [BOARD])?.release.said).toBe(before);
    const { found, reads } = measured(() => releasesOf(log.contents, FILES.said, [BOARD]));
    expect(found[0]?.said).toBe(before);
    expect(found.length).toBeLessThanOrEqual(1 + LIMITS.comparedReleases);
    expect(reads).toBeLessThan(2 * SPARE);
  });
});

describe('what a revoked device releases in the name of its controller', () => {
  it('takes no version from who releases with other files', () => {
    const log = new Records();
    log.release(BOARD, '1');
    const next = { issuer: BOARD, controller: undefined, manifest: CHANGED } as const;
    const taken = (version: string): string =>
      reasonThrown(() => {
        requireReleasable(log.contents, { ...next, version });
      });
    log.revokedDevice();
    log.release(DEVICE, '2', BOARD);
    expect([taken('1'), taken('2')]).toEqual(['version-taken', '']);
  });
});

describe('what a device seals without the capability', () => {
  it('makes nothing dearer to find', () => {
    const log = new Records();
    log.add(BOARD, audit(ABOUT));
    log.add(BOARD, link(DEVICE, ['vouch']));
    expectUnmoved(
      () => log.facts(),
      () => {
        times((n) => log.add(DEVICE, audit(ABOUT, { controller: BOARD, note: `${n}` })));
      },
    );
  });
});

describe('whoever links a device', () => {
  it('makes nothing dearer that it says in the name of another one', () => {
    const log = new Records();
    log.add(BOARD, link(DEVICE, ['audit']));
    log.add(DEVICE, audit(ABOUT, { controller: BOARD }));
    expectUnmoved(
      () => log.facts(),
      () => {
        times((n) => log.add(`${EVE}${n}`, link(DEVICE, ['audit'])));
      },
    );
  });
});

describe('what a recovery took back', () => {
  it('takes no room, and nobody looks at it', () => {
    const log = new Records();
    log.add(BOARD, audit(ABOUT));
    expectUnmoved(
      () => log.facts(),
      () => {
        const { sn } = log.add(BOARD, vouch(EVE));
        times((n) => log.add(BOARD, audit(ABOUT, { note: `${n}` })));
        log.book.supersede(BOARD, sn, 'Erotation', sn + MANY + 1);
      },
    );
  });
});

describe('what a stranger releases', () => {
  it('is told in a few of its releases of the same files', () => {
    const log = new Records();
    const { said } = log.release(BOARD, '1');
    const look = () => releasesOf(log.contents, FILES.said)[0]?.said;
    times((n) => log.release(EVE, `${n}`));
    const { found, reads } = measured(look);
    expect(found).toBe(said);
    expect(reads).toBeLessThan(2 * SPARE);
  });
});

describe('what names a controller that never linked its issuer', () => {
  it('makes no release of the issuer dearer to follow', () => {
    const log = new Records();
    log.release(BOARD, '1');
    expectUnmoved(
      () => newestRelease(log.book, BOARD, 'pdf')?.said,
      () => {
        times((n) => log.release(BOARD, `${n}`, EVE));
      },
    );
  });
});

/** Numbers below others, always the same for a seed. */
function numbersOf(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Records of a board, two devices and a stranger by chance, and all that counts of them, found by looking through all. */
class Chance extends Records {
  readonly #next: (below: number) => number;
  readonly #made: UnsignedRecord[] = [];
  readonly #since = new Map<string, number>();
  readonly #kept = new Map<string, Uint8Array>();

  constructor(seed: number) {
    super();
    this.#next = numbersOf(seed);
  }

  #one<T>(of: readonly [T, ...T[]]): T {
    return of[this.#next(of.length)] ?? of[0];
  }

  override add(issuer: string, body: RecordBody): UnsignedRecord {
    const record = super.add(issuer, body);
    this.#made.push(record);
    return record;
  }

  /** Goes on from what is remembered of all records. */
  reread(): void {
    for (const [key, value] of this.book.changes()) this.#kept.set(key, valueBytes(value));
    const kept = new Map(this.#kept);
    const read = (key: string) => kept.get(key) ?? ('absent' as const);
    this.#holds(new RecordBook(new Remembered({ mark: null, read })));
  }

  #holds(records: RecordBook): void {
    this.contents = { records } as unknown as Contents;
  }

  /** What something finds in a copy, as batches are folded on one. */
  inCopy<T>(find: () => T): T {
    const { contents } = this;
    this.#holds(this.book.copy());
    const found = find();
    this.contents = contents;
    return found;
  }

  step(): void {
    const device = this.#one([DEVICE, MAX]);
    const issuer = this.#one([BOARD, DEVICE, MAX, EVE]);
    const controller = issuer === BOARD ? undefined : BOARD;
    const more = { controller, note: `${this.#made.length}` };
    switch (this.#next(10)) {
      case 0:
        if (this.book.linkInForce(BOARD, device) === undefined) {
          const all = ['audit', 'import', 'release', 'vouch'];
          this.add(
            BOARD,
            link(
              device,
              all.filter(() => this.#next(3) > 0),
            ),
          );
        }
        return;
      case 1:
        if (this.book.linkInForce(BOARD, device) !== undefined) this.add(BOARD, revocation(device));
        return;
      case 2:
        return this.#supersede(issuer);
      case 3:
        return this.#lift();
      case 4:
        this.add(issuer, vouch(EVE, more));
        return;
      case 5:
        this.add(issuer, imported(ABOUT, more));
        return;
      case 6:
        this.release(issuer, `${this.#made.length}`, controller);
        return;
      case 7: {
        const said = this.#made.findLast(({ body }) => body.type === 'audit')?.said;
        const kind = said === undefined || this.#next(2) === 0 ? 'manifest' : 'statement';
        const target = { kind, said: kind === 'manifest' ? FILES.said : (said ?? '') } as const;
        this.add(issuer, this.revoke(target, controller, more.note));
        return;
      }
      default:
        this.add(issuer, audit(ABOUT, { ...more, result: this.#one(['pass', 'fail']) }));
    }
  }

  /** A recovery takes back the last things that somebody said, as far as the recovery before it. */
  #supersede(issuer: string): void {
    const since = this.#since.get(issuer) ?? 0;
    const last = this.#made.filter((one) => one.issuer === issuer && one.sn > since).slice(-4);
    const from = last[this.#next(last.length + 1)]?.sn;
    if (from === undefined) return;
    const now = this.add(EVE, vouch(MAX, { note: `${this.#made.length}` })).sn;
    this.book.supersede(issuer, from, 'Erotation', now);
    this.#since.set(issuer, now);
  }

  #lift(): void {
    const lifted = this.book
      .disputedOf(BOARD)
      .find(({ said, stays }) => stays && this.book.liftOf(said) === undefined);
    if (lifted !== undefined) this.add(BOARD, { type: 'lift', records: [lifted.said], reason: '' });
  }

  /** SAIDs of what counts, by looking through everything. */
  everything(type: RecordBody['type']): readonly string[] {
    return this.#made
      .filter((record) => record.body.type === type && nameOf(record) === BOARD)
      .filter((record) => recordStanding(this.contents, record).counts)
      .map(({ said }) => said)
      .toSorted();
  }

  #found(type: RecordBody['type']): readonly { readonly said: string }[] {
    const { trust, releases, revokes } = this.book;
    switch (type) {
      case 'audit':
        return [...trust.auditsBy(BOARD, FILES.said)];
      case 'import':
        return [...trust.importsBy(BOARD, FILES.said)];
      case 'vouch':
        return [...trust.vouchesBy(BOARD)];
      case 'release':
        return [...releases.namedBack(BOARD, 'pdf')];
      default:
        return [...new Set(this.#made.flatMap(({ body }) => targetsOf(body)))].flatMap((text) => {
          const target = JSON.parse(text) as RevokeTarget;
          return [...revokes.of(BOARD, target, revokeCapability(this.book, target))];
        });
    }
  }

  /** SAIDs of what is found and counts, and how much is found that a device may not have said, or that was taken back. */
  looked(type: RecordBody['type']): {
    readonly counting: readonly string[];
    readonly idle: number;
  } {
    const records = this.#found(type).flatMap(({ said }) =>
      this.#made.filter((one) => one.said === said),
    );
    const counting = records.filter((record) => recordStanding(this.contents, record).counts);
    const idle = records.filter((record) => isIdle(this.book, record));
    return { counting: counting.map(({ said }) => said).toSorted(), idle: idle.length };
  }
}

function nameOf({ issuer, body }: UnsignedRecord): string {
  return ('controller' in body ? body.controller : undefined) ?? issuer;
}

function targetsOf(body: RecordBody): readonly string[] {
  return body.type === 'revoke' ? [JSON.stringify(body.target)] : [];
}

/** Whether a record never counts again, or its issuer may not say it as things stand. */
function isIdle(book: RecordBook, { said, issuer, body }: UnsignedRecord): boolean {
  const disputed = book.disputed(said);
  if (disputed !== undefined && !disputed.stays && body.type !== 'revoke') return true;
  if (issuer === BOARD) return false;
  const position = book.positionOf(said) ?? 0;
  const capability =
    body.type === 'revoke'
      ? revokeCapability(book, body.target)
      : body.type === 'release'
        ? 'release'
        : body.type;
  return !authorityOf(book, { said, issuer, controller: BOARD, position }, capability).counts;
}

describe('lookups of what is said in the name of a controller', () => {
  const TYPES = ['audit', 'import', 'vouch', 'release', 'revoke'] as const;

  it.each(Array.from({ length: 30 * LONG }, (_, seed) => seed))(
    'find all that counts, and nothing by a device that may not have said it (%d)',
    (seed) => {
      const log = new Chance(seed);
      let compared = 0;
      for (let step = 0; step < 120; step++) {
        log.step();
        if (step % 10 > 0) continue;
        for (const type of TYPES) {
          const every = log.everything(type);
          const all = { counting: every, idle: 0 };
          expect(log.looked(type)).toEqual(all);
          expect(log.inCopy(() => log.looked(type))).toEqual(all);
          compared += every.length;
        }
        if (seed % 2 === 0) log.reread();
      }
      expect(compared).toBeGreaterThan(0);
    },
  );
});
