import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { requireFreeName } from '../../src/keys/find-lineage.ts';
import { createKey, type KeyEntry, listKeys } from '../../src/keys/keystore.ts';
import { createWitnessKey } from '../../src/keys/witness-key.ts';
import type { KeyCard } from '../../src/keys/card.ts';
import { requireName } from '../../src/keys/key-name.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { newKeyFlags } from '../../src/cli/flags.ts';
import { makeKeys, type NewKeyFlags } from '../../src/cli/new-keys.ts';
import type { Session } from '../../src/cli/session.ts';

interface NewKey {
  readonly status: 'done';
  readonly name: string;
  readonly card?: KeyCard;
  /** The identifier of a witness. */
  readonly aid?: string;
}

function pathOf(keys: readonly KeyEntry[], name: string, label: KeyEntry['label']): string {
  return keys.find((key) => key.name === name && key.label === label)?.path ?? '';
}

export default class KeyNew extends BaseCommand {
  static override summary = 'Make a key, and the next key that it will be rotated to.';
  static override description =
    'Both are made now: the next one stays unused, and only its digest is published, so that who steals the current key cannot rotate. Keep the next key elsewhere with --next-out.';
  static override examples = [
    '<%= config.bin %> key new alice',
    '<%= config.bin %> key new alice --next-out /media/usb/keys',
    '<%= config.bin %> key new witness-1 --witness',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'What you call the key.' }),
  };
  static override flags = {
    ...newKeyFlags,
    witness: Flags.boolean({
      summary: "Make the key of a witness of others' events: one key that never rotates.",
      exclusive: ['next-out'],
    }),
  };

  async run(): Promise<NewKey> {
    const { args, flags } = await this.parse(KeyNew);
    const session = this.session(flags);
    requireName(args.name);
    // Before a passphrase is asked for, in vain.
    requireFreeName(session.home, args.name);
    if (flags.witness) return this.#witness(session, args.name, flags);
    const card = await makeKeys(session, args.name, flags, (options) =>
      createKey(session.home, args.name, options),
    );
    const keys = listKeys(session.home);
    this.print(
      `key ${args.name}: ${card.publicKey}`,
      `  current key in ${pathOf(keys, args.name, 'current')}`,
      `  next key in ${pathOf(keys, args.name, 'next')}${flags['no-passphrase'] ? ' (both unencrypted)' : ''}`,
      `next: gitkel key show ${args.name} > ${args.name}.card   to give to others`,
    );
    return { status: 'done', name: args.name, card };
  }

  async #witness(session: Session, name: string, flags: NewKeyFlags): Promise<NewKey> {
    const { aid } = await makeKeys(session, name, flags, (options) =>
      createWitnessKey(session.home, name, options),
    );
    this.print(
      `witness ${name}: ${aid}`,
      `  its key in ${pathOf(listKeys(session.home), name, 'witness')}${flags['no-passphrase'] === true ? ' (unencrypted)' : ''}`,
      `next: others name it with --witness ${aid}, and give you what to receipt: gitkel witness receipt FILE`,
    );
    return { status: 'done', name, aid };
  }
}
