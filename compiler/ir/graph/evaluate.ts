/**
 * The meaning of a tensor graph: nodes are evaluated in order, and each element by its op's formula, in float64 without
 * rounding (i32 wraps). This is slow and plain on purpose: tests compare emitted code with it.
 */
import { Generator } from "../../../runtime/random.ts";
import { convert } from "../maps/apply-map.ts";
import { isFloat } from "../dtype.ts";
import {
  count,
  elementOf,
  allElements,
  prefixes,
  scattered,
  shapeOf,
  type Evaluated,
  type SizeValues,
} from "./element-of.ts";
import { draws } from "./draws.ts";
import type { Graph, GraphValue, Node } from "./graph.ts";
import { Scans, type Scan } from "./scans.ts";
import { emptyRecord } from "../text/identifiers.ts";
import type { TensorOp } from "./primitives.ts";
import { evaluateSize } from "../size/size.ts";
import { typeText, type TensorType } from "../types.ts";

/** Numbers in row-major order. Every number but 0 is true. */
export interface Plain {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export interface Evaluation {
  readonly outputs: Readonly<Record<string, Evaluated>>;
  /** The new values of buffers, by path. */
  readonly updates: Readonly<Record<string, Evaluated>>;
}

/** Makes another value of that of a node; it knows those before it by their ids, and the sizes with the numbers of steps. */
export type Disturb = (
  node: Node<TensorOp>,
  value: Evaluated,
  values: readonly Evaluated[],
  sizes: SizeValues,
) => Evaluated;

/**
 * Evaluates a graph. `parameters` has parameters by path, and the results of `prepare` by name. `stored` is applied to
 * each float that a kernel would keep in memory, for example to round it; without it values stay as they are computed. `disturb`
 * gives what stands for the value of a node, for whoever asks what other values would lead to. Random numbers are drawn from
 * `generator`.
 */
export function evaluate(
  graph: Graph<TensorOp>,
  inputs: Readonly<Record<string, Plain>>,
  parameters: Readonly<Record<string, Plain>>,
  sizes: SizeValues = new Map(),
  stored?: (value: number) => number,
  disturb?: Disturb,
  generator: Generator = new Generator(0),
): Evaluation {
  return new Evaluator(graph, inputs, parameters, sizes, stored, disturb, generator).run();
}

class Evaluator {
  readonly #graph: Graph<TensorOp>;
  readonly #inputs: Readonly<Record<string, Plain>>;
  readonly #parameters: Readonly<Record<string, Plain>>;
  readonly #stored: ((value: number) => number) | undefined;
  readonly #disturb: Disturb | undefined;
  readonly #generator: Generator;
  readonly #scans: Scans;
  /** The values of the nodes that were evaluated, by their ids. */
  readonly #values: Evaluated[] = [];
  /** The values of the symbolic sizes, and the numbers of the steps of the loops that run. */
  readonly #sizes: Map<string, number>;
  /** The loops whose results are there, by the names of their steps. */
  readonly #done = new Set<string>();

  constructor(
    graph: Graph<TensorOp>,
    inputs: Readonly<Record<string, Plain>>,
    parameters: Readonly<Record<string, Plain>>,
    sizes: SizeValues,
    stored: ((value: number) => number) | undefined,
    disturb: Disturb | undefined,
    generator: Generator,
  ) {
    this.#graph = graph;
    this.#inputs = inputs;
    this.#parameters = parameters;
    this.#stored = stored;
    this.#disturb = disturb;
    this.#generator = generator;
    this.#scans = new Scans(graph.nodes);
    this.#sizes = new Map(sizes);
  }

  run(): Evaluation {
    this.#evaluateIn([]);
    const outputs = emptyRecord<Evaluated>();
    for (const { name, value } of this.#graph.outputs) outputs[name] = this.#valueOf(value);
    const updates = emptyRecord<Evaluated>();
    for (const { path, value } of this.#graph.updates) updates[path] = this.#valueOf(value);
    return { outputs, updates };
  }

  /** Evaluates the nodes that run in exactly these loops, and the loops in them. */
  #evaluateIn(loops: readonly string[]): void {
    for (const node of this.#graph.nodes) {
      const { op } = node;
      if (op.kind === "last" || op.kind === "stack") {
        const scan = this.#scans.all.get(op.loop.step)!;
        const { around } = scan;
        if (around.size !== loops.length || this.#done.has(op.loop.step)) continue;
        if (!loops.every((name) => around.has(name))) continue;
        this.#runLoop(scan, loops);
        this.#done.add(op.loop.step);
      } else if (op.kind !== "carry") {
        const inside = this.#scans.inside(node);
        if (inside.size === loops.length && loops.every((name) => inside.has(name))) this.#evaluateNode(node);
      }
    }
  }

  #evaluateNode(node: Node<TensorOp>): void {
    for (const { node: operand } of node.inputs) {
      // What a step reads from outside may come after the first result of the loop.
      if (!this.#values[operand.id]) this.#evaluateNode(operand);
    }
    const value = this.#compute(node.op, node.inputs.map(this.#valueOf), node.types[0]!);
    this.#values[node.id] = this.#disturb?.(node, value, this.#values, this.#sizes) ?? value;
  }

  #compute(op: TensorOp, operands: readonly Evaluated[], type: TensorType): Evaluated {
    const { dtype } = type;
    switch (op.kind) {
      case "input":
        return this.#given(`input ${op.name}`, this.#inputs[op.name], type);
      case "parameter":
        return this.#given(`parameter ${op.path}`, this.#parameters[op.path], type);
      case "prepared":
        return this.#given(`prepared ${op.name}`, this.#parameters[op.name], type);
      case "random": {
        const shape = shapeOf(type, this.#sizes);
        const x = operands[0]?.data ?? [];
        const drawn = draws[op.draw].draw(this.#generator, count(shape), op.numbers, x);
        return { dtype, shape, data: Float64Array.from(drawn) };
      }
      case "carry":
      case "last":
      case "stack":
        throw new Error(`${op.kind} is evaluated with its loop`);
      default: {
        const shape = shapeOf(type, this.#sizes);
        const data =
          op.kind === "scatter"
            ? scattered(op, operands, shape, dtype)
            : op.kind === "prefix"
              ? prefixes(op, operands, dtype)
              : allElements(shape, dtype, elementOf(op, operands, shape, this.#sizes, dtype));
        return { dtype, shape, data: this.#stored && isFloat(dtype) ? data.map(this.#stored) : data };
      }
    }
  }

  #given(what: string, value: Plain | undefined, type: TensorType): Evaluated {
    const { dtype } = type;
    const shape = shapeOf(type, this.#sizes);
    if (value === undefined) throw new Error(`${what} is not given`);
    if (value.data.length !== count(shape)) {
      throw new Error(
        `${what} has ${value.data.length} values where ${typeText(type)} is [${shape.join(", ")}]`,
      );
    }
    return { dtype, shape, data: Float64Array.from(value.data, (x) => convert(x, dtype)) };
  }

  /** Runs a loop, whose results are its last states and the rows that its steps made. */
  #runLoop({ loop, states }: Scan, around: readonly string[]): void {
    const values = this.#values;
    const total = evaluateSize(loop.count, this.#sizes);
    const results = this.#graph.nodes.filter(
      ({ op }) => (op.kind === "last" || op.kind === "stack") && op.loop.step === loop.step,
    );
    const rows = new Map(results.map((node) => [node, [] as Float64Array[]]));
    for (const { carry } of states) values[carry.id] = this.#valueOf(carry.inputs[0]!);
    for (let i = 0; i < total; i++) {
      this.#sizes.set(loop.step, loop.reverse ? total - 1 - i : i);
      for (const inner of this.#scans.all.values())
        if (inner.around.has(loop.step)) this.#done.delete(inner.loop.step);
      this.#evaluateIn([...around, loop.step]);
      for (const node of results)
        if (node.op.kind === "stack") rows.get(node)!.push(this.#valueOf(node.inputs[0]!).data);
      // All new states are read before the first one changes.
      const next = states.map((state) => values[state.next.id]!);
      states.forEach(({ carry }, at) => (values[carry.id] = next[at]!));
    }
    this.#sizes.delete(loop.step);
    for (const node of results) {
      values[node.id] =
        node.op.kind === "last"
          ? values[states[node.op.index]!.carry.id]!
          : this.#stacked(rows.get(node)!, node.types[0]!, loop.reverse);
    }
  }

  #stacked(rows: readonly Float64Array[], type: TensorType, reverse: boolean): Evaluated {
    const shape = shapeOf(type, this.#sizes);
    const data = new Float64Array(count(shape));
    const size = data.length / rows.length;
    rows.forEach((row, i) => data.set(row, (reverse ? rows.length - 1 - i : i) * size));
    return { dtype: type.dtype, shape, data };
  }

  readonly #valueOf = ({ node }: GraphValue<TensorOp>): Evaluated => this.#values[node.id]!;
}
