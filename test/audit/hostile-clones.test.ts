/** Clones that somebody prepared: nothing in them is obeyed, nothing is started, and what would mislead Git is named. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AuditVerdict, GitkelError } from '../../src/index.ts';
import { runGit } from '../support/binary.ts';
import { type PlainClone, PlainClones } from '../support/plain-clone.ts';
import { thrownBy } from '../git/support.ts';
import { useTampering } from '../support/tampering.ts';
import { reasonOf } from '../support/thrown.ts';

const tampering = useTampering();
let clones: PlainClones;
beforeAll(() => {
  clones = new PlainClones(tampering().long.dir, tampering().long.root);
});

const OTHER = 'b'.repeat(40);
const commitAt = (position: number): string =>
  tampering().long.log.contents.batchAt(position)?.commit ?? '';
const audit = (clone: PlainClone): AuditVerdict => tampering().audit(clone.dir);

function write(file: string, text: string, mode = 0o644): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

/** Takes away what the objects are in, so that Git would have to get them elsewhere. */
function withoutObjects(clone: PlainClone): void {
  for (const name of readdirSync(clone.git('objects/pack')))
    rmSync(clone.git('objects/pack', name));
}

function packOf(clone: PlainClone): string {
  return readdirSync(clone.git('objects/pack')).find((name) => name.endsWith('.pack')) ?? '';
}

describe('audit() of a plain clone', () => {
  it('takes it as git made it', async () => {
    const clone = await clones.make();
    expect(tampering().audit(clone.dir, { objects: true })).toMatchObject({
      state: 'valid',
      findings: [],
      batches: 30,
      ref: 'refs/heads/main',
    });
  });

  it('takes it after git repacked, unpacked and tagged it', async () => {
    const clone = await clones.make();
    await clone.run('gc', '-q', '--aggressive', '--prune=now');
    await clone.run('tag', '-a', '-m', 'x', 'v1');
    await clone.run('commit-graph', 'write', '--reachable');
    expect(audit(clone)).toMatchObject({ state: 'valid', findings: [], batches: 30 });
  });
});

describe('audit() of a history that is not what it seems', () => {
  it.each<readonly [string, string, (clone: PlainClone) => Promise<unknown> | void]>([
    ['a file shallow', 'shallow', (clone) => write(clone.git('shallow'), `${commitAt(10)}\n`)],
    [
      'grafts',
      'grafts',
      (clone) => write(clone.git('info/grafts'), `${commitAt(20)} ${commitAt(3)}\n`),
    ],
    [
      'a replaced commit',
      'replace-refs',
      async (clone) => clone.run('replace', commitAt(20), commitAt(19)),
    ],
    [
      'a replaced commit in packed-refs',
      'replace-refs',
      async (clone) => {
        await clone.run('replace', commitAt(20), commitAt(19));
        await clone.run('pack-refs', '--all');
      },
    ],
    [
      'a replaced file',
      'replace-refs',
      async (clone) => {
        const [first, second] = (await clone.run('ls-tree', '-r', 'HEAD'))
          .split('\n')
          .map((line) => line.split(/\s/)[2] ?? '');
        await clone.run('replace', first ?? '', second ?? '');
      },
    ],
    [
      'alternates',
      'alternates',
      (clone) => {
        withoutObjects(clone);
        write(clone.git('objects/info/alternates'), `${tampering().long.dir}/objects\n`);
      },
    ],
    [
      'alternates that are not needed',
      'alternates',
      (clone) => write(clone.git('objects/info/alternates'), '/nowhere\n'),
    ],
    [
      'alternates on the network',
      'alternates',
      (clone) => write(clone.git('objects/info/http-alternates'), 'http://localhost/\n'),
    ],
    [
      'a partial clone',
      'promisor',
      async (clone) => clone.run('config', 'extensions.partialClone', 'origin'),
    ],
    [
      'a filter',
      'promisor',
      async (clone) => clone.run('config', 'remote.origin.partialCloneFilter', 'blob:none'),
    ],
    [
      'a promised pack',
      'promisor',
      (clone) => {
        const pack = packOf(clone);
        write(clone.git('objects/pack', pack.replace('.pack', '.promisor')), '');
      },
    ],
    [
      'an include',
      'config-include',
      (clone) => {
        write(clone.beside('more'), `[core]\n\tfsmonitor = ${clone.trap}\n`);
        appendFileSync(clone.git('config'), `[include]\n\tpath = ${clone.beside('more')}\n`);
      },
    ],
    [
      'a conditional include',
      'config-include',
      (clone) =>
        appendFileSync(clone.git('config'), '[includeIf "onbranch:main"]\n\tpath = more\n'),
    ],
    [
      'objects in a directory elsewhere',
      'symlink',
      (clone) => moved(clone.git('objects/pack'), clone.beside('pack')),
    ],
    [
      'branches in a directory elsewhere',
      'symlink',
      (clone) => moved(clone.git('refs/heads'), clone.beside('heads')),
    ],
    [
      'packed refs elsewhere',
      'symlink',
      async (clone) => {
        await clone.run('pack-refs', '--all');
        moved(clone.git('packed-refs'), clone.beside('packed-refs'));
      },
    ],
    [
      'a pack elsewhere',
      'symlink',
      (clone) => {
        const pack = packOf(clone);
        moved(clone.git('objects/pack', pack), clone.beside(pack));
      },
    ],
    [
      'loose objects elsewhere',
      'symlink',
      (clone) => {
        mkdirSync(clone.beside('ab'));
        symlinkSync(clone.beside('ab'), clone.git('objects/ab'));
      },
    ],
    [
      'a .git that names another repository',
      'linked-elsewhere',
      (clone) => {
        renameSync(clone.git(), clone.beside('real'));
        write(clone.git(), `gitdir: ${clone.beside('real')}\n`);
      },
    ],
    [
      'a commondir that names another repository',
      'linked-elsewhere',
      (clone) => {
        write(clone.git('commondir'), `${tampering().long.dir}\n`);
      },
    ],
  ])('names %s', async (_what, reason, prepare) => {
    const clone = await clones.make();
    await prepare(clone);
    expect(audit(clone)).toMatchObject({ state: 'invalid', reason });
    expect(clone.sprang).toBe(false);
  });

  it.each([
    ['a depth', ['--depth', '5'], 'shallow'],
    ['a date', ['--shallow-since', '2027-01-15T08:20:00Z'], 'shallow'],
    ['no files', ['--filter=blob:none', '--no-checkout'], 'promisor'],
    ['no trees', ['--filter=tree:0', '--no-checkout'], 'promisor'],
    ['borrowed objects', ['--shared'], 'alternates'],
  ])('names a clone of stock git with %s', async (_what, flags, reason) => {
    const { dir, root } = tampering().long;
    const target = path.join(root, `by-git-${reason}${flags.length}${flags[0]?.length ?? 0}`);
    await runGit(
      root,
      [
        '-c',
        'uploadpack.allowFilter=true',
        'clone',
        '-q',
        ...flags,
        flags.includes('--shared') ? dir : `file://${dir}`,
        target,
      ],
      {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'uploadpack.allowFilter',
        GIT_CONFIG_VALUE_0: 'true',
      },
    );
    expect(tampering().audit(target)).toMatchObject({ state: 'invalid', reason });
  });

  it('takes a linked work tree that its repository knows, and compares it', async () => {
    const clone = await clones.make();
    await clone.run('checkout', '-q', '--detach');
    await clone.run('worktree', 'add', '-q', clone.beside('linked'), 'main');
    expect(tampering().audit(clone.beside('linked'))).toMatchObject({
      state: 'valid',
      findings: [],
      batches: 30,
    });
    appendFileSync(path.join(clone.beside('linked'), 'gitkel.json'), 'x');
    expect(tampering().audit(clone.beside('linked'))).toMatchObject({
      state: 'invalid',
      reason: 'work-tree-different',
    });
  });

  it.each<readonly [string, (clone: PlainClone) => void]>([
    ['.git', (clone) => moved(clone.git(), clone.beside('real'))],
    ['objects', (clone) => moved(clone.git('objects'), clone.beside('objects'))],
    ['refs', (clone) => moved(clone.git('refs'), clone.beside('refs'))],
    ['HEAD', (clone) => moved(clone.git('HEAD'), clone.beside('HEAD'))],
    ['config', (clone) => moved(clone.git('config'), clone.beside('config'))],
    ['the branch', (clone) => moved(clone.git('refs/heads/main'), clone.beside('main'))],
  ])('follows no symbolic link in place of %s', async (_what, prepare) => {
    const clone = await clones.make();
    prepare(clone);
    const error = thrownBy(() => audit(clone));
    expect(error).toBeInstanceOf(GitkelError);
    expect(error).toMatchObject({ message: expect.stringContaining('symbolic link') });
  });
});

function moved(from: string, to: string): void {
  renameSync(from, to);
  symlinkSync(to, from);
}

describe('audit() of a forged commit-graph', () => {
  it.each<readonly [string, (clone: PlainClone) => Promise<unknown> | void]>([
    [
      'that is no commit-graph',
      (clone) => write(clone.git('objects/info/commit-graph'), 'CGPH forged'),
    ],
    [
      'in which a commit has other parents',
      async (clone) => {
        await clone.run('commit-graph', 'write', '--reachable');
        const file = clone.git('objects/info/commit-graph');
        const bytes = readFileSync(file);
        const [data = 0] = [...Array(8).keys()].flatMap((n) =>
          bytes.subarray(8 + 12 * n, 12 + 12 * n).toString() === 'CDAT'
            ? [Number(bytes.readBigUInt64BE(12 + 12 * n))]
            : [],
        );
        // The first parent of every commit becomes commit 0 of the graph.
        for (let n = 0; n < 30; n++) bytes.writeUInt32BE(0, data + 36 * n + 20);
        chmodSync(file, 0o644);
        writeFileSync(file, bytes);
      },
    ],
    [
      'in a chain',
      (clone) => write(clone.git('objects/info/commit-graphs/commit-graph-chain'), `${OTHER}\n`),
    ],
  ])('does not read one %s', async (_what, prepare) => {
    const clone = await clones.make();
    await prepare(clone);
    expect(audit(clone)).toMatchObject({ state: 'valid', findings: [], batches: 30 });
  });
});

describe('audit() starts nothing that a clone names', () => {
  it('not the uploadpack of a promisor remote', async () => {
    const clone = await clones.make();
    withoutObjects(clone);
    appendFileSync(
      clone.git('config'),
      `[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n\tuploadpack = ${JSON.stringify(`${clone.trap} git-upload-pack`)}\n`,
    );
    const verdict = audit(clone);
    expect(verdict).toMatchObject({ state: 'invalid', reason: 'promisor' });
    expect(verdict.findings).toContainEqual(
      expect.objectContaining({ reason: 'object-missing', commit: commitAt(29) }),
    );
    expect(clone.sprang).toBe(false);
    // The trap is a real one.
    await clone.run('cat-file', '-p', commitAt(3)).catch(() => '');
    expect(clone.sprang).toBe(true);
  });

  it.each([
    ['core', 'fsmonitor'],
    ['core', 'sshCommand'],
    ['core', 'pager'],
    ['core', 'editor'],
    ['core', 'askPass'],
    ['core', 'gitProxy'],
    ['core', 'alternateRefsCommand'],
    ['uploadpack', 'packObjectsHook'],
    ['diff', 'external'],
    ['gpg', 'program'],
    ['gpg "ssh"', 'program'],
    ['credential', 'helper'],
    ['filter "x"', 'smudge'],
    ['filter "x"', 'clean'],
    ['filter "x"', 'process'],
    ['alias', 'cat-file'],
    ['remote "origin"', 'uploadpack'],
    ['remote "origin"', 'vcs'],
    ['url "ext::sh"', 'insteadOf'],
  ])('not %s.%s', async (section, key) => {
    const clone = await clones.make();
    appendFileSync(
      clone.git('config'),
      `[${section}]\n\t${key} = ${JSON.stringify(`sh -c "${clone.trap}"`)}\n`,
    );
    write(clone.git('info/attributes'), '* filter=x diff=x merge=x\n');
    expect(audit(clone)).toMatchObject({ state: 'valid', findings: [] });
    expect(clone.sprang).toBe(false);
  });

  it('no hook', async () => {
    const clone = await clones.make();
    for (const hooks of ['hooks', 'other-hooks']) {
      for (const name of [
        'post-checkout',
        'pre-auto-gc',
        'reference-transaction',
        'post-index-change',
        'fsmonitor-watchman',
        'pre-commit',
      ]) {
        write(clone.git(hooks, name), `#!/bin/sh\n${clone.trap}\n`, 0o755);
      }
    }
    await clone.run('config', 'core.hooksPath', clone.git('other-hooks'));
    expect(audit(clone)).toMatchObject({ state: 'valid', findings: [] });
    expect(clone.sprang).toBe(false);
  });
});

describe('audit() of refs that mislead', () => {
  it.each<readonly [string, string, (clone: PlainClone) => void]>([
    ['an empty one', 'ref-corrupt', (clone) => write(clone.git('refs/heads/main'), '')],
    [
      'one without a line feed',
      'ref-corrupt',
      (clone) => write(clone.git('refs/heads/main'), commitAt(29)),
    ],
    [
      'one in capitals',
      'ref-corrupt',
      (clone) => write(clone.git('refs/heads/main'), `${commitAt(29).toUpperCase()}\n`),
    ],
    [
      'one of zeros',
      'ref-corrupt',
      (clone) => write(clone.git('refs/heads/main'), `${'0'.repeat(40)}\n`),
    ],
    [
      'one with more in it',
      'ref-corrupt',
      (clone) => write(clone.git('refs/heads/main'), `${commitAt(29)}\n${commitAt(28)}\n`),
    ],
    [
      'a loop',
      'ref-corrupt',
      (clone) => write(clone.git('refs/heads/main'), 'ref: refs/heads/main\n'),
    ],
    [
      'a loop over two',
      'ref-corrupt',
      (clone) => {
        write(clone.git('refs/heads/main'), 'ref: refs/heads/other\n');
        write(clone.git('refs/heads/other'), 'ref: refs/heads/main\n');
      },
    ],
    [
      'a way out of refs',
      'ref-corrupt',
      (clone) => write(clone.git('refs/heads/main'), 'ref: ../../outside\n'),
    ],
    [
      'a huge one',
      'too-large',
      (clone) => write(clone.git('refs/heads/main'), `${commitAt(29)}\n`.repeat(200)),
    ],
    ['a HEAD of nothing', 'repository-format', (clone) => write(clone.git('HEAD'), '')],
    [
      'a HEAD with a way out',
      'repository-format',
      (clone) => write(clone.git('HEAD'), 'ref: refs/heads/../../../main\n'),
    ],
    ['a huge HEAD', 'too-large', (clone) => write(clone.git('HEAD'), 'x'.repeat(1 << 20))],
    ['a huge config', 'too-large', (clone) => write(clone.git('config'), '#\n'.repeat(1 << 20))],
    ['a config of garbage', 'config', (clone) => write(clone.git('config'), '\0\xff[[[')],
    [
      'packed refs of garbage',
      'ref-corrupt',
      (clone) => {
        rmSync(clone.git('refs/heads/main'));
        write(clone.git('packed-refs'), 'garbage\n');
      },
    ],
    [
      'a branch that the config names and that is none',
      'ref-name',
      (clone) => appendFileSync(clone.git('config'), '[gitkel]\n\tbranch = ../../x\n'),
    ],
    [
      'a file commondir of garbage',
      'repository-format',
      (clone) => write(clone.git('commondir'), '\0\n'),
    ],
    [
      'objects of SHA-256',
      'repository-format',
      (clone) => appendFileSync(clone.git('config'), '[extensions]\n\tobjectFormat = sha256\n'),
    ],
    [
      'a reftable',
      'repository-format',
      (clone) => appendFileSync(clone.git('config'), '[extensions]\n\trefStorage = reftable\n'),
    ],
  ])('refuses %s, with a reason', async (_what, reason, prepare) => {
    const clone = await clones.make();
    prepare(clone);
    expect(await reasonOf(() => audit(clone))).toBe(reason);
  });

  it('names a ref to what is no commit', async () => {
    const clone = await clones.make();
    await clone.run('tag', '-a', '-m', 'x', 'v1');
    for (const name of ['v1', 'HEAD^{tree}', 'HEAD:gitkel.json']) {
      write(clone.git('refs/heads/gitkel'), `${await clone.run('rev-parse', name)}\n`);
      expect(tampering().audit(clone.dir, { branch: 'gitkel' })).toMatchObject({
        state: 'invalid',
        reason: 'object-type',
      });
    }
    write(clone.git('refs/heads/gitkel'), `${OTHER}\n`);
    expect(tampering().audit(clone.dir, { branch: 'gitkel' })).toMatchObject({
      state: 'invalid',
      reason: 'object-missing',
    });
  });

  it('does not choose between two logs', async () => {
    const clone = await clones.make();
    const drafts = tampering().drafts().slice(0, 1);
    const [file] = drafts[0]?.files ?? [];
    expect(file).toBeDefined();
    const other = await tampering().forge(drafts, false);
    await clone.run('fetch', '-q', other.dir, 'main:gitkel');
    // The same log at an earlier batch: the branch of that name is the log, and the verdict says which it is.
    expect(audit(clone)).toMatchObject({ state: 'valid', ref: 'refs/heads/gitkel', batches: 1 });
  });
});
