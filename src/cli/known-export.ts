import { GitkelError } from '../base/errors.ts';
import type { VerifiedExport } from '../batch/export-file.ts';
import type { ReplayedKel } from '../batch/replayed-kels.ts';
import type { Home } from '../keys/home.ts';
import { adoptRotation } from '../keys/keystore.ts';
import { signedAt } from '../keys/signed-memory.ts';
import { knownAid, rememberAids } from '../keys/pins.ts';
import { takesPart } from './taking-part.ts';

/**
 * Holds the KELs of an export against what this home remembers and has pinned.
 * @returns lines that tell how well the identities are known
 * @throws GitkelError `refused` when a remembered event has another SAID there, or an export is older than what is known.
 */
export function checkExport(home: Home, { kels }: VerifiedExport): readonly string[] {
  return [...kels.values()].map((kel) => {
    const known = knownAid(home, kel.aid);
    const signed = ownSignatures(home, kel);
    if (known === undefined && signed !== undefined) return signed;
    if (known === undefined)
      return `first contact with ${kel.aid}: this home has not seen it before; compare the AID by voice`;
    for (const { sn, said } of known.points) {
      const there = kel.saidAt(sn);
      if (there === said || kel.isSuperseded(sn, said)) continue;
      const [reason, detail] =
        there === undefined
          ? [
              'aid-behind',
              `its KEL of ${kel.aid} ends at event ${kel.state.sn}, this home has seen event ${sn}`,
            ]
          : [
              'aid-conflict',
              `event ${sn} of ${kel.aid} is ${there} there, this home has seen ${said}`,
            ];
      throw new GitkelError('refused', `Cannot trust the export: ${detail}`, {
        reason,
        hint:
          reason === 'aid-behind'
            ? 'Ask for a new export from a log that is up to date.'
            : 'One of both was forged, or the controller signed two events for one place. Do not sign.',
      });
    }
    return `${kel.aid}: ${known.pinned ? 'pinned' : 'seen before'}, consistent with it`;
  });
}

/** Whether this home signed establishment events of a KEL, and those that stand in it. */
function ownSignatures(home: Home, kel: ReplayedKel): string | undefined {
  const establishments = kel.states.filter(({ lastType }) => lastType !== 'ixn');
  const signed = establishments.filter(({ sn, said }) =>
    signedAt(home, kel.aid, sn).some((event) => event.said === said),
  );
  return signed.length === 0
    ? undefined
    : `${kel.aid}: this home signed its event ${signed.map(({ sn }) => sn).join(', ')}`;
}

/** Remembers the KELs that an export proved, and which keys of this home they show to be current. */
export async function rememberExport(
  home: Home,
  { kels, collected }: VerifiedExport,
): Promise<void> {
  await rememberAids(
    home,
    collected.batch.logId,
    [...kels.values()].flatMap((kel) =>
      kel.states.map(({ sn, said, lastType }) => ({
        aid: kel.aid,
        sn,
        said,
        establishment: lastType !== 'ixn',
      })),
    ),
  );
  const own = [...kels.values()].filter(({ aid, states }) =>
    takesPart(
      home,
      aid,
      states.map(({ sn }) => sn),
    ),
  );
  await adoptRotation(
    home,
    own.flatMap(({ state }) => state.publicKeys),
  );
}
