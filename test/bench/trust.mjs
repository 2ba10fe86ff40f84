/**
 * `npm run build && node test/bench/trust.mjs [--skills N] [--statements N] [--identities N] [--rounds N] [--keep DIR]`: what
 * it takes to verify one installed skill, and to explain why an auditor is trusted, by a log with many statements that was
 * verified before: whole processes, by the clock, and their processor time. Beside them stands what the start of the binary
 * takes. `--keep` leaves the log in a directory, and uses it again when it is there. `docs/benchmarks.md` has the numbers.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { nativeCrypto } from '../../dist/src/index.js';
import { criteriaOf, criterionNamed } from '../../dist/src/trust/criteria.js';
import { median } from './rounds.mjs';
import { installReleased, writeTrustLog } from './trust-log.mjs';

const { values: options } = parseArgs({
  options: {
    skills: { type: 'string', default: '2000' },
    statements: { type: 'string', default: '10000' },
    identities: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '5' },
    keep: { type: 'string' },
  },
});
const [skills, statements, identities, rounds] = [
  'skills',
  'statements',
  'identities',
  'rounds',
].map((name) => Number(options[name]));
const binary = path.resolve(import.meta.dirname, '../../dist/src/cli/gitkel.cjs');

/** Writes log and folder, unless they are there; gives what is asked about. */
async function made(dir) {
  const note = path.join(dir, 'made.json');
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8'));
  const criterion = criterionNamed(criteriaOf(nativeCrypto, []), 'safe-to-run').said;
  const size = { skills, statements, identities, criteria: [criterion] };
  const { aids, skills: all, log } = await writeTrustLog(path.join(dir, 'log'), size);
  const skill = all[Math.floor(all.length / 2)];
  await installReleased(path.join(dir, 'skills'), log, skill);
  const found = {
    root: aids[0],
    auditor: aids[Math.floor(aids.length / 2)],
    name: skill.manifest.name,
  };
  writeFileSync(note, JSON.stringify(found));
  return found;
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

const dir = options.keep ?? mkdtempSync(path.join(tmpdir(), 'gitkel-bench-'));
try {
  mkdirSync(dir, { recursive: true });
  const { root, auditor, name } = await made(dir);
  rmSync(path.join(dir, 'home'), { recursive: true, force: true });
  const gitkel = (args) => `${process.execPath} ${binary} ${args} --log log --home home`;
  timed(gitkel(`trust add ${root} --level high > out.txt`), dir);
  timed(gitkel('trust require all --criterion safe-to-run --redundancy 2 > out.txt'), dir);
  const first = timed(gitkel('audit > out.txt'), dir);
  const lines = [
    { name: 'gitkel --version', line: `${process.execPath} ${binary} --version > out.txt` },
    { name: 'trust list (no log)', line: gitkel('trust list > out.txt') },
    {
      name: 'skill verify of one skill',
      line: gitkel(`skill verify skills/${name} --json > out.json`),
    },
    { name: 'skill chain of it', line: gitkel(`skill chain skills/${name} > out.txt`) },
    { name: 'trust explain AID', line: gitkel(`trust explain ${auditor} > out.txt`) },
  ];
  const taken = lines.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { line }] of lines.entries()) {
      const one = timed(line, dir);
      if (round >= 0) taken[index].push(one);
    }
  }
  const { skills: judged } = JSON.parse(readFileSync(path.join(dir, 'out.json'), 'utf8'));
  if (judged[0]?.state !== 'verified') throw new Error(`not verified: ${JSON.stringify(judged)}`);
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}; load ${loadavg()[0]?.toFixed(1)}; ${skills} skills, ${statements} statements, ${identities} identities; medians of ${rounds}`,
  );
  console.log(
    `${'first audit'.padEnd(32)} ${first.clock.toFixed(1)} s by the clock, ${first.cpu.toFixed(1)} s of processor`,
  );
  for (const [index, one] of lines.entries()) {
    const [clock, cpu] = ['clock', 'cpu'].map((key) =>
      median(taken[index].map((each) => each[key])),
    );
    console.log(
      `${one.name.padEnd(32)} ${clock.toFixed(2)} s by the clock, ${cpu.toFixed(2)} s of processor`,
    );
  }
} finally {
  if (options.keep === undefined) rmSync(dir, { recursive: true, force: true });
}
