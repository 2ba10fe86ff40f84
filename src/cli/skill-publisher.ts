import * as Flags from '@oclif/core/flags';
import { GitkelError } from '../base/errors.ts';
import type { Log } from '../log/log.ts';
import { RELEASE_CAPABILITY } from '../log/capabilities.ts';
import type { Publisher } from '../skills/new-release.ts';
import type { Session } from './session.ts';

/** Who releases and revokes. */
export const publisherFlags = {
  as: Flags.string({
    required: true,
    helpValue: 'AID',
    summary: 'Who seals it: AID or name, of a publisher or of a device of one.',
  }),
  for: Flags.string({
    helpValue: 'AID',
    summary:
      'In whose name a device does: AID or name; else the one that linked it with the capability release.',
  }),
};

/** The controllers that a device may act for. */
function actsFor({ contents }: Log, device: string, capability: string): readonly string[] {
  const links = contents.records
    .linksTo(device)
    .filter(
      ({ link, revocation }) => revocation === undefined && link.capabilities.includes(capability),
    );
  return [...new Set(links.map(({ controller }) => controller))];
}

/**
 * Who is meant, and in whose name. A device speaks for the one controller that lets it do so, unless told.
 * @param capability what it needs for that
 * @throws GitkelError `usage` where there are several, `not-found` for an unknown name.
 */
export function publisherOf(
  session: Session,
  log: Log,
  { as, for: named }: { readonly as: string; readonly for?: string | undefined },
  capability: string = RELEASE_CAPABILITY,
): Publisher {
  const issuer = session.aid(as);
  if (named !== undefined) {
    const controller = session.aid(named);
    return { issuer, controller: controller === issuer ? undefined : controller };
  }
  const [controller, ...others] = actsFor(log, issuer, capability);
  if (others.length === 0) return { issuer, controller };
  throw new GitkelError(
    'usage',
    `Cannot tell for whom ${issuer} speaks: ${others.length + 1} identities gave it the capability ${capability}`,
    { hint: 'Name one with --for; itself, where it speaks for itself.' },
  );
}
