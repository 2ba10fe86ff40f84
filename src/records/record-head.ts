/** What every record names: its issuer, the sequence number of the event that seals it, and its log. */
export interface RecordHead {
  readonly issuer: string;
  readonly sn: number;
  readonly logId: string;
}
