/** The first of the numbers 0 to `count` - 1 that passes a test which all behind it pass, too; `count` where none does. */
export function firstWhere(count: number, test: (at: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Into a sorted list, before the first item that the new one must not stand behind. */
export function insert<Item>(sorted: Item[], item: Item, goesBefore: (other: Item) => boolean): void {
  sorted.splice(
    firstWhere(sorted.length, (at) => goesBefore(sorted[at]!)),
    0,
    item,
  );
}
