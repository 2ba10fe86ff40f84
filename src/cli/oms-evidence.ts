import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Home } from '../keys/home.ts';
import { OMS_REASONS } from '../oms/oms-problem.ts';
import { verifyOms } from '../oms/verify-oms.ts';
import type { ForeignEvidence } from '../records/skill-import.ts';
import { digestSkill } from '../skills/skill-digest.ts';
import { inputFile } from './input.ts';
import { homeOmsRoots } from './legacy-trust.ts';
import { readSkill, type SkillPlace } from './skill-source.ts';

/**
 * Evidence of a signature by OpenSSF Model Signing that holds for exactly the files at a place, under a root that the home
 * pins. Nobody names one that was not verified.
 * @throws GitkelError `refused` with what is wrong with it; `not-found` for a file that is not there.
 */
export function omsEvidence(home: Home, place: SkillPlace, file: string): ForeignEvidence {
  const { host } = home;
  const now = host.now();
  const bundle = inputFile(host, file, LIMITS.skillSidecarBytes);
  const digest = readSkill(host, place, (entries) => digestSkill(host.crypto, entries));
  const files = digest.outcome === 'digested' ? digest.manifest.files : [];
  const verdict = verifyOms(host.crypto, { bundle, files }, homeOmsRoots(home), now);
  if (verdict.outcome === 'verified')
    return { kind: 'oms', signer: verdict.signer, digest: verdict.digest, note: undefined };
  if (verdict.outcome === 'absent') throw new Error('a file that was read is there');
  const [{ reason, detail }] = verdict.problems;
  throw new GitkelError('refused', `Cannot name ${quoted(file, 200)} as evidence: ${detail}`, {
    reason,
    hint: OMS_REASONS[reason].mend,
  });
}
