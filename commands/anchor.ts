import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../src/base/errors.ts';
import { LIMITS } from '../src/base/limits.ts';
import { digestText } from '../src/cesr/digest.ts';
import { digestSeal } from '../src/keri/seal.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { stagingFlags } from '../src/cli/flags.ts';
import { inputFile } from '../src/cli/input.ts';
import { proposalExit, proposalLines } from '../src/cli/output.ts';
import { type Proposal, propose } from '../src/cli/propose.ts';
import { requireDigest } from '../src/keys/key-text.ts';

function digestOf(said: string): string {
  try {
    requireDigest(said, '--said');
    return said;
  } catch (cause) {
    if (!(cause instanceof GitkelError)) throw cause;
    throw new GitkelError('usage', `Cannot anchor ${quoted(said)}: it is not a digest in CESR`, {
      cause,
      reason: 'digest',
      hint: 'A SAID has 44 characters, as the commands of gitkel print it. To anchor a file: --file FILE.',
    });
  }
}

export default class Anchor extends BaseCommand {
  static override summary = 'Anchor a digest in the KEL of an identity.';
  static override description =
    'Adds an interaction event with the seal {"d": SAID}. Of a file, the SAID is the BLAKE3-256 of its bytes.';
  static override examples = [
    '<%= config.bin %> anchor team --file minutes.pdf',
    '<%= config.bin %> anchor team --said EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX',
  ];
  static override args = { identity: Args.string({ required: true, description: 'AID or name.' }) };
  static override flags = {
    said: Flags.string({
      helpValue: 'SAID',
      summary: 'The digest to anchor.',
      exclusive: ['file'],
    }),
    file: Flags.string({ helpValue: 'FILE', summary: 'The file whose digest to anchor.' }),
    ...stagingFlags,
  };

  async run(): Promise<Proposal & { readonly anchored: string }> {
    const { args, flags } = await this.parse(Anchor);
    const session = this.session(flags);
    const anchored =
      (flags.said === undefined ? undefined : digestOf(flags.said)) ??
      (flags.file === undefined
        ? undefined
        : digestText(
            session.host.crypto,
            inputFile(session.host, flags.file, LIMITS.anchoredFileBytes),
          ));
    if (anchored === undefined)
      throw new GitkelError('usage', 'Cannot anchor: nothing was named', {
        hint: 'Give --said SAID or --file FILE.',
      });
    const aid = session.aid(args.identity);
    const proposal = await propose(
      session,
      [{ kind: 'anchor', aid, seals: [digestSeal(anchored)] }],
      flags,
    );
    this.print(...proposalLines(proposal, `anchored ${anchored} in ${args.identity}`));
    process.exitCode = proposalExit(proposal);
    return { ...proposal, anchored };
  }
}
