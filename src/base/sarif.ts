/**
 * The form in which forges show findings beside the code (SARIF 2.1.0, OASIS).
 * @module
 */
import type { Json } from './canonical-json.ts';

/** A path as a URI that is relative to the top of the repository (RFC 3986 section 4.2). */
export function sarifUri(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Where in a file, by what the file is (section 3.29.3). */
export type SarifRegion = { readonly [key: string]: number };

/** A place in a file below the top of the repository. */
export function sarifLocation(path: string, region: SarifRegion): Json {
  return {
    physicalLocation: {
      artifactLocation: { uri: sarifUri(path), uriBaseId: '%SRCROOT%' },
      region,
    },
  };
}

/** What one run of this program has to tell. */
export interface SarifRun {
  /** The version of this program. */
  readonly version: string;
  readonly rules: readonly Json[];
  readonly results: readonly Json[];
  /** Whether everything was looked at that should be. */
  readonly isComplete?: boolean;
}

/** A log with one run. */
export function sarifLog({ version, rules, results, isComplete }: SarifRun): Json {
  return {
    $schema:
      'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'gitkel', version, rules } },
        ...(isComplete === undefined ? {} : { invocations: [{ executionSuccessful: isComplete }] }),
        results,
      },
    ],
  };
}
