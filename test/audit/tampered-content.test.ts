/** Decoded content changed, everything re-hashed, all descendants and the ref rewritten: without and with the committers' keys. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/base/canonical-json.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { objectId } from '../../src/git/object.ts';
import { nativeCrypto } from '../../src/index.ts';
import { armor } from '../../src/git/ssh-signature.ts';
import { eventPath } from '../../src/log/layout.ts';
import { type BatchDraft, blobEntry, rawTree } from '../support/tampered-log.ts';
import { type Tampering, auditAlikeInPool, useTampering } from '../support/tampering.ts';

const tampering = useTampering();
auditAlikeInPool(tampering);
const LONG = Number(process.env['GITKEL_LONG'] ?? 1);

/** Anchors in the KELs of all three members: three files. */
const AT = 12;
const DIGEST = `E${'A'.repeat(43)}`;
const OID = 'a'.repeat(40);

type Edit = (draft: BatchDraft, tampering: Tampering) => void;

interface Case {
  readonly what: string;
  readonly edit: Edit;
  /** What is found when the committers sign everything again. */
  readonly reason: string;
  /** What is found when the old signatures stay. */
  readonly unsigned?: string;
}

async function expectFinding(
  edit: Edit,
  at: number,
  resigned: boolean,
  reason: string,
): Promise<void> {
  const drafts = tampering().drafts();
  const draft = drafts[at];
  if (draft === undefined) throw new Error(`there is no batch ${at}`);
  edit(draft, tampering());
  const { dir, commits } = await tampering().forge(drafts, resigned);
  const verdict = tampering().audit(dir);
  expect(verdict).toMatchObject({
    state: 'invalid',
    reason,
    findings: [{ reason, position: at, commit: commits[at] }],
  });
}

/** One test of a table without, and one with the committers' keys. */
function bothWays(cases: readonly Case[], at = AT): void {
  it.each(cases)(
    'names $what: without the keys',
    async ({ edit, unsigned = 'commit-signature' }) => {
      await expectFinding(edit, at, false, unsigned);
    },
  );
  it.each(cases)('names $what: signed again ($reason)', async ({ edit, reason }) => {
    await expectFinding(edit, at, true, reason);
  });
}

/** Changes what the message says, and nothing else. */
function message(
  what: string,
  change: (text: string) => string,
  reason: string,
  unsigned?: string,
): Case {
  const edit: Edit = (draft) => {
    draft.message = (text) => {
      const changed = change(text);
      expect(changed).not.toBe(text);
      return changed;
    };
  };
  return { what, edit, reason, ...(unsigned === undefined ? {} : { unsigned }) };
}

/** Changes the headers that are signed. */
function payload(
  what: string,
  change: (text: string) => string,
  reason: string,
  unsigned?: string,
): Case {
  return {
    ...message(what, change, reason, unsigned),
    edit: (draft) => (draft.payload = notSame(change)),
  };
}

/** Changes the commit as it is stored, signature included. */
function commit(what: string, change: (text: string) => string, reason: string): Case {
  return { what, edit: (draft) => (draft.commit = notSame(change)), reason, unsigned: reason };
}

function notSame(change: (text: string) => string): (text: string) => string {
  return (text) => {
    const changed = change(text);
    expect(changed).not.toBe(text);
    return changed;
  };
}

const line =
  (n: number, change: (line: string) => string) =>
  (text: string): string =>
    text
      .split('\n')
      .map((one, index) => (index === n ? change(one) : one))
      .join('\n');

describe('audit() of a batch record that was changed', () => {
  bothWays([
    message(
      'a subject of its own',
      line(0, () => 'nothing to see'),
      'record-message',
    ),
    message(
      'an empty subject',
      line(0, () => ''),
      'record-message',
    ),
    message(
      'text in the empty line',
      line(1, () => 'x'),
      'record-format',
    ),
    message(
      'another format',
      line(2, () => 'gitkel-batch/2'),
      'record-format',
    ),
    message(
      'a format in capitals',
      line(2, () => 'Gitkel-Batch/1'),
      'record-format',
    ),
    message(
      'another number',
      line(3, () => `number ${AT + 1}`),
      'batch-number',
    ),
    message(
      'a number with a zero before it',
      line(3, () => `number 0${AT}`),
      'record-line',
    ),
    message(
      'a number that is none',
      line(3, () => 'number 1e1'),
      'record-line',
    ),
    message(
      'no number',
      line(3, () => 'number '),
      'record-line',
    ),
    message(
      'another log',
      line(4, () => `log ${DIGEST}`),
      'log-id',
    ),
    message(
      'another batch before',
      line(5, () => `prior ${DIGEST}`),
      'prior-digest',
    ),
    message(
      'the log in place of the batch before',
      (text) => text.replace(/prior .*/, `prior ${/log (.*)/.exec(text)?.[1] ?? ''}`),
      'prior-digest',
    ),
    message(
      'a committer with another index',
      line(6, (one) => one.replace(/0$/, '1')),
      'committer-key',
    ),
    message(
      'a committer at another event',
      line(6, (one) => one.replace(/ \d+ (\d+)$/, ' 0 $1')),
      'committer-key-state',
    ),
    message(
      'a committer who is nobody',
      line(6, () => `committer ${DIGEST} 0 0`),
      'committer-unknown',
    ),
    message(
      'a committer with two indices',
      line(6, (one) => `${one} 0`),
      'record-line',
    ),
    message(
      'lines in another order',
      (text) => text.replace(/(log .*\n)(prior .*\n)/, '$2$1'),
      'record-line',
    ),
    message(
      'another digest of a file',
      line(8, (one) => one.replace(/add \S+/, `add ${DIGEST}`)),
      'file-digest',
    ),
    message(
      'another size of a file',
      line(8, (one) => one.replace(/ (\d+) /, (_, size) => ` ${Number(size) + 1} `)),
      'file-size',
    ),
    message(
      'a size beyond all numbers',
      line(8, (one) => one.replace(/ \d+ /, ' 9999999999999999 ')),
      'record-line',
    ),
    message(
      'another path of a file',
      line(8, (one) => one.replace('.cesr', '.cesr2')),
      'file-missing',
    ),
    message(
      'a file without a path',
      line(8, (one) => one.replace(/ \S+$/, '')),
      'record-line',
    ),
    message(
      'files in another order',
      (text) => text.replace(/(add .*\n)(add .*\n)/, '$2$1'),
      'record-message',
    ),
    message(
      'an empty line',
      line(8, () => ''),
      'record-line',
    ),
    message('a file twice', (text) => text.replace(/(add .*\n)/, '$1$1'), 'duplicate'),
    message('no file', (text) => text.replace(/^add .*\n/gm, ''), 'record-files'),
    message('a last file less', (text) => text.replace(/add .*\n$/, ''), 'record-message'),
    message('one more line', (text) => `${text}note x\n`, 'record-line'),
    message(
      'a blank at the end of a line',
      line(4, (one) => `${one} `),
      'record-line',
    ),
    message('carriage returns', (text) => text.replaceAll('\n', '\r\n'), 'record-text'),
    message(
      'a letter outside of ASCII',
      line(0, (one) => `${one} ü`),
      'record-text',
    ),
    message(
      'a NUL',
      line(0, (one) => `${one}\0`),
      'commit-message',
      'commit-message',
    ),
    message(
      'no line feed at the end',
      (text) => text.slice(0, -1),
      'commit-message',
      'commit-message',
    ),
    message('two line feeds at the end', (text) => `${text}\n`, 'commit-message', 'commit-message'),
    message('no message', () => '', 'commit-message', 'commit-message'),
    message('only text', () => 'a commit like any other\n', 'record-format'),
  ]);
});

const header =
  (name: string, change: (value: string) => string) =>
  (text: string): string =>
    text.replace(
      new RegExp(`^${name} (.*)$`, 'm'),
      (_, value: string) => `${name} ${change(value)}`,
    );
const both =
  (change: (value: string) => string) =>
  (text: string): string =>
    header('committer', change)(header('author', change)(text));
const beforeAuthor =
  (more: string) =>
  (text: string): string =>
    text.replace('\nauthor ', `\n${more}\nauthor `);
const afterCommitter =
  (more: string) =>
  (text: string): string =>
    text.replace(/(\ncommitter .*\n)/, `$1${more}\n`);

describe('audit() of headers that were changed', () => {
  bothWays([
    payload(
      'another tree',
      header('tree', () => OID),
      'tree',
    ),
    payload(
      'a tree in capitals',
      header('tree', (oid) => oid.replace(/^..../, 'ABCD')),
      'commit-headers',
      'commit-headers',
    ),
    payload(
      'no tree',
      (text) => text.replace(/^tree .*\n/, ''),
      'commit-headers',
      'commit-headers',
    ),
    payload(
      'the parent twice',
      (text) => text.replace(/(parent .*\n)/, '$1$1'),
      'commit-merge',
      'commit-merge',
    ),
    payload(
      'a second parent',
      (text) => text.replace(/(parent .*\n)/, `$1parent ${OID}\n`),
      'commit-merge',
      'commit-merge',
    ),
    payload(
      'another author',
      header('author', (value) => value.replace(/^\S+/, 'Mallory')),
      'commit-identity',
      'commit-identity',
    ),
    payload(
      'another address of the author',
      header('author', (value) => value.replace('@gitkel', '@example')),
      'commit-identity',
      'commit-identity',
    ),
    payload(
      'another committer',
      header('committer', (value) => value.replace(/^\S+/, 'Mallory')),
      'commit-identity',
      'commit-identity',
    ),
    payload(
      'another name of both',
      both((value) => value.replace(/^\S+/, 'Mallory')),
      'commit-identity',
    ),
    payload(
      'another address of both',
      both((value) => value.replace('@gitkel', '@example')),
      'commit-identity',
    ),
    payload(
      'no address',
      both((value) => value.replace(/<.*>/, '<>')),
      'commit-identity',
      'commit-identity',
    ),
    payload(
      'another date of the author',
      header('author', (value) => value.replace(/\d \+/, '0 +').replace(/0 \+/, '1 +')),
      'commit-identity',
      'commit-identity',
    ),
    payload(
      'another time zone',
      both((value) => value.replace('+0000', '+0100')),
      'commit-date',
      'commit-date',
    ),
    payload(
      'another time zone of the author',
      header('author', (value) => value.replace('+0000', '+0100')),
      'commit-identity',
      'commit-identity',
    ),
    payload(
      'the time zone -0000',
      both((value) => value.replace('+0000', '-0000')),
      'commit-date',
      'commit-date',
    ),
    payload(
      'a negative date',
      both((value) => value.replace(/> /, '> -')),
      'commit-date',
      'commit-date',
    ),
    payload(
      'a date with a zero before it',
      both((value) => value.replace(/> /, '> 0')),
      'commit-date',
      'commit-date',
    ),
    payload(
      'a date beyond all numbers',
      both((value) => value.replace(/> /, '> 99999999')),
      'commit-date',
      'commit-date',
    ),
    payload(
      'no date',
      both((value) => value.replace(/> .*/, '>')),
      'commit-identity',
      'commit-identity',
    ),
    payload(
      'an encoding',
      afterCommitter('encoding ISO-8859-1'),
      'commit-headers',
      'commit-headers',
    ),
    payload('an unknown header', afterCommitter('x-note y'), 'commit-headers', 'commit-headers'),
    payload('a header without a value', afterCommitter('x'), 'commit-headers', 'commit-headers'),
    payload(
      'a merged tag',
      afterCommitter('mergetag object x\n type commit'),
      'commit-headers',
      'commit-headers',
    ),
    payload('a header before the author', beforeAuthor('x y'), 'commit-headers', 'commit-headers'),
    payload(
      'headers in another order',
      (text) => text.replace(/(author .*\n)(committer .*\n)/, '$2$1'),
      'commit-headers',
      'commit-headers',
    ),
    payload(
      'an author that goes on in another line',
      (text) => text.replace(/(author [^ ]*) /, '$1\n '),
      'commit-identity',
      'commit-identity',
    ),
    payload(
      'a second author',
      (text) => text.replace(/(author .*\n)/, '$1$1'),
      'commit-headers',
      'commit-headers',
    ),
    payload(
      'carriage returns after the headers',
      (text) => text.replaceAll(/^((?:tree|parent|author|committer) .*)$/gm, '$1\r'),
      'commit-headers',
      'commit-headers',
    ),
    payload(
      'a blank after the tree',
      header('tree', (oid) => `${oid} `),
      'commit-headers',
      'commit-headers',
    ),
  ]);
});

const wrapped =
  (columns: number) =>
  (text: string): string => {
    const [first = '', ...lines] = text.trimEnd().split('\n');
    const last = lines.pop() ?? '';
    return `${[first, ...(lines.join('').match(new RegExp(`.{1,${columns}}`, 'g')) ?? []), last].join('\n')}\n`;
  };

/** Changes the signature under its armor. */
const reblob =
  (change: (blob: string) => string) =>
  (text: string): string => {
    const blob = Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64').toString('latin1');
    const lines =
      Buffer.from(change(blob), 'latin1')
        .toString('base64')
        .match(/.{1,70}/g) ?? [];
    return `${['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----'].join('\n')}\n`;
  };

describe('audit() of a signature that was changed', () => {
  const signature = (
    what: string,
    change: (text: string) => string,
    reason = 'commit-armor',
  ): Case => ({
    what,
    edit: (draft) => (draft.armor = notSame(change)),
    reason,
    unsigned: reason,
  });
  const gpgsig = /gpgsig (?:.*\n )*.*\n/;
  bothWays([
    commit('no signature', (text) => text.replace(gpgsig, ''), 'commit-unsigned'),
    commit('a second signature', (text) => text.replace(gpgsig, '$&$&'), 'commit-second-signature'),
    commit(
      'a signature for SHA-256 beside it',
      (text) => text.replace(gpgsig, (own) => own + own.replace('gpgsig', 'gpgsig-sha256')),
      'commit-second-signature',
    ),
    commit(
      'only a signature for SHA-256',
      (text) => text.replace('gpgsig', 'gpgsig-sha256'),
      'commit-unsigned',
    ),
    commit(
      'the signature before the committer',
      (text) => text.replace(/(committer .*\n)(gpgsig (?:.*\n )*.*\n)/, '$2$1'),
      'commit-headers',
    ),
    commit(
      'an extra header after the signature',
      (text) => text.replace(gpgsig, '$&x y\n'),
      'commit-headers',
    ),
    commit(
      'another date with the old signature',
      both((value) => value.replace(/> 1/, '> 2')),
      'commit-signature',
    ),
    commit(
      'another message with the old signature',
      (text) => text.replace(/add (E.)/, 'add EE'),
      'commit-signature',
    ),
    signature('64 columns', wrapped(64)),
    signature('76 columns', wrapped(76)),
    signature('one line', wrapped(1000)),
    signature('carriage returns', (text) => text.replaceAll('\n', '\r\n')),
    signature('blanks in it', (text) => text.replace('\n', '\n ')),
    signature('an empty line in it', (text) => text.replace('\n', '\n\n')),
    signature('blanks at the end of a line', (text) => text.replace('\n', ' \n')),
    signature('the armor of PGP', (text) => text.replaceAll('SSH SIGNATURE', 'PGP SIGNATURE')),
    signature('no last line', (text) => text.replace(/-----END.*\n/, '')),
    signature('text after it', (text) => `${text}x\n`),
    signature(
      'another character of the signature',
      (text) =>
        text.replace(
          /(.)(.{20}\n-----END)/,
          (_, one: string, rest: string) => (one === 'A' ? 'B' : 'A') + rest,
        ),
      'commit-signature',
    ),
    signature('an empty one', () => '\n'),
    signature(
      'another namespace',
      reblob((blob) => blob.replace('\u0003git', '\u0003gat')),
    ),
    signature(
      'another hash',
      reblob((blob) => blob.replace('sha512', 'sha256')),
    ),
    signature(
      'another version',
      reblob((blob) => blob.replace('SSHSIG\0\0\0\u0001', 'SSHSIG\0\0\0\u0002')),
    ),
    signature(
      'another kind of key',
      reblob((blob) => blob.replaceAll('ssh-ed25519', 'ssh-ed25518')),
    ),
    signature(
      'bytes after it',
      reblob((blob) => `${blob}\0`),
    ),
    signature(
      'a key that is no point',
      () => armor(new Uint8Array(32).fill(0xff), new Uint8Array(64)),
      'commit-signature',
    ),
    signature(
      'a key of small order',
      () => armor(Uint8Array.of(1, ...new Uint8Array(31)), Uint8Array.of(1, ...new Uint8Array(63))),
      'commit-signature',
    ),
  ]);

  it('names the batch after one that the right key signed at another date', async () => {
    const drafts = tampering().drafts();
    const draft = drafts[AT];
    if (draft === undefined) throw new Error('a long log');
    draft.seconds += 1;
    draft.resigned = true;
    const { dir } = await tampering().forge(drafts, false);
    expect(tampering().audit(dir).findings).toMatchObject([
      { reason: 'commit-signature', position: AT + 1 },
    ]);
  });

  it('names the batch after one that the right key signed at another date, by the digest of its payload', async () => {
    const drafts = tampering().drafts();
    const [draft, next] = drafts.slice(AT);
    if (draft === undefined || next === undefined) throw new Error('a long log');
    draft.seconds += 1;
    next.prior = tampering().long.log.contents.batchAt(AT)?.payloadDigest;
    const { dir } = await tampering().forge(drafts, true);
    expect(tampering().audit(dir).findings).toMatchObject([
      { reason: 'prior-digest', position: AT + 1 },
    ]);
  });
});

const inText = (bytes: Uint8Array, change: (text: string) => string): Uint8Array => {
  const text = Buffer.from(bytes).toString('latin1');
  const changed = change(text);
  expect(changed).not.toBe(text);
  return new Uint8Array(Buffer.from(changed, 'latin1'));
};

/** Changes the first file of a batch, whose name stays. */
function content(what: string, change: (text: string) => string, reason: string): Case {
  return {
    what,
    reason,
    edit: ({ files: [file] }) => {
      if (file !== undefined) file.bytes = inText(file.bytes, change);
    },
  };
}

/** The same event with another content and its digest made anew, under the path that it then has; the old signatures. */
function saidAnew(what: string, change: (text: string) => string, reason: string): Case {
  return {
    what,
    reason,
    edit: ({ files: [file] }) => {
      if (file === undefined) return;
      const text = Buffer.from(file.bytes).toString('latin1');
      const size = Number.parseInt(text.slice(16, 22), 16);
      const said = /"d":"([^"]{44})"/.exec(text)?.[1] ?? '';
      const isInception = text.includes(`"i":"${said}"`);
      const blank = '#'.repeat(44);
      const changed = change(
        isInception
          ? text.slice(0, size).replaceAll(said, blank)
          : text.slice(0, size).replace(said, blank),
      );
      const sized = changed.replace(
        /^(.{16}).{6}/,
        (_, before: string) => before + changed.length.toString(16).padStart(6, '0'),
      );
      const made = digestText(nativeCrypto, utf8(sized));
      file.bytes = utf8(sized.replaceAll(blank, made) + text.slice(size));
      file.path = isInception
        ? eventPath(nativeCrypto, made, 0, 'icp', made)
        : file.path.replace(said, made);
    },
  };
}

const attached =
  (change: (text: string) => string) =>
  (text: string): string => {
    const at = text.lastIndexOf('}-') + 1;
    return text.slice(0, at) + change(text.slice(at));
  };

/** What holds for the file of every kind of event. */
const EVERY_EVENT: readonly Case[] = [
  content(
    'another letter in it',
    (text) => text.replace(/("p":"|"n":\["|"k":\["|"d":")(.{10})./, '$1$2_'),
    'said',
  ),
  saidAnew('a blank in it', (text) => text.replace('","t"', '", "t"'), 'fields'),
  content(
    'another size',
    (text) => text.replace(/^(.{16})..../, (_, before: string) => `${before}00ff`),
    'size',
  ),
  content('another version', (text) => text.replace('KERI10', 'KERI11'), 'version-string'),
  content('another serialisation', (text) => text.replace('JSON', 'CBOR'), 'version-string'),
  content('nothing in it', () => '', 'version-string'),
  content(
    'no attachments',
    attached(() => ''),
    'no-valid-signature',
  ),
  content(
    'attachments that are cut off',
    attached((text) => text.slice(0, -1)),
    'attachments',
  ),
  content('a line feed after it', (text) => `${text}\n`, 'attachments'),
  content('the event twice', (text) => text + text, 'attachments'),
  content(
    'a group that is none',
    attached((text) => text.replace('-A', '-Y')),
    'attachments',
  ),
  content(
    'another count of signatures',
    attached((text) => text.replace(/^-A../, '-AAD')),
    'attachments',
  ),
];

describe('audit() of an inception that was changed', () => {
  bothWays(
    [
      ...EVERY_EVENT,
      saidAnew(
        'a threshold of 1',
        (text) => text.replace('"kt":"2"', '"kt":"1"'),
        'no-valid-signature',
      ),
      saidAnew(
        'a threshold of 0',
        (text) => text.replace('"kt":"2"', '"kt":"0"'),
        'threshold-zero',
      ),
      saidAnew(
        'a witness threshold',
        (text) => text.replace('"bt":"0"', '"bt":"1"'),
        'witness-threshold',
      ),
      saidAnew(
        'a key twice',
        (text) => text.replace(/"k":\["([^"]*)","[^"]*"/, '"k":["$1","$1"'),
        'duplicate-key',
      ),
      saidAnew('a trait', (text) => text.replace('"c":[]', '"c":["EO"]'), 'no-valid-signature'),
      saidAnew('a field less', (text) => text.replace('"c":[],', ''), 'fields'),
      saidAnew('a field more', (text) => text.replace('"c":[],', '"c":[],"x":"",'), 'fields'),
    ],
    1,
  );
});

describe('audit() of a rotation that was changed', () => {
  bothWays(
    [
      ...EVERY_EVENT,
      saidAnew(
        'a seal more',
        (text) => text.replace('"a":[]', `"a":[{"d":"${DIGEST}"}]`),
        'no-valid-signature',
      ),
      saidAnew(
        'another sequence number',
        (text) => text.replace(/"s":"(.)"/, '"s":"f"'),
        'out-of-order',
      ),
      saidAnew(
        'another event before it',
        (text) => text.replace(/"p":"[^"]*"/, `"p":"${DIGEST}"`),
        'prior-mismatch',
      ),
      saidAnew(
        'other next keys',
        (text) => text.replace(/"n":\["[^"]*"/, `"n":["${DIGEST}"`),
        'no-valid-signature',
      ),
      saidAnew(
        'no next keys',
        (text) => text.replace(/"nt":"2","n":\[[^\]]*\]/, '"nt":"0","n":[]'),
        'no-valid-signature',
      ),
    ],
    8,
  );
});

describe('audit() of an interaction that was changed', () => {
  bothWays(
    [
      ...EVERY_EVENT,
      saidAnew(
        'another seal',
        (text) => text.replace(/"a":\[.*\]/, `"a":[{"d":"${DIGEST}"}]`),
        'no-valid-signature',
      ),
      saidAnew('no seal', (text) => text.replace(/"a":\[.*\]/, '"a":[]'), 'no-valid-signature'),
      saidAnew(
        'another identifier',
        (text) => text.replace(/"i":"[^"]*"/, `"i":"${DIGEST}"`),
        'path-event',
      ),
      saidAnew(
        'a sequence number with a zero before it',
        (text) => text.replace(/"s":"/, '"s":"0'),
        'sequence-number',
      ),
    ],
    9,
  );
});

/** Changes one field of `gitkel.json`; `anew` makes its digest anew, which is another log. */
function genesis(what: string, field: string, value: string, reason: string, anew = false): Case {
  return {
    what,
    reason,
    edit: (draft) => {
      const [file] = draft.files;
      if (file === undefined) return;
      const fields = {
        ...(JSON.parse(Buffer.from(file.bytes).toString()) as Record<string, string>),
        [field]: value,
      };
      if (anew) {
        fields['d'] = '#'.repeat(44);
        fields['d'] = digestText(nativeCrypto, utf8(canonicalText(fields)));
      }
      file.bytes = utf8(canonicalText(fields));
    },
  };
}

describe('audit() of a genesis that was changed', () => {
  bothWays(
    [
      genesis('another admission', 'admission', 'closed', 'said'),
      genesis('an unknown admission', 'admission', 'some', 'field'),
      genesis('another log id', 'd', DIGEST, 'said'),
      genesis('another format', 'format', 'gitkel-log/2', 'log-format'),
      genesis('another founder', 'founder', DIGEST, 'said'),
      genesis('another nonce', 'nonce', `0A${'A'.repeat(22)}`, 'said'),
      genesis('a nonce of another size', 'nonce', DIGEST, 'field'),
      genesis('a nonce that is none', 'nonce', '', 'cesr-short'),
      genesis('an unknown field', 'x', 'y', 'field'),
      genesis('another nonce and its log id', 'nonce', `0A${'A'.repeat(22)}`, 'log-id', true),
      genesis('another founder and its log id', 'founder', DIGEST, 'genesis-founder', true),
      content('a blank in it', (text) => text.replace(',', ', '), 'not-canonical'),
      content('no JSON in it', () => 'x', 'not-json'),
      content('no text in it', () => '\xff', 'not-utf8'),
      content('deep JSON in it', () => '['.repeat(50_000), 'json-depth'),
    ],
    0,
  );

  it('tells apart a log that was made anew with the keys of all: it has another id', async () => {
    const drafts = tampering().drafts();
    const [{ edit }] = [genesis('', 'nonce', `0A${'B'.repeat(22)}`, '', true)];
    const [first] = drafts;
    if (first === undefined) throw new Error('a long log');
    edit(first, tampering());
    const { d } = JSON.parse(Buffer.from(first.files[0]?.bytes ?? []).toString()) as { d: string };
    for (const draft of drafts) draft.logId = d;
    const { dir } = await tampering().forge(drafts, true);
    expect(tampering().audit(dir)).toMatchObject({ state: 'valid', log: d, batches: 30 });
    const expectedLog = tampering().long.log.contents.genesis?.logId;
    expect(tampering().audit(dir, { expectedLog })).toMatchObject({
      state: 'invalid',
      reason: 'expected-log',
    });
  });
});

describe('audit() of a tree that was changed', () => {
  const ownPath = (draft: BatchDraft): string => draft.files[0]?.path ?? '';
  const ownBytes = (draft: BatchDraft): Uint8Array => draft.files[0]?.bytes ?? new Uint8Array();
  const entry = (what: string, path: string, mode: string, reason = 'tree'): Case => ({
    what,
    reason,
    edit: (draft) =>
      draft.extra.set(path, mode === '160000' ? { mode, oid: OID } : blobEntry(utf8('x\n'), mode)),
  });
  const ownMode = (mode: string, reason: string): Case => ({
    what: `the mode ${mode} of a file of the batch`,
    reason,
    edit: (draft) => draft.extra.set(ownPath(draft), blobEntry(ownBytes(draft), mode)),
  });
  bothWays([
    entry('a file that no record lists', 'kel/note', '100644'),
    entry('attributes', '.gitattributes', '100644'),
    entry('attributes below', 'kel/.gitattributes', '100644'),
    entry('a program', 'run', '100755'),
    entry('a symbolic link', 'link', '120000'),
    entry('a submodule', 'sub', '160000'),
    entry('modules', '.gitmodules', '100644'),
    entry('an odd mode', 'odd', '100664', 'tree-mode'),
    entry('a directory of Git', '.git', '100644', 'tree-name'),
    entry('a directory of Git in capitals', 'kel/.GIT/config', '100644', 'tree-name'),
    entry('a way up', '..', '100644', 'tree-name'),
    ownMode('100755', 'file-mode'),
    ownMode('120000', 'file-mode'),
    ownMode('160000', 'file-mode'),
    ownMode('100664', 'tree-mode'),
    ownMode('0100644', 'tree-mode'),
    {
      what: 'a file of the batch that is missing',
      reason: 'file-missing',
      edit: (draft) => draft.omitted.push(ownPath(draft)),
    },
    {
      what: 'an earlier file that is missing',
      reason: 'tree',
      edit: (draft) => draft.omitted.push(ownPath(tampering().drafts()[AT - 3] ?? draft)),
    },
    {
      what: 'another content of an earlier file',
      reason: 'tree',
      edit: (draft) =>
        draft.extra.set(ownPath(tampering().drafts()[AT - 3] ?? draft), blobEntry(utf8('x\n'))),
    },
    {
      what: 'another mode of an earlier file',
      reason: 'tree',
      edit: (draft) => {
        const earlier = tampering().drafts()[AT - 3] ?? draft;
        draft.extra.set(ownPath(earlier), blobEntry(ownBytes(earlier), '100755'));
      },
    },
    {
      what: 'gitkel.json that is missing',
      reason: 'tree',
      edit: (draft) => draft.omitted.push('gitkel.json'),
    },
    {
      what: 'another gitkel.json',
      reason: 'tree',
      edit: (draft) => draft.extra.set('gitkel.json', blobEntry(utf8('{}'))),
    },
  ]);

  const entries = (): readonly {
    readonly mode: string;
    readonly name: string;
    readonly oid: string;
  }[] => [
    { mode: '100644', name: 'a', oid: OID },
    { mode: '100644', name: 'a', oid: OID },
  ];
  it.each([
    ['an entry twice', () => rawTree(entries()), 'tree-duplicate'],
    ['a cut-off entry', () => rawTree(entries()).subarray(0, -40), 'tree-truncated'],
    ['nothing but bytes', () => new Uint8Array(100).fill(0x78), 'tree-mode'],
  ])('names a tree with %s, with and without --objects', async (_what, make, reason) => {
    const drafts = tampering().drafts();
    const draft = drafts.at(-1);
    if (draft === undefined) throw new Error('a long log');
    const bytes = make();
    draft.more.push({ type: 'tree', bytes });
    draft.payload = header('tree', () => objectId(nativeCrypto, 'tree', bytes));
    const { dir } = await tampering().forge(drafts, true);
    expect(tampering().audit(dir)).toMatchObject({
      state: 'invalid',
      reason,
      findings: [{ position: 29 }],
    });
    expect(tampering().audit(dir, { objects: true })).toMatchObject({
      state: 'invalid',
      findings: [{ position: 29 }, { object: objectId(nativeCrypto, 'tree', bytes), reason }],
    });
  });

  it.each(['tree', 'blob', 'tag'] as const)('names a %s where a commit should be', async (type) => {
    const drafts = tampering().drafts();
    const draft = drafts[AT];
    if (draft === undefined) throw new Error('a long log');
    const bytes = utf8('x');
    draft.more.push({ type, bytes });
    draft.parents = [objectId(nativeCrypto, type, bytes)];
    const { dir } = await tampering().forge(drafts, true);
    expect(tampering().audit(dir).findings).toMatchObject([
      { reason: 'object-type', position: AT - 1 },
    ]);
  });
});

describe('audit() of any change', () => {
  const places = fc.record({
    at: fc.nat(29),
    place: fc.nat(100_000),
    byte: fc.integer({ min: 1, max: 255 }),
    signed: fc.boolean(),
  });
  const change = (text: string, place: number, byte: number): string => {
    const at = place % text.length;
    return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ byte) + text.slice(at + 1);
  };

  it('names one byte of a file that became another, at its place, whoever signs', async () => {
    const property = fc.asyncProperty(places, async ({ at, place, byte, signed }) => {
      const drafts = tampering().drafts();
      const file = drafts[at]?.files[place % (drafts[at]?.files.length ?? 1)];
      if (file === undefined) return;
      file.bytes = inText(file.bytes, (text) => change(text, place, byte));
      const { dir } = await tampering().forge(drafts, signed);
      expect(tampering().audit(dir)).toMatchObject({
        state: 'invalid',
        findings: [{ position: at }],
      });
    });
    await fc.assert(property, { numRuns: 25 * LONG });
  }, 600_000);

  it('names one byte of a commit that became another, at its place', async () => {
    const property = fc.asyncProperty(places, async ({ at, place, byte }) => {
      const drafts = tampering().drafts();
      const draft = drafts[at];
      if (draft === undefined) return;
      draft.commit = (text) => change(text, place, byte);
      const { dir, commits } = await tampering().forge(drafts, false);
      const { state, findings } = tampering().audit(dir);
      expect(state).toBe('invalid');
      // A commit that names no parent any more ends the history for Git too.
      expect(
        findings[0]?.commit === commits[at] ||
          findings[0]?.reason === 'object-missing' ||
          findings[0]?.reason === 'object-type',
      ).toBe(true);
    });
    await fc.assert(property, { numRuns: 25 * LONG });
  }, 600_000);
});
