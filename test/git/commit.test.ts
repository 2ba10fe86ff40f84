import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, fromUtf8, sameBytes, toHex, utf8 } from '../../src/base/bytes.ts';
import {
  commitPayload,
  type CommitContent,
  looseHeaders,
  mailboxCommit,
  parseCommit,
  parseMailboxCommit,
  signedCommit,
} from '../../src/git/commit.ts';
import { objectId } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { initRepository } from '../../src/git/repository.ts';
import {
  allowedSignersLine,
  armor,
  parseArmor,
  sshSignedData,
} from '../../src/git/ssh-signature.ts';
import { encodeTree } from '../../src/git/tree.ts';
import { nodeHost } from '../../src/host/node.ts';
import example from '../vectors/sshsig.json' with { type: 'json' };
import { git, hasGit, hasSshKeygen, temporaryDirectory, thrownBy } from './support.ts';

const { crypto } = nodeHost();

function hex(text: string): Uint8Array {
  return fromHex(text) ?? new Uint8Array();
}

const seed = hex(example.key.seedHex);
const publicKey = hex(example.key.publicKeyHex);
const sha1 = example.sha1Repo;

const CONTENT: CommitContent = {
  tree: sha1.treeOid,
  parent: 'b'.repeat(40),
  name: 'EAid',
  email: 'EAid@gitkel',
  seconds: 1_700_000_000,
  message: 'a subject\n\nbatch 1\n',
};

function sign(payload: Uint8Array): string {
  return armor(publicKey, crypto.sign(seed, sshSignedData(crypto, payload)));
}

function signed(content: CommitContent = CONTENT): Uint8Array {
  const payload = commitPayload(content);
  return signedCommit(payload, sign(payload));
}

function textOf(bytes: Uint8Array): string {
  return fromUtf8(bytes) ?? '';
}

describe('ssh signatures', () => {
  it('sshSignedData() is the data of the worked example', () => {
    const data = sshSignedData(crypto, hex(sha1.payloadHex));
    expect(toHex(data)).toBe(sha1.signedDataHex);
    expect(data).toHaveLength(example.signedDataTotalBytes);
    expect(toHex(crypto.sign(seed, data))).toBe(sha1.signatureHex);
  });

  it('armor() writes, and parseArmor() reads, the signatures of the worked examples', () => {
    for (const { armored, signatureHex } of [sha1, example.sha256Repo]) {
      expect(armor(publicKey, hex(signatureHex))).toBe(armored);
      const parsed = parseArmor(armored);
      expect(toHex(parsed?.publicKey ?? utf8(''))).toBe(example.key.publicKeyHex);
      expect(toHex(parsed?.signature ?? utf8(''))).toBe(signatureHex);
    }
  });

  it('signedCommit() makes the very commit that git makes', () => {
    const commit = signedCommit(hex(sha1.payloadHex), sha1.armored);
    expect(toHex(commit)).toBe(sha1.commitHex);
    expect(objectId(crypto, 'commit', commit)).toBe(sha1.stockGitCommitTreeSOid);
  });

  const lines = sha1.armored.split('\n');
  const body = lines.slice(1, -2).join('');
  const rewrap = (columns: number): string =>
    [lines[0], ...(body.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []), lines.at(-2), ''].join(
      '\n',
    );
  const blob = (from: number, bytes: string): string => {
    const raw = Buffer.from(body, 'base64');
    raw.set(hex(bytes), from);
    const text = raw.toString('base64');
    return [lines[0], ...(text.match(/.{1,70}/g) ?? []), lines.at(-2), ''].join('\n');
  };
  it.each([
    ['76 columns', rewrap(76)],
    ['one line', rewrap(1000)],
    ['CRLF', sha1.armored.replaceAll('\n', '\r\n')],
    ['no last line feed', sha1.armored.slice(0, -1)],
    ['an empty line at the end', `${sha1.armored}\n`],
    ['blanks at a line end', sha1.armored.replace('\n-----END', ' \n-----END')],
    ['a missing pad', sha1.armored.replace('=\n', '\n')],
    ['another last character with the same bits', sha1.armored.replace('wQ=\n', 'wR=\n')],
    ['base64url', sha1.armored.replace('+', '-')],
    ['another magic', blob(0, '54')],
    ['version 2', blob(6, '00000002')],
    ['namespace got', blob(70, '6f')],
    ['a reserved length', blob(72, '00000001')],
    ['hash sha256', blob(80, '736861323536')],
    ['a key type ssh-rsa', blob(18, '7373682d727361')],
    ['another key type inside the signature', blob(94, '7373682d727361')],
    ['a PGP block', '-----BEGIN PGP SIGNATURE-----\n\naaaa\n-----END PGP SIGNATURE-----\n'],
    ['nothing', ''],
  ])('parseArmor() refuses %s', (_what, text) => {
    expect(text).not.toBe(sha1.armored);
    expect(parseArmor(text)).toBeUndefined();
  });

  it('armor() and parseArmor() are inverse for any key and signature', () => {
    const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
      fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(32), bytes(64), (key, signature) => {
        const parsed = parseArmor(armor(key, signature));
        return (
          parsed !== undefined &&
          sameBytes(parsed.publicKey, key) &&
          sameBytes(parsed.signature, signature)
        );
      }),
    );
  });

  it('allowedSignersLine() is the line of the worked example, and refuses names with a meaning of their own', () => {
    expect(allowedSignersLine('did:keri:EExample', publicKey)).toBe(
      `${example.allowedSignersLine}\n`,
    );
    for (const name of ['', 'a b', '*', 'a,b', '!a', 'a"b', 'a\nb', '#a', 'a?']) {
      expect(thrownBy(() => allowedSignersLine(name, publicKey))).toMatchObject({
        reason: 'principal',
      });
    }
  });
});

describe('parseCommit()', () => {
  it('takes apart what signedCommit() joins', () => {
    for (const parent of [undefined, CONTENT.parent]) {
      const content = { ...CONTENT, parent };
      const payload = commitPayload(content);
      const parsed = parseCommit(signed(content));
      expect(parsed).toMatchObject({ ok: true, commit: { ...content, payload, publicKey } });
      if (!parsed.ok) throw new Error(parsed.detail);
      expect(
        crypto.verify(
          parsed.commit.publicKey,
          sshSignedData(crypto, parsed.commit.payload),
          parsed.commit.signature,
        ),
      ).toBe(true);
    }
  });

  it('takes apart any content that commitPayload() writes', () => {
    const word = fc
      .string({ minLength: 1, maxLength: 20 })
      .filter((text) => !/[<>\n\0]/.test(text) && text.trim() === text);
    const message = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
      .filter((text) => !text.includes('\0') && !text.endsWith('\n'));
    fc.assert(
      fc.property(
        word,
        word,
        fc.nat(),
        message,
        fc.boolean(),
        (name, email, seconds, text, isFirst) => {
          const content = {
            ...CONTENT,
            name,
            email,
            seconds,
            message: `${text}\n`,
            parent: isFirst ? undefined : CONTENT.parent,
          };
          const bytes = signedCommit(commitPayload(content), sha1.armored);
          expect(parseCommit(bytes)).toMatchObject({ ok: true, commit: content });
        },
      ),
    );
  });

  const good = textOf(signed());
  const stamp = 'EAid <EAid@gitkel> 1700000000 +0000';
  const signature = good.slice(good.indexOf('gpgsig'), good.indexOf('\n\n') + 1);
  const secondArmor = armor(publicKey, new Uint8Array(64).fill(1));
  const second = `gpgsig ${secondArmor.trimEnd().replaceAll('\n', '\n ')}\n`;
  const change = (from: string, to: string): string => good.replace(from, () => to);
  const VARIANTS: readonly (readonly [what: string, text: string, reason: string])[] = [
    ['no signature', change(signature, ''), 'commit-unsigned'],
    ['a second gpgsig', change(signature, signature + second), 'commit-second-signature'],
    [
      'a second gpgsig before the first',
      change(signature, second + signature),
      'commit-second-signature',
    ],
    ['the same gpgsig twice', change(signature, signature + signature), 'commit-second-signature'],
    [
      'a header gpgsig-sha256 beside it',
      change(signature, signature + signature.replace('gpgsig', 'gpgsig-sha256')),
      'commit-second-signature',
    ],
    [
      'a header that git strips like a signature',
      change(signature, `${signature}gpgsig-x y\n`),
      'commit-second-signature',
    ],
    ['gpgsig-sha256 alone', change('gpgsig ', 'gpgsig-sha256 '), 'commit-unsigned'],
    ['76 columns', change(signature, rewrapped(signature, 76)), 'commit-armor'],
    ['one line', change(signature, rewrapped(signature, 1000)), 'commit-armor'],
    [
      'an empty continuation line after the signature',
      change(signature, `${signature} \n`),
      'commit-armor',
    ],
    ['CRLF', good.replaceAll('\n', '\r\n'), 'commit-message'],
    ['CRLF in the headers', change(stamp, `${stamp}\r`), 'commit-identity'],
    [
      'the signature before the author',
      change(signature, '').replace('author', () => `${signature}author`),
      'commit-headers',
    ],
    ['an encoding header', change(signature, `encoding UTF-8\n${signature}`), 'commit-headers'],
    ['an unknown header', change(signature, `x y\n${signature}`), 'commit-headers'],
    [
      'a mergetag',
      change(signature, `mergetag object ${CONTENT.tree}\n type commit\n${signature}`),
      'commit-headers',
    ],
    ['two parents', change('parent ', `parent ${'c'.repeat(40)}\nparent `), 'commit-merge'],
    [
      'the parent after the author',
      change(`parent ${CONTENT.parent}\n`, '').replace(
        'committer',
        () => `parent ${CONTENT.parent}\ncommitter`,
      ),
      'commit-headers',
    ],
    ['two trees', change('tree ', `tree ${CONTENT.tree}\ntree `), 'commit-headers'],
    ['no tree', change(`tree ${CONTENT.tree}\n`, ''), 'commit-headers'],
    ['a tree id in upper case', change(CONTENT.tree, CONTENT.tree.toUpperCase()), 'commit-headers'],
    ['a tree id that is too short', change(CONTENT.tree, CONTENT.tree.slice(1)), 'commit-headers'],
    ['a SHA-256 id', change(CONTENT.tree, CONTENT.tree.padEnd(64, '0')), 'commit-headers'],
    ['a null parent', change(CONTENT.parent ?? '', '0'.repeat(40)), 'commit-headers'],
    ['another author', change(`author ${stamp}`, `author x${stamp}`), 'commit-identity'],
    [
      'another author date',
      change(`author ${stamp}`, `author ${stamp.replace('17', '16')}`),
      'commit-identity',
    ],
    ['no address', good.replaceAll('<EAid@gitkel>', '<>'), 'commit-identity'],
    ['no name', good.replaceAll('EAid <', ' <'), 'commit-identity'],
    ['two addresses', good.replaceAll('<EAid', '<a> <EAid'), 'commit-identity'],
    ['two blanks before the address', good.replaceAll('EAid <', 'EAid  <'), 'commit-identity'],
    ['another zone', good.replaceAll('+0000', '+0100'), 'commit-date'],
    ['zone -0000', good.replaceAll('+0000', '-0000'), 'commit-date'],
    ['a date with a leading zero', good.replaceAll('1700000000', '01700000000'), 'commit-date'],
    ['a negative date', good.replaceAll('1700000000', '-1'), 'commit-date'],
    ['a date with a fraction', good.replaceAll('1700000000', '1.5'), 'commit-date'],
    [
      'a date that is too large',
      good.replaceAll('1700000000', '99999999999999999999'),
      'commit-date',
    ],
    ['two blanks before the date', good.replaceAll('> 17', '>  17'), 'commit-date'],
    ['no message', good.slice(0, good.indexOf('\n\n') + 2), 'commit-message'],
    [
      'a message of one line feed',
      `${good.slice(0, good.indexOf('\n\n') + 2)}\n`,
      'commit-message',
    ],
    ['no last line feed', good.slice(0, -1), 'commit-message'],
    ['two last line feeds', `${good}\n`, 'commit-message'],
    ['a NUL in the message', change('subject', 'sub\0ject'), 'commit-message'],
    ['no empty line', good.slice(0, good.indexOf('\n\n') + 1), 'commit-message'],
    ['a byte order mark', `\ufeff${good}`, 'commit-headers'],
    ['a continuation line first', ` x\n${good}`, 'commit-headers'],
    ['nothing', '', 'commit-message'],
  ];
  it.each(VARIANTS)('refuses %s', (_what, text, reason) => {
    expect(text).not.toBe(good);
    expect(parseCommit(utf8(text))).toMatchObject({ ok: false, reason });
  });

  it('refuses a signature of millions of lines, and throws nothing', () => {
    const [head = ''] = good.split('gpgsig');
    const text = `${head}gpgsig x${'\n '.repeat(5_000_000)}`;
    expect(parseCommit(utf8(text))).toMatchObject({ ok: false, reason: 'commit-message' });
  });

  it('refuses bytes that are no UTF-8', () => {
    const bytes = signed();
    bytes[bytes.length - 2] = 0xff;
    expect(parseCommit(bytes)).toMatchObject({ ok: false, reason: 'commit-encoding' });
  });

  it('another date, message, parent or tree under an old signature is told by its signature', () => {
    for (const other of [
      { seconds: 1 },
      { message: 'other\n' },
      { parent: undefined },
      { tree: 'a'.repeat(40) },
      { name: 'x' },
    ]) {
      const parsed = parseCommit(
        signedCommit(commitPayload({ ...CONTENT, ...other }), sign(commitPayload(CONTENT))),
      );
      if (!parsed.ok) throw new Error(parsed.detail);
      const { commit } = parsed;
      expect(
        crypto.verify(commit.publicKey, sshSignedData(crypto, commit.payload), commit.signature),
      ).toBe(false);
    }
  });

  it('accepts no second writing: whatever is accepted is written again to the same bytes', () => {
    const bytes = signed();
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.nat(255),
        fc.constantFrom('set', 'insert', 'remove'),
        (at, byte, kind) => {
          const tail = bytes.slice(kind === 'insert' ? at : at + 1);
          const middle = kind === 'remove' ? new Uint8Array() : Uint8Array.of(byte);
          const changed = concat(bytes.slice(0, at), middle, tail);
          const parsed = parseCommit(changed);
          if (!parsed.ok) return true;
          const { commit } = parsed;
          const again = signedCommit(
            commitPayload(commit),
            armor(commit.publicKey, commit.signature),
          );
          const holds = crypto.verify(
            commit.publicKey,
            sshSignedData(crypto, commit.payload),
            commit.signature,
          );
          return sameBytes(again, changed) && (!holds || sameBytes(changed, bytes));
        },
      ),
      { numRuns: 500 },
    );
  });
});

function rewrapped(header: string, columns: number): string {
  const lines = header.trimEnd().split('\n');
  const body = lines.slice(1, -1).join('').replaceAll(' ', '');
  const wrapped = (body.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []).map((line) => ` ${line}`);
  return `${[lines[0], ...wrapped, lines.at(-1)].join('\n')}\n`;
}

describe('commitPayload()', () => {
  it.each([
    ['a wrong tree', { tree: 'x' }, 'commit-headers'],
    ['a wrong parent', { parent: 'x' }, 'commit-headers'],
    ['a name with a line feed', { name: 'a\nb' }, 'commit-identity'],
    ['an address with an end', { email: 'a>b' }, 'commit-identity'],
    ['an empty name', { name: '' }, 'commit-identity'],
    ['half a surrogate pair in a name', { name: 'a\ud800' }, 'commit-identity'],
    ['a fraction of a second', { seconds: 1.5 }, 'commit-date'],
    ['a time before 1970', { seconds: -1 }, 'commit-date'],
    ['no last line feed', { message: 'a' }, 'commit-message'],
    ['half a surrogate pair', { message: 'a\udc00\n' }, 'commit-encoding'],
  ])('refuses %s', (_what, other, reason) => {
    expect(thrownBy(() => commitPayload({ ...CONTENT, ...other }))).toMatchObject({
      code: 'malformed',
      reason,
    });
  });
});

describe('looseHeaders()', () => {
  it('reads tree and parents as git follows them, of any commit', () => {
    const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
    expect(looseHeaders(signed())).toEqual({ tree: CONTENT.tree, parents: [CONTENT.parent] });
    expect(
      looseHeaders(utf8(`tree ${a}\nparent ${a}\nparent ${b}\nauthor x\n\nparent ${a}\n`)),
    ).toEqual({ tree: a, parents: [a, b] });
    expect(looseHeaders(utf8(`tree ${a}\nauthor x\nparent ${b}\n\n`))).toEqual({
      tree: a,
      parents: [],
    });
    expect(looseHeaders(utf8('garbage'))).toEqual({ tree: undefined, parents: [] });
    expect(looseHeaders(new Uint8Array())).toEqual({ tree: undefined, parents: [] });
  });
});

describe('mailboxCommit()', () => {
  it('depends on tree and message alone, and is read back', () => {
    const bytes = mailboxCommit(CONTENT.tree, 'staged batch\n');
    expect(textOf(bytes)).toBe(
      `tree ${CONTENT.tree}\nauthor gitkel <gitkel@gitkel> 0 +0000\ncommitter gitkel <gitkel@gitkel> 0 +0000\n\nstaged batch\n`,
    );
    expect(parseMailboxCommit(bytes)).toEqual({
      ok: true,
      tree: CONTENT.tree,
      message: 'staged batch\n',
    });
  });

  it('parseMailboxCommit() refuses every other commit', () => {
    const text = textOf(mailboxCommit(CONTENT.tree, 'm\n'));
    const others = [
      textOf(signed()),
      text.replace('author', `parent ${CONTENT.tree}\nauthor`),
      text.replace(' 0 +0000', ' 1 +0000'),
      text.replace('author gitkel', 'author x'),
      `${text}\n`,
      text.slice(0, -1),
      text.replace('\n\n', '\nx y\n\n'),
      '',
    ];
    for (const other of others)
      expect(parseMailboxCommit(utf8(other))).toMatchObject({ ok: false });
  });
});

describe.skipIf(!hasGit || !hasSshKeygen)('signed commits beside stock git', () => {
  it('git fsck and git verify-commit accept them', () => {
    const host = nodeHost();
    const dir = join(temporaryDirectory(), 'repo');
    const repository = initRepository(host, dir, { bare: true, branch: 'main' });
    const store = new ObjectStore(host, repository);
    const blob = { type: 'blob', bytes: utf8('hello\n') } as const;
    const tree = {
      type: 'tree',
      bytes: encodeTree([{ mode: '100644', name: 'hello.txt', oid: sha1.blobOid }]),
    } as const;
    const first = signed({ ...CONTENT, parent: undefined });
    const parent = objectId(crypto, 'commit', first);
    const second = signed({ ...CONTENT, parent });
    const bytes = [first, second].map((commit) => ({ type: 'commit', bytes: commit }) as const);
    store.writePack([blob, tree, ...bytes]);
    store.close();
    const tip = objectId(crypto, 'commit', second);
    git(dir, ['update-ref', 'refs/heads/main', tip]);
    const signers = join(temporaryDirectory(), 'allowed_signers');
    writeFileSync(signers, allowedSignersLine('EAid', publicKey));
    expect(git(dir, ['fsck', '--full', '--strict', '--no-dangling'])).toBe('');
    const settings = ['-c', `gpg.ssh.allowedSignersFile=${signers}`];
    git(dir, [...settings, 'verify-commit', tip, parent]);
    expect(git(dir, [...settings, 'log', '--format=%G? %GS %an %at'])).toBe(
      'G EAid EAid 1700000000\nG EAid EAid 1700000000',
    );
  });
});
