import { runPlatformHook } from '../src/platforms/run-platform-hook.ts';

await runPlatformHook('claude-code', new URL(import.meta.url), process.argv.slice(2));
