import type { ReportSkill } from '../../src/report/report-skill.ts';
import { recheckStatements, recheckThing } from '../../src/report/recheck.ts';
import { type Child, facts, h, table } from './dom.ts';
import { opening } from './opening.ts';
import { PagedList } from './paged-list.ts';
import { claim, claimOf, type ReportIndex } from './report-index.ts';
import { drawSkillGraph, SkillGraph } from './skill-graph.ts';
import { badge, code, counted, foreign, shortId } from './words.ts';

/** The newest release that counts and is not revoked. */
function current(skill: ReportSkill): ReportSkill['releases'][number] | undefined {
  return skill.releases.findLast(({ counts, revokedBy }) => counts && revokedBy === null);
}

function standing(skill: ReportSkill): Child {
  const release = current(skill);
  if (skill.publisher === null) return badge('warn', 'not released here');
  if (release !== undefined) return badge('good', `released: ${release.version}`);
  return skill.releases.some(({ revokedBy }) => revokedBy !== null)
    ? badge('bad', 'revoked')
    : badge('warn', 'no release that counts');
}

function heading(index: ReportIndex, skill: ReportSkill): readonly Child[] {
  const { publisher, revocations, name } = skill;
  const against = skill.statements.filter((one) => one.against && one.counts).length;
  return [
    h(
      'span',
      { class: 'who' },
      h('strong', {}, foreign(name)),
      publisher === null ? undefined : h('span', {}, 'by ', foreign(index.nameOf(publisher))),
    ),
    h(
      'span',
      { class: 'badges' },
      standing(skill),
      ...(against === 0 ? [] : [badge('bad', counted(against, 'failed audit'))]),
      ...(revocations.length === 0
        ? []
        : [badge('warn', counted(revocations.length, 'revocation'))]),
    ),
    h(
      'span',
      { class: 'quiet' },
      `${counted(skill.releases.length, 'release')}, ${counted(skill.statements.length, 'statement')}`,
    ),
  ];
}

function countsBadge(counts: boolean, why: string): Child {
  return h(
    'span',
    {},
    badge(counts ? 'good' : 'warn', counts ? 'counts' : 'does not count'),
    ' ',
    foreign(why),
  );
}

function releases(index: ReportIndex, skill: ReportSkill): Child {
  if (skill.releases.length === 0) return undefined;
  const rows = skill.releases.map(
    ({ said, version, manifest, issuer, position, counts, why, revokedBy }): readonly Child[] => [
      h('strong', {}, foreign(version)),
      index.batch(position),
      index.aid(issuer),
      revokedBy === null
        ? countsBadge(counts, why)
        : h('span', {}, badge('bad', 'revoked'), ' by ', index.recordLink(revokedBy)),
      code(shortId(manifest)),
      claimOf(index.record(said)?.commit ?? '', said),
    ],
  );
  return table(
    'Releases',
    ['Version', 'Batch', 'Signed by', 'Standing', 'Manifest', 'Check'],
    rows,
  );
}

function statements(index: ReportIndex, skill: ReportSkill): Child {
  const said = skill.statements.map((one): readonly Child[] => [
    h('span', {}, badge(one.against ? 'bad' : 'plain', one.type), ' ', foreign(one.says)),
    index.aid(one.controller),
    index.batch(one.position),
    foreign(
      skill.releases
        .filter(({ manifest }) => manifest === one.manifest)
        .map(({ version }) => version)
        .join(', '),
    ),
    countsBadge(one.counts, one.why),
    h(
      'span',
      {},
      index.recordLink(one.said),
      ' ',
      claimOf(index.record(one.said)?.commit ?? '', one.said),
    ),
  ]);
  const revoked = skill.revocations.map((one): readonly Child[] => [
    h('span', {}, badge('bad', 'revocation'), ` of a ${one.target}: ${one.reason}`),
    index.aid(one.controller),
    index.batch(one.position),
    foreign(
      skill.releases
        .filter((release) => one.releases.includes(release.said))
        .map(({ version }) => version)
        .join(', '),
    ),
    countsBadge(one.counts, one.why),
    h(
      'span',
      {},
      index.recordLink(one.said),
      ' ',
      claimOf(index.record(one.said)?.commit ?? '', one.said),
    ),
  ]);
  const rows = [...said, ...revoked];
  return rows.length === 0
    ? undefined
    : table('What was said of it', ['What', 'By', 'Batch', 'About', 'Standing', 'Check'], rows);
}

/** The graph as a table: the same edges, for those who do not see the picture. */
function edges(index: ReportIndex, { nodes, edges: all }: SkillGraph): HTMLElement {
  const nodeText = (id: string): Child => foreign(nodes.get(id)?.text ?? id);
  return table(
    'The same as a table: each arrow of the picture',
    ['From', 'What', 'To', 'Batch', 'Counts', 'Check'],
    all.map(({ from, words, to, position, counts, said }): readonly Child[] => [
      nodeText(from),
      foreign(words),
      nodeText(to),
      index.batch(position),
      counts ? 'yes' : 'no',
      claim('', recheckThing(said)),
    ]),
  );
}

function content(index: ReportIndex, skill: ReportSkill): HTMLElement {
  const graph = new SkillGraph(index, skill);
  const release = current(skill) ?? skill.releases.at(-1);
  const label = `Provenance of ${skill.name}: ${counted(graph.nodes.size, 'thing')} and ${counted(graph.edges.length, 'arrow')}, from publishers and auditors to releases. The table below has the same.`;
  const asTable = h(
    'details',
    { class: 'small' },
    h('summary', {}, 'The picture as a table'),
    edges(index, graph),
  );
  return h(
    'div',
    { class: 'inside' },
    facts(
      [
        'Publisher',
        skill.publisher === null ? 'nobody released it in this log' : index.aid(skill.publisher),
      ],
      [
        'Newest release',
        release === undefined
          ? undefined
          : [foreign(release.version), ' of files ', code(release.manifest)],
      ],
      [
        'Check',
        release === undefined
          ? undefined
          : claim(index.record(release.said)?.commit ?? '', recheckStatements(release.manifest)),
      ],
    ),
    h('h3', {}, 'Provenance'),
    h(
      'figure',
      {},
      drawSkillGraph(graph, label),
      h(
        'figcaption',
        {},
        '● identity, ▣ release, ✓ speaks for it, ✕ speaks against it, ⊘ revocation or revoked. Dashed: does not count. The newest releases and statements are drawn.',
      ),
    ),
    asTable,
    releases(index, skill),
    statements(index, skill),
  );
}

function textOf(index: ReportIndex, skill: ReportSkill): string {
  const { name, publisher, releases: all, statements: said, revocations } = skill;
  return [
    name,
    publisher ?? '',
    publisher === null ? '' : index.nameOf(publisher),
    ...all.flatMap(({ version, said: release, manifest }) => [version, release, manifest]),
    ...said.flatMap(({ type, says, controller }) => [type, says, index.nameOf(controller)]),
    ...revocations.map(({ reason }) => `revoked ${reason}`),
  ].join(' ');
}

/** The skills of the log, each with its provenance. */
export function skillList(index: ReportIndex): PagedList<ReportSkill> {
  const { skills } = index.report;
  const places = new Map(skills.map((skill, at) => [skill, `skill-${at}`]));
  const placeOf = (skill: ReportSkill): string => places.get(skill) ?? '';
  return new PagedList<ReportSkill>({
    id: 'skills',
    noun: ['skill', 'skills'],
    items: skills,
    perPage: 25,
    placeOf,
    textOf: (skill) => textOf(index, skill),
    filters: [
      {
        label: 'Only',
        options: [
          ['revoked', ({ revocations }) => revocations.length > 0],
          ['failed an audit', ({ statements: said }) => said.some(({ against }) => against)],
          ['never audited', ({ statements: said }) => said.every(({ type }) => type !== 'audit')],
          ['not released here', ({ publisher }) => publisher === null],
        ],
      },
    ],
    orders: [
      { words: 'as they entered', compare: () => 0 },
      { words: 'name', compare: (a, b) => a.name.localeCompare(b.name) },
      { words: 'most statements', compare: (a, b) => b.statements.length - a.statements.length },
    ],
    show: (shown, isOpen) =>
      h(
        'ul',
        { class: 'openings' },
        ...shown.map((skill) =>
          h(
            'li',
            {},
            opening(placeOf(skill), heading(index, skill), () => content(index, skill), isOpen),
          ),
        ),
      ),
  });
}
