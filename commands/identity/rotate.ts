import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { keyLogsOf } from '../../src/batch/key-logs.ts';
import { stateToRotate } from '../../src/batch/operation.ts';
import { planRotation } from '../../src/batch/rotation-plan.ts';
import { nextDigest, type RotationFields } from '../../src/keri/build.ts';
import type { KeyState } from '../../src/keri/state.ts';
import { changedWitnesses } from '../../src/keri/witnesses.ts';
import { parseThresholdText } from '../../src/keri/threshold.ts';
import { type Card, parseCard } from '../../src/keys/card.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { newKeyFlags, stagingFlags } from '../../src/cli/flags.ts';
import { inputFile, parsedFile } from '../../src/cli/input.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { ownRotations } from '../../src/cli/own-rotation.ts';
import { type Proposal, propose } from '../../src/cli/propose.ts';
import { requireKel } from '../../src/cli/require-kel.ts';
import type { Session } from '../../src/cli/session.ts';
import { requireSupersedingAgreed } from '../../src/cli/superseding.ts';
import { typed } from '../../src/cli/typed.ts';
import {
  namedWitnesses,
  warnOfThreshold,
  witnessThresholdFlag,
} from '../../src/cli/witness-flags.ts';

interface WitnessFlags {
  readonly 'witness-add'?: readonly string[] | undefined;
  readonly 'witness-cut'?: readonly string[] | undefined;
  readonly 'witness-threshold'?: number | undefined;
}

/** How the flags change the witnesses of an identity; tells of a threshold that is unwise for those that there are then. */
function witnessChange(
  session: Session,
  state: KeyState,
  flags: WitnessFlags,
): Pick<RotationFields, 'witnessAdds' | 'witnessCuts' | 'witnessThreshold'> {
  const witnessAdds = namedWitnesses(session, flags['witness-add']);
  const witnessCuts = namedWitnesses(session, flags['witness-cut']);
  const witnessThreshold = flags['witness-threshold'];
  if (witnessAdds.length + witnessCuts.length === 0 && witnessThreshold === undefined) return {};
  const after = changedWitnesses(state.witnesses, witnessCuts, witnessAdds);
  warnOfThreshold(session, witnessThreshold, after.length);
  return { witnessAdds, witnessCuts, witnessThreshold };
}

/** The records that `--lift` names. */
function lifted(given: readonly string[] | undefined): readonly string[] | 'all' {
  return given?.includes('all') === true ? 'all' : (given ?? []);
}

function cardOf(session: Session, file: string, kind: Card['kind']): Card {
  const card = parsedFile(file, 'card', () =>
    parseCard(inputFile(session.host, file, LIMITS.cardBytes)),
  );
  if (card.kind === kind) return card;
  throw new GitkelError(
    'usage',
    `Cannot rotate with ${quoted(file)}: a card of kind ${kind} is needed`,
    {
      hint:
        kind === 'rotation'
          ? 'Ask for the output of `gitkel key next NAME`.'
          : 'Ask for the output of `gitkel key show NAME`.',
    },
  );
}

export default class IdentityRotate extends BaseCommand {
  static override summary = 'Rotate the keys of an identity to the next ones.';
  static override description =
    'Every next key that the identity committed to must be spoken for: its rotation card (--card), in reserve (--keep INDEX), or given up (--drop INDEX). Next keys of this home need no card. --add takes the card of a new member. A rotation must satisfy its own threshold and the prior next threshold. With --supersede it recovers from a stolen key: the events from SN on, and what they sealed, count no longer; revocations that they sealed stay in force unless --lift names them. It says which events, and asks. A rotation of a delegated identity brings the approval of its delegator with it, for the keys of the delegator to sign.';
  static override examples = [
    '<%= config.bin %> identity rotate alice',
    '<%= config.bin %> identity rotate team --card bob.rotation --drop 2 --add dave.card',
    '<%= config.bin %> identity rotate alice --supersede 4 --lift all --yes',
  ];
  static override args = { identity: Args.string({ required: true, description: 'AID or name.' }) };
  static override flags = {
    card: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
      summary: "A member's rotation card (gitkel key next).",
    }),
    keep: Flags.integer({
      multiple: true,
      multipleNonGreedy: true,
      min: 0,
      helpValue: 'INDEX',
      summary: 'Keep this next key in reserve, unrevealed.',
    }),
    drop: Flags.integer({
      multiple: true,
      multipleNonGreedy: true,
      min: 0,
      helpValue: 'INDEX',
      summary: 'Give up this next key: the member leaves.',
    }),
    add: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
      summary: 'The card of a new member (gitkel key show).',
    }),
    threshold: Flags.string({
      helpValue: 'THRESHOLD',
      summary: 'Which keys must sign from now on; else as before.',
    }),
    'next-threshold': Flags.string({
      helpValue: 'THRESHOLD',
      summary: 'Which next keys must sign the next rotation; else as before.',
    }),
    'witness-add': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'AID',
      summary: 'A witness more.',
    }),
    'witness-cut': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'AID',
      summary: 'A witness less.',
    }),
    ...witnessThresholdFlag,
    lift: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'SAID|all',
      summary:
        'A revocation of a superseded event that shall count no longer; all of them with "all".',
    }),
    'lift-reason': Flags.string({
      helpValue: 'TEXT',
      summary: 'Why they are lifted, for others to read.',
      dependsOn: ['lift'],
    }),
    ...stagingFlags,
    supersede: Flags.integer({
      min: 1,
      helpValue: 'SN',
      summary:
        'Take the place of event SN: it and all after it are superseded. Only events that establish no keys can be. Your keys then sign although they signed another event of it for the place.',
    }),
    ...newKeyFlags,
  };

  async run(): Promise<Proposal> {
    const { args, flags } = await this.parse(IdentityRotate);
    const session = this.session(flags);
    const log = await session.log();
    const { crypto } = session.host;
    const aid = session.aid(args.identity);
    const state = stateToRotate(
      keyLogsOf(log.contents),
      requireKel(log, aid).state,
      flags.supersede,
    );
    if (flags.supersede !== undefined)
      await requireSupersedingAgreed(
        log,
        { name: args.identity, aid, sn: flags.supersede },
        flags,
        (...lines) => this.show(...lines),
      );
    const { keep = [], drop = [] } = flags;
    const cards = (flags.card ?? []).map((file) => cardOf(session, file, 'rotation'));
    const given = new Set(
      cards.map(({ publicKey }) => state.nextDigests.indexOf(nextDigest(crypto, publicKey))),
    );
    const own = await ownRotations(
      session,
      state,
      (place) => given.has(place) || keep.includes(place) || drop.includes(place),
      flags,
    );
    const fields = planRotation(crypto, state, {
      revealed: [...cards, ...own],
      keep,
      drop,
      add: (flags.add ?? []).map((file) => cardOf(session, file, 'inception')),
      threshold: typed(flags.threshold, parseThresholdText),
      nextThreshold: typed(flags['next-threshold'], parseThresholdText),
    });
    const witnesses = witnessChange(session, state, flags);
    const proposal = await propose(
      session,
      [
        {
          kind: 'rotate',
          aid,
          ...fields,
          ...witnesses,
          supersede: flags.supersede,
          lift: lifted(flags.lift),
          liftReason: flags['lift-reason'],
        },
      ],
      { ...flags, supersede: flags.supersede === undefined ? false : aid },
    );
    this.print(...proposalLines(proposal, `rotated ${args.identity}`));
    process.exitCode = proposalExit(proposal);
    return proposal;
  }
}
