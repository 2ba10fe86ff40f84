/** A working tree that is not what the log holds, whatever Git's settings would make of it. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditVerdict } from '../../src/index.ts';
import { type PlainClone, PlainClones } from '../support/plain-clone.ts';
import { useTampering } from '../support/tampering.ts';

const tampering = useTampering();
let clones: PlainClones;
/** A file that batch 9 added. */
let file = '';
beforeAll(() => {
  clones = new PlainClones(tampering().long.dir, tampering().long.root);
  file = tampering().drafts()[9]?.files[0]?.path ?? '';
});

const audit = (clone: PlainClone): AuditVerdict => tampering().audit(clone.dir);
const changed = (clone: PlainClone, text = 'x'): void => appendFileSync(clone.file(file), text);

/** The last byte becomes another one; the size stays. */
function oneByte(clone: PlainClone): void {
  const bytes = readFileSync(clone.file(file));
  bytes[bytes.length - 1] = 0x21;
  writeFileSync(clone.file(file), bytes);
}

function linked(from: string, to: string): void {
  renameSync(from, to);
  symlinkSync(to, from);
}

/** The finding names the file of batch 9, or whichever. */
const OWN = Symbol('own');
const ANY = Symbol('any');

describe('audit() of a working tree', () => {
  it.each<
    readonly [string, string, string | symbol, (clone: PlainClone) => Promise<unknown> | void]
  >([
    ['a file that grew', 'work-tree-different', OWN, (clone) => changed(clone)],
    ['one byte of a file', 'work-tree-different', OWN, oneByte],
    ['an empty file', 'work-tree-different', OWN, (clone) => writeFileSync(clone.file(file), '')],
    [
      'gitkel.json',
      'work-tree-different',
      'gitkel.json',
      (clone) => writeFileSync(clone.file('gitkel.json'), '{}'),
    ],
    ['a missing file', 'work-tree-missing', OWN, (clone) => rmSync(clone.file(file))],
    [
      'a missing directory',
      'work-tree-missing',
      OWN,
      (clone) => rmSync(clone.file('kel'), { recursive: true }),
    ],
    [
      'an extra file',
      'work-tree-extra',
      'extra',
      (clone) => writeFileSync(clone.file('extra'), 'x'),
    ],
    [
      'an extra file of no size',
      'work-tree-extra',
      'kel/extra',
      (clone) => writeFileSync(clone.file('kel/extra'), ''),
    ],
    [
      'an extra file that is ignored',
      'work-tree-extra',
      '.gitignore',
      (clone) => {
        writeFileSync(clone.file('.gitignore'), '*\n');
        writeFileSync(clone.file('extra'), 'x');
      },
    ],
    [
      'an extra file that is ignored elsewhere',
      'work-tree-extra',
      'extra',
      (clone) => {
        writeFileSync(clone.git('info/exclude'), '*\n');
        writeFileSync(clone.file('extra'), 'x');
      },
    ],
    [
      'attributes',
      'work-tree-extra',
      '.gitattributes',
      (clone) => writeFileSync(clone.file('.gitattributes'), '* text eol=crlf\n'),
    ],
    [
      'an executable file',
      'work-tree-executable',
      OWN,
      (clone) => chmodSync(clone.file(file), 0o755),
    ],
    [
      'a file that its group may execute',
      'work-tree-executable',
      OWN,
      (clone) => chmodSync(clone.file(file), 0o654),
    ],
    [
      'a symbolic link to the right bytes',
      'work-tree-symlink',
      OWN,
      (clone) => linked(clone.file(file), clone.beside('outside')),
    ],
    [
      'a symbolic link more',
      'work-tree-extra',
      'link',
      (clone) => symlinkSync('gitkel.json', clone.file('link')),
    ],
    [
      'a directory that is a symbolic link to the right files',
      'work-tree-extra',
      'kel',
      (clone) => linked(clone.file('kel'), clone.beside('kel')),
    ],
    [
      'a directory in place of a file',
      'work-tree-not-a-file',
      OWN,
      (clone) => {
        rmSync(clone.file(file));
        mkdirSync(clone.file(file));
      },
    ],
    [
      'another repository in it',
      'work-tree-extra',
      'sub/.git/HEAD',
      (clone) => {
        mkdirSync(clone.file('sub/.git'), { recursive: true });
        writeFileSync(clone.file('sub/.git/HEAD'), 'ref: refs/heads/main\n');
      },
    ],
    [
      'a file that git takes for unchanged',
      'work-tree-different',
      OWN,
      async (clone) => {
        await clone.run('update-index', '--assume-unchanged', file);
        changed(clone);
      },
    ],
    [
      'a file that git skips',
      'work-tree-missing',
      OWN,
      async (clone) => {
        await clone.run('update-index', '--skip-worktree', file);
        rmSync(clone.file(file));
      },
    ],
    [
      'a sparse checkout',
      'work-tree-missing',
      'gitkel.json',
      async (clone) => {
        await clone.run('reset', '-q', '--hard');
        await clone.run('sparse-checkout', 'set', '--no-cone', 'kel');
      },
    ],
    [
      'a change that was committed to the index',
      'work-tree-different',
      OWN,
      async (clone) => {
        changed(clone);
        await clone.run('add', '-A');
      },
    ],
    [
      'line ends that git would make right',
      'work-tree-different',
      OWN,
      async (clone) => {
        await clone.run('config', 'core.autocrlf', 'true');
        changed(clone, '\r');
      },
    ],
    [
      'a change that a filter would take back',
      'work-tree-different',
      OWN,
      async (clone) => {
        writeFileSync(clone.git('info/attributes'), '* filter=x\n');
        await clone.run('config', 'filter.x.clean', `${clone.trap} cat`);
        await clone.run('config', 'filter.x.smudge', `${clone.trap} cat`);
        changed(clone);
      },
    ],
    [
      'a change that core.fileMode hides',
      'work-tree-executable',
      OWN,
      async (clone) => {
        await clone.run('config', 'core.fileMode', 'false');
        chmodSync(clone.file(file), 0o755);
      },
    ],
    [
      'a change beside a core.worktree elsewhere',
      'work-tree-different',
      OWN,
      async (clone) => {
        await clone.run('worktree', 'add', '-q', '--detach', clone.beside('good'));
        await clone.run('config', 'core.worktree', clone.beside('good'));
        changed(clone);
      },
    ],
    [
      'a change where core.bare says that there is no working tree',
      'work-tree-different',
      OWN,
      async (clone) => {
        await clone.run('config', 'core.bare', 'true');
        changed(clone);
      },
    ],
    [
      'a change under a detached HEAD',
      'work-tree-different',
      OWN,
      async (clone) => {
        await clone.run('config', 'gitkel.branch', 'main');
        await clone.run('checkout', '-q', '--detach');
        changed(clone);
      },
    ],
    [
      'a change under a detached HEAD at an earlier batch',
      'work-tree-different',
      OWN,
      async (clone) => {
        await clone.run('config', 'gitkel.branch', 'main');
        await clone.run('checkout', '-q', '--detach', 'HEAD~5');
        changed(clone);
      },
    ],
    [
      'the files of the last batch under a HEAD at an earlier one',
      'work-tree-extra',
      ANY,
      async (clone) => {
        await clone.run('config', 'gitkel.branch', 'main');
        await clone.run('update-ref', '--no-deref', 'HEAD', 'HEAD');
        writeFileSync(clone.git('HEAD'), `${await clone.run('rev-parse', 'HEAD~1')}\n`);
      },
    ],
  ])('names %s', async (_what, reason, named, prepare) => {
    const clone = await clones.make();
    await prepare(clone);
    const verdict = audit(clone);
    expect(verdict).toMatchObject({ state: 'invalid', batches: 30 });
    const expected = named === ANY ? { reason } : { reason, path: named === OWN ? file : named };
    expect(verdict.findings).toContainEqual(expect.objectContaining(expected));
  });

  it('tells how many files differ, and names the identifier that each is of', async () => {
    const clone = await clones.make();
    rmSync(path.join(clone.dir, 'kel'), { recursive: true });
    const { findings, aids } = audit(clone);
    const events =
      tampering()
        .drafts()
        .flatMap(({ files }) => files).length - 1;
    expect(findings.length).toBe(events);
    expect(aids.every(({ verdict, reasons }) => verdict === 'invalid' && reasons.length > 0)).toBe(
      true,
    );
  });

  it.each<readonly [string, (clone: PlainClone) => Promise<unknown> | void]>([
    [
      'attributes in .git that say something else',
      (clone) => writeFileSync(clone.git('info/attributes'), '* text eol=crlf ident filter=x\n'),
    ],
    ['core.autocrlf', async (clone) => clone.run('config', 'core.autocrlf', 'true')],
    [
      'a core.worktree elsewhere',
      async (clone) => clone.run('config', 'core.worktree', '/nowhere'),
    ],
    ['an index that is damaged', (clone) => writeFileSync(clone.git('index'), 'x')],
    [
      'an earlier batch that is checked out',
      async (clone) => {
        await clone.run('config', 'gitkel.branch', 'main');
        await clone.run('checkout', '-q', '--detach', 'HEAD~5');
      },
    ],
    [
      'another branch that is checked out',
      async (clone) => {
        await clone.run('checkout', '-q', '-b', 'code');
        changed(clone);
        await clone.run('config', 'gitkel.branch', 'main');
      },
    ],
    ['files that others may not read', (clone) => chmodSync(clone.file(file), 0o600)],
  ])('takes %s', async (_what, prepare) => {
    const clone = await clones.make();
    await prepare(clone);
    expect(audit(clone)).toMatchObject({ state: 'valid', findings: [], batches: 30 });
    expect(clone.sprang).toBe(false);
  });
});
