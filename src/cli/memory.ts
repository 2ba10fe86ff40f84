import type { Memory } from '../audit/audit.ts';
import type { Home } from '../keys/home.ts';
import { adoptRotation, listKeys } from '../keys/keystore.ts';
import { checkAgainst, knownAid, knownLog, remember, type SeenEvent } from '../keys/pins.ts';
import type { Contents } from '../log/contents.ts';
import { takesPart } from './taking-part.ts';

/** What this home knows of the log, compared with what was verified in it now. */
export function recall(home: Home, contents: Contents): Memory {
  const logId = contents.genesis?.logId;
  if (logId === undefined) return { known: false, alarms: [], notes: [] };
  const aids = new Map(
    contents.aids.flatMap((aid) => {
      const kel = contents.kel(aid);
      return kel === undefined ? [] : [[aid, { sn: kel.state.sn, saidAt: (sn: number) => kel.saidAt(sn) }] as const];
    }),
  );
  const found = checkAgainst(home, logId, {
    position: contents.batches - 1,
    digestAt: (position) => contents.batchAt(position)?.payloadDigest,
    aids,
  });
  const known =
    knownLog(home, logId) !== undefined || contents.aids.some((aid) => knownAid(home, aid)?.pinned === true);
  return {
    known,
    alarms: found
      .filter(({ reason }) => reason !== 'aid-behind')
      .map(({ reason, detail, aid }) => ({ reason, detail, ...(aid === undefined ? {} : { aid }) })),
    notes: found.filter(({ reason }) => reason === 'aid-behind').map(({ detail }) => `stale: ${detail}`),
  };
}

function eventsOf(contents: Contents): readonly SeenEvent[] {
  return contents.aids.flatMap((aid) => {
    const kel = contents.kel(aid);
    if (kel === undefined) return [];
    const establishments = kel.establishments.map(({ state: { sn, said } }) => ({ aid, sn, said, establishment: true }));
    const { sn, said } = kel.state;
    return establishments.at(-1)?.sn === sn ? establishments : [...establishments, { aid, sn, said }];
  });
}

/**
 * Remembers a log that verified and raised no alarm: how far it went, where each AID stood. Keys of this home that a
 * rotation made current are labelled so.
 */
export async function rememberLog(home: Home, contents: Contents): Promise<void> {
  const { genesis, lastBatch } = contents;
  if (genesis === undefined || lastBatch === undefined) return;
  const mark = { logId: genesis.logId, position: contents.batches - 1, payloadDigest: lastBatch.payloadDigest };
  if (knownLog(home, genesis.logId)?.payloadDigest !== mark.payloadDigest) await remember(home, mark, eventsOf(contents));
  await adoptRotation(home, ownCurrentKeys(home, contents));
}

/** Keys of this home that are current in identities in which it takes part. */
function ownCurrentKeys(home: Home, contents: Contents): readonly string[] {
  const own = new Set(listKeys(home).map(({ publicKey }) => publicKey));
  return contents.aids.flatMap((aid) => {
    const kel = contents.kel(aid);
    const keys = kel?.state.publicKeys.filter((key) => own.has(key)) ?? [];
    const sns = kel?.establishments.map(({ state }) => state.sn) ?? [];
    return keys.length > 0 && takesPart(home, aid, sns) ? keys : [];
  });
}
