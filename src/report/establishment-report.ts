import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { priorIndexOf } from '../keri/signatures.ts';
import type { KeyState } from '../keri/state.ts';
import { isGroup, type Threshold, thresholdText } from '../keri/threshold.ts';
import type { Establishment } from '../log/accepted-event.ts';
import type { Contents } from '../log/contents.ts';
import type { Kel } from '../log/kel.ts';
import { namesOf } from '../log/proofs.ts';
import type { BatchNotes, NotedEstablishment } from './batch-notes.ts';
import type { ReportEstablishment, ReportKey } from './report-identity.ts';

/** What a report is made from: what verified, and what was noted meanwhile. */
export interface Verified {
  readonly crypto: Crypto;
  readonly contents: Contents;
  readonly notes: BatchNotes;
}

/** The commit of a batch that verified. */
export function commitAt({ contents }: Pick<Verified, 'contents'>, position: number): string {
  return contents.batchAt(position)?.commit ?? '';
}

/** Of the keys or witnesses of an event that did not sign the file which brought it, those that proved it later. */
export function lateIndices(
  { contents }: Pick<Verified, 'contents'>,
  said: string,
  kind: 'indices' | 'witnessIndices',
  { first, size }: { readonly first: readonly number[]; readonly size: number },
): readonly number[] {
  const others = Array.from({ length: size }, (_, index) => index).filter(
    (index) => !first.includes(index),
  );
  return others.filter((index) => {
    const [name = ''] = namesOf({ indices: [], witnessIndices: [], [kind]: [index] });
    return contents.proofs.positionOf(said, name) !== undefined;
  });
}

/** What each key weighs, in the order of the keys; nothing for a count. */
function weightsOf(threshold: Threshold): readonly string[] {
  if (threshold.kind === 'count') return [];
  return threshold.clauses.flatMap((clause) =>
    clause.flatMap((element) =>
      isGroup(element)
        ? element.members.map(({ text }) => `${text} in a group of ${element.weight.text}`)
        : [element.text],
    ),
  );
}

function keysOf(
  verified: Verified,
  { said, threshold, publicKeys }: KeyState,
  before: KeyState | undefined,
  first: readonly number[],
): readonly ReportKey[] {
  const late = lateIndices(verified, said, 'indices', { first, size: publicKeys.length });
  const weights = weightsOf(threshold);
  return publicKeys.map((key, index) => ({
    key,
    weight: weights[index] ?? null,
    part: first.includes(index) ? 'signed' : late.includes(index) ? 'late' : 'missing',
    isKept: before?.publicKeys.includes(key) === true,
  }));
}

function revealedBy(
  { crypto }: Verified,
  { publicKeys }: KeyState,
  before: KeyState,
  signed: readonly number[],
): ReportEstablishment['revealed'] {
  const indices = signed.flatMap((index) => {
    const key = publicKeys[index];
    return key === undefined ? [] : (priorIndexOf(crypto, before, key) ?? []);
  });
  return {
    threshold: thresholdText(before.nextThreshold),
    of: before.nextDigests.length,
    indices: [...new Set(indices)].toSorted((a, b) => a - b),
  };
}

function establishmentReport(
  verified: Verified,
  kel: Kel,
  { position, state }: Establishment,
  { type, ordinal, signers, anchor }: NotedEstablishment,
): ReportEstablishment {
  const { sn, said, witnesses } = state;
  const before = kel.stateBefore(kel.placeOfFile(ordinal));
  const { indices, witnessIndices } = signers;
  const size = witnesses.length;
  const late = lateIndices(verified, said, 'witnessIndices', { first: witnessIndices, size });
  const by =
    kel.saidAt(sn) === said ? undefined : kel.disputed.find((one) => one.said === said)?.by;
  return {
    sn,
    said,
    type,
    position,
    commit: commitAt(verified, position),
    threshold: thresholdText(state.threshold),
    keys: keysOf(verified, state, before, indices),
    nextThreshold: thresholdText(state.nextThreshold),
    nextKeys: state.nextDigests.length,
    revealed: before === undefined ? null : revealedBy(verified, state, before, indices),
    witnessing:
      size === 0
        ? null
        : {
            threshold: state.witnessThreshold,
            witnesses,
            receipted: [...witnessIndices, ...late].toSorted((a, b) => a - b),
          },
    approval:
      anchor === undefined
        ? null
        : { delegator: anchor.delegator, sn: anchor.sn, said: anchor.said },
    superseded: by ?? null,
  };
}

/** The establishment events of a KEL, oldest first, superseded ones too; the newest where they are many. */
export function establishmentReports(verified: Verified, kel: Kel): readonly ReportEstablishment[] {
  return kel.everEstablished.slice(-LIMITS.reportEstablishments).flatMap((one) => {
    const noted = verified.notes.establishment(one.state.said);
    return noted === undefined ? [] : [establishmentReport(verified, kel, one, noted)];
  });
}
