import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemPrograms } from '../../src/host/programs.ts';
import { runProgram } from './binary.ts';

/** Messages of the agent protocol; the passphrase is `x`. */
const LOCK = 22;
const UNLOCK = 23;
const SUCCESS = 6;

/** Whether OpenSSH's agent and its tools are on this machine. */
export const hasSshAgent = ['ssh-agent', 'ssh-add', 'ssh-keygen'].every((program) => {
  const { error } = spawnSync(program, ['-?'], { stdio: 'ignore', timeout: 10_000 });
  return error === undefined;
});

/** A key that the agent holds. */
export interface AgentKey {
  /** Path of its private key's file. */
  readonly file: string;
  /** As `ssh-add -l` prints it. */
  readonly fingerprint: string;
  /** The raw 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** A real ssh-agent of OpenSSH on a socket of its own. */
export class SshAgent {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'gitkel-agent-'));
  readonly socket = path.join(this.dir, 's');
  readonly #child: ChildProcess;
  #keys = 0;

  private constructor() {
    this.#child = spawn('ssh-agent', ['-D', '-a', this.socket], { stdio: 'ignore' });
  }

  static async start(): Promise<SshAgent> {
    const agent = new SshAgent();
    while (!existsSync(agent.socket)) {
      if (agent.#child.exitCode !== null) throw new Error('ssh-agent ended before it listened');
      await wait(10);
    }
    return agent;
  }

  get env(): Readonly<Record<string, string>> {
    return { SSH_AUTH_SOCK: this.socket };
  }

  async #run(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const ran = await runProgram(program, args, { env: { ...this.env, ...env } });
    if (ran.exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  }

  /** Makes a key and gives it to the agent. */
  async newKey(type = 'ed25519', comment = 'a key'): Promise<AgentKey> {
    const file = path.join(this.dir, `key-${this.#keys++}`);
    await this.#run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', comment, '-f', file]);
    await this.#run('ssh-add', ['-q', file]);
    const listed = await this.#run('ssh-keygen', ['-l', '-f', `${file}.pub`]);
    const [, blob = ''] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
    const fingerprint = listed.split(' ')[1] ?? '';
    return {
      file,
      fingerprint,
      publicKey: new Uint8Array(Buffer.from(blob, 'base64').subarray(-32)),
    };
  }

  async removeKey({ file }: AgentKey): Promise<void> {
    await this.#run('ssh-add', ['-q', '-d', file]);
  }

  /** Locks the agent, as `ssh-add -x` does on a terminal. */
  async lock(): Promise<void> {
    await this.#ask(LOCK);
  }

  async unlock(): Promise<void> {
    await this.#ask(UNLOCK);
  }

  async #ask(type: number): Promise<void> {
    const request = Uint8Array.of(type, 0, 0, 0, 1, 0x78);
    const result = await systemPrograms().ask({
      path: this.socket,
      request,
      timeLimit: 10_000,
      answerLimit: 16,
    });
    if (result.outcome !== 'answered' || result.answer[0] !== SUCCESS)
      throw new Error(`the agent answered ${JSON.stringify(result)}`);
  }

  /** Ends the agent; what it held is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => {
        this.#child.once('exit', resolve);
      });
      this.#child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}
