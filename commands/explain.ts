import * as Args from '@oclif/core/args';
import { GitkelError, quoted } from '../src/base/errors.ts';
import { BaseCommand } from '../src/cli/base-command.ts';
import { type Explanation, explanationOf, explanations } from '../src/cli/explain.ts';
import { nearNames } from '../src/keys/key-name.ts';

function found(text: string): Explanation {
  const explanation = explanationOf(text);
  if (explanation !== undefined) return explanation;
  const near = nearNames(
    text,
    explanations().map(({ code }) => code),
  );
  throw new GitkelError('not-found', `Cannot explain ${quoted(text)}: no error has that reason`, {
    reason: 'reason-unknown',
    hint:
      near.length > 0
        ? `Did you mean ${near.map((one) => quoted(one)).join(', ')}?`
        : 'List all of them with `gitkel explain`.',
  });
}

function linesOf({ code, exit, about, what, why, way, example }: Explanation): readonly string[] {
  return [
    `${code}${exit === null ? '' : ` (exit ${exit})`}: ${what}`,
    `  about: ${about}`,
    `  why: ${why}`,
    `  what to do: ${way}`,
    `  for example: ${example}`,
  ];
}

/** All of them, below what they are about. */
function* listed(): Generator<string> {
  let about: string | undefined;
  for (const one of explanations()) {
    if (one.about !== about) yield one.about;
    ({ about } = one);
    yield `  ${one.code.padEnd(23)}  ${one.what}`;
  }
}

export default class Explain extends BaseCommand {
  static override summary = 'Explain an error: what happened, why it is refused, and the way out.';
  static override description =
    'Takes the code or the reason of an error, as --json prints them, or the number of an exit code. Looks at nothing but this program: no log, no home, no network. Without a name it lists all of them.';
  static override examples = [
    '<%= config.bin %> explain already-signed',
    '<%= config.bin %> explain 5',
    '<%= config.bin %> explain --json',
  ];
  static override args = {
    code: Args.string({ description: 'A code, a reason, or the number of an exit code.' }),
  };

  async run(): Promise<{ readonly explained: readonly Explanation[] }> {
    const { args } = await this.parse(Explain);
    if (args.code === undefined) {
      this.print(...listed());
      return { explained: explanations() };
    }
    const explanation = found(args.code);
    this.print(...linesOf(explanation));
    return { explained: [explanation] };
  }
}
