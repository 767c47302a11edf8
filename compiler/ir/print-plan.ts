/** The printed form of a plan: pseudo-code, the calls first, then each kernel once. Equal plans print alike. */
import { visible } from "../../runtime/visible.ts";
import { FreshNames } from "./names.ts";
import {
  operandsOf,
  rootsOf,
  visitExpressions,
  type Buffer,
  type Call,
  type Expression,
  type Kernel,
  type Plan,
  type Slot,
  type Statement,
} from "./plan.ts";
import { reductions, type MapName } from "./primitives.ts";
import { type Size } from "./size.ts";
import { bracketedText, textOf } from "./size-text.ts";
import { portTypeText, typeText } from "./types.ts";

export function printPlan(plan: Plan): string {
  const names = kernelNames(plan);
  const lines = [`plan ${plan.name}`];
  for (const port of plan.inputs) lines.push(`input ${port.name}: ${portTypeText(port)}`);
  for (const port of plan.outputs) lines.push(`output ${port.name}: ${portTypeText(port)}`);
  for (const { path, type, role } of plan.parameters) lines.push(`${role} ${path}: ${typeText(type)}`);
  for (const { left, right, relation, message } of plan.checks) {
    lines.push(`check ${textOf(left)} ${relation} ${textOf(right)}: ${message}`);
  }
  for (const half of ["prepare", "run"] as const) {
    if (plan[half].length === 0) continue;
    lines.push(`${half}:`);
    plan.slots[half].forEach((slot, i) => lines.push(`  slot ${i}: ${slotText(slot)}`));
    for (const call of plan[half]) lines.push(`  ${callText(call, names.get(call.kernel)!)}`);
  }
  for (const { path, from } of plan.updates) lines.push(`update ${path} = ${bufferText(from)}`);
  for (const [kernel, name] of names) lines.push("", ...kernelLines(kernel, name));
  return lines.map(visible).join("\n") + "\n";
}

/** Equal for kernels that one function can serve: it is the same whether a buffer holds float32 or float64. */
export function functionKey(kernel: Kernel): string {
  const parameters = [...kernel.buffers.map(({ name }) => name), ...kernel.sizes].join();
  return [parameters, ...kernelLines(kernel, "").slice(1)].join("\n");
}

/** In the order of their first calls; a name that stands for another kernel already gets a number. */
function kernelNames(plan: Plan): Map<Kernel, string> {
  const names = new Map<Kernel, string>();
  const fresh = new FreshNames();
  for (const { kernel } of [...plan.prepare, ...plan.run]) {
    if (!names.has(kernel)) names.set(kernel, fresh.fresh(kernel.name, "#"));
  }
  return names;
}

function slotText({ dtype, sizes }: Slot): string {
  const texts = [...new Set(sizes.map((size) => textOf(size)))];
  return `${dtype}[${texts.length === 1 ? texts[0] : `max(${texts.join(", ")})`}]`;
}

/** `Linear(x, weight, @y; N)`: what is written bears an `@`. */
function callText({ kernel, buffers, sizes }: Call, name: string): string {
  const operands = buffers.map((buffer, i) => {
    const mark = kernel.buffers[i]!.access === "read" ? "" : "@";
    return mark + bufferText(buffer);
  });
  return `${name}(${listText(
    operands,
    sizes.map((size) => textOf(size)),
  )})`;
}

/** A temporary's name alone may stand for several. */
function bufferText({ name, dtype, size, storage, slot }: Buffer): string {
  const where = slot === undefined ? "" : ` in slot ${slot}`;
  return storage === "temporary" || storage === "scratch"
    ? `${name}: ${dtype}[${textOf(size)}]${where}`
    : `${storage} ${name}`;
}

function listText(buffers: readonly string[], sizes: readonly string[]): string {
  return buffers.join(", ") + (sizes.length > 0 ? `; ${sizes.join(", ")}` : "");
}

function kernelLines(kernel: Kernel, name: string): string[] {
  const buffers = kernel.buffers.map((buffer) => `${buffer.access === "read" ? "" : "@"}${buffer.name}: ${buffer.dtype}`); // prettier-ignore
  return [
    `kernel ${name}(${listText(buffers, kernel.sizes)})`,
    ...kernel.body.flatMap((statement) => statementLines(statement)).map(indent),
  ];
}

function indent(line: string): string {
  return `  ${line}`;
}

function statementLines(statement: Statement): string[] {
  if (statement.kind === "loop") {
    const { index, from, to, step, body } = statement;
    const by = step === 1 ? "" : ` by ${step}`;
    return [
      `for ${index} = ${textOf(from)} to ${textOf(to)}${by}`,
      ...body.flatMap((inner) => statementLines(inner)).map(indent),
    ];
  }
  const shared = sharedParts(rootsOf(statement));
  const lines = [...shared].map(([e, name]) => `${name} = ${expressionText(e, shared, e)}`);
  return [...lines, simpleLine(statement, (e) => expressionText(e, shared))];
}

function simpleLine(
  statement: Exclude<Statement, { kind: "loop" }>,
  print: (e: Expression) => string,
): string {
  switch (statement.kind) {
    case "let":
      return `let ${statement.name}${statement.int ? ": int" : ""} = ${print(statement.value)}`;
    case "accumulator":
      return `accumulator ${statement.name} = ${reductions[statement.reduce].identity}`;
    case "accumulate":
      return `${statement.name} ${statement.reduce === "sum" ? "+" : statement.reduce}= ${print(statement.value)}`;
    case "store": {
      const { buffer, at, value, zeroWhere } = statement;
      return `${buffer}[${textOf(at)}] = ${print(value)}${zeroWhere ? `, 0 where ${print(zeroWhere)}` : ""}`;
    }
    case "check":
      return `check 0 <= ${statement.name} < ${textOf(statement.below)}: ${statement.message}`;
  }
}

/**
 * Names for what a statement uses more than once, operands first. Until `hoist` names them in the plan, an
 * expression that uses its parts twice would print in exponential length.
 */
function sharedParts(roots: readonly Expression[]): Map<Expression, string> {
  const uses = new Map<Expression, number>();
  const count = (e: Expression): void => void uses.set(e, (uses.get(e) ?? 0) + 1);
  roots.forEach(count);
  visitExpressions(roots, (e) => operandsOf(e).forEach(count));
  const names = new Map<Expression, string>();
  // Expressions are numbered as they are made, so operands come before what they are part of.
  for (const [e, times] of [...uses].sort(([a], [b]) => a.id - b.id)) {
    const short = e.kind === "number" || e.kind === "size" || e.kind === "local" || (e.kind === "load" && !e.index); // prettier-ignore
    if (times > 1 && !short) names.set(e, `%${names.size}`);
  }
  return names;
}

const INFIX: Partial<Record<MapName, string>> = {
  add: "+", sub: "-", mul: "*", div: "/", mod: "%", pow: "**", ipow: "**", lt: "<", le: "<=", eq: "==",
}; // prettier-ignore

/** Fully bracketed. `whole` is the one shared part that is to be printed and not named. */
function expressionText(e: Expression, shared: ReadonlyMap<Expression, string>, whole?: Expression): string {
  const name = e === whole ? undefined : shared.get(e);
  if (name !== undefined) return name;
  const print = (operand: Expression): string => expressionText(operand, shared);
  const nested = (operand: Expression): string => {
    const infix = operand.kind === "map" && !shared.has(operand) && INFIX[operand.map] !== undefined;
    return infix ? `(${print(operand)})` : print(operand);
  };
  switch (e.kind) {
    case "number":
      return Object.is(e.value, -0) ? "-0" : String(e.value);
    case "size":
      return `int(${textOf(e.size)})`;
    case "local":
      return e.name;
    case "load":
      return `${e.buffer}[${loadAt(e.at, e.stride, e.index && nested(e.index))}]`;
    case "map": {
      const type = e.integer ? "i32." : "";
      const infix = INFIX[e.map];
      if (infix !== undefined) return e.operands.map(nested).join(` ${type}${infix} `);
      return `${type}${e.map}(${e.operands.map(print).join(", ")})`;
    }
    case "cast":
      return `${e.to}(${print(e.operand)})`;
    case "guard":
      return `guard(0 <= ${textOf(e.at)} < ${textOf(e.below)}, ${print(e.operand)}, ${e.fallback})`;
    case "checked":
      return `checked(0 <= ${print(e.operand)} < ${textOf(e.below)}, ${JSON.stringify(e.message)})`;
  }
}

function loadAt(at: Size, stride: Size | undefined, index: string | undefined): string {
  if (index === undefined) return textOf(at);
  const scaled = stride === undefined || stride === 1 ? index : `${bracketedText(stride)} * ${index}`;
  return at === 0 ? scaled : `${textOf(at)} + ${scaled}`;
}
