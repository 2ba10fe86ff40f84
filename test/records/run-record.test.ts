/** Run records: read back as they were built, and everything that no parser takes, each for its own reason. */
import { expect, test } from 'vitest';
import { canonicalBytes, type Json, parseCanonical } from '../../src/base/canonical-json.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { describeRunRecord } from '../../src/batch/describe-run-record.ts';
import { nativeCrypto } from '../../src/index.ts';
import {
  buildRecord,
  parseRecord,
  type RecordBody,
  staysInForce,
} from '../../src/records/record.ts';
import { fullRunRecord, oneRun, runRecord } from '../support/run-records.ts';
import { reasonOf } from '../support/thrown.ts';

const AID = `E${'A'.repeat(43)}`;
const OTHER = `E${'B'.repeat(43)}`;
const HEAD = { issuer: AID, sn: 3, logId: `E${'C'.repeat(43)}` };

type Fields = { [key: string]: Json };

const at = (value: Json | undefined, ...keys: readonly string[]): Fields =>
  keys.reduce((fields, key) => fields[key] as Fields, value as Fields);

/** The bytes of a record after a change of its payload. */
function changed(body: RecordBody, change: (payload: Fields) => void): Uint8Array {
  const { bytes } = buildRecord(nativeCrypto, HEAD, body);
  const payload = structuredClone(parseCanonical(bytes, bytes.length, 'a payload')) as Fields;
  change(payload);
  return canonicalBytes(payload);
}

const many = (count: number) =>
  Array.from({ length: count }, (_, n) => oneRun(`2026-11-21-${n.toString(16).padStart(12, '0')}`));

test.each([runRecord(), fullRunRecord(), { ...fullRunRecord(), controller: OTHER }])(
  'a run record is read back as it was built',
  (body) => {
    const record = buildRecord(nativeCrypto, HEAD, body);
    expect(parseRecord(nativeCrypto, 'run-record', record.bytes)).toEqual(record);
    expect(staysInForce(body)).toBe(false);
  },
);

type Case = readonly [reason: string, what: string, change: (payload: Fields) => void];
const run = (p: Fields, index: string): Fields => at(p, 'predicate', 'runs', index);

test.each<Case>([
  ['statement-type', 'another predicate', (p) => (p['predicateType'] = 'urn:gitkel:run-record:2')],
  ['statement-type', 'another type inside', (p) => (at(p, 'predicate')['type'] = 'audit')],
  ['controller', 'its issuer as the controller', (p) => (at(p, 'predicate')['controller'] = AID)],
  ['field', 'a field that is unknown', (p) => (at(p, 'predicate')['more'] = 1)],
  ['field', 'a path', (p) => (run(p, '0')['path'] = '/etc/passwd')],
  ['subjects', 'no subject', (p) => (p['subject'] = [])],
  ['runs', 'fewer runs than subjects', (p) => (at(p, 'predicate')['runs'] = [run(p, '0')])],
  [
    'runs',
    'a run twice',
    (p) => {
      at(p, 'predicate')['runs'] = [run(p, '0'), run(p, '0')];
      p['subject'] = [at(p, 'subject', '0'), at(p, 'subject', '0')];
    },
  ],
  [
    'runs',
    'runs out of order',
    (p) => {
      at(p, 'predicate')['runs'] = [run(p, '1'), run(p, '0')];
      p['subject'] = [at(p, 'subject', '1'), at(p, 'subject', '0')];
    },
  ],
  ['statement-subject', 'another subject', (p) => (at(p, 'subject', '0')['name'] = 'x')],
  ['run-id', 'a name that is none', (p) => (run(p, '0')['id'] = '../../x')],
  ['run-id', 'a day that is none', (p) => (run(p, '0')['id'] = '2026-02-30-0123456789ab')],
  ['run-day', 'another day', (p) => (run(p, '0')['started'] = '2026-11-20')],
  ['said', 'a head that is no digest', (p) => (run(p, '0')['head'] = 'x')],
  ['said', 'a manifest that is no digest', (p) => (run(p, '0')['manifest'] = 'x')],
  ['said', 'a release that is no digest', (p) => (run(p, '0')['release'] = 'x')],
  [
    'subject-digest',
    'a file of no digest',
    (p) => (at(p, 'subject', '0', 'digest')['sha256'] = ''),
  ],
  ['run-lines', 'one line', (p) => (run(p, '0')['lines'] = 1)],
  ['run-lines', 'too many lines', (p) => (run(p, '0')['lines'] = LIMITS.runLogLines + 1)],
  ['statement-word', 'another sandbox', (p) => (run(p, '0')['sandbox'] = 'docker')],
  ['run-sources', 'another source', (p) => (run(p, '0')['sources'] = ['guess'])],
  ['run-sources', 'sources twice', (p) => (run(p, '0')['sources'] = ['proxy', 'proxy'])],
  ['run-sources', 'sources out of order', (p) => (run(p, '0')['sources'] = ['trace', 'proxy'])],
  ['day', 'a first day that is none', (p) => (at(p, 'predicate', 'period')['from'] = 'all')],
  ['run-period', 'a run before', (p) => (at(p, 'predicate', 'period')['from'] = '2026-11-22')],
  ['run-period', 'a run after', (p) => (at(p, 'predicate', 'period')['until'] = '2026-11-21')],
  [
    'run-period',
    'an end before its beginning',
    (p) => (at(p, 'predicate')['period'] = { from: '2026-11-23', until: '2026-11-20' }),
  ],
  [
    'run-period',
    'a run left out that is sealed',
    (p) => (at(p, 'predicate', 'period')['except'] = ['2026-11-22-00112233aabb']),
  ],
  ['run-period', 'nothing left out', (p) => (at(p, 'predicate', 'period')['except'] = [])],
  [
    'run-period',
    'a run left out of another day',
    (p) => (at(p, 'predicate', 'period')['except'] = ['2026-11-19-00112233aabb']),
  ],
  [
    'run-period',
    'a run left out twice',
    (p) => {
      const twice = ['2026-11-21-00112233aabb', '2026-11-21-00112233aabb'];
      at(p, 'predicate', 'period')['except'] = twice;
    },
  ],
])('a run record is refused as %s: %s', async (reason, _what, change) => {
  const bytes = changed(fullRunRecord(), change);
  expect(await reasonOf(() => parseRecord(nativeCrypto, 'run-record', bytes))).toBe(reason);
});

test('a run record names what its period leaves out', () => {
  const except = ['2026-11-20-00112233aabb', '2026-11-21-00112233aabb'];
  const period = { from: '2026-11-20', until: '2026-11-22', except };
  const body = { ...fullRunRecord(), period };
  const { bytes } = buildRecord(nativeCrypto, HEAD, body);
  expect(parseRecord(nativeCrypto, 'run-record', bytes).body).toEqual(body);
  const text = describeRunRecord(body, AID).join('\n');
  for (const id of except) expect(text).toContain(`EXCEPT the run ${id}`);
});

test('a run record of too many runs is refused, of as many as may be it is read', async () => {
  const most = runRecord(many(LIMITS.runsPerRecord));
  const { body } = parseRecord(
    nativeCrypto,
    'run-record',
    buildRecord(nativeCrypto, HEAD, most).bytes,
  );
  expect(body).toEqual(most);
  const { bytes } = buildRecord(nativeCrypto, HEAD, runRecord(many(LIMITS.runsPerRecord + 1)));
  expect(await reasonOf(() => parseRecord(nativeCrypto, 'run-record', bytes))).toBe('subjects');
});

test('describeRunRecord() says what is signed: every head, what is claimed of a period, and what ran without a sandbox', () => {
  const text = describeRunRecord({ ...fullRunRecord(), controller: OTHER }, AID).join('\n');
  for (const told of [
    `in the name of ${AID}`,
    OTHER,
    'ALL runs from 2026-11-20 until 2026-11-22',
    '2026-11-21-0123456789ab, 12 lines',
    `head E${'H'.repeat(43)}`,
    `released by EB${'R'.repeat(42)}`,
    'WITHOUT a sandbox, seen by nothing',
    'sandbox bwrap, seen by proxy and trace',
  ])
    expect(text).toContain(told);
  expect(describeRunRecord(runRecord(), AID).join('\n')).not.toContain('ALL');
});
