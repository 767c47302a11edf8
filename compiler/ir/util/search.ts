/**
 * The first number from 0 to `count` - 1 that passes the test, or `count` if none does. If a number passes, all larger
 * ones must pass, too.
 */
export function firstWhere(count: number, test: (at: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Inserts an item into a sorted list, before the first item that it must precede. */
export function insert<Item>(sorted: Item[], item: Item, goesBefore: (other: Item) => boolean): void {
  sorted.splice(
    firstWhere(sorted.length, (at) => goesBefore(sorted[at]!)),
    0,
    item,
  );
}
