/** Operations on the bits of integers, and conversions to other dtypes. */
import { dtypeOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import type { Dtype } from "../ir/dtype.ts";
import type { MapName } from "../ir/graph/primitives.ts";
import { binary } from "./arithmetic.ts";
import { pointwise } from "./pointwise.ts";
import type { LayerRecord } from "./record.ts";

/** An entry that combines bits; truth values are bits of their own. */
function bitwise(
  name: string,
  doc: string,
  symbol: string,
  ofBits: MapName,
  ofBools: (b: Builder, x: Tensor, y: Tensor) => Tensor,
): LayerRecord {
  return binary({
    name: `Bitwise${name}`,
    doc,
    source: `bitwise_${name.toLowerCase()}`,
    formula: `x ${symbol} y`,
    noFloat: true,
    compute: (b, x, y) => (dtypeOf(x) === "bool" ? ofBools(b, x, y) : b.map(ofBits, [x, y])),
  });
}

export const bitwiseAnd: LayerRecord = bitwise(
  "And",
  "the bits that are set in both, or whether both are true",
  "&",
  "bitand",
  (b, x, y) => b.map("min", [x, y]),
);

export const bitwiseOr: LayerRecord = bitwise(
  "Or",
  "the bits that are set in either, or whether either is true",
  "|",
  "bitor",
  (b, x, y) => b.map("max", [x, y]),
);

export const bitwiseXor: LayerRecord = bitwise(
  "Xor",
  "the bits that are set in one of the two, or whether one is true and the other is not",
  "^",
  "bitxor",
  (b, x, y) => b.map("not", [b.map("eq", [x, y])]),
);

export const bitwiseNot: LayerRecord = pointwise({
  name: "BitwiseNot",
  doc: "the bits that are not set, which is -1 - x, or whether x is false",
  formula: "~x",
  source: "torch.bitwise_not",
  shapes: "x: i32[...] or bool[...] -> the same",
  takes: ["i32", "bool"],
  compute: (b, x) => (dtypeOf(x) === "bool" ? b.map("not", [x]) : b.map("bitxor", [x, -1])),
});

/** An entry that moves bits. What a number of bits below 0 or beyond 31 means is as in PyTorch 2, as 1.13 leaves it open. */
function shift(
  name: string,
  doc: string,
  symbol: string,
  compute: (b: Builder, x: Tensor, by: Tensor, inside: Tensor) => Tensor,
): LayerRecord {
  return binary({
    name: `Bitwise${name}Shift`,
    doc,
    source: `bitwise_${name.toLowerCase()}_shift`,
    formula: `x ${symbol} y`,
    noBool: true,
    noFloat: true,
    compute: (b, x, y) => compute(b, x, y, b.map("min", [b.map("le", [0, y]), b.map("lt", [y, 32])])),
  });
}

export const bitwiseLeftShift: LayerRecord = shift(
  "Left",
  "the bits of x moved left by y; 0 where y is below 0 or beyond 31",
  "<<",
  (b, x, by, inside) => b.select(inside, b.map("shl", [x, by]), 0),
);

export const bitwiseRightShift: LayerRecord = shift(
  "Right",
  "the bits of x moved right by y, with copies of the sign before; all are the sign where y is below 0 or beyond 31",
  ">>",
  (b, x, by, inside) => b.map("shr", [x, b.select(inside, by, 31)]),
);

/** An entry that converts numbers of every dtype to one. */
function conversion(name: string, dtype: Dtype, doc: string): LayerRecord {
  return pointwise({
    name,
    doc,
    formula: `${dtype}(x)`,
    source: `torch.Tensor.${name.toLowerCase()}`,
    shapes: `x: [...], of any dtype -> ${dtype}[...]`,
    takes: ["f32", "i32", "bool"],
    result: () => dtype,
    compute: (b, x) => b.cast(x, dtype),
  });
}

export const toFloat32: LayerRecord = conversion("Float", "f32", "x as f32; true is 1 and false is 0");

export const toInt32: LayerRecord = conversion(
  "Int",
  "i32",
  "x as i32: its whole part, true as 1 and false as 0; what is not finite is 0, and what is beyond i32 wraps",
);

export const toBool: LayerRecord = conversion("Bool", "bool", "whether x is not 0");
