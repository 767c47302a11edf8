/**
 * Entries without inputs: tensors that are computed from arguments alone, and the initial values of `param` and
 * `buffer`.
 */
import {
  fanIn,
  fanOut,
  kaimingStd,
  nonlinearities,
  uniformBound,
  xavierStd,
  type Nonlinearity,
} from "../../runtime/init.ts";
import type { DrawName } from "../ir/graph/draws.ts";
import type { Init } from "../ir/graph/graph.ts";
import { add, floorDiv, key, sub, type Size } from "../ir/size/size.ts";
import { extents } from "../ir/types.ts";
import { flatList, negativeSize } from "./dims.ts";
import { choice, constant, float, int, layer, number, size, typed, within } from "./record.ts";
import type { Args, ArgSpec, InitialType, LayerRecord, Sample } from "./record.ts";

/** Sizes as positional arguments, or a list of them. */
export const sizes: ArgSpec = { kind: "sizes", rest: true, default: [] };

/**
 * An initial value takes the sizes of its parameter, so the call may leave them out; if it has them, they must be
 * the same.
 */
function otherSizes(given: readonly Size[], shape: readonly number[]): string | undefined {
  const [own, wanted] = [given, shape].map((sizes) => sizes.map(key).join(", "));
  return given.length === 0 || own === wanted ? undefined : `its own sizes are [${own}]: leave them out`;
}

function filled(
  spec: Pick<LayerRecord, "name" | "doc" | "formula" | "source" | "args" | "samples"> & {
    readonly value: (args: Args) => number;
  },
): LayerRecord {
  const { value, ...rest } = spec;
  return layer({
    ...rest,
    shapes: "-> [*size]",
    args: { ...spec.args, size: sizes },
    inputs: [],
    validate: (args) => negativeSize(flatList(args, "size")),
    init: (args, { shape }) => otherSizes(flatList(args, "size"), shape) ?? constant(value(args)),
    infer: (_inputs, args) => [typed("f32", flatList(args, "size"))],
    body: (_inputs, { b, args, types }) => [b.full(extents(types[0]!.shape), value(args))],
  });
}

function samples(...sources: readonly string[]): Sample[] {
  return sources.map((source) => ({ source, inputs: [] }));
}

export const zeros: LayerRecord = filled({
  name: "Zeros",
  doc: "zeros",
  formula: "0",
  source: "torch.zeros, torch.nn.init.zeros_",
  args: {},
  value: () => 0,
  samples: samples("Zeros(2, 3)", "Zeros([4])", "Zeros()"),
});

export const ones: LayerRecord = filled({
  name: "Ones",
  doc: "ones",
  formula: "1",
  source: "torch.ones, torch.nn.init.ones_",
  args: {},
  value: () => 1,
  samples: samples("Ones(2, 3)", "Ones(1)", "Ones()"),
});

export const constantTensor: LayerRecord = filled({
  name: "Constant",
  doc: "one value everywhere",
  formula: "value",
  source: "torch.nn.init.constant_",
  args: { value: float() },
  value: (args) => number(args, "value"),
  samples: samples("Constant(0.5, 2, 3)", "Constant(-1)", "Constant(2, 4)"),
});

export const eye: LayerRecord = layer({
  name: "Eye",
  doc: "ones on the diagonal, zeros elsewhere",
  shapes: "-> [n, m]",
  formula: "i == j ? 1 : 0",
  source: "torch.eye, torch.nn.init.eye_",
  args: { n: size(null), m: size(null) },
  inputs: [],
  init: (args, { shape }) => {
    const given = eyeSizes(args);
    if (shape.length !== 2) return "it has two dimensions";
    return otherSizes(given, shape) ?? { kind: "eye" };
  },
  infer: (_inputs, args) => {
    const given = eyeSizes(args);
    if (given.length === 0) return "the number of rows must be given";
    return negativeSize(given) ?? [typed("f32", given)];
  },
  body: (_inputs, { b, types }) => {
    const shape = extents(types[0]!.shape);
    return [b.cast(b.map("eq", [b.iota(shape, 0), b.iota(shape, 1)]), "f32")];
  },
  samples: samples("Eye(3)", "Eye(2, 4)", "Eye(3, m=1)"),
});

/** The sizes of an identity matrix: rows and columns (as many columns as rows unless given), or no sizes. */
function eyeSizes(args: Args): readonly Size[] {
  const n = args["n"] as Size | null;
  return n === null ? [] : [n, (args["m"] as Size | null) ?? n];
}

export const arange: LayerRecord = layer({
  name: "Arange",
  doc: "the integers from start to, not including, end, by step, which may be negative",
  shapes: "-> i32[ceil((end - start) / step)]",
  formula: "start + step * i",
  source: "torch.arange",
  args: { start: size(0), end: size(), step: int(1) },
  inputs: [],
  arrange: (positional) => (positional.length === 1 ? ["end"] : ["start", "end", "step"]),
  validate: (args) => (number(args, "step") === 0 ? "step must not be 0" : undefined),
  infer: (_inputs, args, context) => {
    const [start, end] = [args["start"] as Size, args["end"] as Size];
    const rises = number(args, "step") > 0;
    const step = Math.abs(number(args, "step"));
    const length = rises ? sub(end, start) : sub(start, end);
    const beyond = rises ? "end must not be less than start" : "end must not be greater than start";
    const wrong = context.atLeast(length, 0, beyond);
    const count = step === 1 ? length : floorDiv(add(length, step - 1), step);
    return wrong ?? [typed("i32", [count])];
  },
  body: (_inputs, { b, args, types }) => {
    const sizesOfRange = extents(types[0]!.shape);
    const scaled = b.mul(b.iota(sizesOfRange, 0), number(args, "step"));
    return [b.add(scaled, b.constant(args["start"] as Size, "i32"))];
  },
  samples: samples("Arange(5)", "Arange(2, 7)", "Arange(1, 8, 3)", "Arange(5, -3, -2)"),
});

// Random initial values. Names, arguments and defaults are those of torch.nn.init.

function random(
  spec: Pick<LayerRecord, "name" | "doc" | "formula" | "source" | "args"> & {
    readonly wrong?: (args: Args) => string | undefined;
    readonly draw: (args: Args, shape: readonly number[]) => Init;
    /** The least number of dimensions of a parameter that this fills; default 0. */
    /** The distribution of a tensor that is drawn by each run, with its numbers; absent for what is an initial value only. */
    readonly drawn?: readonly [DrawName, (args: Args) => readonly number[]];
    readonly rank?: number;
  },
): LayerRecord {
  const { wrong, draw, drawn, rank = 0, ...rest } = spec;
  return layer({
    ...rest,
    shapes: "-> [*size]",
    args: { ...spec.args, size: sizes },
    inputs: [],
    validate: (args) => wrong?.(args) ?? negativeSize(flatList(args, "size")),
    init: (args, { dtype, shape }: InitialType) => {
      if (dtype !== "f32") return "random numbers are f32";
      if (shape.length < rank) return "its fans need at least two dimensions: use Uniform or Normal";
      return otherSizes(flatList(args, "size"), shape) ?? draw(args, shape);
    },
    ...(!drawn && {
      unsupported: () =>
        "it is the initial value of a param or buffer: tensors of random numbers are Rand, Randn, Uniform and Normal",
    }),
    infer: (_inputs, args) => [typed("f32", flatList(args, "size"))],
    body: (_inputs, { b, args, types }) => {
      if (!drawn) throw new Error(`${spec.name} has no body`);
      return [b.random(drawn[0], extents(types[0]!.shape), drawn[1](args))];
    },
    samples: drawn ? [1, 3, 17].map((n) => ({ source: `${spec.name}(size=[${n}, 2])`, inputs: [] })) : [],
  });
}

/**
 * Says what is wrong with the two ends of a distribution: both must be numbers, and the lower end comes first.
 */
function wrongEnds(args: Args): string | undefined {
  const [a, b] = [number(args, "a"), number(args, "b")];
  return Number.isFinite(b - a) && a <= b ? undefined : "a and b must be finite, and a not greater than b";
}

function centred(std: number): Init {
  return { kind: "normal", mean: 0, std };
}

export const uniform: LayerRecord = random({
  name: "Uniform",
  doc: "uniformly distributed random numbers; as a tensor, drawn by each run",
  formula: "uniform in [a, b)",
  source: "torch.nn.init.uniform_",
  args: { a: float(0), b: float(1) },
  wrong: wrongEnds,
  draw: (args) => ({ kind: "uniform", low: number(args, "a"), high: number(args, "b") }),
  drawn: ["uniform", (args) => [number(args, "a"), number(args, "b")]],
});

export const normal: LayerRecord = random({
  name: "Normal",
  doc: "normally distributed random numbers; as a tensor, drawn by each run",
  formula: "normal(mean, std)",
  source: "torch.nn.init.normal_",
  args: { mean: float(0), std: float(1) },
  wrong: (args) => (number(args, "std") >= 0 ? undefined : "std must not be negative"),
  draw: (args) => ({ kind: "normal", mean: number(args, "mean"), std: number(args, "std") }),
  drawn: ["normal", (args) => [number(args, "mean"), number(args, "std")]],
});

export const truncNormal: LayerRecord = random({
  name: "TruncNormal",
  doc: "normally distributed random numbers of which those outside of [a, b] are not drawn; an initial value only",
  formula: "mean + std * sqrt(2) * erfinv(uniform)",
  source: "torch.nn.init.trunc_normal_",
  args: { mean: float(0), std: float(1), a: float(-2), b: float(2) },
  wrong: (args) => (number(args, "std") > 0 ? wrongEnds(args) : "std must be positive"),
  draw: (args) => ({
    kind: "truncated",
    mean: number(args, "mean"),
    std: number(args, "std"),
    low: number(args, "a"),
    high: number(args, "b"),
  }),
});

const xavier = {
  args: { gain: float(1) },
  wrong: (args: Args) => (number(args, "gain") >= 0 ? undefined : "gain must not be negative"),
  rank: 2,
};
const glorot = "Glorot and Bengio, AISTATS 2010";

export const xavierUniform: LayerRecord = random({
  ...xavier,
  name: "XavierUniform",
  doc: "uniform random numbers that keep the variance of a layer's values and gradients; an initial value only",
  formula: "uniform in [-b, b), b = gain * sqrt(6 / (fan_in + fan_out))",
  source: `torch.nn.init.xavier_uniform_; ${glorot}`,
  draw: (args, shape) => within(uniformBound(xavierStd(shape, number(args, "gain")))),
});

export const xavierNormal: LayerRecord = random({
  ...xavier,
  name: "XavierNormal",
  doc: "normal random numbers that keep the variance of a layer's values and gradients; an initial value only",
  formula: "normal(0, std), std = gain * sqrt(2 / (fan_in + fan_out))",
  source: `torch.nn.init.xavier_normal_; ${glorot}`,
  draw: (args, shape) => centred(xavierStd(shape, number(args, "gain"))),
});

const kaiming = {
  args: {
    a: float(0),
    mode: choice(["fan_in", "fan_out"], "fan_in"),
    nonlinearity: choice(nonlinearities, "leaky_relu"),
  },
  rank: 2,
};
const he = "He et al., arXiv:1502.01852";

function kaimingStdOf(args: Args, shape: readonly number[]): number {
  const fan = args["mode"] === "fan_in" ? fanIn(shape) : fanOut(shape);
  return kaimingStd(fan, number(args, "a"), args["nonlinearity"] as Nonlinearity);
}

export const kaimingUniform: LayerRecord = random({
  ...kaiming,
  name: "KaimingUniform",
  doc: "uniform random numbers that keep the variance through rectifiers, a being their slope; an initial value only",
  formula: "uniform in [-b, b), b = gain * sqrt(3 / fan)",
  source: `torch.nn.init.kaiming_uniform_; ${he}`,
  draw: (args, shape) => within(uniformBound(kaimingStdOf(args, shape))),
});

export const kaimingNormal: LayerRecord = random({
  ...kaiming,
  name: "KaimingNormal",
  doc: "normal random numbers that keep the variance through rectifiers, a being their slope; an initial value only",
  formula: "normal(0, std), std = gain / sqrt(fan)",
  source: `torch.nn.init.kaiming_normal_; ${he}`,
  draw: (args, shape) => centred(kaimingStdOf(args, shape)),
});
