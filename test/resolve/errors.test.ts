/** Every message about the meaning of a file, at its place and once. */
import { OutsideProject } from "../../grammar/outside.ts";
import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { wrong, wrongInFile } from "./show.ts";

const model = (body: string, parameters = ""): string =>
  `model M${parameters} { input x: f32[N, 4]\n ${body}\n }`;

const cases: Record<string, readonly string[]> = {
  NN2001: ["model M { input x: f16[N]\n output x }"],
  NN2002: [
    model("y: f32[N, 5] = x -> Linear(4, 3)\n output y"),
    model("y: i32[N, 4] = x\n output y"),
    model("y: f32[4] = x\n output y"),
    "block B { input a: f32[n, n] \n output a }\nmodel M { input x: f32[2, 3]\n output x -> B }",
  ],
  NN2003: [
    model("output x -> Linear(5, 3)"),
    model("output x + [1, 2, 3]"),
    model("output Arange(4) -> Linear(4, 2)"),
  ],
  NN2004: [
    "model M(d = 3) { input x: f32[d / 2]\n output x }",
    "model M(d = -1) { input x: f32[d]\n output x }",
  ],
  NN2005: ["block B { input a: f32[n * m]\n output a }\nmodel M { input x: f32[4]\n output x -> B }"],
  NN2006: [model("param w: f32[N]\n output x"), model("param w: f32[K, 3]\n output x")],
  NN2007: ["model M(dim = 3) { input x: f32[N, din]\n output x }"],
  NN2008: ["model M { input x: f32[..., 3, ...]\n output x }"],
  NN2009: [model("param w: f32[100000, 100000]\n output x")],
  NN2010: ["model M { input x: f32[N|8, 4]\n output x }"],
  NN2011: ["model M { input x: f32[N, T]\n output x -> Linear(_, 3) }", "x -> ReLU -> Linear(_, 3)"],
  NN2012: ["model M { output XavierNormal(size=[3, 2]) }"],
  NN2013: [model("a = Linear(4, 3)\n output p = x -> Linear(4, 2, weight=a.weight), q = x -> a")],
  NN3001: [model("output x -> Liner(4, 3) -> Foo -> Foo"), "tensor([1, 2]) -> ReLU"],
  NN3002: [model("hidden = x\n output hiden + q")],
  NN3003: [
    model("h = x\n h = x\n output h"),
    model("N = 3\n output x"),
    "block B {}\nmodel B { output Zeros(1) }",
  ],
  NN3004: [model("output h\n h = x -> ReLU")],
  NN3005: ["a = b\nb = a\nPReLU(init=a)"],
  NN3006: ["block A { B }\nblock B { Residual { A } }\nmodel M { A }"],
  NN3007: [
    model("output (x -> LSTM(4, 3)).h_m"),
    model("output x.weight"),
    model("output x -> Linear(4, 4, weight=ReLU.weight)"),
    model("output x -> LSTM(4, 3).h_n"),
  ],
  NN3101: [model("output x -> Linear(4, out_feature=3)"), model("output x -> ReLU(wieght=x)")],
  NN3102: [model("output x -> Linear(4, 3, in_features=3)")],
  NN3103: [model("output x -> Linear(4)"), "block B(n, m = 1) { ReLU }\nB()", "model M(n) { Linear(n, n) }"],
  NN3104: [model("output x -> ReLU(true, 3)")],
  NN3105: [model("output x -> Linear(in_features=4, 3)")],
  NN3106: [
    model("output x -> LayerNorm([4, 0]) -> Linear(inf, 3)"),
    model("output x -> Linear(4, 6 / 2)"),
    model('output x -> GELU("tan")'),
    model("output x -> Linear(4, 0)"),
    model("output ReLU(x)"),
    model("output Zeros(size=[n=3])"),
  ],
  NN3107: ["PReLU(1)", "PReLU(0)"],
  NN3108: [model("w = x * 2\n output x -> Linear(4, 4, weight=w)")],
  NN3109: [model("a = Linear(4, 4)\n output x -> a -> Linear(4, 4, weight=a.wight)")],
  NN3110: [model("h = ReLU\n output x -> h(3)")],
  NN3111: [model("output x -> Residual")],
  NN3112: [model("output x -> ReLU { Tanh }")],
  NN3113: [model("output x -> Residual as i { Tanh }")],
  NN3114: [model("param w: f32[3] = Tanh\n output x")],
  NN3118: ["KaimingUniform()", "XavierNormal", "Zeros(4)", "Eye"]
    .map((initial) => model(`param w: f32[3] = ${initial}\n output x`))
    .concat(
      ["Normal", "0.5", "Constant(inf)", "3e9"].map((initial) =>
        model(`buffer b: i32[2] = ${initial}\n output x`),
      ),
      model("buffer b: bool[2] = 2\n output x"),
      model("param w: f32[3, 4] = Eye(4, 3)\n output x"),
    ),
  NN3201: [model("output x -> ReLU -> 3"), model("h = x\n output x -> h")],
  NN3202: [model("output x -> Linear(4, 4) + x"), model("output ReLU * 2"), model("output -ReLU")],
  NN3203: [model("output x -> [ReLU, x]"), model("output [ReLU, x] -> Add")],
  NN3204: [
    model("output ReLU"),
    model('output "text"'),
    model("output _"),
    model("output [y=x]"),
    model("a = [y=1, z=2]\n output p = x + a, q = a[0]"),
  ],
  NN3205: [
    "block B { input x\n output a = x, b = x }\n" + model("output x -> B -> ReLU"),
    model("output x -> Split(2, dim=1)"),
  ],
  NN3206: [
    model("output [x, x] -> ReLU"),
    "block B { input a, b\n output a + b }\n" + model("output x -> B"),
    "block B { input a, b\n output a + b }\n" + model("output [b=x] -> B"),
    model("output [y=x] -> MatMul"),
  ],
  NN3207: [
    model("output [a=x, y=x] -> MatMul"),
    model("output [x, x=x] -> MatMul"),
    model("output [x=x, x=x] -> MatMul"),
    model("output [x, other=x] -> Add"),
    model("output [query=x, atn_mask=x] -> MultiheadAttention(4, 2)"),
    "block B { input left, right\n output left + right }\n" + model("output [x, rihgt=x] -> B"),
  ],
  NN3208: ["block B { output Zeros(3) }\n" + model("output x -> Repeat(2) { output Zeros(3) }")],
  NN3209: ["model M { input x: f32[3] }", "block B { }\n" + model("output x -> B")],
  NN3210: [model("output a = x, a = x")],
  NN3211: [model("output x, x -> ReLU"), "x -> [ReLU, Tanh]"],
  NN3212: [model("x -> ReLU\n output x"), model("x -> ReLU\n x -> Tanh")],
  NN3213: [model("Linear(4, 4)")],
  NN3214: [
    model("[a, b] = x -> Split(1, dim=1)\n output a"),
    model("[a, b] = x\n output a"),
    model("[a, b] = [p=x, q=x]\n output a"),
  ],
  NN3215: [model("output (x -> PReLU) + (x -> PReLU)")],
  NN3216: [model('output x -> "a{x}": PReLU'), model('output x -> "{s}": PReLU', '(s = "")')],
  NN3217: [model('output x -> "a\\ud800": PReLU'), model("param __metadata__: f32[3]\n output x")],
  NN3218: [
    model("output x -> Scan { Tanh }"),
    "model M { input x: f32[N, 3]\n [y, h] = [x, 0.0] -> Scan {\n input x, h\n output y = x, h = h + x\n }\n output y, h }",
  ],
  NN3301: [
    model("output x * (1 // 0)"),
    model('output x + "a"'),
    "model M { input x: f32[N, T]\n a = N < T\n output x }",
  ],
  NN3302: [model("a = x and true\n output x"), model("a = not 3\n output x")],
  NN3303: [model("output x if x else x")],
  NN3304: [model("output x[0.5]"), model("output x[x]")],
  NN3305: ["model M(s = [1, 2]) { output Zeros(s[2]) }"],
  NN3306: ["model M(s = [true, none]) { output Zeros(s[0:1]) }"],
  NN3401: ["Repeat(1000000000) { ReLU }"],
  NN4002: ['import { Haed, Other } from "./head.nn"\nHaed -> Other'],
  NN4004: ['weights "a.safetensors"\nweights "b.safetensors"\nReLU'],
  NN4005: ["ReLU\nTanh"],
  NN4006: ["input x: f32[3]\nparam w: f32[2]\nReLU"],
  NN4007: ["h = Zeros(3)\nReLU"],
  NN4009: ["", "block B { ReLU }", "model A { output Zeros(1) }\nmodel B { output Zeros(1) }"],
};

const options: Record<string, object> = {
  NN2010: { args: { N: 9 } },
  NN4002: { files: { "head.nn": "block Head { ReLU }" } },
};

for (const [code, texts] of Object.entries(cases)) {
  test(code, () => {
    const found = texts.map((text) => wrong(text, options[code]));
    for (const text of found) expect(text).toContain(code);
    expect(found.join("\n---\n")).toMatchSnapshot();
  });
}

const others: Record<string, () => string> = {
  NN3115: () =>
    wrong("model M(depth = 2) { input x: f32[Batch, 3]\n output x }", { args: { dept: 3, batch: 4, q: 1 } }),
  NN3116: () => wrong("model M { input x: f32[Batch, 3]\n output x }", { args: { Batch: -1 } }),
  NN3117: () =>
    wrong("model M(a = 3) { input x: f32[N, a]\n output x }", { args: { a: null as unknown as number } }),
  NN3307: () => wrong(model("output x[0] + x @ x"), { table: { records: new Map(), operators: new Map(), subscript: undefined, combinators: new Map() } }), // prettier-ignore
  NN3402: () =>
    wrong(
      `block B0 { ReLU }\n${Array.from({ length: 210 }, (_, i) => `block B${i + 1} { B${i} }`).join("\n")}\nB210`,
    ),
  NN3403: () =>
    wrong(
      `a0 = [1]\n${Array.from({ length: 25 }, (_, i) => `a${i + 1} = [a${i}, a${i}]`).join("\n")}\na25 -> ReLU`,
    ),
  NN3404: () => wrong(`model M { input x: f32[${Array(65).fill(1).join(", ")}]\n output x }`),
  NN4001: () =>
    wrong('import { A } from "./no.nn"\nA', { files: {} }) + wrong('import { A } from "./no.nn"\nA'),
  NN4011: () =>
    wrong('import { A } from "../lib.nn"\nA', {
      read: () => {
        throw new OutsideProject("/project");
      },
    }),
  NN4003: () =>
    wrong('import { A } from "./b/x.nn"\nA', {
      read: () => 'import { A as C } from "./b/x.nn"\nblock A { ReLU }',
    }),
  NN4010: () => wrongInFile("# nothing yet\n"),
  NN4008: () => wrong("model Net { output Zeros(1) }", { entry: "Nett" }),
};

for (const [code, run] of Object.entries(others)) {
  test(code, () => {
    const found = run();
    expect(found).toContain(code);
    expect(found).toMatchSnapshot();
  });
}

test("every code of the resolver is here", () => {
  const folder = new URL("../../compiler/resolve/errors/", import.meta.url);
  // Those of sessions are in the sessions of test/repl.
  const files = readdirSync(folder).filter((file) => file !== "session-errors.ts");
  const text = files.map((file) => readFileSync(new URL(file, folder), "utf8")).join();
  const codes = new Set([...text.matchAll(/"(NN\d{4})"/g)].map((match) => match[1]!));
  expect([...codes].sort()).toEqual([...Object.keys(cases), ...Object.keys(others)].sort());
});

test("a file says all that it lacks at once, and one wrong statement says one thing", () => {
  const text = `
block A(d) { input x
  q = x -> Foo(d) -> Unflat(-1, [2, d])
  [a, b] = q -> Bar
  output a @ b -> Linear(d, d, bais=false) }
model M { input x: f32[N, 4]
  h = x -> A(4)
  k = h -> Linear(3, 3) -> ReLU
  l: f32[N, M] = h + 1
  m = x -> Linear(5, 6)
  n = [m, k] -> Add -> Tanh
  output p = n[M], q = m }`;
  expect(wrongInFile(text)).toMatchSnapshot();
});

test("a wrong statement of the grammar hides what it would have bound, and nothing else", () => {
  expect(
    wrongInFile(
      "model M { input x: f32[N, 4]\n h = x -> -> ReLU\n k = h -> Foo\n output k -> Linear(3, 3), h = x -> Linear(2, 2) }",
    ),
  ).toMatchSnapshot();
});

test("a file of blocks can be checked, not run", () => {
  expect(wrongInFile("block B(n) { Linear(n, n) -> Foo(n) }")).toMatchSnapshot();
  expect(wrongInFile("block B(n) { Linear(n, n) }")).toBe("");
});
