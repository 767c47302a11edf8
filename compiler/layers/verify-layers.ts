/**
 * Checks that a layer graph is well formed, and that its nodes and parameters agree with the records of their
 * layers.
 */
import { typeOf, type Graph, type Node, type Parameter, type GraphPort } from "../ir/graph/graph.ts";
import { printNode } from "../ir/graph/print-graph.ts";
import { asSymbol, differ, same, sub, symbolsOf, type Size } from "../ir/size/size.ts";
import { elements, extent, extents, sameShape, typeText, type TensorType } from "../ir/types.ts";
import { misplaced } from "../ir/graph/verify-graph.ts";
import { describeLayer } from "./describe.ts";
import type { LayerOp, Mode, ShapeContext } from "./record.ts";

type Op<Kind extends LayerOp["kind"]> = Extract<LayerOp, { kind: Kind }>;

/** Throws an error that names the first rule that is broken. */
export function verifyLayers(graph: Graph<LayerOp>, mode: Mode): void {
  const fail = (problem: string): never => {
    throw new Error(`layer graph ${graph.name}: ${problem}`);
  };
  const twice = (names: readonly string[]): string | undefined => names.find((name, i) => names.indexOf(name) !== i); // prettier-ignore
  const repeated =
    twice(graph.parameters.map(({ path }) => path)) ??
    twice(graph.inputs.map(({ name }) => name)) ??
    twice(graph.outputs.map(({ name }) => name));
  if (repeated !== undefined) fail(`two parameters, inputs or outputs are called ${repeated}`);
  if (graph.updates.length > 0) fail("updates are made by `expand`");
  const check = new LayerCheck(graph, mode);
  const seen = new Set<Node<LayerOp>>();
  let last = -1;
  for (const node of graph.nodes) {
    const problem = misplaced(node, last, seen) ?? check.node(node);
    if (problem !== undefined) fail(`${problem}\n  ${printNode(node, describeLayer)}`);
    last = node.id;
    seen.add(node);
  }
  for (const port of [...graph.inputs, ...graph.outputs]) {
    const problem = seen.has(port.value.node) ? wrongBatch(port) : "it is not among the nodes";
    if (problem !== undefined) fail(`${port.name}: ${problem}`);
  }
  for (const { name, value } of graph.inputs) {
    const { op } = value.node;
    if (op.kind !== "input" || op.name !== name) fail(`${name}: it is no input of this name`);
  }
  for (const { left, right, message } of graph.checks) {
    const unknown = check.unknown([left, right]);
    if (unknown !== undefined) fail(`no input gives ${unknown} of the check "${message}"`);
  }
}

function wrongBatch({ value, batch }: GraphPort<LayerOp>): string | undefined {
  if (batch === undefined) return undefined;
  const [first] = typeOf(value).shape;
  return first !== undefined && asSymbol(extent(first)) === batch ? undefined : `its first size is not ${batch}`; // prettier-ignore
}

/**
 * A context in which all demands hold that could be checked only at the call: the verifier looks at the types a
 * shape rule gives, not at whether they are certain.
 */
function openTo(mode: Mode): ShapeContext {
  return {
    mode,
    equal: (actual, wanted, reason) => (differ(actual, wanted) ? reason : undefined),
    unequal: (actual, refused, reason) => (same(actual, refused) ? reason : undefined),
    atLeast: (actual, least, reason) => {
      const difference = sub(actual, least);
      return typeof difference === "number" && difference < 0 ? reason : undefined;
    },
  };
}

class LayerCheck {
  readonly #mode: Mode;
  readonly #inputs: ReadonlySet<Node<LayerOp>>;
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #symbols = new Set<string>();

  constructor({ inputs, parameters }: Graph<LayerOp>, mode: Mode) {
    this.#mode = mode;
    this.#inputs = new Set(inputs.map(({ value }) => value.node));
    this.#parameters = new Map(parameters.map((parameter) => [parameter.path, parameter]));
    for (const { value } of inputs)
      for (const size of extents(typeOf(value).shape)) symbolsOf(size, this.#symbols);
  }

  /** The name of a symbol in these sizes that is not a size of an input, if there is one. */
  unknown(sizes: readonly Size[]): string | undefined {
    return sizes.flatMap((size) => [...symbolsOf(size)]).find((name) => !this.#symbols.has(name));
  }

  /** What is wrong with a node by itself. */
  node(node: Node<LayerOp>): string | undefined {
    const { op, id, types, inputs, origin } = node;
    if (origin && origin.layer !== id) return `it stands for layer %${origin.layer}`;
    const unknown = this.unknown(types.flatMap(({ shape }) => extents(shape)));
    if (unknown !== undefined) return `no input gives ${unknown}`;
    if (op.kind === "layer") return this.#layer(node, op);
    if (inputs.length > 0 || types.length !== 1) return `${op.kind}: it takes nothing and gives one tensor`;
    switch (op.kind) {
      case "input":
        return this.#inputs.has(node) ? undefined : `the graph has no input ${op.name}`;
      case "parameter":
        return this.#parameter(op.path, types[0]!);
      case "constant":
        return this.#constant(op, types[0]!);
    }
  }

  #parameter(path: string, wanted: TensorType): string | undefined {
    const parameter = this.#parameters.get(path);
    if (!parameter) return `the graph has no parameter ${path}`;
    const { type } = parameter;
    const fits = type.dtype === wanted.dtype && sameShape(type.shape, wanted.shape);
    return fits ? undefined : `${path} is ${typeText(type)} where ${typeText(wanted)} is needed`;
  }

  /** A constant has one value for all elements, or one value for each. */
  #constant({ values }: Op<"constant">, { shape }: TensorType): string | undefined {
    const count = elements(shape);
    if (values.length !== count && values.length !== 1) return `it has ${values.length} values`;
    const unknown = this.unknown(values);
    return unknown === undefined ? undefined : `no input gives ${unknown}`;
  }

  #layer(
    { inputs, types }: Node<LayerOp>,
    { record, args, mode = this.#mode, parameters }: Op<"layer">,
  ): string | undefined {
    const all = record.inputs.length;
    const [least, most] = record.variadic ? [all, Infinity] : [record.required ?? all, all];
    if (inputs.length < least || inputs.length > most) return `it takes ${all} inputs, not ${inputs.length}`;
    const specs = record.parameters?.(args) ?? [];
    const names = specs.map(({ name }) => name);
    const other = Object.keys(parameters).find((name) => !names.includes(name));
    if (other !== undefined) return `its record has no parameter ${other}`;
    for (const { name, dtype, shape } of specs) {
      const path = parameters[name];
      const problem = path === undefined ? `${name} stands nowhere` : this.#parameter(path, { dtype, shape });
      if (problem !== undefined) return problem;
    }
    const given = inputs.map(typeOf);
    const inferred = record.unsupported?.(mode, args) ?? record.infer(given, args, openTo(mode));
    if (typeof inferred === "string") return `it cannot take ${given.map(typeText).join(", ")}: ${inferred}`;
    return inferred.length === types.length &&
      inferred.every(({ dtype, shape }, i) => dtype === types[i]!.dtype && sameShape(shape, types[i]!.shape))
      ? undefined
      : `its record gives ${inferred.map(typeText).join(", ")}`;
  }
}
