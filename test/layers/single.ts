/** Layer graphs of a single layer, made by hand from its record. */
import type { Graph, Node, Parameter } from "../../compiler/ir/graph/graph.ts";
import type { Origin } from "../../compiler/ir/graph/origin.ts";
import type { SizeValues } from "../../compiler/ir/graph/element-of.ts";
import { evaluate, type Evaluation, type Plain } from "../../compiler/ir/graph/evaluate.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import { asSymbol, differ, same, sub, symbol, type Size } from "../../compiler/ir/size/size.ts";
import type { Dtype } from "../../compiler/ir/dtype.ts";
import { extents, isRun, type Dim, type TensorType } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/graph/verify-graph.ts";
import type { Accepts, Args, ArgValue, LayerOp, LayerRecord, Mode, Sample, ShapeContext } from "../../compiler/layers/record.ts"; // prettier-ignore
import { Generator } from "../../runtime/random.ts";
import { expanded as toPrimitives } from "../../compiler/passes/expand.ts";

/** Demands that are provably broken are reasons; all others are left to the call. */
export function context(mode: Mode = "eval"): ShapeContext {
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

/** All arguments, from positional and named ones. */
export function argsOf(
  record: LayerRecord,
  positional: readonly ArgValue[] = [],
  named: Readonly<Record<string, ArgValue>> = {},
): Args {
  const arranged = record.arrange?.(
    positional.map((value) => ({ value, float: typeof value === "number" && !Number.isInteger(value) })),
  );
  if (arranged !== undefined && "reason" in arranged) throw new Error(arranged.reason);
  const names = arranged ?? Object.keys(record.args);
  const args: Record<string, ArgValue> = {};
  for (const [name, spec] of Object.entries(record.args)) {
    const place = names.indexOf(name);
    const rest = spec.rest === true && place >= 0 ? positional.slice(place) : [];
    if (rest.length > 0) args[name] = rest;
    else if (place >= 0 && positional[place] !== undefined) args[name] = positional[place];
    else if (named[name] !== undefined) args[name] = named[name];
    else if (spec.default !== undefined) args[name] = spec.default;
    else throw new Error(`${record.name} needs ${name}`);
  }
  // The names of the inputs, where some are left out.
  if (named["given"] !== undefined) args["given"] = named["given"];
  return args;
}

/** The graph of one layer on inputs of these types; or the reason why there is none. */
export function single(
  record: LayerRecord,
  args: Args,
  types: readonly TensorType[],
  mode: Mode = "eval",
): Graph<LayerOp> | string {
  const wrong = record.validate?.(args) ?? record.unsupported?.(mode, args);
  if (wrong !== undefined) return wrong;
  const results = record.infer(types, args, context(mode));
  if (typeof results === "string") return results;
  const { name } = record;
  const text = `${name}()`;
  const span = { source: { file: "test.nn", text }, start: 0, end: text.length };
  const originOf = (layer: number): Origin => ({ layer, calls: [{ name, text, span }] });
  const inputs = types.map((type, id): Node<LayerOp> => {
    return { id, op: { kind: "input", name: `x${id}` }, inputs: [], types: [type], origin: originOf(id) };
  });
  const parameters = (record.parameters?.(args) ?? []).map(
    ({ name, role, dtype, shape, init }): Parameter => ({ path: `0.${name}`, aliases: [], role, type: { dtype, shape }, init }), // prettier-ignore
  );
  const paths = Object.fromEntries(parameters.map(({ path }) => [path.slice(2), path]));
  const node: Node<LayerOp> = {
    id: inputs.length,
    op: { kind: "layer", record, args, parameters: paths },
    inputs: inputs.map((input) => ({ node: input, result: 0 })),
    types: results,
    path: "0",
    origin: originOf(inputs.length),
  };
  return {
    name: "test",
    nodes: [...inputs, node],
    inputs: inputs.map((input, i) => ({ name: `x${i}`, value: { node: input, result: 0 } })),
    outputs: results.map((_, result) => ({ name: `y${result}`, value: { node, result } })),
    updates: [],
    parameters,
    checks: [],
  };
}

export function expanded(graph: Graph<LayerOp>, mode: Mode = "eval"): TensorGraph {
  const result = toPrimitives(graph, mode);
  verify(result);
  return result;
}

/** Runs one layer on numbers: its results by name, and the new values of its buffers by theirs. */
export function runSingle(
  graph: Graph<LayerOp>,
  inputs: readonly Plain[],
  parameters: Readonly<Record<string, Plain>> = {},
  mode: Mode = "eval",
  generator: Generator = new Generator(0),
): Evaluation {
  const tensors = expanded(graph, mode);
  const named = Object.fromEntries(inputs.map((input, i) => [`x${i}`, shapedAs(graph, input, i)]));
  const paths = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`0.${name}`, value]));
  return evaluate(tensors, named, paths, bindSizes(tensors, named), undefined, undefined, generator);
}

/** The sizes that make the inputs' types fit these shapes, where each is a number or one symbol. */
function bindSizes({ inputs }: TensorGraph, given: Readonly<Record<string, Plain>>): SizeValues {
  const sizes = new Map<string, number>();
  for (const { name: input, value } of inputs) {
    extents(value.node.types[0]!.shape).forEach((size, axis) => {
      const name = asSymbol(size);
      if (name !== undefined) sizes.set(name, given[input]!.shape[axis]!);
    });
  }
  return sizes;
}

/** The input with the sizes of a run multiplied, as a tensor graph takes it. */
function shapedAs(graph: Graph<LayerOp>, { shape, data }: Plain, input: number): Plain {
  const declared = graph.nodes[input]!.types[0]!.shape;
  const run = declared.findIndex(isRun);
  if (run < 0) return { shape, data };
  const after = declared.length - run - 1;
  const inside = shape.slice(run, shape.length - after).reduce((product, size) => product * size, 1);
  return { shape: [...shape.slice(0, run), inside, ...shape.slice(shape.length - after)], data };
}

/** The type that a layer accepts, with symbols and a run where it leaves sizes open. */
export function generalType(accepts: Accepts): TensorType {
  const dim = (name: number | string): Dim => {
    if (typeof name === "number") return name;
    return name === "..." ? { kind: "run", product: symbol("run") as Size } : symbol(name);
  };
  return { dtype: accepts.dtype, shape: accepts.shape.map(dim) };
}

/** Whether a concrete shape is one of those that a layer accepts. */
export function fits({ shape }: Accepts, concrete: readonly number[]): boolean {
  const run = shape.indexOf("...");
  if (run < 0 ? shape.length !== concrete.length : shape.length - 1 > concrete.length) return false;
  const matches = (name: number | string, size: number | undefined): boolean =>
    typeof name === "string" || name === size;
  if (run < 0) return shape.every((name, i) => matches(name, concrete[i]));
  return (
    shape.slice(0, run).every((name, i) => matches(name, concrete[i])) &&
    shape.slice(run + 1).every((name, i, all) => matches(name, concrete[concrete.length - all.length + i]))
  );
}

/** The types of a sample's inputs. */
export function sampleTypes({ inputs, below, dtypes }: Sample): { dtype: Dtype; shape: readonly number[] }[] {
  const usual: Dtype = below === undefined ? "f32" : "i32";
  return inputs.map((shape, i) => ({ dtype: dtypes?.[i] ?? usual, shape }));
}

/** Values of an input of integers or of truth are whole, and below this. */
export function belowOf(dtype: Dtype, { below = 2 }: Sample): number | undefined {
  return dtype === "f32" ? undefined : dtype === "bool" ? 2 : below;
}
