/**
 * `npm run bench`: measures the built library, everything in one run. `-- --json` prints JSON instead of tables;
 * `--charts DIR` also draws them there; `--events N`, `--rounds N`, `--batches N`, `--audited N`, `--appends N` and `--long N` change how much is measured.
 * `--streamed N` also measures `gitkel stream check` of N events, which takes long.
 * `docs/benchmarks.md` explains the numbers.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { nativeCrypto } from '../../dist/src/crypto/native.js';
import { portableCrypto } from '../../dist/src/crypto/portable.js';
import { writeCharts } from './charts.mjs';
import { keyEventLog } from './key-event-log.mjs';
import { auditRate, cloneOf, writeLog } from './log-history.mjs';
import { remembered } from './remembered.mjs';
import { report } from './report.mjs';
import { measure, median } from './rounds.mjs';
import { startUp } from './start-up.mjs';
import { store } from './store.mjs';
import { streams } from './streams.mjs';
import { bare, gitkel, signify } from './verification.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    charts: { type: 'string' },
    events: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '7' },
    batches: { type: 'string', default: '2000' },
    long: { type: 'string', default: '10000' },
    audited: { type: 'string', default: '10000' },
    appends: { type: 'string', default: '2000' },
    streamed: { type: 'string', default: '0' },
  },
});
const rounds = Number(options.rounds);

function machine() {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown processor',
    cores: all.length,
    node: process.versions.node,
    openssl: process.versions.openssl,
  };
}

/** Verification from memory. JavaScript's own Ed25519 takes a hundred times as long: fewer events, fewer rounds. */
function verification(label, keyCount, required) {
  const count = Number(options.events);
  const events = keyEventLog({ label, count, keyCount, required });
  const main = measure([gitkel(nativeCrypto), bare, signify], events, {
    rounds,
    references: [bare.name, signify.name],
  });
  const few = events.slice(0, Math.ceil(count / 20));
  const [portable] = measure([gitkel(portableCrypto), bare], few, {
    rounds: 3,
    references: [bare.name],
  });
  return { log: label, events: count, signatures: required, contestants: [...main, portable] };
}

async function logOnDisk(folder) {
  const dir = path.join(folder, 'log');
  const { seconds, syncs, syncSeconds } = await writeLog(dir, Number(options.batches));
  const all = seconds.reduce((sum, each) => sum + each, 0);
  const append = {
    median: median(seconds),
    first: median(seconds.slice(0, 100)),
    last: median(seconds.slice(-100)),
    perSecond: seconds.length / all,
    syncs: syncs / seconds.length,
    syncShare: syncSeconds / all,
  };
  const clone = cloneOf(dir, path.join(folder, 'clone'));
  const audits = [{ name: 'the log as it was written', ...auditRate(dir) }];
  if (clone !== undefined) audits.push({ name: 'a clone of it', ...auditRate(clone) });
  return { append, audits };
}

async function startUps(folder) {
  const log = path.join(folder, 'short-log');
  await writeLog(log, 1);
  return startUp({ log, home: path.join(folder, 'home'), rounds: 15 });
}

const folder = mkdtempSync(path.join(tmpdir(), 'gitkel-bench-'));
try {
  await signify.ready();
  const load = { before: loadavg(), after: [] };
  const measured = {
    machine: machine(),
    load,
    verification: [verification('1-of-1', 1, 1), verification('2-of-3', 3, 2)],
    log: await logOnDisk(folder),
    store: await store(folder, {
      batches: Number(options.audited),
      appends: Number(options.appends),
    }),
    startUp: await startUps(folder),
    streams:
      Number(options.streamed) > 0
        ? streams(folder, { events: Number(options.streamed), rounds: 3 })
        : [],
    remembered: await remembered(folder, {
      batches: Number(options.long),
      devices: 1_000,
      rounds: 9,
    }),
  };
  load.after = loadavg();
  if (options.charts !== undefined) writeCharts(options.charts, measured);
  const text = options.json ? JSON.stringify(measured, undefined, 2) : report(measured);
  process.stdout.write(`${text}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
