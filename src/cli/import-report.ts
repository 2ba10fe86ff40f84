import { counted } from '../base/counted.ts';
import type { NamedMessage } from '../exchange/import-outcome.ts';
import type { ImportedAid } from '../exchange/import-tally.ts';
import { escrowLine, type EscrowReport, escrowReport } from './escrow-lines.ts';
import type { HomeImport, ProvenRival } from './imports.ts';
import type { ShownNames } from './shown-names.ts';

interface ReportedAid {
  readonly aid: string;
  readonly before: number | null;
  readonly sn: number;
  readonly said: string;
  readonly events: number;
  readonly superseded: number;
  readonly proofs: number;
  readonly statuses: number;
}

/** What machines read of an import. */
export interface ImportReport {
  readonly status: 'committed' | 'unchanged';
  readonly batches: HomeImport['batches'];
  readonly aids: readonly ReportedAid[];
  readonly counts: HomeImport['counts'];
  readonly messages: readonly NamedMessage[];
  readonly waiting: readonly EscrowReport[];
  readonly duplicity: readonly ProvenRival[];
}

export function importReport(done: HomeImport): ImportReport {
  const { batches, aids, counts, messages, escrow, duplicity } = done;
  return {
    status: batches.length > 0 ? 'committed' : 'unchanged',
    batches,
    aids: aids.map(({ state: { sn, said }, before = null, ...rest }) => ({
      ...rest,
      before,
      sn,
      said,
    })),
    counts,
    messages,
    waiting: escrow.map(escrowReport),
    duplicity,
  };
}

function aidLines(names: ShownNames, imported: ImportedAid): readonly string[] {
  const { aid, before, state, events, superseded, proofs, statuses } = imported;
  const parts = [
    events > 0 ? counted(events, 'event') : '',
    superseded > 0 ? `${counted(superseded, 'event')} superseded` : '',
    proofs > 0 ? counted(proofs, 'late signature') : '',
    statuses > 0 ? `${counted(statuses, 'event')} of its registries` : '',
  ].filter((part) => part !== '');
  const was = before === undefined ? 'new here' : `was at event ${before}`;
  return [
    `${names.aid(aid)}: ${was}, ${parts.join(', ')}`,
    `  now at event ${state.sn}, compare: ${state.said}`,
  ];
}

function messageLine({ offset, name, said, outcome, reason, detail }: NamedMessage): string {
  const what = [name, said].filter((part) => part !== undefined).join(' ');
  const why = [reason, detail].filter((part) => part !== undefined).join(': ');
  switch (outcome) {
    case 'escrowed':
      return `..  byte ${offset} ${what} waits${why === '' ? '' : `: ${why}`}`;
    case 'set-aside':
      return `--  byte ${offset} ${what} (set aside${why === '' || why === name ? '' : `: ${why}`})`;
    case 'rejected':
      return `NO  byte ${offset} ${what === '' ? '' : `${what} `}${why}`;
    case 'unreadable':
      return `NO  byte ${offset} cannot be read: ${why}`;
  }
}

/** The lines on two events of one identifier for one place. */
export function duplicityLines({
  aid,
  sn,
  rivals,
  evidence,
  late,
}: ProvenRival): readonly string[] {
  return [
    `DUPLICITY: the controller of ${aid} signed two events for place ${sn}:`,
    ...rivals.map((said) => `  ${said}`),
    ...(late ? ['  one of them by keys that were rotated out before: it marks nothing'] : []),
    `  kept as evidence ${evidence}; tell others: gitkel evidence export ${evidence} -o FILE`,
  ];
}

/** What an import came to, for people. */
export function importLines(done: HomeImport, names: ShownNames): readonly string[] {
  const { aids, messages, batches, counts, escrow, duplicity } = done;
  const unnamed =
    counts.escrowed + counts.rejected + counts['set-aside'] + counts.unreadable - messages.length;
  return [
    ...messages.map(messageLine),
    ...(unnamed > 0 ? [`and ${counted(unnamed, 'message')} more that were not accepted`] : []),
    ...aids.flatMap((imported) => aidLines(names, imported)),
    ...(escrow.length > 0 ? [`${counted(escrow.length, 'message')} waiting:`] : []),
    ...escrow.slice(0, SHOWN).map((entry) => `  ${escrowLine(entry)}`),
    ...(escrow.length > SHOWN ? ['  … all of it: gitkel escrow list'] : []),
    ...duplicity.flatMap(duplicityLines),
    ...batches.map(
      ({ position, commit, files }) =>
        `committed: batch ${position}, commit ${commit} (${counted(files, 'file')})`,
    ),
    ...(batches.length === 0 ? ['nothing new for the log'] : []),
  ];
}

/** How many waiting messages an import lists. */
const SHOWN = 20;
