/**
 * Algebraic simplification. Rules have a direction, and the right side never costs more. Each rule holds for every
 * float including NaN, infinities and zeros of either sign. That is why `x + 0 -> x` is not among them: `-0 + 0` is
 * `0`.
 */
import { applyMap, castTo } from "../ir/maps/apply-map.ts";
import { dtypeOf, sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { dtypeRows } from "../ir/dtype.ts";
import type { TensorGraph } from "../ir/graph/builder.ts";
import type { TensorOp } from "../ir/graph/primitives.ts";
import { add, mul } from "../ir/size/size.ts";
import { extents } from "../ir/types.ts";
import { rewrite, type Candidate } from "./rewrite.ts";
import type { Pass } from "./pass.ts";

export const simplify: Pass<TensorGraph, TensorGraph> = {
  name: "simplify",
  order: [{ before: "fold", because: "every later pass then sees one spelling of a thing" }],
  run: (graph) =>
    rewrite(graph, (b, node) => {
      for (const rule of rules[node.op.kind] ?? []) {
        const result = rule(b, node);
        if (result) return result;
      }
      return undefined;
    }),
};

type Rule = (b: Builder, node: Candidate) => Tensor | undefined;

const rules: Partial<Record<TensorOp["kind"], readonly Rule[]>> = {
  map: [foldConstants, dropNeutral, squareOfPower, doubleNegation],
  cast: [castOfCast, castOfConstant],
  permute: [permuteOfPermute],
  slice: [sliceOfSlice],
  broadcast: [broadcastOfBroadcast],
  reduce: [reduceOfOne],
};

// f(c1, c2) -> c
function foldConstants(b: Builder, node: Candidate): Tensor | undefined {
  if (node.op.kind !== "map") return undefined;
  const values = node.inputs.map(constantValue);
  if (values.includes(undefined)) return undefined;
  const { dtype, shape } = node.type;
  const [x, y, z] = values as [number, number, number];
  const value = applyMap(node.op.map, dtypeRows[dtype].wraps, x, y, z);
  return b.broadcast(b.constant(value, dtype), extents(shape));
}

// x * 1 -> x,  x / 1 -> x,  x - 0 -> x,  x ** 1 -> x,  select(1, x, y) -> x
function dropNeutral(_: Builder, node: Candidate): Tensor | undefined {
  if (node.op.kind !== "map") return undefined;
  const [x, y, z] = node.inputs;
  switch (node.op.map) {
    case "mul":
      if (constantValue(x!) === 1) return inPlaceOf(node, y!);
      return constantValue(y!) === 1 ? inPlaceOf(node, x!) : undefined;
    case "div":
    case "pow":
    case "ipow":
      return constantValue(y!) === 1 ? inPlaceOf(node, x!) : undefined;
    case "sub":
      return Object.is(constantValue(y!), 0) ? inPlaceOf(node, x!) : undefined;
    case "select": {
      const condition = constantValue(x!);
      return condition === undefined ? undefined : inPlaceOf(node, condition ? y! : z!);
    }
    default:
      return undefined;
  }
}

// x ** 2 -> x * x
function squareOfPower(b: Builder, node: Candidate): Tensor | undefined {
  if (node.op.kind !== "map" || (node.op.map !== "pow" && node.op.map !== "ipow")) return undefined;
  if (constantValue(node.inputs[1]!) !== 2) return undefined;
  return b.map("mul", [node.inputs[0]!, node.inputs[0]!]);
}

// -(-x) -> x,  not not x -> x where x is a truth value
function doubleNegation(_: Builder, node: Candidate): Tensor | undefined {
  if (node.op.kind !== "map" || (node.op.map !== "neg" && node.op.map !== "not")) return undefined;
  const { op, inputs } = node.inputs[0]!.node;
  return op.kind === "map" && op.map === node.op.map ? inPlaceOf(node, inputs[0]!) : undefined;
}

// bool -> i32 -> f32 is bool -> f32, and bool -> i32 -> bool is bool: every dtype has 0 and 1
function castOfCast(b: Builder, node: Candidate): Tensor | undefined {
  const inner = node.inputs[0]!.node;
  if (inner.op.kind !== "cast" || dtypeOf(inner.inputs[0]!) !== "bool") return undefined;
  return b.cast(inner.inputs[0]!, node.type.dtype);
}

// cast(c) -> c
function castOfConstant(b: Builder, node: Candidate): Tensor | undefined {
  const value = constantValue(node.inputs[0]!);
  if (value === undefined) return undefined;
  const { dtype } = node.type;
  return b.broadcast(b.constant(castTo(dtype, value), dtype), sizesOf(node.inputs[0]!));
}

// permute(permute(x, p), q) -> permute(x, p[q])
function permuteOfPermute(b: Builder, node: Candidate): Tensor | undefined {
  const inner = node.inputs[0]!.node;
  if (node.op.kind !== "permute" || inner.op.kind !== "permute") return undefined;
  const { order } = inner.op;
  return b.permute(
    inner.inputs[0]!,
    node.op.order.map((axis) => order[axis]!),
  );
}

// x[a:][b:] -> x[a + b:]
function sliceOfSlice(b: Builder, node: Candidate): Tensor | undefined {
  const inner = node.inputs[0]!.node;
  if (node.op.kind !== "slice" || inner.op.kind !== "slice") return undefined;
  const { starts, steps } = node.op;
  const outer = inner.op;
  return b.slice(
    inner.inputs[0]!,
    starts.map((start, axis) => add(outer.starts[axis]!, mul(start, outer.steps[axis]!))),
    steps.map((step, axis) => step * outer.steps[axis]!),
    extents(node.type.shape),
  );
}

// broadcast(broadcast(x)) -> broadcast(x)
function broadcastOfBroadcast(b: Builder, node: Candidate): Tensor | undefined {
  const inner = node.inputs[0]!.node;
  if (inner.op.kind !== "broadcast") return undefined;
  return b.make({ kind: "broadcast" }, inner.inputs, node.type);
}

// max(x) and prod(x) over axes of size 1 -> x; a sum is 0 + x, which is not x for -0
function reduceOfOne(_: Builder, node: Candidate): Tensor | undefined {
  if (node.op.kind !== "reduce" || node.op.reduce === "sum") return undefined;
  const sizes = sizesOf(node.inputs[0]!);
  return node.op.axes.every((axis) => sizes[axis] === 1) ? node.inputs[0] : undefined;
}

/** The tensor that replaces a node with the same elements, if the dtypes are equal. */
function inPlaceOf(node: Candidate, kept: Tensor): Tensor | undefined {
  return dtypeOf(kept) === node.type.dtype ? kept : undefined;
}

/** The number that all elements of a tensor equal, if it is a literal. */
function constantValue(tensor: Tensor): number | undefined {
  let { node } = tensor;
  while (node.op.kind === "broadcast" || node.op.kind === "reshape") node = node.inputs[0]!.node;
  return node.op.kind === "constant" && typeof node.op.value === "number" ? node.op.value : undefined;
}
