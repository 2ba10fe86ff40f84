import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { requireCriteria, requirementLine } from '../../src/cli/trust-lines.ts';
import {
  changeHomeTrust,
  type HomeRequirement,
  REQUIRED_LEVELS,
  REQUIRED_METHODS,
  REQUIRED_OF,
  type RequiredOf,
} from '../../src/keys/home-trust.ts';

interface Required {
  readonly status: 'done';
  readonly of: RequiredOf;
  readonly requirement: HomeRequirement | null;
}

export default class TrustRequire extends BaseCommand {
  static override summary = 'Say which criteria a skill has to meet before you take it.';
  static override description =
    'For skills of one risk tier, which their permissions come to, or for all that have no requirement of their own tier; without one for all, such a tier has that of the next lower one. Each criterion must be met by so many audits of controllers that are not one and that are trusted as far. A second call for the same tier replaces the first. Where nothing is required, a release by a publisher that you allow is enough.';
  static override examples = [
    '<%= config.bin %> trust require all --criterion safe-to-read --trust low',
    '<%= config.bin %> trust require T3 --criterion safe-to-run --criterion no-payments --trust medium --redundancy 2 --method human --json',
    '<%= config.bin %> trust require T3 --remove',
  ];
  static override args = {
    of: Args.string({
      required: true,
      options: [...REQUIRED_OF],
      description: 'The risk tier, or all.',
    }),
  };
  static override flags = {
    criterion: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME|SAID',
      summary: 'A criterion that has to be met; may be given several times.',
      exactlyOne: ['criterion', 'remove'],
    }),
    trust: Flags.option({
      options: REQUIRED_LEVELS,
      summary: 'How far those have to be trusted who say that it is met.',
      default: 'low',
    })(),
    redundancy: Flags.integer({
      min: 1,
      max: LIMITS.trustRedundancy,
      default: 1,
      summary: 'How many controllers that are not one have to say so.',
    }),
    method: Flags.option({
      options: REQUIRED_METHODS,
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Only audits of this method count; may be given several times.',
    })(),
    remove: Flags.boolean({ summary: 'Require nothing of it any more.' }),
  };

  async run(): Promise<Required> {
    const { args, flags } = await this.parse(TrustRequire);
    const { home } = this.session(flags);
    const of = REQUIRED_OF.find((one) => one === args.of);
    if (of === undefined) throw new Error('the arguments are checked before');
    if (flags.criterion === undefined) return this.#remove(home, of);
    const requirement: HomeRequirement = {
      criteria: [...new Set(flags.criterion)],
      trust: flags.trust,
      redundancy: flags.redundancy,
      methods: [...new Set(flags.method ?? [])],
    };
    await changeHomeTrust(home, (trust) => {
      requireCriteria(home.host.crypto, trust, requirement.criteria);
      return { ...trust, require: { ...trust.require, [of]: requirement } };
    });
    this.print(requirementLine(of, requirement));
    return { status: 'done', of, requirement };
  }

  async #remove(home: Parameters<typeof changeHomeTrust>[0], of: RequiredOf): Promise<Required> {
    await changeHomeTrust(home, (trust) => {
      if (trust.require[of] === undefined)
        throw new GitkelError(
          'not-found',
          `Cannot remove the requirement of ${quoted(of)}: there is none`,
          {
            reason: 'requirement',
            hint: 'gitkel trust list names what is required.',
          },
        );
      const { [of]: _, ...others } = trust.require;
      return { ...trust, require: others };
    });
    this.print(`nothing is required of ${of} by itself any more`);
    return { status: 'done', of, requirement: null };
  }
}
