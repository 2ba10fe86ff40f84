import { OwnedLists } from './owned-lists.ts';
import { OwnedValues } from './owned-values.ts';
import type { Remembered, Value } from './remembered.ts';

/** The keys and witnesses, by index, that signed an event in the file that brought it. */
export interface FirstSigners {
  readonly indices: readonly number[];
  readonly witnessIndices: readonly number[];
}

/** Their names as `signerName` in `src/keri/proofs.ts` gives them. */
export function namesOf({ indices, witnessIndices }: FirstSigners): readonly string[] {
  return [
    ...indices.map((index) => `controller ${index}`),
    ...witnessIndices.map((index) => `witness ${index}`),
  ];
}

/** The indices as text: those of keys and, after a `;`, those of witnesses. */
export function signersText({ indices, witnessIndices }: FirstSigners): string {
  return witnessIndices.length === 0
    ? indices.join()
    : `${indices.join()};${witnessIndices.join()}`;
}

/** Reads what {@link signersText} wrote. */
export function signersOf(text: string): FirstSigners {
  const [indices = [], witnessIndices = []] = text
    .split(';')
    .map((list) => list.split(',').map(Number));
  return { indices, witnessIndices };
}

/** A file with proof of an accepted event that came later. */
export interface ProofFile {
  /** The SAID of the event. */
  readonly said: string;
  /** What the name of the file has: its ordinal among the AID's files, and the digest of its bytes. */
  readonly ordinal: number;
  readonly digest: string;
}

/** The signers of an event beyond those keys and witnesses that signed in the file that brought it. */
export class Proofs {
  readonly #remembered: Remembered;
  #positions: OwnedValues<number>;
  #files: OwnedLists<ProofFile>;

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
    this.#positions = new OwnedValues(remembered, 'proof');
    this.#files = new OwnedLists(remembered, 'proof-files');
  }

  /** The position at which somebody's proof of an event entered the log. */
  positionOf(said: string, signer: string): number | undefined {
    return this.#positions.get(`${said} ${signer}`);
  }

  add(said: string, signer: string, position: number): void {
    this.#positions.set(`${said} ${signer}`, position);
  }

  /** The files of late proofs of an AID's events, in the order of their ordinals. */
  filesOf(aid: string): readonly ProofFile[] {
    return this.#files.of(aid).from(0);
  }

  addFile(aid: string, file: ProofFile): void {
    this.#files.push(aid, file);
  }

  copy(): Proofs {
    const copy = new Proofs(this.#remembered);
    copy.#positions = this.#positions.copy();
    copy.#files = this.#files.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#positions.changes();
    yield* this.#files.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#positions.settle();
    this.#files.settle();
  }
}
