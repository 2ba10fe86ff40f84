/** The built binary on clones that somebody prepared: exit codes, JSON, and nothing started. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BINARY, runBinary, runProgram } from '../support/binary.ts';
import { type PlainClone, PlainClones } from '../support/plain-clone.ts';
import { useTampering } from '../support/tampering.ts';

const tampering = useTampering();
let clones: PlainClones;
let home: string;
beforeAll(() => {
  clones = new PlainClones(tampering().long.dir, tampering().long.root);
});

let homes = 0;
beforeEach(() => {
  home = path.join(tampering().long.root, `home-${homes++}`);
  mkdirSync(home, { mode: 0o700 });
});

interface Told {
  readonly state?: string;
  readonly reason?: string;
  readonly identity?: string;
  readonly batches?: number;
  readonly findings?: readonly {
    readonly reason: string;
    readonly position?: number;
    readonly path?: string;
    readonly commit?: string;
  }[];
  readonly error?: { readonly code: string; readonly reason?: string; readonly message: string };
}

interface Ended {
  readonly exitCode: number | null;
  readonly told: Told;
}

/** Runs the binary. */
async function gitkel(command: 'audit' | 'clone', ...args: readonly string[]): Promise<Ended> {
  const { exitCode, stdout, stderr } = await runBinary([command, '--json', ...args], {
    env: { GITKEL_HOME: home },
    cwd: tampering().long.root,
  });
  // What is printed besides is for people; a stack would be a bug.
  expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
  return { exitCode, told: JSON.parse(stdout) as Told };
}

function promisor(clone: PlainClone): void {
  for (const name of readdirSync(clone.git('objects/pack')))
    rmSync(clone.git('objects/pack', name));
  const command = JSON.stringify(`${clone.trap} git-upload-pack`);
  appendFileSync(
    clone.git('config'),
    `[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n\tuploadpack = ${command}\n`,
  );
}

function everyCommand(clone: PlainClone): void {
  const command = JSON.stringify(`sh -c "${clone.trap}"`);
  const keys = [
    'core.fsmonitor',
    'core.sshCommand',
    'core.pager',
    'core.editor',
    'core.gitProxy',
    'uploadpack.packObjectsHook',
    'diff.external',
    'credential.helper',
    'core.alternateRefsCommand',
  ];
  for (const key of keys) {
    const [section = '', name = ''] = key.split('.');
    appendFileSync(clone.git('config'), `[${section}]\n\t${name} = ${command}\n`);
  }
  appendFileSync(
    clone.git('config'),
    `[core]\n\thooksPath = ${clone.git('traps')}\n[remote "origin"]\n\tuploadpack = ${command}\n`,
  );
  for (const folder of ['hooks', 'traps']) {
    mkdirSync(clone.git(folder), { recursive: true });
    for (const name of [
      'post-checkout',
      'reference-transaction',
      'post-index-change',
      'pre-auto-gc',
    ]) {
      writeFileSync(clone.git(folder, name), `#!/bin/sh\n${clone.trap}\n`, { mode: 0o755 });
    }
  }
}

describe('gitkel audit', () => {
  it('takes a plain clone: exit 0, and remembers it', async () => {
    const clone = await clones.make();
    expect(await gitkel('audit', clone.dir)).toMatchObject({
      exitCode: 0,
      told: { state: 'valid', identity: 'not pinned', batches: 30 },
    });
    expect(await gitkel('audit', clone.dir, '--objects')).toMatchObject({
      exitCode: 0,
      told: { state: 'valid', identity: 'known' },
    });
    expect(await gitkel('audit', clone.dir, '--expect', `E${'A'.repeat(43)}`)).toMatchObject({
      exitCode: 1,
      told: { state: 'invalid', reason: 'expected-aid' },
    });
    await clone.run('reset', '-q', '--hard', 'HEAD~3');
    expect(await gitkel('audit', clone.dir)).toMatchObject({
      exitCode: 1,
      told: { state: 'invalid', reason: 'log-rolled-back', batches: 27 },
    });
  });

  it('runs no uploadpack of a promisor remote', async () => {
    const clone = await clones.make();
    promisor(clone);
    const expected = { exitCode: 1, told: { state: 'invalid', reason: 'promisor' } };
    expect(await gitkel('audit', clone.dir)).toMatchObject(expected);
    expect(await gitkel('audit', clone.git())).toMatchObject(expected);
    expect(await gitkel('audit', `file://${clone.dir}`)).toMatchObject(expected);
    expect(await gitkel('audit', clone.dir, '--objects')).toMatchObject(expected);
    expect(await gitkel('audit', '--log', clone.dir)).toMatchObject(expected);
    expect(await gitkel('clone', clone.dir, clone.beside('copy'))).toMatchObject({
      exitCode: 1,
      told: { error: { code: 'refused', reason: 'object-missing' } },
    });
    expect(await gitkel('clone', `file://${clone.dir}`, clone.beside('copy'))).toMatchObject({
      exitCode: 1,
    });
    expect(existsSync(clone.beside('copy'))).toBe(false);
    expect(clone.sprang).toBe(false);
    // The trap is a real one.
    await clone
      .run('cat-file', '-p', tampering().long.log.contents.batchAt(3)?.commit ?? '')
      .catch(() => '');
    expect(clone.sprang).toBe(true);
  }, 120_000);

  it('runs nothing else that a clone names', async () => {
    const clone = await clones.make();
    everyCommand(clone);
    const taken = { exitCode: 0, told: { state: 'valid' } };
    expect(await gitkel('audit', clone.dir)).toMatchObject(taken);
    expect(await gitkel('audit', `file://${clone.dir}`, '--objects')).toMatchObject(taken);
    expect((await gitkel('clone', clone.dir, clone.beside('copy'))).exitCode).toBe(0);
    expect(
      (await gitkel('clone', `file://${clone.dir}`, clone.beside('copy-of-url'))).exitCode,
    ).toBe(0);
    expect(await gitkel('audit', clone.beside('copy'))).toMatchObject(taken);
    expect(clone.sprang).toBe(false);
  }, 120_000);

  it('refuses a program for an address', async () => {
    const mark = path.join(tampering().long.root, 'mark');
    for (const url of [
      `ext::sh -c "touch ${mark}"`,
      `ssh://-oProxyCommand=touch ${mark}/x`,
      '--upload-pack=touch x',
      `fd::17/foo`,
    ]) {
      const { exitCode } = await gitkel('audit', '--', url);
      expect(exitCode).not.toBe(0);
      expect(
        (await gitkel('clone', '--', url, path.join(tampering().long.root, 'target'))).exitCode,
      ).not.toBe(0);
    }
    expect(existsSync(mark)).toBe(false);
  }, 60_000);

  it.each<readonly [string, number, string, (clone: PlainClone) => void]>([
    [
      'alternates',
      1,
      'alternates',
      (clone) => {
        mkdirSync(clone.git('objects/info'), { recursive: true });
        writeFileSync(clone.git('objects/info/alternates'), '/nowhere\n');
      },
    ],
    [
      'a changed working tree',
      1,
      'work-tree-different',
      (clone) => appendFileSync(clone.file('gitkel.json'), 'x'),
    ],
    ['an empty ref', 1, 'ref-corrupt', (clone) => writeFileSync(clone.git('refs/heads/main'), '')],
    [
      'a loop of refs',
      1,
      'ref-corrupt',
      (clone) => writeFileSync(clone.git('refs/heads/main'), 'ref: refs/heads/main\n'),
    ],
    [
      'a missing pack',
      1,
      'object-missing',
      (clone) => renameSync(clone.git('objects/pack'), clone.beside('pack')),
    ],
    ['a config of garbage', 3, 'config', (clone) => writeFileSync(clone.git('config'), '[[[')],
    [
      'objects of SHA-256',
      7,
      'repository-format',
      (clone) => appendFileSync(clone.git('config'), '[extensions]\n\tobjectFormat = sha256\n'),
    ],
  ])('ends at %s with exit %d and its reason', async (_what, exitCode, reason, prepare) => {
    const clone = await clones.make();
    prepare(clone);
    const ended = await gitkel('audit', clone.dir);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.told.reason ?? ended.told.error?.reason).toBe(reason);
  });

  it.each<readonly [string, (clone: PlainClone) => string]>([
    ['HEAD', (clone) => clone.git('HEAD')],
    ['the config', (clone) => clone.git('config')],
    ['the branch', (clone) => clone.git('refs/heads/main')],
    ['packed-refs', (clone) => clone.git('packed-refs')],
    ['.git', (clone) => clone.git()],
    ['commondir', (clone) => clone.git('commondir')],
    [
      'a pack',
      (clone) =>
        clone.git(
          'objects/pack',
          readdirSync(clone.git('objects/pack')).find((name) => name.endsWith('.pack')) ?? '',
        ),
    ],
    [
      'an index of a pack',
      (clone) =>
        clone.git(
          'objects/pack',
          readdirSync(clone.git('objects/pack')).find((name) => name.endsWith('.idx')) ?? '',
        ),
    ],
    [
      'a loose object',
      (clone) => {
        const tip = tampering().long.log.contents.lastBatch?.commit ?? '';
        renameSync(clone.git('objects/pack'), clone.beside('pack'));
        mkdirSync(clone.git('objects', tip.slice(0, 2)), { recursive: true });
        return clone.git('objects', tip.slice(0, 2), tip.slice(2));
      },
    ],
    ['a file of the working tree', (clone) => clone.file('gitkel.json')],
    ['shallow', (clone) => clone.git('shallow')],
  ])('does not wait for a pipe in place of %s', async (_what, place) => {
    const clone = await clones.make();
    const file = place(clone);
    rmSync(file, { recursive: true, force: true });
    expect((await runProgram('mkfifo', [file])).exitCode).toBe(0);
    const { exitCode, told } = await gitkel('audit', clone.dir, '--objects');
    expect([1, 3, 4, 7]).toContain(exitCode);
    expect(told.reason ?? told.error?.reason).toBeTruthy();
  });

  it('names a batch that was changed and signed again, and where', async () => {
    const drafts = tampering().drafts();
    const [draft] = drafts.slice(12);
    if (draft === undefined) throw new Error('a long log');
    draft.extra.set('.gitattributes', {
      mode: '100644',
      oid: 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
      bytes: new Uint8Array(),
    });
    for (const resigned of [false, true]) {
      const { dir, commits } = await tampering().forge(drafts, resigned);
      const reason = resigned ? 'tree' : 'commit-signature';
      const { exitCode, told } = await gitkel('audit', dir);
      expect({ exitCode, ...told }).toMatchObject({
        exitCode: 1,
        state: 'invalid',
        reason,
        batches: 12,
        findings: [{ reason, position: 12, commit: commits[12] }],
      });
      expect(
        await gitkel('clone', dir, path.join(tampering().long.root, `copy-${reason}`)),
      ).toMatchObject({ exitCode: 1, told: { error: { reason } } });
      const said = await runProgram(process.execPath, [BINARY, 'audit', dir], {
        env: { GITKEL_HOME: home },
      });
      expect(said).toMatchObject({
        exitCode: 1,
        stdout: expect.stringContaining(`batch 12 ${commits[12] ?? ''}`),
      });
    }
  }, 60_000);
});
