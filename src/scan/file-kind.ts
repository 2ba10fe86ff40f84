/** What a file is by its content. */
export type FileKind =
  | 'text'
  | 'image'
  | 'pdf'
  | 'archive'
  | 'office'
  | 'media'
  | 'font'
  | 'native'
  | 'bytecode'
  | 'wasm'
  | 'database'
  | 'empty'
  | 'binary';

/** Formats by their first bytes, and the extensions under which each is expected. */
export type Format =
  | 'png'
  | 'jpeg'
  | 'gif'
  | 'webp'
  | 'ico'
  | 'tiff'
  | 'pdf'
  | 'zip'
  | 'gzip'
  | 'tar'
  | 'bzip2'
  | 'xz'
  | '7z'
  | 'rar'
  | 'zstd'
  | 'ole'
  | 'mp3'
  | 'mp4'
  | 'ogg'
  | 'wav'
  | 'sfnt'
  | 'woff'
  | 'elf'
  | 'pe'
  | 'macho'
  | 'class'
  | 'pyc'
  | 'dex'
  | 'wasm'
  | 'sqlite';

interface Magic {
  readonly format: Format;
  readonly kind: FileKind;
  readonly at: number;
  /** Lower-case hexadecimal; `..` is any byte. */
  readonly bytes: string;
}

const magic = (format: Format, kind: FileKind, bytes: string, at = 0): Magic => ({
  format,
  kind,
  at,
  bytes,
});

const MAGIC: readonly Magic[] = [
  magic('png', 'image', '89504e470d0a1a0a'),
  magic('jpeg', 'image', 'ffd8ff'),
  magic('gif', 'image', '47494638..61'),
  magic('webp', 'image', '52494646........57454250'),
  magic('wav', 'media', '52494646........57415645'),
  magic('tiff', 'image', '49492a00'),
  magic('tiff', 'image', '4d4d002a'),
  magic('ico', 'image', '00000100..00'),
  magic('pdf', 'pdf', '255044462d'),
  magic('zip', 'archive', '504b0304'),
  magic('zip', 'archive', '504b0506'),
  magic('gzip', 'archive', '1f8b08'),
  magic('tar', 'archive', '7573746172', 257),
  magic('bzip2', 'archive', '425a68..314159265359'),
  magic('xz', 'archive', 'fd377a585a00'),
  magic('7z', 'archive', '377abcaf271c'),
  magic('rar', 'archive', '526172211a07'),
  magic('zstd', 'archive', '28b52ffd'),
  magic('ole', 'office', 'd0cf11e0a1b11ae1'),
  magic('mp3', 'media', '494433'),
  magic('mp4', 'media', '66747970', 4),
  magic('ogg', 'media', '4f676753'),
  magic('sfnt', 'font', '0001000000'),
  magic('sfnt', 'font', '4f54544f'),
  magic('woff', 'font', '774f4646'),
  magic('woff', 'font', '774f4632'),
  magic('elf', 'native', '7f454c46'),
  magic('macho', 'native', 'feedface'),
  magic('macho', 'native', 'feedfacf'),
  magic('macho', 'native', 'cefaedfe'),
  magic('macho', 'native', 'cffaedfe'),
  magic('dex', 'bytecode', '6465780a'),
  magic('wasm', 'wasm', '0061736d'),
  magic('sqlite', 'database', '53514c69746520666f726d61742033'),
];

function hasMagic(bytes: Uint8Array, { at, bytes: pattern }: Magic): boolean {
  for (let index = 0; 2 * index + 1 < pattern.length; index++) {
    const wanted = pattern.slice(2 * index, 2 * index + 2);
    if (wanted !== '..' && bytes[at + index] !== Number.parseInt(wanted, 16)) return false;
  }
  return true;
}

/** `MZ`, and where its header says so `PE\0\0` (PE format, "MS-DOS Stub"). */
function isPe(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x4d || bytes[1] !== 0x5a || bytes.length < 64) return false;
  const at = (bytes[60] ?? 0) | ((bytes[61] ?? 0) << 8) | ((bytes[62] ?? 0) << 16);
  return bytes[at] === 0x50 && bytes[at + 1] === 0x45 && bytes[at + 2] === 0;
}

/** A Java class and a Mach-O file for several processors begin alike; a class has a version where that has a count. */
function cafebabe(bytes: Uint8Array): 'class' | 'macho' | undefined {
  if (!hasMagic(bytes, magic('class', 'bytecode', 'cafebabe'))) return undefined;
  return (bytes[4] ?? 0) === 0 && (bytes[5] ?? 0) === 0 && (bytes[7] ?? 0) < 40 && bytes[6] === 0
    ? 'macho'
    : 'class';
}

/** The two bytes of a version, CR LF, and flags of which only the lowest bits are used (PEP 552). */
function isPyc(bytes: Uint8Array): boolean {
  const isHead = bytes[2] === 0x0d && bytes[3] === 0x0a && bytes.length >= 16;
  return isHead && (bytes[1] ?? 0) < 0x20 && (bytes[4] ?? 9) <= 3 && bytes[5] === 0;
}

/** The format of a file, where its first bytes tell it. */
export function formatOf(bytes: Uint8Array): Format | undefined {
  const known = MAGIC.find((each) => hasMagic(bytes, each));
  if (known !== undefined) return known.format;
  if (isPe(bytes)) return 'pe';
  return cafebabe(bytes) ?? (isPyc(bytes) ? 'pyc' : undefined);
}

const KINDS: ReadonlyMap<Format, FileKind> = new Map([
  ...MAGIC.map(({ format, kind }) => [format, kind] as const),
  ['pe', 'native'],
  ['class', 'bytecode'],
  ['pyc', 'bytecode'],
]);

/** Bytes at the start by which text is told from anything else. */
const LOOKED_AT = 8_192;

/** Whether the beginning of a file has no NUL and hardly any control characters. */
export function seemsText(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, LOOKED_AT);
  let controls = 0;
  for (const byte of start) {
    if (byte === 0) return false;
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 27)
      controls++;
  }
  return controls * 50 <= start.length;
}

/** What a file is by its content. */
export function kindOf(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return 'empty';
  const format = formatOf(bytes);
  if (format !== undefined) return KINDS.get(format) ?? 'binary';
  return seemsText(bytes) ? 'text' : 'binary';
}

/** The extension of a path in lower case; empty where it has none. */
export function extensionOf(path: string): string {
  return /[^/]\.([A-Za-z0-9_]{1,16})$/.exec(path)?.[1]?.toLowerCase() ?? '';
}
