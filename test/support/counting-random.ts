import type { Crypto } from '../../src/index.ts';

/** Bytes that differ with every call and are the same in every run: for tests only. */
export function countingRandom(crypto: Crypto, label = 'test'): (length: number) => Uint8Array {
  let calls = 0;
  return (length) => {
    const parts: Uint8Array[] = [];
    for (let have = 0; have < length; have += 64) {
      parts.push(crypto.digest('sha2-512', new TextEncoder().encode(`${label} ${calls++}`)));
    }
    return Uint8Array.from(parts.flatMap((part) => [...part])).subarray(0, length);
  };
}
