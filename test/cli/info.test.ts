import { expect, test } from "vitest";
import { saveSafetensors, tensor } from "../../compiler/index.ts";
import { saveNpy } from "../../runtime/index.ts";
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
    memory      512 B * N
      slot 0    512 B * N of f32, for 1 tensor
      unshared  512 B * N, with a slot for each
      unfused   1.0 kB * N, with the results of all layers kept
    arena       3.7 kB * N + 812.6 kB, in one memory of WebAssembly
      prepared  405.5 kB, computed of weights alone
      weights   407.1 kB
      slots     512 B * N
      ports     3.2 kB * N, the inputs and outputs of a call

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
    memory      8.0 kB
      slot 0    8.0 kB of f32, for 1 tensor
      unshared  8.0 kB, with a slot for each
      unfused   16.0 kB, with the results of all layers kept
    arena       3.2 MB, in one memory of WebAssembly
      weights   6.4 kB
      slots     8.0 kB
      ports     3.2 MB, the inputs and outputs of a call
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

test("tensors of a file, with dtypes as the file has them", async () => {
  const i64 = { dtype: "i64", shape: [2], data: BigInt64Array.of(-(2n ** 62n), 7n) } as const;
  folder({
    "w.safetensors": saveSafetensors(
      {
        "fc.weight": tensor([
          [1, 2],
          [3, 6],
        ]),
        "fc.bias": tensor([0.1, NaN, Infinity, -Infinity]),
        ids: i64,
        none: tensor([]),
      },
      { metadata: { format: "pt" }, floats: "BF16" },
    ),
  });
  expect(await nnc(["info", "w.safetensors"])).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "out": "name       dtype  shape                    min     max                  mean                  std  NaN  infinite
    fc.bias    BF16   [4]                   0.1001  0.1001                0.1001                         1         2
    fc.weight  BF16   [2, 2]                     1       6                     3               2.1602
    ids        I64    [2]     -4611686018427387904       7  -2305800000000000000  3261000000000000000
    none       BF16   [0]

    4 tensors, 10 elements (32 B)
    metadata  format: pt
    ",
    }
  `);
  const { out } = await nnc(["info", "w.safetensors", "--json"]);
  const { metadata, tensors } = JSON.parse(out) as { metadata: object; tensors: { name: string }[] };
  expect(metadata).toEqual({ format: "pt" });
  expect(tensors.find(({ name }) => name === "ids")).toEqual({
    name: "ids",
    dtype: "I64",
    shape: [2],
    bytes: 16,
    min: "-4611686018427387904",
    max: 7,
    mean: -(2 ** 61),
    std: expect.closeTo(2 ** 62 / Math.SQRT2, -10) as number,
    nan: 0,
    infinite: 0,
  });
  expect(tensors.find(({ name }) => name === "none")).toEqual({
    name: "none",
    dtype: "BF16",
    shape: [0],
    bytes: 0,
    nan: 0,
    infinite: 0,
  });
});

test("an array, an index of several files, a dtype that is not read", async () => {
  const header = '{"q":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}      ';
  const f8 = new Uint8Array(8 + header.length + 2);
  new DataView(f8.buffer).setBigUint64(0, BigInt(header.length), true);
  f8.set(new TextEncoder().encode(header), 8);
  folder({
    "x.npy": saveNpy(tensor([[1.5, 2.5]])),
    "a.safetensors": saveSafetensors({ a: tensor([1]) }),
    "b.safetensors": saveSafetensors({ b: tensor([2]) }),
    "m.safetensors.index.json": JSON.stringify({ weight_map: { a: "a.safetensors", b: "b.safetensors" } }),
    "f8.safetensors": f8,
    "cut.safetensors": f8.subarray(0, -1),
    "text.npy": "no array",
  });
  expect((await nnc(["info", "x.npy"])).out).toMatchInlineSnapshot(`
    "dtype    shape   min  max  mean      std
    float32  [1, 2]  1.5  2.5     2  0.70711

    1 tensor, 2 elements (8 B)
    "
  `);
  expect((await nnc(["info", "m.safetensors.index.json"])).out).toMatchInlineSnapshot(`
    "name  dtype  shape  min  max  mean
    a     F32    [1]      1    1     1
    b     F32    [1]      2    2     2

    2 tensors, 2 elements (8 B)
    "
  `);
  expect((await nnc(["info", "f8.safetensors"])).out).toMatchInlineSnapshot(`
    "name  dtype    shape
    q     F8_E4M3  [2]

    1 tensor, 2 elements (2 B)
    "
  `);
  const wrong = async (...argv: string[]): Promise<string> => (await nnc(["info", ...argv])).err;
  expect(await wrong("cut.safetensors")).toContain("nnc: cannot read cut.safetensors: incomplete metadata");
  expect(await wrong("text.npy")).toContain("nnc: cannot read text.npy: not a .npy file");
  expect(await nnc(["info", "x.npy", "--arg", "N=2"])).toMatchObject({
    code: 2,
    err: "nnc: --arg is for nets, and x.npy holds tensors\n",
  });
});

test("what lies in the memory of WebAssembly", async () => {
  folder({ "n.nn": "model M { input x: f32[N, 20]; output y = x -> Linear(20, 30) -> BatchNorm1d(30) -> Linear(30, 2) }\n" });
  const info = async (...args: string[]): Promise<string> => (await nnc(["info", "n.nn", ...args])).out;
  expect(await info()).not.toContain("arena");
  expect((await info("--target", "wasm", "--arg", "N=100")).split("\n").filter((line) => /^arena|^ {2}(prepared|weights|slots|ports)/.test(line)).join("\n")).toMatchInlineSnapshot(`
    "arena       26.6 kB, in one memory of WebAssembly
      prepared  2.5 kB, computed of weights alone
      weights   3.3 kB
      slots     12.0 kB
      ports     8.8 kB, the inputs and outputs of a call"
  `);
  const { arena } = JSON.parse(await info("--target", "wasm", "--json")) as { arena: object };
  expect(arena).toMatchInlineSnapshot(`
    {
      "ports": "88 * N",
      "prepared": 2520,
      "slots": "120 * N",
      "weights": 3252,
    }
  `);
}); // prettier-ignore
