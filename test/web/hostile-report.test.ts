/** A report of a log that is full of markup wherever people can write: all of it is shown, none of it is obeyed. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CHROMIUM,
  launchBrowser,
  NO_BROWSER,
  resultFile,
  type Trouble,
  troubleOf,
} from '../support/chromium.ts';
import { type ReportedLog, reportedLog } from '../support/reported-log.ts';

const IMAGE = '<img src=http://127.0.0.1:9/x onerror=alert(1)>';
const SCRIPT = `</script><script>alert('2')</script>`;
const COMMENT = 'x--><svg onload=alert(3)>&lt;b&gt;<!--';
const STYLE = `</style><style>*{display:none}</style>"' style="x`;
const TURNED = 'safe\u202Etxt.exe\u2028<b>bold</b>';
const LONG = `${SCRIPT}${IMAGE}${COMMENT}${TURNED}<a href="javascript:alert(4)">x</a>`;

let given: ReportedLog;
let html: string;

beforeAll(async () => {
  given = await reportedLog({
    runner: IMAGE,
    laptop: SCRIPT,
    note: LONG,
    rule: 'rule',
    file: COMMENT.replaceAll('/', ''),
    reason: `${STYLE}${IMAGE}`,
  });
  const { alice, place } = given;
  await alice.does('skill', 'exempt', 'notes', '--as', 'eve', '--reason', LONG, '--owner', IMAGE);
  const from = ['--origin', 'https://example.org/<script>alert(5)</script>'];
  await alice.does('skill', 'import', 'notes', '--as', 'eve', ...from, '--note', LONG);
  await alice.says('audit', '--report', 'hostile.html');
  html = readFileSync(place.path('hostile.html'), 'utf8');
});
afterAll(() => given.place.remove());

test('the file has two scripts, its own, and no element of the log', () => {
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html.match(/<\/script/g)).toHaveLength(2);
  expect(html.match(/<style/g)).toHaveLength(1);
  expect(html).not.toContain('<img');
  expect(html).not.toContain('\u2028');
  expect(html).not.toContain('\u202E');
});

describe.skipIf(CHROMIUM === undefined)(`markup of a log in a browser${NO_BROWSER}`, () => {
  let browser: Browser;
  let page: Page;
  let trouble: Trouble;

  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage();
    trouble = troubleOf(page);
    await page.goto(`file://${given.place.path('hostile.html')}`);
    // For paper everything is made and open.
    await page.emulateMedia({ media: 'print' });
    await page.locator('.graph').first().waitFor();
  });
  afterAll(async () => browser.close());

  test('is text', async () => {
    const text = (await page.locator('main').textContent()) ?? '';
    for (const part of [IMAGE, SCRIPT, STYLE, COMMENT.replaceAll('/', '')])
      expect(text).toContain(part);
    expect(text).toContain(String.raw`safe\u202etxt.exe\u2028<b>bold</b>`);
  });

  test('makes no element, no link and no attribute', async () => {
    const count = async (selector: string): Promise<number> => page.locator(selector).count();
    expect(await count('img, iframe, object, embed, b, form, link, base')).toBe(0);
    expect(await count('script')).toBe(2);
    expect(await count('style')).toBe(1);
    const attributes = await page.evaluate<readonly string[]>(
      '[...new Set([...document.querySelectorAll("*")].flatMap((one) => one.getAttributeNames()))]',
    );
    expect(attributes.filter((name) => /^on|^style$|^src$|^action$|^srcdoc$/.test(name))).toEqual(
      [],
    );
    const links = await page.evaluate<readonly string[]>(
      '[...document.querySelectorAll("[href]")].map((one) => one.getAttribute("href")[0])',
    );
    expect(new Set(links)).toEqual(new Set(['#']));
  });

  test('opens no dialog, asks for nothing, breaks no policy', async () => {
    await page.emulateMedia({ media: 'screen' });
    await page.getByLabel('Search').fill('<img');
    await page.locator('#search-result').getByText('Identities').waitFor();
    // A place that is no text, in the link of whoever sent the file.
    await page.goto('about:blank');
    await page.goto(`file://${given.place.path('hostile.html')}#%E0%`);
    await page.locator('#batches').waitFor();
    expect(trouble).toEqual({ requests: [], messages: [], dialogs: [] });
    await page.screenshot({ path: resultFile('report-hostile.png') });
  });
});
