/**
 * Whether a file is what its name says: compiled code, forms under other names, scripts behind pictures.
 * @module
 */
import { extensionOf, type FileKind, type Format, formatOf, seemsText } from './file-kind.ts';
import type { Spotted } from './finding.ts';
import { pngEnd } from './png-text.ts';
import type { ScanPart } from './scan-part.ts';
import { placesOf, spotted } from './spot.ts';

const COMPILED: Readonly<Partial<Record<FileKind, string>>> = {
  native: 'a program for a processor',
  bytecode: 'compiled code',
};

/** The forms that a file of a name has. */
const EXPECTED: ReadonlyMap<string, readonly Format[]> = new Map<string, readonly Format[]>([
  ['png', ['png']],
  ['jpg', ['jpeg']],
  ['jpeg', ['jpeg']],
  ['gif', ['gif']],
  ['webp', ['webp']],
  ['ico', ['ico', 'png']],
  ['tif', ['tiff']],
  ['tiff', ['tiff']],
  ['pdf', ['pdf']],
  ['zip', ['zip']],
  ['skill', ['zip']],
  ['jar', ['zip']],
  ['whl', ['zip']],
  ['docx', ['zip']],
  ['xlsx', ['zip']],
  ['pptx', ['zip']],
  ['odt', ['zip']],
  ['ods', ['zip']],
  ['odp', ['zip']],
  ['doc', ['ole']],
  ['xls', ['ole']],
  ['ppt', ['ole']],
  ['gz', ['gzip']],
  ['tgz', ['gzip']],
  ['tar', ['tar']],
  ['ttf', ['sfnt']],
  ['otf', ['sfnt']],
  ['woff', ['woff']],
  ['woff2', ['woff']],
]);

/** Names of what people and interpreters read as text. */
const TEXT_NAMES =
  /^(?:md|markdown|mdx|txt|rst|py|pyi|js|mjs|cjs|ts|tsx|jsx|sh|bash|zsh|fish|rb|pl|php|ps1|json|jsonl|yaml|yml|toml|xml|html?|css|csv|tsv|svg|ini|cfg|conf|env|sql|go|rs|java|c|h|cpp|lock)$/;

/** Pictures are often saved under the name of another form of picture; nothing runs them. */
const PICTURES: ReadonlySet<Format> = new Set<Format>([
  'png',
  'jpeg',
  'gif',
  'webp',
  'ico',
  'tiff',
]);

function whole(part: ScanPart, detail: string, severity?: 'low' | 'medium'): Spotted {
  return spotted('OBF-02', { index: 0, length: part.bytes.length }, detail, severity);
}

function isPicture(format: Format | undefined): boolean {
  return format !== undefined && PICTURES.has(format);
}

function underWrongName(part: ScanPart): Spotted | undefined {
  const extension = extensionOf(part.name);
  const format = formatOf(part.bytes);
  const expected = EXPECTED.get(extension);
  if (part.bytes.length === 0) return undefined;
  if (expected === undefined) {
    if (format === undefined || !TEXT_NAMES.test(extension)) return undefined;
    return whole(part, `the name ends in .${extension}, the content is of the form ${format}`);
  }
  if (format !== undefined && expected.includes(format)) {
    if (part.kind !== 'image' || !seemsText(part.bytes)) return undefined;
    return whole(part, `it begins as a picture of the form ${format} and goes on as text`);
  }
  const isHarmless = isPicture(format) && expected.every((each) => PICTURES.has(each));
  const content =
    format === undefined
      ? seemsText(part.bytes)
        ? 'text'
        : 'of no known form'
      : `of the form ${format}`;
  return whole(
    part,
    `the name ends in .${extension}, the content is ${content}`,
    isHarmless ? 'low' : content === 'of no known form' ? 'medium' : undefined,
  );
}

const SHEBANG = /#!(?:\/usr)?\/(?:local\/)?s?bin\/(?:env[ \t]+)?[a-z]{2,12}/g;

/** OBF-02: files that are not what their names say, or nothing that a person can read. */
export function* disguisedFiles(part: ScanPart): Generator<Spotted> {
  const compiled = COMPILED[part.kind];
  if (compiled !== undefined) yield whole(part, compiled);
  else if (/(?:^|\/)__pycache__\/|\.py[co]$/.test(part.name)) yield whole(part, 'compiled code');
  if (part.kind === 'wasm') yield whole(part, 'a WebAssembly module', 'medium');
  const wrong = underWrongName(part);
  if (wrong !== undefined && compiled === undefined) yield wrong;
  const isPlain = part.kind === 'text' || part.kind === 'empty' || part.kind === 'native';
  if (isPlain || part.kind === 'archive' || part.kind === 'bytecode') return;
  for (const place of placesOf(part, SHEBANG))
    if (place.index > 0) yield spotted('OBF-02', place, 'a script stands inside of a binary file');
  const end = formatOf(part.bytes) === 'png' ? pngEnd(part.bytes) : undefined;
  if (end !== undefined && end < part.bytes.length)
    yield spotted(
      'OBF-02',
      { index: end, length: part.bytes.length - end },
      `${part.bytes.length - end} bytes follow on the end of the picture`,
    );
}
