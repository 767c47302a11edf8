/** The printed form of both graph levels, one line a node; equal graphs print alike. */
import { visible } from "../../runtime/visible.ts";
import type { Graph, Node, Value } from "./graph.ts";
import type { TensorOp } from "./primitives.ts";
import { type Size } from "./size.ts";
import { textOf } from "./size-text.ts";
import { typeText } from "./types.ts";

/** How a level writes its ops: a name, and what stands in brackets after the operands. */
export interface OpText {
  readonly name: string;
  readonly details: readonly string[];
}

export type Describe<Op> = (op: Op) => OpText;

/** `%3 = reduce %1 (sum, axes=[1]) : f32[N, 1]  # mlp.nn:1:24` */
export function printGraph<Op>(graph: Graph<Op>, describe: Describe<Op>): string {
  const lines = [`graph ${graph.name}`];
  for (const check of graph.checks) {
    lines.push(`check ${textOf(check.left)} ${check.relation} ${textOf(check.right)}: ${check.message}`);
  }
  for (const node of graph.nodes) lines.push(printNode(node, describe));
  for (const { name, value } of graph.outputs) lines.push(`output ${name} = ${printValue(value)}`);
  for (const { path, value } of graph.updates) lines.push(`update ${path} = ${printValue(value)}`);
  return lines.map(visible).join("\n") + "\n";
}

export function printTensorGraph(graph: Graph<TensorOp>): string {
  return printGraph(graph, describePrimitive);
}

export function printNode<Op>(node: Node<Op>, describe: Describe<Op>): string {
  const { name, details } = describe(node.op);
  const operands = node.inputs.map((input) => ` ${printValue(input)}`).join("");
  const brackets = details.length > 0 ? ` (${details.join(", ")})` : "";
  const path = node.path === undefined ? "" : ` @${node.path}`;
  const places = node.origin.map((origin) => origin.place).join(" < ");
  const types = node.types.map(typeText).join(", ");
  return visible(
    `%${node.id} = ${name}${operands}${brackets}${path} : ${types}${places === "" ? "" : `  # ${places}`}`,
  );
}

export function printValue<Op>(value: Value<Op>): string {
  return value.node.types.length > 1 ? `%${value.node.id}.${value.result}` : `%${value.node.id}`;
}

export function describePrimitive(op: TensorOp): OpText {
  switch (op.kind) {
    case "map":
      return { name: op.map, details: [] };
    case "reduce":
      return { name: op.kind, details: [op.reduce, `axes=${listText(op.axes)}`] };
    case "contract":
      return { name: op.kind, details: [labelText(op.labels)] };
    case "window": {
      const { axis, size, stride, dilation, before } = op;
      return { name: op.kind, details: Object.entries({ axis, size, stride, dilation, before }).map(([name, value]) => `${name}=${value}`) }; // prettier-ignore
    }
    case "permute":
      return { name: op.kind, details: [listText(op.order)] };
    case "pad": {
      const interior = op.interior.some((count) => count > 0) ? [`interior=${listText(op.interior)}`] : [];
      const value = op.mode === "constant" ? [`value=${op.value}`] : [];
      return { name: op.kind, details: [op.mode, `before=${listText(op.before)}`, ...interior, ...value] };
    }
    case "slice":
      return { name: op.kind, details: [`starts=${listText(op.starts)}`, `steps=${listText(op.steps)}`] };
    case "concat":
    case "iota":
      return { name: op.kind, details: [`axis=${op.axis}`] };
    case "gather":
      return { name: op.kind, details: op.checked ? ["checked"] : [] };
    case "constant":
      return { name: op.kind, details: [Object.is(op.value, -0) ? "-0" : textOf(op.value)] };
    case "parameter":
      return { name: op.kind, details: [op.path] };
    case "input":
    case "prepared":
      return { name: op.kind, details: [op.name] };
    case "copy":
    case "cast":
    case "reshape":
    case "broadcast":
      return { name: op.kind, details: [] };
  }
}

function listText(values: readonly Size[]): string {
  return `[${values.map((size) => textOf(size)).join(", ")}]`;
}

/** `ab,cb->ac` */
function labelText([left, right, result]: Extract<TensorOp, { kind: "contract" }>["labels"]): string {
  const letters = (labels: readonly number[]): string =>
    labels.map((label) => (label < 26 ? String.fromCodePoint(97 + label) : `(${label})`)).join("");
  return `${letters(left)},${letters(right)}->${letters(result)}`;
}
