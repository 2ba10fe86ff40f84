/**
 * `npm run demo`: the main job as a story, on real repositories in a temporary folder. Three people with a home each
 * make a 2-of-3 team, write with it, and a stranger checks a clone. `-- --keep` leaves the folder there to look at.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const binary = path.resolve(import.meta.dirname, '../dist/src/cli/gitkel.cjs');
const keep = process.argv.includes('--keep');
const folder = mkdtempSync(path.join(tmpdir(), 'gitkel-demo-'));
const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const bold = (text) => (colour ? `\u001b[1m${text}\u001b[0m` : text);
const dim = (text) => (colour ? `\u001b[2m${text}\u001b[0m` : text);

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(GIT_|GITKEL_)/.test(name)),
);

/** Runs a command as a person would, shows it with its output, and insists on its exit code. */
function run(who, command, args, { cwd = folder, expected = 0, show = true, env = {} } = {}) {
  const isGitkel = command === 'gitkel';
  const result = spawnSync(
    isGitkel ? process.execPath : command,
    isGitkel ? [binary, ...args] : args,
    {
      cwd,
      env: {
        ...environment,
        ...env,
        ...(who === undefined ? {} : { GITKEL_HOME: path.join(folder, `home-${who}`) }),
      },
      encoding: 'utf8',
    },
  );
  if (result.error !== undefined) throw result.error;
  if (show) {
    console.log(`${dim(who === undefined ? '' : `${who}`)}$ ${bold([command, ...args].join(' '))}`);
    const output = `${result.stdout}${result.stderr}`.trimEnd();
    if (output !== '') console.log(output.replaceAll(/^/gm, '    '));
    if (expected !== 0) console.log(`    (exit ${result.status})`);
    console.log();
  }
  if (result.status !== expected) {
    throw new Error(
      `${command} ${args.join(' ')} ended with ${result.status}, not ${expected}: ${result.stderr}`,
    );
  }
  return result.stdout;
}

const tell = (text) => console.log(`${bold(`# ${text}`)}\n`);
const json = (who, args) => JSON.parse(run(who, 'gitkel', [...args, '--json'], { show: false }));

function stagedBatch(who) {
  return json(who, ['batch', 'list', '--log', 'team-log']).batches.find(
    ({ state }) => state === 'open',
  ).batch;
}

/** A exports, B signs in an empty folder that knows no log, A adds the signature and commits. */
function signAndCommit(name) {
  const id = stagedBatch('alice');
  run('alice', 'gitkel', [
    'batch',
    'export',
    id.slice(0, 12),
    '-o',
    `${name}.json`,
    '--log',
    'team-log',
  ]);
  const elsewhere = path.join(folder, `bobs-desk-${name}`);
  mkdirSync(elsewhere);
  run('bob', 'cp', [`../${name}.json`, '.'], { cwd: elsewhere, show: false });
  run('bob', 'gitkel', ['batch', 'sign', `${name}.json`, '--yes', '--expect', id], {
    cwd: elsewhere,
  });
  const signature = readdirSync(elsewhere).find((file) => file.endsWith('.sig'));
  run('alice', 'gitkel', ['batch', 'add', `bobs-desk-${name}/${signature}`, '--log', 'team-log']);
  run('alice', 'gitkel', ['batch', 'commit', id.slice(0, 12), '--log', 'team-log']);
}

function play() {
  tell(
    "Three people make a key each; nobody sees another one's secret. What they exchange are cards.",
  );
  run('alice', 'gitkel', ['init', 'team-log']);
  for (const who of ['alice', 'bob', 'carol']) {
    run(who, 'gitkel', ['key', 'new', who, '--no-passphrase'], { show: who === 'alice' });
    writeFileSync(
      path.join(folder, `${who}.card`),
      run(who, 'gitkel', ['key', 'show', who], { show: who === 'bob' }),
    );
  }
  tell(
    'Alice proposes an identity of which any two of the three are the controllers. It is staged, not written.',
  );
  run('alice', 'gitkel', [
    'identity',
    'create',
    'team',
    '--key',
    'alice',
    '--card',
    'bob.card',
    '--card',
    'carol.card',
    '--threshold',
    '2',
    '--log',
    'team-log',
  ]);
  tell(
    'Bob gets the file, on another machine, whenever he can. He is shown what it would do before he signs.',
  );
  signAndCommit('create');
  tell('The same for what the team decides. Carol is on holiday: two are enough.');
  writeFileSync(path.join(folder, 'minutes.txt'), 'We release version 2 on Monday.\n');
  run('alice', 'gitkel', ['anchor', 'team', '--file', 'minutes.txt', '--log', 'team-log']);
  signAndCommit('minutes');
  tell('The log is an ordinary Git repository, and its history can be read with Git.');
  run(undefined, 'git', ['-C', 'team-log', 'log', '--format=%h %an%n   %s', '--reverse']);
  tell('A stranger clones it and checks everything alone, trusting nobody who hosts it.');
  run(undefined, 'git', ['clone', '--quiet', 'team-log', 'clone']);
  const { expect } = json('alice', ['identity', 'show', 'team', '--log', 'team-log']);
  run('stranger', 'gitkel', ['audit', 'clone', '--expect', expect]);
  tell('Somebody changes one word of the history and rewrites it so that Git is content.');
  run(
    undefined,
    'sh',
    [
      '-c',
      'git -c user.name=x -c user.email=x@example.org commit --quiet --amend --message "open the log: create something else"',
    ],
    { cwd: path.join(folder, 'clone') },
  );
  run('stranger', 'gitkel', ['audit', 'clone', '--expect', expect], { expected: 1 });
}

try {
  play();
  console.log(
    keep
      ? `All of it is in ${folder}`
      : 'Done. With `npm run demo -- --keep` the folder stays there to look at.',
  );
} finally {
  if (!keep) rmSync(folder, { recursive: true, force: true });
}
