/**
 * Records that no log takes. Each is refused when it is folded, which is how it is written, and named by audit at its
 * place when it was forced into a log whose batch record, tree and signatures are all right.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from '../../src/base/canonical-json.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { audit, nativeCrypto } from '../../src/index.ts';
import { fold } from '../../src/log/fold.ts';
import { recordPath } from '../../src/log/layout.ts';
import type { RecordBody, UnsignedRecord } from '../../src/records/record.ts';
import { parseRecordFile } from '../../src/records/record-file.ts';
import { recordSeal } from '../../src/records/record-seal.ts';
import type { Release } from '../../src/records/release.ts';
import type { Revoke, RevokeTarget } from '../../src/records/revoke.ts';
import { buildManifest, manifestSha256 } from '../../src/records/skill-manifest.ts';
import {
  fileOf,
  link,
  policy,
  RecordForge,
  revocation,
  SHA256,
  statement,
} from '../support/record-forge.ts';
import { OTHER_LOG } from '../support/long-log.ts';
import {
  audit as statedAudit,
  exemption,
  fullAudit,
  fullImport,
  fullVouch,
  imported,
  vouch,
} from '../support/skill-statements.ts';
import type { DraftFile } from '../support/tampered-log.ts';

let forge: RecordForge;
beforeAll(async () => {
  forge = await RecordForge.make('records');
}, 120_000);
afterAll(() => {
  forge.remove();
});

const OTHER_DIGEST = `E${'A'.repeat(43)}`;

type Files = readonly DraftFile[];
/** Why it is refused, what it is, its files, and which of them is named. */
type Case = readonly [reason: string, what: string, make: () => Promise<Files>, at: number];

function recordAt(position: number): UnsignedRecord {
  const record = forge.records.get(position);
  if (record === undefined) throw new Error(`batch ${position} has a record`);
  return record;
}

/** What the log holds of its record at a position. */
function heldAt(position: number): DraftFile {
  const { path } = fileOf(recordAt(position));
  const held = forge.tampering.drafts()[position]?.files.find((file) => file.path === path);
  if (held === undefined) throw new Error(`batch ${position} has the file of its record`);
  return held;
}

/** An event of the team that seals these records, and their files, unsigned unless given. */
async function sealed(
  records: readonly UnsignedRecord[],
  files: Files = records.map((record) => fileOf(record)),
): Promise<Files> {
  const { file } = await forge.interaction(
    'team',
    records.map((record) => forge.seal(record)),
  );
  return [file, ...files];
}

async function sealedPolicies(...bodies: readonly RecordBody[]): Promise<Files> {
  return sealed(bodies.map((body) => forge.record('team', body)));
}

/** The link of `solo`, whose file is another one. */
async function changedLink(change: (file: DraftFile) => DraftFile): Promise<Files> {
  const { record, file } = await forge.link();
  return sealed([record], [change(file)]);
}

/** The same file with another JSON. */
function withJson(file: DraftFile, change: (value: { [key: string]: Json }) => Json): DraftFile {
  const value = parseCanonical(file.bytes, file.bytes.length, 'a record');
  return { ...file, bytes: canonicalBytes(change(value as { [key: string]: Json })) };
}

/** A statement of `solo` about itself, with its envelope. */
async function stated(
  change: (file: DraftFile) => DraftFile,
  seal = true,
): Promise<readonly [DraftFile, DraftFile]> {
  const record = forge.record('solo', statement(undefined));
  const { file } = await forge.interaction('solo', seal ? [forge.seal(record)] : []);
  return [file, change(await forge.file(record, forge.long.keys('solo')))];
}

/** A statement with another payload, under the SAID of that, signed and sealed. */
async function payload(change: (text: string) => string): Promise<Files> {
  const record = forge.record('solo', statement(undefined));
  const bytes = utf8(change(new TextDecoder().decode(record.bytes)));
  const said = digestText(nativeCrypto, bytes);
  const other = { ...record, bytes, said };
  const { file } = await forge.interaction('solo', [forge.seal(other)]);
  return [file, await forge.file(other, forge.long.keys('solo'))];
}

const SKILL = buildManifest(nativeCrypto, 'notes', [
  { path: 'SKILL.md', bytes: utf8('x'), executable: false },
]);

const SKILL_SHA256 = manifestSha256(nativeCrypto, SKILL);

function release(version: string, more: Partial<Release> = {}): RecordBody {
  const sha256 = SKILL_SHA256;
  const none = { previous: undefined, controller: undefined, source: undefined };
  return { type: 'release', manifest: SKILL, sha256, version, ...none, ...more };
}

function revoke(target: RevokeTarget, more: Partial<Revoke> = {}): RecordBody {
  return {
    type: 'revoke',
    target,
    subject: { name: SKILL.name, sha256: SKILL_SHA256 },
    reason: 'malicious',
    note: '',
    replacement: undefined,
    controller: undefined,
    ...more,
  };
}

/** An event of `solo` that seals these records, each with its envelope. */
async function published(...records: readonly UnsignedRecord[]): Promise<Files> {
  const { file } = await forge.interaction(
    'solo',
    records.map((record) => forge.seal(record)),
  );
  const keys = forge.long.keys('solo');
  return [file, ...(await Promise.all(records.map(async (record) => forge.file(record, keys))))];
}

async function publishedBodies(...bodies: readonly RecordBody[]): Promise<Files> {
  return published(...bodies.map((body) => forge.record('solo', body)));
}

/** Refused by the rules on write, named by audit: two tests for each. */
function both(cases: readonly Case[]): void {
  it.each(cases)('fold() refuses (%s) %s', async (reason, _, make, at) => {
    const files = await make();
    expect(fold(nativeCrypto, forge.long.log.contents, files)).toMatchObject({
      ok: false,
      reason,
      path: files[at]?.path,
    });
  });
  it.each(cases)('audit() names (%s) %s', async (reason, _, make, at) => {
    const files = await make();
    const { dir, commits } = await forge.tampering.forge(
      [...forge.tampering.drafts(), forge.tampering.after([...files], 'weighted')],
      true,
    );
    expect(audit(forge.long.host, dir)).toMatchObject({
      state: 'invalid',
      reason,
      batches: forge.batches,
      findings: [
        { reason, position: forge.batches, commit: commits.at(-1), path: files[at]?.path },
      ],
    });
  });
}

describe('records that a log takes', () => {
  it.each<readonly [string, () => Promise<Files>]>([
    ['a link that its device accepts', async () => changedLink((file) => file)],
    ['a statement', async () => stated((file) => file)],
    ['the policy of the founder', async () => sealedPolicies(policy('closed'))],
    [
      'a link, its revocation and another link in one event, in the order of the seals',
      async () => {
        const solo = forge.aid('solo');
        const [first, again] = [await forge.link(), await forge.link(link(solo, []))];
        const revoked = forge.record('team', revocation(solo));
        return sealed(
          [first.record, revoked, again.record],
          [first.file, fileOf(revoked), again.file],
        );
      },
    ],
    [
      'a release, its revocation, the release after it and an approval in one event',
      async () => {
        const first = forge.record('solo', release('1'));
        return published(
          first,
          forge.record('solo', revoke({ kind: 'release', said: first.said })),
          forge.record('solo', release('2', { previous: first.said })),
          forge.record('solo', { type: 'repository-policy', sha256: SHA256, previous: undefined }),
        );
      },
    ],
    [
      'an audit, a vouch, an import and an exemption, each taken back, and the audit once more',
      async () => {
        const about = { manifest: SKILL.said, subject: { name: SKILL.name, sha256: SKILL_SHA256 } };
        const all = [
          fullAudit(about),
          fullVouch(forge.aid('team')),
          fullImport(about),
          exemption(about),
        ].map((body) => ({ body, record: forge.record('solo', body) }));
        return published(
          ...all.map(({ record }) => record),
          ...all.map(({ body, record }) => {
            const { subject } = body;
            return forge.record(
              'solo',
              revoke({ kind: 'statement', said: record.said }, { subject }),
            );
          }),
          forge.record('solo', statedAudit(about)),
        );
      },
    ],
    [
      'a policy that a rotation seals',
      async () => {
        const record = forge.record('team', policy('closed'));
        return [(await forge.rotation('team', [forge.seal(record)])).file, fileOf(record)];
      },
    ],
    [
      'a link that is accepted with the keys to which the device rotates just before',
      async () => {
        const rotated = await forge.rotation('solo');
        const { record, file } = await forge.link(undefined, rotated.after.state.publicKeys);
        return [rotated.file, ...(await sealed([record], [file]))];
      },
    ],
  ])('fold() and audit() take %s', async (_, make) => {
    const files = await make();
    expect(fold(nativeCrypto, forge.long.log.contents, files)).toMatchObject({ ok: true });
    const { dir } = await forge.tampering.forge(
      [...forge.tampering.drafts(), forge.tampering.after([...files], 'weighted')],
      true,
    );
    expect(audit(forge.long.host, dir)).toMatchObject({
      state: 'valid',
      batches: forge.batches + 1,
    });
  });
});

describe('a record that another event seals than it names', () => {
  both([
    [
      'record-issuer',
      'one of the team, sealed by a device',
      async () => {
        const { record, file } = await forge.link();
        return [(await forge.interaction('solo', [forge.seal(record)])).file, file];
      },
      1,
    ],
    [
      'record-issuer',
      'one that names another issuer than the one that seals it',
      async () => {
        const { record, file } = await forge.link(undefined, undefined, {
          issuer: forge.aid('weighted'),
        });
        return sealed([record], [file]);
      },
      1,
    ],
    [
      'record-issuer',
      'one for the event after',
      async () => {
        const { sn } = forge.standing('team').state;
        const { record, file } = await forge.link(undefined, undefined, { sn: sn + 2 });
        return sealed([record], [file]);
      },
      1,
    ],
    [
      'record-issuer',
      'one for an event of the log',
      async () => {
        const { sn } = forge.standing('team').state;
        const { record, file } = await forge.link(undefined, undefined, { sn });
        return sealed([record], [file]);
      },
      1,
    ],
    [
      'record-issuer',
      'one that is sealed as another type',
      async () => {
        const { record, file } = await forge.link();
        const seal = forge.seal(record, 'device-revoke');
        return [(await forge.interaction('team', [seal])).file, file];
      },
      1,
    ],
  ]);
});

describe('a record that is sealed twice', () => {
  both([
    [
      'record-sealed-twice',
      'in one event',
      async () => {
        const { record, file } = await forge.link();
        return sealed([record, record], [file]);
      },
      1,
    ],
    [
      'record-sealed-twice',
      'in two events of a batch',
      async () => {
        const { record, file } = await forge.link();
        const first = await forge.interaction('team', [forge.seal(record)]);
        const second = await forge.interaction('team', [forge.seal(record)], first.after);
        return [first.file, file, second.file];
      },
      1,
    ],
    [
      'record-sealed-twice',
      'by its issuer and by its device',
      async () => {
        const { record, file } = await forge.link();
        const own = await forge.interaction('solo', [forge.seal(record)]);
        return [...(await sealed([record], [file])), own.file];
      },
      1,
    ],
    [
      'record-twice',
      'in two batches, each with its file',
      async () => {
        const event = await forge.interaction('weighted', [forge.seal(recordAt(5))]);
        return [event.file, heldAt(5)];
      },
      1,
    ],
    [
      'seal-without-record',
      'in two batches, the second without its file',
      async () => [(await forge.interaction('weighted', [forge.seal(recordAt(5))])).file],
      0,
    ],
    [
      'record-twice',
      'once, and its file stands twice',
      async () => {
        const { record, file } = await forge.link();
        return sealed([record], [file, file]);
      },
      2,
    ],
  ]);
});

describe('a link that was revoked', () => {
  both([
    ['record-twice', 'sealed again', async () => sealed([recordAt(4)], [heldAt(4)]), 1],
    [
      'seal-without-record',
      'sealed again without its file',
      async () => sealed([recordAt(4)], []),
      0,
    ],
    [
      'record-signature',
      'made anew, with the acceptance of the old one',
      async () => {
        const { signatures } = parseRecordFile(nativeCrypto, 'device-link', heldAt(4).bytes);
        const record = forge.record('team', link(forge.aid('weighted')));
        return sealed([record], [fileOf(record, signatures)]);
      },
      1,
    ],
    [
      'revoke-without-link',
      'revoked again',
      async () => sealedPolicies(revocation(forge.aid('weighted'))),
      1,
    ],
  ]);
});

describe('a record of another digest', () => {
  both([
    [
      'record-unsealed',
      'than its seal',
      async () => {
        const { file } = await forge.link();
        const seal = recordSeal('device-link', forge.logId, OTHER_DIGEST);
        return [(await forge.interaction('team', [seal])).file, file];
      },
      1,
    ],
    [
      'record-said',
      'than it says, its content changed',
      async () =>
        changedLink((file) =>
          withJson(file, ({ record, ...rest }) => ({
            ...rest,
            record: { ...(record as { [key: string]: Json }), name: 'another' },
          })),
        ),
      1,
    ],
    [
      'record-said',
      'than it says, its SAID changed',
      async () =>
        changedLink((file) =>
          withJson(file, ({ record, ...rest }) => ({
            ...rest,
            record: { ...(record as { [key: string]: Json }), d: OTHER_DIGEST },
          })),
        ),
      1,
    ],
    [
      'path-record',
      'than its path',
      async () =>
        changedLink((file) => ({
          ...file,
          path: recordPath(nativeCrypto, 'device-link', OTHER_DIGEST),
        })),
      1,
    ],
    [
      'path-record',
      'than its path: a statement whose payload changed',
      async () => {
        const other = forge.record('solo', statement(undefined, 'other.tgz'));
        const { bytes } = await forge.file(other, forge.long.keys('solo'));
        return stated((file) => ({ ...file, bytes }));
      },
      1,
    ],
  ]);
});

describe('a record or a seal alone', () => {
  both([
    ['seal-without-record', 'a seal', async () => sealed([(await forge.link()).record], []), 0],
    ['record-unsealed', 'a record beside an event', async () => stated((file) => file, false), 1],
    ['record-unsealed', 'a record', async () => [(await forge.link()).file], 0],
    [
      'record-unsealed',
      'a record whose seal names another log',
      async () => {
        const { record, file } = await forge.link();
        const seal = recordSeal('device-link', OTHER_LOG, record.said);
        return [(await forge.interaction('team', [seal])).file, file];
      },
      1,
    ],
    [
      'record-log',
      'a record of another log, whose seal names this one',
      async () => {
        const { record, file } = await forge.link(undefined, undefined, { logId: OTHER_LOG });
        return sealed([record], [file]);
      },
      1,
    ],
    [
      'record-log',
      'a statement of another log, whose seal names this one',
      async () => {
        const record = forge.record('solo', statement(undefined), { logId: OTHER_LOG });
        const { file } = await forge.interaction('solo', [forge.seal(record)]);
        return [file, await forge.file(record, forge.long.keys('solo'))];
      },
      1,
    ],
    [
      'seal-form',
      'a seal of this log with a field more',
      async () => {
        const { record, file } = await forge.link();
        const seal = { t: `gitkel/device-link/${forge.logId}`, d: record.said, x: 1 };
        return [(await forge.interaction('team', [seal])).file, file];
      },
      0,
    ],
  ]);
});

describe('a record of an unknown type', () => {
  const sealOf = (type: string) => recordSeal(type, forge.logId, OTHER_DIGEST);
  const unknownPath = () =>
    recordPath(nativeCrypto, 'statement', OTHER_DIGEST).replace('statement', 'provenance');
  /** A record that says of itself that it is a run record, with the SAID that it has then. */
  const unknown = async (): Promise<DraftFile> => {
    const { file } = await forge.link();
    return withJson(file, ({ record, ...rest }) => ({
      ...rest,
      record: { ...(record as { [key: string]: Json }), type: 'provenance' },
    }));
  };
  both([
    ...['provenance', 'evidence', '', 'Statement', 'constructor', '__proto__'].map((type): Case => [
      'record-type',
      `in the seal: "${type}"`,
      async () => [(await forge.interaction('team', [sealOf(type)])).file],
      0,
    ]),
    [
      'path-grammar',
      'in the path',
      async () => changedLink((file) => ({ ...file, path: unknownPath() })),
      1,
    ],
    [
      'record-type',
      'in the record',
      async () => {
        const file = await unknown();
        return changedLink(() => file);
      },
      1,
    ],
    [
      'path-grammar',
      'in the seal, the path and the record',
      async () => [
        (await forge.interaction('team', [sealOf('provenance')])).file,
        { path: unknownPath(), bytes: (await unknown()).bytes },
      ],
      1,
    ],
    [
      'record-type',
      'for its path: a revocation where links are',
      async () => {
        const { record, file } = await forge.link();
        const { bytes } = fileOf(forge.record('team', revocation(forge.aid('solo'))));
        return sealed([record], [{ ...file, bytes }]);
      },
      1,
    ],
    [
      'field',
      'for its path: a statement where links are',
      async () => {
        const [, { bytes }] = await stated((file) => file);
        return changedLink((file) => ({ ...file, bytes }));
      },
      1,
    ],
    [
      'field',
      'for its path: a link where statements are',
      async () => {
        const { bytes } = (await forge.link()).file;
        return stated((file) => ({ ...file, bytes }));
      },
      1,
    ],
  ]);
});

describe('a device that helps itself', () => {
  both([
    [
      'link-self',
      'to a link of itself in its own KEL',
      async () => {
        const record = forge.record('solo', link(forge.aid('solo')));
        const { file } = await forge.interaction('solo', [forge.seal(record)]);
        return [file, await forge.file(record, forge.long.keys('solo'))];
      },
      1,
    ],
    [
      'record-issuer',
      'to more capabilities, in the name of its controller',
      async () => {
        const { record, file } = await forge.link(link(forge.aid('solo'), ['audit', 'release']));
        return [(await forge.interaction('solo', [forge.seal(record)])).file, file];
      },
      1,
    ],
    [
      'record-signature',
      'to more capabilities than it accepted',
      async () => {
        const accepted = await forge.link();
        const record = forge.record('team', link(forge.aid('solo'), ['release', 'sign-statement']));
        const { signatures } = parseRecordFile(nativeCrypto, 'device-link', accepted.file.bytes);
        return sealed([record], [fileOf(record, signatures)]);
      },
      1,
    ],
    [
      'revoke-without-link',
      'to its revocation in its own KEL',
      async () => {
        const record = forge.record('solo', revocation(forge.aid('solo')));
        return [(await forge.interaction('solo', [forge.seal(record)])).file, fileOf(record)];
      },
      1,
    ],
    [
      'record-issuer',
      'to its revocation in the name of its controller',
      async () => {
        const { record, file } = await forge.link();
        const revoked = forge.record('team', revocation(forge.aid('solo')));
        const own = await forge.interaction('solo', [forge.seal(revoked)]);
        return [...(await sealed([record], [file])), own.file, fileOf(revoked)];
      },
      3,
    ],
    [
      'policy-issuer',
      'to a policy that admits it',
      async () => {
        const record = forge.record('solo', policy('closed', [forge.aid('solo')]));
        return [(await forge.interaction('solo', [forge.seal(record)])).file, fileOf(record)];
      },
      1,
    ],
  ]);
});

describe('a link', () => {
  const acceptedBy =
    (keys: () => readonly string[], indices?: readonly number[]) => async (): Promise<Files> => {
      const record = forge.record('team', link(forge.aid('solo')));
      return sealed([record], [await forge.file(record, keys(), indices)]);
    };
  const weighted =
    (...indices: readonly number[]) =>
    async (): Promise<Files> => {
      const record = forge.record('team', link(forge.aid('weighted')));
      const keys = forge.long.keys('weighted');
      return sealed(
        [record],
        [
          await forge.file(
            record,
            indices.map((at) => keys[at] ?? ''),
            indices,
          ),
        ],
      );
    };
  both([
    ['record-unsigned', 'without acceptance', acceptedBy(() => []), 1],
    [
      'record-signature',
      'accepted by another device',
      acceptedBy(() => forge.long.keys('weighted').slice(0, 1)),
      1,
    ],
    [
      'record-signature',
      'accepted by the controller',
      acceptedBy(() => forge.long.keys('team').slice(0, 1)),
      1,
    ],
    [
      'record-signature',
      'accepted with an old key',
      acceptedBy(() => [forge.long.ring.key('records solo 0 0')]),
      1,
    ],
    [
      'record-signature',
      'accepted with a next key',
      acceptedBy(() => forge.long.nextKeys('solo')),
      1,
    ],
    [
      'record-signature',
      'accepted with its key at another index',
      acceptedBy(() => forge.long.keys('solo'), [1]),
      1,
    ],
    [
      'record-signature',
      'accepted as another link',
      async () => {
        const other = forge.record('team', link(forge.aid('solo'), [], 'another'));
        const record = forge.record('team', link(forge.aid('solo')));
        return sealed(
          [record],
          [fileOf(record, await forge.signatures(other, forge.long.keys('solo')))],
        );
      },
      1,
    ],
    [
      'record-signature',
      'accepted with the key that the device rotates away from just before',
      async () => {
        const rotated = await forge.rotation('solo');
        const { record, file } = await forge.link();
        return [rotated.file, ...(await sealed([record], [file]))];
      },
      2,
    ],
    [
      'record-signature',
      'accepted with the key to which the device rotates after it',
      async () => {
        const rotated = await forge.rotation('solo');
        const { record, file } = await forge.link(undefined, rotated.after.state.publicKeys);
        return [...(await sealed([record], [file])), rotated.file];
      },
      1,
    ],
    ['record-unsigned', 'accepted with half of the weight', weighted(0), 1],
    ['record-unsigned', 'accepted with half of the weight and a key without', weighted(1, 3), 1],
    [
      'record-signature',
      'accepted by enough, and with a signature that does not hold',
      async () => {
        const record = forge.record('team', link(forge.aid('weighted')));
        const keys = forge.long.keys('weighted');
        const good = await forge.signatures(record, keys.slice(0, 2));
        const bad = { index: 2, raw: new Uint8Array(64) };
        return sealed([record], [fileOf(record, [...good, bad])]);
      },
      1,
    ],
    [
      'record-signer',
      'of a device that is not in the log',
      async () => {
        const record = forge.record('team', link(OTHER_DIGEST));
        return sealed([record], [await forge.file(record, forge.long.keys('solo'))]);
      },
      1,
    ],
    [
      'link-twice',
      'that stands already: two in one event',
      async () => {
        const [one, two] = [await forge.link(), await forge.link(link(forge.aid('solo'), []))];
        return sealed([one.record, two.record], [one.file, two.file]);
      },
      2,
    ],
    [
      'link-twice',
      'that stands already: two in two events',
      async () => {
        const { sn } = forge.standing('team').state;
        const one = await forge.link();
        const two = await forge.link(undefined, undefined, { sn: sn + 2 });
        const first = await forge.interaction('team', [forge.seal(one.record)]);
        const second = await forge.interaction('team', [forge.seal(two.record)], first.after);
        return [first.file, one.file, second.file, two.file];
      },
      3,
    ],
    ...(
      [
        [['b', 'a'], 'in another order'],
        [['a', 'a'], 'twice'],
        [['A'], 'of another spelling'],
        [[''], 'empty'],
      ] as const
    ).map(([capabilities, what]): Case => [
      'capabilities',
      `with capabilities ${what}`,
      async () => {
        const { record, file } = await forge.link(link(forge.aid('solo'), capabilities));
        return sealed([record], [file]);
      },
      1,
    ]),
    ...['', ' ', 'n'.repeat(65)].map((name): Case => [
      'device-name',
      `with a name of ${name.length} characters: "${name.slice(0, 3)}"`,
      async () => {
        const { record, file } = await forge.link(link(forge.aid('solo'), [], name));
        return sealed([record], [file]);
      },
      1,
    ]),
  ]);
});

describe('a revocation', () => {
  both([
    [
      'revoke-without-link',
      'of a device that was never linked',
      async () => sealedPolicies(revocation(forge.aid('solo'))),
      1,
    ],
    [
      'revoke-without-link',
      "of another controller's device",
      async () => {
        const { record, file } = await forge.link();
        const revoked = forge.record('weighted', revocation(forge.aid('solo')));
        const foreign = await forge.interaction('weighted', [forge.seal(revoked)]);
        return [...(await sealed([record], [file])), foreign.file, fileOf(revoked)];
      },
      3,
    ],
    [
      'revoke-without-link',
      'twice in one event',
      async () => {
        const { record, file } = await forge.link();
        const [one, two] = ['lost', 'really'].map((why) =>
          forge.record('team', revocation(forge.aid('solo'), why)),
        );
        if (one === undefined || two === undefined) throw new Error('two revocations');
        return sealed([record, one, two], [file, fileOf(one), fileOf(two)]);
      },
      3,
    ],
    [
      'revocation-reason',
      'with a reason that is too long',
      async () => sealedPolicies(revocation(forge.aid('solo'), 'r'.repeat(257))),
      1,
    ],
  ]);
});

describe('a release', () => {
  both([
    [
      'release-previous',
      'that follows on what the log has not',
      async () => publishedBodies(release('1', { previous: OTHER_DIGEST })),
      1,
    ],
    [
      'release-previous',
      'that names none before it although there is one',
      async () => publishedBodies(release('1'), release('2')),
      2,
    ],
    [
      'release-twice',
      'that was made already',
      async () => {
        const first = forge.record('solo', release('1'));
        return published(first, forge.record('solo', release('1', { previous: first.said })));
      },
      2,
    ],
    [
      'release-subject',
      'of another manifest than it lists',
      async () => publishedBodies(release('1', { sha256: SHA256 })),
      1,
    ],
    [
      'record-unsigned',
      'that nobody signed',
      async () => {
        const record = forge.record('solo', release('1'));
        const { file } = await forge.interaction('solo', [forge.seal(record)]);
        return [file, fileOf(record)];
      },
      1,
    ],
    [
      'record-signature',
      'that somebody else signed',
      async () => {
        const record = forge.record('solo', release('1'));
        const { file } = await forge.interaction('solo', [forge.seal(record)]);
        return [file, await forge.file(record, forge.long.keys('weighted').slice(0, 1))];
      },
      1,
    ],
  ]);
});

const ABOUT = { manifest: SKILL.said, subject: { name: SKILL.name, sha256: SKILL_SHA256 } };
const OTHER_SUBJECT = { subject: { name: SKILL.name, sha256: SHA256 } };

/** A statement, and what takes it back. */
async function takenBack(...more: readonly Partial<Revoke>[]): Promise<Files> {
  const first = forge.record('solo', statedAudit(ABOUT));
  const target = { kind: 'statement', said: first.said } as const;
  return published(
    first,
    ...more.map((one, at) => forge.record('solo', revoke(target, { note: `${at}`, ...one }))),
  );
}

describe('a statement about skills', () => {
  both([
    ...[statedAudit, imported, exemption].map((make): Case => [
      'statement-subject',
      `that is the ${make(ABOUT).type} of a released manifest by another digest`,
      async () => publishedBodies(release('1'), make({ ...ABOUT, ...OTHER_SUBJECT })),
      2,
    ]),
    [
      'statement-subject',
      'that is the audit of a released manifest by another name',
      async () => {
        const subject = { name: 'other', sha256: SKILL_SHA256 };
        return publishedBodies(release('1'), statedAudit({ ...ABOUT, subject }));
      },
      2,
    ],
    [
      'vouch-self',
      'that vouches for its issuer',
      async () => publishedBodies(vouch(forge.aid('solo'))),
      1,
    ],
    [
      'vouch-self',
      'in which a device vouches for the controller in its name',
      async () =>
        publishedBodies(vouch(forge.aid('team'), { controller: forge.aid('team'), level: 'high' })),
      1,
    ],
    [
      'term',
      'that holds for too long',
      async () => publishedBodies(exemption(ABOUT, { expires: '2027-03-01' })),
      1,
    ],
    [
      'criteria',
      'that names a criterion twice',
      async () => publishedBodies(statedAudit(ABOUT, { criteria: [OTHER_DIGEST, OTHER_DIGEST] })),
      1,
    ],
    [
      'audit-tool',
      'that a scanner made which is not named',
      async () => publishedBodies(statedAudit(ABOUT, { method: 'scanner', expires: '2026-12-01' })),
      1,
    ],
    [
      'audit-delta',
      'that says what changed since its own manifest',
      async () => publishedBodies(statedAudit(ABOUT, { from: SKILL.said })),
      1,
    ],
    [
      'vouch-grants',
      'that distrusts and grants',
      async () =>
        publishedBodies(vouch(forge.aid('team'), { level: 'distrust', grants: [OTHER_DIGEST] })),
      1,
    ],
    [
      'statement-subject',
      'that vouches for another one than its subject',
      async () => publishedBodies({ ...vouch(forge.aid('team')), aid: forge.aid('weighted') }),
      1,
    ],
    [
      'record-unsigned',
      'that nobody signed',
      async () => {
        const record = forge.record('solo', statedAudit(ABOUT));
        const { file } = await forge.interaction('solo', [forge.seal(record)]);
        return [file, fileOf(record)];
      },
      1,
    ],
    [
      'record-signature',
      'that somebody else signed',
      async () => {
        const record = forge.record('solo', vouch(forge.aid('team')));
        const { file } = await forge.interaction('solo', [forge.seal(record)]);
        return [file, await forge.file(record, forge.long.keys('weighted').slice(0, 1))];
      },
      1,
    ],
    [
      'revoke-target',
      'that is taken back and not there',
      async () => publishedBodies(revoke({ kind: 'statement', said: OTHER_DIGEST })),
      1,
    ],
    [
      'revoke-target',
      'that is taken back as one about something else',
      async () => takenBack(OTHER_SUBJECT),
      2,
    ],
    ['revoke-twice', 'that is taken back twice', async () => takenBack({}, {}), 3],
    [
      'revoke-foreign',
      "that is in somebody else's name and taken back in its own",
      async () => {
        const record = forge.record('solo', statedAudit(ABOUT, { controller: forge.aid('team') }));
        const target = { kind: 'statement', said: record.said } as const;
        return published(record, forge.record('solo', revoke(target)));
      },
      2,
    ],
  ]);
});

describe('the revocation of a skill', () => {
  both([
    [
      'revoke-target',
      'of a release that is not there',
      async () => publishedBodies(revoke({ kind: 'release', said: OTHER_DIGEST })),
      1,
    ],
    [
      'revoke-target',
      'of a name that its publisher never released',
      async () =>
        publishedBodies(revoke({ kind: 'name', publisher: forge.aid('solo'), name: SKILL.name })),
      1,
    ],
    [
      'revoke-target',
      'whose subject is another manifest',
      async () => {
        const first = forge.record('solo', release('1'));
        const subject = { name: SKILL.name, sha256: SHA256 };
        const target = { kind: 'release', said: first.said } as const;
        return published(first, forge.record('solo', revoke(target, { subject })));
      },
      2,
    ],
    [
      'revoke-twice',
      'of what is revoked',
      async () => {
        const target = { kind: 'manifest', said: SKILL.said } as const;
        return publishedBodies(revoke(target), revoke(target, { note: 'again' }));
      },
      2,
    ],
  ]);
});

describe('the approval of a repository policy', () => {
  const approval = { type: 'repository-policy', sha256: SHA256 } as const;
  both([
    [
      'policy-unchanged',
      'in the place of itself',
      async () => publishedBodies({ ...approval, previous: SHA256 }),
      1,
    ],
    [
      'policy-twice',
      'that says what the last one said',
      async () => {
        const one = forge.record('solo', { ...approval, previous: undefined });
        const first = await forge.interaction('solo', [forge.seal(one)]);
        const { sn } = first.after.state;
        const two = forge.record('solo', { ...approval, previous: undefined }, { sn: sn + 1 });
        const second = await forge.interaction('solo', [forge.seal(two)], first.after);
        const keys = forge.long.keys('solo');
        const [oneFile, twoFile] = [await forge.file(one, keys), await forge.file(two, keys)];
        return [first.file, oneFile, second.file, twoFile];
      },
      3,
    ],
  ]);
});

describe('a log policy', () => {
  both([
    [
      'policy-issuer',
      'of somebody else than the founder',
      async () => {
        const record = forge.record('weighted', policy('open'));
        return [(await forge.interaction('weighted', [forge.seal(record)])).file, fileOf(record)];
      },
      1,
    ],
    [
      'writers',
      'with writers in another order',
      async () => sealedPolicies(policy('closed', ['b', 'a'])),
      1,
    ],
    [
      'admission',
      'with an unknown admission',
      async () => sealedPolicies(policy('ajar' as unknown as 'open')),
      1,
    ],
  ]);
});

describe('the file of a record', () => {
  const withBytes = (change: (bytes: Uint8Array) => Uint8Array) => async (): Promise<Files> =>
    changedLink((file) => ({ ...file, bytes: change(file.bytes) }));
  const withText = (change: (text: string) => string): (() => Promise<Files>) =>
    withBytes((bytes) => utf8(change(new TextDecoder().decode(bytes))));
  const signedAt =
    (...indices: readonly number[]) =>
    async (): Promise<Files> => {
      const record = forge.record('team', link(forge.aid('weighted')));
      const keys = forge.long.keys('weighted');
      const signatures = await forge.signatures(
        record,
        indices.map((at) => keys[at] ?? ''),
        indices,
      );
      return sealed([record], [fileOf(record, signatures)]);
    };
  both([
    ['not-canonical', 'with a line feed', withText((text) => `${text}\n`), 1],
    ['not-canonical', 'with white space', withText((text) => text.replace(':', ': ')), 1],
    [
      'not-canonical',
      'with a label twice',
      withText((text) => text.replace('"name":', '"name":"x","name":')),
      1,
    ],
    [
      'not-canonical',
      'with a letter spelt otherwise',
      withText((text) => text.replace('"name":"ci"', String.raw`"name":"c\u0069"`)),
      1,
    ],
    ['not-json', 'cut short', withText((text) => text.slice(0, -1)), 1],
    ['not-json', 'empty', withText(() => ''), 1],
    ['not-utf8', 'that is not UTF-8', withBytes((bytes) => concat(bytes, Uint8Array.of(0xff))), 1],
    [
      'field',
      'with a field more',
      async () => changedLink((file) => withJson(file, (value) => ({ ...value, more: 1 }))),
      1,
    ],
    [
      'field',
      'without signatures',
      async () =>
        changedLink((file) => withJson(file, ({ record }) => ({ record: record ?? null }))),
      1,
    ],
    [
      'field',
      'with a field of the record more',
      async () =>
        changedLink((file) =>
          withJson(file, ({ record, ...rest }) => ({
            ...rest,
            record: { ...(record as { [key: string]: Json }), more: 1 },
          })),
        ),
      1,
    ],
    [
      'record-signatures',
      'with signatures that nobody asked for',
      async () => {
        const record = forge.record('team', policy('open'));
        const signatures = await forge.signatures(record, forge.long.keys('team').slice(0, 2));
        return sealed([record], [fileOf(record, signatures)]);
      },
      1,
    ],
    ['record-signatures', 'with signatures in another order', signedAt(1, 0), 1],
    ['record-signatures', 'with a signature twice', signedAt(0, 0, 1), 1],
  ]);
});

describe('an envelope', () => {
  const enveloped =
    (change: (value: { [key: string]: Json }) => Json) => async (): Promise<Files> =>
      stated((file) => withJson(file, change));
  const keyId =
    (id: () => string) =>
    ({ signatures, ...rest }: { [key: string]: Json }): Json => ({
      ...rest,
      signatures: (signatures as readonly { [key: string]: Json }[]).map((one) => ({
        ...one,
        keyid: id(),
      })),
    });
  both([
    [
      'payload-type',
      'of another payload type',
      enveloped((value) => ({ ...value, payloadType: 'application/json' })),
      1,
    ],
    [
      'record-form',
      'with the key id of another AID',
      enveloped(keyId(() => `${forge.aid('team')}#0`)),
      1,
    ],
    ['envelope-signature', 'with another key id', enveloped(keyId(() => 'key')), 1],
    ['envelope-signature', 'with a key id of two spellings', enveloped(keyId(() => 'E#00')), 1],
    [
      'payload',
      'with a payload in base64url',
      enveloped((value) => ({ ...value, payload: '_-8' })),
      1,
    ],
    [
      'record-unsigned',
      'without signatures',
      enveloped((value) => ({ ...value, signatures: [] })),
      1,
    ],
    [
      'record-signature',
      'signed by another AID',
      async () => {
        const record = forge.record('solo', statement(undefined));
        const { file } = await forge.interaction('solo', [forge.seal(record)]);
        return [file, await forge.file(record, forge.long.keys('team').slice(0, 1))];
      },
      1,
    ],
    [
      'record-signature',
      'whose payload alone is signed, without its type',
      async () => {
        const record = forge.record('solo', statement(undefined));
        const { file } = await forge.interaction('solo', [forge.seal(record)]);
        const [key = ''] = forge.long.keys('solo');
        const raw = await forge.long.ring.signer(key).sign(record.bytes);
        return [file, fileOf(record, [{ index: 0, raw }])];
      },
      1,
    ],
    [
      'record-signature',
      'that the keys before the sealing rotation sign',
      async () => {
        const record = forge.record('solo', statement(undefined));
        const { file } = await forge.rotation('solo', [forge.seal(record)]);
        return [file, await forge.file(record, forge.long.keys('solo'))];
      },
      1,
    ],
    [
      'record-order',
      'that the keys before the sealing rotation sign, before it',
      async () => {
        const record = forge.record('solo', statement(undefined));
        const { file } = await forge.rotation('solo', [forge.seal(record)]);
        return [await forge.file(record, forge.long.keys('solo')), file];
      },
      0,
    ],
    [
      'statement-type',
      'of another statement',
      async () => payload((text) => text.replace('Statement/v1', 'Statement/v2')),
      1,
    ],
    [
      'statement-type',
      'of another predicate',
      async () => payload((text) => text.replace('urn:gitkel:statement:1', 'urn:else')),
      1,
    ],
    [
      'subject-digest',
      'with a digest in capitals',
      async () => payload((text) => text.replace(SHA256, 'AA'.repeat(32))),
      1,
    ],
    [
      'subjects',
      'about nothing',
      async () => payload((text) => text.replace(/"subject":\[.*\]/, '"subject":[]')),
      1,
    ],
    [
      'not-canonical',
      'of a payload with white space',
      async () => payload((text) => ` ${text}`),
      1,
    ],
  ]);
});

describe('the order of a batch', () => {
  both([
    [
      'record-order',
      'a record before its event',
      async () => {
        const [event, ...files] = await sealedPolicies(policy('closed'));
        return event === undefined ? [] : [...files, event];
      },
      0,
    ],
    [
      'record-order',
      'a record behind the event of another',
      async () => {
        const [event, ...files] = await sealedPolicies(policy('closed'));
        const other = await forge.interaction('solo', []);
        return event === undefined ? [] : [event, other.file, ...files];
      },
      2,
    ],
    [
      'record-order',
      'records behind the event that follows on theirs',
      async () => {
        const record = forge.record('team', policy('closed'));
        const first = await forge.interaction('team', [forge.seal(record)]);
        const second = await forge.interaction('team', [], first.after);
        return [first.file, second.file, fileOf(record)];
      },
      2,
    ],
    [
      'record-order',
      'records in another order than their seals, so that another policy would be the last',
      async () => {
        const [event, open, closed] = await sealedPolicies(policy('open'), policy('closed'));
        if (event === undefined || open === undefined || closed === undefined)
          throw new Error('two policies');
        return [event, closed, open];
      },
      1,
    ],
    [
      'record-order',
      'links in another order than their seals, so that another one would be in force',
      async () => {
        const solo = forge.aid('solo');
        const [narrow, wide] = [await forge.link(link(solo, [])), await forge.link()];
        const revoked = forge.record('team', revocation(solo));
        return sealed(
          [wide.record, revoked, narrow.record],
          [narrow.file, fileOf(revoked), wide.file],
        );
      },
      1,
    ],
    [
      'link-twice',
      'a link before the revocation that it follows on',
      async () => {
        const solo = forge.aid('solo');
        const [first, again] = [await forge.link(), await forge.link(link(solo, []))];
        const revoked = forge.record('team', revocation(solo));
        return sealed(
          [first.record, revoked, again.record],
          [first.file, again.file, fileOf(revoked)],
        );
      },
      2,
    ],
  ]);
});
