/** Audits, vouches, imports and exemptions that no parser takes, each for its own reason. */
import { describe, expect, test } from 'vitest';
import { canonicalBytes, type Json, parseCanonical } from '../../src/base/canonical-json.ts';
import { nativeCrypto } from '../../src/index.ts';
import { fitsPattern, namePatternProblem } from '../../src/records/name-pattern.ts';
import {
  buildRecord,
  parseRecord,
  type RecordBody,
  staysInForce,
} from '../../src/records/record.ts';
import {
  audit,
  CRITERIA,
  exemption,
  fullAudit,
  fullImport,
  fullVouch,
  imported,
  vouch,
} from '../support/skill-statements.ts';
import { reasonOf } from '../support/thrown.ts';

const crypto = nativeCrypto;
const AID = `E${'A'.repeat(43)}`;
const OTHER = `E${'B'.repeat(43)}`;
const HEAD = { issuer: AID, sn: 3, logId: `E${'C'.repeat(43)}` };

type Fields = { [key: string]: Json };
type Case = readonly [reason: string, what: string, change: (predicate: Fields) => void];

const at = (value: Json | undefined, ...keys: readonly string[]): Fields =>
  keys.reduce((fields, key) => fields[key] as Fields, value as Fields);

/** Reads the payload of a record after a change of its predicate, and of the whole. */
async function reasonAfter(
  body: RecordBody,
  change: (predicate: Fields, payload: Fields) => void,
): Promise<string> {
  const { bytes } = buildRecord(crypto, HEAD, body);
  const payload = structuredClone(parseCanonical(bytes, bytes.length, 'a payload')) as Fields;
  change(at(payload, 'predicate'), payload);
  return reasonOf(() => parseRecord(crypto, body.type, canonicalBytes(payload)));
}

test.each([
  audit(),
  fullAudit(),
  { ...fullAudit(), controller: OTHER },
  vouch(OTHER),
  { ...fullVouch(OTHER), controller: OTHER },
  imported(),
  { ...fullImport(), controller: OTHER },
  exemption(),
  exemption(undefined, { controller: OTHER }),
])('a $type is read back as it was built', (body) => {
  const record = buildRecord(crypto, HEAD, body);
  expect(parseRecord(crypto, body.type, record.bytes)).toEqual(record);
});

const LONG = 'x'.repeat(2049);
const TERM: readonly Case[] = [
  ['day', 'a first day that is none', (p) => (p['issued'] = '2026-02-29')],
  ['day', 'a day with a time', (p) => (p['issued'] = '2026-11-21T00:00:00Z')],
  ['day', 'a day before 1970', (p) => (p['issued'] = '1969-12-31')],
  ['term', 'an end on its first day', (p) => (p['expires'] = '2026-11-21')],
  ['term', 'an end before its first day', (p) => (p['expires'] = '2026-11-20')],
];
const PLACE: readonly Case[] = [
  ['statement-type', 'another type inside', (p) => (p['type'] = 'release')],
  ['controller', 'its issuer as the controller', (p) => (p['controller'] = AID)],
  ['field', 'a field that is unknown', (p) => (p['more'] = 1)],
  ['field', 'no place', (p) => delete p['sn']],
];

describe('an audit', () => {
  test.each<Case>([
    ...PLACE,
    ...TERM,
    ['term', 'a scanner that answers for 91 days', (p) => (p['expires'] = '2027-02-20')],
    ['said', 'a manifest that is no SAID', (p) => (p['manifest'] = 'pdf')],
    ['audit-delta', 'a change from its own manifest', (p) => (p['from'] = p['manifest'] ?? null)],
    ['criteria', 'no criterion', (p) => (p['criteria'] = [])],
    [
      'criteria',
      'a criterion twice',
      (p) => (p['criteria'] = [CRITERIA[0] ?? '', CRITERIA[0] ?? '']),
    ],
    ['criteria', 'criteria out of order', (p) => (p['criteria'] = CRITERIA.toReversed())],
    ['criteria', 'a criterion by its name', (p) => (p['criteria'] = ['safe-to-run'])],
    ['criteria', 'a criterion of another digest', (p) => (p['criteria'] = [`I${'A'.repeat(43)}`])],
    ['statement-word', 'another result', (p) => (p['result'] = 'maybe')],
    ['statement-word', 'another method', (p) => (p['method'] = 'llm+human')],
    ['statement-word', 'another thoroughness', (p) => (p['thoroughness'] = 'very')],
    ['statement-word', 'another understanding', (p) => (p['understanding'] = 'distrust')],
    ['audit-tool', 'a scanner without a name', (p) => delete p['tool']],
    ['audit-tool', 'a tool of no address', (p) => (at(p, 'tool')['uri'] = '')],
    ['audit-tool', 'a tool of no version', (p) => (at(p, 'tool')['version'] = '1 2')],
    ['subject-digest', 'rules of no digest', (p) => (at(p, 'tool')['ruleset'] = 'latest')],
    ['subject-digest', 'permissions of no digest', (p) => (p['observed'] = 'none')],
    ['statement-text', 'a note that is too long', (p) => (p['note'] = LONG)],
    [
      'finding',
      'too many findings',
      (p) => (p['findings'] = Array(257).fill(at(p, 'findings', '0'))),
    ],
    ['finding', 'a path out of the skill', (p) => (at(p, 'findings', '0')['path'] = '../x')],
    ['finding', 'a rule of two lines', (p) => (at(p, 'findings', '0')['rule'] = 'a\nb')],
    ['finding', 'a line 0', (p) => (at(p, 'findings', '0', 'range')['from'] = 0)],
    ['finding', 'lines the other way round', (p) => (at(p, 'findings', '0', 'range')['from'] = 4)],
    ['statement-word', 'another severity', (p) => (at(p, 'findings', '0')['severity'] = 'High')],
    ['subject-digest', 'evidence of no digest', (p) => (at(p, 'findings', '0')['evidence'] = 'x')],
    [
      'statement-text',
      'a note that is there and empty',
      (p) => (at(p, 'findings', '0')['note'] = ''),
    ],
  ])('is refused as %s: %s', async (reason, _what, change) => {
    expect(await reasonAfter(fullAudit(), change)).toBe(reason);
  });

  test('holds 720 days at most, and a scanner names its tool', async () => {
    const last = { ...audit(), expires: '2028-11-10' };
    expect(parseRecord(crypto, 'audit', buildRecord(crypto, HEAD, last).bytes).body).toEqual(last);
    expect(await reasonAfter(last, (p) => (p['expires'] = '2028-11-11'))).toBe('term');
    expect(await reasonAfter(audit(), (p) => (p['method'] = 'human+llm'))).toBe('audit-tool');
  });
});

describe('a vouch', () => {
  test.each<Case>([
    ...PLACE,
    ['day', 'a first day that is none', (p) => (p['from'] = 'today')],
    ['term', 'more than 366 days', (p) => (p['until'] = '2027-11-23')],
    ['vouch-aid', 'no identifier', (p) => (p['aid'] = 'ada')],
    ['statement-subject', 'another identifier', (p) => (p['aid'] = `E${'D'.repeat(43)}`)],
    ['statement-word', 'another level', (p) => (p['level'] = 'full')],
    ['vouch-grants', 'distrust that grants', (p) => (p['level'] = 'distrust')],
    ['vouch-grants', 'no trust that grants', (p) => (p['level'] = 'none')],
    ['criteria', 'a grant by name', (p) => (p['grants'] = ['safe-to-run'])],
    ['criteria', 'a scope of no criteria', (p) => (at(p, 'scope')['criteria'] = [])],
    ['vouch-names', 'a scope of no names', (p) => (at(p, 'scope')['names'] = [])],
    ['vouch-names', 'names out of order', (p) => (at(p, 'scope')['names'] = ['b', 'a'])],
    ['vouch-names', 'an empty name', (p) => (at(p, 'scope')['names'] = [''])],
    [
      'vouch-names',
      'a name of a control character',
      (p) => (at(p, 'scope')['names'] = ['a\u0007']),
    ],
    ['field', 'a scope that is unknown', (p) => (at(p, 'scope')['paths'] = ['a'])],
    ['statement-text', 'a note that is too long', (p) => (p['note'] = LONG)],
  ])('is refused as %s: %s', async (reason, _what, change) => {
    expect(await reasonAfter(fullVouch(OTHER), change)).toBe(reason);
  });

  test('is about the identifier that its subject names, by its digest', async () => {
    const change = (_: Fields, payload: Fields): void => {
      at(payload, 'subject', '0', 'digest')['sha256'] = '0'.repeat(64);
    };
    expect(await reasonAfter(vouch(OTHER), change)).toBe('statement-subject');
  });
});

describe('an import', () => {
  test.each<Case>([
    ...PLACE,
    ...TERM,
    ['term', 'more than 720 days', (p) => (p['expires'] = '2028-11-11')],
    ['statement-word', 'authorship that is verified', (p) => (p['authorship'] = 'verified')],
    ['import-origin', 'no origin', (p) => (at(p, 'origin')['url'] = '')],
    ['import-origin', 'half a commit', (p) => (at(p, 'origin')['commit'] = 'a'.repeat(39))],
    ['import-origin', 'a path out of the repository', (p) => (at(p, 'origin')['path'] = '../x')],
    ['statement-word', 'evidence of another kind', (p) => (at(p, 'evidence', '0')['kind'] = 'pgp')],
    ['statement-text', 'evidence of nobody', (p) => (at(p, 'evidence', '0')['signer'] = '')],
    ['subject-digest', 'evidence of no digest', (p) => (at(p, 'evidence', '0')['digest'] = 'x')],
    [
      'import-evidence',
      'too much evidence',
      (p) => (p['evidence'] = Array(17).fill(at(p, 'evidence', '0'))),
    ],
    ['criteria', 'criteria out of order', (p) => (p['criteria'] = CRITERIA.toReversed())],
  ])('is refused as %s: %s', async (reason, _what, change) => {
    expect(await reasonAfter(fullImport(), change)).toBe(reason);
  });
});

describe('an exemption', () => {
  test.each<Case>([
    ...PLACE,
    ...TERM,
    ['term', 'more than 90 days', (p) => (p['expires'] = '2027-02-20')],
    ['statement-text', 'no reason', (p) => (p['reason'] = '')],
    ['statement-text', 'a reason that is too long', (p) => (p['reason'] = 'x'.repeat(257))],
    ['statement-text', 'nobody who sees to it', (p) => (p['owner'] = '')],
    ['said', 'a manifest that is no SAID', (p) => (p['manifest'] = 'pdf')],
  ])('is refused as %s: %s', async (reason, _what, change) => {
    expect(await reasonAfter(exemption(), change)).toBe(reason);
  });
});

test.each([audit(), imported(), exemption()])(
  'the subject of a $type is the name of a skill, once',
  async (body) => {
    const renamed = (_: Fields, payload: Fields): void => {
      at(payload, 'subject', '0')['name'] = 'a\nb';
    };
    const twice = (_: Fields, payload: Fields): void => {
      payload['subject'] = [at(payload, 'subject', '0'), at(payload, 'subject', '0')];
    };
    expect(await reasonAfter(body, renamed)).toBe('statement-subject');
    expect(await reasonAfter(body, twice)).toBe('subjects');
  },
);

test('staysInForce() is true of what takes trust away, and of nothing else', () => {
  expect(staysInForce(audit())).toBe(false);
  expect(staysInForce(audit(undefined, { result: 'fail' }))).toBe(true);
  expect(staysInForce(vouch(OTHER, { level: 'distrust' }))).toBe(false);
  expect(staysInForce({ type: 'device-revoke', device: OTHER, reason: '' })).toBe(true);
  expect([imported(), exemption()].map((body) => staysInForce(body))).toEqual([false, false]);
  const back: RecordBody = {
    type: 'revoke',
    target: { kind: 'statement', said: OTHER },
    subject: audit().subject,
    reason: 'mistaken',
    note: '',
    replacement: undefined,
    controller: undefined,
  };
  expect([false, true].map((givesTrust) => staysInForce(back, givesTrust))).toEqual([true, false]);
});

test.each([
  ['pdf', 'pdf', true],
  ['pdf', 'pdf2', false],
  ['pdf*', 'pdf', true],
  ['*', '', true],
  ['*-notes', 'my-notes', true],
  ['*-notes', 'my-notes-2', false],
  ['a*b*c', 'axbxc', true],
  ['a*b*c', 'acb', false],
  ['aa*aa', 'aaa', false],
])('fitsPattern(%j, %j) is %j', (pattern, name, fits) => {
  expect(fitsPattern(pattern, name)).toBe(fits);
});

test('namePatternProblem() bounds a pattern', () => {
  expect(namePatternProblem('x'.repeat(256))).toBeUndefined();
  expect(namePatternProblem('x'.repeat(257))).toContain('256');
});
