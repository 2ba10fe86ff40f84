import type { ProvenDuplicity } from '../log/evidence.ts';

/** What machines read of evidence. */
export interface EvidenceReport {
  /** The SAID of the evidence. */
  readonly said: string;
  readonly aid: string;
  readonly sn: number;
  /** The SAIDs of the two events. */
  readonly rivals: readonly [string, string];
}

export function evidenceReport({ said, aid, sn, rivals }: ProvenDuplicity): EvidenceReport {
  return { said, aid, sn, rivals: [rivals[0].event.said, rivals[1].event.said] };
}

/** The lines on what evidence proves. */
export function evidenceLines({ said, aid, sn, rivals }: ProvenDuplicity): readonly string[] {
  return [
    `evidence ${said}`,
    `  the controller of ${aid} signed two events for place ${sn}, which may not both stand:`,
    ...rivals.map(
      ({ event, authority }) =>
        `  ${event.type} ${event.said}, authorised by ${authority.length === 0 ? 'nobody' : authority.join(', ')}`,
    ),
  ];
}
