/** The verifier of the layer graph: each rule of its form, broken in a graph that keeps them all. */
import { expect, test } from "vitest";
import type { Graph, Node } from "../../compiler/ir/graph/graph.ts";
import { symbol } from "../../compiler/ir/size/size.ts";
import { verifyLayers } from "../../compiler/layers/verify-layers.ts";
import type { LayerOp, Mode } from "../../compiler/layers/record.ts";
import { plan } from "../../compiler/pipeline/pipeline.ts";
import { net } from "../inspect/support.ts";

const text = `model Net {
  input x: f32[N, 4]
  input m: f32[N, 3]
  param s: f32[3]
  h = x -> Linear(4, 3)
  output y = (h * s + [1, 2, 3]) -> Residual { Tanh -> Linear(3, 3) }
  output z = h @ m[:3, :3]
}
`;

type LayerGraph = Graph<LayerOp>;
type Change = (graph: LayerGraph) => LayerGraph;

/** The graph in which one node stands changed, for all that read it too. */
function nodeChanged(
  find: (node: Node<LayerOp>) => boolean,
  change: (node: Node<LayerOp>) => Partial<Node<LayerOp>>,
): Change {
  return (graph) => {
    const renewed = new Map<Node<LayerOp>, Node<LayerOp>>();
    const renew = <V extends { readonly node: Node<LayerOp> }>(value: V): V => ({
      ...value,
      node: renewed.get(value.node)!,
    });
    let isFound = false;
    for (const node of graph.nodes) {
      const isIt: boolean = !isFound && find(node);
      const base = { ...node, inputs: node.inputs.map(renew) };
      renewed.set(node, isIt ? { ...base, ...change(base) } : base);
      isFound ||= isIt;
    }
    if (!isFound) throw new Error("there is no such node");
    const port = <P extends { readonly value: { readonly node: Node<LayerOp> } }>(one: P): P => ({
      ...one,
      value: renew(one.value),
    });
    return {
      ...graph,
      nodes: [...renewed.values()],
      inputs: graph.inputs.map(port),
      outputs: graph.outputs.map(port),
    };
  };
}

const isLayer =
  (name: string) =>
  ({ op }: Node<LayerOp>): boolean =>
    op.kind === "layer" && op.record.name === name;
const isKind =
  (kind: LayerOp["kind"]) =>
  ({ op }: Node<LayerOp>): boolean =>
    op.kind === kind;
const layerWith = (
  name: string,
  change: (op: Extract<LayerOp, { kind: "layer" }>) => Partial<LayerOp>,
): Change => nodeChanged(isLayer(name), ({ op }) => ({ op: { ...op, ...change(op as never) } as LayerOp }));

test("a graph that resolve makes keeps the rules", () => {
  for (const mode of ["eval", "train"] as const) verifyLayers(net(text, { mode }), mode);
});

test.each<[string, Change, string]>([
  [
    "ids out of order",
    (graph) => ({ ...graph, nodes: graph.nodes.toReversed() }),
    "an operand does not come before it",
  ],
  ["an id twice", nodeChanged(isLayer("Linear"), () => ({ id: 0 })), "its id does not ascend"],
  [
    "an operand that is not in the graph",
    (graph) => ({ ...graph, nodes: graph.nodes.filter((node) => !isKind("constant")(node)) }),
    "an operand does not come before it",
  ],
  [
    "a result that is not there",
    nodeChanged(isLayer("Tanh"), ({ inputs }) => ({ inputs: [{ ...inputs[0]!, result: 1 }] })),
    "an operand has no such result",
  ],
  [
    "a node of another layer",
    nodeChanged(isLayer("Tanh"), ({ origin }) => ({ origin: { ...origin!, layer: 0 } })),
    "it stands for layer %0",
  ],
  [
    "an input without a port",
    (graph) => ({ ...graph, inputs: graph.inputs.slice(1) }),
    "the graph has no input x",
  ],
  [
    "a port of another name",
    (graph) => ({ ...graph, inputs: graph.inputs.map((port) => ({ ...port, name: `${port.name}_` })) }),
    "x_: it is no input of this name",
  ],
  [
    "a port that is not in the graph",
    (graph) => ({ ...graph, nodes: graph.nodes.slice(0, -1) }),
    "it is not among the nodes",
  ],
  [
    "two inputs of one name",
    (graph) => ({ ...graph, inputs: [...graph.inputs, graph.inputs[0]!] }),
    "are called x",
  ],
  [
    "two outputs of one name",
    (graph) => ({ ...graph, outputs: [...graph.outputs, graph.outputs[0]!] }),
    "are called y",
  ],
  [
    "two parameters at one path",
    (graph) => ({ ...graph, parameters: [...graph.parameters, graph.parameters[0]!] }),
    "two parameters, inputs or outputs are called",
  ],
  [
    "an axis that may be left out and is not the first",
    (graph) => ({ ...graph, outputs: graph.outputs.map((port) => ({ ...port, batch: "M" })) }),
    "y: its first size is not M",
  ],
  [
    "an update",
    (graph) => ({ ...graph, updates: [{ path: "s", value: graph.outputs[0]!.value }] }),
    "updates are made by `expand`",
  ],
  [
    "a parameter that the graph lacks",
    (graph) => ({ ...graph, parameters: graph.parameters.filter(({ path }) => path !== "s") }),
    "the graph has no parameter s",
  ],
  [
    "a parameter of another type",
    nodeChanged(isKind("parameter"), () => ({ types: [{ dtype: "f32", shape: [4] }] })),
    "s is f32[3] where f32[4] is needed",
  ],
  [
    "a constant of too many values",
    nodeChanged(isKind("constant"), () => ({ op: { kind: "constant", values: [1, 2] } })),
    "it has 2 values",
  ],
  [
    "a constant that no input gives",
    nodeChanged(isKind("constant"), () => ({ op: { kind: "constant", values: [symbol("K")] } })),
    "no input gives K",
  ],
  [
    "a size that no input gives",
    nodeChanged(isLayer("Linear"), () => ({ types: [{ dtype: "f32", shape: [symbol("K"), 3] }] })),
    "no input gives K",
  ],
  [
    "a check that no input gives",
    (graph) => ({ ...graph, checks: [{ left: symbol("K"), right: 1, relation: "==", message: "one" }] }),
    'no input gives K of the check "one"',
  ],
  [
    "a leaf with an operand",
    nodeChanged(isKind("constant"), () => ({ types: [] })),
    "constant: it takes nothing and gives one tensor",
  ],
  [
    "a layer with too few inputs",
    nodeChanged(isLayer("Tanh"), () => ({ inputs: [] })),
    "it takes 1 inputs, not 0",
  ],
  [
    "a layer with too many inputs",
    nodeChanged(isLayer("Tanh"), ({ inputs }) => ({ inputs: [...inputs, ...inputs] })),
    "it takes 1 inputs, not 2",
  ],
  [
    "a layer without a parameter",
    layerWith("Linear", ({ parameters }) => ({ parameters: { weight: parameters["weight"]! } })),
    "bias stands nowhere",
  ],
  [
    "a layer with a parameter of another",
    layerWith("Tanh", () => ({ parameters: { weight: "s" } })),
    "its record has no parameter weight",
  ],
  [
    "a layer with a parameter of another shape",
    layerWith("Linear", ({ parameters }) => ({ parameters: { ...parameters, bias: parameters["weight"]! } })),
    "h.weight is f32[3, 4] where f32[3] is needed",
  ],
  [
    "a type that the record does not give",
    nodeChanged(isLayer("Tanh"), () => ({ types: [{ dtype: "f32", shape: [symbol("N"), 4] }] })),
    "its record gives f32[N, 3]",
  ],
  [
    "a dtype that the record does not give",
    nodeChanged(isLayer("Tanh"), () => ({ types: [{ dtype: "i32", shape: [symbol("N"), 3] }] })),
    "its record gives f32[N, 3]",
  ],
  [
    "a result too many",
    nodeChanged(isLayer("Tanh"), ({ types }) => ({ types: [...types, ...types] })),
    "its record gives f32[N, 3]",
  ],
  [
    "an input that the record refuses",
    nodeChanged(isLayer("Linear"), ({ inputs }) => ({
      inputs: [{ ...inputs[0]!, node: { ...inputs[0]!.node } }],
    })),
    "an operand does not come before it",
  ],
  [
    "a record that refuses its input",
    nodeChanged(isKind("input"), () => ({ types: [{ dtype: "f32", shape: [symbol("N"), 5] }] })),
    "it cannot take f32[N, 5]: ",
  ],
])("%s", (_, change, message) => {
  const broken = change(net(text));
  expect(() => verifyLayers(broken, "eval")).toThrow(message);
  expect(() => verifyLayers(broken, "eval")).toThrow("layer graph Net: ");
});

test("a layer that a mode has not", () => {
  const change = nodeChanged(isLayer("Dropout"), ({ op }) => {
    const { record, ...rest } = op as Extract<LayerOp, { kind: "layer" }>;
    const unsupported = (mode: Mode): string | undefined => (mode === "train" ? "is for eval" : undefined);
    return { op: { ...rest, record: { ...record, unsupported } } };
  });
  const graph = change(net("model M { input x: f32[N, 4]; output y = x -> Dropout(0.5) }"));
  expect(() => verifyLayers(graph, "eval")).not.toThrow();
  expect(() => verifyLayers(graph, "train")).toThrow("it cannot take f32[N, 4]: ");
});

test("the driver looks at it before any pass", () => {
  const broken = layerWith("Tanh", () => ({ parameters: { weight: "s" } }))(net(text));
  expect(() => plan(broken, { mode: "eval", verify: true })).toThrow(
    "layer graph Net: its record has no parameter",
  );
  expect(() => plan(broken, { mode: "eval" })).not.toThrow();
});
