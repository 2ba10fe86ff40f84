import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { pushRef } from '../../src/git/remote-push.ts';
import { remotePlace } from '../../src/git/remote-address.ts';
import { fileRefs } from '../../src/git/refs.ts';
import { initRepository, openRepository } from '../../src/git/repository.ts';
import {
  audit,
  collect,
  commitBatch,
  type Host,
  loadCollected,
  type Log,
  openLog,
  stageBatch,
  stagingGround,
} from '../../src/index.ts';
import { setUpstream } from '../../src/log/copy-log.ts';
import { pull } from '../../src/sync/pull.ts';
import { publishAll, publisher } from '../../src/sync/publish.ts';
import { objectsOf } from '../../src/sync/remote.ts';
import { git, hasGit, temporaryDirectory } from '../git/support.ts';
import { serve } from '../support/git-server.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';
import { upstream, writeOn } from './copies.ts';

const THERE = { wasThere: true };

/** A log with one member on the disk, and an empty bare repository. */
class Place {
  readonly root = temporaryDirectory();
  readonly bare = path.join(this.root, 'remote.git');
  readonly memory = new MemoryLog({ disk: this.root });

  constructor() {
    mkdirSync(this.bare);
    git(this.bare, ['init', '-q', '--bare', '-b', 'main']);
  }

  get host(): Host {
    return this.memory.host;
  }

  /** The log that the members stand in, published at a URL. */
  async published(url = this.bare): Promise<Log> {
    await this.memory.member('ada');
    setUpstream(this.host, this.memory.dir, 'main', url);
    const log = publishing(openLog(this.host, this.memory.dir));
    const outcome = await pull(log, upstream(log), { wasThere: false });
    const isTaken = outcome.status === 'unpublished' && (await publishAll(log, upstream(log)));
    if (!isTaken) throw new Error(`not published: ${outcome.status}`);
    return log;
  }

  /** A further copy, which pulled all that there is. */
  async copy(name: string, url = this.bare): Promise<Log> {
    const dir = path.join(this.root, name);
    initRepository(this.host, dir, { bare: true, branch: 'main' });
    setUpstream(this.host, dir, 'main', url);
    const log = publishing(openLog(this.host, dir));
    const { status } = await pull(log, upstream(log), THERE);
    if (status !== 'pulled') throw new Error(`not pulled: ${status}`);
    return log;
  }

  /** What the branch of the remote is at. */
  get tip(): string | undefined {
    return fileRefs(this.host, openRepository(this.host, this.bare, { hostile: true })).read(
      'refs/heads/main',
    );
  }
}

function publishing(log: Log): Log {
  log.publishWith(publisher(log, upstream(log), THERE));
  return log;
}

/** An ssh that runs the command of the other side right here. */
function stubSsh(root: string): void {
  const ssh = path.join(root, 'ssh');
  writeFileSync(ssh, '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n');
  chmodSync(ssh, 0o755);
  vi.stubEnv('GIT_SSH_COMMAND', ssh);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

function withoutGit(): void {
  vi.stubEnv('PATH', temporaryDirectory());
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

const seal = (fill: string) => ({ d: `E${fill.repeat(43)}` });

describe.skipIf(!hasGit)('a log with an upstream', () => {
  test.each(['a directory', 'ssh', 'http', 'http without git'])(
    'is published, pulled and written by two at once, over %s',
    async (way) => {
      const place = new Place();
      const url = {
        'a directory': async () => place.bare,
        ssh: async () => `ssh://server${place.bare}`,
        http: async () => `${await serve(place.root)}/remote.git`,
        'http without git': async () => `${await serve(place.root)}/remote.git`,
      }[way];
      const address = (await url?.()) ?? '';
      if (way === 'ssh') stubSsh(place.root);
      if (way === 'http without git') withoutGit();
      const { memory } = place;
      const one = await place.published(address);
      const two = await place.copy('two', address);
      expect(two.contents.batches).toBe(1);
      const outcomes = await Promise.all([
        writeOn(memory, one, [memory.create('bob')], 'bob.0.0'),
        writeOn(memory, two, [memory.create('eve')], 'eve.0.0'),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['committed', 'committed']);
      const [aid = ''] = one.contents.aids;
      const rivals = await Promise.all([
        writeOn(memory, one, [memory.anchor(aid, seal('A'))], 'ada.0.0'),
        writeOn(memory, two, [memory.anchor(aid, seal('B'))], 'ada.0.0'),
      ]);
      expect(rivals.map(({ status }) => status).toSorted()).toEqual(['committed', 'conflict']);
      for (const log of [one, two]) await pull(log, upstream(log), THERE);
      expect(one.contents.batches).toBe(4);
      expect([one.replayed.tip, two.replayed.tip]).toEqual([place.tip, place.tip]);
      const verdict = audit(place.host, place.bare, { objects: true });
      expect(verdict).toMatchObject({ state: 'valid', batches: 4, findings: [] });
      expect(verdict.aids.map((each) => each.verdict)).toEqual(['valid', 'valid', 'valid']);
      vi.unstubAllEnvs();
      expect(git(place.bare, ['fsck', '--strict', '--no-dangling'])).toBe('');
    },
    60_000,
  );

  test('publishes nothing where the upstream does not answer, and loses nothing', async () => {
    const place = new Place();
    const log = await place.published();
    const { memory } = place;
    renameSync(place.bare, `${place.bare}.away`);
    const before = log.replayed.tip;
    const write = async () => writeOn(memory, log, [memory.create('bob')], 'bob.0.0');
    expect(await reasonOf(write)).toBe('remote-unreachable');
    expect(log.refs.read(log.ref)).toBe(before);
    renameSync(`${place.bare}.away`, place.bare);
    expect(await write()).toMatchObject({ status: 'committed', position: 1 });
    expect(place.tip).toBe(log.replayed.tip);
  }, 60_000);

  test('takes up a batch again that was published before the process was killed', async () => {
    const place = new Place();
    const log = await place.published();
    const { memory } = place;
    const batch = await stageBatch(log, stagingGround(log, 'open', new Uint8Array(16)), [
      memory.create('bob'),
    ]);
    for (const { bytes } of await memory.contributions(loadCollected(log, batch), ['bob.0.0']))
      await collect(log, bytes);
    const publish = publisher(log, upstream(log), THERE);
    log.publishWith(async (commit) => {
      await publish(commit);
      throw new Error('killed');
    });
    const signer = async (key: string) => memory.ring.signer(key);
    await expect(commitBatch(log, batch, signer)).rejects.toThrow('killed');
    const published = place.tip;
    expect(published).not.toBe(log.refs.read(log.ref));
    const again = publishing(openLog(place.host, memory.dir));
    memory.now += 60;
    expect(await commitBatch(again, batch, signer)).toEqual({
      status: 'committed',
      commit: published,
      position: 1,
    });
    expect(again.refs.read(again.ref)).toBe(published);
  }, 60_000);

  test('says what a server says that does not take it, and moves nothing', async () => {
    const place = new Place();
    const log = await place.published();
    const hook = path.join(place.bare, 'hooks/pre-receive');
    mkdirSync(path.dirname(hook), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\necho "not on a Sunday" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    const { memory } = place;
    const before = log.replayed.tip;
    await expect(writeOn(memory, log, [memory.create('bob')], 'bob.0.0')).rejects.toMatchObject({
      code: 'refused',
      reason: 'push-refused',
      message: expect.stringContaining('not on a Sunday'),
    });
    expect([place.tip, log.refs.read(log.ref)]).toEqual([before, before]);
  }, 60_000);

  test('does not take a remote that is stuck for one that moves all the time', async () => {
    const place = new Place();
    await place.published();
    const { memory } = place;
    const log = publishing(openLog({ ...place.host, sleep: async () => {} }, memory.dir));
    const lock = path.join(place.bare, 'refs/heads/main.lock');
    writeFileSync(lock, '');
    const write = async () => writeOn(memory, log, [memory.create('bob')], 'bob.0.0');
    await expect(write()).rejects.toMatchObject({
      reason: 'remote-locked',
      message: expect.stringMatching(/remote\.git.*(?:lock|failed to update ref)/),
    });
    rmSync(lock);
    expect(await write()).toMatchObject({ status: 'committed', position: 1 });
  }, 60_000);

  test('takes an answer that tells nothing of the branch for a lost one; works beside its objects', async () => {
    const place = new Place();
    await place.published();
    const { memory } = place;
    // Of what the other side reports only "unpack ok" comes through.
    const report = String.raw`0017\001000eunpack ok\n00000000`;
    const ssh = path.join(place.root, 'ssh');
    writeFileSync(
      ssh,
      `#!/bin/sh
for last; do :; done
case "$last" in
*receive-pack*)
  sh -c "$last --http-backend-info-refs" </dev/null
  cat > "$0.in"
  sh -c "$last" < "$0.in" >/dev/null
  printf '${report}' ;;
*) exec sh -c "$last" ;;
esac
`,
    );
    chmodSync(ssh, 0o755);
    vi.stubEnv('GIT_SSH_COMMAND', ssh);
    vi.stubEnv('TMPDIR', path.join(place.root, 'nowhere'));
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    git(memory.dir, ['remote', 'set-url', 'origin', `ssh://server${place.bare}`]);
    const log = publishing(openLog(place.host, memory.dir));
    const write = async () => writeOn(memory, log, [memory.create('bob')], 'bob.0.0');
    expect(await reasonOf(write)).toBe('remote-unreachable');
    expect(readdirSync(objectsOf(log.repository)).join()).not.toContain('tmp_objdir');
  }, 60_000);

  test('never publishes over a remote that went back', async () => {
    const place = new Place();
    const log = await place.published();
    const { memory } = place;
    const first = place.tip;
    await writeOn(memory, log, [memory.create('bob')], 'bob.0.0');
    git(place.bare, ['update-ref', 'refs/heads/main', first ?? '']);
    const write = async () => writeOn(memory, log, [memory.create('eve')], 'eve.0.0');
    expect(await reasonOf(write)).toBe('remote-rolled-back');
    expect(place.tip).toBe(first);
  }, 60_000);

  test('pushRef() moves a ref from what is expected only, and knows what is there already', async () => {
    const place = new Place();
    const log = await place.published();
    const { memory } = place;
    const old = place.tip;
    await writeOn(memory, log, [memory.create('bob')], 'bob.0.0');
    const next = place.tip ?? '';
    const push = async (expected: string | undefined, to: string) =>
      pushRef(place.host, remotePlace(place.bare, '/'), {
        ref: 'refs/heads/main',
        expected,
        next: to,
        objects: objectsOf(log.repository),
      });
    expect(await push(old, next)).toBe('taken');
    expect(await push(undefined, old ?? '')).toBe('moved');
    expect(await push('1'.repeat(40), old ?? '')).toBe('moved');
    expect(place.tip).toBe(next);
  }, 60_000);
});
