/** `gitkel skill run` where a machine can make no sandbox: refused, unless a policy allows it and somebody asks for it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Ground, manifestOf } from '../install/ground.ts';
import { file, type MadeFile } from '../skills/making.ts';
import { BINARY, type Ran, runBinary, runProgram } from '../support/binary.ts';
import { LEFT_OUT, NO_SANDBOX } from '../support/sandbox.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const BWRAP = ['/usr/bin/bwrap', '/usr/local/bin/bwrap'].find((one) => existsSync(one)) ?? '';
/** Everything of this machine, but bwrap: something that is no program is in its place. */
const WITHOUT_BWRAP = ['--dev-bind', '/', '/', '--ro-bind', '/dev/null', BWRAP, '--'];

const FILES: readonly MadeFile[] = [
  file('SKILL.md', '---\nname: notes\ndescription: Notes.\n---\n# Notes\n'),
  file(
    'skill.permissions.json',
    '{"schema":"urn:gitkel:skill-permissions:1","env":{"read":["GREETING"]},"exec":{"run":["node"]}}',
  ),
  file(
    'main.js',
    'process.stdout.write(`${process.env.GREETING} ${process.env.HIDDEN} ${__dirname}`)',
  ),
];

interface Told {
  readonly run: string;
  readonly start: {
    readonly sandbox: string;
    readonly sources: readonly string[];
    readonly state: string;
  };
  readonly axes: readonly { readonly axis: string; readonly state: string }[];
  readonly stdout: string;
  readonly observation?: {
    readonly state: string;
    readonly gaps: readonly { readonly reason: string }[];
  };
  readonly error: { readonly code: string; readonly reason: string };
}

const told = ({ stdout }: Ran): Told => JSON.parse(stdout) as Told;

describe.skipIf(NO_SANDBOX !== undefined || BWRAP === '')(
  `skill run without a sandbox${LEFT_OUT}`,
  () => {
    let ground: Ground;
    let skill: string;

    beforeAll(async () => {
      ground = await Ground.make();
      await ground.release('alice', FILES);
      const manifest = manifestOf(FILES).said;
      const agreed = ['--publisher', ground.aid('alice'), '--yes', '--expect', manifest];
      const log = ['--log', path.join(ground.dir, 'log')];
      const env = { GITKEL_HOME: path.join(ground.dir, 'home') };
      const source = ground.source(FILES);
      const installed = await runBinary(['skill', 'install', source, ...agreed, ...log], {
        cwd: ground.dir,
        env,
      });
      if (installed.exitCode !== 0) throw new Error(installed.stderr);
      skill = path.join(ground.dir, '.agents/skills/notes');
      return () => ground.remove();
    });

    function policy(unsandboxed: string | undefined): string {
      const { contents } = ground.releases.log;
      const written = path.join(ground.dir, `policy-${unsandboxed ?? 'none'}.yaml`);
      const said = {
        version: 1,
        log: { id: contents.genesis?.logId },
        maintainers: [ground.aid('alice')],
        paths: [{ match: '**', release: [ground.aid('alice')] }],
        ...(unsandboxed === undefined ? {} : { sandbox: { unsandboxed } }),
      };
      writeFileSync(written, JSON.stringify(said));
      return written;
    }

    async function ran(hidden: boolean, ...args: readonly string[]): Promise<Ran> {
      const own = [BINARY, 'skill', 'run', skill, '--log', path.join(ground.dir, 'log'), ...args];
      const command = [...own, '--', 'node', 'main.js'];
      const program = hidden ? BWRAP : process.execPath;
      return runProgram(
        program,
        hidden ? [...WITHOUT_BWRAP, process.execPath, ...command] : command,
        {
          cwd: ground.dir,
          env: {
            GITKEL_HOME: path.join(ground.dir, 'home'),
            TMPDIR: '/tmp',
            GREETING: 'hello',
            HIDDEN: 'secret',
          },
        },
      );
    }

    test('is refused, whatever the skill or a flag alone says', async () => {
      const none = await ran(true, '--json');
      expect([none.exitCode, told(none).error.reason]).toEqual([7, 'sandbox-missing']);
      for (const said of [undefined, 'refused']) {
        const asked = await ran(true, '--json', '--unsandboxed', '--policy', policy(said));
        expect([asked.exitCode, told(asked).error.reason]).toEqual([7, 'sandbox-missing']);
      }
      const alone = await ran(true, '--json', '--policy', policy('allowed'));
      expect([alone.exitCode, told(alone).error.reason]).toEqual([7, 'sandbox-missing']);
      const own = await ran(true, '--json', '--unsandboxed');
      expect([own.exitCode, told(own).error.code]).toEqual([2, 'usage']);
    });

    test('is marked everywhere where a policy allows it, and never passes as observed', async () => {
      const allowed = ['--unsandboxed', '--policy', policy('allowed')];
      const answer = told(await ran(true, '--json', '--observe', '--env', 'GREETING', ...allowed));
      expect(answer).toMatchObject({
        start: { sandbox: 'none', sources: [], state: 'verified' },
        observation: { state: 'incomplete' },
      });
      expect(answer.stdout).toMatch(/^hello undefined \/tmp\/.*\/skill$/);
      expect(answer.observation?.gaps.map(({ reason }) => reason)).toEqual([
        'no-sandbox',
        'no-trace',
      ]);
      expect(answer.axes.filter(({ state }) => state === 'enforced')).toEqual([]);
      const lines = readFileSync(
        path.join(ground.dir, 'home/runs', answer.run, 'log.jsonl'),
        'utf8',
      );
      expect(JSON.parse(lines.split('\n')[0] ?? '')).toMatchObject({
        sandbox: 'none',
        sources: [],
      });
      const plain = await ran(true, ...allowed);
      expect([plain.exitCode, plain.stderr]).toEqual([0, expect.stringContaining('NO SANDBOX')]);
    });

    test('is not what happens where a sandbox can be made', async () => {
      const workspace = path.join('/tmp', `gitkel-unsandboxed-${process.pid}`);
      onTestFinished(() => rmSync(workspace, { recursive: true, force: true }));
      execFileSync('mkdir', [workspace]);
      if (process.getuid?.() === 0) execFileSync('chown', ['65534:65534', workspace]);
      const allowed = ['--unsandboxed', '--policy', policy('allowed'), '--workspace', workspace];
      const answer = told(await ran(false, '--json', '--no-trace', ...allowed));
      expect(answer).toMatchObject({
        start: { sandbox: 'bwrap' },
        stdout: 'hello undefined /skill',
      });
    });
  },
);
