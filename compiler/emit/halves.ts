/** How a module widens floats of 16 bits, for which JavaScript has no array in every engine. */

/**
 * JS text: the values of binary16 numbers in an ArrayBuffer. No subnormal float32 is made on the way, since threads for
 * sound take those for 0.
 */
export function fromFloat16(buffer: string): string {
  return `Float32Array.from(new Uint16Array(${buffer}), (half) => {
    const exponent = half >> 10 & 31;
    const fraction = half & 1023;
    const size = exponent > 30 ? fraction ? NaN : Infinity : (exponent ? 1024 + fraction : fraction) * 2 ** ((exponent || 1) - 25);
    return half >> 15 ? -size : size;
  })`;
}

/** JS text: the values of bfloat16 numbers in an ArrayBuffer. */
export function fromBfloat16(buffer: string): string {
  return `new Float32Array(Uint32Array.from(new Uint16Array(${buffer}), (half) => half << 16).buffer)`;
}
