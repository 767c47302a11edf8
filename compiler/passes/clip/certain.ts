/** Removes the guards that hold in every round of the loops around them: those of a window that lies inside its axis. */
import { neverNegativeBetween, type Between } from "../../ir/size/bounds.ts";
import { rebuildStatement, type Expression, type Expressions, type Statement } from "../../ir/plan/plan.ts";
import { sub } from "../../ir/size/size.ts";

/** The statement without such guards. `around` are the variables of the loops that it is in, from the innermost. */
export function withoutCertain(
  pool: Expressions,
  statement: Statement,
  around: readonly Between[] = [],
): Statement {
  if (statement.kind === "loop") {
    const { index, from, to } = statement;
    const inside = [{ name: index, least: from, greatest: sub(to, 1) }, ...around];
    return { ...statement, body: statement.body.map((inner) => withoutCertain(pool, inner, inside)) };
  }
  return rebuildStatement(pool, statement, {
    expression: (e) => (e.kind === "guard" && isCertain(e, around) ? e.operand : e),
  });
}

function isCertain(
  { at, below }: Extract<Expression, { kind: "guard" }>,
  around: readonly Between[],
): boolean {
  return neverNegativeBetween(at, around) && neverNegativeBetween(sub(sub(below, 1), at), around);
}
