/**
 * The dropout family. In eval mode, and with p=0, each returns its input. Training needs random numbers, which
 * compiled modules do not have.
 */
import { numberText, type TensorType } from "../ir/types.ts";
import { wantBatched } from "./axes.ts";
import { inplace } from "./elementwise.ts";
import { float, layer, number } from "./record.ts";
import type { LayerRecord, ShapeContext } from "./record.ts";

function dropping(spec: {
  name: string;
  /** The parts of the input that training sets to 0, in words. */
  drops: string;
  paper: string;
  shapes: string;
  accepts: readonly string[];
  wrong?: (x: TensorType, context: ShapeContext) => string | undefined;
  inputs: readonly [readonly number[], readonly number[], readonly number[]];
}): LayerRecord {
  const { name, drops, paper, shapes, accepts, wrong, inputs } = spec;
  const [first, second, third] = inputs;
  return layer({
    name,
    doc: `the input in eval; training drops ${drops}`,
    shapes,
    source: `torch.nn.${name}; ${paper}`,
    args: { p: float(0.5), inplace },
    inputs: ["x"],
    validate: (args) => {
      const p = number(args, "p");
      return p >= 0 && p <= 1
        ? undefined
        : `dropout probability has to be between 0 and 1, but got ${numberText(p)}`;
    },
    unsupported: (mode, args) =>
      mode === "train" && number(args, "p") > 0
        ? "dropout in train mode needs random numbers at every call, which are not supported: set p=0, or compile for eval"
        : undefined,
    accepts: () => [{ dtype: "f32", shape: accepts }],
    infer: ([x], _args, context) => wrong?.(x!, context) ?? [x!],
    body: ([x]) => [x!],
    samples: [
      { source: `${name}()`, inputs: [first], modes: ["eval"] },
      { source: `${name}(0.1)`, inputs: [second], modes: ["eval"] },
      { source: `${name}(p=0)`, inputs: [third] },
    ],
  });
}

const any = { shapes: "x: [...] -> [...]", accepts: ["..."] };
const hinton = "Hinton et al., arXiv:1207.0580";
const tompson = "Tompson et al., arXiv:1411.4280";
const klambauer = "Klambauer et al., arXiv:1706.02515";

export const dropout: LayerRecord = dropping({
  ...any,
  name: "Dropout",
  drops: "values at random",
  paper: hinton,
  inputs: [[2, 3], [4], [2, 2]],
});

export const dropout1d: LayerRecord = dropping({
  name: "Dropout1d",
  drops: "channels at random",
  paper: tompson,
  shapes: "x: [N, C, L] or [C, L] -> the same",
  accepts: ["N", "C", "L"],
  wrong: ({ shape }, context) => wantBatched(shape, 3, "f32[N, C, L]", context),
  inputs: [
    [2, 3, 4],
    [3, 4],
    [1, 2, 2],
  ],
});

// PyTorch accepts inputs of other ranks for these two layers, with a warning, so they are accepted here.
export const dropout2d: LayerRecord = dropping({
  ...any,
  name: "Dropout2d",
  drops: "channels at random",
  paper: tompson,
  inputs: [
    [2, 3, 2, 2],
    [2, 3, 4],
    [2, 3],
  ],
});

export const dropout3d: LayerRecord = dropping({
  ...any,
  name: "Dropout3d",
  drops: "channels at random",
  paper: tompson,
  inputs: [
    [2, 3, 2, 2, 2],
    [3, 2, 2, 2],
    [2, 3],
  ],
});

export const alphaDropout: LayerRecord = dropping({
  ...any,
  name: "AlphaDropout",
  drops: "values at random, and keeps mean and variance",
  paper: klambauer,
  inputs: [[2, 3], [4], [2, 2]],
});

export const featureAlphaDropout: LayerRecord = dropping({
  ...any,
  name: "FeatureAlphaDropout",
  drops: "channels at random, and keeps mean and variance",
  paper: klambauer,
  inputs: [
    [2, 3, 4],
    [2, 3],
    [2, 2, 2],
  ],
});
