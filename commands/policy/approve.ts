import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { fromHex } from '../../src/base/bytes.ts';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { inputFile } from '../../src/cli/input.ts';
import { policyNamed } from '../../src/cli/policy-file.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { type Proposal, propose } from '../../src/cli/propose.ts';
import { policyDigest } from '../../src/gate/repository-policy.ts';
import type { Host } from '../../src/host/host.ts';
import type { Contents } from '../../src/log/contents.ts';
import { approvedPolicies } from '../../src/log/releases.ts';

/** In place of a digest: the policy is the first one of its repository. */
const NONE = 'none';

/** The digest of the policy that is replaced: a file, or the digest itself. */
function previousDigest(host: Host, previous: string | undefined): string | undefined {
  if (previous === undefined || previous === NONE) return undefined;
  if (fromHex(previous)?.length === 32) return previous;
  return policyDigest(host.crypto, inputFile(host, previous, LIMITS.policyBytes));
}

/** Whoever approved a policy before has to say whether this one takes its place. */
function requirePrevious(contents: Contents, aid: string): void {
  const last = approvedPolicies(contents, [aid]).at(-1);
  if (last === undefined) return;
  throw new GitkelError(
    'usage',
    `Cannot approve a policy without knowing which one it replaces: ${aid} approved ${last.sha256} at position ${last.position}`,
    {
      reason: 'previous',
      hint: `Name it with --previous, as a file or a SHA-256; --previous ${NONE} for the first policy of a repository.`,
    },
  );
}

export default class PolicyApprove extends BaseCommand {
  static override summary = 'Approve the policy of a skills repository, as one of its maintainers.';
  static override description =
    "Seals the SHA-256 of the file's exact bytes, and that of the policy which it replaces, in the KEL of a maintainer. The repository takes the new policy only with that, and only in the place of the one that it names.";
  static override examples = [
    '<%= config.bin %> policy approve .gitkel/policy.yaml --as board --previous old-policy.yaml',
    '<%= config.bin %> policy approve .gitkel/policy.yaml --as board --previous none',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'The new policy.' }),
  };
  static override flags = {
    as: Flags.string({
      required: true,
      helpValue: 'AID',
      summary: 'The maintainer: AID or name.',
    }),
    previous: Flags.string({
      helpValue: 'FILE|SHA256',
      summary: 'The policy that is in force now; "none" for the first one of a repository.',
    }),
    ...stagingFlags,
  };

  async run(): Promise<Proposal & { readonly sha256: string; readonly previous: string | null }> {
    const { args, flags } = await this.parse(PolicyApprove);
    const session = this.session(flags);
    const { host } = session;
    const { digest: sha256, maintainers } = policyNamed(host, args.file);
    const log = await session.log();
    const aid = session.aid(flags.as);
    if (flags.previous === undefined) requirePrevious(log.contents, aid);
    const previous = previousDigest(host, flags.previous);
    if (previous === sha256) {
      throw new GitkelError('usage', `Cannot approve ${quoted(args.file)}: it replaces itself`, {
        reason: 'policy-unchanged',
      });
    }
    this.print(
      `policy sha256:${sha256}`,
      `  ${previous === undefined ? 'the first one of its repository' : `in the place of sha256:${previous}`}`,
      ...maintainers.map((maintainer) => `  maintainer ${maintainer}`),
    );
    const body = { type: 'repository-policy', sha256, previous } as const;
    const proposal = await propose(session, [{ kind: 'seal', aid, bodies: [body] }], flags);
    this.print(...proposalLines(proposal, `approved ${quoted(args.file)} as ${aid}`));
    process.exitCode = proposalExit(proposal);
    return { ...proposal, sha256, previous: previous ?? null };
  }
}
