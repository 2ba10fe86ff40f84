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
  'audit',
  'vouch',
  'import',
  'exemption',
  'run-record',
] as const;

export type RecordType = (typeof RECORD_TYPES)[number];

const IN_TOTO_TYPES = [
  'statement',
  'release',
  'revoke',
  'repository-policy',
  'audit',
  'vouch',
  'import',
  'exemption',
  'run-record',
] as const;

/** Types whose records are in-toto statements in DSSE envelopes, signed by their issuers. */
export type InTotoType = (typeof IN_TOTO_TYPES)[number];

export function isInTotoType(type: RecordType): type is InTotoType {
  return IN_TOTO_TYPES.some((one) => one === type);
}

export function isRecordType(text: string): text is RecordType {
  return RECORD_TYPES.some((type) => type === text);
}

/**
 * What becomes of a record of a type when the event that seals it is superseded. `stays`: it takes trust away, and is in
 * force until a `lift` names it. `absent`: it counts as absent. `as-said`: an audit stays where its result is `fail`, a
 * revocation unless it takes back what speaks against somebody or something.
 */
export function onSuperseded(type: RecordType): 'stays' | 'absent' | 'as-said' {
  if (type === 'device-revoke') return 'stays';
  return type === 'audit' || type === 'revoke' ? 'as-said' : 'absent';
}
