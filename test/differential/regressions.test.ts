/** Graphs that a pass once got wrong, each under the rule it broke. */
import { expect, test } from "vitest";
import { check as diagnose, compile, emit } from "../../compiler/index.ts";
import { drive } from "../../compiler/drive/driver.ts";
import { Builder, type Tensor } from "../../compiler/ir/graph/builder.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import type { Plan } from "../../compiler/ir/plan/plan.ts";
import { printPlan } from "../../compiler/ir/plan/print-plan.ts";
import { symbol, type Size } from "../../compiler/ir/size/size.ts";
import { planTensors, signatureOf } from "../../compiler/pipeline/pipeline.ts";
import { imported } from "../compiled.ts";
import { closureOf, disagreement, stagesOf, tensorsOf, type Sizes } from "./agree.ts";

const N = symbol("N");
const M = symbol("M");

function check(
  build: (b: Builder, input: (...shape: Size[]) => Tensor) => readonly Tensor[],
  without: readonly string[] = [],
): Plan {
  const b = new Builder();
  const inputs: Tensor[] = [];
  const input = (...shape: Size[]): Tensor => {
    const made = b.input(`x${inputs.length}`, { dtype: "f32", shape });
    inputs.push(made);
    return made;
  };
  const outputs = build(b, input);
  const graph: TensorGraph = {
    name: "test",
    nodes: b.nodes,
    inputs: inputs.map((value, i) => ({ name: `x${i}`, value })),
    outputs: outputs.map((value, i) => ({ name: `y${i}`, value })),
    updates: [],
    parameters: [],
    checks: [],
  };
  const stages = stagesOf(
    (options) => planTensors(graph, signatureOf(graph), { ...options, without }),
    graph,
  );
  const sizes: Sizes = new Map([["N", 2], ["M", 3]]); // prettier-ignore
  const ports = graph.inputs.map(({ name, value }) => ({ name, type: value.node.types[0]! }));
  const given = { sizes, inputs: tensorsOf(ports, sizes, (port, i) => -1 - port - i), parameters: {} };
  expect(disagreement(stages, given, [closureOf(stages.plan, {})], "bits")).toBeUndefined();
  return stages.plan;
}

test("the larger of two negative numbers is no zero, folded or not", () => {
  check((b, input) => [b.map("max", [input(3), -5]), b.add(b.map("max", [b.full([3], -7), -5]), input(3))]);
});

test("an output of literals alone is stored by every run", () => {
  check((b, input) => [b.full([2, 3], 4), b.add(input(3), 1)]);
});

test("statistics that meet in one value share no loop of other sizes", () => {
  check((b, input) => {
    const z = input(N, M);
    const turned = b.reduce("max", b.permute(z, [1, 0]), [0, 1]);
    return [b.sub(b.reduce("max", b.map("neg", [z]), [0, 1]), turned)];
  });
});

test("a sum over an axis that another one corresponds to", () => {
  check((b, input) => {
    const z = b.map("neg", [input(N, N)]);
    return [b.reduce("sum", b.mul(z, b.permute(z, [1, 0])), [0])];
  });
});

test("integers have no negative zero", () => {
  check((b, input) => {
    const at = b.iota([3], 0);
    return [b.add(b.cast(b.map("neg", [at]), "f32"), b.mul(input(3), -0)), b.cast(b.sub(0, at), "f32")];
  });
});

test("integers wrap, whether they are folded or counted", () => {
  check((b, input) => {
    const large = b.full([3], 2 ** 31 - 1, "i32");
    const counted = [3, N].map((size) => b.mul(b.iota([size], 0), 2_000_000_000));
    return [b.mul(large, large), ...counted, b.add(b.cast(counted[1]!, "f32"), input(N))];
  });
});

test("a range check is not made for positions that are not there, though both sides read one operand", () => {
  check((b, input) => {
    const table = input(8);
    const x = input(N);
    const rows = b.gather(table, b.map("abs", [b.cast(x, "i32")]));
    return [rows, b.add(b.pad(rows, [N], { before: [1] }), x)];
  });
});

test("maps of one operand share kernels, however many they are", () => {
  const plan = check((b, input) => {
    const x = input(N);
    return Array.from({ length: 200 }, (_, i) => b.mul(x, i + 2));
  });
  expect(plan.run).toHaveLength(4);
});

test("values that many later ones read are put in place once, not once for each way to them", () => {
  const plan = check((b, input) => {
    const h = [b.map("abs", [input(N, M)])];
    for (let i = 1; i < 30; i++) h.push(b.map("sin", [b.add(h[i - 1]!, h[Math.max(i - 2, 0)]!)]));
    return h.slice(-2).map((x) => b.sub(x, b.reduce("max", x, [1])));
  });
  expect(plan.run).toHaveLength(1);
});

test("a number that is not not 0 is true, and no number", () => {
  check((b, input) => [b.map("not", [b.map("not", [input(3)])])]);
});

test("a sum that goes on over all rounds of a loop is not made four at a time", () => {
  check((b, input) => [b.reduce("sum", b.broadcast(input(1, 2), [5, 5, 2]), [0, 1, 2])]);
});

test("a maximum that goes on over all rounds of a loop that also makes windows", () => {
  check((b, input) => {
    const rows = b.gather(input(3, M), b.map("abs", [b.cast(b.map("mod", [input(1), 2]), "i32")]), {
      checked: false,
    });
    const window = b.window(rows, { axis: 0, size: 3, stride: 1, dilation: 1, before: 1, count: 1 });
    return [b.reduce("sum", window, [2]), b.reduce("max", rows, [0, 1])];
  });
});

test("a table made by a map that shares its operand with the index", () => {
  check((b, input) => {
    const x = input(3);
    return [b.gather(b.map("neg", [x]), b.map("abs", [b.cast(b.map("mod", [x, 2]), "i32")]))];
  });
});

test("truth that was computed equals truth as a number", () => {
  check((b, input) => {
    const truth = b.cast(b.broadcast(b.cast(input(1), "bool"), [2, 3]), "f32");
    return [b.map("eq", [truth, b.map("abs", [b.add(input(2, 3), 1)])])];
  });
});

test("what several rounds read past an edge they read behind its guard", () => {
  const plan = check(
    (b, input) => {
      const edges = { mode: "constant", before: [0, 1], interior: [0, 0], value: 0 } as const;
      const padded = b.pad(input(5, 40), [5, 42], edges);
      return [b.contract(padded, input(8, 42), [[0, 1], [2, 1], [0, 2]])]; // prettier-ignore
    },
    ["pad"],
  );
  const text = printPlan(plan);
  expect(text).toMatch(/let t\d* = guard/);
  expect(text).not.toMatch(/let \S+ = x\[/);
});

test("arguments whose order goes by their number may be fewer than there are names", () => {
  expect([...(compile("model M { output y = Arange(2, 6) }")().data as Int32Array)]).toEqual([2, 3, 4, 5]);
});

test("a range may fall, down to a size that only the call knows", () => {
  expect([...compile("model M { output y = Arange(5, -3, -2) }")().data]).toEqual([5, 3, 1, -1]);
  const backward = compile("model M { input x: f32[N]; output Arange(N - 1, -1, -1) }");
  expect([...backward([7, 8, 9]).data]).toEqual([2, 1, 0]);
  expect(backward(new Float32Array(0)).shape).toEqual([0]);
  expect(diagnose("model M { output y = Arange(2, 6, -1) }")[0]?.message).toContain(
    "end must not be greater",
  );
  expect(diagnose("model M { output y = Arange(2, 6, 0) }")[0]?.message).toContain("step must not be 0");
});

test("sizes of a computed dim follow from any order of inputs, and in a module", async () => {
  const masked = `model M {
    input mask: bool[T, P + T]
    input past: f32[P]
    output [mask, Ones(T, P + T), 0] -> Where -> Sum(1)
  }`;
  const inputs = { mask: [[true, false, true]], past: [1, 2] };
  expect([...compile(masked)(inputs).data]).toEqual([2]);
  const both = "model M { input x: f32[N + K, K]; output x[:N] }";
  expect(compile(both)([[1, 2], [3, 4], [5, 6]]).shape).toEqual([1, 2]); // prettier-ignore
  const half = "model M { input x: f32[2 * N]; output x[:N] }";
  const { code } = emit(half);
  const module = await imported(code);
  expect([...module.default([1, 2, 3, 4]).data]).toEqual([1, 2]);
  expect(module.selfTest()).toBeLessThan(1);
});

test("symbols that no size of an input tells are named when compiling", () => {
  for (const type of ["f32[N * K]", "f32[N // 2]", "f32[N * N]"]) {
    const [wrong] = diagnose(`model M { input x: ${type}; output x }`);
    expect(wrong?.code).toBe("NN2005");
  }
});

test("no size is negative: neither one that an input gives nor one that is computed of it", () => {
  const refused = (body: string, length: number): void => {
    const model = compile(`model M { input x: ${body} }`);
    expect(() => model(Array.from({ length }, () => 1)), body).toThrow(/must be f32|a size below 0/);
  };
  refused("f32[N + 2]; output x * 2", 1);
  refused("f32[N]; output x -> Split([2, N - 2]) -> Concat", 1);
  refused("f32[N]; output Eye(N - 3)", 2);
  refused("f32[N]; output x[0] * Ones(N - 3) -> Sum", 2);
  refused("f32[N]; output Zeros(N - 3, 2)", 2);
});

test("a self test looks whether sizes fit before it makes inputs of them", () => {
  // Of the sizes that are tried none is 5, and the last are 256 for each axis.
  const { code } = emit("model M { input x: f32[A, B, C, D]; output x -> BatchNorm2d(5) }");
  expect(code).not.toContain("selfTest");
});

test("what was prepared and is float32 as it stands is kept so, also for what is prepared of it", () => {
  const text = `model M {
  h = Eye(3)
  s = h -> Repeat(2, shared=true) { Softmax(0) -> Expm1 -> ELU }
  output y = h, z = [h -> Abs -> ReLU -> Ceil, h] -> Stack -> Softmax2d -> Reshape([-1]), t = s
}`;
  expect(() => drive(text, {}, { verify: true })).not.toThrow();
});
