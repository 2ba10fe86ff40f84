/** `gitkel skill run --observe` on the binary: what it says, what it seals, and what it refuses. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { readPermissions } from '../../src/skills/parse-permissions.ts';
import type { Observation } from '../../src/runs/observation.ts';
import { BUILT_IN_CRITERIA } from '../../src/trust/built-in-criteria.ts';
import { criterionSaid } from '../../src/trust/criteria.ts';
import { type Answer, type Person, Place } from '../support/person.ts';
import { LEFT_OUT, NO_SANDBOX } from '../support/sandbox.ts';

vi.setConfig({ testTimeout: 120_000 });

const HAS_STRACE = ['/usr/bin/strace', '/usr/local/bin/strace'].some((file) => existsSync(file));
const WITHOUT =
  NO_SANDBOX === undefined && !HAS_STRACE ? ' (left out: there is no strace)' : LEFT_OUT;

interface Ran extends Answer {
  readonly observation: Observation;
  readonly attested?: { readonly result: string; readonly statement: string };
}

/** A skill in a place that every user may enter, and somebody who audits. */
async function auditor(manifest: object, script: string): Promise<{ ada: Person; skill: string }> {
  const place = new Place();
  onTestFinished(() => place.remove());
  const ada = place.person('ada', await place.newLog());
  await ada.does('key', 'new', 'ada', '--no-passphrase');
  await ada.does('identity', 'create', 'ada', '--key', 'ada');
  const dir = realpathSync(mkdtempSync(path.join('/tmp', 'gitkel-observed-')));
  chmodSync(dir, 0o755);
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const skill = path.join(dir, 'trying');
  mkdirSync(skill);
  writeFileSync(
    path.join(skill, 'SKILL.md'),
    '---\nname: trying\ndescription: A test.\n---\n# Trying\n',
  );
  const permissions = { schema: 'urn:gitkel:skill-permissions:1', ...manifest };
  writeFileSync(path.join(skill, 'skill.permissions.json'), JSON.stringify(permissions));
  writeFileSync(path.join(skill, 'main.sh'), script);
  return { ada, skill };
}

const TEXT = BUILT_IN_CRITERIA.find(({ name }) => name === 'manifest-accurate')?.text ?? '';
const CRITERION = criterionSaid(nativeCrypto, TEXT);
const OBSERVE = ['--no-verify', '--observe', '--json'];

/** What an observed run answers when it ends with this exit code. */
async function answered(ada: Person, exitCode: number, ...args: readonly string[]): Promise<Ran> {
  return JSON.parse((await ada.run(args)).requireExit(exitCode).stdout) as Ran;
}

describe.skipIf(NO_SANDBOX !== undefined || !HAS_STRACE)(`skill run --observe${WITHOUT}`, () => {
  test('seals a fail with the digests of what was seen, and a pass when the manifest is put right', async () => {
    const manifest = { exec: { run: ['cat'], shell: true } };
    const { ada, skill } = await auditor(manifest, 'cat /workspace/in; echo x > /workspace/out\n');
    const command = [...OBSERVE, '--attest', '--as', 'ada', '--', 'sh', 'main.sh'];
    const bad = await answered(ada, 1, 'skill', 'run', skill, ...command);
    expect(bad).toMatchObject({
      observation: { state: 'violations' },
      attested: { result: 'fail' },
    });
    expect(bad.observation.violations.map(({ axis, what }) => `${axis} ${what}`)).toEqual([
      'fs.read ${workspace}/in',
      'fs.write ${workspace}/out',
    ]);
    const sealed = await ada.says('show', bad.attested?.statement ?? '');
    expect(sealed).toContain('observed/fs.write');
    expect(sealed).not.toContain('/workspace/out');

    const { manifest: proposed = null } = bad.observation.proposal;
    expect(readPermissions(proposed).outcome).toBe('valid');
    writeFileSync(path.join(skill, 'skill.permissions.json'), JSON.stringify(proposed));
    const workspace = path.join(path.dirname(skill), 'workspace');
    mkdirSync(workspace);
    writeFileSync(path.join(workspace, 'in'), 'in\n');
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', '65534:65534', workspace]);
    const again = ['skill', 'run', skill, '--workspace', workspace, ...command];
    const good = await answered(ada, 0, ...again);
    expect(good).toMatchObject({
      observation: { state: 'accurate', violations: [], unused: [] },
      attested: { result: 'pass' },
    });
    expect(readFileSync(path.join(workspace, 'out'), 'utf8')).toBe('x\n');
    expect(await ada.says('show', good.attested?.statement ?? '')).toContain(CRITERION);
  });

  test('says in words what was seen, and seals nothing of what was not seen whole', async () => {
    const { ada, skill } = await auditor(
      { exec: { run: ['cat', 'sort'], shell: true } },
      'cat ~/.aws/credentials\n',
    );
    const plain = ['--no-verify', '--observe', '--', 'sh', 'main.sh'];
    const ran = (await ada.run(['skill', 'run', skill, ...plain])).requireExit(1);
    expect(ran.stderr).toContain(
      'violation  fs.read "${home}/.aws/credentials": read "/home/agent/.aws/credentials", done',
    );
    expect(ran.stderr).toContain(
      'violation  secrets "${home}/.aws/credentials": its value was seen in stdout',
    );
    expect(ran.stderr).toContain('not used   exec.run "sort"');
    expect(ran.stderr).toContain('not proposed  "${home}/.aws/credentials" (private)');

    writeFileSync(path.join(skill, 'main.sh'), 'true\n');
    const blind = [...OBSERVE, '--no-trace', '--attest', '--as', 'ada', '--', 'sh', 'main.sh'];
    const { error } = await answered(ada, 1, 'skill', 'run', skill, ...blind);
    expect(error).toMatchObject({ code: 'refused', reason: 'observation-incomplete' });
    const none = (await ada.does('skill', 'statements')) as unknown as { statements: unknown[] };
    expect(none.statements).toEqual([]);
  });
});
