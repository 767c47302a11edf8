/**
 * The plan is the form that a target prints. A kernel is one function over flat buffers: loops, accumulators, stores.
 * Loop bounds and indices are integer expressions (`ir/size/size.ts`) over sizes, loop variables and integer locals.
 */
import type { Parameter, SizeCheck } from "../graph/graph.ts";
import type { MapName, ReduceName } from "../graph/primitives.ts";
import { key, same, substitute, symbolsOf, type Size } from "../size/size.ts";
import type { Dtype } from "../dtype.ts";
import type { Directive } from "./directive.ts";
import type { DrawStatement } from "./draw-statement.ts";
import type { TensorType } from "../types.ts";
import { exactText } from "../text/quoting.ts";

export interface Plan {
  readonly name: string;
  /** What the kernels are made for. */
  readonly target: TargetName;
  /** Whether sums of products may be rounded once or twice for each term, as the machine likes. */
  readonly relaxed?: true;
  /** Whether threads may share the work of kernels, which then take ranges of rounds. */
  readonly threads?: true;
  /** Set where random numbers are those of the fast generator, and not PyTorch's. */
  readonly rng?: "fast";
  readonly inputs: readonly PlanPort[];
  readonly outputs: readonly PlanPort[];
  readonly parameters: readonly Parameter[];
  readonly checks: readonly SizeCheck[];
  /** The calls that need parameters only: `create` runs them once, and `refresh` again. */
  readonly prepare: readonly Call[];
  readonly run: readonly Call[];
  /** The loops over calls of `run`, outer ones before those in them. */
  readonly loops: readonly CallLoop[];
  /** Memory for temporaries and scratch of `prepare` and of `run`. Empty until it is planned. */
  readonly slots: { readonly prepare: readonly Slot[]; readonly run: readonly Slot[] };
  /** The new values of the state, which are copied into its buffers after the last call of a run. */
  readonly updates: readonly { readonly path: string; readonly from: Buffer }[];
}

/** The names of targets, and whether their kernels may round what others read; `compiler/target/` has all else about them. */
export const targetNames = { js: { rounds: false }, wasm: { rounds: true } } as const;

export type TargetName = keyof typeof targetNames;

/** A piece of memory, as large as the largest of the buffers that lie in it one after the other. */
export interface Slot {
  readonly dtype: Dtype;
  readonly sizes: readonly Size[];
}

export interface PlanPort {
  readonly name: string;
  /** The type as the user sees it, runs included. */
  readonly type: TensorType;
  /** As in `Port` of the graph: the first size, where a call may leave that axis out. */
  readonly batch?: string;
}

/** Inputs and outputs as the user sees them, runs included: the tensor graph knows only their products. */
export interface Signature {
  readonly inputs: readonly PlanPort[];
  readonly outputs: readonly PlanPort[];
}

/** A kernel with its arguments. */
export interface Call {
  readonly kernel: Kernel;
  /** The memory for each of the kernel's buffers. */
  readonly buffers: readonly Buffer[];
  /** The value of each of the kernel's sizes. */
  readonly sizes: readonly Size[];
  /**
   * The number of the group that it computes, or a part of which, among those that `fuse` made of its half. A call that only
   * copies weights has none.
   */
  readonly group?: number;
}

/** The calls of `run` from place `from` up to `to`, which run once for each value of `step`: 0 up to `count - 1`, or backwards. */
export interface CallLoop {
  /** The symbol that stands in the sizes of the calls. */
  readonly step: string;
  readonly count: Size;
  readonly reverse: boolean;
  readonly from: number;
  readonly to: number;
}

/** A flat array. Temporaries and scratch share slots of memory by lifetime (pass `memory`). */
export interface Buffer {
  readonly name: string;
  readonly dtype: Dtype;
  readonly size: Size;
  readonly storage: "input" | "output" | "parameter" | "prepared" | "temporary" | "scratch";
  /** The slot of a temporary or scratch, once memory is planned. */
  readonly slot?: number;
  /** The id of the tensor graph's node that a temporary holds. The printed form leaves it out. */
  readonly node?: number;
}

export interface Kernel {
  readonly name: string;
  readonly buffers: readonly KernelBuffer[];
  readonly sizes: readonly string[];
  readonly body: readonly Statement[];
  /** The directives that were applied to its loops, in this order. */
  readonly schedule: readonly Directive[];
  /** The pool in which all expressions of the body were made. */
  readonly pool: Expressions;
}

export interface KernelBuffer {
  readonly name: string;
  readonly dtype: Dtype;
  readonly access: "read" | "write" | "both";
}

export type Statement =
  | Loop
  /** Names a value for the statements after it. The name of an i32 may be used in indices. */
  | { readonly kind: "let"; readonly name: string; readonly value: Expression }
  | {
      readonly kind: "accumulator";
      readonly name: string;
      readonly reduce: ReduceName;
      readonly type: PlanType;
    }
  | {
      readonly kind: "accumulate";
      readonly name: string;
      /** The reduction and the type are those of the accumulator. */
      readonly reduce: ReduceName;
      readonly type: PlanType;
      readonly value: Expression;
    }
  | Store
  | DrawStatement
  /** Throws RangeError unless 0 <= name < below. */
  | { readonly kind: "check"; readonly name: string; readonly below: Size; readonly message: string };

export interface Loop {
  readonly kind: "loop";
  /** Its name in directives, such as `i` or `i.rest`, and whether threads may share its rounds: only while `schedule` runs. */
  readonly id?: string;
  readonly parallel?: boolean;
  readonly index: string;
  readonly from: Size;
  /** Exclusive. */
  readonly to: Size;
  readonly step: number;
  readonly body: readonly Statement[];
}

export interface Store {
  readonly kind: "store";
  readonly buffer: string;
  /** The place is `at + index * stride`, as in a load. Of stores to one place the last one counts. */
  readonly at: Size;
  readonly index?: Expression;
  readonly stride?: Size;
  readonly value: Expression;
  /** Lanes go to elements that are so far apart, by default to neighbours. */
  readonly step?: Size;
  /** The condition under which 0 is stored instead. It becomes a mask on the stored bits, which needs no branch. */
  readonly zeroWhere?: Expression;
}

/**
 * The type of a value while a kernel computes with it: `lanes` numbers of a dtype side by side, as in a vector register. Without
 * vectors there is one.
 */
export interface PlanType {
  readonly dtype: Dtype;
  readonly lanes: 1 | 2 | 4 | 8 | 16;
}

/**
 * A value and its type. Where the type is f32 a value is rounded to float32, where it is i32 it wraps. An operand may be of a
 * narrower type than the map computes in (`widens`): each float32 and each i32 is a float64.
 *
 * A value of several lanes is that many numbers. Maps compute lane by lane, a number stands in every lane, and a cast of one
 * number to several lanes repeats it.
 */
export type Expression = (
  | { readonly kind: "number"; readonly value: number }
  /** An integer expression as an i32. */
  | { readonly kind: "size"; readonly size: Size }
  | { readonly kind: "local"; readonly name: string }
  /**
   * `buffer[at + index * stride]`, converted to the type of the expression: a float32 from memory becomes a float64 in
   * JavaScript. The next lane has the element that is `step` further, by default the next one.
   */
  | {
      readonly kind: "load";
      readonly buffer: string;
      readonly at: Size;
      readonly index?: Expression;
      readonly stride?: Size;
      readonly step?: Size;
    }
  | { readonly kind: "map"; readonly map: MapName; readonly operands: readonly Expression[] }
  /** The operand, converted to the type of the expression, and repeated where that has more lanes. */
  | { readonly kind: "cast"; readonly operand: Expression }
  /** The operand, `fallback` where the bounds 0 <= at < below do not hold: a window past the edge. */
  | {
      readonly kind: "guard";
      readonly at: Size;
      readonly below: Size;
      readonly operand: Expression;
      readonly fallback: number;
    }
  /** An index that was read from data; a RangeError unless 0 <= operand < below. */
  | { readonly kind: "checked"; readonly operand: Expression; readonly below: Size; readonly message: string }
  /** The lanes of the operand reduced to one number, halves first: of four lanes (0 + 2) + (1 + 3). */
  | { readonly kind: "across"; readonly reduce: ReduceName; readonly operand: Expression }
) & { readonly id: number; readonly type: PlanType };

type Bare<T> = T extends unknown ? Omit<T, "id"> : never;
type BareExpression = Bare<Expression>;

const scalars: { readonly [D in Dtype]: PlanType } = {
  f32: { dtype: "f32", lanes: 1 },
  f64: { dtype: "f64", lanes: 1 },
  i32: { dtype: "i32", lanes: 1 },
  bool: { dtype: "bool", lanes: 1 },
  f16: { dtype: "f16", lanes: 1 },
  i8: { dtype: "i8", lanes: 1 },
};

/** One number of a dtype. */
export function scalar(dtype: Dtype): PlanType {
  return scalars[dtype];
}

/** So many numbers of a dtype. */
export function vector(dtype: Dtype, lanes: PlanType["lanes"]): PlanType {
  return lanes === 1 ? scalars[dtype] : { dtype, lanes };
}

/** `i32`, `f32x4` */
export function planTypeText({ dtype, lanes }: PlanType): string {
  return lanes === 1 ? dtype : `${dtype}x${lanes}`;
}

/** Whether each value of a type is one of the other as it stands. */
export function widens(from: PlanType, to: PlanType): boolean {
  if (from.lanes !== to.lanes) return false;
  return from.dtype === to.dtype || (to.dtype === "f64" && from.dtype !== "bool");
}

/** Makes equal expressions once, so that identity is equality and a pass can remember what it saw. */
export class Expressions {
  readonly #made = new Map<string, Expression>();
  readonly #hints = new Map<number, string>();

  /** The name that the source has for a value. If the value becomes a local, this is its name; nothing else depends on it. */
  hint(e: Expression): string | undefined {
    return this.#hints.get(e.id);
  }
  setHint(e: Expression, hint: string | undefined): void {
    if (hint !== undefined && !this.#hints.has(e.id)) this.#hints.set(e.id, hint);
  }

  #make(expression: BareExpression): Expression {
    const text = shallowKey(expression);
    let made = this.#made.get(text);
    if (!made) {
      made = { ...expression, id: this.#made.size };
      this.#made.set(text, made);
    }
    return made;
  }

  number(value: number, type: PlanType): Expression {
    return this.#make({ kind: "number", value, type });
  }
  size(size: Size): Expression {
    const type = scalar("i32");
    return typeof size === "number" ? this.number(size, type) : this.#make({ kind: "size", size, type });
  }
  local(name: string, type: PlanType): Expression {
    return this.#make({ kind: "local", name, type });
  }
  load(buffer: string, type: PlanType, at: Size, row?: Row, step: Size = 1): Expression {
    return this.#make({ kind: "load", buffer, at, ...row, ...(step !== 1 && { step }), type });
  }
  map(map: MapName, operands: readonly Expression[], type: PlanType): Expression {
    return this.#make({ kind: "map", map, operands, type });
  }
  cast(operand: Expression, type: PlanType): Expression {
    return this.#make({ kind: "cast", operand, type });
  }
  guard(operand: Expression, { at, below, fallback }: Bounds & { readonly fallback: number }): Expression {
    // guard(c, 0, 0) -> 0
    if (operand.kind === "number" && Object.is(operand.value, fallback)) return operand;
    // guard(c, guard(c, x)) -> guard(c, x)
    const again = operand.kind === "guard" && same(operand.at, at) && same(operand.below, below);
    if (again && Object.is(operand.fallback, fallback)) return operand;
    return this.#make({ kind: "guard", at, below, operand, fallback, type: operand.type });
  }
  checked(operand: Expression, below: Size, message: string): Expression {
    return this.#make({ kind: "checked", operand, below, message, type: operand.type });
  }
  across(reduce: ReduceName, operand: Expression): Expression {
    return this.#make({ kind: "across", reduce, operand, type: scalar(operand.type.dtype) });
  }
}

/** The part of a load's place that data decide: `index` rows of `stride` elements. */
interface Row {
  readonly index: Expression;
  readonly stride: Size;
}

/** 0 <= at < below */
interface Bounds {
  readonly at: Size;
  readonly below: Size;
}

/** Names the type where the parts do not imply it. */
function shallowKey(e: BareExpression): string {
  switch (e.kind) {
    case "number":
      return `#${exactText(e.value)}:${planTypeText(e.type)}`;
    case "size":
      return `s${key(e.size)}`;
    case "local":
      return `v${e.name}:${planTypeText(e.type)}`;
    case "load":
      return `l${e.buffer}:${planTypeText(e.type)}[${key(e.at)}${e.index ? `+${e.index.id}*${key(e.stride ?? 1)}` : ""}]${e.step === undefined ? "" : key(e.step)}`;
    case "map":
      return `${e.map}:${planTypeText(e.type)}(${e.operands.map((operand) => operand.id).join(",")})`;
    case "cast":
      return `c${planTypeText(e.type)}(${e.operand.id})`;
    case "guard":
      return `g${key(e.at)}<${key(e.below)}(${e.operand.id},${exactText(e.fallback)})`;
    case "checked":
      return `k${key(e.below)}(${e.operand.id},${e.message})`;
    case "across":
      return `a${e.reduce}(${e.operand.id})`;
  }
}

export function operandsOf(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case "map":
      return e.operands;
    case "cast":
    case "guard":
    case "checked":
    case "across":
      return [e.operand];
    case "load":
      return e.index ? [e.index] : [];
    default:
      return [];
  }
}

/** The integer expressions in an expression itself, without those in its operands. */
export function sizesIn(e: Expression): readonly Size[] {
  switch (e.kind) {
    case "size":
      return [e.size];
    case "load":
      return [e.at, e.stride, e.step].filter((size) => size !== undefined);
    case "guard":
      return [e.at, e.below];
    case "checked":
      return [e.below];
    default:
      return [];
  }
}

/** How `rebuild` changes an expression: its operands, its integer expressions, or all of it. */
export interface Change {
  readonly size?: (size: Size) => Size;
  /** Given an expression with changed operands; may return another. */
  readonly expression?: (e: Expression) => Expression;
}

/** The expression after a change, from the operands up; shared parts are changed once. */
export function rebuild(
  pool: Expressions,
  root: Expression,
  change: Change,
  done: Map<number, Expression> = new Map(),
): Expression {
  const known = done.get(root.id);
  if (known) return known;
  const size = change.size ?? ((s: Size): Size => s);
  const visit = (e: Expression): Expression => rebuild(pool, e, change, done);
  let made: Expression = root;
  switch (root.kind) {
    case "size":
      made = pool.size(size(root.size));
      break;
    case "load":
      made = pool.load(
        root.buffer,
        root.type,
        size(root.at),
        root.index && { index: visit(root.index), stride: size(root.stride ?? 1) },
        root.step === undefined ? 1 : size(root.step),
      );
      break;
    case "map":
      made = pool.map(root.map, root.operands.map(visit), root.type);
      break;
    case "cast":
      made = pool.cast(visit(root.operand), root.type);
      break;
    case "guard":
      made = pool.guard(visit(root.operand), {
        at: size(root.at),
        below: size(root.below),
        fallback: root.fallback,
      });
      break;
    case "checked":
      made = pool.checked(visit(root.operand), size(root.below), root.message);
      break;
    case "across":
      made = pool.across(root.reduce, visit(root.operand));
      break;
    default:
      break;
  }
  pool.setHint(made, pool.hint(root));
  if (change.expression) made = change.expression(made);
  done.set(root.id, made);
  return made;
}

/** A statement with every expression and integer expression in it changed. */
export function rebuildStatement(pool: Expressions, statement: Statement, change: Change): Statement {
  const done = new Map<number, Expression>();
  const visit = (e: Expression): Expression => rebuild(pool, e, change, done);
  const size = change.size ?? ((s: Size): Size => s);
  switch (statement.kind) {
    case "loop":
      return {
        ...statement,
        from: size(statement.from),
        to: size(statement.to),
        body: statement.body.map((inner) => rebuildStatement(pool, inner, change)),
      };
    case "let":
    case "accumulate":
      return { ...statement, value: visit(statement.value) };
    case "store":
      return {
        ...statement,
        at: size(statement.at),
        value: visit(statement.value),
        ...(statement.index && { index: visit(statement.index), stride: size(statement.stride ?? 1) }),
        ...(statement.step !== undefined && { step: size(statement.step) }),
        ...(statement.zeroWhere && { zeroWhere: visit(statement.zeroWhere) }),
      };
    case "check":
      return { ...statement, below: size(statement.below) };
    case "draw":
      return { ...statement, count: size(statement.count) };
    case "accumulator":
      return statement;
  }
}

/** Replaces integer symbols and locals by name. */
export function renaming(
  pool: Expressions,
  sizes: ReadonlyMap<string, Size>,
  locals: ReadonlyMap<string, string> = new Map(),
): Change {
  return {
    size: (size) => substitute(size, sizes),
    expression: (e) => {
      const name = e.kind === "local" ? locals.get(e.name) : undefined;
      return name === undefined ? e : pool.local(name, e.type);
    },
  };
}

/** The expressions a statement evaluates itself, not those of statements inside it. */
export function rootsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case "let":
    case "accumulate":
      return [statement.value];
    case "store": {
      const { value, zeroWhere, index } = statement;
      return [value, ...(zeroWhere ? [zeroWhere] : []), ...(index ? [index] : [])];
    }
    default:
      return [];
  }
}

/** Every statement, outer ones first. */
export function* walk(statements: readonly Statement[]): Generator<Statement> {
  for (const statement of statements) {
    yield statement;
    if (statement.kind === "loop") yield* walk(statement.body);
  }
}

/** Visits an expression and all its parts, each once. */
export function visitExpressions(
  roots: readonly Expression[],
  visit: (e: Expression) => void,
  seen: Set<number> = new Set(),
): void {
  const stack = [...roots];
  while (stack.length > 0) {
    const e = stack.pop()!;
    if (seen.has(e.id)) continue;
    seen.add(e.id);
    visit(e);
    stack.push(...operandsOf(e));
  }
}

/** All integer expressions of a statement and of what is inside it. */
export function sizesOfStatement(statement: Statement): Size[] {
  const sizes: Size[] = [];
  for (const inner of walk([statement])) {
    if (inner.kind === "loop") sizes.push(inner.from, inner.to);
    if (inner.kind === "store")
      sizes.push(...[inner.at, inner.stride, inner.step].filter((size) => size !== undefined));
    if (inner.kind === "check") sizes.push(inner.below);
    if (inner.kind === "draw") sizes.push(inner.count);
    visitExpressions(rootsOf(inner), (e) => sizes.push(...sizesIn(e)));
  }
  return sizes;
}

/** The symbols of a kernel that nothing in it defines: its size parameters, in a stable order. */
export function freeSymbols(body: readonly Statement[]): string[] {
  const used = new Set<string>();
  const defined = new Set<string>();
  for (const statement of walk(body)) {
    if (statement.kind === "loop") defined.add(statement.index);
    if (statement.kind === "let") defined.add(statement.name);
  }
  for (const statement of body) for (const size of sizesOfStatement(statement)) symbolsOf(size, used);
  return [...used].filter((name) => !defined.has(name)).sort();
}
