/** Reports as data, made in memory: of delegation, recovery, weights, witnesses and late signatures, and of what does not verify. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  audit,
  type AuditOptions,
  type AuditReport,
  BatchNotes,
  type Contents,
  digestSeal,
  makeReport,
  type Operation,
  portableCrypto,
} from '../../src/index.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { lateIndices } from '../../src/report/establishment-report.ts';
import { plainText } from '../../src/report/plain-text.ts';
import { FoldedLog } from '../support/folded-log.ts';
import { MemoryLog, names } from '../support/memory-log.ts';

let memory: MemoryLog;
let company: string;
let team: string;
let weighted: string;

beforeAll(async () => {
  memory = new MemoryLog();
  const board = names('company', 3);
  const founding = await memory.write([memory.create('company', 3, '2')], ...board.slice(1));
  company = founding.events[0]?.aid ?? '';
  const delegated = await memory.write(
    [memory.create('team', 1, '1', { delegator: company })],
    ...board,
    'team.0.0',
  );
  team = delegated.events[1]?.aid ?? '';
  await memory.write([memory.anchor(team, digestSeal(team))], 'team.0.0');
  await memory.write([memory.anchor(team)], 'team.0.0');
  const recovery = { ...memory.rotate(team, 'team', 1), supersede: 1 } as Operation;
  await memory.write([recovery], 'team.1.0', ...board.slice(0, 2));
  const create = memory.create('weighted', 3, '1/2,1/2,1/4');
  const created = await memory.write([create], ...names('weighted', 2));
  weighted = created.events[0]?.aid ?? '';
});

/** Audits the log and makes the report of that. */
function reported(more: AuditOptions = {}, notes = new BatchNotes()): AuditReport {
  let contents: Contents | undefined;
  const verdict = audit(memory.host, memory.dir, {
    ...more,
    onChecked: (batch) => notes.add(batch),
    recall: (verified) => {
      contents = verified;
      return { known: false, alarms: [], notes: [] };
    },
  });
  if (contents === undefined) throw new Error('an audit recalls what it knows');
  const { crypto } = memory;
  const terms = { source: 'memory', madeBy: 'a test', madeAt: 1 };
  return makeReport(verdict, { crypto, contents, notes }, terms);
}

const identity = (report: AuditReport, aid: string) =>
  report.identities.find((one) => one.aid === aid);

describe('makeReport()', () => {
  test('tells who signed, who was missing, and what each key weighs', () => {
    const report = reported();
    expect(report.verdict).toMatchObject({ state: 'valid', identity: 'not pinned' });
    const [founding] = identity(report, company)?.establishments ?? [];
    expect(founding?.keys.map(({ part }) => part)).toEqual(['missing', 'signed', 'signed']);
    const [inception] = identity(report, weighted)?.establishments ?? [];
    expect(inception).toMatchObject({ threshold: '1/2,1/2,1/4', type: 'icp', revealed: null });
    expect(inception?.keys.map(({ weight, part }) => [weight, part])).toEqual([
      ['1/2', 'signed'],
      ['1/2', 'signed'],
      ['1/4', 'missing'],
    ]);
    expect(report.batches[0]?.events).toMatchObject([{ keys: 3, signed: [1, 2], late: [] }]);
  });

  test('tells who approved a delegate, and what a recovery superseded', () => {
    const report = reported();
    const delegate = identity(report, team);
    expect(delegate).toMatchObject({ delegator: company, approvalStands: true });
    expect(delegate?.roles).toContain('delegated');
    expect(identity(report, company)?.roles).toEqual(
      expect.arrayContaining(['founder', 'committer', 'multi-sig', 'delegator']),
    );
    expect(delegate?.establishments).toMatchObject([
      { type: 'dip', sn: 0, approval: { delegator: company }, superseded: null },
      { type: 'drt', sn: 1, approval: { delegator: company }, revealed: { indices: [0], of: 1 } },
    ]);
    expect(delegate?.superseded).toMatchObject([
      { sn: 1, type: 'ixn', by: { sn: 1 } },
      { sn: 2, type: 'ixn', by: { sn: 1 } },
    ]);
    const events = report.batches.flatMap((batch) => batch.events);
    expect(events.filter(({ superseded }) => superseded).map(({ sn }) => sn)).toEqual([1, 2]);
  });

  test('is the same with either implementation, of notes that began anew, and after JSON', () => {
    const report = reported();
    const notes = new BatchNotes();
    reported({}, notes);
    expect(reported({}, notes)).toEqual(report);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    const { host } = memory;
    const both = { ...host, crypto: portableCrypto };
    const again = audit(both, memory.dir, { onChecked: (batch) => notes.add(batch) });
    expect(again.state).toBe('valid');
    expect(notes.batches).toHaveLength(report.batches.length);
  });

  test('tells first why a log does not verify, then what verified before', () => {
    const report = reported({ expectedLog: 'EAnother' });
    expect(report.verdict).toMatchObject({ state: 'invalid', reason: 'expected-log' });
    expect(report.verdict.why[0]).toMatch(/^1 finding against it\. .* batches 0 to 5\.$/);
    expect(report.verdict.why[1]).toContain('It is not what was expected');
    expect(report.identities).toHaveLength(3);
  });
});

test('lateIndices() are those that a later batch proved', async () => {
  const log = await FoldedLog.begin();
  const witnesses = ['w.0', 'w.1'].map((name) => log.witness(name));
  const inception = log.inception('slow', {
    keys: 3,
    threshold: 2,
    witnesses,
    witnessThreshold: 1,
  });
  const { aid } = inception;
  log.apply([await log.file(inception, undefined)]);
  const event = log.interaction(aid, [{ d: aid }]);
  const before = log.state(aid);
  log.apply([await log.file(event, before, { signers: [0, 1], witnesses: [1] })]);
  const of = (kind: 'indices' | 'witnessIndices', first: readonly number[], size: number) =>
    lateIndices(log, event.said, kind, { first, size });
  expect(of('indices', [0, 1], 3)).toEqual([]);
  log.apply([
    log.proof(event, await log.attachments(event, before, { signers: [2], witnesses: [0] })),
  ]);
  expect(of('indices', [0, 1], 3)).toEqual([2]);
  expect(of('witnessIndices', [1], 2)).toEqual([0]);
});

test('plainText() cuts text of others, and writes out what is not seen', () => {
  expect(plainText('a\u202Eb\u0007\u2028\uD800<b>')).toBe(
    String.raw`a\u202eb\u0007\u2028\ud800<b>`,
  );
  const most = LIMITS.reportTextCharacters;
  expect(plainText('x'.repeat(most))).toHaveLength(most);
  expect(plainText('x'.repeat(most + 1))).toHaveLength(most + 1);
  expect(plainText('x'.repeat(most + 1)).at(-1)).toBe('…');
});
