/** How many bytes modules have: every change of them shows in the diff of this file. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { transform } from "esbuild";
import { expect, test } from "vitest";
import { emit } from "../compiler/index.ts";

const folder = fileURLToPath(new URL("../examples/", import.meta.url));

function gzipped(code: string): number {
  return gzipSync(code, { level: 9 }).length;
}

test("examples, gzipped", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".nn"));
  const sizes = files.map((file) => {
    const { code } = emit(readFileSync(folder + file, "utf8"), { filename: file });
    return `${file}: ${gzipped(code)}`;
  });
  expect(sizes.join("\n")).toMatchInlineSnapshot(`
    "attention.nn: 4583
    cached.nn: 10577
    classifier.nn: 7562
    layernorm.nn: 2341
    norms.nn: 6642
    running.nn: 2670
    variants.nn: 3177"
  `);
});

test("a LayerNorm with its PReLU is under 2.5 kB gzipped, and under 1.8 kB minified", async () => {
  const { code } = emit("LayerNorm(10, eps=0) -> PReLU(0.25)");
  expect(gzipped(code)).toBeLessThan(2500);
  const minified = await transform(code, { minify: true, format: "esm" });
  expect(gzipped(minified.code)).toBeLessThan(1800);
});

test.each([
  ["one text", "LayerNorm(8)"],
  ["two texts", "Linear(8, 8) -> Tanh -> LayerNorm(8)"],
  ["parts without weights", "Softmax(dim=-1) -> Sigmoid"],
])("text grows with the number of layers and no faster: %s", (_, part) => {
  const length = (count: number): number => {
    const { code } = emit(Array.from({ length: count }, () => part).join(" -> "), { external: true });
    return code.length;
  };
  const [few, some, many] = [10, 100, 400].map((count) => length(count) / count);
  // Each layer adds its names and its call.
  expect(many! * 400 - some! * 100).toBeLessThan(300 * 600);
  expect(some).toBeLessThan(few!);
  expect(many).toBeLessThan(some! * 1.05);
});
