/** The decimal with the fewest digits that reads back as the same float32: at most nine. */
export function shortest(value: number): string {
  for (const digits of [6, 7, 8]) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}

/** A value as JavaScript and JSON write it; NaN and infinities are valid in JavaScript only. */
export function literal(value: number, dtype: string): string {
  if (dtype === "bool") return String(value !== 0);
  if (Object.is(value, -0)) return "-0";
  return dtype === "f32" ? shortest(value) : String(value);
}
