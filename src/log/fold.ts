import { sameBytes, utf8 } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../cesr/attachments.ts';
import type { IndexedSignature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isDelegated } from '../keri/delegation.ts';
import { type Decision, evaluate } from '../keri/evaluate.ts';
import type { KeyEvent } from '../keri/event.ts';
import { parseSignedEvent, type SignedEvent } from '../keri/signatures.ts';
import type { UnsignedRecord } from '../records/record.ts';
import { parseRecordFile, type SignedRecord } from '../records/record-file.ts';
import type { Contents, Draft } from './contents.ts';
import { KelDraft } from './kel.ts';
import { type Genesis, parseGenesis } from './genesis.ts';
import { eventPath, type LogPath, parsePath } from './layout.ts';
import { orderProblem, type Problem, recordProblem, sealProblem } from './fold-records.ts';

/** A file that a batch adds. */
export interface AddedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Why a batch cannot stand where it was folded; `path` names the file. */
interface FoldRefusal {
  readonly ok: false;
  readonly path: string;
  readonly reason: string;
  readonly detail: string;
  /** What the event evaluated to, when that is why. */
  readonly decision?: Exclude<Decision, { outcome: 'accept' }>;
}

export type FoldResult = { readonly ok: true; readonly draft: Draft } | FoldRefusal;

interface Folding {
  readonly crypto: Crypto;
  readonly contents: Contents;
  readonly kels: Map<string, KelDraft>;
  readonly events: KeyEvent[];
  readonly records: UnsignedRecord[];
  genesis: Genesis | undefined;
  /** The first record that does not follow on the event which it names, or on another record of that. */
  astray: UnsignedRecord | undefined;
}

function refuse(path: string, reason: string, detail: string): FoldRefusal {
  return { ok: false, path, reason, detail };
}

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
  try {
    folding.genesis = parseGenesis(folding.crypto, file.bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return refuse(file.path, error.reason ?? 'genesis', error.message);
  }
}

function isAscending(signatures: readonly IndexedSignature[]): boolean {
  return signatures.every(({ index }, at) => index > (signatures[at - 1]?.index ?? -1));
}

/**
 * The one form of what is attached: text, each kind of signature in one group, one signature for each key, in the order
 * of the keys. Receipts, seals and signatures of others are not verified by this version, so that none may stand there.
 */
function hasOneForm(attachments: Attachments, attached: Uint8Array): boolean {
  const { controllerSignatures, witnessSignatures } = attachments;
  const verified = { ...noAttachments, controllerSignatures, witnessSignatures };
  return (
    isAscending(controllerSignatures) &&
    isAscending(witnessSignatures) &&
    sameBytes(utf8(encodeAttachments(verified)), attached)
  );
}

/** What every event file must be, whatever the state it is folded on. */
function eventFileProblem(
  path: Extract<LogPath, { kind: 'event' }>,
  file: AddedFile,
  signed: SignedEvent,
): readonly [reason: string, detail: string] | undefined {
  const { event, attachments } = signed;
  if (event.aid !== path.aid || event.type !== path.type || event.said !== path.said) {
    return ['path-event', 'the path names another event than the file holds'];
  }
  if (!hasOneForm(attachments, file.bytes.subarray(event.bytes.length))) {
    return ['attachment-form', 'the attachments are not in the one form that a log holds'];
  }
  return undefined;
}

function decisionDetail(
  decision: Exclude<Decision, { outcome: 'accept' }>,
  event: KeyEvent,
): string {
  const what = `event ${event.sn} of ${event.aid}`;
  switch (decision.outcome) {
    case 'duplicate':
      return `${what} is in the log already`;
    case 'escrow':
      return `${what} is not complete: ${decision.reason}`;
    case 'reject':
      return `${what} is refused: ${decision.detail}`;
  }
}

function foldEvent(
  folding: Folding,
  file: AddedFile,
  path: Extract<LogPath, { kind: 'event' }>,
): FoldRefusal | undefined {
  const { crypto, contents, kels } = folding;
  const parsed = parseSignedEvent(crypto, file.bytes);
  if (!parsed.ok) return refuse(file.path, parsed.reason, parsed.detail);
  const { event } = parsed.signed;
  const problem = eventFileProblem(path, file, parsed.signed);
  if (problem !== undefined) return refuse(file.path, ...problem);
  if (isDelegated(event))
    return refuse(file.path, 'unsupported-ilk', `events of type "${event.type}" are not read`);
  const draft = kels.get(event.aid) ?? new KelDraft(contents.kel(event.aid));
  const decision = evaluate(crypto, draft.isEmpty ? undefined : draft, parsed.signed);
  if (decision.outcome !== 'accept') {
    const reason = decision.outcome === 'duplicate' ? 'duplicate' : decision.reason;
    return { ...refuse(file.path, reason, decisionDetail(decision, event)), decision };
  }
  if (decision.progress.rejected.length > 0) {
    return refuse(
      file.path,
      'bad-signature',
      `event ${event.sn} of ${event.aid} carries a signature that does not hold`,
    );
  }
  if (path.ordinal !== draft.files) {
    return refuse(
      file.path,
      'path-ordinal',
      `the file must be number ${draft.files} of ${event.aid}`,
    );
  }
  if (decision.supersedes !== undefined) {
    return refuse(
      file.path,
      'recovery-unsupported',
      `place ${event.sn} of ${event.aid} is taken, and a rotation cannot supersede it here`,
    );
  }
  draft.added.push({ event, state: decision.state });
  kels.set(event.aid, draft);
  folding.events.push(event);
  return undefined;
}

function foldRecord(
  folding: Folding,
  file: AddedFile,
  path: Extract<LogPath, { kind: 'record' }>,
): FoldRefusal | undefined {
  const { crypto, contents, kels, records } = folding;
  const { genesis } = contents;
  if (genesis === undefined)
    return refuse(file.path, 'genesis-founder', 'batch 0 holds no records');
  let signed: SignedRecord;
  try {
    signed = parseRecordFile(crypto, path.type, file.bytes);
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return refuse(file.path, error.reason ?? 'record', error.message);
  }
  if (signed.record.said !== path.said)
    return refuse(file.path, 'path-record', 'the path names another record than the file holds');
  const problem = recordProblem(
    {
      crypto,
      founder: genesis.founder,
      book: contents.records,
      stateOf: (aid) => kels.get(aid)?.state ?? contents.kel(aid)?.state,
      before: records,
    },
    signed,
  );
  if (problem !== undefined) return refuse(file.path, problem[0], problem[1]);
  const { record } = signed;
  const last = folding.events.at(-1);
  if (last?.aid !== record.issuer || last.sn !== record.sn) folding.astray ??= record;
  records.push(record);
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
  }
}

/**
 * Folds the files of one batch, in their order, on what the log holds. Every event must evaluate to `accept`, stand at
 * its one path, and carry its attachments in canonical form. Pure: `contents` is not changed.
 */
export function fold(crypto: Crypto, contents: Contents, files: readonly AddedFile[]): FoldResult {
  const folding: Folding = {
    crypto,
    contents,
    kels: new Map(),
    events: [],
    records: [],
    genesis: undefined,
    astray: undefined,
  };
  for (const [index, file] of files.entries()) {
    const path = parsePath(crypto, file.path);
    if (path === undefined)
      return refuse(file.path, 'path-grammar', `${quoted(file.path)} is no path of a log`);
    const refusal = foldFile(folding, file, path, index);
    if (refusal !== undefined) return refusal;
  }
  const refusal = genesisProblem(folding, files);
  if (refusal !== undefined) return refusal;
  const { genesis, kels, events, records } = folding;
  const problem = wholeProblem(folding);
  if (problem !== undefined) {
    const [reason, detail, said = ''] = problem;
    const at = files.find(({ path }) => path.includes(`${said}.`));
    return refuse(at?.path ?? '', reason, detail);
  }
  return { ok: true, draft: { genesis, kels, events, records } };
}

/** Where the given event would stand in the log after `filesBefore` files of its AID. */
export function pathOfEvent(crypto: Crypto, event: KeyEvent, filesBefore: number): string {
  return eventPath(crypto, event.aid, filesBefore, event.type, event.said);
}
