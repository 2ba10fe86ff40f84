/**
 * The outcome of an audit as elements of the page. Every text is set as text.
 * @module
 */
import type { AidVerdict, AuditVerdict, Finding } from '../../src/audit/verdict.ts';
import type { Outcome, Trouble } from './messages.ts';

const numbers = new Intl.NumberFormat('en');

type Child = Node | string;

function element(name: string, className: string, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${numbers.format(count)} ${count === 1 ? one : many}`;
}

/** Which words stand over the verdict, and what they rest on. */
function headline({ state, identity }: AuditVerdict): readonly [title: string, mood: string] {
  if (state === 'invalid') return ['Does not verify', 'bad'];
  return identity === 'not pinned'
    ? ['Verifies: consistent, identity not pinned', 'good']
    : ['Verifies, and is the one that was expected', 'good'];
}

function placeOf({ position, commit, object, path }: Finding): readonly string[] {
  return [
    ...(position === undefined ? [] : [`batch ${position}`]),
    ...(commit === undefined ? [] : [`commit ${commit}`]),
    ...(object === undefined ? [] : [`object ${object}`]),
    ...(path === undefined ? [] : [path]),
  ];
}

function findingItem(finding: Finding): HTMLElement {
  return element(
    'li',
    'finding',
    element('code', 'reason', finding.reason),
    element('p', '', finding.detail),
    ...placeOf(finding).map((place) => element('p', 'place', place)),
  );
}

function factRow(name: string, value: string): readonly HTMLElement[] {
  return [element('dt', '', name), element('dd', '', element('code', '', value))];
}

function facts({ verdict, signatures, verifying }: Outcome): HTMLElement {
  const seconds = (verifying / 1000).toFixed(1);
  const by = signatures === 'webcrypto' ? 'WebCrypto and @noble' : '@noble';
  return element(
    'dl',
    'facts',
    ...factRow('Log', verdict.log ?? 'unknown'),
    ...factRow('Branch', verdict.ref),
    ...factRow('Last commit', verdict.tip ?? 'none'),
    ...factRow(
      'Verified',
      `${counted(verdict.batches, 'batch', 'batches')} in ${seconds} s, by ${by}`,
    ),
  );
}

function aidRow(one: AidVerdict): HTMLElement {
  const cell = (...children: readonly Child[]): HTMLElement => element('td', '', ...children);
  return element(
    'tr',
    '',
    cell(element('code', '', one.aid)),
    cell(one.verdict, ...one.reasons.map((reason) => element('p', 'place', reason))),
    cell(numbers.format(one.sn)),
    cell(element('code', '', one.said)),
  );
}

/** Rows that are shown at once; the rest is in the data. */
const MOST_ROWS = 200;

function identities({ aids }: AuditVerdict): HTMLElement {
  const head = element(
    'tr',
    '',
    ...['Identity', 'Verdict', 'Event', 'SAID'].map((text) => element('th', '', text)),
  );
  const shown = aids.slice(0, MOST_ROWS);
  return element(
    'section',
    'card',
    element('h3', '', counted(aids.length, 'identity', 'identities')),
    element(
      'div',
      'scroll',
      element('table', '', element('thead', '', head), element('tbody', '', ...shown.map(aidRow))),
    ),
    ...(aids.length > MOST_ROWS
      ? [element('p', '', `and ${numbers.format(aids.length - MOST_ROWS)} more`)]
      : []),
  );
}

/** The verdict as `gitkel audit --json` gives it, written out when it is asked for. */
function asJson(verdict: AuditVerdict): HTMLElement {
  const text = element('pre', 'json');
  const details = element(
    'details',
    'card as-json',
    element('summary', '', 'The verdict as JSON'),
    text,
  );
  details.addEventListener('toggle', () => {
    if (text.textContent === '') text.textContent = JSON.stringify(verdict, undefined, 2);
  });
  return details;
}

/** Shows a verdict: first what it is, then why, then what it is about. */
export function showOutcome(root: HTMLElement, outcome: Outcome, name: string): void {
  const { verdict } = outcome;
  const [title, mood] = headline(verdict);
  root.append(
    element(
      'section',
      `card verdict ${mood}`,
      element('p', 'source', name),
      element('h2', '', title),
      ...(verdict.findings.length === 0
        ? []
        : [element('ol', 'findings', ...verdict.findings.map(findingItem))]),
      ...verdict.notes.map((note) => element('p', 'note', note)),
      facts(outcome),
    ),
    identities(verdict),
    asJson(verdict),
  );
}

/** Shows what kept the page from a verdict. */
export function showTrouble(root: HTMLElement, trouble: Trouble, name: string): void {
  root.append(
    element(
      'section',
      'card verdict none',
      element('p', 'source', name),
      element('h2', '', 'No verdict'),
      element('p', 'message', trouble.message),
      ...(trouble.hint === undefined ? [] : [element('p', 'hint', trouble.hint)]),
      element(
        'p',
        'place',
        trouble.reason === undefined ? trouble.code : `${trouble.code}, ${trouble.reason}`,
      ),
    ),
  );
}
