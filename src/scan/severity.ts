/** How much harm what was found may do, the least first. */
export const SCAN_SEVERITIES = ['note', 'low', 'medium', 'high', 'critical'] as const;

export type ScanSeverity = (typeof SCAN_SEVERITIES)[number];

const RANK: Readonly<Record<ScanSeverity, number>> = {
  note: 0,
  low: 1,
  medium: 2,
  high: 3,
  critical: 4,
};

/** Whether one severity is as high as another, or higher. */
export function isAtLeast(severity: ScanSeverity, least: ScanSeverity): boolean {
  return RANK[severity] >= RANK[least];
}

/** Negative, zero or positive as `a` comes before, with or after `b`: the worse one first. */
export function compareSeverity(a: ScanSeverity, b: ScanSeverity): number {
  return RANK[b] - RANK[a];
}

/** One step less; a note stays one. */
export function oneStepLower(severity: ScanSeverity): ScanSeverity {
  return SCAN_SEVERITIES[Math.max(0, RANK[severity] - 1)] ?? 'note';
}
