/**
 * What of the recorded vectors is deliberately not supported, each with the reason. Tests skip exactly what stands
 * here, and fail when an entry names nothing.
 * @module
 */

export interface LeftOut {
  /** What the entry names, as the vectors spell it. */
  readonly name: string;
  readonly why: string;
}

/** `kind` of rows of `lowlevel/said.json` → `serializations`. */
export const leftOutSerializations: readonly LeftOut[] = [
  {
    name: 'CBOR',
    why: 'KERI version 1 is exchanged as JSON by every released implementation; one form is enough',
  },
  {
    name: 'MGPK',
    why: 'KERI version 1 is exchanged as JSON by every released implementation; one form is enough',
  },
];

/** Lists of `lowlevel/keys.json`. */
export const leftOutKeyLists: readonly LeftOut[] = [
  {
    name: 'salted',
    why: 'seeds stretched from a salt by argon2id belong to another key store; keys here are drawn at random',
  },
];

/** Tags of scenarios. */
export const leftOutTags: readonly LeftOut[] = [
  {
    name: 'optional-suite',
    why: 'signature suites other than Ed25519 are optional; their keys are refused by name',
  },
];

/** Whether a table holds a name. */
export function isLeftOut(table: readonly LeftOut[], name: string): boolean {
  return table.some((entry) => entry.name === name);
}
