/**
 * `npm run build && node test/bench/scan.mjs [--files N] [--bytes N] [--rounds N]`: what `gitkel skill scan` takes over a
 * skill of many files, as a whole process: by the clock, in processor time, and in memory. Once more with one line of 40 KB
 * in every tenth file. `docs/benchmarks.md` has the numbers.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './rounds.mjs';

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: '400' },
    bytes: { type: 'string', default: '26000' },
    rounds: { type: 'string', default: '3' },
  },
});
const [count, size, rounds] = ['files', 'bytes', 'rounds'].map((name) => Number(options[name]));
const root = path.resolve(import.meta.dirname, '../..');
const binary = path.join(root, 'dist/src/cli/gitkel.cjs');
const TELLS_USAGE =
  'data:text/javascript,process.on("exit",()=>process._rawDebug(JSON.stringify(process.resourceUsage())))';
const LONG_LINE = `${'QUJD'.repeat(10_000)}\n`;

/** The project's own documentation, over and over: text with commands in it. */
const text = readdirSync(path.join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => readFileSync(path.join(root, 'docs', name), 'latin1'))
  .join('\n')
  .replaceAll(/[^\n\x20-\x7e]/g, '-');

function writeSkill(directory, hasLongLines) {
  mkdirSync(path.join(directory, 'texts'), { recursive: true });
  const head = '---\nname: large\ndescription: Has many files.\n---\n# Large\n';
  writeFileSync(path.join(directory, 'SKILL.md'), head);
  for (let index = 1; index < count; index++) {
    const start = (index * 7919) % (text.length - size);
    const line = hasLongLines && index % 10 === 0 ? LONG_LINE : '';
    const name = `${String(index).padStart(4, '0')}.txt`;
    writeFileSync(path.join(directory, 'texts', name), line + text.slice(start, start + size));
  }
}

function scan(directory) {
  const began = performance.now();
  const args = ['--import', TELLS_USAGE, binary, 'skill', 'scan', directory, '--json'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const seconds = (performance.now() - began) / 1000;
  const usage = JSON.parse(stderr.trim().split('\n').at(-1));
  const { state, files, bytes } = JSON.parse(stdout);
  const cpu = (usage.userCPUTime + usage.systemCPUTime) / 1e6;
  return { state, files, bytes, seconds, cpu, megabytes: usage.maxRSS / 1024 };
}

const place = mkdtempSync(path.join(tmpdir(), 'gitkel-scan-'));
try {
  for (const hasLongLines of [false, true]) {
    const directory = path.join(place, hasLongLines ? 'long' : 'plain');
    writeSkill(directory, hasLongLines);
    const all = Array.from({ length: rounds }, () => scan(directory));
    const middle = (key) => median(all.map((each) => each[key]));
    const [{ state, files, bytes }] = all;
    console.log(
      `${hasLongLines ? 'with long lines' : 'plain'}: ${state}, ${files} files, ${bytes} bytes: ${middle('seconds').toFixed(1)} s, ${middle('cpu').toFixed(1)} s of processors, ${middle('megabytes').toFixed(0)} MB (load ${loadavg()[0].toFixed(1)})`,
    );
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
