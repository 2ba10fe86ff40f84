/** A log that is full of markup, audited by the page: all of it is shown as text, none of it is obeyed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { gitTestEnvironment } from '../git/support.ts';
import { CHROMIUM, NO_BROWSER, resultFile } from '../support/chromium.ts';
import { reportedLog } from '../support/reported-log.ts';
import { useTampering } from '../support/tampering.ts';
import { choose, usePages } from './browser.ts';

const IMAGE = '<img src=http://127.0.0.1:9/x onerror=alert(1)>';
const SCRIPT = `</script><script>alert('2')</script>`;
const FRAME = '<iframe srcdoc="<script>alert(3)</script>"></iframe>';

const tampering = useTampering('markup', 'open', ['create solo', 'create team', 'anchor team']);
const pages = usePages();

function bundleOf(dir: string): Uint8Array {
  const env = gitTestEnvironment();
  execFileSync('git', ['bundle', 'create', 'x.bundle', '--all'], { cwd: dir, env, stdio: 'pipe' });
  return new Uint8Array(readFileSync(path.join(dir, 'x.bundle')));
}

describe.skipIf(CHROMIUM === undefined)(`markup of a log on the page${NO_BROWSER}`, () => {
  test('is text, in what verifies and in what does not', async () => {
    const words = { runner: IMAGE, laptop: SCRIPT, note: FRAME, rule: 'rule', file: 'minutes.txt' };
    const given = await reportedLog({ ...words, reason: SCRIPT });
    const drafts = tampering().drafts();
    drafts[2]?.files.push({ path: `kel/${IMAGE.replaceAll('/', '-')}`, bytes: utf8('x') });
    const forged = await tampering().forge(drafts, true);
    const { page, complaints } = await pages.open();
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    for (const [dir, outcome, text] of [
      [given.log, 'valid', SCRIPT],
      [forged.dir, 'invalid', 'kel/<img'],
    ] as const) {
      const shown = await choose(page, `${FRAME}.bundle`, bundleOf(dir));
      expect(shown.outcome).toBe(outcome);
      // For paper everything is made and open.
      await page.emulateMedia({ media: 'print' });
      const all = (await page.locator('#result').textContent()) ?? '';
      expect(all).toContain(text);
      expect(all).toContain(FRAME);
      expect(await page.locator('#result :is(img, iframe, script, style, object, b)').count()).toBe(
        0,
      );
      const names = await page.evaluate<readonly string[]>(
        '[...new Set([...document.querySelectorAll("#result *")].flatMap((one) => one.getAttributeNames()))]',
      );
      expect(names.filter((name) => /^on|^style$|^src|^action$/.test(name))).toEqual([]);
      await page.emulateMedia({ media: 'screen' });
      await page.screenshot({ path: resultFile(`page-markup-${outcome}.png`) });
    }
    expect([dialogs, complaints.all]).toEqual([[], []]);
    given.place.remove();
  });
});
