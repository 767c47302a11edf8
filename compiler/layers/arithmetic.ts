/** Arithmetic and comparisons of tensors. Shapes broadcast and dtypes promote as in PyTorch. */
import { dtypeOf, promote, type Builder, type Tensor } from "../ir/build.ts";
import type { Dtype, TensorType } from "../ir/types.ts";
import { broadcastShapes } from "./axes.ts";
import { layer, typed } from "./record.ts";
import type { LayerRecord, Sample } from "./record.ts";

interface Operator {
  readonly name: string;
  readonly operator: string;
  readonly doc: string;
  /** Takes more than two operands, from left to right. */
  readonly variadic?: true;
  /** The result's dtype from the operands' common one. */
  readonly result?: (common: Dtype) => Dtype;
  /** Bools are no numbers to it. */
  readonly noBool?: true;
  /** On operands of the common dtype. */
  readonly compute: (b: Builder, x: Tensor, y: Tensor) => Tensor;
  readonly samples?: readonly Sample["inputs"][];
}

const usual: readonly Sample["inputs"][] = [
  [[2, 3], [2, 3]], [[2, 3], [3]], [[4, 1], [2, 1, 3]], [[], [2]],
]; // prettier-ignore

function binary(spec: Operator): LayerRecord {
  const { name, operator, doc, variadic, result = (common: Dtype): Dtype => common, noBool, compute } = spec;
  const commonOf = (inputs: readonly TensorType[]): Dtype => promote(inputs.map((input) => input.dtype));
  return layer({
    name,
    operator,
    doc,
    args: {},
    inputs: variadic ? ["xs"] : ["x", "y"],
    ...(variadic && { variadic }),
    infer: (inputs, _args, context) => {
      const common = commonOf(inputs);
      if (noBool && common === "bool") return "it does not take bools";
      const shape = broadcastShapes(inputs, context);
      return typeof shape === "string" ? shape : [typed(result(common), shape)];
    },
    body: (inputs, { b }) => {
      const common = promote(inputs.map(dtypeOf));
      return [inputs.map((x) => b.cast(x, common)).reduce((x, y) => compute(b, x, y))];
    },
    samples: (spec.samples ?? usual).map((shapes) => ({ source: `${name}()`, inputs: shapes })),
  });
}

const toFloat = (common: Dtype): Dtype => (common === "f64" ? "f64" : "f32");

/** The sum and the product of bools are `or` and `and`. */
export const add: LayerRecord = binary({
  name: "Add",
  operator: "+",
  doc: "the sum",
  variadic: true,
  compute: (b, x, y) => b.map(dtypeOf(x) === "bool" ? "max" : "add", [x, y]),
  samples: [...usual, [[2, 3], [3], [2, 1]]], // prettier-ignore
});

export const mul: LayerRecord = binary({
  name: "Mul",
  operator: "*",
  doc: "the product",
  variadic: true,
  compute: (b, x, y) => b.map(dtypeOf(x) === "bool" ? "min" : "mul", [x, y]),
  samples: [...usual, [[2, 3], [3], [2, 1]]], // prettier-ignore
});

export const sub: LayerRecord = binary({
  name: "Sub",
  operator: "-",
  doc: "the difference",
  noBool: true,
  compute: (b, x, y) => b.sub(x, y),
});

export const div: LayerRecord = binary({
  name: "Div",
  operator: "/",
  doc: "the quotient; that of integers is a float",
  result: toFloat,
  compute: (b, x, y) => {
    const dtype = toFloat(dtypeOf(x));
    return b.div(b.cast(x, dtype), b.cast(y, dtype));
  },
});

export const floorDiv: LayerRecord = binary({
  name: "FloorDiv",
  operator: "//",
  doc: "the quotient, rounded down",
  noBool: true,
  compute: (b, x, y) => b.map("floordiv", [x, y]),
});

export const remainder: LayerRecord = binary({
  name: "Remainder",
  operator: "%",
  doc: "the remainder of floor division, with the sign of the divisor",
  noBool: true,
  compute: (b, x, y) => b.map("mod", [x, y]),
});

export const pow: LayerRecord = binary({
  name: "Pow",
  operator: "**",
  doc: "the power",
  noBool: true,
  compute: (b, x, y) => b.cast(power(b, x, y), dtypeOf(x)),
});

/** PyTorch takes roots for the literal exponents 0.5 and -0.5, which differ from pow at -inf. */
function power(b: Builder, x: Tensor, y: Tensor): Tensor {
  const { op } = y.node;
  if (op.kind === "constant" && op.value === 0.5) return b.map("sqrt", [x]);
  if (op.kind === "constant" && op.value === -0.5) return b.div(1, b.map("sqrt", [x]));
  return b.map("pow", [x, y]);
}

export const neg: LayerRecord = layer({
  name: "Neg",
  operator: "neg",
  doc: "-x",
  args: {},
  inputs: ["x"],
  infer: ([x]) => (x!.dtype === "bool" ? "it does not take bools" : [x!]),
  body: ([x], { b }) => [b.map("neg", [x!])],
  samples: [
    { source: "Neg()", inputs: [[3]] },
    { source: "Neg()", inputs: [[2, 3]] },
    { source: "Neg()", inputs: [[]] },
  ],
});

function comparison(name: string, operator: string, doc: string, compute: Operator["compute"]): LayerRecord {
  return binary({ name, operator, doc, result: () => "bool", compute });
}

export const eq: LayerRecord = comparison("Eq", "==", "whether x and y are equal", (b, x, y) =>
  b.map("eq", [x, y]),
);

export const ne: LayerRecord = comparison(
  "Ne",
  "!=",
  "whether x and y differ; NaN differs from itself",
  (b, x, y) => b.map("not", [b.map("eq", [x, y])]),
);

export const lt: LayerRecord = comparison("Lt", "<", "whether x is less than y", (b, x, y) =>
  b.map("lt", [x, y]),
);

export const le: LayerRecord = comparison("Le", "<=", "whether x is less than y or equal", (b, x, y) =>
  b.map("le", [x, y]),
);

export const gt: LayerRecord = comparison("Gt", ">", "whether x is greater than y", (b, x, y) =>
  b.map("lt", [y, x]),
);

export const ge: LayerRecord = comparison("Ge", ">=", "whether x is greater than y or equal", (b, x, y) =>
  b.map("le", [y, x]),
);
