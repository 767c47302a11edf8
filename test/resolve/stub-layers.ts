/**
 * Layers with the parameters and shapes of PyTorch's and no meaning, for nets whose layers are not in the
 * library, and for results and inputs that the library's own layers do not have.
 */
import { operators, records } from "../../compiler/layers/index.ts";
import { combinators } from "../../compiler/layers/combinators.ts";
import { bool, constant, float, int, ints, list, number, size } from "../../compiler/layers/record.ts";
import type { ArgSpec, Args, LayerRecord, ParameterSpec } from "../../compiler/layers/record.ts";
import { add, divideExactly, floorDiv, mul, sub, type Size } from "../../compiler/ir/size/size.ts";
import { extent, isRun, type Dim, type TensorType } from "../../compiler/ir/types.ts";
import { library, type Table } from "../../compiler/resolve/index.ts";

type Stub = Partial<LayerRecord> & Pick<LayerRecord, "name" | "infer">;

function stub(record: Stub): LayerRecord {
  return { doc: "", shapes: "", source: "", args: {}, inputs: ["x"], body: () => [], samples: [], ...record };
}

function weights(shapes: Record<string, readonly number[]>): ParameterSpec[] {
  return Object.entries(shapes).map(([name, shape]) => ({ name, role: "param", dtype: "f32", shape, init: constant(0) })); // prettier-ignore
}

const f32 = (shape: readonly Dim[]): TensorType => ({ dtype: "f32", shape });
const n = number;
const last = (type: TensorType): Size => extent(type.shape.at(-1)!);

/** A number for every axis, from one number or a list. */
function each(args: Args, name: string, rank: number): number[] {
  const values = list(args, name) as number[];
  return Array.from({ length: rank }, (_, i) => values[i] ?? values[0]!);
}

function windowed(x: TensorType, rank: number, args: Args, channels: Dim): TensorType {
  const axes = x.shape.slice(-rank).map((dim, i) => {
    const span = each(args, "dilation", rank)[i]! * (each(args, "kernel_size", rank)[i]! - 1);
    const free = sub(add(extent(dim), 2 * each(args, "padding", rank)[i]!), span + 1);
    return add(floorDiv(free, each(args, "stride", rank)[i]!), 1);
  });
  return f32([...x.shape.slice(0, -rank - 1), channels, ...axes]);
}

function conv(rank: number): LayerRecord {
  return stub({
    name: `Conv${rank}d`,
    args: {
      in_channels: int(),
      out_channels: int(),
      kernel_size: ints(),
      stride: ints(1),
      padding: ints(0),
      dilation: ints(1),
      groups: int(1),
      bias: bool(true),
    },
    parameters: (args) =>
      weights({
        weight: [n(args, "out_channels"), n(args, "in_channels") / n(args, "groups"), ...each(args, "kernel_size", rank)],
        ...(args["bias"] === true && { bias: [n(args, "out_channels")] }),
      }), // prettier-ignore
    accepts: (args) => [{ dtype: "f32", shape: ["N", n(args, "in_channels"), ...["H", "W"].slice(0, rank)] }],
    infer: ([x], args, context) => {
      if (x!.shape.length !== rank + 2 || x!.shape.some(isRun)) return `it takes ${rank + 2} sizes`;
      const wrong = context.equal(extent(x!.shape[1]!), n(args, "in_channels"), "channels");
      return wrong ?? [windowed(x!, rank, args, n(args, "out_channels"))];
    },
  });
}

const same = (name: string, args: Record<string, ArgSpec> = {}): LayerRecord =>
  stub({ name, args, infer: ([x]) => [x!] });

function reduction(name: string, args: Record<string, ArgSpec> = {}): LayerRecord {
  return stub({
    name,
    args: { ...args, dim: int(null), keepdim: bool(false) },
    infer: ([x], given) => {
      const axis = n(given, "dim") < 0 ? n(given, "dim") + x!.shape.length : n(given, "dim");
      return [f32(x!.shape.flatMap((dim, i) => (i !== axis ? [dim] : given["keepdim"] === true ? [1] : [])))];
    },
  });
}

const lstmArgs = {
  input_size: int(),
  hidden_size: int(),
  num_layers: int(1),
  bias: bool(true),
  batch_first: bool(false),
  dropout: float(0),
  bidirectional: bool(false),
};

export const stubs: readonly LayerRecord[] = [
  conv(1),
  conv(2),
  stub({
    name: "ConvTranspose2d",
    args: { in_channels: int(), out_channels: int(), kernel_size: ints(), stride: ints(1), padding: ints(0), output_padding: ints(0) }, // prettier-ignore
    parameters: (args) =>
      weights({
        weight: [n(args, "in_channels"), n(args, "out_channels"), ...each(args, "kernel_size", 2)],
        bias: [n(args, "out_channels")],
      }),
    infer: ([x], args) => {
      const axes = x!.shape.slice(-2).map((dim, i) => {
        const grown = mul(sub(extent(dim), 1), each(args, "stride", 2)[i]!);
        return add(sub(grown, 2 * each(args, "padding", 2)[i]!), each(args, "kernel_size", 2)[i]! + each(args, "output_padding", 2)[i]!); // prettier-ignore
      });
      return [f32([x!.shape[0]!, n(args, "out_channels"), ...axes])];
    },
  }),
  stub({
    name: "MaxPool2d",
    args: { kernel_size: ints(), stride: ints(null), padding: ints(0), dilation: ints(1) },
    infer: ([x], args) => [windowed(x!, 2, args["stride"] === null ? { ...args, stride: args["kernel_size"]! } : args, x!.shape[1]!)], // prettier-ignore
  }),
  stub({
    name: "AdaptiveAvgPool2d",
    args: { output_size: ints() },
    infer: ([x], args) => [f32([...x!.shape.slice(0, -2), ...each(args, "output_size", 2)])],
  }),
  ...["BatchNorm1d", "BatchNorm2d"].map((name) =>
    stub({
      name,
      args: { num_features: int() },
      parameters: (args) => [
        ...weights({ weight: [n(args, "num_features")], bias: [n(args, "num_features")] }),
        { name: "running_mean", role: "buffer", dtype: "f32", shape: [n(args, "num_features")], init: constant(0) }, // prettier-ignore
        { name: "running_var", role: "buffer", dtype: "f32", shape: [n(args, "num_features")], init: constant(1) }, // prettier-ignore
        { name: "num_batches_tracked", role: "buffer", dtype: "i32", shape: [], init: constant(0) },
      ],
      infer: ([x], args, context) =>
        context.equal(extent(x!.shape[1]!), n(args, "num_features"), "channels") ?? [x!],
    }),
  ),
  stub({
    name: "LSTM",
    args: lstmArgs,
    inputs: ["input", "h_0", "c_0"],
    required: 1,
    outputs: ["output", "h_n", "c_n"],
    auxiliary: true,
    accepts: (args) => [{ dtype: "f32", shape: ["L", "N", n(args, "input_size")] }],
    parameters: (args) => {
      const [inputs, hidden] = [n(args, "input_size"), n(args, "hidden_size")];
      const directions = args["bidirectional"] === true ? ["", "_reverse"] : [""];
      return directions.flatMap((suffix) =>
        weights({
          [`weight_ih_l0${suffix}`]: [4 * hidden, inputs],
          [`weight_hh_l0${suffix}`]: [4 * hidden, hidden],
          [`bias_ih_l0${suffix}`]: [4 * hidden],
          [`bias_hh_l0${suffix}`]: [4 * hidden],
        }),
      );
    },
    infer: ([x], args, context) => {
      const wrong = context.equal(last(x!), n(args, "input_size"), "the last size");
      const directions = args["bidirectional"] === true ? 2 : 1;
      const state = f32([directions, x!.shape[0]!, n(args, "hidden_size")]);
      return wrong ?? [f32([...x!.shape.slice(0, -1), directions * n(args, "hidden_size")]), state, state];
    },
  }),
  stub({
    name: "LSTMCell",
    args: { input_size: int(), hidden_size: int() },
    inputs: ["input", "h", "c"],
    outputs: ["h", "c"],
    auxiliary: true,
    parameters: (args) => {
      const [inputs, hidden] = [n(args, "input_size"), n(args, "hidden_size")];
      return weights({ weight_ih: [4 * hidden, inputs], weight_hh: [4 * hidden, hidden], bias_ih: [4 * hidden], bias_hh: [4 * hidden] }); // prettier-ignore
    },
    infer: ([, h, c], args, context) =>
      context.equal(last(h!), n(args, "hidden_size"), "the last size") ?? [h!, c!],
  }),
  stub({
    name: "MultiheadAttention",
    args: { embed_dim: int(), num_heads: int() },
    inputs: ["query", "key", "value", "key_padding_mask", "attn_mask"],
    required: 1,
    outputs: ["attn_output", "attn_output_weights"],
    auxiliary: true,
    parameters: (args) => {
      const d = n(args, "embed_dim");
      return weights({ in_proj_weight: [3 * d, d], in_proj_bias: [3 * d], "out_proj.weight": [d, d], "out_proj.bias": [d] }); // prettier-ignore
    },
    infer: ([query]) => [query!, query!],
  }),
  stub({
    name: "ReflectionPad1d",
    args: { padding: ints() },
    infer: ([x], args) => [f32([...x!.shape.slice(0, -1), each(args, "padding", 2).reduce<Size>(add, last(x!))])], // prettier-ignore
  }),
  stub({
    name: "ZeroPad2d",
    args: { padding: { kind: "sizes" } },
    infer: ([x], args) => {
      const [left, right, top, bottom] = list(args, "padding") as [Size, Size, Size, Size];
      const [height, width] = x!.shape.slice(-2).map(extent) as [Size, Size];
      return [f32([...x!.shape.slice(0, -2), add(height, add(top, bottom)), add(width, add(left, right))])];
    },
  }),
  stub({
    name: "Stack",
    args: { dim: int(0) },
    inputs: ["xs"],
    variadic: true,
    infer: (xs, args) => [f32([...xs[0]!.shape.slice(0, n(args, "dim")), xs.length, ...xs[0]!.shape.slice(n(args, "dim"))])], // prettier-ignore
  }),
  stub({
    name: "Split",
    args: { split_size: int(), dim: int(0) },
    infer: ([x], args) => {
      const axis = n(args, "dim");
      const parts = divideExactly(extent(x!.shape[axis]!), n(args, "split_size"));
      if (typeof parts !== "number") return "it does not split evenly";
      const part = f32(x!.shape.map((dim, i) => (i === axis ? n(args, "split_size") : dim)));
      return Array.from({ length: parts }, () => part);
    },
  }),
  stub({
    name: "Unbind",
    args: { dim: int(0) },
    infer: ([x], args) => {
      const axis = n(args, "dim");
      const part = f32(x!.shape.filter((_, i) => i !== axis));
      return Array.from({ length: x!.shape[axis] as number }, () => part);
    },
  }),
  stub({
    name: "Permute",
    args: { dims: { kind: "ints", rest: true } },
    infer: ([x], args) => [f32((list(args, "dims") as number[]).map((axis) => x!.shape[axis]!))],
  }),
  stub({
    name: "Expand",
    args: { sizes: { kind: "sizes", rest: true } },
    infer: ([x], args) => [f32(list(args, "sizes").map((wanted, i) => (wanted === -1 ? x!.shape[i]! : wanted)))], // prettier-ignore
  }),
  stub({
    name: "Squeeze",
    args: { dim: int(null) },
    infer: ([x], args) => {
      const axis = n(args, "dim") < 0 ? n(args, "dim") + x!.shape.length : n(args, "dim");
      return [f32(x!.shape.filter((dim, i) => i !== axis || dim !== 1))];
    },
  }),
  stub({
    name: "Unsqueeze",
    args: { dim: int() },
    infer: ([x], args) => {
      const axis = n(args, "dim") < 0 ? n(args, "dim") + x!.shape.length + 1 : n(args, "dim");
      return [f32([...x!.shape.slice(0, axis), 1, ...x!.shape.slice(axis)])];
    },
  }),
  reduction("Mean"),
  reduction("Sum"),
  reduction("Norm", { p: float(2) }),
  same("Clamp", { min: float(null), max: float(null) }),
  same("Sqrt"),
  same("SiLU"),
  same("ReLU6"),
  same("LogSoftmax", { dim: int() }),
  stub({
    name: "GLU",
    args: { dim: int(-1) },
    infer: ([x], args) => [f32(x!.shape.map((dim, i) => (i === n(args, "dim") ? floorDiv(extent(dim), 2) : dim)))], // prettier-ignore
  }),
  stub({
    name: "CosineSimilarity",
    args: { dim: int(1) },
    inputs: ["x1", "x2"],
    infer: ([x], args) => [f32(x!.shape.filter((_, i) => i !== n(args, "dim")))],
  }),
  stub({
    name: "Where",
    inputs: ["condition", "x", "y"],
    infer: ([condition, x]) => [f32(x!.shape.length >= condition!.shape.length ? x!.shape : condition!.shape)], // prettier-ignore
  }),
  stub({ name: "Arange", args: { end: size() }, inputs: [], infer: (_, args) => [{ dtype: "i32", shape: [args["end"] as Size] }] }), // prettier-ignore
];

/** The library, with stubs for what it lacks. */
export const table: Table = {
  ...library,
  records: new Map([...stubs.map((one) => [one.name, one] as const), ...records]),
  operators,
  combinators,
};

/** Only stubs where there are any: their shapes and results are the tests' own. */
export const stubTable: Table = {
  ...table,
  records: new Map([...records, ...stubs.map((one) => [one.name, one] as const)]),
};
