import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPrintableAscii } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { isInception, type KeyEvent } from '../../src/keri/event.ts';
import {
  buildInception,
  buildInteraction,
  buildRotation,
  countThreshold,
  parseThresholdText,
} from '../../src/index.ts';
import { inceptionState, nextState, isRejection } from '../../src/keri/transition.ts';
import {
  type BatchRecord,
  filesProblem,
  parseRecord,
  recordMessage,
  requirementWords,
  subjectOf,
  thresholdWords,
} from '../../src/log/batch-record.ts';
import { digests, keys } from '../keri/making.ts';
import { reasonOf } from '../support/thrown.ts';

const word = fc.string({
  unit: fc.constantFrom(...Array.from('ABCdef019_-/.')),
  minLength: 1,
  maxLength: 60,
});
const whole = fc.oneof(fc.nat(), fc.maxSafeNat());
const record = fc.record<BatchRecord>({
  number: whole,
  logId: word,
  prior: word,
  committer: fc.record({ aid: word, establishment: whole, keyIndex: fc.nat() }),
  files: fc.array(fc.record({ digest: word, size: fc.nat({ max: 1_000_000 }), path: word }), {
    minLength: 1,
    maxLength: 8,
  }),
});

const GOOD: BatchRecord = {
  number: 7,
  logId: 'ELog',
  prior: 'EPrior',
  committer: { aid: 'EAid', establishment: 3, keyIndex: 1 },
  files: [
    { digest: 'EFirst', size: 12, path: 'kel/a' },
    { digest: 'ESecond', size: 0, path: 'kel/b' },
  ],
};
const MESSAGE = recordMessage('a subject', GOOD);

describe('recordMessage() and parseRecord()', () => {
  test('write the lines in one order', () => {
    expect(MESSAGE).toBe(
      'a subject\n\ngitkel-batch/1\nnumber 7\nlog ELog\nprior EPrior\ncommitter EAid 3 1\nadd EFirst 12 kel/a\nadd ESecond 0 kel/b\n',
    );
  });

  test('undo each other, whatever the subject', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), record, (subject, value) => {
        expect(parseRecord(recordMessage(subject, value))).toEqual(value);
      }),
    );
  });

  test('parseRecord() reads nothing from which the same lines would not be written', () => {
    const letter = fc.constantFrom(...Array.from('\n 0123456789-+.eEaddxf\u00e9\r\t'));
    fc.assert(
      fc.property(fc.nat({ max: MESSAGE.length - 1 }), letter, fc.boolean(), (at, char, insert) => {
        const changed = MESSAGE.slice(0, at) + char + MESSAGE.slice(insert ? at : at + 1);
        let read: BatchRecord;
        try {
          read = parseRecord(changed);
        } catch (error) {
          expect(error).toMatchObject({ name: 'GitkelError', code: 'malformed' });
          return;
        }
        expect(recordMessage(changed.slice(0, changed.indexOf('\n')), read)).toBe(changed);
      }),
      { numRuns: 500 },
    );
  });

  const lines = MESSAGE.split('\n');
  const without = (index: number): string => lines.filter((_, at) => at !== index).join('\n');
  const instead = (index: number, line: string): string =>
    lines.map((old, at) => (at === index ? line : old)).join('\n');
  test.each<[string, string, string]>([
    ['nothing', '', 'record-text'],
    ['no line feed at the end', MESSAGE.slice(0, -1), 'record-text'],
    ['a line feed more at the end', `${MESSAGE}\n`, 'record-line'],
    ['carriage returns', MESSAGE.replaceAll('\n', '\r\n'), 'record-text'],
    ['what is no ASCII', MESSAGE.replace('subject', 'subj\u00e9ct'), 'record-text'],
    ['a control character', MESSAGE.replace('subject', '\u001b[2J'), 'record-text'],
    ['no empty line', without(1), 'record-format'],
    ['two empty lines', instead(1, '\n'), 'record-format'],
    ['another format', instead(2, 'gitkel-batch/2'), 'record-format'],
    ['no number', without(3), 'record-line'],
    ['a number with a sign', instead(3, 'number -1'), 'record-line'],
    ['a number with a leading zero', instead(3, 'number 07'), 'record-line'],
    ['a number with a fraction', instead(3, 'number 7.0'), 'record-line'],
    ['a number with an exponent', instead(3, 'number 7e0'), 'record-line'],
    ['a number that is not safe', instead(3, 'number 9007199254740992'), 'record-line'],
    ['two numbers', instead(3, 'number 7 8'), 'record-line'],
    ['two spaces', instead(3, 'number  7'), 'record-line'],
    ['a space at the end', instead(3, 'number 7 '), 'record-line'],
    ['lines in another order', instead(3, 'log ELog'), 'record-line'],
    ['no log id', instead(4, 'log'), 'record-line'],
    ['an empty log id', instead(4, 'log '), 'record-line'],
    ['two prior digests', instead(5, 'prior EPrior EPrior'), 'record-line'],
    ['no committer', without(6), 'record-line'],
    ['a committer without a key index', instead(6, 'committer EAid 3'), 'record-line'],
    ['a committer whose event is hexadecimal', instead(6, 'committer EAid a 1'), 'record-line'],
    ['a file without a size', instead(7, 'add EFirst kel/a'), 'record-line'],
    ['a size that is no number', instead(7, 'add EFirst twelve kel/a'), 'record-line'],
    ['a path with a space', instead(7, 'add EFirst 12 kel/a b'), 'record-line'],
    ['another verb', instead(7, 'del EFirst 12 kel/a'), 'record-line'],
    ['no file', `${lines.slice(0, 7).join('\n')}\n`, 'record-files'],
  ])('parseRecord() refuses %s', async (_, message, reason) => {
    expect(await reasonOf(() => parseRecord(message))).toBe(reason);
  });

  test('parseRecord() refuses files beyond the bounds before anything is read', async () => {
    const line = (size: number): string => `add EFirst ${size} kel/a\n`;
    const head = `${lines.slice(0, 7).join('\n')}\n`;
    expect(parseRecord(head + line(1).repeat(LIMITS.filesPerBatch)).files).toHaveLength(
      LIMITS.filesPerBatch,
    );
    expect(await reasonOf(() => parseRecord(head + line(1).repeat(LIMITS.filesPerBatch + 1)))).toBe(
      'record-files',
    );
    expect(parseRecord(head + line(LIMITS.batchBytes - 1) + line(1)).files).toHaveLength(2);
    expect(await reasonOf(() => parseRecord(head + line(LIMITS.batchBytes) + line(1)))).toBe(
      'batch-size',
    );
    expect(await reasonOf(() => parseRecord(head + line(Number.MAX_SAFE_INTEGER).repeat(2)))).toBe(
      'batch-size',
    );
  });
});

test('filesProblem() counts files and bytes', () => {
  expect(filesProblem([])?.[0]).toBe('record-files');
  expect(filesProblem([{ size: 0 }])).toBeUndefined();
  expect(filesProblem([{ size: LIMITS.batchBytes }])).toBeUndefined();
  expect(filesProblem([{ size: LIMITS.batchBytes }, { size: 1 }])?.[0]).toBe('batch-size');
});

describe('subjectOf()', () => {
  const inception = buildInception(crypto, {
    publicKeys: keys(1, 2, 3),
    threshold: countThreshold(2),
    nextDigests: digests(4, 5, 6),
    nextThreshold: countThreshold(2),
  });
  const after = inceptionState(inception);
  const rotation = buildRotation(crypto, after, {
    publicKeys: keys(4, 5),
    threshold: parseThresholdText('1/2,1/2'),
    nextDigests: digests(7),
    nextThreshold: countThreshold(1),
  });
  const end = buildRotation(crypto, after, {
    publicKeys: keys(4, 5),
    threshold: countThreshold(2),
    nextDigests: [],
    nextThreshold: countThreshold(0),
  });
  const anchors = (count: number): KeyEvent =>
    buildInteraction(
      crypto,
      after,
      Array.from({ length: count }, (_, seal) => ({ seal })),
    );
  const who = `${inception.aid.slice(0, 12)}...`;

  test.each<[string, readonly KeyEvent[], boolean]>([
    [`create ${who} (2 of 3)`, [inception], false],
    [`open the log: create ${who} (2 of 3)`, [inception], true],
    [`rotate ${who} at 1 (1/2,1/2)`, [rotation], false],
    [`abandon ${who} at 1`, [end], false],
    [`anchor 0 seals in ${who} at 1`, [anchors(0)], false],
    [`anchor 1 seal in ${who} at 1`, [anchors(1)], false],
    [`anchor 2 seals in ${who} at 1; rotate ${who} at 1 (1/2,1/2)`, [anchors(2), rotation], false],
    [
      `anchor 1 seal in ${who} at 1; anchor 1 seal in ${who} at 1; anchor 1 seal in ${who} at 1; and 2 more`,
      Array.from({ length: 5 }, () => anchors(1)),
      false,
    ],
  ])('says: %s', (subject, events, genesis) => {
    expect(subjectOf(events, genesis)).toBe(subject);
  });

  test('is pure, short, and printable ASCII whatever the events hold', () => {
    const weights = parseThresholdText(JSON.stringify(Array.from({ length: 60 }, () => '1/60')));
    const numbers = Array.from({ length: 60 }, (_, index) => 100 + index);
    const wide = buildInception(crypto, {
      publicKeys: keys(...numbers),
      threshold: weights,
      nextDigests: digests(...numbers),
      nextThreshold: weights,
    });
    const odd = buildInteraction(crypto, after, [{ text: '\u202e\n\u001b[31m' }]);
    for (const events of [[wide], [odd], [wide, odd, wide]]) {
      const subject = subjectOf(events, true);
      expect(subject.length).toBeLessThanOrEqual(200);
      expect(isPrintableAscii(subject)).toBe(true);
      expect(subjectOf(events, true)).toBe(subject);
    }
  });

  test('follows from events that can stand', () => {
    for (const event of [rotation, end, anchors(1)]) {
      if (isInception(event)) throw new Error('an inception follows on nothing');
      expect(isRejection(nextState(after, event))).toBe(false);
    }
  });
});

test.each([
  ['2', 3, '2 of 3', '2 of 3 keys must sign', '2 of 3 next keys must sign'],
  ['1', 1, '1 of 1', '1 of 1 key must sign', '1 of 1 next key must sign'],
  [
    '1/2,1/2',
    2,
    '1/2,1/2',
    '2 keys with the weights 1/2,1/2 must reach 1 in every clause',
    '2 next keys with the weights 1/2,1/2 must reach 1 in every clause',
  ],
])('thresholdWords() and requirementWords() of %s', (text, count, short, keyWords, nextWords) => {
  const threshold = parseThresholdText(text);
  expect(thresholdWords(threshold, count)).toBe(short);
  expect(requirementWords(threshold, count, 'key')).toBe(keyWords);
  expect(requirementWords(threshold, count, 'next key')).toBe(nextWords);
});
