import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { utf8 } from '../../src/base/bytes.ts';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { policyLines, shownPolicy, type ShownPolicy } from '../../src/cli/policy-lines.ts';
import type { Session } from '../../src/cli/session.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { policyText } from '../../src/gate/policy-text.ts';
import { parsePolicy, POLICY_PATH } from '../../src/gate/repository-policy.ts';
import { makeDirectory, shownPath, statOf, writeFileDurably } from '../../src/host/files.ts';

/** A rule as it stands on the command line: `skills/**=AID,AID`. */
function ruleOf(
  session: Session,
  text: string,
): { readonly match: string; readonly release: readonly string[] } {
  const at = text.lastIndexOf('=');
  if (at <= 0) {
    throw new GitkelError('usage', `Cannot read the rule ${quoted(text, 200)}`, {
      reason: 'policy-rule',
      hint: "Write a pattern and who may release there: --path 'skills/**=AID,AID'.",
    });
  }
  const release = text.slice(at + 1).split(',');
  return { match: text.slice(0, at), release: release.map((aid) => session.aid(aid)) };
}

/** Whom to trust as it stands on the command line: `AID=high`. */
function rootOf(session: Session, text: string): { readonly aid: string; readonly level: string } {
  const at = text.lastIndexOf('=');
  if (at > 0) return { aid: session.aid(text.slice(0, at)), level: text.slice(at + 1) };
  throw new GitkelError('usage', `Cannot read whom to trust: ${quoted(text, 200)}`, {
    reason: 'policy-trust',
    hint: 'Write who, and how far: --trust AID=medium.',
  });
}

/** What is asked as it stands on the command line: `T2=safe-to-run,manifest-accurate`. */
function requirementOf(text: string): {
  readonly of: string;
  readonly criteria: readonly string[];
} {
  const [of = '', criteria, ...more] = text.split('=');
  if (criteria !== undefined && more.length === 0 && /^(?:T[0-3]|all)$/.test(of))
    return { of, criteria: criteria.split(',') };
  throw new GitkelError('usage', `Cannot read the requirement ${quoted(text, 200)}`, {
    reason: 'policy-require',
    hint: 'Write a tier, T0 to T3 or all, and criteria: --require all=safe-to-run.',
  });
}

export default class PolicyInit extends BaseCommand {
  static override summary = 'Write the first policy of a skills repository.';
  static override description =
    'Writes .gitkel/policy.yaml with comments; nothing is overwritten. It comes into force with `gitkel hook install --server --policy FILE`, or on the branch that the required check takes for its base. The log that --log names gives the id; --url or --ref tell others where it is.';
  static override examples = [
    "<%= config.bin %> policy init --log ../log --url https://example.org/log.git --maintainer board --path 'skills/**=board'",
    "<%= config.bin %> policy init skills-repo --log-id ELog… --ref refs/heads/gitkel --maintainer board --path 'skills/**=board,EAlice…' --max-age 24h",
    "<%= config.bin %> policy init --maintainer board --path 'skills/**=board' --trust lab=high --require all=safe-to-run --redundancy 2",
  ];
  static override args = {
    dir: Args.string({ default: '.', description: 'The top of the repository.' }),
  };
  static override flags = {
    'log-id': Flags.string({ helpValue: 'ID', summary: 'The log, where no copy is at hand.' }),
    url: Flags.string({ helpValue: 'URL', summary: 'Where others clone the log from.' }),
    ref: Flags.string({
      helpValue: 'REF',
      exclusive: ['url'],
      summary: 'The ref of the log, where it is in the same repository.',
    }),
    maintainer: Flags.string({
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'AID',
      summary: 'Who may change the policy: AID or name.',
    }),
    path: Flags.string({
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'PATTERN=AID,…',
      summary: 'Who may release skills there: AIDs or names.',
    }),
    trust: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      helpValue: 'AID=LEVEL',
      summary: 'Whose audits count, and how far: low, medium or high.',
    }),
    require: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      helpValue: 'TIER=CRITERION,…',
      summary: 'What a skill of a risk tier (T0 to T3, or all) has to meet.',
    }),
    'require-trust': Flags.string({
      default: 'medium',
      options: ['low', 'medium', 'high'],
      summary: 'How far whoever says that it is met has to be trusted.',
    }),
    redundancy: Flags.integer({
      default: 1,
      summary: 'How many controllers that are not one have to say so.',
    }),
    'max-age': Flags.string({
      helpValue: 'TIME',
      summary: 'How old a copy of the log may be that decides: 24h, 7d.',
    }),
  };

  async run(): Promise<ShownPolicy & { readonly file: string }> {
    const { args, flags } = await this.parse(PolicyInit);
    const session = this.session(flags, 'reads');
    const { host } = session;
    const file = path.join(path.resolve(args.dir), ...POLICY_PATH.split('/'));
    if (statOf(host, file) !== undefined) {
      throw new GitkelError('usage', `Cannot write ${shownPath(file)}: it is there`, {
        reason: 'policy-exists',
        hint: 'Change it, then have a maintainer approve it: gitkel policy approve.',
      });
    }
    const text = policyText({
      logId: flags['log-id'] ?? (await logIdOf(session)),
      url: flags.url,
      ref: flags.ref,
      maxAge: flags['max-age'],
      maintainers: flags.maintainer.map((aid) => session.aid(aid)),
      paths: flags.path.map((rule) => ruleOf(session, rule)),
      trust: flags.trust.map((root) => rootOf(session, root)),
      required: flags.require.map((requirement) => ({
        ...requirementOf(requirement),
        trust: flags['require-trust'],
        redundancy: flags.redundancy,
      })),
    });
    const policy = shownPolicy(parsePolicy(host.crypto, utf8(text)));
    makeDirectory(host, path.dirname(file));
    writeFileDurably(host, file, utf8(text), 0o644);
    const names = shownNames(session.home);
    this.print(
      `wrote ${shownPath(file)}`,
      ...policyLines(policy, (aid) => names.aid(aid)),
      'next: gitkel hook install --server REPOSITORY --log LOG --policy FILE, or a required check with gitkel skill gate',
    );
    return { file, ...policy };
  }
}

async function logIdOf(session: Session): Promise<string> {
  const { contents } = await session.log();
  if (contents.genesis !== undefined) return contents.genesis.logId;
  throw new GitkelError('not-found', 'Cannot take the id of the log: it has no batch yet', {
    hint: 'Create the first identity in it with `gitkel identity create`.',
  });
}
