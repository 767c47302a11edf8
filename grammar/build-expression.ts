/** Builds expressions, chains and types of the syntax tree from the concrete tree. */
import type * as Ast from "./ast.ts";
import type { CstNode, IToken } from "./toolkit.ts";
import { node, nodes, token, tokens } from "./cst.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { badBound, namedInParentheses, unknownEscape, unnamedAfterNamed } from "./syntax-errors.ts";
import { readLabel } from "./labels.ts";
import * as operators from "./operators.ts";
import { spanOf } from "./outline.ts";
import { join, type Source, type Span } from "./source.ts";
import { unescape } from "./strings.ts";
import { CONSTANTS } from "./tokens.ts";

const ANYWHERE: operators.OperatorList = { floor: operators.CHOICE, where: "here" };
const IN_SUBSCRIPT: operators.OperatorList = { floor: operators.SUM, where: "in a subscript" };
const IN_SIZE: operators.OperatorList = { floor: operators.SUM, where: "in a size" };

export class ExpressionBuilder {
  /** The first error that the grammar does not find, but the language forbids. */
  problem: Diagnostic | undefined;
  protected readonly source: Source;
  private readonly bodyOf: (token: IToken) => Ast.Body;

  constructor(source: Source, bodyOf: (token: IToken) => Ast.Body) {
    this.source = source;
    this.bodyOf = bodyOf;
  }

  readonly report = (diagnostic: Diagnostic): void => {
    this.problem ??= diagnostic;
  };

  span(at: IToken): Span {
    return spanOf(at, this.source);
  }

  word(at: IToken): Ast.Word {
    return { text: at.image, span: this.span(at) };
  }

  string(at: IToken): Ast.StringLiteral {
    return {
      kind: "string",
      value: this.unescaped(at.image.slice(1, -1), at.startOffset + 1),
      span: this.span(at),
    };
  }

  unescaped(raw: string, start: number): string {
    const result = unescape(raw);
    if ("value" in result) return result.value;
    const from = start + result.at;
    const text = raw.slice(result.at, result.at + result.length);
    this.report(unknownEscape({ source: this.source, start: from, end: from + result.length }, text));
    return raw;
  }

  chain(cst: CstNode): Ast.Chain {
    return this.chainOf(nodes(cst, "step").map((step) => this.step(step)));
  }

  /** Builds `choice -> step -> …`; the label before the first step is passed in. */
  links(cst: CstNode, label: Ast.Label | undefined): Ast.Chain {
    const first = this.labelled(label, this.choice(node(cst, "choice")!));
    return this.chainOf([first, ...this.steps(cst)]);
  }

  private steps(cst: CstNode): Ast.Step[] {
    return nodes(cst, "step").map((step) => this.step(step));
  }

  private chainOf(steps: readonly Ast.Step[]): Ast.Chain {
    return { kind: "chain", steps, span: join(steps[0]!.span, steps.at(-1)!.span) };
  }

  private step(cst: CstNode): Ast.Step {
    const label = token(cst, "label");
    return this.labelled(label && this.label(label), this.choice(node(cst, "choice")!));
  }

  private labelled(label: Ast.Label | undefined, value: Ast.Expression): Ast.Step {
    return label ? { label, value, span: join(label.span, value.span) } : { value, span: value.span };
  }

  label(at: IToken): Ast.Label {
    return readLabel(at, this);
  }

  choice(cst: CstNode): Ast.Expression {
    const parts = nodes(cst, "operation");
    let result = this.operation(parts.at(-1)!, ANYWHERE);
    for (let index = parts.length - 3; index >= 0; index -= 2) {
      const consequent = this.operation(parts[index]!, ANYWHERE);
      const test = this.operation(parts[index + 1]!, ANYWHERE);
      const span = join(consequent.span, result.span);
      result = { kind: "conditional", consequent, test, alternate: result, span };
    }
    return result;
  }

  private operation(cst: CstNode, surroundings: operators.OperatorList): Ast.Expression {
    const operands = nodes(cst, "operand").map((operand): operators.Operand => {
      let value = this.atom(node(operand, "atom")!);
      for (const trailer of nodes(operand, "trailer")) value = this.trailed(value, trailer);
      return { signs: tokens(operand, "sign"), value };
    });
    const between = tokens(cst, "Operator");
    if (between.length === 0 && operands[0]!.signs.length === 0) return operands[0]!.value;
    return operators.groupOperators(operands, between, surroundings, this.source, this.report);
  }

  private trailed(value: Ast.Expression, cst: CstNode): Ast.Subscript | Ast.Member {
    const name = token(cst, "Word");
    if (name) {
      return { kind: "member", value, name: this.word(name), span: join(value.span, this.span(name)) };
    }
    const indices = nodes(cst, "index").map((index) => this.index(index));
    const span = join(value.span, this.span(token(cst, "CloseSquare")!));
    return { kind: "subscript", value, indices, span };
  }

  private index(cst: CstNode): Ast.Index {
    const run = token(cst, "Ellipsis");
    if (run) return { kind: "ellipsis", span: this.span(run) };
    const first = node(cst, "start");
    const start = first && this.operation(first, IN_SUBSCRIPT);
    const slice = node(cst, "slice");
    if (!slice) return { kind: "at", value: start!, span: start!.span };
    const [stop, step] = ["stop", "step"].map((name) => {
      const part = node(slice, name);
      return part && this.operation(part, IN_SUBSCRIPT);
    });
    const colons = tokens(slice, "Colon").map((colon) => this.span(colon));
    const spans = [start?.span, ...colons, stop?.span, step?.span].filter((span) => span !== undefined);
    return {
      kind: "slice",
      ...(start && { start }),
      ...(stop && { stop }),
      ...(step && { step }),
      span: spans.reduce(join),
    };
  }

  private atom(cst: CstNode): Ast.Expression {
    const number = token(cst, "Number");
    if (number) return this.number(number);
    const string = token(cst, "String");
    if (string) return this.string(string);
    const constant = token(cst, "Constant");
    if (constant) {
      return { kind: "constant", value: CONSTANTS.get(constant.image)!, span: this.span(constant) };
    }
    const call = node(cst, "call");
    return call ? this.call(call) : this.bracketed(cst);
  }

  private number(at: IToken): Ast.NumberLiteral {
    const value = Number(at.image.replaceAll("_", ""));
    return { kind: "number", text: at.image, value, float: /[.eE]/.test(at.image), span: this.span(at) };
  }

  private bracketed(cst: CstNode): Ast.Expression {
    const tuple = token(cst, "OpenRound") !== undefined;
    const open = token(cst, tuple ? "OpenRound" : "OpenSquare")!;
    const close = token(cst, tuple ? "CloseRound" : "CloseSquare")!;
    const span = join(this.span(open), this.span(close));
    const inside = node(cst, "elements");
    const parts = inside ? nodes(inside, "element") : [];
    const elements = parts.map((part) => this.value(node(part, "chain")!));
    const names = this.namesOf(parts, elements, tuple);
    // Parentheses around a single value only group it. Their span is kept, so that surrounding spans are
    // complete.
    const grouping = tuple && elements.length === 1 && !token(inside!, "last");
    return grouping ? { ...elements[0]!, span } : { kind: "list", tuple, elements, ...names, span };
  }

  /** The names of elements; as in a call, named elements come last. */
  private namesOf(
    parts: readonly CstNode[],
    elements: readonly Ast.Expression[],
    tuple: boolean,
  ): Pick<Ast.List, "names"> {
    const names = parts.map((part) => token(part, "Word")).map((name) => name && this.word(name));
    const first = names.find((name) => name !== undefined);
    if (!first) return {};
    if (tuple) {
      this.report(namedInParentheses(first.span));
      return {};
    }
    const unnamed = names.findIndex((name, index) => !name && index > names.indexOf(first));
    if (unnamed >= 0) this.report(unnamedAfterNamed(elements[unnamed]!.span, first.span));
    return { names };
  }

  /** The value of a chain. A chain of one unlabelled step is just that step's value. */
  private value(cst: CstNode): Ast.Expression {
    const chain = this.chain(cst);
    const [first] = chain.steps;
    return chain.steps.length === 1 && !first!.label ? first!.value : chain;
  }

  private call(cst: CstNode): Ast.Call {
    const name = token(cst, "Name")!;
    const nameSpan = this.span(name);
    const index = token(cst, "round");
    const body = token(cst, "Body");
    const last = body ?? index ?? token(cst, "CloseRound") ?? name;
    return {
      kind: "call",
      name: name.image,
      arguments: nodes(cst, "argument").map((argument) => this.argument(argument)),
      ...(index && { index: this.word(index) }),
      ...(body && { body: this.bodyOf(body) }),
      span: join(nameSpan, this.span(last)),
      nameSpan,
    };
  }

  private argument(cst: CstNode): Ast.Argument {
    const name = token(cst, "Word") ?? token(cst, "Constant");
    const value = this.choice(node(cst, "choice")!);
    if (!name) return { value, span: value.span };
    return { name: this.word(name), value, span: join(this.span(name), value.span) };
  }

  type(cst: CstNode): Ast.TypeExpression {
    const dtype = token(cst, "DType")!;
    const close = token(cst, "CloseSquare");
    const start = this.span(dtype);
    if (!close) return { dtype: dtype.image, span: start };
    const dims = nodes(cst, "dim").map((dim) => this.dim(dim));
    return { dtype: dtype.image, dims, span: join(start, this.span(close)) };
  }

  private dim(cst: CstNode): Ast.Dimension {
    const run = token(cst, "Ellipsis");
    if (run) return { kind: "run", span: this.span(run) };
    const value = this.operation(node(cst, "operation")!, IN_SIZE);
    const limit = token(cst, "Number");
    if (!limit) return { kind: "size", value, span: value.span };
    const bound = this.number(limit);
    if (bound.float) this.report(badBound(bound.span));
    return { kind: "size", value, bound, span: join(value.span, bound.span) };
  }
}
