import { runInstalledHook } from '../src/gate/hook-program.ts';

await runInstalledHook('reference-transaction', import.meta.dirname, process.argv.slice(2));
