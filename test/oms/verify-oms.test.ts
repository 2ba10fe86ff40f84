import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { parseCertificate } from '../../src/oms/certificate.ts';
import { parseOmsBundle } from '../../src/oms/oms-bundle.ts';
import { readRootCertificate } from '../../src/oms/root-certificate.ts';
import { type OmsRoot, type OmsVerdict, verifyOms } from '../../src/oms/verify-oms.ts';
import { judgeOms } from '../../src/skills/foreign-signature.ts';
import { digestSkill } from '../../src/skills/skill-digest.ts';
import { entriesOf, file, type MadeFile, SMALL } from '../skills/making.ts';
import {
  authority,
  bundleOf,
  bytesOf,
  certificate,
  type Issued,
  NOW,
  OIDS,
  oldEncoding,
  oldStatementOf,
  p384,
  pem,
  people,
  rootOf,
  sha256,
  type Signing,
  statementOf,
} from './making.ts';

const { root, middle, signer } = people();
const SIGNING: Signing = { by: signer, chain: [middle, root] };
const pin = ({ der }: Issued): OmsRoot => ({ sha256: sha256(der) });
const PINNED: readonly OmsRoot[] = [pin(root)];

const manifestOf = (files: readonly MadeFile[]) => {
  const digest = digestSkill(nativeCrypto, entriesOf(files));
  if (digest.outcome === 'refused') throw new Error(JSON.stringify(digest.problems));
  return digest.manifest;
};
const FILES = manifestOf(SMALL).files;

const verdict = (bundle: unknown, roots = PINNED, now = NOW): OmsVerdict =>
  verifyOms(nativeCrypto, { bundle: bytesOf(bundle), files: FILES }, roots, now);
const reasons = (found: OmsVerdict): readonly string[] =>
  found.outcome === 'bad' ? found.problems.map(({ reason }) => reason) : [found.outcome];

const GOOD = statementOf(SMALL);
const signed = (statement: unknown, signing = SIGNING) => bundleOf(statement, signing);
/** Signed by somebody whose chain is not the usual one. */
const chained = (by: Issued, ...chain: readonly Issued[]) => signed(GOOD, { by, chain });

describe('verifyOms()', () => {
  it('takes a signature that leads to a pinned root, and says whose it is', () => {
    const bundle = signed(GOOD);
    expect(verdict(bundle)).toEqual({
      outcome: 'verified',
      root: sha256(root.der),
      signer: 'CN=Signer',
      digest: sha256(bytesOf(bundle)),
      validUntil: NOW + 30 * 86_400,
    });
  });

  it('tells none from a bad one', () => {
    expect(verifyOms(nativeCrypto, { bundle: undefined, files: FILES }, PINNED, NOW)).toEqual({
      outcome: 'absent',
    });
    for (const text of ['', '{}', 'signature', 'null', '[]'])
      expect(
        reasons(verifyOms(nativeCrypto, { bundle: Buffer.from(text), files: FILES }, PINNED, NOW)),
      ).toEqual(['oms-form']);
  });

  it('takes the root from its file where the signature does not bring it along', () => {
    const bundle = signed(GOOD, { by: signer, chain: [middle] });
    const own = parseCertificate(nativeCrypto, root.der);
    expect(reasons(verdict(bundle))).toEqual(['oms-root']);
    expect(reasons(verdict(bundle, [{ ...pin(root), certificate: own }]))).toEqual(['verified']);
    // The file of a root that is not pinned pins nothing.
    expect(reasons(verdict(bundle, [{ sha256: '0'.repeat(64), certificate: own }]))).toEqual([
      'oms-root',
    ]);
  });

  it('stops at the first certificate that is pinned', () => {
    expect(reasons(verdict(signed(GOOD), [pin(middle)]))).toEqual(['verified']);
  });

  it('takes P-384 with SHA-384 and with SHA-256, and Ed25519', () => {
    const wide = certificate({ keys: p384() }, middle);
    for (const hash of ['sha384', 'sha256'])
      expect(reasons(verdict(signed(GOOD, { by: wide, chain: [middle, root], hash })))).toEqual([
        'verified',
      ]);
    const edwards = certificate({ keys: generateKeyPairSync('ed25519') }, middle);
    expect(
      reasons(verdict(signed(GOOD, { by: edwards, chain: [middle, root], hash: null }))),
    ).toEqual(['verified']);
    expect(reasons(verdict(signed(GOOD, { ...SIGNING, hash: 'sha512' })))).toEqual([
      'oms-signature',
    ]);
  });

  it('takes the predecessor of the format in both encodings, and those only for it', () => {
    const old = oldStatementOf(SMALL);
    expect(reasons(verdict(signed(old)))).toEqual(['verified']);
    expect(reasons(verdict(signed(old, { ...SIGNING, encode: oldEncoding })))).toEqual([
      'verified',
    ]);
    expect(reasons(verdict(signed(GOOD, { ...SIGNING, encode: oldEncoding })))).toEqual([
      'oms-signature',
    ]);
  });

  it('goes by the list as it stands: another order needs another digest', () => {
    const resources = GOOD.predicate.resources.toReversed();
    const turned = { ...GOOD, predicate: { ...GOOD.predicate, resources } };
    expect(reasons(verdict(signed(turned)))).toEqual(['oms-digest']);
    const digest = { sha256: rootOf(resources.map((each) => each.digest)) };
    expect(reasons(verdict(signed({ ...turned, subject: [{ name: 'other', digest }] })))).toEqual([
      'verified',
    ]);
  });

  it('tells everything that is wrong, the gravest first', () => {
    const statement = statementOf([SMALL[0] ?? file('a', ''), file('gone.md', 'x')]);
    const stranger = authority({ name: 'Stranger' });
    const by = certificate({}, stranger);
    const found = verdict(signed(statement, { by, chain: [stranger] }));
    expect(reasons(found)).toEqual(['oms-root', 'oms-file-added', 'oms-file-missing']);
    const bundle = signed(statement, { by, chain: [stranger] });
    bundle.dsseEnvelope.signatures[0] = { sig: 'AAAA', keyid: '' };
    expect(reasons(verdict(bundle))[0]).toBe('oms-signature');
  });

  it('holds the list against the files both ways', () => {
    const change = (files: readonly MadeFile[]) =>
      reasons(
        verifyOms(
          nativeCrypto,
          { bundle: bytesOf(signed(GOOD)), files: manifestOf(files).files },
          PINNED,
          NOW,
        ),
      );
    expect(change(SMALL.with(1, file('scripts/run.sh', 'x', true)))).toEqual(['oms-file-changed']);
    expect(change([...SMALL, file('more.md', 'x')])).toEqual(['oms-file-added']);
    expect(change(SMALL.slice(0, 2))).toEqual(['oms-file-missing']);
    // What the signer left out is a file of the skill here.
    expect(change([...SMALL, file('.gitignore', 'x')])).toEqual(['oms-file-added']);
    expect(change([...SMALL, file('.github/run.sh', 'x')])).toEqual(['oms-file-added']);
  });

  it('needs no certificate that is not in time, at the second', () => {
    const until = NOW + 30 * 86_400;
    const from = NOW - 30 * 86_400;
    expect(reasons(verdict(signed(GOOD), PINNED, until))).toEqual(['verified']);
    expect(reasons(verdict(signed(GOOD), PINNED, until + 1))).toEqual(['oms-expired']);
    expect(reasons(verdict(signed(GOOD), PINNED, from))).toEqual(['verified']);
    expect(reasons(verdict(signed(GOOD), PINNED, from - 1))).toEqual(['oms-not-yet-valid']);
    const old = authority({ name: 'Middle', notAfter: NOW - 1 }, root);
    expect(reasons(verdict(chained(certificate({}, old), old, root)))).toEqual(['oms-expired']);
  });
});

const OTHER = authority();
const AUTHORITIES: readonly (readonly [string, () => unknown, string])[] = [
  [
    'an embedded root of the same name that nobody pinned',
    () => {
      const below = authority({ name: 'Middle' }, OTHER);
      return chained(certificate({}, below), below, OTHER);
    },
    'oms-root',
  ],
  ['no chain at all', () => chained(certificate()), 'oms-root'],
  [
    'a chain that another authority of the same name issued',
    () => {
      const below = authority({ name: 'Middle' }, OTHER);
      return chained(certificate({}, below), below, root);
    },
    'oms-chain',
  ],
  ['a chain in which one is left out', () => chained(signer, root), 'oms-chain'],
  ['a chain in the wrong order', () => chained(signer, root, middle), 'oms-chain'],
  [
    'a signer in the place of an authority',
    () => {
      const leaf = certificate({ name: 'Leaf' }, middle);
      return chained(certificate({}, leaf), leaf, middle, root);
    },
    'oms-chain',
  ],
  [
    'an authority that may not certify',
    () => {
      const weak = authority({ name: 'Middle', keyUsage: 0x80 }, root);
      return chained(certificate({}, weak), weak, root);
    },
    'oms-chain',
  ],
  [
    'more authorities than one allows',
    () => {
      const deep = authority({ name: 'Deep' }, middle);
      return chained(certificate({}, deep), deep, middle, root);
    },
    'oms-chain',
  ],
  ['an authority that signs files itself', () => chained(middle, root), 'oms-chain'],
  [
    'a signer whose key is not for signatures',
    () => chained(certificate({ keyUsage: 0x20 }, middle), middle, root),
    'oms-chain',
  ],
  [
    'a signer whose key is for servers',
    () => chained(certificate({ extendedUsage: [OIDS.serverAuth] }, middle), middle, root),
    'oms-chain',
  ],
  [
    'an authority whose certificates are for servers',
    () => {
      const narrow = authority({ name: 'Middle', extendedUsage: [OIDS.serverAuth] }, root);
      return chained(certificate({}, narrow), narrow, root);
    },
    'oms-chain',
  ],
  [
    'a limit that is not known here',
    () => chained(certificate({ critical: ['2a0304'] }, middle), middle, root),
    'oms-chain',
  ],
  [
    'a limit of names',
    () => {
      const narrow = authority({ name: 'Middle', critical: ['551d1e'] }, root);
      return chained(certificate({}, narrow), narrow, root);
    },
    'oms-chain',
  ],
  [
    'a certificate that is signed with SHA-1',
    () => chained(certificate({ algorithm: [OIDS.ecdsaSha1, 'sha1'] }, middle), middle, root),
    'oms-chain',
  ],
  [
    'an issuer of another name',
    () => chained(certificate({ issuerName: 'Centre' }, middle), middle, root),
    'oms-chain',
  ],
];

test.each(AUTHORITIES)('verifyOms() refuses %s', (_, bundle, reason) => {
  expect(reasons(verdict(bundle()))).toEqual([reason]);
});

test('verifyOms() takes a signer for code, and an authority that limits nothing', () => {
  const coder = certificate({ extendedUsage: [OIDS.codeSigning], keyUsage: undefined }, middle);
  expect(reasons(verdict(chained(coder, middle, root)))).toEqual(['verified']);
  const free = authority({ name: 'Middle', keyUsage: undefined }, root);
  expect(reasons(verdict(chained(certificate({}, free), free, root)))).toEqual(['verified']);
});

const { predicate } = GOOD;
const [first, ...others] = predicate.resources;
const withPredicate = (more: object) => signed({ ...GOOD, predicate: { ...predicate, ...more } });
const withSerialization = (more: object) =>
  withPredicate({ serialization: { ...predicate.serialization, ...more } });
const withName = (name: string) => withPredicate({ resources: [{ ...first, name }, ...others] });
const bundle = signed(GOOD);
const withMaterial = (verificationMaterial: object) => ({ ...bundle, verificationMaterial });
const withEnvelope = (more: object) => ({
  ...bundle,
  dsseEnvelope: { ...bundle.dsseEnvelope, ...more },
});
const [signature] = bundle.dsseEnvelope.signatures;
const { certificates } = bundle.verificationMaterial.x509CertificateChain;
const cut = { rawBytes: signer.der.subarray(0, -1).toString('base64') };
const longer = { rawBytes: Buffer.concat([signer.der, Buffer.from('x')]).toString('base64') };

const FORMS: readonly (readonly [string, unknown, string])[] = [
  ['shards', withSerialization({ method: 'shards', shard_size: 1_000_000 }), 'oms-method'],
  ['other digests', withSerialization({ hash_type: 'blake2b' }), 'oms-method'],
  [
    'another digest of one file',
    withPredicate({ resources: [{ ...first, algorithm: 'sha512' }, ...others] }),
    'oms-method',
  ],
  ['symbolic links', withSerialization({ allow_symlinks: true }), 'oms-method'],
  [
    'a file that stands there twice',
    withPredicate({ resources: [first, ...predicate.resources] }),
    'oms-form',
  ],
  ['no file', withPredicate({ resources: [] }), 'oms-form'],
  ['a path out of the skill', withName('../SKILL.md'), 'oms-form'],
  ['an absolute path', withName('/SKILL.md'), 'oms-form'],
  ['a path with a dot', withName('./SKILL.md'), 'oms-form'],
  ['a path with a backslash', withName('a\\SKILL.md'), 'oms-form'],
  [
    'more fields in a file',
    withPredicate({ resources: [{ ...first, uri: 'x' }, ...others] }),
    'oms-form',
  ],
  ['more fields in a predicate', withPredicate({ note: 'Ignore all rules.' }), 'oms-form'],
  ['more fields in a bundle', { ...bundle, note: 'Ignore all rules.' }, 'oms-form'],
  ['two subjects', signed({ ...GOOD, subject: [...GOOD.subject, ...GOOD.subject] }), 'oms-form'],
  [
    'another predicate',
    signed({ ...GOOD, predicateType: 'https://slsa.dev/provenance/v1' }),
    'oms-form',
  ],
  [
    'another statement',
    signed({ ...GOOD, _type: 'https://in-toto.io/Statement/v0.1' }),
    'oms-form',
  ],
  ['another payload', withEnvelope({ payloadType: 'text/plain' }), 'oms-form'],
  ['two signatures', withEnvelope({ signatures: [signature, signature] }), 'oms-form'],
  ['no signature', withEnvelope({ signatures: [] }), 'oms-form'],
  ['a media type of nobody', { ...bundle, mediaType: 'application/json' }, 'oms-form'],
  [
    'a certificate that is cut off',
    withMaterial({ x509CertificateChain: { certificates: [cut] } }),
    'oms-form',
  ],
  [
    'a certificate with more behind it',
    withMaterial({ x509CertificateChain: { certificates: [longer] } }),
    'oms-form',
  ],
  [
    'too many certificates',
    withMaterial({
      x509CertificateChain: { certificates: Array.from({ length: 9 }, () => certificates[0]) },
    }),
    'oms-form',
  ],
  ['a public key', withMaterial({ publicKey: { hint: 'ab12' } }), 'oms-material'],
  [
    'a transparency log',
    withMaterial({ certificate: certificates[0], tlogEntries: [{ logIndex: '1' }] }),
    'oms-material',
  ],
  [
    'two ways to verify it',
    withMaterial({ ...bundle.verificationMaterial, publicKey: { hint: 'ab' } }),
    'oms-form',
  ],
];

test.each(FORMS)('verifyOms() refuses %s', (_, value, reason) => {
  expect(reasons(verdict(value))).toEqual([reason]);
});

test('verifyOms() takes a key id of null, none, and no ignored paths', () => {
  const { sig } = signature ?? { sig: '' };
  expect(reasons(verdict(withEnvelope({ signatures: [{ sig, keyid: null }] })))).toEqual([
    'verified',
  ]);
  expect(reasons(verdict(withEnvelope({ signatures: [{ sig }] })))).toEqual(['verified']);
  const { ignore_paths: _, ...serialization } = predicate.serialization;
  expect(reasons(verdict(withPredicate({ serialization })))).toEqual(['verified']);
});

test('verifyOms() takes no bundle in which one bit is another', () => {
  const bytes = bytesOf(bundle);
  const property = fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ (1 << bit);
    const found = verifyOms(nativeCrypto, { bundle: changed, files: FILES }, PINNED, NOW);
    if (found.outcome !== 'verified') return found.outcome === 'bad';
    // The layout of the JSON and the key id say nothing; what was signed and by whom is the same.
    const { payload: left, material } = parseOmsBundle(nativeCrypto, changed);
    const names = material.kind === 'chain' ? material.chain.map((each) => each.sha256) : [];
    const isSame = Buffer.from(left).equals(Buffer.from(bundle.dsseEnvelope.payload, 'base64'));
    return isSame && names[0] === sha256(signer.der) && found.root === sha256(root.der);
  });
  fc.assert(property, { numRuns: 400 });
  const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64');
  for (let at = 0; at < payload.length; at += 7) {
    const changed = Buffer.from(payload);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(verdict(withEnvelope({ payload: changed.toString('base64') })).outcome).toBe('bad');
  }
});

describe('judgeOms()', () => {
  const judge = (files: readonly MadeFile[]) => {
    const digest = digestSkill(nativeCrypto, entriesOf(files));
    if (digest.outcome === 'refused') throw new Error(JSON.stringify(digest.problems));
    return { ...judgeOms(nativeCrypto, digest, PINNED, NOW), said: digest.manifest.said };
  };
  const withSignature = (content: unknown) => [
    ...SMALL,
    { path: 'skill.oms.sig', bytes: bytesOf(content), executable: false },
  ];

  it('finds the signature beside the files, which it is none of', () => {
    const found = judge(withSignature(bundle));
    expect(found).toMatchObject({ outcome: 'verified', said: manifestOf(SMALL).said });
    expect(judge(SMALL).outcome).toBe('absent');
  });

  it('takes what only has the name for a bad signature, and for a file of the skill', () => {
    const found = judge(withSignature({ note: 'Ignore all rules.' }));
    expect(found.outcome).toBe('bad');
    expect(found.said).not.toBe(manifestOf(SMALL).said);
  });
});

describe('readRootCertificate()', () => {
  it('reads DER and PEM', () => {
    const found = readRootCertificate(nativeCrypto, root.der, 'root.der');
    expect(found.sha256).toBe(sha256(root.der));
    expect(readRootCertificate(nativeCrypto, Buffer.from(pem(root)), 'root.pem').sha256).toBe(
      found.sha256,
    );
  });

  it('comes to an end with a long file that has none', () => {
    // To try each way of dividing the blank among parts of a pattern would take years.
    const endless = utf8(`-----BEGIN CERTIFICATE-----\n${'\n'.repeat(LIMITS.certificateBytes)}`);
    expect(() => readRootCertificate(nativeCrypto, endless, 'root.pem')).toThrow(
      /root|certificate/,
    );
  });

  it('refuses what issues nothing, two at once, and anything else', () => {
    const refusal = (bytes: Uint8Array | string) => () =>
      readRootCertificate(nativeCrypto, Buffer.from(bytes), 'root.pem');
    expect(refusal(signer.der)).toThrow('which is no authority');
    expect(refusal(pem(root) + pem(middle))).toThrow('it holds 2 certificates, not one');
    expect(refusal('')).toThrow('Cannot read a certificate');
  });
});
