/** Has the hooks of a server decide on a push in a directory, then writes what V8 has compiled of them by then. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { program } from '../dist/src/cli/program.js';
import { encodeHookConfig } from '../dist/src/gate/hook-config.js';
import { HOOKS_SCRIPT } from '../dist/src/gate/compiled-hooks.js';
import {
  compiledScriptName,
  packCompiled,
  scriptText,
  unrunScript,
} from '../dist/src/host/compiled-script.js';
import { nodeHost } from '../dist/src/host/node.js';
import { systemProcesses } from '../dist/src/host/processes.js';
import { expectShortRun } from '../dist/src/host/short-runs.js';

const [, , place] = process.argv;
const dist = path.resolve(import.meta.dirname, '../dist');
const [log, served] = ['log', 'served'].map((name) => path.join(place, name));
const NONE = '0'.repeat(40);

const commandLine = await program(path.join(dist, 'src/cli'));
async function gitkel(...args) {
  const given = [...args, '--home', path.join(place, 'home')];
  await commandLine(given, path.join(dist, 'src/cli/main.js'));
  if (process.exitCode !== undefined && process.exitCode !== 0)
    throw new Error(`${given.join(' ')} ended with ${process.exitCode}`);
}

const tipOf = (dir) => readFileSync(path.join(dir, 'refs/heads/main'), 'latin1').trim();

/** Has both hooks decide on moves of refs, as one push. */
async function push({ preReceive, referenceTransaction }, moves) {
  const lines = moves.map(([ref, from, to]) => `${from} ${to} ${ref}\n`).join('');
  const run = {
    host: nodeHost(),
    environment: { GIT_DIR: served },
    directory: served,
    input: new TextEncoder().encode(lines),
    caller: systemProcesses(),
  };
  for (const answer of [await preReceive(run), await referenceTransaction(run, 'prepared')]) {
    // Hooks need git; who builds without it has what was compiled up to there.
    const isWithoutGit = answer.lines.some((line) => line.includes('git-missing'));
    if (!answer.isAllowed && !isWithoutGit) throw new Error(answer.lines.join('\n'));
  }
}

const said = (letter) => `E${letter.repeat(43)}`;
await gitkel('init', log);
await gitkel('key', 'new', 'a', '--no-passphrase');
await gitkel('identity', 'create', 'a', '--key', 'a', '--log', log);
const first = tipOf(log);
for (const letter of 'ABCD') await gitkel('anchor', 'a', '--said', said(letter), '--log', log);
await gitkel('anchor', 'a', '--said', said('I'), '--stage', '--log', log);
const last = tipOf(log);
cpSync(log, served, { recursive: true });
writeFileSync(path.join(served, 'refs/heads/main'), `${first}\n`);
const mailbox = path.join(served, 'refs/gitkel');
const staged = readdirSync(mailbox, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    return [path.relative(served, file), NONE, readFileSync(file, 'latin1').trim()];
  });
rmSync(mailbox, { recursive: true });
mkdirSync(path.join(served, 'gitkel'));
const [logId] = readdirSync(path.join(place, 'home/verified'))[0].split('.');
const config = { logDir: undefined, logRef: 'refs/heads/main', logId };
writeFileSync(path.join(served, 'gitkel/hook.json'), encodeHookConfig(config));

const directory = path.join(dist, 'hooks');
// V8 takes what it compiled under the flags under which it is read.
expectShortRun();
const { script, text, run } = unrunScript(
  directory,
  HOOKS_SCRIPT,
  scriptText(directory, HOOKS_SCRIPT),
);
const hooks = await run().deciding();
await push(hooks, [['refs/heads/main', first, last]]);
writeFileSync(path.join(served, 'refs/heads/main'), `${last}\n`);
if (staged.length === 0) throw new Error('something is staged');
await push(hooks, staged);
const compiled = packCompiled(text, script.createCachedData());
writeFileSync(path.join(directory, compiledScriptName(HOOKS_SCRIPT)), compiled);
