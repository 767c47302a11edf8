/** Linear maps of the last axis, table look-up, and the matrix product. */
import { sizesOf } from "../ir/build.ts";
import type { Init } from "../ir/graph.ts";
import { isRun, type TensorType } from "../ir/types.ts";
import { wantDtype } from "./axes.ts";
import { bool, flag, int, layer, number, typed } from "./record.ts";
import type { ArgValue, LayerRecord } from "./record.ts";

/** The last size of the first input, for `_`. */
export function lastSize(inputs: readonly TensorType[]): ArgValue | undefined {
  const last = inputs[0]?.shape.at(-1);
  return last === undefined || isRun(last) ? undefined : last;
}

/** Between plus and minus `bound`. */
function within(bound: number): Init {
  return { kind: "uniform", low: -bound, high: bound };
}

/** PyTorch's kaiming_uniform_(a=sqrt(5)), in its order of operations so that the bits agree. */
export function kaimingUniform(fanIn: number): Init {
  const slope = Math.sqrt(5);
  const gain = Math.sqrt(2 / (1 + slope * slope));
  return within(Math.sqrt(3) * (gain / Math.sqrt(fanIn)));
}

export function biasUniform(fanIn: number): Init {
  return within(1 / Math.sqrt(fanIn));
}

export const linear: LayerRecord = layer({
  name: "Linear",
  doc: "x @ transpose(weight) + bias, on the last axis",
  args: {
    in_features: { ...int(undefined, 1), infer: lastSize },
    out_features: int(undefined, 1),
    bias: bool(true),
  },
  inputs: ["x"],
  accepts: (args) => [{ dtype: "f32", shape: ["...", number(args, "in_features")] }],
  parameters: (args) => {
    const [inputs, outputs] = [number(args, "in_features"), number(args, "out_features")];
    const weight = { name: "weight", role: "param", dtype: "f32", shape: [outputs, inputs] } as const;
    const bias = { name: "bias", role: "param", dtype: "f32", shape: [outputs] } as const;
    return [
      { ...weight, init: kaimingUniform(inputs) },
      ...(flag(args, "bias") ? [{ ...bias, init: biasUniform(inputs) }] : []),
    ];
  },
  infer: ([x], args, context) => {
    const wrong = wantDtype(x!, "f32");
    if (wrong !== undefined) return wrong;
    const wanted = number(args, "in_features");
    const last = x!.shape.at(-1);
    const reason = `the last size must be ${wanted}`;
    if (last === undefined || isRun(last)) return `${reason}, and must be declared`;
    const differs = context.equal(last, wanted, reason);
    return differs ?? [typed("f32", [...x!.shape.slice(0, -1), number(args, "out_features")])];
  },
  body: ([x], { b, parameters }) => {
    const rank = sizesOf(x!).length;
    const rows = Array.from({ length: rank - 1 }, (_, axis) => axis);
    const [inner, outer] = [rank - 1, rank];
    const y = b.contract(x!, parameters["weight"]!, [[...rows, inner], [outer, inner], [...rows, outer]]); // prettier-ignore
    const { bias } = parameters;
    return [bias ? b.add(y, bias) : y];
  },
  samples: [
    { source: "Linear(4, 3)", inputs: [[2, 4]] },
    { source: "Linear(4, 3, bias=False)", inputs: [[4]] },
    { source: "Linear(5, 1)", inputs: [[2, 3, 5]] },
    { source: "Linear(1, 2)", inputs: [[3, 1]] },
  ],
});
