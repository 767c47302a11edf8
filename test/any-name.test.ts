/** Whatever a name is, in whatever place: what passes `check` compiles, is emitted, imported and run, to the same numbers. */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { isName } from "../grammar/names.ts";
import { check, compile, emit, loadSafetensors, type CompileOptions, type Model } from "../compiler/index.ts";
import { imported } from "./compiled.ts";
import { everyday } from "./everyday.ts";
import { folder, nnc } from "./cli/support.ts";

interface Net {
  readonly source: string;
  readonly options?: CompileOptions;
}

/** A net with all of these names in one kind of place. */
type Place = (names: readonly string[]) => Net;

const model = (body: string, head = "model M"): Net => ({
  source: `${head} {\n  input q_: f32[2, 2]\n${body}\n}\n`,
});
const sum = (names: readonly string[]): string => names.map((name, i) => `${name} * ${i % 7}`).join(" + ");

const places: Readonly<Record<string, Place>> = {
  input: (names) => ({ source: `model M {\n${names.map((name) => `  input ${name}: f32[2]`).join("\n")}\n  output y_ = [${names.join(", ")}] -> Concat(dim=0)\n}` }), // prettier-ignore
  output: (names) => model(`  output ${names.map((name, i) => `${name} = q_ * ${i}`).join(", ")}`),
  "input and output": (names) => ({ source: `model M {\n${names.map((name) => `  input ${name}: f32[2]`).join("\n")}\n  output ${names.join(", ")}\n}` }), // prettier-ignore
  param: (names) => model(`${names.map((name, i) => `  param ${name}: f32[2] = ${i}`).join("\n")}\n  output q_ + ${sum(names)}`), // prettier-ignore
  buffer: (names) => model(`${names.map((name, i) => `  buffer ${name}: f32[2] = ${i}`).join("\n")}\n  output q_ + ${sum(names)}`), // prettier-ignore
  label: (names) => model(`  output q_ -> ${names.map((name) => `${name}: PReLU`).join(" -> ")}`),
  "quoted label": (names) =>
    model(`  output q_ -> g_: (${names.map((name) => `"${name}": PReLU`).join(" -> ")})`),
  "part of a label": (names) => ({ source: `${names.map((name) => `${name} = "${name}x"`).join("\n")}\nmodel M {\n  input q_: f32[2, 2]\n  output q_ -> ${names.map((name) => `"{${name}}": PReLU`).join(" -> ")}\n}` }), // prettier-ignore
  value: (names) =>
    model(`${names.map((name, i) => `  ${name} = q_ * ${i}`).join("\n")}\n  output ${sum(names)}`),
  result: (names) => model(`  [${names.join(", ")}] = q_ -> [${names.map(() => "Tanh").join(", ")}]\n  output ${sum(names)}`), // prettier-ignore
  size: (names) => ({ source: `model M {\n${names.map((name, i) => `  input q_${i}: f32[${name}]`).join("\n")}\n  output y_ = [${names.map((_, i) => `q_${i}`).join(", ")}] -> Concat(dim=0)\n}` }), // prettier-ignore
  "size of a kernel": (names) => ({ source: `model M {\n${names.map((name, i) => `  input q_${i}: f32[N_, ${name}]`).join("\n")}\n  output ${names.map((_, i) => `y_${i} = q_${i} -> Softmax(dim=1) -> Sum(dim=0)`).join(", ")}\n}` }), // prettier-ignore
  "size that is bound": (names) => model(names.map((name, i) => `  v_${i}: f32[${name}, 2] = q_[${i % 2}:]`).join("\n") + `\n  output q_ * (${names.join(" + ")})`), // prettier-ignore
  "model parameter": (names) => ({ ...model(`  output q_ * (${names.join(" + ")})`, `model M(${names.map((name, i) => `${name} = ${i}`).join(", ")})`), options: { args: Object.fromEntries(names.map((name, i) => [name, i + 1])) } }), // prettier-ignore
  block: (names) => ({ source: `${names.map((name) => `block ${name} { Tanh }`).join("\n")}\n${model(`  output q_ -> ${names.join(" -> ")}`).source}` }), // prettier-ignore
  "block parameter": (names) => ({ source: `block B_(${names.join(", ")}) { input x_; output x_ * (${names.join(" + ")}) }\n${model(`  output q_ -> B_(${names.map((name, i) => `${name}=${i}`).join(", ")})`).source}` }), // prettier-ignore
  "block input": (names) => ({ source: `block B_ { input ${names.join(", ")}; output ${sum(names)} }\n${model(`  output [${names.map((name, i) => `${name}=q_ * ${i}`).join(", ")}] -> B_`).source}` }), // prettier-ignore
  "block output": (names) => ({ source: `block B_ { input x_; output o_ = x_, ${names.map((name, i) => `${name} = x_ * ${i}`).join(", ")} }\n${model(`  r_ = q_ -> B_\n  output ${names.map((name) => `r_.${name}`).join(" + ")}`).source}` }), // prettier-ignore
  constant: (names) => ({ source: `${names.map((name, i) => `${name} = ${i}`).join("\n")}\n${model(`  output q_ * (${names.join(" + ")})`).source}` }), // prettier-ignore
  "bound layer": (names) => model(`${names.map((name) => `  ${name} = PReLU`).join("\n")}\n  output q_ -> ${names.join(" -> ")}`), // prettier-ignore
  "shared weight": (names) => model(`${names.map((name) => `  param ${name}: f32[1] = 0.5`).join("\n")}\n  output q_ -> ${names.map((name, i) => `l_${i}: PReLU(weight=${name})`).join(" -> ")}`), // prettier-ignore
  round: (names) => model(`  output q_ -> ${names.map((name) => `Repeat(2) as ${name} { Linear(2, 2, bias=${name} > 0) }`).join(" -> ")}`), // prettier-ignore
  "name of the model": ([name]) => ({ source: model("  output q_ -> Tanh", `model ${name}`).source, options: { entry: name! } }), // prettier-ignore
  import: (names) => ({ source: `import { ${names.join(", ")} } from "./blocks.nn"\n${model(`  output q_ -> ${names.join(" -> ")}`).source}`, options: { read: () => names.map((name) => `block ${name} { PReLU }`).join("\n") } }), // prettier-ignore
  alias: (names) => ({ source: `import { ${names.map((name) => `B_ as ${name}`).join(", ")} } from "./blocks.nn"\n${model(`  output q_ -> ${names.map((name, i) => `l_${i}: ${name}`).join(" -> ")}`).source}`, options: { read: () => "block B_ { PReLU }" } }), // prettier-ignore
};

/** Names with no place of their own in JavaScript, and such as a JavaScript engine or our own text knows. */
const special = (
  "__proto__ __metadata__ constructor prototype hasOwnProperty toString valueOf then length name arguments eval await " +
  "async default undefined NaN let static yield get class new this super Symbol Object Function Math JSON Float32Array " +
  "globalThis process create inputs outputs parameters state memory run refresh selfTest slot0 spare0 p p0 f32s prepare " +
  "step0 fit ins outs lead size_N bind_q_ in_q_ out_y unbatched_N kernel_run x s r n i v data shape dtype weights inside " +
  "load parse tensor count refuse made worst bits A a Na nA __ _0 x_0"
)
  .split(" ")
  .filter(isName);

function valuesOf(built: Model): number[][] {
  const inputs = Object.fromEntries(
    built.inputs.map(({ name, dtype, shape }, k) => {
      const sizes = shape.map((size) => (typeof size === "number" ? size : 2));
      const count = sizes.reduce((product, size) => product * size, 1);
      const data = Float32Array.from({ length: count }, (_, i) => ((i * 37 + k * 11) % 23) / 7 - 1);
      return [name, { dtype, shape: sizes, data }] as const;
    }),
  );
  const [first] = Object.values(inputs);
  const result = built.inputs.length === 1 ? built(first as never) : built(inputs as never);
  const results = built.outputs.map(({ name }) => {
    if (built.outputs.length > 1) expect(Object.hasOwn(result, name), name).toBe(true);
    return built.outputs.length === 1 ? result : result[name]!;
  });
  const outputs = Object.fromEntries(
    built.outputs.map(({ name }, i) => [name, { ...results[i]!, data: results[i]!.data.slice().fill(0) }]),
  );
  built.run(inputs as never, outputs);
  const values = results.map(({ data }) => [...data]);
  expect(Object.values(outputs).map(({ data }) => [...data])).toEqual(values);
  return values;
}

/** In this process, and as a module with weights inside and outside. */
async function valuesEverywhere({ source, options = {} }: Net): Promise<number[][]> {
  expect(check(source, options).map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  const built = compile(source, options);
  const values = valuesOf(built);
  for (const external of [false, true]) {
    const { code, weights } = emit(source, { ...options, external });
    const module = await imported(code);
    expect(valuesOf(weights ? module.create({ weights }) : module.default)).toEqual(values);
    expect(weights ? module.selfTest({ weights }) : module.selfTest()).toBeLessThanOrEqual(1);
    if (!weights) continue;
    const held = loadSafetensors(weights);
    expect(Object.keys(held).sort()).toEqual(Object.keys(built.parameters).sort());
    expect(valuesOf(compile(source, { ...options, weights: held }))).toEqual(values);
  }
  return values;
}

const nameless = (names: readonly string[]): string[] => names.map((_, i) => `safe_${i}`);

/** The format keeps this name for itself, where it is the whole name of a weight. */
function allowed(place: string, names: readonly string[]): readonly string[] {
  return ["param", "buffer", "shared weight"].includes(place) ? names.filter((name) => name !== "__metadata__") : names; // prettier-ignore
}

describe.each(Object.entries(places))("as %s", (place, net) => {
  test("all special names at once", async () => {
    const names = allowed(place, special);
    expect(await valuesEverywhere(net(names))).toEqual(valuesOf(compile(net(nameless(names)).source, net(nameless(names)).options))); // prettier-ignore
  });

  test("__proto__ alone", async () => {
    expect(await valuesEverywhere(net(["__proto__"]))).toEqual(valuesOf(compile(net(["safe"]).source, net(["safe"]).options))); // prettier-ignore
  });
});

describe("every name that emitted text, its engine and the language know", () => {
  const broad = `model M {
    input x: f32[N, C, L|8]
    input i: i32[N]
    input b: bool[N]
    param w: f32[3] = Ones
    h = x -> BatchNorm1d(4) -> Softmax(dim=1) -> Linear(3, 3) -> GELU -> ReLU
    output g = h + w, e = i -> Embedding(5, 2), k = i // 3 % 2, t = [b, x[:, 0, 0], i] -> Where, m = h -> Max(dim=1)
  }`.replace("C, L|8", "4, 3");
  const texts = [false, true].flatMap((external) => {
    const { code, types } = emit(broad, { external });
    return [code.replaceAll(/"[^"]*"/g, ""), types];
  });
  const words = texts.flatMap((text) => text.match(/[A-Za-z_]\w*/g) ?? []);
  // What the nets of this file say themselves.
  const ours = new Set(["_", "Concat", "Softmax", "Sum", "M"]);
  const known = [
    Object.prototype,
    Function.prototype,
    Array.prototype,
    Promise.prototype,
    globalThis,
  ].flatMap((of) => Object.getOwnPropertyNames(of));
  const all = [...new Set([...words, ...known])].filter(
    (name) => isName(name) && name.length < 40 && !ours.has(name),
  );
  const chunks = Array.from({ length: Math.ceil(all.length / 100) }, (_, i) =>
    all.slice(100 * i, 100 * (i + 1)),
  );

  test("are many", () => {
    expect(all.length).toBeGreaterThan(300);
    expect(all).toEqual(
      expect.arrayContaining(["Float32Array", "create", "hasOwnProperty", "apply", "Int32Array"]),
    );
  });

  test.each(["input", "output", "param", "size of a kernel"])("as %s", async (place) => {
    const wanted = new Map<number, number[][]>();
    for (const chunk of everyday(chunks, 3, () => place)) {
      const names = allowed(place, chunk);
      const { code } = emit(places[place]!(names).source);
      const plain = (): number[][] => valuesOf(compile(places[place]!(nameless(names)).source));
      const want = wanted.get(names.length) ?? plain();
      wanted.set(names.length, want);
      expect(valuesOf((await imported(code)).default)).toEqual(want);
    }
  });
});

test("nnc run, with inputs, outputs, sizes and parameters of any name", async () => {
  const names = special.filter((name) => name !== "__metadata__");
  const source = `model M(${names.map((name) => `${name} = 1`).join(", ")}) { input q_: f32[2]; output q_ * (${names.join(" + ")}) }`; // prettier-ignore
  folder({
    "ports.nn": places["input and output"]!(names).source,
    "ports.json": `{${names.map((name) => `${JSON.stringify(name)}: [1, 2]`).join(", ")}}`,
    "args.nn": source,
    "q.json": "[1, 1]",
    "sizes.nn": "model M { input q_: f32[__proto__, constructor]; output q_ -> Flatten(start_dim=0) }",
  });
  const ports = await nnc(["run", "ports.nn", "--input", "ports.json", "--json"]);
  expect(ports.err).toBe("");
  const { outputs } = JSON.parse(ports.out) as { outputs: Record<string, { data: number[] }> };
  expect(Object.keys(outputs).sort()).toEqual(names.toSorted());
  for (const { data } of Object.values(outputs)) expect(data).toEqual([1, 2]);
  const args = await nnc([
    "run",
    "args.nn",
    "--input",
    "q.json",
    "--arg",
    "__proto__=3",
    "--arg",
    "constructor=4",
  ]);
  expect(args.out).toBe(`tensor([${names.length + 5}., ${names.length + 5}.])\n`);
  const sizes = await nnc(["bench", "sizes.nn", "--size", "constructor=3", "--seconds", "0.01", "--json"]);
  expect(sizes.err).toBe("");
  expect(JSON.stringify(JSON.parse(sizes.out))).toContain('"constructor":3');
});

test("a parameter without a default, whatever it is called, is asked for where the net runs", () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    const source = `model M(${name}) { input x: f32[${name}]; output y = x -> ReLU }`;
    expect(check(source)).toEqual([]);
    expect(check(source, { args: Object.fromEntries([[name, 3]]) })).toEqual([]);
  }
});

test("declarations of any names are TypeScript", () => {
  const files = Object.fromEntries(
    ["input", "output", "input and output", "size of a kernel"].map((place, i) => [`m${i}.d.ts`, emit(places[place]!(special).source).types]), // prettier-ignore
  );
  const path = folder(files);
  const tsc = new URL("../node_modules/typescript/bin/tsc", import.meta.url).pathname;
  const flags = ["--noEmit", "--strict", "--skipLibCheck", "false", "--types", "", "--target", "es2022"];
  expect(() =>
    execFileSync(process.execPath, [tsc, ...flags, ...Object.keys(files)], { cwd: path }),
  ).not.toThrow();
});

describe("quoted labels", () => {
  const long = "l".repeat(1000);
  const texts = [
    "*/", "`${x}`", "</script><script>alert(1)</script>", "<!--", "]]>", "\n//", "\r", "\u2028", "\u2029", '"];', "\\", "\\u0022", "';",
    "\u202e", "\u2066", "\u001b[31m", "\u0000", "\u0085", "\u00a0", "\ufeff", "\u200b", "a b", "a-b", "a.b", ".", "..", " ", "0", "é", "e\u0301",
    "É", "\ud83d\ude00", "\ud83d\udc68\u200d\ud83d\udc69", "__proto__", "constructor", "//# sourceMappingURL=x", "\ue000", "\u{e0041}", long,
  ]; // prettier-ignore
  const escaped = (text: string): string =>
    JSON.stringify(text).replaceAll(/[{}\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`); // prettier-ignore
  const source = `x -> ${texts.map((text) => `${escaped(text)}: PReLU`).join(" -> ")} -> Linear(2, 2)`;
  // oxlint-disable-next-line no-control-regex -- they are what must not be there
  const hidden = /[^\n\P{C}]|[\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|<\/script|<!--/iu;

  test("are names of weights, and nothing of them acts in emitted text", async () => {
    await valuesEverywhere({ source });
    for (const external of [false, true]) {
      const { code, types, weights } = emit(source, { external });
      expect(code).not.toMatch(hidden);
      expect(types).not.toMatch(hidden);
      const names = Object.keys(weights ? loadSafetensors(weights) : compile(source).parameters);
      expect(names).toEqual(expect.arrayContaining(texts.map((text) => `${text}.weight`)));
    }
  });

  test("neither does a file's name", () => {
    for (const text of texts) {
      const { code, types } = emit("PReLU", { filename: `${text.slice(0, 100)}.nn` });
      expect(code).not.toMatch(hidden);
      expect(types.split("\n")[1]).toBe("// Generated: do not edit.");
      expect(code.split("\n")[1]).toBe("// Generated: do not edit.");
    }
  });
});

test("what no file can hold is said by check, and by all that would write it", () => {
  const wrong = [
    "model M { input q: f32[3]; param __metadata__: f32[3]; output q * __metadata__ }",
    "model M { input q: f32[3]; buffer __metadata__: f32[3]; output q * __metadata__ }",
    "block B { input q; param __metadata__: f32[3]; output q * __metadata__ }\nmodel M { input x: f32[3]; output x -> B }",
    String.raw`x -> "a\ud800": PReLU`,
    String.raw`x -> "\ude00\ud83d": PReLU`,
    String.raw`half = "\ud83d"; model M { input q: f32[3]; output q -> "{half}": PReLU }`,
    `x -> "a\ud800": PReLU`,
    `x -> Repeat(40000) as i { "${"l".repeat(3000)}{i}": PReLU }`,
  ];
  for (const source of wrong) {
    expect(check(source).map(({ code }) => code)).toEqual(["NN3217"]);
    expect(() => emit(source)).toThrow("NN3217");
  }
  const right = [
    "block B { input q; param __metadata__: f32[3]; output q * __metadata__ }\nx -> a: B",
    "x -> __metadata__: PReLU",
    String.raw`half = "\ud83d"; other = "\ude00"; model M { input q: f32[3]; output q -> "{half}{other}": PReLU }`,
  ];
  for (const source of right) expect(() => emit(source)).not.toThrow();
});
