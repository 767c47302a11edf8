import { describe, expect, test } from "vitest";
import { compile, type Tensor } from "../../compiler/index.ts";
import { mul, sub, symbol } from "../../compiler/ir/size/size.ts";
import { checkRules } from "./infer.ts";

const declare = "declare the input with each of its sizes, as in `input x: f32[N, C, L]`";
const [N, T] = [symbol("N"), symbol("T")];

describe("shape rules of tensors", () => {
  test("sizes left open stay open", () => {
    checkRules([
      ["Reshape", ["f32[N, 6]"], { args: [N, 2, 3] }, "f32[N, 2, 3]"],
      ["Reshape", ["f32[N, 6]"], { args: [-1, 3] }, "f32[2 * N, 3]"],
      ["Reshape", ["f32[..., 4]"], { args: [-1] }, "f32[4 * run]"],
      ["Reshape", ["i32[N, T]"], { args: [-1, N] }, "i32[T, N]"],
      ["Reshape", ["f32[N, T]"], { args: [-1, 4] }, "f32[((N * T) // 4), 4]"],
      ["Reshape", ["f32[N, 6]"], { args: [mul(2, N), 3] }, "f32[2 * N, 3]"],
      ["Unsqueeze", ["f32[N, ...]"], { args: [1] }, "f32[N, 1, ...]"],
      ["Unsqueeze", ["f32[N, ..., D]"], { args: [-2] }, "f32[N, ..., 1, D]"],
      ["Squeeze", ["f32[N, 1, T, 1]"], {}, "f32[N, T]"],
      ["Squeeze", ["f32[N, T]"], { args: [1] }, "f32[N]"],
      ["Squeeze", ["f32[1, ..., 1]"], { args: [[0, -1]] }, "f32[...]"],
      ["Expand", ["f32[1, 1, 8]"], { args: [N, -1, -1] }, "f32[N, 1, 8]"],
      ["Expand", ["f32[T]"], { args: [N, -1] }, "f32[N, T]"],
      ["Expand", ["f32[T]"], { args: [N, 5] }, "f32[N, 5]"],
      ["Permute", ["f32[N, T, 4]"], { args: [2, 0, -2] }, "f32[4, N, T]"],
      ["Transpose", ["f32[N, ..., C]"], { args: [0, -1] }, "f32[C, ..., N]"],
      ["Stack", ["f32[N, ...]", "f32[N, ...]"], { args: [1] }, "f32[N, 2, ...]"],
      ["Stack", ["i32[N, T]", "f32[N, 3]"], { args: [-1] }, "f32[N, 3, 2]"],
      ["Unbind", ["f32[3, N, ...]"], {}, "f32[N, ...], f32[N, ...], f32[N, ...]"],
      ["Split", ["f32[N, T]"], { args: [[2, sub(N, 2)], 0] }, "f32[2, T], f32[N - 2, T]"],
      ["Split", ["f32[N, ..., 5]"], { args: [3, -1] }, "f32[N, ..., 3], f32[N, ..., 2]"],
      ["Split", ["f32[N, T]"], { args: [T, 1] }, "f32[N, T]"],
      ["Chunk", ["f32[2, T]"], { args: [2] }, "f32[1, T], f32[1, T]"],
      ["Flip", ["f32[N, ..., 5]"], { args: [0, -1] }, "f32[N, ..., 5]"],
      ["Roll", ["f32[N, ...]"], { args: [1] }, "f32[N, ...]"],
      ["IndexSelect", ["f32[N, ..., C]", "i32[K]"], { args: [-1] }, "f32[N, ..., K]"],
      ["IndexSelect", ["bool[N, C]", "i32[]"], { args: [0] }, "bool[1, C]"],
      ["Where", ["bool[T, T]", "f32[N, 4, T, T]", "f32[]"], {}, "f32[N, 4, T, T]"],
      ["Where", ["bool[..., 1]", "i32[3]", "f32[]"], {}, "f32[..., 3]"],
      ["Clamp", ["i32[...]"], { args: [0] }, "i32[...]"],
      ["Clamp", ["i32[...]"], { args: [0.5] }, "f32[...]"],
      ["Clamp", ["i32[...]"], { args: [null, 3e9] }, "f32[...]"],
      ["Sqrt", ["i32[...]"], {}, "f32[...]"],
      ["Max", ["f32[N, C, ...]"], { args: [1] }, "f32[N, ...], i32[N, ...]"],
      ["Max", ["i32[N, C, ...]"], {}, "i32[]"],
      ["ArgMin", ["f32[N, ..., C]"], { args: [-1, true] }, "i32[N, ..., 1]"],
      ["Norm", ["f32[N, ..., C]"], { named: { dim: [0, -1] } }, "f32[...]"],
      ["Var", ["f32[..., C]"], { args: [-1, false, true] }, "f32[..., 1]"],
      ["Any", ["f32[N, T]"], { args: [1] }, "bool[N]"],
      ["LogicalAnd", ["f32[N, ...]", "i32[]"], {}, "bool[N, ...]"],
    ]);
  });

  test("what does not fit is said in words", () => {
    checkRules([
      ["Reshape", ["f32[2, 3]"], { args: [4, -1] }, "its sizes [4, -1] do not multiply up to 6, the number of elements"], // prettier-ignore
      ["Reshape", ["f32[2, 3]"], {}, "Reshape needs shape"],
      ["Reshape", ["f32[2, 3]"], { args: [-1, -1] }, "only one size may be -1"],
      ["Reshape", ["f32[2, 3]"], { args: [-2, 3] }, "-2 is not a size"],
      ["Reshape", ["f32[0, 3]"], { args: [0, -1] }, "beside a size of 0, -1 could be any size"],
      ["Unsqueeze", ["f32[2]"], { args: [2] }, "dim 2 is out of range: it may be -2 to 1"],
      ["Unsqueeze", ["f32[N, ...]"], { args: [2] }, `dim 2 would look into the run "...": ${declare}`],
      ["Squeeze", ["f32[2, 3]"], { args: [2] }, "dim 2 is out of range: it may be -2 to 1"],
      ["Squeeze", ["f32[1, ...]"], {}, `which of its sizes are 1 is unknown: ${declare}`],
      ["Squeeze", ["f32[1, 1]"], { args: [[0, -2]] }, "dim -2 appears twice"],
      ["Expand", ["f32[2, 3]"], { args: [4, 3] }, "size 2 at dim 0 is not 1 and cannot become 4"],
      ["Expand", ["f32[2, 3]"], { args: [3] }, "it has 2 sizes, more than the 1 that are given"],
      ["Expand", ["f32[3]"], { args: [-1, 3] }, "-1 keeps a size, and dim 0 is new"],
      ["Expand", ["f32[...]"], { args: [3] }, `how many sizes it has is unknown: ${declare}`],
      ["Permute", ["f32[2, 3]"], { args: [0] }, "dims must name each of its 2 axes once"],
      ["Permute", ["f32[2, 3]"], { args: [0, -2] }, "dim -2 appears twice"],
      ["Permute", ["f32[...]"], { args: [0] }, `how many sizes it has is unknown: ${declare}`],
      ["Stack", ["f32[2]", "f32[3]"], {}, "f32[2] and f32[3] must agree in all sizes"],
      ["Stack", ["f32[1]", "f32[2]"], {}, "f32[1] and f32[2] must agree in all sizes"],
      ["Concat", ["f32[]", "f32[]"], {}, "dim 0 is out of range: it has no sizes"],
      ["Unbind", ["f32[N, 2]"], {}, "how many tensors that gives is known only at the call: its size there is N"], // prettier-ignore
      ["Unbind", ["f32[2147483647]"], {}, "it would give 2147483647 tensors: at most 1024 are supported"],
      ["Unbind", ["f32[0, 2]"], {}, "it would give no tensors"],
      ["Split", ["f32[5]"], { args: [[2, 2]] }, "its sizes [2, 2] do not add up to 5, the size of dim 0"],
      ["Split", ["f32[5]"], { args: [0] }, "5 elements cannot be cut into pieces of 0"],
      ["Split", ["f32[5]"], { args: [-1] }, "-1 is not a size"],
      ["Split", ["f32[T]"], { args: [2] }, "how many pieces of 2 are in T is known only at the call: give the sizes as a list"], // prettier-ignore
      ["Chunk", ["f32[T]"], { args: [2] }, "whether T divides by 2 is known only at the call: use Split with a list of sizes"], // prettier-ignore
      ["Flip", ["f32[2]"], { args: [[]] }, "dims must name at least one axis"],
      ["Flip", ["f32[2]"], { args: [0, 0] }, "dim 0 appears twice"],
      ["Roll", ["f32[2, 3]"], { args: [[1, 2]] }, "without dims there is one shift"],
      ["Roll", ["f32[2, 3]"], { args: [1, [0, 1]] }, "each of dims wants a shift"],
      ["Roll", ["f32[]"], { args: [1, 0] }, "dim 0 is out of range: it has no sizes"],
      ["IndexSelect", ["f32[2, 3]", "f32[2]"], { args: [0] }, "the index must be i32, not f32"],
      ["IndexSelect", ["f32[2, 3]", "i32[2, 2]"], { args: [0] }, "the index: it takes 0 or 1 sizes, as in i32[K]"], // prettier-ignore
      ["Where", ["i32[2]", "f32[2]", "f32[2]"], {}, "the condition must be bool, not i32: compare it, as in `c != 0`"], // prettier-ignore
      ["Where", ["bool[2]", "f32[3]", "f32[]"], {}, "bool[2] and f32[3] and f32[] do not broadcast: sizes 2 and 3 differ and neither is 1"], // prettier-ignore
      ["Clamp", ["f32[2]"], {}, "at least one of min and max must be given"],
      ["Abs", ["bool[2]"], {}, "it takes f32 or i32, not bool"],
      ["Max", ["f32[2]"], { named: { keepdim: true } }, "keepdim wants a dim"],
      ["Max", ["f32[2, 0]"], { args: [1] }, "of no elements none is the largest"],
      ["Min", ["f32[0, 2]"], {}, "of no elements none is the smallest"],
      ["ArgMax", ["bool[2]"], {}, "it takes f32 or i32, not bool"],
      ["AMin", ["f32[2, 0]"], { args: [[0, 1]] }, "of no elements none is the smallest"],
      ["Norm", ["f32[0]"], { args: [Infinity] }, "there is no norm with p=inf of no values"],
      ["Norm", ["i32[2]"], {}, "it takes f32, not i32"],
      ["Std", ["f32[2]"], { named: { unbiased: false, correction: 0 } }, "unbiased=false means correction=0: give one of the two"], // prettier-ignore
      ["Sum", ["f32[...]"], { named: { keepdim: true } }, `how many sizes stay is unknown: ${declare}`],
      ["Sum", ["f32[]"], { args: [1] }, "dim 1 is out of range: it has no sizes"],
    ]);
  });
});

/** What a net gives: a number, or the numbers of a tensor. */
function run(text: string, input: unknown, output?: string): unknown {
  const result = compile(text)(input as never);
  const tensor = output === undefined ? (result as Tensor) : result[output]!;
  return tensor.shape.length === 0 ? tensor.data[0] : numbers(tensor);
}

function numbers({ data }: Pick<Tensor, "data">): number[] {
  return Array.from(data as Float32Array);
}

describe("in the language", () => {
  test("pieces are a list, even where there is one", () => {
    const model = (body: string): string => `model M(n = 2) { input x: f32[n, 3]\n${body} }`;
    expect(run(model("[a, b] = x -> Unbind\noutput a - b"), [[5, 6, 7], [1, 2, 3]])).toEqual([4, 4, 4]); // prettier-ignore
    expect(run(model("p = x -> Split([1, 2], dim=1)\noutput p[1] -> Sum"), [[5, 6, 7], [1, 2, 3]])).toBe(18); // prettier-ignore
    const one = compile(model("p = x -> Split(1)\n[q] = p[0] -> Chunk(1)\noutput q -> ReLU"), { args: { n: 1 } }); // prettier-ignore
    expect([...one([[-1, 2, 3]]).shape]).toEqual([1, 3]);
    const list = compile(model("output x -> Unbind(1) -> Stack(1) -> Flip(0)"));
    expect(numbers(list([[5, 6, 7], [1, 2, 3]]))).toEqual([1, 2, 3, 5, 6, 7]); // prettier-ignore
  });

  test("the largest has a place", () => {
    const x = [[1, 9, 3], [7, 7, 2]]; // prettier-ignore
    expect(run("x -> Max(1)", x)).toEqual([9, 7]);
    expect(run("model M { input x: f32[N, C]\noutput (x -> Max(1)).indices }", x)).toEqual([1, 0]);
    expect(run("model M { input x: f32[N, C]\n[v, i] = x -> Max(dim=0)\noutput v, i }", x, "i")).toEqual([1, 0, 0]); // prettier-ignore
    expect(run("x -> Max", x)).toBe(9);
  });

  test("a mask of sizes", () => {
    const causal =
      "model M { input x: f32[T, T]\ni = Arange(T)\noutput [i[:, none] >= i, x, -inf] -> Where }";
    expect(run(causal, [[1, 2], [3, 4]])).toEqual([1, -Infinity, 3, 4]); // prettier-ignore
  });

  test("what only the call knows is checked there", () => {
    const squeeze = compile("model M { input x: f32[N, T]\noutput x -> Squeeze(0) }");
    expect(numbers(squeeze([[1, 2]]))).toEqual([1, 2]);
    expect(() => squeeze([[1], [2]])).toThrow(/Squeeze\(0\) at .*: the size N at dim 0 must be 1 to be left out/); // prettier-ignore
    const fold = compile("model M { input x: f32[N, T]\noutput x -> Reshape(-1, 4) }");
    expect([...fold([[1, 2], [3, 4]]).shape]).toEqual([1, 4]); // prettier-ignore
    expect(() => fold([[1, 2, 3]])).toThrow(/do not multiply up to N \* T, the number of elements/);
    const largest = compile("model M { input x: f32[N, T]\noutput x -> AMax(1) }");
    expect(() => largest.run({ x: { dtype: "f32", shape: [2, 0], data: new Float32Array(0) } }, { y: new Float32Array(2) })).toThrow("of no elements none is the largest"); // prettier-ignore
    const pick = compile("model M { input x: f32[N, 3]\ninput i: i32[K]\noutput [x, i] -> IndexSelect(1) }");
    expect(numbers(pick({ x: [[5, 6, 7]], i: [2, 2, 0] }))).toEqual([7, 7, 5]);
    for (const i of [-1, 3]) expect(() => pick({ x: [[5, 6, 7]], i: [i] })).toThrow(RangeError);
  });

  test("an argument that takes words beside numbers says both", () => {
    expect(() => compile("Norm('nuc')")).toThrow('p of Norm must be a number, or "fro", not "nuc"');
  });

  test("words of compile time point to their entries", () => {
    const source = "model M { input a: bool[N]\ninput b: bool[N]\noutput a and b }";
    expect(() => compile(source)).toThrow("LogicalAnd");
  });
});
