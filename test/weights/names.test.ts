/** Weights under other names: wrappers, other libraries, and what a message proposes, which has to work. */
import { describe, expect, test } from "vitest";
import { compile, tensor, type CompileOptions, type Tensor } from "../../compiler/index.ts";
import { drive } from "../../compiler/drive/driver.ts";
import { refusal } from "../compiled.ts";

const net = "Linear(4, 3) -> BatchNorm1d(3) -> PReLU(3) -> Linear(3, 2)";

type Weights = Record<string, Tensor>;

/** Weights of a net, no two of which are alike. */
function weightsOf(source: string): Weights {
  let next = 1;
  return Object.fromEntries(
    Object.entries(compile(source).parameters).map(([name, { shape, dtype, data }]) => {
      const values = Array.from(data, () => next++ / 64);
      return [
        name,
        { dtype, shape, data: dtype === "i32" ? Int32Array.of(next++) : Float32Array.from(values) },
      ];
    }),
  );
}

function underNames(weights: Weights, rename: (name: string) => string | undefined): Weights {
  const entries = Object.entries(weights).flatMap(([name, value]) => {
    const other = rename(name);
    return other === undefined ? [] : [[other, value] as const];
  });
  return Object.fromEntries(entries);
}

/** The options that a message's flags are. */
function pasted(flags: string): CompileOptions {
  const words = [...flags.matchAll(/--([a-z-]+) (?:"([^"]*)"|'((?:[^']|'\\'')*)')/g)].map(
    ([, flag, plain, quoted]) => [flag!, plain ?? quoted!.replaceAll("'\\''", "'")] as const,
  );
  const of = (wanted: string): string[] => words.flatMap(([flag, value]) => (flag === wanted ? value : []));
  const rules = of("rename").map((rule) => [
    rule.slice(0, rule.indexOf("=")),
    rule.slice(rule.indexOf("=") + 1),
  ]);
  return {
    rename: Object.fromEntries(rules) as Record<string, string>,
    allowMissing: of("allow-missing"),
    allowUnexpected: of("allow-unexpected"),
  };
}

function proposed(source: string, weights: Weights): string[] {
  const lines = refusal(source, { weights }).split("\n");
  return lines.flatMap((line) => /^ {4}(?:they fit|or)(?: \([^)]*\))? with (.*)$/.exec(line)?.[1] ?? []);
}

function values(source: string, options: CompileOptions): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(compile(source, options).parameters).map(([name, { data }]) => [
      name,
      Array.from(data, Number),
    ]),
  );
}

describe("wrappers are taken off where all fits then", () => {
  test.each<[string, (name: string) => string]>([
    ["DataParallel", (name) => `module.${name}`],
    ["torch.compile", (name) => `_orig_mod.${name}`],
    ["both", (name) => `_orig_mod.module.${name}`],
    ["a trainer", (name) => `state_dict.model.${name}`],
    ["ema", (name) => `ema.${name}`],
    ["ema_model", (name) => `ema_model.module.${name}`],
    ["net", (name) => `net.${name}`],
    ["FSDP", (name) => `_fsdp_wrapped_module.${name.replace("1.", "1._fsdp_wrapped_module.")}`],
    ["peft", (name) => `base_model.model.${name}`],
    ["one layer", (name) => name.replace("1.", "1.module.")],
    ["some layers", (name) => name.replace(/^([12])\./, "$1._orig_mod.")],
  ])("%s", (_, rename) => {
    const weights = weightsOf(net);
    const given = underNames(weights, rename);
    expect(values(net, { weights: given })).toEqual(values(net, { weights }));
    const { notes } = drive(net, { weights: given });
    expect(notes.join()).toMatch(/^taken off the names of the weights: `\w+\.`(, `\w+\.`)*$/);
  });

  test("in the middle, and only where the net has no such name", () => {
    const source = "x -> features: (Linear(2, 2) -> model: Linear(2, 2))";
    const weights = weightsOf(source);
    const given = underNames(weights, (name) => name.replace("features.", "features.module."));
    expect(Object.keys(given)).toContain("features.module.model.weight");
    expect(values(source, { weights: given })).toEqual(values(source, { weights }));
  });

  test("not where two names would be one", () => {
    const weights = weightsOf(net);
    const twice = {
      ...underNames(weights, (name) => `ema.${name}`),
      ...underNames(weights, (name) => `model.${name}`),
    };
    expect(refusal(net, { weights: twice })).toContain("NN4102");
  });

  test("weights in parts as well", () => {
    const g = tensor([[5], [1]]);
    const v = tensor([
      [3, 4],
      [0, 2],
    ]);
    const weights = { "module.0.weight_g": g, "module.0.weight_v": v, "module.0.bias": tensor([1, 2]) };
    expect(values("Linear(2, 2)", { weights })["0.weight"]).toEqual([3, 4, 0, 1]);
    const bert = underNames(weights, (name) => name.replace("module.", "bert."));
    const [flags] = proposed("Linear(2, 2)", bert);
    expect(flags).toBe('--rename "bert.*=*"');
    expect(values("Linear(2, 2)", { weights: bert, ...pasted(flags!) })["0.weight"]).toEqual([3, 4, 0, 1]);
  });
});

const block =
  "block B(n) { a: Linear(n, n) -> n1: LayerNorm(n) }\nmodel M { input x: f32[N, 4]\n output y = x -> emb: Linear(4, 6) -> enc: Repeat(12) { B(6) } -> head: Linear(6, 2) }";
const keras: Readonly<Record<string, string>> = {
  weight: "gamma",
  bias: "beta",
  running_mean: "moving_mean",
  running_var: "moving_variance",
};

describe("what a message proposes works when it is pasted", () => {
  test.each<[string, string, (name: string) => string | undefined, string]>([
    ["a prefix", net, (name) => `bert.${name}`, '--rename "bert.*=*"'],
    ["two steps of it", net, (name) => `a.b.${name}`, '--rename "a.b.*=*"'],
    [
      "a prefix that lacks",
      "x -> enc: (Linear(2, 2) -> Linear(2, 2))",
      (name) => name.replace("enc.", ""),
      '--rename "*=enc.*"',
    ],
    [
      "a part in the middle",
      block,
      (name) => name.replace("enc.", "enc.layer."),
      '--rename "enc.layer.*=enc.*"',
    ],
    [
      "a part within each round",
      block,
      (name) => name.replace(/(enc\.\d+\.)/, "$1inner."),
      '--rename "*.inner.*=*.*"',
    ],
    [
      "another name of a part",
      block,
      (name) => name.replace("enc.", "encoder.layers."),
      '--rename "encoder.layers.*=enc.*"',
    ],
    ["more than the net has", net, (name) => `bert.${name}`, '--rename "bert.*=*"'],
    [
      "other names of a BatchNorm",
      net,
      (name) =>
        name.startsWith("1.") ? (name.includes("num") ? undefined : `1.${keras[name.slice(2)]!}`) : name,
      "",
    ],
    [
      "flax's LayerNorm",
      block,
      (name) => name.replace(/n1\.weight/, "n1.scale"),
      '--rename "*.scale=*.weight"',
    ],
    [
      "an Embedding",
      "x -> e: Embedding(5, 3) -> Linear(3, 2)",
      (name) => name.replace("e.weight", "e.embeddings"),
      "",
    ],
    [
      "kernel as it is here",
      "x -> a: Linear(4, 3) -> b: Linear(3, 5)",
      (name) => name.replace("weight", "kernel"),
      '--rename "*.kernel=*.weight"',
    ],
    [
      "layers by place",
      "Linear(4, 3) -> ReLU -> Linear(3, 2)",
      (name) => name.replace("0.", "fc1.").replace("2.", "fc2."),
      '--rename "fc1.*=0.*" --rename "fc2.*=2.*"',
    ],
    [
      "layers that moved",
      "Linear(3, 3) -> Linear(3, 3) -> Linear(3, 3)",
      (name) => name.replace("2.", "4.").replace("1.", "2."),
      '--rename "2.*=1.*" --rename "4.*=2.*"',
    ],
    [
      "Keras, all of it",
      "LayerNorm(4) -> BatchNorm1d(4)",
      (name) =>
        name.includes("num")
          ? undefined
          : name
              .replace("0.weight", "layer_normalization/gamma:0")
              .replace("0.bias", "layer_normalization/beta:0")
              .replace(/1\.(.*)/, (_, leaf: string) => `batch_normalization/${keras[leaf]!}:0`),
      "",
    ],
    ["names for a shell", "x -> a: Linear(4, 3)", (name) => name.replace("a.", "$(touch x) 'q'."), ""],
    ["a single layer saved alone", "Linear(4, 3)", (name) => name.slice(2), ""],
    ["extra names beside", net, (name) => `bert.${name}`, '--rename "bert.*=*"'],
  ])("%s", (_, source, rename, expected) => {
    const weights = weightsOf(source);
    const given = underNames(weights, rename);
    const found = proposed(source, given);
    expect(found, refusal(source, { weights: given })).toHaveLength(1);
    if (expected !== "") expect(found[0]).toBe(expected);
    const counted = Object.fromEntries(
      Object.entries(weights).filter(([name]) => !name.includes("num_batches")),
    );
    expect(values(source, { weights: given, ...pasted(found[0]!) })).toMatchObject(underValues(counted));
  });

  test("two copies are two choices", () => {
    const weights = weightsOf(net);
    const twice = {
      ...underNames(weights, (name) => `ema.${name}`),
      ...underNames(weightsOf(net), (name) => `online.${name}`),
      step: tensor([1]),
    };
    const found = proposed(net, twice);
    expect(found).toEqual([
      '--rename "ema.*=*" --allow-unexpected "online.*" --allow-unexpected "step"',
      '--rename "online.*=*" --allow-unexpected "ema.*" --allow-unexpected "step"',
    ]);
    for (const flags of found)
      expect(values(net, { weights: twice, ...pasted(flags) })).toEqual(values(net, { weights }));
  });

  test("what else the file has, and what it lacks", () => {
    const weights = weightsOf(block);
    const given = {
      ...underNames(weights, (name) => (name === "head.bias" ? undefined : `bert.${name}`)),
      "cls.a": tensor([1]),
      "cls.b": tensor([1]),
    };
    expect(proposed(block, given)).toEqual([
      '--rename "bert.*=*" --allow-missing "head.bias" --allow-unexpected "cls.*"',
    ]);
    const message = refusal(block, { weights: given });
    expect(message).toContain("they fit (less than 1 % of all numbers initialised) with --rename");
  });
});

function underValues(weights: Weights): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  );
}

describe("what must not be proposed", () => {
  const none = (source: string, weights: Weights): string => {
    expect(proposed(source, weights)).toEqual([]);
    const message = refusal(source, { weights });
    expect(message).not.toMatch(/perhaps .*(weight|kernel)|--partial|strict/);
    return message;
  };

  test("numbers that begin elsewhere, taken for the same", () => {
    const weights = weightsOf("Linear(3, 3) -> Linear(3, 3)");
    const given = underNames(weights, (name) => name.replace("1.", "fc2.").replace("0.", "fc1."));
    const [flags] = proposed("Linear(3, 3) -> Linear(3, 3)", given);
    expect(flags).toBe('--rename "fc1.*=0.*" --rename "fc2.*=1.*"');
  });

  test("a neighbour by its number", () => {
    const weights = weightsOf("Linear(3, 3) -> Linear(3, 3) -> Linear(3, 3)");
    none(
      "Linear(3, 3) -> Linear(3, 3) -> Linear(3, 3)",
      underNames(weights, (name) => name.replace("1.weight", "2.wieght")),
    );
  });

  test("layers of one shape in no order", () => {
    const weights = underNames(weightsOf("Linear(3, 3) -> Linear(3, 3)"), (name) =>
      name.replace("0.", "query.").replace("1.", "key."),
    );
    none("Linear(3, 3) -> Linear(3, 3)", weights);
  });

  test("matrices of other libraries that lie the other way, or may", () => {
    const transposed = {
      "dense.kernel": tensor(
        Array.from({ length: 12 }, () => 1),
        { shape: [4, 3] },
      ),
      "dense.bias": tensor([1, 2, 3]),
    };
    expect(none("Linear(4, 3)", transposed)).toContain("transpose each `kernel` before saving");
    const square = {
      "dense.kernel": tensor([
        [1, 2],
        [3, 4],
      ]),
      "dense.bias": tensor([1, 2]),
    };
    expect(none("Linear(2, 2)", square)).toContain("transpose each `kernel` before saving");
  });

  test("a part that is left beside a weight", () => {
    const weights = { "0.weight": tensor([[1, 2]]), "0.bias": tensor([1]), "0.weight_g": tensor([[1]]) };
    none("Linear(2, 1)", weights);
  });

  test("most of the net drawn", () => {
    none(net, { "0.bias": tensor([1, 2, 3]), other: tensor([1]) });
  });
});
