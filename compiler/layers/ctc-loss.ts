/** Connectionist temporal classification, which adds up all ways to spell a target. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { add, type Size } from "../ir/size/size.ts";
import { extent, type TensorType } from "../ir/types.ts";
import { wantDtype, wantRank } from "./axes.ts";
import { lossType, reduceLoss, reductionArg, wantShape } from "./loss.ts";
import { bool, flag, int, layer, number } from "./record.ts";
import type { Args, LayerRecord, ShapeContext } from "./record.ts";

function ctcType(
  [x, targets, inputLengths, targetLengths]: readonly TensorType[],
  args: Args,
  context: ShapeContext,
): readonly TensorType[] | string {
  const wrong = wantDtype(x!, "f32") ?? wantRank(x!.shape, [3, 2], "f32[T, N, C]");
  if (wrong !== undefined) return wrong;
  for (const [name, type] of Object.entries({ targets, inputLengths, targetLengths })) {
    const dtype = wantDtype(type!, "i32");
    if (dtype !== undefined) return `${name.replace("Lengths", "_lengths")}: ${dtype}`;
  }
  const isBatched = x!.shape.length === 3;
  const batch = isBatched ? [extent(x!.shape[1]!)] : [];
  const unlike = wantRank(targets!.shape, isBatched ? [2, 1] : [1], isBatched ? "i32[N, S]" : "i32[S]");
  if (unlike !== undefined) return `targets: ${unlike}`;
  const few =
    targets!.shape.length === 2
      ? context.equal(extent(targets!.shape[0]!), batch[0]!, "targets must have a row for each sample of x")
      : undefined;
  if (few !== undefined) return few;
  const blank = number(args, "blank");
  const outside = context.atLeast(extent(x!.shape.at(-1)!), blank + 1, `x has no class ${blank} for blanks`);
  if (outside !== undefined) return outside;
  const reason = isBatched
    ? "lengths must be i32[N], one for each sample"
    : "without a batch, lengths are i32[]";
  return (
    wantShape(inputLengths!.shape, batch, context, `input_${reason}`) ??
    wantShape(targetLengths!.shape, batch, context, `target_${reason}`) ??
    lossType(batch, args)
  );
}

/** A batch of targets, of which one sample has as many as its length says. */
interface Targets {
  /** [N, S], blanks behind the length */
  readonly labels: Tensor;
  /** [N] */
  readonly lengths: Tensor;
}

/** The targets of each sample, which stand in a row of their own or all one after the other. */
function targetsOf(b: Builder, targets: Tensor, lengths: Tensor, count: Size, blank: number): Targets {
  const most = sizesOf(targets).at(-1)!;
  const place = b.iota([count, most], 1);
  const isInside = b.map("lt", [place, b.reshape(lengths, [count, 1])]);
  if (sizesOf(targets).length === 2) return { labels: b.select(isInside, targets, blank), lengths };
  const earlier = b.map("lt", [b.iota([count, count], 1), b.iota([count, count], 0)]);
  const before = b.select(earlier, b.reshape(lengths, [1, count]), 0);
  const start = b.reduce("sum", before, [1], "start");
  const at = b.select(isInside, b.add(start, place), 0);
  return { labels: b.select(isInside, b.gather(targets, at), blank), lengths };
}

/** log(exp(x) + exp(y) + …), which is -Infinity where all are. */
function logAddExp(b: Builder, terms: readonly Tensor[]): Tensor {
  const most = terms.reduce((x, y) => b.map("max", [x, y]));
  const pivot = b.select(b.map("eq", [most, -Infinity]), 0, most);
  const sum = terms.map((x) => b.map("exp", [b.sub(x, pivot)])).reduce((x, y) => b.add(x, y));
  return b.add(b.map("log", [sum]), pivot);
}

/** The columns of [N, K] moved by one, behind a column of one value, so that there are `width` of them. */
function behind(b: Builder, x: Tensor, value: number, width: Size): Tensor {
  const [count, columns] = sizesOf(x) as [Size, Size];
  const all = b.pad(x, [count, add(columns, 1)], { before: [0, 1], value });
  return b.slice(all, [0, 0], [1, 1], [count, width]);
}

/**
 * The negative log-likelihood of each sample: [N]. A state is the log-probability of all ways that have come to a blank,
 * which stands before each label and behind the last, or to a label.
 */
function lossesOf(
  b: Builder,
  x: Tensor,
  { labels, lengths }: Targets,
  inputs: Tensor,
  blank: number,
): Tensor {
  const [steps, count, classes] = sizesOf(x) as [Size, Size, Size];
  const most = sizesOf(labels)[1]!;
  const more = add(most, 1);
  // Equal labels in a row need the blank between them.
  const leap = b.select(b.map("eq", [labels, behind(b, labels, blank, most)]), b.full([], -Infinity), 0);
  const begin = [
    b.select(b.map("eq", [b.iota([count, more], 1), 0]), b.full([], 0), -Infinity),
    b.full([count, most], -Infinity),
  ];
  const { last } = b.scan({ count: steps, begin }, (states, at) => {
    const [blanks, spelt] = states as [Tensor, Tensor];
    const scores = b.reshape(b.slice(x, [at, 0, 0], [1, 1, 1], [1, count, classes]), [count, classes]);
    const ofBlank = b.slice(scores, [0, blank], [1, 1], [count, 1]);
    const ofLabels = b.gather(scores, labels, { axis: 1, batch: 1 });
    const before = behind(b, spelt, -Infinity, more);
    const isInside = b.map("lt", [b.constant(at, "i32"), b.reshape(inputs, [count, 1])]);
    const others = [b.slice(blanks, [0, 0], [1, 1], [count, most]), b.add(b.slice(before, [0, 0], [1, 1], [count, most]), leap)]; // prettier-ignore
    const next = [
      b.add(logAddExp(b, [blanks, before]), ofBlank),
      b.add(logAddExp(b, [spelt, ...others]), ofLabels),
    ];
    return { next: next.map((one, i) => b.select(isInside, one, states[i]!)), stacked: [] };
  });
  const ends = [last[0]!, behind(b, last[1]!, -Infinity, more)];
  const end = ends.map((states) => b.gather(states, lengths, { axis: 1, batch: 1 }));
  return b.map("neg", [logAddExp(b, end)]);
}

export const ctcLoss: LayerRecord = layer({
  name: "CTCLoss",
  doc: "the negative log-probability that x spells the targets, with blanks between and labels repeated, added up over all ways; the mean is over the losses divided by target lengths",
  shapes:
    "x: [T, N, C] of log-probabilities, targets: i32[N, S], or all one after the other: i32[S], input_lengths: i32[N], target_lengths: i32[N] -> [], or [N] with reduction='none'; or all without N",
  formula: "-log(sum over alignments of exp(sum over t of x[t, label at t]))",
  source: "torch.nn.CTCLoss; Graves et al., ICML 2006",
  args: { blank: int(0, 0), reduction: reductionArg, zero_infinity: bool(false) },
  inputs: ["x", "targets", "input_lengths", "target_lengths"],
  infer: ctcType,
  body: ([x, targets, inputLengths, targetLengths], { b, args, types }) => {
    const sizes = sizesOf(x!);
    const count = sizes.length === 3 ? sizes[1]! : 1;
    const blank = number(args, "blank");
    const batched = b.reshape(x!, [sizes[0]!, count, sizes.at(-1)!]);
    const given = targetsOf(b, targets!, b.reshape(targetLengths!, [count]), count, blank);
    const all = lossesOf(b, batched, given, b.reshape(inputLengths!, [count]), blank);
    const losses = flag(args, "zero_infinity") ? b.select(b.map("eq", [all, Infinity]), 0, all) : all;
    const isMean = args["reduction"] === "mean";
    const parts = isMean ? b.div(losses, b.cast(b.map("max", [given.lengths, 1]), "f32")) : losses;
    return [b.reshape(reduceLoss(b, parts, args), types[0]!.shape.map(extent))];
  },
  samples: [
    {
      source: "CTCLoss()",
      inputs: [[4, 2, 3], [2, 2], [2], [2]],
      dtypes: ["f32", "i32", "i32", "i32"],
      below: 3,
    },
    {
      source: "CTCLoss(1, 'sum', True)",
      inputs: [[5, 2, 3], [4], [2], [2]],
      dtypes: ["f32", "i32", "i32", "i32"],
      below: 3,
    },
    {
      source: "CTCLoss(reduction='none')",
      inputs: [[4, 3], [2], [], []],
      dtypes: ["f32", "i32", "i32", "i32"],
      below: 3,
    },
  ],
});
