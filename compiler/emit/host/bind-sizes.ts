/** JS text that computes the sizes of a call from its inputs, and checks the inputs' shapes. */
import { dtypeRows, type Dtype } from "../../ir/dtype.ts";
import { SIZE, boundsOf, floorDivRange, subRange } from "../../ir/size/bounds.ts";
import { precedence, bracketed, type JsText } from "../../ir/graph/primitives.ts";
import { asSymbol, linearIn, product, same, symbolsOf, type Size } from "../../ir/size/size.ts";
import { solvingOrder, sourcesOf, type SymbolSource } from "../../ir/size/symbol-sources.ts";
import { elements, extent, isRun, type Dim } from "../../ir/types.ts";
import { identifier } from "../../ir/text/identifiers.ts";
import { sizeName, type SizeVariables } from "./size-variables.ts";
import type { PlanPort } from "../../ir/plan/plan.ts";
import type { Printer } from "../js/code-printer.ts";

/** The variable that is 1 where a call leaves out the batch axes of this size, else 0. */
export function unbatchedName(batch: string): string {
  return `unbatched_${identifier(batch)}`;
}

/** The sizes of batch axes that a call may leave out. */
export function batchesOf(inputs: readonly PlanPort[]): string[] {
  return [...new Set(inputs.flatMap(({ batch }) => batch ?? []))];
}

/**
 * Prints `bind_x(value)` for each input. It returns the input's data `x`; `s` is the shape, if the value has one. A
 * size that no earlier input has bound is taken from this one; any other size is compared.
 */
export function printBinding(printer: Printer, inputs: readonly PlanPort[], sizes: SizeVariables): void {
  const bound = new Set<string>();
  for (const binding of bindingsOf(inputs)) printInput(printer, binding, bound, sizes);
}

/** The sizes that a call takes from one input. */
interface Binding {
  readonly port: PlanPort;
  /** The index of the input in order of declaration. */
  readonly at: number;
  /** The names of the sizes that it binds: those that no earlier input has bound. */
  readonly fresh: readonly string[];
  /** How these are computed from the sizes of its shape; the run is apart. */
  readonly sources: readonly SymbolSource[];
  /** The axis and name of the run, if this input binds it. */
  readonly run: { readonly axis: number; readonly name: string } | undefined;
  /** The size of the batch axis, if this is the first input that may lack it. */
  readonly batch: string | undefined;
  readonly flat: Flat;
  /** The earlier input whose run this one's must equal size by size. */
  readonly earlier: PlanPort | undefined;
}

/** How the sizes that an input binds are found if it is given as a flat array, without a shape. */
type Flat =
  /** The input binds no size. */
  | { readonly kind: "none" }
  /** It binds the run: the run's product is the number of values divided by the product of the other sizes. */
  | { readonly kind: "run" }
  /**
   * It binds one size, which follows from the number of values if the size `one` is 1: that of an empty run, or of a
   * batch axis that is left out.
   */
  | {
      readonly kind: "solved";
      readonly name: string;
      readonly from: Linear;
      readonly one: string | undefined;
    }
  /** The number of values does not determine the sizes, so the call must give a shape. */
  | { readonly kind: "refused" };

type Linear = NonNullable<ReturnType<typeof linearIn>>;

/** What each input binds, in the order in which a call binds them. */
function bindingsOf(inputs: readonly PlanPort[]): Binding[] {
  const bound = new Set<string>();
  const ordered = inBindingOrder(inputs);
  const places = new Map(inputs.map((port, at) => [port, at]));
  return ordered.map((port): Binding => {
    const { batch, type } = port;
    const { shape } = type;
    const names = new Set(shape.flatMap((dim) => [...symbolsOf(extent(dim))]));
    const fresh = [...names].filter((name) => !bound.has(name));
    const axis = shape.findIndex(isRun);
    const name = axis < 0 ? undefined : asSymbol(extent(shape[axis]!));
    const run = name !== undefined && fresh.includes(name) ? { axis, name } : undefined;
    const isFirst = batch !== undefined && ordered.find((other) => other.batch === batch) === port;
    const binding = {
      port,
      at: places.get(port)!,
      fresh,
      sources: sourcesOf(shape, bound),
      run,
      batch: isFirst ? batch : undefined,
      flat: flatOf(
        shape,
        fresh.filter((one) => one !== name),
        run?.name,
        isFirst ? batch : undefined,
      ),
      earlier: earlierRun(ordered, port),
    };
    for (const one of fresh) bound.add(one);
    return binding;
  });
}

/** How to bind the sizes of a flat array. `taken` are the names of the sizes that the input binds besides its run. */
function flatOf(
  shape: readonly Dim[],
  taken: readonly string[],
  run: string | undefined,
  batch: string | undefined,
): Flat {
  if (taken.length === 0) return { kind: run === undefined ? "none" : "run" };
  // A flat array has the least rank that fits: the run is empty, with product 1, or the batch axis is left out.
  const one = run ?? (taken.length > 1 ? batch : undefined);
  const [name, ...others] = taken.filter((size) => size !== one);
  if (name === undefined || others.length > 0) return { kind: "refused" };
  const least = shape.filter((dim) => one === undefined || asSymbol(extent(dim)) !== one);
  const from = linearIn(elements(least), name);
  return from ? { kind: "solved", name, from, one } : { kind: "refused" };
}

/**
 * The inputs in the order in which a call binds them: `f32[N + K]` comes after the input that determines `K`, wherever
 * it is declared.
 */
export function inBindingOrder(inputs: readonly PlanPort[]): readonly PlanPort[] {
  const { order } = solvingOrder(inputs.map(({ type }) => type.shape));
  return [...new Set([...order.map((at) => inputs[at]!), ...inputs])];
}

/** The input whose run a port must repeat size by size, if an earlier input in binding order has this run. */
export function earlierRun(ordered: readonly PlanPort[], port: PlanPort): PlanPort | undefined {
  const own = port.type.shape.find(isRun);
  const first =
    own && ordered.find(({ type }) => type.shape.some((dim) => isRun(dim) && same(dim.product, own.product)));
  return first === port ? undefined : first;
}

/**
 * The test that the run in the shape `s` differs from the one in `r`. Their products are compared as sizes elsewhere.
 */
function otherRun(shape: readonly Dim[], earlier: readonly Dim[]): string {
  const [at, from] = [shape.findIndex(isRun), earlier.findIndex(isRun)];
  const ranks = `s.length - ${shape.length} !== r.length - ${earlier.length}`;
  return `(s && r && (${ranks} || !sameRun(s, ${at}, s.length - ${shape.length - 1 - at}, r, ${from})))`;
}

/** The symbols that inputs bind, in the order of binding. */
export function boundSymbols(inputs: readonly PlanPort[]): string[] {
  const names = new Set<string>();
  for (const port of inputs) for (const dim of port.type.shape) symbolsOf(extent(dim), names);
  return [...names];
}

function printInput(printer: Printer, binding: Binding, bound: Set<string>, sizes: SizeVariables): void {
  const { port, at, fresh, run, batch, flat, earlier } = binding;
  const refuse = `refuse(inputs[${at}], s, x);`;
  printer.open(`function ${bindName(port.name)}(value${earlier ? ", r" : ""}) {`);
  // This comes first, because the lines below rely on the shape being a list of sizes.
  printer.line(`const x = dataOf(inputs[${at}], value);`).line("const { shape: s } = value;");
  const uses = sizes.uses;
  const takes = binding.sources.map((source) => takeFromShape(port, source, sizes));
  const solved = flat.kind === "solved" ? solveFromLength(flat, sizes) : undefined;
  const tests = testsOf(binding, sizes);
  const hasNamed = sizes.uses > uses;
  // A size with a name is computed before it is used: now, or as soon as this input has bound the sizes that it needs.
  const compute = (): void => {
    if (sizes.uses > uses) for (const line of sizes.take(bound)) printer.line(line);
  };
  compute();
  if (batch !== undefined)
    printer.line(`${unbatchedName(batch)} = s?.length < ${port.type.shape.length} ? 1 : 0;`);
  if (flat.kind === "run") printRun(printer, port, run!, sizes);
  else if (flat.kind !== "none") {
    printer.open("if (s) {");
    printTakes(printer, binding, takes, bound, hasNamed ? sizes : undefined);
    if (solved === undefined) printer.close(`} else ${refuse}`);
    else {
      printer.reopen("} else {");
      for (const line of solved) printer.line(line);
      printer.close("}");
    }
  }
  if (batch !== undefined && flat.kind !== "refused")
    printer.line(`if (!s && ${sizeName(batch)} === 1) ${unbatchedName(batch)} = 1;`);
  for (const name of fresh) bound.add(name);
  compute();
  printer.line(`if (${tests.join(" || ")}) ${refuse}`).line("return x;");
  printer.close("}");
}

/** Prints how the sizes of a shape are bound, each after the sizes that it is computed with. */
function printTakes(
  printer: Printer,
  { port, sources, run }: Binding,
  takes: readonly string[],
  bound: ReadonlySet<string>,
  named: SizeVariables | undefined,
): void {
  const known = new Set(bound);
  for (const [i, { name }] of sources.entries()) {
    if (named && i > 0) for (const { line } of named.open(known)) printer.line(line);
    printer.line(takes[i]!);
    known.add(name);
  }
  if (run) printer.line(`${sizeName(run.name)} = 1;`).line(takeRunFromShape(port.type.shape, run));
}

/** Prints how a run is bound alone: from the number of values, or from the shape where other sizes may be 0. */
function printRun(
  printer: Printer,
  port: PlanPort,
  run: NonNullable<Binding["run"]>,
  sizes: SizeVariables,
): void {
  const { shape } = port.type;
  const others = product(shape.filter((_, axis) => axis !== run.axis).map(extent));
  const fromLength = `${sizeName(run.name)} = ${divided("x.length", others, sizes)};`;
  if (typeof others === "number" && others > 0) printer.line(fromLength);
  else {
    printer.line(`${sizeName(run.name)} = 1;`).line(`if (s) ${takeRunFromShape(shape, run)}`);
    if (others !== 0) printer.line(`else if (${sizes.text(others).text}) ${fromLength}`);
  }
}

/** The tests that refuse an input, once its sizes are bound. */
function testsOf({ port, fresh, sources, run, earlier }: Binding, sizes: SizeVariables): string[] {
  const { shape } = port.type;
  const fixed = shape.flatMap((dim, axis) => {
    if (isRun(dim) || (asSymbol(dim) !== undefined && sources.some((source) => source.axis === axis)))
      return [];
    const wanted = bracketed(sizes.text(dim), precedence.equal + 1);
    return [`${bracketed(entry(port, axis), precedence.equal)} !== ${wanted}`];
  });
  const ofShape = [...rankTests(port, fixed.length), ...fixed].join(" || ");
  return [
    ...fresh.map((name) => `${sizeName(name)} % 1`),
    ...sources.filter(mayBeNegative).map(({ name }) => `${sizeName(name)} < 0`),
    ...(ofShape === "" ? [] : [`(s && (${ofShape}))`]),
    ...(run ? [] : [`x.length !== ${bracketed(sizes.text(elements(shape)), precedence.equal + 1)}`]),
    ...(earlier ? [otherRun(shape, earlier.type.shape)] : []),
  ];
}

/** The tests that a shape has the wrong rank. `fixed` is the number of its sizes that are compared. */
function rankTests(port: PlanPort, fixed: number): string[] {
  const { shape } = port.type;
  if (!shape.some(isRun)) return [`s.length !== ${shape.length}${less(port)}`];
  // A single compared size is undefined in a shape that is too short to have it, so comparing it is enough.
  return shape.length === 2 && fixed === 1 ? [] : [`s.length < ${shape.length - 1}`];
}

export function bindName(name: string): string {
  return `bind_${identifier(name)}`;
}

/**
 * The text of an axis's size: `s[0]`, or counted from the end if it is behind a run. A batch axis that is left out has
 * the size 1.
 */
function entry(port: PlanPort, axis: number): JsText {
  const { shape } = port.type;
  const run = shape.findIndex(isRun);
  if (run >= 0 && axis > run)
    return { text: `s[s.length - ${shape.length - axis}]`, precedence: precedence.call };
  if (axis > 0 || port.batch === undefined)
    return { text: `s[${axis}${less(port)}]`, precedence: precedence.call };
  return { text: `${unbatchedName(port.batch)} || s[0]`, precedence: precedence.or };
}

/** The text that subtracts 1 from a rank where the batch axis is left out. */
function less({ batch }: PlanPort): string {
  return batch === undefined ? "" : ` - ${unbatchedName(batch)}`;
}

/** Whether (size - rest) / coefficient may be negative for a size that is not. */
function mayBeNegative({ coefficient, rest }: SymbolSource): boolean {
  const [least] = floorDivRange(subRange(SIZE, boundsOf(rest)), boundsOf(coefficient));
  return least < 0;
}

function takeFromShape(
  port: PlanPort,
  { axis, name, coefficient, rest }: SymbolSource,
  sizes: SizeVariables,
): string {
  return `${sizeName(name)} = ${divided(minus(entry(port, axis).text, rest, sizes), coefficient, sizes)};`;
}

/** Takes a run from the shape. The number of values does not tell the run where another size is 0. */
function takeRunFromShape(shape: readonly Dim[], { axis, name }: NonNullable<Binding["run"]>): string {
  const after = shape.length - 1 - axis;
  const end = after === 0 ? "s.length" : `s.length - ${after}`;
  return `for (let i = ${axis}; i < ${end}; i++) ${sizeName(name)} *= s[i];`;
}

function solveFromLength(
  { name, from, one }: Extract<Flat, { kind: "solved" }>,
  sizes: SizeVariables,
): string[] {
  const value = divided(minus("x.length", from.rest, sizes), from.coefficient, sizes);
  return [`${sizeName(name)} = ${value};`, ...(one === undefined ? [] : [`${sizeName(one)} = 1;`])];
}

function minus(text: string, size: Size, sizes: SizeVariables): string {
  return size === 0 ? text : `(${text} - ${bracketed(sizes.text(size), precedence.add + 1)})`;
}

function divided(text: string, by: Size, sizes: SizeVariables): string {
  return by === 1 ? text : `${text} / ${bracketed(sizes.text(by), precedence.mul + 1)}`;
}

export function arrayType(dtype: Dtype): string {
  return dtypeRows[dtype].array.name;
}

/** The JS text of an output's shape, given the run of the call in `lead`. */
export function shapeText({ type: { shape }, batch }: PlanPort, sizes: SizeVariables): string {
  const all = `[${shape.map((dim) => (isRun(dim) ? "...lead" : sizes.text(dim).text)).join(", ")}]`;
  return batch === undefined ? all : `${all}.slice(${unbatchedName(batch)})`;
}

/** The text that reads the run's sizes off the shape of the first input with the run. */
export function leadText(
  inputs: readonly PlanPort[],
  shapeOf: (port: PlanPort) => string,
  sizes: SizeVariables,
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
