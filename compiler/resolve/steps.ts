/** Applies `Scan`: a body that makes one step after the other, and hands states from step to step. */
import { Builder } from "../ir/graph/builder.ts";
import { typeOf, type GraphValue } from "../ir/graph/graph.ts";
import { emptyRecord } from "../ir/text/identifiers.ts";
import { extents, isRun, sameDim, typeText, type Shape, type TensorType } from "../ir/types.ts";
import type { Args, LayerOp, LayerRecord } from "../layers/record.ts";
import { scanLast, scanNext, scanSlice, scanStack, scanState } from "../layers/scan-steps.ts";
import { elaborateBody } from "./body.ts";
import type { Context } from "./context.ts";
import * as errors from "./errors.ts";
import { MAX_BLOCK_NESTING } from "./limits.ts";
import {
  Env,
  type CombinatorLayer,
  type Results,
  type TensorValue,
  type Tensorlike,
  type Value,
} from "./meanings.ts";
import { frame, type At } from "./paths.ts";
import { applyHidden } from "./records.ts";
import { callSite, plainName } from "./syntax.ts";
import { asInputs, orderedByName, wrongNumber } from "./tensors.ts";
import { POISON, listValue } from "./values.ts";

export function applyScan(context: Context, layer: CombinatorLayer, input: Value, at: At): Value {
  return new ScanApplication(context, layer, at).run(input);
}

class ScanApplication {
  readonly #context: Context;
  readonly #layer: CombinatorLayer;
  readonly #at: At;
  /** Where the layers of a step stand. */
  readonly #within: At;
  /** The inputs of the body, and those of them that are states. */
  readonly #names: readonly string[];
  readonly #states: readonly string[];

  constructor(context: Context, layer: CombinatorLayer, at: At) {
    this.#context = context;
    this.#layer = layer;
    this.#at = at;
    this.#within = { ...at, frame: frame(at.frame, callSite(layer.call)) };
    const statements = layer.body?.statements ?? [];
    this.#names = statements.flatMap((one) =>
      one.kind === "input" ? one.names.map(({ text }) => text) : [],
    );
    const outputs = new Set(
      statements.flatMap((one) =>
        one.kind === "output" ? one.items.map(({ name, value }) => name?.text ?? plainName(value)?.name) : [],
      ),
    );
    this.#states = this.#names.filter((name) => outputs.has(name));
  }

  run(input: Value): Value {
    const context = this.#context;
    const { call, combinator } = this.#layer;
    const { span } = call;
    if (!context.limits.count(span)) return POISON;
    if (this.#within.frame!.depth > MAX_BLOCK_NESTING) {
      context.report(errors.tooDeep(span));
      return POISON;
    }
    const names = this.#names;
    if (names.length === this.#states.length) {
      context.report(errors.scanOfNothing(span, names));
      return POISON;
    }
    const given = asInputs(context, input, names.length, span, this.#at);
    const found = orderedByName(context, given, names, combinator.name);
    if (!found) return POISON;
    if (found.size < names.length || given.length > names.length) {
      context.report(wrongNumber(given, found, names, { span, name: combinator.name }));
      return POISON;
    }
    const tensors = names.map((name) => found.get(name)!);
    const known = tensors.filter((one): one is TensorValue => one.kind === "tensor");
    if (known.length < tensors.length) {
      for (const one of tensors)
        if (one.kind === "poison" && one.probe) context.report(errors.scanOfOpen(span));
      this.#elaborate(tensors.map(() => POISON));
      return POISON;
    }
    return this.#loop(known);
  }

  #loop(tensors: readonly TensorValue[]): Value {
    const context = this.#context;
    const { args } = this.#layer;
    const first = typeOf(tensors[this.#names.findIndex((name) => !this.#states.includes(name))]!.value);
    const dim = args["dim"] as number;
    const axis = dim < 0 ? first.shape.length + dim : dim;
    const long = first.shape[axis];
    const begin = context.ledger.nodes.length;
    const loop = {
      step: context.ledger.newStep(),
      count: long === undefined || isRun(long) ? 0 : long,
      reverse: args["reverse"] as boolean,
    };
    const inputs = this.#names.map((name, i) => {
      const index = this.#states.indexOf(name);
      return index < 0
        ? this.#apply(scanSlice, { ...loop, dim }, [tensors[i]!])
        : this.#apply(scanState, { ...loop, index }, [tensors[i]!]);
    });
    const results = this.#elaborate(inputs);
    if (!results || inputs.some(({ kind }) => kind !== "tensor")) return POISON;
    if (context.mode === "train" && !this.#isPure(begin)) return POISON;
    const pairs: Tensorlike[] = [];
    for (const [index, name] of this.#states.entries()) {
      const state = inputs[this.#names.indexOf(name)] as TensorValue;
      const made = results.items.find((item) => item.name === name)!.value;
      if (made.kind !== "tensor" || !this.#isKept(name, state, made)) return POISON;
      pairs.push(state, this.#apply(scanNext, { ...loop, index }, [made, state]));
    }
    const items = results.items.map(({ name, value }) => {
      const index = this.#states.indexOf(name ?? "");
      const result =
        index < 0
          ? this.#apply(scanStack, { ...loop, dim }, [value, ...pairs])
          : this.#apply(scanLast, { ...loop, index }, [pairs[2 * index + 1]!, ...pairs]);
      return name === undefined ? { value: result } : { name, value: result };
    });
    return items.length === 1
      ? items[0]!.value
      : { kind: "results", items, auxiliary: false, from: this.#layer.combinator.name };
  }

  #apply(record: LayerRecord, args: Args, inputs: readonly Tensorlike[]): Tensorlike {
    const { call, combinator } = this.#layer;
    const { span } = call;
    const operands = inputs.map((value) => ({ value, span }));
    return applyHidden(this.#context, record, args, operands, span, this.#at, combinator.name) as Tensorlike;
  }

  /** What the body makes of its inputs. */
  #elaborate(inputs: readonly Tensorlike[]): Results | undefined {
    const { call, env, body } = this.#layer;
    if (!body) return undefined;
    const owner = { text: callSite(call).text, span: call.span, defined: body.span };
    const inner = new Env(env.file, env, body);
    const given = inputs.length === 1 ? inputs[0]! : listValue(inputs);
    return elaborateBody(this.#context, body, inner, this.#within, given, owner);
  }

  /** Whether a step leaves the type of a state as it is. */
  #isKept(name: string, state: TensorValue, made: TensorValue): boolean {
    const [before, after] = [typeOf(state.value), typeOf(made.value)];
    const reason = `the state ${name} is ${typeText(before)} before a step and ${typeText(after)} after it`;
    const isKept = before.dtype === after.dtype && this.#agree(before.shape, after.shape, reason);
    if (!isKept) this.#context.report(errors.scanState(this.#layer.call.span, reason));
    return isKept;
  }

  #agree(before: Shape, after: Shape, reason: string): boolean {
    if (before.length !== after.length) return false;
    return before.every((size, i) => {
      const other = after[i]!;
      if (isRun(size) || isRun(other)) return sameDim(size, other);
      return (
        this.#context.symbols.equal(other, size, reason, () => this.#layer.combinator.name) === undefined
      );
    });
  }

  /** Whether no layer of the steps draws random numbers or changes buffers, which a loop would do only once. */
  #isPure(begin: number): boolean {
    const context = this.#context;
    for (const { op, inputs, types } of context.ledger.nodes.slice(begin)) {
      if (op.kind !== "layer" || !this.#changes(op, inputs, types)) continue;
      context.report(errors.scanOfDraws(this.#layer.call.span, op.record.name));
      return false;
    }
    return true;
  }

  #changes(
    op: Extract<LayerOp, { kind: "layer" }>,
    inputs: readonly GraphValue<LayerOp>[],
    types: readonly TensorType[],
  ): boolean {
    const b = new Builder();
    let updates = false;
    const plain = (type: TensorType): TensorType => ({ dtype: type.dtype, shape: extents(type.shape) });
    const parameters = emptyRecord<ReturnType<Builder["parameter"]>>();
    for (const [name, path] of Object.entries(op.parameters)) {
      const parameter = this.#context.ledger.tied(path);
      if (parameter) parameters[name] = b.parameter(path, parameter.type);
    }
    op.record.body(
      inputs.map((input, i) => b.input(`x${i}`, plain(typeOf(input)))),
      {
        b,
        mode: "train",
        parameters,
        args: op.args,
        types: types.map(plain),
        update: () => (updates = true),
      },
    );
    return updates || b.nodes.some((node) => node.op.kind === "random");
  }
}
