import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { boundedHttp } from '../../src/git/bounded-http.ts';

async function served(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function read(url: string, bounds: Parameters<typeof boundedHttp>[0]): Promise<number> {
  const { body } = await boundedHttp(bounds).request({ url });
  let bytes = 0;
  for await (const part of body ?? []) bytes += part.length;
  return bytes;
}

const WIDE = { bytes: 1_000_000, silence: 60_000, whole: 60_000 };

test('boundedHttp() gives what a server sends', async () => {
  const url = await served((response) => response.end('x'.repeat(100_000)));
  expect(await read(url, WIDE)).toBe(100_000);
});

test('boundedHttp() ends what sends without end', async () => {
  const url = await served((response) => {
    const more = (): void => {
      while (response.write('x'.repeat(10_000)));
    };
    response.on('drain', more).on('error', () => {});
    more();
  });
  await expect(read(url, WIDE)).rejects.toThrow('it sent more than 1000000 bytes');
});

test.each<[string, (response: ServerResponse) => void]>([
  ['answers nothing', () => {}],
  ['stops in the middle', (response) => response.writeHead(200).write('x')],
])('boundedHttp() waits no longer for a server that %s', async (_, answer) => {
  const url = await served(answer);
  await expect(read(url, { ...WIDE, silence: 50 })).rejects.toThrow('nothing came for 50 ms');
  await expect(read(url, { ...WIDE, whole: 50 })).rejects.toThrow('it took more than 50 ms');
});

test('close() ends an answer that nobody reads to its end', async () => {
  let ended = (): void => {};
  const isEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const url = await served((response) => {
    response.on('close', ended);
    response.writeHead(200).write('x');
  });
  const http = boundedHttp(WIDE);
  const { statusCode } = await http.request({ url });
  expect(statusCode).toBe(200);
  http.close();
  await isEnded;
});
