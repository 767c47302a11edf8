/** Random syntax trees: all that the grammar can say, with spans that point nowhere. */
import fc from "fast-check";
import type * as Ast from "../../grammar/ast.ts";
import { isName } from "../../grammar/index.ts";

const span = { source: { file: "", text: "" }, start: 0, end: 0 };
const KEYWORDS = ["input", "output", "block", "model", "import", "weights", "param", "buffer", "from", "as"];
const WORDS = ["x", "h", "_", "nn", "torch", "Linear", "bn1", "inferred", "f3", "not_", "iffy"];
const ARITHMETIC = ["+", "-", "*", "/", "//", "%", "@", "**"] as const;
const LOGIC = ["==", "!=", "<", "<=", ">", ">=", "and", "or"] as const;

const text = fc.oneof(fc.constantFrom(...WORDS), fc.stringMatching(/^[A-Za-z_]\w{0,8}$/).filter(isName));
const name: fc.Arbitrary<Ast.Word> = text.map((value) => ({ text: value, span }));
const word: fc.Arbitrary<Ast.Word> = fc
  .oneof(text, fc.constantFrom(...KEYWORDS, "if", "else", "and", "or", "not"))
  .map((value) => ({ text: value, span }));

/** What a text file can hold: no halves of surrogate pairs. */
const string: fc.Arbitrary<Ast.StringLiteral> = fc
  .string({ unit: "binary", maxLength: 8 })
  .map((value) => ({ kind: "string", value, span }));

function number(literal: string): Ast.NumberLiteral {
  const value = Number(literal.replaceAll("_", ""));
  return { kind: "number", text: literal, value, float: /[.eE]/.test(literal), span };
}

const integer = fc.nat().map((value) => number(String(value)));
const numeral = fc.oneof(
  integer,
  fc.constantFrom("0.25", "1.", ".5", "1e-5", "3.4028234663852886e38", "1E+3", "1_000").map(number),
);
const constant = fc
  .constantFrom("true" as const, "false" as const, "none" as const, "inf" as const, "nan" as const)
  .map((value): Ast.Constant => ({ kind: "constant", value, span }));

/** `undefined` never stands in a tree: what is absent has no key. */
function some<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const few = <T>(arbitrary: fc.Arbitrary<T>, minLength = 0): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength, maxLength: 3 });

interface Parts {
  readonly leaf: Ast.Expression;
  readonly expression: Ast.Expression;
  readonly value: Ast.Expression;
  readonly chain: Ast.Chain;
  readonly links: Ast.Chain;
  readonly step: Ast.Step;
  readonly label: Ast.Label;
  readonly call: Ast.Call;
  readonly list: Ast.List;
  readonly unary: Ast.Unary;
  readonly binary: Ast.Binary;
  readonly conditional: Ast.Conditional;
  readonly subscript: Ast.Subscript;
  readonly member: Ast.Member;
  readonly index: Ast.Index;
  readonly body: Ast.Body;
  readonly type: Ast.TypeExpression;
  readonly dim: Ast.Dimension;
  readonly hole: Ast.Expression;
  readonly statement: Ast.Statement;
}

const build = (tie: fc.LetrecTypedTie<Parts>): fc.LetrecValue<Parts> => ({
  leaf: fc.oneof(
    numeral,
    string,
    constant,
    text.map((value): Ast.Call => ({ kind: "call", name: value, arguments: [], span, nameSpan: span })),
  ),
  expression: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    tie("leaf"),
    tie("call"),
    tie("list"),
    tie("unary"),
    tie("binary"),
    tie("conditional"),
    tie("subscript"),
    tie("member"),
  ),
  /** Where an expression stands, a chain may stand in parentheses. */
  value: fc.oneof({ maxDepth: 4 }, tie("expression"), tie("links")),
  step: fc
    .record({ label: maybe(tie("label")), value: tie("value") })
    .map((parts) => some({ ...parts, span }) as Ast.Step),
  chain: few(tie("step"), 1).map((steps): Ast.Chain => ({ kind: "chain", steps, span })),
  /** A chain of one unlabelled step would be that step's value. */
  links: fc.tuple(few(tie("step"), 1), tie("label"), tie("step")).map(([steps, label, last]): Ast.Chain => {
    const single = steps.length === 1 && !steps[0]!.label;
    const all = single ? [{ ...steps[0]!, label }, last] : steps;
    return { kind: "chain", steps: all, span };
  }),
  label: fc.oneof(
    word.map(({ text: part }): Ast.Label => ({ quoted: false, parts: [part], span })),
    fc
      .array(fc.tuple(fc.string({ unit: "binary", minLength: 1, maxLength: 5 }), tie("hole")), {
        minLength: 1,
        maxLength: 2,
      })
      .chain((pairs) =>
        fc.boolean().map((reversed): Ast.Label => {
          const parts = pairs.flat();
          return { quoted: true, parts: reversed ? parts.toReversed() : parts, span };
        }),
      ),
    fc
      .string({ unit: "binary", minLength: 1, maxLength: 5 })
      .map((part): Ast.Label => ({ quoted: true, parts: [part], span })),
  ),
  /** In a label's braces stand no texts and no bodies. */
  hole: fc.oneof(
    integer,
    fc.record({
      kind: fc.constant("binary" as const),
      op: fc.constantFrom(...ARITHMETIC),
      left: text.map((name): Ast.Call => ({ kind: "call", name, arguments: [], span, nameSpan: span })),
      right: integer,
      span: fc.constant(span),
    }),
  ),
  call: fc
    .record({
      kind: fc.constant("call" as const),
      name: text,
      arguments: few(
        fc
          .record({ name: maybe(word), value: tie("value") })
          .map((parts) => some({ ...parts, span }) as Ast.Argument),
      ),
      index: maybe(name),
      body: fc.oneof({ maxDepth: 4 }, fc.constant(undefined), tie("body")),
      span: fc.constant(span),
      nameSpan: fc.constant(span),
    })
    .map((call) => some(call) as Ast.Call),
  list: fc.oneof(
    fc.record({
      kind: fc.constant("list" as const),
      tuple: fc.boolean(),
      elements: fc.oneof(few(tie("value")), fc.array(numeral, { maxLength: 40 })),
      span: fc.constant(span),
    }),
    fc.tuple(few(tie("value")), few(fc.tuple(word, tie("value")), 1)).map(([unnamed, named]): Ast.List => ({
      kind: "list",
      tuple: false,
      elements: [...unnamed, ...named.map(([, element]) => element)],
      names: [...unnamed.map(() => undefined), ...named.map(([given]) => given)],
      span,
    })),
  ),
  unary: fc.record({
    kind: fc.constant("unary" as const),
    op: fc.constantFrom("-" as const, "not" as const),
    operand: tie("value"),
    span: fc.constant(span),
  }),
  binary: fc.record({
    kind: fc.constant("binary" as const),
    op: fc.constantFrom(...ARITHMETIC, ...LOGIC),
    left: tie("value"),
    right: tie("value"),
    span: fc.constant(span),
  }),
  conditional: fc
    .tuple(tie("value"), tie("value"), tie("value"))
    .map(([consequent, test, alternate]): Ast.Conditional => ({
      kind: "conditional",
      consequent,
      test,
      alternate,
      span,
    })),
  subscript: fc.record({
    kind: fc.constant("subscript" as const),
    value: tie("value"),
    indices: few(tie("index"), 1),
    span: fc.constant(span),
  }),
  member: fc.record({
    kind: fc.constant("member" as const),
    value: tie("value"),
    name: word,
    span: fc.constant(span),
  }),
  index: fc.oneof(
    fc.constant<Ast.Index>({ kind: "ellipsis", span }),
    tie("value").map((value): Ast.Index => ({ kind: "at", value, span })),
    fc
      .record({ start: maybe(tie("value")), stop: maybe(tie("value")), step: maybe(tie("value")) })
      .map((parts): Ast.Index => some({ kind: "slice", ...parts, span }) as Ast.Index),
  ),
  type: fc
    .record({ dtype: fc.constantFrom("f32", "i32", "bool", "u8"), dims: maybe(few(tie("dim"))) })
    .map((parts) => some({ ...parts, span }) as Ast.TypeExpression),
  dim: fc.oneof(
    fc.constant<Ast.Dimension>({ kind: "run", span }),
    fc
      .record({ value: tie("value"), bound: maybe(integer) })
      .map((parts): Ast.Dimension => some({ kind: "size", ...parts, span }) as Ast.Dimension),
  ),
  body: few(tie("statement")).map((statements): Ast.Body => ({ statements, span })),
  statement: fc.oneof(
    { maxDepth: 4 },
    tie("chain").map((value): Ast.Statement => ({ kind: "chain-statement", value, span })),
    few(name, 1).map((names): Ast.Statement => ({ kind: "input", names, span })),
    fc
      .tuple(name, tie("type"))
      .map(([only, type]): Ast.Statement => ({ kind: "input", names: [only], type, span })),
    few(fc.record({ name: maybe(name), value: tie("chain") }).map(some), 1).map((items): Ast.Statement => ({
      kind: "output",
      items: items as Ast.OutputStatement["items"],
      span,
    })),
    fc
      .record({
        role: fc.constantFrom("param" as const, "buffer" as const),
        name: word,
        type: tie("type"),
        init: maybe(tie("chain")),
      })
      .map((parts) => some({ kind: "parameter" as const, ...parts, span }) as Ast.Statement),
    fc
      .tuple(
        name.filter((target) => target.text !== "_"),
        tie("chain"),
      )
      .map(([target, value]): Ast.Statement => ({
        kind: "binding",
        targets: [target],
        list: false,
        value,
        span,
      })),
    fc
      .tuple(few(name, 1), tie("chain"))
      .map(([targets, value]): Ast.Statement => ({ kind: "binding", targets, list: true, value, span })),
    fc.tuple(word, tie("type"), tie("chain")).map(([target, type, value]): Ast.Statement => ({
      kind: "binding",
      targets: [target],
      list: false,
      type,
      value,
      span,
    })),
  ),
});

const { statement, value, body } = fc.letrec<Parts>(build);

const item: fc.Arbitrary<Ast.Item> = fc.oneof(
  { weight: 3, arbitrary: statement },
  fc.record({
    kind: fc.constant("block" as const),
    keyword: fc.constantFrom("block" as const, "model" as const),
    name,
    parameters: few(fc.record({ name, default: maybe(value) }).map(some)) as fc.Arbitrary<
      Ast.Block["parameters"][number][]
    >,
    body,
    span: fc.constant(span),
  }),
  fc.record({
    kind: fc.constant("import" as const),
    names: few(fc.record({ name, as: maybe(name) }).map(some), 1) as fc.Arbitrary<
      Ast.Import["names"][number][]
    >,
    from: string,
    span: fc.constant(span),
  }),
  fc
    .record({
      kind: fc.constant("weights" as const),
      path: string,
      rename: maybe(few(fc.record({ from: string, to: string }), 1)),
      span: fc.constant(span),
    })
    .map(some) as fc.Arbitrary<Ast.WeightsItem>,
);

export const anyFile: fc.Arbitrary<Ast.File> = few(item).map((items) => ({
  kind: "file",
  items,
  comments: [],
  span,
}));

export const anyExpression: fc.Arbitrary<Ast.Expression> = value;
