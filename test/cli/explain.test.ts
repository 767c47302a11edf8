import { expect, test } from "vitest";
import { folder, nnc } from "./support.ts";

test("sentences by pass", async () => {
  folder({ "n.nn": "LayerNorm(10) -> PReLU(0.25) -> Linear(10, 4)\n" });
  const { code, out, err } = await nnc(["explain", "n.nn"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out.match(/^\w+$/gm)).toEqual([
    "expand",
    "prune",
    "tabulate",
    "split",
    "fuse",
    "schedule",
    "memory",
    "emit",
  ]);
  expect(out).toContain(
    "  LayerNorm (0, n.nn:1:1) and PReLU (1, n.nn:1:18) are one kernel: PReLU (1) is applied to each element as it is made.\n",
  );
  expect(out).toContain(
    "  PReLU (1) and Linear (2) stay apart: a contraction keeps its operands in memory.\n",
  );
  expect(out).toContain("  The target is js, which auto stands for: ");
});

test("what auto stands for, and why", async () => {
  folder({ "small.nn": "Linear(399, 250)\n", "large.nn": "Linear(400, 250) -> ReLU\n" });
  const text = async (...args: string[]): Promise<string> => (await nnc(["explain", ...args])).out;
  const [small, large] = [await text("small.nn"), await text("large.nn")];
  expect(small).toContain("  The target is js, which auto stands for: JavaScript");
  expect(small).toContain(
    "  A call has 99,750 multiply-accumulates where the sizes that it brings are 1; auto is wasm,js from 100,000 on.\n",
  );
  expect(large).toContain("  The target is wasm, which auto stands for: WebAssembly");
  expect(large).toContain(
    "  A call has at least 100,000 multiply-accumulates, and auto is wasm,js from 100,000 on: a module has JavaScript, too, for engines without vectors.\n",
  );
  expect(await text("large.nn", "--target", "wasm")).not.toMatch(/auto|A call has/);
});

test("the mode and the entry decide what there is to tell", async () => {
  folder({ "m.nn": "block B(n = 2) { Repeat(n) { Linear(4, 4) -> BatchNorm1d(4) } }\nReLU\n" });
  const text = async (...more: string[]): Promise<string> => (await nnc(["explain", "m.nn", ...more])).out;
  expect(await text()).not.toContain("fold\n");
  expect(await text("--entry", "B")).toContain(" is folded into ");
  expect(await text("--entry", "B", "--arg", "n=3")).toContain("And 2 more like it.");
  expect(await text("--entry", "B", "--mode", "train")).not.toContain(" is folded into ");
});

test("what is wrong is an error, not a tale", async () => {
  folder({ "bad.nn": "x -> Linear(3, 4) -> LayerNorm(5)\n" });
  const { code, out, err } = await nnc(["explain", "bad.nn"]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("bad.nn:1:22 error");
  expect(await nnc(["explain"])).toMatchObject({ code: 2, out: "" });
});
