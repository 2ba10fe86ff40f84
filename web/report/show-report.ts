import type { AuditReport } from '../../src/report/report.ts';
import { batchList } from './batch-view.ts';
import { type Child, h, link } from './dom.ts';
import { identityList, legend } from './identity-view.ts';
import type { PagedList } from './paged-list.ts';
import { recordList } from './record-view.ts';
import { ReportIndex } from './report-index.ts';
import { skillList } from './skill-view.ts';
import { summaryView, verdictView } from './verdict-view.ts';
import { shortId } from './words.ts';

/** A part of the report that lists something. */
interface Section {
  readonly id: string;
  readonly title: string;
  readonly list: Pick<PagedList<unknown>, 'element' | 'search' | 'reveal' | 'print' | 'unprint'>;
  readonly about: readonly Child[];
}

function sectionsOf(index: ReportIndex): readonly Section[] {
  return [
    {
      id: 'identities',
      title: 'Identities',
      list: identityList(index),
      about: [
        h(
          'p',
          {},
          'Each line is one identifier along the positions of the log, from batch 0 on the left to the last one on the right. Open it for its keys, thresholds, devices and who signed.',
        ),
        legend(),
      ],
    },
    {
      id: 'skills',
      title: 'Skills',
      list: skillList(index),
      about: [
        h('p', {}, 'What was released, and who audited, vouched, answered for or revoked it.'),
      ],
    },
    {
      id: 'records',
      title: 'Records',
      list: recordList(index),
      about: [
        h(
          'p',
          {},
          'What identifiers state, sealed in their key event logs, and whether it counts as of the last batch.',
        ),
      ],
    },
    {
      id: 'batches',
      title: 'Batches',
      list: batchList(index),
      about: [
        h(
          'p',
          {},
          'One batch is one commit. Squares are keys: filled signed, half filled later, empty missing.',
        ),
      ],
    },
  ];
}

function sectionView({ id, title, list, about }: Section): HTMLElement {
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title`, tabindex: -1 }, title),
    ...about,
    list.element,
  );
}

const PAUSE = 120;

function searchField(sections: readonly Section[]): HTMLElement {
  const input = h('input', {
    id: 'search',
    type: 'search',
    name: 'search',
    'aria-describedby': 'search-result',
  });
  input.autocomplete = 'off';
  input.spellcheck = false;
  const result = h('span', { id: 'search-result', class: 'quiet', role: 'status' });
  const run = (): void => {
    const words = input.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const found = sections.map(({ title, list }) => `${title} ${list.search(words)}`);
    result.textContent = words.length === 0 ? '' : found.join(' · ');
  };
  let waiting: ReturnType<typeof setTimeout> | undefined;
  input.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(run, PAUSE);
  });
  return h(
    'div',
    { class: 'search', role: 'search' },
    h('label', { for: 'search' }, 'Search'),
    input,
    result,
  );
}

/** Brings what a link names into the document, opens it, and goes there. */
function goTo(root: HTMLElement, sections: readonly Section[], place: string): boolean {
  for (const { list } of sections) {
    const found = list.reveal(place);
    if (found === undefined) continue;
    if (found instanceof HTMLDetailsElement) found.open = true;
    found.scrollIntoView({ block: 'start' });
    found.querySelector('summary')?.focus({ preventScroll: true });
    return true;
  }
  const title = root.querySelector<HTMLElement>(`#${CSS.escape(place)}-title`);
  if (title === null) return false;
  title.scrollIntoView({ block: 'start' });
  title.focus({ preventScroll: true });
  return true;
}

function navigate(root: HTMLElement, sections: readonly Section[]): void {
  root.addEventListener('click', (event) => {
    const anchor = event.target instanceof Element ? event.target.closest('a') : null;
    const place = anchor?.getAttribute('href')?.slice(1);
    if (place === undefined || event.ctrlKey || event.metaKey) return;
    if (goTo(root, sections, place)) {
      event.preventDefault();
      history.replaceState(null, '', `#${place}`);
    }
  });
}

function preparePrint(root: HTMLElement, sections: readonly Section[]): void {
  const paper = matchMedia('print');
  let isPrinting = false;
  const print = (): void => {
    if (isPrinting) return;
    isPrinting = true;
    for (const { list } of sections) list.print();
    for (const details of root.querySelectorAll('details')) details.open = true;
  };
  const unprint = (): void => {
    if (!isPrinting) return;
    isPrinting = false;
    for (const { list } of sections) list.unprint();
  };
  paper.addEventListener('change', ({ matches }) => (matches ? print() : unprint()));
  addEventListener('beforeprint', print);
  addEventListener('afterprint', unprint);
}

/** The place that an address names; one that is no text names nothing. */
function placeOf(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return '';
  }
}

/**
 * Shows a report in an element, in place of what that holds. Whatever stands in the report is shown as text: elements,
 * attributes and links are made from fixed lists alone. Its styles are `style.css`, all below `.gitkel-report`.
 */
export function showReport(root: HTMLElement, report: AuditReport): void {
  const index = new ReportIndex(report);
  const sections = sectionsOf(index);
  root.classList.add('gitkel-report');
  root.replaceChildren(
    h(
      'header',
      { class: 'top' },
      h('p', { class: 'kind' }, 'Audit report'),
      h('h1', {}, 'Log ', shortId(report.log.id ?? 'unknown')),
    ),
    verdictView(index),
    summaryView(index),
    h(
      'div',
      { class: 'tools' },
      h(
        'nav',
        { 'aria-label': 'Parts of the report' },
        h(
          'ul',
          {},
          ...[['verdict', 'Verdict'], ...sections.map(({ id, title }) => [id, title])].map(
            ([id = '', title]) => h('li', {}, link(id, title)),
          ),
        ),
      ),
      searchField(sections),
    ),
    ...sections.map(sectionView),
    h(
      'footer',
      {},
      h(
        'p',
        {},
        `Made by ${report.madeBy}. Every claim names its commit and the command that checks it again in a clone of the log; the report itself proves nothing.`,
      ),
    ),
  );
  navigate(root, sections);
  preparePrint(root, sections);
  if (location.hash.length > 1) goTo(root, sections, placeOf(location.hash));
}
