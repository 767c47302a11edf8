/** Flow: what arrows, lists, blocks and the entries with bodies make of a net. */
import { expect, test } from "vitest";
import { graphOf, parametersOf, resolved, wrong, wrongInFile } from "./show.ts";
import { library } from "../../compiler/resolve/index.ts";

const model = (body: string): string => `model M { input x: f32[N, 4]\n ${body}\n }`;

test("a list of layers hands its whole input to each, a list of tensors feeds a layer", () => {
  expect(graphOf(model("output y = x -> [ReLU, Tanh] -> Concat(dim=1)"))).toMatchInlineSnapshot(`
    "graph M
    %0 = input (x) : f32[N, 4]  # net.nn:1:17
    %1 = ReLU %0 @y.0.0 : f32[N, 4]  # net.nn:2:19
    %2 = Tanh %0 @y.0.1 : f32[N, 4]  # net.nn:2:25
    %3 = Concat %1 %2 (dim=1) @y.1 : f32[N, 8]  # net.nn:2:34
    output y = %3
    "
  `);
});

test("numbers and lists of them are tensors where tensors are wanted", () => {
  expect(graphOf(model("output y = x * 2 + [1, 2.5, 3, 4] - (1 - 0.5)"))).toMatchInlineSnapshot(`
    "graph M
    %0 = input (x) : f32[N, 4]  # net.nn:1:17
    %1 = constant (2) : i32[]  # net.nn:2:17
    %2 = Mul %0 %1 @y : f32[N, 4]  # net.nn:2:13
    %3 = constant ([1, 2.5, 3, 4]) : f32[4]  # net.nn:2:21
    %4 = Add %2 %3 @y : f32[N, 4]  # net.nn:2:13
    %5 = constant (0.5) : f32[]  # net.nn:2:38
    %6 = Sub %4 %5 @y : f32[N, 4]  # net.nn:2:13
    output y = %6
    "
  `);
});

test("whole numbers are floats where a layer takes no integers", () => {
  const parts = "a = w -> LayerNorm(2), b = w -> e: Embedding(3, 4)";
  expect(graphOf(`w = [1, 2]\nmodel M { output ${parts} }`)).toMatchInlineSnapshot(`
    "graph M
    %0 = constant ([1, 2]) : i32[2]  # net.nn:2:27
    %1 = constant ([1, 2]) : f32[2]  # net.nn:2:27
    %2 = LayerNorm %1 (normalized_shape=2) @a : f32[2]  # net.nn:2:27
    %3 = constant ([1, 2]) : i32[2]  # net.nn:2:53
    %4 = Embedding %3 (num_embeddings=3, embedding_dim=4) @e : f32[2, 4]  # net.nn:2:53
    output a = %2
    output b = %4
    "
  `);
  expect(wrong("[1, 2] -> LayerNorm(3)")).toMatchInlineSnapshot(`
    "net.nn:1:11 error NN2003: LayerNorm(3) cannot take f32[2]: the last size must be 3
      1 | [1, 2] -> LayerNorm(3)
        |           ^^^^^^^^^^^^"
  `);
});

test("a size is a number at compile time, and a tensor where it meets one", () => {
  expect(graphOf(model("output y = x[:, 0] / (2 * N) + Arange(N)"))).toMatchInlineSnapshot(`
    "graph M
    %0 = input (x) : f32[N, 4]  # net.nn:1:17
    %1 = Subscript %0 (index=[:, 0]) @y : f32[N]  # net.nn:2:13
    %2 = constant (2 * N) : i32[]  # net.nn:2:23
    %3 = Div %1 %2 @y : f32[N]  # net.nn:2:13
    %4 = Arange (end=N) @y : i32[N]  # net.nn:2:33
    %5 = Add %3 %4 @y : f32[N]  # net.nn:2:13
    output y = %5
    "
  `);
});

test("rounds feed their outputs to the next, by several inputs", () => {
  const text = `[_, total] = [x, Zeros(N, 4)] -> Repeat(2) as i {
    input h, sum
    r = h -> ReLU
    output r, sum + r * (i + 1)
  }
  output total`;
  expect(graphOf(model(text))).toMatchInlineSnapshot(`
    "graph M
    %0 = input (x) : f32[N, 4]  # net.nn:1:17
    %1 = Zeros (size=[N, 4]) @ : f32[N, 4]  # net.nn:2:19
    %2 = ReLU %0 @0.r : f32[N, 4]  # net.nn:4:14 < net.nn:2:35
    %3 = constant (1) : i32[]  # net.nn:5:25 < net.nn:2:35
    %4 = Mul %2 %3 @0 : f32[N, 4]  # net.nn:5:21 < net.nn:2:35
    %5 = Add %1 %4 @0 : f32[N, 4]  # net.nn:5:15 < net.nn:2:35
    %6 = ReLU %2 @1.r : f32[N, 4]  # net.nn:4:14 < net.nn:2:35
    %7 = constant (2) : i32[]  # net.nn:5:25 < net.nn:2:35
    %8 = Mul %6 %7 @1 : f32[N, 4]  # net.nn:5:21 < net.nn:2:35
    %9 = Add %5 %8 @1 : f32[N, 4]  # net.nn:5:15 < net.nn:2:35
    output total = %9
    "
  `);
});

test("a condition creates only what it chooses", () => {
  expect(
    graphOf(
      "model M(deep = false, n = 3) { input x: f32[N, 4]\n output y = x -> (Linear(4, 4) if deep and n > 2 else none) -> ReLU if not deep else Tanh }",
    ),
  ).toMatchInlineSnapshot(`
    "graph M
    %0 = input (x) : f32[N, 4]  # net.nn:1:38
    %1 = ReLU %0 @y : f32[N, 4]  # net.nn:2:64
    output y = %1
    "
  `);
});

test("results are taken by name, by list, or the first where one is wanted", () => {
  expect(graphOf(model("output a = (x[none] -> r: LSTM(4, 3)).h_n, b = x[none] -> s: LSTM(4, 3) -> ReLU")))
    .toMatchInlineSnapshot(`
    "graph M
    %0 = input (x) : f32[N, 4]  # net.nn:1:17
    %1 = Subscript %0 (index=[none]) @a : f32[1, N, 4]  # net.nn:2:14
    %2 = LSTM %1 (input_size=4, hidden_size=3) @r : f32[1, N, 3], f32[1, 1, 3], f32[1, 1, 3]  # net.nn:2:28
    %3 = Subscript %0 (index=[none]) @b : f32[1, N, 4]  # net.nn:2:49
    %4 = LSTM %3 (input_size=4, hidden_size=3) @s : f32[1, N, 3], f32[1, 1, 3], f32[1, 1, 3]  # net.nn:2:63
    %5 = ReLU %4.0 @b.1 : f32[1, N, 3]  # net.nn:2:77
    output a = %2.1
    output b = %5
    "
  `);
  expect(graphOf("block B { input x\n output p = x, q = x -> ReLU }\nx -> B")).toMatchInlineSnapshot(`
    "graph net
    %0 = input (x) : f32[...]  # net.nn:3:1
    %1 = ReLU %0 @0.q : f32[...]  # net.nn:2:25 < net.nn:3:6
    output p = %0
    output q = %1
    "
  `);
});

test("inputs are given by name, by a list of layers too", () => {
  expect(
    graphOf(
      "block Sub2 { input a, b\n output a - b }\nmodel M { input a: f32[N, 4]\n input b: f32[4, N]\n output y = [y=b, x=a] -> MatMul, z = a -> [b=ReLU, a=Tanh] -> Sub2, w = [a, y=b -> ReLU] -> MatMul }",
    ),
  ).toMatchInlineSnapshot(`
    "graph M
    %0 = input (a) : f32[N, 4]  # net.nn:3:17
    %1 = input (b) : f32[4, N]  # net.nn:4:8
    %2 = MatMul %0 %1 @y : f32[N, N]  # net.nn:5:27
    %3 = ReLU %0 @z.0.0 : f32[N, 4]  # net.nn:5:47
    %4 = Tanh %0 @z.0.1 : f32[N, 4]  # net.nn:5:55
    %5 = Sub %4 %3 @z.1 : f32[N, 4]  # net.nn:2:9 < net.nn:5:64
    %6 = ReLU %1 @w : f32[4, N]  # net.nn:5:85
    %7 = MatMul %0 %6 @w : f32[N, N]  # net.nn:5:94
    output y = %2
    output z = %5
    output w = %7
    "
  `);
  expect(graphOf(model("output y = [x[none], attn_mask=x -> ReLU] -> MultiheadAttention(4, 2)")))
    .toMatchInlineSnapshot(`
    "graph M
    %0 = input (x) : f32[N, 4]  # net.nn:1:17
    %1 = Subscript %0 (index=[none]) @y : f32[1, N, 4]  # net.nn:2:14
    %2 = ReLU %0 @y : f32[N, 4]  # net.nn:2:38
    %3 = MultiheadAttention %1 %2 (embed_dim=4, num_heads=2) @y : f32[1, N, 4], f32[1, N, 4]  # net.nn:2:47
    output y = %3.0
    "
  `);
});

test("inputs that may be left out are told to the layer", () => {
  expect(
    graphOf(
      "model M { input q: f32[T, N, 4]\n input m: bool[N, T]\n output y = [q, q, q, m] -> MultiheadAttention(4, 2) }",
    ),
  ).toMatchInlineSnapshot(`
    "graph M
    %0 = input (q) : f32[T, N, 4]  # net.nn:1:17
    %1 = input (m) : bool[N, T]  # net.nn:2:8
    %2 = MultiheadAttention %0 %0 %0 %1 (embed_dim=4, num_heads=2) @y : f32[T, N, 4], f32[T, N, 4]  # net.nn:3:29
    output y = %2.0
    "
  `);
});

test("text of PyTorch's constructors is a net", () => {
  expect(
    parametersOf(
      "nn.Sequential(nn.Linear(4, 8, bias=True), nn.ReLU(inplace=True), torch.nn.Sequential(nn.Linear(8, 2)))",
    ),
  ).toMatchInlineSnapshot(`
    "0.weight
    0.bias
    2.0.weight
    2.0.bias"
  `);
});

test("`_` is what the input has", () => {
  expect(graphOf(model("output y = x -> Linear(_, 3) -> LayerNorm(_)"))).toMatchInlineSnapshot(`
    "graph M
    %0 = input (x) : f32[N, 4]  # net.nn:1:17
    %1 = Linear %0 (in_features=4, out_features=3) @y.0 : f32[N, 3]  # net.nn:2:18
    %2 = LayerNorm %1 (normalized_shape=3) @y.1 : f32[N, 3]  # net.nn:2:34
    output y = %2
    "
  `);
});

test("constants of a file may use each other in any order, and files may import each other", () => {
  const files = {
    "b.nn": 'import { width } from "net.nn"\nblock B { Linear(width, half) }\nhalf = width // 2',
  };
  expect(
    parametersOf('import { B, half } from "./b.nn"\nwidth = 8\nB -> Linear(half, 3, bias=False)', { files }),
  ).toMatchInlineSnapshot(`
    "0.weight
    0.bias
    1.weight"
  `);
});

test("the weights statement is handed on, that of an import is not", () => {
  const { weights } = resolved('ReLU\nweights "net.safetensors"');
  expect(weights).toMatchObject({ path: "net.safetensors", span: { start: 5, end: 30 } });
  const files = { "head.nn": 'weights "head.safetensors"\nblock Head { ReLU }' };
  expect(resolved('import { Head } from "./head.nn"\nHead', { files }).weights).toBeUndefined();
});

test("a layer that is missing from the library is named once, whatever else is wrong", () => {
  const names = wrongInFile(
    "block A { Foo -> Bar(3) -> Foo }\nblock B { input x\n y = Quux(x) -> A\n output y }",
  ).matchAll(/block `(\w+)`/g);
  expect([...names].map((match) => match[1])).toEqual(["Foo", "Bar", "Quux"]);
});

test("what is not supported is said", () => {
  expect(wrong("model M { output XavierNormal(size=[3, 2]) }")).toContain("NN2012");
});

test("a broken table entry is no concern of names: the library alone resolves the smallest net", () => {
  expect(
    resolved("LayerNorm(10, eps=0) -> PReLU(0.25)", { table: library }).graph?.outputs.map(
      (port) => port.name,
    ),
  ).toEqual(["y"]);
});
