/** What pooling and padding say of sizes, and what they do in the language. */
import { describe, expect, test } from "vitest";
import { compile, type Tensor } from "../../compiler/index.ts";
import { checkRules } from "./infer.ts";

describe("shape rules", () => {
  test("the sizes of what is pooled", () => {
    checkRules([
      ["MaxPool2d", ["f32[N, C, H, W]"], { args: [2] }, "f32[N, C, (H // 2), (W // 2)]"],
      ["MaxPool2d", ["f32[3, 7, 5]"], { args: [3, 2, 1] }, "f32[3, 4, 3]"],
      ["MaxPool2d", ["f32[3, 7, 5]"], { args: [[3, 2]], named: { stride: [], return_indices: true } }, "f32[3, 2, 2], i32[3, 2, 2]"], // prettier-ignore
      ["MaxPool1d", ["f32[N, C, L]"], { args: [3, 1, 1] }, "f32[N, C, L]"],
      // The last window starts in the padding, so it is none.
      ["MaxPool1d", ["f32[C, L]"], { args: [1, 2], named: { ceil_mode: true } }, "f32[C, ((L + 1) // 2)]"],
      ["AvgPool1d", ["f32[C, L]"], { args: [2, 3, 1], named: { ceil_mode: true } }, "f32[C, (L // 3) + 1]"], // prettier-ignore
      ["AvgPool3d", ["f32[N, 2, 4, 4, 4]"], { args: [2, 1], named: { divisor_override: 3 } }, "f32[N, 2, 3, 3, 3]"], // prettier-ignore
      ["LPPool2d", ["f32[N, C, 6, 6]"], { args: [2, 3] }, "f32[N, C, 2, 2]"],
      ["AdaptiveAvgPool2d", ["f32[N, C, H, W]"], { args: [1] }, "f32[N, C, 1, 1]"],
      ["AdaptiveAvgPool2d", ["f32[C, H, W]"], { args: [[null, 3]] }, "f32[C, H, 3]"],
      ["AdaptiveMaxPool1d", ["f32[N, C, L]"], { args: [4, true] }, "f32[N, C, 4], i32[N, C, 4]"],
      ["AdaptiveAvgPool1d", ["f32[C, L]"], { args: [0] }, "f32[C, 0]"],
    ]);
  });

  test("why an input cannot be pooled", () => {
    const forms = "it takes 3 or 4 sizes, as in f32[N, C, H, W]";
    checkRules([
      ["MaxPool2d", ["f32[4, 5, 5]"], { args: [6] }, "its size 5 at dim 1 is less than a window of 6"],
      ["MaxPool2d", ["f32[3, 1, 1]"], { args: [3, 1, 1, 2] }, "its size 1 at dim 1, with 1 of padding on either side, is less than a window of 3 with dilation 2, which spans 5"], // prettier-ignore
      ["AvgPool1d", ["f32[2, 3, 1]"], { args: [3] }, "its size 1 at dim 2 is less than a window of 3"],
      ["MaxPool2d", ["f32[2, 0, 4, 4]"], { args: [2] }, "it must have at least 1 channel"],
      ["MaxPool2d", ["f32[5, 5]"], { args: [2] }, forms],
      ["MaxPool2d", ["f32[...]"], { args: [2] }, `${forms}: declare the input with each of them`],
      ["MaxPool1d", ["i32[2, 4]"], { args: [2] }, "it takes f32, not i32"],
      ["MaxPool2d", ["f32[3, 4, 4]"], { args: [2, null, 2] }, "padding 2 must be at most half of kernel_size 2"], // prettier-ignore
      ["AvgPool2d", ["f32[3, 4, 4]"], { args: [3, null, 2] }, "padding 2 must be at most half of kernel_size 3"], // prettier-ignore
      ["AvgPool2d", ["f32[3, 4, 4]"], { args: [2], named: { divisor_override: 0 } }, "divisor_override cannot be 0"], // prettier-ignore
      ["MaxPool2d", ["f32[3, 4, 4]"], { args: [[2, 2, 2]] }, "kernel_size must be a whole number or a list of 2, not of 3"], // prettier-ignore
      ["LPPool1d", ["f32[3, 4]"], { args: [0, 2] }, "norm_type cannot be 0"],
      ["AdaptiveAvgPool2d", ["f32[1, 2, 0, 5]"], { args: [2] }, "its size at dim 2 must be at least 1"],
      ["AdaptiveMaxPool2d", ["f32[3, 4, 4]"], { args: [[2, 2, 2]] }, "output_size must be a whole number or a list of 2, not of 3"], // prettier-ignore
    ]);
  });

  test("the sizes of what is padded", () => {
    checkRules([
      ["ZeroPad2d", ["f32[..., H, W]"], { args: [1] }, "f32[..., H + 2, W + 2]"],
      ["ConstantPad2d", ["i32[3, W]"], { args: [[1, 2, 0, -1], 5] }, "i32[2, W + 3]"],
      ["ConstantPad1d", ["f32[5]"], { args: [[-2, -3], 0] }, "f32[0]"],
      ["ReflectionPad2d", ["f32[N, C, H, W]"], { args: [[1, 2, 3, 4]] }, "f32[N, C, H + 7, W + 3]"],
      ["CircularPad1d", ["f32[C, 4]"], { args: [4] }, "f32[C, 12]"],
      ["Pad", ["bool[N, 2]"], { args: [[1, 0, 0, 1]], named: { value: 1 } }, "bool[N + 1, 3]"],
      ["Pad", ["f32[N, 2]"], { args: [[]] }, "f32[N, 2]"],
    ]);
  });

  test("why an input cannot be padded", () => {
    checkRules([
      ["ReflectionPad1d", ["f32[1, 2, 3]"], { args: [3] }, "padding (3, 3) at dim 2 of size 3 must be less than the size on either side"], // prettier-ignore
      ["ReflectionPad2d", ["f32[3, 4]"], { args: [1] }, "it takes 3 or 4 sizes, as in f32[N, C, H, W]"],
      ["ReflectionPad1d", ["f32[2, 5]"], { args: [[-3, -2]] }, "padding (-3, -2) at dim 1 of size 5 would leave no elements"], // prettier-ignore
      ["ReplicationPad1d", ["f32[2, 0]"], { args: [1] }, "padding (1, 1) at dim 1 of size 0: there must be an element to repeat"], // prettier-ignore
      ["CircularPad1d", ["f32[1, 2, 5]"], { args: [[6, 0]] }, "padding (6, 0) at dim 2 of size 5 would wrap around more than once"], // prettier-ignore
      ["ConstantPad1d", ["f32[3]"], { args: [[-2, -2], 0] }, "padding (-2, -2) at dim 0 of size 3 would take away more elements than there are"], // prettier-ignore
      ["ConstantPad2d", ["f32[3]"], { args: [1, 0] }, "it pads the last 2 axes, and f32[3] has fewer"],
      ["ZeroPad2d", ["f32[..., 3]"], { args: [1] }, "it pads the last 2 axes: declare the input with each of its sizes, as in `input x: f32[N, C, L]`"], // prettier-ignore
      ["ReflectionPad2d", ["f32[3, 4, 4]"], { args: [[1, 1]] }, "padding must be a whole number or a list of 4, two for each axis, not of 2"], // prettier-ignore
      ["Pad", ["f32[3]"], { args: [[1]] }, "pad is a list with two numbers for each axis"],
      ["Pad", ["f32[3]"], { args: [1] }, "pad is a list with two numbers for each axis"],
      ["Pad", ["f32[1, 3]"], { args: [[1, 1], "reflect", 2] }, "mode reflect takes no value"],
      ["Pad", ["f32[1, 3]"], { args: [[], "reflect"] }, "mode reflect pads 1 to 3 axes, not 0"],
    ]);
  });
});

describe("the inverse of pooling, and random windows", () => {
  test("sizes", () => {
    const pair = ["f32[N, C, 3, W]", "i32[N, C, 3, W]"];
    checkRules([
      ["MaxUnpool2d", pair, { args: [2] }, "f32[N, C, 6, 2 * W]"],
      ["MaxUnpool2d", pair, { args: [3, 2, 1] }, "f32[N, C, 5, 2 * W - 1]"],
      ["MaxUnpool1d", ["f32[2, 3]", "i32[2, 3]"], { args: [2], named: { output_size: [7] } }, "f32[2, 7]"],
      ["MaxUnpool1d", ["f32[2, 3]", "i32[2, 3]"], { args: [2], named: { output_size: [8] } }, "output_size 8 must be between 5 and 7"], // prettier-ignore
      ["MaxUnpool1d", ["f32[2, 3]", "i32[2, 4]"], { args: [2] }, "the indices must have the sizes of x, which are those of f32[2, 3]"], // prettier-ignore
      ["MaxUnpool1d", ["f32[2, 3]", "f32[2, 3]"], { args: [2] }, "the indices must be i32, not f32"],
      ["FractionalMaxPool2d", ["f32[N, C, H, W]", "f32[N, C, 2]"], { args: [2, 3] }, "f32[N, C, 3, 3]"],
      ["FractionalMaxPool2d", ["f32[4, 8, 9]", "f32[1, 4, 2]"], { args: [2, null, 0.5] }, "f32[4, 4, 4]"],
      ["FractionalMaxPool2d", ["f32[4, 5, 5]", "f32[1, 4, 2]"], { args: [3, 4] }, "its size 5 at dim 1 has no room for 4 windows of 3"], // prettier-ignore
      ["FractionalMaxPool2d", ["f32[4, 5, 5]", "f32[4, 2]"], { args: [2, 2] }, "the samples must be f32[N, C, 2] with the N and C of x, the former 1 where it has no batch axis"], // prettier-ignore
      ["FractionalMaxPool2d", ["f32[4, H, 5]", "f32[1, 4, 2]"], { args: [2, null, 0.5] }, "output_ratio wants sizes that are known when it is compiled, not H: give output_size"], // prettier-ignore
      ["FractionalMaxPool3d", ["f32[2, 4, 4, 4]"], { args: [2, 2] }, "f32[2, 2, 2, 2]"],
      [
        "FractionalMaxPool2d",
        ["f32[2, 4, 4]"],
        { args: [2] },
        "it wants one of output_size and output_ratio",
      ],
      ["FractionalMaxPool2d", ["f32[2, 4, 4]"], { args: [2, null, 1.5] }, "output_ratio must be between 0 and 1, not 1.5"], // prettier-ignore
    ]);
  });

  test("what was found goes back, and an index outside of the plane is refused", () => {
    const source = (size: string): string =>
      `model M { input x: f32[C, H, W]\n[y, i] = x -> MaxPool2d(2, return_indices=True)\noutput [y, i] -> MaxUnpool2d(2${size}) }`;
    const x = [[[1, 5, 0], [4, 2, 0], [7, 8, 9]]]; // prettier-ignore
    expect(numbers(compile(source(""))(x))).toEqual([0, 5, 0, 0]);
    const whole = compile(source(", output_size=[H, W]"));
    expect(numbers(whole(x))).toEqual([0, 5, 0, 0, 0, 0, 0, 0, 0]);
    const plain = compile(
      "model M { input x: f32[C, L]\ninput i: i32[C, L]\noutput [x, i] -> MaxUnpool1d(2) }",
    );
    expect(numbers(plain({ x: [[3, 4]], i: [[2, 2]] }))).toEqual([0, 0, 4, 0]);
    for (const i of [-1, 4]) expect(() => plain({ x: [[3, 4]], i: [[0, i]] })).toThrow(RangeError);
  });
});

function numbers({ data }: Pick<Tensor, "data">): number[] {
  return Array.from(data as Float32Array);
}

describe("in the language", () => {
  const x = [[[1, 5, 5], [4, 2, 0]]]; // prettier-ignore

  test("indices are a second result, and the first is taken where one is wanted", () => {
    const both = compile("model M { input x: f32[C, H, W]\n[y, i] = x -> MaxPool2d(2, 1, return_indices=True)\noutput y, i }"); // prettier-ignore
    const { y, i } = both({ x });
    expect([numbers(y!), numbers(i!)]).toEqual([[5, 5], [1, 1]]); // prettier-ignore
    const first = compile("MaxPool2d(2, 1, return_indices=True) -> ReLU");
    expect(numbers(first([x]))).toEqual([5, 5]);
    const named = compile(
      "model M { input x: f32[C, H, W]\noutput (x -> AdaptiveMaxPool2d(1, True)).indices }",
    );
    expect(numbers(named(x))).toEqual([1]);
  });

  test("none keeps the size of an axis", () => {
    const model = compile("AdaptiveAvgPool2d((1, none))");
    expect(numbers(model([x]))).toEqual([2.5, 3.5, 2.5]);
    expect(numbers(compile("AdaptiveAvgPool2d([1, None])")([x]))).toEqual([2.5, 3.5, 2.5]);
    expect(() => compile("AdaptiveAvgPool2d(1.5)")).toThrow("a whole number from 0 up, or a list of them and of none, or none"); // prettier-ignore
    expect(() => compile("MaxPool2d((2, none))")).toThrow("kernel_size of MaxPool2d must be a whole number from 1 up or a list of them"); // prettier-ignore
  });

  test("a batch may be left out, and sizes that only the call knows are checked there", () => {
    const model = compile("MaxPool2d(2)");
    expect(model(x).shape).toEqual([1, 1, 1]);
    expect(model([x]).shape).toEqual([1, 1, 1, 1]);
    expect(() => model([[[1]]])).toThrow(/its size H at dim 2 is less than a window of 2/);
    const mirrored = compile("ReflectionPad1d(2)");
    expect(numbers(mirrored([[1, 2, 3]]))).toEqual([3, 2, 1, 2, 3, 2, 1]);
    expect(() => mirrored([[1, 2]])).toThrow(
      /padding \(2, 2\) at dim 2 of size L must be less than the size/,
    );
  });
});
