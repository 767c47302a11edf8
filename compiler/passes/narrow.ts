/**
 * Makes weights of products narrow in memory, where the user asks for it. Those of f16 are read as they are. Those of i8 have a scale
 * for each row, that is for each place along an axis that is not summed, by which the result is multiplied.
 */
import {
  sizesOf,
  type Builder,
  type Tensor,
  type TensorGraph,
  type TensorNode,
} from "../ir/graph/builder.ts";
import type { NarrowDtype } from "../ir/dtype.ts";
import { scalePath, usersOf, type Parameter } from "../ir/graph/graph.ts";
import { axisGroups } from "../ir/graph/reshape.ts";
import { isView } from "../ir/graph/views.ts";
import { extents } from "../ir/types.ts";
import { rewrite } from "./rewrite.ts";
import type { Pass } from "./pass.ts";

const BECAUSE = "narrow weights stay as they are, and what is made of them would be wide";

export const narrow: Pass<TensorGraph, TensorGraph> = {
  name: "narrow",
  order: [
    { after: "prune", because: "a layer that nothing reads must not keep a weight wide" },
    { before: "fold", because: BECAUSE },
    { before: "winograd", because: BECAUSE },
  ],
  run(graph, { weightsAs }) {
    if (!weightsAs) return graph;
    const chosen = narrowable(graph, weightsAs);
    if (chosen.size === 0) return graph;
    const made = rewrite(graph, (b, { op, inputs, type }, old) => {
      if (op.kind === "parameter" && chosen.has(op.path)) return b.parameter(op.path, type, weightsAs);
      if (op.kind !== "contract" || weightsAs !== "i8") return undefined;
      const [left, right, result] = op.labels;
      const scales = inputs.flatMap((operand, i) => {
        const path = weightsOf(operand.node)?.path;
        const scale = path === undefined ? undefined : chosen.get(path);
        return scale ? scaleOf(b, operand, scale, [left, right][i]!, result) : [];
      });
      const product = b.make(op, inputs, type, old.hint);
      return scales.length > 0 ? scales.reduce((x, scale) => b.mul(x, scale), product) : undefined;
    });
    const parameters = graph.parameters.flatMap((parameter): Parameter[] => {
      const { path, type } = parameter;
      const scale = chosen.get(path);
      if (scale === undefined) return [parameter];
      return [{ ...parameter, type: { ...type, dtype: weightsAs } }, ...(scale ? [scale] : [])];
    });
    return { ...made, parameters };
  },
};

type Labels = readonly number[];

/** The weights that can be narrow, by their paths, each with the parameter of its scales if there are any. */
function narrowable(graph: TensorGraph, dtype: NarrowDtype): Map<string, Parameter | null> {
  const users = usersOf(graph);
  const kept = new Set([...graph.outputs, ...graph.updates].map(({ value }) => value.node));
  const nodes = new Map(
    graph.nodes.flatMap((node) => (node.op.kind === "parameter" ? [[node.op.path, node]] : [])),
  );
  const paths = new Set(graph.parameters.map(({ path }) => path));
  const found = new Map<string, Parameter | null>();
  for (const parameter of graph.parameters) {
    const { path, role, type } = parameter;
    const node = nodes.get(path);
    if (role !== "param" || type.dtype !== "f32" || !node) continue;
    const uses = productsOf(node, users, kept);
    if (!uses) continue;
    if (dtype === "f16") found.set(path, null);
    else if (!paths.has(scalePath(path))) {
      const sizes = extents(type.shape);
      const axis = sizes.findIndex((_, at) => uses.every((use) => isUnsummed(use, at)));
      if (axis < 0) continue;
      const shape = sizes.map((size, at) => (at === axis ? size : 1));
      const init = { kind: "constant", value: 1 } as const;
      const scale = {
        path: scalePath(path),
        aliases: [],
        role: "buffer",
        type: { dtype: "f32", shape },
        init,
      } as const;
      found.set(path, scale);
    }
  }
  return found;
}

/** A use of a weight: a product, and the views through which one of its operands shows the weight. */
interface Use {
  /** In the order in which they are applied. */
  readonly views: readonly TensorNode[];
  readonly labels: Labels;
  readonly result: Labels;
}

/** The uses of a weight; undefined where it is used for anything but products. */
function productsOf(
  node: TensorNode,
  users: ReadonlyMap<TensorNode, readonly TensorNode[]>,
  kept: ReadonlySet<TensorNode>,
): Use[] | undefined {
  const uses: Use[] = [];
  const visit = (shown: TensorNode, views: readonly TensorNode[]): boolean =>
    !kept.has(shown) &&
    users.get(shown)!.every((user) => {
      const { op, inputs } = user;
      if (isView(user)) return movesAlone(user) && visit(user, [...views, user]);
      if (op.kind !== "contract") return false;
      inputs.forEach((input, i) => {
        if (input.node === shown) uses.push({ views, labels: op.labels[i]!, result: op.labels[2] });
      });
      return true;
    });
  return visit(node, []) && uses.length > 0 ? uses : undefined;
}

/** Whether a view shows elements of its operand alone, each place along an axis at places along certain axes. */
function movesAlone({ op }: TensorNode): boolean {
  return ["reshape", "permute", "slice", "broadcast"].includes(op.kind);
}

/** Whether all that lies along an axis of the weight lies along axes of the result. */
function isUnsummed({ views, labels, result }: Use, axis: number): boolean {
  let axes = [axis];
  for (const view of views) {
    const { op, inputs } = view;
    if (op.kind === "permute") axes = axes.map((at) => op.order.indexOf(at));
    if (op.kind !== "reshape") continue;
    const groups = axisGroups(sizesOf(inputs[0]!), sizesOf({ node: view, result: 0 }));
    axes = groups.flatMap(({ from, to }) => (from.some((at) => axes.includes(at)) ? to : []));
  }
  return axes.every((at) => result.includes(labels[at]!));
}

/** The parameter op behind the views of an operand. */
function weightsOf(node: TensorNode): Extract<TensorNode["op"], { kind: "parameter" }> | undefined {
  let source = node;
  while (isView(source)) source = source.inputs[0]!.node;
  return source.op.kind === "parameter" ? source.op : undefined;
}

/** The scales of an operand for each element of the result, with size 1 along axes that they do not depend on. */
function scaleOf(
  b: Builder,
  operand: Tensor,
  { path, type }: Parameter,
  labels: Labels,
  result: Labels,
): Tensor {
  const shown = (node: TensorNode): Tensor =>
    isView(node)
      ? b.make(node.op, [shown(node.inputs[0]!.node)], node.types[0]!)
      : b.broadcast(b.parameter(path, type), sizesOf({ node, result: 0 }));
  const all = shown(operand.node);
  // The scale is the same along all that is summed.
  const own = sizesOf(all).map((size, axis) => (result.includes(labels[axis]!) ? size : 1));
  const first = b.slice(all, own.map(() => 0), own.map(() => 1), own); // prettier-ignore
  const order = labels
    .map((_, axis) => axis)
    .sort((x, y) => result.indexOf(labels[x]!) - result.indexOf(labels[y]!));
  const sizes = result.map((label) => (labels.includes(label) ? own[labels.indexOf(label)]! : 1));
  return b.reshape(b.permute(first, order), sizes);
}
