/** The measurements as tables for people, in Markdown, as `docs/benchmarks.md` shows them. */

const thousands = (value) => Math.round(value).toLocaleString('en-US');
const percent = (value) => `${(100 * value).toFixed(1)} %`;
const milliseconds = (seconds) => (1000 * seconds).toFixed(2);

function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [first, ...others] = cells.map(line);
  return [first, rule, ...others].join('\n');
}

function verificationTable({ events, signatures, contestants }) {
  const title = `${signatures} signature${signatures === 1 ? '' : 's'} per event, ${thousands(events)} events`;
  const rows = contestants.map(({ name, perCpuSecond, perSecond, ratio, ratios }) => [
    name,
    thousands(perCpuSecond),
    thousands(perSecond),
    ratio.toFixed(3),
    `${ratios[0].toFixed(3)} to ${ratios.at(-1).toFixed(3)}`,
  ]);
  const head = ['', 'events per CPU second', 'per second', 'to bare', 'least to most'];
  return `${title}\n\n${table(head, rows)}`;
}

function auditRow(name, { batches, signatures, perSecond, perCpuSecond, signatureShare }) {
  const rates = [thousands(perCpuSecond), thousands(perSecond)];
  return [name, thousands(batches), thousands(signatures), ...rates, percent(signatureShare)];
}

function logTables({ append, audits }) {
  const appending = table(
    ['append and read back', 'median', 'first 100', 'last 100', 'per second'],
    [
      [
        'milliseconds for a batch',
        milliseconds(append.median),
        milliseconds(append.first),
        milliseconds(append.last),
        thousands(append.perSecond),
      ],
    ],
  );
  const auditing = table(
    ['audit', 'batches', 'signatures', 'batches per CPU second', 'per second', 'in signatures'],
    audits.map(({ name, ...rates }) => auditRow(name, rates)),
  );
  return `${appending}\n\n${auditing}`;
}

/** All measurements as Markdown. */
export function report({ machine, verification, log, startUp }) {
  const { cpu, cores, node, openssl, load } = machine;
  return [
    `${cpu}, ${cores} cores, Node ${node} (OpenSSL ${openssl}), load ${load.map((each) => each.toFixed(1)).join(' ')}`,
    ...verification.map(verificationTable),
    logTables(log),
    table(
      ['start', 'milliseconds'],
      startUp.map(({ name, milliseconds: taken }) => [name, taken.toFixed(0)]),
    ),
  ].join('\n\n');
}
