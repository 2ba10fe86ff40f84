import type {
  ReportDevice,
  ReportEstablishment,
  ReportIdentity,
} from '../../src/report/report-identity.ts';
import {
  recheckDevices,
  recheckEvidence,
  recheckIdentity,
  recheckKeys,
  recheckThing,
} from '../../src/report/recheck.ts';
import { type Child, facts, h, table } from './dom.ts';
import { keyHistory } from './key-history.ts';
import { claim, claimOf, type ReportIndex } from './report-index.ts';
import { missingWords, signatories } from './signatories.ts';
import { happenings } from './timeline.ts';
import {
  badge,
  code,
  counted,
  EVENT_WORDS,
  foreign,
  indexList,
  shortId,
  thresholdWords,
} from './words.ts';

function witnessWords({ witnessing }: ReportEstablishment): string {
  if (witnessing === null) return 'none';
  const { threshold, witnesses, receipted } = witnessing;
  const missing = witnesses.flatMap((_, at) => (receipted.includes(at) ? [] : [at]));
  return `${receipted.length} of ${witnesses.length}, ${threshold} needed; missing: ${indexList(missing)}`;
}

function establishmentRow(index: ReportIndex, one: ReportEstablishment): readonly Child[] {
  const { sn, type, position, keys, threshold, nextThreshold, nextKeys, revealed, approval } = one;
  const gone =
    one.superseded === null
      ? []
      : [
          h(
            'div',
            {},
            badge(
              'warn',
              `superseded at batch ${one.superseded.position} by event ${one.superseded.sn}`,
            ),
          ),
        ];
  return [
    h('span', {}, `${sn} ${EVENT_WORDS[type] ?? type}`, ...gone),
    index.batch(position),
    signatories(
      threshold,
      keys.map(({ part }) => part),
    ),
    missingWords(keys),
    nextKeys === 0 ? 'none: abandoned' : thresholdWords(nextThreshold, nextKeys),
    revealed === null
      ? '–'
      : `${indexList(revealed.indices)} of ${revealed.of}, needs ${revealed.threshold}`,
    witnessWords(one),
    approval === null ? '–' : h('span', {}, index.aid(approval.delegator), ` event ${approval.sn}`),
    claimOf(one.commit, one.said),
  ];
}

function establishments(index: ReportIndex, { establishments: all }: ReportIdentity): HTMLElement {
  const heads = [
    'Event',
    'Batch',
    'Keys',
    'Missing',
    'Next',
    'Revealed',
    'Witnesses',
    'Approved by',
    'Check',
  ];
  return table(
    'Establishment events: who signed, and who was missing',
    heads,
    all.map((one) => establishmentRow(index, one)),
  );
}

function deviceRow(
  index: ReportIndex,
  device: ReportDevice,
  of: 'device' | 'controller',
): readonly Child[] {
  const { name, standing, linkedAt, revokedAt, supersededAt, link, capabilities } = device;
  const kind = standing === 'linked' ? 'good' : 'warn';
  return [
    foreign(name),
    index.aid(device[of]),
    badge(kind, standing),
    index.batch(linkedAt),
    revokedAt === null
      ? supersededAt === null
        ? '–'
        : index.batch(supersededAt)
      : index.batch(revokedAt),
    foreign(capabilities.join(', ')),
    claimOf(index.record(link)?.commit ?? '', link),
  ];
}

function deviceHeads(who: string): readonly string[] {
  return ['Name', who, 'State', 'Linked at', 'Ended at', 'May', 'Check'];
}

function devices(index: ReportIndex, identity: ReportIdentity): readonly Child[] {
  const own = identity.devices.map((one) => deviceRow(index, one, 'device'));
  const of = identity.deviceOf.map((one) => deviceRow(index, one, 'controller'));
  return [
    ...(own.length === 0
      ? []
      : [
          h('h3', {}, 'Devices'),
          table('Devices that act for it', deviceHeads('Device'), own),
          h('p', {}, claim('', recheckDevices(identity.aid))),
        ]),
    ...(of.length === 0
      ? []
      : [h('h3', {}, 'A device of'), table('Whom it acts for', deviceHeads('Controller'), of)]),
  ];
}

function trouble(index: ReportIndex, identity: ReportIdentity): readonly Child[] {
  const { marks, superseded, reasons } = identity;
  const markRows = marks.map(
    ({ sn, rivals, status, position, reconciledAt, evidence }): readonly Child[] => [
      String(sn),
      h('span', {}, code(shortId(rivals[0])), ' and ', code(shortId(rivals[1]))),
      badge(status === 'duplicitous' ? 'bad' : 'warn', status),
      index.batch(position),
      reconciledAt === null ? '–' : index.batch(reconciledAt),
      h('span', {}, code(shortId(evidence)), ' ', claim('', recheckEvidence())),
    ],
  );
  const goneRows = superseded.map(({ sn, type, said, position, by, records }): readonly Child[] => [
    `${sn} ${EVENT_WORDS[type] ?? type}`,
    index.batch(position),
    h('span', {}, `event ${by.sn} of batch `, index.batch(by.position)),
    records.length === 0
      ? '–'
      : foreign(records.map((one) => `${one.type}: ${one.status}`).join(', ')),
    claim('', recheckThing(said)),
  ]);
  return [
    ...(reasons.length === 0
      ? []
      : [h('ul', {}, ...reasons.map((reason) => h('li', {}, foreign(reason))))]),
    ...(markRows.length === 0
      ? []
      : [
          h('h3', {}, 'Duplicity'),
          table(
            'Proofs of two events for one place',
            ['Event', 'Signed twice', 'Standing', 'Batch', 'Reconciled at', 'Check'],
            markRows,
          ),
        ]),
    ...(goneRows.length === 0
      ? []
      : [
          h('h3', {}, 'Superseded by recovery'),
          table(
            'Events that a recovery superseded',
            ['Event', 'Batch', 'By', 'Records that it sealed', 'Check'],
            goneRows,
          ),
        ]),
  ];
}

function witnessList({ witnesses, witnessThreshold }: ReportIdentity): readonly Child[] {
  if (witnesses.length === 0) return [];
  return [
    `${witnessThreshold} of ${witnesses.length}: `,
    foreign(witnesses.map(shortId).join(', ')),
  ];
}

function identityFacts(index: ReportIndex, identity: ReportIdentity): HTMLElement {
  const { aid, publicKeys, delegator, approvalStands, nextKeys, establishments: all } = identity;
  const last = index.report.log.batches - 1;
  return facts(
    ['Identifier', code(aid)],
    ['Called by its controllers', foreign(identity.labels.map((label) => `“${label}”`).join(', '))],
    ['Last event', [`event ${identity.sn} `, code(identity.said)]],
    [
      'Keys now',
      [
        `${thresholdWords(identity.threshold, publicKeys.length)}: `,
        ...publicKeys.slice(0, 16).flatMap((key): readonly Child[] => [code(shortId(key)), ' ']),
      ],
    ],
    [
      'Next keys',
      nextKeys === 0
        ? 'none: no event can follow'
        : `${thresholdWords(identity.nextThreshold, nextKeys)}, hidden`,
    ],
    [
      'Delegated by',
      delegator === null
        ? undefined
        : [
            index.aid(delegator),
            approvalStands === true ? ', the approval stands' : ', the approval does not stand',
          ],
    ],
    ['Witnesses', witnessList(identity)],
    ['Traits', foreign(identity.traits.join(', '))],
    [
      'Registries',
      identity.registries.length === 0
        ? undefined
        : identity.registries
            .map(
              ({ registry, credentials }) =>
                `${shortId(registry)} (${counted(credentials, 'credential')})`,
            )
            .join(', '),
    ],
    ['Check', claim(all.at(-1)?.commit ?? '', recheckIdentity(identity))],
    ['Keys as of a batch', claim('', recheckKeys(aid, last))],
  );
}

/** All that the report tells of an identifier. */
export function identityDetail(index: ReportIndex, identity: ReportIdentity): HTMLElement {
  const name = index.nameOf(identity.aid);
  const events = happenings(identity).slice(-12);
  return h(
    'div',
    { class: 'inside' },
    identityFacts(index, identity),
    ...trouble(index, identity),
    h('h3', {}, 'Key and threshold history'),
    keyHistory(identity, name),
    establishments(index, identity),
    ...devices(index, identity),
    h('h3', {}, 'What happened, newest last'),
    h(
      'ol',
      { class: 'events' },
      ...events.map(({ position, words }) =>
        h('li', {}, 'batch ', index.batch(position), ': ', foreign(words)),
      ),
    ),
    identity.omitted === 0
      ? undefined
      : h('p', { class: 'quiet' }, `${identity.omitted} more are left out here.`),
  );
}
