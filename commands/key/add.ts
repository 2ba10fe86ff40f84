import * as Args from '@oclif/core/args';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import type { KeyCard } from '../../src/keys/card.ts';
import { addExternalKey } from '../../src/keys/external-keys.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { externalFlags, namedKey, promisedKey } from '../../src/cli/external-flags.ts';

export default class KeyAdd extends BaseCommand {
  static override summary = 'Give a name to a key that lives in another program.';
  static override description =
    'The secret stays in your ssh-agent, or behind a program of yours (a token, a hardware module, a service), which is asked for each signature; what it returns is verified before it is used. Which key it will be rotated to is said now, by its card, its public key, its fingerprint in your ssh-agent, or its digest: it may live anywhere. With the name of a key that is here already, only what signs with it is set anew.';
  static override examples = [
    '<%= config.bin %> key add alice --ssh-agent SHA256:uNiVztksCsDhcc0u9e8BrrJXVUDzHnRQAzuW8mVGRsM --next-ssh-agent SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8',
    '<%= config.bin %> key add vault --command /usr/local/bin/vault-sign --command-arg key-7 --next-digest EIbxvcvTpdoLQTEJbvO4_JiTPsZzGLcUPxIzDKCV9UBb',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'What you call the key.' }),
  };
  static override flags = externalFlags;

  async run(): Promise<{ status: string; name: string; kind: string; card: KeyCard }> {
    const { args, flags } = await this.parse(KeyAdd);
    const session = this.session(flags);
    const next = await promisedKey(session, flags);
    const named = await namedKey(session, flags);
    if (named === undefined) {
      throw new GitkelError(
        'usage',
        `Cannot add the key ${quoted(args.name)}: nothing is said about what signs with it`,
        {
          hint: 'Give --ssh-agent FINGERPRINT or --command CMD; `gitkel key new` makes a key of this home.',
        },
      );
    }
    const card = await addExternalKey(session.home, args.name, named, next);
    const { external } = named;
    this.print(
      `key ${args.name}: ${card.publicKey}`,
      external.kind === 'command'
        ? `  the command ${quoted(external.command.join(' '), 512)} signs with it`
        : '  in your ssh-agent',
      `  next key: digest ${card.nextDigest}`,
      `next: gitkel key show ${args.name} > ${args.name}.card   to give to others`,
    );
    return { status: 'done', name: args.name, kind: external.kind, card };
  }
}
