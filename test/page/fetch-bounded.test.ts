/** What a server says of an error is read as far as it is shown. */
import { afterEach, expect, test, vi } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { fetchBounded } from '../../src/page/fetch-bounded.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('fetchBounded() reads no more of an error than it shows', async () => {
  let sent = 0;
  let isCancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (++sent > 64) throw new Error('all of it is read');
      controller.enqueue(utf8('no such log, '.repeat(40)));
    },
    cancel: () => {
      isCancelled = true;
    },
  });
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  vi.stubGlobal('fetch', async () => new Response(endless, { status: 500, headers }));
  await expect(fetchBounded('https://log.example/x.git', {})).rejects.toMatchObject({
    reason: 'http-status',
    message: expect.stringContaining('the server answered 500: "no such log, ') as string,
  });
  expect([isCancelled, sent < 8]).toEqual([true, true]);
});
