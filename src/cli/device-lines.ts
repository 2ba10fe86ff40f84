import type { DeviceStanding } from '../log/devices.ts';

/** How a device stands, and what it may do, in words. */
export function standingWords({
  linkedAt,
  revokedAt,
  supersededAt,
  capabilities,
}: DeviceStanding): string {
  if (supersededAt !== null)
    return `counts as absent: linked at batch ${linkedAt}, superseded at batch ${supersededAt}`;
  const revoked = revokedAt === null ? '' : `, revoked at batch ${revokedAt}`;
  return `linked at batch ${linkedAt}${revoked}; ${capabilities.join(', ') || 'no capabilities'}`;
}
