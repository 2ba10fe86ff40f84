/**
 * `npm run bench` and `node test/bench/streams.mjs [EVENTS]`: `gitkel stream check` of long key event logs beside the
 * bare checks of the same signatures, in processes of their own that take turns, and the memory that the check takes.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { keyEventLog } from './key-event-log.mjs';
import { median } from './rounds.mjs';

const worker = path.resolve(import.meta.dirname, 'stream-worker.mjs');

function run(mode, file) {
  return JSON.parse(execFileSync(process.execPath, [worker, mode, file], { encoding: 'utf8' }));
}

/** Writes a log as a stream, and one of its first tenth. */
function writeStreams(folder, log, count) {
  const events = keyEventLog({ ...log, count });
  return [count, Math.ceil(count / 10)].map((length) => {
    const file = path.join(folder, `${log.label}-${length}.cesr`);
    const fd = openSync(file, 'w');
    for (const { wire } of events.slice(0, length)) writeSync(fd, wire);
    closeSync(fd);
    return { file, length };
  });
}

function measured(folder, log, count, rounds) {
  const [whole, part] = writeStreams(folder, log, count);
  const taken = { check: [], bare: [], part: [] };
  for (let round = 0; round < rounds; round++) {
    taken.check.push(run('check', whole.file));
    taken.bare.push(run('bare', whole.file));
    taken.part.push(run('check', part.file));
  }
  const perSecond = (runs) => count / median(runs.map(({ seconds }) => seconds));
  const megabytes = (runs) => median(runs.map((each) => each.megabytes));
  return {
    log: log.label,
    events: count,
    perSecond: perSecond(taken.check),
    perCpuSecond: count / median(taken.check.map(({ cpuSeconds }) => cpuSeconds)),
    barePerSecond: perSecond(taken.bare),
    cpuRatio: median(taken.check.map(({ cpuSeconds }, n) => taken.bare[n].cpuSeconds / cpuSeconds)),
    ratio: median(taken.check.map(({ seconds }, n) => taken.bare[n].seconds / seconds)),
    megabytes: megabytes(taken.check),
    megabytesOfPart: megabytes(taken.part),
    eventsOfPart: part.length,
  };
}

export function streams(folder, { events, rounds }) {
  return [
    { label: '1-of-1', keyCount: 1, required: 1 },
    { label: '2-of-3', keyCount: 3, required: 2 },
  ].map((log) => measured(folder, log, events, rounds));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = mkdtempSync(path.join(tmpdir(), 'gitkel-bench-'));
  try {
    const events = Number(process.argv[2] ?? '100000');
    process.stdout.write(
      `${JSON.stringify(streams(folder, { events, rounds: 3 }), undefined, 2)}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
