/** The public conformance cases as data, and what our language says for each of them. */
import { readFileSync, readdirSync } from "node:fs";
import type { Dtype } from "../../compiler/ir/dtype.ts";
import type { Recorded } from "./fixtures.ts";

export type Tolerance =
  | { readonly rtol: number; readonly atol: number }
  | { readonly ulp: number; readonly metric: "ULP" | "ATOL" };

export interface Encoded {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly b64: string;
}

export interface Case {
  readonly id: string;
  readonly source: string;
  readonly license: string;
  readonly op: string;
  readonly layer: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly training: boolean;
  readonly params: Readonly<Record<string, Encoded>>;
  readonly inputs: readonly Encoded[];
  readonly outputs: readonly Encoded[];
  readonly state_after?: Readonly<Record<string, Encoded>>;
  readonly extra?: { readonly then_eval?: Encoded };
  readonly tol: Tolerance;
}

/** A whole network of a chain. */
export interface Network {
  readonly name: string;
  readonly source: string;
  readonly license: string;
  readonly dsl: string;
  /** In the order of the chain. */
  readonly layers: readonly {
    readonly layer: string;
    readonly params: Readonly<Record<string, Encoded>>;
  }[];
  readonly cases: readonly { readonly input: Encoded; readonly output: Encoded }[];
  readonly tol: Tolerance;
}

function load<T>(folder: string): T[] {
  const at = new URL(folder, import.meta.url);
  const files = readdirSync(at).filter((file) => file.endsWith(".json"));
  return files.map((file) => JSON.parse(readFileSync(new URL(file, at), "utf8")) as T);
}

export const cases: readonly Case[] = load<{ cases: Case[] }>("../fixtures/corpora/").flatMap(
  (file) => file.cases,
);

export const networks: readonly Network[] = load("../fixtures/corpora/nets/");

export function decode({ shape, dtype, b64 }: Encoded): Recorded {
  const { buffer, byteOffset, length } = Buffer.from(b64, "base64");
  const bytes = buffer.slice(byteOffset, byteOffset + length);
  const [ours, data]: [Dtype, ArrayLike<number>] = {
    float32: (): [Dtype, ArrayLike<number>] => ["f32", new Float32Array(bytes)],
    float64: (): [Dtype, ArrayLike<number>] => ["f32", new Float64Array(bytes)],
    int32: (): [Dtype, ArrayLike<number>] => ["i32", new Int32Array(bytes)],
    int64: (): [Dtype, ArrayLike<number>] => ["i32", Array.from(new BigInt64Array(bytes), Number)],
    bool: (): [Dtype, ArrayLike<number>] => ["bool", new Uint8Array(bytes)],
  }[dtype]!();
  return { shape, dtype: ours, data };
}

/** The label of a case's layer: its parameters are `layer.weight` and so on. */
const LABEL = "layer";
/** The label of the layer that counts what means are over. */
const COUNT = "count";

/** A case as a model. */
export function modelOf(one: Case): string {
  const names = one.inputs.map((_, i) => "abcdefgh"[i]!);
  const from = one.inputs[0]!.shape;
  const chain =
    one.layer === null
      ? equivalents[one.op]!({ ...one, from }, names as [string, string, string])
      : `${names[0]} -> ${LABEL}: ${one.layer}`;
  return model(one.inputs, names, chain);
}

/** A network as a model, on inputs like this one. */
export function networkOf({ layers }: Network, input: Encoded): string {
  return model([input], ["a"], `a -> ${LABEL}: Sequential(${layers.map(({ layer }) => layer).join(", ")})`);
}

function model(inputs: readonly Encoded[], names: readonly string[], chain: string): string {
  const declared = inputs.map((input, i) => {
    const { dtype, shape } = decode(input);
    return `  input ${names[i]}: ${dtype}[${shape.join(", ")}]\n`;
  });
  return `model Case {\n${declared.join("")}  output y = ${chain}\n}\n`;
}

/** The parameters of a case by their paths in its model, in PyTorch's layout. */
export function parametersOf(one: Case): Record<string, Encoded> {
  if (isDilatedMean(one)) {
    const shape = [one.inputs[0]!.shape[1]!, 1, ...(one.config["kernel_size"] as readonly number[])];
    return { [`${LABEL}.weight`]: filled(shape, 1), [`${COUNT}.weight`]: filled(shape, 1) };
  }
  const layout = one.config["filterLayout"] as string | undefined;
  const own = one.op === "ConvTranspose2d" ? "iohw" : "oihw";
  return Object.fromEntries(
    Object.entries(one.params).map(([name, value]) => {
      const turns = layout !== undefined && name === "weight" && one.layer === null;
      return [
        pathOf(name),
        turns
          ? permuted(
              value,
              own.split("").map((axis) => layout.indexOf(axis)),
            )
          : value,
      ];
    }),
  );
}

function filled(shape: readonly number[], value: number): Encoded {
  const count = shape.reduce((product, size) => product * size, 1);
  return encoded(shape, new Float32Array(count).fill(value));
}

function encoded(shape: readonly number[], data: Float32Array): Encoded {
  return { shape, dtype: "float32", b64: Buffer.from(data.buffer).toString("base64") };
}

/** The tensor with its axes in another order. */
function permuted(value: Encoded, order: readonly number[]): Encoded {
  const { data } = decode(value);
  const steps = value.shape.map((_, axis) => value.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const shape = order.map((axis) => value.shape[axis]!);
  const result = Float32Array.from(data, (_, flat) => {
    let [rest, at] = [flat, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * steps[order[axis]!]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return data[at]!;
  });
  return encoded(shape, result);
}

/** Where a parameter of a case stands in its model. WebNN and ONNX have no name but "slope" for PReLU's. */
export function pathOf(name: string): string {
  return `${LABEL}.${name === "slope" ? "weight" : name}`;
}

type Equivalent = (
  one: Case & { readonly from: readonly number[] },
  names: readonly [x: string, y: string, z: string | undefined],
) => string;

/** What stands for cases that are no layer of torch.nn: bare operators, and attributes that torch has not. */
const equivalents: Readonly<Record<string, Equivalent>> = {
  Add: (_, [x, y]) => `${x} + ${y}`,
  Sub: (_, [x, y]) => `${x} - ${y}`,
  Mul: (_, [x, y]) => `${x} * ${y}`,
  Div: (_, [x, y]) => `${x} / ${y}`,
  MatMul: (_, [x, y]) => `${x} @ ${y}`,
  Concat: ({ config }, names) => `[${names.join(", ")}] -> Concat(dim=${number(config, "axis")})`,
  Gemm: ({ config }, [x, y, z]) => {
    const turned = (name: string, side: string): string =>
      config[side] === 1 ? `(${name} -> Transpose(0, 1))` : name;
    const product = `${number(config, "alpha")} * (${turned(x, "transA")} @ ${turned(y, "transB")})`;
    return z === undefined ? product : `${product} + ${number(config, "beta")} * ${z}`;
  },
  // In ONNX a size of 0 is the input's, unless `allowzero`.
  Reshape: ({ config, from }, [x]) => {
    const sizes = config["shape"] as readonly number[];
    return `${x} -> ${reshape(sizes.map((size, i) => (size === 0 && config["allowzero"] === 0 ? from[i]! : size)))}`;
  },
  // In ONNX always to two axes: those before `axis`, and the others.
  Flatten: ({ config, from }, [x]) => {
    const [axis, rank] = [number(config, "axis"), from.length];
    const before = axis < 0 ? axis + rank : axis;
    if (before === 0) return `(${x} -> Flatten(0))[none]`;
    return before === rank
      ? `(${x} -> Flatten(0))[:, none]`
      : `${x} -> Flatten(0, ${before - 1}) -> Flatten(1)`;
  },
  Hardsigmoid: ({ config }, [x]) =>
    `${x} * ${number(config, "alpha")} + ${number(config, "beta")} -> Hardtanh(0, 1)`,
  SELU: ({ config }, [x]) => `${number(config, "scale")} * (${x} -> ELU(${number(config, "alpha")}))`,
  // The slopes are those of the last axes.
  PReLU: ({ from, params }, [x]) => {
    const count = params["slope"]!.shape.reduce((product, size) => product * size, 1);
    return `${x} -> ${reshape([-1, count])} -> ${LABEL}: PReLU(num_parameters=${count}) -> ${reshape(from)}`;
  },
  BatchNorm: (one, [x]) => `(${x}[none] -> ${norm("BatchNorm1d", one)})[0]`,
  BatchNorm2d: (one, [x]) => channelsFirst(x, norm("BatchNorm2d", one), one.config["axis"] === 3),
  InstanceNorm2d: (one, [x]) =>
    channelsFirst(x, norm("InstanceNorm2d", one), one.config["layout"] === "nhwc"),
  // Over any axes, which are moved to the end; over none, each element is a row.
  LayerNorm: ({ config, from, params }, [x]) => {
    const axes = config["axes"] as readonly number[];
    const affine = Object.keys(params).length > 0;
    const call = (sizes: readonly number[]): string =>
      `${LABEL}: LayerNorm([${sizes.join(", ")}], eps=${number(config, "eps")}, elementwise_affine=${affine})`;
    if (axes.length === 0) return `(${x}[..., none] -> ${call([1])})[..., 0]`;
    const order = [...from.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
    const back = order.map((_, axis) => order.indexOf(axis));
    return `${x} -> ${permute(order)} -> ${call(axes.map((axis) => from[axis]!))} -> ${permute(back)}`;
  },
  // Depth first: the channels of a block are the outer part of the axis, not the inner one.
  PixelShuffle: ({ config, from }, [x]) => {
    const [n, c, h, w] = from as [number, number, number, number];
    const r = number(config, "upscale_factor");
    const blocks = reshape([n, r, r, c / r ** 2, h, w]);
    return `${x} -> ${blocks} -> ${permute([0, 3, 4, 1, 5, 2])} -> ${reshape([n, c / r ** 2, h * r, w * r])}`;
  },
  Conv1d: convolution,
  Conv2d: convolution,
  ConvTranspose1d: transposedConvolution,
  ConvTranspose2d: transposedConvolution,
  MaxPool1d: pool("MaxPool"),
  MaxPool2d: pool("MaxPool"),
  AvgPool1d: pool("AvgPool"),
  AvgPool2d: pool("AvgPool"),
  AvgPool3d: pool("AvgPool"),
  // Modes that repeat elements take an axis of channels in torch.
  Pad: ({ config, from }, [x]) => {
    const pads = config["pads"] as readonly number[];
    if (passesAround(config["mode"] as string, pads, from))
      return periodic(x, config["mode"] as string, pads, from[0]!);
    const [mode, list] = [config["mode"] as string, `[${sides(pads).join(", ")}]`];
    if (mode === "constant") return `${x} -> Pad(${list}, value=${number(config, "value")})`;
    return `(${x}[none] -> Pad(${list}, "${mode === "edge" ? "replicate" : mode}"))[0]`;
  },
  // With one channel both orders are one.
  PixelUnshuffle: ({ config }, [x]) => `${x} -> PixelUnshuffle(${number(config, "downscale_factor")})`,
};

/** ONNX lists what is before each axis, then what is after it; torch the sides of the last axis first. */
function sides(pads: readonly number[]): number[] {
  const count = pads.length / 2;
  return Array.from({ length: count }, (_, i) => [pads[count - 1 - i]!, pads[2 * count - 1 - i]!]).flat();
}

/** Whether an only axis is padded by more than its other end or its mirror image has. */
function passesAround(mode: string, pads: readonly number[], shape: readonly number[]): boolean {
  if (shape.length !== 1 || !["wrap", "reflect"].includes(mode)) return false;
  const [most, kept] = [Math.max(...pads), pads.reduce((size, side) => size + Math.min(side, 0), shape[0]!)];
  return mode === "wrap" ? most > kept : most >= kept;
}

/** A piece of a row that repeats itself: what is left of x where sides take away, and in mode reflect its mirror image. */
function periodic(x: string, mode: string, pads: readonly number[], size: number): string {
  const [before, after] = pads as [number, number];
  const kept = `${x}[${Math.max(-before, 0)}:${size - Math.max(-after, 0)}]`;
  const count = size + Math.min(before, 0) + Math.min(after, 0);
  const cycle = mode === "wrap" ? [kept] : [kept, `(${kept} -> Flip(0))[1:${count - 1}]`];
  const period = mode === "wrap" ? count : 2 * count - 2;
  const start = (period - (Math.max(before, 0) % period)) % period;
  const length = size + before + after;
  const cycles = Array.from({ length: Math.ceil((start + length) / period) }, () => cycle).flat();
  return `([${cycles.join(", ")}] -> Concat(dim=0))[${start}:${start + length}]`;
}

function listOf({ config }: Case, name: string): readonly number[] {
  return config[name] as readonly number[];
}

/** The call of a convolution without padding. */
function convolutionCall(name: string, one: Case): string {
  const { config } = one;
  const named = ["stride", "dilation", "output_padding"]
    .filter((each) => each in config)
    .map((each) => `, ${each}=[${listOf(one, each).join(", ")}]`);
  const kernel = listOf(one, "kernel_size");
  const channels = `${number(config, "in_channels")}, ${number(config, "out_channels")}`;
  const rest = `${named.join("")}, groups=${number(config, "groups")}, bias=${config["bias"] === true}`;
  return `${LABEL}: ${name}${kernel.length}d(${channels}, [${kernel.join(", ")}]${rest})`;
}

/** A chain on an image whose channels come last. */
function asChannelsFirst(chain: string, { config }: Case): string {
  return config["inputLayout"] === "nhwc" ? `Permute(0, 3, 1, 2) -> ${chain} -> Permute(0, 2, 3, 1)` : chain;
}

/** A convolution whose padding differs between the sides: the input is padded before. */
function convolution(one: Case, [x]: Parameters<Equivalent>[1]): string {
  const padded = `Pad([${sides(listOf(one, "pads")).join(", ")}])`;
  return `${x} -> ${asChannelsFirst(`${padded} -> ${convolutionCall("Conv", one)}`, one)}`;
}

/** A transposed one: its padding is what is taken away from the result. */
function transposedConvolution(one: Case, [x]: Parameters<Equivalent>[1]): string {
  const cropped = `Pad([${sides(listOf(one, "pads"))
    .map((side) => -side)
    .join(", ")}])`;
  return `${x} -> ${asChannelsFirst(`${convolutionCall("ConvTranspose", one)} -> ${cropped}`, one)}`;
}

/** Whether means are over windows with gaps, which `AvgPool` has not. */
function isDilatedMean(one: Case): boolean {
  return (
    one.layer === null && one.op.startsWith("AvgPool") && listOf(one, "dilation").some((step) => step > 1)
  );
}

/** Means over windows with gaps: a sum of every window and a count of what is in it, by convolutions with weights of 1. */
function dilatedMean(one: Parameters<Equivalent>[0], x: string): string {
  const [kernel, stride, dilation, pads] = ["kernel_size", "stride", "dilation", "pads"].map((name) => listOf(one, name)) as [readonly number[], readonly number[], readonly number[], readonly number[]]; // prettier-ignore
  const rank = kernel.length;
  const channels = one.from[1]!;
  // In `ceil_mode` the last window may go beyond the padding.
  const beyond = kernel.map((size, axis) => {
    const end = (one.outputs[0]!.shape[axis + 2]! - 1) * stride[axis]! + dilation[axis]! * (size - 1) + 1;
    return Math.max(0, end - one.from[axis + 2]! - pads[axis]! - pads[axis + rank]!);
  });
  const lists = [kernel, stride].map((list) => `[${list.join(", ")}]`).join(", ");
  const sum = `Conv${rank}d(${channels}, ${channels}, ${lists}, dilation=[${dilation.join(", ")}], groups=${channels}, bias=False)`;
  const padded = (value: number): string =>
    `Pad([${sides(pads).join(", ")}], value=${value}) -> Pad([${sides([...beyond.map(() => 0), ...beyond]).join(", ")}])`;
  const counted = one.config["count_include_pad"] === true ? 1 : 0;
  return `(${x} -> ${padded(0)} -> ${LABEL}: ${sum}) / (Ones(${one.from.join(", ")}) -> ${padded(counted)} -> ${COUNT}: ${sum})`;
}

/** Pooling whose padding differs between the sides: the input is padded before. A mean counts what a mean of ones counts. */
function pool(layer: "MaxPool" | "AvgPool"): Equivalent {
  return (one, [x]) => {
    if (isDilatedMean(one)) return dilatedMean(one, x);
    const { config, from } = one;
    const [kernel, stride, dilation, pads] = ["kernel_size", "stride", "dilation", "pads"].map(
      (name) => config[name] as readonly number[],
    );
    const rank = kernel!.length;
    const padding = (value: string): string => ` -> Pad([${sides(pads!).join(", ")}], value=${value})`;
    const lists = [kernel!, stride!].map((list) => `[${list.join(", ")}]`).join(", ");
    const ceil = `ceil_mode=${config["ceil_mode"] === true}`;
    const turn =
      config["layout"] === "nhwc" ? [" -> Permute(0, 3, 1, 2)", " -> Permute(0, 2, 3, 1)"] : ["", ""];
    if (layer === "MaxPool") {
      const pooled = `MaxPool${rank}d(${lists}, 0, [${dilation!.join(", ")}], ${ceil})`;
      return `${x}${turn[0]}${padding("-inf")} -> ${pooled}${turn[1]}`;
    }
    const mean = `${padding("0")} -> AvgPool${rank}d(${lists}, ${ceil})`;
    const all = `${x}${turn[0]}${mean}`;
    if (config["count_include_pad"] === true) return `${all}${turn[1]}`;
    return `(${all}) / (Ones(${from.join(", ")})${turn[0]}${mean})${turn[1]}`;
  };
}

function number(config: Case["config"], name: string): number {
  return config[name] as number;
}

function reshape(sizes: readonly number[]): string {
  return `Reshape(${sizes.join(", ")})`;
}

function permute(order: readonly number[]): string {
  return `Permute(${order.join(", ")})`;
}

function norm(layer: string, { config }: Case): string {
  const affine = (config["affine"] as readonly boolean[]).includes(true);
  return `${LABEL}: ${layer}(${number(config, "num_features")}, eps=${number(config, "eps")}, affine=${affine})`;
}

/** A layer of [N, C, H, W] on [N, H, W, C]: it does not see in which order H and W stand. */
function channelsFirst(x: string, call: string, last: boolean): string {
  const turn = last ? " -> Transpose(1, 3)" : "";
  return `${x}${turn} -> ${call}${turn}`;
}
