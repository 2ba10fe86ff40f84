import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { fromUtf8 } from '../../src/base/bytes.ts';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { inputFile } from '../../src/cli/input.ts';
import {
  criterionLine,
  requireCriteria,
  requireUnused,
  shownCriteria,
  type ShownCriterion,
} from '../../src/cli/trust-lines.ts';
import type { Crypto } from '../../src/crypto/crypto.ts';
import type { Host } from '../../src/host/host.ts';
import { changeHomeTrust, type HomeCriterion, homeTrust } from '../../src/keys/home-trust.ts';
import { requireName } from '../../src/keys/key-name.ts';

function textOf(host: Host, file: string): string {
  const text = fromUtf8(inputFile(host, file, LIMITS.criterionCharacters * 4));
  if (text !== undefined && text !== '' && text.length <= LIMITS.criterionCharacters) return text;
  throw new GitkelError(
    'malformed',
    `Cannot use ${quoted(file, 200)} as the text of a criterion: it must be UTF-8 of 1 to ${LIMITS.criterionCharacters} characters`,
    { reason: 'criterion-text' },
  );
}

function shownNamed(crypto: Crypto, own: readonly HomeCriterion[], name: string): ShownCriterion {
  const found = shownCriteria(crypto, own).find((one) => one.name === name);
  if (found === undefined) throw new Error('a criterion of the home is among its criteria');
  return found;
}

export default class TrustCriterion extends BaseCommand {
  static override summary = 'Define a criterion that skills are audited by, in this home only.';
  static override description =
    'A criterion is its text: audits name it by the digest of these bytes, so that two texts are two criteria, whatever they are called. Give auditors the same file. The name holds in this home alone.';
  static override examples = [
    '<%= config.bin %> trust criterion no-payments --text no-payments.txt',
    '<%= config.bin %> trust criterion reviewed-twice --text reviewed.txt --implies safe-to-run --json',
    '<%= config.bin %> trust criterion no-payments --remove',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'What it is called here.' }),
  };
  static override flags = {
    text: Flags.string({
      helpValue: 'FILE',
      summary: 'The file with its text.',
      exactlyOne: ['text', 'remove'],
    }),
    implies: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME|SAID',
      summary: 'A criterion that whatever meets this one meets, too; may be given several times.',
      dependsOn: ['text'],
    }),
    remove: Flags.boolean({ summary: 'Define it no longer.' }),
  };

  async run(): Promise<{ readonly status: 'done'; readonly criterion: ShownCriterion }> {
    const { args, flags } = await this.parse(TrustCriterion);
    const session = this.session(flags);
    const { host, home } = session;
    const { name } = args;
    requireName(name);
    if (flags.text === undefined) return this.#remove(home, name);
    const criterion = {
      name,
      text: textOf(host, flags.text),
      implies: [...new Set(flags.implies ?? [])],
    };
    await changeHomeTrust(home, (trust) => {
      const others = trust.criteria.filter((one) => one.name !== name);
      const after = { ...trust, criteria: [...others, criterion] };
      requireCriteria(host.crypto, after, criterion.implies);
      return after;
    });
    const shown = shownNamed(host.crypto, [...homeTrust(home).criteria], name);
    this.print(criterionLine(shown));
    return { status: 'done', criterion: shown };
  }

  async #remove(
    home: Parameters<typeof changeHomeTrust>[0],
    name: string,
  ): Promise<{ readonly status: 'done'; readonly criterion: ShownCriterion }> {
    const removed: ShownCriterion[] = [];
    await changeHomeTrust(home, (trust) => {
      const found = trust.criteria.find((one) => one.name === name);
      if (found === undefined)
        throw new GitkelError(
          'not-found',
          `Cannot find the criterion ${quoted(name)} in this home`,
          {
            reason: 'criterion',
            hint: 'gitkel trust list names those that are defined here.',
          },
        );
      const shown = shownNamed(home.host.crypto, trust.criteria, name);
      removed.push(shown);
      requireUnused(trust, shown);
      return { ...trust, criteria: trust.criteria.filter((one) => one !== found) };
    });
    const [criterion] = removed;
    if (criterion === undefined) throw new Error('what is removed was found');
    this.print(`${name} is defined no longer`);
    return { status: 'done', criterion };
  }
}
