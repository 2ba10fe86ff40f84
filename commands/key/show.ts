import * as Args from '@oclif/core/args';
import { encodeCard, type KeyCard } from '../../src/keys/card.ts';
import { showKey } from '../../src/keys/keystore.ts';
import { showWitness, type WitnessKey } from '../../src/keys/witness-key.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';

export default class KeyShow extends BaseCommand {
  static override summary =
    'Print the card of a key: its public key and the digest of the next one.';
  static override description =
    'Cards are what people exchange to build an identity together. A card holds no secret. Of a witness it prints the identifier, which others name with --witness.';
  static override examples = [
    '<%= config.bin %> key show alice > alice.card',
    '<%= config.bin %> key show alice --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'The name of the key.' }),
  };

  async run(): Promise<KeyCard | ({ readonly kind: 'witness' } & WitnessKey)> {
    const { args, flags } = await this.parse(KeyShow);
    const { home } = this.session(flags, 'reads');
    const witness = showWitness(home, args.name);
    if (witness !== undefined) {
      this.print(witness.aid);
      return { kind: 'witness', ...witness };
    }
    const card = showKey(home, args.name);
    this.printExact(new TextDecoder().decode(encodeCard(card)).trimEnd());
    return card;
  }
}
