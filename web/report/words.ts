import { h } from './dom.ts';

/** The beginning and the end of an identifier, a digest or an object id. */
export function shortId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`;
}

/** An identifier that can be selected by one click. */
export function code(text: string): HTMLElement {
  return h('code', {}, text);
}

/** Text of others, set apart from ours and from the direction in which ours runs. */
export function foreign(text: string): HTMLElement {
  return h('span', { class: 'foreign' }, text);
}

/** `1 key`, `2 keys`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : plural}`;
}

/** A time in UTC, seconds since 1970. */
export function timeOf(seconds: number): HTMLElement {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return h('span', {}, String(seconds));
  const iso = date.toISOString();
  return h('time', { datetime: iso }, `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`);
}

/** `2 of 3`, or the weights. */
export function thresholdWords(threshold: string, keys: number): string {
  return /^\d+$/.test(threshold) ? `${threshold} of ${keys}` : threshold;
}

/** What the types of key events are called. */
export const EVENT_WORDS: Readonly<Record<string, string>> = {
  icp: 'inception',
  dip: 'delegated inception',
  rot: 'rotation',
  drt: 'delegated rotation',
  ixn: 'interaction',
};

/** `0, 2 and 3`, or a dash for none. */
export function indexList(indices: readonly number[]): string {
  if (indices.length === 0) return '–';
  return indices.length === 1
    ? String(indices[0])
    : `${indices.slice(0, -1).join(', ')} and ${indices.at(-1) ?? ''}`;
}

/** A short mark in words, told apart by its sign and its frame as well as by its colour. */
export function badge(kind: 'good' | 'bad' | 'warn' | 'plain', text: string): HTMLElement {
  const sign = { good: '✓ ', bad: '✕ ', warn: '! ', plain: '' }[kind];
  return h('span', { class: `badge ${kind}` }, `${sign}${text}`);
}
