import { Args } from '@oclif/core';
import { encodeCard, type RotationCard } from '../../src/keys/card.ts';
import { nextKey, pendingRotation } from '../../src/keys/keystore.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { newKeyFlags } from '../../src/cli/flags.ts';
import { unclaimedRotations } from '../../src/cli/taking-part.ts';
import { newKeyOptions } from '../../src/cli/new-keys.ts';

export default class KeyNext extends BaseCommand {
  static override summary = 'Make the following next key and print the rotation card of a key.';
  static override description =
    'The card reveals the next key and commits to the one after it. Asked for again, it is the same until a verified log shows that the rotation took place, of an identity that this home signed for or has named; give --log for that.';
  static override examples = [
    '<%= config.bin %> key next alice > alice.rotation',
    '<%= config.bin %> key next alice --log team-log > alice.rotation',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'The name of the key.' }),
  };
  static override flags = newKeyFlags;

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
    const card =
      pendingRotation(home, args.name) ??
      (await nextKey(home, args.name, await newKeyOptions(session, args.name, flags)));
    this.print(new TextDecoder().decode(encodeCard(card)).trimEnd());
    return card;
  }
}
