import type { Host } from '../host/host.ts';
import type { HookObjects } from './hook-objects.ts';
import { ObjectStore, type ReadableObjects } from './objects.ts';

/** What reads at once the objects that a hook may read. Close it when done. */
export interface HookStore extends ReadableObjects {
  readonly close: () => void;
}

/** Reads the same objects by our own code; those of a repository with alternates only as far as they lie in it. */
export function hookStore(host: Host, commonDir: string, objects: HookObjects): HookStore {
  const { own, quarantine } = objects;
  const stores = [
    // Git has written all of a push before it runs a hook.
    ...(quarantine === undefined ? [] : [new ObjectStore(host, { commonDir }, quarantine, true)]),
    new ObjectStore(host, { commonDir }, own),
  ];
  return {
    read: (oid, limit) => {
      for (const store of stores) {
        const object = store.read(oid, limit);
        if (object !== undefined) return object;
      }
      return undefined;
    },
    close: () => {
      for (const store of stores) store.close();
    },
  };
}
