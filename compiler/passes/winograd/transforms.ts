/** The matrices of Winograd's minimal filtering F(4, 3), by the construction of Cook and Toom. */

/** The rows of a matrix. */
export type Matrix = readonly (readonly number[])[];

/**
 * Where polynomials are evaluated, besides infinity. The rounding errors of results are about a fifth of those with the usual
 * points 0, ±1 and ±2.
 */
const POINTS = [0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2];

/** The coefficients of the product of (x - p) for all points but one, from the constant on. */
function productWithout(skipped: number | undefined): number[] {
  return POINTS.reduce<number[]>(
    (product, point, i) =>
      i === skipped
        ? product
        : [...product, 0].map((_, power) => (product[power - 1] ?? 0) - point * (product[power] ?? 0)),
    [1],
  ).map(rounded);
}

/** What is an integer, a half or a root but for an error of float64. */
function rounded(value: number): number {
  const near = Math.round(value * 2) / 2;
  return Math.abs(value - near) < 1e-12 ? near : value;
}

function powers(point: number, count: number): number[] {
  return Array.from({ length: count }, (_, power) => rounded(point ** power));
}

/** The product of the distances of a point from the others. */
function scale(own: number): number {
  return POINTS.reduce((product, point, i) => (i === own ? product : product * (POINTS[own]! - point)), 1);
}

/** y = output ((filter w) * (input x)) has the 4 sums of 3 neighbours each of 6 numbers x times 3 weights w. */
export const transforms: { readonly input: Matrix; readonly filter: Matrix; readonly output: Matrix } = {
  input: [...POINTS.map((_, i) => [...productWithout(i), 0]), productWithout(undefined)],
  filter: [...POINTS.map((point, i) => powers(point, 3).map((power) => power / scale(i))), [0, 0, 1]],
  output: powers(1, 4).map((_, row) => [...POINTS.map((point) => powers(point, 4)[row]!), row === 3 ? 1 : 0]),
};
