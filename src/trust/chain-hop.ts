/** One hop of the chain from the files of a skill to whoever judges them. */
export interface ChainHop {
  readonly kind: 'manifest' | 'release' | 'audit' | 'import' | 'grant' | 'vouch' | 'root';
  /** Whose hop it is: the controller; `undefined` for the manifest, which nobody makes. */
  readonly who: string | undefined;
  /** The AID whose event seals the statement, that event's number, and its position; roots and manifests have none. */
  readonly issuer: string | undefined;
  readonly sn: number | undefined;
  readonly position: number | undefined;
  readonly statement: string | undefined;
  /** What it says, in one sentence without its full stop. */
  readonly claim: string;
  readonly counts: boolean;
  /** Why it counts or not, in the same form. */
  readonly why: string;
  /** From 0, which counts for nothing, to 100. */
  readonly strength: number;
}
