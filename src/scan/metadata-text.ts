/** A text in the metadata of a file. */
export interface MetadataText {
  /** Where it lies in the file, and how many bytes it takes there. */
  readonly index: number;
  readonly length: number;
  /** What the form calls its place. */
  readonly field: string;
  /** What it holds, as far as it was unpacked. */
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}
