/** The proxy by itself, spoken to in bytes: requests that are made to mean two things. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startProxy } from '../../src/sandbox/proxy.ts';
import type { NetEvent } from '../../src/sandbox/run-event.ts';

/** What a server is sent when the proxy is sent this; the server answers with all that it got. */
async function passedOn(
  requestTo: (port: number) => string,
): Promise<{ readonly got: string; readonly answer: string; readonly events: NetEvent[] }> {
  let got = '';
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (part) => {
      text += part.toString('latin1');
      got = text;
      if (!/\r\n\r\n(?:[^]*end|$)/.test(text)) return;
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-proxy-'));
  const events: NetEvent[] = [];
  const proxy = await startProxy(path.join(dir, 'proxy.sock'), {
    connect: [{ host: '127.0.0.1', ports: [port], why: 'the test', optional: false }],
    secrets: [{ standIn: 'STAND-IN', value: 'the value', hosts: ['127.0.0.1'] }],
    event: (event) => {
      events.push(event);
    },
  });
  onTestFinished(async () => {
    await proxy.close();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(path.join(dir, 'proxy.sock'));
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
    socket.end(requestTo(port));
  });
  return { got, answer, events };
}

const CHUNKED = 'transfer-encoding: chunked\r\nconnection: close\r\n\r\n';

describe('startProxy()', () => {
  test.each(['GET', 'DELETE', 'POST'])(
    'a body of %s stays one: it is no second request, to a host of its own',
    async (method) => {
      const body = 'GET /other HTTP/1.1\r\nHost: other.example\r\n\r\nend';
      const { got } = await passedOn(
        (port) =>
          `${method} http://127.0.0.1:${port}/a HTTP/1.1\r\nHost: x\r\n${CHUNKED}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      );
      const [head = '', rest = ''] = got.split(/\r\n\r\n([^]*)/);
      expect(head).toContain(`${method} /a HTTP/1.1`);
      expect(head.toLowerCase()).toContain('transfer-encoding: chunked');
      expect(rest).toMatch(/^[0-9a-f]+\r\nGET \/other/);
    },
  );

  test('a length stays where it is, though another field asks for it to be left out', async () => {
    const { got } = await passedOn(
      (port) =>
        `GET http://127.0.0.1:${port}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: content-length, close\r\n\r\nend`,
    );
    expect(got.toLowerCase()).toContain('content-length: 3\r\n');
    expect(got).toContain('\r\n\r\nend');
  });

  test('a secret is not put into a request that the host is to send back', async () => {
    const { got, answer, events } = await passedOn(
      (port) =>
        `TRACE http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: x\r\nX: STAND-IN\r\nConnection: close\r\n\r\n`,
    );
    expect(got).toContain('STAND-IN');
    expect(got + answer).not.toContain('the value');
    expect(events).toEqual([expect.not.objectContaining({ secret: true })]);
  });
});
