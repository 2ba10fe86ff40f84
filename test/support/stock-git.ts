import { spawnSync } from 'node:child_process';

function runs(program: string, args: readonly string[]): boolean {
  return spawnSync(program, [...args]).error === undefined;
}

/** Whether stock git and ssh-keygen are here: tests that need them are skipped by name where they are not. */
export const hasGit = runs('git', ['--version']) && runs('ssh-keygen', ['-?']);
