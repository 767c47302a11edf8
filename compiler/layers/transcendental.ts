/** Trigonometric and hyperbolic functions, their inverses, and powers and logarithms to other bases. */
import { binary, toFloat } from "./arithmetic.ts";
import { floating, mapped } from "./pointwise.ts";
import type { LayerRecord } from "./record.ts";

export const tan: LayerRecord = floating("Tan", "the tangent of x in radians", "tan(x)", mapped("tan"));

export const asin: LayerRecord = floating(
  "Asin",
  "the angle whose sine is x, in radians from -pi / 2 to pi / 2; NaN beyond 1",
  "asin(x)",
  mapped("asin"),
  [-1, 1],
);

export const acos: LayerRecord = floating(
  "Acos",
  "the angle whose cosine is x, in radians from 0 to pi; NaN beyond 1",
  "acos(x)",
  mapped("acos"),
  [-1, 1],
);

export const atan: LayerRecord = floating(
  "Atan",
  "the angle whose tangent is x, in radians from -pi / 2 to pi / 2",
  "atan(x)",
  mapped("atan"),
);

export const sinh: LayerRecord = floating("Sinh", "the hyperbolic sine", "sinh(x)", mapped("sinh"));

export const cosh: LayerRecord = floating("Cosh", "the hyperbolic cosine", "cosh(x)", mapped("cosh"));

export const asinh: LayerRecord = floating(
  "Asinh",
  "the inverse of the hyperbolic sine",
  "asinh(x)",
  mapped("asinh"),
);

export const acosh: LayerRecord = floating(
  "Acosh",
  "the inverse of the hyperbolic cosine; NaN below 1",
  "acosh(x)",
  mapped("acosh"),
  [1, 9],
);

export const atanh: LayerRecord = floating(
  "Atanh",
  "the inverse of the hyperbolic tangent; NaN beyond 1",
  "atanh(x)",
  mapped("atanh"),
  [-1, 1],
);

export const exp2: LayerRecord = floating("Exp2", "2 to the power x", "2 ** x", mapped("exp2"));

export const log2: LayerRecord = floating("Log2", "the logarithm to the base 2", "log2(x)", mapped("log2"));

export const log10: LayerRecord = floating(
  "Log10",
  "the logarithm to the base 10",
  "log10(x)",
  mapped("log10"),
);

export const atan2: LayerRecord = binary({
  name: "Atan2",
  doc: "the angle of the point (y, x) in radians, from -pi to pi; x is its height, as it is first",
  formula: "atan2(x, y)",
  result: toFloat,
  compute: (b, x, y) => {
    const [up, along] = [x, y].map((side) => b.cast(side, "f32"));
    return b.map("atan2", [up!, along!]);
  },
});
