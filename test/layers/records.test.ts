import { describe, expect, test } from "vitest";
import { add, key, neg, symbol } from "../../compiler/ir/size/size.ts";
import { typeText } from "../../compiler/ir/types.ts";
import { allRecords, layerNames, operators, records } from "../../compiler/layers/index.ts";
import type { ArgValue, LayerRecord, Mode, Sample, SubscriptArg } from "../../compiler/layers/record.ts";
import { subscript } from "../../compiler/layers/subscript.ts";
import { checkRules as check, infer, type } from "./infer.ts";
import { callOf } from "./call.ts";
import { argsOf, context, expanded, runSingle, sampleTypes, single } from "./single.ts";

describe("the table", () => {
  test("names are unique and those of syntax are not among them", () => {
    expect(new Set(layerNames).size).toBe(layerNames.length);
    expect(layerNames).toContain("SwitchNorm2d");
    expect(layerNames).toContain("Cat");
    expect(layerNames).not.toContain("Subscript");
  });

  test("every operator of the language is there", () => {
    const texts = ["+", "-", "*", "/", "//", "%", "@", "**", "==", "!=", "<", "<=", ">", ">=", "neg"];
    expect([...operators.keys()].sort()).toEqual(texts.sort());
  });

  // Syntax has no calls, and initial values of parameters compute nothing in a graph.
  const samplesOf = allRecords.filter(
    (record) => !record.hidden && !(record.init && record.samples.length === 0),
  );

  test("every record that computes has at least three samples", () => {
    const few = samplesOf.filter((record) => record.samples.length < 3).map((record) => record.name);
    expect(few).toEqual([]);
  });

  test("every record says where it comes from, its shapes, and its formula where it computes", () => {
    const computing = new Set(["map", "reduce", "contract", "window", "iota"]);
    const computes = (record: LayerRecord, sample: Sample, mode: Mode): boolean => {
      const graph = single(record, callOf(record, sample.source), sampleTypes(sample), mode);
      if (typeof graph === "string") return false;
      return expanded(graph, mode).nodes.some(({ op }) => computing.has(op.kind));
    };
    const silent = samplesOf.filter((record) => {
      if (record.formula !== undefined) return false;
      return record.samples.some((sample) =>
        (sample.modes ?? (["eval", "train"] as const)).some((mode) => computes(record, sample, mode)),
      );
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
    for (const { name, shapes, source, inputs } of allRecords) {
      expect(shapes, name).toMatch(inputs.length === 0 ? /^-> \S/ : /\S -> \S/);
      for (const input of inputs) expect(shapes, name).toMatch(new RegExp(`\\b${input}\\b.*:.* ->`));
      expect(source, name).toMatch(/^\S.*[^.]$/);
    }
  });
});

describe("shape rules", () => {
  test("sizes left open stay open", () => {
    check([
      ["Linear", ["f32[..., 4]"], { args: [4, 3] }, "f32[..., 3]"],
      ["Linear", ["f32[4]"], { args: [4, 3] }, "f32[3]"],
      ["LayerNorm", ["f32[..., 10]"], { args: [10] }, "f32[..., 10]"],
      ["RMSNorm", ["f32[..., 3, 4]"], { args: [[3, 4]] }, "f32[..., 3, 4]"],
      ["SyncBatchNorm", ["f32[N, 5, ...]"], { args: [5] }, "f32[N, 5, ...]"],
      ["InstanceNorm2d", ["f32[N, 3, H, W]"], { args: [3] }, "f32[N, 3, H, W]"],
      ["InstanceNorm2d", ["f32[C, H, W]"], { args: [3] }, "f32[C, H, W]"],
      [
        "InstanceNorm1d",
        ["f32[2, 3, 1]"],
        { args: [3], named: { track_running_stats: true } },
        "f32[2, 3, 1]",
      ],
      ["GroupNorm", ["f32[N, C, ...]"], { args: [3, 6], named: { affine: false } }, "f32[N, C, ...]"],
      ["GroupNorm", ["f32[2, 6]"], { args: [6, 6] }, "f32[2, 6]"],
      ["Conv1d", ["f32[N, 4, L]"], { args: [4, 6, 3] }, "f32[N, 6, L - 2]"],
      ["Conv2d", ["f32[N, 3, H, W]"], { args: [3, 8, 3, 2, 1] }, "f32[N, 8, ((H + 1) // 2), ((W + 1) // 2)]"], // prettier-ignore
      ["Conv2d", ["f32[3, 5, 7]"], { args: [3, 8, [3, 2]], named: { padding: "same" } }, "f32[8, 5, 7]"],
      ["Conv2d", ["f32[0, 3, 5, 7]"], { args: [3, 8, 3], named: { dilation: [2, 1], stride: 3 } }, "f32[0, 8, 1, 2]"], // prettier-ignore
      ["Conv3d", ["f32[N, 2, 4, 4, 4]"], { args: [2, 2, 2], named: { groups: 2, padding: [0, 1, 2] } }, "f32[N, 2, 3, 5, 7]"], // prettier-ignore
      ["ConvTranspose1d", ["f32[N, 4, L]"], { args: [4, 6, 3] }, "f32[N, 6, L + 2]"],
      ["ConvTranspose2d", ["f32[N, 4, H, W]"], { args: [4, 6, 4, 2, 1] }, "f32[N, 6, 2 * H, 2 * W]"],
      ["ConvTranspose2d", ["f32[4, 5, 5]"], { args: [4, 6, 3, [2, 3], 1, [1, 0]] }, "f32[6, 10, 13]"],
      ["ConvTranspose2d", ["f32[N, 4, 5, 5]"], { args: [4, 6, 3], named: { stride: 2, output_size: [11, 12] } }, "f32[N, 6, 11, 12]"], // prettier-ignore
      ["ConvTranspose3d", ["f32[N, 2, 1, 2, 3]"], { args: [2, 2, 2], named: { groups: 2, dilation: [1, 2, 3] } }, "f32[N, 2, 2, 4, 6]"], // prettier-ignore
      ["ScaledDotProductAttention", ["f32[..., L, 4]", "f32[..., S, 4]", "f32[..., S, 6]", "bool[L, S]"], {}, "f32[..., L, 6]"], // prettier-ignore
      ["ScaledDotProductAttention", ["f32[N, 6, L, E]", "f32[N, 2, S, E]", "f32[N, 2, S, E]"], { named: { enable_gqa: true } }, "f32[N, 6, L, E]"], // prettier-ignore
      ["MultiheadAttention", ["f32[L, N, 4]"], { args: [4, 2] }, "f32[L, N, 4], f32[N, L, L]"],
      ["MultiheadAttention", ["f32[L, 4]", "f32[S, 4]"], { args: [4, 2], named: { add_zero_attn: true, average_attn_weights: false } }, "f32[L, 4], f32[2, L, S + 1]"], // prettier-ignore
      ["Bilinear", ["f32[..., 3]", "f32[..., 4]"], { args: [3, 4, 2] }, "f32[..., 2]"],
      ["Bilinear", ["f32[3]", "f32[4]"], { args: [3, 4, 2] }, "f32[2]"],
      ["CosineSimilarity", ["f32[N, C, ...]", "f32[N, C, ...]"], {}, "f32[N, ...]"],
      ["CosineSimilarity", ["f32[]", "i32[]"], { args: [-1] }, "f32[]"],
      ["PairwiseDistance", ["f32[..., D]", "f32[D]"], {}, "f32[...]"],
      ["PairwiseDistance", ["i32[N, 1]", "f32[3]"], { named: { keepdim: true } }, "f32[N, 1]"],
      ["PReLU", ["f32[N, 5, ...]"], { args: [5] }, "f32[N, 5, ...]"],
      ["ReLU6", ["i32[...]"], {}, "i32[...]"],
      ["Softsign", ["i32[...]"], {}, "f32[...]"],
      ["Sigmoid", ["bool[N]"], {}, "f32[N]"],
      ["GLU", ["f32[N, D]"], {}, "f32[N, (D // 2)]"],
      ["GLU", ["f32[..., 6]"], {}, "f32[..., 3]"],
      ["GLU", ["f32[N, 6, ...]"], { args: [1] }, "f32[N, 3, ...]"],
      ["Softmax2d", ["f32[C, H, W]"], {}, "f32[C, H, W]"],
      ["Dropout2d", ["f32[...]"], {}, "f32[...]"],
      ["Flatten", ["f32[N, C, ...]"], {}, "f32[N, C * run]"],
      ["Flatten", ["f32[..., 3]"], { args: [0] }, "f32[3 * run]"],
      ["Unflatten", ["f32[N, C]"], { args: [1, [2, -1]] }, "f32[N, 2, (C // 2)]"],
      ["Transpose", ["f32[N, ..., C]"], { args: [0, -1] }, "f32[C, ..., N]"],
      ["Embedding", ["i32[...]"], { args: [10, 4] }, "f32[..., 4]"],
      ["Mean", ["f32[N, C, ...]"], {}, "f32[]"],
      ["Mean", ["f32[N, C, ...]"], { args: [1] }, "f32[N, ...]"],
      ["Sum", ["i32[N, 3]"], { named: { dim: -1, keepdim: true } }, "i32[N, 1]"],
      ["Sum", ["bool[N]"], {}, "i32[]"],
      ["Mean", ["i32[N]"], {}, "f32[]"],
    ]);
  });

  test("operators broadcast and promote", () => {
    check([
      ["+", ["f32[..., 10]", "f32[10]"], {}, "f32[..., 10]"],
      ["+", ["f32[N, C, ...]", "f32[N, C, ...]"], {}, "f32[N, C, ...]"],
      ["+", ["f32[N, C, ...]", "f32[1]"], {}, "f32[N, C, ...]"],
      ["*", ["i32[2, 1]", "f32[N, 1, 3]"], {}, "f32[N, 2, 3]"],
      ["/", ["i32[2]", "i32[]"], {}, "f32[2]"],
      ["//", ["i32[2]", "i32[]"], {}, "i32[2]"],
      ["<", ["i32[2]", "f32[]"], {}, "bool[2]"],
      ["+", ["bool[2]", "i32[]"], {}, "i32[2]"],
      ["@", ["f32[..., 3]", "f32[3, 4]"], {}, "f32[..., 4]"],
      ["@", ["f32[..., T, 3]", "f32[..., 3, T]"], {}, "f32[..., T, T]"],
      ["@", ["f32[3]", "f32[3]"], {}, "f32[]"],
    ]);
  });

  test("what does not fit is said in words", () => {
    const declare = "declare the input with each of its sizes, as in `input x: f32[N, C, L]`";
    check([
      ["LayerNorm", ["f32[N, 128]"], { args: [256] }, "the last size must be 256"],
      ["LayerNorm", ["f32[4]"], { args: [[3, 4]] }, "the last 2 sizes must be 3, 4"],
      ["LayerNorm", ["f32[N, ...]"], { args: [4] }, "the last size must be 4, and must be declared"],
      ["LayerNorm", ["f32[2]"], { args: [[]] }, "normalized_shape must have at least one size"],
      ["LayerNorm", ["f32[N, 9]"], { args: [1e15] }, "f32[1000000000000000] would have more than 2147483647 elements"], // prettier-ignore
      ["LayerNorm", ["i32[N, 3]"], { args: [3] }, "it takes f32, not i32"],
      ["Linear", ["f32[N, 5]"], { args: [4, 3] }, "the last size must be 4"],
      ["Linear", ["f32[N, 5]"], { args: [5, 1e9] }, "f32[1000000000, 5] would have more than 2147483647 elements"], // prettier-ignore
      ["Conv2d", ["f32[2, 3, 5, 5]"], { args: [4, 6, 3] }, "the size at dim 1 must be 4"],
      ["Conv2d", ["f32[3, 5, 5]"], { args: [4, 6, 3] }, "the size at dim 0 must be 4"],
      ["Conv2d", ["f32[5, 5]"], { args: [4, 6, 3] }, "it takes 3 or 4 sizes, as in f32[N, C, H, W]; for 2 there is Conv1d"], // prettier-ignore
      ["Conv1d", ["f32[2, 4, 5, 5]"], { args: [4, 6, 3] }, "it takes 2 or 3 sizes, as in f32[N, C, L]; for 4 there is Conv2d"], // prettier-ignore
      ["Conv1d", ["f32[N, 4, ...]"], { args: [4, 6, 3] }, "it takes 2 or 3 sizes, as in f32[N, C, L]: declare the input with each of them"], // prettier-ignore
      ["Conv1d", ["i32[2, 4, 5]"], { args: [4, 6, 3] }, "it takes f32, not i32"],
      ["Conv2d", ["f32[2, 4, 2, 9]"], { args: [4, 6, 3] }, "the size at dim 2 must be at least 3, as the kernel covers 3"], // prettier-ignore
      ["Conv2d", ["f32[2, 4, 9, 1]"], { args: [4, 6, 3], named: { padding: 1, dilation: 2 } }, "the size at dim 3 must be at least 3, as the kernel covers 5, of which 2 may be padding"], // prettier-ignore
      ["Conv1d", ["f32[2, 4, 0]"], { args: [4, 6, 2], named: { padding: 3 } }, "the size at dim 2 must be at least 1"], // prettier-ignore
      ["Conv2d", ["f32[2, 4, 4, 4]"], { args: [4, 6, 3], named: { padding: 4, padding_mode: "reflect" } }, "the size at dim 2 must be more than the padding of 4, which mirrors it"], // prettier-ignore
      ["Conv2d", ["f32[2, 4, 9, 4]"], { args: [4, 6, 3], named: { padding: 5, padding_mode: "circular" } }, "the size at dim 3 must be at least the padding of 5, which repeats it"], // prettier-ignore
      ["Conv2d", ["f32[2, 4, 9, 9]"], { args: [4, 6, 3], named: { groups: 3 } }, "in_channels must be divisible by groups, and 4 is no multiple of 3"], // prettier-ignore
      ["Conv2d", ["f32[2, 4, 9, 9]"], { args: [4, 6, 3], named: { groups: 4 } }, "out_channels must be divisible by groups, and 6 is no multiple of 4"], // prettier-ignore
      ["Conv2d", ["f32[2, 4, 9, 9]"], { args: [4, 6, [3, 3, 3]] }, "kernel_size must be a whole number or a list of 2, not of 3"], // prettier-ignore
      ["Conv2d", ["f32[2, 4, 9, 9]"], { args: [4, 6, 3], named: { padding: [1, 2, 3] } }, "padding must be a whole number or a list of 2, not of 3"], // prettier-ignore
      ["Conv2d", ["f32[2, 4, 9, 9]"], { args: [4, 6, 3], named: { padding: "same", stride: [1, 2] } }, 'padding="same" needs a stride of 1: give the padding as numbers'], // prettier-ignore
      ["ConvTranspose2d", ["f32[2, 5, 5, 5]"], { args: [4, 6, 3] }, "the size at dim 1 must be 4"],
      ["ConvTranspose1d", ["f32[3, 2, 2, 2]"], { args: [3, 6, 3] }, "it takes 2 or 3 sizes, as in f32[N, C, L]; for 4 there is ConvTranspose2d"], // prettier-ignore
      ["ConvTranspose2d", ["f32[2, 4, 0, 5]"], { args: [4, 6, 3] }, "the size at dim 2 must be at least 1"],
      ["ConvTranspose2d", ["f32[2, 4, 6, 6]"], { args: [4, 6, 3], named: { padding: 4 } }, "nothing is left at dim 2: padding takes 4 from either side"], // prettier-ignore
      ["ConvTranspose2d", ["f32[2, 4, 5, 5]"], { args: [4, 6, 3], named: { output_padding: 1 } }, "output_padding must be smaller than stride or dilation, but 1 is not smaller than 1 or 1"], // prettier-ignore
      ["ConvTranspose2d", ["f32[2, 4, 5, 5]"], { args: [4, 6, 3], named: { stride: 2, output_size: [20, 20] } }, "output_size at dim 2 must be from 11 to 12"], // prettier-ignore
      ["ConvTranspose2d", ["f32[2, 4, 5, 5]"], { args: [4, 6, 3], named: { stride: 2, output_size: [11, 10] } }, "output_size at dim 3 must be from 11 to 12"], // prettier-ignore
      ["ConvTranspose2d", ["f32[2, 4, 5, 5]"], { args: [4, 6, 3], named: { output_size: 7 } }, "output_size must be a list of 2"], // prettier-ignore
      ["ConvTranspose2d", ["f32[2, 4, 5, 5]"], { args: [4, 6, 3], named: { groups: 4 } }, "out_channels must be divisible by groups, and 6 is no multiple of 4"], // prettier-ignore
      ["ScaledDotProductAttention", ["f32[2, 3, 4]", "f32[2, 5, 3]", "f32[2, 5, 4]"], {}, "the last sizes of query and key must be equal"], // prettier-ignore
      ["ScaledDotProductAttention", ["f32[2, 3, 4]", "f32[2, 5, 4]", "f32[2, 6, 4]"], {}, "key and value must have equally many rows"], // prettier-ignore
      ["ScaledDotProductAttention", ["f32[3, 4]", "f32[5, 4]", "f32[5, 4]", "bool[2, 3, 5]"], {}, "attn_mask must broadcast to bool[3, 5]"], // prettier-ignore
      ["ScaledDotProductAttention", ["f32[3, 4]", "f32[5, 4]", "f32[5, 4]", "i32[3, 5]"], {}, "attn_mask: it takes f32 or bool, not i32"], // prettier-ignore
      ["ScaledDotProductAttention", ["f32[3, 4]", "f32[5, 4]", "f32[5, 4]", "f32[3, 5]"], { named: { is_causal: true } }, "with is_causal there is no attn_mask: leave one of them out"], // prettier-ignore
      ["ScaledDotProductAttention", ["f32[1, 4]", "f32[5, 4]", "f32[5, 4]", "f32[3, 5]"], {}, "attn_mask must broadcast to f32[1, 5]"], // prettier-ignore
      ["ScaledDotProductAttention", ["f32[3, 3, 4]", "f32[2, 5, 4]", "f32[2, 5, 4]"], { named: { enable_gqa: true } }, "the 3 heads of query must be a multiple of the 2 of key and value"], // prettier-ignore
      ["MultiheadAttention", ["f32[3, 2, 4]"], { args: [4, 3] }, "embed_dim must be divisible by num_heads, and 4 is no multiple of 3"], // prettier-ignore
      [
        "MultiheadAttention",
        ["f32[3, 2, 4]"],
        { args: [4, 2, 1.1], mode: "train" },
        "dropout must be from 0 to 1",
      ],
      ["ScaledDotProductAttention", ["f32[3, 4]", "f32[5, 4]", "f32[5, 4]"], { named: { dropout_p: -0.1 } }, "dropout_p must be from 0 to 1, not -0.1"], // prettier-ignore
      ["MultiheadAttention", ["f32[3, 2, 5]"], { args: [4, 2] }, "the last size of query must be 4"],
      [
        "MultiheadAttention",
        ["f32[3, 4]", "f32[5, 2, 4]"],
        { args: [4, 2] },
        "key must have 2 sizes, as the query has",
      ],
      ["MultiheadAttention", ["f32[3, 2, 4]", "f32[5, 2, 4]", "f32[4, 2, 4]"], { args: [4, 2] }, "key and value must be equally long"], // prettier-ignore
      ["MultiheadAttention", ["f32[3, 2, 4]", "f32[5, 1, 4]", "f32[5, 1, 4]"], { args: [4, 2] }, "query and key must have one batch size"], // prettier-ignore
      ["MultiheadAttention", ["f32[3, 2, 4]", "f32[5, 2, 4]", "f32[5, 2, 4]", "bool[5, 2]"], { args: [4, 2] }, "key_padding_mask must be bool[2, 5], not bool[5, 2]"], // prettier-ignore
      ["MultiheadAttention", ["f32[3, 2, 4]", "f32[5, 2, 4]", "f32[5, 2, 4]", "bool[2, 5]", "f32[3, 3]"], { args: [4, 2] }, "attn_mask must be f32[3, 5] or f32[4, 3, 5], not f32[3, 3]"], // prettier-ignore
      ["Bilinear", ["f32[N, 3]", "f32[N, 5]"], { args: [3, 4, 2] }, "the last size of input2 must be 4"],
      ["Bilinear", ["f32[2, 3]", "f32[3, 4]"], { args: [3, 4, 2] }, "the inputs must agree in all sizes but the last"], // prettier-ignore
      ["Bilinear", ["f32[3]", "f32[N, 4]"], { args: [3, 4, 2] }, "the inputs must agree in all sizes but the last"], // prettier-ignore
      ["Bilinear", ["f32[]", "f32[]"], { args: [3, 4, 2] }, "the last size of input1 must be 3, and must be declared"], // prettier-ignore
      [
        "CosineSimilarity",
        ["f32[N, 3]", "f32[3]"],
        { args: [2] },
        "dim 2 is out of range: it may be -2 to 1",
      ],
      ["CosineSimilarity", ["i32[N, 3]", "i32[3]"], {}, "one of the inputs must be f32, and both are i32"],
      ["PairwiseDistance", ["f32[N, 3]", "f32[4]"], {}, "f32[N, 3] and f32[4] do not broadcast: sizes 3 and 4 differ and neither is 1"], // prettier-ignore
      ["PairwiseDistance", ["f32[N, 0]", "f32[0]"], { args: [-Infinity] }, "there is no norm with p=-inf of no values"], // prettier-ignore
      ["PairwiseDistance", ["bool[2]", "f32[2]"], {}, "it does not take bools"],
      ["PReLU", ["f32[N, 4]"], { args: [5] }, "the size at dim 1 must be 5"],
      ["PReLU", ["f32[N]"], { args: [5] }, "the size at dim 1 must be 5, but dim 1 is out of range: it may be -1 to 0"], // prettier-ignore
      ["ELU", ["i32[N]"], {}, "it takes f32, not i32"],
      ["ReLU6", ["bool[N]"], {}, "it takes f32 or i32, not bool"],
      ["CELU", ["f32[N]"], { args: [0] }, "alpha must not be 0"],
      ["RReLU", ["f32[N]"], { args: [0.5, 0.25] }, "lower must not be greater than upper, but they are 0.5 and 0.25"], // prettier-ignore
      ["Hardtanh", ["f32[N]"], { args: [1, 1] }, "max_val must be greater than min_val, but they are 1 and 1"], // prettier-ignore
      ["Hardtanh", ["f32[N]"], { named: { min_value: 2 } }, "max_val must be greater than min_val, but they are 1 and 2"], // prettier-ignore
      ["Hardtanh", ["i32[N]"], { named: { max_val: Infinity } }, "max_val=inf is beyond the range of i32"], // prettier-ignore
      ["Threshold", ["i32[N]"], { args: [0, -3e9] }, "value=-3000000000 is beyond the range of i32"],
      ["Softshrink", ["f32[N]"], { args: [-1] }, "lambd must not be negative, but is -1"],
      ["GLU", ["f32[3]"], { args: [0] }, "the size at dim 0 must be even"],
      ["GLU", ["f32[]"], {}, "dim -1 is out of range: it has no sizes"],
      ["GLU", ["f32[N, ...]"], {}, `dim -1 would look into the run "...": ${declare}`],
      ["Softmax2d", ["f32[C, H]"], {}, "it takes 3 or 4 sizes, as in f32[N, C, H, W]"],
      ["Softmin", ["i32[N]"], { args: [0] }, "it takes f32, not i32"],
      ["Softmax", ["f32[N, C]"], { args: [2] }, "dim 2 is out of range: it may be -2 to 1"],
      ["Softmax", ["f32[N, ...]"], { args: [2] }, `dim 2 would look into the run "...": ${declare}`],
      ["Softmax", ["f32[N, ...]"], {}, `without dim it goes by the number of sizes: write dim=…, or ${declare}`], // prettier-ignore
      ["BatchNorm1d", ["f32[N, 5, H, W]"], { args: [5] }, "it takes 2 or 3 sizes, as in f32[N, C, L]; for 4 there is BatchNorm2d"], // prettier-ignore
      ["BatchNorm2d", ["f32[5]"], { args: [5] }, "it takes 4 sizes, as in f32[N, C, H, W]"],
      ["BatchNorm2d", ["f32[N, 5, ...]"], { args: [5] }, "it takes 4 sizes, as in f32[N, C, H, W]: declare the input with each of them"], // prettier-ignore
      ["BatchNorm1d", ["f32[1, 3]"], { args: [3], mode: "train" }, "there must be more than 1 value per channel"], // prettier-ignore
      ["BatchNorm1d", ["f32[1, 3]"], { args: [3] }, "f32[1, 3]"],
      ["SyncBatchNorm", ["f32[5]"], { args: [5] }, "it takes at least 2 sizes, as in f32[N, C, ...]: dim 1 is out of range: it may be -1 to 0"], // prettier-ignore
      ["SyncBatchNorm", ["f32[1, 5]"], { args: [5], mode: "train" }, "there must be more than 1 value per channel"], // prettier-ignore
      ["SyncBatchNorm", ["f32[N, 5]"], { args: [5], named: { process_group: 1 } }, "process_group joins several processes, and a model runs in one: leave it out"], // prettier-ignore
      ["InstanceNorm1d", ["f32[3]"], { args: [3] }, "it takes 2 or 3 sizes, as in f32[N, C, L]"],
      ["InstanceNorm3d", ["f32[2, 3, 4]"], { args: [3] }, "it takes 4 or 5 sizes, as in f32[N, C, D, H, W]; for 3 there is InstanceNorm1d"], // prettier-ignore
      ["InstanceNorm2d", ["f32[N, 4, H, W]"], { args: [3], named: { affine: true } }, "the size at dim 1 must be 3"], // prettier-ignore
      ["InstanceNorm2d", ["f32[4, H, W]"], { args: [3], named: { track_running_stats: true } }, "the size at dim 0 must be 3"], // prettier-ignore
      ["InstanceNorm1d", ["f32[2, 3, 1]"], { args: [3] }, "there must be more than 1 spatial element"],
      ["GroupNorm", ["f32[N, 6]"], { args: [4, 6] }, "num_channels must be divisible by num_groups, but 6 is not by 4"], // prettier-ignore
      ["GroupNorm", ["f32[1, 6]"], { args: [6, 6] }, "there must be more than 1 value per group"],
      ["GroupNorm", ["f32[2, 4, 3]"], { args: [3, 6] }, "the size at dim 1 must be 6"],
      ["GroupNorm", ["f32[2, 4, 3]"], { args: [3, 6], named: { affine: false } }, "the size at dim 1 must be divisible by num_groups, 3"], // prettier-ignore
      ["RMSNorm", ["f32[4]"], { args: [[3, 4]] }, "the last 2 sizes must be 3, 4"],
      ["CrossMapLRN2d", ["f32[2, 3, 3]"], { args: [3] }, "it takes 4 sizes, as in f32[N, C, H, W]"],
      ["CrossMapLRN2d", ["f32[2, 0, 3, 3]"], { args: [3] }, "there must be at least 1 channel"],
      ["LocalResponseNorm", ["f32[N, C]"], { args: [3] }, "it takes at least 3 sizes, as in f32[N, C, L]"],
      ["Flatten", ["f32[N]"], {}, "start_dim 1 is out of range: it may be -1 to 0"],
      ["Flatten", ["f32[N, C]"], { args: [1, 0] }, "start_dim cannot come after end_dim"],
      ["Unflatten", ["f32[N, 6]"], { args: [1, [2, 5]] }, "its sizes [2, 5] do not multiply up to 6, the size of dim 1"], // prettier-ignore
      ["Unflatten", ["f32[N, 7]"], { args: [1, [2, -1]] }, "its sizes [2, -1] do not multiply up to 7, the size of dim 1"], // prettier-ignore
      ["Embedding", ["f32[N]"], { args: [10, 4] }, "it takes i32, not f32"],
      ["Embedding", ["i32[N]"], { args: [10, 4, 10] }, "padding_idx must be within num_embeddings: from -10 to 9"], // prettier-ignore
      ["Flatten", ["f32[]"], { args: [0, 1] }, "end_dim 1 is out of range: it has no sizes"],
      ["Unflatten", ["f32[N, 6]"], { args: [1, 6] }, "unflattened_size must be a list: [6]"],
      ["Dropout", ["f32[N]"], { args: [NaN] }, "dropout probability has to be between 0 and 1, but got nan"],
      ["Dropout", ["f32[N]"], { args: [1.5] }, "dropout probability has to be between 0 and 1, but got 1.5"],
      ["Dropout1d", ["f32[N]"], {}, "it takes 2 or 3 sizes, as in f32[N, C, L]"],
      ["Mean", ["f32[N, 2]"], { args: [[1, -1]] }, "dim -1 appears twice"],
      ["-", ["bool[2]", "bool[2]"], {}, "it does not take bools"],
      ["+", ["f32[2]", "f32[3]"], {}, "f32[2] and f32[3] do not broadcast: sizes 2 and 3 differ and neither is 1"], // prettier-ignore
      ["+", ["f32[N, ...]", "f32[5]"], {}, `f32[N, ...] and f32[5] do not broadcast: that would look into the run "..."; ${declare}`], // prettier-ignore
      ["@", ["f32[2, 3]", "f32[4, 5]"], {}, "the last size of the left side, 3, must be that of the right side's rows, 4"], // prettier-ignore
      ["Concat", ["f32[2, 3]", "f32[2, 4]"], { args: [0] }, "f32[2, 3] and f32[2, 4] must agree in all sizes but that of dim 0"], // prettier-ignore
      ["PReLU", ["f32[2]"], { args: [1] }, "PReLU(1) could be either: write PReLU(init=1) for the slope, or PReLU(num_parameters=1) for the number of slopes"], // prettier-ignore
      ["Zeros", [], { args: [65536, 65536] }, "f32[65536, 65536] would have more than 2147483647 elements"],
      ["Normal", [], { args: [0, -1] }, "std must not be negative"],
    ]);
  });

  test("dropout of channels in training says which axes it needs", () => {
    const train = { mode: "train" } as const;
    for (const name of ["Dropout2d", "FeatureAlphaDropout"]) {
      expect(infer(name, ["f32[N]"], train)).toMatch(/^in training it needs two axes at least/);
      expect(infer(name, ["f32[N, ...]"], train)).toMatch(/^in training it needs two axes at least/);
      expect(infer(name, ["f32[N, C, ...]"], train)).toBe("f32[N, C, ...]");
      expect(infer(name, ["f32[N]"], { ...train, named: { p: 0 } })).toBe("f32[N]");
      expect(infer(name, ["f32[N]"])).toBe("f32[N]");
    }
    expect(infer("Dropout3d", ["f32[...]"], train)).toMatch(
      /^in training the number of its axes must be known/,
    );
    expect(infer("Dropout3d", ["f32[N]"], train)).toBe("f32[N]");
    expect(infer("Dropout", ["i32[N]"], train)).toBe("it takes f32, not i32");
    expect(infer("Dropout", ["i32[N]"])).toBe("i32[N]");
  });
});

describe("subscripts", () => {
  const L = symbol("L");
  const sliced = (from: ArgValue, to: ArgValue, step = 1): SubscriptArg =>
    ({ subscript: "slice", start: from, stop: to, step }) as SubscriptArg;

  function shapeOf(input: string, ...index: readonly SubscriptArg[]): string {
    const result = single(subscript, { index }, [type(input)]);
    return typeof result === "string" ? result : typeText(result.nodes.at(-1)!.types[0]!);
  }

  test("bounds of open sizes", () => {
    expect(shapeOf("f32[T]", sliced(1, null))).toBe("f32[max(0, T - 1)]");
    expect(shapeOf("f32[T]", sliced(null, -1))).toBe(shapeOf("f32[T]", sliced(1, null)));
    expect(shapeOf("f32[T]", sliced(null, 5))).toBe("f32[min(5, T)]");
    expect(shapeOf("f32[T]", sliced(-5, null))).toBe("f32[min(5, T)]");
    expect(shapeOf("f32[N, T]", { subscript: "ellipsis" }, sliced(neg(L), null))).toBe("f32[N, L]");
    expect(shapeOf("f32[N, T]", { subscript: "ellipsis" }, sliced(add(neg(L), 1), null))).toBe("f32[N, L - 1]"); // prettier-ignore
    expect(shapeOf("f32[N, T]", { subscript: "at", index: 0 }, sliced(null, L))).toBe("f32[L]");
    expect(shapeOf("f32[N, ...]", { subscript: "at", index: 0 })).toBe("f32[...]");
  });

  test("what is out of range is a reason", () => {
    expect(shapeOf("f32[3]", { subscript: "at", index: 3 })).toBe(
      "index 3 is out of range for size 3 at dim 0",
    );
    expect(shapeOf("f32[3]", { subscript: "at", index: -4 })).toBe(
      "index -4 is out of range for size 3 at dim 0",
    );
    expect(shapeOf("f32[3]", sliced(null, null, 0))).toBe("the step of a slice must be positive");
    expect(shapeOf("f32[3]", { subscript: "at", index: 0 }, { subscript: "at", index: 0 })).toBe(
      "2 indices are more than its 1 sizes",
    );
    expect(shapeOf("f32[N, ...]", sliced(0, 1), sliced(0, 1))).toMatch(/look into the run/);
  });

  test("numbers as bounds are clamped as in Python, at every size", () => {
    const data = [0, 1, 2, 3, 4, 5, 6];
    const bounds = [null, 0, 1, 2, 5, 9, -1, -2, -5, -9];
    for (const size of [0, 1, 3, 7]) {
      for (const [start, stop] of bounds.flatMap((a) => bounds.map((b) => [a, b] as const))) {
        for (const step of [1, 2, 3]) {
          const wanted = data.slice(0, size).slice(start ?? 0, stop ?? undefined).filter((_, i) => i % step === 0); // prettier-ignore
          for (const shape of [`f32[${size}]`, "f32[T]"]) {
            const graph = single(subscript, { index: [sliced(start, stop, step)] }, [type(shape)]);
            if (typeof graph === "string") throw new Error(graph);
            const { outputs } = runSingle(graph, [{ shape: [size], data: data.slice(0, size) }]);
            expect(Array.from(outputs["y0"]!.data), `${shape} of ${size} [${start}:${stop}:${step}]`).toEqual(wanted); // prettier-ignore
          }
        }
      }
    }
  });
});

test("a chain's context may demand sizes of the call", () => {
  const demands: string[] = [];
  const record = records.get("Linear")!;
  record.infer([type("f32[N, D]")], argsOf(record, [4, 3]), {
    ...context(),
    equal: (actual, wanted) => {
      demands.push(`${key(actual)} == ${key(wanted)}`);
      return undefined;
    },
  });
  expect(demands).toEqual(["D == 4"]);
});
