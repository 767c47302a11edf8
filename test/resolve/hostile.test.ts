/** Input that is made to hurt ends quickly, with a few diagnostics and never an exception. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkFile, resolve } from "../../compiler/resolve/index.ts";
import type { LayerRecord } from "../../compiler/layers/record.ts";
import { stubTable } from "./stub-layers.ts";

const many = (count: number, of: (i: number) => string, between: string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join(between);

const cases: Record<string, [text: string, code: string | undefined]> = {
  "a repetition without end": ["Repeat(1000000000) { ReLU }", "NN3401"],
  "nested repetitions": ["Repeat(99999) { Repeat(99999) { ReLU } }", "NN3401"],
  "blocks that double": [
    `block B0 { ReLU }\n${many(40, (i) => `block B${i + 1} { B${i} -> B${i} }`, "\n")}\nB40`,
    "NN3401",
  ],
  "empty blocks that double": [
    `block B0 { Identity }\n${many(40, (i) => `block B${i + 1} { input x\n output [x -> B${i}, x -> B${i}] -> Add }`, "\n")}\nB40`,
    "NN3401",
  ],
  "lists that double": [
    `a0 = [1]\n${many(40, (i) => `a${i + 1} = [a${i}, a${i}]`, "\n")}\na40 -> ReLU`,
    "NN3403",
  ],
  "lists of layers that double": [
    `a0 = [ReLU, ReLU]\n${many(40, (i) => `a${i + 1} = [a${i}, a${i}]`, "\n")}\na40`,
    undefined,
  ],
  "blocks within blocks": [
    `block B0 { ReLU }\n${many(300, (i) => `block B${i + 1} { B${i} }`, "\n")}\nB300`,
    "NN3402",
  ],
  "brackets within blocks": [
    `block B0 { ReLU }\n${many(190, (i) => `block B${i + 1} { ${"(".repeat(90)}a: B${i}${")".repeat(90)} }`, "\n")}\nB190`,
    undefined,
  ],
  "a size of many terms": [
    `model M { input x: f32[${many(24, (i) => `S${i}`, ", ")}]\n output Zeros(${many(24, (i) => `(S${i} + 1)`, " * ")}) }`,
    "NN3301",
  ],
  "recursion by way of others": ["block A { B }\nblock B { C }\nblock C { A -> B }\nA", "NN3006"],
  "many wrong names": [many(300, (i) => `Foo${i}`, " -> "), "NN3001"],
  "powers of powers": ["a = 9 ** 9 ** 9 ** 9\nLinear(a, a)", "NN3106"],
  "a tensor too large": ["Linear(100000, 100000)", "NN3107"],
};

for (const [name, [text, code]] of Object.entries(cases)) {
  test(name, () => {
    const start = process.cpuUsage();
    const { diagnostics } = resolve({ file: "net.nn", text }, { mode: "eval", table: stubTable });
    expect(process.cpuUsage(start).user).toBeLessThan(20_000_000);
    expect(diagnostics.length).toBeLessThanOrEqual(100);
    if (code) expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });
}

test("a layer of a chain is looked at a fixed number of times, however long the chain", () => {
  const looks = (length: number): number => {
    let count = 0;
    const relu = stubTable.records.get("ReLU")!;
    const counted: LayerRecord = { ...relu, infer: (...given) => (count++, relu.infer(...given)) };
    const table = { ...stubTable, records: new Map([...stubTable.records, ["ReLU", counted]]) };
    resolve({ file: "net.nn", text: many(length, () => "ReLU", " -> ") }, { mode: "eval", table });
    return count;
  };
  expect(looks(1000)).toBe(10 * looks(100));
});

const WORDS = [
  "x", "y", "M", "B", "N", "3", "0.5", "1", "(", ")", "[", "]", "{", "}", ",", ":", "=", "->", "+", "-", "*", "@", "**", "//",
  "\n", "input", "output", "param", "model", "block", "Linear", "LayerNorm", "PReLU", "Repeat", "Residual", "Sequential", "LSTM",
  "Split", "as", "i", "if", "else", "none", "_", "...", "f32", "true", "and", "not", ".", "weight", '"a.{i}"', "Zeros", "Concat", "==", "==", "|",
]; // prettier-ignore

test("no sequence of words throws", () => {
  const word = fc.constantFrom(...WORDS);
  const words = fc.array(word, { maxLength: 40 }).map((list) => list.join(" "));
  const inModel = words.map(
    (text) => `block B { input x\n output x -> ReLU }\nmodel M(n = 2) { input x: f32[N, 3]\n ${text} }`,
  );
  fc.assert(
    fc.property(fc.oneof(words, inModel), (text) => {
      const source = { file: "net.nn", text };
      resolve(source, { mode: "eval", table: stubTable });
      checkFile(source, { mode: "eval", table: stubTable });
    }),
    { numRuns: 3000 },
  );
});
