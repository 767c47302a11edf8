/** A module and the weights beside it are one thing: which weights it takes, and which it refuses. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { emit, loadSafetensors, saveSafetensors, tensor, type Model } from "../compiler/index.ts";
import { safetensorsMetadata } from "../runtime/index.ts";
import { files, folder, nnc } from "./cli/support.ts";

interface Outside {
  readonly create: (options?: { weights: unknown }) => Model;
  readonly selfTest: (options?: { weights: unknown }) => number;
}

async function outside(code: string): Promise<Outside> {
  return (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`)) as Outside;
}

const net = "Linear(3, 2) -> Tanh";
const first = emit(net, { external: true });
const second = emit(net, { external: true, seed: 1 });

test("with other weights, the weights file alone is another one", () => {
  expect([second.code, second.types]).toEqual([first.code, first.types]);
  expect(second.weights).not.toEqual(first.weights);
  const [one, other] = [first, second].map(({ weights }) => safetensorsMetadata(weights!));
  expect(one!["nnc"]).toMatch(/^[0-9a-f]{16}$/);
  expect(other!["nnc"]).toBe(one!["nnc"]);
  expect(first.code).toContain(`const compiled = "${one!["nnc"]}";`);
});

test("whether there is a self test does not depend on the weights either", async () => {
  // With these weights no index is in the table, so that there is nothing to compare with.
  const source = `model Pick {
    input x: i32[N]
    buffer by: i32 = 0
    output (x + by) -> Embedding(3, 2)
  }`;
  const fits = emit(source, { external: true });
  const table = tensor([1, 2, 3, 4, 5, 6], { shape: [3, 2] });
  const weights = { weight: table, by: tensor(9, { dtype: "i32" }) };
  const names = Object.keys(loadSafetensors(fits.weights!));
  expect(names.toSorted()).toEqual(["by", "weight"]);
  const strays = emit(source, { external: true, weights });
  expect([strays.code, strays.types]).toEqual([fits.code, fits.types]);
  const { selfTest } = await outside(strays.code);
  expect(selfTest({ weights: fits.weights })).toBeLessThan(1);
  expect(() => selfTest({ weights: strays.weights })).toThrow(
    "no input was found whose outputs could be compared",
  );
});

describe("create and selfTest", () => {
  const apart = outside(first.code);
  const tensors = loadSafetensors(first.weights!);
  const said = saveSafetensors(tensors, { metadata: { format: "pt" } });

  test("take the weights of any run of this compile", async () => {
    const { create, selfTest } = await apart;
    for (const { weights } of [first, second]) expect(selfTest({ weights })).toBeLessThan(1);
    expect(create({ weights: first.weights })([1, 2, 3]).data).toEqual(
      create({ weights: said })([1, 2, 3]).data,
    );
  });

  test("take bytes in any form", async () => {
    const { selfTest } = await apart;
    const bytes = first.weights!;
    const padded = new Uint8Array(bytes.length + 5);
    padded.set(bytes, 5);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const forms = [bytes.slice().buffer, Buffer.from(bytes), padded.subarray(5), new DataView(padded.buffer, 5), shared, shared.buffer]; // prettier-ignore
    for (const weights of forms) expect(selfTest({ weights })).toBeLessThan(1);
  });

  test("refuse those of another compile", async () => {
    const { create } = await apart;
    const { weights } = emit("Linear(3, 2) -> Sigmoid", { external: true });
    expect(() => create({ weights })).toThrow(
      new TypeError(
        "weights belong to another compile: compile the net again, or take the .safetensors file that was written with this module",
      ),
    );
    expect(create({ weights: saveSafetensors(loadSafetensors(weights!)) })([1, 2, 3]).shape).toEqual([2]);
  });

  test("without numbers there is nothing to compare with", async () => {
    const { selfTest } = await apart;
    for (const weights of [said, tensors])
      expect(() => selfTest({ weights })).toThrow(
        new TypeError(
          "these weights bring no numbers to compare with: give selfTest the bytes of the .safetensors file that was written with this module",
        ),
      );
  });
});

test("numbers that JSON has no words for", async () => {
  const source =
    "model M { input x: f32[3]; param w: f32[6] = 1; output [x * 0 / w[0:3], x * w[3:]] -> Concat }";
  const values = [0, Infinity, -Infinity, -0, NaN, Infinity];
  const { code, weights } = emit(source, { external: true, weights: { w: tensor(values) } });
  expect((await outside(code)).selfTest({ weights })).toBeLessThan(1);
});

test("external: given, where the weights are there already", async () => {
  const given = emit(net, { external: "given" });
  expect(given.weights).toBeUndefined();
  expect(given.types).toBe(first.types);
  const { selfTest } = await outside(given.code);
  expect(selfTest({ weights: loadSafetensors(first.weights!) })).toBeLessThan(1);
  expect(selfTest({ weights: loadSafetensors(second.weights!) })).toBeGreaterThan(10);
  expect(emit("ReLU", { external: "given" }).code).toBe(emit("ReLU").code);
});

describe("nnc compile to where the weights were read from", () => {
  const compile = (...more: string[]): ReturnType<typeof nnc> =>
    nnc(["compile", "n.nn", "-o", "n.js", "--external", "--weights", "n.safetensors", ...more]);

  test("the user's file stays as it is", async () => {
    const bytes = saveSafetensors(loadSafetensors(first.weights!), { metadata: { format: "pt" } });
    const path = folder({ "n.nn": `${net}\n`, "n.safetensors": bytes });
    const { code, out } = await compile();
    expect([code, out.includes("safetensors")]).toEqual([0, false]);
    expect(readFileSync("n.safetensors").equals(bytes)).toBe(true);
    const module = (await import(/* @vite-ignore */ pathToFileURL(join(path, "n.js")).href)) as Outside;
    expect(module.selfTest({ weights: bytes })).toBeLessThan(1);
  });

  test("that of an earlier compile says the new one", async () => {
    folder({ "n.nn": "Linear(3, 2) -> Sigmoid\n", "n.safetensors": first.weights! });
    expect((await compile()).code).toBe(0);
    const bytes = readFileSync("n.safetensors");
    expect(readFileSync("n.js", "utf8")).toContain(`"${safetensorsMetadata(bytes)["nnc"]}"`);
    expect(loadSafetensors(bytes)).toEqual(loadSafetensors(first.weights!));
    // It says it already, so nothing is written that a watch would see.
    const { mtimeMs, ino } = statSync("n.safetensors");
    expect((await compile()).code).toBe(0);
    expect(statSync("n.safetensors")).toMatchObject({ mtimeMs, ino });
  });

  test("so do halves, which the module widens", async () => {
    const bytes = saveSafetensors(loadSafetensors(first.weights!), { floats: "F16" });
    const path = folder({ "n.nn": `${net}\n`, "n.safetensors": bytes });
    expect((await compile()).code).toBe(0);
    expect(readFileSync("n.safetensors").equals(bytes)).toBe(true);
    const module = (await import(/* @vite-ignore */ pathToFileURL(join(path, "n.js")).href)) as Outside;
    expect(module.selfTest({ weights: bytes })).toBeLessThanOrEqual(1);
  });

  test("a file with more than the net has is not written over", async () => {
    const bytes = saveSafetensors({ ...loadSafetensors(first.weights!), extra: tensor([1]) });
    folder({ "n.nn": `${net}\n`, "n.safetensors": bytes });
    const { code, err } = await compile("--partial");
    expect([code, err.includes("n.safetensors: it is one of the files that the net is made of")]).toEqual([1, true]);
    expect(files()).toEqual(["n.nn", "n.safetensors"]);
    expect(readFileSync("n.safetensors").equals(bytes)).toBe(true);
  }); // prettier-ignore
});
