/**
 * Letters that look like others: of two scripts in one word, or in the forms that Unicode has for mathematics and for wide
 * columns.
 * @module
 */
import { isPrintableAscii } from '../base/bytes.ts';
import type { Spotted } from './finding.ts';
import { harmlessText } from './harmless-text.ts';
import { bytePositions } from './lenient-text.ts';
import type { ScanPart } from './scan-part.ts';

/** Letters of Cyrillic, Greek and Armenian that look like one of Latin. */
const LOOKALIKES: ReadonlySet<string> = new Set(
  'АВЕЅІЈКМНОРСТУХҮԌԛԜаеѕіјорсухԁԝһӏҽΑΒΕΖΗΙΚΜΝΟΡΤΥΧονոսօցհ',
);
/** Words of four letters at least, in which a letter beyond ASCII stands. */
const WORD = /[\p{L}\p{M}\d_-]{4,64}/gu;
/** Names of hosts that have letters beyond ASCII. */
const HOST = /https?:\/\/([^\s/"'<>()`\\\]]{1,253})/giu;
/** Four letters in a row of the alphabets of mathematics, or wide ones in lower case. */
const STYLED =
  /[\u{1d400}-\u{1d7ff}]{4,}|[\uff41-\uff5a]{4,}|[\u249c-\u24e9\u{1f130}-\u{1f189}]{4,}/gu;

const NO_LETTER = /[^\p{L}\p{M}]+/u;

/** Whether letters of two scripts stand in one text, or only such as look like Latin ones. */
export function isMisleading(text: string): boolean {
  const letters = Array.from(text.normalize('NFC')).filter((char) => /\p{L}/u.test(char));
  if (!letters.some((char) => LOOKALIKES.has(char))) return false;
  return (
    letters.every((char) => LOOKALIKES.has(char)) || letters.some((char) => /[A-Za-z]/.test(char))
  );
}

/** Whether a word of a text mixes scripts: two letters of Latin at least, and one that looks like another. */
function isMixed(word: string): boolean {
  const latin = word.replaceAll(/[^A-Za-z]/g, '').length;
  return latin >= 2 && Array.from(word).some((char) => LOOKALIKES.has(char));
}

function* inHosts(text: string, at: (index: number) => number): Generator<Spotted> {
  for (const { index, 0: url, 1: host = '' } of text.matchAll(HOST)) {
    if (isPrintableAscii(host)) continue;
    const name = host.replace(/^[^@]*@/, '').replace(/:\d+$/, '');
    const label = name
      .split('.')
      .find((part) => isMisleading(part) || part.normalize('NFKC') !== part);
    if (label === undefined) continue;
    yield {
      rule: 'UNI-04',
      start: at(index),
      end: at(index + url.length),
      detail: `the host ${harmlessText(name)} is not the one that it looks like`,
    };
  }
}

/** UNI-04: a name of a file in letters that look like others. */
export function* misleadingName(part: ScanPart): Generator<Spotted> {
  const path = part.name
    .split('/')
    .find(
      (segment) =>
        segment.normalize('NFKC') !== segment || segment.split(NO_LETTER).some(isMisleading),
    );
  if (path !== undefined)
    yield {
      rule: 'UNI-04',
      start: 0,
      end: 0,
      detail: `the name ${harmlessText(path)} is not the one that it looks like`,
    };
}

/** UNI-04: words and hosts with letters that look like others. */
export function* mixedScripts(part: ScanPart): Generator<Spotted> {
  if (part.isAscii()) return;
  const text = part.text();
  yield* inHosts(text, bytePositions(text));
  const at = bytePositions(text);
  for (const { index, 0: word } of text.matchAll(WORD)) {
    if (isPrintableAscii(word) || !isMixed(word)) continue;
    yield {
      rule: 'UNI-04',
      start: at(index),
      end: at(index + word.length),
      detail: `${harmlessText(word)} mixes letters of two scripts`,
    };
  }
  const styledAt = bytePositions(text);
  for (const { index, 0: word } of text.matchAll(STYLED))
    yield {
      rule: 'UNI-04',
      severity: 'medium',
      start: styledAt(index),
      end: styledAt(index + word.length),
      detail: `${harmlessText(word.normalize('NFKC'))} is written in letters of another style`,
    };
}
