/**
 * The outcome of an audit on the page: the report, and the verdict as data. Every text is set as text.
 * @module
 */
import { h } from '../report/dom.ts';
import { showReport } from '../report/show-report.ts';
import type { Outcome, Trouble } from './messages.ts';

const numbers = new Intl.NumberFormat('en');

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

/** How long it took, and by what. */
function summaryOf({ verdict, signatures, verifying, whole }: Outcome): string {
  const batches = `${numbers.format(verdict.batches)} ${verdict.batches === 1 ? 'batch' : 'batches'}`;
  const by = signatures === 'webcrypto' ? 'WebCrypto and @noble' : '@noble';
  return `${batches} verified by this browser in ${seconds(verifying)} s (${seconds(whole)} s with reading), by ${by}`;
}

/** The verdict as `gitkel audit --json` gives it, written out when it is asked for. */
function asJson({ verdict }: Outcome): HTMLElement {
  const text = document.createElement('pre');
  text.tabIndex = 0;
  const details = h(
    'details',
    { class: 'page-json' },
    h('summary', {}, 'The verdict as JSON'),
    text,
  );
  details.addEventListener('toggle', () => {
    if (text.textContent === '') text.textContent = JSON.stringify(verdict, undefined, 2);
  });
  return details;
}

/** What was audited, and the way back. */
function sourceLine(name: string, summary: string, onAgain: () => void): HTMLElement {
  const again = h('button', { type: 'button', id: 'again' }, 'Audit another log');
  again.addEventListener('click', onAgain);
  return h(
    'div',
    { class: 'page-source' },
    h('p', {}, h('strong', {}, name), h('span', { class: 'page-quiet' }, summary)),
    again,
  );
}

/** Shows the report of an audit: first the verdict, then why, then what it is about. */
export function showOutcome(
  root: HTMLElement,
  outcome: Outcome,
  name: string,
  onAgain: () => void,
): void {
  root.dataset['outcome'] = outcome.verdict.state;
  const report = h('div');
  root.append(sourceLine(name, summaryOf(outcome), onAgain), report, asJson(outcome));
  showReport(report, outcome.report);
}

/** Shows what kept the page from a verdict. */
export function showTrouble(
  root: HTMLElement,
  trouble: Trouble,
  name: string,
  onAgain: () => void,
): void {
  const { code, reason, message, hint } = trouble;
  root.dataset['outcome'] = 'none';
  root.append(
    sourceLine(name, '', onAgain),
    h(
      'section',
      { class: 'page-trouble', 'aria-labelledby': 'trouble-title' },
      h('h2', { id: 'trouble-title' }, 'No verdict'),
      h('p', {}, message),
      hint === undefined ? undefined : h('p', {}, hint),
      h('p', { class: 'page-quiet' }, reason === undefined ? code : `${code}, ${reason}`),
    ),
  );
}
