import { GitkelError } from '../base/errors.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import { toHex } from '../base/bytes.ts';

function rawOf(key: string): string {
  return toHex(decodePrimitive(key).raw);
}

/**
 * Refuses witnesses whose keys control the identity that they would watch: their receipts would prove nothing that its
 * own signatures do not (KERI specification, "Witness").
 * @throws GitkelError `usage`, reason `witness-controller`.
 */
export function requireOutsideWitnesses(
  publicKeys: readonly string[],
  witnesses: readonly string[],
): void {
  if (witnesses.length === 0) return;
  const own = new Set(publicKeys.map(rawOf));
  const inside = witnesses.find((witness) => own.has(rawOf(witness)));
  if (inside === undefined) return;
  throw new GitkelError(
    'usage',
    `Cannot name the witness ${inside}: its key is one of those that control the identity`,
    {
      reason: 'witness-controller',
      hint: 'A witness is somebody else. Make a key of its own: gitkel key new NAME --witness',
    },
  );
}

/**
 * Why a witness threshold is unwise, in words; `undefined` when it is not. Of `n` witnesses `f` may be faulty, a third of
 * them; two sufficient sets must share an honest one, and the honest ones must suffice (KERI specification, "KERI's
 * Algorithm for Witness Agreement").
 */
export function witnessThresholdWarning(threshold: number, witnesses: number): string | undefined {
  if (witnesses === 0) return undefined;
  const faults = Math.floor((witnesses - 1) / 3);
  const least = Math.ceil((witnesses + faults + 1) / 2);
  const most = witnesses - faults;
  const what = `${threshold} of ${witnesses} witnesses`;
  if (threshold < least)
    return `${what} are few: two events could both be receipted enough; ${least} would do`;
  if (threshold > most)
    return `${what} are many: nothing can be added when ${faults} of them fail; ${most} would do`;
  return undefined;
}
