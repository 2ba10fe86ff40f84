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

const times = ({ median, least, most }) =>
  `${median.toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})`;

function verificationTable({ events, signatures, contestants }) {
  const title = `${signatures} signature${signatures === 1 ? '' : 's'} per event, ${thousands(events)} events`;
  const references = Object.keys(contestants[0].ratios);
  const rows = contestants.map(({ name, perCpuSecond, perSecond, ratios }) => [
    name,
    thousands(perCpuSecond),
    thousands(perSecond),
    ...references.map((each) => (ratios[each] === undefined ? '' : times(ratios[each]))),
  ]);
  const head = [
    'events',
    'per CPU second',
    'per second',
    ...references.map((each) => `to ${each}`),
  ];
  return `${title}\n\n${table(head, rows)}`;
}

function auditRow(name, { batches, signatures, perSecond, perCpuSecond, signatureShare }) {
  const rates = [thousands(perCpuSecond), thousands(perSecond)];
  return [name, thousands(batches), thousands(signatures), ...rates, percent(signatureShare)];
}

function logTables({ append, audits }) {
  const { median, first, last, perSecond, syncs, syncShare } = append;
  const appending = table(
    ['append', 'milliseconds', 'first 100', 'last 100', 'per second', 'fsyncs', 'in fsync'],
    [
      [
        'one batch',
        ...[median, first, last].map(milliseconds),
        thousands(perSecond),
        syncs.toFixed(1),
        percent(syncShare),
      ],
    ],
  );
  const auditing = table(
    ['audit', 'batches', 'signatures', 'batches per CPU second', 'per second', 'in signatures'],
    audits.map(({ name, ...rates }) => auditRow(name, rates)),
  );
  return `${appending}\n\n${auditing}`;
}

const ratio = (part, whole) => (part === undefined ? 'not measured' : (part / whole).toFixed(2));

function auditTable({ batches, signatures, gitkel, singleThread, bare, gitLog }) {
  const row = (name, taken) => [name, thousands((1e3 * batches) / taken), ratio(taken, bare)];
  return table(
    [`${thousands(batches)} batches`, 'batches per second', 'times the bare signatures'],
    [
      row(`the ${thousands(signatures)} signatures alone, all threads`, bare),
      row('audit', gitkel),
      row('audit on one thread', singleThread),
      ...(gitLog === undefined ? [] : [row('git log --format=%G?', gitLog * batches)]),
    ],
  );
}

function storeTables({ audit, append, bulk, packed }) {
  const { batches, fastImport, logAlone, whole } = append;
  const { tenths, wideTenths, cpuTenths, wideCpuTenths } = append;
  const imported = [fastImport, logAlone, whole].map((each) => each?.toFixed(2) ?? 'not measured');
  const flat = (values) => (values.at(-1) / values[0]).toFixed(2);
  return [
    auditTable(audit),
    table(
      [
        `${thousands(batches)} appends without fsync, milliseconds each`,
        'git fast-import',
        'the log alone',
        'all of it',
      ],
      [['one identifier', ...imported]],
    ),
    table(
      [
        `${thousands(bulk.batches)} batches in one call, milliseconds each`,
        'without fsync',
        'with',
        'ratio',
      ],
      [['`commitAll`', ...[bulk.unsynced, bulk.synced, bulk.ratio].map((each) => each.toFixed(2))]],
    ),
    table(
      ['appends, the last tenth to the first', 'one identifier', 'each its own'],
      [
        ['ratio of medians by the clock', flat(tenths), flat(wideTenths)],
        ['ratio of processor time, all of it', flat(cpuTenths), flat(wideCpuTenths)],
      ],
    ),
    table(
      ['after gitkel gc', 'bytes per batch'],
      [
        ['one identifier', thousands(packed.deepBytes)],
        ['each its own', thousands(packed.wideBytes)],
      ],
    ),
  ];
}

function streamTable(streams) {
  const rows = streams.map((each) => [
    `${each.log}, ${thousands(each.events)} events`,
    thousands(each.perCpuSecond),
    thousands(each.perSecond),
    each.cpuRatio.toFixed(2),
    each.ratio.toFixed(2),
    `${each.megabytes.toFixed(0)} (${each.megabytesOfPart.toFixed(0)} of ${thousands(each.eventsOfPart)})`,
  ]);
  const head = [
    'stream check',
    'per CPU second',
    'per second',
    'of the bare signatures, by CPU',
    'by the clock',
    'MB',
  ];
  return table(head, rows);
}

/** All measurements as Markdown. */
export function report({
  machine,
  load,
  verification,
  log,
  store,
  startUp,
  streams = [],
  remembered,
}) {
  const { cpu, cores, node, openssl } = machine;
  const averages = (three) => three.map((each) => each.toFixed(1)).join(' ');
  return [
    `${cpu}, ${cores} cores, Node ${node} (OpenSSL ${openssl}). Load before: ${averages(load.before)}; after: ${averages(load.after)}`,
    ...verification.map(verificationTable),
    logTables(log),
    ...storeTables(store),
    ...(streams.length === 0 ? [] : [streamTable(streams)]),
    table(
      ['start', 'milliseconds'],
      startUp.map(({ name, milliseconds: taken }) => [name, taken.toFixed(0)]),
    ),
    table(
      ['with what was verified before', 'CPU milliseconds', 'milliseconds', 'MB'],
      remembered.map(({ name, cpu: used, milliseconds: taken, megabytes }) => [
        name,
        ...[used, taken, megabytes].map((each) => each.toFixed(0)),
      ]),
    ),
  ].join('\n\n');
}
