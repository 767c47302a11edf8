/** Errors in units of float32's last place, at the magnitude of a value or of its tensor, whichever is larger. */

/** The root mean square of what is finite. */
export function rmsOf(data: ArrayLike<number>): number {
  const finite = Array.from(data).filter(Number.isFinite);
  const largest = finite.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (largest === 0) return 0;
  const sum = finite.reduce((total, x) => total + (x / largest) ** 2, 0);
  return largest * Math.sqrt(sum / finite.length);
}

/** The distance of float32 numbers at x. */
export function ulp(x: number): number {
  return 2 ** (Math.floor(Math.log2(Math.max(x, 2 ** -126))) - 23);
}

/** The largest error. One infinite or NaN where the other is not, or another infinity, is infinitely wrong. */
export function largestError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  const rms = rmsOf(want);
  let largest = 0;
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i]!, want[i]!];
    if (Object.is(a, b) || a === b) continue;
    const error = Math.abs(a - b) / ulp(Math.max(Math.abs(b), rms));
    largest = Math.max(largest, Number.isNaN(error) ? Infinity : error);
  }
  return largest;
}
