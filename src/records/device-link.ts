import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { isCapability } from './capability.ts';

/** The issuer says that a device, an AID with a KEL of its own, acts for it with these capabilities. */
export interface DeviceLink {
  readonly type: 'device-link';
  readonly device: string;
  /** What the controller calls it: text of others, to be shown escaped. */
  readonly name: string;
  /** Sorted, each once. */
  readonly capabilities: readonly string[];
}

export function deviceLinkJson({ device, name, capabilities }: DeviceLink): {
  readonly [key: string]: Json;
} {
  return { capabilities, device, name };
}

/**
 * Reads the body of a device link from a parsed record.
 * @throws GitkelError `malformed`.
 */
export function parseDeviceLink(value: Json, head: readonly string[]): DeviceLink {
  const fields = fieldsOf(value, 'a device link', [...head, 'capabilities', 'device', 'name']);
  const capabilities = fields.texts('capabilities');
  for (const [index, capability] of capabilities.entries()) {
    const before = capabilities[index - 1];
    if (!isCapability(capability) || (before !== undefined && before >= capability)) {
      throw malformed(
        'capabilities',
        `Cannot read a device link: ${quoted(capability)} is no capability, or not in order`,
      );
    }
  }
  return {
    type: 'device-link',
    device: fields.text('device'),
    name: deviceName(fields.text('name')),
    capabilities,
  };
}

/**
 * A name of 1 to 64 characters; any characters, since it is shown escaped.
 * @throws GitkelError `malformed`.
 */
export function deviceName(text: string): string {
  const { length } = Array.from(text);
  if (length === 0 || length > LIMITS.nameCharacters || text.trim() === '') {
    throw malformed(
      'device-name',
      `Cannot use ${quoted(text)} as the name of a device: 1 to ${LIMITS.nameCharacters} characters`,
    );
  }
  return text;
}
