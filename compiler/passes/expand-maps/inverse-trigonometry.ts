/**
 * Arc functions: angles of points whose coordinates are not negative, as float64. The quotient of the coordinates is led back
 * to the eighth of a turn around 0.
 */
import type { Expression } from "../../ir/plan/plan.ts";
import type { Lanes } from "./formulas.ts";

/** (atan t - t) / t^3 of t^2, for |t| <= tan(pi / 8). */
const ARC = [
  -0.3333333179279031, 0.19999546261574389, -0.14264121982041078, 0.10745270927262905, -0.06456389390064998,
];
/** Stands for infinity beside all that is finite, and its reciprocal for 0. */
const BEYOND = 2 ** 1000;

export function atanOf(l: Lanes, x: Expression): Expression {
  const angle = angleOf(l, l.cast(l.abs(x), "f64"), one(l, x));
  return l.withSignOf(x, l.cast(angle, "f32"));
}

export function asinOf(l: Lanes, x: Expression): Expression {
  const a = l.cast(l.abs(x), "f64");
  return l.withSignOf(x, l.cast(angleOf(l, a, otherSide(l, a)), "f32"));
}

export function acosOf(l: Lanes, x: Expression): Expression {
  const a = l.cast(l.abs(x), "f64");
  const angle = angleOf(l, otherSide(l, a), a);
  return l.cast(l.select(l.lt(x, 0), l.sub(Math.PI, angle), angle), "f32");
}

/** The angle of (x, y), from -pi to pi. Zeros have their signs, and two infinities are equal. */
export function atan2Of(l: Lanes, y: Expression, x: Expression): Expression {
  const [up, along] = [y, x].map((side) => l.cast(l.abs(side), "f64")) as [Expression, Expression];
  const angle = angleOf(l, l.atMost(up, BEYOND), l.atLeast(l.atMost(along, BEYOND), 1 / BEYOND));
  const isLeft = l.lt(l.sign(x), 0);
  return l.withSignOf(y, l.cast(l.select(isLeft, l.sub(Math.PI, angle), angle), "f32"));
}

function one(l: Lanes, x: Expression): Expression {
  return l.cast(l.select(l.eq(x, x), 1, x), "f64");
}

/** sqrt(1 - a^2), NaN where a exceeds 1. Both factors are exact in float64. */
function otherSide(l: Lanes, a: Expression): Expression {
  return l.sqrt(l.mul(l.sub(1, a), l.add(1, a)));
}

/** The angle of (along, up), from 0 to pi / 2. */
function angleOf(l: Lanes, up: Expression, along: Expression): Expression {
  const isSteep = l.lt(along, up);
  const quotient = l.div(l.select(isSteep, along, up), l.select(isSteep, up, along));
  const isFar = l.lt(Math.SQRT2 - 1, quotient);
  // tan(v - pi / 4) = (tan v - 1) / (tan v + 1)
  const t = l.select(isFar, l.div(l.sub(quotient, 1), l.add(quotient, 1)), quotient);
  const square = l.mul(t, t);
  const near = l.add(t, l.mul(l.mul(t, square), l.horner(square, ARC)));
  const angle = l.select(isFar, l.add(near, Math.PI / 4), near);
  return l.select(isSteep, l.sub(Math.PI / 2, angle), angle);
}
