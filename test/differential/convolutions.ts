/**
 * Convolutions of random shapes: what is emitted against the evaluator, and the evaluator against the formula of PyTorch,
 * written out here as loops.
 */
import { drive } from "../../compiler/drive/driver.ts";
import type { TensorGraph } from "../../compiler/ir/graph/builder.ts";
import type { Stage } from "../../compiler/pipeline/stage.ts";
import { closureOf, difference, evaluated, ran, type Tensors } from "./agree.ts";
import { normal, type Random } from "./random.ts";

/** Shapes with more products than this are drawn anew. */
const MOST_PRODUCTS = 1500;

/** What happens along one axis. */
interface Axis {
  readonly length: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  /** The length of the result. */
  readonly places: number;
}

interface Convolution {
  readonly transposed: boolean;
  readonly mode: "eval" | "train";
  /** Undefined for an input without a batch axis. */
  readonly batch: number | undefined;
  readonly groups: number;
  /** The channels of a group, on both sides. */
  readonly inner: number;
  readonly outer: number;
  readonly axes: readonly Axis[];
  readonly padding: "zeros" | "reflect" | "replicate" | "circular";
  readonly bias: boolean;
  readonly call: string;
}

function drawn(random: Random): Convolution {
  for (;;) {
    const one = tried(random);
    if (one && productsOf(one) <= MOST_PRODUCTS) return one;
  }
}

function tried(random: Random): Convolution | undefined {
  const from = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  const small = (): number => (random() < 0.6 ? from(1, 2) : from(1, 9));
  const chance = (share: number): boolean => random() < share;
  const rank = from(1, 3);
  const transposed = chance(0.4);
  const [groups, inner, outer] = [chance(0.5) ? 1 : small(), small(), small()];
  const padding = transposed || chance(0.6) ? "zeros" : (["reflect", "replicate", "circular"] as const)[from(0, 2)]!; // prettier-ignore
  const same = !transposed && chance(0.15);
  const drawnAxes = Array.from({ length: rank }, () => {
    const [length, size, stride, dilation] = [from(1, 9), small(), same ? 1 : small(), small()];
    const span = dilation * (size - 1);
    const around = chance(0.5) ? 0 : small();
    if (transposed) {
      const extra = from(0, Math.max(stride, dilation) - 1);
      const places = (length - 1) * stride - 2 * around + span + extra + 1;
      return { length, size, stride, dilation, before: around, places, extra };
    }
    const [before, after] = same ? [Math.floor(span / 2), Math.ceil(span / 2)] : [around, around];
    const places = Math.floor((length + before + after - span - 1) / stride) + 1;
    const most = Math.max(before, after);
    const fits = padding === "reflect" ? most < length : padding === "circular" ? most <= length : true;
    return { length, size, stride, dilation, before, places: fits ? places : 0, extra: 0 };
  });
  if (drawnAxes.some(({ places }) => places < 1)) return undefined;
  const list = (of: (axis: (typeof drawnAxes)[number]) => number): string =>
    `[${drawnAxes.map(of).join(", ")}]`;
  const bias = chance(0.7);
  const named = [
    `stride=${list(({ stride }) => stride)}`,
    `padding=${same ? '"same"' : list(({ before }) => before)}`,
    `dilation=${list(({ dilation }) => dilation)}`,
    `groups=${groups}`,
    `bias=${bias}`,
    transposed ? `output_padding=${list(({ extra }) => extra)}` : `padding_mode="${padding}"`,
  ];
  const name = `Conv${transposed ? "Transpose" : ""}${rank}d`;
  const call = `${name}(${groups * inner}, ${groups * outer}, ${list(({ size }) => size)}, ${named.join(", ")})`;
  const mode = chance(0.5) ? "eval" : "train";
  const batch = chance(0.3) ? undefined : from(1, 2);
  return { transposed, mode, batch, groups, inner, outer, axes: drawnAxes, padding, bias, call };
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((result, one) => result * one, 1);
}

function productsOf({ transposed, batch = 1, groups, inner, outer, axes }: Convolution): number {
  const spatial = product(axes.map(({ length, places, size }) => (transposed ? length : places) * size));
  return batch * groups * inner * outer * spatial;
}

/** All indices below these sizes. */
function* indices(sizes: readonly number[]): Generator<number[]> {
  const index = sizes.map(() => 0);
  for (let left = product(sizes); left > 0; left--) {
    yield [...index];
    for (let axis = sizes.length - 1; axis >= 0 && ++index[axis]! === sizes[axis]; axis--) index[axis] = 0;
  }
}

function flat(index: readonly number[], sizes: readonly number[]): number {
  return index.reduce((at, i, axis) => at * sizes[axis]! + i, 0);
}

/** The element that a padding shows at a place; undefined for a zero. */
function shownAt(place: number, length: number, padding: Convolution["padding"]): number | undefined {
  if (place >= 0 && place < length) return place;
  if (padding === "zeros") return undefined;
  if (padding === "replicate") return place < 0 ? 0 : length - 1;
  if (padding === "circular") return (place + length) % length;
  return place < 0 ? -place : 2 * (length - 1) - place;
}

/** The results in float64, as PyTorch defines them. */
function formula(
  one: Convolution,
  { x, weight, bias }: Record<"x" | "weight" | "bias", ArrayLike<number>>,
): Float64Array {
  // prettier-ignore
  const { batch = 1, groups, inner, outer, axes } = one;
  const [lengths, places, taps] = [axes.map((a) => a.length), axes.map((a) => a.places), axes.map((a) => a.size)]; // prettier-ignore
  const [from, to] = [
    [batch, groups, inner, ...lengths],
    [batch, groups, outer, ...places],
  ];
  const y = new Float64Array(product(to));
  for (const [n, g, o, ...at] of indices(to)) y[flat([n!, g!, o!, ...at], to)] = bias[g! * outer + o!] ?? 0;
  const steps = one.transposed ? lengths : places;
  for (const [n, g, c, o, ...rest] of indices([batch, groups, inner, outer, ...steps, ...taps])) {
    const [step, tap] = [rest.slice(0, axes.length), rest.slice(axes.length)];
    const moved = axes.map(
      ({ stride, dilation, before }, i) => step[i]! * stride + tap[i]! * dilation - before,
    );
    if (one.transposed) {
      if (moved.some((place, i) => place < 0 || place >= places[i]!)) continue;
      const w = weight[flat([g!, c!, o!, ...tap], [groups, inner, outer, ...taps])]!;
      y[flat([n!, g!, o!, ...moved], to)]! += w * x[flat([n!, g!, c!, ...step], from)]!;
    } else {
      const shown = moved.map((place, i) => shownAt(place, lengths[i]!, one.padding));
      const w = weight[flat([g!, o!, c!, ...tap], [groups, outer, inner, ...taps])]!;
      const value = shown.includes(undefined) ? 0 : x[flat([n!, g!, c!, ...(shown as number[])], from)]!;
      y[flat([n!, g!, o!, ...step], to)]! += w * value;
    }
  }
  return y;
}

/** What is wrong with the next convolution that is drawn, in words. */
export function wrong(random: Random): string | undefined {
  const one = drawn(random);
  const { batch, groups, inner, axes, call, mode } = one;
  const shape = [
    ...(batch === undefined ? [] : [batch]),
    groups * inner,
    ...axes.map(({ length }) => length),
  ];
  const source = `model Net { input x: f32[${shape.join(", ")}]\n output y = x -> layer: ${call} }`;
  // Without the checks between passes, which take most of the time; layers.test.ts makes them.
  let graph: TensorGraph | undefined;
  const onPass = (_: string, stage: Stage): void => {
    if (stage.kind === "tensors") graph ??= stage.graph;
  };
  const { plan } = drive(source, { mode }, { onPass });
  const filled = (sizes: readonly number[]): Tensors[string] => ({
    dtype: "f32",
    shape: sizes,
    data: Float32Array.from({ length: product(sizes) }, () => normal(random)),
  });
  const parameters: Tensors = Object.fromEntries(
    plan.parameters.map(({ path, type }) => [path, filled(type.shape as readonly number[])]),
  );
  const given = { inputs: { x: filled(shape) }, parameters, sizes: new Map<string, number>() };
  const meaning = evaluated(graph!, given);
  const [x, weight, bias] = [given.inputs.x, parameters["layer.weight"], parameters["layer.bias"]];
  const want = formula(one, { x: x.data, weight: weight!.data, bias: bias?.data ?? [] });
  const got = ran(closureOf(plan, parameters), plan, given);
  const text = `${call} of [${shape.join(", ")}]`;
  const unlike = want.findIndex((value, i) => !(Math.abs(value - meaning.outputs["y"]![i]!) <= 1e-5 * (1 + Math.abs(value)))); // prettier-ignore
  if (want.length !== meaning.outputs["y"]!.length || unlike >= 0)
    return `${text}: the evaluator has ${meaning.outputs["y"]![unlike]} where the formula has ${want[unlike]}`;
  const differs = difference(got, meaning, { ulp: 1 });
  return differs && `${text}: ${differs}`;
}
