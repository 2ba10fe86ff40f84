/** Every type of record that this version knows, and nowhere else. A type without a rule here is unknown, and refused. */
export const RECORD_TYPES = [
  'device-link',
  'device-revoke',
  'statement',
  'log-policy',
  'lift',
] as const;

export type RecordType = (typeof RECORD_TYPES)[number];

export function isRecordType(text: string): text is RecordType {
  return RECORD_TYPES.some((type) => type === text);
}

/**
 * Whether a record stays in force when the event that seals it is superseded, until a `lift` names it: what takes trust
 * away. Every other record counts as absent then.
 */
export function staysInForce(type: RecordType): boolean {
  return type === 'device-revoke';
}
