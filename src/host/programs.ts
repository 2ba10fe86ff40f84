/**
 * Programs of the user's own choice in which keys live: commands that sign, and an agent on a local socket. They are
 * trusted to be there on purpose, not to answer soon, at length or truthfully.
 * @module
 */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { ProgramCall, ProgramOutcome, Programs, SocketCall, SocketOutcome } from './host.ts';

const LENGTH_BYTES = 4;
/** Milliseconds for what a program that has ended had printed last, should its output stay open. */
const DRAIN = 250;

/** What a program may see of this process's environment: everything but the passphrase of the keys. */
function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => name.toUpperCase() !== 'GITKEL_PASSPHRASE'),
  );
}

/** How a run that never began, or broke off for a reason of the system, is told. */
function detailOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** What the program says to people goes to them: it may ask for a touch or a PIN. */
async function run(call: ProgramCall): Promise<ProgramOutcome> {
  const child = spawn(call.program, [...call.args], {
    cwd: call.directory,
    env: childEnvironment(process.env),
    stdio: ['pipe', 'pipe', 'inherit'],
    windowsHide: true,
  });
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const end = (outcome: ProgramOutcome): void => {
      clearTimeout(timer);
      // Whatever the program started in turn may hold its output open: it is not waited for.
      child.stdout.destroy();
      child.stdin.destroy();
      resolve(outcome);
    };
    const stop = (outcome: 'too-slow' | 'too-much'): void => {
      child.kill('SIGKILL');
      child.unref();
      end({ outcome });
    };
    let timer = setTimeout(() => stop('too-slow'), call.timeLimit);
    child.stdout.on('data', (part: Buffer) => {
      length += part.length;
      if (length > call.outputLimit) stop('too-much');
      else parts.push(part);
    });
    child.on('error', (error) => end({ outcome: 'not-started', detail: detailOf(error) }));
    const ended = (exitCode: number | null, signal: string | null): void => {
      if (exitCode === null) end({ outcome: 'killed', signal: signal ?? 'unknown' });
      else end({ outcome: 'ended', exitCode, output: new Uint8Array(Buffer.concat(parts)) });
    };
    child.on('close', ended);
    child.on('exit', (exitCode, signal) => {
      clearTimeout(timer);
      timer = setTimeout(() => ended(exitCode, signal), DRAIN);
    });
    // A program that ends before it has read everything is judged by what it printed.
    child.stdin.on('error', () => {});
    child.stdin.end(call.input);
  });
}

function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}

async function ask({ path, request, timeLimit, answerLimit }: SocketCall): Promise<SocketOutcome> {
  const socket = connect(path);
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    let isConnected = false;
    const end = (outcome: SocketOutcome): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end({ outcome: 'too-slow' }), timeLimit);
    socket.on('connect', () => {
      isConnected = true;
      socket.write(framed(request));
    });
    socket.on('data', (part) => {
      received = Buffer.concat([received, part]);
      if (received.length < LENGTH_BYTES) return;
      const length = received.readUInt32BE();
      if (length > answerLimit) end({ outcome: 'too-much' });
      else if (received.length >= LENGTH_BYTES + length) {
        const answer = new Uint8Array(received.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
        end({ outcome: 'answered', answer });
      }
    });
    socket.on('error', (error) => {
      end(
        isConnected ? { outcome: 'closed' } : { outcome: 'not-connected', detail: detailOf(error) },
      );
    });
    socket.on('close', () => end({ outcome: 'closed' }));
  });
}

/** The programs of this machine, as its user set it up. */
export function systemPrograms(environment: NodeJS.ProcessEnv = process.env): Programs {
  const agentSocket = environment['SSH_AUTH_SOCK'];
  return { agentSocket: agentSocket === '' ? undefined : agentSocket, run, ask };
}
