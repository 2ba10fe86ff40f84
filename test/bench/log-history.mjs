/** A log on disk: how fast batches are appended, each durable when it is reported, and how fast all of it is audited. */
import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import path from 'node:path';
import { audit } from '../../dist/src/audit/audit.js';
import { nativeCrypto } from '../../dist/src/crypto/native.js';
import { nodeHost } from '../../dist/src/host/node.js';
import { parseEvent } from '../../dist/src/keri/event.js';
import { finishCommit, planCommit } from '../../dist/src/log/append.js';
import { createLog } from '../../dist/src/log/create-log.js';
import { fold, pathOfEvent } from '../../dist/src/log/fold.js';
import { createGenesis } from '../../dist/src/log/genesis.js';
import { GENESIS_PATH } from '../../dist/src/log/layout.js';
import { openLog } from '../../dist/src/log/open-log.js';
import { keyEvents } from './key-event-log.mjs';
import { median, timed } from './rounds.mjs';

const IDENTIFIERS = 10;
const AUDITS = 3;

/**
 * Batches without end, one event in each, of so many identifiers with one key each in turn; the first batch opens the
 * log. Each is made when it is asked for: all of a long log at once would fill the memory, and collecting garbage would
 * take longer the longer the log gets.
 */
export function* batchesInTurn(identifiers = IDENTIFIERS) {
  const logs = Array.from({ length: identifiers }, (_, index) =>
    keyEvents({ label: `identifier ${index}`, keyCount: 1, required: 1 }),
  );
  for (let sn = 0; ; sn++) for (const log of logs) yield { sn, ...log.next().value };
}

/** The first of {@link batchesInTurn}. */
export function batchesOf(count, identifiers = IDENTIFIERS) {
  const all = batchesInTurn(identifiers);
  return Array.from({ length: count }, () => all.next().value);
}

export function eventIn(message) {
  const parsed = parseEvent(nativeCrypto, message);
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.event;
}

/** Folds one event on the log, signs the commit, writes and moves the branch, and reads it back. */
async function append(log, { sn, wire, message, signers }) {
  const { contents } = log;
  const event = eventIn(message);
  const file = { path: pathOfEvent(nativeCrypto, event, sn), bytes: wire };
  const genesis = createGenesis(nativeCrypto, event.aid, 'open', new Uint8Array(16));
  const files =
    contents.genesis === undefined ? [{ path: GENESIS_PATH, bytes: genesis.bytes }, file] : [file];
  const folded = fold(nativeCrypto, contents, files);
  if (!folded.ok) throw new Error(folded.detail);
  const { draft } = folded;
  const establishment = draft.kels.get(event.aid).state.lastEstablishment.sn;
  const [{ seed, text }] = signers;
  const unsigned = planCommit(nativeCrypto, {
    replayed: log.replayed,
    files,
    draft,
    committer: { aid: event.aid, establishment, keyIndex: 0 },
    publicKey: text,
    seconds: 1_800_000_000 + contents.batches,
  });
  const signature = nativeCrypto.sign(seed, unsigned.signedData);
  const moved = await log.append(finishCommit(nativeCrypto, unsigned, signature));
  if (!moved) throw new Error('nobody else writes here');
  log.refresh();
}

/** Writes a log of so many batches; gives the seconds that each append took, and what of it `fsync` took. */
export async function writeLog(dir, count) {
  const synced = { wall: 0, cpu: 0, calls: 0 };
  const fsyncSync = (fd) => {
    synced.calls++;
    timed(synced, () => nodeFs.fsyncSync(fd));
  };
  const host = nodeHost({ fs: { ...nodeFs, fsyncSync } });
  createLog(host, dir, { admission: 'open' });
  const log = openLog(host, dir);
  Object.assign(synced, { wall: 0, calls: 0 });
  const seconds = [];
  for (const batch of batchesOf(count)) {
    const start = performance.now();
    await append(log, batch);
    seconds.push((performance.now() - start) / 1e3);
  }
  log.store.close();
  return { seconds, syncs: synced.calls, syncSeconds: synced.wall };
}

/** The native implementation, and the time that verifying signatures takes. */
function watched() {
  const spent = { calls: 0, wall: 0, cpu: 0 };
  const verify = (...signed) => {
    let isValid = false;
    timed(spent, () => {
      isValid = nativeCrypto.verify(...signed);
    });
    spent.calls++;
    return isValid;
  };
  return { spent, crypto: { ...nativeCrypto, verify } };
}

function auditOnce(dir, crypto) {
  const spent = { wall: 0, cpu: 0 };
  let verdict;
  timed(spent, () => {
    verdict = audit(nodeHost({ crypto }), dir);
  });
  if (verdict.state !== 'valid') throw new Error(verdict.reason);
  return { ...spent, batches: verdict.batches };
}

/** Batches per second of `audit`, and which share of its time goes into signatures; medians of a few audits. */
export function auditRate(dir) {
  auditOnce(dir, nativeCrypto);
  const runs = Array.from({ length: AUDITS }, () => {
    const plain = auditOnce(dir, nativeCrypto);
    const { spent, crypto } = watched();
    const { wall } = auditOnce(dir, crypto);
    return { ...plain, signatures: spent.calls, share: spent.wall / wall };
  });
  return {
    batches: runs[0].batches,
    signatures: runs[0].signatures,
    perSecond: median(runs.map(({ batches, wall }) => batches / wall)),
    perCpuSecond: median(runs.map(({ batches, cpu }) => batches / cpu)),
    signatureShare: median(runs.map(({ share }) => share)),
  };
}

/** A clone as stock Git makes one: all objects in one pack. */
export function cloneOf(dir, into) {
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = {
    ...Object.fromEntries(environment),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const args = ['clone', '--quiet', '--bare', '--no-local', dir, into];
  const { status, error } = spawnSync('git', args, { env, stdio: 'ignore' });
  if (error !== undefined || status !== 0) return undefined;
  return path.resolve(into);
}
