/** JS text that widens floats of 16 bits, for which some engines have no typed array. */

/**
 * JS text of the values of binary16 numbers in an ArrayBuffer. No intermediate value is a subnormal float32, because
 * audio threads flush those to 0.
 */
export function float16Text(buffer: string): string {
  return `Float32Array.from(new Uint16Array(${buffer}), (half) => {
    const exponent = half >> 10 & 31;
    const fraction = half & 1023;
    const size = exponent > 30 ? fraction ? NaN : Infinity : (exponent ? 1024 + fraction : fraction) * 2 ** ((exponent || 1) - 25);
    return half >> 15 ? -size : size;
  })`;
}

/** JS text of the values of bfloat16 numbers in an ArrayBuffer. */
export function bfloat16Text(buffer: string): string {
  return `new Float32Array(Uint32Array.from(new Uint16Array(${buffer}), (half) => half << 16).buffer)`;
}
