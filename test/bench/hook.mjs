/**
 * `npm run build && node test/bench/hook.mjs`: what the hooks of a server cost on one push of many commits and skills, into
 * repositories of different sizes. `--json` prints JSON. `docs/benchmarks.md` explains the numbers.
 */
import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { encodeHookConfig } from '../../dist/src/gate/hook-config.js';
import { manifestSha256 } from '../../dist/src/records/skill-manifest.js';
import { digestSkill } from '../../dist/src/skills/skill-digest.js';
import { nativeCrypto } from '../../dist/src/index.js';
import { commit, newLog } from './committing.mjs';
import { installHooks, readNotes } from './noted-hooks.mjs';
import { median } from './rounds.mjs';
import { inception, signerOf } from './signers.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    commits: { type: 'string', default: '1000' },
    skills: { type: 'string', default: '200' },
    refs: { type: 'string', default: '20000' },
    objects: { type: 'string', default: '20000,200000' },
    rounds: { type: 'string', default: '5' },
  },
});
const [commits, skills, refs, rounds] = ['commits', 'skills', 'refs', 'rounds'].map((name) =>
  Number(options[name]),
);
const FILES = 5;
const PER_BATCH = 50;
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

function git(cwd, args, input = '') {
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd,
    input,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** The files of a skill in a version; the last version of each is the one that is released. */
function filesOf(index, version) {
  const name = `skill-${index}`;
  const md = `---\nname: ${name}\ndescription: Does ${name}.\n---\n# ${name} ${version}\n`;
  const others = Array.from({ length: FILES - 1 }, (_, at) => [
    `references/${at}.md`,
    `${name} ${at}\n`.repeat(100),
  ]);
  return [['SKILL.md', md], ...others];
}

const versionsOf = (index) => Math.ceil((commits - index) / skills);

function manifestOf(index) {
  const entries = filesOf(index, versionsOf(index) - 1).map(([name, text]) => {
    const bytes = new TextEncoder().encode(text);
    return {
      path: name,
      kind: 'file',
      mode: 0o644,
      size: bytes.length,
      links: 1,
      read: () => bytes,
    };
  });
  const digest = digestSkill(nativeCrypto, entries);
  if (digest.outcome === 'refused') throw new Error(JSON.stringify(digest.problems));
  return digest.manifest;
}

/** A log in which one publisher released each skill. */
async function writeReleases(dir) {
  const log = newLog(dir);
  const signer = signerOf('publisher');
  const [aid] = await commit(log, [inception('publisher')], [signer]);
  for (let first = 0; first < skills; first += PER_BATCH) {
    const count = Math.min(PER_BATCH, skills - first);
    const bodies = Array.from({ length: count }, (_, index) => {
      const manifest = manifestOf(first + index);
      const sha256 = manifestSha256(nativeCrypto, manifest);
      return { type: 'release', manifest, sha256, version: '1' };
    });
    await commit(log, [{ kind: 'seal', aid, bodies }], [signer]);
  }
  const id = log.contents.genesis.logId;
  log.store.close();
  return { aid, id, dir };
}

const data = (text) => `data ${new TextEncoder().encode(text).length}\n${text}\n`;
const header = (mark, branch, seconds) =>
  `commit refs/heads/${branch}\nmark :${mark}\ncommitter A <a@example.com> ${seconds} +0000\n${data('x')}`;

/** A bare repository of so many objects and refs, with a policy, and the hooks that note what they took. */
function writeServed(dir, { aid, id, dir: log }, objects) {
  git(tmpdir(), ['init', '-q', '--bare', '-b', 'main', dir]);
  const policy = `version: 1\nlog:\n  id: ${id}\nmaintainers: [${aid}]\npaths:\n  - match: "skills/**"\n    release: [${aid}]\n`;
  const lines = [
    header(1, 'main', 1_700_000_000),
    'M 100644 inline .gitkel/policy.yaml\n',
    data(policy),
  ];
  for (let at = 0; at < objects; at++) {
    const place = `data/${at % 100}/${Math.floor(at / 100) % 100}/${at}.txt`;
    lines.push(`M 100644 inline ${place}\n`, data(`${at}\n`));
  }
  git(dir, ['fast-import', '--quiet'], lines.join(''));
  const tip = git(dir, ['rev-parse', 'main']);
  const packed = Array.from(
    { length: refs },
    (_, at) => `${tip} refs/heads/branch-${String(at).padStart(6, '0')}\n`,
  );
  nodeFs.writeFileSync(
    path.join(dir, 'packed-refs'),
    `# pack-refs with: peeled fully-peeled sorted \n${packed.join('')}`,
  );
  nodeFs.mkdirSync(path.join(dir, 'gitkel'));
  nodeFs.writeFileSync(
    path.join(dir, 'gitkel/hook.json'),
    encodeHookConfig({ logDir: log, logRef: 'refs/heads/main', logId: id }),
  );
  return tip;
}

/** The repository from which is pushed: many commits, each with another version of one skill. */
function writeWork(dir, served, tip) {
  git(tmpdir(), ['init', '-q', '--bare', '-b', 'main', dir]);
  nodeFs.writeFileSync(path.join(dir, 'objects/info/alternates'), `${served}/objects\n`);
  const lines = [];
  for (let at = 0; at < commits; at++) {
    const [index, version] = [at % skills, Math.floor(at / skills)];
    lines.push(header(at + 1, 'main', 1_700_000_001 + at));
    if (at === 0) lines.push(`from ${tip}\n`);
    for (const [name, text] of filesOf(index, version))
      lines.push(`M 100644 inline skills/skill-${index}/${name}\n`, data(text));
  }
  git(dir, ['fast-import', '--quiet'], lines.join(''));
}

function startOfNode() {
  const start = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return (performance.now() - start) / 1000;
}

const top = nodeFs.mkdtempSync(path.join(tmpdir(), 'gitkel-bench-'));
try {
  const releases = await writeReleases(path.join(top, 'log'));
  const sizes = options.objects.split(',').map(Number);
  const places = sizes.map((objects) => {
    const [served, work] = ['served', 'work'].map((name) => path.join(top, `${name}-${objects}`));
    const tip = writeServed(served, releases, objects);
    writeWork(work, served, tip);
    installHooks(served, path.join(top, 'notes'));
    return { objects, served, work, taken: [] };
  });
  const node = [];
  for (let round = -1; round < rounds; round++) {
    for (const { served, work, taken } of places) {
      const branch = `refs/heads/pushed-${round + 1}`;
      git(work, ['push', '-q', served, `main:${branch}`]);
      const notes = readNotes(path.join(top, 'notes'));
      if (round >= 0) taken.push(notes);
    }
    node.push(startOfNode());
  }
  const results = places.map(({ objects, taken }) => ({
    objects,
    hooks: taken[0].map(({ name }, index) => ({
      name,
      wall: median(taken.map((notes) => notes[index].wall)),
      cpu: median(taken.map((notes) => notes[index].cpu)),
    })),
    wall: median(taken.map((notes) => notes.reduce((sum, { wall }) => sum + wall, 0))),
    cpu: median(taken.map((notes) => notes.reduce((sum, { cpu }) => sum + cpu, 0))),
  }));
  const printed = { commits, skills, refs, node: median(node), results };
  if (options.json) process.stdout.write(`${JSON.stringify(printed, null, 2)}\n`);
  else {
    process.stdout.write(
      `${commits} commits, ${skills} skills, ${refs} refs; node -e 0: ${median(node).toFixed(3)} s\n`,
    );
    for (const { objects, hooks, wall, cpu } of results) {
      process.stdout.write(
        `${objects} objects: ${wall.toFixed(3)} s, on the processor ${cpu.toFixed(2)} s\n`,
      );
      for (const { name, wall: one, cpu: spent } of hooks)
        process.stdout.write(`  ${name.padEnd(32)} ${one.toFixed(3)} s, ${spent.toFixed(2)} s\n`);
    }
  }
} finally {
  nodeFs.rmSync(top, { recursive: true, force: true });
}
