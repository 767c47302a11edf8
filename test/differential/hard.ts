/** Numbers that tell what small ones do not: far from 0, of many magnitudes, or with one among them far from the rest. */
import { normal, type Random } from "./random.ts";

/** A value of a tensor from its position and a number of mean 0 and variance 1. */
export type Kind = (at: number, plain: number, random: Random) => number;

export const KINDS: Readonly<Record<string, Kind>> = {
  plain: (_at, plain) => plain,
  "around 33000": (_at, plain) => 33_000 + plain,
  "around 1000.3": (_at, plain) => 1000.3 + plain / 64,
  "1e20": (_at, plain) => plain * 1e20,
  "1e-20": (_at, plain) => plain * 1e-20,
  "the first 1e5": (at, plain) => (at === 0 ? 1e5 : plain),
  "of all magnitudes": (_at, plain, random) => plain * 2 ** Math.floor(random() * 40 - 20),
  "one in a thousand far off": (_at, plain, random) => (random() < 0.001 ? plain * 1e6 : plain),
};

const kinds = Object.values(KINDS);

/** The kind of data of a seed: plain for even ones, and one after another for odd ones. */
export function kindOf(seed: number): Kind {
  return seed % 2 === 0 ? kinds[0]! : kinds[(seed >> 1) % kinds.length]!;
}

export function hard(kind: Kind, at: number, random: Random): number {
  return Math.fround(kind(at, normal(random), random));
}
