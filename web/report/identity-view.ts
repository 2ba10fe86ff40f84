import type { ReportIdentity } from '../../src/report/report-identity.ts';
import { type Child, h } from './dom.ts';
import { identityDetail } from './identity-detail.ts';
import { opening } from './opening.ts';
import { PagedList } from './paged-list.ts';
import type { ReportIndex } from './report-index.ts';
import { timeline, timelineAxis, timelineLegend } from './timeline.ts';
import { badge, code, counted, foreign, shortId, thresholdWords } from './words.ts';

function verdictBadge({ verdict, abandoned }: ReportIdentity): readonly Child[] {
  const words =
    verdict === 'valid'
      ? badge('good', 'valid')
      : badge('bad', verdict === 'invalid' ? 'invalid' : 'duplicitous');
  return abandoned ? [words, badge('warn', 'abandoned')] : [words];
}

function heading(index: ReportIndex, identity: ReportIdentity): readonly Child[] {
  const { aid, roles, publicKeys, threshold, events } = identity;
  const name = index.nameOf(aid);
  return [
    h(
      'span',
      { class: 'who' },
      h('strong', {}, foreign(name)),
      name === shortId(aid) ? undefined : code(shortId(aid)),
    ),
    h(
      'span',
      { class: 'badges' },
      ...verdictBadge(identity),
      ...roles.map((role) => badge('plain', role)),
    ),
    h(
      'span',
      { class: 'quiet' },
      `keys ${thresholdWords(threshold, publicKeys.length)}, ${counted(events, 'event')}`,
    ),
    timeline(identity, index.report.log.batches),
  ];
}

function textOf(index: ReportIndex, identity: ReportIdentity): string {
  const { aid, labels, roles, verdict, publicKeys, said, delegator, devices: own } = identity;
  const names = own.map(({ name }) => name);
  return [
    index.nameOf(aid),
    aid,
    ...labels,
    ...roles,
    verdict,
    ...publicKeys,
    said,
    delegator ?? '',
    ...names,
  ].join(' ');
}

function lastPosition({ establishments: all, interactions }: ReportIdentity): number {
  return Math.max(all.at(-1)?.position ?? 0, interactions.at(-1) ?? 0);
}

/** The identifiers of the log, each with its timeline. */
export function identityList(index: ReportIndex): PagedList<ReportIdentity> {
  const { identities } = index.report;
  const roles = [...new Set(identities.flatMap((one) => one.roles))];
  return new PagedList<ReportIdentity>({
    id: 'identities',
    noun: ['identity', 'identities'],
    items: identities,
    perPage: 25,
    placeOf: ({ aid }) => `identity-${aid}`,
    textOf: (identity) => textOf(index, identity),
    filters: [
      {
        label: 'Role',
        options: roles.map((role) => [role, (one) => one.roles.includes(role)] as const),
      },
      {
        label: 'Only',
        options: [
          ['not valid', ({ verdict }) => verdict !== 'valid'],
          ['rotated', ({ establishments: all }) => all.length > 1],
          [
            'a key missing at an event',
            ({ establishments: all }) =>
              all.some(({ keys }) => keys.some(({ part }) => part === 'missing')),
          ],
          [
            'with a revoked device',
            ({ devices: own }) => own.some(({ standing }) => standing === 'revoked'),
          ],
          ['superseded events', ({ superseded }) => superseded.length > 0],
          ['abandoned', ({ abandoned }) => abandoned],
        ],
      },
    ],
    orders: [
      { words: 'as they entered', compare: () => 0 },
      { words: 'latest event', compare: (a, b) => lastPosition(b) - lastPosition(a) },
      { words: 'most events', compare: (a, b) => b.events - a.events },
      {
        words: 'most rotations',
        compare: (a, b) => b.establishments.length - a.establishments.length,
      },
      { words: 'name', compare: (a, b) => index.nameOf(a.aid).localeCompare(index.nameOf(b.aid)) },
    ],
    show: (shown, isOpen) =>
      h(
        'div',
        {},
        timelineAxis(index.report.log.batches),
        h(
          'ul',
          { class: 'openings' },
          ...shown.map((identity) =>
            h(
              'li',
              {},
              opening(
                `identity-${identity.aid}`,
                heading(index, identity),
                () => identityDetail(index, identity),
                isOpen,
              ),
            ),
          ),
        ),
      ),
  });
}

/** What the signs of the timelines mean. */
export function legend(): HTMLElement {
  return h(
    'p',
    { class: 'legend' },
    ...timelineLegend().map(([sign, words]) => h('span', {}, sign, words)),
  );
}
