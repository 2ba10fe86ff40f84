/**
 * What changes between two manifests. Whoever agreed to the old one is asked again when the new one allows more, and only then.
 * @module
 */
import { type Grant, grantsOf, grantText, includes } from './grants.ts';
import { type Limit, LIMIT_NAMES, type Permissions } from './permissions.ts';

export interface PermissionChange {
  readonly kind: 'widened' | 'narrowed';
  /** As in the manifest, e.g. `net.connect` or `limits.memoryMB`. */
  readonly axis: string;
  /** What is allowed now, or no longer. */
  readonly text: string;
  readonly why: string | undefined;
  /** Whether the skill works without it. */
  readonly optional: boolean;
}

export interface PermissionDiff {
  readonly changes: readonly PermissionChange[];
  /** Whether people have to be asked again. */
  readonly asksAgain: boolean;
}

function change(kind: PermissionChange['kind'], grant: Grant): PermissionChange {
  const { subject, why, optional } = grant;
  return { kind, axis: subject.axis, text: grantText(grant), why, optional };
}

/** Whether a grant was there, and could not be denied where it cannot be denied now. */
function isCovered(grant: Grant, by: readonly Grant[]): boolean {
  return by.some((other) => includes(other, grant) && (grant.optional || !other.optional));
}

const UNLIMITED = Number.POSITIVE_INFINITY;

function limitChange(
  name: Limit,
  before: Permissions,
  after: Permissions,
): readonly PermissionChange[] {
  const [old, now] = [before.limits[name], after.limits[name]];
  if (old === now) return [];
  const kind = (now ?? UNLIMITED) > (old ?? UNLIMITED) ? 'widened' : 'narrowed';
  const text = `${old ?? 'no limit'} -> ${now ?? 'no limit'}`;
  return [{ kind, axis: `limits.${name}`, text, why: undefined, optional: false }];
}

/**
 * Compares manifests by what they allow, not by how they are written. Without an earlier manifest everything is new.
 * @param before `undefined` where nothing had been agreed to
 */
export function comparePermissions(
  before: Permissions | undefined,
  after: Permissions,
): PermissionDiff {
  const [old, now] = [before === undefined ? [] : grantsOf(before), grantsOf(after)];
  const changes = [
    ...now.filter((grant) => !isCovered(grant, old)).map((grant) => change('widened', grant)),
    ...old.filter((grant) => !isCovered(grant, now)).map((grant) => change('narrowed', grant)),
    // Who agreed to nothing did not agree to any limit either.
    ...(before === undefined
      ? []
      : LIMIT_NAMES.flatMap((name) => limitChange(name, before, after))),
  ];
  return { changes, asksAgain: changes.some(({ kind }) => kind === 'widened') };
}
