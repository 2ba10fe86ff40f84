import { runPlatformHook } from '../src/platforms/run-platform-hook.ts';

await runPlatformHook('openclaw-install-policy', new URL(import.meta.url), process.argv.slice(2));
