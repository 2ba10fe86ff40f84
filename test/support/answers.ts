import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FILE = path.join(ROOT, 'schemas/answers-1.json');

interface Published {
  readonly $id: string;
  readonly $defs: Readonly<Record<string, object>>;
}

/** The schema with no room for members that it does not name: what is published has some, for later versions. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === 'enum' ? value : closed(value)]),
  );
  const isClosed = 'properties' in inside && !('additionalProperties' in inside);
  return isClosed ? { ...inside, additionalProperties: false } : inside;
}

let schemas: { readonly ajv: Ajv2020; readonly published: Published } | undefined;

function loaded(): { readonly ajv: Ajv2020; readonly published: Published } {
  if (schemas !== undefined) return schemas;
  const published = closed(JSON.parse(readFileSync(FILE, 'utf8'))) as Published;
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
  ajv.addSchema(published);
  schemas = { ajv, published };
  return schemas;
}

const compiled = new Map<string, ValidateFunction | undefined>();

/** What an answer is checked with: the schema of a command, or of errors; `undefined` where none is published. */
function validateFor(name: string): ValidateFunction | undefined {
  if (!compiled.has(name)) {
    const { ajv, published } = loaded();
    const isThere = Object.hasOwn(published.$defs, name);
    compiled.set(name, isThere ? ajv.getSchema(`${published.$id}#/$defs/${name}`) : undefined);
  }
  return compiled.get(name);
}

/** The schema's name of the command that arguments call: the longest one that is a command. */
function commandOf(args: readonly string[]): string | undefined {
  const words = args.slice(
    0,
    args.findIndex((arg) => arg.startsWith('-')),
  );
  for (let count = Math.min(words.length, 4); count > 0; count--) {
    const name = words.slice(0, count).join('-');
    if (validateFor(name) !== undefined) return name;
  }
  return undefined;
}

function isError(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && Object.keys(answer).join() === 'error';
}

/**
 * Makes sure that what a run with `--json` printed is what `schemas/answers-1.json` says that it is.
 * @throws Error that says which member of which answer is not.
 */
export function requireDescribed(args: readonly string[], stdout: string): void {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  if (!own.includes('--json') || stdout === '') return;
  const answer: unknown = JSON.parse(stdout);
  const name = isError(answer) ? 'error' : commandOf(own);
  const validate = name === undefined ? undefined : validateFor(name);
  if (name === undefined || validate === undefined) return;
  if (validate(answer)) return;
  const wrong = (validate.errors ?? [])
    .slice(0, 10)
    .map(
      ({ instancePath, message, params }) =>
        `  ${instancePath === '' ? '/' : instancePath}: ${message ?? ''} ${JSON.stringify(params)}`,
    );
  throw new Error(
    [
      `gitkel ${args.join(' ')}`,
      `does not answer what schemas/answers-1.json says under $defs/${name}:`,
      ...wrong,
      "The schema is made from what the command's run() returns. After a change: npm run build && node scripts/reference.mjs",
      stdout.slice(0, 2000),
    ].join('\n'),
  );
}
