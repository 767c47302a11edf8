/** Text to tree: the main forms, and where spans point. */
import { describe, expect, test } from "vitest";
import type { Binding, ChainStatement, Expression } from "../../grammar/index.ts";
import { NETS, bare, tree } from "./support.ts";

/** A tree in a few characters: what the tests compare. */
function brief(text: string): unknown {
  return tree(text).items.map(short);
}

function short(node: unknown): unknown {
  return shorten(bare(node));
}

type Fields = Record<string, unknown>;

function shorten(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(shorten);
  if (typeof node !== "object" || node === null) return node;
  const fields = node as Fields;
  switch (fields["kind"]) {
    case "number":
      return fields["value"];
    case "string":
      return `"${String(fields["value"])}"`;
    case "constant":
      return `:${String(fields["value"])}`;
    case "chain":
      return shorten(fields["steps"]);
    case "call":
      if ((fields["arguments"] as unknown[]).length === 0 && !fields["body"] && !fields["index"]) {
        return fields["name"];
      }
      break;
    case "binary":
      return [shorten(fields["left"]), fields["op"], shorten(fields["right"])];
    case "unary":
      return [fields["op"], shorten(fields["operand"])];
    default:
  }
  if ("text" in fields && Object.keys(fields).length === 1) return fields["text"];
  const entries = Object.entries(fields).map(([key, child]) => [key, shorten(child)]);
  return Object.fromEntries(entries);
}

function expression(text: string): Expression {
  const [binding] = tree(`a = ${text}`).items;
  return (binding as Binding).value.steps[0]!.value;
}

test.each(NETS.map((net) => [net.file, net] as const))("%s has no errors", (_, net) => {
  expect(tree(net.text).items.length).toBeGreaterThan(0);
});

describe("items", () => {
  test("import, weights and blocks", () => {
    expect(
      brief(
        'import { A, B as C } from "./x.nn"\nweights "w" {\n"a.*": \'*\'\n, "b": "c",}\nblock D(a, b = 1) { E }\nmodel F {}',
      ),
    ).toEqual([
      { kind: "import", names: [{ name: "A" }, { name: "B", as: "C" }], from: '"./x.nn"' },
      {
        kind: "weights",
        path: '"w"',
        rename: [
          { from: '"a.*"', to: '"*"' },
          { from: '"b"', to: '"c"' },
        ],
      },
      {
        kind: "block",
        keyword: "block",
        name: "D",
        parameters: [{ name: "a" }, { name: "b", default: 1 }],
        body: { statements: [{ kind: "chain-statement", value: [{ value: "E" }] }] },
      },
      { kind: "block", keyword: "model", name: "F", parameters: [], body: { statements: [] } },
    ]);
  });

  test("inputs, outputs, parameters", () => {
    expect(brief("input x: f32[..., N|64]\ninput a, b\noutput y, z = x -> A\nbuffer output: u8 = B")).toEqual(
      [
        {
          kind: "input",
          names: ["x"],
          type: { dtype: "f32", dims: [{ kind: "run" }, { kind: "size", value: "N", bound: 64 }] },
        },
        { kind: "input", names: ["a", "b"] },
        {
          kind: "output",
          items: [{ value: [{ value: "y" }] }, { name: "z", value: [{ value: "x" }, { value: "A" }] }],
        },
        {
          kind: "parameter",
          role: "buffer",
          name: "output",
          type: { dtype: "u8" },
          init: [{ value: "B" }],
        },
      ],
    );
  });

  test("bindings", () => {
    expect(brief("a = 1\n[q, _] = b\nc: f32[N] = d")).toEqual([
      { kind: "binding", targets: ["a"], list: false, value: [{ value: 1 }] },
      { kind: "binding", targets: ["q", "_"], list: true, value: [{ value: "b" }] },
      {
        kind: "binding",
        targets: ["c"],
        list: false,
        type: { dtype: "f32", dims: [{ kind: "size", value: "N" }] },
        value: [{ value: "d" }],
      },
    ]);
  });
});

describe("chains", () => {
  test("labels are words, keywords too, or texts with holes", () => {
    expect(brief(`input: A -> "l.{i + 1}.x": B -> '{j}': C`)).toEqual([
      {
        kind: "chain-statement",
        value: [
          { label: { quoted: false, parts: ["input"] }, value: "A" },
          { label: { quoted: true, parts: ["l.", ["i", "+", 1], ".x"] }, value: "B" },
          { label: { quoted: true, parts: ["j"] }, value: "C" },
        ],
      },
    ]);
  });

  test("calls take arguments, a round's name and a body", () => {
    expect(brief("Repeat(2, shared=true) as i { input: A(i,) }")).toEqual([
      {
        kind: "chain-statement",
        value: [
          {
            value: {
              kind: "call",
              name: "Repeat",
              arguments: [{ value: 2 }, { name: "shared", value: ":true" }],
              index: "i",
              body: {
                statements: [
                  {
                    kind: "chain-statement",
                    value: [
                      {
                        label: { quoted: false, parts: ["input"] },
                        value: { kind: "call", name: "A", arguments: [{ value: "i" }] },
                      },
                    ],
                  },
                ],
              },
            },
          },
        ],
      },
    ]);
  });

  test("parentheses vanish around one value and stay around a chain", () => {
    expect(short(expression("((x))"))).toBe("x");
    expect(short(expression("(x -> A)"))).toEqual([{ value: "x" }, { value: "A" }]);
    expect(short(expression("(l: A)"))).toEqual([{ label: { quoted: false, parts: ["l"] }, value: "A" }]);
    expect(short(expression("(1,)"))).toEqual({ kind: "list", tuple: true, elements: [1] });
    expect(short(expression("()"))).toEqual({ kind: "list", tuple: true, elements: [] });
    expect(short(expression("[x -> A, 2]"))).toEqual({
      kind: "list",
      tuple: false,
      elements: [[{ value: "x" }, { value: "A" }], 2],
    });
  });
});

describe("lists", () => {
  test("items have names, which may be keywords; the last ones or all", () => {
    const list = { kind: "list", tuple: false };
    expect(brief("[q, attn_mask=m, input=x -> A,] -> B")).toMatchObject([
      {
        value: [
          {
            value: {
              ...list,
              elements: ["q", "m", [{ value: "x" }, { value: "A" }]],
              names: [undefined, "attn_mask", "input"],
            },
          },
          { value: "B" },
        ],
      },
    ]);
    expect(short(expression("[a, b]"))).toEqual({ ...list, elements: ["a", "b"] });
  });

  test("an item may be labelled under its name", () => {
    expect(short(expression("[y=l: A]"))).toMatchObject({ names: ["y"], elements: [[{ value: "A" }]] });
  });
});

describe("operators", () => {
  test.each([
    ["1 + 2 * 3", [1, "+", [2, "*", 3]]],
    ["1 - 2 - 3", [[1, "-", 2], "-", 3]],
    ["2 ** 3 ** 4", [2, "**", [3, "**", 4]]],
    ["-2 ** 2", ["-", [2, "**", 2]]],
    ["2 ** -1 * 3", [[2, "**", ["-", 1]], "*", 3]],
    ["a @ b / c // d % e", [[[["a", "@", "b"], "/", "c"], "//", "d"], "%", "e"]],
    ["not a == b and c or d", [[["not", ["a", "==", "b"]], "and", "c"], "or", "d"]],
    ["- - a", ["-", ["-", "a"]]],
    ["a - -b", ["a", "-", ["-", "b"]]],
    ["a <= b + 1", ["a", "<=", ["b", "+", 1]]],
  ])("%s", (text, expected) => {
    expect(short(expression(text))).toEqual(expected);
  });

  test("a choice goes to the right", () => {
    const inner = { kind: "conditional", consequent: "c", test: "d", alternate: "e" };
    const outer = { kind: "conditional", consequent: "a", test: "b", alternate: inner };
    expect(short(expression("a if b else c if d else e"))).toEqual(outer);
  });

  test("subscripts and members", () => {
    expect(short(expression("x.h_n[0, ..., 1:, :n:2, none].input"))).toEqual({
      kind: "member",
      name: "input",
      value: {
        kind: "subscript",
        value: { kind: "member", value: "x", name: "h_n" },
        indices: [
          { kind: "at", value: 0 },
          { kind: "ellipsis" },
          { kind: "slice", start: 1 },
          { kind: "slice", stop: "n", step: 2 },
          { kind: "at", value: ":none" },
        ],
      },
    });
  });
});

describe("literals", () => {
  test.each([
    ["3", 3, false],
    ["3.", 3, true],
    [".5", 0.5, true],
    ["1e3", 1000, true],
    ["1E-5", 1e-5, true],
    ["1_000", 1000, false],
  ])("number %s", (text, value, float) => {
    expect(expression(text)).toMatchObject({ kind: "number", text, value, float });
  });

  test.each([
    [`"a"`, "a"],
    [`'a"b'`, `a"b`],
    [`"\\n\\u00e9\\x41\\\\"`, "\néA\\"],
    [`"it's"`, "it's"],
  ])("text %s", (text, value) => {
    expect(expression(text)).toMatchObject({ kind: "string", value });
  });

  test("constants in JSON's and Python's spelling", () => {
    const all = "[true, True, false, False, none, None, null, inf, Infinity, nan, NaN]";
    const list = short(expression(all)) as { elements: string[] };
    expect(list.elements.join(" ")).toBe(":true :true :false :false :none :none :none :inf :inf :nan :nan");
  });

  test("PyTorch's prefixes are dropped before a name, and nowhere else", () => {
    expect(brief("torch.nn.ReLU -> nn.Tanh")).toEqual(brief("ReLU -> Tanh"));
    expect(short(expression("x.nn.y"))).toMatchObject({ kind: "member", name: "y" });
    expect(short(expression("nn"))).toBe("nn");
  });
});

describe("newlines", () => {
  test.each([
    ["x ->\nA", "x -> A"],
    ["x\n-> A", "x -> A"],
    ["a =\nb", "a = b"],
    ["a = b +\nc", "a = b + c"],
    ["a = b\n+ c", "a = b + c"],
    ["a = b\n- 1", "a = b - 1"],
    ["a = b //\nc", "a = b // c"],
    ["a = b\n** c", "a = b ** c"],
    ["a = b\n  if c\n  else d", "a = b if c else d"],
    ["l:\nA", "l: A"],
    ["input a,\nb", "input a, b"],
    ["f(\n1\n,\n2\n)", "f(1, 2)"],
    ["a = [\n1,\n2\n]", "a = [1, 2]"],
    ["A\n{ B }", "A { B }"],
    ["import {\nA\n,\nB\n} from 'x'", "import { A, B } from 'x'"],
    ["x # c\n# d\n\n-> A", "x -> A"],
    ["f(A {\n b\n c\n})", "f(A { b; c })"],
    ["(a ->\noutput: B)", "(a -> output: B)"],
    ["f(\ninput=1)", "f(input=1)"],
  ])("%j continues", (text, one) => {
    expect(brief(text)).toEqual(brief(one));
  });

  test.each([
    ["a\nb", 2],
    ["a; b;; c", 3],
    ["x\n[0]", 2],
    ["x\n(y)", 2],
    ["a\nnot b", 2],
    ["a -> B\noutput a", 2],
    ["a\nif: B", 2],
    ["block A { b } block C { d }", 2],
    ["block A {\nb }\n\nx -> A", 2],
  ])("%j ends a statement", (text, count) => {
    expect(tree(text).items).toHaveLength(count);
  });

  test("a brace closes what is left open in it, and a keyword what is left open before it", () => {
    expect(tree("block A { input x\noutput x }").items).toHaveLength(1);
  });
});

describe("spans", () => {
  test("cover what they name", () => {
    const text = "  y = x -> bn: nn.BatchNorm1d( 3 ) -> (a + b)[0]";
    const [binding] = tree(text).items as [Binding];
    const at = ({ span }: { span: { start: number; end: number } }): string =>
      text.slice(span.start, span.end);
    expect(at(binding)).toBe(text.trim());
    expect(binding.value.steps.map(at)).toEqual(["x", "bn: nn.BatchNorm1d( 3 )", "(a + b)[0]"]);
    const [, second, third] = binding.value.steps;
    expect(at(second!.label!)).toBe("bn");
    expect(at(second!.value)).toBe("BatchNorm1d( 3 )");
    expect(second!.value).toMatchObject({ nameSpan: { start: 18, end: 29 } });
    expect(third!.value.kind === "subscript" && at(third!.value.value)).toBe("(a + b)");
  });

  test("of a label's parts point into it", () => {
    const text = 'x -> "l.{ i + 1 }": A';
    const [statement] = tree(text).items as [ChainStatement];
    const [, part] = statement.value.steps[1]!.label!.parts;
    const { start, end } = (part as Expression).span;
    expect(text.slice(start, end)).toBe("i + 1");
  });
});
