import { quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { KeyState } from '../keri/state.ts';
import { parseRecordFile } from '../records/record-file.ts';
import type { Contents, Draft } from './contents.ts';
import { foldEvent } from './fold-event.ts';
import { foldEvidence } from './fold-evidence.ts';
import { foldProof } from './fold-proof.ts';
import { orderProblem, recordProblem, sealProblem } from './fold-records.ts';
import { foldCredential, foldStatus } from './fold-status.ts';
import { type AddedFile, Folding, type FoldRefusal, readOrRefuse, refuse } from './folding.ts';
import { parseGenesis } from './genesis.ts';
import { eventPath, type LogPath, parsePath } from './layout.ts';
import type { Problem } from './problem.ts';

export type FoldResult = { readonly ok: true; readonly draft: Draft } | FoldRefusal;

function foldGenesis(
  folding: Folding,
  file: AddedFile,
  isFirstFile: boolean,
): FoldRefusal | undefined {
  if (folding.contents.genesis !== undefined || !isFirstFile) {
    return refuse(
      file.path,
      'genesis-twice',
      'gitkel.json is only in batch 0, and there it is the first file',
    );
  }
  const read = readOrRefuse(file.path, 'genesis', () => parseGenesis(folding.crypto, file.bytes));
  if ('ok' in read) return read;
  folding.genesis = read.value;
  return undefined;
}

function foldRecord(
  folding: Folding,
  file: AddedFile,
  path: Extract<LogPath, { kind: 'record' }>,
): FoldRefusal | undefined {
  const { crypto, contents, drafts, events, book } = folding;
  const { genesis } = contents;
  if (genesis === undefined)
    return refuse(file.path, 'genesis-founder', 'batch 0 holds no records');
  const read = readOrRefuse(file.path, 'record', () =>
    parseRecordFile(crypto, path.type, file.bytes),
  );
  if ('ok' in read) return read;
  const { value: signed } = read;
  const { record } = signed;
  if (record.said !== path.said)
    return refuse(file.path, 'path-record', 'the path names another record than the file holds');
  const stateOf = (aid: string): KeyState | undefined => drafts.log(aid)?.state;
  const problem = recordProblem({ crypto, founder: genesis.founder, book, stateOf }, signed);
  if (problem !== undefined) return refuse(file.path, problem[0], problem[1]);
  const last = events.at(-1);
  if (last?.aid !== record.issuer || last.sn !== record.sn) folding.astray ??= record;
  folding.records.push(record);
  book.add(record, contents.batches);
  return undefined;
}

/** Batch 0 holds exactly `gitkel.json` and the founder's inception. */
function genesisProblem(folding: Folding, files: readonly AddedFile[]): FoldRefusal | undefined {
  const { genesis, events, contents } = folding;
  if (contents.genesis !== undefined) return undefined;
  const [first] = events;
  if (genesis === undefined)
    return refuse(files[0]?.path ?? '', 'genesis-missing', 'batch 0 must add gitkel.json first');
  if (events.length !== 1 || first?.type !== 'icp' || first.aid !== genesis.founder) {
    return refuse(
      files[1]?.path ?? files[0]?.path ?? '',
      'genesis-founder',
      `batch 0 must add gitkel.json and the inception of its founder ${quoted(genesis.founder)}, nothing else`,
    );
  }
  return undefined;
}

/** What is wrong with the seals of a batch and its records, taken together. */
function wholeProblem({
  events,
  records,
  genesis,
  contents,
  astray,
}: Folding): Problem | undefined {
  const logId = (genesis ?? contents.genesis)?.logId ?? '';
  return (
    sealProblem(events, records, logId) ?? (astray === undefined ? undefined : orderProblem(astray))
  );
}

function foldFile(
  folding: Folding,
  file: AddedFile,
  path: LogPath,
  index: number,
): FoldRefusal | undefined {
  switch (path.kind) {
    case 'genesis':
      return foldGenesis(folding, file, index === 0);
    case 'event':
      return foldEvent(folding, file, path);
    case 'record':
      return foldRecord(folding, file, path);
    case 'proof':
      return foldProof(folding, file, path);
    case 'status':
      return foldStatus(folding, file, path);
    case 'credential':
      return foldCredential(folding, file, path);
    case 'evidence':
      return foldEvidence(folding, file, path);
  }
}

/**
 * Folds the files of one batch, in their order, on what the log holds. Every event must evaluate to `accept`, stand at
 * its one path, and carry its attachments in canonical form. Pure: `contents` is not changed.
 */
export function fold(crypto: Crypto, contents: Contents, files: readonly AddedFile[]): FoldResult {
  const folding = new Folding(crypto, contents);
  for (const [index, file] of files.entries()) {
    const path = parsePath(crypto, file.path);
    if (path === undefined)
      return refuse(file.path, 'path-grammar', `${quoted(file.path)} is no path of a log`);
    const refusal = foldFile(folding, file, path, index);
    if (refusal !== undefined) return refusal;
  }
  const refusal = genesisProblem(folding, files);
  if (refusal !== undefined) return refusal;
  const { genesis, drafts, events, records } = folding;
  const problem = wholeProblem(folding);
  if (problem !== undefined) {
    const [reason, detail, said = ''] = problem;
    const at = files.find(({ path }) => path.includes(`${said}.`));
    return refuse(at?.path ?? '', reason, detail);
  }
  return {
    ok: true,
    draft: {
      genesis,
      kels: drafts.kels,
      events,
      records,
      proofs: folding.proofs,
      proofFiles: folding.proofFiles,
      statuses: folding.statuses,
      credentials: folding.credentials,
      evidence: folding.evidence,
    },
  };
}

/** Where the given event would stand in the log after `filesBefore` files of its AID. */
export function pathOfEvent(crypto: Crypto, event: KeyEvent, filesBefore: number): string {
  return eventPath(crypto, event.aid, filesBefore, event.type, event.said);
}
