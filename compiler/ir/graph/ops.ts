/**
 * The facts about each kind of op of the tensor graph, one row a kind. Passes read the rows instead of naming kinds. A
 * new kind is then an error of the type checker here and in every switch over kinds.
 */
import { maps, reductions, type TensorOp } from "./primitives.ts";
import { draws } from "./draws.ts";
import { axisGroups } from "./reshape.ts";
import { same, symbol, type Size } from "../size/size.ts";

/**
 * The role of an op:
 * - `given`: its values are in memory before the first kernel runs.
 * - `literal`: its values are numbers or positions, which are computed wherever they are read.
 * - `view`: it shows elements of its operand at other places; lowering turns it into index arithmetic.
 * - `elementwise`: each element is computed from the elements of the operands at the same place.
 * - `lookup`: it takes elements of its first operand, at places that the second operand holds.
 * - `reduction`: it combines elements of one operand.
 * - `prefix`: it combines each element of one operand with those before it.
 * - `contraction`: it sums products of two operands.
 * - `concatenation`: it stores its operands one after the other.
 * - `scattering`: it stores elements of its first operand at places that the second operand holds.
 * - `drawn`: its values are random numbers, which the model draws into memory between its kernels.
 * - `state`: it copies its first operand to the state of a loop, or to one row of what a loop makes.
 * - `held`: its values are in memory that other kernels fill: the state that a loop leaves.
 */
export type Role =
  | "given"
  | "literal"
  | "view"
  | "elementwise"
  | "lookup"
  | "reduction"
  | "prefix"
  | "contraction"
  | "concatenation"
  | "scattering"
  | "drawn"
  | "state"
  | "held";

/** How the places of a view's elements differ from those of its operand. */
export interface ViewChanges {
  /** Axes are split or merged. Adding and removing axes of size 1 does not count. */
  readonly reshaped?: true;
  /** Indices are shifted, scaled or reordered. */
  readonly moved?: true;
  /** Axes are repeated. */
  readonly repeated?: true;
  /** Some places lie outside the operand, and are not read. */
  readonly guarded?: true;
  /** Some elements of the operand are left out. */
  readonly part?: true;
}

type Arity<Op> = number | "any" | ((op: Op) => number);

interface CommonRow<Op> {
  /** The number of operands. */
  readonly arity: Arity<Op>;
  /** The sizes among its attributes, beside those of its type. */
  readonly sizes: (op: Op) => readonly Size[];
  /**
   * For each axis of an operand, the axis of the result that the same loop walks, if there is one. The sizes are those
   * of the operand and of the result.
   */
  readonly axes: (
    op: Op,
    operand: number,
    from: readonly Size[],
    to: readonly Size[],
  ) => readonly (number | undefined)[];
  /** Whether the op can give other values at another call, with the same operands. */
  readonly varies: (op: Op, isUpdated: (path: string) => boolean) => boolean;
  /** How many of its first operands must be float32 numbers for its results to be; undefined where they never are. */
  readonly exactFrom: (op: Op) => number | undefined;
}

interface ViewRow<Op> extends CommonRow<Op> {
  readonly role: "view";
  readonly shown: ViewChanges;
}

interface OtherRow<Op> extends CommonRow<Op> {
  readonly role: Exclude<Role, "view">;
  /**
   * How many of its first operands must be in memory. With `whole`, only reshapes may be between a buffer and the op.
   */
  readonly stored?: { readonly operands: number; readonly whole: boolean };
}

type OpRow<Op> = ViewRow<Op> | OtherRow<Op>;
type Kind = TensorOp["kind"];

const none = (): readonly never[] => [];
const never = (): boolean => false;
const ALL = Infinity;

/** Each axis of the operand corresponds to the result's axis at the same place, if their sizes are equal. */
const inPlace = (
  _: unknown,
  __: number,
  from: readonly Size[],
  to: readonly Size[],
): (number | undefined)[] => from.map((size, axis) => (same(size, to[axis]!) ? axis : undefined));

const apart = (_: unknown, __: number, from: readonly Size[]): undefined[] => from.map(() => undefined);

const leaf = { arity: 0, sizes: none, axes: none, exactFrom: () => 0 } as const;
const elementwise = { role: "elementwise", sizes: none, axes: inPlace, varies: never } as const;

const opRows: { readonly [K in Kind]: OpRow<Extract<TensorOp, { kind: K }>> } = {
  map: {
    ...elementwise,
    arity: (op) => maps[op.map].arity,
    exactFrom: (op) => {
      const { keeps } = maps[op.map];
      return keeps === "always" ? 0 : keeps === true ? ALL : undefined;
    },
  },
  // A cast to f32 rounds any number to float32.
  cast: { ...elementwise, arity: 1, exactFrom: () => 0 },
  copy: { ...elementwise, arity: 1, exactFrom: () => 1 },
  reduce: {
    role: "reduction",
    arity: 1,
    sizes: none,
    axes: (op, _, from, to) =>
      from.map((size, axis) => (op.axes.includes(axis) || same(size, to[axis]!) ? axis : undefined)),
    varies: never,
    exactFrom: (op) => (reductions[op.reduce].chooses ? 1 : undefined),
  },
  prefix: {
    role: "prefix",
    arity: 1,
    sizes: none,
    axes: inPlace,
    varies: never,
    exactFrom: (op) => (reductions[op.reduce].chooses ? 1 : undefined),
  },
  contract: {
    role: "contraction",
    arity: 2,
    sizes: none,
    // The operands are in memory, so no loop is shared with them.
    axes: apart,
    varies: never,
    exactFrom: () => undefined,
    // A contraction reads each operand many times.
    stored: { operands: 2, whole: false },
  },
  window: {
    role: "view",
    arity: 1,
    shown: { moved: true, guarded: true },
    sizes: none,
    axes: inPlace,
    varies: never,
    exactFrom: (op) => (isFloat32(op.value) ? 1 : undefined),
  },
  sections: {
    role: "view",
    arity: 1,
    shown: { moved: true, guarded: true },
    sizes: (op) => [op.count, op.size],
    axes: (op, operand, from, to) =>
      inPlace(op, operand, from, to).map((axis) => (axis === op.axis ? undefined : axis)),
    varies: never,
    exactFrom: (op) => (isFloat32(op.value) ? 1 : undefined),
  },
  reshape: {
    role: "view",
    arity: 1,
    shown: { reshaped: true },
    sizes: none,
    axes: (_, __, from, to) => {
      const axes = new Array<number | undefined>(from.length).fill(undefined);
      for (const group of axisGroups(from, to))
        if (group.from.length === 1 && group.to.length === 1) axes[group.from[0]!] = group.to[0]!;
      return axes;
    },
    varies: never,
    exactFrom: () => 1,
  },
  permute: {
    role: "view",
    arity: 1,
    shown: { moved: true },
    sizes: none,
    axes: (op, _, from) => from.map((__, axis) => op.order.indexOf(axis)),
    varies: never,
    exactFrom: () => 1,
  },
  diagonal: {
    role: "view",
    arity: 1,
    shown: { moved: true, part: true },
    sizes: none,
    // Two axes of the operand move with one loop, so they are not its own.
    axes: ({ axes: [first, second] }, _, from) =>
      from.map((__, axis) =>
        axis === first || axis === second ? undefined : axis - (axis > second ? 1 : 0),
      ),
    varies: never,
    exactFrom: () => 1,
  },
  broadcast: {
    role: "view",
    arity: 1,
    shown: { repeated: true },
    sizes: none,
    axes: inPlace,
    varies: never,
    exactFrom: () => 1,
  },
  slice: {
    role: "view",
    arity: 1,
    shown: { moved: true, part: true },
    sizes: (op) => op.starts,
    axes: (op, operand, from, to) =>
      inPlace(op, operand, from, to).map((axis, i) =>
        op.starts[i] === 0 && op.steps[i] === 1 ? axis : undefined,
      ),
    varies: never,
    exactFrom: () => 1,
  },
  pad: {
    role: "view",
    arity: 1,
    shown: { moved: true, guarded: true },
    sizes: (op) => op.before,
    axes: (op, operand, from, to) =>
      inPlace(op, operand, from, to).map((axis, i) =>
        op.before[i] === 0 && op.interior[i] === 0 ? axis : undefined,
      ),
    varies: never,
    exactFrom: (op) => (isFloat32(op.value) ? 1 : undefined),
  },
  concat: {
    role: "concatenation",
    arity: "any",
    sizes: none,
    axes: inPlace,
    varies: never,
    exactFrom: () => ALL,
  },
  gather: {
    role: "lookup",
    arity: 2,
    sizes: none,
    axes: (op, operand, from) =>
      from.map((_, axis) => {
        if (operand === 0) return undefined;
        return axis < op.batch ? axis : axis - op.batch + op.axis;
      }),
    varies: never,
    exactFrom: () => 1,
    // A table is read at random, from memory. Each index is read once an element, and may be computed there.
    stored: { operands: 1, whole: true },
  },
  scatter: {
    role: "scattering",
    // The third one is what the result begins as.
    arity: "any",
    sizes: none,
    axes: (op, operand, from, to) => {
      if (operand === 2) return inPlace(op, operand, from, to);
      // The axes of a row are the last ones of the updates and of the result.
      const behind = operand === 0 ? from.length - (to.length - op.batch - 1) : from.length;
      const moved = to.length - from.length;
      return from.map((_, axis) => (axis < op.batch ? axis : axis < behind ? undefined : axis + moved));
    },
    varies: never,
    exactFrom: (op) => (op.combine === "add" || op.combine === "mul" ? undefined : ALL),
  },
  random: {
    role: "drawn",
    arity: (op) => (draws[op.draw].reads ? 1 : 0) + Math.min(op.order, 1),
    sizes: none,
    axes: apart,
    varies: () => true,
    exactFrom: () => 0,
    // What is drawn may depend on all values of the operand before, so these are there.
    stored: { whole: true, operands: 1 },
  },
  carry: {
    role: "state",
    arity: 1,
    sizes: none,
    axes: inPlace,
    varies: () => true,
    exactFrom: () => undefined,
  },
  last: {
    role: "held",
    arity: "any",
    sizes: none,
    axes: apart,
    varies: () => true,
    exactFrom: () => undefined,
  },
  stack: {
    role: "state",
    arity: "any",
    sizes: (op) => [symbol(op.loop.step)],
    axes: (_, operand, from) => from.map((__, axis) => (operand === 0 ? axis + 1 : undefined)),
    varies: () => true,
    exactFrom: () => 1,
  },
  constant: {
    ...leaf,
    role: "literal",
    sizes: (op) => (typeof op.value === "number" ? [] : [op.value]),
    varies: never,
    exactFrom: (op) => (isFloat32(op.value) ? 0 : undefined),
  },
  iota: { ...leaf, role: "literal", varies: never },
  parameter: { ...leaf, role: "given", varies: (op, isUpdated) => isUpdated(op.path) },
  input: { ...leaf, role: "given", varies: () => true },
  prepared: {
    ...leaf,
    role: "given",
    varies: never,
    exactFrom: (op) => (op.storage === "f32" ? 0 : undefined),
  },
};

/** The row of an op. Its functions take that op. */
export function rowOf(op: TensorOp): OpRow<TensorOp> {
  return opRows[op.kind] as OpRow<TensorOp>;
}

/** The number of operands of an op; undefined where any number is allowed. */
export function arityOf(op: TensorOp): number | undefined {
  const { arity } = rowOf(op);
  if (arity === "any") return undefined;
  return typeof arity === "number" ? arity : arity(op);
}

/** The operands that must be in memory. With `whole`, only reshapes may be between a buffer and the op. */
export function storedOperands<T>({ op, inputs }: Operation<T>): { operands: readonly T[]; whole: boolean } {
  const row = rowOf(op);
  const { operands = 0, whole = false } = (row.role === "view" ? undefined : row.stored) ?? {};
  return { operands: inputs.slice(0, operands), whole };
}

interface Operation<T> {
  readonly op: TensorOp;
  readonly inputs: readonly T[];
}

/** Whether a value is a number that float32 has. A size that only the call tells is not. */
export function isFloat32(value: unknown): boolean {
  return typeof value === "number" && Object.is(Math.fround(value), value);
}
