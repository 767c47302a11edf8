/** The graph that an elaboration makes: its nodes, and the parameters that layers claim under their paths. */
import type { Span } from "../../grammar/source.ts";
import type { Node, Parameter, GraphPort, GraphValue } from "../ir/graph/graph.ts";
import type { CallSite } from "../ir/graph/origin.ts";
import { asSymbol, limited, type Size } from "../ir/size/size.ts";
import { elements, extents, fitsRank, MAX_RANK, strides } from "../ir/types.ts";
import type { Dtype } from "../ir/dtype.ts";
import type { Shape, TensorType } from "../ir/types.ts";
import type { LayerOp, ParameterSpec } from "../layers/record.ts";
import * as errors from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { LayerValue, TensorValue } from "./meanings.ts";
import { sameFrame, sameSpan, sitesApart, type At, type Frame } from "./paths.ts";
import { siteNamed } from "./syntax.ts";
import { tensorValue } from "./values.ts";

/** The greatest length in bytes of the header of a safetensors file, which contains the names of all weights. */
export const MAX_NAMES = 100_000_000;
/** An upper bound of the bytes that the header has for a weight besides its name. */
const BYTES_OF_ENTRY = 200;
/** The most bytes that JSON takes for one character of a name, as in `\u00e9`. */
const BYTES_OF_ESCAPE = 6;

interface Claim {
  readonly parameter: { -readonly [K in keyof Parameter]: Parameter[K] } & { aliases: string[] };
  readonly span: Span;
  readonly frame: Frame | undefined;
}

export class Ledger {
  readonly nodes: Node<LayerOp>[] = [];
  #loops = 0;
  /** The inputs of the net that no statement declares: tensors of the session that the net uses. */
  readonly given: GraphPort<LayerOp>[] = [];
  /** The bound layers that were applied. The parameters of the others are entered at the end of their body. */
  readonly applied: Set<LayerValue> = new Set();
  /** Whether an argument `_` could not be inferred, since nothing was known about the layer's input. */
  hasOpenArguments = false;
  readonly #limits: Limits;
  readonly #claims = new Map<string, Claim>();
  /** For each path of a tied parameter, the path of the parameter that it is tied to. */
  readonly #aliases = new Map<string, string>();
  readonly #ties: (() => void)[] = [];
  readonly #namesOfValues = new Map<Node<LayerOp>, string>();
  /** An upper bound of the bytes that the names of weights take in a file. */
  #bytesOfNames = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  node(
    op: LayerOp,
    inputs: readonly GraphValue<LayerOp>[],
    types: readonly TensorType[],
    site: { readonly call: CallSite; readonly frame: Frame | undefined; readonly path?: string },
  ): Node<LayerOp> {
    for (const { shape } of types) {
      this.#wantRank(shape, site.call.span);
      wantLimited(shape);
    }
    const id = this.nodes.length;
    const calls: readonly [CallSite, ...CallSite[]] = [site.call, ...(site.frame?.calls ?? [])];
    const base = { id, op, inputs, types, origin: { layer: id, calls } };
    const node: Node<LayerOp> = site.path === undefined ? base : { ...base, path: site.path };
    this.nodes.push(node);
    return node;
  }

  /** A name for the number of the step of a new loop. */
  newStep(): string {
    return `scan$${this.#loops++}`;
  }

  constant(
    values: readonly Size[],
    type: { readonly dtype: Dtype; readonly shape: readonly number[] },
    span: Span,
    frame: Frame | undefined,
  ): TensorValue {
    return tensorValue(
      this.node({ kind: "constant", values }, [], [type], { call: siteNamed("constant", span), frame }),
    );
  }

  /** Notes the name that the net gives a value. If it has several, the first is kept. */
  name({ value: { node } }: TensorValue, name: string): void {
    if (node.types.length === 1 && !this.#namesOfValues.has(node)) this.#namesOfValues.set(node, name);
  }

  nameOf(node: Node<LayerOp>): string | undefined {
    return this.#namesOfValues.get(node);
  }

  /**
   * Enters a parameter. If its path is taken, the claim must come from the same layer of the text, applied again.
   */
  claim(path: string, spec: ParameterSpec, span: Span, at: At): void {
    const known = this.#claims.get(path);
    if (known) {
      if (!sameSpan(known.span, span) || !sameFrame(known.frame, at.frame)) {
        const [first, second] = sitesApart(known, { span, frame: at.frame });
        this.#limits.report(errors.samePath(second, path, first));
      }
      return;
    }
    this.#checkName(path, span);
    const type: TensorType = { dtype: spec.dtype, shape: spec.shape };
    this.#wantRank(spec.shape, span);
    const parameter = { path, aliases: [], role: spec.role, type, init: spec.init };
    this.#claims.set(path, { parameter, span, frame: at.frame });
    at.slot.push(parameter);
  }

  /** The parameter that was claimed under a path. */
  parameter(path: string): Parameter | undefined {
    return this.#claims.get(path)?.parameter;
  }

  paths(): string[] {
    return [...this.#claims.keys()];
  }

  /** The parameter under a path, which may be the path of a tied one. */
  tied(path: string): Parameter | undefined {
    return this.parameter(path) ?? this.parameter(this.#aliases.get(path) ?? "");
  }

  /** Makes `path` another name of a parameter. */
  alias(path: string, parameter: Parameter): void {
    if (path === parameter.path || this.#aliases.get(path) === parameter.path) return;
    this.#claims.get(parameter.path)!.parameter.aliases.push(path);
    this.#aliases.set(path, parameter.path);
  }

  /**
   * Puts off a tie (`weight=other.weight`) until everything is elaborated, since it may name a layer further
   * down.
   */
  tieLater(tie: () => void): void {
    this.#ties.push(tie);
  }

  /**
   * Settles the ties; called once, when everything is elaborated. A tie may enter a layer, and then the ties of
   * that layer follow.
   */
  settleTies(): void {
    if (!this.#limits.halted) for (const tie of this.#ties) tie();
  }

  /** Checks that a safetensors file can contain the name. */
  #checkName(path: string, span: Span): void {
    if (path === "__metadata__") this.#limits.report(errors.nameOfTheFormat(span, path));
    else if (/\p{Surrogate}/u.test(path)) this.#limits.report(errors.nameOfHalves(span));
    const before = this.#bytesOfNames;
    const isPlain = /^[ !#-[\]-~]*$/.test(path);
    this.#bytesOfNames += BYTES_OF_ENTRY + (isPlain ? 1 : BYTES_OF_ESCAPE) * path.length;
    if (before <= MAX_NAMES && this.#bytesOfNames > MAX_NAMES)
      this.#limits.report(errors.namesTooLong(span, MAX_NAMES));
  }

  /** Checks the rank of a type. Every type of a net is checked here before its axes are used. */
  #wantRank(shape: TensorType["shape"], span: Span): void {
    if (!fitsRank(shape)) this.#limits.halt(errors.tooManyAxes(span, shape.length, MAX_RANK));
  }
}

/** Throws SizeLimit if the products of sizes that later passes compute for a shape exceed the limits. */
function wantLimited(shape: Shape): void {
  const sizes = extents(shape);
  sizes.forEach(limited);
  if (sizes.every((size) => typeof size === "number" || asSymbol(size) !== undefined)) return;
  limited(elements(shape));
  strides(sizes).forEach(limited);
}
