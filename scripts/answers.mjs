/**
 * The JSON Schema of what every command answers with `--json`, from the types that the commands return.
 * @module
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { API, SymbolFlags, TypeFlags } from 'typescript/unstable/sync';

const root = path.resolve(import.meta.dirname, '..');
const CALL = 0;

/** What a schema says of a type that the compiler knows by itself; `undefined` for all others. */
function intrinsic({ flags }) {
  if (flags & TypeFlags.Boolean) return { type: 'boolean' };
  if (flags & TypeFlags.String) return { type: 'string' };
  if (flags & TypeFlags.Number) return { type: 'number' };
  if (flags & TypeFlags.Null) return { type: 'null' };
  // What nothing is known of, and what any object may be.
  if (flags & (TypeFlags.Unknown | TypeFlags.Any)) return {};
  if (flags & TypeFlags.NonPrimitive) return { type: 'object' };
  if (flags & TypeFlags.TemplateLiteral) return { type: 'string' };
  return undefined;
}

/** `const` of several values as one `enum`, `type` of several as one list, one schema twice as one. */
function anyOf(schemas) {
  const values = schemas.filter((schema) => 'const' in schema);
  const plain = schemas.filter(
    (schema) => typeof schema.type === 'string' && Object.keys(schema).length === 1,
  );
  const others = schemas.filter((schema) => !values.includes(schema) && !plain.includes(schema));
  const types = [...new Set(plain.map(({ type }) => type))].toSorted(byName);
  const merged = [
    ...(values.length === 0
      ? []
      : values.length === 1
        ? values
        : [{ enum: values.map((value) => value.const).toSorted(byName) }]),
    ...(types.length === 0 ? [] : [{ type: types.length === 1 ? types[0] : types }]),
    ...new Map(others.map((schema) => [JSON.stringify(schema), schema])).values(),
  ];
  return merged.length === 1 ? merged[0] : { anyOf: merged };
}

/** Types as schemas; those that have a name once, under it. */
class Schemas {
  #checker;
  /** The schema of each named type, by the compiler's number of it. */
  #named = new Map();

  constructor(checker) {
    this.#checker = checker;
  }

  of(type, place) {
    const known = intrinsic(type);
    if (known !== undefined) return known;
    if (type.isLiteralType()) return { const: type.value };
    if (type.isUnionType()) return this.#union(type, place);
    const checker = this.#checker;
    if (type.isTupleType()) return this.#tuple(type, place);
    if (checker.isArrayLikeType(type))
      return { type: 'array', items: this.of(checker.getTypeArguments(type)[0], `${place}[]`) };
    return this.#reference(type) ?? this.#object(type, place);
  }

  /** A type that is the whole answer of a command: no other refers to it, so that it needs no name. */
  whole(type, place) {
    const { $ref, ...rest } = this.of(type, place);
    if ($ref === undefined) return rest;
    const { file, schema } = this.#named.get($ref);
    if (file !== `commands/${place.replaceAll(':', '/')}.ts`) return { $ref };
    this.#named.delete($ref);
    return schema;
  }

  #tuple(type, place) {
    const items = this.#checker.getTypeArguments(type).map((one) => this.of(one, place));
    return { type: 'array', prefixItems: items, minItems: items.length, items: false };
  }

  #union(type, place) {
    return (
      this.#reference(type) ??
      anyOf(
        type
          .getTypes()
          .filter(({ flags }) => !(flags & TypeFlags.Undefined))
          .map((one) => this.of(one, place)),
      )
    );
  }

  /** A reference to a type that has a name of its own in this project. */
  #reference(type) {
    const alias = type.getAliasSymbol();
    const symbol = alias ?? (type.isUnionType() ? undefined : type.getSymbol());
    const file = symbol?.declarations[0]?.path;
    if (file === undefined || symbol.name.startsWith('__') || !file.startsWith(`${root}/`)) return;
    if ((type.getAliasTypeArguments() ?? []).length > 0) return;
    if (
      alias === undefined &&
      type.isTypeReference() &&
      this.#checker.getTypeArguments(type).length > 0
    )
      return;
    if (!this.#named.has(type.id)) {
      const named = { name: symbol.name, file: path.relative(root, file), schema: undefined };
      this.#named.set(type.id, named);
      const description = this.#checker.getDocumentationCommentOfSymbol(symbol);
      named.schema = {
        ...(description === '' ? {} : { description: inOneLine(description) }),
        ...(type.isUnionType()
          ? anyOf(
              type
                .getTypes()
                .filter(({ flags }) => !(flags & TypeFlags.Undefined))
                .map((one) => this.of(one, symbol.name)),
            )
          : this.#object(type, symbol.name)),
      };
    }
    return { $ref: type.id };
  }

  #object(type, place) {
    const checker = this.#checker;
    const [index] = checker.getIndexInfosOfType(type);
    const properties = {};
    const required = [];
    for (const symbol of checker.getPropertiesOfType(type)) {
      const of = checker.getTypeOfSymbol(symbol);
      if (checker.getSignaturesOfType(of, CALL).length > 0)
        throw new Error(`${place}.${symbol.name} is a function: no command can answer with it`);
      const parts = of.isUnionType() ? of.getTypes() : [of];
      if (parts.every(({ flags }) => flags & (TypeFlags.Undefined | TypeFlags.Never))) continue;
      const description = checker.getDocumentationCommentOfSymbol(symbol);
      properties[symbol.name] = {
        ...(description === '' ? {} : { description: inOneLine(description) }),
        ...this.of(of, `${place}.${symbol.name}`),
      };
      const isOptional =
        symbol.flags & SymbolFlags.Optional ||
        parts.some(({ flags }) => flags & TypeFlags.Undefined);
      if (!isOptional) required.push(symbol.name);
    }
    return {
      type: 'object',
      ...(required.length === 0 ? {} : { required: required.toSorted(byName) }),
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
      ...(index === undefined ? {} : { additionalProperties: this.of(index.valueType, place) }),
    };
  }

  /** The named types, each under a name that is its own. */
  definitions() {
    const all = [...this.#named.entries()];
    const names = new Map(
      all.map(([id, { name, file }]) => {
        const isShared = all.some(([other, one]) => other !== id && one.name === name);
        return [id, isShared ? `${name}-${file.replace(/\.ts$/, '').replaceAll('/', '-')}` : name];
      }),
    );
    return { names, schemas: all.map(([id, { schema }]) => [names.get(id), schema]) };
  }
}

/** A schema with the names of what it refers to, in the same order whatever the compiler's numbers are. */
function settled(schema, names) {
  if (Array.isArray(schema)) return schema.map((one) => settled(one, names));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === '$ref') return [key, `#/$defs/${names.get(value)}`];
      const inside = settled(value, names);
      return [key, key === 'anyOf' ? inside.toSorted(byText) : inside];
    }),
  );
}

function byText(a, b) {
  return byName(JSON.stringify(a), JSON.stringify(b));
}

function byName(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where a command's file is from its id, and the other way round. */
function commandIds() {
  return readdirSync(path.join(root, 'commands'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/\.ts$/, '').replaceAll(path.sep, ':'))
    .toSorted(byName);
}

/** What a command answers: what it exports as `Answer`, where it prints that itself, or what its `run` resolves to. */
function answerOf(checker, program, id) {
  const file = program.getSourceFile(path.join(root, 'commands', `${id.replaceAll(':', '/')}.ts`));
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(file));
  const answer = exported.find(({ name }) => name === 'Answer');
  if (answer !== undefined) return checker.getDeclaredTypeOfSymbol(answer);
  const command = exported.find(({ name }) => name === 'default');
  const run = checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(command), 'run');
  const [signature] = checker.getSignaturesOfType(checker.getTypeOfSymbol(run), CALL);
  const [type] = checker.getTypeArguments(checker.getReturnTypeOfSignature(signature));
  return type;
}

/** The text of `schemas/answers-1.json`. */
export function answersSchema() {
  const api = new API({ cwd: root });
  try {
    const config = path.join(root, 'tsconfig.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    const { checker, program } = project;
    const schemas = new Schemas(checker);
    const answers = commandIds().flatMap((id) => {
      const type = answerOf(checker, program, id);
      if (type.flags & TypeFlags.Void) return [];
      const title = `gitkel ${id.replaceAll(':', ' ')} --json`;
      return [[id.replaceAll(':', '-'), { title, ...schemas.whole(type, id) }]];
    });
    const failure = program.getSourceFile(path.join(root, 'src/cli/failure.ts'));
    const failed = checker
      .getExportsOfModule(checker.getSymbolAtLocation(failure))
      .find(({ name }) => name === 'FailureAnswer');
    const error = schemas.of(checker.getDeclaredTypeOfSymbol(failed), 'error');
    const { names, schemas: named } = schemas.definitions();
    const defs = [...answers, ...named.toSorted(([a], [b]) => byName(a, b)), ['error', error]];
    const document = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'urn:gitkel:answers:1',
      title: 'Answers of the command line',
      description:
        'What each command prints with --json: $defs has one schema for each command, by its name with - between the words, `error` for what every command prints when it fails, and those that they share. An answer may get further members in later versions.',
      $defs: Object.fromEntries(defs.map(([name, schema]) => [name, settled(schema, names)])),
    };
    return `${JSON.stringify(document, null, 2)}\n`;
  } finally {
    api.close();
  }
}

function inOneLine(text) {
  return text
    .replaceAll(/\{@link ([^}]+)\}/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
