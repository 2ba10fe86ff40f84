/** Skills that nobody released: let in by a mode, an exemption or a foreign signature, and remembered as what they were. On the binary. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { dayNumber, dayText } from '../../src/base/day.ts';
import { bundleOf, LASTING, pem, people, type People, sha256, statementOf } from '../oms/making.ts';
import { runGit } from '../support/binary.ts';
import { useCrew } from '../support/crew.ts';
import type { Answer, Person } from '../support/person.ts';
import { hasGit } from '../support/stock-git.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const withCrew = useCrew(async ({ alice }) => {
  await alice.does('identity', 'create', 'curator', '--key', 'a');
  await alice.does('trust', 'add', 'curator', '--level', 'high');
});

interface Told extends Answer {
  readonly decision: string;
  readonly reasons: readonly { readonly reason: string }[];
  readonly conditions: readonly string[];
  readonly manifest: string;
  readonly expires: string;
  readonly statement: string;
  readonly exemptions: { readonly total: number; readonly exempted: number };
  readonly skills: readonly Told[];
  readonly legacy: { readonly class: string } | null;
}

const SKILL_MD = '---\nname: notes\ndescription: Takes notes.\n---\n# Notes\n';

function writeSkill(dir: string, text: string, by?: People): void {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  const files = [
    { path: 'SKILL.md', bytes: Buffer.from(SKILL_MD) },
    { path: 'a.md', bytes: Buffer.from(text) },
  ];
  for (const file of files) writeFileSync(path.join(dir, file.path), file.bytes);
  if (by === undefined) return;
  const { root, middle, signer } = by;
  const bundle = bundleOf(statementOf(files), { by: signer, chain: [middle, root] });
  writeFileSync(path.join(dir, 'skill.oms.sig'), JSON.stringify(bundle));
}

async function digestOf(person: Person, dir: string): Promise<string> {
  const told = (await person.does('skill', 'digest', dir)) as Answer & { readonly said: string };
  return told.said;
}

/** Installs what lies in a directory, agreed to; with what it comes to. */
async function install(person: Person, dir: string, code: number, ...more: readonly string[]) {
  const agreed = ['--yes', '--expect', await digestOf(person, dir)];
  return (await person.ends(code, 'skill', 'install', dir, ...agreed, ...more)) as Told;
}

const verify = async (person: Person, code: number, ...more: readonly string[]): Promise<Told> =>
  (await person.ends(code, 'skill', 'verify', ...more)) as Told;
const reasonsOf = ({ decision, reasons }: Told): readonly string[] => [
  decision,
  ...reasons.map(({ reason }) => reason),
];

test(
  'a skill without any signature is let in by a mode, or by an exemption of these very files for a while',
  withCrew(async ({ place, alice }) => {
    const dir = place.path('notes');
    writeSkill(dir, 'one');
    expect(await install(alice, dir, 1)).toMatchObject({ reason: 'no-release' });

    await alice.does('trust', 'legacy', '--mode', 'permissive');
    const harmless = ['sandbox', 'no-network', 'workspace-read-only'];
    expect(await install(alice, dir, 0)).toMatchObject({
      status: 'installed',
      version: null,
      state: 'intact-unsigned',
      decision: 'accept-with-conditions',
      conditions: expect.arrayContaining(harmless),
    });
    // Whoever reads a summary sees to no conditions.
    expect(await alice.ends(1, 'skill', 'summary', dir)).toMatchObject({
      result: 'FAILED',
      objection: { reason: 'conditions-not-kept', state: 'intact-unsigned' },
      document: { predicate: { verifiedLevels: ['FAILED'] } },
    });
    expect(await alice.ends(2, 'skill', 'verify', '--at', 'tomorrow')).toMatchObject({
      error: { reason: 'day' },
    });
    const loose = await verify(alice, 0);
    expect(loose.state).toBe('intact-unsigned');
    expect(reasonsOf(loose.skills[0] ?? loose)).toEqual(['accept-with-conditions', 'unsigned']);
    expect(loose.skills[0]?.conditions).toEqual(expect.arrayContaining(harmless));

    await alice.does('trust', 'legacy', '--mode', 'standard');
    const strict = await verify(alice, 1);
    expect(reasonsOf(strict.skills[0] ?? strict)).toEqual(['needs-review', 'unsigned']);
    const exempting = ['skill', 'exempt', dir, '--as', 'curator', '--reason', 'old', '--until'];
    const exempted = (await alice.does(...exempting, '20d')) as Told;
    const good = await verify(alice, 0);
    expect(reasonsOf(good.skills[0] ?? good)).toEqual(['accept-with-conditions', 'exempted']);
    expect(good.exemptions).toEqual({ total: 1, exempted: 1, expiring: 1 });
    expect(await alice.says('skill', 'verify')).toContain(
      '1 of 1 skill is exempted, 1 expires within 30 days',
    );

    const last = dayText((dayNumber(exempted.expires) ?? 0) - 1);
    expect(reasonsOf((await verify(alice, 0, '--at', last)).skills[0] ?? good)[1]).toBe('exempted');
    const over = await verify(alice, 1, '--at', exempted.expires);
    expect(reasonsOf(over.skills[0] ?? over)).toEqual(['needs-review', 'exemption-expired']);
    await alice.does('trust', 'legacy', '--mode', 'strict');
    const never = await verify(alice, 1);
    expect(reasonsOf(never.skills[0] ?? never)).toEqual(['reject', 'exemption-not-enough']);
    await alice.does('trust', 'legacy', '--mode', 'standard');

    // Another file is another skill; and what is installed is held against the lock.
    writeSkill(dir, 'two');
    expect(reasonsOf(await install(alice, dir, 1))).toEqual(['needs-review', 'unsigned']);
    writeFileSync(place.path('.agents/skills/notes/b.md'), 'x');
    expect((await verify(alice, 1)).skills[0]).toMatchObject({ state: 'tampered' });
    rmSync(place.path('.agents/skills/notes/b.md'));

    await alice.does(
      'skill',
      'revoke',
      '--yes',
      exempted.statement,
      '--as',
      'curator',
      '--reason',
      'mistaken',
    );
    expect(reasonsOf((await verify(alice, 1)).skills[0] ?? good)).toEqual([
      'needs-review',
      'unsigned',
    ]);
    await alice.does('trust', 'legacy', '--off');
    expect((await verify(alice, 1)).skills[0]).toMatchObject({ reason: 'legacy-off' });
  }),
);

test(
  'a foreign signature counts under a pinned root, is verified again, and is never forgotten',
  withCrew(async ({ place, alice }) => {
    const dir = place.path('notes');
    const maker = people(LASTING);
    const other = people(LASTING);
    const rootFile = place.path('root.pem');
    writeFileSync(rootFile, pem(maker.root));
    writeSkill(dir, 'one', maker);
    await alice.does('trust', 'legacy', '--mode', 'permissive');
    expect(reasonsOf(await install(alice, dir, 1))).toEqual(['reject', 'oms-root']);

    const pinned = await alice.does(
      'trust',
      'legacy',
      '--mode',
      'standard',
      '--oms-root',
      rootFile,
    );
    expect(pinned).toMatchObject({
      legacy: { mode: 'standard', roots: [{ sha256: sha256(maker.root.der), criteria: [] }] },
    });
    expect(reasonsOf(await install(alice, dir, 1))).toEqual([
      'needs-review',
      'foreign-root-unmapped',
    ]);
    await alice.does('trust', 'legacy', '--oms-root', rootFile, '--criterion', 'content-intact');
    expect(await install(alice, dir, 0)).toMatchObject({
      status: 'installed',
      basis: { class: 'foreign-signed', signature: { root: sha256(maker.root.der) } },
    });
    const kept = place.path('.agents/skills/notes/skill.oms.sig');
    expect(readFileSync(kept)).toEqual(readFileSync(path.join(dir, 'skill.oms.sig')));
    const good = await verify(alice, 0);
    expect(good.skills[0]).toMatchObject({
      state: 'signed-untrusted',
      decision: 'accept-with-conditions',
    });

    // Strict asks for a curator, who names nothing as evidence that does not hold.
    await alice.does('trust', 'legacy', '--mode', 'strict');
    expect(reasonsOf((await verify(alice, 1)).skills[0] ?? good)).toEqual([
      'reject',
      'import-missing',
    ]);
    const importing = [
      'skill',
      'import',
      dir,
      '--as',
      'curator',
      '--origin',
      'https://example.org/notes',
    ];
    const evidence = ['--evidence', `oms=${path.join(dir, 'skill.oms.sig')}`];
    const lie = place.path('lie.sig');
    writeFileSync(lie, JSON.stringify({ note: 'signed, honestly' }));
    expect(await alice.ends(1, ...importing, '--evidence', `oms=${lie}`)).toMatchObject({
      error: { reason: 'oms-form' },
    });
    await alice.does(...importing, ...evidence);
    await verify(alice, 0);
    await alice.does('trust', 'legacy', '--mode', 'permissive');

    // Signed once, signed always; and by the same.
    writeSkill(dir, 'two');
    expect(await install(alice, dir, 1)).toMatchObject({ reason: 'signed-before' });
    writeFileSync(rootFile, pem(other.root));
    await alice.does('trust', 'legacy', '--oms-root', rootFile);
    writeSkill(dir, 'two', other);
    expect(await install(alice, dir, 1)).toMatchObject({ reason: 'root-changed' });
    writeSkill(dir, 'two', maker);
    expect(await install(alice, dir, 0)).toMatchObject({ status: 'updated' });

    // A bad signature is none that is absent, in no mode.
    writeFileSync(path.join(dir, 'a.md'), 'three');
    expect(reasonsOf(await install(alice, dir, 1))).toEqual(['reject', 'oms-file-changed']);
    rmSync(kept);
    expect(existsSync(kept)).toBe(false);
    expect((await verify(alice, 1)).skills[0]).toMatchObject({
      state: 'tampered',
      reason: 'file-removed',
    });
  }),
);

test.skipIf(!hasGit)(
  'a policy lets in no more than the home does, and nothing where it has no rule (needs git)',
  withCrew(async ({ place, alice }) => {
    await runGit(place.dir, ['init', '-q', '-b', 'main', 'work']);
    for (const dir of ['skills', 'other']) {
      mkdirSync(place.path('work', dir));
      writeSkill(place.path('work', dir, 'notes'), 'one');
    }
    const init = [
      'policy',
      'init',
      'work',
      '--maintainer',
      'curator',
      '--path',
      'skills/*=curator',
    ];
    await alice.does(...init);
    const file = place.path('work/.gitkel/policy.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}legacy:\n  mode: permissive\n`);
    await runGit(place.path('work'), ['add', '.']);
    const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
    await runGit(place.path('work'), [...author, 'commit', '-q', '-m', 'skills']);

    const agreed = ['--yes', '--expect', await digestOf(alice, place.path('work/skills/notes'))];
    const by = ['--policy', file];
    const from = async (code: number, dir: string): Promise<Told> => {
      const source = ['work', '--commit', 'main', '--path', dir];
      return (await alice.ends(code, 'skill', 'install', ...source, ...agreed, ...by)) as Told;
    };
    expect(await from(1, 'other/notes')).toMatchObject({ reason: 'no-release' });
    await alice.does('trust', 'legacy', '--mode', 'strict');
    expect(reasonsOf(await from(1, 'skills/notes'))).toEqual(['reject', 'unsigned']);
    await alice.does('trust', 'legacy', '--off');
    expect(await from(0, 'skills/notes')).toMatchObject({ status: 'installed' });
    await verify(alice, 0, ...by);
    await alice.does('trust', 'legacy', '--mode', 'standard');
    const strict = await verify(alice, 1, ...by);
    expect(reasonsOf(strict.skills[0] ?? strict)).toEqual(['needs-review', 'unsigned']);
  }),
);

test(
  'what was released never becomes unsigned, whatever the mode',
  withCrew(async ({ place, alice }) => {
    const dir = place.path('notes');
    writeSkill(dir, 'one');
    await alice.does('skill', 'release', dir, '--as', 'curator', '--version', '1');
    await install(alice, dir, 0, '--publisher', 'curator');
    await alice.does('trust', 'legacy', '--mode', 'permissive');
    writeSkill(dir, 'two');
    expect(await install(alice, dir, 1)).toMatchObject({ reason: 'file-changed' });
    const more = path.join(dir, 'SKILL.md');
    writeFileSync(more, `${SKILL_MD}more`);
    expect((await install(alice, dir, 1)).reason).toMatch(/^(?:signed-before|file-changed)$/);
    await verify(alice, 0);
  }),
);
