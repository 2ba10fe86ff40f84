/** Audits, vouches, imports and exemptions in a log: what enters it, how it is found, and what counts of it. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { describeStatement } from '../../src/batch/describe-statement.ts';
import { fateLines } from '../../src/batch/superseded.ts';
import { statementStanding, type TrustEntry } from '../../src/index.ts';
import { authorityOf } from '../../src/log/acting.ts';
import type { Contents } from '../../src/log/contents.ts';
import { judgedStatements } from '../../src/log/devices.ts';
import { RecordBook } from '../../src/log/record-book.ts';
import { recordStanding } from '../../src/log/record-standing.ts';
import { Remembered } from '../../src/log/remembered.ts';
import { STATEMENT_CAPABILITIES } from '../../src/log/capabilities.ts';
import { revokeCapability, statedBy } from '../../src/log/stated.ts';
import { readRecord } from '../../src/log/stored-records.ts';
import type { Audit } from '../../src/records/audit.ts';
import type { RecordBody, UnsignedRecord } from '../../src/records/record.ts';
import type { Revoke } from '../../src/records/revoke.ts';
import { buildManifest, manifestSha256 } from '../../src/records/skill-manifest.ts';
import { newRelease } from '../../src/skills/new-release.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { link, revocation } from '../support/record-forge.ts';
import {
  type AboutFiles,
  audit,
  exemption,
  fullAudit,
  fullImport,
  fullVouch,
  imported,
  SOME_FILES,
  vouch,
} from '../support/skill-statements.ts';
import { reasonOf } from '../support/thrown.ts';

let memory: MemoryLog;
/** A 2-of-3 board, a device of nobody yet, a stranger. */
let board: string;
let ci: string;
let eve: string;

beforeEach(async () => {
  memory = new MemoryLog();
  board = await memory.member('board', 3, '2');
  const both = await memory.write(
    [memory.create('ci'), memory.create('eve')],
    ...names('ci', 1),
    ...names('eve', 1),
  );
  [ci = '', eve = ''] = both.events.map(({ aid }) => aid);
});

const nameOf = (aid: string): string => (aid === board ? 'board' : aid === ci ? 'ci' : 'eve');
const keysOf = (aid: string): readonly string[] =>
  aid === board ? names('board', 2) : names(nameOf(aid), 1);

/** Seals records in one event and commits; devices accept what they are linked by. */
async function seal(
  aid: string,
  ...bodies: readonly RecordBody[]
): Promise<readonly UnsignedRecord[]> {
  const accepting = bodies.some(({ type }) => type === 'device-link') ? names('ci', 1) : [];
  const batch = await memory.write([{ kind: 'seal', aid, bodies }], ...keysOf(aid), ...accepting);
  return batch.records;
}

async function sealed(aid: string, body: RecordBody): Promise<string> {
  const [record] = await seal(aid, body);
  return record?.said ?? '';
}

async function refusal(aid: string, ...bodies: readonly RecordBody[]): Promise<string> {
  return reasonOf(async () => memory.stage([{ kind: 'seal', aid, bodies }]));
}

function entryOf(said: string): TrustEntry {
  const entry = memory.log.contents.records.trust.entry(said);
  if (entry === undefined) throw new Error('it is in the log');
  return entry;
}

const standing = (said: string) => statementStanding(memory.log.contents, entryOf(said));

function takeBack(said: string, more: Partial<Revoke> = {}): Revoke {
  const subject = statedBy(memory.log.contents.records, said)?.subject;
  return {
    type: 'revoke',
    target: { kind: 'statement', said },
    subject: subject ?? SOME_FILES.subject,
    reason: 'mistaken',
    note: '',
    replacement: undefined,
    controller: undefined,
    ...more,
  };
}

/** Eve rotates to the keys of a generation. */
async function rotateEve(
  generation: number,
  more: { readonly supersede?: number; readonly lift?: 'all' | readonly string[] },
): Promise<void> {
  const rotation = memory.rotate(eve, 'eve', generation);
  if (rotation.kind !== 'rotate') throw new Error('a rotation rotates');
  await memory.write([{ ...rotation, ...more }], ...names('eve', 1, generation));
}

/** A release by the board, and what statements call its files. */
async function released(text: string): Promise<AboutFiles> {
  const manifest = buildManifest(memory.crypto, 'pdf', [
    { path: 'SKILL.md', bytes: utf8(text), executable: false },
  ]);
  const { records } = memory.log.contents;
  const choices = { manifest, version: text, issuer: board, controller: undefined };
  await seal(board, newRelease(memory.crypto, records, choices));
  const subject = { name: 'pdf', sha256: manifestSha256(memory.crypto, manifest) };
  return { manifest: manifest.said, subject };
}

describe('a statement', () => {
  test('of a 2-of-3 board counts, with the signatures of two', async () => {
    const said = await sealed(board, audit(await released('1')));
    expect(standing(said)).toMatchObject({ counts: true, controller: board, reason: 'own' });
    const { record, signatures } = readRecord(memory.log, 'audit', said);
    expect(signatures.map(({ index }) => index)).toEqual([0, 1]);
    expect(recordStanding(memory.log.contents, record)).toMatchObject({ counts: true });
  });

  test.each([
    ['audit', () => audit(undefined, { controller: board })],
    ['vouch', () => vouch(eve, { controller: board })],
    ['import', () => imported(undefined, { controller: board })],
    ['exempt', () => exemption(undefined, { controller: board })],
  ] as const)(
    'of a device counts from its link to its revocation, with the capability %s',
    async (capability, make) => {
      const before = await sealed(ci, make());
      await seal(board, link(ci, [capability]));
      const during = await sealed(ci, make());
      await seal(board, revocation(ci));
      const after = await sealed(ci, make());
      const others = ['audit', 'vouch', 'import', 'exempt', 'release', 'sign-statement'];
      await seal(board, link(ci, others.filter((one) => one !== capability).toSorted()));
      const without = await sealed(ci, make());
      expect([before, during, after, without].map((said) => standing(said).reason)).toEqual([
        'device-not-linked',
        'device',
        'device-revoked',
        'capability-missing',
      ]);
      expect([before, during, after, without].map((said) => standing(said).counts)).toEqual([
        false,
        true,
        false,
        false,
      ]);
    },
  );

  test('is found by whose it is and what it is about, newest first; a stranger is in nobody else’s lists', async () => {
    const about = await released('1');
    const [first, second] = [
      await sealed(board, audit(about)),
      await sealed(board, audit(about, { from: SOME_FILES.manifest })),
    ];
    const forged = await sealed(eve, audit(about, { controller: board }));
    const vouched = await sealed(board, vouch(eve));
    const exempted = await sealed(board, exemption(about));
    const { trust } = memory.log.contents.records;
    const saids = (entries: Iterable<TrustEntry>): readonly string[] =>
      [...entries].map(({ said }) => said);
    expect(saids(trust.auditsBy(board, about.manifest))).toEqual([second, first]);
    expect(saids(trust.auditsBy(eve, about.manifest))).toEqual([]);
    expect(saids(trust.saidBy(eve, about.manifest))).toEqual([forged]);
    expect(saids(trust.auditsBy(board, SOME_FILES.manifest))).toEqual([]);
    expect(saids(trust.vouchesBy(board))).toEqual([vouched]);
    expect(saids(trust.vouchesAbout(board, eve))).toEqual([vouched]);
    expect(saids(trust.vouchesAbout(eve, board))).toEqual([]);
    expect(saids(trust.exemptionsBy(board, about.manifest))).toEqual([exempted]);
    expect(saids(trust.saidBy(board, about.manifest))).toEqual([second, first, exempted]);
    expect(saids(trust.statementsBy(board))).toEqual([exempted, vouched, second, first]);
    expect([...trust.speakersOn(about.manifest)]).toEqual([board, eve]);
    expect(standing(forged)).toMatchObject({ counts: false, reason: 'device-not-linked' });
  });

  test('names a released manifest as its release does', async () => {
    const about = await released('1');
    const other = { ...about, subject: { ...about.subject, sha256: '0'.repeat(64) } };
    for (const body of [audit(other), imported(other), exemption(other)])
      expect(await refusal(eve, body)).toBe('statement-subject');
    await seal(eve, audit({ ...other, manifest: SOME_FILES.manifest }));
  });

  test('loses against a release that came first and calls the files otherwise', async () => {
    const manifest = buildManifest(memory.crypto, 'pdf', []);
    const wrong = { manifest: manifest.said, subject: { name: 'pdf', sha256: '0'.repeat(64) } };
    const batch = await memory.stage([{ kind: 'seal', aid: eve, bodies: [audit(wrong)] }]);
    await memory.sign(batch, ...names('eve', 1));
    const choices = { manifest, version: '1', issuer: board, controller: undefined };
    await seal(board, newRelease(memory.crypto, memory.log.contents.records, choices));
    expect(await memory.commit(batch, names('eve', 1))).toMatchObject({
      status: 'conflict',
      reason: 'statement-subject',
    });
  });

  test('is vouched by others only', async () => {
    expect(await refusal(eve, vouch(eve))).toBe('vouch-self');
    expect(await refusal(ci, vouch(board, { controller: board }))).toBe('vouch-self');
    await seal(eve, vouch(board, { level: 'distrust' }));
  });
});

describe('what is taken back', () => {
  test.each([
    ['audit', () => audit()],
    ['failed audit', () => audit(undefined, { result: 'fail' })],
    ['vouch', () => vouch(board)],
    ['import', () => imported()],
    ['exemption', () => exemption()],
  ] as const)('counts no more: the %s', async (_, make) => {
    const said = await sealed(eve, make());
    expect(standing(said)).toMatchObject({ counts: true, retraction: undefined });
    const [back] = await seal(eve, takeBack(said));
    expect(standing(said)).toMatchObject({
      counts: false,
      reason: 'retracted',
      retraction: { said: back?.said },
    });
    const { record } = readRecord(memory.log, entryOf(said).type, said);
    expect(recordStanding(memory.log.contents, record).counts).toBe(false);
    expect(await refusal(eve, takeBack(said, { note: 'again' }))).toBe('revoke-twice');
  });

  test('counts no more: the statement about files of a device', async () => {
    await seal(board, link(ci, ['sign-statement']));
    const subjects = [
      { name: `a\n${'x'.repeat(300)}`, sha256: '1'.repeat(64) },
      { name: 'b.tgz', sha256: '2'.repeat(64) },
    ];
    const said = await sealed(ci, { type: 'statement', subjects, controller: board });
    expect(judgedStatements(memory.log.contents, ci)).toMatchObject([{ said, counts: true }]);
    await seal(board, takeBack(said));
    expect(judgedStatements(memory.log.contents, ci)).toMatchObject([{ said, counts: false }]);
  });

  test('is the own of whoever takes it back, and there', async () => {
    const said = await sealed(eve, audit());
    expect(await refusal(board, takeBack(said))).toBe('revoke-foreign');
    expect(
      await refusal(eve, takeBack(said, { subject: { name: 'x', sha256: '0'.repeat(64) } })),
    ).toBe('revoke-target');
    expect(await refusal(eve, takeBack(SOME_FILES.manifest))).toBe('revoke-target');
    await seal(board, takeBack(said, { controller: eve }));
    expect(standing(said).counts).toBe(true);
  });

  test('is taken back by a device that may state it', async () => {
    const said = await sealed(board, audit());
    await seal(board, link(ci, ['release', 'vouch']));
    await seal(ci, takeBack(said, { controller: board }));
    expect(standing(said).counts).toBe(true);
    await seal(board, revocation(ci));
    await seal(board, link(ci, ['audit']));
    await seal(ci, takeBack(said, { controller: board }));
    expect(standing(said)).toMatchObject({ counts: false, retraction: { issuer: ci } });
  });

  test('needs the capability of what it is', async () => {
    const { records } = memory.log.contents;
    const said = await sealed(eve, exemption());
    expect(revokeCapability(records, { kind: 'statement', said })).toBe('exempt');
    expect(revokeCapability(records, { kind: 'manifest', said })).toBe('release');
  });
});

describe('what was superseded', () => {
  test('counts as absent, but for an audit that failed, until that is lifted', async () => {
    const passed = await sealed(eve, audit());
    const { sn } = memory.stateOf(eve);
    const failed = await sealed(eve, audit(undefined, { result: 'fail' }));
    const vouched = await sealed(eve, vouch(board, { level: 'distrust' }));
    await rotateEve(1, { supersede: sn });
    expect([passed, failed, vouched].map((said) => standing(said).counts)).toEqual([
      false,
      true,
      false,
    ]);
    const { record } = readRecord(memory.log, 'audit', failed);
    expect(recordStanding(memory.log.contents, record).why).toContain('until it is lifted');
    const rotation = memory.rotate(eve, 'eve', 2);
    const lifting = { ...rotation, lift: [passed] } as typeof rotation;
    expect(await reasonOf(async () => memory.stage([lifting]))).toBe('lift-target');
    await rotateEve(2, { lift: [failed] });
    expect(standing(failed)).toMatchObject({ counts: false, reason: 'lifted' });
    expect(recordStanding(memory.log.contents, record).counts).toBe(false);
  });

  test('stays taken back, until that is lifted', async () => {
    const said = await sealed(eve, audit());
    const { sn } = memory.stateOf(eve);
    await seal(eve, takeBack(said));
    await rotateEve(1, { supersede: sn + 1 });
    expect(standing(said)).toMatchObject({ counts: false, reason: 'retracted' });
    await rotateEve(2, { lift: 'all' });
    expect(standing(said)).toMatchObject({ counts: true });
  });

  test.each([
    ['a failed audit', () => audit(undefined, { result: 'fail' })],
    ['distrust', () => vouch(board, { level: 'distrust' })],
  ] as const)('takes nothing back of %s, and cannot be lifted', async (_, make) => {
    const said = await sealed(eve, make());
    const { sn } = memory.stateOf(eve);
    const [back] = await seal(eve, takeBack(said));
    expect(standing(said).counts).toBe(false);
    await rotateEve(1, { supersede: sn + 1 });
    expect(standing(said)).toMatchObject({ counts: true, retraction: undefined });
    const { record } = readRecord(memory.log, 'revoke', back?.said ?? '');
    expect(recordStanding(memory.log.contents, record)).toMatchObject({
      counts: false,
      why: expect.stringContaining('was superseded') as string,
    });
    const lifting = { ...memory.rotate(eve, 'eve', 2), lift: [back?.said ?? ''] };
    expect(await reasonOf(async () => memory.stage([lifting as never]))).toBe('lift-target');
    const again = await memory.write(
      [{ kind: 'seal', aid: eve, bodies: [takeBack(said)] }],
      ...names('eve', 1, 1),
    );
    expect(standing(said)).toMatchObject({
      counts: false,
      retraction: { said: again.records[0]?.said },
    });
  });

  test('is told by fateLines(), which knows types only', async () => {
    const [record] = await seal(eve, audit());
    const { logId } = memory.log.contents.genesis ?? { logId: '' };
    const bytes = memory.log.readEvent(eve, memory.stateOf(eve).sn);
    expect(bytes).toBeDefined();
    const event = {
      type: 'ixn',
      sn: 1,
      said: 'E',
      seals: [{ t: `gitkel/audit/${logId}`, d: record?.said ?? '' }],
    };
    const lines = fateLines(event as never, logId, new Set());
    expect(lines.join('\n')).toContain('no longer counts, unless it says that the skill failed');
    const back = { ...event, seals: [{ t: `gitkel/revoke/${logId}`, d: record?.said ?? '' }] };
    expect(fateLines(back as never, logId, new Set()).join('\n')).toContain(
      'stays in force, unless it takes back a failed audit or distrust',
    );
  });
});

test('describeStatement() shows all that is signed, and what it means', () => {
  const words = (body: Parameters<typeof describeStatement>[0]): string =>
    describeStatement(body, board).join('\n');
  const failed = words(fullAudit());
  for (const part of [
    'FAILS',
    'only what changed',
    '3'.repeat(64),
    '5'.repeat(64),
    'scanner',
    '\\u00ef',
  ])
    expect(failed).toContain(part);
  expect(failed).not.toContain('ï');
  expect(words(audit())).toContain('PASSES');
  expect(words(fullVouch(eve))).toContain('EVERY RELEASE by it meets');
  expect(words(vouch(eve, { level: 'distrust' }))).toContain(`DISTRUST ${eve}`);
  expect(words(fullImport())).toContain('whose author is not verified');
  expect(words(exemption())).toContain('EXEMPT "notes"');
});

/** What somebody does in the run of a property: to whichever of the earlier records the number picks. */
type Deed = readonly [
  who: 'board' | 'ci' | 'eve',
  does:
    | 'pass'
    | 'fail'
    | 'vouch'
    | 'exempt'
    | 'take back'
    | 'link'
    | 'unlink'
    | 'supersede'
    | 'lift',
  pick: number,
];

/** A record of the run, as the oracle sees it. */
interface Said {
  readonly record: UnsignedRecord;
  readonly position: number;
  gone: boolean;
  lifted: boolean;
}

describe('statementStanding()', () => {
  const deeds = fc.array(
    fc.tuple(
      fc.constantFrom<Deed[0]>('board', 'ci', 'ci', 'eve'),
      fc.constantFrom<Deed[1]>(
        'pass',
        'fail',
        'vouch',
        'exempt',
        'take back',
        'take back',
        'link',
        'unlink',
        'supersede',
        'lift',
      ),
      fc.nat(40),
    ),
    { maxLength: 60, size: 'max' },
  );

  test('is what going through all records says, whatever came in which order', () => {
    fc.assert(
      fc.property(deeds, (run) => {
        const { book, all } = play([['board', 'link', 1], ...run]);
        const contents = { records: book } as Contents;
        for (const { record } of all) {
          const entry = book.trust.entry(record.said);
          if (entry === undefined) continue;
          expect(statementStanding(contents, entry).counts).toBe(expected(book, all, record.said));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Plays a run on a book, and writes down what the oracle needs. */
function play(run: readonly Deed[]): { readonly book: RecordBook; readonly all: readonly Said[] } {
  const book = new RecordBook(new Remembered());
  const all: Said[] = [];
  for (const [position, [who, does, pick]] of run.entries()) {
    if (does === 'supersede') {
      const from = position - (pick % 8);
      book.supersede(who, from, `by ${position}`, position);
      for (const one of all)
        if (one.record.issuer === who && one.record.sn >= from) one.gone = true;
      continue;
    }
    const body = bodyOf(book, all, who, does, pick);
    if (body === undefined) continue;
    const record = {
      said: `record ${position}`,
      issuer: who,
      sn: position,
      logId: 'E',
      body,
      bytes: new Uint8Array(),
    };
    book.add(record, position);
    all.push({ record, position, gone: false, lifted: false });
  }
  for (const { record, gone } of all) {
    if (gone || record.body.type !== 'lift') continue;
    for (const one of all) if (record.body.records.includes(one.record.said)) one.lifted = true;
  }
  return { book, all };
}

function bodyOf(
  book: RecordBook,
  all: readonly Said[],
  who: string,
  does: Exclude<Deed[1], 'supersede'>,
  pick: number,
): RecordBody | undefined {
  const controller = who === 'ci' && pick % 2 === 0 ? 'board' : undefined;
  const result = does === 'fail' ? ('fail' as const) : ('pass' as const);
  switch (does) {
    case 'pass':
    case 'fail':
      return audit(undefined, { controller, result });
    case 'vouch':
      return vouch('E', { controller });
    case 'exempt':
      return exemption(undefined, { controller });
    case 'take back': {
      const stated = all
        .flatMap(({ record }) => statedBy(book, record.said) ?? [])
        .at(-1 - (pick % 3));
      return stated === undefined
        ? undefined
        : { ...takenBack(stated.said), subject: stated.subject, controller };
    }
    case 'link':
      return book.linkInForce('board', 'ci') !== undefined || who !== 'board'
        ? undefined
        : link('ci', pick % 3 === 0 ? ['audit'] : ['audit', 'exempt', 'vouch']);
    case 'unlink':
      return book.linkInForce('board', 'ci') === undefined || who !== 'board'
        ? undefined
        : revocation('ci');
    case 'lift': {
      const open = book
        .disputedOf(who)
        .find(({ said, stays }) => stays && book.liftOf(said) === undefined);
      return open && { type: 'lift', records: [open.said], reason: '' };
    }
  }
}

function takenBack(said: string): Revoke {
  return {
    type: 'revoke',
    target: { kind: 'statement', said },
    subject: SOME_FILES.subject,
    reason: 'mistaken',
    note: '',
    replacement: undefined,
    controller: undefined,
  };
}

/** Whether a record counts, found out by looking at all of them; only who acts for whom is asked elsewhere. */
function expected(book: RecordBook, all: readonly Said[], said: string): boolean {
  const one = all.find(({ record }) => record.said === said);
  const stated = statedBy(book, said);
  if (one === undefined || stated === undefined) return false;
  const isFail = (one.record.body as Audit).result === 'fail';
  const capability = STATEMENT_CAPABILITIES[stated.type];
  const acts = ({ record, position }: Said): boolean => {
    const { controller } = record.body as Audit;
    return authorityOf(book, { said, issuer: record.issuer, controller, position }, capability)
      .counts;
  };
  const isIn = (some: Said, stays: boolean): boolean => !some.gone || (stays && !some.lifted);
  const back = all.some(
    (other) =>
      other.record.body.type === 'revoke' &&
      other.record.body.target.kind === 'statement' &&
      other.record.body.target.said === said &&
      (other.record.body.controller ?? other.record.issuer) === stated.controller &&
      acts(other) &&
      isIn(other, !isFail),
  );
  return acts(one) && isIn(one, isFail) && !back;
}
