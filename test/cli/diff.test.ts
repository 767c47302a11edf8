import { expect, test } from "vitest";
import { folder, nnc } from "./support.ts";

const nets = {
  "a.nn": "model M(d = 4) {\n  input x: f32[N, 4]\n  output y = x -> Linear(4, d) -> ReLU\n}\n",
  "same.nn":
    "model Other(d = 4) { # another text\n  input x: f32[N, 4]\n  h = x -> Linear(4, d)\n  output y = h -> ReLU\n}\n",
  "b.nn": "model M(d = 4) {\n  input x: f32[N, 4]\n  output y = x -> Linear(4, d) -> GELU\n}\n",
  "bad.nn": "model M { input x: f32[N, 4]\n output y = x -> LayerNorm(5) }\n",
};

test("what differs is told, and is no fault", async () => {
  folder(nets);
  const { code, out, err } = await nnc(["diff", "a.nn", "b.nn"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^~ y\.1 {2}GELU\n {4}layer {2}ReLU -> GELU\n\nparameters {2}20\n/);
});

test("--exit-code is for scripts", async () => {
  folder(nets);
  expect((await nnc(["diff", "--exit-code", "a.nn", "b.nn"])).code).toBe(1);
  expect((await nnc(["diff", "--exit-code", "a.nn", "a.nn"])).code).toBe(0);
});

test("options hold for both nets", async () => {
  folder(nets);
  const { out } = await nnc(["diff", "a.nn", "b.nn", "--arg", "d=8", "--arg", "N=2"]);
  expect(out).toContain("parameters  40\nMACs        64\n");
});

test("a value's name is part of weight paths, a model's is not", async () => {
  folder(nets);
  const { out } = await nnc(["diff", "a.nn", "same.nn"]);
  expect(out).toMatch(/^~ y\.0 -> h {2}Linear\(4, 4\)\n~ y\.1 -> y {2}ReLU\n\n/);
});

test("--json", async () => {
  folder(nets);
  const same = await nnc(["diff", "a.nn", "a.nn", "--json"]);
  expect(JSON.parse(same.out)).toEqual({
    equal: true,
    ends: [],
    layers: [],
    totals: { parameters: [20, 20], macs: ["16 * N", "16 * N"], read: ["32 * N + 80", "32 * N + 80"], written: ["32 * N", "32 * N"] }, // prettier-ignore
  });
  const other = await nnc(["diff", "a.nn", "b.nn", "--json", "--exit-code"]);
  expect(other.code).toBe(1);
  expect(JSON.parse(other.out)).toMatchObject({ equal: false, layers: [{ change: "changed" }] });
});

test("a net that is wrong is an error", async () => {
  folder(nets);
  const { code, out, err } = await nnc(["diff", "a.nn", "bad.nn"]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("bad.nn:2:18 error");
  expect(await nnc(["diff", "a.nn"])).toMatchObject({ code: 2, out: "" });
  expect((await nnc(["diff", "a.nn", "a.nn"])).out).toBe("a.nn and a.nn are the same net\n");
});
