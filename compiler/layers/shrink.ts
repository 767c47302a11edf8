/** Shrinkage functions turn small values into 0. */
import { elementwise, elementNumber, samplesOf, wholeSamplesOf } from "./elementwise.ts";
import { float, number } from "./record.ts";
import type { LayerRecord } from "./record.ts";

export const hardshrink: LayerRecord = elementwise({
  name: "Hardshrink",
  doc: "0 where x is between -lambd and lambd, else x",
  formula: "|x| <= lambd ? 0 : x",
  args: { lambd: float(0.5) },
  compute: (b, x, args) =>
    b.select(b.map("le", [b.map("abs", [x]), elementNumber(x, number(args, "lambd"))]), 0, x),
  samples: samplesOf("Hardshrink()", "Hardshrink(1.5)"),
});

export const softshrink: LayerRecord = elementwise({
  name: "Softshrink",
  doc: "x moved by lambd towards 0, and 0 where that would cross it or x is NaN",
  formula: "x > lambd ? x - lambd : x < -lambd ? x + lambd : 0",
  args: { lambd: float(0.5) },
  validate: (args) => {
    const lambd = number(args, "lambd");
    return lambd >= 0 ? undefined : `lambd must not be negative, but is ${lambd}`;
  },
  compute: (b, x, args) => {
    const lambd = number(args, "lambd");
    // A comparison with NaN is false, so NaN does not count as large and becomes 0.
    const large = b.map("lt", [elementNumber(x, lambd), b.map("abs", [x])]);
    const signed = b.select(b.map("lt", [0, x]), b.constant(lambd), -lambd);
    return b.select(b.map("not", [large]), 0, b.sub(x, signed));
  },
  samples: samplesOf("Softshrink()", "Softshrink(0)", "Softshrink(1.5)"),
});

export const tanhshrink: LayerRecord = elementwise({
  name: "Tanhshrink",
  doc: "x less its hyperbolic tangent",
  formula: "x - tanh(x)",
  takes: ["f32", "i32"],
  converts: true,
  compute: (b, x) => b.sub(x, b.map("tanh", [x])),
  samples: [...samplesOf("Tanhshrink()"), ...wholeSamplesOf("Tanhshrink()")],
});
