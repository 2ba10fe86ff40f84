import { runInstalledHook } from '../src/gate/hook-program.ts';

await runInstalledHook('pre-commit', import.meta.dirname, process.argv.slice(2));
