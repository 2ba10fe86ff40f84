/** The store beside its peers: audits beside the bare signatures, appends beside `git fast-import`, and how small it gets. */
import { spawnSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import * as nodeFs from 'node:fs';
import path from 'node:path';
import { audit, auditInPool } from '../../dist/src/audit/audit.js';
import { nativeCrypto } from '../../dist/src/crypto/native.js';
import { compact } from '../../dist/src/git/compact.js';
import { openRepository } from '../../dist/src/git/repository.js';
import { nodeHost } from '../../dist/src/host/node.js';
import { allowedSigners } from '../../dist/src/log/allowed-signers.js';
import { finishCommit, planCommit } from '../../dist/src/log/append.js';
import { createLog } from '../../dist/src/log/create-log.js';
import { fold, pathOfEvent } from '../../dist/src/log/fold.js';
import { createGenesis } from '../../dist/src/log/genesis.js';
import { GENESIS_PATH } from '../../dist/src/log/layout.js';
import { openLog } from '../../dist/src/log/open-log.js';
import { bulk } from './bulk.mjs';
import { batchesInTurn, batchesOf, cloneOf, eventIn } from './log-history.mjs';
import { writeLongLog } from './long-log.mjs';
import { median } from './rounds.mjs';

const AUDITS = 3;
const STOCK_COMMITS = 100;
const OPEN_AT_ONCE = 512;

function stock(args, options = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = {
    ...Object.fromEntries(kept),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const start = performance.now();
  const ran = spawnSync('git', args, { env, maxBuffer: 2 ** 28, ...options });
  if (ran.error !== undefined || ran.status !== 0) return undefined;
  return { milliseconds: performance.now() - start, stdout: ran.stdout };
}

async function timedRun(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function requireValid({ state, reason }) {
  if (state !== 'valid') throw new Error(reason);
}

/** Every signature that an audit verifies, with keys that are imported already. */
function signaturesOf(dir) {
  const keys = new Map();
  const found = [];
  const crypto = {
    ...nativeCrypto,
    verify: (publicKey, message, signature) => {
      const x = Buffer.from(publicKey).toString('base64url');
      const key =
        keys.get(x) ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      keys.set(x, key);
      found.push({ key, message: new Uint8Array(message), signature: new Uint8Array(signature) });
      return nativeCrypto.verify(publicKey, message, signature);
    },
  };
  requireValid(audit(nodeHost({ crypto }), dir));
  return found;
}

/** Nothing but the verifications, on all threads. */
async function bare(signatures) {
  let [begun, done] = [0, 0];
  await new Promise((resolve, reject) => {
    const next = () => {
      while (begun < signatures.length && begun - done < OPEN_AT_ONCE) {
        const { key, message, signature } = signatures[begun++];
        verify(null, message, key, signature, (error, isValid) => {
          if (error !== null || !isValid) return reject(new Error('a signature does not hold'));
          return ++done === signatures.length ? resolve() : next();
        });
      }
    };
    next();
  });
}

/** `git log --format=%G?` of the last commits: milliseconds for each; `undefined` without git. */
function gitLog(dir, folder) {
  const log = openLog(nodeHost(), dir);
  const signers = path.join(folder, 'signers');
  nodeFs.writeFileSync(signers, allowedSigners(log.contents));
  log.store.close();
  const format = ['log', '--format=%G?', '-n', String(STOCK_COMMITS)];
  const ran = stock(['-C', dir, '-c', `gpg.ssh.allowedSignersFile=${signers}`, ...format, 'main']);
  if (ran === undefined) return undefined;
  if (!/^(?:G\n)+$/.test(String(ran.stdout))) throw new Error('git does not say Good');
  return ran.milliseconds / STOCK_COMMITS;
}

async function auditing(folder, batches) {
  const written = path.join(folder, 'audited');
  await writeLongLog(written)(batchesInTurn(), batches);
  const dir = cloneOf(written, path.join(folder, 'audited-clone')) ?? written;
  const signatures = signaturesOf(dir);
  const taken = { gitkel: [], bare: [], singleThread: [] };
  for (let round = -1; round < AUDITS; round++) {
    const one = {
      bare: await timedRun(async () => bare(signatures)),
      gitkel: await timedRun(async () => requireValid(await auditInPool(nodeHost(), dir))),
      singleThread: await timedRun(() => requireValid(audit(nodeHost(), dir))),
    };
    if (round >= 0) for (const [name, each] of Object.entries(one)) taken[name].push(each);
  }
  const medians = Object.entries(taken).map(([name, each]) => [name, median(each)]);
  return {
    batches,
    signatures: signatures.length,
    ...Object.fromEntries(medians),
    gitLog: gitLog(dir, folder),
  };
}

const processorMilliseconds = (since) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e3;
};

/**
 * Appends batches one by one without fsync; tells for each how long all of it took, and the log's writing alone; and how
 * much processor time all of it took.
 */
async function appending(dir, batches) {
  const host = nodeHost({ fsync: false });
  createLog(host, dir, { admission: 'open' });
  const log = openLog(host, dir);
  const taken = { whole: [], alone: [], cpu: [] };
  const commits = [];
  const signing = new Map();
  for (const { sn, wire, message, signers } of batches) {
    const start = performance.now();
    const usage = process.cpuUsage();
    const { contents, replayed } = log;
    const event = eventIn(message);
    const file = { path: pathOfEvent(nativeCrypto, event, sn), bytes: wire };
    const genesis = createGenesis(nativeCrypto, event.aid, 'open', new Uint8Array(16));
    const first = { path: GENESIS_PATH, bytes: genesis.bytes };
    const files = contents.genesis === undefined ? [first, file] : [file];
    const { draft } = fold(nativeCrypto, contents, files);
    const folded = performance.now();
    const establishment = draft.kels.get(event.aid).state.lastEstablishment.sn;
    const [{ seed, text }] = signers;
    const unsigned = planCommit(nativeCrypto, {
      replayed,
      files,
      draft,
      committer: { aid: event.aid, establishment, keyIndex: 0 },
      publicKey: text,
      seconds: 1_800_000_000 + contents.batches,
    });
    const sign = signing.get(text) ?? nativeCrypto.signing(seed);
    signing.set(text, sign);
    const commit = finishCommit(nativeCrypto, unsigned, sign(unsigned.signedData));
    await log.append(commit);
    const appended = performance.now();
    log.refresh();
    taken.alone.push(appended - folded);
    taken.whole.push(performance.now() - start);
    taken.cpu.push(processorMilliseconds(usage));
    commits.push({ files, text: Buffer.from(commit.objects.at(-1).bytes).toString() });
  }
  log.store.close();
  return { ...taken, commits };
}

const tenthsOf = (values, typical = median) =>
  Array.from({ length: 10 }, (_, n) =>
    typical(values.slice((n * values.length) / 10, ((n + 1) * values.length) / 10)),
  );

/** The same trees by stock Git, the text of the signature in the message: milliseconds for each commit. */
function fastImport(folder, commits) {
  const dir = path.join(folder, 'imported');
  if (stock(['init', '--bare', '-q', dir]) === undefined) return undefined;
  const data = (bytes) => Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes]);
  const stream = commits.flatMap(({ files, text }, at) => [
    Buffer.from(`commit refs/heads/main\ncommitter a <a@b> ${1_800_000_000 + at} +0000\n`),
    data(Buffer.from(text)),
    ...files.flatMap(({ path: name, bytes }) => [
      Buffer.from(`\nM 100644 inline ${name}\n`),
      data(Buffer.from(bytes)),
    ]),
    Buffer.from('\n'),
  ]);
  const ran = stock(['-C', dir, 'fast-import', '--quiet'], { input: Buffer.concat(stream) });
  return ran === undefined ? undefined : ran.milliseconds / commits.length;
}

async function packedBytes(dir, batches) {
  const host = nodeHost();
  const { after } = await compact(host, openRepository(host, dir, { hostile: false }));
  return after.bytes / batches;
}

const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;

/** All of it. `batches` are audited; `appends` are appended, once to one identifier and once each to one of its own. */
export async function store(folder, { batches, appends, bulkBatches }) {
  const measured = await auditing(folder, batches);
  const [deep, wide] = ['deep', 'wide'].map((name) => path.join(folder, name));
  const one = await appending(deep, batchesOf(appends, 1));
  const many = await appending(wide, batchesOf(appends, appends));
  return {
    audit: measured,
    append: {
      batches: appends,
      tenths: tenthsOf(one.whole),
      wideTenths: tenthsOf(many.whole),
      cpuTenths: tenthsOf(one.cpu, mean),
      wideCpuTenths: tenthsOf(many.cpu, mean),
      fastImport: fastImport(folder, one.commits),
      logAlone: mean(one.alone),
      whole: mean(one.whole),
    },
    bulk: await bulk(folder, bulkBatches),
    packed: {
      deepBytes: await packedBytes(deep, appends),
      wideBytes: await packedBytes(wide, appends),
    },
  };
}
