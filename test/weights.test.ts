/** The weight contract: names, shapes and dtypes of what is given, where it comes from, and what becomes of it. */
import { describe, expect, test } from "vitest";
import {
  check,
  compile,
  emit,
  saveSafetensors,
  tensor,
  type CompileOptions,
  type Model,
  type Tensor,
} from "../compiler/index.ts";
import { fill } from "../compiler/weights/state.ts";
import type { Init, Parameter } from "../compiler/ir/graph/graph.ts";
import { imported, refusal } from "./compiled.ts";

type Weights = Record<string, Tensor>;

const linear = "Linear(2, 1)\n";
const weight = tensor([[2, 3]]);
const bias = tensor([1]);
const fitting = { "0.weight": weight, "0.bias": bias };

function zeros(...shape: number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { dtype: "f32", shape, data: new Float32Array(count) };
}

function valuesOf(model: Model, name: string): number[] {
  return Array.from(model.parameters[name]!.data, Number);
}

test("given weights replace what would be drawn, and are copied", () => {
  const given = { "0.weight": tensor([[2, 3]]), "0.bias": tensor([1]) };
  const model = compile(linear, { weights: given });
  expect([...model([10, 100]).data]).toEqual([321]);
  (model.parameters["0.bias"]!.data as Float32Array)[0] = 9;
  expect([...given["0.bias"].data]).toEqual([1]);
  expect([...compile(linear, { weights: given })([10, 100]).data]).toEqual([321]);
});

describe("what does not fit", () => {
  test("missing and unexpected names are said at once, with what may be meant", () => {
    const weights = { "0.wieght": weight, "0.bias": bias, other: bias };
    expect(refusal(linear, { weights })).toMatchInlineSnapshot(`
      "model.nn:1:1 error NN4102: the weights do not fit the model: 1 name missing, 2 names unexpected
          perhaps 0.wieght for 0.weight
          missing: 0.weight [1, 2]
          unexpected: 0.wieght [1, 2], other [1]
        1 | Linear(2, 1)
          | ^
        help: names are those of PyTorch's state_dict"
    `);
    // The only name of its shape, on either side.
    expect(refusal(linear, { weights: { w: weight, b: bias } })).toMatchInlineSnapshot(`
      "model.nn:1:1 error NN4102: the weights do not fit the model: 2 names missing, 2 names unexpected
          they fit with --rename "w=0.weight" --rename "b=0.bias"
          missing: 0.weight [1, 2], 0.bias [1]
          unexpected: w [1, 2], b [1]
        1 | Linear(2, 1)
          | ^
        help: as options of the library, \`rename: { "w": "0.weight", "b": "0.bias" }\`; in the file, \`weights "…" { "w": "0.weight", "b": "0.bias" }\`"
    `);
    expect(refusal("Linear(2, 2) -> Linear(2, 2)", { weights: { w: zeros(2, 2) } })).not.toContain("perhaps");
  });

  test("shapes, with transposes", () => {
    const weights = { "0.weight": zeros(4, 3), "0.bias": zeros(3), "1.weight": zeros(2, 3) };
    expect(refusal("Linear(4, 3) -> Linear(3, 2, bias=false)", { weights })).toMatchInlineSnapshot(`
      "model.nn:1:1 error NN4104: the weights do not fit the model: 1 shape differs
          0.weight is [4, 3], but the model has [3, 4], its transpose
        1 | Linear(4, 3) -> Linear(3, 2, bias=false)
          | ^
        help: rearrange axes before saving: \`weight.T\` or \`weight.permute(…)\` in PyTorch"
    `);
    const stored = "model M { param k: f32[2, 3, 4]\n param s: f32[2]\n output a = k, b = s }";
    expect(refusal(stored, { weights: { k: zeros(4, 2, 3), s: zeros(3) } })).toMatchInlineSnapshot(`
      "model.nn:1:1 error NN4104: the weights do not fit the model: 2 shapes differ
          k is [4, 2, 3], but the model has [2, 3, 4], its axes in another order
          s is [3], but the model has [2]
        1 | model M { param k: f32[2, 3, 4]
          | ^
        help: rearrange axes before saving: \`weight.T\` or \`weight.permute(…)\` in PyTorch"
    `);
    expect(refusal(stored, { weights: { k: zeros(2, 3, 4), s: zeros(3) } })).not.toContain("help:");
  });

  test("all kinds together", () => {
    const weights = { "0.weight": zeros(1), "0.bias": {} as Tensor, "0.biass": bias };
    const codes = (options: CompileOptions): string[] => check(`${linear}`, options).map(({ code }) => code);
    expect(codes({ weights })).toEqual(["NN4102", "NN4104", "NN4105"]);
    expect(codes({ weights, strict: false })).toEqual(["NN4104", "NN4105"]);
    expect(codes({ weights: fitting })).toEqual([]);
  });

  test("of hundreds, a few are named", () => {
    const source = Array.from({ length: 150 }, () => "Linear(2, 2)").join(" -> ");
    const weights = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`w${i}`, bias]));
    const message = refusal(source, { weights });
    expect(message).toContain(
      "300 names missing, 300 names unexpected\n    missing: 0.weight [2, 2], 0.bias [2], 1.weight [2, 2], 1.bias [2], 2.weight [2, 2] and 295 more\n    unexpected: w0 [1], w1 [1], w2 [1], w3 [1], w4 [1] and 295 more\n",
    );
  });

  test.each<[string, string, string]>([
    ["strip", "bert.0.", '--rename "bert.*=*"'],
    ["strip several", "a.b.0.", '--rename "a.b.*=*"'],
    ["add", "", '--rename "*=0.*"'],
  ])("a common beginning: %s", (_, prefix, flags) => {
    const weights = { [`${prefix}weight`]: weight, [`${prefix}bias`]: bias };
    expect(refusal(linear, { weights })).toContain(`\n    they fit with ${flags}\n    missing: `);
  });

  test("a beginning that many names have", () => {
    const weights = { "bert.0.weight": weight, "bert.0.bias": bias, "cls.bias": bias };
    expect(refusal(linear, { weights })).toContain(
      'they fit with --rename "bert.*=*" --allow-unexpected "cls.bias"\n',
    );
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["numbers", [2, 3]],
    ["no shape", { dtype: "f32", data: Float32Array.of(2, 3) }],
    ["too few data", { dtype: "f32", shape: [1, 2], data: Float32Array.of(2) }],
  ])("what is no tensor: %s", (_, given) => {
    const weights = { "0.weight": given as Tensor, "0.bias": bias };
    expect(refusal(linear, { weights })).toContain(
      "NN4105: the weights do not fit the model: 1 tensor cannot be taken\n    0.weight is not a tensor",
    );
  });

  test("bytes are not weights yet", () => {
    const weights = saveSafetensors(fitting) as unknown as Weights;
    expect(refusal(linear, { weights })).toContain(
      "NN4103: the option weights holds tensors by name: loadSafetensors",
    );
  });
});

describe("without strict", () => {
  test("names may be missing and unexpected, but shapes must fit", () => {
    const model = compile(linear, { weights: { "0.bias": bias, other: bias }, strict: false });
    expect(valuesOf(model, "0.bias")).toEqual([1]);
    expect(valuesOf(model, "0.weight")).toEqual(valuesOf(compile(linear), "0.weight"));
    expect(refusal(linear, { weights: { "0.bias": weight }, strict: false })).toContain("NN4104");
  });

  // Every kind of draw: single normals that come in pairs, blocks, and what draws nothing.
  const source = `model M {
    a = Linear(3, 5)
    param n3: f32[3] = Normal
    param n17: f32[17] = Normal(1, 2)
    param t: f32[9] = TruncNormal
    e = Embedding(4, 4, padding_idx=1)
    bn = BatchNorm1d(2)
    param n5: f32[5] = Normal
    param u: f32[700] = Uniform
    param last: f32[2] = Normal
    output last
  }`;
  const whole = compile(source, { seed: 3 });
  const names = Object.keys(whole.parameters);

  test.each(names)("what is drawn does not depend on what is given: all but %s", (missing) => {
    const weights = Object.fromEntries(
      Object.entries(whole.parameters)
        .filter(([name]) => name !== missing)
        .map(([name, { shape }]) => [name, zeros(...shape)]),
    );
    const partial = compile(source, { seed: 3, weights, strict: false });
    expect(partial.parameters[missing]).toEqual(whole.parameters[missing]);
    for (const name of Object.keys(weights))
      expect(valuesOf(partial, name).every((value) => value === 0)).toBe(true);
  });

  test.each([1, 2, 3])("every third parameter is given, from %i on", (from) => {
    const given = names.filter((_, i) => i % 3 === from % 3);
    const weights = Object.fromEntries(given.map((name) => [name, zeros(...whole.parameters[name]!.shape)]));
    const partial = compile(source, { seed: 3, weights, strict: false });
    for (const name of names.filter((name) => !given.includes(name)))
      expect(partial.parameters[name], name).toEqual(whole.parameters[name]);
  });

  test("what is given is not drawn, and nothing behind it is passed over", () => {
    // Any draw of so many values would fail for want of memory.
    const huge: Init = { kind: "normal", mean: 0, std: 1 };
    const parameter = (path: string, size: number, init: Init): Parameter => {
      return { path, aliases: [], role: "param", type: { dtype: "f32", shape: [size] }, init };
    };
    const parameters = [parameter("a", 2, huge), parameter("b", 2 ** 40, huge)];
    const found = new Map([["b", tensor([1])]]);
    expect([...fill(parameters, found, 0)["a"]!.data]).toHaveLength(2);
  });
});

describe("dtypes are converted as load_state_dict does", () => {
  test.each<[string, Tensor]>([
    ["f64", tensor([[2, 3]], { dtype: "f64" })],
    ["i64", tensor([[2n, 3n]])],
    ["i32", tensor([[2, 3]], { dtype: "i32" })],
    ["u8", tensor([[2, 3]], { dtype: "u8" })],
  ])("%s to f32", (_, given) => {
    const model = compile(linear, { weights: { "0.weight": given, "0.bias": bias } });
    expect(model.parameters["0.weight"]).toEqual(weight);
  });

  test("doubles are rounded", () => {
    const weights = { "0.weight": tensor([[0.1, 1e300]], { dtype: "f64" }), "0.bias": bias };
    expect(valuesOf(compile(linear, { weights }), "0.weight")).toEqual([Math.fround(0.1), Infinity]);
  });

  const integers = "model M { buffer b: i32[3]\n buffer n: i32\n output b + n }";
  test("to i32: fractions are cut off, and what is too large is refused", () => {
    const n = tensor([7n]);
    const cut = compile(integers, { weights: { b: tensor([1.9, -1.9, -0.5]), n } });
    expect(valuesOf(cut, "b")).toEqual([1, -1, 0]);
    // As scalars were saved once.
    expect(cut.parameters["n"]).toEqual(tensor(7, { dtype: "i32" }));
    expect(refusal(integers, { weights: { b: tensor([1n, 2n, 3_000_000_000n]), n } })).toContain(
      "b holds 3000000000, which is no i32",
    );
    expect(refusal(integers, { weights: { b: tensor([1, NaN, 3]), n } })).toContain(
      "b holds NaN, which is no i32",
    );
    expect(refusal(integers, { weights: { b: tensor([1, 2, 3]), n: tensor([1, 2]) } })).toContain(
      "n is [2], but the model has []",
    );
  });

  const mask =
    "model M {\n input x: f32[3]\n buffer m: bool[3] = true\n param w: f32[1] = 2\n output x * w * m\n}";
  test("to bool: all but zero is true", () => {
    const weights = { m: tensor([0.5, 0, NaN]), w: tensor([2]) };
    const model = compile(mask, { weights });
    expect(model.parameters["m"]).toEqual({ dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) });
    expect([...model([1, 2, 3]).data]).toEqual([2, 0, 6]);
  });

  test("bools in modules, inside and beside", async () => {
    const weights = { m: tensor([true, false, true]), w: tensor([2]) };
    const inside = (await imported(emit(mask, { weights }).code)).create();
    expect([...inside([1, 2, 3]).data]).toEqual([2, 0, 6]);
    const { code, weights: bytes } = emit(mask, { weights, external: true });
    expect([...(await imported(code)).create({ weights: bytes! })([1, 2, 3]).data]).toEqual([2, 0, 6]);
  });
});

test("counters that older state dicts lack start at 0", () => {
  const old = {
    "0.weight": tensor([1]),
    "0.bias": tensor([0]),
    "0.running_mean": tensor([2]),
    "0.running_var": tensor([1]),
  };
  const model = compile("BatchNorm1d(1)\n", { weights: old });
  expect(model.parameters["0.num_batches_tracked"]).toEqual(tensor(0, { dtype: "i32" }));
  const saved = { ...old, "0.num_batches_tracked": tensor(5n, { shape: [] }) };
  expect(valuesOf(compile("BatchNorm1d(1)\n", { weights: saved }), "0.num_batches_tracked")).toEqual([5]);
});

test("a whole number that does not start at 0 is no counter, and must be given", () => {
  const offset = "model Offset { buffer by: i32 = 5; input x: i32[N]; output x + by }";
  expect(() => compile(offset, { weights: {} })).toThrow("missing: by []");
});

test("the same in modules, where counters stand beside it", async () => {
  const source = `model Offset {
    buffer by: i32 = 5
    buffer calls: i32 = 0
    input x: i32[N]
    output x + by + calls
  }`;
  const module = await imported(emit(source).code);
  expect(() => module.create({ weights: {} })).toThrow("weights lack by in [object Object] []");
  const by = { dtype: "i32", shape: [], data: Int32Array.of(7) } as const;
  expect([...module.create({ weights: { by } })([1, 2]).data]).toEqual([8, 9]);
});

describe("tied parameters", () => {
  const tied = `model Tied {
    input tokens: i32[N]
    wte = Embedding(3, 2)
    output tokens -> wte -> lm_head: Linear(_, 3, bias=false, weight=wte.weight)
  }`;
  const table = tensor([[1, 2], [3, NaN], [5, 6]]); // prettier-ignore
  const other = tensor([[1, 2], [3, 4], [5, 7]]); // prettier-ignore

  test("either name will do, and both if they agree", () => {
    for (const weights of [
      { "wte.weight": table },
      { "lm_head.weight": table },
      { "wte.weight": table, "lm_head.weight": table },
    ]) {
      const model = compile(tied, { weights });
      expect(Object.keys(model.parameters)).toEqual(["wte.weight"]);
      expect(model.parameters["wte.weight"]).toEqual(table);
    }
  });

  test("values that differ are refused, even without strict", () => {
    const weights = { "wte.weight": table, "lm_head.weight": other };
    for (const strict of [true, false])
      expect(refusal(tied, { weights, strict })).toContain(
        "NN4105: the weights do not fit the model: 1 tensor cannot be taken\n    lm_head.weight is the same tensor as wte.weight in the model, but its values differ",
      );
  });

  test("so is another shape of either", () => {
    const weights = { "wte.weight": table, "lm_head.weight": zeros(2, 3) };
    expect(refusal(tied, { weights })).toContain(
      "lm_head.weight is [2, 3], but the model has [3, 2], its transpose",
    );
  });
});

describe("files", () => {
  const stated = `weights "w.safetensors"\n${linear}`;
  const bytes = saveSafetensors(fitting);

  test("the statement's is beside the source", () => {
    const read = (path: string): Uint8Array => {
      expect(path).toBe("nets/w.safetensors");
      return bytes;
    };
    expect([...compile(stated, { filename: "nets/a.nn", read })([10, 100]).data]).toEqual([321]);
    const above = stated.replace("w.safe", "../w.safe");
    const at = (path: string): Uint8Array => {
      expect(path).toBe("w.safetensors");
      return bytes;
    };
    expect([...compile(above, { filename: "nets/a.nn", read: at })([10, 100]).data]).toEqual([321]);
  });

  test("one that cannot be read is NN4101 at the statement, and other weights replace it whole", () => {
    const read = (): never => {
      throw new Error("ENOENT: no such file or directory");
    };
    expect(refusal(`# A net.\n${stated}`, { read })).toMatchInlineSnapshot(`
      "model.nn:2:1 error NN4101: the weights w.safetensors cannot be read: there is no such file
        2 | weights "w.safetensors"
          | ^^^^^^^^^^^^^^^^^^^^^^^
        help: pass other weights with --weights or options.weights"
    `);
    expect(check(stated, { read }).map(({ code }) => code)).toEqual(["NN4101"]);
    expect(check(stated, { read, weights: fitting })).toEqual([]);
    expect([...compile(stated, { read, weights: fitting })([10, 100]).data]).toEqual([321]);
  });

  test("neither is one that is cut off, or text", () => {
    expect(refusal(stated, { read: () => bytes.slice(0, 100) })).toMatch(
      /NN4101: the weights w.safetensors cannot be read: .*cut off/,
    );
    expect(refusal(stated, { read: () => "text" })).toContain(
      "NN4101: the weights w.safetensors cannot be read: it was read as text",
    );
  });

  test("misfits are shown at the statement, by check too", () => {
    const read = (): Uint8Array => saveSafetensors({ "0.weight": weight });
    const found = check(stated, { read });
    expect(found.map(({ code, span }) => [code, span.line, span.column, span.end])).toEqual([
      ["NN4102", 1, 1, 23],
    ]);
    expect(refusal(stated, { read })).toContain(
      '  1 | weights "w.safetensors"\n    | ^^^^^^^^^^^^^^^^^^^^^^^\n',
    );
    expect(check(stated, { read, strict: false })).toEqual([]);
  });

  test("check holds weights against what would be compiled, if there is one such", () => {
    const read = (): Uint8Array => bytes;
    const models =
      'weights "w.safetensors"\nmodel A { input x: f32[2]\n output Linear(2, 1) }\nmodel B { input x: f32[2]\n output x }\n';
    expect(check(models.replace("output Linear", "output x -> Linear"), { read })).toEqual([]);
    expect(
      check(models.replace("output Linear", "output x -> Linear"), { read, entry: "B" }).map(
        ({ code }) => code,
      ),
    ).toEqual(["NN4102"]);
    expect(check('weights "w.safetensors"\nmodel A(n) { input x: f32[n]\n output x }\n', { read })).toEqual(
      [],
    );
    // What is wrong with the source comes first.
    expect(check('weights "w.safetensors"\nLiner(2, 1)', { read }).map(({ code }) => code)).toEqual([
      "NN3001",
    ]);
  });

  test("an imported file's are for that file alone", () => {
    const files: Record<string, string | Uint8Array> = {
      "head.nn": 'weights "head.safetensors"\nblock Head { Linear(2, 1) }\n',
      "main.safetensors": bytes,
    };
    const read = (path: string): string | Uint8Array => files[path]!;
    const source = 'import { Head } from "./head.nn"\nHead\n';
    expect(valuesOf(compile(source, { read }), "0.weight")).toEqual(valuesOf(compile(linear), "0.weight"));
    const own = compile(`${source}weights "main.safetensors"\n`, { read });
    expect(valuesOf(own, "0.weight")).toEqual([2, 3]);
  });
});

describe("refresh", () => {
  test("what was derived from parameters follows them, tied ones too", () => {
    const source = `model M {
      input x: f32[N, 2]
      a = Linear(2, 2, bias=false)
      output x -> a -> bn: BatchNorm1d(2, eps=0) -> b: Linear(2, 2, bias=false, weight=a.weight)
    }`;
    const model = compile(source);
    const set = (name: string, ...values: number[]): void =>
      (model.parameters[name]!.data as Float32Array).set(values);
    set("a.weight", 0, 1, 2, 0);
    set("bn.weight", 10, 100);
    set("bn.running_mean", 1, 0);
    set("bn.running_var", 4, 1);
    model.refresh();
    // [3, 5] -> [5, 6] -> [(5 - 1) / 2 * 10, 6 * 100] -> [600, 40]
    expect([...model([[3, 5]]).data]).toEqual([600, 40]);
    const fresh = compile(source, { weights: model.parameters });
    expect([...fresh([[3, 5]]).data]).toEqual([600, 40]);
  });
});

test("parameters that no memory holds are refused before they are drawn", () => {
  const code = refusal("x -> Repeat(1000) { Linear(40000, 40000) }", {});
  expect(code).toContain("NN4106: the parameters take 6400.2 GB, and there is no room for them");
});
