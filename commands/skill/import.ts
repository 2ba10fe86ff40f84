import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { quoted } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { statedNote } from '../../src/cli/audit-flags.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { CRITERION_VALUE, criteriaSaids } from '../../src/cli/criterion.ts';
import { stagingFlags } from '../../src/cli/flags.ts';
import { namedEvidence } from '../../src/cli/import-evidence.ts';
import { omsEvidence } from '../../src/cli/oms-evidence.ts';
import { proposalExit, proposalLines } from '../../src/cli/output.ts';
import { sealStatement, speakerOf, type StatedProposal } from '../../src/cli/seal-statement.ts';
import { publisherFlags } from '../../src/cli/skill-publisher.ts';
import { requireNoSecret, skillFlags, sourceOf } from '../../src/cli/skill-source.ts';
import { filesAt } from '../../src/cli/skill-subject.ts';
import { termFromNow, untilFlag } from '../../src/cli/term.ts';
import { typed } from '../../src/cli/typed.ts';
import type { Host } from '../../src/host/host.ts';
import { type SkillImport, type SkillOrigin, skillOrigin } from '../../src/records/skill-import.ts';

type Imported = StatedProposal & {
  readonly name: string;
  readonly manifest: string;
  readonly origin: SkillOrigin;
  readonly issued: string;
  readonly expires: string;
};

/** For how many days an import holds unless told. */
const USUAL_DAYS = 365;

interface OriginFlags {
  readonly origin: string;
  readonly commit?: string | undefined;
  readonly 'origin-commit'?: string | undefined;
  readonly 'origin-path'?: string | undefined;
}

/** Where it comes from: as of a commit at hand, the commit and the directory there; else what the curator says. */
function originOf(host: Host, source: string, flags: OriginFlags): SkillOrigin {
  const { origin: url, commit, 'origin-commit': claimed, 'origin-path': path } = flags;
  requireNoSecret(url);
  const found =
    commit === undefined
      ? typed(url, () => skillOrigin({ url, commit: claimed, path }))
      : typed(url, () => {
          const at = sourceOf(host, { source, commit }, url);
          return skillOrigin({ url, commit: at.commit, path: at.path });
        });
  if (found === undefined) throw new Error('an origin was given');
  return found;
}

export default class ImportSkill extends BaseCommand {
  static override summary = 'Answer for a skill of elsewhere that nobody released here.';
  static override description =
    'Seals an in-toto statement about exactly these files: where they come from, which foreign signatures you had at hand, and which criteria they meet as you say. Who wrote them stays unverified, and nobody who trusts you hands that on. It is taken back by skill revoke.';
  static override examples = [
    '<%= config.bin %> skill import skills/pdf --as team --origin https://example.org/skills.git --commit v1.2 --criterion safe-to-read',
    '<%= config.bin %> skill import pdf.zip --as team --origin https://example.org/pdf.zip --evidence npm=attestation.json --signer npm=example',
  ];
  static override args = {
    source: Args.string({
      required: true,
      description: 'The directory of the skill, or an archive (.zip, .skill, .tgz, .tar.gz).',
    }),
  };
  static override flags = {
    ...skillFlags,
    ...publisherFlags,
    origin: Flags.string({
      required: true,
      helpValue: 'URL',
      summary: 'Where it comes from; with --commit the repository.',
    }),
    'origin-commit': Flags.string({
      helpValue: 'ID',
      summary: 'The commit there, where the files are not read from it.',
      exclusive: ['commit'],
    }),
    'origin-path': Flags.string({
      helpValue: 'PATH',
      summary: 'The directory there, where the files are not read from a commit.',
      exclusive: ['commit'],
    }),
    evidence: Flags.string({
      multiple: true,
      helpValue: 'KIND=FILE',
      summary:
        'A foreign signature over it: oms, sigstore, git-ssh, git-gpg or npm. One of oms is verified under the roots that gitkel trust legacy pins.',
    }),
    signer: Flags.string({
      multiple: true,
      helpValue: 'KIND=WHO',
      summary: 'Whom evidence of a kind names as its signer.',
    }),
    criterion: Flags.string({
      multiple: true,
      helpValue: CRITERION_VALUE,
      summary:
        'What the files meet as you say: a criterion by its name, its SAID or a file with its text.',
    }),
    note: Flags.string({ default: '', summary: 'More about it, for others to read.' }),
    ...untilFlag,
    ...stagingFlags,
  };

  async run(): Promise<Imported> {
    const { args, flags } = await this.parse(ImportSkill);
    const session = this.session(flags);
    const { host } = session;
    const { source } = args;
    const origin = originOf(host, source, flags);
    const criteria = criteriaSaids(session, flags.criterion);
    const evidence = namedEvidence(host, flags.evidence, flags.signer, (file) =>
      omsEvidence(session.home, { source, commit: flags.commit }, file),
    );
    const most = LIMITS.importDays;
    const term = termFromNow(host, flags.until, { usual: USUAL_DAYS, most });
    const note = statedNote(flags.note);
    const log = await session.log();
    const speaker = speakerOf(session, log, 'import', flags);
    const about = filesAt(host, { source, commit: flags.commit }, 'import');
    const body: SkillImport = {
      type: 'import',
      ...about,
      origin,
      evidence,
      criteria,
      note,
      issued: term.first,
      expires: term.end,
      controller: speaker.controller,
    };
    const stated = await sealStatement(session, speaker, body, flags, (lines) =>
      this.print(...lines),
    );
    const { name } = about.subject;
    this.print(...proposalLines(stated, `answered for ${quoted(name)} as ${speaker.issuer}`));
    process.exitCode = proposalExit(stated);
    const { manifest, issued, expires } = body;
    return { ...stated, name, manifest, origin, issued, expires };
  }
}
