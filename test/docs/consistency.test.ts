import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/index.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The rows of all tables of a document, cells without their blanks. */
function rowsOf(file: string): readonly (readonly string[])[] {
  return read(file)
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const codes = (cell: string): readonly string[] =>
  Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = '']) => code);

/** A table of lists in the architecture test, with the lists that it spreads. */
function declared(name: string): Readonly<Record<string, readonly string[]>> {
  const source = read('test/architecture.test.ts');
  const strings = (text: string): readonly string[] =>
    Array.from(text.matchAll(/'([^']+)'/g), ([, each = '']) => each);
  const list = (label: string): readonly string[] =>
    strings(new RegExp(`const ${label} = \\[([^\\]]*)\\]`).exec(source)?.[1] ?? '');
  const body = new RegExp(`const ${name}[^{]*\\{([^}]*)\\}`).exec(source)?.[1] ?? '';
  const entries = Array.from(
    body.matchAll(/^ {2}'?([^':]+)'?: \[(.*)\],$/gm),
    ([, label = '', items = '']) => {
      const spread = Array.from(items.matchAll(/\.\.\.(\w+)/g), ([, each = '']) =>
        list(each),
      ).flat();
      return [label, [...spread, ...strings(items)]] as const;
    },
  );
  return Object.fromEntries(entries);
}

describe('docs/architecture.md', () => {
  const rows = rowsOf('docs/architecture.md');

  it('has the layers of the architecture test', () => {
    const layers = declared('LAYERS');
    expect(Object.keys(layers).length).toBeGreaterThan(10);
    const told = rows.flatMap(([folder = '', , imports]) => {
      const [label] = codes(folder);
      return label !== undefined && imports !== undefined && /^(?:src|commands|hooks)/.test(label)
        ? [[label, imports] as const]
        : [];
    });
    const full = (imports: string): readonly string[] =>
      codes(imports).map((name) => `src/${name}`);
    expect(Object.fromEntries(told.map(([label, imports]) => [label, full(imports)]))).toEqual(
      layers,
    );
  });

  it('has the owners of the packages', () => {
    const owners = declared('OWNERS');
    expect(Object.keys(owners).length).toBeGreaterThan(5);
    const told = rows.flatMap(([name = '', folders = '']) => {
      const [label = ''] = codes(name);
      return Object.hasOwn(owners, label) ? [[label, codes(folders)] as const] : [];
    });
    expect(Object.fromEntries(told)).toEqual(owners);
  });
});

describe('docs/threat-model.md', () => {
  it('explains every bound, with its value', () => {
    const told = rowsOf('docs/threat-model.md').flatMap(([name = '', value = '', why = '']) =>
      /^`\w+`$/.test(name) && /^\d+$/.test(value) && why.length > 10
        ? [[name.slice(1, -1), Number(value)] as const]
        : [],
    );
    expect(Object.fromEntries(told)).toEqual(LIMITS);
  });
});

describe('docs/decisions', () => {
  it('tells the runtime dependencies in their versions', () => {
    const { dependencies } = JSON.parse(read('package.json')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const told = rowsOf('docs/decisions/0003-runtime-dependencies.md').flatMap(
      ([name = '', version = '']) => {
        const [, exact] = /^(\d+\.\d+\.\d+) \(\d{4}-\d\d\)$/.exec(version) ?? [];
        return exact === undefined ? [] : [[name, exact] as const];
      },
    );
    expect(Object.fromEntries(told)).toEqual(dependencies);
  });
});

describe('the documents', () => {
  const folders = ['.', 'docs', 'docs/decisions'];
  const documents = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.posix.join(folder, name)),
  );

  it('link to files and sections that exist', () => {
    const anchors = (file: string): readonly string[] =>
      Array.from(read(file).matchAll(/^#+ (.*)$/gm), ([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      );
    const links = documents.flatMap((file) =>
      Array.from(read(file).matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ([, target = '']) => ({
        file,
        target,
      })),
    );
    expect(links.length).toBeGreaterThan(30);
    const dead = links.filter(({ file, target }) => {
      const [name = '', section] = target.split('#');
      const linked = name === '' ? file : path.posix.join(path.posix.dirname(file), name);
      if (!existsSync(path.join(root, linked))) return true;
      return section !== undefined && !anchors(linked).includes(section);
    });
    expect(dead).toEqual([]);
  });
});
