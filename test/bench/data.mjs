// Numbers that are the same in every run, and how far two results lie apart.

/** Uniform in [0, 1): mulberry32. @param {number} seed */
export function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The largest absolute difference, and whether it is more than rounding of f32 explains.
 * @param {ArrayLike<number>} got
 * @param {ArrayLike<number>} want
 */
export function compare(got, want) {
  if (got.length !== want.length) return { difference: NaN, agrees: false };
  let difference = 0;
  let largest = 0;
  for (let index = 0; index < want.length; index++) {
    const distance = Math.abs(got[index] - want[index]);
    // Written so that NaN counts as the largest difference.
    if (!(distance <= difference)) difference = distance;
    largest = Math.max(largest, Math.abs(want[index]));
    if (Number.isNaN(distance)) break;
  }
  return { difference, agrees: difference <= 1e-5 * largest };
}

/**
 * The same for values of which each was dropped with a probability: how far one lies from what it may be, and whether as
 * many were dropped as chance explains.
 * @param {ArrayLike<number>} got @param {ArrayLike<number>} x @param {number} probability
 */
export function compareDropped(got, x, probability) {
  let zeros = 0;
  const want = Array.from(x, (value, index) => {
    if (got[index] !== 0) return value / (1 - probability);
    zeros++;
    return 0;
  });
  const { difference, agrees } = compare(got, want);
  const deviation = Math.sqrt(x.length * probability * (1 - probability));
  return { difference, agrees: agrees && Math.abs(zeros - x.length * probability) < 6 * deviation };
}

/**
 * A tensor with its axes in another order: axis `order[0]` comes first.
 * @param {{ shape: readonly number[], data: Float32Array }} tensor @param {readonly number[]} order
 */
export function transposed({ shape, data }, order) {
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((step, size) => step * size, 1));
  const result = { shape: order.map((axis) => shape[axis]), data: new Float32Array(data.length) };
  let to = 0;
  const walk = (/** @type {number} */ depth, /** @type {number} */ from) => {
    if (depth === order.length) result.data[to++] = data[from];
    else for (let i = 0; i < shape[order[depth]]; i++) walk(depth + 1, from + i * steps[order[depth]]);
  };
  walk(0, 0);
  return result;
}

/** From [n, channels, height, width] to channels that come last, and back. */
export const TO_LAST = [0, 2, 3, 1];
export const FROM_LAST = [0, 3, 1, 2];
