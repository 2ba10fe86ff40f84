import type { ReportBatch, ReportEvent } from '../../src/report/report.ts';
import { type Child, facts, h, table } from './dom.ts';
import { opening } from './opening.ts';
import { PagedList } from './paged-list.ts';
import { claimOf, type ReportIndex } from './report-index.ts';
import { partsOf, signatories } from './signatories.ts';
import { badge, code, counted, EVENT_WORDS, foreign, indexList, shortId, timeOf } from './words.ts';

function isMultiSig({ keys }: ReportEvent): boolean {
  return keys > 1;
}

function missing(event: ReportEvent): readonly number[] {
  return partsOf(event).flatMap((part, index) => (part === 'missing' ? [index] : []));
}

function heading(
  index: ReportIndex,
  { position, subject, events, committer }: ReportBatch,
): readonly Child[] {
  const multi = events.filter(isMultiSig).slice(0, 3);
  return [
    h('span', { class: 'number' }, String(position)),
    h('span', { class: 'who' }, foreign(subject)),
    h(
      'span',
      { class: 'badges' },
      ...multi.map((event) => signatories(event.threshold, partsOf(event))),
    ),
    h('span', { class: 'quiet' }, 'by ', foreign(index.nameOf(committer))),
  ];
}

function eventRow(index: ReportIndex, event: ReportEvent): readonly Child[] {
  const { aid, sn, type, said, threshold, witnesses, superseded } = event;
  const gone = superseded ? [' ', badge('warn', 'superseded')] : [];
  return [
    h('span', {}, `${sn} ${EVENT_WORDS[type] ?? type}`, ...gone),
    index.aid(aid),
    signatories(threshold, partsOf(event)),
    indexList(missing(event)),
    witnesses === null ? 'none' : `${witnesses[0]} of ${witnesses[1]}, ${witnesses[2]} needed`,
    claimOf('', said),
  ];
}

function content(index: ReportIndex, batch: ReportBatch): HTMLElement {
  const { commit, payload, claimedSeconds, committer, keyIndex, files, bytes, events, records } =
    batch;
  return h(
    'div',
    { class: 'inside' },
    facts(
      ['Commit', code(commit)],
      ['Signed payload', code(payload)],
      ['Committed by', [index.aid(committer), ` with key ${keyIndex}`]],
      ['Date that the committer claims', timeOf(claimedSeconds)],
      ['Adds', `${counted(files, 'file')}, ${counted(bytes, 'byte')}`],
      [
        'Records',
        records.slice(0, 50).flatMap((said): readonly Child[] => [index.recordLink(said), ' ']),
      ],
      ['Check', claimOf('', commit)],
    ),
    events.length === 0
      ? undefined
      : table(
          'Its events: who signed, and who was missing',
          ['Event', 'Identity', 'Keys', 'Missing', 'Witnesses', 'Check'],
          events.map((event) => eventRow(index, event)),
        ),
  );
}

function textOf(index: ReportIndex, batch: ReportBatch): string {
  const { position, subject, commit, committer, events, records } = batch;
  const aids = events.flatMap(({ aid, said }) => [aid, index.nameOf(aid), said]);
  return [
    `batch ${position}`,
    subject,
    commit,
    shortId(commit),
    committer,
    index.nameOf(committer),
    ...aids,
    ...records,
  ].join(' ');
}

/** The batches of the log: what each did, and who signed it. */
export function batchList(index: ReportIndex): PagedList<ReportBatch> {
  return new PagedList<ReportBatch>({
    id: 'batches',
    noun: ['batch', 'batches'],
    items: index.report.batches,
    perPage: 25,
    placeOf: ({ position }) => `batch-${position}`,
    textOf: (batch) => textOf(index, batch),
    filters: [
      {
        label: 'Only',
        options: [
          ['multi-sig events', ({ events }) => events.some(isMultiSig)],
          [
            'a key missing',
            ({ events }) => events.some((event) => isMultiSig(event) && missing(event).length > 0),
          ],
          ['inceptions', ({ events }) => events.some(({ sn }) => sn === 0)],
          [
            'rotations',
            ({ events }) => events.some(({ type }) => type === 'rot' || type === 'drt'),
          ],
          ['records', ({ records }) => records.length > 0],
          ['superseded events', ({ events }) => events.some(({ superseded }) => superseded)],
        ],
      },
    ],
    orders: [
      { words: 'oldest first', compare: () => 0 },
      { words: 'newest first', compare: (a, b) => b.position - a.position },
    ],
    show: (shown, isOpen) =>
      h(
        'ol',
        { class: 'openings' },
        ...shown.map((batch) =>
          h(
            'li',
            {},
            opening(
              `batch-${batch.position}`,
              heading(index, batch),
              () => content(index, batch),
              isOpen,
            ),
          ),
        ),
      ),
  });
}
