/** `nnc bench`: what it lists and says. Times are not tested. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { drive } from "../../compiler/drive/driver.ts";
import { closure, timedClosure } from "../../compiler/emit/host/closure.ts";
import { tensor } from "../../runtime/index.ts";
import { folder, nnc } from "./support.ts";

interface Timing {
  readonly ms: number;
  readonly lower: number;
  readonly upper: number;
  readonly samples: number;
}

interface Bench {
  readonly name: string;
  readonly mode: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly call: Timing;
  readonly prepare: { readonly kernels: number; readonly ms: number };
  readonly kernels: readonly (Timing & {
    readonly name: string;
    readonly share: number;
    readonly bytes: number;
    readonly macs: number;
    readonly gigabytesPerSecond: number;
    readonly gigamacsPerSecond: number;
    readonly layers: readonly { readonly name: string; readonly layer: string; readonly place: string }[];
  })[];
}

const quick = ["--seconds", "0.01"];

async function bench(...argv: string[]): Promise<Bench> {
  const { code, out, err } = await nnc(["bench", ...argv, ...quick, "--json"]);
  expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^(note: .*\n)?$/) as string });
  return JSON.parse(out) as Bench;
}

const mlp = "Linear(6, 4) -> LayerNorm(4) -> ReLU -> Linear(4, 2)\n";

test("every kernel is there, with its layers, what it costs, and its share", async () => {
  folder({ "mlp.nn": mlp });
  const { name, mode, kernels, call, sizes } = await bench("mlp.nn", "--size", "...=5");
  expect({ name, mode, sizes }).toEqual({ name: "mlp", mode: "eval", sizes: { "...": 5 } });
  expect(
    kernels.map((kernel) => kernel.layers.map((layer) => [layer.name, layer.layer, layer.place])),
  ).toEqual([
    [["0", "Linear(6, 4)", "mlp.nn:1:1"]],
    [
      ["1", "LayerNorm(4)", "mlp.nn:1:17"],
      ["2", "ReLU", "mlp.nn:1:33"],
    ],
    [["3", "Linear(4, 2)", "mlp.nn:1:41"]],
  ]);
  expect(kernels.map(({ macs }) => macs)).toEqual([5 * 6 * 4, 0, 5 * 4 * 2]);
  // Rows, the matrix and the bias; and rows that stay float64, as another kernel reads them.
  expect(kernels[0]!.bytes).toBe(4 * (5 * 6 + 6 * 4 + 4) + 8 * (5 * 4));
  expect(kernels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  for (const { ms, lower, upper, samples } of [call, ...kernels]) {
    expect(lower).toBeGreaterThan(0);
    expect(lower).toBeLessThanOrEqual(ms);
    expect(ms).toBeLessThanOrEqual(upper);
    expect(samples).toBeGreaterThan(0);
  }
  for (const { ms, bytes, macs, share, gigabytesPerSecond, gigamacsPerSecond } of kernels) {
    expect(gigabytesPerSecond).toBeCloseTo(bytes / ms / 1e6, 9);
    expect(gigamacsPerSecond).toBeCloseTo(macs / ms / 1e6, 9);
    expect(share).toBeGreaterThan(0);
  }
});

test("the table", async () => {
  folder({ "mlp.nn": mlp });
  const { code, out, err } = await nnc(["bench", "mlp.nn", ...quick]);
  expect({ code, err }).toEqual({ code: 0, err: "note: no weights given, 6 parameters initialised\n" });
  const time = String.raw`\d[\d.]* (ns|µs|ms|s)`;
  const [head, sizes, , call, kernels, , titles, ...rows] = out.trimEnd().split("\n");
  expect([head, sizes]).toEqual([
    "mlp, eval mode: x: f32[..., 6] -> y: f32[..., 2]",
    "... = 1, ... by default: --size ...=8 sets it; made-up input",
  ]);
  expect(call).toMatch(new RegExp(`^a call     ${time} ± \\d+ %$`));
  expect(kernels).toMatch(new RegExp(`^  kernels  ${time}$`));
  expect(titles!.split(/ +/)).toEqual([
    "kernel",
    "time",
    "share",
    "bytes",
    "GB/s",
    "MACs",
    "GMAC/s",
    "layers",
  ]);
  const rate = expect.stringMatching(/^\d+(\.\d+)?$/) as string;
  const share = expect.stringMatching(/^\d+\.\d %$/) as string;
  const took = expect.stringMatching(new RegExp(`^${time}$`)) as string;
  expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
    ["Linear", took, share, "168 B", rate, "24", rate, "0 Linear(6, 4)"],
    ["LayerNorm_ReLU", took, share, "96 B", rate, "1 LayerNorm(4), 2 ReLU"],
    ["Linear", took, share, "80 B", rate, "8", rate, "3 Linear(4, 2)"],
  ]);
  const shares = rows.map((row) => Number(/([\d.]+) %/.exec(row)![1]));
  expect(Math.abs(shares.reduce((sum, one) => sum + one, 0) - 100)).toBeLessThan(0.2);
});

test("kernels are those of nnc info, in both modes", async () => {
  const norms = fileURLToPath(new URL("../../examples/norms.nn", import.meta.url));
  for (const mode of ["eval", "train"]) {
    const { kernels, prepare, ...rest } = await bench(norms, "--mode", mode, "--arg", "N=2");
    const { out } = await nnc(["info", norms, "--mode", mode, "--arg", "N=2", "--json"]);
    const info = JSON.parse(out) as {
      kernels: Record<"prepare" | "run", { name: string; macs: number; read: number; written: number }[]>;
    };
    expect(kernels.map(({ name, macs, bytes }) => ({ name, macs, bytes }))).toEqual(
      info.kernels.run.map(({ name, macs, read, written }) => ({ name, macs, bytes: read + written })),
    );
    expect(kernels.length).toBeGreaterThan(4);
    expect(prepare.kernels).toBe(info.kernels.prepare.length);
    expect(rest).toMatchObject({ mode, sizes: {} });
  }
});

test("sizes: given, chosen, fixed, and those of an input", async () => {
  folder({
    "m.nn": "model M { input a: f32[N, T, 3]; input b: f32[T]; output y = a[:, :, 0] + b }\n",
    "in.json": '{ "a": [[[1, 2, 3], [4, 5, 6]]], "b": [7, 8] }',
  });
  expect((await bench("m.nn")).sizes).toEqual({ N: 1, T: 32 });
  expect((await bench("m.nn", "--size", "T=5", "--size", "N=2")).sizes).toEqual({ N: 2, T: 5 });
  expect((await bench("m.nn", "--arg", "T=5")).sizes).toEqual({ N: 1 });
  expect((await bench("m.nn", "--input", "in.json")).sizes).toEqual({ N: 1, T: 2 });
  const second = async (...argv: string[]): Promise<string | undefined> =>
    (await nnc(["bench", "m.nn", ...quick, ...argv])).out.split("\n")[1];
  expect(await second("--size", "T=5")).toBe("N = 1, T = 5, N by default: --size N=8 sets it; made-up input");
  expect(await second("--size", "T=5", "--size", "N=2")).toBe("N = 2, T = 5; made-up input");
  expect(await second("--arg", "T=5", "--arg", "N=1")).toBe("made-up input");
  expect(await second("--input", "in.json")).toBe("N = 1, T = 2");
});

test("integers that are made up are indices that the net takes", async () => {
  folder({ "e.nn": "Embedding(3, 4)\n", "none.nn": "Zeros(2) -> ReLU\n" });
  expect((await bench("e.nn", "--size", "...=50")).kernels).toHaveLength(1);
  expect((await bench("none.nn")).sizes).toEqual({});
});

test("what cannot be timed is said", async () => {
  folder({
    "n.nn": "model M { input x: f32[N, T]; output y = x -> Reshape(-1, 7) }\n",
    "wrong.nn": "ReLU -> -> ReLU\n",
    "x.json": "[1, 2]",
  });
  expect(await nnc(["bench", "n.nn", ...quick])).toEqual({
    code: 1,
    out: "",
    err: expect.stringMatching(
      /^nnc: the net does not take a made-up input: .*\nit was made with N=1 and T=32; --size sets others, and --input gives a real one\n$/,
    ) as string,
  });
  expect((await bench("n.nn", "--size", "T=14")).sizes).toEqual({ N: 1, T: 14 });
  const errors: readonly (readonly [readonly string[], number, string])[] = [
    [["n.nn", "--size", "K=3"], 2, "nnc: the inputs leave no size K open, only N and T\n"],
    [["n.nn", "--size", "T=0"], 2, "Write it as NAME=N: N=8, or ...=4096."],
    [["n.nn", "--size", "T=2", "--size", "T=3"], 2, "T is given twice."],
    [["n.nn", "--seconds", "0"], 2, "A number of seconds, to 3600."],
    [
      ["n.nn", "--input", "x.json", "--size", "T=2"],
      2,
      "nnc: --input has sizes of its own: leave --size away\n",
    ],
    [["n.nn", "--input", "x.json"], 1, "nnc: "],
    [["wrong.nn"], 1, "wrong.nn:1:9 error"],
    [["lost.nn"], 1, "nnc: cannot read lost.nn: there is no such file or directory\n"],
  ];
  for (const [argv, code, err] of errors)
    expect(await nnc(["bench", ...argv])).toEqual({
      code,
      out: "",
      err: expect.stringContaining(err) as string,
    });
});

test("a model with a clock computes what it does without, however often its kernels run", () => {
  // Names that the text around the kernels has, too.
  const source = `model M { input n: f32[N, 3]; input clock: f32[N, 3]
    output y = n * clock -> clock: BatchNorm1d(3) -> ReLU -> Linear(3, 2); output calls = n -> Softmax(dim=1) }`;
  const inputs = { n: tensor([[1, 2, 3], [4, 5, 7]]), clock: tensor([[3, 1, 2], [2, 2, 2]]) }; // prettier-ignore
  const models = [false, true].map((isTimed) => {
    const { plan, state } = drive(source, { mode: "train" });
    const stopped: number[] = [];
    const clock = {
      start: (sizes: readonly number[]) => void stopped.push(...sizes, -1),
      calls: (kernel: number) => kernel + 1,
      stop: (kernel: number) => void stopped.push(kernel),
    };
    const model = isTimed ? timedClosure(plan, state, clock) : closure(plan, state);
    const results = [model(inputs), model(inputs)];
    const told = [2, -1, ...plan.run.keys()];
    expect(stopped).toEqual(isTimed ? [...told, ...told] : []);
    expect(plan.run.length).toBeGreaterThan(2);
    return { results, state };
  });
  expect(models[1]).toEqual(models[0]);
});
