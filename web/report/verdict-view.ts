import type { AuditReport, ReportFinding } from '../../src/report/report.ts';
import { recheckFinding, recheckLog } from '../../src/report/recheck.ts';
import { type Child, facts, h, s, table } from './dom.ts';
import { claim, type ReportIndex } from './report-index.ts';
import { badge, code, counted, foreign, timeOf } from './words.ts';

/** A sign that tells the verdict by its form: a tick in a circle, a cross in an octagon. */
function verdictSign(isValid: boolean): SVGSVGElement {
  const frame = isValid
    ? s('circle', { cx: 32, cy: 32, r: 28, class: 'sign-frame' })
    : s('path', { d: 'M21 4H43L60 21V43L43 60H21L4 43V21Z', class: 'sign-frame' });
  const stroke = isValid ? 'M19 33L28 42L46 23' : 'M22 22L42 42M42 22L22 42';
  return s(
    'svg',
    {
      class: 'sign',
      viewBox: '0 0 64 64',
      width: 64,
      height: 64,
      role: 'img',
      'aria-label': isValid ? 'A tick: it verifies' : 'A cross: it does not verify',
    },
    frame,
    s('path', { d: stroke, class: 'sign-stroke' }),
  );
}

function findingRow(index: ReportIndex, finding: ReportFinding): readonly Child[] {
  const { reason, detail, position, commit, object, path, aid } = finding;
  return [
    code(reason),
    foreign(detail),
    position === null ? '–' : String(position),
    h(
      'span',
      {},
      ...(aid === null ? [] : [index.aid(aid), ' ']),
      ...(path === null ? [] : [foreign(path)]),
    ),
    claim(commit ?? object ?? '', recheckFinding(index.report.log, finding)),
  ];
}

function findings(index: ReportIndex): Child {
  const { verdict, omitted } = index.report;
  if (verdict.findings.length === 0) return undefined;
  return h(
    'div',
    {},
    h('h3', {}, 'Findings'),
    table(
      'What speaks against the log',
      ['Rule', 'What was found', 'Batch', 'Where', 'Check'],
      verdict.findings.map((finding) => findingRow(index, finding)),
    ),
    omitted.findings === 0 ? undefined : h('p', {}, `${omitted.findings} more are not listed.`),
  );
}

/** The verdict, why, and what was found: the first thing that a reader sees. */
export function verdictView(index: ReportIndex): HTMLElement {
  const { verdict, log } = index.report;
  const isValid = verdict.state === 'valid';
  return h(
    'section',
    { class: `verdict ${verdict.state}`, id: 'verdict', 'aria-labelledby': 'verdict-title' },
    verdictSign(isValid),
    h(
      'div',
      { class: 'verdict-words' },
      h('h2', { id: 'verdict-title' }, isValid ? 'This log verifies' : 'This log does not verify'),
      h('p', { class: 'reason' }, foreign(verdict.reason)),
      ...verdict.why.map((sentence) => h('p', {}, foreign(sentence))),
      ...verdict.notes.map((note) => h('p', {}, foreign(note))),
      h('p', {}, claim(log.tip ?? '', recheckLog(log))),
      findings(index),
    ),
  );
}

function freshness({ log }: AuditReport): readonly Child[] {
  if (log.freshness === null) return [];
  const { state, since, upstream } = log.freshness;
  const kind = state === 'fresh' ? 'good' : 'warn';
  return [
    badge(kind, state),
    ...(upstream === null ? [' its own source'] : [' ', foreign(upstream)]),
    ...(since === null ? [] : [', asked ', timeOf(since)]),
  ];
}

function admission(index: ReportIndex): readonly Child[] {
  const { log } = index.report;
  if (log.admission === null) return [];
  if (log.admission === 'open') return ['open: any identifier of the log'];
  const writers = log.writers.flatMap((aid): readonly Child[] => [', ', index.aid(aid)]);
  return ['closed: the founder', ...writers];
}

/** Which log it is, and how much there is in it. */
export function summaryView(index: ReportIndex): HTMLElement {
  const { report } = index;
  const { log, counts } = report;
  const figures: readonly (readonly [number, string, string])[] = [
    [log.batches, 'batch', 'batches'],
    [counts.identities, 'identity', 'identities'],
    [counts.events, 'key event', 'key events'],
    [counts.records, 'record', 'records'],
    [counts.skills, 'skill', 'skills'],
    [counts.linkedDevices, 'linked device', 'linked devices'],
    [counts.revokedDevices, 'revoked device', 'revoked devices'],
    [counts.duplicitous, 'duplicitous identity', 'duplicitous identities'],
  ];
  return h(
    'section',
    { id: 'summary', 'aria-labelledby': 'summary-title' },
    h('h2', { id: 'summary-title' }, 'The log'),
    h(
      'ul',
      { class: 'figures' },
      ...figures.map(([count, one, many]) =>
        h('li', {}, h('strong', {}, count.toLocaleString('en')), ` ${count === 1 ? one : many}`),
      ),
    ),
    facts(
      ['Log id', code(log.id ?? 'unknown')],
      ['Read from', foreign(log.source)],
      ['Branch', foreign(log.ref)],
      ['Last commit', log.tip === null ? undefined : code(log.tip)],
      ['Founder', log.founder === null ? undefined : index.aid(log.founder)],
      ['Who may commit', admission(index)],
      ['Freshness', freshness(report)],
      ['Made', [timeOf(report.madeAt), ` by ${report.madeBy}`]],
    ),
    omittedView(report),
  );
}

function omittedView({ omitted }: AuditReport): Child {
  const left: readonly (readonly [number, string, string])[] = [
    [omitted.batches, 'batch', 'batches'],
    [omitted.records, 'record', 'records'],
    [omitted.identities, 'identity', 'identities'],
    [omitted.skills, 'skill', 'skills'],
    [omitted.statements, 'statement about a skill', 'statements about skills'],
  ];
  const told = left
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => counted(count, one, many));
  return told.length === 0
    ? undefined
    : h(
        'p',
        {},
        badge('warn', 'Not all is listed'),
        ` ${told.join(', ')} were verified and are left out here.`,
      );
}
