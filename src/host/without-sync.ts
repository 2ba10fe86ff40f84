import type { Host } from './host.ts';

/**
 * The same host, on which nothing waits for the disk: what is written may be gone, or cut off, after a power cut. For
 * logs that can be thrown away.
 */
export function withoutSync(host: Host): Host {
  const fs = new Proxy(host.fs, {
    get: (real, name): unknown => (name === 'fsyncSync' ? () => {} : Reflect.get(real, name)),
  });
  return { ...host, fs };
}
