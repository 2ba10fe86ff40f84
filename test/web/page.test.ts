/** The page that audits, in a browser: what it says of logs that are whole, changed, malformed or full of markup. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import type { AuditVerdict } from '../../src/index.ts';
import { gitTestEnvironment } from '../git/support.ts';
import { zipOfEntries } from '../skills/making.ts';
import { runBinary } from '../support/binary.ts';
import { serve } from '../support/git-server.ts';
import type { BatchDraft } from '../support/tampered-log.ts';
import { CHROMIUM, NO_BROWSER, resultFile } from '../support/chromium.ts';
import { useTampering } from '../support/tampering.ts';
import { again, choose, shown, usePages, verdictOf } from './browser.ts';

const tampering = useTampering('page', 'open', [
  'create solo',
  'create team',
  'create weighted',
  'rotate team',
  'admit solo',
  'anchor solo',
  'anchor team',
  'rotate solo',
  'anchor team',
]);
const pages = usePages();

function git(dir: string, ...args: readonly string[]): void {
  execFileSync('git', [...args], { cwd: dir, env: gitTestEnvironment(), stdio: 'pipe' });
}

/** A repository as a bundle, by stock git. */
function bundleOf(dir: string): Uint8Array {
  const file = path.join(path.dirname(dir), 'log.bundle');
  git(dir, 'bundle', 'create', file, '--all');
  return new Uint8Array(readFileSync(file));
}

/** A directory as a zip file, below a name. */
function zipOf(dir: string, name: string): Uint8Array {
  const found = readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted();
  return zipOfEntries(
    found.map((file) => {
      const place = path.join(dir, file);
      const isDirectory = statSync(place).isDirectory();
      return isDirectory
        ? { name: `${name}/${file}/`, mode: 0o40755 }
        : { name: `${name}/${file}`, content: new Uint8Array(readFileSync(place)) };
    }),
  );
}

/** What the command line says of a repository, without what only a home can tell. */
async function verdictHere(dir: string): Promise<AuditVerdict> {
  // A home of its own: what it remembers of one log would speak against the next.
  const home = mkdtempSync(path.join(path.dirname(dir), 'home-'));
  const { stdout } = await runBinary(['audit', dir, '--json', '--home', home]);
  const { freshness, since, ...verdict } = JSON.parse(stdout) as AuditVerdict & {
    readonly since: unknown;
  };
  expect([freshness, since]).toBeDefined();
  return verdict;
}

function at(drafts: readonly BatchDraft[], position: number): BatchDraft {
  const draft = drafts[position];
  if (draft === undefined) throw new Error(`there is no batch ${position}`);
  return draft;
}

/** The same bytes with the last letter of a text changed. */
function changed(bytes: Uint8Array, text: string): Uint8Array {
  const all = Buffer.from(bytes).toString('latin1');
  const end = all.indexOf(text) + text.length;
  if (end < text.length) throw new Error(`${text} is not there`);
  const letter = all[end] === 'A' ? 'B' : 'A';
  return new Uint8Array(
    Buffer.from(`${all.slice(0, end)}${letter}${all.slice(end + 1)}`, 'latin1'),
  );
}

function fileOf(draft: BatchDraft, beginning: string): { bytes: Uint8Array } {
  const file = draft.files.find(({ path: name }) => name.startsWith(beginning));
  if (file === undefined) throw new Error(`no file begins with ${beginning}`);
  return file;
}

function renumbered(drafts: readonly BatchDraft[]): BatchDraft[] {
  return drafts.map((draft, number) => ({ ...draft, number }));
}

interface Tampered {
  readonly what: string;
  readonly make: (drafts: BatchDraft[]) => readonly BatchDraft[];
  /** Whether the committers lend their keys. */
  readonly resigned: boolean;
  readonly position: number;
}

const TAMPERED: readonly Tampered[] = [
  {
    what: 'a byte of an event is another one',
    make: (drafts) => {
      const file = fileOf(at(drafts, 3), 'kel/');
      file.bytes = changed(file.bytes, '"k":["D');
      return drafts;
    },
    resigned: true,
    position: 3,
  },
  {
    what: 'a record says something else',
    make: (drafts) => {
      const file = fileOf(at(drafts, 4), 'records/');
      file.bytes = changed(file.bytes, '"writers":["E');
      return drafts;
    },
    resigned: true,
    position: 4,
  },
  {
    what: 'a batch is dropped',
    make: (drafts) => renumbered(drafts.filter(({ number }) => number !== 3)),
    resigned: true,
    position: 5,
  },
  {
    what: 'the signature of a commit is forged',
    make: (drafts) => {
      at(drafts, 6).resigned = true;
      at(drafts, 6).signer = at(drafts, 1).signer;
      at(drafts, 6).seconds += 1;
      at(drafts, 6).signer = tampering().long.nextKeys('team')[0] ?? '';
      return drafts;
    },
    resigned: false,
    position: 6,
  },
  {
    what: 'two batches are in another order',
    make: (drafts) => {
      const [first, second] = [at(drafts, 7), at(drafts, 8)];
      return renumbered([...drafts.slice(0, 5), second, at(drafts, 5), at(drafts, 6), first]);
    },
    resigned: true,
    position: 5,
  },
  {
    what: 'a batch is appended by somebody who may not commit',
    make: (drafts) => {
      const last = at(drafts, 8);
      const { committer, signer, name, email } = tampering().after([], 'weighted');
      return [...drafts.slice(0, 8), { ...last, committer, signer, name, email }];
    },
    resigned: true,
    position: 8,
  },
];

describe.skipIf(CHROMIUM === undefined)(`the page${NO_BROWSER}`, () => {
  test('audits an honest bundle as the command line does, and complains of nothing', async () => {
    const { dir } = tampering().long;
    const { page, complaints } = await pages.open();
    const { outcome, text } = await choose(page, 'log.bundle', bundleOf(tampering().copy()));
    expect(text).toContain('consistent, identity not pinned');
    expect(outcome).toBe('valid');
    await page.screenshot({ path: resultFile('page-honest.png') });
    const expected = await verdictHere(dir);
    expect(await verdictOf(page)).toEqual(expected);
    await again(page);
    await page.click('details.page-known > summary');
    await page.check('#noble');
    const alone = await choose(page, 'log.bundle', bundleOf(tampering().copy()));
    expect(alone.text).toContain(', by @noble');
    expect(await verdictOf(page)).toEqual(expected);
    expect(complaints.all).toEqual([]);
  });

  test('says of each changed bundle what is wrong and where, as the command line does', async () => {
    const { page, complaints } = await pages.open();
    for (const { what, make, resigned, position } of TAMPERED) {
      const { dir } = await tampering().forge(make(tampering().drafts()), resigned);
      const expected = await verdictHere(dir);
      expect([what, expected.state, expected.findings[0]?.position]).toEqual([
        what,
        'invalid',
        position,
      ]);
      const { outcome, text } = await choose(page, `${what}.bundle`, bundleOf(dir));
      expect([what, outcome]).toEqual([what, 'invalid']);
      await page.evaluate('scrollTo(0, 0)');
      await page.screenshot({ path: resultFile(`page-changed-${position}.png`) });
      expect(text).toContain(expected.reason);
      expect(text).toContain(`\t${position}\t`);
      expect(await verdictOf(page)).toEqual(expected);
    }
    expect(complaints.all).toEqual([]);
  });

  test('audits a zipped bare clone', async () => {
    const dir = tampering().copy();
    const { page } = await pages.open();
    const { outcome } = await choose(page, 'log.zip', zipOf(dir, 'log.git'));
    expect(outcome).toBe('valid');
    expect(await verdictOf(page)).toEqual(await verdictHere(dir));
  });

  test('audits a URL that lets pages read it, and explains one that does not', async () => {
    const dir = tampering().copy();
    const { page, complaints } = await pages.open();
    for (const forPages of [true, false]) {
      const url = await serve(path.dirname(dir), forPages);
      await page.fill('#url', `${url}/log`);
      await page.keyboard.press('Enter');
      const { outcome, text } = await shown(page);
      expect(outcome).toBe(forPages ? 'valid' : 'none');
      if (!forPages) expect(text).toContain('CORS');
      await again(page);
    }
    expect(complaints.all.filter((words) => words.startsWith('policy'))).toEqual([]);
  });

  test('answers while a server does not, and lets go of it', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const { page } = await pages.open();
    await page.fill('#url', `http://127.0.0.1:${port}/log.git`);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await page.locator('#file').isVisible()).toBe(true);
    expect(await page.locator('#work').isVisible()).toBe(false);
    expect(await choose(page, 'log.bundle', bundleOf(tampering().copy()))).toMatchObject({
      outcome: 'valid',
    });
    server.closeAllConnections();
    server.close();
  });

  test('holds a log against what the user knows from elsewhere', async () => {
    const bundle = bundleOf(tampering().copy());
    const { logId } = tampering().long.log.contents.genesis ?? {};
    const { page } = await pages.open();
    await page.click('details.page-known > summary');
    await page.fill('#expect-log', logId ?? '');
    expect(await choose(page, 'log.bundle', bundle)).toMatchObject({ outcome: 'valid' });
    await again(page);
    await page.fill('#expect-log', `${logId?.slice(0, -1)}x`);
    const { outcome, text } = await choose(page, 'log.bundle', bundle);
    expect([outcome, text.includes('expected-log')]).toEqual(['invalid', true]);
    await again(page);
    await page.fill('#expect-aids', 'nobody');
    expect(await choose(page, 'log.bundle', bundle)).toMatchObject({ outcome: 'none' });
  });

  test('refuses what is malformed, and says what is wrong with it', async () => {
    const bundle = bundleOf(tampering().copy());
    const bomb = zipOfEntries([{ name: 'HEAD', content: new Uint8Array(8_388_608) }]);
    const inputs: readonly (readonly [name: string, bytes: Uint8Array, words: string])[] = [
      ['nothing', new Uint8Array(), 'empty'],
      ['text', utf8('<h1>hello</h1>'), 'neither a bundle nor a zip file'],
      ['cut-off', bundle.subarray(0, bundle.length - 30), 'checksum'],
      ['header', bundle.subarray(0, 40), 'ends within its header'],
      ['pack', bundle.subarray(bundle.indexOf(0x50)), 'which commit is the last'],
      ['bomb.zip', bomb, 'inflates to more than'],
      ['plain.zip', zipOfEntries([{ name: 'a', content: utf8('a') }]), 'no Git repository'],
      ['odd.zip', zipOfEntries([{ name: '../HEAD', content: utf8('a') }]), '../HEAD'],
    ];
    const { page, complaints } = await pages.open();
    for (const [name, bytes, words] of inputs) {
      const { outcome, text } = await choose(page, name, bytes);
      expect([name, outcome]).toEqual([name, 'none']);
      expect(text).toContain(words);
    }
    expect(complaints.all).toEqual([]);
  });

  test('is accessible by the rules of axe-core, and by the keyboard alone', async () => {
    const { page } = await pages.open();
    const violations = async (): Promise<readonly string[]> => {
      await page.evaluate(axe.source);
      return page.evaluate<readonly string[]>(
        'axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`))',
      );
    };
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([colorScheme, await violations()]).toEqual([colorScheme, []]);
    }
    // To the file, the URL, its button, and what is known from elsewhere.
    const reached: string[] = [];
    for (let steps = 0; steps < 5; steps++) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate<string>('document.activeElement.id || document.activeElement.tagName'),
      );
    }
    expect(reached).toEqual(['A', 'file', 'url', 'BUTTON', 'SUMMARY']);
    await choose(page, 'text', utf8('nothing'));
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect([colorScheme, await violations()]).toEqual([colorScheme, []]);
    }
    expect(await page.evaluate('document.activeElement.id')).toBe('result');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('file');
  });
});
