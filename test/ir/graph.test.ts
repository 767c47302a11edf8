import { describe, expect, test } from "vitest";
import { spanAt } from "../../grammar/source.ts";
import { Builder, broadcastSizes, sizesOf, type Tensor } from "../../compiler/ir/graph/builder.ts";
import { promote, type Dtype } from "../../compiler/ir/dtype.ts";
import type { Parameter } from "../../compiler/ir/graph/graph.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import { printTensorGraph } from "../../compiler/ir/graph/print-graph.ts";
import { Expressions, scalar } from "../../compiler/ir/plan/plan.ts";
import type { TensorOp } from "../../compiler/ir/graph/primitives.ts";
import { symbol } from "../../compiler/ir/size/size.ts";
import type { TensorType } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/graph/verify-graph.ts";

const N = symbol("N");
const weight: Parameter = {
  path: "0.weight",
  aliases: [],
  role: "param",
  type: { dtype: "f32", shape: [3] },
  init: { kind: "constant", value: 1 },
};

function graphOf(b: Builder, y: Tensor): TensorGraph {
  return {
    name: "net",
    nodes: b.nodes,
    inputs: b.nodes.flatMap((node) =>
      node.op.kind === "input" ? [{ name: node.op.name, value: { node, result: 0 } }] : [],
    ),
    outputs: [{ name: "y", value: y }],
    updates: [],
    parameters: [weight],
    checks: [{ left: N, right: 2, relation: ">=", message: "there must be two rows" }],
  };
}

describe("building", () => {
  test("equal nodes are made once, -0 is not 0", () => {
    const b = new Builder();
    const x = b.input("x", { dtype: "f32", shape: [N, 3] });
    expect(b.add(x, 1).node).toBe(b.add(x, 1).node);
    expect(b.constant(0).node).not.toBe(b.constant(-0).node);
    expect(b.constant(1, "i32").node).not.toBe(b.constant(1).node);
  });

  test("movement that moves nothing is nothing", () => {
    const b = new Builder();
    const x = b.input("x", { dtype: "f32", shape: [N, 3] });
    expect(b.reshape(b.reshape(x, [3, N]), [N, 3])).toBe(x);
    expect(b.permute(x, [0, 1])).toBe(x);
    expect(b.slice(x, [0, 0], [1, 1], [N, 3])).toBe(x);
    expect(b.broadcast(x, [N, 3])).toBe(x);
    expect(b.reduce("sum", x, [])).toBe(x);
    expect(b.concat([x], 0)).toBe(x);
    expect(b.cast(x, "f32")).toBe(x);
  });

  test("sizes broadcast, a number names what the call must prove equal", () => {
    expect(broadcastSizes([[2, 1], [3]])).toEqual([2, 3]);
    expect(broadcastSizes([[N], [3]])).toEqual([3]);
    expect(() => broadcastSizes([[2], [3]])).toThrow("do not broadcast");
    const b = new Builder();
    const x = b.input("x", { dtype: "f32", shape: [N] });
    const y = b.broadcast(x, [2, 3]);
    expect(sizesOf(y.node.inputs[0]!)).toEqual([1, 3]);
  });

  test("dtypes promote bool < i32 < f32", () => {
    expect(promote(["bool", "i32"])).toBe("i32");
    expect(promote(["f32", "bool"])).toBe("f32");
    expect(promote([])).toBe("bool");
    // A list of as many literals is one operand each.
    expect(promote(new Array<Dtype>(200_000).fill("i32"))).toBe("i32");
  });
});

test("what differs in the sign of a zero is made twice", () => {
  const b = new Builder();
  const x = b.input("x", { dtype: "f32", shape: [2] });
  const padded = [0, -0].map((value) => b.pad(x, [3], { before: [1], value }));
  expect(padded[0]!.node).not.toBe(padded[1]!.node);
  const pool = new Expressions();
  const operand = pool.local("t", scalar("f64"));
  const [plus, minus] = [0, -0].map((fallback) => pool.guard(operand, { at: N, below: 3, fallback })); // prettier-ignore
  expect(plus).not.toBe(minus);
});

test("the printed form", () => {
  const b = new Builder();
  b.origin = {
    layer: 2,
    calls: [
      { name: "Linear", text: "Linear(3, 2)", span: spanAt("net.nn", 1, 6) },
      { name: "Net", text: "Net()", span: spanAt("net.nn", 9, 1) },
    ],
  };
  const x = b.input("x", { dtype: "f32", shape: [N, 3] });
  const w = b.parameter("0.weight", weight.type);
  const y = b.contract(x, w, [[0, 1], [1], [0]]); // prettier-ignore
  const z = b.window(b.slice(y, [1], [1], [2]), { axis: 0, size: 2, stride: 1, dilation: 1, before: 0, count: 1 }); // prettier-ignore
  expect(printTensorGraph(graphOf(b, b.add(z, -0)))).toMatchInlineSnapshot(`
    "graph net
    param 0.weight: f32[3] = 1
    check N >= 2: there must be two rows
    %0 = input (x) : f32[N, 3]  # "Linear(3, 2)" net.nn:1:6 < "Net()" net.nn:9:1
    %1 = parameter (0.weight) : f32[3]  # "Linear(3, 2)" net.nn:1:6 < "Net()" net.nn:9:1
    %2 = contract %0 %1 (ab,b->a) : f32[N]  # "Linear(3, 2)" net.nn:1:6 < "Net()" net.nn:9:1
    %3 = slice %2 (starts=[1], steps=[1]) : f32[2]  # "Linear(3, 2)" net.nn:1:6 < "Net()" net.nn:9:1
    %4 = window %3 (axis=0, size=2, stride=1, dilation=1, before=0) : f32[1, 2]  # "Linear(3, 2)" net.nn:1:6 < "Net()" net.nn:9:1
    %5 = constant (-0) : f32[]  # "Linear(3, 2)" net.nn:1:6 < "Net()" net.nn:9:1
    %6 = reshape %5 : f32[1, 1]  # "Linear(3, 2)" net.nn:1:6 < "Net()" net.nn:9:1
    %7 = broadcast %6 : f32[1, 2]  # "Linear(3, 2)" net.nn:1:6 < "Net()" net.nn:9:1
    %8 = add %4 %7 : f32[1, 2]  # "Linear(3, 2)" net.nn:1:6 < "Net()" net.nn:9:1
    input x = %0
    output y = %8
    "
  `);
});

describe("verification", () => {
  const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

  function problem(op: TensorOp, operands: readonly TensorType[], type: TensorType): string {
    const b = new Builder();
    const inputs = operands.map((operand, i) => b.input(`x${i}`, operand));
    try {
      verify(graphOf(b, b.make(op, inputs, type)));
      return "";
    } catch (error) {
      return (error as Error).message.split("\n")[0]!.replace(/^.*?: /, "");
    }
  }

  test("a draw is there once", () => {
    const b = new Builder();
    const first = b.random("uniform", [2], [0, 1]);
    const again = b.make(first.node.op, [], f32(3));
    expect(() => verify(graphOf(b, b.concat([first, again], 0)))).toThrow("draw 0 is there twice");
  });

  test.each<readonly [TensorOp, readonly TensorType[], TensorType, string]>([
    [{ kind: "map", map: "add" }, [f32(2)], f32(2), "it takes 2 operands"],
    [{ kind: "map", map: "add" }, [f32(2), f32(3)], f32(2), "[3] stands where [2] is needed"],
    [{ kind: "map", map: "add" }, [f32(2), { dtype: "i32", shape: [2] }], f32(2), "i32 stands where f32 is needed"], // prettier-ignore
    [{ kind: "map", map: "lt" }, [f32(2), f32(2)], f32(2), "f32 stands where bool is needed"],
    [{ kind: "random", draw: "uniform", numbers: [0], order: 0 }, [], f32(2), "uniform has 2 numbers"],
    [{ kind: "random", draw: "bernoulli", numbers: [0.5], order: 0 }, [], f32(2), "f32 stands where bool is needed"], // prettier-ignore
    [{ kind: "random", draw: "slopes", numbers: [0, 1], order: 0 }, [f32(3)], f32(2), "[3] stands where [2] is needed"], // prettier-ignore
    [{ kind: "random", draw: "randperm", numbers: [], order: 0 }, [], { dtype: "i32", shape: [2, 2] }, "a permutation has one axis"], // prettier-ignore
    [{ kind: "random", draw: "uniform", numbers: [0, 1], order: 1 }, [f32(2)], f32(2), "draw 1 does not come after draw 0"], // prettier-ignore
    [{ kind: "random", draw: "uniform", numbers: [0, 1], order: 0 }, [f32(2)], f32(2), "it takes 0 operands"], // prettier-ignore
    [{ kind: "reduce", reduce: "sum", axes: [1] }, [f32(2)], f32(1), "there is no axis 1 among 1"],
    [{ kind: "reduce", reduce: "sum", axes: [0] }, [f32(2)], f32(2), "[2] stands where [1] is needed"],
    [{ kind: "reduce", reduce: "sum", axes: [1, 0] }, [f32(2, 2)], f32(1, 1), "axes must ascend"],
    [{ kind: "reshape" }, [f32(2, 3)], f32(5), "6 elements become 5"],
    [{ kind: "permute", order: [0, 0] }, [f32(2, 2)], f32(2, 2), "an axis stands twice"],
    [{ kind: "broadcast" }, [f32(2)], f32(3), "[3] stands where [2] is needed"],
    [{ kind: "slice", starts: [2], steps: [1] }, [f32(3)], f32(2), "axis 0 reaches outside 3"],
    [{ kind: "concat", axis: 0 }, [f32(2), f32(3)], f32(4), "[4] stands where [5] is needed"],
    [
      { kind: "gather", axis: 0, batch: 0, checked: true, choice: false },
      [f32(2, 3), f32(1)],
      f32(1, 3),
      "the index must be i32",
    ],
    [{ kind: "gather", axis: 0, batch: 0, checked: true, choice: true }, [f32(2), { dtype: "i32", shape: [1] }], f32(1), "a choice is one of a row, and needs no check"], // prettier-ignore
    [{ kind: "gather", axis: 0, batch: 0, checked: false, choice: true }, [f32(2, 3), { dtype: "i32", shape: [1] }], f32(1, 3), "a choice is one of a row, and needs no check"], // prettier-ignore
    [{ kind: "contract", labels: [[0], [1], [2]] }, [f32(2), f32(2)], f32(2), "label 2 of the result is in no operand"], // prettier-ignore
    [{ kind: "contract", labels: [[0], [0], []] }, [f32(2), f32(3)], f32(), "label 0 is 2 and 3"],
    [{ kind: "parameter", path: "1.weight" }, [], f32(3), "the graph has no parameter 1.weight"],
  ])("%j", (op, operands, type, wanted) => {
    expect(problem(op, operands, type)).toBe(wanted);
  });

  test("the message shows the neighbourhood", () => {
    const b = new Builder();
    const x = b.input("x", f32(2));
    const bad = b.make({ kind: "reshape" }, [x], f32(3));
    expect(() => verify(graphOf(b, bad))).toThrow(
      "graph net, node %1: 2 elements become 3\n  %0 = input (x) : f32[2]\n> %1 = reshape %0 : f32[3]",
    );
  });

  test("nodes stand in order, and outputs among them", () => {
    const b = new Builder();
    const y = b.add(b.input("x", f32(2)), 1);
    const graph = graphOf(b, y);
    expect(() => verify({ ...graph, nodes: graph.nodes.toReversed() })).toThrow("an operand does not come before it"); // prettier-ignore
    expect(() => verify({ ...graph, nodes: graph.nodes.slice(0, 1) })).toThrow("y is not among the nodes");
  });
});
