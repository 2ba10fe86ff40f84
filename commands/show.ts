import * as Args from '@oclif/core/args';
import { GitkelError, quoted } from '../src/base/errors.ts';
import { batchIds } from '../src/batch/mailbox.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { showFound, type ShownThing } from '../src/cli/show-found.ts';
import { shownNames } from '../src/cli/shown-names.ts';
import type { Session } from '../src/cli/session.ts';
import type { Log } from '../src/log/log.ts';
import { listNames } from '../src/keys/names.ts';

/** The command that shows what is no batch, event or record of the log, if there is one. */
function elsewhere(session: Session, log: Log, text: string): string | undefined {
  const isName = listNames(session.home).some(({ name }) => name === text);
  if (isName || log.contents.kel(text) !== undefined)
    return `For the identity: gitkel identity show ${text}`;
  return batchIds(log).some((id) => text !== '' && id.startsWith(text))
    ? `It is staged: gitkel batch show ${text}`
    : undefined;
}

export default class Show extends BaseCommand {
  static override summary = 'Show one thing of the log in full: a batch, an event or a record.';
  static override description =
    'Tells where it stands, who signed it and who did not, the key state there, and whether it counts. The beginning of an id is enough. With --json, events and records are given word for word.';
  static override examples = [
    '<%= config.bin %> show 3',
    '<%= config.bin %> show EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX --json',
    '<%= config.bin %> show 8cc4d763184a',
  ];
  static override args = {
    what: Args.string({
      required: true,
      description: 'A batch number, a commit id, or the SAID of an event or a record.',
    }),
  };

  async run(): Promise<ShownThing> {
    const { args, flags } = await this.parse(Show);
    const session = this.session(flags, 'reads');
    const log = await session.log();
    try {
      const { thing, lines } = showFound(log, args.what, shownNames(session.home));
      this.print(...lines);
      return thing;
    } catch (error) {
      const hint =
        error instanceof GitkelError && error.code === 'not-found'
          ? elsewhere(session, log, args.what)
          : undefined;
      if (hint === undefined) throw error;
      throw new GitkelError(
        'not-found',
        `Cannot find ${quoted(args.what)} among the batches, events and records of this log`,
        { cause: error, hint },
      );
    }
  }
}
