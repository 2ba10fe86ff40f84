import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { dayOfSeconds, parseDay } from '../../src/base/day.ts';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { skillFlags, type SkillPlace } from '../../src/cli/skill-source.ts';
import { filesAt } from '../../src/cli/skill-subject.ts';
import type { Session } from '../../src/cli/session.ts';
import {
  type ListedStatement,
  listedStatement,
  statementLines,
} from '../../src/cli/statement-list.ts';
import { typed } from '../../src/cli/typed.ts';
import { statOf } from '../../src/host/files.ts';
import { listNames } from '../../src/keys/names.ts';
import type { Log } from '../../src/log/log.ts';
import type { TrustEntry } from '../../src/log/trust-entry.ts';

/** Everything that anybody says about a manifest or an identifier. */
function aboutOne({ contents }: Log, what: string): readonly TrustEntry[] {
  const { trust } = contents.records;
  return [...trust.speakersOn(what)].flatMap((owner) => [...trust.saidBy(owner, what)]);
}

/** What an identifier says, and what others say of it. */
function ofAid(log: Log, aid: string): readonly TrustEntry[] {
  return [...log.contents.records.trust.statementsBy(aid), ...aboutOne(log, aid)];
}

/** The statements that are meant; `undefined` where nothing is called so. */
function meant(
  session: Session,
  log: Log,
  { source, commit }: SkillPlace,
): readonly TrustEntry[] | undefined {
  const { contents } = log;
  const { releases, trust } = contents.records;
  const entry = trust.entry(source);
  if (entry !== undefined) return [entry];
  const known = listNames(session.home).find(({ name }) => name === source)?.aid ?? source;
  if (contents.kel(known) !== undefined) return ofAid(log, known);
  const manifest = releases.release(source)?.manifest ?? source;
  const about = aboutOne(log, manifest);
  if (about.length > 0 || releases.someOf(manifest) !== undefined) return about;
  const named = new Set(
    releases.all.filter(({ name }) => name === source).map(({ manifest: said }) => said),
  );
  if (named.size > 0) return [...named].flatMap((said) => aboutOne(log, said));
  const isPlace = commit !== undefined || statOf(log.host, path.resolve(source)) !== undefined;
  return isPlace
    ? aboutOne(log, filesAt(log.host, { source, commit }, 'find statements about').manifest)
    : undefined;
}

function every(log: Log): readonly TrustEntry[] {
  const { aids, records } = log.contents;
  return aids.flatMap((aid) => [...records.trust.statementsBy(aid)]);
}

export default class SkillStatements extends BaseCommand {
  static override summary = 'List audits, vouches, imports and exemptions, and how they stand.';
  static override description =
    'Oldest first: of the whole log; one statement by its SAID; what is said about a skill, named by its files, its SAID or its name; or what an identifier says and what is said of it. How each stands is told as of today, or of --at. Whether it weighs anything is for those to say who trust its issuer: gitkel skill chain.';
  static override examples = [
    '<%= config.bin %> skill statements pdf',
    '<%= config.bin %> skill statements team --json',
    '<%= config.bin %> skill statements skills/pdf --at 2027-01-01',
  ];
  static override args = {
    of: Args.string({
      description:
        'The SAID of a statement, a release or a manifest; an AID or a name; a skill by its name or its files.',
    }),
  };
  static override flags = {
    ...skillFlags,
    at: Flags.string({ helpValue: 'DATE', summary: 'As of this day, in UTC.' }),
  };

  async run(): Promise<{ readonly statements: readonly ListedStatement[] }> {
    const { args, flags } = await this.parse(SkillStatements);
    const session = this.session(flags, 'reads');
    const today = typed(flags.at, parseDay) ?? dayOfSeconds(session.host.now());
    const log = await session.log();
    const found =
      args.of === undefined
        ? every(log)
        : meant(session, log, { source: args.of, commit: flags.commit });
    if (found === undefined) {
      throw new GitkelError(
        'not-found',
        `Cannot list statements on ${quoted(args.of)}: it is no statement, identifier or skill of this log, and no place`,
        { reason: 'statement-unknown', hint: 'gitkel skill statements lists all of them.' },
      );
    }
    const statements = [...new Map(found.map((entry) => [entry.said, entry])).values()]
      .toSorted((a, b) => a.position - b.position || a.sn - b.sn)
      .map((entry) => listedStatement(log.contents, entry, today));
    const names = shownNames(session.home);
    this.print(
      ...(statements.length === 0
        ? ['no statements']
        : statements.flatMap((one) => statementLines(one, names))),
    );
    return { statements };
  }
}
