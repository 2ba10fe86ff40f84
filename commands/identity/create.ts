import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import {
  buildDelegatedInception,
  buildInception,
  type InceptionFields,
} from '../../src/keri/build.ts';
import { parseThresholdText, type Threshold } from '../../src/keri/threshold.ts';
import { type KeyCard, parseCard } from '../../src/keys/card.ts';
import { showKey } from '../../src/keys/keystore.ts';
import { listNames, requireIdentityName, setName } from '../../src/keys/names.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { inputFile, parsedFile } from '../../src/cli/input.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { type Proposal, propose } from '../../src/cli/propose.ts';
import type { Session } from '../../src/cli/session.ts';
import { typed } from '../../src/cli/typed.ts';
import {
  namedWitnesses,
  warnOfThreshold,
  witnessThresholdFlag,
} from '../../src/cli/witness-flags.ts';

interface RawFlag {
  readonly type: string;
  readonly flag?: string;
  readonly input: string;
}

function cardOf(session: Session, kind: string, value: string): KeyCard {
  if (kind === 'key') return showKey(session.home, value);
  const card = parsedFile(value, 'card', () =>
    parseCard(inputFile(session.host, value, LIMITS.cardBytes)),
  );
  if (card.kind === 'inception') return card;
  throw new GitkelError(
    'usage',
    `Cannot create an identity from ${quoted(value)}: it is a rotation card`,
    {
      hint: 'Ask for the output of `gitkel key show NAME`.',
    },
  );
}

function majority(count: number): Threshold {
  return { kind: 'count', count: Math.floor(count / 2) + 1 };
}

/** Refuses a name that stands for another identity: commands that were written for that one would mean the new one. */
function requireFreeName(
  { home, host }: Session,
  name: string,
  fields: InceptionFields,
  delegator: string | undefined,
): void {
  const named = listNames(home).find((one) => one.name === name);
  if (named === undefined) return;
  const { aid } =
    delegator === undefined
      ? buildInception(host.crypto, fields)
      : buildDelegatedInception(host.crypto, delegator, fields);
  if (named.aid === aid) return;
  throw new GitkelError(
    'usage',
    `Cannot create the identity ${quoted(name)}: the name stands for ${named.aid}`,
    {
      reason: 'name-taken',
      hint: 'Choose another name.',
    },
  );
}

export default class IdentityCreate extends BaseCommand {
  static override summary = 'Create an identity, with one key or with many.';
  static override description =
    "The order of --key and --card on the line is the order of the key indices. THRESHOLD is a number (2), weights (1/2,1/4,1/4), clauses of weights (1/2,1/2;1,1), or KERI's JSON; without one, a majority of the keys. Where the keys of this home satisfy it, the identity is committed at once; otherwise it is staged for the others to sign. With --delegator, the batch also holds the event by which the delegator approves it, for the delegator's keys to sign. With --witness, witnesses have to receipt it (gitkel witness receipt).";
  static override examples = [
    '<%= config.bin %> identity create alice --key alice',
    '<%= config.bin %> identity create team --key alice --card bob.card --card carol.card --threshold 2',
    '<%= config.bin %> identity create team --key alice --delegator company --witness BGKV6v93ue5L5wsgk75t6j8TcdgABMN9x-eIyPi96J3B',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'What this home calls the identity.' }),
  };
  static override flags = {
    key: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
      summary: 'A key of this home.',
    }),
    card: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
      summary: "The card of somebody's key.",
    }),
    threshold: Flags.string({ helpValue: 'THRESHOLD', summary: 'Which keys must sign.' }),
    'next-threshold': Flags.string({
      helpValue: 'THRESHOLD',
      summary: 'Which next keys must sign a rotation; else as --threshold.',
    }),
    witness: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'AID',
      summary: 'A witness that must receipt events; of this home, its name.',
    }),
    ...witnessThresholdFlag,
    delegator: Flags.string({
      helpValue: 'AID',
      summary: 'Who has to approve it and each of its rotations; AID or name, of this log.',
    }),
    'establishment-only': Flags.boolean({ summary: 'Allow rotations only, no anchoring events.' }),
    'do-not-delegate': Flags.boolean({ summary: 'Refuse to be a delegator.' }),
    ...stagingFlags,
  };

  async run(): Promise<Proposal> {
    const { args, flags, raw } = await this.parse(IdentityCreate);
    const session = this.session(flags);
    requireIdentityName(args.name);
    const cards = (raw as readonly RawFlag[])
      .filter(({ type, flag }) => type === 'flag' && (flag === 'key' || flag === 'card'))
      .map(({ flag = '', input }) => cardOf(session, flag, input));
    if (cards.length === 0) {
      throw new GitkelError('usage', 'Cannot create an identity without keys', {
        hint: 'Give --key NAME, or --card FILE for each member.',
      });
    }
    const threshold = typed(flags.threshold, parseThresholdText) ?? majority(cards.length);
    const witnesses = namedWitnesses(session, flags.witness);
    const fields: InceptionFields = {
      publicKeys: cards.map(({ publicKey }) => publicKey),
      threshold,
      nextDigests: cards.map(({ nextDigest }) => nextDigest),
      nextThreshold: typed(flags['next-threshold'], parseThresholdText) ?? threshold,
      witnesses,
      witnessThreshold: flags['witness-threshold'],
      traits: [
        ...(flags['establishment-only'] ? ['EO'] : []),
        ...(flags['do-not-delegate'] ? ['DND'] : []),
      ],
    };
    warnOfThreshold(session, flags['witness-threshold'], witnesses.length);
    const delegator = flags.delegator === undefined ? undefined : session.aid(flags.delegator);
    requireFreeName(session, args.name, fields, delegator);
    const proposal = await propose(
      session,
      [{ kind: 'create', delegator, ...fields }],
      flags,
      async (aid) => {
        // Before it is committed: whatever happens then, the identity has its name.
        await setName(session.home, args.name, aid);
      },
    );
    this.print(...proposalLines(proposal, `created ${args.name}: ${proposal.aid}`));
    process.exitCode = proposalExit(proposal);
    return proposal;
  }
}
