/** The next item of a list, and the rest of it. */
interface Head<T> {
  readonly item: T;
  readonly order: number;
  readonly rest: Generator<T>;
}

/** What several lists hold, each by rising order, in that order. Of each only what is asked for is read, and one more. */
export function* merged<T>(
  lists: readonly Generator<T>[],
  orderOf: (item: T) => number,
): Generator<T> {
  const [only] = lists;
  if (only !== undefined && lists.length === 1) {
    yield* only;
    return;
  }
  const headOf = (rest: Generator<T>): readonly Head<T>[] => {
    const next = rest.next();
    return next.done === true ? [] : [{ item: next.value, order: orderOf(next.value), rest }];
  };
  const heads = lists.flatMap(headOf);
  while (heads.length > 0) {
    const order = Math.min(...heads.map((head) => head.order));
    const at = heads.findIndex((head) => head.order === order);
    const [least] = heads.slice(at);
    if (least === undefined) return;
    yield least.item;
    heads.splice(at, 1, ...headOf(least.rest));
  }
}
