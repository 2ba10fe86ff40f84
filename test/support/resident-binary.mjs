/**
 * The built binary in a process that stays: it runs one command after the other, each as a fresh process would be given
 * it, and so saves the time in which Node starts and reads the program. What runs is the binary's own main module.
 *
 * Each message names a run: directory, environment, arguments, and the mark that is printed to both outputs at its end.
 * The answer is the exit code. A run that ends the process (`process.exit`, a signal) ends it as it would end its own.
 */
import { pathToFileURL } from 'node:url';

const [, , binary = ''] = process.argv;
const main = pathToFileURL(binary).href;
/** Everything on which the binary listens. */
const SOURCES = [process, process.stdout, process.stderr];
let runs = 0;

function listened() {
  return SOURCES.map(
    (source) => new Map(source.eventNames().map((name) => [name, source.rawListeners(name)])),
  );
}

/** What listens now and did not then. */
function added(before) {
  return SOURCES.flatMap((source, index) =>
    source.eventNames().flatMap((name) => {
      const known = before[index].get(name) ?? [];
      return source
        .rawListeners(name)
        .filter((listener) => !known.includes(listener))
        .map((listener) => ({ source, name, listener }));
    }),
  );
}

function setEnvironment(env) {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
}

/** What keeps this process from ending, beside its channel and outputs. */
const busy = () => process.getActiveResourcesInfo().length;
const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
const written = (stream, text) => new Promise((resolve) => stream.write(text, resolve));

async function run({ cwd, env, args, mark }) {
  const [before, resting] = [listened(), busy()];
  process.chdir(cwd);
  setEnvironment(env);
  process.argv = [process.execPath, binary, ...args];
  process.exitCode = undefined;
  // Of the main module alone there is one for each run; what it imports stays.
  runs += 1;
  await import(`${main}?run=${runs}`);
  // A process of its own would end when nothing is left to be done.
  await Promise.all([written(process.stdout, ''), written(process.stderr, '')]);
  do await pause();
  while (busy() > resting);
  const own = added(before);
  for (const { source, name, listener } of own) {
    source.removeListener(name, listener);
    if (source === process && name === 'exit') listener.call(process, process.exitCode ?? 0);
  }
  const exitCode = process.exitCode ?? 0;
  process.exitCode = undefined;
  process.chdir('/');
  await Promise.all([written(process.stdout, mark), written(process.stderr, mark)]);
  process.send(exitCode);
}

process.on('message', (given) => {
  run(given).catch((error) => {
    process.stderr.write(`the resident binary failed: ${error?.stack ?? error}\n`);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit());
