/**
 * From a file to everything in it that rules look at: members of archives, texts of metadata, blocks that are encoded, text
 * in another encoding. What is in there is expanded again, down to a bound.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { contentsOf } from './containers.ts';
import { decodedBlocks } from './encoded-blocks.ts';
import { formatOf } from './file-kind.ts';
import type { Spotted } from './finding.ts';
import { harmlessText } from './harmless-text.ts';
import type { MetadataText } from './metadata-text.ts';
import { activeIn, pdfTexts } from './pdf-text.ts';
import { gifTexts, jpegTexts, webpTexts } from './picture-text.ts';
import { pngTexts } from './png-text.ts';
import { readableText, sentenceIn } from './readable-text.ts';
import { SCAN_INCOMPLETE } from './scan-result.ts';
import { type ScanPart, scanPart } from './scan-part.ts';
import { spotted } from './spot.ts';
import type { Unpacking } from './unpacking.ts';

/** A part, and what was seen of it while it was taken apart. */
export interface ExpandedPart {
  readonly part: ScanPart;
  readonly spotted: readonly Spotted[];
}

/** What one part comes apart into. */
interface Apart {
  readonly parts: readonly ScanPart[];
  readonly spotted: readonly Spotted[];
}

function inside(part: ScanPart, within: string): string {
  return part.within === undefined ? within : `${part.within}!${within}`;
}

function textsOf(part: ScanPart, unpacking: Unpacking): Iterable<MetadataText> {
  switch (formatOf(part.bytes)) {
    case 'png':
      return pngTexts(part.bytes, unpacking);
    case 'jpeg':
      return jpegTexts(part.bytes);
    case 'gif':
      return gifTexts(part.bytes);
    case 'webp':
      return webpTexts(part.bytes);
    case 'pdf':
      return pdfTexts(part.bytes, part.characters(), unpacking);
    default:
      return [];
  }
}

/** OBF-04: what is written into metadata. The pages of a document are there to be read. */
function spottedText({ index, length, field }: MetadataText, text: string): Spotted | undefined {
  if (field === 'page' || field.startsWith('action ')) return undefined;
  const sentence = sentenceIn(text);
  if (sentence === undefined) return undefined;
  const detail = `${harmlessText(field)} holds ${harmlessText(sentence.found)}`;
  return spotted('OBF-04', { index, length }, detail, sentence.directs ? 'high' : 'medium');
}

function ofMetadata(part: ScanPart, unpacking: Unpacking): Apart {
  const parts: ScanPart[] = [];
  const found: Spotted[] = [];
  for (const metadata of textsOf(part, unpacking)) {
    if (parts.length >= LIMITS.scanMembers || !unpacking.take(metadata.bytes.length)) {
      found.push(cutShort(part, 'it holds too much text'));
      break;
    }
    const text = readableText(metadata.bytes);
    const seen = spottedText(metadata, text);
    if (seen !== undefined) found.push(seen);
    if (!metadata.isWhole)
      found.push(cutShort(part, `${harmlessText(metadata.field)} is too long`));
    if (/[\p{L}\p{N}]{3}/u.test(text)) {
      const within = inside(part, metadata.field);
      parts.push(scanPart({ path: part.path, within, name: 'text', bytes: utf8(text) }));
    }
  }
  const active = part.kind === 'pdf' ? activeIn(part.characters()) : undefined;
  if (active !== undefined)
    found.push(
      spotted(
        'OBF-03',
        { index: 0, length: part.bytes.length },
        `the document has the action ${active}`,
      ),
    );
  return { parts, spotted: found };
}

function cutShort(part: ScanPart, why: string): Spotted {
  const { length } = part.bytes;
  return { rule: SCAN_INCOMPLETE, start: length, end: length, reason: 'truncated', detail: why };
}

function ofContainer(part: ScanPart, unpacking: Unpacking): Apart {
  const { members, spotted: found } = contentsOf(part, unpacking);
  const parts = members.map(({ name, executable, bytes }) =>
    scanPart({ path: part.path, within: inside(part, name), name, executable, bytes }),
  );
  return { parts, spotted: found };
}

/** Text in UTF-16, which begins with its byte order mark. */
function ofWideText(part: ScanPart): ScanPart | undefined {
  const [first, second] = part.bytes;
  const isLittle = first === 0xff && second === 0xfe;
  if (!isLittle && !(first === 0xfe && second === 0xff)) return undefined;
  // UTF-32 begins so, too.
  if (isLittle && part.bytes[2] === 0 && part.bytes[3] === 0) return undefined;
  const text = new TextDecoder(isLittle ? 'utf-16le' : 'utf-16be').decode(part.bytes);
  const within = inside(part, 'UTF-16');
  return scanPart({ path: part.path, within, name: part.name, bytes: utf8(text) });
}

/** Bytes at the start by which wide text is told. */
const LOOKED_AT = 8_192;

const isPlain = (byte: number): boolean => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a;

/** ASCII in two or four bytes for each character, without a mark or with one that is not of UTF-16: it is read all the same. */
function ofUnmarkedText(part: ScanPart): ScanPart | undefined {
  if (part.kind !== 'binary' && part.kind !== 'text') return undefined;
  const start = part.bytes.subarray(0, LOOKED_AT);
  const zeros = start.filter((byte) => byte === 0).length;
  if (zeros * 5 < start.length * 2 || start.filter(isPlain).length * 5 < start.length)
    return undefined;
  const bytes = part.bytes.filter((byte) => byte !== 0 && byte < 0x7f);
  const within = inside(part, 'wide text');
  return scanPart({ path: part.path, within, name: part.name, bytes });
}

function ofText(part: ScanPart, unpacking: Unpacking): Apart {
  const wide = [ofWideText(part) ?? ofUnmarkedText(part) ?? []].flat();
  const blocks = decodedBlocks(part);
  const parts = blocks.flatMap(({ index, bytes }) =>
    unpacking.take(bytes.length)
      ? [
          scanPart({
            path: part.path,
            within: inside(part, `encoded at ${index}`),
            name: 'decoded',
            bytes,
          }),
        ]
      : [],
  );
  const isCut = parts.length < blocks.length || blocks.length >= LIMITS.scanDecodedBlocks;
  return {
    parts: [...wide, ...parts],
    spotted: isCut ? [cutShort(part, 'it holds too many encoded blocks')] : [],
  };
}

function apart(part: ScanPart, unpacking: Unpacking): Apart {
  const ofForm =
    part.kind === 'archive' || part.kind === 'office'
      ? ofContainer(part, unpacking)
      : ofMetadata(part, unpacking);
  if (!part.isText) return ofForm;
  const asText = ofText(part, unpacking);
  return {
    parts: [...ofForm.parts, ...asText.parts],
    spotted: [...ofForm.spotted, ...asText.spotted],
  };
}

/** A part with everything that is in it, itself first. */
export function expanded(part: ScanPart, unpacking: Unpacking, depth = 0): readonly ExpandedPart[] {
  const { parts, spotted: found } = apart(part, unpacking);
  if (parts.length > 0 && depth >= LIMITS.scanNesting) {
    const tooDeep = cutShort(part, `what it holds lies more than ${LIMITS.scanNesting} deep`);
    return [{ part, spotted: [...found, tooDeep] }];
  }
  return [
    { part, spotted: found },
    ...parts.flatMap((inner) => expanded(inner, unpacking, depth + 1)),
  ];
}
