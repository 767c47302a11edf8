/** Arithmetic and comparisons of tensors. Shapes broadcast and dtypes promote as in PyTorch. */
import { dtypeOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { isFloat, isInteger, promote, type Dtype } from "../ir/dtype.ts";
import type { TensorType } from "../ir/types.ts";
import { broadcastShapes } from "./axes.ts";
import { asFloat32 } from "./discontinuous.ts";
import { ANY } from "./elementwise.ts";
import { layer, typed } from "./record.ts";
import type { LayerRecord, Sample } from "./record.ts";

interface Operator {
  readonly name: string;
  /** The infix operator that means this entry. Where it is absent, the entry is called by name only. */
  readonly operator?: string;
  readonly doc: string;
  /** The function's name in `torch`. Where it is absent, that is the entry's name in small letters. */
  readonly source?: string;
  /** Where it is absent, the formula is written with the operator: "x + y". */
  readonly formula?: string;
  /** The entry takes more than two operands, and combines them from left to right. */
  readonly variadic?: true;
  /** Gives the result's dtype from the operands' common one. Where it is absent, they are the same. */
  readonly result?: (common: Dtype) => Dtype;
  /** The entry refuses bools, as subtraction does in PyTorch. */
  readonly noBool?: true;
  /** The entry refuses floats: it is for the bits of integers. */
  readonly noFloat?: true;
  /** Computes the result from operands that are already of the common dtype. */
  readonly compute: (b: Builder, x: Tensor, y: Tensor) => Tensor;
  readonly samples?: readonly Sample["inputs"][];
}

const usual: readonly Sample["inputs"][] = [
  [[2, 3], [2, 3]], [[2, 3], [3]], [[4, 1], [2, 1, 3]], [[], [2]],
]; // prettier-ignore

export function binary(spec: Operator): LayerRecord {
  const { name, operator, doc, variadic, noBool, noFloat, compute } = spec;
  const { source = name.toLowerCase(), formula = `x ${operator} y` } = spec;
  const { result = (common: Dtype): Dtype => common } = spec;
  const commonOf = (inputs: readonly TensorType[]): Dtype => promote(inputs.map((input) => input.dtype));
  return layer({
    name,
    ...(operator !== undefined && { operator }),
    doc,
    shapes: `${variadic ? "xs" : "x, y"}: ${noFloat ? "i32" : ""}[...]${noFloat && !noBool ? " or bool[...]" : ""}, which broadcast -> ${result("f32") === "bool" ? "bool[...]" : noFloat ? "the same" : "[...]"}`,
    formula,
    source: `torch.${source}`,
    args: {},
    inputs: variadic ? ["xs"] : ["x", "y"],
    ...(variadic && { variadic }),
    infer: (inputs, _args, context) => {
      const common = commonOf(inputs);
      if (noBool && common === "bool") return "it does not take bools";
      if (noFloat && common === "f32") return "it does not take floats";
      const shape = broadcastShapes(inputs, context);
      return typeof shape === "string" ? shape : [typed(result(common), shape)];
    },
    body: (inputs, { b }) => {
      const common = promote(inputs.map(dtypeOf));
      return [inputs.map((x) => b.cast(x, common)).reduce((x, y) => compute(b, x, y))];
    },
    samples: (spec.samples ?? usual).map((shapes) => ({
      source: `${name}()`,
      inputs: shapes,
      ...(noFloat && { below: 100 }),
    })),
  });
}

export const toFloat = (common: Dtype): Dtype => (isFloat(common) ? common : "f32");

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
  source: "floor_divide",
  doc: "the quotient, rounded down; that of an integer by 0 is 0",
  noBool: true,
  compute: (b, x, y) => b.map("floordiv", [asFloat32(b, x), asFloat32(b, y)]),
});

export const remainder: LayerRecord = binary({
  name: "Remainder",
  operator: "%",
  doc: "the remainder of floor division, with the sign of the divisor; that of an integer by 0 is 0",
  noBool: true,
  compute: (b, x, y) => b.map("mod", [asFloat32(b, x), asFloat32(b, y)]),
});

export const fmod: LayerRecord = binary({
  name: "Fmod",
  doc: "the remainder of the division whose quotient is cut to a whole number, with the sign of x; that of an integer by 0 is 0",
  formula: "x - trunc(x / y) * y",
  noBool: true,
  compute: (b, x, y) =>
    isInteger(dtypeOf(x)) ? integerFmod(b, x, y) : floatFmod(b, asFloat32(b, x), asFloat32(b, y)),
});

/** No magnitudes are taken, as that of -2^31 is no i32. */
function integerFmod(b: Builder, x: Tensor, y: Tensor): Tensor {
  const rest = b.map("mod", [x, y]);
  const differ = b.map("not", [b.map("eq", [b.map("lt", [x, 0]), b.map("lt", [y, 0])])]);
  return b.select(b.map("eq", [rest, 0]), 0, b.select(differ, b.sub(rest, y), rest));
}

/** Remainders of magnitudes are exact. Where nothing is taken away, x stays as it is, and so does -0. */
function floatFmod(b: Builder, x: Tensor, y: Tensor): Tensor {
  const a = b.map("abs", [x]);
  const rest = b.map("mod", [a, b.map("abs", [y])]);
  const signed = b.select(b.map("lt", [x, 0]), b.map("neg", [rest]), rest);
  return b.select(b.map("eq", [rest, a]), x, signed);
}

export const pow: LayerRecord = binary({
  name: "Pow",
  operator: "**",
  doc: "the power",
  noBool: true,
  compute: (b, x, y) => (isInteger(dtypeOf(x)) ? b.map("ipow", [x, y]) : power(b, x, y)),
});

/** For the literal exponents 0.5 and -0.5 PyTorch takes square roots, which differ from pow at -inf. */
function power(b: Builder, x: Tensor, y: Tensor): Tensor {
  const { op } = y.node;
  if (op.kind === "constant" && op.value === 0.5) return b.map("sqrt", [x]);
  if (op.kind === "constant" && op.value === -0.5) return b.div(1, b.map("sqrt", [x]));
  return b.map("pow", [x, y]);
}

export const neg: LayerRecord = layer({
  name: "Neg",
  operator: "neg",
  doc: "the negative",
  shapes: "x: [...] -> [...]",
  formula: "-x",
  source: "torch.neg",
  args: {},
  inputs: ["x"],
  accepts: () => ANY,
  infer: ([x]) => (x!.dtype === "bool" ? "it does not take bools" : [x!]),
  body: ([x], { b }) => [b.map("neg", [x!])],
  samples: [
    { source: "Neg()", inputs: [[3]] },
    { source: "Neg()", inputs: [[2, 3]] },
    { source: "Neg()", inputs: [[]] },
  ],
});

function comparison(name: string, operator: string, doc: string, compute: Operator["compute"]): LayerRecord {
  const jump: Operator["compute"] = (b, x, y) => compute(b, asFloat32(b, x), asFloat32(b, y));
  return binary({ name, operator, doc, result: () => "bool", compute: jump });
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

export const maximum: LayerRecord = binary({
  name: "Maximum",
  doc: "the larger of x and y; NaN if either is",
  formula: "max(x, y)",
  compute: (b, x, y) => b.map("max", [x, y]),
});

export const minimum: LayerRecord = binary({
  name: "Minimum",
  doc: "the smaller of x and y; NaN if either is",
  formula: "min(x, y)",
  compute: (b, x, y) => b.map("min", [x, y]),
});

/**
 * An entry that combines truth values; a number counts as true where it is not 0. The language's words `and`,
 * `or` and `not` are computed at compile time and are no entries.
 */
function logical(name: string, doc: string, word: string, compute: Operator["compute"]): LayerRecord {
  return binary({
    name: `Logical${name}`,
    doc,
    source: `logical_${name.toLowerCase()}`,
    formula: `x != 0 ${word} y != 0`,
    result: () => "bool",
    compute: (b, x, y) => compute(b, b.cast(x, "bool"), b.cast(y, "bool")),
  });
}

export const logicalAnd: LayerRecord = logical("And", "whether both are true, or not 0", "and", (b, x, y) =>
  b.map("min", [x, y]),
);

export const logicalOr: LayerRecord = logical("Or", "whether either is true, or not 0", "or", (b, x, y) =>
  b.map("max", [x, y]),
);

export const logicalXor: LayerRecord = logical(
  "Xor",
  "whether one is true, or not 0, and the other is not",
  "xor",
  (b, x, y) => b.map("not", [b.map("eq", [x, y])]),
);

export const logicalNot: LayerRecord = layer({
  name: "LogicalNot",
  doc: "whether x is false, or 0",
  shapes: "x: [...], of any dtype -> bool[...]",
  formula: "x == 0",
  source: "torch.logical_not",
  args: {},
  inputs: ["x"],
  accepts: () => ANY,
  infer: ([x]) => [typed("bool", x!.shape)],
  body: ([x], { b }) => [b.map("not", [b.cast(x!, "bool")])],
  samples: [
    { source: "LogicalNot()", inputs: [[2, 3]], below: 2 },
    { source: "LogicalNot()", inputs: [[4]] },
    { source: "LogicalNot()", inputs: [[3]], dtypes: ["bool"] },
  ],
});
