/** Checks that a plan keeps the rules of its form, as `verify-graph.ts` does for graphs. */
import { isRounded } from "../dtype.ts";
import { buffersOfFloat64 } from "../graph/float32.ts";
import {
  rootsOf,
  targetNames,
  visitExpressions,
  walk,
  type Buffer,
  type Call,
  type Kernel,
  type Plan,
} from "./plan.ts";
import { symbolsOf, type Size } from "../size/size.ts";
import { extents } from "../types.ts";
import { verifyKernel } from "./verify-kernel.ts";

/** What a plan of a dialect may contain, or must. */
interface Rules {
  /** Whether kernels may name values (`let`) and check such values as indices. */
  readonly names: boolean;
  /**
   * Whether an index that was read from data may be checked where it is used (`checked`), and not only as a named
   * value.
   */
  readonly unnamedIndices: boolean;
  /** Whether temporaries and scratch are in slots: all of them, or none. */
  readonly slots: boolean;
}

/**
 * The dialects of a plan, in the order in which it goes through them: as `lower` makes it, where each value is computed
 * where it is used; with the names that `hoist` gives; with the slots of `memory`, ready to be printed for a target.
 */
const dialects: { readonly [D in Dialect]: Rules } = {
  lowered: { names: false, unnamedIndices: true, slots: false },
  named: { names: true, unnamedIndices: false, slots: false },
  placed: { names: true, unnamedIndices: false, slots: true },
};

export type Dialect = "lowered" | "named" | "placed";

/** Throws if the plan breaks a rule. Without a dialect, only rules that all dialects share are checked. */
export function verifyPlan(plan: Plan, dialect?: Dialect): void {
  const fail = (problem: string): never => {
    throw new Error(`plan ${plan.name}: ${problem}`);
  };
  const foreign = dialect && outsideDialect(plan, dialects[dialect]);
  if (foreign !== undefined) fail(`${foreign}, in a plan that is ${dialect}`);
  const known = new Set<string>();
  for (const { type } of plan.inputs) for (const size of extents(type.shape)) symbolsOf(size, known);
  const wantKnown = (size: Size, what: string): void => {
    for (const name of symbolsOf(size)) if (!known.has(name)) fail(`no input gives ${name} of ${what}`);
  };
  for (const check of plan.checks) for (const size of [check.left, check.right]) wantKnown(size, "a check");
  const stored = new Set<Buffer | string>();
  /** The kernels, each with the buffers to which it stores values that may not be float32 numbers. */
  const kernels = new Map<Kernel, ReadonlySet<string>>();
  /** The outputs, whose values were rounded. */
  const rounded = new Set<Buffer | string>();
  for (const half of ["prepare", "run"] as const) {
    const holders = new Map<number, Buffer>();
    for (const [i, call] of plan[half].entries()) {
      const { kernel } = call;
      for (const { step, count, from, to } of half === "run" ? plan.loops : []) {
        if (from === i) wantKnown(count, `the loop over ${step}`);
        if (from === i) known.add(step);
        if (to === i) known.delete(step);
      }
      for (const size of call.sizes) wantKnown(size, kernel.name);
      const problem = wrongCall(call, plan.slots[half].length, stored, holders);
      if (problem !== undefined) fail(`call of ${kernel.name}: ${problem}`);
      if (!kernels.has(kernel)) verifyKernel(kernel);
      kernels.set(kernel, kernels.get(kernel) ?? buffersOfFloat64(kernel));
      const lossy = targetNames[plan.target].rounds
        ? undefined
        : wrongRounding(call, kernels.get(kernel)!, rounded);
      if (lossy !== undefined) fail(`call of ${kernel.name}: ${lossy}`);
    }
    if (half === "prepare") continue;
    for (const { path, from } of plan.updates) {
      if (!isStored(from, stored, holders)) fail(`the update of ${path} is not stored`);
    }
  }
  for (const { name } of plan.outputs)
    if (!stored.has(`output ${name}`)) fail(`output ${name} is not stored`);
}

/** A problem if the plan contains something that its dialect forbids, or lacks something that it requires. */
function outsideDialect(plan: Plan, { names, unnamedIndices, slots }: Rules): string | undefined {
  for (const half of ["prepare", "run"] as const) {
    if (!slots && plan.slots[half].length > 0) return `${half} has slots`;
    for (const { kernel, buffers } of plan[half]) {
      for (const { name, storage, slot } of buffers) {
        const isTransient = storage === "temporary" || storage === "scratch";
        if ((slot !== undefined) !== (slots && isTransient))
          return `${storage} ${name} of ${kernel.name} has ${slot === undefined ? "no slot" : "a slot"}`;
      }
      for (const statement of walk(kernel.body)) {
        if (!names && (statement.kind === "let" || statement.kind === "check"))
          return `${kernel.name} names ${statement.name}`;
        if (unnamedIndices) continue;
        let isUnnamed = false;
        visitExpressions(rootsOf(statement), ({ kind }) => (isUnnamed ||= kind === "checked"));
        if (isUnnamed) return `${kernel.name} checks an index that has no name`;
      }
    }
  }
  return undefined;
}

/**
 * A problem if a value is rounded that others read. Rounding between kernels would make results depend on how the graph
 * was cut into kernels: only outputs are rounded, and no kernel reads a rounded output.
 */
function wrongRounding(
  { kernel, buffers }: Call,
  inexact: ReadonlySet<string>,
  rounded: Set<Buffer | string>,
): string | undefined {
  for (const [i, buffer] of buffers.entries()) {
    const { name, access } = kernel.buffers[i]!;
    if (access !== "write" && rounded.has(identity(buffer)))
      return `it reads ${buffer.name}, which is rounded`;
    if (!isRounded(buffer.dtype) || access === "read" || !inexact.has(name)) continue;
    if (buffer.storage !== "output")
      return `what it stores to ${buffer.storage} ${buffer.name} may be no float32`;
    rounded.add(identity(buffer));
  }
  return undefined;
}

/** What identifies a buffer. Several temporaries may have one name, so they are compared as objects. */
function identity(buffer: Buffer): Buffer | string {
  const isNamed = buffer.storage !== "temporary" && buffer.storage !== "scratch";
  return isNamed ? `${buffer.storage} ${buffer.name}` : buffer;
}

function isStored(
  buffer: Buffer,
  stored: ReadonlySet<Buffer | string>,
  holders: ReadonlyMap<number, Buffer>,
): boolean {
  if (buffer.storage === "input" || buffer.storage === "parameter") return true;
  return stored.has(identity(buffer)) && (buffer.slot === undefined || holders.get(buffer.slot) === buffer);
}

/**
 * A problem with what a call reads, if any. Afterwards the buffers that it writes are stored, and earlier contents of
 * their slots are gone.
 */
function wrongCall(
  { kernel, buffers, sizes }: Call,
  slots: number,
  stored: Set<Buffer | string>,
  holders: Map<number, Buffer>,
): string | undefined {
  if (buffers.length !== kernel.buffers.length)
    return `${buffers.length} buffers for ${kernel.buffers.length}`;
  if (sizes.length !== kernel.sizes.length) return `${sizes.length} sizes for ${kernel.sizes.length}`;
  const inSlots = buffers.filter(({ slot }) => slot !== undefined);
  if (new Set(inSlots.map(({ slot }) => slot)).size < inSlots.length)
    return "two of its buffers share a slot";
  for (const [i, buffer] of buffers.entries()) {
    const { access, dtype } = kernel.buffers[i]!;
    if (buffer.dtype !== dtype) return `${buffer.name} is ${buffer.dtype} where ${dtype} is needed`;
    if ((buffer.slot ?? -1) >= slots) return `there is no slot ${buffer.slot}`;
    if (access === "read" && !isStored(buffer, stored, holders))
      return `${buffer.name} is read before it is stored`;
    const isGiven = buffer.storage === "input" || buffer.storage === "parameter";
    if (access !== "read" && isGiven) return `it stores to ${buffer.storage} ${buffer.name}`;
  }
  for (const [i, buffer] of buffers.entries()) {
    if (kernel.buffers[i]!.access === "read") continue;
    stored.add(identity(buffer));
    if (buffer.slot !== undefined) holders.set(buffer.slot, buffer);
  }
  return undefined;
}
