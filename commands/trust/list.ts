import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  criterionLine,
  requirementLine,
  rootLine,
  shownCriteria,
  type ShownCriterion,
} from '../../src/cli/trust-lines.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import {
  type HomeRoot,
  homeTrust,
  type HomeTrust,
  REQUIRED_OF,
} from '../../src/keys/home-trust.ts';

interface Listed {
  readonly roots: readonly HomeRoot[];
  readonly require: HomeTrust['require'];
  /** Those that are built in first, then those of this home. */
  readonly criteria: readonly ShownCriterion[];
}

export default class TrustList extends BaseCommand {
  static override summary =
    'List whom this home trusts by itself, its criteria, and what it requires.';
  static override description =
    'Whom these vouch for is not listed: gitkel trust explain AID tells how far somebody is trusted by a log, and by whom.';
  static override examples = [
    '<%= config.bin %> trust list',
    '<%= config.bin %> trust list --json',
  ];

  async run(): Promise<Listed> {
    const { flags } = await this.parse(TrustList);
    const { home } = this.session(flags, 'reads');
    const { roots, require, criteria } = homeTrust(home);
    const names = shownNames(home);
    const shown = shownCriteria(home.host.crypto, criteria);
    this.print(
      ...(roots.length === 0
        ? ['nobody is trusted by this home itself']
        : roots.map((root) => rootLine(root, (aid) => names.aid(aid)))),
      ...REQUIRED_OF.flatMap((of) => {
        const one = require[of];
        return one === undefined ? [] : [requirementLine(of, one)];
      }),
      ...(Object.keys(require).length === 0 ? ['nothing is required beside a release'] : []),
      ...shown.map(criterionLine),
    );
    return { roots, require, criteria: shown };
  }
}
