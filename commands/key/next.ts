import * as Args from '@oclif/core/args';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { encodeCard, type RotationCard } from '../../src/keys/card.ts';
import { revealKey } from '../../src/keys/external-keys.ts';
import { nextKey, pendingRotation } from '../../src/keys/keystore.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  type ExternalFlags,
  externalFlags,
  namedKey,
  promisedKey,
} from '../../src/cli/external-flags.ts';
import { newKeyFlags } from '../../src/cli/flags.ts';
import { makeKeys, type NewKeyFlags } from '../../src/cli/new-keys.ts';
import type { Session } from '../../src/cli/session.ts';
import { unclaimedRotations } from '../../src/cli/taking-part.ts';

/** The card of a key of which the flags say where the next one is, or where the one after it will be. */
async function externalRotation(
  session: Session,
  name: string,
  flags: ExternalFlags,
): Promise<RotationCard | undefined> {
  const next = await promisedKey(session, flags);
  const revealed = await namedKey(session, flags);
  if (next === undefined && revealed === undefined) return undefined;
  if (next !== undefined) return revealKey(session.home, name, revealed, next);
  throw new GitkelError(
    'usage',
    `Cannot make the rotation card of ${quoted(name)}: nothing is said about the key after the next one`,
    {
      reason: 'no-next-key',
      hint: 'Give --next-card FILE, --next-ssh-agent FINGERPRINT, --next-public-key KEY or --next-digest DIGEST.',
    },
  );
}

async function rotationOf(
  session: Session,
  name: string,
  flags: ExternalFlags & NewKeyFlags,
): Promise<RotationCard> {
  const { home } = session;
  return (
    (await externalRotation(session, name, flags)) ??
    pendingRotation(home, name) ??
    (await makeKeys(session, name, flags, (options) => nextKey(home, name, options)))
  );
}

export default class KeyNext extends BaseCommand {
  static override summary = 'Make the following next key and print the rotation card of a key.';
  static override description =
    'The card reveals the next key and commits to the one after it. Asked for again, it is the same until a verified log shows that the rotation took place, of an identity that this home signed for or has named; give --log for that. Where the next key is not in a key file, say what signs with it, and which key follows it.';
  static override examples = [
    '<%= config.bin %> key next alice > alice.rotation',
    '<%= config.bin %> key next alice --log team-log > alice.rotation',
    '<%= config.bin %> key next vault --command /usr/local/bin/vault-sign --command-arg key-8 --next-card key-9.card > vault.rotation',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'The name of the key.' }),
  };
  static override flags = { ...newKeyFlags, ...externalFlags };

  async run(): Promise<RotationCard> {
    const { args, flags } = await this.parse(KeyNext);
    const session = this.session(flags);
    const log = await session.logIfAny();
    const { home } = session;
    for (const aid of log === undefined ? [] : unclaimedRotations(home, log.contents, args.name)) {
      session.warn(
        `the next key of ${args.name} is a current one of ${aid} already, but nothing tells that this home takes part in it; if it does: gitkel name set NAME ${aid}, and then ask again`,
      );
    }
    const card = await rotationOf(session, args.name, flags);
    this.printExact(new TextDecoder().decode(encodeCard(card)).trimEnd());
    return card;
  }
}
