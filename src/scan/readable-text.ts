import { decodedWhole } from './lenient-text.ts';

/** Bytes of metadata as text: what stands between numbers, letters of two bytes each as one. */
export function readableText(bytes: Uint8Array): string {
  const text = decodedWhole(bytes);
  const isWide = text.length > 8 && text.split('\0').length * 3 > text.length;
  return (isWide ? text.replaceAll('\0', '') : text)
    .replaceAll(/[^\P{Cc}\t\n]+/gu, '\n')
    .replaceAll(/\n{2,}/g, '\n');
}

/** Six words of a sentence in a row. */
const SENTENCE = /(?:[\p{L}'’-]{1,24}[,.;:!?]?[ \n]+){5}[\p{L}'’-]{1,24}/u;
/** Words that speak to whoever reads, not about the picture. */
const DIRECTIVE =
  /\b(?:ignore|disregard|instructions?|you (?:must|should|are|need|will)|assistant|agents?|system prompt|execute|curl|wget|bash|sudo|secrets?|tokens?|passwords?|credentials?|api keys?|do not (?:tell|mention)|https?:\/\/\S{1,200}\.(?:sh|py|ps1))\b/i;

/** Whether a text of metadata is one that people write: sentences, or what tells somebody to do something. */
export function sentenceIn(
  text: string,
): { readonly found: string; readonly directs: boolean } | undefined {
  const plain = text.replaceAll(/[<>="]/g, ' ');
  const sentence = SENTENCE.exec(plain);
  const directs = DIRECTIVE.test(plain);
  if (sentence !== null)
    return { found: plain.slice(sentence.index, sentence.index + 200), directs };
  return undefined;
}
