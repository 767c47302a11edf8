/** Checks that a tensor graph keeps the rules of its form. A pass that breaks one has a bug. */
import { typeOf, type Graph, type Node, type Parameter } from "./graph.ts";
import type { TensorNode } from "./builder.ts";
import { draws } from "./draws.ts";
import { arityOf } from "./ops.ts";
import { printTensorNode } from "./print-graph.ts";
import { mapDtype, maps, type TensorOp } from "./primitives.ts";
import { differ, key, product, same, sum, type Size } from "../size/size.ts";
import { sizeText } from "../size/size-text.ts";
import { isNarrow, type Dtype } from "../dtype.ts";
import { extents, isRun, typeText } from "../types.ts";

type Op<Kind extends TensorOp["kind"]> = Extract<TensorOp, { kind: Kind }>;

/** An operand or the result, with the parts that the rules check. */
interface Side {
  readonly dtype: Dtype;
  readonly sizes: readonly Size[];
}

/** Throws if the graph breaks a rule. The message shows the node and its neighbours. */
export function verify(graph: Graph<TensorOp>): void {
  const seen = new Set<TensorNode>();
  const parameters = new Map(graph.parameters.map((parameter) => [parameter.path, parameter]));
  const orders = new Set<number>();
  let last = -1;
  for (const node of graph.nodes) {
    const problem =
      misplaced(node, last, seen) ??
      (node.op.kind === "parameter" ? wrongParameter(node.op, node, parameters) : undefined) ??
      checkNode(node);
    if (problem !== undefined) throw broken(graph, node, problem);
    if (node.op.kind === "random") {
      if (orders.has(node.op.order)) throw broken(graph, node, `draw ${node.op.order} is there twice`);
      orders.add(node.op.order);
    }
    last = node.id;
    seen.add(node);
  }
  for (const { name, value } of [...graph.inputs, ...graph.outputs]) {
    if (!seen.has(value.node)) throw new Error(`graph ${graph.name}: ${name} is not among the nodes`);
  }
  for (const { path, value } of graph.updates) {
    if (!seen.has(value.node))
      throw new Error(`graph ${graph.name}: update of ${path} is not among the nodes`);
    const parameter = parameters.get(path);
    const problem = parameter
      ? (unlikeDtype(typeOf(value).dtype, parameter.type.dtype) ??
        unlikeSizes(extents(typeOf(value).shape), extents(parameter.type.shape)))
      : "there is no such parameter";
    if (problem !== undefined) throw broken(graph, value.node, `update of ${path}: ${problem}`);
  }
}

/** A problem with a parameter that a node reads. */
function wrongParameter(
  { path, storage }: Op<"parameter">,
  node: TensorNode,
  parameters: ReadonlyMap<string, Parameter>,
): string | undefined {
  const parameter = parameters.get(path);
  if (!parameter) return `the graph has no parameter ${path}`;
  const { dtype } = parameter.type;
  if (storage !== undefined || isNarrow(dtype))
    return unlikeDtype(typeOf({ node, result: 0 }).dtype, "f32") ?? unlikeDtype(storage ?? "f32", dtype);
  return undefined;
}

/** A problem with a node's place in the graph. `seen` are the nodes before it, the last of which has id `last`. */
export function misplaced<Op>(
  { id, inputs }: Node<Op>,
  last: number,
  seen: ReadonlySet<Node<Op>>,
): string | undefined {
  if (id <= last) return "its id does not ascend";
  if (inputs.some(({ node }) => !seen.has(node))) return "an operand does not come before it";
  return inputs.some(({ node, result }) => node.types[result] === undefined)
    ? "an operand has no such result"
    : undefined;
}

function broken(graph: Graph<TensorOp>, node: TensorNode, problem: string): Error {
  const place = graph.nodes.indexOf(node);
  const around = graph.nodes.slice(Math.max(0, place - 3), place + 3);
  const near = [...new Set([...node.inputs.map((input) => input.node), ...around])];
  const lines = near.map((other) => `${other === node ? "> " : "  "}${printTensorNode(other)}`);
  return new Error(`graph ${graph.name}, node %${node.id}: ${problem}\n${lines.join("\n")}`);
}

function checkNode(node: TensorNode): string | undefined {
  if (node.types.length !== 1) return "a primitive has one result";
  const type = node.types[0]!;
  if (type.shape.some(isRun)) return `${typeText(type)} holds a run`;
  const operands = node.inputs.map((input): Side => ({
    dtype: typeOf(input).dtype,
    sizes: extents(typeOf(input).shape),
  }));
  const result: Side = { dtype: type.dtype, sizes: extents(type.shape) };
  const arity = arityOf(node.op);
  if (arity !== undefined && operands.length !== arity) return `it takes ${arity} operands`;
  return rule(node.op, operands, result) ?? drawnOutOfOrder(node);
}

/** A problem where the last operand of a draw is not the draw before it. */
function drawnOutOfOrder({ op, inputs }: TensorNode): string | undefined {
  if (op.kind !== "random" || op.order === 0) return undefined;
  const before = inputs.at(-1)!.node.op;
  const follows = before.kind === "random" && before.order === op.order - 1;
  return follows ? undefined : `draw ${op.order} does not come after draw ${op.order - 1}`;
}

function rule(op: TensorOp, operands: readonly Side[], result: Side): string | undefined {
  const x = operands[0]!;
  switch (op.kind) {
    case "map":
      return mapRule(op, operands, result);
    case "copy":
      return like(result, x);
    case "cast":
      return unlikeSizes(result.sizes, x.sizes);
    case "reduce":
      return (
        badAxes(op.axes, x.sizes.length) ??
        (x.dtype === "bool" ? "truth is cast before it is reduced" : undefined) ??
        (op.axes.some((axis, i) => i > 0 && op.axes[i - 1]! >= axis) ? "axes must ascend" : undefined) ??
        like(result, { ...x, sizes: x.sizes.map((size, axis) => (op.axes.includes(axis) ? 1 : size)) })
      );
    case "contract":
      return contractRule(op, operands, result);
    case "window":
      return (
        badAxes([op.axis], x.sizes.length) ??
        (op.size < 1 || op.stride < 1 || op.dilation < 1
          ? "size, stride and dilation are at least 1"
          : undefined) ??
        like(result, {
          ...x,
          sizes: [...x.sizes.map((size, axis) => (axis === op.axis ? result.sizes[axis]! : size)), op.size],
        })
      );
    case "sections":
      return (
        badAxes([op.axis], x.sizes.length) ??
        like(result, {
          ...x,
          sizes: [...x.sizes.map((size, axis) => (axis === op.axis ? op.count : size)), op.size],
        })
      );
    case "reshape": {
      const [now, before] = [product(result.sizes), product(x.sizes)];
      if (differ(now, before)) return `${sizeText(before)} elements become ${sizeText(now)}`;
      return unlikeDtype(result.dtype, x.dtype);
    }
    case "permute":
      return (
        (op.order.length === x.sizes.length ? undefined : "the order names each axis once") ??
        badAxes(op.order, x.sizes.length) ??
        like(result, { ...x, sizes: op.order.map((axis) => x.sizes[axis]!) })
      );
    case "diagonal": {
      const [first, second] = op.axes;
      const sizes = x.sizes.filter((_, axis) => axis !== second);
      return (
        badAxes(op.axes, x.sizes.length) ??
        (first < second ? undefined : "its axes must ascend") ??
        (same(x.sizes[first]!, x.sizes[second]!) ? undefined : "its axes have two sizes") ??
        like(result, { ...x, sizes })
      );
    }
    case "broadcast":
      return like(result, {
        ...x,
        sizes: x.sizes.map((size, axis) => (size === 1 ? result.sizes[axis]! : size)),
      });
    case "slice":
      return sliceRule(op, x, result);
    case "pad": {
      const counts = [op.before.length, op.interior.length, x.sizes.length];
      if (counts.some((length) => length !== result.sizes.length)) return "it pads each axis";
      const inside = op.interior.some((count) => count !== 0);
      if (inside && op.mode !== "constant") return "only constants have an interior";
      return unlikeDtype(result.dtype, x.dtype);
    }
    case "concat":
      return concatRule(op, operands, result);
    case "gather": {
      const index = operands[1]!;
      if (index.dtype !== "i32") return "the index must be i32";
      const { axis, batch } = op;
      if (axis >= x.sizes.length) return "the table must have rows";
      if (batch > axis || batch > index.sizes.length)
        return "the first axes of a batch belong to both operands";
      if (op.choice && (op.checked || x.sizes.length > 1))
        return "a choice is one of a row, and needs no check";
      const sizes = [...x.sizes.slice(0, axis), ...index.sizes.slice(batch), ...x.sizes.slice(axis + 1)];
      return (
        unlikeSizes(index.sizes.slice(0, batch), x.sizes.slice(0, batch)) ?? like(result, { ...x, sizes })
      );
    }
    case "prefix":
      if (x.dtype === "bool") return "truth is cast before it is combined";
      return badAxes([op.axis], x.sizes.length) ?? like(result, x);
    case "scatter":
      return scatterRule(op, operands, result);
    case "random":
      return randomRule(op, operands, result);
    case "carry":
    case "last":
      return like(result, x);
    case "stack":
      return like(result, { ...x, sizes: [op.loop.count, ...x.sizes] });
    case "constant":
      return result.sizes.length === 0 ? undefined : "a constant is a scalar";
    case "iota":
      return badAxes([op.axis], result.sizes.length) ?? unlikeDtype(result.dtype, "i32");
    case "parameter":
    case "prepared":
    case "input":
      return undefined;
  }
}

function randomRule(op: Op<"random">, operands: readonly Side[], result: Side): string | undefined {
  const { dtype, numbers, reads } = draws[op.draw];
  if (op.numbers.length !== numbers.length) return `${op.draw} has ${numbers.length} numbers`;
  if (op.draw === "randperm" && result.sizes.length !== 1) return "a permutation has one axis";
  return (
    unlikeDtype(result.dtype, dtype) ?? (reads ? unlikeSizes(operands[0]!.sizes, result.sizes) : undefined)
  );
}

function mapRule(op: Op<"map">, operands: readonly Side[], result: Side): string | undefined {
  const values = op.map === "select" ? operands.slice(1) : operands;
  if (op.map === "select" && operands[0]!.dtype !== "bool") return "the condition must be bool";
  const dtype = values[0]!.dtype;
  for (const { sizes } of operands) {
    const problem = unlikeSizes(sizes, result.sizes);
    if (problem !== undefined) return problem;
  }
  for (const value of values) {
    const problem = unlikeDtype(value.dtype, maps[op.map].of ?? dtype);
    if (problem !== undefined) return problem;
  }
  return unlikeDtype(result.dtype, mapDtype(op.map, dtype));
}

function contractRule(
  { labels }: Op<"contract">,
  operands: readonly Side[],
  result: Side,
): string | undefined {
  const sizes = new Map<number, Size>();
  for (const [i, side] of [...operands, result].entries()) {
    const own = labels[i]!;
    if (own.length !== side.sizes.length) return `${own.length} labels for ${side.sizes.length} axes`;
    if (new Set(own).size !== own.length) return "a label stands twice in one operand";
    for (const [axis, label] of own.entries()) {
      const size = side.sizes[axis]!;
      const known = sizes.get(label);
      if (known === undefined && i === 2) return `label ${label} of the result is in no operand`;
      if (known !== undefined && differ(known, size)) {
        return `label ${label} is ${sizeText(known)} and ${sizeText(size)}`;
      }
      sizes.set(label, size);
    }
  }
  return unlikeDtype(operands[0]!.dtype, result.dtype) ?? unlikeDtype(operands[1]!.dtype, result.dtype);
}

function sliceRule(op: Op<"slice">, x: Side, result: Side): string | undefined {
  const rank = x.sizes.length;
  if ([op.starts.length, op.steps.length, result.sizes.length].some((length) => length !== rank)) {
    return "it takes a start, a step and a size for each axis";
  }
  for (const [axis, step] of op.steps.entries()) {
    const [start, size, whole] = [op.starts[axis]!, result.sizes[axis]!, x.sizes[axis]!];
    if (step === 0) return "steps are not 0";
    if (typeof start !== "number" || typeof size !== "number" || typeof whole !== "number" || size === 0)
      continue;
    const ends = [start, start + (size - 1) * step];
    if (ends.some((end) => end < 0 || end >= whole)) return `axis ${axis} reaches outside ${whole}`;
  }
  return unlikeDtype(result.dtype, x.dtype);
}

function scatterRule(
  { batch, combine }: Op<"scatter">,
  operands: readonly Side[],
  result: Side,
): string | undefined {
  if (operands.length < 2 || operands.length > 3) return "it takes 2 or 3 operands";
  const [updates, index, base] = operands;
  const rank = index!.sizes.length;
  if (index!.dtype !== "i32") return "the index must be i32";
  if (combine !== "last" && updates!.dtype === "bool") return "truth is cast before it is combined";
  const unlike = base && like(result, base);
  if (unlike !== undefined) return unlike;
  if (rank < batch) return `the index has no ${batch} axes`;
  return (
    unlikeSizes(index!.sizes, updates!.sizes.slice(0, rank)) ??
    like(result, {
      ...updates!,
      sizes: [...updates!.sizes.slice(0, batch), result.sizes[batch] ?? 0, ...updates!.sizes.slice(rank)],
    })
  );
}

function concatRule(op: Op<"concat">, operands: readonly Side[], result: Side): string | undefined {
  if (operands.length === 0) return "it takes at least one operand";
  const bad = badAxes([op.axis], result.sizes.length);
  if (bad !== undefined) return bad;
  for (const { dtype, sizes } of operands) {
    const wanted = result.sizes.map((size, axis) => (axis === op.axis ? (sizes[axis] ?? 0) : size));
    const problem = unlikeSizes(sizes, wanted) ?? unlikeDtype(dtype, result.dtype);
    if (problem !== undefined) return problem;
  }
  const along = sum(operands.map(({ sizes }) => sizes[op.axis]!));
  return unlikeSizes([result.sizes[op.axis]!], [along]);
}

function like(got: Side, wanted: Side): string | undefined {
  return unlikeDtype(got.dtype, wanted.dtype) ?? unlikeSizes(got.sizes, wanted.sizes);
}

function unlikeDtype(got: Dtype, wanted: Dtype): string | undefined {
  return got === wanted ? undefined : `${got} stands where ${wanted} is needed`;
}

/** A problem if two shapes differ. Sizes whose equality only the call can tell count as equal. */
function unlikeSizes(got: readonly Size[], wanted: readonly Size[]): string | undefined {
  const text = (sizes: readonly Size[]): string => `[${sizes.map(key).join(", ")}]`;
  if (got.length === wanted.length && got.every((size, i) => !differ(size, wanted[i]!))) return undefined;
  return `${text(got)} stands where ${text(wanted)} is needed`;
}

function badAxes(axes: readonly number[], rank: number): string | undefined {
  if (new Set(axes).size !== axes.length) return "an axis stands twice";
  const wrong = axes.find((axis) => !(Number.isInteger(axis) && axis >= 0 && axis < rank));
  return wrong === undefined ? undefined : `there is no axis ${wrong} among ${rank}`;
}
