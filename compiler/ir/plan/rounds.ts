/**
 * What there is to know of kernels whose rounds threads share: the ranges of rounds that each call gives, what a round costs, and
 * which memory each thread needs for itself.
 */
import { add, floorDiv, mul, sub, substitute, symbolsOf, type Size } from "../size/size.ts";
import { rootsOf, visitExpressions, walk, type Kernel, type Loop, type Statement } from "./plan.ts";

/** A loop around all else whose first round and end each call gives. Loops with ranges run one after the other. */
export interface RoundRange {
  /** Where among the kernel's sizes the first round is. The next one is the end. */
  readonly at: number;
  /** Each thread begins at a multiple of it behind the first round. */
  readonly step: number;
  /** About how many tenths of a nanosecond `step` rounds take, in terms of the kernel's sizes. */
  readonly cost: Size;
  readonly loop: Loop;
}

/** The ranges of a kernel; none if threads cannot share its rounds. */
export function rangesOf(kernel: Kernel): readonly RoundRange[] {
  if (!kernel.schedule.some((directive) => directive.do === "parallel")) return [];
  const known = knownSizes(kernel);
  return kernel.body.flatMap((loop): RoundRange[] => {
    if (loop.kind !== "loop") return [];
    const at = kernel.sizes.findIndex((name) => symbolsOf(loop.from).has(name));
    if (at < 0) throw new Error(`${kernel.name} has a loop without a range beside one that has it`);
    return [{ at, step: loop.step, cost: resolved(costOfRound(loop), known, kernel.sizes), loop }];
  });
}

/** An access to memory; its place is undefined where data decide. */
export interface Touch {
  readonly buffer: string;
  readonly stores: boolean;
  readonly at: Size | undefined;
}

/** What a statement that is no loop reads, and then what it stores. */
export function touchesOf(statement: Statement): Touch[] {
  const touches: Touch[] = [];
  visitExpressions(rootsOf(statement), (e) => {
    if (e.kind !== "load") return;
    touches.push({ buffer: e.buffer, stores: false, at: e.index ? undefined : e.at });
  });
  if (statement.kind === "store") {
    const { buffer, index, at } = statement;
    touches.push({ buffer, stores: true, at: index ? undefined : at });
  }
  return touches;
}

/** Whether statements store to a buffer before they read it. */
export function isFilledFirst(statements: readonly Statement[], buffer: string): boolean {
  for (const statement of walk(statements)) {
    const first = touchesOf(statement).find((touch) => touch.buffer === buffer);
    if (first) return first.stores;
  }
  return false;
}

/**
 * Whether a thread needs memory of its own for a kernel's buffer that nothing else knows: each loop that uses it fills it
 * first. Where one loop fills it for others, all have the same.
 */
export function isOfThread({ body }: Kernel, buffer: string): boolean {
  const users = body.filter((one) => [...walk([one])].some((each) => touches(each, buffer)));
  return users.every((one) => isFilledFirst([one], buffer) && readsIn(one, buffer));
}

function touches(statement: Statement, buffer: string): boolean {
  return touchesOf(statement).some((touch) => touch.buffer === buffer);
}

function readsIn(statement: Statement, buffer: string): boolean {
  return [...walk([statement])].some((each) =>
    touchesOf(each).some((touch) => touch.buffer === buffer && !touch.stores),
  );
}

/** What integers are called that a kernel computes before its loops, or in them. */
function knownSizes({ body }: Kernel): ReadonlyMap<string, Size> {
  const known = new Map<string, Size>();
  for (const one of walk(body))
    if (one.kind === "let" && one.value.kind === "size") known.set(one.name, one.value.size);
  return known;
}

/** A size in terms of the kernel's sizes alone. What loops count, or data decide, counts as 0. */
function resolved(size: Size, known: ReadonlyMap<string, Size>, sizes: readonly string[]): Size {
  let result = size;
  for (;;) {
    const others = [...symbolsOf(result)].filter((name) => !sizes.includes(name));
    if (others.length === 0) return result;
    result = substitute(result, new Map(others.map((name) => [name, known.get(name) ?? 0])));
  }
}

/** Tenths of a nanosecond for a store, and for a map or a sum, of a number or of a vector, as V8 runs them on WebAssembly. */
const STORE = 5;
const OPERATION = 1;

/** About how many tenths of a nanosecond a kernel takes, in terms of its sizes. */
export function workOf(kernel: Kernel): Size {
  const whole = { kind: "loop", index: "", from: 0, to: 1, step: 1, body: kernel.body } as const;
  return resolved(costOfRound(whole), knownSizes(kernel), kernel.sizes);
}

function costOfRound({ body }: Loop): Size {
  const seen = new Set<number>();
  return body.reduce<Size>((sum, statement) => {
    if (statement.kind === "loop") {
      const { from, to, step } = statement;
      return add(sum, mul(floorDiv(add(sub(to, from), step - 1), step), costOfRound(statement)));
    }
    let cost = statement.kind === "store" ? STORE : OPERATION;
    const count = (e: { readonly kind: string }): void => void (cost += e.kind === "map" ? OPERATION : 0);
    visitExpressions(rootsOf(statement), count, seen);
    return add(sum, cost);
  }, 0);
}
