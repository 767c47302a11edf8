/** Colours of diagnostics. */
import { expect, test } from "vitest";
import { takesColours } from "../../compiler/cli/colour.ts";
import { folder, nnc } from "./support.ts";

const escapes = new RegExp(`${"\u001B"}\\[\\d+m`, "g");
const onErr = { colours: { out: false, err: true } };

test("diagnostics have colours where the error stream takes them, and the same text", async () => {
  folder({
    "wrong.nn": "x -> Linear(3, 4) -> LayerNorm(5) -> Relu\n",
    "warned.nn": "model M(size = 2) {\n  input x: f32[N, sise]\n  output y = x\n}\n",
  });
  for (const argv of [
    ["check", "wrong.nn"],
    ["run", "wrong.nn"],
    ["info", "wrong.nn"],
    ["check", "warned.nn"],
  ]) {
    const plain = await nnc(argv);
    const coloured = await nnc(argv, "", onErr);
    expect(plain.err).not.toMatch(escapes);
    expect(coloured.err).toMatch(escapes);
    expect({ ...coloured, err: coloured.err.replaceAll(escapes, "") }).toEqual(plain);
  }
});

test("what has colours: the place, the severity, and the line of the caret", async () => {
  folder({ "wrong.nn": "x -> Linear(3, 4) -> LayerNorm(5)\n" });
  const { err } = await nnc(["check", "wrong.nn"], "", onErr);
  expect(err.replaceAll(escapes, (code) => `<${code.slice(2, -1)}>`)).toMatchInlineSnapshot(`
    "<36>wrong.nn:1:22<39> <31>error<39> NN2003: LayerNorm(5) cannot take f32[..., 4]: the last size must be 5
      1 | x -> Linear(3, 4) -> LayerNorm(5)
        |                      <31>^^^^^^^^^^^^<39>
      1 | x -> Linear(3, 4) -> LayerNorm(5)
        |      <34>------------ f32[..., 4] comes from here<39>
    "
  `);
});

test("fmt has them too; --json never has", async () => {
  folder({ "wrong.nn": "x -> Relu\n" });
  expect((await nnc(["fmt", "-"], "x -> -> ReLU", onErr)).err).toMatch(escapes);
  const { out, err } = await nnc(["check", "--json", "wrong.nn"], "", { colours: { out: true, err: true } });
  expect(out + err).not.toMatch(escapes);
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [undefined, {}, false],
  [true, { TERM: "dumb" }, false],
  [true, { NO_COLOR: "1" }, false],
  // no-color.org: only where it is not empty.
  [true, { NO_COLOR: "" }, true],
  [true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  [false, { FORCE_COLOR: "1" }, true],
  [false, { FORCE_COLOR: "3", TERM: "dumb" }, true],
  [false, { FORCE_COLOR: "" }, true],
  [true, { FORCE_COLOR: "0" }, false],
  [true, { FORCE_COLOR: "false" }, false],
])("a terminal: %s, %j", (isTTY, environment, takes) => {
  expect(takesColours(isTTY === undefined ? {} : { isTTY }, environment)).toBe(takes);
});
