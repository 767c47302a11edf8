/**
 * Tells which values are float32 numbers already, so that a float32 buffer holds them without rounding: inputs and
 * parameters, and results of ops that only copy, move or choose such values. Any other computed value is a float64.
 */
import { isRounded } from "../dtype.ts";
import type { Graph, Node } from "./graph.ts";
import { operandsOf, rootsOf, walk, type Expression, type Kernel } from "../plan/plan.ts";
import { maps, reductions, type TensorOp } from "./primitives.ts";
import { isFloat32, rowOf } from "./ops.ts";

/** The nodes of dtype f32 whose values are all float32 numbers. */
export function float32Nodes(graph: Graph<TensorOp>): ReadonlySet<Node<TensorOp>> {
  const found = new Set<Node<TensorOp>>();
  for (const node of graph.nodes) {
    if (!isRounded(node.types[0]!.dtype)) continue;
    const isExact = (operand: Node<TensorOp>): boolean =>
      found.has(operand) || operand.types[0]!.dtype === "bool";
    if (keepsFloat32(node, isExact)) found.add(node);
  }
  return found;
}

/** Whether the values of a node are float32 numbers, by those of its operands. */
export function keepsFloat32(
  { op, inputs }: Node<TensorOp>,
  isExact: (operand: Node<TensorOp>) => boolean,
): boolean {
  const count = rowOf(op).exactFrom(op);
  return count !== undefined && inputs.slice(0, count).every(({ node }) => isExact(node));
}

/** The buffers of a kernel to which it stores values that may not be float32 numbers. */
export function buffersOfFloat64(kernel: Kernel): ReadonlySet<string> {
  const wide = kernel.buffers.filter(({ dtype }) => dtype === "f64");
  const floats = new Set(wide.flatMap(({ name, access }) => (access === "read" ? [name] : [])));
  const own = new Set(wide.map(({ name }) => name));
  // Every name counts as exact until a statement shows that it is not; then the statements that read it are checked
  // again. So does memory of float64 that the kernel itself fills.
  const inexact = new Set<string>();
  const stored = new Set<string>();
  for (let before = -1; before < inexact.size + floats.size;) {
    before = inexact.size + floats.size;
    for (const statement of walk(kernel.body)) {
      const known = new Map<Expression, boolean>();
      const [value] = rootsOf(statement);
      if (value === undefined) continue;
      const isMade = statement.kind === "accumulate" && !reductions[statement.reduce].chooses;
      if (!isMade && isExact(value, floats, inexact, known)) continue;
      if (statement.kind === "store") {
        stored.add(statement.buffer);
        if (own.has(statement.buffer)) floats.add(statement.buffer);
      } else if (statement.kind === "let" || statement.kind === "accumulate") inexact.add(statement.name);
    }
  }
  return stored;
}

function isExact(
  e: Expression,
  floats: ReadonlySet<string>,
  inexact: ReadonlySet<string>,
  known: Map<Expression, boolean>,
): boolean {
  let result = known.get(e);
  if (result === undefined) {
    result = found(e, (operand) => isExact(operand, floats, inexact, known), floats, inexact);
    known.set(e, result);
  }
  return result;
}

function found(
  e: Expression,
  holds: (operand: Expression) => boolean,
  floats: ReadonlySet<string>,
  inexact: ReadonlySet<string>,
): boolean {
  switch (e.kind) {
    case "number":
      return isFloat32(e.value);
    case "size":
      return false;
    case "local":
      return !inexact.has(e.name);
    case "load":
      return !floats.has(e.buffer);
    case "map": {
      const { keeps, result } = maps[e.map];
      // Truth values are 0 and 1, which are float32 numbers.
      if (result === "bool" || keeps === "always") return true;
      return (
        keeps === true &&
        e.type.dtype !== "i32" &&
        operandsOf(e)
          .slice(e.map === "select" ? 1 : 0)
          .every(holds)
      );
    }
    case "cast":
      // A cast makes f64 of an integer only if float32 has all its values (`isExactAsFloat`).
      return (
        e.type.dtype === "f32" ||
        e.type.dtype === "bool" ||
        (e.type.dtype === "f64" && e.operand.type.dtype !== "f64")
      );
    case "guard":
      return isFloat32(e.fallback) && holds(e.operand);
    case "checked":
      return false;
    case "across":
      return reductions[e.reduce].chooses && holds(e.operand);
  }
}
