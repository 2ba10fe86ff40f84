import { expect, test } from 'vitest';
import type { Json } from '../../src/base/canonical-json.ts';
import { type Fields, fieldsOf } from '../../src/base/fields.ts';

const read = (value: Json, optional: readonly string[] = []): Fields => fieldsOf(value, 'it', ['a', 'b'], optional);
const refused = (words: string) => expect.objectContaining({ code: 'malformed', reason: 'field', message: `Cannot read it: ${words}` });

test('fieldsOf() reads each field as what it is', () => {
  const fields = fieldsOf({ n: 7, t: 'x', l: ['y', 'z'], j: { k: null }, o: 'here' }, 'it', ['n', 't', 'l', 'j'], ['o', 'p']);
  expect(fields.integer('n')).toBe(7);
  expect(fields.text('t')).toBe('x');
  expect(fields.list('l')).toEqual(['y', 'z']);
  expect(fields.texts('l')).toEqual(['y', 'z']);
  expect(fields.json('j')).toEqual({ k: null });
  expect(fields.optionalText('o')).toBe('here');
  expect(fields.optionalText('p')).toBeUndefined();
});

test.each<[string, Json]>([
  ['an object is expected', null],
  ['an object is expected', ['a', 'b']],
  ['an object is expected', 'a'],
  ['"b" is missing', { a: 1 }],
  ['unknown field "c"', { a: 1, b: 2, c: 3 }],
])('fieldsOf() says: %s', (words, value) => {
  expect(() => read(value)).toThrow(refused(words));
});

test('fieldsOf() takes nothing from the prototype', () => {
  expect(() => fieldsOf({}, 'it', ['toString'])).toThrow(refused('"toString" is missing'));
  expect(() => read(JSON.parse('{"a":1,"b":2,"__proto__":{}}') as Json)).toThrow(refused('unknown field "__proto__"'));
  expect(fieldsOf({}, 'it', [], ['constructor']).optionalText('constructor')).toBeUndefined();
});

test.each<[string, Json, (fields: Fields) => unknown]>([
  ['"a" must be text, not 1', 1, (fields) => fields.text('a')],
  ['"a" must be text, not null', null, (fields) => fields.optionalText('a')],
  ['"a" must be a list, not {}', {}, (fields) => fields.list('a')],
  ['"a" must be a list of text, not 2', ['x', 2], (fields) => fields.texts('a')],
  ['"a" must be a whole number, not "1"', '1', (fields) => fields.integer('a')],
  ['"a" must be a whole number, not 1.5', 1.5, (fields) => fields.integer('a')],
  ['"a" must be a whole number, not -1', -1, (fields) => fields.integer('a')],
  ['"a" must be a whole number, not 9007199254740992', 9007199254740992, (fields) => fields.integer('a')],
])('Fields says: %s', (words, value, take) => {
  expect(() => take(read({ a: value, b: 0 }))).toThrow(refused(words));
});
