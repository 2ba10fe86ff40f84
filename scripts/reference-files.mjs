/**
 * The files that follow from the code: the schema of the answers, and the pages of `docs/reference`.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { answersSchema } from './answers.mjs';

const root = path.resolve(import.meta.dirname, '..');
const NOTE =
  'Written by `node scripts/reference.mjs` from the code; what is changed here by hand is lost.';
const GLOBAL = ['log', 'home', 'branch', 'json', 'no-color'];

function manifest() {
  return JSON.parse(readFileSync(path.join(root, 'oclif.manifest.json'), 'utf8'));
}

/** A text as a cell of a table. */
function cell(text) {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ');
}

function table(head, rows) {
  if (rows.length === 0) return [];
  return [
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
    '',
  ];
}

function nameOf({ id }) {
  return `gitkel ${id.replaceAll(':', ' ')}`;
}

function flagWord({ name, char, type, helpValue, options, allowNo }) {
  const long = `--${allowNo ? '[no-]' : ''}${name}`;
  const value = options?.join('\\|') ?? (Array.isArray(helpValue) ? helpValue[0] : helpValue);
  return `\`${char === undefined ? '' : `-${char}, `}${long}${type === 'option' ? ` ${value ?? 'VALUE'}` : ''}\``.replaceAll(
    String.raw`\|`,
    '|',
  );
}

function aboutFlag({ summary, description = '' }) {
  return summary ?? description;
}

function usage(command) {
  const args = Object.values(command.args).map(({ name, required }) =>
    required ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  );
  const more = command.strict === false ? ['…'] : [];
  return [nameOf(command), ...args, ...more, '[FLAGS]'].join(' ');
}

function* commandSection(command) {
  const description = (command.description ?? '').replace(/\n*Exit codes: .*$/s, '');
  const own = Object.values(command.flags).filter(
    ({ name, hidden }) => !GLOBAL.includes(name) && hidden !== true,
  );
  yield* [`### ${nameOf(command)}`, '', command.summary ?? '', ''];
  if (description !== '') yield* [description, ''];
  yield* ['```', usage(command), '```', ''];
  yield* table(
    ['argument', 'is'],
    Object.values(command.args).map(({ name, description: is = '' }) => [
      `\`${name.toUpperCase()}\``,
      is,
    ]),
  );
  yield* table(
    ['flag', 'does'],
    own.map((flag) => [
      flagWord(flag),
      `${aboutFlag(flag)}${flag.required ? ' Required.' : ''}${flag.multiple ? ' May be given more than once.' : ''}`,
    ]),
  );
  yield* [
    '```',
    ...(command.examples ?? []).map((one) => one.replaceAll('<%= config.bin %>', 'gitkel')),
    '```',
    '',
  ];
}

function link(command) {
  return `[${nameOf(command)}](#${nameOf(command).replaceAll(' ', '-')})`;
}

function commandsPage({ commands }) {
  const shown = Object.values(commands).filter(({ hidden }) => hidden !== true);
  const sorted = shown.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const globals = GLOBAL.flatMap((name) => {
    const flag = Object.values(sorted[0].flags).find((one) => one.name === name);
    return flag === undefined ? [] : [[flagWord(flag), aboutFlag(flag)]];
  });
  return [
    '# Commands',
    '',
    NOTE,
    '',
    'Every command takes these, prints its answer to standard output and everything else to standard error, and ends with one of the [exit codes](errors.md). What `--json` prints is in [schemas.md](schemas.md).',
    '',
    ...table(['flag', 'does'], globals),
    ...table(
      ['command', 'does'],
      sorted.map((one) => [link(one), one.summary ?? '']),
    ),
    ...sorted.flatMap((command) => [...commandSection(command)]),
  ];
}

/** What most of them say. */
function mostOften(explanations, member) {
  const counts = new Map();
  for (const one of explanations) counts.set(one[member], (counts.get(one[member]) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0][0];
}

async function errorsPage() {
  const { explanations } = await import(path.join(root, 'dist/src/cli/explain.js'));
  const all = explanations();
  const reasons = all.filter(({ exit }) => exit === null);
  const about = [...new Set(reasons.map((one) => one.about))];
  const sections = about.flatMap((title) => {
    const own = reasons.filter((one) => one.about === title);
    const [way, example] = [mostOften(own, 'way'), mostOften(own, 'example')];
    return [
      `### ${title[0].toUpperCase()}${title.slice(1)}`,
      '',
      own[0].why,
      '',
      `Unless told otherwise: ${way} For example \`${example}\`.`,
      '',
      ...table(
        ['reason', 'what happened', 'what to do'],
        own.map((one) => [
          `\`${one.code}\``,
          one.what,
          one.way === way ? '' : `${one.way} \`${one.example}\``,
        ]),
      ),
    ];
  });
  return [
    '# Errors',
    '',
    NOTE,
    '',
    'The same is told offline by `gitkel explain CODE`, for a code, a reason, or the number of an exit code.',
    '',
    '## Exit codes',
    '',
    ...table(
      ['exit', 'code', 'means', 'what to do'],
      all
        .filter(({ exit }) => exit !== null)
        .map(({ exit, code, what, way }) => [String(exit), `\`${code}\``, what, way]),
    ),
    '`gitkel skill run` ends with the exit code of what it ran instead: see [sandbox.md](../sandbox.md).',
    '',
    '## Reasons',
    '',
    'With `--json` an error is `{"error":{"code","message","reason","hint"}}`; `reason` names the rule. Verdicts have the same words in `reason`.',
    '',
    ...sections,
  ];
}

/** What a member is, in a word or two. */
function kindOf(schema) {
  if (schema === undefined) return '';
  if ('const' in schema) return `\`${JSON.stringify(schema.const)}\``;
  if ('enum' in schema) return schema.enum.map((one) => `\`${JSON.stringify(one)}\``).join(', ');
  if ('$ref' in schema) return `\`${schema.$ref.replace('#/$defs/', '')}\``;
  if ('anyOf' in schema) return schema.anyOf.map(kindOf).join(' or ');
  if (schema.type === 'array') return `list of ${kindOf(schema.items) || 'anything'}`;
  return Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'anything');
}

function resolved(schema, defs) {
  return schema.$ref === undefined ? schema : defs[schema.$ref.replace('#/$defs/', '')];
}

function membersOf(schema, defs) {
  const { properties = {}, required = [] } = resolved(schema, defs);
  return Object.entries(properties).map(([name, member]) => [
    `\`${name}\`${required.includes(name) ? '' : ' (if there)'}`,
    kindOf(member),
    member.description ?? '',
  ]);
}

function schemasPage({ commands }, answers) {
  const { $id, $defs } = JSON.parse(answers);
  const files = readdirSync(path.join(root, 'schemas')).filter((file) => file.endsWith('.json'));
  const documents = files.map((file) => {
    const text =
      file === 'answers-1.json' ? answers : readFileSync(path.join(root, 'schemas', file), 'utf8');
    const { title, $id: id } = JSON.parse(text);
    return [`[${file}](../../schemas/${file})`, `\`${id}\``, title];
  });
  const sections = Object.values(commands)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((command) => {
      const name = command.id.replaceAll(':', '-');
      const schema = $defs[name];
      if (schema === undefined) return [];
      return [
        `### ${nameOf(command)}`,
        '',
        `\`${$id}#/$defs/${name}\``,
        '',
        ...table(['member', 'is', 'about'], membersOf(schema, $defs)),
      ];
    });
  return [
    '# Schemas',
    '',
    NOTE,
    '',
    'JSON Schema 2020-12, in the package under `schemas/`.',
    '',
    ...table(['file', 'id', 'of'], documents),
    '## Answers',
    '',
    'What a command prints with `--json` is described by `answers-1.json` under `$defs`, by the name of the command with `-` between its words; every error by `error`. Answers may get further members in later versions; what is there keeps its name and meaning. The schema is made from the types that the commands return, and every answer that a test sees is held against it. `hook run claude-code` and `hook run openclaw-install-policy` answer in the form of their platforms.',
    '',
    ...sections,
    '### every error',
    '',
    `\`${$id}#/$defs/error\``,
    '',
    ...table(
      ['member', 'is', 'about'],
      membersOf(resolved($defs.error, $defs).properties.error, $defs),
    ),
  ];
}

function pageText(lines) {
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

/** Each generated file, and its text. Needs the built program. */
export async function referenceFiles() {
  const answers = answersSchema();
  const known = manifest();
  return [
    ['schemas/answers-1.json', answers],
    ['docs/reference/commands.md', pageText(commandsPage(known))],
    ['docs/reference/errors.md', pageText(await errorsPage())],
    ['docs/reference/schemas.md', pageText(schemasPage(known, answers))],
  ];
}
