/** `Scan`: loops over the steps of a sequence. */
import { describe, expect, test } from "vitest";
import { check, compile, NnError, type Model, type Tensor } from "../compiler/index.ts";
import { formatDiagnostic } from "../grammar/index.ts";

type Numbers = readonly (number | Numbers)[];

function nested({ shape, data }: Tensor, from = 0, axis = 0): Numbers | number {
  if (axis === shape.length) return Number(data[from]);
  const stride = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  return Array.from({ length: shape[axis]! }, (_, i) => nested({ shape, data } as Tensor, from + i * stride, axis + 1) as number); // prettier-ignore
}

function results(model: Model, input: unknown): Record<string, unknown> {
  const outputs = model(input as never) as Tensor | Record<string, Tensor>;
  const named = "shape" in outputs ? { y: outputs as Tensor } : outputs;
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, nested(value)]));
}

const recurrence = (reverse: boolean): string => `model M {
  input x: f32[N, T, 3]
  cell = GRUCell(3, 2)
  [y, h] = [x, Zeros(N, 2)] -> Scan(dim=1${reverse ? ", reverse=true" : ""}) {
    input x, h
    next = [x, h] -> cell
    output y = next, h = next
  }
  output y, h
}`;

describe.each(["js", "wasm"] as const)("on %s", (target) => {
  test.each([false, true])("a cell that is scanned is its layer, reverse=%s", (reverse) => {
    const scanned = compile(recurrence(reverse), { target, seed: 4 });
    const weights = Object.fromEntries(
      Object.entries(scanned.parameters).map(([name, value]) => [
        `gru.${name.replace("cell.", "")}_l0`,
        value,
      ]),
    );
    const flip = reverse ? "Flip(1) -> " : "";
    const source = `model M {\n input x: f32[N, T, 3]\n [z, h] = x -> ${flip}gru: GRU(3, 2, batch_first=true)\n output y = z${reverse ? " -> Flip(1)" : ""}, h[0]\n}`;
    const layer = compile(source.replace("h[0]", "h = h[0]"), { target, weights });
    for (const steps of [0, 1, 4]) {
      const data = Float32Array.from({ length: 2 * steps * 3 }, (_, i) => Math.sin(i * 7));
      const x = { dtype: "f32", shape: [2, steps, 3], data } as const;
      expect(results(scanned, x)).toEqual(results(layer, x));
    }
  });

  test("states are what they were before a step, and none need be there", () => {
    const source = `model M {
      input x: f32[T]
      [before, after, total, twice] = [x, 0.0] -> Scan {
        input x, total
        output before = total, after = total + x, total = total + x, twice = x * 2
      }
      [swapped, a, b] = [x, 1.0, 2.0] -> Scan {
        input x, a, b
        output s = a * 10 + b, a = b, b = a
      }
      squares = x -> Scan { input x; output x * x }
      same = x -> Scan { input x; output one = 5.0 }
      output before, after, total, twice, swapped, a, b, squares, same
    }`;
    expect(results(compile(source, { target }), [1, 2, 4])).toEqual({
      before: [0, 1, 3],
      after: [1, 3, 7],
      total: 7,
      twice: [2, 4, 8],
      swapped: [12, 21, 12],
      a: 2,
      b: 1,
      squares: [1, 4, 16],
      same: [5, 5, 5],
    });
  });

  test("a loop in a loop, and the axis that results have", () => {
    const source = `model M {
      input x: f32[A, B]
      table = x -> Scan(dim=0) {
        input row
        [sums, _] = [row, 0.0] -> Scan(dim=-1, reverse=true) {
          input x, total
          output sums = total + x, total = total + x
        }
        output sums
      }
      columns = x -> Scan(dim=1) { input column; output column * 2 }
      output table, columns
    }`;
    const { table, columns } = results(compile(source, { target }), [[1, 2, 3], [10, 20, 30]]); // prettier-ignore
    expect(table).toEqual([[6, 5, 3], [60, 50, 30]]); // prettier-ignore
    expect(columns).toEqual([[2, 4, 6], [20, 40, 60]]); // prettier-ignore
  });

  test("a recurrent layer, a gather and rounds in a step", () => {
    const source = `model M {
      input x: i32[T, N, L]
      table = Embedding(5, 2)
      rnn = RNN(2, 2, batch_first=true)
      [y, h] = [x, Zeros(N, 2)] -> Scan {
        input x, h
        [_, last] = x -> table -> rnn
        next = last[0] + h -> Repeat(2, shared=true) { Tanh }
        output y = next, h = next
      }
      output y, h
    }`;
    const model = compile(source, { target, seed: 1 });
    const step = (t: number, h: string): string => `
      [_, l${t}] = x[${t}] -> table -> rnn
      h${t} = l${t}[0] + ${h} -> Repeat(2, shared=true) { Tanh }`;
    const unrolled = `model M {
      input x: i32[T, N, L]
      table = Embedding(5, 2)
      rnn = RNN(2, 2, batch_first=true)
      ${step(0, "Zeros(N, 2)")}
      ${step(1, "h0")}
      ${step(2, "h1")}
      output y = [h0, h1, h2] -> Stack(dim=0), h = h2
    }`.replaceAll("i32[T, N, L]", "i32[3, N, L]");
    const data = Int32Array.from({ length: 18 }, (_, i) => (i * 7) % 5);
    const x = { dtype: "i32", shape: [3, 2, 3], data } as const;
    expect(results(model, x)).toEqual(results(compile(unrolled, { target, seed: 1 }), x));
    expect(() => model({ ...x, data: data.map((index) => index + 1) })).toThrow(RangeError);
  });
});

test("weights are those of one step, and names that of a body", () => {
  const source = `x -> Scan(dim=0) { input x; output y = x -> Linear(3, 3) -> fc: Linear(3, 2) }`;
  expect(compile(source).inputs.map(({ dtype, shape }) => [dtype, shape])).toEqual([
    ["f32", ["N", "...", 3]],
  ]);
  expect(Object.keys(compile(source).parameters)).toEqual(["y.0.weight", "y.0.bias", "fc.weight", "fc.bias"]); // prettier-ignore
});

test.each([
  "model M { input x: f32[3]\n output y = x -> Scan { Tanh } }",
  "model M { input h: f32[3]\n output y = h -> Scan { input h; output h = h + 1 } }",
  "model M { input x: f32[3, 2]\n output y = x -> Scan { input x, h; output h = h + x } }",
  "model M { input x: f32[3, 2]\n [y, h] = [x, 0.0] -> Scan { input x, h; output y = x, h = h + x }\n output y, h }",
  "model M { input x: f32[3, 2]\n [y, h] = [x, 0] -> Scan { input x, h; output y = x, h = h + 0.5 }\n output y, h }",
  "model M { input x: f32[3, 2]\n input z: f32[4, 2]\n output y = [x, z] -> Scan { input x, z; output y = x * z } }",
  "model M { input x: f32[3, 2]\n output y = x -> Scan(dim=2) { input x; output y = x } }",
  "model M { input x: f32[3, ...]\n output y = x -> Scan(dim=-1) { input x; output y = x } }",
])("%s", (text) => {
  const sources = [{ file: "net.nn", text }];
  const diagnostics = check(text, { filename: "net.nn" });
  expect(diagnostics.map((one) => formatDiagnostic(one, sources)).join("\n")).toMatchSnapshot();
});

test("what each step would have to do anew in training is refused there", () => {
  const within = (layer: string): string =>
    `model M { input x: f32[T, N, 3]\n output y = x -> Scan { input x; output y = x -> ${layer} } }`;
  for (const layer of ["Dropout", "BatchNorm1d(3)", "MultiheadAttention(3, 1, 0.5)"]) {
    expect(check(within(layer))).toEqual([]);
    let wrong: unknown;
    try {
      compile(within(layer), { mode: "train" });
    } catch (cause) {
      wrong = cause;
    }
    expect(wrong).toBeInstanceOf(NnError);
    expect((wrong as NnError).diagnostics.map(({ code }) => code)).toEqual(["NN3218"]);
  }
  expect(compile(within("Dropout(0) -> LayerNorm(3)"), { mode: "train" }).outputs).toHaveLength(1);
});
