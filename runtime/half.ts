// 16-bit floats, which JavaScript has no array for: their bits in a Uint16Array become f32, exactly.

/** The values of IEEE 754 binary16 bit patterns. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    // Exponent 0 is subnormal: no hidden bit, and the scale of exponent 1.
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

/** The values of bfloat16 bit patterns: the upper half of the f32 with the same value. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (upper) => upper << 16).buffer);
}
