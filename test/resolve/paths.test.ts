/** Weight paths: the rules of the file format, one test each. */
import { expect, test } from "vitest";
import { parametersOf } from "./show.ts";

/** Layers with one parameter, so that a path is a line. */
const L = "Linear(4, 4, bias=False)";
const P = "PReLU(0.25)";

const inModel = (body: string): string => `model M { input x: f32[N, 4]\n ${body}\n }`;

test("a chain file numbers its steps, a chain of one and layers without weights too", () => {
  expect(parametersOf(`${P} -> ReLU -> ${P}`)).toMatchInlineSnapshot(`
    "0.weight
    2.weight"
  `);
  expect(parametersOf(P)).toMatchInlineSnapshot(`"0.weight"`);
  expect(parametersOf(`x -> ${P}`)).toMatchInlineSnapshot(`"0.weight"`);
});

test("a file of one Sequential has the names of that nn.Sequential", () => {
  expect(parametersOf(`nn.Sequential(nn.PReLU(), nn.ReLU(), nn.PReLU())`)).toMatchInlineSnapshot(`
    "0.weight
    2.weight"
  `);
  expect(parametersOf(`nn.Sequential(nn.PReLU()) -> PReLU()`)).toMatchInlineSnapshot(`
    "0.0.weight
    1.weight"
  `);
});

test("a label names its step within the innermost scope", () => {
  const text = `block B { x0: Identity -> a: ${P} -> Residual { b: ${P} -> (c: ${P}) } }`;
  expect(parametersOf(`${text}\n${inModel(`h = x -> ${P} -> one: B -> B\noutput h`)}`))
    .toMatchInlineSnapshot(`
    "h.0.weight
    one.a.weight
    one.b.weight
    one.c.weight
    h.2.a.weight
    h.2.b.weight
    h.2.c.weight"
  `);
  expect(parametersOf(inModel(`output x -> g: (${P} -> ${P} -> d: ${P})`))).toMatchInlineSnapshot(`
    "g.0.weight
    g.1.weight
    g.d.weight"
  `);
});

test("an unlabelled layer is named by its place: name, step, entry, round", () => {
  expect(parametersOf(inModel(`h = x -> ${P}\n output y = h -> ${P} -> ${P}`))).toMatchInlineSnapshot(`
    "h.weight
    y.0.weight
    y.1.weight"
  `);
  expect(parametersOf(inModel(`output x -> [${P}, Identity -> ${P}] -> Add`))).toMatchInlineSnapshot(`
    "0.0.weight
    0.1.1.weight"
  `);
  expect(parametersOf(inModel(`output x -> Repeat(2) { ${P} -> ${P} }`))).toMatchInlineSnapshot(`
    "0.0.weight
    0.1.weight
    1.0.weight
    1.1.weight"
  `);
});

test("a chain of one, Residual, shared=true and a block call add nothing", () => {
  const block = `block B { Residual { ${P} } }\n`;
  expect(parametersOf(`${block}${inModel("h = x -> B\n output h")}`)).toMatchInlineSnapshot(`"h.weight"`);
  expect(parametersOf(inModel(`h = x -> Repeat(3, shared=true) { ${P} -> ${P} }\n output h`)))
    .toMatchInlineSnapshot(`
    "h.0.weight
    h.1.weight"
  `);
});

test("none is no step, and a tensor head does not count", () => {
  expect(parametersOf(inModel(`h = x -> none -> ${P} if true else none\n output h`))).toMatchInlineSnapshot(
    `"h.weight"`,
  );
  expect(parametersOf(inModel(`output (x + 1) -> (${P} if false else none) -> ${P} -> ${P}`)))
    .toMatchInlineSnapshot(`
    "0.weight
    1.weight"
  `);
});

test("a bound layer is a scope, shared wherever it is used, drawn where it is bound", () => {
  const text = `enc = ${P} -> l: ${P}\n a = x -> ${P}\n output p = a -> enc, q = x -> enc`;
  expect(parametersOf(inModel(text))).toMatchInlineSnapshot(`
    "enc.0.weight
    enc.l.weight
    a.weight"
  `);
  expect(parametersOf(inModel(`unused = ${L}\n output x -> ${P}`))).toMatchInlineSnapshot(`
    "unused.weight
    weight"
  `);
  expect(parametersOf(inModel(`ls = [${P}, ${P}]\n output x -> ls[1] -> ls[0] -> ls[-1]`)))
    .toMatchInlineSnapshot(`
      "ls.0.weight
      ls.1.weight"
    `);
});

test("layers that a file binds are drawn where they are bound, one within another too", () => {
  expect(parametersOf(`a = ${P}\nb = a -> ${P}\nc = ${P}\nx -> ${P} -> c -> b`)).toMatchInlineSnapshot(`
    "a.weight
    b.1.weight
    c.weight
    0.weight"
  `);
});

test("a bound layer's parameter is a tensor, whether the layer is used or not", () => {
  expect(parametersOf(`m = ${P}\nm.weight * 2`)).toMatchInlineSnapshot(`"m.weight"`);
  expect(parametersOf(inModel(`l = (a: ${P} -> ${P})\n output x * l.a.weight`))).toMatchInlineSnapshot(`
    "l.a.weight
    l.1.weight"
  `);
});

test("a block that is bound is elaborated at every use, and its weights are the same", () => {
  const block = `block B(n) { input x\n inner = ${P}\n output x -> inner -> l: Linear(n, n, bias=False) }\n`;
  expect(parametersOf(`${block}${inModel("b = B(4)\n output x -> b -> b")}`)).toMatchInlineSnapshot(`
    "b.inner.weight
    b.l.weight"
  `);
});

test("a quoted label replaces the numbers of the repetitions whose index it uses", () => {
  expect(parametersOf(inModel(`output x -> b: Repeat(2) as i { "l{i + 1}": ${P} }`))).toMatchInlineSnapshot(`
    "b.l1.weight
    b.l2.weight"
  `);
  expect(parametersOf(inModel(`h = x -> Repeat(2) as i { "l.{i}": ${P} -> ${P} }\n output h`)))
    .toMatchInlineSnapshot(`
    "l.0.weight
    h.0.1.weight
    l.1.weight
    h.1.1.weight"
  `);
  expect(
    parametersOf(
      inModel(
        `output x -> Repeat(2) as i { Repeat(2) as j { "a{i}": ${P} -> "b{j}": ${P} -> "c{i}{j}": ${P} } }`,
      ),
    ),
  ).toMatchInlineSnapshot(`
    "0.a0.weight
    0.b0.weight
    c00.weight
    1.a0.weight
    0.b1.weight
    c01.weight
    0.a1.weight
    1.b0.weight
    c10.weight
    1.a1.weight
    1.b1.weight
    c11.weight"
  `);
  expect(parametersOf(inModel(`output x -> Repeat(2) as i { k = 2 * i\n "l{k}": ${P} }`)))
    .toMatchInlineSnapshot(`
    "l0.weight
    l2.weight"
  `);
  expect(parametersOf(inModel(`output x -> Repeat(2) as i { "l": ${P} }`))).toMatchInlineSnapshot(`
    "0.l.weight
    1.l.weight"
  `);
});

test("two layers on one path are an error with both places", () => {
  expect(parametersOf(inModel(`output (x -> ${L}) + (x -> ${L})`))).toMatchInlineSnapshot(`
    "net.nn:2:49 error NN3215: two layers would have the weight \`weight\`
      2 |  output (x -> Linear(4, 4, bias=False)) + (x -> Linear(4, 4, bias=False))
        |                                                 ^^^^^^^^^^^^^^^^^^^^^^^^
      2 |  output (x -> Linear(4, 4, bias=False)) + (x -> Linear(4, 4, bias=False))
        |               ------------------------ the first one
      help: label one of them: \`name: Layer(…)\`"
  `);
  expect(parametersOf(inModel(`output x -> Repeat(2) as i { "l{i // 2}": ${P} }`))).toMatchInlineSnapshot(`
    "net.nn:2:44 error NN3215: two layers would have the weight \`l0.weight\`
      2 |  output x -> Repeat(2) as i { "l{i // 2}": PReLU(0.25) }
        |                                            ^^^^^^^^^^^
      2 |  output x -> Repeat(2) as i { "l{i // 2}": PReLU(0.25) }
        |                                            ----------- here, more than once
      help: label one of them: \`name: Layer(…)\`"
  `);
  expect(parametersOf(`block B { ${P} }\n${inModel("output (x -> B) + (x -> B)")}`)).toMatchInlineSnapshot(`
    "net.nn:3:26 error NN3215: two layers would have the weight \`weight\`
      3 |  output (x -> B) + (x -> B)
        |                          ^
      3 |  output (x -> B) + (x -> B)
        |               - the first one
      help: label one of them: \`name: Layer(…)\`"
  `);
});

test("a parameter that is given elsewhere keeps its own name as an alias", () => {
  const tied = `e = Linear(4, 4)\n output x -> e -> head: Linear(4, 4, weight=e.weight)`;
  expect(parametersOf(inModel(tied))).toMatchInlineSnapshot(`
    "e.weight = head.weight
    e.bias
    head.bias"
  `);
  expect(
    parametersOf(
      inModel(`param w: f32[4, 4] = Ones\n param b: f32[4]\n output x -> Linear(4, 4, weight=w, bias=b)`),
    ),
  ).toMatchInlineSnapshot(`
    "w = weight
    b = bias"
  `);
  expect(
    parametersOf(
      inModel(
        `a = Linear(4, 4)\n b = Linear(4, 4, weight=a.weight)\n output x -> a -> b -> c: Linear(4, 4, bias=False, weight=b.weight)`,
      ),
    ),
  ).toMatchInlineSnapshot(`
    "a.weight = b.weight = c.weight
    a.bias
    b.bias"
  `);
});

test("param and buffer stand under their name in their scope", () => {
  const block = "block B { input x\n param w: f32[4]\n buffer b: i32[2] = 1\n output x * w }\n";
  expect(parametersOf(`${block}${inModel("param w: f32[]\n output x * w -> Repeat(2) { B }")}`))
    .toMatchInlineSnapshot(`
    "w
    0.w
    0.b
    1.w
    1.b"
  `);
});

test("a layer that is an argument stands under the parameter's name", () => {
  expect(parametersOf(`block B(act) { ${P} -> act }\n${inModel(`output x -> l: B(${P}) -> m: B(ReLU)`)}`))
    .toMatchInlineSnapshot(`
    "l.act.weight
    l.0.weight
    m.0.weight"
  `);
});

test("imported blocks take the caller's path, and models are no prefix", () => {
  const files = {
    "lib/parts.nn": `import { Q } from "../q.nn"\nmodel B { a: ${P} -> Q }`,
    "q.nn": `model Q { q: ${P} }`,
  };
  expect(
    parametersOf(`import { B as C } from "./lib/parts.nn"\n${inModel("output x -> C -> c: C")}`, { files }),
  ).toMatchInlineSnapshot(`
    "0.a.weight
    0.1.q.weight
    c.a.weight
    c.1.q.weight"
  `);
});
