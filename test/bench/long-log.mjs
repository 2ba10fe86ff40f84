/** A long log, quickly: batches of one event each are signed and applied without being read back, many in one pack. */
import * as nodeFs from 'node:fs';
import { nativeCrypto } from '../../dist/src/crypto/native.js';
import { objectId } from '../../dist/src/git/object.js';
import { nodeHost } from '../../dist/src/host/node.js';
import { finishCommit, planCommit } from '../../dist/src/log/append.js';
import { checkBatch } from '../../dist/src/log/check-batch.js';
import { createLog } from '../../dist/src/log/create-log.js';
import { fold, pathOfEvent } from '../../dist/src/log/fold.js';
import { createGenesis } from '../../dist/src/log/genesis.js';
import { GENESIS_PATH } from '../../dist/src/log/layout.js';
import { openLog } from '../../dist/src/log/open-log.js';
import { nothingReplayed } from '../../dist/src/log/replay.js';
import { eventIn } from './log-history.mjs';

const PACK_BATCHES = 1_000;
/** Signatures are verified when the log is audited. */
const unchecked = { ...nativeCrypto, verify: () => true };

function nextCommit(replayed, { sn, wire, message, signers }) {
  const { contents } = replayed;
  const event = eventIn(message);
  const file = { path: pathOfEvent(nativeCrypto, event, sn), bytes: wire };
  const genesis = createGenesis(nativeCrypto, event.aid, 'open', new Uint8Array(16));
  const files =
    contents.genesis === undefined ? [{ path: GENESIS_PATH, bytes: genesis.bytes }, file] : [file];
  const folded = fold(unchecked, contents, files);
  if (!folded.ok) throw new Error(folded.detail);
  const { draft } = folded;
  const [{ seed, text }] = signers;
  const unsigned = planCommit(nativeCrypto, {
    replayed,
    files,
    draft,
    committer: {
      aid: event.aid,
      establishment: draft.kels.get(event.aid).state.lastEstablishment.sn,
      keyIndex: 0,
    },
    publicKey: text,
    seconds: 1_800_000_000 + contents.batches,
  });
  const signature = nativeCrypto.sign(seed, unsigned.signedData);
  return { files, commit: finishCommit(unchecked, unsigned, signature) };
}

function applied(replayed, { files, commit }) {
  const { contents, tree, tip } = replayed;
  const copies = (path) =>
    files
      .filter((file) => file.path === path)
      .map(({ bytes }) => ({ bytes, oid: objectId(nativeCrypto, 'blob', bytes) }));
  const context = { crypto: unchecked, contents, tree, parent: tip, copies };
  const checked = checkBatch(context, commit.oid, commit.objects.at(-1).bytes);
  if (!checked.ok) throw new Error(checked.failure.detail);
  contents.apply(checked.batch.draft, checked.batch.mark);
  return { contents, tree: checked.batch.tree, tip: commit.oid };
}

/** Gives what writes a log in a directory, and extends it: by the next so many of `batches`. */
export function writeLongLog(dir) {
  const host = nodeHost({ fs: { ...nodeFs, fsyncSync: () => {} } });
  createLog(host, dir, { admission: 'open' });
  const log = openLog(host, dir);
  let replayed = nothingReplayed();
  return async (batches, count) => {
    const from = replayed.tip;
    let objects = [];
    for (let written = 1; written <= count; written++) {
      const next = nextCommit(replayed, batches.next().value);
      replayed = applied(replayed, next);
      objects.push(...next.commit.objects);
      if (written % PACK_BATCHES === 0 || written === count) {
        log.store.writePack(objects);
        objects = [];
      }
    }
    log.store.close();
    await log.moveRef(log.ref, from, replayed.tip);
  };
}
