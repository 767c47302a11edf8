import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arrayFor,
  dtypes,
  loadSafetensors,
  SafetensorsError,
  saveSafetensors,
  tensor,
  type Tensor,
} from "../../runtime/index.ts";

/** A file with the header text as it stands. */
function file(
  header: string,
  data: readonly number[] = [],
  length: number = Buffer.byteLength(header),
): Uint8Array {
  const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(header), Buffer.from(data)]);
  bytes.writeBigUInt64LE(BigInt(length));
  return bytes;
}

function entry(dtype: string, shape: number[], begin: number, end: number): object {
  return { dtype, shape, data_offsets: [begin, end] };
}

/** The only tensor of a file with one byte of data. */
const one = entry("U8", [1], 0, 1);

describe("load", () => {
  test("a file of the reference implementation's tests", () => {
    const header = '{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}';
    expect(header.length).toBe(0x3c);
    const record = loadSafetensors(file(header, [...new Uint8Array(16)]));
    expect({ ...record }).toEqual({ test: { dtype: "i32", shape: [2, 2], data: new Int32Array(4) } });
  });

  test("empty files, metadata, white space", () => {
    expect({ ...loadSafetensors(file("{}")) }).toEqual({});
    expect({ ...loadSafetensors(file(' \t\n{"__metadata__":{"format":"pt"}}  ')) }).toEqual({});
  });

  test("half floats become f32", () => {
    const header = JSON.stringify({ a: entry("F16", [6], 0, 12), b: entry("BF16", [3], 12, 18) });
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x8000, 0x3555, 0x3f80, 0xbf00, 0x7f80);
    const { a, b } = loadSafetensors(file(header, [...new Uint8Array(halves.buffer)]));
    expect(a).toEqual({
      dtype: "f32",
      shape: [6],
      data: Float32Array.of(1, -2, 2 ** -24, Infinity, -0, 0.333251953125),
    });
    expect(b).toEqual({ dtype: "f32", shape: [3], data: Float32Array.of(1, -0.5, Infinity) });
  });

  test("unaligned data are copied", () => {
    const header = JSON.stringify({ a: entry("U8", [1], 0, 1), b: entry("F32", [1], 1, 5) });
    const data = [9, ...new Uint8Array(Float32Array.of(1.5).buffer)];
    for (let pad = 0; pad < 4; pad++)
      expect(loadSafetensors(file(header + " ".repeat(pad), data))["b"]!.data).toEqual(Float32Array.of(1.5));
  });

  test("names of Object.prototype are names like others", () => {
    const record = loadSafetensors(file(`{"__proto__":${JSON.stringify(one)}}`, [7]));
    expect(Object.keys(record)).toEqual(["__proto__"]);
    expect(record["__proto__"]!.data).toEqual(Uint8Array.of(7));
    expect(record["constructor"]).toBeUndefined();
    expect(loadSafetensors(saveSafetensors(record))["__proto__"]).toEqual(record["__proto__"]);
  });

  test.each<[string, Uint8Array, string]>([
    ["short file", Uint8Array.of(1, 2), "header too small"],
    ["huge header", file("{}", [], 100_000_001), "header too large"],
    ["header beyond the end", file("{}", [], 3), "invalid header length"],
    [
      "bad UTF-8",
      Buffer.concat([file("", [], 3), Buffer.from([0x7b, 0xff, 0x7d])]),
      "invalid UTF-8 in header",
    ],
    ["bad JSON", file("{"), "invalid JSON in header"],
    ["array", file("[]"), "invalid JSON in header: it must be an object"],
    ["metadata", file('{"__metadata__":{"a":1}}'), "__metadata__ must map names to strings"],
    ["no object", file('{"w":1}'), "tensor `w` must be an object"],
    ["no dtype", file('{"w":{"shape":[],"data_offsets":[0,1]}}'), "tensor `w` has no dtype"],
    ["dtype", file(JSON.stringify({ w: entry("F31", [], 0, 4) })), 'tensor `w` has the unknown dtype "F31"'],
    ["8-bit float", file(JSON.stringify({ w: entry("F8_E4M3", [1], 0, 1) }), [0]), "convert it to F32"],
    ["negative", file(JSON.stringify({ w: entry("U8", [-1], 0, 1) })), "tensor `w` must have a shape"],
    ["fraction", file(JSON.stringify({ w: entry("U8", [1.5], 0, 1) })), "tensor `w` must have a shape"],
    ["offsets", file('{"w":{"dtype":"U8","shape":[],"data_offsets":[0]}}'), "two data_offsets"],
    [
      "hole",
      file(JSON.stringify({ a: one, b: entry("U8", [1], 2, 3) }), [1, 2, 3]),
      "invalid offset for tensor `b`",
    ],
    ["overlap", file(JSON.stringify({ a: one, b: one }), [1]), "invalid offset for tensor `b`"],
    ["reversed", file(JSON.stringify({ w: entry("U8", [1], 1, 0) }), [1]), "invalid offset for tensor `w`"],
    ["overflow", file(JSON.stringify({ w: entry("F64", [2 ** 40, 2 ** 40], 0, 8) })), "overflow"],
    ["shape", file(JSON.stringify({ w: entry("F32", [2], 0, 4) }), [0, 0, 0, 0]), "F32 [2] takes 8 bytes"],
    ["cut off", file(JSON.stringify({ w: entry("F32", [1], 0, 4) }), [0]), "is it cut off?"],
    ["trailing", file(JSON.stringify({ w: one }), [0, 0]), "what follows belongs to no tensor"],
  ])("refuses: %s", (_, bytes, message) => {
    expect(() => loadSafetensors(bytes)).toThrow(SafetensorsError);
    expect(() => loadSafetensors(bytes)).toThrow(message);
  });
});

describe("save", () => {
  test("lays out as the reference writer: wide dtypes first, then by name, padded to 8", () => {
    const bytes = saveSafetensors(
      { b: tensor([1, 2]), a: tensor([3]), flag: tensor([true]), n: tensor([5n]), "0": tensor([4]) },
      { format: "pt" },
    );
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(
      Buffer.from(bytes.subarray(8, 8 + length))
        .toString()
        .trimEnd(),
    ).toBe(
      '{"__metadata__":{"format":"pt"},"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},' +
        '"0":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},' +
        '"b":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},"flag":{"dtype":"BOOL","shape":[1],"data_offsets":[24,25]}}',
    );
    expect(bytes.length).toBe(8 + length + 25);
  });

  test("names are sorted by their UTF-8 bytes", () => {
    const names = ["\u{1f600}", "\uff5e", "é", "z"];
    const record = Object.fromEntries(names.map((name, i) => [name, tensor([i])]));
    expect(Object.keys(loadSafetensors(saveSafetensors(record)))).toEqual(["z", "é", "\uff5e", "\u{1f600}"]);
  });

  test.each<[string, Record<string, Tensor>, string]>([
    ["metadata", { __metadata__: tensor([1]) }, "cannot be named __metadata__"],
    ["length", { w: { dtype: "f32", shape: [3], data: new Float32Array(2) } }, "[3] cannot have 2 elements"],
    ["array", { w: { dtype: "f32", shape: [2], data: new Int32Array(2) } }, "must be a Float32Array"],
    ["dtype", { w: { dtype: "f31" as never, shape: [2], data: new Int32Array(2) } }, 'unknown dtype "f31"'],
  ])("refuses: %s", (_, record, message) => {
    expect(() => saveSafetensors(record)).toThrow(message);
  });

  test("views of larger buffers are saved as they are", () => {
    const data = new Float32Array([0, 1, 2, 3]).subarray(1, 3);
    expect(loadSafetensors(saveSafetensors({ w: { dtype: "f32", shape: [2], data } }))["w"]!.data).toEqual(
      data,
    );
  });

  test("load gives back what was saved", () => {
    const anyTensor = fc
      .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(3), { maxLength: 3 }) })
      .map(({ dtype, shape }): Tensor => {
        const count = shape.reduce((a, b) => a * b, 1);
        return tensor(
          Array.from({ length: count }, (_, i) => i % 2),
          { dtype, shape },
        );
      });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyTensor), (record) => {
        fc.pre(!Object.hasOwn(record, "__metadata__"));
        const loaded = loadSafetensors(saveSafetensors(record));
        expect(Object.keys(loaded).toSorted()).toEqual(Object.keys(record).toSorted());
        for (const name of Object.keys(record)) expect(loaded[name]).toEqual(record[name]);
        for (const { dtype, data } of Object.values(loaded)) expect(data).toBeInstanceOf(arrayFor(dtype));
      }),
      { numRuns: 50 },
    );
  });

  test("bytes that are no file never give anything but SafetensorsError", () => {
    fc.assert(
      fc.property(fc.json(), fc.uint8Array({ maxLength: 8 }), (header, data) => {
        try {
          loadSafetensors(file(header, [...data]));
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError);
        }
      }),
      { numRuns: 100 },
    );
  });
});
