import { toHex, utf8 } from '../base/bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { Finding, Spotted } from './finding.ts';
import type { Rule } from './rule.ts';
import type { ScanPart } from './scan-part.ts';
import { oneStepLower } from './severity.ts';

const LF = 0x0a;

function lineAt(bytes: Uint8Array, at: number): number {
  let line = 1;
  for (
    let index = bytes.indexOf(LF);
    index >= 0 && index < at;
    index = bytes.indexOf(LF, index + 1)
  )
    line++;
  return line;
}

/** What makes findings of a scan. */
export interface FindingMaking {
  readonly crypto: Crypto;
  readonly ruleset: string;
  readonly ruleOf: (id: string) => Rule;
}

/** A finding in a part. */
export function findingIn(making: FindingMaking, part: ScanPart, spotted: Spotted): Finding {
  const rule = making.ruleOf(spotted.rule);
  const end = Math.min(Math.max(spotted.end, spotted.start), part.bytes.length);
  const start = Math.min(spotted.start, end);
  const isLowered = part.context === 'documentation' && !rule.alwaysFull;
  const severity = spotted.severity ?? rule.severity;
  return {
    rule: rule.id,
    ruleset: making.ruleset,
    severity: isLowered ? oneStepLower(severity) : severity,
    path: part.path,
    ...(part.within === undefined ? {} : { within: part.within }),
    range: { start, end },
    ...(part.isText ? { line: lineAt(part.bytes, start) } : {}),
    evidence: toHex(making.crypto.digest('sha2-256', part.bytes.subarray(start, end))),
    detail: spotted.detail,
    explanation: rule.explanation,
    remedy: rule.remedy,
    ...(isLowered ? { context: 'documentation' } : {}),
    ...(spotted.reason === undefined ? {} : { reason: spotted.reason }),
  };
}

/** A finding about a path without content, or about the skill as a whole. */
export function findingAt(
  { crypto, ruleset, ruleOf }: FindingMaking,
  path: string,
  { rule: id, detail, severity, reason }: Omit<Spotted, 'start' | 'end'>,
): Finding {
  const rule = ruleOf(id);
  return {
    rule: rule.id,
    ruleset,
    severity: severity ?? rule.severity,
    path,
    range: { start: 0, end: 0 },
    evidence: toHex(crypto.digest('sha2-256', utf8(path))),
    detail,
    explanation: rule.explanation,
    remedy: rule.remedy,
    ...(reason === undefined ? {} : { reason }),
  };
}
