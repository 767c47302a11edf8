/** Fresh parameters are those of a PyTorch model made after `torch.manual_seed`, bit for bit. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile } from "../compiler/index.ts";

interface Recorded {
  readonly seed: number;
  readonly mods: Readonly<
    Record<
      string,
      { readonly params: Readonly<Record<string, { readonly shape: number[]; readonly hex: string[] }>> }
    >
  >;
}

const recorded = JSON.parse(readFileSync("test/fixtures/runtime/init.json", "utf8")) as Recorded;

const sources: Readonly<Record<string, string>> = {
  linear: "Linear(4, 3)",
  linear_nb: "Linear(7, 5, bias=False)",
  linear_big: "Linear(100, 50)",
  emb: "Embedding(10, 4, padding_idx=2)",
  emb_small: "Embedding(5, 3)",
  emb_tail: "Embedding(7, 3)",
  seq: "LayerNorm(10) -> PReLU(0.25) -> Linear(10, 4) -> LayerNorm(4) -> Sequential(Linear(4, 4)) -> Linear(4, 1)",
};

function hex(value: number): string {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0).toString(16).padStart(8, "0");
}

test.each(Object.keys(recorded.mods))("%s", (name) => {
  const { parameters } = compile(`${sources[name]}\n`, { seed: recorded.seed });
  const wanted = Object.entries(recorded.mods[name]!.params);
  // A layer that stands alone in its file is numbered; PyTorch's module alone is not.
  const prefix = name === "seq" ? "" : "0.";
  expect(Object.keys(parameters)).toEqual(wanted.map(([path]) => prefix + path));
  for (const [path, { shape, hex: values }] of wanted) {
    const { shape: own, data } = parameters[prefix + path]!;
    expect(own).toEqual(shape);
    expect(
      Array.from(data as Float32Array)
        .slice(0, values.length)
        .map(hex),
    ).toEqual(values);
  }
});
