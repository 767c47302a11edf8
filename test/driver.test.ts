/** Options of compile, emit and check: what they refuse. */
import { describe, expect, test } from "vitest";
import { check, compile, emit, type CompileOptions } from "../compiler/index.ts";
import { refusal } from "./compiled.ts";

const linear = "Linear(2, 1)\n";

test("an option that there is none of is NN4103", () => {
  const misspelt = { wieghts: {} } as CompileOptions;
  expect(refusal(linear, misspelt)).toBe(
    "model.nn:1:1 error NN4103: there is no option `wieghts`\n  1 | Linear(2, 1)\n    | ^\n  help: did you mean `weights`?",
  );
  expect(check(linear, { verbose: true } as CompileOptions)).toMatchObject([
    { code: "NN4103", suggestion: expect.stringMatching(/^there is `filename`, .*, `rename`/) },
  ]);
  // Each that is wrong is named, of either kind.
  const several = { seeds: 1, entri: "A", mode: "test" } as unknown as CompileOptions;
  expect(check(linear, several)).toHaveLength(3);
  expect(refusal(linear, { toString: undefined } as unknown as CompileOptions)).toContain("`toString`");
});

test("an option of another type is NN4103", () => {
  const given = { filename: 3, entry: true, strict: "no", args: [], read: {}, external: 1, weights: "w.pt" };
  expect(check(linear, given as unknown as CompileOptions).map(({ message }) => message)).toEqual([
    "the option filename is a text, not 3",
    "the option entry is a text, not true",
    "the option strict is true or false, not a text",
    "the option args is a record, not an array",
    "the option read is a function, not a record",
    'the option external is true, false or "given", not 1',
    "the option weights holds tensors by name: loadSafetensors(bytes) makes it of a file; what was given is a text",
  ]);
});

test.each([undefined, null, 3, {}, new TextEncoder().encode(linear)])("%j is no source", (source) => {
  for (const take of [check, compile, emit])
    expect(() => take(source as string)).toThrow(/^the source must be a text, not /);
});

test.each([null, 3, "js", []])("%j is no record of options", (options) => {
  for (const take of [check, compile, emit])
    expect(() => take(linear, options as unknown as CompileOptions)).toThrow(
      /^options must be a record, not /,
    );
});

describe("choices", () => {
  test("a mode that is none is NN4103", () => {
    const mode = "training" as "train";
    expect(refusal(linear, { mode })).toContain(
      'NN4103: the option mode is "eval" or "train", not "training"',
    );
  });

  test("so is a target that there is not", () => {
    const target = "cuda" as "js";
    expect(refusal(linear, { target })).toContain(
      'NN4103: the option target is "auto", "js", "wasm" or "wasm,js"',
    );
  });
});

describe("seeds", () => {
  test.each([
    [0.5, "NN4103: the option seed must be an integer, not 0.5"],
    [NaN, "NN4103: the option seed must be an integer, not NaN"],
    ["7" as unknown as number, "NN4103: the option seed must be an integer, not 7"],
    [2 ** 53, "NN4103: the option seed must be a bigint beyond 2^53, not 9007199254740992"],
    [2n ** 64n, "NN4103: the option seed must be from -2^63 to 2^64 - 1, not 18446744073709551616"],
  ])("%s is NN4103", (seed, message) => {
    expect(refusal(linear, { seed })).toContain(message);
    expect(check(linear, { seed }).map(({ code }) => code)).toEqual(["NN4103"]);
  });

  test("low 32 bits count", () => {
    const drawn = (seed: number | bigint): unknown => compile(linear, { seed }).parameters["0.weight"]!.data;
    expect(drawn(2 ** 32 + 5)).toEqual(drawn(5));
    expect(drawn(-1)).toEqual(drawn(2n ** 64n - 1n));
    expect(drawn(1)).not.toEqual(drawn(0));
  });
});

test("modules carry weights of up to 100 KB, else they stand beside", () => {
  expect(emit("Linear(100, 200)\n").weights).toBeUndefined();
  expect(emit("Linear(200, 200)\n").weights).toBeInstanceOf(Uint8Array);
  expect(emit(linear, { external: true }).weights).toBeInstanceOf(Uint8Array);
});

test("a self test compares no decisions that rounding makes", () => {
  const selfTest = (source: string): string =>
    /function selfTest\(\) \{[^]*?\n\}/.exec(emit(source).code)?.[0] ?? "";
  // What is compared depends on whether the product is kept as f32 in between.
  const tie = "(x * 0.3) * 10 >= x * 3";
  expect(selfTest(`model M { input x: f32[N, 3]; output y = ${tie} }`)).toBe("");
  expect(selfTest(`model M { input x: f32[N, 3]; output a = ${tie}, b = x }`)).toContain(
    'worst(y["a"], [], 0),\n    worst(y["b"], [-0.179999, ',
  );
  expect(selfTest("model M { input x: f32[N, 3]; output y = x >= -0.2 }")).toContain("[1, 0, 0, 0]");
  expect(selfTest("x -> ArgMax(dim=-1)")).toContain("Math.max(...[");
});
