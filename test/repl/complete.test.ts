/** What Tab offers. */
import { mkdirSync, writeFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { complete } from "../../compiler/cli/repl/complete.ts";
import { folder } from "../cli/support.ts";
import { session } from "./support.ts";

const held = session();

beforeAll(() => {
  held.run("mlp = Linear(2, 3) -> hidden: ReLU");
  held.run("lin = Linear(2, 2)");
  held.run("encoder = lin");
  held.run("block Head(dim, classes = 2) { input x; output y = x -> Linear(dim, classes), z = x }");
  held.run("r = [1., 2.] -> Head(2)");
  held.run("bn = Linear(2, 2) -> norm: BatchNorm1d(2)");
});

function offered(line: string, before = ""): string {
  const [matches, part] = complete(held, before, line);
  for (const match of matches) expect(match.startsWith(part)).toBe(true);
  return `${part}: ${matches.join(" ")}`;
}

test.each([
  ["LayerN", "LayerN: LayerNorm"],
  ["x -> LayerN", "LayerN: LayerNorm"],
  ["nn.LayerN", "LayerN: LayerNorm"],
  ["torch.nn.LayerN", "LayerN: LayerNorm"],
  ["Resid", "Resid: Residual"],
  ["ml", "ml: mlp"],
  ["x -> He", "He: Head"],
  ["blo", "blo: block"],
  ["qqq", "qqq: "],
  ["LayerNorm(", ": bias= elementwise_affine= eps= normalized_shape="],
  ["LayerNorm(10, e", "e: elementwise_affine= encoder eps="],
  ["LayerNorm(10, eps=1e-5, e", "e: elementwise_affine= encoder"],
  ["x -> Repeat(2, s", "s: shared="],
  ["x -> Head(c", "c: classes="],
  ["nn.Linear(3, 4, b", "b: bias= block bn buffer"],
  ["Linear(3, 4, bias=", ": false true"],
  ["GELU(approximate=", ': "none" "tanh"'],
  ["Linear(3, 4, bias=t", "t: true"],
  ["r.", ": y z"],
  ["lin.", ": bias weight"],
  ["lin.we", "we: weight"],
  ["mlp.", ": "],
  ["bn.norm.", ": "],
  [".gr", ".gr: .graph"],
  [".e", ".e: .editor .exit .explain"],
  [".mode ", ": eval train"],
  [".mode t", "t: train"],
  [".layers Batch", "Batch: BatchNorm1d BatchNorm2d BatchNorm3d"],
  [".graph x -> LayerN", "LayerN: LayerNorm"],
  [".nothing x", "x: "],
  [".seed ", ": "],
  ["'a text that is op", ": "],
])("%s", (line, wanted) => expect(offered(line)).toBe(wanted));

test("a call that began on a line before", () => {
  expect(offered("e", "m = LayerNorm(10,\n")).toBe("e: elementwise_affine= encoder eps=");
  expect(offered(".e", "m = LayerNorm(10,\n")).toBe("e: ");
});

test("nothing typed: names and layers", () => {
  const [matches] = complete(held, "", "");
  expect(matches).toEqual(expect.arrayContaining(["mlp", "Head", "Linear", "Repeat"]));
  expect(matches).not.toContain("block");
});

test("files", () => {
  folder({ "net.nn": "", "new.nn": "", "weights.safetensors": "", ".hidden": "" });
  mkdirSync("nets");
  writeFileSync("nets/deep.nn", "");
  expect(offered(".load ne")).toBe("ne: net.nn nets/ new.nn");
  expect(offered(".load nets/")).toBe(": deep.nn");
  expect(offered(".load nothing/")).toBe(": ");
  expect(offered(".save ")).toBe(": net.nn nets/ new.nn weights.safetensors");
  expect(offered(".weights lin wei")).toBe("wei: weights.safetensors");
  expect(offered(".weights li")).toBe("li: lin");
  expect(offered('import { A } from "./ne')).toBe("ne: net.nn nets/ new.nn");
});
