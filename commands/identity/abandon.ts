import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { quoted } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { planRotation } from '../../src/batch/rotation-plan.ts';
import { nextDigest } from '../../src/keri/build.ts';
import { countThreshold, parseThresholdText } from '../../src/keri/threshold.ts';
import { parseCard } from '../../src/keys/card.ts';
import { requireAgreed } from '../../src/cli/agreed.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { inputFile, parsedFile } from '../../src/cli/input.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { ownRevealed } from '../../src/cli/own-rotation.ts';
import { type Proposal, propose } from '../../src/cli/propose.ts';
import { requireKel } from '../../src/cli/require-kel.ts';
import { typed } from '../../src/cli/typed.ts';

export default class IdentityAbandon extends BaseCommand {
  static override summary =
    'End an identity for ever: a last rotation that commits to no next key.';
  static override description =
    'Needs what a rotation needs: the next keys, revealed by --card or held by this home, enough of them for the prior next threshold. After it nothing can be added to the identity, by anyone.';
  static override examples = [
    '<%= config.bin %> identity abandon old-laptop --yes',
    '<%= config.bin %> identity abandon team --card bob.rotation --drop 2 --yes',
  ];
  static override args = { identity: Args.string({ required: true, description: 'AID or name.' }) };
  static override flags = {
    card: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
      summary: "A member's rotation card.",
    }),
    drop: Flags.integer({
      multiple: true,
      multipleNonGreedy: true,
      min: 0,
      helpValue: 'INDEX',
      summary: 'A next key that takes no part.',
    }),
    threshold: Flags.string({
      helpValue: 'THRESHOLD',
      summary: 'Which of the revealed keys must sign; else as before.',
    }),
    ...stagingFlags,
  };

  async run(): Promise<Proposal> {
    const { args, flags } = await this.parse(IdentityAbandon);
    const session = this.session(flags);
    const log = await session.log();
    const { crypto } = session.host;
    const aid = session.aid(args.identity);
    const { state } = requireKel(log, aid);
    await requireAgreed(
      {
        action: `abandon ${quoted(args.identity)}`,
        lines: [
          `This ends ${aid} for ever, at its event ${state.sn + 1}.`,
          '  After it nothing can be added to the identity, by anyone, with any key.',
        ],
        question: 'Abandon it?',
      },
      flags,
      (...lines) => this.show(...lines),
    );
    const { drop = [] } = flags;
    const cards = (flags.card ?? []).map((file) =>
      parsedFile(file, 'card', () => parseCard(inputFile(session.host, file, LIMITS.cardBytes))),
    );
    const given = [...cards.map(({ publicKey }) => publicKey), ...ownRevealed(session, state)];
    const revealed = [...new Set(given)]
      .filter(
        (publicKey) => !drop.includes(state.nextDigests.indexOf(nextDigest(crypto, publicKey))),
      )
      .map((publicKey) => ({ publicKey, nextDigest: '' }));
    const { publicKeys, threshold } = planRotation(crypto, state, {
      revealed,
      keep: [],
      drop,
      add: [],
      threshold: typed(flags.threshold, parseThresholdText),
      nextThreshold: countThreshold(1),
    });
    const last = {
      publicKeys,
      threshold,
      nextDigests: [],
      nextThreshold: { kind: 'count', count: 0 },
    } as const;
    const proposal = await propose(session, [{ kind: 'rotate', aid, ...last }], flags);
    this.print(...proposalLines(proposal, `abandoned ${args.identity}`));
    process.exitCode = proposalExit(proposal);
    return proposal;
  }
}
