/** Contents that go on from what was remembered answer as those that were never put away. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyEvent } from '../../src/keri/event.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { parseThresholdText } from '../../src/keri/threshold.ts';
import { VerifiedMemory } from '../../src/keys/verified-memory.ts';
import { Contents } from '../../src/log/contents.ts';
import type { AcceptedEvent } from '../../src/log/accepted-event.ts';
import { KelDraft } from '../../src/log/kel-draft.ts';
import { stateAt } from '../../src/log/history.ts';
import {
  approvedPolicies,
  newestRelease,
  releasesOf,
  revocationsBy,
  standingOfRelease,
} from '../../src/log/releases.ts';
import { Remembered } from '../../src/log/remembered.ts';
import { rememberContents } from '../../src/log/resume.ts';
import { statedBy } from '../../src/log/stated.ts';
import { statementStanding } from '../../src/log/trust-standing.ts';
import type { RecordBody, UnsignedRecord } from '../../src/records/record.ts';
import type { SkillManifest } from '../../src/records/skill-manifest.ts';
import { freshHome, inMemory } from '../keys/homes.ts';
import { oneRun, runRecord } from '../support/run-records.ts';
import { audit, exemption, imported, vouch } from '../support/skill-statements.ts';

const AIDS = ['Eaid-of-a', 'Eaid-of-b', 'Eaid-of-c', 'Eaid-of-d'];
const LOG_ID = `E${'L'.repeat(43)}`;
const THRESHOLDS = ['2', '1/2,1/2,1/2', '1/3,2/3;1', '[{"1/2":["1/3","2/3"]},"1/2"]'];

const SKILL_BODIES = [
  'release',
  'revoke-release',
  'revoke-files',
  'revoke-name',
  'approve',
] as const;
const TRUST_BODIES = ['audit', 'fail', 'vouch', 'import', 'exempt', 'take-back'] as const;
const BODIES = [
  'link',
  'revoke',
  'state',
  'policy',
  'lift',
  'run',
  ...SKILL_BODIES,
  ...TRUST_BODIES,
] as const;

/** Files under two names, one of which holds what separates the parts of keys. */
const MANIFESTS: readonly SkillManifest[] = ['pdf', 'a" 0 name'].flatMap((name) =>
  ['1', '2'].map((said) => ({ said: `Emanifest ${said} ${name}`, name, files: [], h1: 'h1:' })),
);
const sha256Of = ({ said }: SkillManifest): string => `digest of ${said}`;

/** What a run of batches does: events of one AID, every so many of them a rotation; or one record. */
type Step =
  | {
      readonly kind: 'events';
      readonly aid: number;
      readonly count: number;
      readonly every: number;
    }
  | {
      readonly kind: 'record';
      readonly aid: number;
      readonly body: (typeof BODIES)[number];
      readonly other: number;
    }
  /** A rotation that takes the place of the last events, at most so many; it seals a lift of all that it can. */
  | { readonly kind: 'supersede'; readonly aid: number; readonly most: number }
  | { readonly kind: 'keep'; readonly reload: boolean };

/** A record that an AID issues in its own name. */
function ownRecord(body: (typeof BODIES)[number]): Step {
  return { kind: 'record', aid: 0, body, other: 0 };
}

const aid = fc.integer({ min: 0, max: AIDS.length - 1 });
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('events' as const),
      aid,
      count: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 60, max: 70 })),
      every: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({
      kind: fc.constant('record' as const),
      aid,
      body: fc.constantFrom(...BODIES),
      other: aid,
    }),
    fc.record({
      kind: fc.constant('record' as const),
      aid,
      body: fc.oneof(
        fc.constant('release' as const),
        fc.constantFrom(...SKILL_BODIES, ...TRUST_BODIES),
      ),
      other: aid,
    }),
    fc.record({
      kind: fc.constant('supersede' as const),
      aid,
      most: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(100)),
    }),
    fc.record({ kind: fc.constant('keep' as const), reload: fc.boolean() }),
  ),
  { maxLength: 30 },
);

/** An event as far as contents look at it. */
function accepted(
  contents: Contents,
  name: string,
  isRotation: boolean,
  sn = contents.kel(name)?.length ?? 0,
): AcceptedEvent {
  const kel = contents.kel(name);
  const type = sn === 0 ? 'icp' : isRotation ? 'rot' : 'ixn';
  const said = `said of ${name} ${sn}${kel === undefined || sn === kel.length ? '' : ` in batch ${contents.batches}`}`;
  const before = kel?.stateAt(sn - 1);
  const established: Partial<KeyState> =
    type === 'ixn'
      ? {}
      : {
          threshold: parseThresholdText(THRESHOLDS[sn % THRESHOLDS.length] ?? '1'),
          nextThreshold: parseThresholdText(THRESHOLDS[(sn + 1) % THRESHOLDS.length] ?? '1'),
          publicKeys: [`key ${sn}`],
          nextDigests: [`digest ${sn}`],
          lastEstablishment: { sn, said, witnessCuts: [], witnessAdds: [] },
        };
  const state = {
    aid: name,
    witnessThreshold: 0,
    witnesses: [],
    traits: [],
    delegator: undefined,
    ...before,
    ...established,
    sn,
    said,
    prior: before?.said,
    lastType: type,
  } as KeyState;
  return {
    event: { aid: name, sn, said, type, seals: [] } as unknown as KeyEvent,
    state,
    anchor: undefined,
    signers: { indices: [sn % 3, 3], witnessIndices: sn % 2 === 0 ? [] : [0, 2] },
  };
}

function applyEvent(contents: Contents, name: string, isRotation: boolean, sn?: number): void {
  const draft = new KelDraft(contents.kel(name));
  draft.add(accepted(contents, name, isRotation, sn));
  apply(contents, new Map([[name, draft]]), []);
}

/** The first place after the last establishment, or the one that leaves so many events behind. */
function placeToSupersede(contents: Contents, name: string, most: number): number | undefined {
  const kel = contents.kel(name);
  if (kel === undefined) return undefined;
  const sn = Math.max(kel.state.lastEstablishment.sn + 1, kel.length - most);
  return sn < kel.length ? sn : undefined;
}

function apply(
  contents: Contents,
  kels: ReadonlyMap<string, KelDraft>,
  records: readonly UnsignedRecord[],
): void {
  const { batches } = contents;
  const genesis =
    batches === 0
      ? {
          bytes: new TextEncoder().encode('{"a":1}'),
          logId: LOG_ID,
          founder: 'Ea',
          admission: 'open' as const,
        }
      : undefined;
  contents.apply(
    { genesis, kels, events: [], records, ...NOTHING_ELSE },
    { commit: `commit ${batches}`, payloadDigest: `digest ${batches}`, claimedSeconds: batches },
  );
}

const NOTHING_ELSE = { proofs: [], proofFiles: [], statuses: [], credentials: [], evidence: [] };

function bodyOf(
  contents: Contents,
  step: Extract<Step, { kind: 'record' }>,
): RecordBody | undefined {
  const [issuer = '', other = ''] = [AIDS[step.aid], AIDS[step.other]];
  const isLinked = contents.records.linkInForce(issuer, other) !== undefined;
  switch (step.body) {
    case 'link':
      return isLinked
        ? undefined
        : { type: 'device-link', device: other, name: 'd', capabilities: ['audit', 'release'] };
    case 'revoke':
      return isLinked ? { type: 'device-revoke', device: other, reason: 'lost' } : undefined;
    case 'state':
      return { type: 'statement', subjects: [{ name: 's', sha256: '00' }], controller: other };
    case 'policy':
      return { type: 'log-policy', admission: 'closed', writers: [other] };
    case 'lift': {
      const { records } = contents;
      const open = records
        .disputedOf(issuer)
        .filter(({ stays, said }) => stays && records.liftOf(said) === undefined);
      return open.length === 0
        ? undefined
        : { type: 'lift', records: open.map(({ said }) => said).toSorted(), reason: '' };
    }
    case 'run':
      return runRecord([oneRun(`2026-11-21-00000000000${contents.batches % 10}`)], {
        controller: other,
      });
    case 'approve':
      return { type: 'repository-policy', sha256: `of ${contents.batches}`, previous: other };
    case 'audit':
    case 'fail':
    case 'vouch':
    case 'import':
    case 'exempt':
    case 'take-back':
      return trustBody(contents, step.body, issuer, other);
    default:
      return skillBody(contents, step.body, issuer, other);
  }
}

/** A statement by an AID for itself or for another one, or what takes one back. */
function trustBody(
  contents: Contents,
  kind: (typeof TRUST_BODIES)[number],
  issuer: string,
  other: string,
): RecordBody | undefined {
  const { batches, records } = contents;
  const controller = other === issuer ? undefined : other;
  const manifest = MANIFESTS[batches % MANIFESTS.length];
  if (manifest === undefined) return undefined;
  const about = {
    manifest: manifest.said,
    subject: { name: manifest.name, sha256: sha256Of(manifest) },
  };
  switch (kind) {
    case 'audit':
      return audit(about, { controller });
    case 'fail':
      return audit(about, { controller, result: 'fail', note: 'not remembered' });
    case 'vouch':
      return vouch(other, { controller });
    case 'import':
      return imported(about, { controller });
    case 'exempt':
      return exemption(about, { controller });
    case 'take-back': {
      const said = `record ${Math.floor(batches / 2)}`;
      const stated = statedBy(records, said);
      return stated === undefined
        ? undefined
        : {
            type: 'revoke',
            target: { kind: 'statement', said },
            subject: stated.subject,
            reason: 'mistaken',
            note: '',
            replacement: undefined,
            controller,
          };
    }
  }
}

/** A release, or the revocation of one, by an AID for itself or for another one. */
function skillBody(
  contents: Contents,
  kind: 'release' | 'revoke-release' | 'revoke-files' | 'revoke-name',
  issuer: string,
  other: string,
): RecordBody | undefined {
  const { records, batches } = contents;
  const controller = other === issuer ? undefined : other;
  const by = controller ?? issuer;
  const manifest = MANIFESTS[batches % MANIFESTS.length];
  if (manifest === undefined) return undefined;
  const { name } = manifest;
  const sha256 = sha256Of(manifest);
  if (kind === 'release') {
    const previous = newestRelease(records, by, name)?.said;
    const version = `${batches}`;
    return { type: kind, manifest, sha256, version, previous, controller, source: undefined };
  }
  const { all } = records.releases;
  const release = all[batches % all.length];
  if (release === undefined) return undefined;
  const target = {
    'revoke-release': { kind: 'release', said: release.said },
    'revoke-files': { kind: 'manifest', said: release.manifest },
    'revoke-name': { kind: 'name', publisher: release.controller, name: release.name },
  } as const;
  return {
    type: 'revoke',
    target: target[kind],
    subject: { name: release.name, sha256: release.sha256 },
    reason: 'mistaken',
    note: '',
    replacement: undefined,
    controller,
  };
}

function applyStep(contents: Contents, step: Exclude<Step, { kind: 'keep' }>): void {
  const name = AIDS[step.aid] ?? '';
  if (step.kind === 'events') {
    for (let done = 1; done <= step.count; done++)
      applyEvent(contents, name, done % step.every === 0);
    return;
  }
  if (step.kind === 'supersede') {
    const sn = placeToSupersede(contents, name, step.most);
    if (sn !== undefined) applyEvent(contents, name, true, sn);
    return;
  }
  const body = bodyOf(contents, step);
  if (body === undefined) return;
  const said = `record ${contents.batches}`;
  const sn = contents.kel(name)?.state.sn ?? 0;
  const record = { issuer: name, sn, logId: LOG_ID, said, body, bytes: new Uint8Array() };
  apply(contents, new Map(), [record]);
}

function kelAnswers(contents: Contents, name: string): unknown {
  const kel = contents.kel(name);
  if (kel === undefined) return undefined;
  const sns = Array.from({ length: kel.length + 2 }, (_, sn) => sn);
  return {
    state: kel.state,
    files: kel.files,
    length: kel.length,
    accepted: kel.accepted,
    establishments: kel.establishments,
    everEstablished: kel.everEstablished,
    disputed: kel.disputed,
    places: Array.from({ length: kel.accepted }, (_, place) => [
      kel.acceptedEvent(place),
      kel.stateOfAccepted(place),
      kel.stateBefore(place),
      kel.placeOfFile(kel.acceptedEvent(place)?.ordinal ?? -1),
    ]),
    events: sns.map((sn) => [
      kel.saidAt(sn),
      kel.positionAt(sn),
      kel.fileAt(sn),
      kel.establishmentAt(sn),
      kel.signersAt(sn),
      stateAt(kel, { sn }),
    ]),
    past: [0, 3, 70, 200].map((position) => stateAt(kel, { position })),
  };
}

/** The answer to every question that contents can be asked. */
function answers(contents: Contents): unknown {
  const { records, genesis } = contents;
  const pairs = AIDS.flatMap((one) => AIDS.map((other) => [one, other] as const));
  return {
    genesis,
    batches: contents.batches,
    last: contents.lastBatch,
    marks: Array.from({ length: contents.batches + 1 }, (_, at) => contents.batchAt(at)),
    aids: contents.aids,
    kels: [...AIDS, 'Enobody'].map((name) => kelAnswers(contents, name)),
    policy: genesis === undefined ? undefined : records.policy(genesis),
    positions: [...records.positions],
    positionsOf: [...records.positions.keys(), 'none'].map((said) => records.positionOf(said)),
    links: AIDS.map((name) => [records.linksOf(name), records.linksTo(name)]),
    everyLink: [1, 20, 200].flatMap((at) =>
      AIDS.map((name) => [records.everyLinkOf(name, at), records.everyLinkTo(name, at)]),
    ),
    disputed: AIDS.map((name) => records.disputedOf(name)),
    fates: [...records.positions.keys()].map((said) => [
      records.disputed(said),
      records.liftOf(said),
      records.isAbsent(said),
      records.isAbsent(said, 40),
    ]),
    inForce: pairs.map(([one, other]) => records.linkInForce(one, other)),
    statements: AIDS.map((name) => records.statementsOf(name)),
    releases: releaseAnswers(contents),
    trust: trustAnswers(contents),
    runs: Array.from({ length: 10 }, (_, n) => {
      const id = `2026-11-21-00000000000${n}`;
      return [records.runs.everySeal(id), AIDS.map((name) => records.runs.sealedBy(name, id))];
    }),
  };
}

/** The answer to every question about audits, vouches, imports and exemptions. */
function trustAnswers(contents: Contents): unknown {
  const { records } = contents;
  const { trust } = records;
  const all = [...records.positions.keys()];
  return {
    entries: all.map((said) => {
      const entry = trust.entry(said);
      return [entry, entry && statementStanding(contents, entry), statedBy(records, said)];
    }),
    by: AIDS.map((name) => [...trust.statementsBy(name)]),
    vouches: AIDS.map((name) => [...trust.vouchesBy(name)]),
    speakers: [...AIDS, ...MANIFESTS.map(({ said }) => said)].map((what) => [
      ...trust.speakersOn(what),
    ]),
    about: AIDS.flatMap((name) => [
      AIDS.map((other) => [...trust.vouchesAbout(name, other)]),
      MANIFESTS.map(({ said }) => [
        ...trust.auditsBy(name, said),
        ...trust.importsBy(name, said),
        ...trust.exemptionsBy(name, said),
        ...trust.saidBy(name, said),
      ]),
    ]),
  };
}

/** The answer to every question about releases, their revocations and policies. */
function releaseAnswers(contents: Contents): unknown {
  const { releases } = contents.records;
  return {
    all: releases.all.map((release) => [
      releases.release(release.said),
      standingOfRelease(contents, release),
      [...revocationsBy(contents, release, AIDS)],
    ]),
    named: AIDS.flatMap((name) =>
      MANIFESTS.map((manifest) => [
        releases.named(name, manifest.name),
        newestRelease(contents.records, name, manifest.name),
        releases.namedWith(name, manifest.name, sha256Of(manifest)),
      ]),
    ),
    manifests: MANIFESTS.map(({ said }) => [
      releases.someOf(said),
      releasesOf(contents, said),
      releasesOf(contents, said, AIDS),
      [...revocationsBy(contents, said, AIDS)],
    ]),
    policies: AIDS.map((name) => [
      releases.policies(name),
      [...releases.policiesBack(name)],
      approvedPolicies(contents, [name]),
    ]),
  };
}

function recalled(memory: VerifiedMemory): Contents {
  return new Contents(new Remembered(memory.recall(LOG_ID)));
}

describe('Contents', () => {
  it('answer the same, however often they were remembered and read again', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const home = freshHome(inMemory());
        const memory = new VerifiedMemory(home);
        const plain = new Contents();
        let contents = new Contents();
        for (const step of all) {
          if (step.kind === 'keep') {
            await rememberContents(memory, contents);
            if (step.reload) contents = recalled(memory);
          } else {
            applyStep(plain, step);
            applyStep(contents, step);
          }
        }
        expect(answers(contents)).toEqual(answers(plain));
        await rememberContents(memory, contents);
        expect(contents.touched).toEqual([]);
        expect(contents.rememberedBatches).toBe(plain.batches);
        expect(answers(recalled(memory))).toEqual(answers(plain));
        memory.close();
      }),
      { numRuns: 20, examples: [[SKILL_BODIES.map(ownRecord)]] },
    );
  });

  it('tell which AIDs have events that are not remembered, and which of their key states', async () => {
    const memory = new VerifiedMemory(freshHome(inMemory()));
    const contents = new Contents();
    for (const name of AIDS) applyEvent(contents, name, false);
    expect(contents.touched).toEqual(AIDS);
    await rememberContents(memory, contents);
    const again = recalled(memory);
    expect(again.touched).toEqual([]);
    applyEvent(again, 'Eaid-of-b', true);
    expect(again.touched).toEqual(['Eaid-of-b']);
    expect(again.kel('Eaid-of-b')?.newEstablishments.map(({ state }) => state.sn)).toEqual([1]);
    expect(again.rememberedBatches).toBe(4);
    memory.close();
  });
});
