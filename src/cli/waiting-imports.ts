import { counted } from '../base/counted.ts';
import { readEscrow } from '../keys/escrow-file.ts';
import type { Log } from '../log/log.ts';
import { escrowLine } from './escrow-lines.ts';
import type { Session } from './session.ts';
import type { Waiting } from './waiting.ts';

/** How many messages are told of one by one. */
const TOLD = 5;

/** What was imported and cannot be decided yet, as one thing that waits. */
export function waitingImports({ home }: Session, { contents }: Log): readonly Waiting[] {
  const logId = contents.genesis?.logId;
  const entries = logId === undefined ? [] : readEscrow(home, logId);
  if (entries.length === 0) return [];
  return [
    {
      kind: 'escrow',
      batch: null,
      key: null,
      what: `${counted(entries.length, 'imported message')} waiting for others`,
      detail: entries.slice(0, TOLD).map(escrowLine),
      next: 'gitkel escrow list',
    },
  ];
}
