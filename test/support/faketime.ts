import { spawnSync } from 'node:child_process';

/** Whether programs can be started here with another clock (Debian package `faketime`). */
export const hasFaketime = spawnSync('faketime', ['--version'], { stdio: 'ignore' }).status === 0;
