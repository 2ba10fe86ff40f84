/**
 * `node test/bench/page.mjs`, after a build: how long the page takes to audit a log of `--batches N` (2000) batches in
 * Debian's Chromium, signatures by @noble alone and by WebCrypto, and how long it leaves input unanswered meanwhile.
 * `--json` prints JSON.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { batchesInTurn } from './log-history.mjs';
import { writeLongLog } from './long-log.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    batches: { type: 'string', default: '2000' },
    chromium: { type: 'string' },
  },
});
/** Milliseconds in which nothing is done, to compare with. */
const IDLE = 3_000;
const MAIN = path.resolve(import.meta.dirname, '../../dist/src/cli/gitkel.cjs');

/** In the page: the longest time between two turns of its event loop, and how late a key that is typed was answered. */
const WATCH = `
  globalThis.longest = 0;
  globalThis.showing = 0;
  globalThis.answered = 0;
  let last = performance.now();
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    const now = performance.now();
    // The turn in which the report is shown is told apart.
    if (document.querySelector('#result')?.hidden === false) showing = Math.max(showing, now - last);
    else longest = Math.max(longest, now - last);
    last = now;
    setTimeout(() => channel.port2.postMessage(0), 1);
  };
  channel.port2.postMessage(0);
  addEventListener('keydown', (event) => {
    answered = Math.max(answered, performance.now() - event.timeStamp);
  }, true);
`;

async function serving(dir) {
  const child = spawn(process.execPath, [MAIN, 'web', dir, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.trimEnd().endsWith('}')) resolve(JSON.parse(text).url);
    });
  });
  return { child, url: url.replace(/\?.*$/, '') };
}

/** Audits in a fresh page; milliseconds, and what was said. */
async function measured(browser, url, isNobleOnly) {
  const page = await browser.newPage();
  await page.addInitScript({ content: WATCH });
  await page.goto(url);
  if (isNobleOnly) {
    await page.click('details.page-known > summary');
    await page.check('#noble');
  }
  await page.fill('#url', `${url}log.bundle`);
  // What it is away for anyway, on a machine that others use, too.
  await page.evaluate('{ longest = 0; }');
  await page.waitForTimeout(IDLE);
  const idle = await page.evaluate('longest');
  await page.evaluate('{ longest = 0; }');
  const begun = performance.now();
  await page.keyboard.press('Enter');
  const cancel = page.locator('#cancel');
  const result = page.locator('#result[data-outcome]');
  while ((await result.count()) === 0) {
    if (await cancel.isVisible()) await page.keyboard.press('Shift');
    await page.waitForTimeout(50);
  }
  const elapsed = performance.now() - begun;
  await page.waitForTimeout(200);
  const { longest, showing, answered } = await page.evaluate('({ longest, showing, answered })');
  const outcome = await result.getAttribute('data-outcome');
  const words = await page.locator('.page-source').innerText();
  await page.close();
  return { outcome, elapsed, idle, longest, showing, answered, words: words.split('\n')[1] };
}

const folder = mkdtempSync(path.join(tmpdir(), 'gitkel-page-'));
let served;
let browser;
try {
  const dir = path.join(folder, 'log');
  await writeLongLog(dir)(batchesInTurn(), Number(options.batches));
  served = await serving(dir);
  const executablePath =
    options.chromium ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const found = {
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0] },
    browser: browser.version(),
    batches: Number(options.batches),
    noble: await measured(browser, served.url, true),
    webcrypto: await measured(browser, served.url, false),
  };
  if (options.json) process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  else {
    process.stdout.write(`Chromium ${found.browser}, ${found.batches} batches\n`);
    for (const by of ['noble', 'webcrypto']) {
      const { outcome, elapsed, idle, longest, showing, answered, words } = found[by];
      process.stdout.write(
        `${by}: ${outcome} after ${(elapsed / 1000).toFixed(1)} s, the page away for ${longest.toFixed(0)} ms at most (${idle.toFixed(0)} ms when it does nothing), then ${showing.toFixed(0)} ms to show the report, a key answered after ${answered.toFixed(0)} ms at most\n  ${words}\n`,
      );
    }
  }
} finally {
  await browser?.close();
  served?.child.kill('SIGINT');
  rmSync(folder, { recursive: true, force: true });
}
