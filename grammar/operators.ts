/**
 * How tightly operators bind. The parser groups a flat list by it, and the formatter places parentheses by it.
 */
import type { BinaryOperator, Expression, Unary } from "./ast.ts";
import type { IToken } from "./toolkit.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { chainedComparison, misplacedOperator } from "./syntax-errors.ts";
import { spanOf } from "./outline.ts";
import { join, type Source } from "./source.ts";

/** The levels, from the loosest to the tightest. */
export const CHOICE = 0;
const OR = 1;
const AND = 2;
export const NOT = 3;
export const COMPARISON = 4;
export const SUM = 5;
const PRODUCT = 6;
export const NEGATION = 7;
export const POWER = 8;
export const POSTFIX = 9;

export const LEVEL: Readonly<Record<BinaryOperator, number>> = {
  or: OR,
  and: AND,
  "==": COMPARISON,
  "!=": COMPARISON,
  "<": COMPARISON,
  "<=": COMPARISON,
  ">": COMPARISON,
  ">=": COMPARISON,
  "+": SUM,
  "-": SUM,
  "*": PRODUCT,
  "/": PRODUCT,
  "//": PRODUCT,
  "%": PRODUCT,
  "@": PRODUCT,
  "**": POWER,
};

/** `not` and `-` before a value, outermost first. */
export interface Operand {
  readonly signs: readonly IToken[];
  readonly value: Expression;
}

/**
 * What surrounds a list of operators: the loosest level that is allowed in the list, and its name for messages.
 */
export interface OperatorList {
  readonly floor: number;
  readonly where: string;
}

interface Pending {
  readonly token: IToken;
  readonly level: number;
  readonly prefix: boolean;
}

/**
 * Groups `operands[0] operators[0] operands[1] …` with two stacks, since a run of thousands of operators must not
 * become thousands of nested calls. The first misuse is passed to `report`.
 */
export function groupOperators(
  operands: readonly Operand[],
  operators: readonly IToken[],
  { floor, where }: OperatorList,
  source: Source,
  report: (diagnostic: Diagnostic) => void,
): Expression {
  const values: Expression[] = [];
  const pending: Pending[] = [];

  const reduce = (): void => {
    const { token, prefix } = pending.pop()!;
    const right = values.pop()!;
    if (prefix) {
      const op = token.image as Unary["op"];
      values.push({ kind: "unary", op, operand: right, span: join(spanOf(token, source), right.span) });
      return;
    }
    const left = values.pop()!;
    const op = token.image as BinaryOperator;
    values.push({ kind: "binary", op, left, right, span: join(left.span, right.span) });
  };

  const pushSigns = (signs: readonly IToken[]): void => {
    for (const token of signs) {
      const isNot = token.image === "not";
      const level = isNot ? NOT : NEGATION;
      const before = pending.at(-1);
      // `not` binds loosely: after a tighter operator it would take over that operator's right side and what
      // follows.
      if (isNot && before && before.level > NOT) {
        report(misplacedOperator(spanOf(token, source), "not", `after \`${before.token.image}\``));
      } else if (level < floor) {
        report(misplacedOperator(spanOf(token, source), "not", where));
      }
      pending.push({ token, level, prefix: true });
    }
  };

  operands.forEach(({ signs, value }, index) => {
    const token = operators[index - 1];
    if (token) {
      const level = LEVEL[token.image as BinaryOperator];
      while (pending.length > 0 && yields(pending.at(-1)!, level)) reduce();
      if (level < floor) report(misplacedOperator(spanOf(token, source), token.image, where));
      if (level === COMPARISON && pending.at(-1)?.level === COMPARISON) {
        report(chainedComparison(spanOf(token, source)));
      }
      pending.push({ token, level, prefix: false });
    }
    pushSigns(signs);
    values.push(value);
  });
  while (pending.length > 0) reduce();
  return values[0]!;
}

/** Whether the pending operator is complete before an operator of `level`. */
function yields(pending: Pending, level: number): boolean {
  if (pending.level !== level) return pending.level > level;
  return level !== POWER && level !== COMPARISON;
}
