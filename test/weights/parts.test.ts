/** Weights that files hold in parts, against what modules of PyTorch compute of them. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, tensor, type Tensor } from "../../compiler/index.ts";
import { refusal } from "../compiled.ts";
import { drive } from "../../compiler/drive/driver.ts";

interface Recorded {
  readonly name: string;
  readonly net: string;
  readonly state: Readonly<Record<string, Raw>>;
  readonly weights: Readonly<Record<string, Raw>>;
}

interface Raw {
  readonly shape: number[];
  readonly data: number[];
}

const { states } = JSON.parse(
  readFileSync(new URL("../fixtures/torch/parts.json", import.meta.url), "utf8"),
) as { states: Recorded[] };

function stateOf({ state }: Recorded): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(state).map(([name, { shape, data }]) => [name, tensor(data, { shape })]),
  );
}

const refused: ReadonlyMap<string, string> = new Map([
  [
    "orthogonal",
    "0.weight is stored in parts of orthogonal, 0.parametrizations.weight.original, 0.parametrizations.weight.0.base: ",
  ],
  [
    "symmetric",
    "0.weight is stored in parts of a parametrization that the file does not name, 0.parametrizations.weight.original: ",
  ],
]);

test.each(states.filter(({ name }) => !refused.has(name)))("$name", (one) => {
  const { parameters } = compile(one.net, { weights: stateOf(one) });
  for (const [name, { shape, data }] of Object.entries(one.weights)) {
    expect(parameters[name]!.shape).toEqual(shape);
    // Computed in float64, from the same float32 parts: rounded once.
    data.forEach((value, i) => expect(parameters[name]!.data[i]).toBeCloseTo(value, 6));
  }
  expect(drive(one.net, { weights: stateOf(one) }).notes.join()).toContain(
    one.name.split(/[ ,]/)[0]!.split(".").at(-1),
  );
});

test.each(states.filter(({ name }) => refused.has(name)))("$name is refused by its name", (one) => {
  for (const strict of [true, false]) {
    const message = refusal(one.net, { weights: stateOf(one), strict });
    expect(message).toContain(
      `NN4105: the weights do not fit the model: 1 tensor cannot be taken\n    ${refused.get(one.name)}`,
    );
    expect(message).not.toMatch(/perhaps|missing|unexpected/);
  }
});

const g = tensor([[1], [2], [3]]);
const v = tensor([3, 4, 0, 0, 0, 5, 12, 0, 1, 1, 1, 1], { shape: [3, 4] });
const bias = tensor([0, 0, 0]);
const net = "Linear(4, 3)";

describe("what PyTorch's present modules do not write", () => {
  test.each<[string, Record<string, Tensor>, string]>([
    ["one part", { "0.weight_g": g }, "0.weight is stored in parts, of which 0.weight_g alone is there"],
    [
      "parts of other shapes",
      { "0.weight_g": tensor([1, 2, 3]), "0.weight_v": v },
      "parts of [3] and [3, 4], which weight_norm does not make",
    ],
    [
      "factors",
      {
        "0.parametrizations.weight.original0": tensor([1, 2, 3, 4, 5, 6], { shape: [3, 2] }),
        "0.parametrizations.weight.original1": tensor([1, 2, 3, 4, 5, 6, 7, 8], { shape: [2, 4] }),
      },
      "parts of [3, 2] and [2, 4], which weight_norm does not make",
    ],
    [
      "vectors of other lengths",
      { "0.weight_orig": v, "0.weight_u": tensor([1, 2]), "0.weight_v": tensor([1, 2]) },
      "which spectral_norm does not make",
    ],
    [
      "half of spectral_norm",
      { "0.weight_orig": v, "0.weight_u": bias },
      "stored in parts of a parametrization that the file does not name, 0.weight_orig, 0.weight_u",
    ],
    [
      "two at once",
      { "0.weight_orig": v, "0.weight_mask": v, "0.weight_g": g, "0.weight_v": v },
      "stored in parts of a parametrization",
    ],
    [
      "integers with a scale",
      {
        "0.weight": tensor(
          Array.from({ length: 12 }, () => 1),
          { shape: [3, 4], dtype: "i8" },
        ),
        "0.weight_scale": tensor([1]),
      },
      "0.weight is quantized, as 0.weight_scale tells",
    ],
    [
      "packed integers",
      { "0.qweight": tensor([1], { dtype: "i32" }), "0.scales": tensor([1]) },
      "0.weight is quantized, as 0.qweight tells",
    ],
    [
      "an adapter",
      { "0.base_layer.weight": v, "0.lora_A.weight": v, "0.lora_B.weight": v },
      "0.weight has an adapter, 0.lora_A.weight: merge it",
    ],
  ])("%s", (_, parts, reason) => {
    for (const strict of [true, false]) {
      const message = refusal(net, { weights: { ...parts, "0.bias": bias }, strict });
      expect(message).toContain(reason);
      expect(message).not.toContain("perhaps");
    }
  });

  test("the first spectral_norm, which stored the weight", () => {
    const weights = { "0.weight": v, "0.weight_orig": g, "0.weight_u": bias, "0.bias": bias };
    expect([...compile(net, { weights }).parameters["0.weight"]!.data]).toEqual([...v.data]);
  });

  test("names of a net's own that look like parts", () => {
    const source =
      "model M { param weight_g: f32[3, 1]\n param weight_v: f32[3, 4]\n output a = weight_g, b = weight_v }";
    const { parameters } = compile(source, { weights: { weight_g: g, weight_v: v } });
    expect([...parameters["weight_v"]!.data]).toEqual([...v.data]);
  });

  test("float64 before float32: squares that are beyond float32", () => {
    const weights = {
      "0.weight_g": tensor([[2]]),
      "0.weight_v": tensor([[3e30, 4e30]]),
      "0.bias": tensor([0]),
    };
    const { data } = compile("Linear(2, 1)", { weights }).parameters["0.weight"]!;
    expect([...data].map((value) => value.toFixed(6))).toEqual(["1.200000", "1.600000"]);
  });
});
