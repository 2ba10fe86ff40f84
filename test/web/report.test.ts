/** The audit report of a real log: its data, its file, and what a browser shows of it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  recheckDevices,
  recheckEvidence,
  recheckIdentity,
  recheckKeys,
  recheckLog,
  recheckStatements,
  recheckThing,
} from '../../src/report/recheck.ts';
import type { AuditReport } from '../../src/report/report.ts';
import { runGit } from '../support/binary.ts';
import {
  CHROMIUM,
  launchBrowser,
  NO_BROWSER,
  resultFile,
  type Trouble,
  troubleOf,
} from '../support/chromium.ts';
import { type ReportedLog, reportedLog } from '../support/reported-log.ts';

let given: ReportedLog;
let html: string;
let report: AuditReport;

function dataOf(page: string): AuditReport {
  const data = /id="report-data">([^<]*)<\/script>/.exec(page)?.[1] ?? '';
  return JSON.parse(data) as AuditReport;
}

beforeAll(async () => {
  given = await reportedLog();
  const { place, alice } = given;
  await alice.says('audit', '--report', 'report.html');
  html = readFileSync(place.path('report.html'), 'utf8');
  report = dataOf(html);
});
afterAll(() => given.place.remove());

describe('the data of a report', () => {
  test('tells the verdict, and where each claim stands', async () => {
    const { log, board } = given;
    const commits = (await runGit(log, ['rev-list', '--reverse', 'HEAD'])).split('\n');
    expect(report.verdict).toMatchObject({ state: 'valid', findings: [] });
    expect(report.log).toMatchObject({
      batches: commits.length,
      founder: board,
      admission: 'open',
    });
    expect(report.batches.map(({ commit }) => commit)).toEqual(commits);
    for (const { position, commit } of report.records) expect(commit).toBe(commits[position]);
    for (const { establishments } of report.identities)
      for (const { position, commit } of establishments) expect(commit).toBe(commits[position]);
    expect(Object.values(report.omitted).every((count) => count === 0)).toBe(true);
  });

  test('tells who signed each event of a board, and who was missing', () => {
    const board = report.identities.find(({ aid }) => aid === given.board);
    expect(board).toMatchObject({ name: 'board', threshold: '2', verdict: 'valid' });
    const parts = board?.establishments.map(({ type, keys, revealed }) => ({
      type,
      parts: keys.map(({ part }) => part),
      kept: keys.filter(({ isKept }) => isKept).length,
      revealed: revealed?.indices,
    }));
    expect(parts).toEqual([
      { type: 'icp', parts: ['signed', 'signed', 'missing'], kept: 0, revealed: undefined },
      { type: 'rot', parts: ['signed', 'missing', 'signed'], kept: 0, revealed: [0, 2] },
    ]);
    expect(board?.devices.map(({ name, standing }) => [name, standing])).toEqual([
      ['ci-runner', 'linked'],
      ['old laptop', 'revoked'],
    ]);
    const events = report.batches.flatMap((batch) => batch.events);
    expect(events.filter(({ keys }) => keys > 1).map(({ signed }) => signed)).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 2],
      [0, 2],
    ]);
  });

  test('tells what became of each release, and what was said of it', () => {
    const [skill, ...others] = report.skills;
    expect(others).toEqual([]);
    const [, second = ''] = given.releases;
    expect(skill?.releases.map(({ said }) => said)).toEqual(given.releases);
    expect(skill?.releases.map(({ revokedBy }) => revokedBy !== null)).toEqual([
      false,
      true,
      false,
    ]);
    expect(skill?.revocations).toMatchObject([{ reason: 'vulnerable', releases: [second] }]);
    expect(skill?.statements.map(({ says, counts }) => [says, counts])).toEqual([
      ['pass', true],
      ['fail', true],
      ['pass', true],
    ]);
    expect(report.vouches).toMatchObject([{ level: 'high', counts: true }]);
    const finding = report.records.flatMap(({ details }) => details);
    expect(finding).toContainEqual([
      'finding',
      'high prompt-injection/hidden-text in SKILL.md: read it all, twice',
    ]);
  });
});

test('every kind of command that a report names runs in the log, and finds what it is about', async () => {
  const [batch] = report.batches;
  const board = report.identities.find(({ aid }) => aid === given.board);
  const [record] = report.records;
  const [release] = report.skills[0]?.releases ?? [];
  if (batch === undefined || board === undefined || record === undefined || release === undefined)
    throw new Error('the log has one of each');
  const commands = [
    [recheckLog(report.log), report.log.id ?? ''],
    [recheckIdentity(board), board.aid],
    [recheckKeys(board.aid, 5), board.aid],
    [recheckDevices(board.aid), 'ci-runner'],
    [recheckThing(batch.commit), batch.commit],
    [recheckThing(board.said), board.said],
    [recheckThing(record.said), record.said],
    [recheckStatements(release.manifest), release.manifest],
    [recheckEvidence(), ''],
  ] as const;
  for (const [command, told] of commands) {
    const [program, ...args] = command.split(' ');
    expect(program).toBe('gitkel');
    expect(await given.alice.says(...args), command).toContain(told);
  }
});

describe('the file of a report', () => {
  test('allows its one script and its styles by their digests, and nothing else', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    const [script = ''] = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text]) => text);
    const style = /<style>([^]*?)<\/style>/.exec(html)?.[1] ?? '';
    const hash = (text: string): string =>
      `&#39;sha256-${createHash('sha256').update(text).digest('base64')}&#39;`;
    expect(policy.split('; ').slice(0, 4)).toEqual([
      'default-src &#39;none&#39;',
      `script-src ${hash(script)}`,
      `style-src ${hash(style)}`,
      'img-src data:',
    ]);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toMatch(/ (?:src|href)=/);
  });

  test('is written where the log does not verify, too, and says why first', async () => {
    const { place, alice, board } = given;
    const bad = ['audit', '--expect-log', board, '--report', 'bad.html'];
    (await alice.run(bad)).requireExit(1);
    const page = readFileSync(place.path('bad.html'), 'utf8');
    const { verdict, log } = dataOf(page);
    expect(verdict).toMatchObject({ state: 'invalid', reason: 'expected-log' });
    const [, ...again] = recheckLog(log).split(' ');
    expect(await alice.ends(1, ...again)).toMatchObject({ reason: 'expected-log' });
    expect(page.indexOf('This log does not verify')).toBeLessThan(page.indexOf('batches'));
  });

  test('is refused where something else would be lost', async () => {
    const { alice, log } = given;
    expect((await alice.ends(2, 'audit', '--report', log)).error).toMatchObject({ code: 'usage' });
    const head = path.join(log, 'HEAD');
    const before = readFileSync(head, 'utf8');
    expect((await alice.ends(2, 'audit', '--report', head)).error).toMatchObject({
      message: expect.stringContaining('no report') as string,
    });
    expect(readFileSync(head, 'utf8')).toBe(before);
    await alice.says('audit', '--report', 'report.html');
    // Beside the files of a checked-out log it would make the next audit fail.
    const clone = given.place.path('checked-out');
    await runGit(given.place.path(), ['clone', '-q', log, clone]);
    const beside = ['audit', clone, '--report', path.join(clone, 'report.html')];
    expect((await alice.ends(2, ...beside)).error).toMatchObject({ reason: 'output' });
    await alice.says('audit', clone, '--report', 'report.html');
  });

  test('has a script that makes elements in one file only, and reads no markup', () => {
    const folder = path.resolve(import.meta.dirname, '../../web/report');
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
    const holding = (words: RegExp): readonly string[] =>
      files.filter((file) => words.test(readFileSync(path.join(folder, file), 'utf8')));
    expect(holding(/createElement|setAttribute/)).toEqual(['dom.ts']);
    expect(
      holding(
        /innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|createContextualFragment|eval\(|new Function|\.style\b|fetch\(|import\(/,
      ),
    ).toEqual([]);
  });

  test('is loaded by nothing but --report', () => {
    const dist = path.resolve(import.meta.dirname, '../../dist');
    const holds = readdirSync(path.join(dist, 'chunks'))
      .map((file) => path.join(dist, 'chunks', file))
      .filter((file) => readFileSync(file, 'utf8').includes('gitkel-report/1'));
    expect(holds).toHaveLength(1);
    const reached = new Set<string>();
    const waiting = [path.join(dist, 'commands/audit.js')];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      const imports = readFileSync(file, 'utf8').matchAll(/(?:from|import)"(\.[^"]+)"/g);
      for (const [, name = ''] of imports) waiting.push(path.resolve(path.dirname(file), name));
    }
    expect(reached.size).toBeGreaterThan(3);
    expect(holds.filter((file) => reached.has(file))).toEqual([]);
  });
});

describe.skipIf(CHROMIUM === undefined)(`the report in a browser${NO_BROWSER}`, () => {
  let browser: Browser;
  let page: Page;
  let trouble: Trouble;

  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    trouble = troubleOf(page);
    await page.goto(`file://${given.place.path('report.html')}`);
  });
  afterAll(async () => browser.close());

  const status = (section: string): Promise<string | null> =>
    page.locator(`#${section} .status`).textContent();

  test('says the verdict first', async () => {
    expect(await page.locator('h2').first().textContent()).toBe('This log verifies');
    expect(await page.locator('.verdict').getByRole('img').getAttribute('aria-label')).toContain(
      'it verifies',
    );
    expect(await page.locator('#verdict').textContent()).toContain(
      `gitkel audit --full --expect-log ${report.log.id ?? ''}`,
    );
    await page.screenshot({ path: resultFile('report-light.png') });
  });

  test('draws the timeline of each identity by position', async () => {
    const board = page.locator(`[id="identity-${given.board}"] .timeline`);
    expect(await board.getAttribute('aria-label')).toContain('2 devices linked, 1 of them revoked');
    const counts = async (kind: string): Promise<number> => board.locator(`.${kind}`).count();
    expect(await counts('inception')).toBe(1);
    expect(await counts('rotation')).toBe(1);
    expect(await counts('linked')).toBe(2);
    expect(await counts('revoked')).toBe(1);
    const places = await board
      .locator('.sign-place')
      .evaluateAll((all) => all.map((one) => one.getAttribute('x')));
    const positions = [0, 5, 6, 7, 9].map(
      (at) => `${Math.round((1 + (98 * at) / 17) * 100) / 100}%`,
    );
    expect(places).toEqual(positions);
  });

  test('draws the key and threshold history of a board, and tells it in words to a keyboard', async () => {
    const board = page.locator(`[id="identity-${given.board}"]`);
    await board.locator('summary').first().click();
    const picture = board.locator('.key-history');
    // It is drawn once the element tells that it was opened.
    await picture.waitFor();
    expect(await picture.locator('.column').count()).toBe(2);
    expect(await picture.locator('.key.signed').count()).toBe(4);
    expect(await picture.locator('.key.missing').count()).toBe(2);
    await picture.focus();
    await page.keyboard.press('ArrowRight');
    const readout = board.locator('.readout');
    expect(await readout.textContent()).toBe(
      'Event 0, inception, batch 0: 2 of 3 must sign; signed: 0 and 1; missing: 2; next 2 of 3, hidden',
    );
    await page.keyboard.press('ArrowRight');
    expect(await readout.textContent()).toContain('signed: 0 and 2; missing: 1');
    const rows = board.getByRole('table', { name: 'Establishment events' }).locator('tbody tr');
    expect(await rows.count()).toBe(2);
    await board.screenshot({ path: resultFile('report-identity.png') });
  });

  test('draws the provenance of a skill, and has the same as a table', async () => {
    const skill = page.locator('#skills details').first();
    await skill.locator('summary').first().click();
    await skill.locator('.graph').waitFor();
    const nodes = await skill.locator('.graph .node text').allTextContents();
    expect(nodes.toSorted()).toEqual(
      [
        '● board',
        '● eve',
        '● publisher',
        '▣ 1.0.0',
        '⊘ 1.1.0',
        '▣ 1.2.0',
        '⊘ revoked: vulnerable',
        '✓ audit pass',
        '✓ audit pass',
        '✕ audit fail',
      ].toSorted(),
    );
    await skill.getByText('The picture as a table').click();
    const edges = skill.getByRole('table', { name: 'The same as a table' }).locator('tbody tr');
    expect(await edges.count()).toBe(await skill.locator('.graph .edge').count());
    await skill.screenshot({ path: resultFile('report-skill.png') });
  });

  test('is searched and filtered', async () => {
    expect(await status('identities')).toBe('5 identities');
    await page.getByLabel('Search').fill('laptop');
    await page.locator('#search-result').getByText('Identities').waitFor();
    expect(await status('identities')).toBe('2 of 5 identities');
    expect(await status('skills')).toBe('0 of 1 skill');
    await page.getByLabel('Search').fill('');
    await page.locator('#search-result:empty').waitFor({ state: 'attached' });
    await page.locator('#identities').getByLabel('Role').selectOption('device');
    expect(await status('identities')).toBe('2 of 5 identities');
    await page.locator('#batches').getByLabel('Only').selectOption('a key missing');
    expect(await status('batches')).toBe('5 of 18 batches');
    // A link shows what it names, whatever is filtered out.
    await page.locator('#batches').locator('details').last().locator('summary').click();
    await page.locator('#batches').getByRole('link', { name: 'board' }).first().click();
    expect(await status('identities')).toBe('5 identities');
    expect(
      await page.locator(`[id="identity-${given.board}"]`).evaluate((one) => one.matches('[open]')),
    ).toBe(true);
    await page.locator('#batches').getByLabel('Only').selectOption('all');
  });

  test('is walked through with the keyboard alone', async () => {
    await page.goto('about:blank');
    await page.goto(`file://${given.place.path('report.html')}`);
    const focused = (): Promise<string> =>
      page.evaluate('`${document.activeElement.tagName} ${document.activeElement.textContent}`');
    const seen: string[] = [];
    for (let presses = 0; presses < 16; presses++) {
      await page.keyboard.press('Tab');
      seen.push((await focused()).slice(0, 24));
      const outline = await page.evaluate<string>(
        'getComputedStyle(document.activeElement).outlineStyle',
      );
      expect(outline).not.toBe('none');
    }
    expect(seen.some((one) => one.startsWith('A Identities'))).toBe(true);
    expect(seen.some((one) => one.startsWith('INPUT'))).toBe(true);
    const at = seen.findIndex((one) => one.startsWith('SUMMARY'));
    expect(at).toBeGreaterThan(0);
    for (let presses = seen.length - 1; presses > at; presses--)
      await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('#identities details[open]').count()).toBe(1);
  });

  test('prints with everything open and without controls', async () => {
    await page.reload();
    await page.emulateMedia({ media: 'print' });
    await expect.poll(() => page.locator('details:not([open])').count()).toBe(0);
    expect(await page.locator('.tools').isVisible()).toBe(false);
    expect(await page.locator('.key-history').count()).toBe(5);
    const paper = await page.pdf({ path: resultFile('report.pdf'), format: 'A4' });
    expect(paper.length).toBeGreaterThan(50_000);
    await page.emulateMedia({ media: 'screen' });
    await expect.poll(() => page.locator('details[open]').count()).toBe(0);
  });

  test('is accessible by the rules of axe-core, in light and dark, closed and open', async () => {
    const rules = { light: undefined, dark: { runOnly: ['color-contrast'] } };
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.reload();
      // One of each kind: the others are made of the same.
      await page.evaluate(
        'for (const one of document.querySelectorAll("li:first-child > details, details.small")) one.open = true',
      );
      await page.locator('.graph').waitFor();
      await page.evaluate(axe.source);
      const found = await page.evaluate<readonly { id: string; nodes: { html: string }[] }[]>(
        `axe.run(document, ${JSON.stringify(rules[colorScheme] ?? {})}).then(({ violations }) => violations)`,
      );
      expect(found.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      await page.screenshot({ path: resultFile(`report-${colorScheme}-open.png`), fullPage: true });
    }
    await page.setViewportSize({ width: 360, height: 800 });
    const overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(overflow).toBe(0);
    await page.screenshot({ path: resultFile('report-narrow.png') });
  });

  test('asks for nothing, and breaks no policy', () => {
    expect(trouble).toEqual({ requests: [], messages: [], dialogs: [] });
  });

  test('shows the verdict where no script runs', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto(`file://${given.place.path('report.html')}`);
    expect(await plain.locator('h2').allTextContents()).toEqual(['✓ This log verifies']);
    expect(await plain.locator('main').textContent()).toContain('18 batches, 5 identities');
    await context.close();
  });
});
