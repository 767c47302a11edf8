/**
 * The printed form of both graph levels, one line a node; equal graphs print alike. The form of a tensor graph contains
 * all that passes look at, so that `read-graph.ts` can read it back.
 */
import { visible } from "../../../runtime/visible.ts";
import { placeText } from "../../../grammar/source.ts";
import type { Graph, Init, Node, Parameter, SizeCheck, GraphValue } from "./graph.ts";
import type { CallSite } from "./origin.ts";
import type { ScanLoop, TensorOp } from "./primitives.ts";
import { type Size } from "../size/size.ts";
import { sizeText } from "../size/size-text.ts";
import { typeText } from "../types.ts";
import { exactText, lineEndText, pathText, quotedText, wordText } from "../text/quoting.ts";

/** How a level prints an op: its name, and the details in brackets after the operands. */
export interface OpText {
  readonly name: string;
  readonly details: readonly string[];
}

export type Describe<Op> = (op: Op) => OpText;

/** Prints a graph with lines such as `%3 = LayerNorm %1 (normalized_shape=10) @norm : f32[N, 10]  # mlp.nn:1:24`. */
export function printGraph<Op>(graph: Graph<Op>, describe: Describe<Op>): string {
  const lines = [`graph ${graph.name}`, ...graph.checks.map(checkText)];
  for (const node of graph.nodes) lines.push(printNode(node, describe));
  for (const { name, value } of graph.outputs) lines.push(`output ${name} = ${printValue(value)}`);
  for (const { path, value } of graph.updates) lines.push(`update ${path} = ${printValue(value)}`);
  return lines.map(visible).join("\n") + "\n";
}

export function printTensorGraph(graph: Graph<TensorOp>): string {
  return `${tensorGraphLines(graph, graph.nodes).join("\n")}\n`;
}

/** The lines of a tensor graph with only these nodes. */
export function tensorGraphLines(graph: Graph<TensorOp>, nodes: readonly Node<TensorOp>[]): string[] {
  return [
    `graph ${lineEndText(graph.name)}`,
    ...graph.parameters.map(parameterText),
    ...graph.checks.map(checkText),
    ...nodes.map(printTensorNode),
    ...graph.inputs.map(({ name, value }) => `input ${wordText(name)} = ${printValue(value)}`),
    ...graph.outputs.map(({ name, value }) => `output ${wordText(name)} = ${printValue(value)}`),
    ...graph.updates.map(({ path, value }) => `update ${pathText(path)} = ${printValue(value)}`),
  ];
}

export function printNode<Op>(node: Node<Op>, describe: Describe<Op>): string {
  const path = node.path === undefined ? "" : ` @${node.path}`;
  const places = commentText(node, ({ span }) => placeText(span));
  return visible(`%${node.id} = ${opText(node, describe)}${path} : ${typesText(node)}${places}`);
}

/** Prints a node: `%3 mean = div %1 %2 : f32[N, 1]  # "LayerNorm(10)" mlp.nn:1:24`, where `mean` is the hint. */
export function printTensorNode(node: Node<TensorOp>): string {
  const { id, op } = node;
  const hint = node.hint === undefined || node.hint === impliedHint(op) ? "" : ` ${wordText(node.hint)}`;
  const sites = commentText(node, siteText);
  return `%${id}${hint} = ${opText(node, describePrimitive)} : ${typesText(node)}${sites}`;
}

/** The hint that a node has unless its line names another: an input's name, for example. */
export function impliedHint(op: TensorOp): string | undefined {
  if (op.kind === "input") return op.name;
  if (op.kind === "prepared") return op.kind;
  return op.kind === "parameter" ? op.path.slice(op.path.lastIndexOf(".") + 1) : undefined;
}

function commentText<Op>({ origin }: Node<Op>, text: (call: CallSite) => string): string {
  return origin ? `  # ${origin.calls.map(text).join(" < ")}` : "";
}

/** Prints a call and its place: `"LayerNorm(10)" mlp.nn:1:24`. */
export function siteText({ text, span }: CallSite): string {
  const place = placeText(span);
  return `${quotedText(text)} ${/^[^\s"]+$/.test(place) ? lineEndText(place) : quotedText(place)}`;
}

function opText<Op>(node: Node<Op>, describe: Describe<Op>): string {
  const { name, details } = describe(node.op);
  const operands = node.inputs.map((input) => ` ${printValue(input)}`).join("");
  return `${name}${operands}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
}

function typesText<Op>(node: Node<Op>): string {
  return node.types.map(typeText).join(", ");
}

export function printValue<Op>(value: GraphValue<Op>): string {
  return value.node.types.length > 1 ? `%${value.node.id}.${value.result}` : `%${value.node.id}`;
}

/** Prints a check: `check N >= 2: there must be two rows`. */
export function checkText({ left, right, relation, message }: SizeCheck): string {
  return `check ${sizeText(left)} ${relation} ${sizeText(right)}: ${lineEndText(message)}`;
}

/**
 * Prints a parameter: `param fc.weight: f32[4, 8] = uniform(-0.35, 0.35) or head.weight`, where the last is an alias.
 */
export function parameterText({ path, aliases, role, type, init }: Parameter): string {
  const others = aliases.length === 0 ? "" : ` or ${aliases.map(pathText).join(", ")}`;
  return `${role} ${pathText(path)}: ${typeText(type)} = ${initText(init)}${others}`;
}

function initText(init: Init): string {
  const call = (...numbers: number[]): string => `${init.kind}(${numbers.map(exactText).join(", ")})`;
  switch (init.kind) {
    case "constant":
      return `${exactText(init.value)}${init.drawn ? " but drawn" : ""}`;
    case "eye":
      return "eye";
    case "uniform":
      return `${call(init.low, init.high)}${init.after === undefined ? "" : ` but after ${init.after}`}`;
    case "normal":
      return `${call(init.mean, init.std)}${init.zeroRow === undefined ? "" : ` but row ${init.zeroRow}`}`;
    case "truncated":
      return call(init.mean, init.std, init.low, init.high);
    case "copy":
      return `copy(${pathText(init.of)})`;
  }
}

export function describePrimitive(op: TensorOp): OpText {
  switch (op.kind) {
    case "map":
      return { name: op.map, details: [] };
    case "reduce":
      return { name: op.kind, details: [op.reduce, `axes=${listText(op.axes)}`] };
    case "prefix":
      return { name: op.kind, details: [op.reduce, `axis=${op.axis}`] };
    case "contract":
      return { name: op.kind, details: [labelText(op.labels)] };
    case "window": {
      const { axis, size, stride, dilation, before, value } = op;
      const details = Object.entries({ axis, size, stride, dilation, before }).map(
        ([name, one]) => `${name}=${one}`,
      );
      return {
        name: op.kind,
        details: Object.is(value, 0) ? details : [...details, `value=${exactText(value)}`],
      };
    }
    case "sections": {
      const value = Object.is(op.value, 0) ? [] : [`value=${exactText(op.value)}`];
      const [count, size] = [sizeText(op.count), sizeText(op.size)];
      return { name: op.kind, details: [`axis=${op.axis}`, `count=${count}`, `size=${size}`, ...value] };
    }
    case "diagonal":
      return { name: op.kind, details: [`axes=${listText(op.axes)}`] };
    case "permute":
      return { name: op.kind, details: [listText(op.order)] };
    case "pad": {
      const interior = op.interior.some((count) => count > 0) ? [`interior=${listText(op.interior)}`] : [];
      const value = op.mode === "constant" ? [`value=${exactText(op.value)}`] : [];
      return { name: op.kind, details: [op.mode, `before=${listText(op.before)}`, ...interior, ...value] };
    }
    case "slice":
      return { name: op.kind, details: [`starts=${listText(op.starts)}`, `steps=${listText(op.steps)}`] };
    case "concat":
    case "iota":
      return { name: op.kind, details: [`axis=${op.axis}`] };
    case "gather": {
      const { axis, batch, choice, checked } = op;
      const places = Object.entries({ axis, batch }).filter(([, value]) => value > 0);
      const flags = Object.entries({ choice, checked }).filter(([, value]) => value);
      return {
        name: op.kind,
        details: [...places.map((pair) => pair.join("=")), ...flags.map(([flag]) => flag)],
      };
    }
    case "scatter":
      return { name: op.kind, details: [`batch=${op.batch}`, op.combine] };
    case "random":
      return { name: op.kind, details: [op.draw, ...op.numbers.map(exactText), `order=${op.order}`] };
    case "carry":
    case "last":
      return { name: op.kind, details: [...loopDetails(op.loop), `index=${op.index}`] };
    case "stack":
      return { name: op.kind, details: loopDetails(op.loop) };
    case "constant":
      return { name: op.kind, details: [Object.is(op.value, -0) ? "-0" : sizeText(op.value)] };
    case "parameter":
      return { name: op.kind, details: [pathText(op.path), ...(op.storage ? [op.storage] : [])] };
    case "input":
      return { name: op.kind, details: [wordText(op.name)] };
    case "prepared":
      return { name: op.kind, details: [wordText(op.name), op.storage] };
    case "copy":
      return { name: op.kind, details: op.for === undefined ? [] : [pathText(op.for)] };
    case "cast":
    case "reshape":
    case "broadcast":
      return { name: op.kind, details: [] };
  }
}

function loopDetails({ step, count, reverse }: ScanLoop): string[] {
  return [step, `count=${sizeText(count)}`, ...(reverse ? ["reverse"] : [])];
}

function listText(values: readonly Size[]): string {
  return `[${values.map((size) => sizeText(size)).join(", ")}]`;
}

/** Prints the labels of a contraction's operands and result: `ab,cb->ac`. The labels after `z` are `(26)`, `(27)` … */
function labelText([left, right, result]: Extract<TensorOp, { kind: "contract" }>["labels"]): string {
  const letters = (labels: readonly number[]): string =>
    labels.map((label) => (label < 26 ? String.fromCodePoint(97 + label) : `(${label})`)).join("");
  return `${letters(left)},${letters(right)}->${letters(result)}`;
}
