/** Families of texts that grow: what is tried with each, and the least size at which it is. */
import type { Work } from "./works.ts";

export interface Family {
  readonly name: string;
  readonly work: Work;
  /** The smallest size; the others are twice and four times as large. */
  readonly n: number;
  readonly text: (n: number) => string;
  /** The code of the diagnostic that the text comes to. */
  readonly code?: string;
  /** The largest n that there is, so that no growth is without end. Of the full table only. */
  readonly bound?: number;
  /** Of the full table only: it takes long. */
  readonly large?: boolean;
}

/** The most axes that a tensor has. */
const AXES = 64;

const many = (n: number, of: (i: number) => string, between = ""): string =>
  Array.from({ length: n }, (_, i) => of(i)).join(between);

/** A model that takes f32[N, 8]. */
const model = (body: string): string => `model M {\n  input x: f32[N, 8]\n${body}\n}\n`;

/** Bindings c1, c2, … made of the one before. */
const chained = (n: number, of: (before: string, i: number) => string): string =>
  model(`c0 = x\n${many(n, (i) => `c${i + 1} = ${of(`c${i}`, i)}\n`)}output c${n}`);

const nested = (n: number, open: string, inner: string, close: string): string =>
  open.repeat(n) + inner + close.repeat(n);

type More = Pick<Family, "code" | "bound" | "large">;
type Row = readonly [name: string, n: number, text: (n: number) => string, more?: string | More];

function of(work: Work, rows: readonly Row[]): Family[] {
  return rows.map(([name, n, text, more]) => {
    return { name, work, n, text, ...(typeof more === "string" ? { code: more } : more) };
  });
}

/** What the parser and the formatter take, whatever it means. */
const texts: readonly Row[] = [
  ["a long comment", 4000, (n) => `# ${"a ".repeat(n)}\nReLU`],
  ["many comments", 200, (n) => `${"# a\n".repeat(n)}ReLU`],
  ["comments within a call", 100, (n) => `ReLU(\n${"# a\n1,\n".repeat(n)})`],
  ["empty lines", 1000, (n) => `x ->${"\n".repeat(n)}ReLU`],
  ["spaces", 4000, (n) => `x ->${" ".repeat(n)}ReLU`],
  ["one long word", 4000, (n) => `x -> ${"a".repeat(n)}`],
  ["one long number", 4000, (n) => `x * ${"9".repeat(n)}.${"9".repeat(n)}e${"1".repeat(n)}`],
  ["one long label", 2000, (n) => `x -> "${"a".repeat(n)}": PReLU`],
  ["a label of many parts", 100, (n) => `x -> Repeat(2) as i { "${"{i}".repeat(n)}": PReLU }`],
  ["parentheses", 45, (n) => `x = ${nested(n, "(", "1", ")")}`],
  ["lists", 45, (n) => nested(n, "[", "1", "]")],
  ["bodies", 45, (n) => nested(n, "Residual {\n", "ReLU", "\n}")],
  ["calls", 45, (n) => nested(n, "F(", "1", ")")],
  ["minus signs", 45, (n) => `x = ${"-".repeat(n)}1`],
  ["not", 45, (n) => `x = ${"not ".repeat(n)}true`],
  ["powers", 45, (n) => `x = ${"2 ** ".repeat(n)}1`],
  ["sums", 100, (n) => `x = 1${" + 1".repeat(n)}`],
  ["comparisons", 45, (n) => `x = ${many(n, () => "(1 < 2)", " == ")}`],
  ["and, or", 45, (n) => `x = true${" and false or true".repeat(n)}`],
  ["choices", 45, (n) => `x = ${"1 if true else ".repeat(n)}2`],
  ["subscripts", 45, (n) => `x${"[0:]".repeat(n)}`],
  ["members", 45, (n) => `x${".h".repeat(n)}`],
  ["a long chain", 100, (n) => `x${" -> ReLU".repeat(n)}`],
  ["many arguments", 100, (n) => `ReLU(${"1, ".repeat(n)})`],
  ["many statements", 100, (n) => many(n, (i) => `a${i} = ${i}\n`)],
  ["statements on one line", 100, (n) => many(n, (i) => `a${i} = ${i};`)],
  ["many blocks", 50, (n) => many(n, (i) => `block B${i}(a, b = 2) { ReLU }\n`)],
  ["many imports", 50, (n) => many(n, (i) => `import { A${i} } from "./a.nn"\n`)],
  ["imports of many names", 50, (n) => `import { ${many(n, (i) => `A${i}`, ", ")} } from "./a.nn"\n`],
];

/** What no parser takes. */
const broken: readonly Row[] = [
  ["unclosed parentheses", 500, (n) => "(".repeat(n)],
  ["unclosed brackets", 500, (n) => `x -> ${"[".repeat(n)}`],
  ["unclosed braces", 400, (n) => "Residual {\n".repeat(n)],
  ["brackets of all kinds", 200, (n) => "( { [ ".repeat(n)],
  ["closing brackets", 500, (n) => ")".repeat(n)],
  ["closing braces", 500, (n) => "}\n".repeat(n)],
  ["quotes", 500, (n) => '"'.repeat(n)],
  ["quotes on lines", 300, (n) => '"\n'.repeat(n)],
  ["backslashes in a text", 1000, (n) => `"${"\\".repeat(n)}`],
  ["what is no token", 1000, (n) => "$".repeat(n)],
  ["what is no token, apart", 500, (n) => "$ ".repeat(n)],
  ["carriage returns", 1000, (n) => `x -> ReLU(${"\r".repeat(n)})$`],
  ["arrows", 500, (n) => "->".repeat(n)],
  ["wrong lines", 200, (n) => "x -> -> y\n".repeat(n)],
  ["wrong pairs on lines", 200, (n) => ") (\n".repeat(n)],
  ["heads of blocks", 200, (n) => "block A(\n".repeat(n)],
  ["statements of Python", 100, (n) => many(n, (i) => `self.a${i} = nn.Linear(1, 2)\n`)],
  ["slash comments", 300, (n) => "// x\n".repeat(n)],
];

/** What is taken or refused by names, types and shapes. */
const meanings: readonly Row[] = [
  [
    "unknown names among known ones",
    100,
    (n) => `${many(n, (i) => `abcdef${i} = ${i}\n`)}${many(n, (i) => `z${i} = abcdefx${i}\n`)}ReLU`,
    { code: "NN3002", large: true },
  ],
  [
    "100 unknown names among known ones",
    200,
    (n) => `${many(n, (i) => `abcdef${i} = ${i}\n`)}${many(100, (i) => `z${i} = abcdefx${i}\n`)}ReLU`,
    { code: "NN3002", large: true },
  ],
  ["unknown layers", 100, (n) => many(n, (i) => `Foo${i}`, " -> "), "NN3001"],
  [
    "one unknown name, used often",
    100,
    (n) => model(many(n, (i) => `y${i} = q + 1\n`) + "output x"),
    "NN3002",
  ],
  [
    "a long unknown name",
    500,
    (n) => model(`${"a".repeat(n)} = x -> ReLU\n output ${"a".repeat(n - 1)}b`),
    "NN3002",
  ],
  [
    "long names bound",
    30,
    (n) => model(`${many(n, (i) => `${"a".repeat(100)}${i} = x\n`)}output ${"a".repeat(100)}x`),
    "NN3002",
  ],
  ["names bound twice", 100, (n) => model(`${"a = x\n".repeat(n)}output a`), "NN3003"],
  ["unknown arguments", 100, (n) => `x -> Linear(2, 2, ${many(n, (i) => `bia${i}=1`, ", ")})`, "NN3101"],
  ["arguments given twice", 100, (n) => `x -> Linear(2, 2, ${many(n, () => "bias=true", ", ")})`, "NN3102"],
  ["unused values", 100, (n) => model(`${many(n, (i) => `u${i} = x + ${i}\n`)}output x`)],
  ["unused layers", 50, (n) => model(`${many(n, (i) => `u${i} = Linear(8, 8)\n`)}output x`)],
  [
    "wrong layers",
    100,
    (n) => model(`${many(n, (i) => `u${i} = x -> Linear(7, ${i})\n`)}output x`),
    "NN3106",
  ],
  [
    "warnings",
    100,
    (n) =>
      `model M {\n input x: f32[${many(60, (i) => `width${i}`, ", ")}]\n${many(n, (i) => `input y${i}: f32[widt${i}]\n`)} output x }`,
  ],
  [
    "many sizes",
    8,
    (n) => `model M { input x: f32[${many(n, (i) => `S${i}`, ", ")}]\n output x -> ReLU }`,
    { bound: AXES },
  ],
  [
    "sizes of many inputs",
    50,
    (n) => `model M {\n${many(n, (i) => `input x${i}: f32[S${i}]\n`)} output x0 }`,
  ],
  ["a list that doubles", 3, (n) => `l0 = [1, 2]\n${many(n, (i) => `l${i + 1} = [l${i}, l${i}]\n`)}ReLU`],
  ["a wide list", 300, (n) => `x * [${"1, ".repeat(n)}]`],
  ["a deep list", 8, (n) => `x * ${nested(n, "[", "1", "]")}`, { bound: AXES }],
  ["a list too deep", 45, (n) => `x * ${nested(65 + n, "[", "1", "]")}`, "NN3404"],
  ["layers of a list", 50, (n) => `x -> [${"ReLU, ".repeat(n)}] -> Concat`],
  ["Sequential", 50, (n) => `Sequential(${"ReLU(), ".repeat(n)})`],
  ["Sequentials in one another", 25, (n) => nested(n, "Sequential(", "ReLU()", ")")],
  ["Repeat", 50, (n) => model(`output x -> Repeat(${n}) { Residual { Linear(8, 8) -> ReLU } }`)],
  ["Repeat with labels", 50, (n) => model(`output x -> Repeat(${n}) as i { "a{i}": Linear(8, 8) }`)],
  ["Repeats in one another", 5, (n) => model(`output x -> ${nested(n, "Repeat(1) { ", "ReLU", " }")}`)],
  [
    "bodies in one another",
    25,
    (n) => model(`output x -> ${nested(n, "Residual { ", "Linear(8, 8)", " }")}`),
  ],
  [
    "scopes in one another",
    25,
    (n) => model(`output x -> ${nested(n, "Residual { a: ", "Linear(8, 8)", " }")}`),
  ],
  [
    "blocks of one another",
    25,
    (n) =>
      `block B0(a = 1) { Linear(8, 8) }\n${many(n, (i) => `block B${i + 1}(a = 1) { b: B${i}(a) }\n`)}${model(`output x -> B${n}`)}`,
  ],
  [
    "blocks that take layers",
    25,
    (n) =>
      `block B0(l) { l }\n${many(n, (i) => `block B${i + 1}(l) { B${i}(l) }\n`)}${model(`output x -> B${n}(PReLU)`)}`,
  ],
  [
    "an argument used once, deep",
    20,
    (n) => `block A(l) { l }\n${model(`output x -> ${nested(n, "A(", "ReLU", ")")}`)}`,
  ],
  [
    "layers without end",
    17,
    (n) => `block A(l) { l -> l }\n${model(`output x -> ${nested(n, "A(", "ReLU", ")")}`)}`,
    { code: "NN3401", large: true },
  ],
  ["bound layers used again", 20, (n) => `l = Linear(8, 8)\n${model(`output x${" -> l".repeat(n)}`)}`],
  [
    "tied parameters",
    20,
    (n) => model(`param w: f32[8, 8]\n output x${" -> Linear(8, 8, weight=w)".repeat(n)}`),
  ],
  [
    "parameters of bound layers",
    10,
    (n) => `l = Linear(8, 8)\n${model(`output x -> l${" -> Linear(8, 8, weight=l.weight)".repeat(n)}`)}`,
  ],
  ["one path twice", 20, (n) => model(`output x${" -> a: Linear(8, 8)".repeat(n)}`), "NN3215"],
  ["Softmax along dim", 8, (n) => `x -> Softmax(dim=${n - 1})`, { bound: AXES }],
  ["Softmax beyond the axes", 1e6, (n) => `x -> Softmax(dim=${n})`, "NN3106"],
  [
    "Unsqueeze",
    8,
    (n) => `model M { input x: f32[]\n output x${" -> Unsqueeze(0)".repeat(n)} }`,
    { bound: AXES },
  ],
  [
    "Unsqueeze in a Repeat",
    100,
    (n) => `model M { input x: f32[N]\n output x -> Repeat(${n}) { Unsqueeze(0) } }`,
    "NN2003",
  ],
  [
    "new axes in a subscript",
    100,
    (n) => `model M { input x: f32[N]\n output x[${many(n, () => "none", ", ")}] }`,
    "NN2003",
  ],
  ["sizes in a type", 100, (n) => `model M { input x: f32[${"1, ".repeat(n)}1]\n output x }`, "NN3404"],
  ["sizes of a param", 100, (n) => `model M { param w: f32[${"1, ".repeat(n)}1]\n output w }`, "NN3404"],
  [
    "sizes of Reshape",
    100,
    (n) => `model M { input x: f32[N]\n output x -> Reshape(${"1, ".repeat(n)}-1) }`,
    "NN2003",
  ],
  ["sizes of Zeros", 100, (n) => `Zeros(${"1, ".repeat(n)})`, "NN2003"],
  ["sizes of LayerNorm", 100, (n) => `x -> LayerNorm([${"1, ".repeat(n)}])`, "NN3107"],
  ["dims of Permute", 100, (n) => `x -> Permute(${many(n, String, ", ")})`, "NN3106"],
  [
    "declared types",
    20,
    (n) => model(`y0 = x\n${many(n, (i) => `y${i + 1}: f32[N, 8] = y${i} + 1\n`)}output y${n}`),
  ],
  [
    "types that name sizes",
    20,
    (n) =>
      `model M { input x: f32[N]\n y0 = x\n${many(n, (i) => `y${i + 1}: f32[M${i}] = y${i} + 1\n`)}output y${n} }`,
  ],
];

/** What is compiled as a whole. */
const nets: readonly Row[] = [
  ["a chain of layers", 25, (n) => model(`output x${" -> Linear(8, 8) -> ReLU".repeat(n)}`), { large: true }],
  ["an inferred chain", 25, (n) => `Linear(8, 8)${" -> ReLU -> Linear(8, 8)".repeat(n)}`, { large: true }],
  ["pointwise layers", 25, (n) => model(`output x${" -> Tanh".repeat(n)}`)],
  ["norms", 10, (n) => model(`output x${" -> LayerNorm(8)".repeat(n)}`), { large: true }],
  [
    "residual branches",
    15,
    (n) => model(`output x -> Repeat(${n}) { Residual { LayerNorm(8) -> Linear(8, 8) } }`),
    { large: true },
  ],
  ["sums of what came before", 25, (n) => chained(n, (c) => `${c} + (${c} -> Tanh)`)],
  ["squares of squares", 20, (n) => chained(n, (c) => `${c} * ${c}`), { large: true }],
  ["sums of all before", 8, (n) => chained(n, (c, i) => `${c} + c${i >> 1}`)],
  ["softmaxes", 10, (n) => model(`output x${" -> Softmax(dim=1)".repeat(n)}`), { large: true }],
  ["transposes", 15, (n) => chained(n, (c) => `${c} -> Transpose(0, 1) -> ReLU`)],
  ["views", 10, (n) => chained(n, (c) => `${c} -> Unsqueeze(0) -> Squeeze(0) -> Flip(1)`)],
  ["rolls", 8, (n) => chained(n, (c) => `${c} -> Roll(1, dims=1)`)],
  ["slices", 8, (n) => `model M { input x: f32[N, 4096]\n output x${"[:, 1:]".repeat(n)} }`, { large: true }],
  ["Concat of many", 20, (n) => model(`output [${"x, ".repeat(n)}] -> Concat(dim=1)`)],
  [
    "Split into many",
    20,
    (n) => `model M { input x: f32[N, ${n}]\n output x -> Split(1, dim=1) -> Concat(dim=1) }`,
  ],
  ["many Unbind", 20, (n) => `model M { input x: f32[N, ${n}]\n output x -> Unbind(dim=1) -> Stack(dim=1) }`],
  [
    "branches into Concat",
    100,
    (n) => model(`output [${many(n, (i) => `x + ${i}`, ", ")}] -> Concat(dim=1)`),
    { large: true },
  ],
  ["branches into Add", 20, (n) => model(`output x${many(n, (i) => ` + (x -> a${i}: Linear(8, 8))`)}`)],
  [
    "branches that move, into Concat",
    80,
    (n) => model(`output [${many(n, (i) => `x + ${i} -> Tanh -> Flip(1)`, ", ")}] -> Concat(dim=1)`),
    { large: true },
  ],
  [
    "branches and what is made of them, into Concat",
    40,
    (n) =>
      model(
        `${many(n, (i) => `y${i} = x + ${i}\nz${i} = y${i} -> a${i}: Linear(8, 8)\n`)}output [${many(n, (i) => `y${i}, z${i}`, ", ")}] -> Concat(dim=1)`,
      ),
    { large: true },
  ],
  [
    "reductions into Concat",
    40,
    (n) => model(`output [${many(n, (i) => `x + ${i} -> Softmax(dim=1)`, ", ")}] -> Concat(dim=1)`),
    { large: true },
  ],
  [
    "outputs of one value",
    40,
    (n) =>
      model(
        `y = x -> Tanh\n${many(n, (i) => `z${i} = y -> Linear(8, 8)\n`)}output y, ${many(n, (i) => `z${i}`, ", ")}`,
      ),
    { large: true },
  ],
  [
    "sizes that follow from later inputs",
    40,
    (n) =>
      `model M {\n${many(n, (i) => `input x${i}: f32[S${i}, S${i} + S${i + 1} * 2]\n`)}input y: f32[S${n}]\noutput x0 }`,
    { large: true },
  ],
  [
    "sizes that follow from the next input",
    40,
    (n) =>
      `model M {\n${many(n, (i) => `input x${i}: f32[S${i} + S${i + 1}]\n`)}input y: f32[S${n}]\noutput x0 }`,
    { large: true },
  ],
  ["batch norms, trained", 10, (n) => model(`output x${" -> BatchNorm1d(8)".repeat(n)}`), { large: true }],
  [
    "many inputs",
    20,
    (n) =>
      `model M {\n${many(n, (i) => `input x${i}: f32[3]\n`)} output [${many(n, (i) => `x${i}`, ", ")}] -> Concat }`,
  ],
  [
    "many outputs",
    20,
    (n) => model(`${many(n, (i) => `y${i} = x + ${i}\n`)}output ${many(n, (i) => `y${i}`, ", ")}`),
    { large: true },
  ],
  [
    "inputs and outputs",
    20,
    (n) =>
      `model M {\n${many(n, (i) => `input x${i}: f32[3]\n`)}${many(n, (i) => `y${i} = x${i} + ${i}\n`)} output ${many(n, (i) => `y${i}`, ", ")} }`,
  ],
  [
    "many params",
    20,
    (n) => model(`${many(n, (i) => `param p${i}: f32[8]\n`)}output x${many(n, (i) => ` + p${i}`)}`),
    { large: true },
  ],
  [
    "a wide constant",
    200,
    (n) => `model M { input x: f32[N, ${n}]\n output x + [${many(n, String, ", ")}] }`,
    { large: true },
  ],
  ["long labels", 200, (n) => model(`output x -> "${"a".repeat(n)}": Linear(8, 8)`)],
  [
    "shared layers",
    20,
    (n) => `l = Linear(8, 8)\n${model(`output x${" -> l -> ReLU".repeat(n)}`)}`,
    { large: true },
  ],
  [
    "n axes, of 1",
    8,
    (n) => `model M { input x: f32[${"1, ".repeat(n - 1)}N]\n output x -> Softmax(dim=-1) }`,
    { bound: AXES },
  ],
  ["n axes, inferred", 8, (n) => `x -> Softmax(dim=${n - 1})`, { bound: AXES }],
  [
    "n named axes, permuted",
    8,
    (n) =>
      `model M { input x: f32[${many(n, (i) => `S${i}`, ", ")}]\n output x -> Transpose(0, ${n - 1}) -> Tanh }`,
    { bound: AXES },
  ],
  [
    "n axes, broadcast",
    8,
    (n) =>
      `model M { input x: f32[${many(n, (i) => `S${i}`, ", ")}]\n input y: f32[${many(n, (i) => (i % 2 ? "1" : `S${i}`), ", ")}]\n output x * y }`,
    { bound: AXES },
  ],
  [
    "n axes, reduced",
    8,
    (n) =>
      `model M { input x: f32[${many(n, (i) => `S${i}`, ", ")}]\n output x -> Sum(dim=[${many(n >> 1, (i) => String(2 * i), ", ")}]) }`,
    { bound: AXES },
  ],
  [
    "n axes, flipped",
    8,
    (n) =>
      `model M { input x: f32[${many(n, (i) => `S${i}`, ", ")}]\n output x -> Flip(${many(n, String, ", ")}) }`,
    { bound: AXES },
  ],
];

/** What a command reads or shows. */
const shown: readonly Row[] = [
  ["layers in a row", 20, (n) => model(`output x${" -> Linear(8, 8) -> ReLU".repeat(n)}`)],
  [
    "rounds with scopes",
    10,
    (n) => model(`output x -> Repeat(${n}) { Residual { norm: LayerNorm(8) -> fc: Linear(8, 8) } }`),
  ],
];

const json: readonly Row[] = [
  ["numbers", 500, (n) => `[${"1, ".repeat(n)}1]`],
  ["rows", 200, (n) => `[${"[1, 2], ".repeat(n)}[1, 2]]`],
  ["names", 100, (n) => `{${many(n, (i) => `"k${i}": 1`, ", ")}}`],
  ["a text without an end", 10, (n) => `"${"a".repeat(n)}`, "NN4201"],
  ["a long text", 2000, (n) => `"${"a".repeat(n)}"`],
  ["escapes without an end", 1000, (n) => `"${"\\\\".repeat(n)}`, "NN4201"],
  ["digits", 2000, (n) => `${"1".repeat(n)}.${"1".repeat(n)}`],
  ["spaces", 2000, (n) => `${" ".repeat(n)}x`, "NN4201"],
];

const header = (entries: string): string => `{${entries}}`;
const entry = (name: string, i = 0): string =>
  `"${name}": {"dtype": "F32", "shape": [1], "data_offsets": [${4 * i}, ${4 * i + 4}]}`;

const files: readonly Row[] = [
  ["many tensors", 50, (n) => header(many(n, (i) => entry(`t${i}`, i), ", "))],
  ["a long name", 1000, (n) => header(entry("a".repeat(n)))],
  ["a name of dots", 500, (n) => header(entry("a.".repeat(n)))],
  ["escapes in a name", 500, (n) => header(entry("\\u0061".repeat(n)))],
  ["a text without an end", 1000, (n) => `{"${"\\u0061".repeat(n)}`],
  ["lines before a mistake", 1000, (n) => `{${"\n".repeat(n)}x`],
  [
    "many sizes",
    100,
    (n) => header(`"t": {"dtype": "F32", "shape": [${"1, ".repeat(n)}1], "data_offsets": [0, 4]}`),
  ],
  [
    "long numbers",
    1000,
    (n) => header(`"t": {"dtype": "F32", "shape": [1], "data_offsets": [0, ${"9".repeat(n)}]}`),
  ],
];

const arrays: readonly Row[] = [
  ["many sizes", 100, (n) => `{'descr': '<f4', 'fortran_order': False, 'shape': (${"1, ".repeat(n)}), }`],
  ["spaces", 1000, (n) => `{'descr':${" ".repeat(n)}'<f4', 'fortran_order': False, 'shape': (1,), } x`],
  ["keys", 200, (n) => `{${"'descr': '<f4', ".repeat(n)}}`],
  ["quotes without an end", 1000, (n) => `{'descr': '${"a".repeat(n)}`],
  ["a wrong tuple", 500, (n) => `{'descr': '<f4', 'fortran_order': False, 'shape': (${"1 ".repeat(n)}), }`],
  ["digits", 1000, (n) => `{'descr': '<f4', 'fortran_order': False, 'shape': (${"1".repeat(n)},), }`],
  ["keys without values", 200, (n) => `{${"'descr':".repeat(n)}`],
  ["spaces around", 1000, (n) => `${" ".repeat(n)}{'descr'${" ".repeat(n)}`],
];

const weights: readonly Row[] = [
  ["names that do not fit", 30, (n) => many(n, (i) => `layer.${i}.weight`, "\n"), "NN4102"],
  ["names behind a prefix", 30, (n) => many(n, (i) => `encoder.layers.${i}.weight`, "\n"), "NN4102"],
  ["names behind a wrapper's prefix", 30, (n) => many(n, (i) => `module.layers.${i}.weight`, "\n")],
  ["a long name", 500, (n) => "b".repeat(n), "NN4102"],
];

export const families: readonly Family[] = [
  ...of("parse", texts),
  ...of("format", texts),
  ...of("parse", broken),
  ...of("check", meanings),
  ...of("emit", nets),
  ...(["info", "explain", "graph", "diff", "print"] as const).flatMap((work) => of(work, shown)),
  ...of("JSON", json),
  ...of("safetensors", files),
  ...of("npy", arrays),
  ...of("weights", weights),
];
