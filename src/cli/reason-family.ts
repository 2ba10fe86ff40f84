/** What is said of one reason beside what is said of its family. */
export interface ReasonWords {
  readonly what: string;
  readonly way?: string;
  readonly example?: string;
}

/** Reasons that are refused for the same cause, and have the same way out unless they say another one. */
export interface ReasonFamily {
  /** What they are about, a title. */
  readonly about: string;
  readonly why: string;
  /** What to do. */
  readonly way: string;
  /** A command that helps, as it is typed. */
  readonly example: string;
  /** What happened, by the reason's name. */
  readonly reasons: Readonly<Record<string, string | ReasonWords>>;
}
