// 16-bit floats, for which JavaScript has no array. Files store them in little-endian order; here they become
// f32, which represents each of them exactly. Conversion back rounds to the nearest, with ties to even, as
// PyTorch does.

/** The values of IEEE 754 binary16 numbers, two bytes each. */
export function fromFloat16(bytes: Uint8Array): Float32Array {
  const values = new Float32Array(bytes.length / 2);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < values.length; i++) {
    const half = bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 31) words[i] = sign | 0x7f800000 | (fraction << 13);
    // A number with exponent 0 has no hidden bit, and its scale is that of exponent 1.
    else if (exponent === 0) values[i] = (sign === 0 ? fraction : -fraction) * 2 ** -24;
    else words[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
  }
  return values;
}

/** The bits of the nearest binary16 numbers; values from 65520 on become infinite. */
export function toFloat16(values: Float32Array, halves: Uint16Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) {
    const sign = (words[i]! >>> 16) & 0x8000;
    const magnitude = words[i]! & 0x7fffffff;
    if (magnitude > 0x7f800000) halves[i] = sign | 0x7e00;
    else if (magnitude >= 0x47800000) halves[i] = sign | 0x7c00;
    // A sum with 2^52 has no bits for a fraction, so it is rounded to an integer.
    else if (magnitude < 0x38800000) halves[i] = sign | (Math.abs(values[i]!) * 2 ** 24 + 2 ** 52 - 2 ** 52);
    else halves[i] = sign | (roundedShift(magnitude, 13) - (112 << 10));
  }
}

/** The values of bfloat16 numbers, two bytes each: the upper half of the f32 with the same value. */
export function fromBfloat16(bytes: Uint8Array): Float32Array {
  const words = new Uint32Array(bytes.length / 2);
  for (let i = 0; i < words.length; i++) words[i] = (bytes[2 * i]! << 16) | (bytes[2 * i + 1]! << 24);
  return new Float32Array(words.buffer);
}

/** The bits of the nearest bfloat16 numbers. */
export function toBfloat16(values: Float32Array, halves: Uint16Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) {
    const sign = (words[i]! >>> 16) & 0x8000;
    const magnitude = words[i]! & 0x7fffffff;
    halves[i] = sign | (magnitude > 0x7f800000 ? 0x7fc0 : roundedShift(magnitude, 16));
  }
}

/** A carry out of the fraction increments the exponent, which is correct. */
function roundedShift(magnitude: number, bits: number): number {
  const odd = (magnitude >>> bits) & 1;
  return (magnitude + (1 << (bits - 1)) - 1 + odd) >>> bits;
}
