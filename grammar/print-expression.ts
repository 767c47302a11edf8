/** Prints expressions, chains and types as documents, with parentheses only where the grammar needs them. */
import type * as Ast from "./ast.ts";
import { Comments, behind, breaksBetween } from "./comments.ts";
import {
  atLine,
  group,
  hardLine,
  indent,
  layout,
  line,
  separated,
  softLine,
  wrapped,
  type Doc,
} from "./doc.ts";
import * as operators from "./operators.ts";
import { escapeLabel, quote } from "./strings.ts";

/** The level of a chain, which binds looser than all operators. */
const CHAIN = -1;

export class ExpressionPrinter {
  protected readonly comments: Comments;
  /** Everything is printed on one line, for messages; the line breaks of the source do not count. */
  protected readonly flat: boolean;
  private readonly body: (body: Ast.Body) => Doc;

  constructor(comments: Comments, flat: boolean, body: (body: Ast.Body) => Doc) {
    this.comments = comments;
    this.flat = flat;
    this.body = body;
  }

  /**
   * Steps after the first are indented by one step. A line breaks if it was broken in the source or is too long.
   * If the line comes after another statement and its first value begins with a minus, it would continue that
   * statement, so the value is put in parentheses (`guarded`).
   */
  chain(chain: Ast.Chain, guarded = false): Doc {
    const [first, ...rest] = this.links(chain, guarded);
    return rest.length === 0 ? first! : [first!, indent(...rest)];
  }

  private links({ steps }: Ast.Chain, guarded = false): Doc[] {
    return steps.map((step, index) => {
      if (index === 0 && guarded && !step.label && beginsWithMinus(step.value)) {
        return ["(", this.step(step), ")"];
      }
      if (index === 0) return this.step(step);
      const previous = steps[index - 1]!.span;
      const between = this.comments.take(step.span.start);
      const broken = this.breaks(step.span, previous.end, step.span.start);
      const link: Doc = ["-> ", this.step(step)];
      return broken || between.length > 0 ? [behind(between), hardLine, link] : wrapped(link);
    });
  }

  private breaks(span: Ast.Step["span"], start: number, end: number): boolean {
    return !this.flat && breaksBetween(span, start, end);
  }

  private step({ label, value }: Ast.Step): Doc {
    const printed = this.expression(value);
    return label ? [this.label(label), ": ", printed] : printed;
  }

  private label({ quoted, parts }: Ast.Label): Doc {
    const docs = parts.map((part): Doc =>
      typeof part === "string" ? (quoted ? escapeLabel(part) : part) : this.hole(part),
    );
    return quoted ? ['"', docs, '"'] : docs;
  }

  /** The expression in a label's braces; no line may break between quotes. */
  private hole(expression: Ast.Expression): Doc {
    return `{${layout(this.expression(expression), Infinity)}}`;
  }

  /** The expression, in parentheses if it binds looser than `level`. */
  expression(expression: Ast.Expression, level: number = operators.CHOICE): Doc {
    if (levelOf(expression) >= level) return this.bare(expression);
    if (expression.kind === "chain") return this.parenthesised(expression);
    return ["(", this.bare(expression), ")"];
  }

  private parenthesised(chain: Ast.Chain): Doc {
    const { span, steps } = chain;
    if (!this.breaks(span, span.start, steps[0]!.span.start)) return ["(", this.chain(chain), ")"];
    const before = behind(this.comments.take(steps[0]!.span.start));
    return ["(", atLine(indent(before, hardLine, this.links(chain))), ")"];
  }

  private bare(expression: Ast.Expression): Doc {
    switch (expression.kind) {
      case "number":
        return expression.text;
      case "string":
        return quote(expression.value);
      case "constant":
        return expression.value;
      case "call":
        return this.call(expression);
      case "chain":
        return this.chain(expression);
      case "list":
        return this.list(expression);
      case "unary":
        return this.unary(expression);
      case "binary":
        return this.binary(expression);
      case "conditional":
        return this.conditional(expression);
      case "subscript":
        return [this.taken(expression.value), "[", this.indices(expression.indices), "]"];
      case "member":
        return [this.taken(expression.value), ".", expression.name.text];
    }
  }

  /** The value before `.` or `[`. `1.h` would be read as a number, and `nn.` as PyTorch's prefix. */
  private taken(value: Ast.Expression): Doc {
    const misread = value.kind === "number" || (value.kind === "call" && PREFIXES.has(value.name));
    return misread ? ["(", this.bare(value), ")"] : this.expression(value, operators.POSTFIX);
  }

  private call({ name, arguments: given, index, body }: Ast.Call): Doc {
    const doc: Doc[] = [name];
    const docs = given.map((argument) => this.argument(argument));
    if (docs.length > 0) doc.push(enclosed("(", docs, ")"));
    if (index) doc.push(" as ", index.text);
    if (body) doc.push(" ", this.body(body));
    return doc;
  }

  private argument({ name, value }: Ast.Argument): Doc {
    const printed = this.expression(value);
    return name ? [name.text, "=", printed] : printed;
  }

  private list({ tuple, elements, names }: Ast.List): Doc {
    const [open, close] = tuple ? ["(", ")"] : ["[", "]"];
    const docs = elements.map((element, index): Doc => {
      const printed = this.expression(element, CHAIN);
      const name = names?.[index];
      return name ? [name.text, "=", printed] : printed;
    });
    if (docs.length === 0) return [open, close];
    if (tuple && docs.length === 1) return [open, docs[0]!, ",", close];
    // Numbers fill their lines. Other elements have a line each, if one line does not hold all of them.
    if (names || !elements.every(isNumber)) return enclosed(open, docs, close);
    const [first, ...others] = docs;
    const rest = others.map((doc): Doc => [",", wrapped(doc)]);
    return group(open, indent(softLine, first!, rest), softLine, close);
  }

  private unary({ op, operand }: Ast.Unary): Doc {
    return op === "not"
      ? ["not ", this.expression(operand, operators.NOT)]
      : ["-", this.expression(operand, operators.NEGATION)];
  }

  private binary(expression: Ast.Binary): Doc {
    const level = operators.LEVEL[expression.op];
    if (level === operators.POWER) {
      const left = this.expression(expression.left, operators.POSTFIX);
      return [left, " ** ", this.expression(expression.right, operators.NEGATION)];
    }
    // The operators down the left side, as long as no parentheses are needed, share one indentation.
    const parts: Ast.Binary[] = [];
    let left: Ast.Expression = expression;
    while (left.kind === "binary" && operators.LEVEL[left.op] === level) {
      parts.unshift(left);
      left = left.left;
      if (level === operators.COMPARISON) break;
    }
    const first = this.expression(left, level === operators.COMPARISON ? level + 1 : level);
    const rest = parts.map(({ op, right }) => this.operator(op, this.expression(right, level + 1)));
    return [first, indent(...rest)];
  }

  /** A line may begin with an arithmetic operator other than `//`, and with no other operator. */
  private operator(op: Ast.BinaryOperator, right: Doc): Doc {
    if (op === "//") return [" //", wrapped(right)];
    return operators.LEVEL[op] >= operators.SUM ? wrapped(op, " ", right) : [" ", op, " ", right];
  }

  private conditional(expression: Ast.Conditional): Doc {
    const doc: Doc[] = [this.expression(expression.consequent, operators.CHOICE + 1)];
    let current: Ast.Expression = expression;
    while (current.kind === "conditional") {
      const test = this.expression(current.test, operators.CHOICE + 1);
      const { alternate }: Ast.Conditional = current;
      const level = alternate.kind === "conditional" ? alternate.consequent : alternate;
      const least = alternate.kind === "conditional" ? operators.CHOICE + 1 : operators.CHOICE;
      doc.push(indent(wrapped("if ", test, indent(wrapped("else ", this.expression(level, least))))));
      current = alternate;
    }
    return doc;
  }

  private indices(indices: readonly Ast.Index[]): Doc {
    return separated(
      indices.map((index) => this.index(index)),
      ", ",
    );
  }

  private index(index: Ast.Index): Doc {
    if (index.kind === "ellipsis") return "...";
    if (index.kind === "at") return this.expression(index.value, operators.SUM);
    const part = (value: Ast.Expression | undefined): Doc =>
      value ? this.expression(value, operators.SUM) : "";
    const { start, stop, step } = index;
    return [part(start), ":", part(stop), step ? [":", part(step)] : ""];
  }

  type({ dtype, dims }: Ast.TypeExpression): Doc {
    if (!dims) return dtype;
    const docs = dims.map((dim): Doc => {
      if (dim.kind === "run") return "...";
      const value = this.expression(dim.value, operators.SUM);
      return dim.bound ? [value, "|", dim.bound.text] : value;
    });
    return [dtype, "[", separated(docs, ", "), "]"];
  }
}

const PREFIXES: ReadonlySet<string> = new Set(["nn", "torch"]);

function levelOf(expression: Ast.Expression): number {
  switch (expression.kind) {
    case "chain":
      return CHAIN;
    case "conditional":
      return operators.CHOICE;
    case "binary":
      return operators.LEVEL[expression.op];
    case "unary":
      return expression.op === "not" ? operators.NOT : operators.NEGATION;
    default:
      return operators.POSTFIX;
  }
}

function isNumber(expression: Ast.Expression): boolean {
  return expression.kind === "number" || (expression.kind === "unary" && isNumber(expression.operand));
}

/** The parts on one line, or each part on its own line between the brackets. */
export function enclosed(open: string, docs: readonly Doc[], close: string): Doc {
  return group(open, indent(softLine, separated(docs, [",", line])), softLine, close);
}

/** Whether the printed text begins with a minus. On its own line it would continue the line before. */
function beginsWithMinus(expression: Ast.Expression): boolean {
  let first = expression;
  for (;;) {
    switch (first.kind) {
      case "unary":
        return first.op === "-";
      case "binary":
        if (levelOf(first.left) < operators.LEVEL[first.op]) return false;
        first = first.left;
        break;
      case "conditional":
        if (levelOf(first.consequent) <= operators.CHOICE) return false;
        first = first.consequent;
        break;
      default:
        return false;
    }
  }
}
