import type { Memory } from '../audit/audit.ts';
import type { Home } from '../keys/home.ts';
import { adoptRotation, listKeys } from '../keys/keystore.ts';
import { checkAgainst, knownAid, knownLog, remember, type SeenEvent } from '../keys/pins.ts';
import { signedAt } from '../keys/signed-memory.ts';
import type { Contents } from '../log/contents.ts';

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
  if (knownLog(home, genesis.logId)?.payloadDigest === lastBatch.payloadDigest) return;
  const mark = { logId: genesis.logId, position: contents.batches - 1, payloadDigest: lastBatch.payloadDigest };
  await remember(home, mark, eventsOf(contents));
  await adoptRotation(home, ownCurrentKeys(home, contents));
}

/**
 * The current keys of identities that this home signed for. Of others, whoever controls them could list a key of this
 * home that was revealed elsewhere, and so make it count as current here.
 */
function ownCurrentKeys(home: Home, contents: Contents): readonly string[] {
  const own = new Set(listKeys(home).map(({ publicKey }) => publicKey));
  return contents.aids.flatMap((aid) => {
    const kel = contents.kel(aid);
    const keys = kel?.state.publicKeys.filter((key) => own.has(key)) ?? [];
    const hasSigned = keys.length > 0 && kel?.establishments.some(({ state }) => signedAt(home, aid, state.sn).length > 0);
    return hasSigned === true ? keys : [];
  });
}
