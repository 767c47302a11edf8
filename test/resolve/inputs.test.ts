/** Inputs: declared ones, those that follow from the layers, and sizes that are checked at the call. */
import { expect, test } from "vitest";
import { graphOf, inputsOf, resolved, wrong } from "./show.ts";

test.each([
  ["LayerNorm(10, eps=0) -> PReLU(0.25)", "x: f32[..., 10]"],
  ["ReLU -> LayerNorm(10)", "x: f32[..., 10]"],
  ["x -> ReLU", "x: f32[...]"],
  ["PReLU(5)", "x: f32[N, 5, ...]"],
  ["Softmax(dim=1)", "x: f32[N, C, ...]"],
  ["Conv2d(3, 8, 3)", "x: f32[N, 3, H, W]"],
  ["Linear(3, 4) -> Conv1d(7, 2, 1)", "x: f32[N, 7, 3]"],
  ["Embedding(7, 3) -> Linear(3, 2)", "x: i32[...]"],
  ["Residual { LayerNorm(4) }", "x: f32[..., 4]"],
  ["Repeat(2) { Residual { Identity -> PReLU(3) } -> Linear(4, 4) }", "x: f32[N, 3, ..., 4]"],
  ["ReLU -> LayerNorm([3, 4])", "x: f32[..., 3, 4]"],
  ["LayerNorm(4) -> LayerNorm([2, 3, 4])", "x: f32[..., 2, 3, 4]"],
  ["ReLU -> Softmax(-1) -> Flatten", "x: f32[N, ..., D]"],
  ["PReLU(3) -> Linear(3, 2)", "x: f32[N, 3]"],
  ["(x -> LSTM(3, 4)).h_n", "x: f32[L, N, 3]"],
  ["LSTM(3, 4)", "x: f32[L, N, 3]"],
  ["MultiheadAttention(4, 2)", "x: f32[...]"],
  ["x + 1 -> LayerNorm(3)", "x: f32[..., 3]"],
  ["[x -> ReLU, x] -> Add", "x: f32[...]"],
  ["CosineSimilarity(dim=1)", "x1: f32[...], x2: f32[...]"],
  ["[1, 2, 3] -> ReLU", ""],
  ["block B(d) { input q, k\n output q @ (k -> Transpose(-2, -1)) -> Linear(d, d) }\nB(3)", ""],
])("%s", (text, inputs) => {
  const actual = inputsOf(text);
  if (text.startsWith("block")) expect(actual).toMatch(/^q: f32\[.*\], k: f32\[/);
  else expect(actual).toBe(inputs);
});

test("a block is an entry, its open inputs inferred beside the declared ones", () => {
  const text = "block B { input a: f32[N, 4]\n input b\n output a + b -> LayerNorm(4) }";
  expect(inputsOf(text, { entry: "B" })).toBe("a: f32[N, 4], b: f32[..., N, 4]");
});

test("arguments set hyperparameters and fix symbolic sizes", () => {
  const text = "model M(d = 3) { input x: f32[N, T, d]\n output x -> Linear(d, 2 * d) }";
  expect(inputsOf(text)).toBe("x: f32[N, T, 3]");
  expect(inputsOf(text, { args: { d: 5, N: 4 } })).toBe("x: f32[4, T, 5]");
  expect(inputsOf("Conv2d(3, 8, 3)", { args: { H: 9 } })).toBe("x: f32[N, 3, 9, W]");
});

test("sizes are bound where a type names them, and are numbers from then on", () => {
  const text = `block Pad { input a\n input b: f32[N, C, L]
    y: f32[N, C, l] = a -> Conv1d(C, C, 2)
    output [y, b[:, :, :L - l]] -> Concat(dim=2) }
  model M { input x: f32[N, 2 * C, 9]\n output z = [x, x] -> p: Pad }`;
  expect(graphOf(text, { args: { C: 2 } })).toMatchInlineSnapshot(`
    "graph M
    %0 = input (x) : f32[N, 4, 9]  # net.nn:5:19
    %1 = Conv1d %0 (in_channels=4, out_channels=4, kernel_size=2) @p.y : f32[N, 4, 8]  # net.nn:3:28 < net.nn:6:26
    %2 = Subscript %0 (index=[:, :, :1]) @p : f32[N, 4, 1]  # net.nn:4:16 < net.nn:6:26
    %3 = Concat %1 %2 (dim=2) @p : f32[N, 4, 9]  # net.nn:4:36 < net.nn:6:26
    output z = %3
    "
  `);
});

test("a dimension is solved for the one name that is new in it", () => {
  const text =
    "block B { input x: f32[2 * C + 1]\n output Zeros(C) }\nmodel M { input x: f32[9]\n output y = x -> B }";
  expect(graphOf(text)).toMatchInlineSnapshot(`
    "graph M
    %0 = input (x) : f32[9]  # net.nn:3:17
    %1 = Zeros (size=[4]) @y : f32[4]  # net.nn:2:9 < net.nn:4:18
    output y = %1
    "
  `);
});

test("what cannot be proven is checked at the call", () => {
  const text = `model M { input x: f32[N|64, T]\n input w: f32[K, 3]\n h: f32[N, 3] = x @ w\n output y = h -> Linear(3, 2) }`;
  expect(
    resolved(text).graph?.checks.map(({ left, right, message }) =>
      [left, right, message].map((one) => (typeof one === "object" ? one.key : one)),
    ),
  ).toMatchInlineSnapshot(`
    [
      [
        "N",
        64,
        "N|64 at net.nn:1:24: N may be at most 64",
      ],
      [
        "T",
        "K",
        "@ at net.nn:3:17: the last size of the left side, T, must be that of the right side's rows, K",
      ],
    ]
  `);
});

test("sizes that differ are reported with both places", () => {
  expect(wrong("model M { input x: f32[N, 784]\n output x -> Linear(784, 128) -> LayerNorm(256) }"))
    .toMatchInlineSnapshot(`
    "net.nn:2:34 error NN2003: LayerNorm(256) cannot take f32[N, 128]: the last size must be 256
      2 |  output x -> Linear(784, 128) -> LayerNorm(256) }
        |                                  ^^^^^^^^^^^^^^
      2 |  output x -> Linear(784, 128) -> LayerNorm(256) }
        |              ---------------- f32[N, 128] comes from here"
  `);
});

test("a chain that no input fits reports the error that the best candidate comes to", () => {
  expect(wrong("LayerNorm(10) -> ReLU -> LayerNorm(20)")).toMatchInlineSnapshot(`
    "net.nn:1:26 error NN2003: LayerNorm(20) cannot take f32[..., 10]: the last size must be 20
      1 | LayerNorm(10) -> ReLU -> LayerNorm(20)
        |                          ^^^^^^^^^^^^^
      1 | LayerNorm(10) -> ReLU -> LayerNorm(20)
        |                  ---- f32[..., 10] comes from here"
  `);
  expect(wrong("Embedding(7, 3) -> Embedding(7, 3)")).toMatchInlineSnapshot(`
    "net.nn:1:20 error NN2003: Embedding(7, 3) cannot take f32[..., 3]: it takes i32, not f32
      1 | Embedding(7, 3) -> Embedding(7, 3)
        |                    ^^^^^^^^^^^^^^^
      1 | Embedding(7, 3) -> Embedding(7, 3)
        | --------------- f32[..., 3] comes from here"
  `);
});

test("a body whose result does not fit is what the best candidate comes to, not the layer in it", () => {
  expect(wrong("x -> Residual { Linear(3, 4) }")).toContain(
    "net.nn:1:6 error NN2003: + cannot take f32[..., 4] and f32[..., 3]",
  );
});

test("the work grows with the text, not with its square", () => {
  // Steps that a hidden quadratic pass would take are counted by the nodes and parameters that come out.
  const chain = (length: number): string => Array.from({ length }, () => "LayerNorm(10)").join(" -> ");
  const graph = resolved(chain(1000)).graph!;
  expect(graph.nodes).toHaveLength(1001);
  expect(graph.parameters).toHaveLength(2000);
  expect(graph.nodes.every((node) => node.origin?.calls.length === 1)).toBe(true);
});
