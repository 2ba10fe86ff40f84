import type {
  DisputedEventFact,
  DisputedRecordFact,
  IdentityFacts,
  RegistryFact,
} from '../log/identity-facts.ts';
import type { MarkStanding } from '../log/marks.ts';

function markLine({ sn, evidence, position, status, reconciledAt }: MarkStanding): string {
  const what = `two events for place ${sn}, proved at batch ${position} by ${evidence}`;
  switch (status) {
    case 'duplicitous':
      return `DUPLICITOUS: it signed ${what}`;
    case 'reconciled':
      return `was duplicitous until its rotation at batch ${reconciledAt ?? '?'}: it signed ${what}`;
    case 'late':
      return `late rival of old keys, which marks nothing: ${what}`;
  }
}

function recordWords({ said, type, status, liftedBy }: DisputedRecordFact): string {
  return `${type} ${said}: ${status}${liftedBy === null ? '' : ` by ${liftedBy}`}`;
}

function disputedLines({ sn, type, said, by, records }: DisputedEventFact): readonly string[] {
  return [
    `superseded: event ${sn} (${type}) ${said}, at batch ${by.position} by event ${by.sn}, ${by.said}`,
    ...records.map((record) => `  it sealed the ${recordWords(record)}`),
  ];
}

function registryLines({ registry, status, credentials }: RegistryFact): readonly string[] {
  return [
    `registry ${registry}: ${status}`,
    ...credentials.map(
      (one) => `  credential ${one.credential}: ${one.status} at batch ${one.position}`,
    ),
  ];
}

/** What a log knows of an identity beside its key state, line by line. */
export function identityLines({
  approval,
  superseded,
  marks,
  registries,
}: IdentityFacts): readonly string[] {
  return [
    ...(approval === null
      ? []
      : [
          `delegated by ${approval.delegator}, approved by its event ${approval.sn}, ${approval.said}${approval.stands ? '' : ' (superseded since)'}`,
        ]),
    ...marks.map(markLine),
    ...superseded.flatMap(disputedLines),
    ...registries.flatMap(registryLines),
  ];
}
