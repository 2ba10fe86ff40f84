/** `gitkel web`: what it answers, to whom, and what a browser makes of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { BINARY, bareEnvironment, runBinary, runGit } from '../support/binary.ts';
import { CHROMIUM, NO_BROWSER } from '../support/chromium.ts';
import { useTampering } from '../support/tampering.ts';
import { shown, usePages, verdictOf } from './browser.ts';

const tampering = useTampering('serve', 'open', ['create solo', 'create team', 'anchor team']);
const pages = usePages();

interface Serving {
  readonly url: URL;
  readonly child: ChildProcess;
  /** What this machine says of the log. */
  readonly state: string;
  readonly reason: string;
  readonly stderr: string;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Runs `gitkel web` until the test ends. */
async function serving(dir: string, env: Readonly<Record<string, string>> = {}): Promise<Serving> {
  const child = spawn(process.execPath, [BINARY, 'web', dir, '--json'], {
    env: bareEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let stderr = '';
  const told = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('exit', () => reject(new Error(stderr)));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.trimEnd().endsWith('}')) resolve(text);
    });
  });
  const { url, status, state, reason } = JSON.parse(told) as Readonly<Record<string, string>>;
  expect(status).toBe('serving');
  return { url: new URL(url ?? ''), child, state: state ?? '', reason: reason ?? '', stderr };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

async function ask(
  url: URL,
  pathname: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  const { hostname, port } = url;
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path: pathname, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const { statusCode: status } = response;
        resolve({ status, headers: response.headers, body: Buffer.concat(parts) });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** What lies below a directory: names, sizes and times. */
function stateOf(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { size, mtimeMs } = statSync(path.join(dir, name));
      return `${name} ${size} ${mtimeMs}`;
    });
}

test('gitkel web answers on the loopback alone, to its own name and under its own path, and writes nothing', async () => {
  const dir = tampering().copy();
  const before = stateOf(dir);
  const { url, child, ...here } = await serving(dir);
  expect(here).toEqual({
    state: 'valid',
    reason: 'consistent, identity not pinned',
    stderr: '',
  });
  expect(url.hostname).toBe('127.0.0.1');
  expect(url.pathname).toMatch(/^\/[0-9a-f]{32}\/$/);
  const page = await ask(url, url.pathname);
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
  });
  expect(Object.keys(page.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  const bundle = await ask(url, `${url.pathname}log.bundle`);
  expect(bundle.body.toString('latin1')).toMatch(/^# v2 git bundle\n/);
  const head = await ask(url, url.pathname, {}, 'HEAD');
  expect([head.status, head.body.length]).toEqual([200, 0]);
  const refused = await Promise.all([
    ask(url, '/'),
    ask(url, `/${'0'.repeat(32)}/log.bundle`),
    ask(url, `${url.pathname}../../package.json`),
    ask(url, `${url.pathname}constructor`),
    ask(url, `${url.pathname}log.bundle`, { host: `gitkel.example:${url.port}` }),
    ask(url, `${url.pathname}log.bundle`, { host: '127.0.0.1' }),
    ask(url, url.pathname, {}, 'POST'),
    ask(url, url.pathname, {}, 'OPTIONS'),
  ]);
  expect(refused.map(({ status }) => status)).toEqual([404, 404, 404, 404, 421, 421, 405, 405]);
  const code = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGINT');
  expect(await code).toBe(0);
  expect(stateOf(dir)).toEqual(before);
});

test('gitkel web serves no commits of a clone that an audit speaks against for what lies beside them', async () => {
  const dir = tampering().copy();
  const { url } = await serving(dir);
  writeFileSync(path.join(dir, 'shallow'), '');
  const late = await ask(url, `${url.pathname}log.bundle`);
  expect([late.status, late.body.toString()]).toEqual([
    409,
    expect.stringContaining('"shallow" changes what Git shows of it (shallow)'),
  ]);
  const { exitCode, stdout } = await runBinary(['web', dir, '--json']);
  const { error } = JSON.parse(stdout) as { readonly error: { readonly reason: string } };
  expect([exitCode, error.reason]).toEqual([1, 'shallow']);
});

test('gitkel web says what the page cannot know: a log that went back, and a working tree that differs', async () => {
  const dir = tampering().copy();
  const place = path.dirname(dir);
  const clone = path.join(place, 'checked-out');
  await runGit(place, ['clone', '-q', dir, clone]);
  const env = { GITKEL_HOME: path.join(place, 'home-of-web') };
  const audited = await runBinary(['audit', clone, '--json'], { env });
  expect(audited.exitCode).toBe(0);
  expect(await serving(clone, env)).toMatchObject({
    state: 'valid',
    reason: 'consistent with what this home verified before',
  });
  await runGit(clone, ['reset', '-q', '--hard', 'HEAD~1']);
  writeFileSync(path.join(clone, 'gitkel.json'), '{}');
  const { url, state, stderr } = await serving(clone, env);
  expect(state).toBe('invalid');
  expect(stderr).toMatch(/^gitkel: NO {2}log-rolled-back: /m);
  expect(stderr).toMatch(/^gitkel: NO {2}work-tree-different: .*gitkel\.json/m);
  // The page shows it all the same, and what it says is about the commits.
  expect((await ask(url, `${url.pathname}log.bundle`)).status).toBe(200);
});

describe.skipIf(CHROMIUM === undefined)(`gitkel web in a browser${NO_BROWSER}`, () => {
  test('shows the verdict on the log at once, and what keeps it from one', async () => {
    const dir = tampering().copy();
    const { url } = await serving(dir);
    const { page, complaints } = await pages.open(url.href);
    expect(await shown(page)).toMatchObject({ outcome: 'valid' });
    expect(await verdictOf(page)).toMatchObject({ state: 'valid', batches: 3 });
    expect(complaints.all).toEqual([]);
    const pack = readdirSync(path.join(dir, 'objects/pack')).find((name) => name.endsWith('.pack'));
    const file = path.join(dir, 'objects/pack', pack ?? '');
    const bytes = readFileSync(file);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(`${file}.new`, bytes);
    renameSync(`${file}.new`, file);
    await page.reload();
    const { outcome, text } = await shown(page);
    expect([outcome, /the server answered 409: "Cannot/.test(text)]).toEqual(['none', true]);
  });
});
