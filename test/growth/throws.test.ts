/** Whatever a text says, the library answers with diagnostics or throws NnError, and what it checks it compiles. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { check, compile, NnError } from "../../compiler/index.ts";
import { families, type Family } from "./families.ts";
import { done, type Work } from "./works.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const texts = ["examples", "test/golden"]
  .flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".nn"))
      .sort()
      .map((path) => readFileSync(`${root}${folder}/${path}`, "utf8")),
  )
  .filter(({ length }) => length < 1000);
const wordsOf = (text: string): string[] => text.match(/"[^"\n]*"|\w+|\s+|->|\*\*|\/\/|==|[^\w\s]/g) ?? [];

const spice = [
  "0 1 -1 63 64 65 2147483647 2147483648 9007199254740993 1e308 1e999 0.5 none inf nan true _ ... @ -> = == <= : , . # \n",
  "( ) [ ] { } () [] {} // % ** not and as in if else model block input output param import weights f32 i32 bool N M x i",
  "Linear LayerNorm BatchNorm1d Softmax Embedding Concat Split Stack Reshape Flatten Transpose Expand Sum Max Where Zeros Repeat Residual",
]
  .flatMap((words) => words.split(" "))
  .concat(
    '"',
    '"a\ud800"',
    "\u2028",
    "\u202e",
    "\0",
    "__proto__",
    "[::0]",
    "[-1]",
    "[N // 2:]",
    "** 65",
    "9".repeat(400),
  );

const mutated: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.array(
      fc.record({
        at: fc.nat(),
        length: fc.integer({ min: 0, max: 6 }),
        put: fc.oneof(
          fc.array(fc.constantFrom(...spice), { maxLength: 2 }),
          fc.constantFrom(...texts.flatMap(wordsOf)).map((word) => [word]),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([text, edits]) => {
    const words = wordsOf(text);
    for (const { at, length, put } of edits) words.splice(at % (words.length + 1), length, ...put);
    return words.join("");
  });

/** `done` throws whatever is no NnError. */
function tried(text: string): void {
  for (const work of ["parse", "format"] as const) done(work, text);
  const isFine = check(text).every(({ severity }) => severity !== "error");
  for (const mode of ["eval", "train"] as const) {
    try {
      compile(text, { mode });
    } catch (cause) {
      if (!(cause instanceof NnError)) throw cause;
      // What this machine or a file lacks is no mistake of the text.
      const isOfText = cause.diagnostics.some(({ code }) => !code.startsWith("NN4"));
      if (isFine && isOfText && mode === "eval") throw new Error("checked, and then", { cause });
    }
  }
  const works = ["emit", "info", "explain", "graph", "diff", "print"] as const;
  if (isFine) for (const work of works) done(work, text);
}

test("mutated sources", () => {
  expect(texts.length).toBeGreaterThan(50);
  fc.assert(fc.property(mutated, tried), { numRuns: 50, seed: 1 });
});

/** As long as a text of so many characters. */
function ofLength({ n, text }: Family, length: number): string {
  let size = n;
  while (size < length && text(2 * size).length <= length) size *= 2;
  return text(size);
}

const ofTexts: readonly Work[] = ["parse", "format", "check"];
const perLayer = /doubl|without end|Repeat|axes|Softmax/;

test("families of texts at great sizes", () => {
  for (const family of families.filter(({ work }) => ofTexts.includes(work))) {
    if (perLayer.test(family.name)) continue;
    const text = ofLength(family, family.work === "check" ? 3000 : 15_000);
    for (const work of ofTexts) done(work, text);
  }
});

test("brackets and words twenty thousand deep", () => {
  for (const open of ["(", "[", "{", "-", "not ", "F(", "x -> ", "Residual { ", "2 ** ", "1 if 1 else ", "x[", "block A { ", "a: "])
    for (const start of ["", "model M { output "]) done("check", start + open.repeat(20_000));
}); // prettier-ignore

test("numbers beyond all bounds", () => {
  const numbers = ["9".repeat(1000), `1e${"9".repeat(20)}`, "1e-999", "2147483648", "9007199254740993", "-1"]; // prettier-ignore
  const places = [
    "x -> Linear(#, 2)", "x -> Linear(2, #)", "x -> Softmax(dim=#)", "x * #", "x + # % 3", "x -> LayerNorm(#)", "x -> LayerNorm(3, eps=#)", "x[#]", "x[#:]",
    "x[::#]", "x -> Repeat(#) { ReLU }", "Zeros(#)", "x -> Split(#)", "x -> Embedding(#, #)", "model M { input x: f32[#]\n output x }",
    "x -> Roll(#)", "x -> Reshape(#, -1)", "x -> Flip(#)", "x * (# ** #)", "x * (# // #)", "x -> Clamp(#, #)", "x -> Dropout(#)",
    "model M { input x: f32[N, #]\n output x -> Expand(#, N, #) }", "x -> Unflatten(0, [#, #])", "x -> Chunk(#)", "x -> PReLU(#)",
  ]; // prettier-ignore
  for (const place of places) for (const number of numbers) tried(place.replaceAll("#", number));
});
