/** The part of hash-wasm that holds BLAKE3 alone: a small file without types of its own. */
declare module 'hash-wasm/dist/blake3.umd.min.js' {
  import type { createBLAKE3 } from 'hash-wasm';

  const bundle: { readonly createBLAKE3: typeof createBLAKE3 };
  export = bundle;
}
