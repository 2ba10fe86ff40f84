import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createLog,
  type Host,
  type Log,
  nativeCrypto,
  nodeHost,
  openLog,
  type Operation,
} from '../../src/index.ts';
import { countingRandom } from './counting-random.ts';
import { KeyRing } from './key-ring.ts';
import { commitSigned, oneKeyInception } from './one-key.ts';

/** A log on disk whose founder links many devices, through the public API, with the keys of all. */
export class DeviceFleet {
  readonly root = nodeFs.mkdtempSync(path.join(tmpdir(), 'gitkel-fleet-'));
  readonly dir = path.join(this.root, 'log');
  readonly log: Log;
  readonly #ring = new KeyRing(nativeCrypto);
  #made = 0;

  constructor() {
    // Nothing here has to survive a power cut.
    const fs = { ...nodeFs, fsyncSync: () => {} };
    const host: Host = nodeHost({ fs, random: countingRandom(nativeCrypto, 'fleet') });
    createLog(host, this.dir, { admission: 'open' });
    this.log = openLog(host, this.dir);
  }

  /** The founder, the controller of all devices; in batch 0. */
  get founder(): string {
    return this.log.contents.genesis?.founder ?? '';
  }

  /** An inception of an identity with one key of its own. */
  #inception(): Operation {
    const name = `fleet ${this.#made++}`;
    return oneKeyInception(nativeCrypto, this.#ring, name, `${name} next`);
  }

  /** Opens the log. */
  async found(): Promise<void> {
    await this.commit([this.#inception()]);
  }

  /** Creates so many devices in one batch; gives their AIDs. */
  async create(count: number): Promise<readonly string[]> {
    const known = this.log.contents.aids.length;
    await this.commit(Array.from({ length: count }, () => this.#inception()));
    return this.log.contents.aids.slice(known);
  }

  /** Links devices in one event, which all of them accept. */
  async link(devices: readonly string[]): Promise<void> {
    await this.commit([
      {
        kind: 'seal',
        aid: this.founder,
        bodies: devices.map((device) => ({
          type: 'device-link',
          device,
          name: `device ${device.slice(-8)}`,
          capabilities: ['sign-statement'],
        })),
      },
    ]);
  }

  /** Stages operations in one batch, signs it with every key that is asked for, and commits it. */
  async commit(operations: readonly Operation[]): Promise<void> {
    await commitSigned(this.log, this.#ring, operations, this.log.host.random(16));
  }

  remove(): void {
    this.log.store.close();
    nodeFs.rmSync(this.root, { recursive: true, force: true });
  }
}
