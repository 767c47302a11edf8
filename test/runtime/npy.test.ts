import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadNpy, NpyError, saveNpy, tensor } from "../../runtime/index.ts";

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

describe("refuses", () => {
  const withVersion = Uint8Array.from(sample);
  withVersion[6] = 9;
  const withText = (from: string, to: string) =>
    new Uint8Array(Buffer.from(Buffer.from(sample).toString("latin1").replace(from, to), "latin1"));
  test.each<[string, Uint8Array, string]>([
    ["other files", Uint8Array.of(1, 2, 3), "not a .npy file"],
    ["unknown versions", withVersion, "version 9.0"],
    ["cut headers", sample.subarray(0, 40), "is it cut off?"],
    ["cut data", sample.subarray(0, sample.length - 1), "takes 24 bytes, the file has 23"],
    ["broken headers", withText("shape", "shepe"), "cannot read the header"],
    ["structured arrays", decode(fixture.structured), "structured arrays"],
    ["complex numbers", decode(fixture.complex), "elements of type '<c8'"],
  ])("%s", (_, bytes, message) => {
    expect(() => loadNpy(bytes)).toThrow(NpyError);
    expect(() => loadNpy(bytes)).toThrow(message);
  });
  test("tensors whose data do not fit", () => {
    expect(() => saveNpy({ ...tensor([1, 2]), shape: [3] })).toThrow("cannot have 2 elements");
  });
});
