/**
 * Replaces functions by arithmetic and maps of bits, for a target that has no library of them: each is a polynomial on a part of
 * its range, to which the others are led back. Results are within two units in the last place of a float32, 2.5 for the
 * logistic function, and right for NaN, infinities, both zeros and subnormals (`test/ULP.md`).
 */
import type { MapName } from "../ir/graph/primitives.ts";
import {
  operandsOf,
  rebuildStatement,
  type Expression,
  type Kernel,
  type Plan,
  type PlanType,
} from "../ir/plan/plan.ts";
import { erfOf } from "./expand-maps/error-function.ts";
import { expm1Of, expOf, logisticOf, tanhOf } from "./expand-maps/exponential.ts";
import { Lanes } from "./expand-maps/formulas.ts";
import { acoshOf, asinhOf, atanhOf, coshOf, sinhOf } from "./expand-maps/hyperbolic.ts";
import { acosOf, asinOf, atan2Of, atanOf } from "./expand-maps/inverse-trigonometry.ts";
import { log1pOf, logOf } from "./expand-maps/logarithm.ts";
import { exp2Of, log10Of, log2Of, powOf } from "./expand-maps/power.ts";
import { cosOf, sinOf, tanOf } from "./expand-maps/trigonometry.ts";
import { mapKernels } from "./map-kernels.ts";
import type { Pass } from "./pass.ts";

export const expandMaps: Pass<Plan, Plan> = {
  name: "expand-maps",
  order: [
    { after: "schedule", because: "it asks what functions cost" },
    {
      before: "hoist",
      because: "the parts of a function that loops do not change get names outside of them",
    },
  ],
  run: (plan, { target }) => (target.functions === "polynomial" ? mapKernels(plan, expanded) : plan),
};

type Expansion = (l: Lanes, ...operands: Expression[]) => Expression;

/** The functions on float32. */
const expansions: { readonly [M in MapName]?: Expansion } = {
  exp: expOf,
  expm1: expm1Of,
  tanh: tanhOf,
  log: logOf,
  log1p: log1pOf,
  erf: erfOf,
  sin: sinOf,
  cos: cosOf,
  tan: tanOf,
  asin: asinOf,
  acos: acosOf,
  atan: atanOf,
  atan2: atan2Of,
  sinh: sinhOf,
  cosh: coshOf,
  asinh: asinhOf,
  acosh: acoshOf,
  atanh: atanhOf,
  exp2: exp2Of,
  log2: log2Of,
  log10: log10Of,
  pow: powOf,
};

function expanded(kernel: Kernel): Kernel {
  const { pool } = kernel;
  // A float64 is rounded: no function is better than float32.
  const made = (
    expansion: Expansion,
    operands: readonly Expression[],
    { dtype, lanes }: PlanType,
  ): Expression => {
    const l = new Lanes(pool, lanes);
    return l.cast(expansion(l, ...operands.map((operand) => l.cast(operand, "f32"))), dtype);
  };
  const logistics = (e: Expression): Expression => {
    const x = logisticOperand(e);
    return x ? made(logisticOf, [x], e.type) : e;
  };
  const functions = (e: Expression): Expression => {
    const expansion = e.kind === "map" && expansions[e.map];
    return expansion ? made(expansion, operandsOf(e), e.type) : e;
  };
  const body = kernel.body
    .map((statement) => rebuildStatement(pool, statement, { expression: logistics }))
    .map((statement) => rebuildStatement(pool, statement, { expression: functions }));
  return { ...kernel, body };
}

/** x where an expression is 1 / (exp(-x) + 1), which is 0 where exp(-x) is infinite, too early for subnormal results. */
function logisticOperand(e: Expression): Expression | undefined {
  if (e.kind !== "map" || e.map !== "div" || !isOne(e.operands[0]!)) return undefined;
  const sum = e.operands[1]!;
  if (sum.kind !== "map" || sum.map !== "add") return undefined;
  const power = sum.operands.find((operand) => operand.kind === "map" && operand.map === "exp");
  if (power?.kind !== "map" || !sum.operands.some(isOne)) return undefined;
  const [minus] = power.operands;
  return minus?.kind === "map" && minus.map === "neg" ? minus.operands[0] : undefined;
}

function isOne(e: Expression): boolean {
  return e.kind === "number" && e.value === 1;
}
