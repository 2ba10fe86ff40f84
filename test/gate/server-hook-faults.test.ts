/** Nothing passes where a hook cannot decide, and whoever pushes is told why. */
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rememberAsked } from '../../src/keys/asked.ts';
import { openHome } from '../../src/keys/home.ts';
import { encodeHookConfig } from '../../src/gate/hook-config.ts';
import { hookHome } from '../../src/gate/hook-name.ts';
import { answerOfHook } from '../../src/gate/server-hook.ts';
import { hasGit, temporaryDirectory } from '../git/support.ts';
import { at, skill } from '../support/made-tree.ts';
import { MAIN } from '../support/push.ts';
import { hookRun, received, refusedBy } from '../support/served.ts';
import { created, SkillServer } from '../support/skill-server.ts';

let server: SkillServer;
const REF = 'refs/heads/x';

beforeAll(async () => {
  server = await SkillServer.make();
  await server.release('good');
});
afterAll(() => server.close());

/** Puts other bytes in place of a file for a while; `undefined` for none. */
async function replacing(
  path: string,
  text: string | undefined,
  run: () => Promise<void>,
): Promise<void> {
  renameSync(path, `${path}.aside`);
  try {
    if (text !== undefined) writeFileSync(path, text);
    await run();
  } finally {
    rmSync(path, { force: true });
    renameSync(`${path}.aside`, path);
  }
}

describe.skipIf(!hasGit)('a server hook (needs git)', () => {
  it('refuses without the configuration, and with an odd one', async () => {
    const path = join(server.dir, 'gitkel/hook.json');
    const push = [created(REF, server.main)];
    const text = new TextDecoder().decode(encodeHookConfig(server.config));
    await replacing(path, undefined, async () => {
      expect(await server.push(push)).toEqual(['hook-config-missing']);
      expect(await server.prepare(push)).toEqual(['hook-config-missing']);
    });
    for (const odd of [
      '',
      '{}\n',
      text.slice(0, -1),
      text.replace('"version":1', '"version":2'),
      ` ${text}`,
    ])
      await replacing(path, odd, async () => {
        expect((await server.push(push))[0]).toMatch(/^[a-z-]+$/);
      });
    await replacing(
      path,
      text.replace(server.releases.id, server.releases.aid('ada')),
      async () => {
        expect(await server.push(push)).toEqual(['log-id']);
      },
    );
    expect(await server.push(push)).toEqual([]);
  });

  it('refuses without a repository, with one that is elsewhere, and without git', async () => {
    const push = [created(REF, server.main)];
    const run = hookRun(server.host, server.dir, push);
    expect(refusedBy(await received({ ...run, environment: {} }))).toEqual(['no-git-dir']);
    const elsewhere = { ...run, directory: temporaryDirectory() };
    expect(refusedBy(await received(elsewhere))).toEqual(['no-repository']);
    expect(
      refusedBy(
        await received({
          ...run,
          environment: { GIT_DIR: server.dir, GIT_OBJECT_DIRECTORY: '/tmp' },
        }),
      ),
    ).toEqual(['quarantine']);
    vi.stubEnv('PATH', temporaryDirectory());
    expect(await server.push(push)).toEqual(['git-missing']);
    vi.unstubAllEnvs();
    expect(await server.push(push)).toEqual([]);
  });

  it('refuses where HEAD names no branch', async () => {
    await replacing(join(server.dir, 'HEAD'), `${server.main}\n`, async () => {
      expect(await server.push([created(REF, server.main)])).toEqual(['head-detached']);
    });
  });

  it('refuses objects that are not there, and input that is none', async () => {
    const missing = 'a'.repeat(40);
    expect(await server.push([created(REF, missing)])).toEqual(['object-missing']);
    const run = hookRun(server.host, server.dir, []);
    const input = new TextEncoder().encode('rubbish\n');
    expect(refusedBy(await received({ ...run, input }))).toEqual(['ref-update']);
  });

  it('refuses by a policy that is damaged, or of another log', async () => {
    const push = [created(REF, server.main)];
    const text = new TextDecoder().decode(server.policy);
    const policies = [
      [`${text}surprise: 1\n`, 'field'],
      [text.replace(server.releases.id, server.releases.aid('ada')), 'policy-log'],
    ] as const;
    for (const [policy, reason] of policies) {
      await server.move(MAIN, server.commit({ '.gitkel/policy.yaml': policy }));
      expect(await server.push(push)).toEqual([reason]);
    }
    await server.move(MAIN, server.main);
  });

  it('lets no skill in, nor the first policy, without a policy', async () => {
    const readme = server.commit({ 'README.md': 'x' });
    await server.move(MAIN, readme);
    await replacing(join(server.dir, 'gitkel/policy.yaml'), undefined, async () => {
      expect(await server.push([{ ref: MAIN, before: readme, after: server.main }])).toEqual([
        '.gitkel/policy.yaml: policy-missing',
      ]);
      expect(await server.push([created(REF, server.withSkill('good'))])).toEqual([
        'skills/good: policy-missing',
      ]);
      expect(await server.push([created(REF, readme)])).toEqual([]);
    });
    expect(await server.push([{ ref: MAIN, before: readme, after: server.main }])).toEqual([]);
    await server.move(MAIN, server.main);
  });

  it('refuses by a log that is gone, damaged, or went back', async () => {
    const { dir } = server.releases;
    const push = [created(REF, server.withSkill('good'))];
    expect(await server.push(push)).toEqual([]);
    const ref = join(dir, MAIN);
    const older = server.releases.log.contents.batchAt(0)?.commit ?? '';
    await replacing(ref, undefined, async () => {
      expect(await server.push(push)).toEqual(['log-rolled-back']);
    });
    await replacing(ref, `${older}\n`, async () => {
      expect(await server.push(push)).toEqual(['log-rolled-back']);
    });
    await replacing(ref, 'rubbish', async () => {
      expect(await server.push(push)).toEqual(['ref-corrupt']);
    });
    const objects = join(dir, 'objects');
    renameSync(objects, `${objects}.aside`);
    expect(await server.push(push)).toEqual(['no-repository']);
    renameSync(`${objects}.aside`, objects);
    expect(await server.push(push)).toEqual([]);
  });

  it('is a fault that lets nothing pass, whatever is thrown', async () => {
    const answer = await answerOfHook(async () => {
      throw new TypeError('x is not a function\u001b[2J');
    });
    expect(answer.isAllowed).toBe(false);
    expect(answer.lines[0]).toContain('a fault of gitkel');
    expect(answer.lines.join('')).not.toContain('\u001b');
  });

  it('quotes what others wrote, so that no line is theirs', async () => {
    const tree = { ...server.base, ...at('skills/a\u001b[31m\ngitkel: fine', skill('good')) };
    const run = hookRun(server.host, server.dir, [created(REF, server.commit(tree))]);
    const { lines } = await received(run);
    expect(lines.every((line) => /^gitkel: [\u0020-\u007e]*$/.test(line))).toBe(true);
    expect(lines.filter((line) => line.startsWith('gitkel: fine'))).toEqual([]);
  });
});

describe.skipIf(!hasGit)('the age of the log (needs git)', () => {
  it('is unknown, then fresh, then stale; only skills and policies are refused for it', async () => {
    const aged = await SkillServer.make({ more: () => 'maxAge: 24h\n' });
    try {
      await aged.release('good');
      const push = [created(REF, aged.withSkill('good'))];
      // A log without an upstream is its own source.
      expect(await aged.push(push)).toEqual([]);
      appendFileSync(
        join(aged.releases.dir, 'config'),
        '[remote "origin"]\n\turl = https://example.com/log.git\n',
      );
      expect(await aged.push(push)).toEqual(['skills/good: log-freshness-unknown']);
      const readme = aged.commit({ ...aged.base, 'README.md': 'y' }, [aged.main]);
      expect(await aged.push([created(REF, readme)])).toEqual([]);
      const home = openHome(aged.host, hookHome(aged.dir));
      const { lastBatch, batches } = aged.releases.log.contents;
      const asked = {
        address: 'https://example.com/log.git',
        position: batches - 1,
        payloadDigest: lastBatch?.payloadDigest ?? '',
      };
      await rememberAsked(home, aged.releases.id, { ...asked, at: aged.host.now() - 3_600 });
      expect(await aged.push(push)).toEqual([]);
      await rememberAsked(home, aged.releases.id, { ...asked, at: aged.host.now() - 90_000 });
      expect(await aged.push(push)).toEqual(['skills/good: log-stale']);
      // A policy that a maintainer approved may have been taken back since.
      const policy = new TextDecoder().decode(aged.policy);
      const wider = policy.replace('skills/**', 'tools/**');
      await aged.releases.approve('max', new TextEncoder().encode(wider), aged.policy);
      const change = aged.commit({ ...aged.base, '.gitkel/policy.yaml': wider }, [aged.main]);
      expect(await aged.push([{ ref: MAIN, before: aged.main, after: change }])).toEqual([
        '.gitkel/policy.yaml: log-stale',
      ]);
    } finally {
      aged.close();
    }
  });
});
