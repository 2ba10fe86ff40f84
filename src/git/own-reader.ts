import type { Host } from '../host/host.ts';
import type { ObjectReader } from './object-reader.ts';
import { ObjectStore } from './objects.ts';
import type { Repository } from './repository.ts';

/** Reads by our own code: what everything here uses, also through {@link ObjectStore} itself, which does not wait. */
export function ownReader(host: Host, repository: Pick<Repository, 'commonDir'>): ObjectReader {
  const store = new ObjectStore(host, repository);
  return {
    read: async (oid, limit) => store.read(oid, limit),
    has: async (oid) => store.has(oid),
    close: async () => store.close(),
  };
}
