/** Explains the passes over the tensor graph, by comparing the graphs before and after each. */
import type { TensorNode } from "../../ir/graph/builder.ts";
import { append } from "../../ir/util/multimap.ts";
import type { TensorGraph } from "../../ir/graph/builder.ts";
import { key } from "../../ir/size/size.ts";
import { extents } from "../../ir/types.ts";
import { isComputed, narrowStorage, reach } from "../../ir/graph/views.ts";
import { ParameterOnly } from "../../passes/rewrite.ts";
import type { Program } from "../../passes/split.ts";
import type { Layer } from "../layers.ts";
import { counted, listText, groupedNumber } from "../text.ts";
import type { Owners } from "./owners.ts";
import { be, say, type Sentence } from "./say.ts";

type Tell = (before: TensorGraph, after: TensorGraph, owners: Owners) => Sentence[];

/** The explanations by the names of passes. For other passes, only the number of primitives is given. */
const tells: Readonly<Record<string, Tell>> = {
  narrow,
  fold,
  sink,
  tabulate,
  pad,
  winograd,
  materialize,
  pack,
};

/** What the pass did to the layers, and what the pass is for. */
export function explainTensors(
  pass: string,
  before: TensorGraph,
  after: TensorGraph,
  owners: Owners,
): Sentence[] {
  if (before === after) return [];
  const left = new Set(owners.all(after.nodes.filter((node) => node.inputs.length > 0)));
  const gone = owners
    .all(before.nodes.filter((node) => node.inputs.length > 0))
    .filter((layer) => !left.has(layer));
  const why = pass === "prune" ? "no output needs" : "nothing is left to compute of";
  return [
    ...gone.map((layer) => say`${layer} is left out: ${why} it.`),
    ...(tells[pass]?.(before, after, owners) ?? shrinkage(before, after)),
  ];
}

function shrinkage(before: TensorGraph, after: TensorGraph): Sentence[] {
  const [from, to] = [before.nodes.length, after.nodes.length];
  return from === to ? [] : [say`${counted(from, "primitive")} become ${groupedNumber(to)}.`];
}

/**
 * The layers whose arithmetic went into the weights of a layer's contractions, and into the shifts of their
 * results.
 */
interface Made {
  readonly weight: Set<Layer>;
  readonly bias: Set<Layer>;
}

function narrow(_: TensorGraph, after: TensorGraph, owners: Owners): Sentence[] {
  const layers = new Map<string, Set<Layer>>();
  for (const node of after.nodes) {
    const dtype = narrowStorage(node);
    const owner = owners.of(node);
    if (node.op.kind !== "parameter" || !dtype || !owner) continue;
    layers.set(dtype, (layers.get(dtype) ?? new Set()).add(owner));
  }
  return [...layers].map(([dtype, own]) => {
    const scale = dtype === "i8" ? ", with a scale for each row, by which results are multiplied" : "";
    return say`The weights of ${[...own]} are ${dtype} in memory${scale}.`;
  });
}

function fold(before: TensorGraph, after: TensorGraph, owners: Owners): Sentence[] {
  const old = madeOf(before, owners);
  return [...madeOf(after, owners)].flatMap(([layer, { weight, bias }]) => {
    const known = old.get(layer);
    const scales = [...weight].filter((one) => one !== layer && !known?.weight.has(one));
    const shifts = [...bias].filter((one) => one !== layer && !known?.bias.has(one));
    return [...new Set([...scales, ...shifts])].map((folded) => {
      const where = [
        ...(scales.includes(folded) ? ["its scale into the weight"] : []),
        ...(shifts.includes(folded) ? ["its shift into the bias"] : []),
      ];
      return say`${folded} is folded into ${layer}: ${where.join(", ")}.`;
    });
  });
}

function madeOf(graph: TensorGraph, owners: Owners): Map<Layer, Made> {
  const parameterOnly = new ParameterOnly(graph);
  const made = new Map<Layer, Made>();
  const add = (contraction: TensorNode, part: keyof Made, operand: TensorNode): void => {
    const layer = owners.of(contraction);
    if (!layer || !parameterOnly.has(operand)) return;
    const entry = made.get(layer) ?? { weight: new Set(), bias: new Set() };
    made.set(layer, entry);
    for (const owner of owners.all(behind(operand).filter(isComputed))) entry[part].add(owner);
  };
  for (const node of graph.nodes) {
    if (node.op.kind === "contract") for (const input of node.inputs) add(node, "weight", input.node);
    if (node.op.kind !== "map" || node.op.map !== "add") continue;
    const [x, y] = node.inputs.map((input) => reach(input).node);
    if (x?.op.kind === "contract") add(x, "bias", y!);
    else if (y?.op.kind === "contract") add(y, "bias", x!);
  }
  return made;
}

/** The node and all nodes that it is computed from. */
function behind(node: TensorNode): TensorNode[] {
  const found = new Set<TensorNode>([node]);
  for (const one of found) for (const input of one.inputs) found.add(input.node);
  return [...found];
}

function sink(before: TensorGraph, after: TensorGraph, owners: Owners): Sentence[] {
  const shapes = ({ types }: TensorNode): string => extents(types[0]!.shape).map(key).join(", ");
  const maps = (graph: TensorGraph): TensorNode[] =>
    graph.nodes.filter(({ op }) => op.kind === "map" || op.kind === "cast");
  const known = new Set(maps(before).map((node) => `${owners.of(node)?.name}: ${shapes(node)}`));
  const moved = new Map<Layer, string>();
  for (const node of maps(after)) {
    const layer = owners.of(node);
    if (layer && !moved.has(layer) && !known.has(`${layer.name}: ${shapes(node)}`))
      moved.set(layer, shapes(node));
  }
  return [...moved].map(
    ([layer, shape]) =>
      say`${layer} is computed as [${shape}], the shape before a reshape, so that it can join what makes its operand.`,
  );
}

function tabulate(before: TensorGraph, after: TensorGraph, owners: Owners): Sentence[] {
  const isTable = ({ op }: TensorNode): boolean => op.kind === "gather" && op.choice;
  return newOnes(before, after, owners, isTable).map(
    (layer) => say`${layer} looks up its choice between two known values in a table.`,
  );
}

function pad(before: TensorGraph, after: TensorGraph, owners: Owners): Sentence[] {
  return newOnes(before, after, owners, ({ op }) => op.kind === "copy").map(
    (layer) =>
      say`${layer} reads a padded copy of its operand, so that its loops need no checks at the edges.`,
  );
}

function winograd(before: TensorGraph, after: TensorGraph, owners: Owners): Sentence[] {
  return newOnes(before, after, owners, ({ op }) => op.kind === "contract" && op.labels[2].length === 6).map(
    (layer) =>
      say`${layer} is made in tiles of 4 x 4 results, by Winograd's filtering: a quarter of the multiplications, and up to twice the rounding error. The option exact forbids it.`,
  );
}

function materialize(before: TensorGraph, after: TensorGraph, owners: Owners): Sentence[] {
  const copies = newOnes(before, after, owners, ({ op }) => op.kind === "copy" && op.for === undefined);
  const outputs = after.nodes.flatMap(({ op }) =>
    op.kind === "copy" && op.for !== undefined ? [op.for] : [],
  );
  return [
    ...copies.map(
      (layer) => say`${layer} reads a copy: as it lies, every element would take divisions to find.`,
    ),
    ...outputs.map(
      (name) =>
        say`${name} is copied: it needs memory of its own, and is an input, a view or another output.`,
    ),
  ];
}

function pack(before: TensorGraph, after: TensorGraph, owners: Owners): Sentence[] {
  return newOnes(before, after, owners, ({ op }) => op.kind === "copy").map(
    (layer) => say`A weight of ${layer} is laid out anew: what is summed lies side by side.`,
  );
}

/** The layers that have more nodes of a kind than before. */
function newOnes(
  before: TensorGraph,
  after: TensorGraph,
  owners: Owners,
  isWanted: (node: TensorNode) => boolean,
): Layer[] {
  const more = new Map<Layer, number>();
  const count = ({ nodes }: TensorGraph, step: number): void => {
    for (const node of nodes.filter(isWanted)) {
      const layer = owners.of(node);
      if (layer) more.set(layer, (more.get(layer) ?? 0) + step);
    }
  };
  count(before, -1);
  count(after, 1);
  return [...more].flatMap(([layer, by]) => (by > 0 ? [layer] : []));
}

/** What `prepare` computes: from which parameters, and for which layers. */
export function explainSplit({ prepare, run }: Program, owners: Owners): Sentence[] {
  const readers = new Map<string, TensorNode[]>();
  for (const node of run.nodes.filter(isComputed)) {
    for (const input of node.inputs) {
      const { op } = reach(input).node;
      if (op.kind === "prepared") append(readers, op.name, node);
    }
  }
  return prepare.outputs.map(({ name, value }) => {
    const paths = behind(value.node).flatMap(({ op }) => (op.kind === "parameter" ? [op.path] : []));
    const sources = paths.length === 0 ? "literals alone" : listText(paths.sort());
    return say`${{ named: name }} is made of ${{ named: sources }} before any run, for ${owners.all(readers.get(name) ?? [])}.`;
  });
}

/** The primitives that layers consist of, and the layers that add no computation. */
export function explainExpand(layers: readonly Layer[], graph: TensorGraph, owners: Owners): Sentence[] {
  const work = graph.nodes.filter((node) => node.inputs.length > 0);
  const made = new Set(owners.all(work));
  const computing = layers.filter(({ node }) => node.op.kind === "layer");
  const idle = computing.filter((layer) => !made.has(layer));
  return [
    say`${counted(computing.length, "layer")} ${be(computing)} ${counted(graph.nodes.length, "primitive")}.`,
    ...idle.map((layer) => say`${layer} adds nothing: what it gives is there already.`),
  ];
}
