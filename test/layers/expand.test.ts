import { describe, expect, test } from "vitest";
import { evaluate } from "../../compiler/ir/graph/evaluate.ts";
import type { Graph, Node } from "../../compiler/ir/graph/graph.ts";
import { printGraph } from "../../compiler/ir/graph/print-graph.ts";
import { symbol } from "../../compiler/ir/size/size.ts";
import { describeLayer } from "../../compiler/layers/describe.ts";
import { records } from "../../compiler/layers/index.ts";
import { layer, type Args, type LayerOp, type LayerRecord } from "../../compiler/layers/record.ts";
import { expanded as toPrimitives } from "../../compiler/passes/expand.ts";
import { argsOf, expanded, runSingle, single } from "./single.ts";

function graphOf(
  record: LayerRecord,
  args: Args,
  shape: Parameters<typeof single>[2][0]["shape"],
): Graph<LayerOp> {
  const graph = single(record, args, [{ dtype: "f32", shape }], "train");
  if (typeof graph === "string") throw new Error(graph);
  return graph;
}

describe("expand", () => {
  const batchNorm = records.get("BatchNorm1d")!;

  test("a second use of a buffer reads what the first one wrote", () => {
    const graph = graphOf(batchNorm, argsOf(batchNorm, [1], { momentum: 0.5 }), [2, 1]);
    const first = graph.nodes.at(-1)!;
    const again: Node<LayerOp> = { ...first, id: first.id + 1, inputs: [{ node: first, result: 0 }] };
    const twice = { ...graph, nodes: [...graph.nodes, again] };
    const { updates } = evaluate(
      expanded(twice, "train"),
      { x0: { shape: [2, 1], data: [1, 3] } },
      {
        "0.weight": { shape: [1], data: [1] },
        "0.bias": { shape: [1], data: [10] },
        "0.running_mean": { shape: [1], data: [0] },
        "0.running_var": { shape: [1], data: [1] },
        "0.num_batches_tracked": { shape: [], data: [7] },
      },
    );
    expect(Array.from(updates["0.num_batches_tracked"]!.data)).toEqual([9]);
    // 0 -> 0.5 * 0 + 0.5 * 2 = 1 -> 0.5 * 1 + 0.5 * 10
    expect(updates["0.running_mean"]!.data[0]).toBeCloseTo(5.5, 12);
  });

  test("parameters that no body reads are no nodes, but stay in the list", () => {
    const graph = graphOf(batchNorm, argsOf(batchNorm, [3]), [2, 3]);
    const tensors = expanded(graph, "eval");
    const read = tensors.nodes.flatMap(({ op }) => (op.kind === "parameter" ? [op.path] : []));
    expect(read).not.toContain("0.num_batches_tracked");
    expect(tensors.parameters.map(({ path }) => path)).toContain("0.num_batches_tracked");
    expect(tensors.updates).toEqual([]);
  });

  test("a size that only the call can prove is relabelled", () => {
    for (const name of ["LayerNorm", "PReLU"]) {
      const record = records.get(name)!;
      const graph = graphOf(record, argsOf(record, [3]), [symbol("B"), symbol("D")]);
      const data = [1, 2, 4, -1, 0, 1];
      const parameters = { weight: { shape: [3], data: [1, 2, 3] }, bias: { shape: [3], data: [0, 0, 0] } };
      const fixed = graphOf(record, argsOf(record, [3]), [2, 3]);
      const run = (of: Graph<LayerOp>): Float64Array =>
        runSingle(of, [{ shape: [2, 3], data }], parameters).outputs["y0"]!.data;
      expect(run(graph)).toEqual(run(fixed));
    }
  });

  test("lists and sizes as constants", () => {
    const node: Node<LayerOp> = {
      id: 0,
      op: { kind: "constant", values: [1, symbol("N"), 3] },
      inputs: [],
      types: [{ dtype: "i32", shape: [3] }],
      origin: undefined,
    };
    const graph: Graph<LayerOp> = {
      name: "test",
      nodes: [node],
      inputs: [],
      outputs: [{ name: "y", value: { node, result: 0 } }],
      updates: [],
      parameters: [],
      checks: [],
    };
    const { outputs } = evaluate(expanded(graph), {}, {}, new Map([["N", 5]]));
    expect(Array.from(outputs["y"]!.data)).toEqual([1, 5, 3]);
  });

  test("a body that disagrees with its shape rule is a bug of ours", () => {
    const liar = layer({
      name: "Liar",
      doc: "",
      shapes: "",
      source: "",
      args: {},
      inputs: ["x"],
      infer: () => [{ dtype: "f32", shape: [4] }],
      body: ([x]) => [x!],
      samples: [],
    });
    expect(() => toPrimitives(graphOf(liar, {}, [3]), "eval")).toThrow("Liar at node 1 computes f32[3] where f32[4] was inferred"); // prettier-ignore
  });
});

test("the printed layer graph names what differs from the defaults", () => {
  const record = records.get("LayerNorm")!;
  const graph = graphOf(record, argsOf(record, [10], { eps: 0 }), [symbol("N"), 10]);
  expect(printGraph(graph, describeLayer)).toMatchInlineSnapshot(`
    "graph test
    %0 = input (x0) : f32[N, 10]  # test.nn:1:1
    %1 = LayerNorm %0 (normalized_shape=10, eps=0) @0 : f32[N, 10]  # test.nn:1:1
    output y0 = %1
    "
  `);
});
