/** What a device needs to release and to revoke in the name of its controller. */
export const RELEASE_CAPABILITY = 'release';

/** What a device needs to state something of a type in the name of its controller, and to take it back. */
export const STATEMENT_CAPABILITIES = {
  statement: 'sign-statement',
  audit: 'audit',
  vouch: 'vouch',
  import: 'import',
  exemption: 'exempt',
} as const;
