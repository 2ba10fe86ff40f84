/**
 * Answers to OpenClaw's install policy, protocol version 1. They are short whatever was found: a host takes an answer that
 * is too long for none.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { HookEnd } from './in-time.ts';
import { cut } from './platform-input.ts';

/** One thing that was found. */
export interface PolicyFinding {
  readonly ruleId: string;
  readonly severity: 'info' | 'warn' | 'critical';
  readonly message: string;
  readonly evidence?: string | undefined;
}

/** What the policy decides, and why. */
export interface PolicyAnswer {
  readonly decision: 'allow' | 'warn' | 'block';
  /** Why it is not `allow`; empty for that alone. */
  readonly reason: string;
  readonly findings: readonly PolicyFinding[];
}

export function blocked(reason: string, findings: readonly PolicyFinding[] = []): PolicyAnswer {
  return { decision: 'block', reason, findings };
}

/** Text of others on one line of ASCII: a host shows it to people. */
function shown(text: string): string {
  return cut(
    quoted(text, LIMITS.platformTextCharacters * 2)
      .slice(1, -1)
      .replaceAll('\\"', '"'),
  );
}

/** The JSON of an answer. Strict hosts refuse a `warn` with too many findings, so that the last ones are left out. */
export function answerJson({ decision, reason, findings }: PolicyAnswer): string {
  return JSON.stringify({
    protocolVersion: 1,
    decision,
    ...(decision === 'allow' ? {} : { reason: shown(reason === '' ? 'not allowed' : reason) }),
    ...(findings.length === 0
      ? {}
      : {
          findings: findings
            .slice(0, LIMITS.platformFindings)
            .map(({ ruleId, severity, message, evidence }) => ({
              ruleId: shown(ruleId),
              severity,
              message: shown(message),
              ...(evidence === undefined || evidence === '' ? {} : { evidence: shown(evidence) }),
            })),
        }),
  });
}

/**
 * How the hook ends with an answer. A host of version 1 reads the decision where the exit code is 0, and blocks with no
 * reason to show otherwise.
 * @param isUnderstood whether the request was of this protocol; whoever sent another one is told both ways
 */
export function ended(answer: PolicyAnswer, isUnderstood = true): HookEnd {
  return {
    exitCode: isUnderstood ? 0 : 1,
    stdout: `${answerJson(answer)}\n`,
    stderr:
      answer.decision === 'allow' ? '' : `gitkel: ${answer.decision}: ${shown(answer.reason)}\n`,
  };
}

/** What went wrong, as the reason of a block. */
export function troubleAnswer(error: unknown): PolicyAnswer {
  if (!(error instanceof GitkelError)) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return blocked(`error: bug: ${why}`);
  }
  const { code, reason = code, message, hint } = error;
  return blocked(`error: ${reason}: ${message}${hint === undefined ? '' : `. ${hint}`}`, [
    { ruleId: reason, severity: 'critical', message },
  ]);
}
