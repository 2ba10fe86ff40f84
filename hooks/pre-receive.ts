import { runInstalledHook } from '../src/gate/hook-program.ts';

await runInstalledHook('pre-receive', import.meta.dirname, process.argv.slice(2));
