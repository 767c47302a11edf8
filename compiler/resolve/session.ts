/**
 * Sessions. A session is a sequence of texts, each of which may use the names that the texts before it have
 * bound. Every line is elaborated as a separate net: tensors that earlier lines computed become its inputs, and a
 * bound layer is elaborated again by each line that uses it, with the names that were known at its definition.
 * The slot of a parameter (see `paths.ts`) tells which bound layer the parameter belongs to.
 */
import type { Binding, ChainStatement, ParameterStatement } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Span } from "../../grammar/source.ts";
import { isHeld, isInteger } from "../ir/dtype.ts";
import type { Graph, Node, Parameter, GraphPort } from "../ir/graph/graph.ts";
import { typeOf } from "../ir/graph/graph.ts";
import type { Size } from "../ir/size/size.ts";
import { sameShape, type TensorType } from "../ir/types.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import { elaborateLine } from "./body.ts";
import { constantValue } from "./calls.ts";
import { asLayer, evaluateChain, isLayers } from "./chains.ts";
import type { Context } from "./context.ts";
import { Elaboration } from "./elaboration.ts";
import { parametersIn, usesInput, type Setting } from "./entry.ts";
import { identityOf } from "./definitions.ts";
import { elaborate } from "./input-types.ts";
import { holdsTensors, keep, tensorsOf } from "./kept.ts";
import {
  type ConstantDef,
  type Definition,
  Env,
  type FileScope,
  type Held,
  type Kept,
  type LineItem,
  type Scope,
  type Value,
} from "./meanings.ts";
import { CHAIN_INPUT, checkLine, type BoundCalls } from "./name-check.ts";
import { collector, isOfTensors, keepUsed, type Opened } from "./opened.ts";
import { ROOT, type At, type ParameterSlot } from "./paths.ts";
import { Reports } from "./reports.ts";
import { NetsOfSession } from "./surroundings.ts";
import { plainName } from "./syntax.ts";
import { library } from "./table.ts";
import { asTensor, isConstant } from "./tensors.ts";
import { POISON } from "./values.ts";

export { identityOf, isLine } from "./definitions.ts";
export { tensorsOf } from "./kept.ts";
export type { Definition, Held, Kept, Known, LineItem as Line, Scope as Names } from "./meanings.ts";
export { isOfTensors, openFile, openText, type Opened } from "./opened.ts";

/** The result of elaborating a line. */
export interface Made {
  /** The net: it computes everything that the line asks for, or is the layer that the line names. */
  readonly graph?: Graph<LayerOp>;
  /** The session's tensors that the net takes, by the names of its inputs. */
  readonly inputs: ReadonlyMap<string, Held>;
  /** The tensors that the text writes as lists of numbers. They are inputs of the net as well. */
  readonly lists: ReadonlyMap<string, Literal>;
  readonly outputs: ReadonlyMap<string, Held>;
  /** The parameters, in the order in which their values are drawn. */
  readonly parameters: readonly OwnedParameter[];
  readonly bound: Scope;
  /** The value of a line that binds no name. */
  readonly value?: LineValue;
}

export interface Literal {
  readonly type: TensorType;
  readonly values: readonly number[];
}

export interface OwnedParameter {
  readonly parameter: Parameter;
  /**
   * The object of the session that keeps the values of this parameter, under `key`. If it is absent, the values
   * are not kept.
   */
  readonly owner?: object;
  readonly key: string;
}

export type LineValue =
  | { readonly kind: "kept"; readonly kept: Kept }
  /**
   * `owner` is present if it is a bound layer. `open` says that its parameters depend on an input that is not
   * known yet.
   */
  | { readonly kind: "layer"; readonly owner?: Binding; readonly open: boolean }
  /** A chain that begins at an `x` which is not bound. */
  | { readonly kind: "net" };

export interface Step {
  readonly diagnostics: readonly Diagnostic[];
  /** The result; absent if something is wrong. */
  readonly made?: Made;
}

/** Elaborates one line, which may use the names that are bound so far. */
export function elaborateText(opened: Opened, line: LineItem, names: Scope, mode: Mode): Step {
  const reports = new Reports();
  const isOwn = opened.scope.session !== undefined;
  // The names of a file were looked up already, when the file was read.
  const scope: FileScope = isOwn
    ? { ...opened.scope, blocks: new Map(), imports: new Map(), session: new Map(names) }
    : opened.scope;
  // A line that is a single unbound name is a mistake in the name; it is not a net that returns its input.
  const isNet = line.kind === "chain-statement" && usesInput(line, scope) && !plainName(line.value);
  let { bound } = opened;
  if (scope.session) {
    const given = new Set(isNet ? [CHAIN_INPUT] : []);
    bound = checkLine(scope, line, given, library, reports, collector(opened.uses, reports));
    keepUsed(scope.session, new Map([[line, opened.uses.get(line) ?? []]]));
  }
  if (reports.failed) return { diagnostics: reports.sorted() };
  const step = new LineStep(scope, bound, names, mode, reports);
  if (line.kind !== "chain-statement")
    return step.binding(
      line,
      (opened.uses.get(line) ?? []).some((use) => isOfTensors(use.definition)),
    );
  return isNet ? step.net(line) : step.chain(line);
}

/**
 * Elaborates the layers that a file binds, whether the file is loaded or imported from. Their parameters then
 * belong to the session.
 */
export function elaborateConstants({ scope, bound, defined }: Opened, mode: Mode): Step {
  return new LineStep(scope, bound, defined, mode, new Reports()).constants(defined);
}

class LineStep {
  readonly #scope: FileScope;
  readonly #bound: BoundCalls;
  readonly #names: Scope;
  readonly #mode: Mode;
  readonly #reports: Reports;
  readonly #slot: ParameterSlot = [];
  readonly #at: At = { scope: ROOT, place: ROOT, frame: undefined, slot: this.#slot };
  readonly #outputs = new Map<Held, GraphPort<LayerOp>>();

  constructor(scope: FileScope, bound: BoundCalls, names: Scope, mode: Mode, reports: Reports) {
    this.#scope = scope;
    this.#bound = bound;
    this.#names = names;
    this.#mode = mode;
    this.#reports = reports;
  }

  /** Elaborates a chain whose input is open. The result is its net, and nothing is computed. */
  net(chain: ChainStatement): Step {
    const nets = new NetsOfSession(this.#names);
    const { graph } = elaborate(
      this.#setting(nets),
      { kind: "chain", file: this.#scope, chain },
      this.#reports,
    );
    return this.#step({ ...(graph && { graph }), value: { kind: "net" } });
  }

  chain(statement: ChainStatement): Step {
    const { value: chain, span } = statement;
    const nets = new NetsOfSession(this.#names);
    const context = this.#context(nets);
    let value = evaluateChain(context, chain, new Env(this.#scope), this.#at);
    if (isLayers(value)) return this.#layer(context, nets, statement, value);
    const isWritten = value.kind === "list" && isConstant(value);
    if (isWritten || value.kind === "infer") value = asTensor(context, value, span, this.#at);
    const kept = this.#keep(context, nets, value, span, "y");
    return this.#finish(context, nets, new Map(), new Map(), { kind: "kept", kept });
  }

  #layer(context: Context, nets: NetsOfSession, statement: ChainStatement, value: Value): Step {
    const { value: chain, span } = statement;
    const layer = asLayer(context, value, span);
    context.apply(layer, POISON, this.#at);
    const isName = plainName(chain) !== undefined;
    const owner = isName && layer.kind === "placed" ? nets.ownerOf(context, layer) : undefined;
    const shown = { kind: "layer", ...(owner && { owner }), open: context.ledger.hasOpenArguments } as const;
    // The chain is elaborated once more as if it were a file, which finds errors between its layers.
    const found = new Reports();
    const other = new NetsOfSession(this.#names);
    const { graph } = elaborate(
      this.#setting(other),
      { kind: "chain", file: this.#scope, chain: statement },
      found,
    );
    if (found.failed && !isName && !context.ledger.hasOpenArguments)
      for (const one of found.sorted()) this.#reports.add(one);
    return this.#step({ ...(graph && !found.failed && { graph }), value: shown });
  }

  binding(line: Binding | ParameterStatement, ofTensors: boolean): Step {
    const names = line.kind === "binding" ? line.targets.map((target) => target.text) : [line.name.text];
    const nets = new NetsOfSession(this.#names, new Set(names));
    const context = this.#context(nets);
    const env = new Env(this.#scope);
    elaborateLine(context, line, env, this.#at);
    const bound = new Map<string, Definition>();
    const slots = new Map<ParameterSlot, Binding>();
    for (const [name, { value, span }] of env.names) {
      const other = this.#otherName(context, nets, value);
      const own = line.kind === "binding" && !other ? this.#written(line, value, ofTensors) : undefined;
      if (own && value.kind === "layer" && value.layer.kind === "placed")
        slots.set(value.layer.at.slot, own.binding);
      const definition: Definition | undefined = other ?? (own && { kind: "constant", constant: own });
      bound.set(name, definition ?? this.#known(context, nets, line, name, value, span));
    }
    return this.#finish(context, nets, bound, slots);
  }

  /** The definition of a bound layer to which the line gives another name: `k = m`. */
  #otherName(context: Context, nets: NetsOfSession, value: Value): Definition | undefined {
    if (value.kind !== "layer" || value.layer.kind !== "placed") return undefined;
    const owner = nets.ownerOf(context, value.layer);
    return owner && [...(this.#scope.session?.values() ?? [])].find((one) => identityOf(one) === owner);
  }

  /**
   * The line as a constant, if its value is the same each time it is elaborated: a layer, or a value that is
   * known when compiling.
   */
  #written(line: Binding, value: Value, ofTensors: boolean): ConstantDef | undefined {
    if (line.list || line.type || (holdsTensors(value) && value.kind !== "reference")) return undefined;
    return { binding: line, index: 0, file: this.#scope, ofTensors };
  }

  #known(
    context: Context,
    nets: NetsOfSession,
    line: Binding | ParameterStatement,
    name: string,
    value: Value,
    span: Span,
  ): Definition {
    if (value.kind === "tensor") {
      const { op } = value.value.node;
      const parameter = op.kind === "parameter" ? context.ledger.parameter(op.path) : undefined;
      if (parameter && line.kind === "parameter") {
        const { path, role, type, init } = parameter;
        const spec = { name: path, role, dtype: type.dtype, shape: type.shape as readonly number[], init };
        const known = { name, span, meaning: { kind: "parameter", spec } } as const;
        nets.enter(context, known, parameter);
        return { kind: "known", known };
      }
      const same =
        op.kind === "parameter" && line.kind === "binding" && !line.type
          ? nets.knownAt(context, op.path)
          : undefined;
      if (same) return { kind: "known", known: same };
    }
    const meaning = this.#keep(context, nets, value, span, name);
    return { kind: "known", known: { name, span, meaning } };
  }

  constants(defined: Scope): Step {
    const nets = new NetsOfSession(this.#names);
    const context = this.#context(nets);
    for (const definition of defined.values()) {
      if (definition.kind !== "constant") continue;
      const value = constantValue(context, definition.constant, this.#at);
      if (value.kind === "layer") context.apply(value.layer, POISON, this.#at);
    }
    return this.#finish(context, nets, new Map(), new Map());
  }

  #keep(context: Context, nets: NetsOfSession, value: Value, span: Span, name: string): Kept {
    const kept = keep(value, (part) => {
      const tensor = asTensor(context, part, span, this.#at);
      if (tensor.kind === "poison") return { type: { dtype: "f32", shape: [] } };
      const known = nets.heldAt(context, tensor);
      if (known) return known;
      const same = [...this.#outputs].find(
        ([, port]) => port.value.node === tensor.value.node && port.value.result === tensor.value.result,
      );
      const held = same?.[0] ?? { type: typeOf(tensor.value) };
      this.#outputs.set(held, { name, value: tensor.value });
      return held;
    });
    for (const part of tensorsOf(kept)) {
      const port = this.#outputs.get(part.held);
      if (port && part.name !== "")
        this.#outputs.set(part.held, { ...port, name: `${name}_${part.name.replaceAll(".", "_")}` });
    }
    return kept;
  }

  #setting(session: NetsOfSession): Setting {
    return { table: library, mode: this.#mode, bound: this.#bound, args: {}, session };
  }

  #context(session: NetsOfSession): Context {
    const { table, mode, bound } = this.#setting(session);
    return new Elaboration({
      table,
      mode,
      bound,
      session,
      reports: this.#reports,
      fixed: new Map(),
      isTrial: false,
    });
  }

  #finish(
    context: Context,
    nets: NetsOfSession,
    bound: Scope,
    slots: ReadonlyMap<ParameterSlot, Binding>,
    value?: LineValue,
  ): Step {
    context.ledger.settleTies();
    const outputs = new Map([...this.#outputs].map(([held, { name }]) => [name, held]));
    const owners = nets.owners(context, slots);
    const all = parametersIn(this.#slot);
    // If the arguments of a layer depend on an input that is not known yet, no values are drawn for the layer
    // now: all of them are drawn together when the input is known.
    const early = [...slots.values()];
    const drawn = context.ledger.hasOpenArguments
      ? all.filter((one) => !early.includes(owners.get(one)?.owner as Binding))
      : all;
    const ports = [...this.#outputs.values()];
    const read = new Set(
      [...context.ledger.nodes.flatMap(({ inputs }) => inputs), ...ports.map((port) => port.value)].map(
        (value) => value.node,
      ),
    );
    const { given, lists, names } = this.#feedLists(context, read);
    // A constant that nothing reads is left over from an intermediate step, so it is dropped.
    const nodes = context.ledger.nodes.filter((node) => node.op.kind !== "constant" || read.has(node));
    const made = withInputs(nodes, names);
    const through = (port: GraphPort<LayerOp>): GraphPort<LayerOp> => ({
      ...port,
      value: { ...port.value, node: made.get(port.value.node)! },
    });
    const graph: Graph<LayerOp> = {
      name: this.#scope.source.file,
      nodes: nodes.map((node) => made.get(node)!),
      inputs: given.map(through),
      outputs: ports.map(through),
      updates: [],
      parameters: drawn,
      checks: context.symbols.checks,
    };
    return this.#step({
      graph,
      inputs: nets.inputs(context),
      lists,
      outputs,
      parameters: drawn.map((parameter) => ({ parameter, key: "", ...owners.get(parameter) })),
      bound,
      ...(value && { value }),
    });
  }

  /**
   * Turns lists of numbers into inputs of the net. Otherwise they would be folded while compiling, and the net
   * would have no nodes to look at.
   */
  #feedLists(
    context: Context,
    nodes: ReadonlySet<Node<LayerOp>>,
  ): {
    given: GraphPort<LayerOp>[];
    lists: ReadonlyMap<string, Literal>;
    names: ReadonlyMap<Node<LayerOp>, string>;
  } {
    const given = [...context.ledger.given];
    const taken = new Set(given.map((port) => port.name));
    const lists = new Map<string, Literal>();
    const names = new Map<Node<LayerOp>, string>();
    for (const node of nodes) {
      const { op } = node;
      const type = node.types[0]!;
      if (op.kind !== "constant" || type.shape.length === 0 || !fits(op.values, type)) continue;
      const list = { type, values: op.values };
      const wanted = context.ledger.nameOf(node) ?? "list";
      let name = wanted;
      for (let i = 1; taken.has(name) && !isSame(lists.get(name), list); i++) name = `${wanted}_${i}`;
      if (!taken.has(name)) given.push({ name, value: { node, result: 0 } });
      taken.add(name);
      lists.set(name, list);
      names.set(node, name);
    }
    return { given, lists, names };
  }

  #step(made: Partial<Made>): Step {
    const diagnostics = this.#reports.sorted();
    if (this.#reports.failed) return { diagnostics };
    const none = {
      inputs: new Map(),
      lists: new Map(),
      outputs: new Map(),
      parameters: [],
      bound: new Map(),
    };
    return { diagnostics, made: { ...none, ...made } };
  }
}

/** Maps each node to its replacement: a node that has a name here becomes the input of that name. */
function withInputs(
  nodes: readonly Node<LayerOp>[],
  names: ReadonlyMap<Node<LayerOp>, string>,
): ReadonlyMap<Node<LayerOp>, Node<LayerOp>> {
  const made = new Map<Node<LayerOp>, Node<LayerOp>>();
  for (const node of nodes) {
    const name = names.get(node);
    const op: LayerOp = name === undefined ? node.op : { kind: "input", name };
    const inputs = node.inputs.map(({ node: input, result }) => ({ node: made.get(input)!, result }));
    made.set(node, { ...node, op, inputs });
  }
  return made;
}

function fits(values: readonly Size[], { dtype }: TensorType): values is readonly number[] {
  return values.every((value) => typeof value === "number" && (!isInteger(dtype) || isHeld(dtype, value)));
}

function isSame(a: Literal | undefined, b: Literal): boolean {
  if (a?.type.dtype !== b.type.dtype || !sameShape(a.type.shape, b.type.shape)) return false;
  return a.values.every((value, i) => Object.is(value, b.values[i]));
}
