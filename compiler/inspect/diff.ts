/**
 * The data of `nnc diff`: how two nets differ in layers, flow, shapes, parameters and cost, however they are
 * written.
 */
import { typeOf, type Graph, type GraphPort, type GraphValue } from "../ir/graph/graph.ts";
import { sum, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { elements, portTypeText, typeText } from "../ir/types.ts";
import { argText } from "../layers/describe.ts";
import type { LayerOp, Mode } from "../layers/record.ts";
import { align, layersInOrder, layerKind, type Partners } from "./align.ts";
import { layerCosts, sumOf, type Cost } from "./cost.ts";
import { layersOf, layerText, pathOf, unusedParameters, type Layer } from "./layers.ts";

/** The values before and after. */
export type Pair<T> = readonly [T, T];

export interface NetDiff {
  /** The changes of inputs, outputs, and parameters that no layer reads. */
  readonly ends: readonly EndChange[];
  /** The changes of layers in the order of the net after; a removed layer is listed where it was. */
  readonly layers: readonly LayerChange[];
  readonly totals: Pair<Totals>;
}

export interface Totals extends Cost {
  /** The number of elements in parameters and buffers. */
  readonly parameters: Size;
}

/**
 * A change of an input, output or parameter. If it exists in one of the nets only, only that net's text is
 * present.
 */
export interface EndChange {
  readonly kind: "input" | "output" | "parameter";
  readonly name: string;
  readonly facts: readonly Fact[];
}

export type LayerChange =
  | { readonly change: "added" | "removed"; readonly layer: Layer }
  | { readonly change: "changed"; readonly layers: Pair<Layer>; readonly facts: readonly Fact[] };

/** A property that changed: a text or a size. `before` is absent if it is new, `after` if it is gone. */
export interface Fact {
  readonly what: string;
  readonly values: Pair<string | Size | undefined>;
}

/** Compares two nets, both in the same mode. */
export function diffNets(before: Graph<LayerOp>, after: Graph<LayerOp>, mode: Mode): NetDiff {
  return new Comparison([new Side(before, mode), new Side(after, mode)]).diff();
}

class Side {
  readonly graph: Graph<LayerOp>;
  readonly layers: readonly Layer[];
  readonly #byNode: ReadonlyMap<GraphValue<LayerOp>["node"], Layer>;
  readonly #costs = new Map<Layer, Totals>();

  constructor(graph: Graph<LayerOp>, mode: Mode) {
    this.graph = graph;
    this.layers = layersOf(graph);
    this.#byNode = new Map(this.layers.map((layer) => [layer.node, layer]));
    const costOf = layerCosts(graph, mode);
    for (const layer of this.layers) {
      this.#costs.set(layer, { ...costOf(layer.node), parameters: countOf(layer.parameters) });
    }
  }

  layerOf({ node }: GraphValue<LayerOp>): Layer | undefined {
    return this.#byNode.get(node);
  }

  costOf(layer: Layer): Totals {
    return this.#costs.get(layer)!;
  }

  totals(): Totals {
    return { ...sumOf([...this.#costs.values()]), parameters: countOf(this.graph.parameters) };
  }

  /** The name of a value: that of a layer or an input, or the text of a literal. */
  nameOf(value: GraphValue<LayerOp>): string {
    const name =
      this.layerOf(value)?.name ??
      (value.node.op.kind === "input" ? pathOf(value.node) : layerText(value.node));
    return value.node.types.length > 1 ? `${name}[${value.result}]` : name;
  }

  ends(): Map<string, { kind: EndChange["kind"]; name: string; type: string; value?: GraphValue<LayerOp> }> {
    const { inputs, outputs } = this.graph;
    const all = [
      ...inputs.map((port) => ({ kind: "input" as const, name: port.name, type: portText(port) })),
      ...outputs.map((port) => ({
        kind: "output" as const,
        name: port.name,
        type: portText(port),
        value: port.value,
      })),
      ...unusedParameters(this.graph, this.layers).map(({ path, type }) => ({
        kind: "parameter" as const,
        name: path,
        type: typeText(type),
      })),
    ];
    return new Map(all.map((end) => [`${end.kind} ${end.name}`, end]));
  }
}

function portText(port: GraphPort<LayerOp>): string {
  return portTypeText({ ...port, type: typeOf(port.value) });
}

function countOf(parameters: Graph<LayerOp>["parameters"]): Size {
  return sum(parameters.map(({ type }) => elements(type.shape)));
}

class Comparison {
  readonly #sides: Pair<Side>;
  readonly #partners: Partners;

  constructor(sides: Pair<Side>) {
    this.#sides = sides;
    this.#partners = align(sides[0].layers, sides[1].layers);
  }

  diff(): NetDiff {
    const [a, b] = this.#sides;
    const layers = layersInOrder(a.layers, b.layers, this.#partners).flatMap(
      ({ before, after }): LayerChange[] => {
        if (!after) return [{ change: "removed", layer: before! }];
        if (!before) return [{ change: "added", layer: after }];
        const facts = this.#facts(before, after);
        return facts.length > 0 ? [{ change: "changed", layers: [before, after], facts }] : [];
      },
    );
    return { ends: this.#ends(), layers, totals: [a.totals(), b.totals()] };
  }

  #facts(before: Layer, after: Layer): Fact[] {
    const [a, b] = [before.node, after.node];
    const types = [a, b].map((node) => node.types.map(typeText).join(", "));
    const costs = [this.#sides[0].costOf(before), this.#sides[1].costOf(after)] as const;
    return [
      fact("path", pathOf(a), pathOf(b)),
      layerKind(before) === layerKind(after)
        ? argumentFacts(a.op, b.op)
        : fact("layer", before.text, after.text),
      this.#flow(a.inputs, b.inputs),
      fact("output", types[0], types[1]),
      fact("initial", beginning(before), beginning(after)),
      fact("other names", otherNames(before), otherNames(after)),
      fact("parameters", costs[0].parameters, costs[1].parameters),
      fact("MACs", costs[0].macs, costs[1].macs),
      fact("read", costs[0].read, costs[1].read),
      fact("written", costs[0].written, costs[1].written),
    ].flat();
  }

  /**
   * The change of the layers that are read. If a layer was added or removed in between, this is shown at that
   * layer and is not repeated here.
   */
  #flow(before: readonly GraphValue<LayerOp>[], after: readonly GraphValue<LayerOp>[]): Fact[] {
    const [a, b] = this.#sides;
    const isSame =
      before.length === after.length && before.every((value, i) => this.#corresponds(value, after[i]!));
    return isSame
      ? []
      : fact(
          "from",
          before.map((value) => a.nameOf(value)).join(", "),
          after.map((value) => b.nameOf(value)).join(", "),
        );
  }

  #corresponds(before: GraphValue<LayerOp>, after: GraphValue<LayerOp>): boolean {
    const [a, b] = this.#sides;
    const [from, to] = [a.layerOf(before), b.layerOf(after)];
    if (!from || !to) return from === to && a.nameOf(before) === b.nameOf(after);
    const isEither = !this.#partners.has(from) || !this.#partners.has(to);
    return isEither || (this.#partners.get(from) === to && before.result === after.result);
  }

  #ends(): EndChange[] {
    const [a, b] = [this.#sides[0].ends(), this.#sides[1].ends()];
    return [...new Set([...a.keys(), ...b.keys()])].flatMap((end) => {
      const [before, after] = [a.get(end), b.get(end)];
      const { kind, name } = (before ?? after)!;
      const flow = before?.value && after?.value ? this.#flow([before.value], [after.value]) : [];
      const facts = [...fact("type", before?.type, after?.type), ...flow];
      return facts.length > 0 ? [{ kind, name, facts }] : [];
    });
  }
}

/** The change of a property; the list is empty if nothing changed. */
function fact(what: string, before: string | Size | undefined, after: string | Size | undefined): Fact[] {
  const text = (value: string | Size | undefined): string | undefined =>
    typeof value === "object" || typeof value === "number" ? sizeText(value) : value;
  return text(before) === text(after) ? [] : [{ what, values: [before, after] }];
}

function argumentFacts(before: LayerOp, after: LayerOp): Fact[] {
  if (before.kind !== "layer" || after.kind !== "layer") return [];
  const names = new Set([...Object.keys(before.args), ...Object.keys(after.args)]);
  const text = ({ args }: typeof before, name: string): string | undefined => {
    const value = args[name];
    return value === undefined ? undefined : argText(value);
  };
  return [...names].flatMap((name) => fact(name, text(before, name), text(after, name)));
}

/** The initial value of a parameter that belongs to no layer, as no arguments tell it. */
function beginning({ node, parameters }: Layer): string | undefined {
  const [parameter] = parameters;
  if (node.op.kind !== "parameter" || !parameter) return undefined;
  const { kind, ...values } = parameter.init;
  const given = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return `${parameter.role} ${kind}(${given.join(", ")})`;
}

/** The other names under which weight files may give the layer's parameters. */
function otherNames({ parameters }: Layer): string | undefined {
  const names = parameters.flatMap((parameter) => parameter.aliases);
  return names.length > 0 ? names.join(", ") : undefined;
}
