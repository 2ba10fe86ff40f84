/** The worked example of `docs/format.md`: a log of five batches by one person and a device, from fixed seeds. */
import { Volume } from 'memfs';
import { toHex, utf8 } from '../../src/base/bytes.ts';
import { canonicalText, type Json } from '../../src/base/canonical-json.ts';
import { signWithdrawal } from '../../src/batch/withdrawal.ts';
import { dummy } from '../../src/cesr/said.ts';
import { parseCommit } from '../../src/git/commit.ts';
import { sshSignedData } from '../../src/git/ssh-signature.ts';
import {
  audit,
  collect,
  commitBatch,
  countThreshold,
  createLog,
  digestSeal,
  encodeExport,
  type FileSystem,
  loadCollected,
  type Log,
  memoryHost,
  nativeCrypto,
  nextDigest,
  openLog,
  type Operation,
  seedSigner,
  shortCode,
  type Signer,
  signBatch,
  stageBatch,
  type StagedBatch,
  stagingGround,
} from '../../src/index.ts';
import { encodeCard, keyCard } from '../../src/keys/card.ts';
import { buildInception } from '../../src/keri/build.ts';
import { batchRefs, eventPath } from '../../src/log/layout.ts';
import { batchReader } from '../../src/log/read-batch.ts';
import { signedBytes } from '../../src/records/record.ts';
import { countingRandom } from '../support/counting-random.ts';

const SECONDS = 1_800_000_000;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const crypto = nativeCrypto;

/** The signer of the seed of 32 equal bytes. */
const signerOf = (byte: number): Signer => seedSigner(crypto, new Uint8Array(32).fill(byte));

const first = signerOf(1);
const second = signerOf(2);
const third = signerOf(3);
const ofDevice = signerOf(4);
const signers = [first, second, third, ofDevice];

async function commitOne(
  log: Log,
  ...operations: readonly Operation[]
): Promise<{ batch: StagedBatch; blocks: Blocks; contributions: readonly string[] }> {
  const nonce = Uint8Array.from({ length: 16 }, (_, index) => index);
  const batch = await stageBatch(log, stagingGround(log, 'open', nonce), operations);
  const find = async (key: string): Promise<Signer | undefined> =>
    signers.find(({ publicKey }) => publicKey === key);
  const isOurs = (key: string): boolean => signers.some(({ publicKey }) => publicKey === key);
  const contributions = await signBatch(
    crypto,
    loadCollected(log, batch),
    find,
    isOurs,
    async () => {},
  );
  for (const { bytes } of contributions) await collect(log, bytes);
  const refs = [...log.refs.list(batchRefs(batch.id))];
  const exported = text(encodeExport(log, loadCollected(log, batch)));
  const outcome = await commitBatch(log, batch, find);
  if (outcome.status !== 'committed') throw new Error(`the example ends ${outcome.status}`);
  const commit = log.store.read(outcome.commit)?.bytes ?? new Uint8Array();
  const parsed = parseCommit(commit);
  if (!parsed.ok) throw new Error(parsed.detail);
  const blocks = {
    commit: text(commit),
    commitId: outcome.commit,
    commitBytes: `${commit.length}`,
    payloadBytes: `${parsed.commit.payload.length}`,
    payloadDigest: log.contents.lastBatch?.payloadDigest ?? '',
    signedData: toHex(sshSignedData(crypto, parsed.commit.payload)),
    tree: parsed.commit.tree,
    request: text(batch.bytes),
    contribution: text(contributions[0]?.bytes ?? new Uint8Array()),
    contributionRef: refs[0]?.[0] ?? '',
    requestRef: refs[1]?.[0] ?? '',
    requestCommit: text(log.store.read(refs[1]?.[1] ?? '')?.bytes ?? new Uint8Array()),
    contributionCommit: text(log.store.read(refs[0]?.[1] ?? '')?.bytes ?? new Uint8Array()),
    exported,
  };
  return { batch, blocks, contributions: contributions.map(({ bytes }) => text(bytes)) };
}

interface Blocks {
  readonly [name: string]: string;
}

function prefixed(prefix: string, blocks: Blocks): Blocks {
  return Object.fromEntries(
    Object.entries(blocks).map(([name, block]) => [`${prefix}.${name}`, block]),
  );
}

function paths(aid: string, said: string): Blocks {
  const ordinals = [0, 63, 64, 4095, 4096, 300_000, 0xff_ff_ff_ff];
  return Object.fromEntries(
    ordinals.map((ordinal) => {
      const path = eventPath(crypto, aid, ordinal, 'ixn', said);
      return [
        `path.${ordinal}`,
        path.slice(path.indexOf(aid) + aid.length + 1).replace(`-ixn-${said}.cesr`, ''),
      ];
    }),
  );
}

/** The files and the message of the last batch, which holds one record. */
function recordBlocks(log: Log): Blocks {
  const { files, mark } = batchReader(log)(log.contents.batches - 1);
  const record = files.find(({ path }) => path.startsWith('records/'));
  const event = files.find(({ path }) => path.includes('-ixn-'));
  const commit = text(log.store.read(mark.commit)?.bytes ?? new Uint8Array());
  if (record === undefined || event === undefined) throw new Error('the batch seals a record');
  return {
    recordFile: text(record.bytes),
    recordPath: record.path,
    sealingFile: text(event.bytes),
    message: commit.slice(commit.indexOf('\n\n') + 2),
  };
}

/** A device of the person: its KEL and its link in one batch, then a statement that it signs. */
async function deviceBlocks(log: Log, controller: string): Promise<Blocks> {
  const one = countThreshold(1);
  const keys = { publicKeys: [ofDevice.publicKey], threshold: one };
  const next = { nextDigests: [nextDigest(crypto, signerOf(5).publicKey)], nextThreshold: one };
  const device = buildInception(crypto, { ...keys, ...next }).aid;
  const link = await commitOne(
    log,
    { kind: 'create', ...keys, ...next },
    {
      kind: 'seal',
      aid: controller,
      bodies: [{ type: 'device-link', device, name: 'ci', capabilities: ['sign-statement'] }],
    },
  );
  const linked = recordBlocks(log);
  const subjects = [{ name: 'hello.txt', sha256: toHex(crypto.digest('sha2-256', utf8('hello'))) }];
  const statement = await commitOne(log, {
    kind: 'seal',
    aid: device,
    bodies: [{ type: 'statement', subjects, controller }],
  });
  const [record] = link.batch.records;
  const [stated] = statement.batch.records;
  if (record === undefined || stated === undefined) throw new Error('each batch has a record');
  const fields = JSON.parse(text(record.bytes)) as Record<string, Json>;
  return {
    ...prefixed('3', linked),
    '3.blank': canonicalText({ ...fields, d: dummy('E') }),
    '3.said': record.said,
    '3.acceptance': link.contributions.find((file) => file.includes('"records"')) ?? '',
    '3.staged': `"records":${canonicalText([{ text: text(record.bytes), type: 'device-link' }])}`,
    ...prefixed('4', recordBlocks(log)),
    '4.payload': text(stated.bytes),
    '4.said': stated.said,
    '4.signed': text(signedBytes(stated)).replace(text(stated.bytes), '').trimEnd(),
  };
}

/** Every piece of the example by name. */
export async function exampleBlocks(): Promise<Blocks> {
  const volume = new Volume();
  const names = countingRandom(crypto, 'example');
  // The nonce of a log has 16 bytes. What else is drawn by chance names files.
  const random = (length: number): Uint8Array =>
    length === 16 ? new Uint8Array(length) : names(length);
  const host = memoryHost(volume as unknown as FileSystem, crypto, random, () => SECONDS);
  createLog(host, '/log', { admission: 'open' });
  const log = openLog(host, '/log');
  const one = countThreshold(1);
  const icp = await commitOne(log, {
    kind: 'create',
    publicKeys: [first.publicKey],
    threshold: one,
    nextDigests: [nextDigest(crypto, second.publicKey)],
    nextThreshold: one,
  });
  const [inception] = icp.batch.events;
  const { genesis } = icp.batch;
  if (inception === undefined || genesis === undefined)
    throw new Error('the first batch opens the log');
  const { aid } = inception;
  const anchored = nextDigest(crypto, 'hello');
  const ixn = await commitOne(log, { kind: 'anchor', aid, seals: [digestSeal(anchored)] });
  const rot = await commitOne(log, {
    kind: 'rotate',
    aid,
    publicKeys: [second.publicKey],
    threshold: one,
    nextDigests: [nextDigest(crypto, third.publicKey)],
    nextThreshold: one,
  });
  const devices = await deviceBlocks(log, aid);
  const verdict = audit(host, '/log', { objects: true });
  if (verdict.state !== 'valid') throw new Error(`the example does not verify: ${verdict.reason}`);
  const genesisFields = JSON.parse(text(genesis.bytes)) as Record<string, string>;
  const withdrawal = await signWithdrawal(crypto, ixn.batch.id, 'wrong file', first);
  const file = (sn: number): string => text(log.readEvent(aid, sn) ?? new Uint8Array());
  log.store.close();
  return {
    aid,
    founderKey: first.publicKey,
    logId: genesis.logId,
    blake3Aid: toHex(crypto.digest('blake3-256', new TextEncoder().encode(aid))),
    genesis: text(genesis.bytes),
    genesisBlank: canonicalText({ ...genesisFields, d: dummy('E') }),
    inceptionFile: file(0),
    interactionFile: file(1),
    rotationFile: file(2),
    interactionSaid: ixn.batch.events[0]?.said ?? '',
    batchId: ixn.batch.id,
    shortCode: shortCode(crypto, ixn.batch.id),
    withdrawal: text(withdrawal.bytes),
    card: text(
      encodeCard(keyCard('alice', first.publicKey, nextDigest(crypto, second.publicKey))),
    ).trimEnd(),
    ...paths(aid, inception.said),
    ...prefixed('0', icp.blocks),
    ...prefixed('1', ixn.blocks),
    ...prefixed('2', rot.blocks),
    ...devices,
  };
}
