/** Hooks of a server whose scripts note how long each ran. */
import * as nodeFs from 'node:fs';
import path from 'node:path';

const TICK = 0.01;

/** Installs built hooks that note how long each ran, by the clock and on the processor, in nanoseconds and clock ticks. */
export function installHooks(dir, note) {
  for (const name of ['pre-receive', 'reference-transaction']) {
    const program = path.resolve(import.meta.dirname, `../../dist/hooks/${name}.cjs`);
    const hook = path.join(dir, 'hooks', name);
    const idle =
      name === 'reference-transaction'
        ? '[ "$1" = prepared ] || [ -n "$(ls "$GIT_DIR/gitkel/held" 2>/dev/null)" ] || exit 0\n'
        : '';
    nodeFs.writeFileSync(
      hook,
      `#!/bin/sh\n${idle}start=$(date +%s%N)\n"${process.execPath}" "${program}" "$@" || exit 1\nend=$(date +%s%N)\necho "${name} $1 $((end - start)) $(cut -d' ' -f16,17 /proc/$$/stat)" >>"${note}"\n`,
    );
    nodeFs.chmodSync(hook, 0o755);
  }
}

/** What was noted since this was last asked for; seconds. */
export function readNotes(note) {
  const lines = nodeFs.readFileSync(note, 'utf8').trimEnd().split('\n');
  nodeFs.rmSync(note);
  return lines.map((line) => {
    const [, name, state, wall, user, system] = /^(\S+) (\S*) ([0-9]+) ([0-9]+) ([0-9]+)$/.exec(
      line,
    );
    const cpu = TICK * (Number(user) + Number(system));
    return { name: state === '' ? name : `${name} ${state}`, wall: Number(wall) / 1e9, cpu };
  });
}
