/** Releases of skills, their revocations and repository policies: what enters a log, and what counts of it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import {
  approvedPolicies,
  releasedManifest,
  releasesByName,
  releasesOf,
  releaseStanding,
  revocationsBy,
  type RevokeTarget,
} from '../../src/index.ts';
import { describeSkillRecord } from '../../src/batch/describe-skill-record.ts';
import { newestRelease } from '../../src/log/releases.ts';
import { recordStanding } from '../../src/log/record-standing.ts';
import { readRecord } from '../../src/log/stored-records.ts';
import type { RecordBody, UnsignedRecord } from '../../src/records/record.ts';
import type { Release } from '../../src/records/release.ts';
import type { Revoke } from '../../src/records/revoke.ts';
import {
  buildManifest,
  manifestSha256,
  type SkillManifest,
} from '../../src/records/skill-manifest.ts';
import { newRelease } from '../../src/skills/new-release.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { link, revocation } from '../support/record-forge.ts';
import { reasonOf } from '../support/thrown.ts';

const POLICY = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string];

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

function skill(text: string, name = 'pdf'): SkillManifest {
  return buildManifest(memory.crypto, name, [
    { path: 'SKILL.md', bytes: utf8(text), executable: false },
  ]);
}

const nameOf = (aid: string): string => (aid === board ? 'board' : aid === ci ? 'ci' : 'eve');
/** Who signs for an AID: two of the board. */
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

function release(
  issuer: string,
  manifest: SkillManifest,
  version: string,
  controller?: string,
): RecordBody {
  const choices = { manifest, version, issuer, controller };
  return newRelease(memory.crypto, memory.log.contents.records, choices);
}

async function released(
  issuer: string,
  manifest: SkillManifest,
  version: string,
  controller?: string,
): Promise<string> {
  const [record] = await seal(issuer, release(issuer, manifest, version, controller));
  return record?.said ?? '';
}

function revoke(manifest: SkillManifest, target: RevokeTarget, more: Partial<Revoke> = {}): Revoke {
  const subject = { name: manifest.name, sha256: manifestSha256(memory.crypto, manifest) };
  return {
    type: 'revoke',
    target,
    subject,
    reason: 'vulnerable',
    note: '',
    replacement: undefined,
    controller: undefined,
    ...more,
  };
}

/** Why an event with these records cannot be staged. */
async function refusal(aid: string, ...bodies: readonly RecordBody[]): Promise<string> {
  return reasonOf(async () => memory.stage([{ kind: 'seal', aid, bodies }]));
}

/** Eve rotates to the keys of a generation. */
async function rotateEve(
  generation: number,
  more: { readonly supersede?: number; readonly lift?: 'all' },
): Promise<void> {
  const rotation = memory.rotate(eve, 'eve', generation);
  if (rotation.kind !== 'rotate') throw new Error('a rotation rotates');
  await memory.write([{ ...rotation, ...more }], ...names('eve', 1, generation));
}

const standing = (said: string) => releaseStanding(memory.log.contents, said);

describe('a release', () => {
  test('of a 2-of-3 board counts, and its file lists every file', async () => {
    const manifest = skill('one');
    const said = await released(board, manifest, '1.0.0');
    expect(standing(said)).toMatchObject({
      counts: true,
      controller: board,
      reason: 'own',
      revocation: undefined,
    });
    expect(releasesOf(memory.log.contents, manifest.said)).toMatchObject([
      { said, name: 'pdf', version: '1.0.0', previous: undefined, issuer: board },
    ]);
    expect(releasedManifest(memory.log, said)).toEqual(manifest);
    const { record, signatures } = readRecord(memory.log, 'release', said);
    expect(signatures.map(({ index }) => index)).toEqual([0, 1]);
    expect(recordStanding(memory.log.contents, record)).toMatchObject({ counts: true });
  });

  test('names the newest one of its name that counts, and nothing else', async () => {
    const { records } = memory.log.contents;
    const first = await released(board, skill('one'), '1');
    expect(newestRelease(records, board, 'pdf')?.said).toBe(first);
    const other = await released(board, skill('one', 'csv'), '1');
    const next = release(board, skill('two'), '2');
    expect(next).toMatchObject({ previous: first });
    for (const previous of [undefined, other, skill('x').said]) {
      expect(await refusal(board, { ...next, previous } as RecordBody)).toBe('release-previous');
    }
    expect(await refusal(eve, next)).toBe('release-previous');
    await seal(board, next);
    expect(releasesByName(memory.log.contents, board, 'pdf').map(({ version }) => version)).toEqual(
      ['1', '2'],
    );
  });

  test('that says what the newest one says already is refused', async () => {
    await released(board, skill('one'), '1');
    const again = release(board, skill('one'), '1');
    expect(await refusal(board, again)).toBe('release-twice');
    await released(board, skill('one'), '2');
  });

  test('loses against one that came first: the batch is in conflict', async () => {
    await seal(board, link(ci, ['release']));
    const [mine, theirs] = [
      release(board, skill('mine'), '1'),
      release(ci, skill('theirs'), '1', board),
    ];
    const batch = await memory.stage([{ kind: 'seal', aid: board, bodies: [mine] }]);
    await memory.sign(batch, ...names('board', 3));
    await seal(ci, theirs);
    expect(await memory.commit(batch, names('board', 3))).toMatchObject({
      status: 'conflict',
      reason: 'release-previous',
    });
  });

  test('of a device counts from its link to its revocation, and with the capability', async () => {
    const before = await released(ci, skill('before'), '0', board);
    await seal(board, link(ci, ['release']));
    const during = await released(ci, skill('during'), '1', board);
    await seal(board, revocation(ci));
    const after = await released(ci, skill('after'), '2', board);
    await seal(board, link(ci, ['sign-statement']));
    const without = await released(ci, skill('without'), '3', board);
    expect([before, during, after, without].map((said) => standing(said)?.reason)).toEqual([
      'device-not-linked',
      'device',
      'device-revoked',
      'capability-missing',
    ]);
    expect([before, during, after, without].map((said) => standing(said)?.counts)).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(newestRelease(memory.log.contents.records, board, 'pdf')?.said).toBe(during);
    expect(releasesByName(memory.log.contents, board, 'pdf').map(({ said }) => said)).toEqual([
      during,
      after,
      without,
    ]);
  });

  test("of a stranger in a publisher's name does not stand in the publisher's way", async () => {
    const first = await released(board, skill('one'), '1');
    const forged = await released(eve, skill('evil'), '9', board);
    expect(standing(forged)).toMatchObject({ counts: false, reason: 'device-not-linked' });
    expect(release(board, skill('two'), '2')).toMatchObject({ previous: first });
    expect(releasesByName(memory.log.contents, board, 'pdf')).toHaveLength(1);
    expect(releasesOf(memory.log.contents, skill('evil').said, [board])).toEqual([]);
    expect(releasesOf(memory.log.contents, skill('evil').said)).toMatchObject([{ said: forged }]);
  });

  test('whose event was superseded counts no longer, and no chain goes over it', async () => {
    const first = await released(eve, skill('one'), '1');
    const lost = await released(eve, skill('two'), '2');
    const { sn } = memory.stateOf(eve);
    await rotateEve(1, { supersede: sn });
    expect(standing(lost)).toMatchObject({ counts: false, reason: 'superseded' });
    expect(newestRelease(memory.log.contents.records, eve, 'pdf')?.said).toBe(first);
  });
});

describe('a revocation', () => {
  test('of one release leaves another one of the same files alone', async () => {
    const manifest = skill('one');
    const first = await released(board, manifest, '1');
    const second = await released(board, manifest, '2');
    await seal(board, revoke(manifest, { kind: 'release', said: first }, { note: 'why' }));
    expect(standing(first)?.revocation).toMatchObject({ reason: 'vulnerable', note: 'why' });
    expect(standing(first)?.counts).toBe(true);
    expect(standing(second)?.revocation).toBeUndefined();
  });

  test('of files is for all releases of them, also later ones', async () => {
    const manifest = skill('one');
    const first = await released(board, manifest, '1');
    const [record] = await seal(board, revoke(manifest, { kind: 'manifest', said: manifest.said }));
    const second = await released(board, manifest, '2');
    const third = await released(board, skill('three'), '3');
    expect([first, second, third].map((said) => standing(said)?.revocation?.said)).toEqual([
      record?.said,
      record?.said,
      undefined,
    ]);
  });

  test('of a name is for the releases before it, also those that stand before it in its batch', async () => {
    const first = await released(board, skill('one'), '1');
    const two = skill('two');
    const second = release(board, two, '2');
    const [made] = await seal(
      board,
      second,
      revoke(two, { kind: 'name', publisher: board, name: 'pdf' }),
    );
    const third = await released(board, skill('three'), '3');
    expect(standing(first)?.revocation).toBeDefined();
    expect(standing(made?.said ?? '')?.revocation).toBeDefined();
    expect(standing(third)?.revocation).toBeUndefined();
  });

  test('counts of the publisher and its devices; of others only for those who ask for it', async () => {
    const manifest = skill('one');
    const said = await released(board, manifest, '1');
    const target = { kind: 'release', said } as const;
    await seal(eve, revoke(manifest, target));
    await seal(eve, revoke(manifest, target, { controller: board }));
    await seal(ci, revoke(manifest, target, { controller: board }));
    expect(standing(said)?.revocation).toBeUndefined();
    const { contents } = memory.log;
    expect([
      ...revocationsBy(contents, contents.records.releases.release(said) ?? '', [eve]),
    ]).toHaveLength(1);
    await seal(board, link(ci, ['release']));
    const [record] = await seal(ci, revoke(manifest, target, { controller: board }));
    expect(standing(said)?.revocation).toMatchObject({
      said: record?.said,
      issuer: ci,
      controller: board,
    });
  });

  test('of files that the log does not know is there for those who ask', async () => {
    const manifest = skill('elsewhere');
    await seal(eve, revoke(manifest, { kind: 'manifest', said: manifest.said }));
    expect([...revocationsBy(memory.log.contents, manifest.said, [eve])]).toHaveLength(1);
    expect([...revocationsBy(memory.log.contents, manifest.said, [board])]).toEqual([]);
  });

  test('stays in force when it is superseded, until it is lifted', async () => {
    const manifest = skill('one');
    const said = await released(eve, manifest, '1');
    const [record] = await seal(eve, revoke(manifest, { kind: 'manifest', said: manifest.said }));
    const { sn } = memory.stateOf(eve);
    await rotateEve(1, { supersede: sn });
    expect(standing(said)?.revocation?.said).toBe(record?.said);
    await rotateEve(2, { lift: 'all' });
    expect(standing(said)).toMatchObject({ counts: true, revocation: undefined });
    const lifted = readRecord(memory.log, 'revoke', record?.said ?? '').record;
    expect(recordStanding(memory.log.contents, lifted)).toMatchObject({ counts: false });
  });

  test('names what is there, with its digest, and each thing once', async () => {
    const manifest = skill('one');
    const said = await released(board, manifest, '1');
    const target = { kind: 'release', said } as const;
    expect(await refusal(board, revoke(manifest, { kind: 'release', said: manifest.said }))).toBe(
      'revoke-target',
    );
    expect(await refusal(board, revoke(skill('two'), target))).toBe('revoke-target');
    expect(
      await refusal(board, revoke(skill('two'), { kind: 'manifest', said: manifest.said })),
    ).toBe('revoke-target');
    expect(
      await refusal(board, revoke(manifest, { kind: 'name', publisher: eve, name: 'pdf' })),
    ).toBe('revoke-target');
    const twice = revoke(manifest, target, { note: 'again' });
    expect(await refusal(board, revoke(manifest, target), twice)).toBe('revoke-twice');
    const all = revoke(manifest, { kind: 'name', publisher: board, name: 'pdf' });
    await seal(board, all);
    expect(await refusal(board, { ...all, note: 'again' })).toBe('revoke-twice');
    await released(board, skill('two'), '2');
    await seal(board, { ...all, note: 'again' });
  });
});

test('describeSkillRecord() shows every file that is released, and what a revocation means', () => {
  const body = release(board, skill('one'), '1.0') as Release;
  const [file] = body.manifest.files;
  expect(describeSkillRecord(body, board).join('\n')).toContain(
    `"SKILL.md" 3 bytes sha256:${file?.sha256 ?? ''}`,
  );
  const said = body.manifest.said;
  const lines = (target: RevokeTarget): string =>
    describeSkillRecord(revoke(skill('one'), target, { note: 'x\u202e' }), board).join('\n');
  expect(lines({ kind: 'manifest', said })).toContain('whenever they are released');
  expect(lines({ kind: 'release', said })).toContain('it can be made to do harm (vulnerable)');
  expect(lines({ kind: 'name', publisher: board, name: 'pdf' })).toContain('up to now');
  expect(lines({ kind: 'release', said })).not.toContain('\u202e');
});

test('describeSkillRecord() leaves nothing out, however long, and tells how to compare it', () => {
  const [version, controller] = ['1.'.repeat(31) + '42', `${board}${' '.repeat(99)}end`];
  const body = release(board, skill('one', 'n'.repeat(256)), version, controller) as Release;
  const described = describeSkillRecord(body, board).join('\n');
  expect(described).toContain(`version "${version}" in the name of ${board}, for "${controller}"`);
  expect(described).toContain(`RELEASE "${'n'.repeat(256)}"`);
  expect(described).toContain('gitkel skill digest');
  const approval = { type: 'repository-policy', sha256: POLICY[0], previous: POLICY[1] } as const;
  const approved = describeSkillRecord(approval, board).join('\n');
  expect(approved).toContain(`in the place of sha256:${POLICY[1]}`);
  expect(approved).toContain('gitkel policy check FILE');
});

describe('approvedPolicies()', () => {
  test('gives what maintainers approved and no recovery took back, in order', async () => {
    const [one, two, three] = POLICY;
    await seal(board, { type: 'repository-policy', sha256: one, previous: undefined });
    await seal(eve, { type: 'repository-policy', sha256: three, previous: one });
    await seal(board, { type: 'repository-policy', sha256: two, previous: one });
    const shown = (...maintainers: readonly string[]) =>
      approvedPolicies(memory.log.contents, maintainers).map(({ sha256 }) => sha256);
    expect(shown(board)).toEqual([one, two]);
    expect(shown(eve, board, eve)).toEqual([one, three, two]);
    const { sn } = memory.stateOf(eve);
    await rotateEve(1, { supersede: sn });
    expect(shown(eve)).toEqual([]);
  });

  test('an approval that says the same as the last one is refused', async () => {
    const body = { type: 'repository-policy', sha256: POLICY[0], previous: undefined } as const;
    await seal(board, body);
    expect(await refusal(board, body)).toBe('policy-twice');
    const same = { ...body, previous: body.sha256 };
    expect(await refusal(board, same)).toBe('policy-unchanged');
  });
});
