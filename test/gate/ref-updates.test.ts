import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { refKind } from '../../src/gate/ref-kind.ts';
import { parseRefUpdates } from '../../src/gate/ref-updates.ts';
import { thrownBy } from '../git/support.ts';

const [A, B, NONE] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];

describe('parseRefUpdates()', () => {
  it('reads updates, creations, deletions and what stands for another ref', () => {
    const text = `${A} ${B} refs/heads/main\n${NONE} ${A} refs/tags/v1\n${A} ${NONE} refs/heads/old\n${NONE} ref:refs/heads/main HEAD\n`;
    expect(parseRefUpdates(utf8(text))).toEqual([
      { ref: 'refs/heads/main', from: { oid: A }, to: { oid: B } },
      { ref: 'refs/tags/v1', from: undefined, to: { oid: A } },
      { ref: 'refs/heads/old', from: { oid: A }, to: undefined },
      { ref: 'HEAD', from: undefined, to: { symbolic: 'refs/heads/main' } },
    ]);
    expect(parseRefUpdates(utf8(''))).toEqual([]);
  });

  it.each([
    ['a line that is cut off', `${A} ${B} refs/heads/main`],
    ['an empty line', `${A} ${B} refs/heads/main\n\n`],
    ['two spaces', `${A}  ${B} refs/heads/main\n`],
    ['a fourth word', `${A} ${B} refs/heads/main x\n`],
    ['a short id', `${A.slice(1)} ${B} refs/heads/main\n`],
    ['an id in capitals', `${A.toUpperCase()} ${B} refs/heads/main\n`],
    ['an id of another hash', `${A}${'a'.repeat(24)} ${B}${'b'.repeat(24)} refs/heads/main\n`],
    ['a name that is none', `${A} ${B} refs/heads/../main\n`],
    ['a path for a name', `${A} ${B} main\n`],
    ['a carriage return', `${A} ${B} refs/heads/main\r\n`],
    ['a target that is no ref', `${A} ref:/etc/passwd HEAD\n`],
  ])('refuses %s', (_, text) => {
    expect(thrownBy(() => parseRefUpdates(utf8(text)))).toMatchObject({ reason: 'ref-update' });
  });

  it('refuses bytes that are no text, and more than it may read', () => {
    const odd = Uint8Array.from([...utf8(`${A} ${B} refs/heads/`), 0xff, 0x0a]);
    expect(thrownBy(() => parseRefUpdates(odd))).toMatchObject({ reason: 'ref-update' });
    const line = `${A} ${B} refs/x\n`;
    const many = utf8(line.repeat(LIMITS.hookRefs + 1));
    expect(thrownBy(() => parseRefUpdates(many))).toMatchObject({ reason: 'too-many-refs' });
    const large = new Uint8Array(LIMITS.hookInputBytes + 1);
    expect(thrownBy(() => parseRefUpdates(large))).toMatchObject({ reason: 'too-large' });
  });
});

describe('refKind()', () => {
  const here = { logDir: undefined, logRef: 'refs/heads/gitkel', logId: 'E' };
  it.each([
    ['refs/heads/gitkel', 'log'],
    ['refs/heads/GitKel', 'reserved'],
    ['refs/heads/MAIN', 'reserved'],
    ['refs/heads/main', 'content'],
    ['refs/heads/gitkel2', 'content'],
    ['refs/gitkel/batch/x/request', 'batch'],
    ['refs/GITKEL/batch/x/request', 'batch'],
    ['refs/gitkel/other', 'reserved'],
    ['refs/replace/x', 'replace'],
    ['refs/Replace/x', 'replace'],
    ['refs/tags/v1', 'content'],
  ])('takes %s for %s', (ref, kind) => expect(refKind(here, 'refs/heads/main', ref)).toBe(kind));

  it('knows no log in a repository whose log is elsewhere', () => {
    expect(refKind({ ...here, logDir: '/elsewhere' }, 'refs/heads/main', here.logRef)).toBe(
      'content',
    );
  });
});
