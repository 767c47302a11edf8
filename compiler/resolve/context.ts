/**
 * The state of one elaboration: the graph that grows, its parameters and checks, and the limits. The three
 * functions that call each other in a circle (expressions, application of layers, bodies) meet here.
 */
import type { Binary, Body, Call, Expression, TypeExpression, Word } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/diagnostics.ts";
import type { Span } from "../../grammar/source.ts";
import type { Node, Parameter, Port, SizeCheck, Value as GraphValue } from "../ir/graph.ts";
import type { CallSite } from "../ir/origin.ts";
import { SizeLimit } from "../ir/size-limit.ts";
import {
  asSymbol,
  differ,
  divideExactly,
  key,
  limited,
  linearIn,
  same,
  sub,
  substitute,
  symbolsOf,
  type Size,
} from "../ir/size.ts";
import {
  elements,
  extents,
  fitsRank,
  MAX_RANK,
  strides,
  type Dtype,
  type Shape,
  type TensorType,
} from "../ir/types.ts";
import type { LayerOp, Mode, ParameterSpec } from "../layers/record.ts";
import type { BoundCall } from "./bind.ts";
import * as errors from "./errors.ts";
import type { ConstantDef, Env, Known, Layer, ListValue, Results, TensorValue, Value } from "./meanings.ts";
import { sameFrame, sameSpan, sitesApart, type At, type Frame } from "./paths.ts";
import type { Reports } from "./reports.ts";
import { siteNamed } from "./syntax.ts";
import type { Table } from "./table.ts";

export const MAX_LAYERS = 100_000;
export const MAX_NESTING = 200;
/** A safetensors file has so many bytes for names. An entry takes some more; what is no plain letter, up to six. */
export const MAX_NAMES = 100_000_000;
const [ENTRY, ESCAPED] = [200, 6];
/** Of expressions within expressions and calls within calls together: well inside the stack. */
const MAX_DEPTH = 1000;

export interface Recursion {
  readonly evaluate: (context: Context, expression: Expression, env: Env, at: At) => Value;
  readonly apply: (context: Context, layer: Layer, input: Value, at: At) => Value;
  /** With the text of the chain before it, for a suggestion. */
  readonly binary: (context: Context, expression: Binary, env: Env, at: At, before: string) => Value;
  readonly body: (context: Context, body: Body, env: Env, at: At, input: Supply, owner: Owner) => Results;
}

/** What flows into a body; the net's own inputs are made as their statements are met. */
export type Supply = Value | EntrySupply;

export interface EntrySupply {
  readonly kind: "entry";
  readonly take: TakeInput;
  /** The inputs of a layer that is the whole net. */
  readonly flow: (layer: Layer) => Value;
}

export type TakeInput = (name: Word, type: TypeExpression | undefined, env: Env) => Value;

/** Whose body it is, for messages. */
export interface Owner {
  readonly text: string;
  readonly span: Span;
  /** Where the owner is defined. */
  readonly defined: Span;
}

/** What surrounds a text of a session: the meaning of the names that were bound before it. */
export interface Surroundings {
  readonly value: (context: Context, known: Known, at: At) => Value;
  /** Where the weights of a bound layer stand, in this net. */
  readonly scopeOf: (context: Context, constant: ConstantDef) => string;
}

interface Claim {
  readonly parameter: { -readonly [K in keyof Parameter]: Parameter[K] } & { aliases: string[] };
  readonly span: Span;
  readonly frame: Frame | undefined;
}

export class Context {
  readonly table: Table;
  readonly mode: Mode;
  readonly reports: Reports;
  readonly recursion: Recursion;
  readonly bound: WeakMap<Call, BoundCall>;
  readonly nodes: Node<LayerOp>[] = [];
  readonly checks: SizeCheck[] = [];
  readonly claims: Map<string, Claim> = new Map();
  /** Names of tied parameters, and the paths where those stand. */
  readonly aliases: Map<string, string> = new Map();
  /** Settled when everything is elaborated, since they may name what comes later. */
  readonly later: (() => void)[] = [];
  /** Bound layers that were applied: the others are entered at their body's end. */
  readonly applied: Set<Layer> = new Set();
  readonly constants: Map<ConstantDef["binding"], Value | "busy"> = new Map();
  /** What constants that are lists are called. */
  readonly listNames: WeakMap<ListValue, string> = new WeakMap();
  /** Sizes given from outside, by the names of symbols; each is taken out when it is used. */
  readonly fixed: Map<string, Size>;
  /** The symbols that types of inputs introduced. */
  readonly symbols: Set<string> = new Set();
  /** Symbols of inferred inputs, and what the layers want them to be. */
  readonly open: Set<string> = new Set();
  readonly settled: Map<string, Size> = new Map();
  /** Stop at the first error about shapes: the input is only a candidate. */
  readonly trial: boolean;
  readonly session: Surroundings | undefined;
  /** The tensors of the session that the net uses: inputs of it. */
  readonly given: Port<LayerOp>[] = [];
  halted = false;
  /** The bytes that names of weights take in a file, at most. */
  #names = 0;
  /** A layer took its input without a batch axis. */
  unbatched = false;
  /** The symbols that are sizes of batch axes which layers could do without. */
  readonly batches: Set<string> = new Set();
  /** A layer had to leave an argument open, since what flows into it was not known. */
  unsettled = false;
  #layers = 0;
  #depth = 0;
  readonly #checked = new Set<string>();
  readonly #namesOfValues = new Map<Node<LayerOp>, string>();

  constructor(options: {
    table: Table;
    mode: Mode;
    reports: Reports;
    recursion: Recursion;
    bound: WeakMap<Call, BoundCall>;
    fixed: Map<string, Size>;
    trial: boolean;
    session?: Surroundings | undefined;
  }) {
    this.table = options.table;
    this.mode = options.mode;
    this.reports = options.reports;
    this.recursion = options.recursion;
    this.bound = options.bound;
    this.fixed = options.fixed;
    this.trial = options.trial;
    this.session = options.session;
  }

  report(diagnostic: Diagnostic | (() => Diagnostic)): void {
    this.reports.add(diagnostic);
    if (typeof diagnostic === "function") return;
    if (this.trial && diagnostic.code.startsWith("NN2") && diagnostic.severity === "error")
      this.halted = true;
  }

  /** Counts a layer, block or round; false when there are too many, or nothing is to be made any more. */
  count(span: Span): boolean {
    if (this.halted) return false;
    if (++this.#layers <= MAX_LAYERS) return true;
    this.report(errors.tooManyLayers(span, MAX_LAYERS));
    this.halted = true;
    return false;
  }

  /** Runs what is nested, unless it is nested too deeply. */
  nested<T>(span: Span, otherwise: T, run: () => T): T {
    if (this.halted) return otherwise;
    if (this.#depth >= MAX_DEPTH) {
      this.report(errors.tooDeep(span));
      this.halted = true;
      return otherwise;
    }
    this.#depth++;
    const result = this.limited(span, otherwise, run);
    this.#depth--;
    return result;
  }

  /** Runs what makes sizes, unless one of them becomes too complicated. */
  limited<T>(span: Span, otherwise: T, run: () => T): T {
    const depth = this.#depth;
    try {
      return run();
    } catch (error) {
      if (!(error instanceof SizeLimit)) throw error;
      this.#depth = depth;
      this.report(errors.sizeTooComplicated(span, error.message));
      return otherwise;
    }
  }

  node(
    op: LayerOp,
    inputs: readonly GraphValue<LayerOp>[],
    types: readonly TensorType[],
    site: { call: CallSite; frame: Frame | undefined; path?: string },
  ): Node<LayerOp> {
    const id = this.nodes.length;
    const base = { id, op, inputs, types, origin: { layer: id, calls: [site.call, ...(site.frame?.calls ?? [])] as const } }; // prettier-ignore
    for (const { shape } of types) {
      this.#wantRank(shape, site.call.span);
      wantLimited(shape);
    }
    const node: Node<LayerOp> = site.path === undefined ? base : { ...base, path: site.path };
    this.nodes.push(node);
    return node;
  }

  tensor(node: Node<LayerOp>, result = 0): TensorValue {
    return { kind: "tensor", value: { node, result } };
  }

  /** A name that the net gives a value. The first is kept. */
  name({ value: { node } }: TensorValue, name: string): void {
    if (node.types.length === 1 && !this.#namesOfValues.has(node)) this.#namesOfValues.set(node, name);
  }

  nameOf(node: Node<LayerOp>): string | undefined {
    return this.#namesOfValues.get(node);
  }

  /** The expression that a value comes from. */
  spanOf(value: GraphValue<LayerOp>): Span | undefined {
    return value.node.origin?.calls[0].span;
  }

  constant(
    values: readonly Size[],
    dtype: Dtype,
    shape: readonly number[],
    span: Span,
    frame: Frame | undefined,
  ): TensorValue {
    // prettier-ignore
    const op: LayerOp = { kind: "constant", values };
    return this.tensor(this.node(op, [], [{ dtype, shape }], { call: siteNamed("constant", span), frame })); // prettier-ignore
  }

  /** Enters a parameter; one that stands there already is the same if it is the same layer, used again. */
  claim(path: string, spec: ParameterSpec, span: Span, at: At): void {
    const known = this.claims.get(path);
    if (known) {
      if (!sameSpan(known.span, span) || !sameFrame(known.frame, at.frame)) {
        const [first, second] = sitesApart(known, { span, frame: at.frame });
        this.report(errors.samePath(second, path, first));
      }
      return;
    }
    this.#checkName(path, span);
    const type: TensorType = { dtype: spec.dtype, shape: spec.shape };
    this.#wantRank(spec.shape, span);
    const parameter = { path, aliases: [], role: spec.role, type, init: spec.init };
    this.claims.set(path, { parameter, span, frame: at.frame });
    at.slot.push(parameter);
  }

  /** What a safetensors file holds under a name must be possible there. */
  #checkName(path: string, span: Span): void {
    if (path === "__metadata__") this.report(errors.nameOfTheFormat(span, path));
    else if (/\p{Surrogate}/u.test(path)) this.report(errors.nameOfHalves(span));
    const before = this.#names;
    this.#names += ENTRY + (/^[ !#-[\]-~]*$/.test(path) ? 1 : ESCAPED) * path.length;
    if (before <= MAX_NAMES && this.#names > MAX_NAMES) this.report(errors.namesTooLong(span, MAX_NAMES));
  }

  /** All types of a net pass here before anything is made of their axes. */
  #wantRank(shape: TensorType["shape"], span: Span): void {
    if (fitsRank(shape)) return;
    this.report(errors.tooManyAxes(span, shape.length, MAX_RANK));
    this.halted = true;
  }

  /** The reason if the sizes are provably different; a check at the call if that is open. */
  equal(actual: Size, wanted: Size, reason: string, who: () => string): string | undefined {
    if (actual === wanted) return undefined;
    const left = substitute(actual, this.settled);
    const right = substitute(wanted, this.settled);
    if (same(left, right)) return undefined;
    if (differ(left, right)) return reason;
    const settles = this.#settle(left, right) ?? this.#settle(right, left);
    if (settles === "never") return reason;
    if (settles === undefined) this.check(left, right, "==", `${who()}: ${reason}`);
    return undefined;
  }

  atLeast(actual: Size, least: Size, reason: string, who: () => string): string | undefined {
    const difference = sub(substitute(actual, this.settled), substitute(least, this.settled));
    if (typeof difference === "number") return difference < 0 ? reason : undefined;
    this.check(actual, least, ">=", `${who()}: ${reason}`);
    return undefined;
  }

  unequal(actual: Size, refused: Size, reason: string, who: () => string): string | undefined {
    const [left, right] = [substitute(actual, this.settled), substitute(refused, this.settled)];
    if (same(left, right)) return reason;
    if (!differ(left, right)) this.check(actual, refused, "!=", `${who()}: ${reason}`);
    return undefined;
  }

  check(left: Size, right: Size, relation: SizeCheck["relation"], message: string): void {
    limited(sub(left, right));
    const text = `${key(left)} ${relation} ${key(right)}`;
    if (this.#checked.has(text)) return;
    this.#checked.add(text);
    this.checks.push({ left, right, relation, message });
  }

  /** Gives an open symbol of `size` the value that makes both equal. */
  #settle(size: Size, wanted: Size): "settled" | "never" | undefined {
    if (this.open.size === 0) return undefined;
    for (const name of symbolsOf(size)) {
      if (!this.open.has(name) || this.settled.has(name) || symbolsOf(wanted).has(name)) continue;
      const linear = linearIn(size, name);
      if (!linear || typeof linear.coefficient !== "number") continue;
      const value = divideExactly(sub(wanted, linear.rest), linear.coefficient);
      if (value === undefined) {
        if (typeof sub(wanted, linear.rest) === "number") return "never";
        continue;
      }
      if (typeof value === "number" && value < 0) return "never";
      const one = new Map([[name, value]]);
      for (const [other, known] of this.settled) this.settled.set(other, substitute(known, one));
      this.settled.set(name, value);
      return "settled";
    }
    return undefined;
  }
}

/** Passes make products of a tensor's sizes, so that these are within the limits, too. */
function wantLimited(shape: Shape): void {
  const sizes = extents(shape);
  sizes.forEach(limited);
  if (sizes.every((size) => typeof size === "number" || asSymbol(size) !== undefined)) return;
  limited(elements(shape));
  strides(sizes).forEach(limited);
}

export function frame(parent: Frame | undefined, call: CallSite, round = 0): Frame {
  const calls = [call, ...(parent?.calls ?? [])];
  return { site: call.span, round, parent, depth: (parent?.depth ?? 0) + 1, calls };
}
