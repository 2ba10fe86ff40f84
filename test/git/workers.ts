import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { gitTestEnvironment, temporaryDirectory } from './support.ts';

/** Starts a TypeScript file as processes of their own, bundled, since Node 20 runs no TypeScript. */
export async function startWorkers(
  worker: URL,
  count: number,
  args: readonly string[],
): Promise<readonly ChildProcess[]> {
  const outfile = join(temporaryDirectory(), 'worker.mjs');
  const entry = fileURLToPath(worker);
  const banner = {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  };
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    banner,
    logLevel: 'silent',
  });
  return Array.from({ length: count }, (_, n) =>
    fork(outfile, [...args, `${n}`], { env: gitTestEnvironment(), execArgv: [] }),
  );
}

/** How a process ended, once it has. */
export async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}
