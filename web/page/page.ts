/**
 * The page: takes a file or a URL, starts a worker with it, tells how far it is, and shows what came out. Whatever comes
 * from a log is set as text.
 * @module
 */
import {
  type Asked,
  type Outcome,
  type Source,
  type Stage,
  type Told,
  type Trouble,
} from './messages.ts';
import { showOutcome, showTrouble } from './outcome-view.ts';
import { plainText } from '../../src/report/plain-text.ts';
import { Rate } from './rate.ts';

/** The end of the address under which `gitkel web` serves the page, and the log beside it. */
const SERVED = '?log';
const SERVED_LOG = 'log.bundle';
const STAGES: { readonly [stage in Stage]: string } = {
  read: 'Reading the file',
  fetch: 'Fetching',
  index: 'Hashing every object',
  verify: 'Verifying every batch',
};
const UNITS: { readonly [stage in Stage]: string } = {
  read: 'bytes',
  fetch: 'bytes',
  index: 'objects',
  verify: 'batches',
};
const numbers = new Intl.NumberFormat('en');

function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.querySelector(`#${id}`);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${id}`);
}

const parts = {
  crypto: byId('crypto', HTMLElement),
  input: byId('input', HTMLElement),
  drop: byId('drop', HTMLElement),
  file: byId('file', HTMLInputElement),
  form: byId('url-form', HTMLFormElement),
  url: byId('url', HTMLInputElement),
  expectedLog: byId('expect-log', HTMLInputElement),
  expectedAids: byId('expect-aids', HTMLTextAreaElement),
  noble: byId('noble', HTMLInputElement),
  work: byId('work', HTMLElement),
  title: byId('work-title', HTMLElement),
  progress: byId('progress', HTMLProgressElement),
  numbers: byId('work-numbers', HTMLElement),
  cancel: byId('cancel', HTMLButtonElement),
  result: byId('result', HTMLElement),
};

/** Under the content security policy a script's address comes from one policy only; this one knows one address. */
function workerAddress(): string {
  const trustedTypes: unknown = Reflect.get(globalThis, 'trustedTypes');
  if (!hasPolicies(trustedTypes)) return 'worker.js';
  const policy = trustedTypes.createPolicy('gitkel', { createScriptURL: () => 'worker.js' });
  return policy.createScriptURL('');
}

function hasPolicies(found: unknown): found is TrustedTypes {
  return typeof found === 'object' && found !== null && 'createPolicy' in found;
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createScriptURL: () => string },
  ): { createScriptURL(text: string): string };
}

const address = workerAddress();
let running: Worker | undefined;
/** The log that is served beside the page, if there is one. */
let served: Source | undefined;
let rate = new Rate();
let stage: Stage | undefined;

function asked(source: Source): Asked {
  const aids = parts.expectedAids.value.split('\n').map((line) => line.trim());
  return {
    source,
    name: shownName(source),
    expectedLog: parts.expectedLog.value.trim(),
    expectedAids: aids.filter((line) => line !== ''),
    isNobleOnly: parts.noble.checked,
  };
}

function end(): void {
  running?.terminate();
  running = undefined;
  stage = undefined;
  parts.work.hidden = true;
}

/** Back to the question, which steps aside for an answer. */
function askAgain(): void {
  end();
  parts.result.hidden = true;
  parts.result.replaceChildren();
  parts.input.hidden = false;
  parts.file.focus();
}

/** Shows the result, and takes the keyboard and the screen reader there. */
function present(show: (root: HTMLElement) => void): void {
  end();
  parts.input.hidden = true;
  parts.result.replaceChildren();
  parts.result.hidden = false;
  show(parts.result);
  parts.result.focus({ preventScroll: true });
  parts.result.scrollIntoView({ block: 'start' });
}

function showProgress(now: Stage, done: number, total: number | undefined): void {
  if (stage !== now) {
    stage = now;
    rate = new Rate();
    // The only line that is read out: numbers are not.
    parts.title.textContent = STAGES[now];
  }
  const perSecond = rate.take(done, performance.now());
  if (total === undefined) parts.progress.removeAttribute('value');
  else {
    parts.progress.max = total;
    parts.progress.value = done;
  }
  const of = total === undefined ? '' : ` of ${numbers.format(total)}`;
  const speed = perSecond === undefined ? '' : ` · ${numbers.format(perSecond)} per second`;
  parts.numbers.textContent =
    done === 0 && total === undefined ? '' : `${numbers.format(done)}${of} ${UNITS[now]}${speed}`;
}

function showSignatures(signatures: Outcome['signatures']): void {
  parts.crypto.textContent =
    signatures === 'webcrypto'
      ? 'Ed25519: this browser’s own (WebCrypto), after it gave every known answer; keys, points and all digests: @noble'
      : 'Ed25519 and all digests: @noble, in JavaScript';
}

function hear(told: Told, source: Source): void {
  switch (told.kind) {
    case 'ready':
      showSignatures(told.signatures);
      return;
    case 'progress':
      showProgress(told.stage, told.done, told.total);
      return;
    case 'done':
      present((root) => showOutcome(root, told.outcome, shownName(source), askAgain));
      return;
    case 'failed':
      showFailure(told.trouble, source);
  }
}

function showFailure(trouble: Trouble, source: Source): void {
  present((root) => showTrouble(root, trouble, shownName(source), askAgain));
}

/** What a source is called on the page; the address of the log that is served beside it is of no use to anybody. */
function shownName(source: Source): string {
  if (source === served) return 'The log that gitkel web serves: its commits, not a working tree';
  return plainText(source.kind === 'file' ? source.file.name : source.url);
}

function start(source: Source): void {
  end();
  parts.result.hidden = true;
  parts.result.replaceChildren();
  parts.input.hidden = true;
  parts.work.hidden = false;
  showProgress(source.kind === 'file' ? 'read' : 'fetch', 0, undefined);
  const worker = new Worker(address);
  running = worker;
  worker.addEventListener('message', ({ data }: MessageEvent<Told>) => {
    if (running === worker) hear(data, source);
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    if (running !== worker) return;
    const message = `The page's worker ended: ${event.message || 'the browser does not say why'}`;
    showFailure({ code: 'internal', reason: undefined, message, hint: undefined }, source);
  });
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
  worker.postMessage(asked(source));
}

function startFile(file: File | undefined): void {
  if (file !== undefined) start({ kind: 'file', file });
}

function listen(): void {
  const { drop, file, form, url, cancel } = parts;
  file.addEventListener('change', () => startFile(file.files?.[0]));
  // The same file may be chosen again.
  file.addEventListener('click', () => {
    file.value = '';
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (url.value.trim() !== '') start({ kind: 'url', url: url.value.trim() });
  });
  cancel.addEventListener('click', askAgain);
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    startFile(event.dataTransfer?.files[0]);
  });
}

/** A log that is served beside the page is audited at once; a URL of somebody's link is only filled in. */
function fromAddress(): void {
  const { hash, search, href } = location;
  if (search === SERVED) {
    served = { kind: 'url', url: new URL(SERVED_LOG, href).href };
    start(served);
    return;
  }
  const named = new URLSearchParams(hash.slice(1)).get('url');
  if (named !== null) parts.url.value = named;
}

listen();
fromAddress();
