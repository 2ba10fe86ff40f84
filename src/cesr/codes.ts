/**
 * The code table of CESR primitives, genus KERI/ACDC version 1 (CESR specification, "Master code table").
 * @module
 */
import type { DigestAlgorithm } from '../crypto/crypto.ts';

/** How a primitive of one code is laid out. */
export interface Layout {
  readonly code: string;
  /** Characters of the code with the size that may follow it. */
  readonly codeSize: number;
  /** Characters of the whole primitive; `undefined` where the size follows the code. */
  readonly fullSize: number | undefined;
  /** Zero bytes before the raw value: those that align the code, and lead bytes. */
  readonly drop: number;
}

/** Characters of a whole primitive by its code. */
const FIXED_SIZES: readonly (readonly [size: number, codes: string])[] = [
  // Seeds: A Ed25519, J secp256k1, Q P-256. Keys: B and D Ed25519 (B non-transferable), C and O X25519.
  // Digests: E BLAKE3, F BLAKE2b, G BLAKE2s, H SHA3, I SHA2, 256 bits each. Z blinding factor.
  [44, 'A B C D E F G H I J O Q Z'],
  // K Ed448 seed, L X448 key.
  [76, 'K L'],
  // P encrypted seed, 1AAH encrypted salt.
  [124, 'P'],
  [100, '1AAH'],
  // Numbers of 2, 4, 5, 8, 11, 14 and 17 bytes; 0A a salt or a number of 16 bytes.
  [4, 'M'],
  [8, '0H R'],
  [12, 'N'],
  [16, 'S'],
  [20, 'T'],
  [24, 'U 0A'],
  // V and W labels of one and two bytes.
  [4, 'V W'],
  // Signatures: 0B Ed25519, 0C secp256k1, 0I P-256. Digests of 512 bits: 0D BLAKE3, 0E BLAKE2b, 0F SHA3, 0G SHA2.
  [88, '0B 0C 0D 0E 0F 0G 0I'],
  // Keys: 1AAA and 1AAB secp256k1, 1AAI and 1AAJ P-256, 1AAC and 1AAD Ed448 (the first non-transferable).
  [48, '1AAA 1AAB 1AAI 1AAJ'],
  [80, '1AAC 1AAD'],
  // Ed448 signature as version 1 sizes it: too short for one, so that none can be carried by it.
  [56, '1AAE'],
  // Date and time.
  [36, '1AAG'],
  // Null, no, yes: a code and nothing else.
  [4, '1AAK 1AAL 1AAM'],
  // Reserved for tests.
  [8, '1___ 2___ 3___'],
];

const LEAD_BYTES: Readonly<Record<string, number>> = { V: 1, '2___': 1, '3___': 2 };

function layouts(): ReadonlyMap<string, Layout> {
  const table = new Map<string, Layout>();
  const add = (
    code: string,
    codeSize: number,
    fullSize: number | undefined,
    lead: number,
  ): void => {
    table.set(code, { code, codeSize, fullSize, drop: (codeSize % 4) + lead });
  };
  for (const [size, codes] of FIXED_SIZES) {
    for (const code of codes.split(' ')) add(code, code.length, size, LEAD_BYTES[code] ?? 0);
  }
  // A text, B bytes, C to E encrypted values. The first digit tells the lead bytes: 4 and 7 none, 5 and 8 one, 6 and 9 two.
  for (const kind of 'ABCDE') {
    for (let lead = 0; lead < 3; lead++) {
      add(`${4 + lead}${kind}`, 4, undefined, lead);
      add(`${7 + lead}AA${kind}`, 8, undefined, lead);
    }
  }
  return table;
}

const LAYOUTS = layouts();

/** Characters of the code itself by its first character, without a size that follows. */
export function hardSize(first: string): number {
  switch (first) {
    case '0':
    case '4':
    case '5':
    case '6':
      return 2;
    case '1':
    case '2':
    case '3':
    case '7':
    case '8':
    case '9':
      return 4;
    default:
      return 1;
  }
}

/** The layout of a code, or `undefined` for a code that this table does not hold. */
export function layoutOf(code: string): Layout | undefined {
  return LAYOUTS.get(code);
}

/** The codes of all primitives, in the order of the table. */
export const primitiveCodes: readonly string[] = [...LAYOUTS.keys()];

const DIGESTS: ReadonlyMap<string, DigestAlgorithm> = new Map([
  ['E', 'blake3-256'],
  ['F', 'blake2b-256'],
  ['G', 'blake2s-256'],
  ['H', 'sha3-256'],
  ['I', 'sha2-256'],
  ['0D', 'blake3-512'],
  ['0E', 'blake2b-512'],
  ['0F', 'sha3-512'],
  ['0G', 'sha2-512'],
]);

const NON_TRANSFERABLE_KEYS: ReadonlySet<string> = new Set(['B', '1AAA', '1AAC', '1AAI']);
const TRANSFERABLE_KEYS: ReadonlySet<string> = new Set(['D', '1AAB', '1AAD', '1AAJ']);

/** Whether primitives of this code are digests. */
export function isDigestCode(code: string): boolean {
  return DIGESTS.has(code);
}

/** The algorithm of a digest code, `undefined` for any other code. */
export function digestAlgorithm(code: string): DigestAlgorithm | undefined {
  return DIGESTS.get(code);
}

/** Whether primitives of this code are keys that verify signatures. */
export function isPublicKeyCode(code: string): boolean {
  return TRANSFERABLE_KEYS.has(code) || NON_TRANSFERABLE_KEYS.has(code);
}

/** Whether this is the code of a key whose control may pass to another key. */
export function isTransferableKeyCode(code: string): boolean {
  return TRANSFERABLE_KEYS.has(code);
}

/** Whether an identifier may have this code: a digest, a key, and 1AAE, which the table of prefixes lists too. */
export function isPrefixCode(code: string): boolean {
  return isDigestCode(code) || isPublicKeyCode(code) || code === '1AAE';
}
