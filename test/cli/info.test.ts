import { expect, test } from "vitest";
import { folder, nnc } from "./support.ts";

const mlp = "model Mlp(hidden = 128) {\n  input x: f32[N, 784]\n  output y = x -> Linear(784, hidden) -> ReLU -> head: Linear(hidden, 10)\n}\n"; // prettier-ignore

test("a table with formulas, and the memory of a run", async () => {
  folder({ "mlp.nn": mlp });
  const { code, out, err } = await nnc(["info", "mlp.nn"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatchInlineSnapshot(`
    "Mlp, eval mode: x: f32[N, 784] -> y: f32[N, 10]

    path   layer             output       parameters         MACs                   read     written
    y.0    Linear(784, 128)  f32[N, 128]     100,480  100,352 * N  3.1 kB * N + 401.9 kB   512 B * N
    y.1    ReLU              f32[N, 128]                                       512 B * N   512 B * N
    head   Linear(128, 10)   f32[N, 10]        1,290    1,280 * N     512 B * N + 5.2 kB    40 B * N
    total                                    101,770  101,632 * N  4.2 kB * N + 407.1 kB  1.1 kB * N

    parameters  101,770 (407.1 kB)
    buffers     0 (0 B)
    kernels     2 a run, 0 to prepare
    memory      1.0 kB * N
      slot 0    1.0 kB * N of f64, for 1 tensor
      unshared  1.0 kB * N, with a slot for each
      unfused   1.0 kB * N, with the results of all layers kept

    --arg N=8 gives numbers
    "
  `);
});

test("--arg gives sizes values, and parameters of the entry", async () => {
  folder({ "mlp.nn": mlp });
  const { out } = await nnc(["info", "mlp.nn", "--arg", "N=1000", "--arg", "hidden=2"]);
  expect(out).toMatchInlineSnapshot(`
    "Mlp, eval mode: x: f32[1000, 784] -> y: f32[1000, 10]

    path   layer           output         parameters       MACs    read  written
    y.0    Linear(784, 2)  f32[1000, 2]        1,570  1,568,000  3.1 MB   8.0 kB
    y.1    ReLU            f32[1000, 2]                          8.0 kB   8.0 kB
    head   Linear(2, 10)   f32[1000, 10]          30     20,000  8.1 kB  40.0 kB
    total                                      1,600  1,588,000  3.2 MB  56.0 kB

    parameters  1,600 (6.4 kB)
    buffers     0 (0 B)
    kernels     2 a run, 0 to prepare
    memory      16.0 kB
      slot 0    16.0 kB of f64, for 1 tensor
      unshared  16.0 kB, with a slot for each
      unfused   16.0 kB, with the results of all layers kept
    "
  `);
});

test("--json", async () => {
  folder({ "n.nn": "ln: LayerNorm(4) -> Linear(4, 3)\n" });
  const { code, out, err } = await nnc(["info", "n.nn", "--json"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^\{.*\}\n$/);
  expect(JSON.parse(out)).toEqual({
    name: "n",
    mode: "eval",
    inputs: [{ name: "x", dtype: "f32", shape: ["...", 4] }],
    outputs: [{ name: "y", dtype: "f32", shape: ["...", 3] }],
    layers: [
      {
        name: "ln",
        path: "ln",
        layer: "LayerNorm(4)",
        place: "n.nn:1:5",
        outputs: [{ dtype: "f32", shape: ["...", 4] }],
        parameters: 8,
        macs: 0,
        read: "16 * ... + 32",
        written: "16 * ...",
      },
      {
        name: "1",
        path: "1",
        layer: "Linear(4, 3)",
        place: "n.nn:1:21",
        outputs: [{ dtype: "f32", shape: ["...", 3] }],
        parameters: 15,
        macs: "12 * ...",
        read: "16 * ... + 60",
        written: "12 * ...",
      },
    ],
    unused: [],
    total: {
      parameters: 23,
      parameterBytes: 92,
      buffers: 0,
      bufferBytes: 0,
      macs: "12 * ...",
      read: "32 * ... + 92",
      written: "28 * ...",
    },
    kernels: {
      prepare: [],
      run: [
        { name: "LayerNorm", macs: 0, read: "16 * ... + 32", written: "32 * ..." },
        { name: "Linear", macs: "12 * ...", read: "32 * ... + 60", written: "12 * ..." },
      ],
    },
    memory: {
      slots: [{ dtype: "f64", bytes: "32 * ...", holds: 1 }],
      bytes: "32 * ...",
      intermediates: { count: 1, bytes: "32 * ..." },
      results: { count: 1, bytes: "16 * ..." },
    },
  });
});

test("weights are not read: a net is looked at where they are not", async () => {
  folder({ "n.nn": 'weights "absent.safetensors"\nLinear(4, 3)\n' });
  expect(await nnc(["info", "n.nn"])).toMatchObject({ code: 0, err: "" });
});

test("numbers and bytes", async () => {
  folder({ "n.nn": "Linear(5000, 4000)\n" });
  const { out } = await nnc(["info", "n.nn"]);
  expect(out).toContain("20,004,000");
  expect(out).toContain("parameters  20,004,000 (80.0 MB)");
});

test("warnings and errors are shown with frames", async () => {
  folder({ "bad.nn": "x -> Linear(3, 4) -> LayerNorm(5)\n", "m.nn": mlp });
  const { code, out, err } = await nnc(["info", "bad.nn"]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^bad\.nn:1:22 error NN2\d+: .*\n {2}1 \| x -> Linear\(3, 4\) -> LayerNorm\(5\)\n/);
  expect(await nnc(["info", "absent.nn"])).toMatchObject({ code: 1, out: "" });
  expect(await nnc(["info", "m.nn", "--arg", "wrong=3"])).toMatchObject({ code: 1, out: "" });
  expect(await nnc(["info", "m.nn", "--mode", "fast"])).toMatchObject({ code: 2, out: "" });
});
