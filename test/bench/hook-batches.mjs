/**
 * `npm run build && node test/bench/hook-batches.mjs`: what the hooks of a server cost on one push of many batches of a log,
 * and on one of many staged batches, beside the signature checks in them. `--json` prints JSON. `docs/benchmarks.md`
 * explains the numbers.
 */
import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  collect,
  loadCollected,
  nativeCrypto,
  signBatch,
  stageBatch,
  stagingGround,
} from '../../dist/src/index.js';
import { encodeHookConfig } from '../../dist/src/gate/hook-config.js';
import { deferred } from '../../dist/src/crypto/deferred.js';
import { commit, newLog } from './committing.mjs';
import { installHooks, readNotes } from './noted-hooks.mjs';
import { median, timed } from './rounds.mjs';
import { inception, signerOf } from './signers.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    batches: { type: 'string', default: '1000' },
    objects: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '5' },
  },
});
const [batches, objects, rounds] = ['batches', 'objects', 'rounds'].map((name) =>
  Number(options[name]),
);
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

function run(program, cwd, args, input = '') {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    input,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

const git = (...given) => run('git', ...given);
const seal = (at) => ({ d: `E${String(at).padStart(43, 'A')}` });
const data = (text) => `data ${new TextEncoder().encode(text).length}\n${text}\n`;

/** A bare repository of so many objects, with the hooks, by which the first batch of the log came. */
function writeServed(dir, log, first, note) {
  git(tmpdir(), ['init', '-q', '--bare', '-b', 'main', dir]);
  const lines = [
    `commit refs/heads/content\ncommitter A <a@example.com> 1700000000 +0000\n${data('x')}`,
  ];
  for (let at = 0; at < objects; at++) {
    const place = `data/${at % 100}/${Math.floor(at / 100) % 100}/${at}.txt`;
    lines.push(`M 100644 inline ${place}\n`, data(`${at}\n`));
  }
  git(dir, ['fast-import', '--quiet'], lines.join(''));
  nodeFs.mkdirSync(path.join(dir, 'gitkel'));
  const config = { logDir: undefined, logRef: 'refs/heads/main', logId: log.id };
  nodeFs.writeFileSync(path.join(dir, 'gitkel/hook.json'), encodeHookConfig(config));
  installHooks(dir, note);
  git(log.dir, ['push', '-q', dir, `${first}:refs/heads/main`]);
  readNotes(note);
}

/** A staged batch, signed by the one key that it asks for. */
async function stageOne(log, signer, operation) {
  const ground = stagingGround(log, 'open', new Uint8Array(16));
  const batch = await stageBatch(log, ground, [operation]);
  const made = await signBatch(
    nativeCrypto,
    loadCollected(log, batch),
    async () => signer,
    (key) => key === signer.publicKey,
    async () => {},
  );
  for (const { bytes } of made) await collect(log, bytes);
}

/** The time that so many checks of signatures take, on this thread and on several, each of another message like an event. */
async function checking(signer, count) {
  const messages = Array.from({ length: count }, (_, at) =>
    new TextEncoder().encode(`${at} `.padEnd(400, 'x')),
  );
  const signatures = [];
  for (const message of messages) signatures.push(await signer.sign(message));
  const raw = new Uint8Array(Buffer.from(signer.publicKey, 'base64url')).subarray(1);
  const all = ({ verify }) => {
    for (const [at, message] of messages.entries())
      if (!verify(raw, message, signatures[at])) throw new Error('it is valid');
  };
  return async () => {
    const spent = { wall: 0, cpu: 0 };
    timed(spent, () => all(nativeCrypto));
    const start = performance.now();
    const later = deferred(nativeCrypto);
    later?.announce(count);
    all(later?.crypto ?? nativeCrypto);
    if ((await later?.settle()) === false) throw new Error('they are valid');
    later?.end();
    return { ...spent, pooled: (performance.now() - start) / 1000 };
  };
}

const top = nodeFs.mkdtempSync(path.join(tmpdir(), 'gitkel-bench-'));
try {
  const note = path.join(top, 'notes');
  const dir = path.join(top, 'log');
  const log = newLog(dir);
  const signer = signerOf('writer');
  const [aid] = await commit(log, [inception('writer')], [signer]);
  const first = log.contents.batchAt(0).commit;
  const { logId } = log.contents.genesis;
  for (let at = 0; at < batches; at++)
    await commit(log, [{ kind: 'anchor', aid, seals: [seal(at)] }], [signer]);
  for (let at = 0; at < batches; at++)
    await stageOne(log, signer, { kind: 'anchor', aid, seals: [seal(batches + at)] });
  log.store.close();
  const served = path.join(top, 'served');
  writeServed(served, { dir, id: logId }, first, note);
  // Of each batch the signatures of its committer and over its event; of each staged one that of its contribution.
  const [forLog, forStaged] = [
    await checking(signer, 2 * batches),
    await checking(signer, batches),
  ];
  const pushes = [
    { name: 'batches of the log', spec: 'main:main', checks: forLog, taken: [] },
    {
      name: 'staged batches',
      spec: 'refs/gitkel/batch/*:refs/gitkel/batch/*',
      checks: forStaged,
      taken: [],
    },
  ];
  for (let round = -1; round < rounds; round++) {
    const copy = path.join(top, 'copy');
    run('cp', top, ['-a', served, copy]);
    for (const { spec, checks, taken } of pushes) {
      const before = await checks();
      git(dir, ['push', '-q', '--atomic', copy, spec]);
      const notes = readNotes(note);
      const after = await checks();
      const sum = (key) => notes.reduce((total, one) => total + one[key], 0);
      const mean = (key) => (before[key] + after[key]) / 2;
      const checked = { wall: mean('wall'), cpu: mean('cpu'), pooled: mean('pooled') };
      if (round >= 0) taken.push({ notes, checked, wall: sum('wall'), cpu: sum('cpu') });
    }
    nodeFs.rmSync(copy, { recursive: true });
  }
  const results = pushes.map(({ name, taken }) => {
    const of = (pick) => median(taken.map(pick));
    return {
      name,
      wall: of(({ wall }) => wall),
      cpu: of(({ cpu }) => cpu),
      checks: {
        wall: of(({ checked }) => checked.wall),
        cpu: of(({ checked }) => checked.cpu),
        pooled: of(({ checked }) => checked.pooled),
      },
      // What is left of 1.5 times the checks and 0.4 s, below nothing is too much: of the hook that checks, by the checks on one
      // thread, and of both hooks, by those on several.
      left: {
        checking: of(({ checked, notes }) => 1.5 * checked.wall + 0.4 - notes[0].wall),
        both: of(({ checked, wall }) => 1.5 * checked.pooled + 0.4 - wall),
      },
      hooks: taken[0].notes.map((one, at) => ({
        name: one.name,
        wall: of(({ notes }) => notes[at].wall),
        cpu: of(({ notes }) => notes[at].cpu),
      })),
    };
  });
  if (options.json)
    process.stdout.write(`${JSON.stringify({ batches, objects, results }, null, 2)}\n`);
  else
    for (const { name, wall, cpu, checks, left, hooks } of results) {
      process.stdout.write(
        `${batches} ${name}: ${wall.toFixed(3)} s, on the processor ${cpu.toFixed(2)} s; checks ${checks.wall.toFixed(3)} s, ${checks.cpu.toFixed(2)} s, on several threads ${checks.pooled.toFixed(3)} s; left of pre-receive ${left.checking.toFixed(3)} s, of both ${left.both.toFixed(3)} s\n`,
      );
      for (const each of hooks)
        process.stdout.write(
          `  ${each.name.padEnd(32)} ${each.wall.toFixed(3)} s, ${each.cpu.toFixed(2)} s\n`,
        );
    }
} finally {
  nodeFs.rmSync(top, { recursive: true, force: true });
}
