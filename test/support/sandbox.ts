/** Runs in a sandbox of this machine; where there is none, why the tests of it are left out. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { utf8 } from '../../src/base/bytes.ts';
import { nodeHost } from '../../src/index.ts';
import { readPermissions } from '../../src/skills/parse-permissions.ts';
import type { Permissions } from '../../src/skills/permissions.ts';
import type { SkillFile } from '../../src/skills/skill-files.ts';
import { type LeftOver, type RunRequest, withPreparedRun } from '../../src/sandbox/prepare-run.ts';
import type { RunEnd, RunEvent } from '../../src/sandbox/run-event.ts';
import { runInSandbox } from '../../src/sandbox/run-in-sandbox.ts';

type Manifest = Parameters<typeof readPermissions>[0];

export function permissionsOf(manifest: { readonly [key: string]: Manifest }): Permissions {
  const report = readPermissions({ schema: 'urn:gitkel:skill-permissions:1', ...manifest });
  if (report.outcome !== 'valid') throw new Error(JSON.stringify(report.problems));
  return report.permissions;
}

function whyNot(): string | undefined {
  try {
    const isolation = ['--unshare-all', '--unshare-user', '--disable-userns'];
    execFileSync('bwrap', [...isolation, '--ro-bind', '/', '/', 'true'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `bwrap does not work here: ${error instanceof Error ? error.message.slice(0, 200) : ''}`;
  }
}

/** Why no sandbox can be made here; `undefined` where one can. */
export const NO_SANDBOX = whyNot();

/** What the names of tests of sandboxes end with: the reason, where they are left out. */
export const LEFT_OUT = NO_SANDBOX === undefined ? '' : ` (left out: ${NO_SANDBOX})`;

export interface Ran {
  readonly end: RunEnd;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly RunEvent[];
  readonly trace: readonly string[];
  readonly left: LeftOver;
}

export function skillFile(name: string, text: string, executable = false): SkillFile {
  return { path: name, bytes: utf8(text), executable };
}

/** An empty directory for a workspace, of somebody who is not root. */
export function temporaryWorkspace(): string {
  return realpathSync(mkdtempSync(path.join(tmpdir(), 'gitkel-work-')));
}

type Asked = Partial<RunRequest> & Pick<RunRequest, 'permissions' | 'command'>;

/** Runs a command of a skill, and gives all that was seen of it. */
export async function ranInSandbox(asked: Asked, signal?: AbortSignal): Promise<Ran> {
  const events: RunEvent[] = [];
  const trace: string[] = [];
  const output = { stdout: '', stderr: '' };
  const request: RunRequest = {
    files: [skillFile('SKILL.md', '---\nname: probe\n---\n')],
    workspace: undefined,
    environment: new Map(),
    secrets: { values: new Map(), exposed: new Set() },
    isTraced: false,
    ...asked,
  };
  const event = (one: RunEvent): void => {
    events.push(one);
  };
  const observer = {
    event,
    output: (stream: 'stdout' | 'stderr', bytes: Uint8Array): void => {
      output[stream] += new TextDecoder().decode(bytes);
    },
    traceLine: (line: string): void => {
      trace.push(line);
    },
  };
  const { result: end, left } = await withPreparedRun(nodeHost(), request, event, ({ plan }) =>
    runInSandbox(plan, { observer, signal }),
  );
  return { end, ...output, events, trace, left };
}
