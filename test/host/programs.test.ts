import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ProgramCall, SocketCall } from '../../src/host/host.ts';
import { systemPrograms } from '../../src/host/programs.ts';

vi.setConfig({ testTimeout: 60_000 });

const { run, ask } = systemPrograms();
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const utf8 = (words: string): Uint8Array => new TextEncoder().encode(words);

/** A run of Node with a program of one line; long enough for the slowest machine unless it is to be too slow. */
function node(line: string, more: Partial<ProgramCall> = {}): ProgramCall {
  return {
    program: process.execPath,
    args: ['-e', line],
    input: new Uint8Array(0),
    directory: tmpdir(),
    timeLimit: 60_000,
    outputLimit: 1_000,
    ...more,
  };
}

describe('Programs.run()', () => {
  test('gives the input, takes the output, and runs in the directory', async () => {
    const echo = await run(node('process.stdin.pipe(process.stdout)', { input: utf8('hello') }));
    expect(echo).toMatchObject({ outcome: 'ended', exitCode: 0 });
    expect(echo.outcome === 'ended' && text(echo.output)).toBe('hello');
    const where = await run(node('process.stdout.write(process.cwd())'));
    expect(where.outcome === 'ended' && text(where.output)).toBe(realpathSync(tmpdir()));
  });

  test('hands arguments over as they are: there is no shell', async () => {
    const args = [
      '-e',
      'process.stdout.write(JSON.stringify(process.argv.slice(1)))',
      '--',
      '$HOME',
      '; ls',
      '"',
    ];
    const shown = await run(node('', { args }));
    expect(shown.outcome === 'ended' && JSON.parse(text(shown.output))).toEqual([
      '$HOME',
      '; ls',
      '"',
    ]);
  });

  test('keeps the passphrase to itself', async () => {
    process.env['GITKEL_PASSPHRASE'] = 'secret';
    onTestFinished(() => {
      delete process.env['GITKEL_PASSPHRASE'];
    });
    const shown = await run(
      node('process.stdout.write(JSON.stringify(process.env))', { outputLimit: 1_000_000 }),
    );
    expect(shown.outcome === 'ended' && text(shown.output)).toContain('"PATH"');
    expect(shown.outcome === 'ended' && text(shown.output)).not.toContain('secret');
  });

  test('tells how a program ended', async () => {
    expect(await run(node('process.exitCode = 3'))).toMatchObject({
      outcome: 'ended',
      exitCode: 3,
    });
    expect(await run(node('process.kill(process.pid, "SIGKILL")'))).toEqual({
      outcome: 'killed',
      signal: 'SIGKILL',
    });
    const missing = await run(node('', { program: path.join(tmpdir(), 'no such program') }));
    expect(missing).toEqual({ outcome: 'not-started', detail: 'ENOENT' });
    expect(await run(node('', { program: tmpdir() }))).toEqual({
      outcome: 'not-started',
      detail: 'EACCES',
    });
  });

  test('stops a program that hangs, also when another one holds its output open', async () => {
    const hang = 'setInterval(() => {}, 1000)';
    expect(await run(node(hang, { timeLimit: 300 }))).toEqual({ outcome: 'too-slow' });
    const fork = `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 15000)'], { stdio: ['ignore', 'inherit', 'ignore'] }); ${hang}`;
    expect(await run(node(fork, { timeLimit: 1_000 }))).toEqual({ outcome: 'too-slow' });
  });

  test('takes the answer of a program that has ended, although another one holds its output open', async () => {
    const line = `const child = require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: ['ignore', 'inherit', 'ignore'], detached: true }); child.unref(); process.stdout.write(String(child.pid)); process.exitCode = 4`;
    const ended = await run(node(line, { timeLimit: 30_000 }));
    expect(ended).toMatchObject({ outcome: 'ended', exitCode: 4 });
    if (ended.outcome === 'ended') process.kill(Number(text(ended.output)));
  });

  test('stops a program that prints too much, and takes exactly what is allowed', async () => {
    const print = (count: number): ProgramCall =>
      node(`process.stdout.write('x'.repeat(${count}))`);
    expect(await run(print(1_001))).toEqual({ outcome: 'too-much' });
    const whole = await run(print(1_000));
    expect(whole.outcome === 'ended' && whole.output.length).toBe(1_000);
  });

  test('judges a program that reads nothing by what it printed', async () => {
    const input = new Uint8Array(1_000_000);
    const ended = await run(node('process.stdout.write("done"); process.exit(0)', { input }));
    expect(ended).toMatchObject({ outcome: 'ended', exitCode: 0 });
  });
});

/** A server on a socket of its own that does this with each connection; gives a question to it. */
async function served(answer: (socket: Socket) => void): Promise<SocketCall> {
  const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-socket-'));
  const socketPath = path.join(dir, 's');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(socketPath, resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { path: socketPath, request: utf8('question'), timeLimit: 60_000, answerLimit: 100 };
}

describe('Programs.ask()', () => {
  test('sends one message with its length, and takes the answer in whatever pieces', async () => {
    const received: Buffer[] = [];
    const call = await served((socket) => {
      socket.on('data', (part) => {
        received.push(part);
        for (const byte of Buffer.from('\0\0\0\u0006answerX', 'latin1'))
          socket.write(Uint8Array.of(byte));
      });
    });
    const outcome = await ask(call);
    expect(outcome.outcome === 'answered' && text(outcome.answer)).toBe('answer');
    expect(Buffer.concat(received).toString('latin1')).toBe('\0\0\0\u0008question');
  });

  test('tells what came instead of an answer', async () => {
    expect(await ask(await served((socket) => socket.end()))).toEqual({ outcome: 'closed' });
    const cut = await served((socket) => socket.end(Buffer.from('\0\0\0\u0006ans', 'latin1')));
    expect(await ask(cut)).toEqual({ outcome: 'closed' });
    const huge = await served((socket) => void socket.write(Buffer.from('ffffffff', 'hex')));
    expect(await ask(huge)).toEqual({ outcome: 'too-much' });
    const silent = await served(() => {});
    expect(await ask({ ...silent, timeLimit: 200 })).toEqual({ outcome: 'too-slow' });
  });

  test('tells that nobody listens', async () => {
    const call = await served(() => {});
    expect(await ask({ ...call, path: `${call.path}-gone` })).toEqual({
      outcome: 'not-connected',
      detail: 'ENOENT',
    });
    expect(await ask({ ...call, path: '/dev/null' })).toMatchObject({ outcome: 'not-connected' });
  });
});

test('systemPrograms() takes the agent from SSH_AUTH_SOCK', () => {
  expect(systemPrograms({ SSH_AUTH_SOCK: '/run/a' }).agentSocket).toBe('/run/a');
  expect(systemPrograms({}).agentSocket).toBeUndefined();
});
