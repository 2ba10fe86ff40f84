import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../src/cli/base-command.ts';
import {
  checkStreams,
  type CheckedMessage,
  type StreamCheck,
} from '../../src/cli/check-streams.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { harmless, harmlessJson } from '../../src/cli/output.ts';
import { printed } from '../../src/cli/printed.ts';
import { Progress } from '../../src/cli/progress.ts';
import { counted } from '../../src/base/counted.ts';
import { nodeHost } from '../../src/host/node.ts';
import { type StreamReport, streamReport } from '../../src/stream/stream-report.ts';
import { expectLongRun } from '../../src/host/short-runs.ts';

/** The line on a message for people. */
function lineOf({
  file,
  offset,
  name,
  said,
  outcome,
  reason,
  detail,
  escrow,
}: CheckedMessage): string {
  const what = [name, said].filter((part) => part !== undefined).join(' ');
  const place = `${file}:${offset}`;
  switch (outcome) {
    case 'accepted':
      return `ok  ${place} ${what}`;
    case 'no-change':
      return reason === undefined
        ? `--  ${place} ${what} (nothing new)`
        : `--  ${place} ${what} (set aside)`;
    case 'escrowed':
      return `..  ${place} ${what} waits: ${escrow ?? ''}`;
    case 'rejected':
      return `NO  ${place} ${what === '' ? '' : `${what} `}${reason ?? ''}: ${detail ?? ''}`;
    case 'stream-error':
    case 'incomplete':
      return `NO  ${place} ${outcome}: ${detail ?? ''}`;
  }
}

/** What machines read of a message. */
type WireMessage = Pick<
  CheckedMessage,
  'file' | 'offset' | 'said' | 'outcome' | 'reason' | 'escrow'
>;

function wireMessage({ file, offset, said, outcome, reason, escrow }: CheckedMessage): WireMessage {
  return { file, offset, said, outcome, reason, escrow };
}

function* endLines({ aids, escrows, tel = {} }: StreamReport): Generator<string> {
  for (const [aid, { state, superseded }] of Object.entries(aids)) {
    const branches = Object.keys(superseded ?? {}).length;
    const note = branches === 0 ? '' : ` (events were superseded at ${counted(branches, 'place')})`;
    yield `${aid} event ${Number.parseInt(state.s, 16)} ${state.d}${note}`;
  }
  for (const [registry, { credentials }] of Object.entries(tel)) {
    const states = Object.values(credentials);
    const revoked = states.filter(({ et }) => et === 'rev' || et === 'brv').length;
    yield `registry ${registry}: ${counted(states.length, 'credential')}, ${revoked} revoked`;
  }
  for (const [kind, entries] of Object.entries(escrows))
    for (const { pre, value } of entries) yield `waits ${kind}: ${pre} ${value}`;
}

function summary({ accepted, stream, messages }: StreamCheck, exit: number): string {
  const aids = stream.validator.logs.length;
  const words = `${counted(accepted, 'event')} accepted of ${aids} ${aids === 1 ? 'identity' : 'identities'}`;
  switch (exit) {
    case EXIT.done:
      return `${words}; nothing waits`;
    case EXIT.malformed:
      return `${words}; not everything could be read`;
    default:
      return messages.length === 0
        ? 'there is no message'
        : `${words}; not every event, or not all of it`;
  }
}

function* jsonOf(messages: readonly CheckedMessage[], report: StreamReport): Generator<string> {
  yield '{\n  "messages": [';
  for (const [n, message] of messages.entries())
    yield `${n === 0 ? '' : ','}\n    ${harmless(JSON.stringify(wireMessage(message)))}`;
  yield messages.length === 0 ? ']' : '\n  ]';
  for (const [name, value] of Object.entries(report))
    yield `,\n  "${name}": ${harmlessJson(value).replaceAll('\n', '\n  ')}`;
  yield '\n}\n';
}

function* textOf(check: StreamCheck, report: StreamReport, exit: number): Generator<string> {
  for (const message of check.messages) yield `${harmless(lineOf(message))}\n`;
  for (const line of endLines(report)) yield `${harmless(line)}\n`;
  yield `${summary(check, exit)}\n`;
}

function exitOf({ messages, isAccepted }: StreamCheck, { escrows }: StreamReport): number {
  const isRead = messages.every(
    ({ outcome }) => outcome !== 'stream-error' && outcome !== 'incomplete',
  );
  if (!isRead) return EXIT.malformed;
  return isAccepted && Object.keys(escrows).length === 0 ? EXIT.done : EXIT.refused;
}

/** What is answered with `--json`, printed in pieces by {@link jsonOf}. */
export type Answer = StreamReport & { readonly messages: readonly WireMessage[] };

export default class Check extends BaseCommand {
  static override summary = 'Check key event streams of others, trusting nobody.';
  static override description =
    'Feeds the files in their order to one fresh validator, and says what became of each message: exit 0 if every event was accepted and nothing waits, 3 if a file cannot be read to its end, else 1. No log and no home is needed. What is neither a key event, a receipt nor an event of a registry is named and set aside once its SAID is checked.';
  static override examples = [
    '<%= config.bin %> stream check alice.cesr',
    '<%= config.bin %> stream check delegator.cesr delegate.cesr --json',
    'curl -s https://example.org/oobi/EBv7qgpJVZ2rvBIe0zSC2BMwfqB4hZqMDTKcMTcTmzcX | <%= config.bin %> stream check -',
  ];
  static override strict = false;
  static override args = {
    file: Args.string({
      required: true,
      description: 'A stream in CESR; "-" is the standard input. More may follow.',
    }),
  };

  async run(): Promise<void> {
    expectLongRun();
    const { argv } = await this.parse(Check);
    const files = argv.map(String);
    const progress = new Progress('checking byte');
    const check = await checkStreams(nodeHost(), files, {
      onBytes: (done, total) => progress.update(done, total),
    }).finally(() => progress.end());
    const report = streamReport(check.stream);
    const exit = exitOf(check, report);
    await printed(
      this.jsonEnabled() ? jsonOf(check.messages, report) : textOf(check, report, exit),
    );
    process.exitCode = exit;
  }

  /** All of it is printed already, in pieces. */
  protected override logJson(): void {
    // Nothing is left to print.
  }
}
