// The safetensors file format (github.com/huggingface/safetensors): the header's length as 8 bytes, a JSON header that
// maps names to dtype, shape and byte range, then the data. Byte ranges must tile the data without holes or overlaps.

import { arrayFor, itemSize, type Dtype, type TypedArray } from "./dtype.ts";
import { fromBfloat16, fromFloat16 } from "./half.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** A file that is not well-formed safetensors, or a record that cannot be saved as one. */
export class SafetensorsError extends Error {
  override readonly name: string = "SafetensorsError";
}

/** The format's own limit; longer headers are refused before they are parsed. */
const MAX_HEADER_BYTES = 100_000_000;

/** The dtypes of the format that have an array here, in the format's order: alignment never falls. */
const fileDtypes: readonly (readonly [name: string, dtype: Dtype])[] = [
  ["BOOL", "bool"],
  ["U8", "u8"],
  ["I8", "i8"],
  ["I16", "i16"],
  ["U16", "u16"],
  ["I32", "i32"],
  ["U32", "u32"],
  ["F32", "f32"],
  ["F64", "f64"],
  ["I64", "i64"],
  ["U64", "u64"],
];

/** Read as f32: JavaScript has no 16-bit float arrays. */
const halfDtypes: readonly string[] = ["F16", "BF16"];

/** Part of the format, but without a counterpart here. */
const otherDtypes: readonly string[] = [
  "F4",
  "F6_E2M3",
  "F6_E3M2",
  "F8_E5M2",
  "F8_E4M3",
  "F8_E8M0",
  "F8_E4M3FNUZ",
  "F8_E5M2FNUZ",
  "C64",
];

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * The tensors of a safetensors file by name, in the header's order. F16 and BF16 become f32. Where the alignment allows
 * it the tensors are views of `bytes`, otherwise copies. The record has no prototype, so any name is safe as a key.
 * Throws SafetensorsError, naming the tensor, for anything that the reference reader refuses.
 */
export function loadSafetensors(bytes: Uint8Array): Record<string, Tensor> {
  const { header, dataStart } = readHeader(bytes);
  const entries: Entry[] = [];
  for (const [name, info] of Object.entries(header))
    if (name === "__metadata__") checkMetadata(info);
    else entries.push(checkEntry(name, info));
  checkTiling(entries, bytes.length - dataStart);
  const record = Object.create(null) as Record<string, Tensor>;
  for (const entry of entries) record[entry.name] = readTensor(bytes, dataStart, entry);
  return record;
}

/**
 * The bytes of a safetensors file that holds the tensors, byte for byte as the reference writer lays them out: wider
 * dtypes first, then by name. `metadata` is stored under `__metadata__`; PyTorch's tools write `{ format: "pt" }`.
 * Throws SafetensorsError where a tensor's data do not fit its dtype or shape.
 */
export function saveSafetensors(
  record: Readonly<Record<string, Tensor>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const tensors = Object.entries(record).map(([name, { dtype, shape, data }]) => {
    checkForSaving(name, dtype, shape, data);
    const order = fileDtypes.findIndex(([, d]) => d === dtype);
    return { name, key: new TextEncoder().encode(name), order, shape, data };
  });
  tensors.sort((a, b) => b.order - a.order || compareBytes(a.key, b.key));

  // The text is put together by hand because an object would move names like "0" to the front.
  const fields = metadata === undefined ? [] : [`"__metadata__":${JSON.stringify(metadata)}`];
  let end = 0;
  for (const { name, order, shape, data } of tensors) {
    const begin = end;
    end += data.byteLength;
    const info = { dtype: fileDtypes[order]![0], shape, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  // Padded with spaces so that the data start at a multiple of 8 and every tensor is aligned.
  const headerLength = Math.ceil(json.length / 8) * 8;
  if (headerLength > MAX_HEADER_BYTES)
    throw new SafetensorsError(
      `header too large: ${headerLength} bytes, at most ${MAX_HEADER_BYTES} are allowed`,
    );

  const bytes = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  let offset = 8 + headerLength;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

function readHeader(bytes: Uint8Array): { header: object; dataStart: number } {
  if (bytes.length < 8)
    throw new SafetensorsError(
      `header too small: a safetensors file has at least 8 bytes, this has ${bytes.length}`,
    );
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw new SafetensorsError(`header too large: ${length} bytes; is this a safetensors file?`);
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length)
    throw new SafetensorsError(
      `invalid header length: the header ends at byte ${dataStart}, the file at ${bytes.length}; is it cut off?`,
    );
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
  } catch {
    throw new SafetensorsError("invalid UTF-8 in header");
  }
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw new SafetensorsError(`invalid JSON in header: ${(error as Error).message}`);
  }
  if (!isObject(header)) throw new SafetensorsError("invalid JSON in header: it must be an object");
  return { header, dataStart };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkMetadata(info: unknown): void {
  if (!isObject(info) || Object.values(info).some((value) => typeof value !== "string"))
    throw new SafetensorsError("invalid JSON in header: __metadata__ must map names to strings");
}

function checkEntry(name: string, info: unknown): Entry {
  const fail = (what: string): never => {
    throw new SafetensorsError(`invalid JSON in header: tensor \`${name}\` ${what}`);
  };
  if (!isObject(info)) return fail("must be an object");
  const { dtype, shape, data_offsets: offsets } = info as Record<string, unknown>;
  if (typeof dtype !== "string") return fail("has no dtype");
  if (!isSizes(shape)) return fail("must have a shape of integers that are not negative");
  if (!isSizes(offsets) || offsets.length !== 2)
    return fail("must have two data_offsets that are not negative");
  if (otherDtypes.includes(dtype))
    throw new SafetensorsError(
      `tensor \`${name}\` has dtype ${dtype}, which nnc does not read: convert it to F32`,
    );
  if (!halfDtypes.includes(dtype) && !fileDtypes.some(([known]) => known === dtype))
    return fail(`has the unknown dtype ${JSON.stringify(dtype)}`);
  return { name, dtype, shape, begin: offsets[0]!, end: offsets[1]! };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}

/** Every byte of the data belongs to exactly one tensor, and every tensor has the bytes its shape needs. */
function checkTiling(entries: readonly Entry[], dataLength: number): void {
  let covered = 0;
  for (const { name, dtype, shape, begin, end } of entries.toSorted(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    if (begin !== covered || end < begin)
      throw new SafetensorsError(
        `invalid offset for tensor \`${name}\`: it takes bytes ${begin} to ${end}, but byte ${covered} comes next`,
      );
    const size = shape.includes(0) ? 0 : sizeOf(shape) * fileItemSize(dtype);
    if (!Number.isSafeInteger(size))
      throw new SafetensorsError(
        `overflow computing the size of tensor \`${name}\` from its shape [${shape.join(", ")}]`,
      );
    if (end - begin !== size)
      throw new SafetensorsError(
        `invalid shape, data type, or offset for tensor \`${name}\`: ` +
          `${dtype} [${shape.join(", ")}] takes ${size} bytes, the file has ${end - begin}`,
      );
    covered = end;
  }
  if (covered !== dataLength)
    throw new SafetensorsError(
      `incomplete metadata, file not fully covered: the tensors take ${covered} bytes, the file has ${dataLength}; ` +
        (covered > dataLength ? "is it cut off?" : "what follows belongs to no tensor"),
    );
}

function fileItemSize(dtype: string): number {
  const row = fileDtypes.find(([name]) => name === dtype);
  return row === undefined ? 2 : itemSize(row[1]);
}

/** Every engine in use is little-endian, as the format is, so the bytes are the elements. */
function readTensor(bytes: Uint8Array, dataStart: number, entry: Entry): Tensor {
  const dtype = fileDtypes.find(([name]) => name === entry.dtype)?.[1];
  const array = arrayFor(dtype ?? "u16");
  const count = (entry.end - entry.begin) / array.BYTES_PER_ELEMENT;
  let buffer = bytes.buffer;
  let start = bytes.byteOffset + dataStart + entry.begin;
  if (start % array.BYTES_PER_ELEMENT !== 0) {
    buffer = buffer.slice(start, start + entry.end - entry.begin);
    start = 0;
  }
  const data = new array(buffer, start, count);
  if (dtype !== undefined) return { dtype, shape: entry.shape, data };
  const halves = data as Uint16Array;
  return {
    dtype: "f32",
    shape: entry.shape,
    data: entry.dtype === "F16" ? fromFloat16(halves) : fromBfloat16(halves),
  };
}

function checkForSaving(name: string, dtype: Dtype, shape: readonly number[], data: TypedArray): void {
  if (name === "__metadata__")
    throw new SafetensorsError(
      "a tensor cannot be named __metadata__: the format keeps that name for itself",
    );
  if (!fileDtypes.some(([, known]) => known === dtype))
    throw new SafetensorsError(`tensor \`${name}\` has the unknown dtype ${JSON.stringify(dtype)}`);
  if (!(data instanceof arrayFor(dtype)))
    throw new SafetensorsError(
      `tensor \`${name}\` is ${dtype}, so its data must be a ${arrayFor(dtype).name}`,
    );
  if (!isSizes(shape) || data.length !== sizeOf(shape))
    throw new SafetensorsError(
      `tensor \`${name}\` of shape [${shape.join(", ")}] cannot have ${data.length} elements`,
    );
}

/** The reference sorts names by their UTF-8 bytes, which differs from UTF-16 order beyond U+FFFF. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
