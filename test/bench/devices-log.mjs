/** A log in which one identity has many devices, through the public functions. */
import { commit, newLog } from './committing.mjs';
import { inception, signerOf } from './signers.mjs';

const PER_BATCH = 100;

/** Writes the log; gives the controller. */
export async function writeDevicesLog(dir, devices) {
  const log = newLog(dir);
  const founder = signerOf('controller');
  const [controller] = await commit(log, [inception('controller')], [founder]);
  for (let first = 0; first < devices; first += PER_BATCH) {
    const labels = Array.from({ length: PER_BATCH }, (_, index) => `device ${first + index}`);
    const signers = [founder, ...labels.map(signerOf)];
    const aids = await commit(log, labels.map(inception), signers);
    const bodies = aids.map((device, index) => ({
      type: 'device-link',
      device,
      name: labels[index],
      capabilities: ['sign-statement'],
    }));
    await commit(log, [{ kind: 'seal', aid: controller, bodies }], signers);
  }
  log.store.close();
  return controller;
}
