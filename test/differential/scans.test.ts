/** Loops over steps: in each other, backwards, of no steps and of states that change places, computed every way. */
import { expect, test } from "vitest";
import { Builder, sizesOf, type Tensor, type TensorGraph } from "../../compiler/ir/graph/builder.ts";
import { symbol } from "../../compiler/ir/size/size.ts";
import { compile, emit } from "../../compiler/index.ts";
import type { Tensor as Input } from "../../runtime/tensor.ts";
import { wrongWith } from "./wrong.ts";

const [N, M] = [symbol("N"), symbol("M")];

function graphOf(make: (b: Builder, x: Tensor) => readonly Tensor[]): TensorGraph {
  const b = new Builder();
  const x = b.input("x", { dtype: "f32", shape: [N, M] });
  const outputs = make(b, x).map((value, i) => ({ name: `y${i}`, value }));
  const inputs = [{ name: "x", value: x }];
  return { name: "loops", nodes: b.nodes, inputs, outputs, updates: [], parameters: [], checks: [] };
}

/** Small integers, of which no sum is rounded. */
const small = (b: Builder, x: Tensor): Tensor => b.map("mod", [x, 7]);

test("a loop in each step of a loop", () => {
  const graph = graphOf((b, x) => {
    const { last, stacked } = b.scan({ count: N, begin: [b.full([1, 1], 1)] }, ([outer], row) => {
      const inner = b.scan({ count: M, begin: [outer!], reverse: true }, ([state], column) => {
        const own = b.slice(x, [row, column], [1, 1], [1, 1]);
        const next = small(b, b.add(b.mul(state!, 2), b.add(own, outer!)));
        return { next: [next], stacked: [next] };
      });
      const sum = b.reduce("sum", inner.stacked[0]!, [0]);
      return { next: inner.last, stacked: [b.reshape(sum, [1])] };
    });
    return [...last, ...stacked];
  });
  expect(wrongWith(graph, 4)).toBeUndefined();
});

test("two loops, of which the second begins with what the first leaves", () => {
  const graph = graphOf((b, x) => {
    const rows = sizesOf(x)[1]!;
    const through = (
      source: Tensor,
      begin: Tensor,
      reverse: boolean,
    ): { last: readonly Tensor[]; stacked: readonly Tensor[] } =>
      b.scan({ count: N, begin: [begin], reverse }, ([state], at) => {
        const own = b.reshape(b.slice(source, [at, 0], [1, 1], [1, rows]), [rows]);
        const next = small(b, b.add(state!, own));
        return { next: [next], stacked: [next, state!] };
      });
    const first = through(x, b.full([rows], 2), true);
    const second = through(first.stacked[0]!, first.last[0]!, false);
    return [...second.last, ...second.stacked, first.stacked[1]!];
  });
  expect(wrongWith(graph, 4)).toBeUndefined();
});

test.each(["js", "wasm"] as const)("of no steps the states are those it began with: %s", (target) => {
  const text =
    "model M {\ninput x: f32[T, N, 2]\ninput h: f32[1, N, 3]\n[y, n] = [x, h] -> GRU(2, 3)\noutput y, n\n}";
  const model = compile(text, { target });
  const h = Float32Array.of(1, 2, 3, 4, 5, 6);
  const of = (...shape: number[]): Input => ({ dtype: "f32", shape, data: new Float32Array() });
  const { y, n } = model({ x: of(0, 2, 2), h: { dtype: "f32", shape: [1, 2, 3], data: h } });
  expect(y!.shape).toEqual([0, 2, 3]);
  expect([...n!.data]).toEqual([...h]);
  const none = model({ x: of(4, 0, 2), h: of(1, 0, 3) });
  expect([none["y"]!.shape, none["n"]!.shape]).toEqual([
    [4, 0, 3],
    [1, 0, 3],
  ]);
});

test("the text of a module does not grow with the number of steps", () => {
  const text = (steps: number): string =>
    emit(`model M { input x: f32[${steps}, 1, 4]\noutput y = x -> LSTM(4, 8, bias=False) }`, { target: "js" })
      .code;
  expect(text(900).length - text(100).length).toBeLessThan(200);
});
