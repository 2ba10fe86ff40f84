import type { KeyEvent } from '../keri/event.ts';
import type { KeyState } from '../keri/state.ts';
import type { Kel } from '../log/kel.ts';

/** What an import brought of one identifier. */
export interface ImportedAid {
  readonly aid: string;
  /** The sequence number of its last event before; `undefined` when the log did not know it. */
  readonly before: number | undefined;
  /** Where it stands now. */
  readonly state: KeyState;
  readonly events: number;
  /** Of them, those that took the place of others. */
  readonly superseded: number;
  /** Signatures over events that were there already. */
  readonly proofs: number;
  /** Events of its registries. */
  readonly statuses: number;
}

interface Counted {
  readonly before: number | undefined;
  events: number;
  proofs: number;
  statuses: number;
  readonly disputed: number;
}

/** Counts what an import brings, by identifier. */
export class ImportTally {
  readonly #kelOf: (aid: string) => Kel | undefined;
  readonly #counted = new Map<string, Counted>();

  constructor(kelOf: (aid: string) => Kel | undefined) {
    this.#kelOf = kelOf;
  }

  #of(aid: string): Counted {
    const kel = this.#kelOf(aid);
    const counted = this.#counted.get(aid) ?? {
      before: kel?.state.sn,
      disputed: kel?.disputed.length ?? 0,
      events: 0,
      proofs: 0,
      statuses: 0,
    };
    this.#counted.set(aid, counted);
    return counted;
  }

  event({ aid }: KeyEvent): void {
    this.#of(aid).events++;
  }

  proofs(aid: string, count: number): void {
    this.#of(aid).proofs += count;
  }

  status(issuer: string): void {
    this.#of(issuer).statuses++;
  }

  /** The identifiers in the order in which something of them came first, as the log has them now. */
  aids(): readonly ImportedAid[] {
    return [...this.#counted].flatMap(([aid, { disputed, ...counts }]) => {
      const kel = this.#kelOf(aid);
      if (kel === undefined) return [];
      return [{ aid, ...counts, state: kel.state, superseded: kel.disputed.length - disputed }];
    });
  }
}
