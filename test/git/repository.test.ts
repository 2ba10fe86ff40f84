import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { configIncludes, configTruth, configValue, parseConfig } from '../../src/git/config.ts';
import { hazards } from '../../src/git/hazards.ts';
import {
  findRepository,
  initRepository,
  openRepository,
  type Repository,
} from '../../src/git/repository.ts';
import { checkedOutAt } from '../../src/git/worktree.ts';
import type { Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import {
  git,
  gitTestEnvironment,
  hasGit,
  PLACES,
  temporaryDirectory,
  thrownBy,
} from './support.ts';

const host = nodeHost();
const OPEN = { hostile: false };
const HOSTILE = { hostile: true };

function bare(): { readonly dir: string; readonly repository: Repository } {
  const dir = join(temporaryDirectory(), 'repo');
  return { dir, repository: initRepository(host, dir, { bare: true, branch: 'main' }) };
}

describe('parseConfig()', () => {
  const parse = (text: string): ReturnType<typeof parseConfig> => parseConfig(utf8(text));

  it('reads what git-config describes', () => {
    const config = parse(
      '\ufeff# note\n[core]\r\n\tBare = true ; why\n  path = "a # b;" c\\\n  d\\t"\\"e\\\\" # end\n[Remote "Or\\"ig\\\\in"] url=x\n' +
        '[branch.Main] merge = refs/heads/x\n[a] b\n c =\nd = 1\nd = 2',
    );
    expect(config).toEqual([
      { section: 'core', subsection: undefined, key: 'bare', value: 'true' },
      { section: 'core', subsection: undefined, key: 'path', value: 'a # b; c  d\t"e\\' },
      { section: 'remote', subsection: 'Or"ig\\in', key: 'url', value: 'x' },
      { section: 'branch', subsection: 'main', key: 'merge', value: 'refs/heads/x' },
      { section: 'a', subsection: undefined, key: 'b', value: undefined },
      { section: 'a', subsection: undefined, key: 'c', value: '' },
      { section: 'a', subsection: undefined, key: 'd', value: '1' },
      { section: 'a', subsection: undefined, key: 'd', value: '2' },
    ]);
    expect(configValue(config, 'a', 'd')).toBe('2');
    expect(configTruth(configValue(config, 'a', 'b'))).toBe(true);
    expect(configValue(config, 'a', 'e')).toBeUndefined();
  });

  it.each([
    '1x = 1\n',
    '[a\n',
    '[]\n',
    '[a "b\n"]\n',
    '[a "b]\n',
    '[a] 1b = 2\n',
    '[a] b c\n',
    '[a] b = "c\n',
    '[a] b = \\x\n',
    '[a] b = "\\',
    '[a] b = c\0\n',
    '[a] !\n',
  ])('refuses %j, as git does', (text) => {
    expect(thrownBy(() => parse(text))).toMatchObject({ code: 'malformed', reason: 'config' });
    if (!hasGit || text.includes('\0')) return;
    const path = join(temporaryDirectory(), 'config');
    writeFileSync(path, text);
    expect(() => git('/', ['config', '--file', path, '--list'])).toThrow(/bad config/);
  });

  it.skipIf(!hasGit)('reads what git writes, and as git reads it', () => {
    const path = join(temporaryDirectory(), 'config');
    const values = [
      'plain',
      ' blanks ',
      'a # b',
      'quote " and \\ back',
      'tab\tand\nline',
      '',
      'ünï',
      ';',
      '\\n',
    ];
    for (const [n, value] of values.entries())
      git('/', ['config', '--file', path, `s.Sub.${n}".k${n}`, value]);
    const config = parseConfig(new Uint8Array(readFileSync(path)));
    for (const [n, value] of values.entries())
      expect(configValue(config, 's', `k${n}`, `Sub.${n}"`)).toBe(value);
    appendFileSync(path, '[x]\n\ty = a   b    c  # d\n\tz = "  q  "r\n\tw =    \\\n  v\n');
    const again = parseConfig(new Uint8Array(readFileSync(path)));
    for (const key of ['y', 'z', 'w'])
      expect(configValue(again, 'x', key)).toBe(git('/', ['config', '--file', path, `x.${key}`]));
  });

  it('configIncludes() names what is included, whatever the condition', () => {
    const config = parse(
      '[include]\npath = a\n[includeIf "gitdir:~/x/"]\npath = b\n[include]\npath\n[other]\npath = c\n',
    );
    expect(configIncludes(config)).toEqual(['a', 'b']);
  });

  it('configTruth() reads truth as git does', () => {
    for (const text of ['true', 'YES', 'on', '1']) expect(configTruth(text)).toBe(true);
    for (const text of ['false', 'No', 'off', '0', '']) expect(configTruth(text)).toBe(false);
    expect(configTruth(undefined)).toBeUndefined();
    expect(thrownBy(() => configTruth('perhaps'))).toMatchObject({ reason: 'config' });
  });
});

describe.each(PLACES)('initRepository() on %s', (_name, make) => {
  it('makes a repository that openRepository() and findRepository() find', () => {
    const { host: here, dir } = make();
    const made = initRepository(here, dir, { bare: true, branch: 'trunk' });
    expect(made).toMatchObject({
      gitDir: dir,
      commonDir: dir,
      workTree: undefined,
      head: { kind: 'branch', ref: 'refs/heads/trunk' },
    });
    expect(openRepository(here, dir, HOSTILE)).toEqual(made);
    expect(findRepository(here, join(dir, 'refs', 'heads'))).toBe(dir);
    expect(findRepository(here, '/')).toBeUndefined();
    expect(hazards(here, made)).toEqual([]);
    expect(thrownBy(() => initRepository(here, dir, { bare: true, branch: 'x' }))).toMatchObject({
      reason: 'repository-exists',
    });
  });

  it('refuses a branch name that is none', () => {
    const { host: here, dir } = make();
    expect(thrownBy(() => initRepository(here, dir, { bare: true, branch: 'a..b' }))).toMatchObject(
      { code: 'usage' },
    );
    expect(here.fs.readdirSync('/')).not.toContain('repo');
  });

  it('openRepository() says when there is none', () => {
    const { host: here, dir } = make();
    expect(thrownBy(() => openRepository(here, dir, OPEN))).toMatchObject({
      code: 'not-found',
      reason: 'no-repository',
    });
  });
});

describe('openRepository()', () => {
  it.each([
    ['SHA-256 objects', '[extensions]\n\tobjectFormat = sha256\n'],
    ['reftable', '[extensions]\n\trefStorage = reftable\n'],
    ['an unknown extension', '[extensions]\n\tfuture = 1\n'],
    ['the extension constructor', '[extensions]\n\tconstructor = 1\n'],
    ['an extension without a value', '[extensions]\n\tobjectformat\n'],
    ['a second object format', '[extensions]\n\tcompatObjectFormat = sha256\n'],
    ['version 2', '[core]\n\trepositoryformatversion = 2\n'],
    ['a version that is no number', '[core]\n\trepositoryformatversion = x\n'],
  ])('recognises and refuses %s', (_what, text) => {
    const { dir } = bare();
    appendFileSync(join(dir, 'config'), text);
    for (const options of [OPEN, HOSTILE]) {
      expect(thrownBy(() => openRepository(host, dir, options))).toMatchObject({
        code: 'environment',
        reason: 'repository-format',
      });
    }
  });

  it('takes extensions that change nothing here', () => {
    const { dir } = bare();
    appendFileSync(
      join(dir, 'config'),
      '[core]\nrepositoryformatversion = 1\n[extensions]\nnoop\nobjectFormat = sha1\npreciousObjects = true\n',
    );
    expect(openRepository(host, dir, HOSTILE).gitDir).toBe(dir);
  });

  it('refuses an include that speaks about the format, follows no include of a foreign repository', () => {
    const { dir } = bare();
    writeFileSync(join(dir, 'more'), '[include]\npath = most\n');
    writeFileSync(join(dir, 'most'), '[extensions]\nobjectFormat = sha256\n');
    appendFileSync(join(dir, 'config'), '[include]\npath = more\npath = ~/none\npath = absent\n');
    expect(thrownBy(() => openRepository(host, dir, OPEN))).toMatchObject({
      reason: 'repository-format',
    });
    expect(hazards(host, openRepository(host, dir, HOSTILE))).toContainEqual({
      reason: 'config-include',
      detail: 'more',
    });
    writeFileSync(join(dir, 'most'), '[user]\nname = x\n');
    expect(openRepository(host, dir, OPEN).gitDir).toBe(dir);
    writeFileSync(join(dir, 'most'), '[include]\npath = more\n');
    expect(thrownBy(() => openRepository(host, dir, OPEN))).toMatchObject({
      reason: 'repository-format',
    });
  });

  it.each([
    ['nothing', ''],
    ['a path outside of refs', 'ref: ../x\n'],
    ['no line feed', 'ref: refs/heads/main'],
    ['garbage', 'x\n'],
    ['a short id', `${'a'.repeat(39)}\n`],
  ])('refuses a HEAD that holds %s', (_what, text) => {
    const { dir } = bare();
    writeFileSync(join(dir, 'HEAD'), text);
    expect(thrownBy(() => openRepository(host, dir, OPEN))).toMatchObject({
      reason: 'repository-format',
    });
  });

  it('reads a detached HEAD', () => {
    const { dir } = bare();
    writeFileSync(join(dir, 'HEAD'), `${'a'.repeat(40)}\n`);
    expect(openRepository(host, dir, OPEN).head).toEqual({ kind: 'detached', oid: 'a'.repeat(40) });
  });

  it.each(['config', 'objects', 'refs', 'HEAD'])(
    'follows no symbolic link %s of a foreign repository',
    (name) => {
      const { dir } = bare();
      renameSync(join(dir, name), `${dir}-${name}`);
      symlinkSync(`${dir}-${name}`, join(dir, name));
      expect(thrownBy(() => openRepository(host, dir, HOSTILE))).toMatchObject({
        message: expect.stringContaining('symbolic link'),
      });
    },
  );

  it('refuses a .git file that names no directory, and a HEAD that is no file', () => {
    const dir = temporaryDirectory();
    writeFileSync(join(dir, '.git'), 'x\n');
    expect(thrownBy(() => openRepository(host, dir, OPEN))).toMatchObject({
      reason: 'repository-format',
    });
    const other = bare();
    rmSync(join(other.dir, 'HEAD'));
    mkdirSync(join(other.dir, 'HEAD'));
    expect(thrownBy(() => openRepository(host, other.dir, OPEN))).toMatchObject({
      reason: 'not-a-file',
    });
  });

  it('does not let a pipe in place of a file stop it', () => {
    const { dir } = bare();
    rmSync(join(dir, 'config'));
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(dir, 'config')]);
    expect(thrownBy(() => openRepository(host, dir, HOSTILE))).toMatchObject({
      reason: 'not-a-file',
    });
  });
});

describe('hazards()', () => {
  const write = (path: string, text: string) => (dir: string) => {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    appendFileSync(join(dir, path), text);
  };
  it.each([
    ['alternates', write('objects/info/alternates', '/x\n')],
    ['alternates', write('objects/info/http-alternates', 'http://x/\n')],
    ['grafts', write('info/grafts', `${'a'.repeat(40)}\n`)],
    ['shallow', write('shallow', `${'a'.repeat(40)}\n`)],
    ['promisor', write('config', '[remote "origin"]\n\tpromisor = true\n')],
    ['promisor', write('config', '[remote "origin"]\n\tpromisor\n')],
    ['promisor', write('config', '[remote "x.y"]\n\tpartialCloneFilter = blob:none\n')],
    ['promisor', write('config', '[extensions]\n\tpartialClone = origin\n')],
    ['promisor', write('objects/pack/pack-x.promisor', '')],
    ['replace-refs', write(`refs/replace/${'a'.repeat(40)}`, `${'b'.repeat(40)}\n`)],
    ['replace-refs', write('packed-refs', `${'b'.repeat(40)} refs/replace/${'a'.repeat(40)}\n`)],
    ['config-include', write('config', '[includeIf "onbranch:main"]\n\tpath = x\n')],
  ])('finds %s', (reason, prepare) => {
    const { dir } = bare();
    prepare(dir);
    expect(hazards(host, openRepository(host, dir, HOSTILE))).toEqual([
      { reason, detail: expect.any(String) },
    ]);
  });

  it('finds replace refs behind a line that is no text', () => {
    const { dir, repository } = bare();
    writeFileSync(
      join(dir, 'packed-refs'),
      Buffer.from(`${'b'.repeat(40)} refs/tags/\xff\n${'b'.repeat(40)} refs/replace/x\n`, 'latin1'),
    );
    expect(hazards(host, repository).map(({ reason }) => reason)).toEqual(['replace-refs']);
  });

  it('finds objects that lie elsewhere', () => {
    const { dir, repository } = bare();
    renameSync(join(dir, 'objects/pack'), `${dir}-pack`);
    symlinkSync(`${dir}-pack`, join(dir, 'objects/pack'));
    expect(hazards(host, repository)).toEqual([{ reason: 'symlink', detail: 'objects/pack' }]);
  });

  it('takes a remote that promises nothing for none', () => {
    const { dir } = bare();
    appendFileSync(join(dir, 'config'), '[remote "origin"]\n\turl = x\n\tpromisor = false\n');
    expect(hazards(host, openRepository(host, dir, HOSTILE))).toEqual([]);
  });
});

describe.skipIf(!hasGit)('repositories of stock git', () => {
  const workTree = (
    here: Host = host,
  ): { readonly dir: string; readonly repository: Repository } => {
    const dir = join(temporaryDirectory(), 'work');
    mkdirSync(dir);
    git(dir, ['init', '-q', '-b', 'main']);
    git(dir, ['commit', '-q', '--allow-empty', '-m', 'x']);
    return { dir, repository: openRepository(here, dir, OPEN) };
  };

  it('git accepts what initRepository() makes', () => {
    const { dir } = bare();
    expect(git(dir, ['rev-parse', '--is-bare-repository'])).toBe('true');
    expect(git(dir, ['symbolic-ref', 'HEAD'])).toBe('refs/heads/main');
    expect(git(dir, ['fsck', '--strict'])).toBe('');
  });

  it('openRepository() tells a work tree, its .git and a linked work tree', () => {
    const { dir, repository } = workTree();
    const gitDir = join(dir, '.git');
    expect(repository).toMatchObject({
      gitDir,
      commonDir: gitDir,
      workTree: dir,
      head: { kind: 'branch', ref: 'refs/heads/main' },
    });
    expect(openRepository(host, gitDir, OPEN)).toEqual(repository);
    const linked = `${dir}-linked`;
    git(dir, ['worktree', 'add', '-q', '-b', 'side', linked]);
    const other = openRepository(host, linked, HOSTILE);
    expect(other).toMatchObject({
      workTree: linked,
      head: { kind: 'branch', ref: 'refs/heads/side' },
    });
    expect(openRepository(host, other.commonDir, OPEN).commonDir).toBe(other.commonDir);
    mkdirSync(join(linked, 'a/b'), { recursive: true });
    expect(findRepository(host, join(linked, 'a/b'))).toBe(linked);
    expect(findRepository(host, gitDir)).toBe(gitDir);
    git(dir, ['config', 'core.worktree', '/elsewhere']);
    expect(openRepository(host, dir, OPEN).workTree).toBe('/elsewhere');
    expect(openRepository(host, dir, HOSTILE).workTree).toBe(dir);
  });

  it('openRepository() reads the config of one work tree', () => {
    const { dir } = workTree();
    git(dir, ['config', 'extensions.worktreeConfig', 'true']);
    git(dir, ['config', '--worktree', 'gitkel.branch', 'x']);
    expect(configValue(openRepository(host, dir, OPEN).config, 'gitkel', 'branch')).toBe('x');
  });

  it('openRepository() refuses a repository with SHA-256 objects', () => {
    const dir = temporaryDirectory();
    git(dir, ['init', '-q', '--object-format=sha256']);
    expect(thrownBy(() => openRepository(host, dir, OPEN))).toMatchObject({
      reason: 'repository-format',
    });
  });

  it('checkedOutAt() finds a branch in the main and in linked work trees', () => {
    const { dir, repository } = workTree();
    expect(checkedOutAt(host, repository, 'refs/heads/main')).toBe(dir);
    expect(checkedOutAt(host, repository, 'refs/heads/other')).toBeUndefined();
    const linked = `${dir}-linked`;
    git(dir, ['worktree', 'add', '-q', '-b', 'side', linked]);
    expect(checkedOutAt(host, repository, 'refs/heads/side')).toBe(linked);
    const fromThere = openRepository(host, linked, OPEN);
    expect(checkedOutAt(host, fromThere, 'refs/heads/main')).toBe(join(fromThere.commonDir, '..'));
    git(dir, ['checkout', '-q', '--detach']);
    expect(checkedOutAt(host, repository, 'refs/heads/main')).toBeUndefined();
  });

  it('checkedOutAt() takes the HEAD of a bare repository for no work tree, but finds the linked ones', () => {
    const { dir, repository } = bare();
    expect(checkedOutAt(host, repository, 'refs/heads/main')).toBeUndefined();
    const tree = git(dir, ['mktree']);
    git(dir, ['update-ref', 'refs/heads/main', git(dir, ['commit-tree', tree, '-m', 'x'])]);
    git(dir, ['worktree', 'add', '-q', `${dir}-linked`, 'main']);
    expect(checkedOutAt(host, repository, 'refs/heads/main')).toBe(`${dir}-linked`);
  });

  it('hazards() finds what stock git makes', () => {
    const { dir } = workTree();
    const make = (...args: readonly string[]): readonly string[] => {
      const target = join(temporaryDirectory(), 'clone');
      execFileSync('git', ['clone', '-q', ...args, target], {
        env: gitTestEnvironment(),
        stdio: 'ignore',
      });
      return hazards(host, openRepository(host, target, HOSTILE)).map(({ reason }) => reason);
    };
    git(dir, ['commit', '-q', '--allow-empty', '-m', 'y']);
    git(dir, ['config', 'uploadpack.allowFilter', 'true']);
    expect(make(dir)).toEqual([]);
    expect(make('--shared', dir)).toContain('alternates');
    expect(make('--depth=1', `file://${dir}`)).toContain('shallow');
    expect(make('--filter=blob:none', `file://${dir}`)).toContain('promisor');
    git(dir, ['replace', 'HEAD', 'HEAD~']);
    expect(hazards(host, openRepository(host, dir, HOSTILE)).map(({ reason }) => reason)).toEqual([
      'replace-refs',
    ]);
    git(dir, ['pack-refs', '--all', '--prune']);
    expect(hazards(host, openRepository(host, dir, HOSTILE)).map(({ reason }) => reason)).toEqual([
      'replace-refs',
    ]);
  });
});
