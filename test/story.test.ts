/** The main job in memory, through the public API: no disk, no process, no network. */
import { Volume } from 'memfs';
import { expect, test } from 'vitest';
import {
  audit,
  batchState,
  collect,
  commitBatch,
  countThreshold,
  createKey,
  createLog,
  digestSeal,
  dropBatch,
  encodeExport,
  type FileSystem,
  findSigner,
  hasKey,
  type Home,
  type Host,
  loadCollected,
  memoryHost,
  nativeCrypto,
  openHome,
  openLog,
  type Operation,
  portableCrypto,
  rememberSigning,
  showKey,
  signBatch,
  stageBatch,
  stagingGround,
  verifyExport,
} from '../src/index.ts';
import { countingRandom } from './support/counting-random.ts';

const NO_PASSPHRASE = { passphrase: undefined };
const never = async (): Promise<string> =>
  Promise.reject(new Error('no key here has a passphrase'));

function host(crypto: typeof nativeCrypto, volume: InstanceType<typeof Volume>): Host {
  return memoryHost(
    volume as unknown as FileSystem,
    crypto,
    countingRandom(crypto),
    () => 1_800_000_000,
  );
}

/** Signs an exported batch with nothing at hand but a home; gives the contributions as bytes. */
async function signElsewhere(home: Home, file: Uint8Array): Promise<readonly Uint8Array[]> {
  const { crypto } = home.host;
  const { collected } = verifyExport(crypto, file);
  const contributions = await signBatch(
    crypto,
    collected,
    async (key) => findSigner(home, key, never),
    (key) => hasKey(home, key),
    async (open) => rememberSigning(home, open),
  );
  return contributions.map(({ bytes }) => bytes);
}

async function stageAndSign(
  log: ReturnType<typeof openLog>,
  home: Home,
  operation: Operation,
): Promise<Uint8Array> {
  const ground = stagingGround(log, 'open', home.host.random(16));
  const batch = await stageBatch(log, ground, [operation]);
  const [own] = await signElsewhere(home, encodeExport(log, loadCollected(log, batch)));
  if (own === undefined) throw new Error('the proposer has a key in the batch');
  expect((await collect(log, own)).ok).toBe(true);
  return encodeExport(log, loadCollected(log, batch));
}

test.each([nativeCrypto, portableCrypto])(
  'a 2-of-3 team writes and a stranger audits, in memory ($name)',
  async (crypto) => {
    const volume = new Volume();
    const here = host(crypto, volume);
    const homes = ['a', 'b', 'c'].map((name) => openHome(here, `/home-${name}`));
    const [a, b] = homes;
    if (a === undefined || b === undefined) throw new Error('three homes');
    for (const [index, home] of homes.entries())
      await createKey(home, `key${index}`, NO_PASSPHRASE);
    const cards = homes.map((home, index) => showKey(home, `key${index}`));

    createLog(here, '/log', { admission: 'open' });
    const log = openLog(here, '/log');
    const created = await stageAndSign(log, a, {
      kind: 'create',
      publicKeys: cards.map(({ publicKey }) => publicKey),
      threshold: countThreshold(2),
      nextDigests: cards.map(({ nextDigest }) => nextDigest),
      nextThreshold: countThreshold(2),
    });
    const { batch } = verifyExport(crypto, created).collected;
    const commit = async (staged = batch): ReturnType<typeof commitBatch> =>
      commitBatch(log, staged, async (key) => findSigner(a, key, never));
    expect(await commit()).toMatchObject({ status: 'incomplete' });
    for (const bytes of await signElsewhere(b, created)) await collect(log, bytes);
    expect(await commit()).toMatchObject({ status: 'committed', position: 0 });
    expect(await commit()).toMatchObject({ status: 'committed', position: 0 });

    const aid = batch.events[0]?.aid ?? '';
    const anchored = await stageAndSign(log, a, { kind: 'anchor', aid, seals: [digestSeal(aid)] });
    for (const bytes of await signElsewhere(b, anchored)) await collect(log, bytes);
    expect(await commit(verifyExport(crypto, anchored).collected.batch)).toMatchObject({
      status: 'committed',
      position: 1,
    });
    expect(batchState(log, batch).state).toBe('committed');
    await dropBatch(log, batch.id);

    const verdict = audit(here, '/log', { expectedAids: [{ aid, at: undefined }], objects: true });
    expect(verdict).toMatchObject({
      state: 'valid',
      identity: 'expected',
      batches: 2,
      findings: [],
    });
    expect(
      audit(here, '/log', { expectedAids: [{ aid: 'E'.padEnd(44, 'A'), at: undefined }] }),
    ).toMatchObject({
      state: 'invalid',
      reason: 'expected-aid',
    });
    log.store.close();
  },
);
