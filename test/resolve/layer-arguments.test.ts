/** Layers as arguments of layers. */
import { expect, test } from "vitest";
import { graphOf, inputsOf, wrong } from "./show.ts";

test("a layer is an argument as it is written in PyTorch", () => {
  const text =
    "x -> nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, activation=GELU), 3, norm=nn.LayerNorm(4))";
  expect(inputsOf(text)).toBe("x: f32[S, N, 4]");
  expect(graphOf(text)).toMatchInlineSnapshot(`
    "graph net
    %0 = input (x) : f32[S, N, 4]  # net.nn:1:1
    %1 = TransformerEncoder %0 (encoder_layer=TransformerEncoderLayer(d_model=4, nhead=2, activation=GELU()), num_layers=3, norm=LayerNorm(normalized_shape=4)) @0 : f32[S, N, 4]  # net.nn:1:9
    output y = %1
    "
  `);
});

test("what follows from the layer within is inferred", () => {
  expect(inputsOf("TransformerEncoder(TransformerEncoderLayer(6, 2, batch_first=True), 1)")).toBe(
    "x: f32[N, S, 6]",
  );
});

test.each([
  "x -> TransformerEncoder(LayerNorm(4), 2)",
  "x -> TransformerEncoder(2, 2)",
  "layer = TransformerEncoderLayer(4, 2)\nx -> TransformerEncoder(layer, 2)",
  "x -> TransformerEncoder(TransformerEncoderLayer(_, 2), 2)",
  "x -> TransformerEncoder((TransformerEncoderLayer(4, 2) -> ReLU), 2)",
  "x -> TransformerEncoder(TransformerEncoderLayer(4, 2), 2, norm=Linear(4, 5))",
  "x -> TransformerEncoder(TransformerEncoderLayer(4, 2), 2, norm=MatMul)",
  "x -> TransformerEncoder(TransformerEncoderLayer(4, 2), 2, norm=LayerNorm(5))",
  "model M { input x: f32[3, 2, 4]\n param w: f32[4]\n output x -> TransformerEncoder(TransformerEncoderLayer(4, 2), 2, norm=LayerNorm(4, weight=w)) }",
  'x -> TransformerEncoderLayer(4, 2, activation="silu")',
  "x -> TransformerEncoderLayer(4, 2, activation=PReLU)",
  "x -> TransformerEncoder(TransformerEncoderLayer(4, 3), 2)",
  "x -> TransformerEncoder(TransformerEncoderLayer(4, 2), 100000000)",
  "[x, x] -> Transformer(4, 2, custom_encoder=1)",
  "model M { input x: f32[3, 2, 4]\n input m: f32[2, 3]\n output [x, mask=m] -> TransformerEncoder(TransformerEncoderLayer(4, 2), 2) }",
  "model M { input x: f32[3, 2, 4]\n input m: f32[5, 3, 4]\n output [x, m] -> TransformerDecoderLayer(4, 2) }",
])("%s", (text) => {
  expect(wrong(text)).toMatchSnapshot();
});
