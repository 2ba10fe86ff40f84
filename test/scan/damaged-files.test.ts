import { expect, it } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { expanded } from '../../src/scan/expand.ts';
import { rulesFor } from '../../src/scan/part-rules.ts';
import { scanPart } from '../../src/scan/scan-part.ts';
import { unpacking } from '../../src/scan/unpacking.ts';
import { tgzOfMembers, zipOfEntries } from '../skills/making.ts';
import { base64, jpeg, noise, pdf, png } from './scanning.ts';

const WHOLE: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['a.png', png(['tEXt', utf8('Comment\0hello')], ['iTXt', utf8('k\0\0\0en\0t\0text')])],
  ['a.jpg', jpeg([0xfe, utf8('hello')], [0xe1, utf8('Exif\0\0II*\0')])],
  [
    'a.gif',
    concat(
      utf8('GIF89a'),
      Uint8Array.of(1, 0, 1, 0, 0x80, 0, 0),
      new Uint8Array(6),
      Uint8Array.of(0x21, 0xfe, 2, 65, 66, 0, 0x3b),
    ),
  ],
  [
    'a.webp',
    concat(
      utf8('RIFF\u0020\0\0\0WEBPEXIF'),
      Uint8Array.of(4, 0, 0, 0),
      utf8('textXMP '),
      Uint8Array.of(9, 0, 0, 0),
    ),
  ],
  ['a.pdf', pdf('/Title (x \\(y\\) \\101) /Subject <FEFF0041>', 'page (text) here')],
  ['a.zip', zipOfEntries([{ name: 'a', content: utf8('hello') }])],
  ['a.tgz', tgzOfMembers([{ name: 'a', content: utf8('hello') }])],
  ['SKILL.md', utf8(`---\nname: x\ndescription: y\n---\n${base64(noise(300))}\n\u{e0041}\u202e`)],
  ['package.json', utf8('{"scripts":{"install":"x"}}')],
];

/** The same bytes with a few others in them, or cut off. */
function damaged(bytes: Uint8Array, seed: number): Uint8Array {
  const random = noise(64 + seed).subarray(seed);
  const other = bytes.slice();
  for (let index = 0; index < 1 + (seed % 5); index++) {
    const at = ((random[3 * index] ?? 0) * 256 + (random[3 * index + 1] ?? 0)) % bytes.length;
    other[at] = random[3 * index + 2] ?? 0;
  }
  return seed % 7 === 0 ? other.subarray(0, (random[30] ?? 0) % (bytes.length + 1)) : other;
}

it.each(WHOLE)('damaged, %s is taken apart as far as that goes', (name, bytes) => {
  for (let seed = 0; seed < 120; seed++) {
    const parts = expanded(scanPart({ path: name, bytes: damaged(bytes, seed) }), unpacking());
    expect(parts.length).toBeGreaterThan(0);
    for (const { part } of parts)
      for (const rule of rulesFor(part))
        for (const { start, end } of rule(part)) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(part.bytes.length);
        }
  }
});
