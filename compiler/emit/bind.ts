/** JS text that takes the sizes of a call from its inputs, and checks them. */
import { dtypeRows, type Dtype } from "../ir/dtype.ts";
import { precedence, within, type JsText } from "../ir/primitives.ts";
import { asSymbol, linearIn, product, same, symbolsOf, type Size } from "../ir/size.ts";
import { solvingOrder, sourcesOf, type Source } from "../ir/sources.ts";
import { elements, extent, isRun, type Dim } from "../ir/types.ts";
import { identifier } from "../ir/names.ts";
import { sizeName, type Sizes } from "./sizes.ts";
import type { PlanPort } from "../ir/plan.ts";
import type { Printer } from "./printer.ts";

/** 1 where a call leaves out the batch axes of this size, else 0. */
export function unbatchedName(batch: string): string {
  return `unbatched_${identifier(batch)}`;
}

/** The sizes of batch axes that a call may leave out. */
export function batchesOf(inputs: readonly PlanPort[]): string[] {
  return [...new Set(inputs.flatMap(({ batch }) => batch ?? []))];
}

/**
 * Prints `bind_x(value)` for each input, which returns its data `x`; `s` is its shape where it has one. A size that no
 * input before it has bound is taken from here; any other is compared.
 */
export function printBinding(printer: Printer, inputs: readonly PlanPort[], sizes: Sizes): void {
  const bound = new Set<string>();
  const ordered = inBindingOrder(inputs);
  const places = new Map(inputs.map((port, at) => [port, at]));
  for (const port of ordered) printInput(printer, ordered, port, places.get(port)!, bound, sizes);
}

/** The inputs as a call binds them: `f32[N + K]` behind what gives `K`, wherever it is declared. */
export function inBindingOrder(inputs: readonly PlanPort[]): readonly PlanPort[] {
  const { order } = solvingOrder(inputs.map(({ type }) => type.shape));
  return [...new Set([...order.map((at) => inputs[at]!), ...inputs])];
}

/** The input whose run a later one in binding order must repeat size by size, if the port is such a later one. */
export function earlierRun(ordered: readonly PlanPort[], port: PlanPort): PlanPort | undefined {
  const own = port.type.shape.find(isRun);
  const first =
    own && ordered.find(({ type }) => type.shape.some((dim) => isRun(dim) && same(dim.product, own.product)));
  return first === port ? undefined : first;
}

/** The test that the run in `s` is not the one in `r`; their products are compared as sizes. */
function otherRun(shape: readonly Dim[], earlier: readonly Dim[]): string {
  const [at, from] = [shape.findIndex(isRun), earlier.findIndex(isRun)];
  const ranks = `s.length - ${shape.length} !== r.length - ${earlier.length}`;
  return `(s && r && (${ranks} || !sameRun(s, ${at}, s.length - ${shape.length - 1 - at}, r, ${from})))`;
}

/** The symbols that inputs bind, in order. */
export function boundSymbols(inputs: readonly PlanPort[]): string[] {
  const names = new Set<string>();
  for (const port of inputs) for (const dim of port.type.shape) symbolsOf(extent(dim), names);
  return [...names];
}

function printInput(
  printer: Printer,
  ordered: readonly PlanPort[],
  port: PlanPort,
  at: number,
  bound: Set<string>,
  sizes: Sizes,
): void {
  const { batch } = port;
  const { shape } = port.type;
  const refuse = `refuse(inputs[${at}], s, x);`;
  const run = shape.findIndex(isRun);
  const earlier = earlierRun(ordered, port);
  printer.open(`function ${bindName(port.name)}(value${earlier ? ", r" : ""}) {`);
  // First of all: what is read of a shape below may rely on its being a list of sizes.
  printer.line(`const x = dataOf(inputs[${at}], value);`).line("const { shape: s } = value;");
  const fresh = [...new Set(shape.flatMap((dim) => [...symbolsOf(extent(dim))]))].filter(
    (name) => !bound.has(name),
  );
  const runName = run < 0 ? undefined : asSymbol(extent(shape[run]!));
  const takesRun = runName !== undefined && fresh.includes(runName);
  const taken = fresh.filter((name) => name !== runName);
  const others = product(shape.filter((_, axis) => axis !== run).map(extent));
  const sources = sourcesOf(shape, bound);
  const leads = batch !== undefined && ordered.find((other) => other.batch === batch) === port;
  const uses = sizes.uses;
  const takes = sources.map((source) => takeFromShape(port, source, sizes));
  // The least rank that fits: an empty run, whose product is 1, or no batch axis.
  const one = takesRun ? runName : leads && taken.length > 1 ? batch : undefined;
  const unknown = taken.filter((name) => name !== one);
  const least = shape.filter((dim) => one === undefined || asSymbol(extent(dim)) !== one);
  const solved = unknown.length === 1 ? solveFromLength(least, unknown[0]!, sizes) : undefined;
  const needsShape = taken.length > 0 && solved === undefined;
  const fixed = shape.flatMap((dim, axis) =>
    isRun(dim) || (asSymbol(dim) !== undefined && sources.some((source) => source.axis === axis))
      ? []
      : [
          `${within(entry(port, axis), precedence.equal)} !== ${within(sizes.text(dim), precedence.equal + 1)}`,
        ],
  );
  // The one number that is asked for cannot stand in a shape that is too short to have it.
  const long = run >= 0 && shape.length === 2 && fixed.length === 1;
  const rank =
    run < 0 ? [`s.length !== ${shape.length}${less(port)}`] : long ? [] : [`s.length < ${shape.length - 1}`];
  const ofShape = [...rank, ...fixed].join(" || ");
  const tests = [
    ...fresh.map((name) => `${sizeName(name)} % 1`),
    ...sources.filter(mayBeNegative).map(({ name }) => `${sizeName(name)} < 0`),
    ...(ofShape === "" ? [] : [`(s && (${ofShape}))`]),
    ...(takesRun ? [] : [`x.length !== ${within(sizes.text(elements(shape)), precedence.equal + 1)}`]),
    ...(earlier ? [otherRun(shape, earlier.type.shape)] : []),
  ];
  // What has a name is computed before it is used: here, or as soon as this input has given what it needs.
  const compute = (): void => {
    if (sizes.uses > uses) for (const line of sizes.take(bound)) printer.line(line);
  };
  compute();
  if (leads) printer.line(`${unbatchedName(batch)} = s?.length < ${shape.length} ? 1 : 0;`);
  if (taken.length > 0) {
    printer.open("if (s) {");
    const known = new Set(bound);
    for (const [i, { name }] of sources.entries()) {
      if (sizes.uses > uses && i > 0) for (const { line } of sizes.open(known)) printer.line(line);
      printer.line(takes[i]!);
      known.add(name);
    }
    if (takesRun) printer.line(`${sizeName(runName)} = 1;`).line(takeRunFromShape(shape, run, runName));
    if (solved === undefined) printer.close(`} else ${refuse}`);
    else {
      printer.reopen("} else {").line(solved);
      if (one !== undefined) printer.line(`${sizeName(one)} = 1;`);
      printer.close("}");
    }
  } else if (takesRun) {
    const fromLength = `${sizeName(runName)} = ${divided("x.length", others, sizes)};`;
    if (typeof others === "number" && others > 0) printer.line(fromLength);
    else {
      printer.line(`${sizeName(runName)} = 1;`).line(`if (s) ${takeRunFromShape(shape, run, runName)}`);
      if (others !== 0) printer.line(`else if (${sizes.text(others).text}) ${fromLength}`);
    }
  }
  if (leads && !needsShape) printer.line(`if (!s && ${sizeName(batch)} === 1) ${unbatchedName(batch)} = 1;`);
  for (const name of fresh) bound.add(name);
  compute();
  printer.line(`if (${tests.join(" || ")}) ${refuse}`).line("return x;");
  printer.close("}");
}

export function bindName(name: string): string {
  return `bind_${identifier(name)}`;
}

/** `s[0]`, or counted from the end behind a run. A batch axis that is left out has the size 1. */
function entry(port: PlanPort, axis: number): JsText {
  const { shape } = port.type;
  const run = shape.findIndex(isRun);
  if (run >= 0 && axis > run)
    return { text: `s[s.length - ${shape.length - axis}]`, precedence: precedence.call };
  if (axis > 0 || port.batch === undefined)
    return { text: `s[${axis}${less(port)}]`, precedence: precedence.call };
  return { text: `${unbatchedName(port.batch)} || s[0]`, precedence: precedence.or };
}

/** What a shape without the batch axis is shorter by. */
function less({ batch }: PlanPort): string {
  return batch === undefined ? "" : ` - ${unbatchedName(batch)}`;
}

/** Sizes are not negative, so that neither is a multiple of one. */
function mayBeNegative({ coefficient, rest }: Source): boolean {
  return rest !== 0 || (typeof coefficient === "number" && coefficient < 0);
}

function takeFromShape(port: PlanPort, { axis, name, coefficient, rest }: Source, sizes: Sizes): string {
  return `${sizeName(name)} = ${divided(minus(entry(port, axis).text, rest, sizes), coefficient, sizes)};`;
}

/** Not from the number of values: that is 0 where any size is. */
function takeRunFromShape(shape: readonly Dim[], run: number, name: string): string {
  const after = shape.length - 1 - run;
  const end = after === 0 ? "s.length" : `s.length - ${after}`;
  return `for (let i = ${run}; i < ${end}; i++) ${sizeName(name)} *= s[i];`;
}

/** Without a shape, one unknown size follows from the number of values where that is linear in it. */
function solveFromLength(shape: readonly Dim[], name: string, sizes: Sizes): string | undefined {
  const linear = linearIn(elements(shape), name);
  if (!linear) return undefined;
  return `${sizeName(name)} = ${divided(minus("x.length", linear.rest, sizes), linear.coefficient, sizes)};`;
}

function minus(text: string, size: Size, sizes: Sizes): string {
  return size === 0 ? text : `(${text} - ${within(sizes.text(size), precedence.add + 1)})`;
}

function divided(text: string, by: Size, sizes: Sizes): string {
  return by === 1 ? text : `${text} / ${within(sizes.text(by), precedence.mul + 1)}`;
}

export function arrayType(dtype: Dtype): string {
  return dtypeRows[dtype].array.name;
}

/** The JS text of an output's shape, given the run of the call in `lead`. */
export function shapeText({ type: { shape }, batch }: PlanPort, sizes: Sizes): string {
  const all = `[${shape.map((dim) => (isRun(dim) ? "...lead" : sizes.text(dim).text)).join(", ")}]`;
  return batch === undefined ? all : `${all}.slice(${unbatchedName(batch)})`;
}

/** The first input with a run says how the run's sizes are read off its shape. */
export function leadText(
  inputs: readonly PlanPort[],
  shapeOf: (port: PlanPort) => string,
  sizes: Sizes,
): { text: string } | undefined {
  const input = inputs.findIndex((port) => port.type.shape.some(isRun));
  if (input < 0) return undefined;
  const { shape } = inputs[input]!.type;
  const run = shape.findIndex(isRun);
  const after = shape.length - 1 - run;
  const name = sizes.text(extent(shape[run]!)).text;
  const s = shapeOf(inputs[input]!);
  const slice = after === 0 ? `${s}.slice(${run})` : `${s}.slice(${run}, -${after})`;
  return { text: `${s} ? ${slice} : ${name} === 1 ? [] : [${name}]` };
}
