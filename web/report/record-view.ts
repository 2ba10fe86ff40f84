import type { ReportRecord } from '../../src/report/report.ts';
import { type Child, facts, h } from './dom.ts';
import { opening } from './opening.ts';
import { PagedList } from './paged-list.ts';
import { claimOf, type ReportIndex } from './report-index.ts';
import { badge, code, foreign } from './words.ts';

function heading({ type, title, counts, position }: ReportRecord): readonly Child[] {
  return [
    h('span', { class: 'who' }, foreign(title)),
    h(
      'span',
      { class: 'badges' },
      badge('plain', type),
      badge(counts ? 'good' : 'warn', counts ? 'counts' : 'does not count'),
    ),
    h('span', { class: 'quiet' }, `batch ${position}`),
  ];
}

function content(index: ReportIndex, record: ReportRecord): HTMLElement {
  const { said, issuer, controller, sn, position, commit, details, why } = record;
  return h(
    'div',
    { class: 'inside' },
    facts(
      ['Standing', foreign(why)],
      ['Sealed by', [index.aid(issuer), ` event ${sn}, batch `, index.batch(position)]],
      ['In the name of', controller === issuer ? undefined : index.aid(controller)],
      ...details.map(([label, value]) => [label, foreign(value)] as const),
      ['Record', code(said)],
      ['Check', claimOf(commit, said)],
    ),
  );
}

/** The records of the log: what its identifiers state. */
export function recordList(index: ReportIndex): PagedList<ReportRecord> {
  const { records } = index.report;
  const types = [...new Set(records.map(({ type }) => type))].toSorted();
  return new PagedList<ReportRecord>({
    id: 'records',
    noun: ['record', 'records'],
    items: records,
    perPage: 25,
    placeOf: ({ said }) => `record-${said}`,
    textOf: ({ said, type, title, issuer, controller, commit, details, why }) =>
      [
        said,
        type,
        title,
        issuer,
        controller,
        index.nameOf(issuer),
        commit,
        why,
        ...details.flat(),
      ].join(' '),
    filters: [
      { label: 'Type', options: types.map((type) => [type, (one) => one.type === type] as const) },
      {
        label: 'Standing',
        options: [
          ['counts', ({ counts }) => counts],
          ['does not count', ({ counts }) => !counts],
        ],
      },
    ],
    orders: [
      { words: 'oldest first', compare: () => 0 },
      { words: 'newest first', compare: (a, b) => b.position - a.position },
    ],
    show: (shown, isOpen) =>
      h(
        'ul',
        { class: 'openings' },
        ...shown.map((record) =>
          h(
            'li',
            {},
            opening(`record-${record.said}`, heading(record), () => content(index, record), isOpen),
          ),
        ),
      ),
  });
}
