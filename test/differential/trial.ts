/** A random net, compiled and run: emitted code against the evaluator, and on WebAssembly against the interpreter, too. */
import { drive } from "../../compiler/drive/driver.ts";
import type { Graph } from "../../compiler/ir/graph/graph.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import { targetNames, type Plan, type TargetName } from "../../compiler/ir/plan/plan.ts";
import type { LayerOp } from "../../compiler/layers/record.ts";
import { called, closureOf, difference, evaluated, interpreted, named, ran, reset, shapeAt, tensorsOf, type Computed, type Given, type Sizes, type Tensors } from "./agree.ts"; // prettier-ignore
import { hard, kindOf } from "./hard.ts";
import { judge } from "./judge.ts";
import type { Net } from "./nets.ts";
import { SPECIALS, randomOf } from "./random.ts";
import { numberOf } from "./values.ts";
import { ranAsWasm } from "./wasm-run.ts";

export interface Trial {
  readonly net: Net;
  /** By name, how often each record stands in the net. */
  readonly layers: ReadonlyMap<string, number>;
  readonly values: number;
  readonly error: number;
  readonly explained: number;
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly wrong: string;
  readonly given?: Given;
  readonly want?: Computed;
  readonly got?: Computed;
}

/** Compiles a net and runs it at each of its sizes, up to the first failure. */
export function trialOf(net: Net, target: TargetName = "js"): Trial {
  const layers = new Map<string, number>();
  let [values, error, explained] = [0, 0, 0];
  const ended = (failure?: Failure): Trial => ({ net, layers, values, error, explained, failure });
  let latest: Omit<Failure, "wrong"> = {};
  const rounding = targetNames[target].rounds ? "steps" : "results";
  try {
    let tensors: TensorGraph | undefined;
    const { graph, plan } = drive(
      net.text,
      { mode: net.mode, args: net.args, target },
      {
        verify: true,
        onPass: (_, stage) => {
          if (stage.kind === "tensors") tensors ??= stage.graph;
        },
      },
    );
    count(graph, layers);
    // One model serves all sizes, and all weights.
    const model = closureOf(plan, parametersOf(plan, 0));
    for (const [seed, sizes] of net.sizes.entries()) {
      const parameters = parametersOf(plan, seed);
      reset(model, parameters);
      const given = { sizes, inputs: inputsOf(net, plan, sizes, seed), parameters };
      latest = { given };
      const want = wanted(tensors!, given);
      if (!want) continue;
      latest = { given, want };
      const got = ran(model, plan, given);
      latest = { given, want, got };
      const other = unlikeInterpreted(plan, given, got);
      if (other !== undefined) return ended({ wrong: other, ...latest });
      const verdict = judge(tensors!, given, want, got, rounding);
      // With its sizes as numbers the net is cut otherwise, and gives the same.
      const known = seed === 0 ? ranKnown(net, plan, given) : undefined;
      if (known) {
        const wrong =
          unlikeInterpreted(known.plan, given, known.got) ??
          judge(tensors!, given, want, known.got, rounding).wrong;
        if (wrong !== undefined)
          return ended({ wrong: `with sizes known: ${wrong}`, ...latest, got: known.got });
      }
      values += verdict.values;
      error = Math.max(error, verdict.error);
      explained += verdict.explained;
      if (verdict.wrong !== undefined) return ended({ wrong: verdict.wrong, ...latest });
      // The state is another one after training.
      if (plan.updates.length > 0) continue;
      const again = difference({ outputs: called(model, plan, given), updates: {} }, got, "bits");
      if (again !== undefined) return ended({ wrong: `called, not run: ${again}`, ...latest });
    }
  } catch (cause) {
    const wrong = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    return ended({ wrong, ...latest });
  }
  return ended();
}

/** What the evaluator gives; nothing where it refuses an index that such data lead to. */
function wanted(graph: TensorGraph, given: Given): Computed | undefined {
  try {
    return evaluated(graph, given);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** How a model and the kernels alone differ from the interpreter, which computes the bits of WebAssembly. */
function unlikeInterpreted(plan: Plan, given: Given, got: Computed): string | undefined {
  // Where there are no values, statistics begin with a first one that lies outside, which the interpreter does not allow.
  const isEmpty = Object.values(got.outputs).some(({ length }) => length === 0);
  if (plan.target !== "wasm" || isEmpty) return undefined;
  const want = interpreted(plan, given);
  const wrong = difference(got, want, "bits");
  if (wrong !== undefined) return `not as interpreted: ${wrong}`;
  const alone = difference(ranAsWasm(plan, given), want, "bits");
  return alone && `kernels alone, not as interpreted: ${alone}`;
}

/** The same run of the net compiled with these sizes; none where a size is 1, which might be squeezed, or was. */
function ranKnown(
  { text, mode, args }: Net,
  { target, outputs }: Plan,
  given: Given,
): { readonly plan: Plan; readonly got: Computed } | undefined {
  const sizes = [...given.sizes].filter(([name]) => name !== "..." && !(name in args) && text.includes(name));
  if (sizes.length === 0 || sizes.some(([, size]) => size < 2)) return undefined;
  const declared = sizes.filter(([name]) => new RegExp(`^\\s*input .*\\b${name}\\b`, "m").test(text));
  const { plan } = drive(
    text,
    { mode, args: { ...args, ...Object.fromEntries(declared) }, target },
    { verify: true },
  );
  const shapes = (ports: Plan["outputs"]): string => ports.map(({ type }) => `[${shapeAt(type, given.sizes).join()}]`).join(); // prettier-ignore
  if (shapes(plan.outputs) !== shapes(outputs)) return undefined;
  return { plan, got: ran(closureOf(plan, given.parameters), plan, given) };
}

/** Not both huge numbers: what a sum of them leaves depends on nothing but its order. */
const ODD = SPECIALS.filter((x) => x !== -1e30);

function inputsOf({ below, special, data }: Net, { inputs }: Plan, sizes: Sizes, seed: number): Tensors {
  const random = randomOf(seed);
  const kind = kindOf(data + seed);
  return tensorsOf(inputs, sizes, (port, at) => {
    const { name, type } = inputs[port]!;
    if (special && type.dtype === "f32" && random() < 0.05) return ODD[Math.floor(random() * ODD.length)]!;
    if (type.dtype === "f32") return hard(kind, at, random);
    return numberOf(type.dtype, random, { below: below.get(name) });
  });
}

function parametersOf({ parameters }: Plan, seed: number): Tensors {
  const random = randomOf(seed);
  return tensorsOf(named(parameters), new Map(), (port) => {
    const { path, type } = parameters[port]!;
    return numberOf(type.dtype, random, { positive: path.endsWith("var") });
  });
}

/** Counts the layers that an output or an update needs. */
function count({ nodes, outputs, updates }: Graph<LayerOp>, layers: Map<string, number>): void {
  const needed = new Set([...outputs, ...updates].map(({ value }) => value.node));
  for (const node of nodes.toReversed()) {
    if (!needed.has(node)) continue;
    for (const input of node.inputs) needed.add(input.node);
    if (node.op.kind !== "layer") continue;
    const { name } = node.op.record;
    layers.set(name, (layers.get(name) ?? 0) + 1);
  }
}
