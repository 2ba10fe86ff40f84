/**
 * The files that follow from the code.
 * @module
 */
import { answersSchema } from './answers.mjs';

/** Each generated file, and its text. Needs the built program. */
export async function referenceFiles() {
  return [['schemas/answers-1.json', answersSchema()]];
}
