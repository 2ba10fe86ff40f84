import { describe, expect, it } from 'vitest';
import { GitkelError } from '../../src/base/errors.ts';
import type { Host } from '../../src/host/host.ts';
import type { Home } from '../../src/keys/home.ts';
import { VerifiedMemory } from '../../src/keys/verified-memory.ts';
import { freshHome, GROUNDS, type Ground, inMemory, secondHome } from './homes.ts';

const LOG = `E${'L'.repeat(43)}`;
const OTHER = `E${'O'.repeat(43)}`;
const bytes = (of: string): Uint8Array => new TextEncoder().encode(of);
const VALUES = Array.from(
  { length: 50 },
  (_, key) => [`key ${key}`, bytes(`value ${key}`)] as const,
);

async function remembering(home: Home, log = LOG): Promise<VerifiedMemory> {
  const memory = new VerifiedMemory(home);
  expect(await memory.keep(log, { mark: 1, values: VALUES, since: undefined })).toBeDefined();
  return memory;
}

function text(memory: VerifiedMemory, key: string, log = LOG): string {
  const found = memory.recall(log)?.read(key) ?? 'nothing';
  return typeof found === 'string' ? found : new TextDecoder().decode(found);
}

function filesOf({ host, dir }: Home): readonly string[] {
  return host.fs.readdirSync(`${dir}/verified`).map((name) => `${dir}/verified/${name}`);
}

function contentOf({ fs }: Host, path: string): Uint8Array {
  const fd = fs.openSync(path, 'r');
  const content = new Uint8Array(fs.fstatSync(fd).size);
  fs.readSync(fd, content, 0, content.length, 0);
  fs.closeSync(fd);
  return content;
}

function write({ fs }: Host, path: string, content: Uint8Array): void {
  const fd = fs.openSync(path, 'w', 0o600);
  fs.writeSync(fd, content);
  fs.closeSync(fd);
}

describe.each(GROUNDS)('VerifiedMemory on %s', (_, makeGround) => {
  it('recalls what was kept, in another process too, for its log only', async () => {
    const home = freshHome(makeGround());
    await remembering(home);
    const memory = new VerifiedMemory(secondHome(home));
    expect(memory.recall(LOG)?.mark).toBe(1);
    expect(text(memory, 'key 7')).toBe('value 7');
    expect(text(memory, 'key 50')).toBe('absent');
    expect(memory.recall(OTHER)).toBeUndefined();
    memory.close();
  });

  it('adds to what was kept; an earlier snapshot goes on to say what it said', async () => {
    const home = freshHome(makeGround());
    const memory = await remembering(home);
    const before = memory.recall(LOG);
    const after = await memory.keep(LOG, {
      mark: 2,
      values: [['key 7', bytes('another')]],
      since: before,
    });
    expect(after?.mark).toBe(2);
    expect(text(memory, 'key 7')).toBe('another');
    expect(text(memory, 'key 8')).toBe('value 8');
    expect(before?.read('key 7')).toEqual(bytes('value 7'));
    memory.close();
  });

  it('leaves what another process kept meanwhile', async () => {
    const home = freshHome(makeGround());
    const first = await remembering(home);
    const second = new VerifiedMemory(secondHome(home));
    const [one, two] = [first.recall(LOG), second.recall(LOG)];
    await first.keep(LOG, { mark: 2, values: [['key 1', bytes('first')]], since: one });
    const late = { mark: 3, values: [['key 1', bytes('second')]] as const, since: two };
    expect(await second.keep(LOG, late)).toBeUndefined();
    expect(text(second, 'key 1')).toBe('first');
    first.close();
    second.close();
  });

  it('stays in proportion to what it holds, and leaves one file of pages', async () => {
    const home = freshHome(makeGround());
    const memory = await remembering(home);
    const large = new Uint8Array(200_000);
    let snapshot = memory.recall(LOG);
    for (let round = 1; round <= 12; round++) {
      large[0] = round;
      const values = [['large', large.slice()]] as const;
      snapshot = await memory.keep(LOG, { mark: round, values, since: snapshot });
    }
    const pages = filesOf(home).filter((name) => name.endsWith('.pages'));
    expect(pages).toHaveLength(1);
    expect(contentOf(home.host, pages[0] ?? '').length).toBeLessThan(2_000_000);
    const found = new VerifiedMemory(home).recall(LOG);
    expect(found?.mark).toBe(12);
    expect(found?.read('large')).toEqual(large);
    expect(found?.read('key 3')).toEqual(bytes('value 3'));
    memory.close();
  });

  it('keeps what was pushed apart, until it is adopted', async () => {
    const home = freshHome(makeGround());
    const memory = await remembering(home);
    const pushed = new VerifiedMemory(home, 'pushed');
    expect(pushed.recall(LOG)).toBeUndefined();
    const values = [['key 7', bytes('pushed')]] as const;
    const kept = await pushed.keep(LOG, { mark: 2, values, since: memory.recall(LOG) });
    expect(kept?.mark).toBe(2);
    expect([text(memory, 'key 7'), text(pushed, 'key 7'), text(pushed, 'key 8')]).toEqual([
      'value 7',
      'pushed',
      'value 8',
    ]);
    const late = await pushed.keep(LOG, { mark: 3, values, since: memory.recall(LOG) });
    if (kept === undefined || late === undefined) throw new Error('both were kept');
    await memory.adopt(LOG, kept);
    expect(memory.recall(LOG)?.mark).toBe(1);
    await memory.adopt(LOG, late);
    expect(memory.recall(LOG)?.mark).toBe(3);
    expect(text(memory, 'key 7')).toBe('pushed');
    expect(pushed.recall(LOG)).toBeUndefined();
    const next = await memory.keep(LOG, { mark: 4, values: [], since: late });
    expect(next?.mark).toBe(4);
    memory.close();
    pushed.close();
  });

  it('leaves the pages of a push, but no more of them than it leaves of a log', async () => {
    const home = freshHome(makeGround());
    const memory = await remembering(home);
    const pushed = new VerifiedMemory(home, 'pushed');
    const of = (count: number) => ({
      mark: 2,
      values: [['large', new Uint8Array(count)]] as const,
      since: memory.recall(LOG),
    });
    const outcomes: boolean[] = [];
    for (let push = 0; push < 12; push++)
      outcomes.push((await pushed.keep(LOG, of(200_000 + push))) !== undefined);
    expect(outcomes[0]).toBe(true);
    expect(outcomes.at(-1)).toBe(false);
    // Of a log of which nothing is remembered they are in a file of their own, which the log's own leaves alone.
    expect(await pushed.keep(OTHER, { ...of(1), since: undefined })).toBeDefined();
    expect(await memory.keep(OTHER, { ...of(2), since: undefined })).toBeDefined();
    expect(pushed.recall(OTHER)?.read('large')).toEqual(new Uint8Array(1));
    expect(filesOf(home).filter((name) => name.endsWith('.pages'))).toHaveLength(3);
    memory.forget(OTHER);
    expect([memory.recall(OTHER), pushed.recall(OTHER)]).toEqual([undefined, undefined]);
    memory.close();
    pushed.close();
  });

  it('its key and its files are for their owner alone', async () => {
    const home = freshHome(makeGround());
    (await remembering(home)).close();
    for (const path of filesOf(home)) expect(home.host.fs.statSync(path).mode & 0o777).toBe(0o600);
    expect(contentOf(home.host, `${home.dir}/verified/machine.key`)).toHaveLength(32);
  });

  it('takes nothing from another home, nor with a key that others could read', async () => {
    const ground = makeGround();
    const [one, two] = [freshHome(ground, 'one'), freshHome(ground, 'two')];
    (await remembering(one)).close();
    (await remembering(two, OTHER)).close();
    for (const path of filesOf(one).filter((name) => name.includes(LOG)))
      write(ground.host, path.replace(one.dir, two.dir), contentOf(ground.host, path));
    expect(new VerifiedMemory(two).recall(LOG)).toBeUndefined();
    expect(new VerifiedMemory(two).recall(OTHER)).toBeDefined();
    ground.host.fs.chmodSync(`${one.dir}/verified/machine.key`, 0o644);
    expect(new VerifiedMemory(one).recall(LOG)).toBeUndefined();
    (await remembering(one)).close();
    expect(new VerifiedMemory(one).recall(LOG)).toBeDefined();
  });

  it('takes no head under the name of another log, and forgets when it is told to', async () => {
    const home = freshHome(makeGround());
    const memory = await remembering(home);
    const head = `${home.dir}/verified/${LOG}.json`;
    write(home.host, `${home.dir}/verified/${OTHER}.json`, contentOf(home.host, head));
    expect(memory.recall(OTHER)).toBeUndefined();
    memory.forget(LOG);
    memory.forget(LOG);
    expect(memory.recall(LOG)).toBeUndefined();
    memory.close();
  });
});

/** Each byte of each file changed, and each file cut there. */
function* damages(home: Home): Generator<() => void> {
  for (const path of filesOf(home)) {
    const whole = contentOf(home.host, path);
    for (let at = 0; at < whole.length; at += path.endsWith('.pages') ? 61 : 3) {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ 4;
      for (const content of [changed, whole.subarray(0, at)]) {
        yield () => {
          write(home.host, path, content);
        };
      }
      write(home.host, path, whole);
    }
  }
}

/** The file system of a machine that goes down at the k-th call that changes something. */
function mortal(host: Host, at: number): Host {
  let calls = 0;
  const changing = new Set(['openSync', 'writeSync', 'renameSync', 'linkSync', 'unlinkSync']);
  const fs = new Proxy(host.fs, {
    get: (target, name) => {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function') return call;
      return (...args: readonly unknown[]): unknown => {
        const isChange = changing.has(String(name)) && args[1] !== 'r';
        if (isChange && ++calls >= at) throw new Error('the machine is down');
        return Reflect.apply(call, target, args) as unknown;
      };
    },
  });
  return { ...host, fs };
}

async function killedAt(ground: Ground, home: Home, at: number): Promise<boolean> {
  const memory = new VerifiedMemory({ ...home, host: mortal(ground.host, at) });
  const since = memory.recall(LOG);
  try {
    await memory.keep(LOG, { mark: 2, values: [['key 7', bytes('new')]], since });
    return false;
  } catch (error) {
    if (error instanceof GitkelError) throw error;
    return true;
  }
}

describe('VerifiedMemory', () => {
  it('says nothing wrong, whichever byte of it is changed or cut off', async () => {
    const home = freshHome(inMemory());
    (await remembering(home)).close();
    const outcomes = new Set<string>();
    for (const damage of damages(home)) {
      damage();
      const memory = new VerifiedMemory(home);
      const snapshot = memory.recall(LOG);
      if (snapshot === undefined) outcomes.add('not there');
      for (const [key, value] of VALUES) {
        const found = snapshot?.read(key) ?? 'not there';
        if (typeof found === 'string') outcomes.add(found);
        else expect(found).toEqual(value);
      }
      memory.close();
    }
    expect([...outcomes].toSorted()).toEqual(['damaged', 'not there']);
  });

  it('says the old or the new, wherever the process died', async () => {
    const marks = new Set<unknown>();
    for (let at = 1; ; at++) {
      const ground = inMemory();
      const home = freshHome(ground);
      (await remembering(home)).close();
      const died = await killedAt(ground, home, at);
      const memory = new VerifiedMemory(secondHome(home));
      const { mark } = memory.recall(LOG) ?? { mark: 'nothing' };
      marks.add(mark);
      expect(text(memory, 'key 7')).toBe(mark === 1 ? 'value 7' : 'new');
      expect(text(memory, 'key 8')).toBe('value 8');
      // Dead processes are told by the system; here the one that died is this one.
      for (const name of home.host.fs.readdirSync(`${home.dir}/locks`))
        home.host.fs.unlinkSync(`${home.dir}/locks/${name}`);
      const next = { mark: 3, values: [['key 9', bytes('next')]] as const };
      expect(await memory.keep(LOG, { ...next, since: memory.recall(LOG) })).toBeDefined();
      expect(text(memory, 'key 9')).toBe('next');
      memory.close();
      if (!died) break;
    }
    expect([...marks]).toEqual([1, 2]);
  });
});
