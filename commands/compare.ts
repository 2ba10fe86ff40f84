import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../src/cli/base-command.ts';
import { EXIT } from '../src/cli/exit-codes.ts';
import { harmless } from '../src/cli/output.ts';
import { writeOutput } from '../src/cli/output-file.ts';
import { Progress } from '../src/cli/progress.ts';
import { fetchedCopy, localDirectory } from '../src/cli/remote-copy.ts';
import type { Session } from '../src/cli/session.ts';
import { provenBy } from '../src/exchange/evidence.ts';
import { makeDirectory } from '../src/host/files.ts';
import {
  type ComparedAid,
  compareLogs,
  type Comparison,
  openCopy,
  type Copy,
} from '../src/sync/compare.ts';
import { tipWords } from '../src/sync/tip.ts';

interface ShownAid extends Omit<ComparedAid, 'evidence'> {
  /** The SAID of the evidence that both cannot stand together. */
  readonly evidence: string | null;
  /** The file that it was written to. */
  readonly file: string | null;
}

interface Compared extends Omit<Comparison, 'aids'> {
  readonly log: string | null;
  readonly aids: readonly ShownAid[];
  /** What is wrong with either copy; `null` for one that verifies. */
  readonly problems: {
    readonly first: Copy['problem'] | null;
    readonly second: Copy['problem'] | null;
  };
}

const WORDS: { readonly [relation in ComparedAid['relation']]: string } = {
  same: 'the same in both',
  ahead: 'goes on in the first',
  behind: 'goes on in the second',
  'only-first': 'is in the first only',
  'only-second': 'is in the second only',
  superseded: 'one supersedes lawfully what the other has',
  duplicitous: 'TWO EVENTS FOR ONE PLACE',
  conflicting: 'CANNOT BOTH STAND, which is not proven by these copies alone',
};

function relationWords({ relation, common }: Comparison): string {
  switch (relation) {
    case 'equal':
      return 'equal';
    case 'ahead':
      return `the first is ahead: it has all of the second, up to batch ${common ?? ''}, and more`;
    case 'behind':
      return `the first is behind: it ends at batch ${common ?? ''}, and the second goes on`;
    case 'forked':
      return common === undefined
        ? 'forked from the first batch on'
        : `forked after batch ${common}`;
    case 'other-log':
      return 'two different logs';
  }
}

function aidLines(aid: ShownAid): readonly string[] {
  const { differs } = aid;
  return [
    `${aid.together ? 'ok ' : 'NO '} ${aid.aid} ${WORDS[aid.relation]}`,
    ...(differs === undefined
      ? []
      : [
          `    event ${differs.sn} is ${differs.first} in the first`,
          `    event ${differs.sn} is ${differs.second} in the second`,
        ]),
    ...(aid.evidence === null ? [] : [`    evidence ${aid.evidence}`]),
    ...(aid.file === null ? [] : [`    next: gitkel evidence add ${harmless(aid.file)}`]),
    ...(aid.evidence !== null && aid.file === null
      ? [`    next: gitkel evidence export ${aid.evidence} -o duplicity.json`]
      : []),
  ];
}

export default class Compare extends BaseCommand {
  static override summary = 'Hold two copies of a log against each other.';
  static override description =
    'Verifies both, and says whether they are equal, one is ahead, or they forked, with the first batch at which they part. Of every identity it says whether both histories can stand together; of two events for one place it makes evidence, which the home keeps and -o DIR writes. Ends with 1 when they forked, or something cannot stand or does not verify.';
  static override examples = [
    '<%= config.bin %> compare . https://example.org/team-log.git',
    '<%= config.bin %> compare mine theirs -o evidence --json',
  ];
  static override args = {
    first: Args.string({ required: true, description: 'A directory or a URL.' }),
    second: Args.string({ required: true, description: 'A directory or a URL.' }),
  };
  static override flags = {
    output: Flags.string({
      char: 'o',
      helpValue: 'DIR',
      summary: 'Write evidence into this directory.',
    }),
  };

  async run(): Promise<Compared> {
    const { args, flags } = await this.parse(Compare);
    const session = this.session(flags, 'remembers');
    return this.#opened(session, args.first, flags.branch, async (one) =>
      this.#opened(session, args.second, flags.branch, async (other) =>
        this.#compare(session, one, other, flags.output),
      ),
    );
  }

  async #opened<T>(
    session: Session,
    source: string,
    branch: string | undefined,
    use: (copy: Copy) => Promise<T>,
  ): Promise<T> {
    const open = async (dir: string): Promise<T> => {
      const progress = new Progress('verifying batch');
      const copy = openCopy(session.host, dir, {
        branch,
        memory: session.memory,
        onBatch: (_, done, total) => progress.update(done, total),
      });
      progress.end();
      try {
        return await use(copy);
      } finally {
        copy.log.store.close();
      }
    };
    const dir = localDirectory(source);
    return dir === undefined ? fetchedCopy(session.host, source, open) : open(dir);
  }

  #compare(session: Session, one: Copy, other: Copy, output: string | undefined): Compared {
    const comparison = compareLogs(one.log, other.log);
    const aids = comparison.aids.map((aid) => this.#kept(session, aid, output));
    const { first, second, divergence, relation } = comparison;
    const problems = { first: one.problem ?? null, second: other.problem ?? null };
    this.print(
      ...aids.flatMap(aidLines),
      ...(problems.first === null ? [] : [harmless(`NO  the first: ${problems.first.detail}`)]),
      ...(problems.second === null ? [] : [harmless(`NO  the second: ${problems.second.detail}`)]),
      `first:  ${first === undefined ? 'nothing that verifies' : tipWords(first)}`,
      `second: ${second === undefined ? 'nothing that verifies' : tipWords(second)}`,
      ...(divergence === undefined
        ? []
        : [
            `they part with ${tipWords(divergence.first)}`,
            `           and ${tipWords(divergence.second)}`,
          ]),
      relationWords(comparison),
    );
    const isWell =
      (relation === 'equal' || relation === 'ahead' || relation === 'behind') &&
      aids.every(({ together }) => together) &&
      one.problem === undefined &&
      other.problem === undefined;
    process.exitCode = isWell ? EXIT.done : EXIT.refused;
    return { ...comparison, log: one.log.contents.genesis?.logId ?? null, aids, problems };
  }

  /** Keeps the evidence, if there is any: in the home, as far as there is room, and in a file where that is asked for. */
  #kept(session: Session, { evidence, ...aid }: ComparedAid, output: string | undefined): ShownAid {
    if (evidence === undefined) return { ...aid, evidence: null, file: null };
    const { said } = provenBy(session, evidence);
    session.keepEvidence(said, evidence);
    if (output === undefined) return { ...aid, evidence: said, file: null };
    makeDirectory(session.host, path.resolve(output));
    const file = path.join(output, `${said}.json`);
    writeOutput(session.host, file, evidence);
    return { ...aid, evidence: said, file };
  }
}
