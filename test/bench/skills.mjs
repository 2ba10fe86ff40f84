/**
 * `npm run build && node test/bench/skills.mjs [--skills N] [--files N] [--rounds N]`: how long `gitkel skill verify` takes,
 * offline, as people feel it: whole processes, by the clock, and their processor time. Beside it stands what the start of
 * the binary takes, and coreutils' sha256sum over the same files. `docs/benchmarks.md` has the numbers.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { nativeCrypto } from '../../dist/src/index.js';
import { placeSkill } from '../../dist/src/install/place-skill.js';
import { stageFiles, withChangeFolder } from '../../dist/src/install/staged-copy.js';
import { manifestSha256 } from '../../dist/src/records/skill-manifest.js';
import { digestSkill } from '../../dist/src/skills/skill-digest.js';
import { commit, newLog } from './committing.mjs';
import { median } from './rounds.mjs';
import { inception, signerOf } from './signers.mjs';

const { values: options } = parseArgs({
  options: {
    skills: { type: 'string', default: '360' },
    files: { type: 'string', default: '12' },
    bytes: { type: 'string', default: '9000' },
    rounds: { type: 'string', default: '5' },
  },
});
const [count, fileCount, size, rounds] = ['skills', 'files', 'bytes', 'rounds'].map((name) =>
  Number(options[name]),
);
const binary = path.resolve(import.meta.dirname, '../../dist/src/cli/gitkel.cjs');
const RELEASES_PER_BATCH = 30;

/** Contents that no two files share. */
function filesOf(name) {
  const text = (part) => `${name} ${part}\n`.repeat(Math.ceil(size / (name.length + 6)));
  const bytes = (content) => new TextEncoder().encode(content);
  return [
    {
      path: 'SKILL.md',
      bytes: bytes(`---\nname: ${name}\ndescription: Measures.\n---\n${text('body')}`),
      executable: false,
    },
    ...Array.from({ length: fileCount - 1 }, (_, n) => ({
      path: `references/${String(n).padStart(3, '0')}.md`,
      bytes: bytes(text(`f${n}`)),
      executable: false,
    })),
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function entryOf({ path: at, bytes }) {
  return { path: at, kind: 'file', mode: 0o644, size: bytes.length, links: 1, read: () => bytes };
}

const publisher = signerOf('publisher');
/** A log with a release of each skill, and each of them installed. */
async function made(dir) {
  const log = newLog(path.join(dir, 'log'));
  const [aid] = await commit(log, [inception('publisher')], [publisher]);
  const skills = Array.from({ length: count }, (_, n) => {
    const files = filesOf(`skill-${String(n).padStart(4, '0')}`);
    return { files, manifest: digestSkill(nativeCrypto, files.map(entryOf)).manifest };
  });
  for (let at = 0; at < count; at += RELEASES_PER_BATCH) {
    const bodies = skills.slice(at, at + RELEASES_PER_BATCH).map(({ manifest }) => ({
      type: 'release',
      manifest,
      sha256: manifestSha256(nativeCrypto, manifest),
      version: '1.0.0',
    }));
    await commit(log, [{ kind: 'seal', aid, bodies }], [publisher]);
  }
  const folder = { host: log.host, dir: path.join(dir, 'skills') };
  mkdirSync(folder.dir);
  for (const { files, manifest } of skills) await install(folder, log, files, manifest);
  log.store.close();
}

async function install(folder, { contents }, files, { said, name, h1 }) {
  const [release] = contents.records.releases.ofManifest(said);
  const { controller: aid, issuer, sn } = release;
  const entry = {
    name,
    source: { type: 'directory', path: '/where/it/was' },
    manifest: said,
    h1,
    release: release.said,
    version: release.version,
    author: { aid, issuer, sn, event: contents.kel(issuer).saidAt(sn) },
    log: {
      id: contents.genesis.logId,
      position: contents.batches - 1,
      payload: contents.lastBatch.payloadDigest,
    },
    approvals: [{ manifest: said, release: release.said }],
  };
  await withChangeFolder(folder, async (change) => {
    stageFiles(folder, change, files);
    await placeSkill(folder, change, entry, undefined);
  });
}

/** Runs a line of a shell; seconds by the clock, and of processor time. */
function timed(line, dir) {
  const env = { ...process.env, TIMEFORMAT: '%R %U %S' };
  const { status, stderr } = spawnSync('bash', ['-c', `time { ${line}; }`], {
    cwd: dir,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${line} ended with ${status}: ${stderr}`);
  const [clock, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { clock, cpu: user + system };
}

const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-bench-'));
try {
  await made(dir);
  const verify = `${process.execPath} ${binary} skill verify skills --log log --home home --json > out.json`;
  const lines = [
    { name: `skill verify of ${count} skills`, line: verify },
    { name: 'the same, nothing remembered', line: `rm -rf home; ${verify}` },
    { name: 'gitkel --version', line: `${process.execPath} ${binary} --version > /dev/null` },
    {
      name: 'sha256sum of the same files',
      line: 'find skills -type f -print0 | xargs -0 sha256sum > sums',
    },
  ];
  const taken = lines.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { line }] of lines.entries()) {
      const one = timed(line, dir);
      if (round >= 0) taken[index].push(one);
    }
  }
  const { state, counts } = JSON.parse(readFileSync(path.join(dir, 'out.json'), 'utf8'));
  if (state !== 'verified' || counts.verified !== count) throw new Error(`not verified: ${state}`);
  const load = loadavg()[0]?.toFixed(1);
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}; load ${load}; ${count} skills, ${fileCount} files of ${size} bytes each; medians of ${rounds}`,
  );
  for (const [index, { name }] of lines.entries()) {
    const [clock, cpu] = ['clock', 'cpu'].map((key) => median(taken[index].map((one) => one[key])));
    console.log(
      `${name.padEnd(32)} ${clock.toFixed(2)} s by the clock, ${cpu.toFixed(2)} s of processor`,
    );
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
