/** Fresh parameters are those of a PyTorch model made after `torch.manual_seed`, bit for bit. */
import { describe, expect, test } from "vitest";
import { compile, type CompileOptions, type Model } from "../compiler/index.ts";
import { library } from "../compiler/resolve/index.ts";
import { fixture, hex, unhex, type Drawn, type Variants } from "./runtime/hex.ts";

interface Parameter {
  readonly shape: readonly number[];
  readonly hex: readonly string[];
}

type Modules = Readonly<
  Record<string, { readonly params: Readonly<Record<string, Parameter>>; readonly next: string }>
>;

interface Recorded {
  readonly mods: Modules;
  readonly init: Readonly<Record<string, Parameter>>;
}

const SEED = 42;
const { mods, init } = fixture<Recorded>("init");
const variants = fixture<Variants>("variants");

const constructors: Readonly<Record<string, string>> = {
  linear: "Linear(4, 3)",
  linear_nb: "Linear(7, 5, bias=False)",
  linear_big: "Linear(100, 50)",
  bilinear: "Bilinear(3, 4, 2)",
  conv1: "Conv1d(4, 6, 3, groups=2)",
  conv2: "Conv2d(3, 8, (3, 5))",
  conv3: "Conv3d(2, 3, 2, bias=False)",
  ct1: "ConvTranspose1d(4, 6, 3, groups=2)",
  ct2: "ConvTranspose2d(3, 5, (2, 3))",
  emb: "Embedding(10, 4, padding_idx=2)",
  emb_small: "Embedding(5, 3)",
  emb_tail: "Embedding(7, 3)",
  rnn: "RNN(3, 4)",
  lstm: "LSTM(3, 4, num_layers=2, bidirectional=True)",
  lstmp: "LSTM(3, 4, proj_size=2)",
  gru: "GRU(3, 5, bias=False)",
  mha: "MultiheadAttention(8, 2)",
  mha_kv: "MultiheadAttention(8, 2, kdim=5, vdim=6, add_bias_kv=True)",
  mha_nb: "MultiheadAttention(8, 2, bias=False)",
  tel: "TransformerEncoderLayer(8, 2, 16)",
  te: "TransformerEncoder(TransformerEncoderLayer(4, 2, 6), 2)",
  seq: "Sequential(LayerNorm(10), PReLU(), Linear(10, 4), LayerNorm(4), Sequential(Linear(4, 4)), Linear(4, 1))",
  cell: "LSTMCell(3, 4)",
  embbag: "EmbeddingBag(6, 3)",
};

/** The library has every layer in the text: tests of the others wait for them. */
function isKnown(text: string): boolean {
  return [...text.matchAll(/(\w+)\(/g)].every(
    ([, name]) => library.records.has(name!) || library.combinators.has(name!),
  );
}

/** The parameters of a layer, and what is drawn after them. */
function made(
  layer: string,
  options: CompileOptions,
): [parameters: Record<string, Parameter>, next: string[]] {
  const { parameters } = compile(
    `model M {\n layer = ${layer}\n param next: f32[1] = Uniform\n output next\n}`,
    options,
  );
  const { next, ...own } = parameters;
  const entries = Object.entries(own).map(([path, { shape, data }]) => {
    return [path.replace("layer.", ""), { shape, hex: hex(data) }];
  });
  return [Object.fromEntries(entries) as Record<string, Parameter>, hex(next!.data)];
}

describe("layers", () => {
  for (const [name, { params, next }] of Object.entries(mods)) {
    const layer = constructors[name]!;
    test.skipIf(!isKnown(layer))(layer, () => {
      expect(made(layer, { seed: SEED })).toEqual([params, [next]]);
    });
  }

  test.each(Object.entries(fixture<Modules>("modules")))("%s", (layer, { params, next }) => {
    expect(made(layer, { seed: SEED })).toEqual([params, [next]]);
  });

  test("copies have the initial values of what they copy, also where that was given", () => {
    const layer = "TransformerEncoder(TransformerEncoderLayer(4, 2, 6), 3)";
    const [all] = made(layer, { seed: SEED });
    const given = Object.entries(all).filter(([path]) => /^layers\.[02]/.test(path));
    const weights = Object.fromEntries(
      given.map(
        ([
          path,
          {
            shape,
            hex: { length },
          },
        ]) => [`layer.${path}`, { dtype: "f32" as const, shape, data: new Float32Array(length).fill(0.25) }],
      ),
    );
    const [parameters, next] = made(layer, { seed: SEED, weights, strict: false });
    for (const [path, { hex: values }] of Object.entries(parameters)) {
      if (path.startsWith("layers.1.")) expect(values, path).toEqual(all[path]!.hex);
      else expect(new Set(values), path).toEqual(new Set(["3e800000"]));
    }
    expect(next).toEqual(made(layer, { seed: SEED })[1]);
  });

  const { seeds } = fixture<{ seeds: Record<string, Record<string, unknown>> }>("random");
  for (const [seed, entries] of Object.entries(seeds)) {
    for (const [layer, values] of Object.entries(entries).filter(([key]) => /^\w+\(/.test(key))) {
      test.skipIf(!isKnown(layer))(`${layer} with seed ${seed}`, () => {
        const [parameters] = made(layer, { seed: Number(seed) });
        const drawn = Object.entries(parameters).map(([path, parameter]) => [path, parameter.hex]);
        // The recording of an Embedding is its only parameter.
        expect(Object.fromEntries(drawn)).toEqual(Array.isArray(values) ? { weight: values } : values);
      });
    }
  }
});

describe("initial values of param", () => {
  function filled(initial: string, { shape, seed = SEED }: Parameter & { seed?: number }): Float32Array {
    const model = compile(`model M {\n param w: f32[${shape.join(", ")}] = ${initial}\n output w\n}`, {
      seed,
    });
    return model.parameters["w"]!.data as Float32Array;
  }

  test.each([
    ["xavier_uniform", "XavierUniform(1.7)"],
    ["xavier_normal", "XavierNormal"],
    ["kaiming_normal_relu", 'KaimingNormal(nonlinearity="relu")'],
    ["kaiming_uniform_fanout", 'KaimingUniform(a=0.3, mode="fan_out")'],
    ["trunc_normal", "TruncNormal(std=0.02)"],
    ["trunc_normal2", "TruncNormal(0.1, 0.5, -0.6, 0.7)"],
    ["normal_small", "Normal(0.5, 0.1)"],
  ])("%s is %s", (name, initial) => {
    expect(hex(filled(initial, init[name]!))).toEqual(init[name]!.hex);
  });

  test("nothing but what needs QR is left out", () => {
    expect(Object.keys(init)).toEqual([
      "xavier_uniform",
      "xavier_normal",
      "kaiming_normal_relu",
      "kaiming_uniform_fanout",
      "trunc_normal",
      "trunc_normal2",
      "normal_small",
      "orthogonal",
    ]);
  });

  test.each(variants.init.kaiming)("Kaiming $args", ({ args: [a, mode, nonlinearity], uniform, normal }) => {
    const args = `${a}, "${mode}", "${nonlinearity}"`;
    expect(hex(filled(`KaimingUniform(${args})`, uniform))).toEqual(uniform.hex);
    expect(hex(filled(`KaimingNormal(${args})`, normal))).toEqual(normal.hex);
  });

  test.each(variants.init.xavier)("Xavier $args", ({ args: [gain], uniform, normal }) => {
    expect(hex(filled(`XavierUniform(${gain})`, uniform))).toEqual(uniform.hex);
    expect(hex(filled(`XavierNormal(gain=${gain})`, normal))).toEqual(normal.hex);
  });

  test.each<[string, Drawn]>(variants.fused.uniform.map((drawn) => ["Uniform(-0.3, 0.9)", drawn]))(
    "%s",
    (initial, drawn) => {
      expect(hex(filled(initial, drawn))).toEqual(drawn.hex);
    },
  );

  test.each(["XavierNormal", "KaimingUniform", "TruncNormal", "Uniform", "Eye"])(
    "%s of no elements",
    (initial) => {
      for (const shape of [[0, 3], [3, 0], [0, 0]]) expect(filled(initial, { shape, hex: [] })).toHaveLength(0); // prettier-ignore
    },
  );

  test("a scalar", () => {
    expect(hex(filled("Uniform", { shape: [], hex: [], seed: 0 }))).toEqual(["3efe1558"]);
  });

  test("those that draw nothing", () => {
    const source = `model M {
      param a: f32[2, 3] = Eye
      param b: f32[2] = Ones
      param c: f32[2] = Constant(-0.5)
      param d: f32[2]
      param e: f32[2] = 3
      param next: f32[1] = Uniform
      buffer f: i32[2] = 7
      output next
    }`;
    const values = (model: Model): Record<string, number[]> =>
      Object.fromEntries(
        Object.entries(model.parameters).map(([name, { data }]) => [name, Array.from(data, Number)]),
      );
    expect(values(compile(source))).toEqual({
      a: [1, 0, 0, 0, 1, 0],
      b: [1, 1],
      c: [-0.5, -0.5],
      d: [0, 0],
      e: [3, 3],
      f: [7, 7],
      next: [unhex(["3efe1558"])[0]],
    });
  });
});
