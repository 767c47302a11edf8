/** The examples give what was recorded. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { check, compile, emit, type Nested, type Tensor } from "../compiler/index.ts";
import { format } from "../grammar/index.ts";

const folder = fileURLToPath(new URL("../examples/", import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith(".nn"));

interface Recorded {
  readonly outputs: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
}

function json(name: string): unknown {
  return JSON.parse(readFileSync(folder + name, "utf8"));
}

function run(name: string, mode: "eval" | "train"): Record<string, Tensor> {
  const model = compile(readFileSync(folder + name, "utf8"), { filename: folder + name, mode });
  const result = model(json(name.replace(/nn$/, "input.json")) as Nested);
  return model.outputs.length === 1 ? { [model.outputs[0]!.name]: result } : result;
}

function compare(got: Record<string, Tensor>, { outputs }: Recorded): void {
  expect(Object.keys(got)).toEqual(Object.keys(outputs));
  for (const [name, { shape, data }] of Object.entries(outputs)) {
    expect(got[name]!.shape).toEqual(shape);
    // Math.exp and its like differ in the last place from engine to engine.
    data.forEach((value, i) => expect(got[name]!.data[i]).toBeCloseTo(value, 5));
  }
}

test.each(names)("%s", (name) => {
  const text = readFileSync(folder + name, "utf8");
  expect(check(text, { filename: folder + name })).toEqual([]);
  expect(format({ file: name, text })).toEqual({ text });
  compare(run(name, "eval"), json(name.replace(/nn$/, "output.json")) as Recorded);
  const train = name.replace(/nn$/, "train.output.json");
  if (existsSync(folder + train)) compare(run(name, "train"), json(train) as Recorded);
});

test("the page about them has them all", () => {
  const page = readFileSync(`${folder}README.md`, "utf8");
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const all = [...names, ...folders.map(({ name }) => `${name}/`)];
  expect([...page.matchAll(/^\| \[(\S+)\]/gm)].map(([, name]) => name!).sort()).toEqual(all.sort());
});

/** To four digits, by PyTorch. */
const tutorial = {
  ln: "-1.6906 0.0171 -0.1537 -0.3245 1.3833 -0.8368 1.3833 -1.0076 1.2125 0.0171",
  prelu: "-0.4227 0.0171 -0.0384 -0.0811 1.3833 -0.2092 1.3833 -0.2519 1.2125 0.0171",
  relu: "0 0.0171 0 0 1.3833 0 1.3833 0 1.2125 0.0171",
  leaky: "-0.0169 0.0171 -0.0015 -0.0032 1.3833 -0.0084 1.3833 -0.0101 1.2125 0.0171",
};

test("the tutorial's numbers", () => {
  const digits = ({ data }: Tensor): string =>
    Array.from(data as Float32Array, (x) => Number(x.toFixed(4))).join(" ");
  const variants = run("variants.nn", "eval");
  for (const [name, values] of Object.entries(tutorial)) expect(digits(variants[name]!)).toBe(values);
  expect(digits(run("layernorm.nn", "eval")["y"]!)).toBe(tutorial.prelu);
});

test("norms.nn: layers that need the same statistics are one kernel", () => {
  const { code } = emit(readFileSync(`${folder}norms.nn`, "utf8"));
  expect(code).toContain("function InstanceNorm2d_LeakyReLU_SwitchableNorm2d_Tanh(");
});
