/** Seeded numbers for the tests: the same every time, on every machine. */
export type Random = () => number;

/** Between 0 and 1 (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** About normal: mean 0, variance 1. */
export function normal(random: Random): number {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3);
}

export const SPECIALS: readonly number[] = [NaN, Infinity, -Infinity, 0, -0, 1e-40, -1e-40, 1e30, -1e30];
