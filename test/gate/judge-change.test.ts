/** Verdicts on changes that the pushes of the corpus do not show: bounds, cost, age, and the form for forges. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { type ChangeVerdict, judgeChange, type TreeChange } from '../../src/gate/judge-change.ts';
import { type Judgement, judgementBy } from '../../src/gate/judgement.ts';
import { parsePolicy } from '../../src/gate/repository-policy.ts';
import { sarifOf } from '../../src/gate/sarif.ts';
import { skillReader } from '../../src/gate/skill-reader.ts';
import { refusalLine } from '../../src/gate/refusal.ts';
import { refusalsOf } from '../../src/gate/verdict-lines.ts';
import type { GitObject } from '../../src/git/object.ts';
import { objectId } from '../../src/git/object.ts';
import { encodeTree, type TreeEntry } from '../../src/git/tree.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { objectTooLarge } from '../../src/git/object-reader.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { skillLog } from '../../src/skills/skill-log.ts';
import { policyInForce } from '../../src/gate/policy-change.ts';
import {
  bundleOf,
  type Issued,
  LASTING,
  pem,
  people,
  type People,
  sha256,
  statementOf,
} from '../oms/making.ts';
import { emptyHost } from '../skills/making.ts';
import {
  addTree,
  at,
  executable,
  link,
  manifestOf,
  skill,
  type Tree,
  without,
} from '../support/made-tree.ts';
import { policyText } from '../support/push-log.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { reasonOf } from '../support/thrown.ts';

const PDF = skill('pdf', { 'run.sh': executable('x\n') });
const SARIF = new Ajv2020({ strict: false }).compile(sarifSchema());

let log: ReleasingLog;
let judgement: Judgement;

beforeAll(async () => {
  log = await ReleasingLog.make(emptyHost(), '/log', ['ada', 'max']);
  await log.release('ada', manifestOf(PDF));
  const rules = { 'skills/**': [log.aid('ada')] };
  const policy = parsePolicy(nativeCrypto, utf8(policyText(log.id, [log.aid('max')], rules)));
  judgement = judgementBy(policy, skillLog(log.log), 0);
});

/** Objects in memory that count what is read of them. */
function objectsOf(objects: readonly GitObject[]) {
  const byId = new Map(
    objects.map((object) => [objectId(nativeCrypto, object.type, object.bytes), object]),
  );
  const reads: string[] = [];
  return {
    reads,
    byId,
    read: async (oid: string, limit = Infinity): Promise<GitObject | undefined> => {
      reads.push(oid);
      const object = byId.get(oid);
      if (object !== undefined && object.bytes.length > limit)
        throw objectTooLarge(oid, object.bytes.length, limit);
      return object;
    },
  };
}

async function judge(
  before: Tree | undefined,
  after: Tree,
  more: { readonly change?: Partial<TreeChange>; readonly judgement?: Partial<Judgement> } = {},
): Promise<ChangeVerdict & { readonly reads: readonly string[] }> {
  const objects: GitObject[] = [];
  const change = {
    before: before === undefined ? undefined : addTree(objects, before),
    after: addTree(objects, after),
    governs: false,
    isUpdate: true,
    ...more.change,
  };
  const source = objectsOf(objects);
  const verdict = await judgeChange(skillReader(nativeCrypto, source), change, {
    ...judgement,
    ...more.judgement,
  });
  return { ...verdict, reads: source.reads };
}

describe('judgeChange()', () => {
  test('reads only directories that differ, and each file once', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`skills/old-${index}/SKILL.md`, `${index}`]),
    );
    const base = { ...many, 'docs/a/b/c.md': 'c' };
    const { state, reads } = await judge(base, { ...base, ...at('skills/pdf', PDF) });
    expect(state).toBe('accepted');
    // Top and skills before and after, the new directory once for its names and once for its files, and two files.
    expect(reads).toHaveLength(8);
  });

  test('tells what happened to each skill', async () => {
    const base = { ...at('skills/pdf', PDF), ...at('skills/gone', skill('gone')) };
    const moved = await judge(base, at('skills/docs/pdf', PDF));
    expect(moved.skills).toMatchObject([
      { path: 'skills/docs/pdf', change: 'renamed', from: 'skills/pdf', rule: 'skills/**' },
    ]);
    expect(moved.deleted).toEqual(['skills/gone', 'skills/pdf']);
    const added = await judge(undefined, base);
    expect(added.skills.map(({ path, change }) => `${path} ${change}`)).toEqual([
      'skills/gone added',
      'skills/pdf added',
    ]);
    expect(added.state).toBe('refused');
  });

  test('passes nothing by a copy of the log that is too old, and says what is worse all the same', async () => {
    const staleness = { reason: 'log-stale', detail: 'two days old' } as const;
    const tree = { ...at('skills/pdf', PDF), ...at('skills/new', skill('new')) };
    const { skills } = await judge({}, tree, { judgement: { staleness } });
    expect(skills.map(({ verdict: { state, reason } }) => [state, reason])).toEqual([
      ['intact-unsigned', 'no-release'],
      ['stale', 'log-stale'],
    ]);
    expect((await judge({}, { 'README.md': 'x' }, { judgement: { staleness } })).state).toBe(
      'accepted',
    );
  });

  test('judges everything as new where the tree before cannot be read', async () => {
    const odd: Tree = { ...at('skills/new', skill('new')), x: { mode: '100664', text: 'x' } };
    const { skills } = await judge(odd, without(odd, 'x'));
    expect(skills.map(({ path, change }) => [path, change])).toEqual([['skills/new', 'added']]);
  });

  test('names directories that nobody can look into', async () => {
    const deep = `${'d/'.repeat(70)}SKILL.md`;
    const { obstacles } = await judge({}, { [deep]: 'x' });
    expect(obstacles).toMatchObject([{ reason: 'path-depth' }]);
    const odd = await judge({}, { 'a/x': { mode: '100664', text: 'x' } });
    expect(odd.obstacles).toMatchObject([{ path: 'a', reason: 'tree-unreadable' }]);
  });

  test('refuses a policy that nobody can read, where the repository has one', async () => {
    const policy = '.gitkel/policy.yaml';
    const found = async (before: Tree, after: Tree): Promise<unknown> =>
      (await judge(before, after, { change: { governs: true } })).policy;
    const odd: Tree = { x: { mode: '100664', text: 'x' } };
    expect(await found({}, odd)).toMatchObject({ outcome: 'refused', reason: 'policy-form' });
    const large = await found({}, { [policy]: `# ${'x'.repeat(40_000)}` });
    expect(large).toMatchObject({ outcome: 'refused', reason: 'policy-form' });
    expect(await found({ [policy]: 'x' }, { [policy]: link('x') })).toMatchObject({
      reason: 'policy-form',
    });
    expect(await found({ [policy]: 'x', a: '1' }, { [policy]: 'x', a: '2' })).toEqual({
      outcome: 'unchanged',
    });
  });

  test('takes no policy again by the approval that brought it before, once the one in its place is back', async () => {
    const path = '.gitkel/policy.yaml';
    const maintained = (...names: readonly string[]): Uint8Array =>
      utf8(
        policyText(
          own.id,
          names.map((name) => own.aid(name)),
          { 'x/*': [own.aid('max')] },
        ),
      );
    const own = await ReleasingLog.make(emptyHost(), '/own', ['max', 'eve']);
    const [one, other] = [maintained('max'), maintained('eve')];
    const outcome = async (): Promise<string> => {
      const policy = parsePolicy(nativeCrypto, one);
      const [before, after] = [one, other].map((file) => ({
        [path]: new TextDecoder().decode(file),
      }));
      const { policy: found } = await judge(before ?? {}, after ?? {}, {
        change: { governs: true },
        judgement: { policy, log: skillLog(own.log) },
      });
      return found.outcome === 'refused' ? found.reason : found.outcome;
    };
    expect(await outcome()).toBe('policy-not-approved');
    await own.approve('max', other, one);
    expect(await outcome()).toBe('approved');
    // As the one in force was approved since, it may have come back since.
    await own.approve('max', one, undefined);
    expect(await outcome()).toBe('policy-approval-stale');
    await own.approve('max', other, one);
    expect(await outcome()).toBe('approved');
    await own.approve('eve', one, other);
    expect(await outcome()).toBe('policy-approval-stale');
    own.close();
  });

  test('takes nothing by the word of who is proved to have signed two histories', async () => {
    const { contents } = log.log;
    const mark = {
      sn: 1,
      rivals: ['a', 'b'],
      evidence: 'E',
      isLate: false,
      position: contents.batches,
    };
    const marks = { of: (aid: string) => [{ ...mark, aid }] };
    /** The same log with everybody in it marked. */
    const marked = new Proxy(contents, {
      get: (target, key) => {
        const value: unknown = key === 'marks' ? marks : Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const path = '.gitkel/policy.yaml';
    const rules = { 'skills/**': [log.aid('ada')], 'x/*': [log.aid('max')] };
    const next = policyText(log.id, [log.aid('max')], rules);
    const old = policyText(log.id, [log.aid('max')], { 'skills/**': [log.aid('ada')] });
    await log.approve('max', utf8(next), utf8(old));
    const change = { change: { governs: true } };
    const reasons = async (judged: Partial<Judgement>): Promise<readonly string[]> =>
      refusalsOf(
        await judge(
          { [path]: old },
          { [path]: next, ...at('skills/pdf', PDF) },
          {
            ...change,
            judgement: judged,
          },
        ),
      ).map(({ reason }) => reason);
    const own = skillLog(log.log);
    expect(await reasons({ log: own })).toEqual([]);
    expect(await reasons({ log: { ...own, contents: marked } })).toEqual([
      'maintainer-duplicitous',
      'publisher-duplicitous',
    ]);
  });

  test('gives up early on directories that hold one another thousands of times', async () => {
    const objects: GitObject[] = [];
    const treeWith = (entries: readonly TreeEntry[]): string => {
      const bytes = encodeTree(entries);
      objects.push({ type: 'tree', bytes });
      return objectId(nativeCrypto, 'tree', bytes);
    };
    const many = (oid: string): string =>
      treeWith(
        Array.from({ length: 9_000 }, (_, index) => ({ mode: '40000', name: `${index}`, oid })),
      );
    const after = many(many(treeWith([])));
    const change = { before: undefined, after, governs: false, isUpdate: false };
    const source = objectsOf(objects);
    const judging = judgeChange(skillReader(nativeCrypto, source), change, judgement);
    expect(await reasonOf(async () => judging)).toBe('too-many-directories');
    expect(source.reads.length).toBeLessThan(100);

    const named = { mode: '100644', name: 'x'.repeat(4_000_000), oid: '11'.repeat(20) } as const;
    const large = treeWith([named]);
    const reader = skillReader(nativeCrypto, objectsOf(objects));
    let read = 0;
    const reading = async (): Promise<void> => {
      for (; read < 100; read++) await reader.tree(large);
    };
    expect(await reasonOf(reading)).toBe('too-many-directories');
    expect(read).toBe(Math.floor(LIMITS.gateTreeBytes / 4_000_028));
  });

  test('hashes no more than it may of files that many skills share', async () => {
    const objects: GitObject[] = [];
    const file: GitObject = { type: 'blob', bytes: new Uint8Array(LIMITS.skillFileBytes) };
    const oid = objectId(nativeCrypto, 'blob', file.bytes);
    objects.push(file);
    const treeWith = (names: readonly string[]): string => {
      // No SKILL.md: nothing of it is hashed, all of it counts.
      const bytes = encodeTree(names.map((name) => ({ mode: '100644', name, oid })));
      objects.push({ type: 'tree', bytes });
      return objectId(nativeCrypto, 'tree', bytes);
    };
    const skills = Array.from({ length: 100 }, (_, index) =>
      treeWith(['a', 'b', 'c', 'd', `${index}`]),
    );
    const reader = skillReader(nativeCrypto, objectsOf(objects));
    let digested = 0;
    const digesting = async (): Promise<void> => {
      for (const tree of skills) {
        await reader.digest(tree);
        digested++;
      }
    };
    expect(await reasonOf(digesting)).toBe('too-many-skills');
    expect(digested).toBe(Math.floor(LIMITS.gateSkillBytes / (5 * LIMITS.skillFileBytes)));
  });

  test('refuses to go on without an object', async () => {
    const objects: GitObject[] = [];
    const after = addTree(objects, at('skills/pdf', PDF));
    const source = objectsOf(objects.filter(({ type }) => type === 'tree'));
    const change = { before: undefined, after, governs: false, isUpdate: false };
    const judged = judgeChange(skillReader(nativeCrypto, source), change, judgement);
    expect(await reasonOf(async () => judged)).toBe('object-missing');
  });

  test('takes no release of files that are too many, or too much, to read', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1_001 }, (_, index) => [`skills/x/${index}`, '']),
    );
    const many = await judge({}, { ...files, ...at('skills/x', skill('x')) });
    expect(many.skills[0]?.verdict).toMatchObject({ state: 'error', reason: 'too-many-files' });
  });

  test('names paths of others in lines only where a shell takes them as they are', async () => {
    const verdict = await judge({}, at('skills/$(id)', skill('x')));
    const lines = refusalsOf(verdict).map(refusalLine);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^"skills\/\$\(id\)": no-release: /);
    expect(lines[0]).toMatch(/gitkel skill release DIR --as E[\w-]{43} --version VERSION$/);
  });
});

describe('traps', () => {
  test('13: an older release does not take the place of a newer one, where a branch goes from one to the other', async () => {
    const [older, newer] = [skill('old'), skill('old', { 'more.md': 'x' })];
    await log.release('ada', manifestOf(older), '1');
    await log.release('ada', manifestOf(newer), '2');
    const [before, after] = [at('skills/old', newer), at('skills/old', older)];
    const back = await judge(before, after);
    expect(back.skills[0]?.verdict).toMatchObject({ state: 'stale', reason: 'older-release' });
    expect((await judge(before, after, { change: { isUpdate: false } })).state).toBe('accepted');
    expect((await judge(after, before)).state).toBe('accepted');
    // Released once more, on purpose.
    await log.release('ada', manifestOf(older), '3');
    expect((await judge(before, after)).state).toBe('accepted');
  });

  test('17: a nested skill is not approved with the one around it', async () => {
    const inner = skill('inner');
    await log.release('ada', manifestOf({ ...skill('outer'), ...at('inner', inner) }));
    const tree = at('skills/outer', { ...skill('outer'), ...at('inner', inner) });
    const refused = await judge({}, tree);
    expect(refused.skills.map(({ path, verdict }) => [path, verdict.state])).toEqual([
      ['skills/outer', 'verified'],
      ['skills/outer/inner', 'intact-unsigned'],
    ]);
    await log.release('ada', manifestOf(inner));
    expect((await judge({}, tree)).state).toBe('accepted');
  });
});

describe('sarifOf()', () => {
  test('is SARIF 2.1.0 with a rule for each reason, and a place for each result', async () => {
    const tree = {
      ...at('skills/pdf', { ...PDF, 'a b.md': 'x' }),
      ...at('skills/new', skill('new')),
      ...at('tools/x', skill('x')),
      ...at('skills/low', { 'skill.md': 'x' }),
      lib: { mode: '160000', text: '11'.repeat(20) },
    };
    const verdict = await judge({}, tree, { change: { governs: true } });
    const sarif = sarifOf(verdict, '1.2.3') as unknown as Sarif;
    expect(SARIF(sarif), JSON.stringify(SARIF.errors)).toBe(true);
    const [run] = sarif.runs;
    const ids = run?.tool.driver.rules.map(({ id }) => id) ?? [];
    expect(ids).toEqual(['file-added', 'no-release', 'no-rule', 'skill-md-name', 'submodule']);
    for (const rule of run?.tool.driver.rules ?? []) expect(rule.help.text).toMatch(/\. .+\.$/);
    for (const { ruleId, ruleIndex } of run?.results ?? []) expect(ids[ruleIndex]).toBe(ruleId);
    expect(
      run?.results.map(({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri),
    ).toEqual([
      'lib',
      'skills/low/SKILL.md',
      'skills/new/SKILL.md',
      'skills/pdf/a%20b.md',
      'tools/x/SKILL.md',
    ]);
    expect(SARIF(sarifOf(await judge({}, {}), '1.2.3'))).toBe(true);
  });
});

interface Sarif {
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly rules: readonly {
          readonly id: string;
          readonly help: { readonly text: string };
        }[];
      };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly locations: readonly {
        readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } };
      }[];
    }[];
  }[];
}

/** What SARIF 2.1.0 asks of the objects that are used (sections 3.13, 3.14, 3.19, 3.27, 3.28, 3.49), and nothing beside. */
function sarifSchema(): object {
  const object = (properties: object, ...required: readonly string[]): object => ({
    type: 'object',
    additionalProperties: false,
    properties,
    required,
  });
  const text = { type: 'string', minLength: 1 };
  const list = (items: object): object => ({ type: 'array', items });
  const message = object({ text }, 'text');
  const rule = object(
    {
      id: text,
      shortDescription: message,
      help: message,
      defaultConfiguration: object({ level: { enum: ['none', 'note', 'warning', 'error'] } }),
    },
    'id',
  );
  const location = object({
    physicalLocation: object({
      artifactLocation: object({
        uri: { type: 'string', pattern: "^(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+$" },
        uriBaseId: text,
      }),
      region: object({ startLine: { type: 'integer', minimum: 1 } }),
    }),
  });
  const result = object(
    {
      ruleId: text,
      ruleIndex: { type: 'integer', minimum: 0 },
      level: { enum: ['none', 'note', 'warning', 'error'] },
      message,
      locations: list(location),
      partialFingerprints: { type: 'object', additionalProperties: text },
    },
    'message',
  );
  const driver = object({ name: text, version: text, rules: list(rule) }, 'name');
  const run = object({ tool: object({ driver }, 'driver'), results: list(result) }, 'tool');
  return object({ $schema: text, version: { const: '2.1.0' }, runs: list(run) }, 'version', 'runs');
}

describe('a policy that says what becomes of skills that nobody released', () => {
  const maker = people(LASTING);
  const signedBy = ({ root, middle, signer }: People, withRoot: boolean): Tree => {
    const files = { 'SKILL.md': '---\nname: foreign\ndescription: Reads.\n---\n', 'a.md': 'a' };
    const listed = Object.entries(files).map(([path, text]) => ({ path, bytes: utf8(text) }));
    const chain = withRoot ? [middle, root] : [middle];
    const bundle = bundleOf(statementOf(listed), { by: signer, chain });
    return { ...files, 'skill.oms.sig': JSON.stringify(bundle) };
  };
  const policyWith = (legacy: string): string =>
    `${policyText(log.id, [log.aid('max')], { 'skills/**': [log.aid('ada')] })}legacy:\n${legacy}`;
  const roots = (more: string): string =>
    `  roots:\n    - kind: oms\n      sha256: ${sha256(maker.root.der)}\n${more}`;
  const MAPPED = '      criteria: [content-intact]\n';
  const verdictBy = async (policy: string, tree: Tree): Promise<readonly string[]> => {
    const legacy = judgementBy(parsePolicy(nativeCrypto, utf8(policy)), skillLog(log.log), 20_000);
    const { skills, state } = await judge({}, at('skills/new', tree), { judgement: legacy });
    return [state, ...skills.map(({ verdict }) => `${verdict.decision} ${verdict.reason ?? ''}`)];
  };

  test('lets in what the mode and a pinned root let in, and nothing whose signature is bad', async () => {
    const standard = policyWith(`  mode: standard\n${roots(MAPPED)}`);
    const good = signedBy(maker, true);
    const accepted = ['accepted', 'accept-with-conditions foreign-signed'];
    expect(await verdictBy(standard, good)).toEqual(accepted);
    expect(await verdictBy(standard, skill('new'))).toEqual(['refused', 'needs-review unsigned']);
    expect(await verdictBy(policyWith('  mode: permissive\n'), skill('new'))).toEqual([
      'accepted',
      'accept-with-conditions unsigned',
    ]);
    const changed = { ...good, 'a.md': 'b' };
    const other = signedBy(people(LASTING), true);
    for (const mode of ['permissive', 'standard', 'strict']) {
      const policy = policyWith(`  mode: ${mode}\n${roots(MAPPED)}`);
      expect(await verdictBy(policy, changed)).toEqual(['refused', 'reject oms-file-changed']);
      expect(await verdictBy(policy, other)).toEqual(['refused', 'reject oms-root']);
    }
    expect(await verdictBy(policyWith(`  mode: strict\n${roots(MAPPED)}`), good)).toEqual([
      'refused',
      'reject import-missing',
    ]);
  });

  test('takes the certificate that lies beside it, if it is the one that is pinned', async () => {
    const text = policyWith(`  mode: standard\n${roots(`      file: roots/maker.pem\n${MAPPED}`)}`);
    const objects: GitObject[] = [];
    const loaded = async (certificate: Issued | undefined) => {
      const file = certificate === undefined ? {} : { '.gitkel/roots/maker.pem': pem(certificate) };
      const tree = addTree(objects, { '.gitkel/policy.yaml': text, ...file });
      return policyInForce(skillReader(nativeCrypto, objectsOf(objects)), tree);
    };
    const policy = await loaded(maker.root);
    if (policy === undefined) throw new Error('there is a policy');
    const legacy = judgementBy(policy, skillLog(log.log), 20_000);
    const tree = at('skills/new', signedBy(maker, false));
    expect((await judge({}, tree, { judgement: legacy })).state).toBe('accepted');
    expect(await reasonOf(async () => loaded(maker.middle))).toBe('root-other');
    expect(await reasonOf(async () => loaded(undefined))).toBe('policy-root');

    // With that on the branch nobody could push anything any more, not even the certificate.
    const treeWith = (certificate: Issued | undefined): Tree => ({
      '.gitkel/policy.yaml': text,
      ...(certificate === undefined ? {} : { '.gitkel/roots/maker.pem': pem(certificate) }),
    });
    const changed = async (before: Tree, after: Tree) =>
      judge(before, after, { judgement: legacy, change: { governs: true } });
    const kept = await changed(treeWith(maker.root), { ...treeWith(maker.root), x: 'x' });
    expect(kept).toMatchObject({ state: 'accepted', policy: { outcome: 'unchanged' } });
    for (const other of [undefined, maker.middle, maker.signer])
      expect(await changed(treeWith(maker.root), treeWith(other))).toMatchObject({
        state: 'refused',
        policy: { outcome: 'refused', reason: 'policy-root' },
      });
    // The copy of the operator comes onto the branch with its certificates, or not at all.
    expect(await changed({}, treeWith(undefined))).toMatchObject({
      policy: { outcome: 'refused', reason: 'policy-root' },
    });
    expect(await changed({}, treeWith(maker.root))).toMatchObject({
      policy: { outcome: 'approved' },
    });
  });
});
