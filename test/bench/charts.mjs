/** Which charts are made of the measurements: the images of `docs/benchmarks.md`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bars, COLOURS, lines } from './chart.mjs';

const sourceOf = ({ cpu, cores, node, openssl }) =>
  `${cpu}, ${cores} cores, Node ${node} (OpenSSL ${openssl}); npm run bench`;

function verificationChart(verification, source) {
  const groups = verification.map(({ log, signatures, contestants }) => ({
    label: `${log}: ${signatures} signature${signatures === 1 ? '' : 's'} per event`,
    rows: contestants.map(({ name, perCpuSecond }) => ({
      name,
      value: perCpuSecond,
      isPeer: !name.startsWith('gitkel'),
    })),
  }));
  const title = 'Verifying a key event log from memory';
  return bars({ title, unit: 'events per second of processor time', source, groups });
}

const taken = (rows, isPeer) =>
  rows.map(({ name, milliseconds }) => ({ name, value: milliseconds, isPeer: isPeer(name) }));

function startUpChart(startUp, source) {
  const rows = taken(startUp, (name) => name.startsWith('node'));
  const title = 'Starting and doing next to nothing';
  return bars({ title, unit: 'milliseconds, whole process', source, groups: [{ rows }] });
}

/** The first rows are the audits from nothing, of another order of magnitude than what follows them. */
function rememberedChart([, , ...afterwards], source) {
  const rows = taken(afterwards, (name) => name.endsWith('--version'));
  const title = 'Commands where all that is old was verified before';
  return bars({ title, unit: 'milliseconds, whole process', source, groups: [{ rows }] });
}

function auditChart({ batches, gitkel, singleThread, bare, gitLog }, source) {
  const rate = (milliseconds) => (1000 * batches) / milliseconds;
  const rows = [
    { name: 'its signatures alone, crypto.verify', value: rate(bare), isPeer: true },
    { name: 'gitkel audit', value: rate(gitkel) },
    { name: 'gitkel audit, one thread', value: rate(singleThread) },
    { name: 'git log --format=%G?', value: 1000 / gitLog, isPeer: true },
  ];
  const title = `Auditing a log of ${batches.toLocaleString('en-US')} batches from nothing`;
  return bars({ title, unit: 'batches (commits) per second', source, groups: [{ rows }] });
}

function appendChart({ batches, tenths, wideTenths }, source) {
  return lines({
    title: 'Appending while the log grows',
    unit: 'milliseconds per batch without fsync, median of each tenth',
    along: 'batches in the log',
    length: batches,
    source,
    series: [
      { name: 'all to one identifier', colour: COLOURS.own, values: tenths },
      { name: 'each to one of its own', colour: COLOURS.other, values: wideTenths },
    ],
  });
}

/** The charts by file name, as SVG text. Those of the store are left out where it was not measured. */
export function charts({ machine, verification, startUp, remembered, store }) {
  const source = sourceOf(machine);
  const always = {
    'verification.svg': verificationChart(verification, source),
    'start-up.svg': startUpChart(startUp, source),
    'remembered.svg': rememberedChart(remembered, source),
  };
  if (store === undefined) return always;
  return {
    ...always,
    'audit.svg': auditChart(store.audit, source),
    'append.svg': appendChart(store.append, source),
  };
}

/** Writes them into a folder, which is made where there is none. */
export function writeCharts(folder, measured) {
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of Object.entries(charts(measured)))
    writeFileSync(path.join(folder, name), svg);
}
