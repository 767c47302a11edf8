import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  dtypes,
  loadNpy,
  NpyError,
  saveNpy,
  sizeOf,
  tensor,
  type NpyErrorKind,
} from "../../runtime/index.ts";

interface Fixture {
  /** `rewritten`: whether saving what was loaded gives the same bytes. */
  cases: { name: string; shape: number[]; values: number[]; b64: string; rewritten: boolean }[];
  structured: string;
  complex: string;
}
const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/runtime/npy.json", import.meta.url), "utf8"),
) as Fixture;
const decode = (b64: string) => new Uint8Array(Buffer.from(b64, "base64"));
const sample = decode(fixture.cases[0]!.b64);

test.each(fixture.cases.map((c) => [c.name, c] as const))("reads what NumPy wrote: %s", (_, c) => {
  const t = loadNpy(decode(c.b64));
  expect(t.shape).toEqual(c.shape);
  expect(Array.from(t.data as ArrayLike<number | bigint>, Number)).toEqual(c.values);
  if (c.rewritten) expect(saveNpy(t)).toEqual(decode(c.b64));
});

test("reads from any offset of a larger buffer", () => {
  const shifted = new Uint8Array(sample.length + 1);
  shifted.set(sample, 1);
  expect(loadNpy(shifted.subarray(1))).toEqual(loadNpy(sample));
});

test("bools are 0 and 1, whatever bytes stand for true", () => {
  const bytes = saveNpy(tensor([true, false, true]));
  bytes.set([7, 0, 255], bytes.length - 3);
  expect(loadNpy(bytes).data).toEqual(Uint8Array.of(1, 0, 1));
});

test("is a view where nothing has to change", () => {
  const bytes = saveNpy(tensor([1, 2]));
  expect(loadNpy(bytes).data.buffer).toBe(bytes.buffer);
});

/** A file with this header text and so many bytes of 1 after it. */
function file(header: string, bytes: number, version = 1): Uint8Array {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(Buffer.byteLength(header), 0, length.length);
  const start = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0];
  return Buffer.concat([Buffer.from(start), length, Buffer.from(header), Buffer.alloc(bytes, 1)]);
}

const bytesOf = (shape: string, descr = "|u1", fortran = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

test.each([
  ["without the last comma", "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1)}", [2, 1]],
  ["in another order, in other quotes", `{"shape": (2,), 'fortran_order': True, "descr": '|u1'}`, [2]],
  ["a long integer of Python 2", bytesOf("(2L,)"), [2]],
  ["a comma after the last size", bytesOf("(1, 2,)"), [1, 2]],
  ["line breaks", "{\n'descr':\t'|u1',\n'fortran_order': False,\n'shape': ( 2 , )}\n\n", [2]],
  ["versions 2 and 3", bytesOf("(2,)"), [2]],
])("reads a header: %s", (name, header, shape) => {
  for (const version of name.startsWith("versions") ? [2, 3] : [1])
    expect(loadNpy(file(header, 2, version))).toEqual({ dtype: "u8", shape, data: Uint8Array.of(1, 1) });
});

describe("refuses", () => {
  const withVersion = (major: number, minor: number) => sample.with(6, major).with(7, minor);
  const withText = (from: string, to: string) =>
    new Uint8Array(Buffer.from(Buffer.from(sample).toString("latin1").replace(from, to), "latin1"));
  test.each<[string, Uint8Array, NpyErrorKind, string]>([
    ["other files", Uint8Array.of(1, 2, 3), "NotNpy", "not a .npy file"],
    ["unknown versions", withVersion(9, 0), "UnknownVersion", "version 9.0"],
    ["unknown minor versions", withVersion(1, 1), "UnknownVersion", "version 1.1"],
    ["no length", withVersion(2, 0).subarray(0, 11), "InvalidHeader", "no length: is the file cut off?"],
    ["cut headers", sample.subarray(0, 40), "InvalidHeader", "is it cut off?"],
    [
      "large headers",
      file(bytesOf("(2,)").padEnd(10_001), 2),
      "InvalidHeader",
      "10001 bytes, more than the 10000",
    ],
    [
      "cut data",
      sample.subarray(0, -1),
      "WrongLength",
      "takes 24 bytes, the file has 23 after its header: is it cut off?",
    ],
    ["more data", Buffer.concat([sample, sample]), "WrongLength", "a file holds one array"],
    ["broken headers", withText("shape", "shepe"), "InvalidHeader", "cannot read the header"],
    ["a key twice", withText("'shape'", "'descr'"), "InvalidHeader", "cannot read the header"],
    ["a key more", file(`${bytesOf("(2,)").slice(0, -3)} 'x': True}`, 2), "InvalidHeader", "cannot read"],
    ["code", file(bytesOf("(2, __import__('os'))"), 2), "InvalidHeader", "cannot read the header"],
    ["arithmetic", file(bytesOf("(1 + 1,)"), 2), "InvalidHeader", "cannot read the header"],
    ["no tuple", file(bytesOf("(2)"), 2), "InvalidHeader", "cannot read the header"],
    ["a list", file(bytesOf("[2]"), 2), "InvalidHeader", "cannot read the header"],
    ["an empty place", file(bytesOf("(2,,1)"), 2), "InvalidHeader", "cannot read the header"],
    ["negative sizes", file(bytesOf("(-2,)"), 2), "InvalidHeader", "cannot read the header"],
    ["leading zeros", file(bytesOf("(02,)"), 2), "InvalidHeader", "cannot read the header"],
    [
      "mixed quotes",
      file(`{'descr": '|u1', 'fortran_order': False, 'shape': (2,)}`, 2),
      "InvalidHeader",
      "cannot",
    ],
    ["flags that are none", file(bytesOf("(2,)", "|u1", "0"), 2), "InvalidHeader", "cannot read the header"],
    ["text after it", file(`${bytesOf("(2,)")} 1`, 2), "InvalidHeader", "cannot read the header"],
    [
      "other blanks",
      file(bytesOf("(2,)").replace(" ", "\u00a0"), 2, 3),
      "InvalidHeader",
      "cannot read the header",
    ],
    ["huge sizes", file(bytesOf("(9007199254740992,)"), 2), "InvalidShape", "from 0 to 2^53 - 1"],
    [
      "huge shapes",
      file(bytesOf("(4294967296, 4294967296)"), 2),
      "InvalidShape",
      "more elements than can be counted",
    ],
    [
      "many dimensions",
      file(bytesOf(`(${"1,".repeat(65)})`), 1),
      "InvalidShape",
      "at most 64 dimensions, not 65",
    ],
    ["structured arrays", decode(fixture.structured), "UnsupportedDtype", "structured arrays"],
    ["complex numbers", decode(fixture.complex), "UnsupportedDtype", "elements of type '<c8'"],
    ["no byte order", file(bytesOf("(2,)", "u1"), 2), "UnsupportedDtype", "elements of type 'u1'"],
    ["no type", file(bytesOf("(2,)", ""), 2), "UnsupportedDtype", "elements of type ''"],
  ])("%s", (_, bytes, kind, message) => {
    expect(() => loadNpy(bytes)).toThrow(NpyError);
    expect(() => loadNpy(bytes)).toThrow(message);
    expect(() => loadNpy(bytes)).toThrow(expect.objectContaining({ kind }));
  });

  test("tensors that are none", () => {
    const t = tensor([1, 2]);
    expect(() => saveNpy({ ...t, shape: [3] })).toThrow("cannot have 2 elements");
    expect(() => saveNpy({ ...t, shape: [-1, -2] })).toThrow("integers from 0");
    expect(() => saveNpy({ ...t, shape: [2, ...new Array<number>(64).fill(1)] })).toThrow("not 65");
    expect(() => saveNpy({ ...t, dtype: "i32" })).toThrow("must have its data in a Int32Array");
    expect(() => saveNpy({ ...t, dtype: "f31" as never })).toThrow('the dtype "f31" is unknown');
  });
});

test("loads what was saved, of every dtype and shape", () => {
  for (const dtype of dtypes)
    for (const shape of [[], [0], [3], [2, 0], [2, 3], [1, 2, 3]]) {
      const count = sizeOf(shape);
      const t = tensor(Array.from({ length: count }, (_, i) => i % 2), { dtype, shape }); // prettier-ignore
      expect(loadNpy(saveNpy(t))).toEqual(t);
    }
});

test("Fortran order in any rank, little- and big-endian", () => {
  for (const shape of [[3], [2, 3], [2, 3, 4], [2, 1, 3, 2]])
    for (const descr of ["<i2", ">i2"]) {
      const count = sizeOf(shape);
      const bytes = file(bytesOf(`(${shape.join(",")},)`, descr, "True"), 2 * count);
      // In the order of the file, each element is its position.
      const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 2 * count);
      for (let i = 0; i < count; i++) view.setInt16(2 * i, i, descr === "<i2");
      const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
      const wanted = Array.from({ length: count }, (_, i) => {
        let position = 0;
        for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
          position += (rest % shape[axis]!) * strides[axis]!;
          rest = Math.floor(rest / shape[axis]!);
        }
        return position;
      });
      expect([...(loadNpy(bytes).data as Int16Array)], `${descr} [${shape.join(", ")}]`).toEqual(wanted);
    }
});
