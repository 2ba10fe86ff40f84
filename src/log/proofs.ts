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

/** The signers of an event beyond those keys and witnesses that signed in the file that brought it. */
export class Proofs {
  readonly #remembered: Remembered;
  #positions: OwnedValues<number>;

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
    this.#positions = new OwnedValues(remembered, 'proof');
  }

  /** The position at which somebody's proof of an event entered the log. */
  positionOf(said: string, signer: string): number | undefined {
    return this.#positions.get(`${said} ${signer}`);
  }

  add(said: string, signer: string, position: number): void {
    this.#positions.set(`${said} ${signer}`, position);
  }

  copy(): Proofs {
    const copy = new Proofs(this.#remembered);
    copy.#positions = this.#positions.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#positions.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#positions.settle();
  }
}
