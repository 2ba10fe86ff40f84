import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { GitkelError, quoted } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import { inputFile } from '../../src/cli/input.ts';
import { trustFlags } from '../../src/cli/install-flags.ts';
import { objectionLines } from '../../src/cli/install-lines.ts';
import { termsOf } from '../../src/cli/install-terms.ts';
import { type ShownObjection, shownObjection } from '../../src/cli/installed-json.ts';
import { requireOutput, writeOutput } from '../../src/cli/output-file.ts';
import { harmless } from '../../src/cli/output.ts';
import type { Session } from '../../src/cli/session.ts';
import { isOwn } from '../../src/cli/taking-part.ts';
import { withDecidingLog } from '../../src/cli/skill-log.ts';
import { placeFor, signSummary, summaryOf } from '../../src/cli/skill-summary.ts';
import { checkSummary } from '../../src/skills/sealed-summary.ts';
import { summaryPayload, type VerificationSummary } from '../../src/skills/verification-summary.ts';

interface Result {
  readonly result: VerificationSummary['result'];
  readonly name: string;
  readonly manifest: string;
  readonly objection: ShownObjection | null;
  /** What the log has done with the seal; absent without a signature. */
  readonly status?: string;
  readonly aid?: string;
  /** With `--check`: whether it is the word of somebody who is expected. */
  readonly isExpected?: boolean;
  readonly sn?: number;
  readonly position?: number;
  /** The statement, or the envelope that holds it; absent where it was written to a file, or only checked. */
  readonly document?: unknown;
}

interface SummaryFlags {
  readonly as?: string | undefined;
  readonly output?: string | undefined;
  readonly log?: string | undefined;
  readonly branch?: string | undefined;
  readonly publisher?: readonly string[] | undefined;
  readonly policy?: string | undefined;
  readonly 'max-age'?: string | undefined;
}

/** Nobody is to believe that files were looked at. */
function notHeldAgainst(source: string): GitkelError {
  return new GitkelError(
    'usage',
    `Cannot check a summary of ${quoted(source, 200)}: --check looks at no files`,
    {
      hint: 'Check it without them. It names the manifest of the files; gitkel skill digest DIR tells the one of those that you have.',
    },
  );
}

export default class SkillSummary extends BaseCommand {
  static override summary =
    'Tell others what was found of a skill: a verification summary (SLSA VSA v1).';
  static override description =
    'Verifies the skill as `skill install` would, and prints an in-toto Statement with the predicate https://slsa.dev/verification_summary/v1. With --as, in a DSSE envelope that the identity signs, and whose digest it seals in its KEL. --check verifies such an envelope: the signatures by the keys as they were, the seal, the log, and that it is your own word, or that of somebody whom --by names. Exit 0 where the result is PASSED, 1 where it is FAILED, or the word of somebody else.';
  static override examples = [
    '<%= config.bin %> skill summary .agents/skills/pdf --publisher acme',
    '<%= config.bin %> skill summary pdf.skill --policy policy.yaml --as ci -o pdf.vsa.json',
    '<%= config.bin %> skill summary --check pdf.vsa.json --by ci',
  ];
  static override args = {
    source: Args.string({
      description: 'The directory of the skill, installed or not, or an archive.',
    }),
  };
  static override flags = {
    ...trustFlags,
    as: Flags.string({ helpValue: 'AID', summary: 'Who signs and seals it: AID or name.' }),
    output: Flags.string({ char: 'o', helpValue: 'FILE', summary: 'Write it to this file.' }),
    check: Flags.string({
      helpValue: 'FILE',
      exclusive: ['as', 'output', 'publisher', 'policy'],
      summary: 'Verify this signed summary instead of making one.',
    }),
    by: Flags.string({
      dependsOn: ['check'],
      helpValue: 'AID',
      multiple: true,
      summary: 'Whose summary may be believed: AID or name; else your own alone.',
    }),
    ...passphraseFlag,
  };

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(SkillSummary);
    const session = this.session(flags, flags.as === undefined ? 'remembers' : 'writes');
    if (flags.check !== undefined) {
      if (args.source !== undefined) throw notHeldAgainst(args.source);
      return this.#check(session, flags.check, flags.by);
    }
    if (args.source === undefined) {
      throw new GitkelError('usage', 'Cannot make a summary: no skill is named', {
        hint: 'Name its directory or archive; or a summary that is to be verified, with --check FILE.',
      });
    }
    return this.#make(session, args.source, flags);
  }

  async #check(session: Session, file: string, by: readonly string[] = []): Promise<Result> {
    const expected = by.map((name) => session.aid(name));
    const bytes = inputFile(session.host, file, LIMITS.summaryBytes);
    const log = await session.log();
    const { summary, aid, sn, position } = checkSummary(log, bytes);
    const isExpected =
      expected.length === 0 ? isOwn(session.home, log.contents, aid) : expected.includes(aid);
    const { result, name, manifest, timeVerified } = summary;
    this.print(
      harmless(`${result}: ${name} ${manifest}`),
      `  verified ${harmless(timeVerified)} by ${aid}`,
      `  sealed in its event ${sn}, at position ${position}`,
      ...summary.inputs.map(({ uri }) => harmless(`  by ${uri}`)),
      ...(isExpected
        ? []
        : [
            `NO  it is the word of ${aid}, who is not expected here`,
            '    If you rely on what they verify, name them: --by AID.',
          ]),
    );
    process.exitCode = result === 'PASSED' && isExpected ? EXIT.done : EXIT.refused;
    return { result, name, manifest, objection: null, aid, isExpected, sn, position };
  }

  async #make(session: Session, source: string, flags: SummaryFlags): Promise<Result> {
    const { output } = flags;
    if (output !== undefined) requireOutput(session.host, output);
    const terms = termsOf(session, flags);
    const place =
      flags.as === undefined ? undefined : placeFor(await session.log(), session.aid(flags.as));
    const { summary, objection } = await withDecidingLog(session, flags, async (log) =>
      summaryOf(session, log, source, terms, place),
    );
    const made = place === undefined ? undefined : await signSummary(session, summary);
    const bytes = made?.envelope ?? summaryPayload(summary);
    const text = fromUtf8(bytes) ?? '';
    if (output === undefined) this.printExact(text);
    else writeOutput(session.host, output, utf8(`${text}\n`));
    if (objection !== undefined) this.#tell(session, summary.name, objection);
    const { result, name, manifest } = summary;
    process.exitCode = result === 'PASSED' ? EXIT.done : EXIT.refused;
    const { status, position } = made?.proposal ?? {};
    return {
      result,
      name,
      manifest,
      objection: objection === undefined ? null : shownObjection(objection),
      ...(place === undefined || status === undefined
        ? {}
        : {
            status,
            aid: place.issuer,
            sn: place.sn,
            ...(position === undefined ? {} : { position }),
          }),
      ...(output === undefined ? { document: JSON.parse(text) as unknown } : {}),
    };
  }

  #tell(session: Session, name: string, objection: Parameters<typeof objectionLines>[1]): void {
    for (const line of objectionLines(name, objection)) session.tell(line);
  }
}
