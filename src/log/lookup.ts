import { GitkelError, quoted } from '../base/errors.ts';
import type { Contents } from './contents.ts';

/** What a person may mean by a digest, a commit id or a number: all of it stands in one batch. */
export type Found =
  | { readonly kind: 'batch'; readonly position: number }
  | {
      readonly kind: 'event';
      readonly position: number;
      readonly aid: string;
      readonly sn: number;
      readonly said: string;
    }
  | { readonly kind: 'record'; readonly position: number; readonly said: string };

/** Characters that the beginning of a SAID or of a commit id must have at least. */
const SHORTEST = 7;

function batches(
  contents: Contents,
  matches: (commit: string, payloadDigest: string) => boolean,
): readonly Found[] {
  const found: Found[] = [];
  for (let position = 0; position < contents.batches; position++) {
    const mark = contents.batchAt(position);
    if (mark !== undefined && matches(mark.commit, mark.payloadDigest))
      found.push({ kind: 'batch', position });
  }
  return found;
}

function events(contents: Contents, start: string): readonly Found[] {
  const found: Found[] = [];
  for (const aid of contents.aids) {
    const kel = contents.kel(aid);
    if (kel === undefined) continue;
    for (let place = 0; place < kel.accepted; place++) {
      const event = kel.acceptedEvent(place);
      if (event?.said.startsWith(start) !== true) continue;
      const { sn, said, position } = event;
      found.push({ kind: 'event', position, aid, sn, said });
    }
  }
  return found;
}

function records(contents: Contents, start: string): readonly Found[] {
  return [...contents.records.positions].flatMap(([said, position]) =>
    said.startsWith(start) ? [{ kind: 'record' as const, position, said }] : [],
  );
}

/**
 * The batches of credential status events and of evidence: each event of a registry, the last one of a credential by its
 * own SAID or the credential's.
 */
function statusesAndEvidence(contents: Contents, start: string): readonly Found[] {
  const { registries, marks } = contents;
  const named = contents.aids.flatMap((aid): readonly (readonly [string, number])[] => [
    ...marks.of(aid).map(({ evidence, position }) => [evidence, position] as const),
    ...registries
      .registriesOf(aid)
      .flatMap((registry) => registries.eventsOf(registry))
      .map(({ said, position }) => [said, position] as const),
    ...registries
      .registriesOf(aid)
      .flatMap((registry) => registries.credentialsOf(registry))
      .flatMap(({ credential, said, position }) => [
        [credential, position] as const,
        [said, position] as const,
      ]),
  ]);
  return named.flatMap(([said, position]) =>
    said.startsWith(start) ? [{ kind: 'batch' as const, position }] : [],
  );
}

function nameOf(found: Found): string {
  switch (found.kind) {
    case 'batch':
      return `batch ${found.position}`;
    case 'event':
      return `event ${found.said}`;
    case 'record':
      return `record ${found.said}`;
  }
}

/**
 * Finds what a text names in a log: a batch number (`3` or `@3`), a commit id, the SAID of an event or a record, the
 * digest of a batch's payload, or the log id, which is batch 0. Of ids, a beginning that only one has is enough.
 * @throws GitkelError `not-found`, or `usage` when several begin so.
 */
export function lookUp(contents: Contents, text: string): Found {
  const [, digits] = /^@?(0|[1-9][0-9]{0,14})$/.exec(text) ?? [];
  if (digits !== undefined && contents.batchAt(Number(digits)) !== undefined)
    return { kind: 'batch', position: Number(digits) };
  const start = text.replace(/\.{3}$/, '');
  const isId = start.length >= SHORTEST && /^[A-Za-z0-9_-]+$/.test(start);
  const found = isId
    ? [
        ...batches(
          contents,
          (commit, payloadDigest) => commit.startsWith(start) || payloadDigest.startsWith(start),
        ),
        ...(contents.genesis?.logId.startsWith(start) === true
          ? [{ kind: 'batch' as const, position: 0 }]
          : []),
        ...events(contents, start),
        ...records(contents, start),
        ...statusesAndEvidence(contents, start),
      ]
    : [];
  const [only, ...others] = found;
  if (only === undefined) {
    const last = contents.batches - 1;
    throw new GitkelError('not-found', `Cannot find ${quoted(text)} in this log`, {
      hint: `Give a batch number (${last < 0 ? 'there is none yet' : `0 to ${last}`}), a commit id, or the SAID of an event or a record; ${SHORTEST} characters at least.`,
    });
  }
  if (others.length === 0) return only;
  throw new GitkelError(
    'usage',
    `Cannot tell what ${quoted(text)} is: ${found.slice(0, 5).map(nameOf).join(', ')} begin so`,
    {
      hint: 'Give more of it.',
    },
  );
}
