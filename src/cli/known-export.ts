import { GitkelError } from '../base/errors.ts';
import type { VerifiedExport } from '../batch/export-file.ts';
import type { Home } from '../keys/home.ts';
import { adoptRotation } from '../keys/keystore.ts';
import { knownAid, rememberAids } from '../keys/pins.ts';

/**
 * Holds the KELs of an export against what this home remembers and has pinned.
 * @returns lines that tell how well the identities are known
 * @throws GitkelError `refused` when a remembered event has another SAID there, or an export is older than what is known.
 */
export function checkExport(home: Home, { kels }: VerifiedExport): readonly string[] {
  return [...kels.values()].map((kel) => {
    const known = knownAid(home, kel.aid);
    if (known === undefined) return `first contact with ${kel.aid}: this home has not seen it before; compare the AID by voice`;
    for (const { sn, said } of known.points) {
      const there = kel.saidAt(sn);
      if (there === said) continue;
      const [reason, detail] =
        there === undefined
          ? ['aid-behind', `its KEL of ${kel.aid} ends at event ${kel.state.sn}, this home has seen event ${sn}`]
          : ['aid-conflict', `event ${sn} of ${kel.aid} is ${there} there, this home has seen ${said}`];
      throw new GitkelError('refused', `Cannot trust the export: ${detail}`, {
        reason,
        hint: reason === 'aid-behind' ? 'Ask for a new export from a log that is up to date.' : 'One of both was forged, or the controller signed two events for one place. Do not sign.',
      });
    }
    return `${kel.aid}: ${known.pinned ? 'pinned' : 'seen before'}, consistent with it`;
  });
}

/** Remembers the KELs that an export proved, and which keys of this home they show to be current. */
export async function rememberExport(home: Home, { kels, collected }: VerifiedExport): Promise<void> {
  await rememberAids(
    home,
    collected.batch.logId,
    [...kels.values()].flatMap((kel) =>
      kel.states.map(({ sn, said, lastType }) => ({ aid: kel.aid, sn, said, establishment: lastType !== 'ixn' })),
    ),
  );
  await adoptRotation(home, [...kels.values()].flatMap(({ state }) => state.publicKeys));
}
