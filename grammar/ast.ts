/**
 * The syntax tree of a `.nn` text, in which names are not resolved. Every node has a `span`, and a `kind` if it
 * is one of several kinds. The tree keeps what the formatter and the compiler need and nothing else: redundant
 * parentheses, empty argument lists and the prefixes `nn.` and `torch.nn.` are dropped.
 */
import type { Span } from "./source.ts";

/** A `.nn` file: its items in the order of the text, and its comments. */
export interface File {
  readonly kind: "file";
  readonly items: readonly Item[];
  readonly comments: readonly Comment[];
  readonly span: Span;
}

export type Item = Import | WeightsItem | Block | Statement;

/** `import { A, B as C } from "./file.nn"` */
export interface Import {
  readonly kind: "import";
  readonly names: readonly { readonly name: Word; readonly as?: Word }[];
  readonly from: StringLiteral;
  readonly span: Span;
}

/** `weights "file.safetensors" { "their.*": "our.*" }` */
export interface WeightsItem {
  readonly kind: "weights";
  readonly path: StringLiteral;
  /** New names for those of the file; absent if there are no braces. */
  readonly rename?: readonly { readonly from: StringLiteral; readonly to: StringLiteral }[];
  readonly span: Span;
}

/** `block Name(a, b = 1) { … }`, or the same with `model`. */
export interface Block {
  readonly kind: "block";
  readonly keyword: "block" | "model";
  readonly name: Word;
  readonly parameters: readonly { readonly name: Word; readonly default?: Expression }[];
  readonly body: Body;
  readonly span: Span;
}

/** `{ statements }` of a block or of a call. */
export interface Body {
  readonly statements: readonly Statement[];
  readonly span: Span;
}

export type Statement = InputStatement | OutputStatement | ParameterStatement | Binding | ChainStatement;

/** `input x: f32[N, 3]` (one typed) or `input a, b` (several untyped). */
export interface InputStatement {
  readonly kind: "input";
  readonly names: readonly Word[];
  readonly type?: TypeExpression;
  readonly span: Span;
}

/** `output a, name = chain` */
export interface OutputStatement {
  readonly kind: "output";
  readonly items: readonly { readonly name?: Word; readonly value: Chain }[];
  readonly span: Span;
}

/** `param name: type = init` or `buffer name: type = init` */
export interface ParameterStatement {
  readonly kind: "parameter";
  readonly role: "param" | "buffer";
  readonly name: Word;
  readonly type: TypeExpression;
  readonly init?: Chain;
  readonly span: Span;
}

/** `name = chain`, `[a, _, b] = chain` (then `list`), or `name: type = chain`. */
export interface Binding {
  readonly kind: "binding";
  readonly targets: readonly Word[];
  readonly list: boolean;
  readonly type?: TypeExpression;
  readonly value: Chain;
  readonly span: Span;
}

/** A bare chain. */
export interface ChainStatement {
  readonly kind: "chain-statement";
  readonly value: Chain;
  readonly span: Span;
}

/** `f32[N, 2 * C, ...]`. `dims` is absent if there are no brackets, and then the type is a scalar. */
export interface TypeExpression {
  readonly dtype: string;
  readonly dims?: readonly Dimension[];
  readonly span: Span;
}

export type Dimension =
  | { readonly kind: "run"; readonly span: Span } // `...`
  | {
      readonly kind: "size";
      readonly value: Expression;
      readonly bound?: NumberLiteral;
      readonly span: Span;
    }; // `N | 64`

/** `a -> label: b -> c`. A chain that is an expression has two or more steps, or a labelled one. */
export interface Chain {
  readonly kind: "chain";
  readonly steps: readonly Step[];
  readonly span: Span;
}

export interface Step {
  readonly label?: Label;
  readonly value: Expression;
  readonly span: Span;
}

/** A name before a colon. If it is quoted, it may contain `{expression}` parts. */
export interface Label {
  readonly quoted: boolean;
  /** For `"emb_l.{i}"`: the text `emb_l.`, then the expression `i`. A plain word is one text. */
  readonly parts: readonly (string | Expression)[];
  readonly span: Span;
}

export type Expression =
  | NumberLiteral
  | StringLiteral
  | Constant
  | Call
  | Chain
  | List
  | Unary
  | Binary
  | Conditional
  | Subscript
  | Member;

export interface NumberLiteral {
  readonly kind: "number";
  /** The number as it is written, without a sign. */
  readonly text: string;
  readonly value: number;
  /** Whether the number is written with a point or an exponent: `1.0`, `1e-5`. */
  readonly float: boolean;
  readonly span: Span;
}

export interface StringLiteral {
  readonly kind: "string";
  readonly value: string;
  readonly span: Span;
}

/** `true`, `false`, `none`, `inf` or `nan`, in any spelling (`True`, `None`, `null` …). */
export interface Constant {
  readonly kind: "constant";
  readonly value: "true" | "false" | "none" | "inf" | "nan";
  readonly span: Span;
}

/** `Name`, `Name(args)`, `Name(args) as i { body }`. A bare name is a call without arguments. */
export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly Argument[];
  readonly index?: Word;
  readonly body?: Body;
  readonly span: Span;
  /** The span of the name alone. */
  readonly nameSpan: Span;
}

export interface Argument {
  readonly name?: Word;
  readonly value: Expression;
  readonly span: Span;
}

/**
 * `[a, b]` or `[a, name=b]`; or, with `tuple`, `(a, b)`, which means the same and is only printed differently.
 */
export interface List {
  readonly kind: "list";
  readonly tuple: boolean;
  readonly elements: readonly Expression[];
  /**
   * An entry for each element: undefined for elements before the first named one. Absent if no element has a
   * name, as in tuples.
   */
  readonly names?: readonly (Word | undefined)[];
  readonly span: Span;
}

export interface Unary {
  readonly kind: "unary";
  readonly op: "-" | "not";
  readonly operand: Expression;
  readonly span: Span;
}

export type BinaryOperator =
  "+" | "-" | "*" | "/" | "//" | "%" | "@" | "**" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or";

export interface Binary {
  readonly kind: "binary";
  readonly op: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

/** `consequent if test else alternate` */
export interface Conditional {
  readonly kind: "conditional";
  readonly consequent: Expression;
  readonly test: Expression;
  readonly alternate: Expression;
  readonly span: Span;
}

/** `value[i, 1:3, ..., none]` */
export interface Subscript {
  readonly kind: "subscript";
  readonly value: Expression;
  readonly indices: readonly Index[];
  readonly span: Span;
}

export type Index =
  | { readonly kind: "ellipsis"; readonly span: Span }
  | { readonly kind: "at"; readonly value: Expression; readonly span: Span }
  | {
      readonly kind: "slice";
      readonly start?: Expression;
      readonly stop?: Expression;
      readonly step?: Expression;
      readonly span: Span;
    };

/** `value.name` */
export interface Member {
  readonly kind: "member";
  readonly value: Expression;
  readonly name: Word;
  readonly span: Span;
}

export interface Word {
  readonly text: string;
  readonly span: Span;
}

/** `# …` to the end of its line; `text` includes the `#`. */
export interface Comment {
  readonly text: string;
  readonly span: Span;
}
