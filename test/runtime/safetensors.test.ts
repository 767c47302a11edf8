import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arrayFor,
  dtypes,
  itemSize,
  loadSafetensors,
  SafetensorsError,
  saveSafetensors,
  tensor,
  type Dtype,
  type SafetensorsErrorKind,
  type Tensor,
} from "../../runtime/index.ts";
import { fromBfloat16, fromFloat16 } from "../../runtime/half.ts";

/** What the reference implementation says of files, and the files it writes: fixtures/runtime/safetensors-cases.py. */
interface Fixture {
  read: { name: string; kind: SafetensorsErrorKind | null; b64: string }[];
  written: {
    tensors: { name: string; dtype: Dtype | "f16" | "bf16"; shape: number[]; b64: string }[];
    metadata: Record<string, string> | null;
    b64: string;
  }[];
}
const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/runtime/safetensors.json", import.meta.url), "utf8"),
) as Fixture;

function decode(b64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(b64, "base64"));
}

/** The kind of the error that loading gives, or null. */
function kindOf(bytes: Uint8Array): SafetensorsErrorKind | null {
  try {
    loadSafetensors(bytes);
    return null;
  } catch (error) {
    if (error instanceof SafetensorsError) return error.kind;
    throw error;
  }
}

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
  test.each(fixture.read.map((c) => [c.name, c] as const))(
    "says what the reference reader says: %s",
    (_, c) => {
      expect(kindOf(decode(c.b64))).toBe(c.kind);
    },
  );

  test("is stricter than the reference where the format is: names occur once", () => {
    const twice = `{"a":${JSON.stringify(one)},"a":${JSON.stringify(one)}}`;
    expect(kindOf(file(twice, [1]))).toBe("InvalidHeaderDeserialization");
    expect(() => loadSafetensors(file(twice, [1]))).toThrow('the name "a" occurs twice');
  });

  test("dtypes and sizes that we lack come after everything else", () => {
    const lacking = entry("F8_E4M3", [1], 0, 1);
    expect(kindOf(file(JSON.stringify({ a: lacking }), [1]))).toBe("UnsupportedDtype");
    expect(kindOf(file(JSON.stringify({ a: lacking }), [1, 2]))).toBe("MetadataIncompleteBuffer");
    const huge = '{"a":{"dtype":"U8","shape":[0,9007199254740993],"data_offsets":[0,0]}}';
    expect(kindOf(file(huge))).toBe("ValidationOverflow");
  });

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

  test("aligned data are views, others are copied", () => {
    const header = JSON.stringify({ a: entry("U8", [1], 0, 1), b: entry("F32", [1], 1, 5) });
    const data = [9, ...new Uint8Array(Float32Array.of(1.5).buffer)];
    const views: boolean[] = [];
    for (let pad = 0; pad < 4; pad++) {
      const bytes = Uint8Array.from(file(header + " ".repeat(pad), data));
      const b = loadSafetensors(bytes)["b"]!;
      expect(b.data).toEqual(Float32Array.of(1.5));
      views.push(b.data.buffer === bytes.buffer);
    }
    expect(views.filter(Boolean)).toEqual([true]);
  });

  test("halves are read from odd places too", () => {
    const header = JSON.stringify({ a: one, h: entry("F16", [2], 1, 5), g: entry("BF16", [1], 5, 7) });
    const bytes = file(header.padEnd(112), [9, 0x00, 0x3c, 0x00, 0xc0, 0x80, 0x3f]);
    const { h, g } = loadSafetensors(bytes);
    expect([h!.data, g!.data]).toEqual([Float32Array.of(1, -2), Float32Array.of(1)]);
  });

  test("bools are 0 and 1, whatever bytes stand for true", () => {
    const header = JSON.stringify({ a: entry("BOOL", [4], 0, 4) });
    const bytes = file(header, [0, 1, 2, 255]);
    expect(loadSafetensors(bytes)["a"]!.data).toEqual(Uint8Array.of(0, 1, 1, 1));
    expect([...bytes.subarray(-4)]).toEqual([0, 1, 2, 255]);
  });

  test("names of Object.prototype are names like others", () => {
    const record = loadSafetensors(file(`{"__proto__":${JSON.stringify(one)}}`, [7]));
    expect(Object.keys(record)).toEqual(["__proto__"]);
    expect(record["__proto__"]!.data).toEqual(Uint8Array.of(7));
    expect(record["constructor"]).toBeUndefined();
    expect(loadSafetensors(saveSafetensors(record))["__proto__"]).toEqual(record["__proto__"]);
  });

  // What the errors tell people; their kinds are above.
  test.each<[string, Uint8Array, string]>([
    [
      "short file",
      Uint8Array.of(1, 2),
      "header too small: a safetensors file has at least 8 bytes, this has 2",
    ],
    ["another format", Buffer.from("PK\x03\x04 a zip file"), "safetensors.torch.save_file(torch.load("],
    [
      "header beyond the end",
      file("{}", [], 3),
      "the header ends at byte 11, the file at 10; is it cut off?",
    ],
    ["bad JSON", file('{\n "a": }'), "invalid JSON in header: expected a value at line 2, column 7"],
    ["array", file("[]"), "invalid JSON in header: it must be an object"],
    ["metadata", file('{"__metadata__":{"a":1}}'), "__metadata__ must map names to strings"],
    ["no object", file('{"w":1}'), "tensor `w` must be an object"],
    ["no dtype", file('{"w":{"shape":[],"data_offsets":[0,1]}}'), "tensor `w` has no dtype"],
    ["dtype", file(JSON.stringify({ w: entry("F31", [], 0, 4) })), 'tensor `w` has the unknown dtype "F31"'],
    ["8-bit float", file(JSON.stringify({ w: entry("F8_E4M3", [1], 0, 1) }), [0]), "convert it to F32"],
    ["negative", file(JSON.stringify({ w: entry("U8", [-1], 0, 1) })), "tensor `w` must have a shape"],
    ["offsets", file('{"w":{"dtype":"U8","shape":[],"data_offsets":[0]}}'), "two data_offsets"],
    [
      "hole",
      file(JSON.stringify({ a: one, b: entry("U8", [1], 2, 3) }), [1, 2, 3]),
      "invalid offset for tensor `b`: it takes bytes 2 to 3, but byte 1 comes next",
    ],
    [
      "overflow",
      file(JSON.stringify({ w: entry("F64", [2 ** 40, 2 ** 40], 0, 8) })),
      "overflow computing the size of tensor `w`",
    ],
    ["half a byte", file(JSON.stringify({ w: entry("F4", [3], 0, 1) })), "F4 [3] takes 12 bits"],
    ["shape", file(JSON.stringify({ w: entry("F32", [2], 0, 4) }), [0, 0, 0, 0]), "F32 [2] takes 8 bytes"],
    ["cut off", file(JSON.stringify({ w: entry("F32", [1], 0, 4) }), [0]), "is it cut off?"],
    ["trailing", file(JSON.stringify({ w: one }), [0, 0]), "what follows belongs to no tensor"],
  ])("refuses in words: %s", (_, bytes, message) => {
    expect(() => loadSafetensors(bytes)).toThrow(message);
  });
});

describe("save", () => {
  test.each(fixture.written.map((c) => [Buffer.byteLength(c.b64, "base64"), c] as const))(
    "gives the bytes of the reference writer: %i",
    (_, c) => {
      const halves = c.tensors.find(({ dtype }) => dtype === "f16" || dtype === "bf16")?.dtype;
      const record = Object.fromEntries(
        c.tensors.map(({ name, dtype, shape, b64 }): [string, Tensor] => {
          const bytes = decode(b64);
          if (dtype === "f16") return [name, { dtype: "f32", shape, data: fromFloat16(bytes) }];
          if (dtype === "bf16") return [name, { dtype: "f32", shape, data: fromBfloat16(bytes) }];
          return [
            name,
            { dtype, shape, data: new (arrayFor(dtype))(bytes.buffer, 0, bytes.length / itemSize(dtype)) },
          ];
        }),
      );
      const saved = saveSafetensors(record, {
        ...(c.metadata !== null && { metadata: c.metadata }),
        ...(halves !== undefined && { floats: halves === "f16" ? "F16" : "BF16" }),
      });
      expect(Buffer.from(saved).toString("latin1")).toBe(Buffer.from(c.b64, "base64").toString("latin1"));
      const loaded = loadSafetensors(saved);
      for (const [name, t] of Object.entries(record)) expect(loaded[name], name).toEqual(t);
      expect(Object.keys(loaded).sort()).toEqual(Object.keys(record).sort());
    },
  );

  test("floats of 16 bits are rounded, other dtypes stay", () => {
    const record = { w: tensor([1 / 3, 65504, 65520, 1e-8]), d: tensor([1 / 3], { dtype: "f64" }) };
    const half = loadSafetensors(saveSafetensors(record, { floats: "F16" }));
    expect(half["w"]!.data).toEqual(Float32Array.of(0.333251953125, 65504, Infinity, 0));
    expect(half["d"]).toEqual(record.d);
    const brain = loadSafetensors(saveSafetensors(record, { floats: "BF16" }));
    expect(brain["w"]!.data).toEqual(Float32Array.of(0.333984375, 65536, 65536, 1.0011717677116394e-8));
  });

  const two = new Float32Array(2);
  test.each<[SafetensorsErrorKind, Record<string, Tensor>, string]>([
    ["InvalidHeader", { __metadata__: tensor([1]) }, "cannot be named __metadata__"],
    ["InvalidHeader", { "a\ud800": tensor([1]) }, "half of a surrogate pair"],
    ["InvalidTensorView", { w: { dtype: "f32", shape: [3], data: two } }, "[3] cannot have 2 elements"],
    [
      "InvalidTensorView",
      { w: { dtype: "f32", shape: [-1, -2], data: two } },
      "[-1, -2] cannot have 2 elements",
    ],
    ["InvalidTensorView", { w: { dtype: "i32", shape: [2], data: two } }, "must be a Int32Array"],
    ["UnsupportedDtype", { w: { dtype: "f31" as never, shape: [2], data: two } }, 'unknown dtype "f31"'],
  ])("refuses: %s %j", (kind, record, message) => {
    expect(() => saveSafetensors(record)).toThrow(message);
    expect(() => saveSafetensors(record)).toThrow(expect.objectContaining({ kind }));
  });

  test("refuses options that a file cannot hold", () => {
    expect(() => saveSafetensors({}, { metadata: { epoch: 1 as never } })).toThrow(
      "must map names to strings",
    );
    expect(() => saveSafetensors({ w: tensor([1]) }, { floats: "F64" as never })).toThrow('dtype "F64"');
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
});
