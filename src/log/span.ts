/** Positions from one on up to another one, which is not among them. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** The same positions in spans that rise and do not touch each other. */
export function joinedSpans(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (span.until <= span.from) continue;
    if (last === undefined || last.until < span.from) joined.push(span);
    else joined[joined.length - 1] = { from: last.from, until: Math.max(last.until, span.until) };
  }
  return joined;
}
