import { describe, expect, it } from 'vitest';
import {
  foldedPath,
  namesGit,
  pathFormProblem,
  pathProblem,
} from '../../src/records/skill-path.ts';

describe('pathProblem()', () => {
  it.each([
    ['', 'path-empty'],
    ['/etc/passwd', 'path-empty'],
    ['a//b', 'path-empty'],
    ['a/', 'path-empty'],
    ['../a', 'path-dots'],
    ['a/./b', 'path-dots'],
    ['a\nb', 'path-control'],
    ['a\u0000b', 'path-control'],
    ['a\u0085b', 'path-control'],
    ['a\\b', 'path-character'],
    ['C:/a', 'path-character'],
    ['SKILL.md:stream', 'path-character'],
    ['a*', 'path-character'],
    ['what?', 'path-character'],
    ['a"b', 'path-character'],
    ['a<b', 'path-character'],
    ['a>b', 'path-character'],
    ['a|b', 'path-character'],
    ['a\ufffdb', 'path-character'],
    ['a\ud800', 'path-character'],
    ['a\u0378', 'path-character'],
    ['a\ue000', 'path-character'],
    ['SK\u200cILL.md', 'path-invisible'],
    ['a\u202eb', 'path-invisible'],
    ['a\u{e0041}', 'path-invisible'],
    ['a\u00adb', 'path-invisible'],
    ['a\u2028b', 'path-invisible'],
    ['a.', 'path-trailing'],
    ['a /b', 'path-trailing'],
    ['CON', 'path-device'],
    ['scripts/nul.txt', 'path-device'],
    ['com1.tar.gz', 'path-device'],
    ['LPT\u00b9', 'path-device'],
    ['aux .md', 'path-device'],
    ['e\u0301.md', 'path-not-nfc'],
    ['\u212b.md', 'path-not-nfc'],
    ['x'.repeat(256), 'path-segment-length'],
    ['\u00e9'.repeat(128), 'path-segment-length'],
    [Array.from({ length: 5 }, () => 'x'.repeat(250)).join('/'), 'path-length'],
    [Array.from({ length: 17 }, () => 'd').join('/'), 'path-depth'],
  ])('refuses %j: %s', (path, reason) => {
    expect(pathProblem(path)?.reason).toBe(reason);
  });

  it.each([
    'SKILL.md',
    '.hidden/file',
    'node_modules/a/index.js',
    '\u00e9.md',
    '\u6587\u4ef6.md',
    'console.md',
    'com10',
    'a b/c d.txt',
    '...a',
    Array.from({ length: 16 }, () => 'd').join('/'),
    'x'.repeat(255),
  ])('takes %j', (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });
});

describe('pathFormProblem()', () => {
  it.each(['a\u0378', 'SK\u200cILL.md', 'a\u{e0041}', 'e\u0301.md', '\u212b.md'])(
    'leaves %j, of which versions of Unicode differ, to whoever installs it',
    (path) => {
      expect(pathFormProblem(path)).toBeUndefined();
      expect(pathProblem(path)).toBeDefined();
    },
  );

  it.each(['../a', 'a\u0085b', 'a*', 'a\ufffdb', 'a\ue000', 'a.', 'CON', 'd/'.repeat(17)])(
    'refuses %j everywhere',
    (path) => {
      expect(pathFormProblem(path)).toBeDefined();
    },
  );
});

describe('foldedPath()', () => {
  it.each([
    ['SKILL.md', 'skill.MD'],
    ['\u00df', 'SS'],
    ['\ufb01le', 'FILE'],
    ['\u1e9e', 'ss'],
    ['\u0131', 'I'],
    ['\u03c2', '\u03a3'],
    ['\uff21', 'a'],
    ['\u212a', 'k'],
  ])('takes %j for %j', (a, b) => {
    expect(foldedPath(a)).toBe(foldedPath(b));
  });

  it('tells other names apart', () => {
    expect(foldedPath('a')).not.toBe(foldedPath('\u00e4'));
  });
});

describe('namesGit()', () => {
  it('knows the spellings that file systems take for it', () => {
    expect(['.git', '.GIT', '.G\u0131T', 'git~1', 'GIT~2', '\uff0egit'].map(namesGit)).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    expect(['.gitignore', '.gitattributes', 'git', 'agit~1'].some(namesGit)).toBe(false);
  });
});
