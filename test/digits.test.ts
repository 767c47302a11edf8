/** Trained nets on real input: examples/digits gives what PyTorch gave, by every way to run it. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { check, compile, emit, loadSafetensors, type Model, type Tensor } from "../compiler/index.ts";
import { format } from "../grammar/index.ts";
import { loadNpy } from "../runtime/index.ts";
import { nnc } from "./cli/support.ts";
import { imported } from "./compiled.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = `${root}examples/digits/`;
const readme = readFileSync(`${folder}README.md`, "utf8");
const digits = load("digits");
const labels = Array.from(load("labels").data as Uint8Array);
const images: Tensor = { ...digits, dtype: "f32", data: Float32Array.from(digits.data as Uint8Array) };

interface Training {
  readonly right: number;
  readonly held_out: number;
}

const trainings = JSON.parse(readFileSync(`${folder}training.json`, "utf8")) as Record<string, Training>;

/** The least share of the held-out digits that each net is to read right, in percent. */
const nets = { digits: 97, convnet: 99 };

function load(name: string): Tensor {
  return loadNpy(readFileSync(`${folder}${name}.npy`));
}

/** The logits that PyTorch computed for the hundred digits, row by row. */
function recordedBy(net: string): readonly number[] {
  return Array.from(load(`${net}.logits`).data as Float32Array);
}

/** The share that was read right, as the pages have it. */
function shareOf({ right, held_out }: Training): string {
  return ((100 * right) / held_out).toFixed(2);
}

/** The logits, row by row. */
function run(model: Model, input: Tensor): readonly number[] {
  return Array.from(model(input)["logits"]!.data as Float32Array);
}

/** The class of the largest logit of each row. */
function classes(logits: readonly number[]): number[] {
  return labels.map((_, i) => {
    const row = logits.slice(10 * i, 10 * (i + 1));
    return row.indexOf(Math.max(...row));
  });
}

function right(logits: readonly number[]): number {
  return classes(logits).filter((digit, i) => digit === labels[i]).length;
}

test("the hundred digits are those of all classes, in turn", () => {
  expect(labels).toEqual(Array.from({ length: 100 }, (_, i) => i % 10));
  expect(Object.keys(trainings)).toEqual(Object.keys(nets));
});

describe.each(Object.entries(nets))("%s", (net, least) => {
  const filename = `${folder}${net}.nn`;
  const text = readFileSync(filename, "utf8");
  const weights = readFileSync(`${folder}${net}.safetensors`);
  const recorded = recordedBy(net);

  /** The largest difference from PyTorch, relative to its largest logit. NaN where one is NaN. */
  function difference(logits: readonly number[]): number {
    expect(logits).toHaveLength(1000);
    const apart = recorded.map((value, i) => Math.abs(logits[i]! - value));
    return Math.max(...apart) / Math.max(...recorded.map((value) => Math.abs(value)));
  }

  test("the net is in canonical form and has no problems", () => {
    expect(check(text, { filename })).toEqual([]);
    expect(format({ file: filename, text })).toEqual({ text });
  });

  test("parameters are those that PyTorch saved", () => {
    // What PyTorch counts with 64 bits has 32 here.
    const shapes = (state: Readonly<Record<string, Tensor>>): string[] =>
      Object.entries(state)
        .map(([name, { dtype, shape }]) => `${name}: ${dtype.replace("i64", "i32")}[${shape.join(", ")}]`)
        .sort();
    const saved = loadSafetensors(weights);
    expect(shapes(compile(text, { filename }).parameters)).toEqual(shapes(saved));
    const count = Object.entries(saved)
      .filter(([name]) => !/running_|num_batches/.test(name))
      .reduce((sum, [, { data }]) => sum + data.length, 0);
    expect(readme).toContain(`${count.toLocaleString("en")} parameters`);
  });

  test("a hundred digits in one batch, and one by one", () => {
    const model = compile(text, { filename });
    const apart = difference(run(model, images));
    console.log(`${net}: at most ${apart.toExponential(1)} of the largest logit from PyTorch`);
    expect(apart).toBeLessThan(1e-5);

    const single = labels.flatMap((_, i) => {
      const data = (images.data as Float32Array).subarray(784 * i, 784 * (i + 1));
      return run(model, { dtype: "f32", shape: [1, 28, 28], data });
    });
    expect(difference(single)).toBeLessThan(1e-5);
  });

  test("as a module", async () => {
    const { code, weights: beside } = emit(text, { filename, external: true });
    const module = await imported(code);
    // Both the file that PyTorch's weights came in and the one that the compiler writes.
    for (const bytes of [weights, beside!])
      expect(run(module.create({ weights: bytes }), images)).toEqual(
        run(compile(text, { filename }), images),
      );
  });

  test("by the command line, from bytes", async () => {
    const { code, out, err } = await nnc(["run", filename, "--input", `${folder}digits.npy`, "--json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { outputs } = JSON.parse(out) as { outputs: { logits: { data: number[] } } };
    expect(difference(outputs.logits.data)).toBeLessThan(1e-5);
  });

  test("the README says how many are read right", () => {
    const training = trainings[net]!;
    const share = shareOf(training);
    expect(Number(share)).toBeGreaterThanOrEqual(least);
    const logits = run(compile(text, { filename }), images);
    expect(classes(logits)).toEqual(classes(recorded));
    expect(readme.replaceAll(/ +/g, " ")).toContain(
      `| \`${net}.nn\` | ${training.right} of ${training.held_out}: ${share} % | ${right(logits)} of 100 |`,
    );
  });
});

test("the convolutional net is small", () => {
  expect(readFileSync(`${folder}convnet.safetensors`).length).toBeLessThan(200_000);
});

test("npm start shows it", () => {
  const recorded = recordedBy("convnet");
  // What `npm start` is: test/readme.test.ts runs it by that name.
  const [setup, start] = ["setup", "start"].map((script) =>
    spawnSync(process.execPath, [`scripts/${script}.mjs`], { cwd: root, encoding: "utf8" }),
  );
  expect(setup!.status, setup!.stderr).toBe(0);
  const { status, stdout, stderr } = start!;
  const training = trainings["convnet"]!;
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const shown = stdout.replaceAll(/\s+/g, " ");
  expect(shown).toContain(
    `${right(recorded)} of the 100 are read right, and ${shareOf(training)} % of all ${training.held_out}`,
  );

  // The first three, and up to three that are read wrong: what is said under the pictures, and that these have ink.
  const said = classes(recorded);
  const wrong = said.flatMap((digit, i) => (digit === labels[i] ? [] : [i])).slice(0, 3);
  const captions = (title: string) =>
    [...stdout.matchAll(new RegExp(`^${title}((?: +\\d)+)$`, "gm"))].map(([, row]) =>
      row!.trim().split(/ +/).map(Number),
    );
  const shownOnes = [[0, 1, 2], wrong].filter((some) => some.length > 0);
  expect(captions("says")).toEqual(shownOnes.map((some) => some.map((i) => said[i])));
  expect(captions("is")).toEqual(shownOnes.map((some) => some.map((i) => labels[i])));
  expect(stdout.match(/^ {6}[ ░▒▓█]*█[ ░▒▓█]*$/gm)!.length).toBeGreaterThan(7 * shownOnes.length);
});
