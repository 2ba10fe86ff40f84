import type { Crypto } from '../crypto/crypto.ts';
import { type OmsRoot, type OmsVerdict, verifyOms } from '../oms/verify-oms.ts';
import { OMS_SIGNATURE } from './sidecar.ts';
import type { FoundSkill } from './judge-skill.ts';

/**
 * What a signature by OpenSSF Model Signing comes to for a skill that was found. What stands under its name and does not
 * even have its form is a bad one, and a file of the skill.
 * @param now seconds since 1970
 */
export function judgeOms(
  crypto: Crypto,
  { files, omsSignature, manifest }: FoundSkill,
  roots: readonly OmsRoot[],
  now: number,
): OmsVerdict {
  const bundle = omsSignature ?? files.find(({ path }) => path === OMS_SIGNATURE)?.bytes;
  return verifyOms(crypto, { bundle, files: manifest.files }, roots, now);
}
