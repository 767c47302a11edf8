/**
 * `x[…]` follows NumPy's basic indexing. Numbers as bounds of a slice are clamped to the size, as in Python;
 * bounds that are symbolic sizes (`-L:`, `i:i + L`) must lie within the size, which is checked at the call.
 */
import { sizesOf } from "../ir/graph/builder.ts";
import { add, floorDiv, max, min, neg, sub, type Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extents, isRun, type Dim, type Shape } from "../ir/types.ts";
import { DECLARE } from "./axes.ts";
import { layer, typed } from "./record.ts";
import type { Args, LayerRecord, ShapeContext, SubscriptArg } from "./record.ts";

/** What an entry does with one axis of the operand; the entry `new` adds an axis and uses none. */
type Axis =
  | { readonly kind: "whole"; readonly dim: Dim }
  | { readonly kind: "new" }
  | { readonly kind: "at"; readonly start: Size }
  | { readonly kind: "slice"; readonly start: Size; readonly step: number; readonly count: Size };

/**
 * The shape rule has checked all demands already; a body repeats its arithmetic only, so here every demand holds.
 */
const settled: ShapeContext = { equal: () => undefined, atLeast: () => undefined, unequal: () => undefined };

export const subscript: LayerRecord = layer({
  name: "Subscript",
  doc: "parts of x: an integer takes one place of an axis, a slice some of them; none adds an axis, ... stands for those between",
  shapes: "x: [N, C, H, W] -> [N, 1, H - 1, W / 2] for x[:, 0, none, 1:, ::2]",
  source: "torch.Tensor.__getitem__, basic indexing as in NumPy",
  args: { index: { kind: "any" } },
  hidden: true,
  inputs: ["x"],
  validate: (args) => {
    const entries = entriesOf(args);
    if (entries.filter((entry) => entry.subscript === "ellipsis").length > 1) return "only one ... may stand";
    const backward = entries.some((entry) => entry.subscript === "slice" && entry.step < 1);
    return backward ? "the step of a slice must be positive" : undefined;
  },
  infer: ([x], args, context) => {
    const axes = axesOf(x!.shape, entriesOf(args), context);
    if (typeof axes === "string") return axes;
    const shape = axes.flatMap((axis): Dim[] => {
      if (axis.kind === "whole") return [axis.dim];
      return axis.kind === "new" ? [1] : axis.kind === "slice" ? [axis.count] : [];
    });
    return [typed(x!.dtype, shape)];
  },
  body: ([x], { b, args, types }) => {
    const axes = axesOf(sizesOf(x!), entriesOf(args), settled);
    if (typeof axes === "string") throw new Error(axes);
    const own = axes.filter((axis) => axis.kind !== "new");
    const starts = own.map((axis) => (axis.kind === "whole" ? 0 : axis.start));
    const steps = own.map((axis) => (axis.kind === "slice" ? axis.step : 1));
    const sizes = own.map((axis, i) =>
      axis.kind === "whole" ? sizesOf(x!)[i]! : axis.kind === "slice" ? axis.count : 1,
    );
    return [b.reshape(b.slice(x!, starts, steps, sizes), extents(types[0]!.shape))];
  },
  // Without a name it cannot be written as a call, so its samples are in the tests of subscripts.
  samples: [],
});

function entriesOf(args: Args): readonly SubscriptArg[] {
  return args["index"] as readonly SubscriptArg[];
}

function axesOf(shape: Shape, entries: readonly SubscriptArg[], context: ShapeContext): Axis[] | string {
  const ellipsis = entries.findIndex((entry) => entry.subscript === "ellipsis");
  const split = ellipsis < 0 ? entries.length : ellipsis;
  const [left, right] = [entries.slice(0, split), entries.slice(split + 1)];
  const taken = (side: readonly SubscriptArg[]): number =>
    side.filter((entry) => entry.subscript !== "new").length;
  const end = shape.length - taken(right);
  if (shape.every((dim) => !isRun(dim)) && taken(left) > end) {
    return `${taken(entries) - Number(ellipsis >= 0)} indices are more than its ${shape.length} sizes`;
  }
  const before = side(shape, 0, left, context);
  if (typeof before === "string") return before;
  const after = side(shape, end, right, context);
  if (typeof after === "string") return after;
  const between = shape.slice(taken(left), end).map((dim): Axis => ({ kind: "whole", dim }));
  return [...before, ...between, ...after];
}

/** Gives each entry that uses an axis the next one, beginning at `from`. */
function side(
  shape: Shape,
  from: number,
  entries: readonly SubscriptArg[],
  context: ShapeContext,
): Axis[] | string {
  let axis = from;
  const result: Axis[] = [];
  for (const entry of entries) {
    if (entry.subscript === "new") {
      result.push({ kind: "new" });
      continue;
    }
    const dim = shape[axis];
    if (dim === undefined || isRun(dim)) return `an index would look into the run "...": ${DECLARE}`;
    const taken = takeAxis(dim, entry, axis, context);
    if (typeof taken === "string") return taken;
    result.push(taken);
    axis++;
  }
  return result;
}

function takeAxis(size: Size, entry: SubscriptArg, axis: number, context: ShapeContext): Axis | string {
  switch (entry.subscript) {
    case "at":
      return at(size, entry.index, axis, context);
    case "slice":
      return slice(size, entry, context);
    case "new":
    case "ellipsis":
      throw new Error(`${entry.subscript} takes no axis`);
  }
}

function at(size: Size, index: Size, axis: number, context: ShapeContext): Axis | string {
  const reason = `index ${sizeText(index)} is out of range for size ${sizeText(size)} at dim ${axis}`;
  const start = isNegative(index) ? add(size, index) : index;
  const wrong =
    wantNegative(index, context, reason) ??
    context.atLeast(start, 0, reason) ??
    context.atLeast(size, add(start, 1), reason);
  return wrong ?? { kind: "at", start };
}

type SliceEntry = Extract<SubscriptArg, { subscript: "slice" }>;

function slice(size: Size, entry: SliceEntry, context: ShapeContext): Axis | string {
  const { start, stop, step } = entry;
  if ((start === null || start === 0) && stop === null && step === 1) return { kind: "whole", dim: size };
  const symbolic = [start, stop].some((bound) => bound !== null && typeof bound !== "number");
  const range = symbolic
    ? within(size, entry, context)
    : clamped(size, (start ?? 0) as number, stop as number | null);
  if (typeof range === "string") return range;
  const count = step === 1 ? range.length : floorDiv(add(range.length, step - 1), step);
  return { kind: "slice", start: range.start, step, count };
}

interface Range {
  readonly start: Size;
  readonly length: Size;
}

/**
 * The range of a slice clamped as in Python: its length is max(0, min(stop, size) - max(start, 0)). Each case has
 * its shortest form, so that the sizes of like slices are equal as texts. A start beyond the size is not clamped:
 * the slice is empty, so nothing is read there.
 */
function clamped(size: Size, start: number, stop: number | null): Range {
  const fromEnd = stop === null ? 0 : stop < 0 ? -stop : undefined;
  if (start < 0) {
    const first = max(add(size, start), 0);
    if (fromEnd === undefined) return { start: first, length: max(sub(min(stop!, size), first), 0) };
    const length = min(-start - fromEnd, sub(size, fromEnd)); // [-5:-2] has 3 elements, or fewer if the size is less than 5
    return { start: first, length: fromEnd === 0 ? length : max(length, 0) };
  }
  if (fromEnd !== undefined) {
    const cut = start + fromEnd;
    return { start, length: cut === 0 ? size : max(sub(size, cut), 0) };
  }
  const end = min(stop!, size);
  return { start, length: start === 0 ? end : max(sub(end, start), 0) };
}

/**
 * The range of a slice with a symbolic bound. Both bounds must lie in order within the size, which is checked at
 * the call.
 */
function within(size: Size, { start, stop }: SliceEntry, context: ShapeContext): Range | string {
  const first = start === null ? 0 : place(size, start);
  const end = stop === null ? size : place(size, stop);
  const length = sub(end, first);
  const text = `${start === null ? "" : sizeText(start)}:${stop === null ? "" : sizeText(stop)}`;
  const reason = `the slice ${text} is out of range for size ${sizeText(size)}`;
  const wrong =
    wantNegative(start, context, reason) ??
    wantNegative(stop, context, reason) ??
    context.atLeast(first, 0, reason) ??
    context.atLeast(length, 0, reason) ??
    context.atLeast(size, end, reason);
  return wrong ?? { start: first, length };
}

function place(size: Size, bound: Size): Size {
  if (isNegative(bound)) return add(size, bound);
  return typeof bound === "number" ? min(bound, size) : bound;
}

/**
 * Whether a bound counts from the right, as -3 does: `-L`, and `-T + 1` where L is `T - 1`. That such a sum is not
 * positive is checked at the call.
 */
function isNegative(bound: Size): boolean {
  if (typeof bound === "number") return bound < 0;
  return bound.terms.every((term) => term.coefficient < 0);
}

/** Demands of a bound that counts from the right that it is not positive. */
function wantNegative(bound: Size | null, context: ShapeContext, reason: string): string | undefined {
  return bound !== null && isNegative(bound) ? context.atLeast(neg(bound), 0, reason) : undefined;
}
