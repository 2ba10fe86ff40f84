import type { Proposal } from './propose.ts';
import { EXIT } from './exit-codes.ts';

/** Text that came from others, safe for a terminal: everything outside of printable ASCII is escaped. */
export function harmless(text: string): string {
  return text.replaceAll(
    /[^\u0020-\u007e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * A line for a terminal: control characters, marks that turn the direction of text, invisible ones and halves of
 * surrogate pairs are escaped, whoever put them there.
 */
export function displayed(line: string): string {
  return line.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** JSON of a value, in lines, of printable ASCII alone: what lies outside stands as `\uXXXX`, which means the same. */
export function harmlessJson(value: unknown): string {
  return (JSON.stringify(value, null, 2) ?? 'null').split('\n').map(harmless).join('\n');
}

/** How a change to an identity ended, in words, with what to do next. */
export function proposalLines(proposal: Proposal, done: string): readonly string[] {
  const { status, batch, missing } = proposal;
  switch (status) {
    case 'committed':
      return [done, `  batch ${proposal.position ?? ''}, commit ${proposal.commit ?? ''}`];
    case 'conflict':
      return [
        `conflict: ${missing.join('; ')}`,
        '  nothing was written to the log: try again on the log as it is now',
      ];
    case 'staged':
      return [
        `staged batch ${batch}`,
        `  identity ${proposal.aid}`,
        ...missing.map((phrase) => `  missing: ${phrase}`),
        ...nextSteps(proposal),
      ];
  }
}

function nextSteps({ batch, missing, reason, upstream }: Proposal): readonly string[] {
  if (reason === 'remote-unreachable')
    return ['  complete: it waits for its upstream', 'next: gitkel sync'];
  if (missing.length === 0) return [`next: gitkel batch commit ${batch}`];
  if (upstream === true)
    return [
      'next:',
      `  gitkel batch push ${batch}   you; then each co-signer: gitkel batch pull, batch sign, batch push`,
      '  gitkel sync                  whoever comes when it is complete commits it',
    ];
  return [
    'next:',
    `  gitkel batch export ${batch} -o batch.json   give this file to the co-signers`,
    '  gitkel batch sign batch.json                 each of them, in its own home',
    '  gitkel batch add batch.json.*.sig            you, with what they return',
    ...(missing.some((phrase) => phrase.includes(': witnesses: '))
      ? [
          '  gitkel witness receipt batch.json            each witness, from an export that the others have signed',
        ]
      : []),
    `  gitkel batch commit ${batch}`,
  ];
}

/** The exit code of a change to an identity. */
export function proposalExit(proposal: Proposal): number {
  return proposal.status === 'conflict' ? EXIT.conflict : EXIT.done;
}
