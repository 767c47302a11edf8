/** The canonical form. */
import { describe, expect, test } from "vitest";
import {
  format,
  parse,
  print,
  printChain,
  printExpression,
  type ChainStatement,
} from "../../grammar/index.ts";
import { NETS, bare, tree } from "./support.ts";

function formatted(text: string): string {
  const result = format({ file: "t.nn", text });
  if (!("text" in result)) throw new Error(JSON.stringify(result.diagnostics));
  expect(format({ file: "t.nn", text: result.text })).toEqual(result);
  return result.text;
}

/** Without the newline at the end. */
function line(text: string): string {
  return formatted(text).trimEnd();
}

test.each(NETS.map((net) => [net.file, net] as const))("%s is in canonical form", (_, net) => {
  expect(format(net)).toEqual({ text: net.text });
  expect(bare(tree(print(tree(net.text))))).toEqual(bare(tree(net.text)));
});

test.each([
  ["x->nn.Linear( 3,4 ,bias = False )", "x -> Linear(3, 4, bias=false)"],
  ["torch.nn.Sequential(nn.ReLU(), nn.Tanh(),)", "Sequential(ReLU, Tanh)"],
  ["x -> A(None, null, True, Infinity, NaN)", "x -> A(none, none, true, inf, nan)"],
  ["a = ((((x))))", "a = x"],
  ["a = (x -> A) -> B", "a = (x -> A) -> B"],
  ["a = (b: A)", "a = (b: A)"],
  ["a = (1,)", "a = (1,)"],
  ["a = [1,2,]", "a = [1, 2]"],
  ["[ a,b = x->A, output=1 ]->B", "[a, b=x -> A, output=1] -> B"],
  ["a = (b * c) + d", "a = b * c + d"],
  ["a = b * (c + d)", "a = b * (c + d)"],
  ["a = b - (c - d)", "a = b - (c - d)"],
  ["a = (-b) ** 2", "a = (-b) ** 2"],
  ["a = -(b ** 2)", "a = -b ** 2"],
  ["a = (b ** c) ** d", "a = (b ** c) ** d"],
  ["a = b ** (c ** d)", "a = b ** c ** d"],
  ["a = (not b) and (c == d)", "a = not b and c == d"],
  ["a = (b if c else d) if e else (f if g else h)", "a = (b if c else d) if e else f if g else h"],
  ["a = x[ 0 , ... , 1 : n-1 , :: 2, none]", "a = x[0, ..., 1:n - 1, ::2, none]"],
  ["'a.{ i+1 }': A", '"a.{i + 1}": A'],
  ["weights 'a\\'b'", `weights "a'b"`],
  [`weights 'a' {'b.*' :"*",}`, `weights "a" { "b.*": "*" }`],
  ["input x : f32[ N|64,2*C ,... ]", "input x: f32[N|64, 2 * C, ...]"],
  ["block  A ( a=1 , b ){ ReLU }", "block A(a = 1, b) { ReLU }"],
  ["Repeat( 2 )as i{A}", "Repeat(2) as i { A }"],
  ["A { }", "A {}"],
  ["a; b", "a\nb"],
  ["a; (-b)", "a\n(-b)"],
])("%s", (text, expected) => {
  expect(line(text)).toBe(expected);
});

describe("lines", () => {
  test("break where the chain was broken", () => {
    expect(line("x -> A ->\n\n\n   B -> C")).toBe("x -> A\n  -> B -> C");
  });

  test("break before the step that does not fit", () => {
    const step = "Linear(100, 100, bias=false)";
    expect(line(`y = x${` -> ${step}`.repeat(5)}`)).toBe(
      `y = x -> ${step} -> ${step}\n  -> ${step} -> ${step} -> ${step}`,
    );
  });

  test("hold one argument each, where a call is too long", () => {
    const argument = "a_rather_long_argument_name=1000000";
    expect(line(`Linear(${[argument, argument, argument].join(", ")})`)).toBe(
      `Linear(\n  ${argument},\n  ${argument},\n  ${argument}\n)`,
    );
  });

  test("hold one item each, where a list with names is too long", () => {
    const items = Array.from({ length: 12 }, (_, i) => `input_${i}=${i}`);
    expect(formatted(`[${items.join(", ")}] -> A`)).toBe(`[\n  ${items.join(",\n  ")}\n] -> A\n`);
  });

  test("are filled with numbers", () => {
    const lines = line(`sizes = [${Array.from({ length: 60 }, (_, i) => 1000 + i).join(", ")}]`).split("\n");
    expect(lines).toHaveLength(6);
    expect(Math.max(...lines.map((part) => part.length))).toBeLessThanOrEqual(100);
  });

  test("keep a body of one statement together", () => {
    expect(line("block A { ReLU }")).toBe("block A { ReLU }");
    expect(line("block A {\n ReLU }")).toBe("block A {\n  ReLU\n}");
    expect(line("block A { a = b; c }")).toBe("block A {\n  a = b\n  c\n}");
  });

  test("have at most one empty line between them, and none at the edges of a body", () => {
    expect(formatted("\n\na\n\n\n\nb\nblock C {\n\n d\n\n\n e\n\n}\n\n")).toBe(
      "a\n\nb\nblock C {\n  d\n\n  e\n}\n",
    );
  });
});

describe("comments", () => {
  test.each([
    ["# first\n\nx -> A # behind\n# last", "# first\n\nx -> A  # behind\n# last"],
    ["block A { # why\n  # inside\n  ReLU\n  # end\n}", "block A {  # why\n  # inside\n  ReLU\n  # end\n}"],
    ["x # one\n  # two\n  -> A # three\n  -> B", "x  # one\n  # two\n  -> A  # three\n  -> B"],
    ["x -> A( # one\n 3, # two\n 4)", "x -> A(3, 4)  # one\n# two"],
    ["x -> b: ( # one\n A\n -> B)", "x -> b: (  # one\n  A\n  -> B)"],
    ["a = # why\n  x", "a = x  # why"],
    ["block A { b } # c", "block A { b }  # c"],
    ["block A {\n# only\n}", "block A {\n  # only\n}"],
    ["a; b # c", "a\nb  # c"],
    ["a   #   text   \n", "a  #   text"],
  ])("%s", (text, expected) => {
    expect(line(text)).toBe(expected);
  });

  test("are never lost", () => {
    const words = NETS[1]!.text.replaceAll(/#.*/g, "").split(/(?<=[,(])/);
    const text = words.map((word, index) => `${word} # c${index}\n`).join("");
    const kept = formatted(text).match(/# c\d+/g) ?? [];
    expect(new Set(kept).size).toBe(kept.length);
    expect(kept.length).toBe((text.match(/# c\d+/g) ?? []).length);
  });
});

test("what is wrong is not touched", () => {
  expect(format({ file: "t.nn", text: "x -> -> y" })).toHaveProperty("diagnostics");
});

test("expressions and chains for messages stand on one line", () => {
  const text = "a = x\n  -> Repeat(2) {\n    input h # note\n    output h -> A\n  }\n  -> b: (A\n  -> B)";
  const [statement] = parse({ file: "t.nn", text }).file.items;
  const { value } = statement as ChainStatement;
  const shown = "x -> Repeat(2) { input h; output h -> A } -> b: (A -> B)";
  expect(printChain(value)).toBe(shown);
  expect(printExpression(value)).toBe(shown);
  expect(printExpression(value.steps[1]!.value)).toBe("Repeat(2) { input h; output h -> A }");
});
