/**
 * `npm run build && node test/bench/audit-report.mjs`: the report of a log of 5,000 batches and 500 identities of three
 * keys each, with a rotation at every fourth event, 200 skills and 600 statements. How long it takes to make and to show,
 * and how large it is. `--batches N` and `--identities N` measure less or more, `--keep FILE` keeps the report.
 */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { digestText } from '../../dist/src/cesr/digest.js';
import {
  audit,
  BatchNotes,
  makeReport,
  nativeCrypto,
  nodeHost,
  openLog,
  reportPage,
} from '../../dist/src/index.js';
import { commit } from './committing.mjs';
import { keyEvents } from './key-event-log.mjs';
import { writeLongLog } from './long-log.mjs';
import { median } from './rounds.mjs';
import { inception, signerOf } from './signers.mjs';
import { audit as auditOf, skillOf } from './trust-log.mjs';

const SKILLS = 200;
/** That the files are safe to read: what it says does not matter here. */
const CRITERION = digestText(nativeCrypto, new TextEncoder().encode('safe'));
const ROUNDS = 3;
const PARTS = path.resolve(import.meta.dirname, '../../dist/web/report');
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

const { values: options } = parseArgs({
  options: {
    batches: { type: 'string', default: '5000' },
    identities: { type: 'string', default: '500' },
    keep: { type: 'string' },
  },
});

/** One event in each batch, of so many identities in turn. */
function* boardsInTurn(identities) {
  const logs = Array.from({ length: identities }, (_, index) =>
    keyEvents({ label: `board ${index}`, keyCount: 3, required: 2, rotationEvery: 4 }),
  );
  for (let sn = 0; ; sn++) for (const log of logs) yield { sn, ...log.next().value };
}

/** Three identities with one key; one releases skills, two audit them. Gives how many batches that took. */
async function writeSkills(dir) {
  const log = openLog(nodeHost({ fsync: false }), dir);
  const before = log.contents.batches;
  const labels = ['publisher', 'first auditor', 'second auditor'];
  const signers = labels.map(signerOf);
  const [publisher, ...auditors] = await commit(log, labels.map(inception), signers);
  const skills = Array.from({ length: SKILLS }, (_, n) => skillOf(n));
  for (let from = 0; from < SKILLS; from += 50) {
    const some = skills.slice(from, from + 50);
    const release = ({ manifest, sha256 }) => ({ type: 'release', manifest, sha256, version: '1' });
    await commit(log, [{ kind: 'seal', aid: publisher, bodies: some.map(release) }], signers);
    const about = some.map((skill) => auditOf(skill, [CRITERION]));
    const audits = auditors.map((aid) => ({ kind: 'seal', aid, bodies: about }));
    await commit(log, audits, signers);
  }
  log.store.close();
  return log.contents.batches - before;
}

/** Processor seconds of a step, and what it came to. */
function spent(run) {
  const before = process.cpuUsage();
  const value = run();
  const { user, system } = process.cpuUsage(before);
  return { value, seconds: (user + system) / 1e6 };
}

/** An audit from nothing as it is, then with notes, the report and its page. */
function reporting(dir) {
  const host = nodeHost();
  const plain = spent(() => audit(host, dir));
  const notes = new BatchNotes();
  let contents;
  const noted = spent(() =>
    audit(host, dir, {
      onChecked: (batch) => notes.add(batch),
      recall: (verified) => {
        contents = verified;
        return { known: false, alarms: [], notes: [] };
      },
    }),
  );
  const terms = { source: dir, madeBy: 'gitkel', madeAt: 0 };
  const verified = { crypto: nativeCrypto, contents, notes };
  const made = spent(() => makeReport(noted.value, verified, terms));
  const [script, style, notices] = ['report.js', 'report.css', 'NOTICES.txt'].map((file) =>
    readFileSync(path.join(PARTS, file), 'utf8'),
  );
  const page = spent(() => reportPage(nativeCrypto, made.value, { script, style, notices }));
  return {
    audit: plain.seconds,
    auditWithNotes: noted.seconds,
    report: made.seconds,
    page: page.seconds,
    text: page.value,
  };
}

/** Milliseconds until the page shows all, and until a search, a filter and the opening of an identity are done. */
async function showing(executablePath, file) {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(`file://${file}`);
    return await page.evaluate(`(async () => {
      const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      const timed = async (run) => { const start = performance.now(); run(); await painted(); return performance.now() - start; };
      const [{ domContentLoadedEventEnd: shown }] = performance.getEntriesByType('navigation');
      const list = document.querySelector('#batches');
      const select = list.querySelector('select');
      const filtered = await timed(() => { select.value = '2'; select.dispatchEvent(new Event('change')); });
      const opened = await timed(() => { document.querySelector('#identities details').open = true; });
      const input = document.querySelector('#search');
      const start = performance.now();
      input.value = 'board rotate'; input.dispatchEvent(new Event('input'));
      while (document.querySelector('#search-result').textContent === '') await painted();
      return { shown, filtered, opened, searched: performance.now() - start };
    })()`);
  } finally {
    await browser.close();
  }
}

const executable = (process.env.PATH ?? '')
  .split(path.delimiter)
  .flatMap((directory) => BROWSERS.map((name) => path.join(directory, name)))
  .find((file) => existsSync(file));
const folder = mkdtempSync(path.join(tmpdir(), 'gitkel-bench-'));
try {
  const dir = path.join(folder, 'log');
  const skillBatches = 9;
  const boards = Number(options.identities) - 3;
  await writeLongLog(dir)(boardsInTurn(boards), Number(options.batches) - skillBatches);
  if ((await writeSkills(dir)) !== skillBatches) throw new Error('other batches than planned');
  const file = path.join(folder, 'report.html');
  const rounds = Array.from({ length: ROUNDS }, () => reporting(dir));
  writeFileSync(file, rounds[0].text);
  const shown = [];
  if (executable !== undefined)
    for (let round = 0; round < ROUNDS; round++) shown.push(await showing(executable, file));
  const middle = (all, key) => Number(median(all.map((one) => one[key])).toFixed(2));
  const measured = {
    load: loadavg(),
    processorSeconds: Object.fromEntries(
      ['audit', 'auditWithNotes', 'report', 'page'].map((step) => [step, middle(rounds, step)]),
    ),
    megabytes: Number((statSync(file).size / 1e6).toFixed(2)),
    milliseconds:
      shown.length === 0
        ? 'no browser'
        : Object.fromEntries(
            Object.keys(shown[0]).map((key) => [key, Math.round(middle(shown, key))]),
          ),
  };
  process.stdout.write(`${JSON.stringify(measured, undefined, 2)}\n`);
  if (options.keep !== undefined) copyFileSync(file, options.keep);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
