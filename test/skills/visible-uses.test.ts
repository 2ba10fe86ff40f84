import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { firstPermissions, undeclaredUses } from '../../src/skills/first-permissions.ts';
import { parsePermissions } from '../../src/skills/parse-permissions.ts';
import type { Permissions } from '../../src/skills/permissions.ts';
import { riskOf } from '../../src/skills/risk-tier.ts';
import { skillFiles } from '../../src/skills/skill-files.ts';
import { reportOn } from '../../src/skills/skill-report.ts';
import { visibleUses } from '../../src/skills/visible-uses.ts';
import { entriesOf, entry, file, type MadeFile, SKILL_MD_TEXT } from './making.ts';

const SKILL_MD = file('SKILL.md', SKILL_MD_TEXT);

const first = (...files: readonly MadeFile[]): unknown =>
  JSON.parse(new TextDecoder().decode(firstPermissions(visibleUses(files))));

function permissions(bytes: Uint8Array): Permissions {
  const report = parsePermissions(bytes);
  if (report.outcome === 'invalid') throw new Error(JSON.stringify(report.problems));
  return report.permissions;
}

describe('firstPermissions()', () => {
  it('asks for nothing where nothing is used', () => {
    const docs = file('SKILL.md', `${SKILL_MD_TEXT}See https://example.com/docs and $HOME.\n`);
    expect(first(docs)).toEqual({ schema: 'urn:gitkel:skill-permissions:1' });
    expect(riskOf(permissions(firstPermissions(visibleUses([docs])))).tier).toBe('T0');
  });

  it('finds what a shell script uses', () => {
    const script =
      '#!/usr/bin/env bash\nset -e\nOUT=x\nfor F in *; do\n  curl -H "Auth: $NOTES_TOKEN" https://api.example.com/v1 | jq . > "$OUT"\ndone\necho ${NOTES_DIR} $PATH $F\n';
    expect(first(SKILL_MD, file('scripts/run.sh', script, true))).toEqual({
      schema: 'urn:gitkel:skill-permissions:1',
      fs: {
        read: ['${skill}/**', '${workspace}/**'],
        write: [{ path: '${workspace}/**', why: 'found in scripts/run.sh' }],
      },
      net: { connect: [{ host: 'api.example.com', why: 'found in scripts/run.sh' }] },
      env: { read: ['NOTES_DIR'] },
      secrets: [{ env: 'NOTES_TOKEN', hosts: ['api.example.com'], why: 'found in scripts/run.sh' }],
      exec: {
        run: ['bash', 'curl', 'jq'].map((bin) => ({ bin, why: 'found in scripts/run.sh' })),
        shell: true,
      },
    });
  });

  it('takes no host for another one that begins like it', () => {
    const script =
      '#!/bin/sh\ncurl https://api.example https://api.example/2 http://api.example.org http://plain.example\n';
    const { hosts } = visibleUses([SKILL_MD, file('run.sh', script, true)]);
    expect([...hosts.keys()]).toEqual(['api.example', 'api.example.org:80', 'plain.example:80']);
  });

  it('finds what other scripts use', () => {
    const python =
      'import os\nk = os.environ["API_KEY"]\nd = os.getenv("NOTES_DIR")\nopen("x", "w")\n';
    const script =
      'fetch("http://localhost:8080/a"); process.env.NOTES_URL; process.env["NODE_ENV"]\n';
    expect(first(SKILL_MD, file('a.py', python), file('b.mjs', script))).toEqual({
      schema: 'urn:gitkel:skill-permissions:1',
      fs: {
        read: ['${skill}/**', '${workspace}/**'],
        write: [{ path: '${workspace}/**', why: 'found in a.py' }],
      },
      net: { connect: [{ host: 'localhost:8080', why: 'found in b.mjs' }] },
      env: { read: ['NOTES_DIR', 'NOTES_URL'] },
      secrets: [{ env: 'API_KEY', hosts: ['localhost'], why: 'found in a.py' }],
      exec: {
        run: [
          { bin: 'python3', why: 'found in a.py' },
          { bin: 'node', why: 'found in b.mjs' },
        ],
      },
    });
  });

  it('finds what SKILL.md asks of the agent', () => {
    const text =
      '---\nname: notes\ndescription: x\nallowed-tools: Read, Bash(git log *) *\nhooks:\n  PostToolUse: x\n---\nNow !`git status` and `curl https://get.example.com/x`\n';
    expect(first(file('SKILL.md', text))).toEqual({
      schema: 'urn:gitkel:skill-permissions:1',
      net: { connect: [{ host: 'get.example.com', why: 'found in SKILL.md' }] },
      tools: { use: ['Read', 'Bash(git log *)'] },
      agent: { hooks: true, expansions: true },
    });
  });

  it('names what it did not search', () => {
    const long = { path: 'long.py', bytes: new Uint8Array(1_048_577), executable: false };
    const binary = { path: 'a.bin', bytes: Uint8Array.of(0x61, 0), executable: false };
    expect(visibleUses([SKILL_MD, binary, long, file('b.py', '')]).unread).toEqual([
      'a.bin',
      'long.py',
    ]);
  });

  it('makes a manifest that is valid, whatever the files hold', () => {
    const hostile = [
      '#!/bin/tcsh\n',
      `#!/usr/bin/${'x'.repeat(2_000)}\n`,
      Array.from(
        { length: 300 },
        (_, n) =>
          `echo $VAR_${n}_KEY; curl https://h${n}.example.com https://h${n}.example.com:443 http://127.1/ http://10.0.0.${n}/ https://*.com/\n`,
      ).join(''),
      `echo $${'A'.repeat(3_000)} https://${'a.'.repeat(300)}com/ https://${'b'.repeat(3_000)}/\n`,
      'process.env._ os.getenv("_X") os.environ["X_TOKEN"]\n',
    ];
    const names = [
      'a.sh',
      'b',
      'c.sh',
      'd.sh',
      `e${'\u{1f600}'.repeat(60)}/${'\u{1f600}'.repeat(60)}/${'\u{1f600}'.repeat(60)}/${'\u{1f600}'.repeat(60)}.py`,
    ];
    const tools = Array.from({ length: 300 }, (_, n) => `T${n}(${'x'.repeat(40)}\u202e)`).join(' ');
    const skillMd = file(
      'SKILL.md',
      `---\nname: x\ndescription: x\nallowed-tools: ${tools}\n---\n`,
    );
    const files = [skillMd, ...hostile.map((text, index) => file(names[index] ?? '', text))];
    const found = permissions(firstPermissions(visibleUses(files)));
    expect(found.run.map(({ bin }) => bin)).toContain('tcsh');
    expect(found.connect.length).toBeGreaterThan(10);
    expect(undeclaredUses(found, visibleUses(files))).toEqual([]);
  });
});

describe('undeclaredUses()', () => {
  const script = file(
    'run.sh',
    '#!/bin/sh\ncurl https://api.example.com/ -H "$API_KEY" > out\ngit log\n',
  );
  const undeclared = (rest: object): readonly string[] => {
    const bytes = utf8(JSON.stringify({ schema: 'urn:gitkel:skill-permissions:1', ...rest }));
    return undeclaredUses(permissions(bytes), visibleUses([SKILL_MD, script])).map(
      ({ axis, text }) => `${axis} ${text}`.trimEnd(),
    );
  };

  it('tells what a manifest does not have', () => {
    expect(undeclared({})).toEqual([
      'fs.write ${workspace}/**',
      'net.connect api.example.com:443',
      'secrets API_KEY to api.example.com',
      'exec.run sh',
      'exec.run curl',
      'exec.run git',
      'exec.shell',
    ]);
  });

  it('takes what is said in a narrower or wider way for said', () => {
    expect(
      undeclared({
        fs: { write: ['out'] },
        net: { connect: ['*.example.com'] },
        secrets: [{ env: 'API_KEY', hosts: ['b.example.com'], why: 'x' }],
        exec: { run: ['sh', 'curl', { bin: 'git', args: ['log'] }], shell: true },
      }),
    ).toEqual([]);
  });
});

describe('reportOn()', () => {
  const report = (
    files: readonly MadeFile[],
    mode: 'publish' | 'install' = 'publish',
    name: string | undefined = 'notes',
  ) => reportOn(skillFiles(nativeCrypto, entriesOf(files)), mode, name);
  const reasons = (
    files: readonly MadeFile[],
    mode: 'publish' | 'install' = 'publish',
  ): readonly string[] =>
    report(files, mode).findings.map(
      ({ severity, reason, path }) => `${severity} ${reason} ${path}`,
    );
  const manifest = (rest: string): MadeFile => file('skill.permissions.json', rest);
  const empty = manifest('{"schema":"urn:gitkel:skill-permissions:1"}');

  it('finds nothing wrong with a good skill', () => {
    expect(report([SKILL_MD, empty])).toEqual({
      state: 'valid',
      mode: 'publish',
      name: 'notes',
      findings: [],
    });
  });

  it('tells no manifest from one that asks for nothing', () => {
    expect(reasons([SKILL_MD])).toEqual(['warning permissions-missing skill.permissions.json']);
  });

  it('refuses a manifest that is not valid, for installers too', () => {
    for (const mode of ['publish', 'install'] as const) {
      expect(reasons([SKILL_MD, manifest('{')], mode)).toEqual([
        'error permissions-not-json skill.permissions.json',
      ]);
      expect(reasons([SKILL_MD, manifest('{}')], mode)).toEqual([
        'error permissions-schema skill.permissions.json',
      ]);
    }
    expect(report([SKILL_MD, manifest('{')]).reason).toBe('permissions-not-json');
  });

  it('warns of what is used and not declared', () => {
    expect(reasons([SKILL_MD, empty, file('a.py', '')])).toEqual([
      'warning permissions-undeclared skill.permissions.json',
    ]);
  });

  it('is strict or lenient about SKILL.md, and tells notes', () => {
    const loose = file('SKILL.md', SKILL_MD_TEXT.replace('name:', 'version: "1"\nname:'));
    expect(report([loose, empty])).toMatchObject({ state: 'invalid', reason: 'field-unknown' });
    expect(report([loose, empty], 'install')).toMatchObject({ state: 'valid', name: 'notes' });
    expect(reasons([SKILL_MD, empty, file('.env', '')])).toEqual(['note hidden-file .env']);
  });

  it('tells the rules that files break', () => {
    const found = skillFiles(nativeCrypto, [
      entry('SKILL.md', SKILL_MD_TEXT),
      entry('a', '', { kind: 'symlink' }),
    ]);
    expect(reportOn(found, 'install', undefined)).toMatchObject({
      state: 'invalid',
      reason: 'symlink',
    });
  });
});
