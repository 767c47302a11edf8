/**
 * How much of a long list of cases `npm test` runs, which is to take less than three minutes. `npm run thorough` runs all, as
 * the continuous integration does.
 */
const THOROUGH = process.env["THOROUGH"] === "1";

/** Whether the case at this place of a list is among those of every day: one of `of`, the first included. */
export function isEveryday(place: number, of: number): boolean {
  return THOROUGH || place % of === 0;
}

/** One of `of` cases, and of each group at least the first. */
export function everyday<T>(cases: readonly T[], of: number, groupOf: (one: T) => unknown): T[] {
  const seen = new Map<unknown, number>();
  return cases.filter((one) => {
    const group = groupOf(one);
    const place = seen.get(group) ?? 0;
    seen.set(group, place + 1);
    return isEveryday(place, of);
  });
}

/** A number of random cases: fewer of them on every day. */
export function manyOf({ everyday: few, thorough }: { everyday: number; thorough: number }): number {
  return THOROUGH ? thorough : few;
}
