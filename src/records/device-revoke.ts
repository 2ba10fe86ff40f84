import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';

/** The issuer says that a device no longer acts for it, from the position of this record on. */
export interface DeviceRevoke {
  readonly type: 'device-revoke';
  readonly device: string;
  readonly reason: string;
}

export function deviceRevokeJson({ device, reason }: DeviceRevoke): {
  readonly [key: string]: Json;
} {
  return { device, reason };
}

/**
 * Reads the body of a device revocation from a parsed record.
 * @throws GitkelError `malformed`.
 */
export function parseDeviceRevoke(value: Json, head: readonly string[]): DeviceRevoke {
  const fields = fieldsOf(value, 'a device revocation', [...head, 'device', 'reason']);
  const reason = fields.text('reason');
  if (reason.length > LIMITS.reasonCharacters) {
    throw malformed(
      'revocation-reason',
      `Cannot read a device revocation: its reason ${quoted(reason)} has more than ${LIMITS.reasonCharacters} characters`,
    );
  }
  return { type: 'device-revoke', device: fields.text('device'), reason };
}
