/** Every type of record that this version knows, and nowhere else. A type without a rule here is unknown, and refused. */
export const RECORD_TYPES = [
  'device-link',
  'device-revoke',
  'statement',
  'log-policy',
  'lift',
  'release',
  'revoke',
  'repository-policy',
] as const;

export type RecordType = (typeof RECORD_TYPES)[number];

const IN_TOTO_TYPES = ['statement', 'release', 'revoke', 'repository-policy'] as const;

/** Types whose records are in-toto statements in DSSE envelopes, signed by their issuers. */
export type InTotoType = (typeof IN_TOTO_TYPES)[number];

export function isInTotoType(type: RecordType): type is InTotoType {
  return IN_TOTO_TYPES.some((one) => one === type);
}

export function isRecordType(text: string): text is RecordType {
  return RECORD_TYPES.some((type) => type === text);
}

/**
 * Whether a record stays in force when the event that seals it is superseded, until a `lift` names it: what takes trust
 * away. Every other record counts as absent then.
 */
export function staysInForce(type: RecordType): boolean {
  return type === 'device-revoke' || type === 'revoke';
}
