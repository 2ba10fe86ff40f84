import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../base/errors.ts';
import type { Session } from './session.ts';

/** Names devices, each with a flag of its own. */
export const deviceFlag = {
  device: Flags.string({
    multiple: true,
    required: true,
    helpValue: 'AID',
    summary: 'The device: AID or name.',
  }),
};

/**
 * The AIDs of devices, in the order in which they were named.
 * @throws GitkelError `usage` for one that is named twice; `not-found` for an unknown name.
 */
export function namedDevices(session: Session, named: readonly string[]): readonly string[] {
  const devices = named.map((device) => session.aid(device));
  const again = named.find((_, at) => devices.indexOf(devices[at] ?? '') < at);
  if (again === undefined) return devices;
  throw new GitkelError('usage', `Cannot take the device ${quoted(again)} twice: name each once`);
}
