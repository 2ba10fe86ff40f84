import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { counted } from '../../src/base/counted.ts';
import { BaseCommand } from '../../src/cli/base-command.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { passphraseFlag } from '../../src/cli/flags.ts';
import { importLines, type ImportReport, importReport } from '../../src/cli/import-report.ts';
import { type HomeImport, importStream } from '../../src/cli/imports.ts';
import type { Session } from '../../src/cli/session.ts';
import { shownNames } from '../../src/cli/shown-names.ts';
import { listNames, requireIdentityName, setName } from '../../src/keys/names.ts';
import type { Log } from '../../src/log/log.ts';
import { GitkelError, quoted } from '../../src/base/errors.ts';

function exitOf({ counts, duplicity }: HomeImport): number {
  if (counts.unreadable > 0) return EXIT.malformed;
  return counts.rejected > 0 || duplicity.length > 0 ? EXIT.refused : EXIT.done;
}

export default class IdentityImport extends BaseCommand {
  static override summary = 'Import key event logs of others from a stream.';
  static override description =
    'Reads a stream in CESR, of any implementation of KERI, and commits what is accepted and new: key events, later receipts, events of registries, bodies of credentials that these issue. Many events become several batches. What cannot be decided yet waits in the home (`gitkel escrow list`) and goes into the log by itself, once what it waits for has come. What is not for a log is named. An event that contradicts one of the log is kept as evidence (`gitkel evidence list`). Compare the last SAID of each identity with what its controller says: ends with 0 also when nothing was new, 1 when a message was refused or two events contradict each other, 3 when the stream cannot be read to its end.';
  static override examples = [
    '<%= config.bin %> identity import partner.cesr --name partner',
    '<%= config.bin %> identity import partner.cesr --json',
    'curl -s https://example.org/oobi/EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX | <%= config.bin %> identity import - --json',
  ];
  static override args = {
    file: Args.string({ required: true, description: 'The stream; "-" is the standard input.' }),
  };
  static override flags = {
    ...passphraseFlag,
    name: Flags.string({
      helpValue: 'NAME',
      summary: 'Name the imported identity, of several the one that delegates to no other one.',
    }),
  };

  async run(): Promise<ImportReport> {
    const { args, flags } = await this.parse(IdentityImport);
    const session = this.session(flags);
    if (flags.name !== undefined) requireFree(session, flags.name);
    const log = await session.log();
    const done = await importStream(session, log, args.file);
    if (flags.name !== undefined) await nameImported(session, log, done, flags.name);
    this.print(...importLines(done, shownNames(session.home)));
    const exit = exitOf(done);
    process.exitCode = exit;
    return importReport(done);
  }
}

/** A name is given once; another identity keeps its own. */
function requireFree(session: Session, name: string): void {
  requireIdentityName(name);
  const taken = listNames(session.home).find((named) => named.name === name);
  if (taken === undefined) return;
  throw new GitkelError('usage', `Cannot use the name ${quoted(name)}: it is ${taken.aid}`, {
    reason: 'name',
    hint: 'Choose another one, or import without a name and give it with `gitkel name set`.',
  });
}

async function nameImported(
  session: Session,
  { contents }: Log,
  { aids }: HomeImport,
  name: string,
): Promise<void> {
  const delegators = new Set(aids.map(({ state }) => state.delegator));
  const last = aids.filter(({ aid }) => !delegators.has(aid));
  const [one] = last;
  if (one === undefined || last.length > 1 || contents.kel(one.aid) === undefined) {
    session.warn(
      `${quoted(name)} is given to nobody: the import changed ${counted(last.length, 'identity', 'identities')}; name it with: gitkel name set ${name} AID`,
    );
    return;
  }
  await setName(session.home, name, one.aid);
}
