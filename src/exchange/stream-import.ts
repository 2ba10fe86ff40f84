/**
 * Brings a stream of others into a log: what is accepted is committed, batch by batch, what cannot be decided yet waits,
 * and what is not for a log is named (KERI specification, "Validation").
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { attachmentsOf, type Proof, signerName } from '../keri/proofs.ts';
import { type KeyEvent, parseEvent } from '../keri/event.ts';
import type { EventName } from '../keri/key-log.ts';
import type { EscrowedMessage } from '../keys/escrow-file.ts';
import { sealProblem } from '../log/fold-records.ts';
import type { Log } from '../log/log.ts';
import { readContent } from '../stream/content.ts';
import { type StreamItem, type StreamMessage, StreamReader } from '../stream/reader.ts';
import { StreamValidator, type TakenMessage } from '../stream/stream-validator.ts';
import type { AcceptedTelEvent } from '../tel/registries.ts';
import { commitFiles, type FiledBatch } from './commit-files.ts';
import { escrowedBytes, waitingBody, whatWaits } from './escrow-entry.ts';
import { CredentialBodies, type CredentialBody } from './credential-bodies.ts';
import { Gathered } from './gathered.ts';
import type { ImportOptions, ImportOutcome, NamedMessage } from './import-outcome.ts';
import { ImportTally } from './import-tally.ts';
import { LogTrunks } from './log-trunks.ts';
import { filesOf, type PendingItem } from './pending.ts';
import { type BodyOutcome, ToldMessages } from './told-messages.ts';

/** One import into one log. Feed it with {@link take}, call {@link settle} where {@link StreamImport.isDue} says so, and end with {@link finish}. */
export class StreamImport {
  readonly #log: Log;
  readonly #logId: string;
  readonly #options: ImportOptions;
  readonly #trunks: LogTrunks;
  readonly #stream: StreamValidator;
  readonly #gathered = new Gathered();
  readonly #tally: ImportTally;
  readonly #since = new Map<string, number>();
  readonly #bodies = new CredentialBodies();
  readonly #batches: FiledBatch[] = [];
  readonly #told = new ToldMessages();
  /** Whether what is taken was told already. */
  #isAgain = false;

  /** @throws GitkelError `refused` for a log that has no batch yet: its first one is its founder's. */
  constructor(log: Log, options: ImportOptions) {
    const { genesis } = log.contents;
    if (genesis === undefined) {
      throw new GitkelError('refused', 'Cannot import: the log has no batch yet', {
        reason: 'log-unborn',
        hint: 'Its first batch is that of its founder: gitkel identity create NAME --key NAME',
      });
    }
    this.#log = log;
    this.#logId = genesis.logId;
    this.#options = options;
    this.#trunks = new LogTrunks(log);
    this.#tally = new ImportTally((aid) => log.contents.kel(aid));
    this.#stream = this.#validator();
    for (const entry of options.escrow) this.#takeEscrowed(entry);
  }

  #validator(): StreamValidator {
    const trunks = this.#trunks;
    return new StreamValidator(
      this.#log.host.crypto,
      {
        accepted: (event, sound, acceptance) => {
          this.#gathered.addEvent(event, sound, acceptance);
          if (!this.#isAgain) this.#tally.event(event);
        },
        proved: (event, proofs) => this.#proved(event, proofs),
      },
      {
        trunks,
        registries: {
          registry: (said) => trunks.registry(said),
          add: (accepted) => this.#addStatus(accepted),
        },
      },
    );
  }

  #proved(event: EventName, proofs: readonly Proof[]): void {
    const { proofs: known } = this.#log.contents;
    const fresh = proofs.filter(
      (proof) => known.positionOf(event.said, signerName(proof)) === undefined,
    );
    const bytes = this.#trunks.kept(event)?.bytes;
    if (fresh.length === 0 || bytes === undefined) return;
    const { aid, sn, said } = event;
    this.#gathered.addProofs({ aid, sn, said }, bytes, fresh);
    if (!this.#isAgain) this.#tally.proofs(aid, fresh.length);
  }

  #addStatus(accepted: AcceptedTelEvent): void {
    const { issuer, event } = accepted;
    this.#trunks.addStatus(accepted);
    this.#gathered.add({ kind: 'status', accepted });
    if (!this.#isAgain) this.#tally.status(issuer);
    if ('credential' in event) this.#offerBody(this.#bodies.get(event.credential));
  }

  #offerBody(body: CredentialBody | undefined): void {
    if (body === undefined || !this.#trunks.wantsBody(body.said)) return;
    this.#trunks.addBody(body.said);
    const { said, bytes } = body;
    this.#gathered.add({ kind: 'credential', said, bytes });
    this.#bodies.remove(body);
  }

  #takeEscrowed(entry: EscrowedMessage): void {
    this.#since.set(entry.key, entry.since);
    const reader = new StreamReader();
    const bytes = escrowedBytes(entry);
    // What can no longer be read, because the rules changed, is as good as sent by nobody.
    for (const item of [...reader.push(bytes), ...reader.end()])
      if (item.kind === 'message') this.#takeBody(item, this.#stream.take(item));
  }

  /** Takes the next message of the stream, or why it cannot be read any further. Never throws for what a peer sent. */
  take(item: StreamItem): void {
    if (item.kind === 'error') return this.#told.unreadable(item);
    const problem = this.#recordProblem(item);
    if (problem !== undefined) return this.#told.name(problem);
    const taken = this.#stream.take(item);
    this.#told.take(item.offset, taken, this.#takeBody(item, taken));
  }

  /** Why an event cannot be imported whoever signed it: it seals records of this log, which no stream carries. */
  #recordProblem({ offset, bytes, version }: StreamMessage): NamedMessage | undefined {
    // Only what names the log can be refused for that; to look for the name is less work than to read the event.
    if (!new TextDecoder('latin1').decode(bytes).includes(this.#logId)) return undefined;
    const content = readContent(this.#log.host.crypto, { bytes, version });
    if (content.kind !== 'event') return undefined;
    const { event } = content;
    if (this.#isKnown(event) || this.#isRival(event)) return undefined;
    const [reason, detail] = sealProblem([event], [], this.#logId) ?? [];
    if (reason === undefined) return undefined;
    const { type: name, said } = event;
    return { offset, name, said, outcome: 'rejected', reason, detail };
  }

  #isKnown({ aid, sn, said }: KeyEvent): boolean {
    const log = this.#trunks.log(aid);
    return log?.saidAt(sn) === said || log?.isSuperseded(said) === true;
  }

  /** Whether it can only be proof that its controller signed two events: its place is taken for good. */
  #isRival(event: KeyEvent): boolean {
    const log = this.#trunks.log(event.aid);
    if (log?.saidAt(event.sn) === undefined) return false;
    const isNeverLawful =
      event.type === 'ixn' || (event.type === 'rot' && event.sn <= log.state.lastEstablishment.sn);
    return isNeverLawful && log.saidAt(event.sn - 1) === event.prior;
  }

  /** What became of the body of a credential; `undefined` for other messages. */
  #takeBody(
    { offset, bytes }: StreamMessage,
    { name, outcome, said = '' }: TakenMessage,
  ): BodyOutcome | undefined {
    if (name !== 'credential' || outcome !== 'no-change') return undefined;
    if (this.#trunks.hasBody(said) || this.#bodies.get(said) !== undefined) return 'nothing-new';
    const body = { said, bytes, offset };
    this.#bodies.put(body);
    this.#offerBody(body);
    return this.#trunks.hasBody(said) ? 'accepted' : 'escrowed';
  }

  /** Whether enough has gathered for a batch: {@link settle} is to be called then. */
  get isDue(): boolean {
    return this.#gathered.isDue;
  }

  /** Commits what has gathered. */
  async settle(): Promise<void> {
    await this.#commit();
  }

  /** Commits what is left, and tells what all of it came to. */
  async finish(): Promise<ImportOutcome> {
    await this.#commit();
    const waiting = whatWaits(this.#stream);
    const asked = new Set(waiting.map(({ aid }) => aid));
    const bodies = this.#bodies.all.filter(({ said }) => asked.has(said));
    const now = this.#log.host.now();
    const escrow = [...waiting, ...bodies.map(waitingBody)].map((entry) => ({
      ...entry,
      since: this.#since.get(entry.key) ?? now,
    }));
    return {
      batches: this.#batches,
      aids: this.#tally.aids(),
      ...this.#told.summary(new Set(escrow.map(({ said }) => said)), (credential) =>
        this.#log.contents.registries.isIssued(credential),
      ),
      escrow,
    };
  }

  async #commit(): Promise<void> {
    const { check, findSigner, committers } = this.#options;
    const { crypto } = this.#log.host;
    for (let tries = 0; !this.#gathered.isEmpty; tries++) {
      if (tries === LIMITS.commitTries) {
        throw new GitkelError(
          'environment',
          `Cannot import: the log moved ${tries} times meanwhile`,
          {
            reason: 'log-busy',
            hint: 'Try again; what is committed is not done twice.',
          },
        );
      }
      check?.(this.#trunks);
      const open = [...this.#gathered.take()];
      for (let items = open[0]; items !== undefined; items = open[0]) {
        const batch = items;
        const done = await commitFiles(
          this.#log,
          (contents) => filesOf(crypto, contents, batch),
          { findSigner, committers },
          tries > 0,
        );
        if (done === 'moved') break;
        this.#batches.push(done);
        open.shift();
      }
      this.#trunks.reset();
      this.#isAgain = true;
      for (const item of open.flat()) this.#takeAgain(item);
      this.#isAgain = false;
    }
  }

  /** Takes what was accepted once more, on what the log holds now that somebody else wrote to it. */
  #takeAgain(item: PendingItem): void {
    const { validator, registries } = this.#stream;
    switch (item.kind) {
      case 'event':
        validator.accept({ event: item.event, attachments: attachmentsOf(item.proofs) });
        return;
      case 'proof': {
        const parsed = parseEvent(this.#log.host.crypto, item.bytes);
        const attachments = attachmentsOf(item.proofs);
        if (parsed.ok) validator.accept({ event: parsed.event, attachments });
        return;
      }
      case 'status':
        registries.take(item.accepted);
        return;
      case 'credential':
        this.#offerBody({ ...item, offset: 0 });
    }
  }
}
