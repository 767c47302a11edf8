/**
 * Elaborates one entry of a file, which is a model or a chain, with a candidate as the type of inputs that
 * declare none.
 */
import type { ChainStatement } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { typeOf, type Graph, type Parameter, type GraphPort } from "../ir/graph/graph.ts";
import { asSymbol, symbolsOf, type Size } from "../ir/size/size.ts";
import { solvingOrder } from "../ir/size/symbol-sources.ts";
import { extent, isRun, typeText, type Dim, type TensorType } from "../ir/types.ts";
import type { Accepts, LayerOp, Mode } from "../layers/record.ts";
import { applyLayer, bindParameters } from "./apply.ts";
import { elaborateBody, type EntrySupply } from "./body.ts";
import { constantValue } from "./calls.ts";
import { asLayer, evaluateChain, isLayers } from "./chains.ts";
import type { Surroundings } from "./context.ts";
import { Elaboration } from "./elaboration.ts";
import * as errors from "./errors.ts";
import { definitionIn } from "./definitions.ts";
import {
  type BlockDef,
  Env,
  type FileScope,
  type LayerValue,
  type Results,
  type Tensorlike,
  type Value,
} from "./meanings.ts";
import type { ModePatterns } from "./modes.ts";
import { CHAIN_INPUT, type BoundCalls } from "./name-check.ts";
import { ROOT, type At, type ParameterSlot } from "./paths.ts";
import type { Reports } from "./reports.ts";
import { namesIn, plainName, siteNamed } from "./syntax.ts";
import type { Table } from "./table.ts";
import { asTensor } from "./tensors.ts";
import { RUN, declareInput } from "./type-expressions.ts";
import { listValue, numberValue, tensorValue, originSpan } from "./values.ts";

export type Entry =
  | { readonly kind: "block"; readonly block: BlockDef }
  | { readonly kind: "chain"; readonly file: FileScope; readonly chain: ChainStatement };

export type EntryArgs = Readonly<Record<string, number | boolean | string | readonly number[]>>;

export interface Setting {
  readonly table: Table;
  readonly mode: Mode;
  readonly patterns?: ModePatterns | undefined;
  readonly bound: BoundCalls;
  readonly args: EntryArgs;
  readonly session?: Surroundings;
}

/**
 * The type that is tried for an input that declares none. Without a candidate, such inputs only note which layers
 * take them.
 */
export interface TriedInput {
  readonly accepts: Accepts;
  /** The sizes that layers have asked for, by the names of the candidate's symbols. */
  readonly settled: ReadonlyMap<string, Size>;
}

export interface ElaboratedEntry {
  readonly graph: Graph<LayerOp> | undefined;
  readonly context: Elaboration;
  /** The number of inputs without a declared type. */
  readonly untyped: number;
  /** The forms that the layers accept which take these inputs. */
  readonly accepted: readonly Accepts[];
}

export function entrySpan(entry: Entry): Span {
  return entry.kind === "block" ? entry.block.block.name.span : entry.chain.span;
}

export function runEntry(
  setting: Setting,
  entry: Entry,
  reports: Reports,
  candidate: TriedInput | undefined,
  isTrial: boolean,
): ElaboratedEntry {
  return new EntryRun(setting, entry, reports, candidate, isTrial).run();
}

class EntryRun {
  readonly #context: Elaboration;
  readonly #entry: Entry;
  readonly #args: EntryArgs;
  readonly #candidate: TriedInput | undefined;
  readonly #slot: ParameterSlot = [];
  readonly #at: At;
  readonly #inputs: GraphPort<LayerOp>[] = [];
  readonly #inputsByName = new Map<string, Tensorlike>();
  readonly #accepted: Accepts[] = [];
  /** The symbols in the types of declared inputs. */
  readonly #declared = new Set<string>();
  #untyped = 0;

  constructor(
    setting: Setting,
    entry: Entry,
    reports: Reports,
    candidate: TriedInput | undefined,
    isTrial: boolean,
  ) {
    const { table, mode, patterns, bound, args, session } = setting;
    const parameters = new Set(
      entry.kind === "block" ? entry.block.block.parameters.map((one) => one.name.text) : [],
    );
    const fixed = new Map(
      Object.entries(args).filter(
        (one): one is [string, number] => !parameters.has(one[0]) && isSize(one[1]),
      ),
    );
    this.#context = new Elaboration({ table, mode, patterns, bound, session, reports, fixed, isTrial });
    this.#entry = entry;
    this.#args = args;
    this.#candidate = candidate;
    this.#at = { scope: ROOT, place: ROOT, frame: undefined, slot: this.#slot };
  }

  run(): ElaboratedEntry {
    const context = this.#context;
    const { file } = this.#entry.kind === "block" ? this.#entry.block : this.#entry;
    // Constants are evaluated before anything uses them, as the random values of bound layers are drawn where the
    // layers are bound.
    for (const constant of file.constants.values()) constantValue(context, constant, this.#at);
    const outputs = context.limits.limited(entrySpan(this.#entry), undefined, () =>
      this.#entry.kind === "block" ? this.#block(this.#entry.block) : this.#chain(this.#entry),
    );
    context.ledger.settleTies();
    this.#wantSolvable();
    const ports = outputs && this.#ports(outputs);
    const batches = this.#batches();
    const withBatch = (port: GraphPort<LayerOp>): GraphPort<LayerOp> => {
      const batch = firstSymbol(port);
      return batch !== undefined && batches.has(batch) ? { ...port, batch } : port;
    };
    const graph: Graph<LayerOp> | undefined = ports && {
      name: this.#name(),
      nodes: context.ledger.nodes,
      inputs: [...this.#inputs.map(withBatch), ...context.ledger.given],
      outputs: ports.map(withBatch),
      updates: [],
      parameters: parametersIn(this.#slot),
      checks: context.symbols.checks,
    };
    return { graph, context, untyped: this.#untyped, accepted: this.#accepted };
  }

  /**
   * Checks that the sizes of the inputs determine every symbol, as a call knows nothing else: `f32[2 * N]`
   * determines N, while `f32[N * M]` alone determines neither symbol.
   */
  #wantSolvable(): void {
    const types = this.#inputs.map(({ value }) => typeOf(value));
    const { unknown } = solvingOrder(types.map(({ shape }) => shape));
    if (unknown.size === 0) return;
    const at = types.findIndex(({ shape }) =>
      shape.some((dim) => [...symbolsOf(extent(dim))].some((name) => unknown.has(name))),
    );
    const span = originSpan(this.#inputs[at]!.value)!;
    this.#context.report(errors.unsolvableSize(span, typeText(types[at]!), [...unknown]));
  }

  /**
   * The first axes of inputs that are batch axes. Calls may leave them out, except those that a declared input
   * names.
   */
  #batches(): Set<string> {
    const first = this.#inputs.map(firstSymbol).filter((name) => name !== undefined);
    return new Set(
      first.filter((name) => !this.#declared.has(name) && this.#context.symbols.batches.has(name)),
    );
  }

  #name(): string {
    if (this.#entry.kind === "block") return this.#entry.block.name;
    const file = this.#entry.file.source.file;
    return file.slice(file.lastIndexOf("/") + 1).replace(/\.nn$/, "");
  }

  readonly #supply: EntrySupply = {
    kind: "entry",
    take: (name, type, env) => {
      if (!type) return this.#open(name.text, name.span);
      const declared = declareInput(this.#context, type, env, this.#at);
      if (!declared) return { kind: "poison" };
      for (const dim of declared.shape) symbolsOf(extent(dim), this.#declared);
      return this.#input(name.text, declared, name.span);
    },
    flow: (layer) => {
      const names = inputNames(layer);
      const span = entrySpan(this.#entry);
      if (names.length === 1) return this.#open(CHAIN_INPUT, span);
      return listValue(names.map((name) => this.#open(name, span)));
    },
  };

  #block(block: BlockDef): Results {
    const context = this.#context;
    const { name, body } = block.block;
    const args = new Map<string, { value: Value; span: Span }>();
    for (const [key, value] of Object.entries(this.#args))
      args.set(key, { value: fromOption(value), span: name.span });
    const env = bindParameters(context, block, args, name.span, this.#at, true);
    const owner = { text: block.name, span: name.span, defined: name.span };
    return elaborateBody(context, body, env, this.#at, this.#supply, owner);
  }

  #chain({ file, chain }: Extract<Entry, { kind: "chain" }>): Results {
    const context = this.#context;
    const env = new Env(file);
    if (usesInput(chain, file)) {
      env.bind(CHAIN_INPUT, { value: this.#open(CHAIN_INPUT, chain.span), span: chain.span });
    }
    let value = evaluateChain(context, chain.value, env, this.#at, !this.#isOneScope(chain));
    if (isLayers(value)) {
      const layer = asLayer(context, value, chain.span);
      value = applyLayer(context, layer, this.#supply.flow(layer), this.#at);
    }
    const from = "the chain";
    if (value.kind === "results" && !value.auxiliary) return value;
    if (value.kind === "list" && value.items.some((item) => item.kind !== "number" && item.kind !== "list")) {
      const items = value.items.map((item) => ({ value: asTensor(context, item, chain.span, this.#at) }));
      return { kind: "results", items, auxiliary: false, from };
    }
    return {
      kind: "results",
      items: [{ value: asTensor(context, value, chain.span, this.#at) }],
      auxiliary: false,
      from,
    };
  }

  /**
   * Whether the chain is a single call such as `Sequential(a, b)`, whose layers have numbered paths: then the
   * step itself adds no number.
   */
  #isOneScope({ value }: ChainStatement): boolean {
    const steps = value.steps.filter((step, i) => i > 0 || plainName(step.value)?.name !== CHAIN_INPUT);
    const [only] = steps;
    if (steps.length !== 1 || only!.label || only!.value.kind !== "call") return false;
    return this.#context.table.combinators.get(only!.value.name)?.layers === "arguments";
  }

  #input(name: string, type: TensorType, span: Span): Tensorlike {
    const context = this.#context;
    const known = this.#inputsByName.get(name);
    if (known) return known;
    const node = context.ledger.node({ kind: "input", name }, [], [type], {
      call: siteNamed(name, span),
      frame: undefined,
    });
    const tensor = tensorValue(node);
    this.#inputs.push({ name, value: tensor.value });
    this.#inputsByName.set(name, tensor);
    return tensor;
  }

  /**
   * The value of an input that declares no type: a tensor of the candidate's type, or a poison that notes which
   * layers take it.
   */
  #open(name: string, span: Span): Tensorlike {
    const which = this.#untyped++;
    const candidate = this.#candidate;
    if (!candidate) {
      return {
        kind: "poison",
        probe: (record, args) => {
          // A layer whose arguments are still to be inferred says nothing about its input; the general candidates
          // are tried for it.
          const isSettled = Object.keys(record.args).every((name) => args[name] !== undefined);
          if (isSettled) this.#accepted.push(...(record.accepts?.(args) ?? []));
        },
      };
    }
    const shape = candidate.accepts.shape.map((dim): Dim => {
      if (typeof dim === "number") return dim;
      return dim === "..." ? RUN : this.#openSize(which === 0 ? dim : `${dim}${which + 1}`);
    });
    return this.#input(name, { dtype: candidate.accepts.dtype, shape }, span);
  }

  #openSize(name: string): Size {
    return this.#context.symbols.open(name, this.#candidate!.settled.get(name));
  }

  #ports(results: Results): GraphPort<LayerOp>[] | undefined {
    const ports: GraphPort<LayerOp>[] = [];
    const { items } = results;
    const unnamed = items.some((item) => item.name === undefined);
    if (items.length > 1 && unnamed) {
      this.#context.report(errors.unnamedOutputs(entrySpan(this.#entry), items.length, this.#entry.kind));
      return undefined;
    }
    for (const { name, value } of items) {
      if (value.kind === "poison") return undefined;
      ports.push({ name: name ?? "y", value: value.value });
    }
    return ports;
  }
}

/**
 * The symbol that is the first size of a port's shape; undefined if there is none, or if a run leaves the number
 * of sizes open.
 */
function firstSymbol({ value }: GraphPort<LayerOp>): string | undefined {
  const { shape } = typeOf(value);
  return shape.length === 0 || shape.some(isRun) ? undefined : asSymbol(extent(shape[0]!));
}

/** Whether a chain's input is `x`: the chain uses that name and the file does not bind it. */
export function usesInput({ value }: ChainStatement, file: FileScope): boolean {
  if (definitionIn(file, CHAIN_INPUT)) return false;
  return namesIn(value).some((call) => plainName(call)?.name === CHAIN_INPUT);
}

/** Whether a symbolic size can be fixed to this value. */
export function isSize(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function fromOption(value: number | boolean | string | readonly number[]): Value {
  if (typeof value === "number") return numberValue(value, !Number.isInteger(value));
  if (typeof value === "boolean") return { kind: "bool", value };
  if (typeof value === "string") return { kind: "string", value };
  return listValue(value.map((item) => fromOption(item)));
}

/** The names of the inputs of a bare chain: those of its first layer. */
function inputNames(layer: LayerValue): readonly string[] {
  let first = layer;
  for (;;) {
    switch (first.kind) {
      case "record": {
        const { inputs, required, variadic } = first.record;
        return variadic ? [CHAIN_INPUT] : inputs.slice(0, required ?? inputs.length);
      }
      case "block": {
        const names = declaredInputs(first.block.block.body);
        return names.length === 0 ? [CHAIN_INPUT] : names;
      }
      case "combinator": {
        const names = first.body ? declaredInputs(first.body) : [];
        if (names.length > 0 || first.items.length === 0) return names.length === 0 ? [CHAIN_INPUT] : names;
        first = first.items[0]!.layer;
        break;
      }
      case "chain":
        first = first.steps[0]!.layer;
        break;
      case "list":
        if (first.items.length === 0) return [CHAIN_INPUT];
        first = first.items[0]!;
        break;
      case "placed":
        first = first.layer;
        break;
      case "unknown":
        return [CHAIN_INPUT];
    }
  }
}

function declaredInputs(body: BlockDef["block"]["body"]): string[] {
  return body.statements.flatMap((one) => (one.kind === "input" ? one.names.map((name) => name.text) : []));
}

/** The parameters of a slot, in the order in which their values are drawn. */
export function parametersIn(slot: ParameterSlot): Parameter[] {
  return slot.flatMap((one) => (Array.isArray(one) ? parametersIn(one) : [one]));
}
