/** The part of pako 1.0 that is used here. */
declare module 'pako/lib/inflate.js' {
  export class Inflate {
    constructor(options: {
      readonly windowBits?: number;
      readonly raw?: boolean;
      readonly chunkSize?: number;
    });
    /** Zero while all is well; else zlib's number of what is wrong. */
    readonly err: number;
    readonly ended: boolean;
    readonly strm: { readonly next_in: number };
    onData: (chunk: Uint8Array) => void;
    push(input: Uint8Array, isLast: boolean): boolean;
  }
}
