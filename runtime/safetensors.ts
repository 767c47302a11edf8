// The safetensors file format (github.com/huggingface/safetensors): the header's length as 8 bytes, a JSON header that
// maps names to dtype, shape and byte range, then the data. Byte ranges must tile the data without holes or overlaps.

import { arrayFor, itemSize, type ArrayDtype } from "./array-dtype.ts";
import { elementsAt } from "./elements.ts";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "./half.ts";
import { isWellFormed, parseJson, type Json } from "./json.ts";
import { otherFile } from "./other-files.ts";
import { isTensor, sizeOf, type Tensor } from "./tensor.ts";
import { visible } from "./visible.ts";

/**
 * The kinds of errors for a file or a record. Except `UnsupportedDtype`, the names are those of the reference
 * implementation.
 */
export type SafetensorsErrorKind =
  | "HeaderTooSmall"
  | "HeaderTooLarge"
  | "InvalidHeaderLength"
  | "InvalidHeader"
  | "InvalidHeaderDeserialization"
  | "InvalidOffset"
  | "ValidationOverflow"
  | "MisalignedSlice"
  | "TensorInvalidInfo"
  | "MetadataIncompleteBuffer"
  | "UnsupportedDtype"
  | "InvalidTensorView";

/** A file that is not well-formed safetensors, or a record that cannot be saved as one. */
export class SafetensorsError extends Error {
  override readonly name: string = "SafetensorsError";
  /** The kind, which is stable, for programs; the message is for people and may change. */
  readonly kind: SafetensorsErrorKind;

  constructor(kind: SafetensorsErrorKind, message: string) {
    super(visible(message));
    this.kind = kind;
  }
}

/** The format's own limit. Longer headers are refused before they are parsed. */
const MAX_HEADER_BYTES = 100_000_000;
const MAX_U64 = 2n ** 64n - 1n;

interface FileDtype {
  readonly name: string;
  readonly bits: number;
  /**
   * The dtype of the tensor that is made. Absent if the format has a dtype that nnc has not. Halves become f32,
   * as JavaScript has no array for them.
   */
  readonly dtype?: ArrayDtype;
}

/** The dtypes in the format's order, in which the alignment never decreases. */
const fileDtypes: readonly FileDtype[] = [
  { name: "BOOL", bits: 8, dtype: "bool" },
  { name: "F4", bits: 4 },
  { name: "F6_E2M3", bits: 6 },
  { name: "F6_E3M2", bits: 6 },
  { name: "U8", bits: 8, dtype: "u8" },
  { name: "I8", bits: 8, dtype: "i8" },
  { name: "F8_E5M2", bits: 8 },
  { name: "F8_E4M3", bits: 8 },
  { name: "F8_E8M0", bits: 8 },
  { name: "F8_E4M3FNUZ", bits: 8 },
  { name: "F8_E5M2FNUZ", bits: 8 },
  { name: "I16", bits: 16, dtype: "i16" },
  { name: "U16", bits: 16, dtype: "u16" },
  { name: "F16", bits: 16, dtype: "f32" },
  { name: "BF16", bits: 16, dtype: "f32" },
  { name: "I32", bits: 32, dtype: "i32" },
  { name: "U32", bits: 32, dtype: "u32" },
  { name: "F32", bits: 32, dtype: "f32" },
  { name: "C64", bits: 64 },
  { name: "F64", bits: 64, dtype: "f64" },
  { name: "I64", bits: 64, dtype: "i64" },
  { name: "U64", bits: 64, dtype: "u64" },
];

/**
 * An entry of the header. Sizes and offsets may be any integers of 64 bits until they are checked against the
 * file.
 */
interface Entry {
  readonly name: string;
  readonly dtype: FileDtype;
  readonly shape: readonly bigint[];
  readonly begin: bigint;
  readonly end: bigint;
}

/**
 * The tensors of a safetensors file by name. F16 and BF16 become f32. Where the alignment allows it the tensors are
 * views of `bytes`, otherwise copies. The record has no prototype, so any name is safe as a key.
 * Throws SafetensorsError, naming the tensor, for anything that the reference reader refuses, with the kind of the first
 * thing that it would find; then for dtypes without a counterpart here. Stricter than the reference in one thing: a name
 * that occurs twice is an error, as the format demands.
 */
export function loadSafetensors(bytes: Uint8Array): Record<string, Tensor> {
  const { header, dataStart, entries } = readEntries(bytes);
  const record = Object.create(null) as Record<string, Tensor>;
  for (const entry of entries) record[entry.name] = readTensor(bytes, dataStart, entry);
  return withMetadata(record, textsOf(header.get("__metadata__")));
}

/** A tensor as it is stored in a file. */
export interface StoredTensor {
  readonly name: string;
  /** The name of the dtype in the file, such as `BF16`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** The elements as they are stored. */
  readonly raw: Uint8Array;
  /** Reads the elements. Absent for a dtype that nnc has not. */
  readonly read?: () => Tensor;
}

/**
 * The tensors of a safetensors file, in its order. Throws as `loadSafetensors` does, but lists tensors of dtypes
 * without a counterpart here instead of refusing them.
 */
export function listSafetensors(bytes: Uint8Array): StoredTensor[] {
  const { dataStart, entries } = readEntries(bytes);
  return entries.map((entry) => {
    const { name, dtype, begin, end } = entry;
    const read = (): Tensor => readTensor(bytes, dataStart, entry);
    const raw = bytes.subarray(dataStart + Number(begin), dataStart + Number(end));
    const facts = { name, dtype: dtype.name, shape: shapeOf(entry), bytes: raw.length, raw };
    return dtype.dtype === undefined ? facts : { ...facts, read };
  });
}

function readEntries(bytes: Uint8Array): {
  header: ReadonlyMap<string, Json>;
  dataStart: number;
  entries: readonly Entry[];
} {
  const { header, dataStart } = readHeader(bytes);
  const entries: Entry[] = [];
  for (const [name, info] of header)
    if (name === "__metadata__") checkMetadata(info);
    else entries.push(readEntry(name, info));
  checkTiling(entries, BigInt(bytes.length - dataStart));
  return { header, dataStart, entries };
}

/** The metadata of records. They are stored beside the records, which contain nothing but tensors. */
const metadataByRecord = new WeakMap<object, Readonly<Record<string, string>>>();

/** The `__metadata__` of the file that a record was loaded from; empty if the file had none. */
export function metadataOf(record: Readonly<Record<string, Tensor>>): Readonly<Record<string, string>> {
  return metadataByRecord.get(record) ?? {};
}

/** Returns the same record, for which `metadataOf` gives this metadata from now on. */
export function withMetadata<R extends Readonly<Record<string, Tensor>>>(
  record: R,
  metadata: Readonly<Record<string, string>>,
): R {
  metadataByRecord.set(record, metadata);
  return record;
}

/**
 * The texts by name that a safetensors file has under `__metadata__`; the record is empty if there are none.
 * Throws SafetensorsError for a header that cannot be read; the tensors are not checked.
 */
export function safetensorsMetadata(bytes: Uint8Array): Record<string, string> {
  const info = readHeader(bytes).header.get("__metadata__") ?? null;
  checkMetadata(info);
  return textsOf(info);
}

/** The metadata, which was checked to be a map of texts, null, or absent. */
function textsOf(info: Json | undefined): Record<string, string> {
  const texts = Object.create(null) as Record<string, string>;
  if (info instanceof Map) for (const [key, value] of info) texts[key as string] = value as string;
  return texts;
}

const BY_TORCH =
  "In PyTorch, safetensors.torch.save_file(model.state_dict(), path) writes one, torch.save does not";

function readHeader(bytes: Uint8Array): { header: ReadonlyMap<string, Json>; dataStart: number } {
  // Callers in JavaScript may pass anything.
  if (!ArrayBuffer.isView(bytes))
    throw new TypeError(
      "a safetensors file is given as a Uint8Array: new Uint8Array(buffer) makes one of an ArrayBuffer",
    );
  if (bytes.length < 8)
    throw unlike(
      bytes,
      "HeaderTooSmall",
      bytes.length === 0
        ? "it is empty: a safetensors file has at least 8 bytes"
        : `header too small: a safetensors file has at least 8 bytes, this has ${bytes.length}`,
    );
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const dataStart = 8 + Number(length);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw unlike(
      bytes,
      "HeaderTooLarge",
      `header too large: ${length} bytes; is this a safetensors file? ${BY_TORCH}`,
    );
  if (dataStart > bytes.length)
    throw unlike(
      bytes,
      "InvalidHeaderLength",
      `invalid header length: the header ends at byte ${dataStart}, the file at ${bytes.length}; is it cut off?`,
    );
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
  } catch {
    throw unlike(bytes, "InvalidHeader", "invalid UTF-8 in header");
  }
  let header: Json;
  try {
    header = parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unlike(bytes, "InvalidHeaderDeserialization", `invalid JSON in header: ${error.message}`);
  }
  if (!(header instanceof Map)) throw invalidJson("it must be an object");
  return { header: header as ReadonlyMap<string, Json>, dataStart };
}

/** The error for a file without a valid header. If the file has another known format, the error says so. */
function unlike(bytes: Uint8Array, kind: SafetensorsErrorKind, message: string): SafetensorsError {
  const other = otherFile(bytes);
  return new SafetensorsError(kind, other ? `it is ${other.what}; ${other.asWeights}` : message);
}

function invalidJson(what: string): SafetensorsError {
  return new SafetensorsError("InvalidHeaderDeserialization", `invalid JSON in header: ${what}`);
}

/** Checks the metadata; the reference implementation accepts null for no metadata. */
function checkMetadata(info: Json): void {
  const fine = info instanceof Map && [...info.values()].every((value) => typeof value === "string");
  if (!fine && info !== null) throw invalidJson("__metadata__ must map names to strings");
}

function readEntry(name: string, info: Json): Entry {
  const fail = (what: string): never => {
    throw invalidJson(`tensor \`${name}\` ${what}`);
  };
  if (!(info instanceof Map)) return fail("must be an object");
  const [text, shape, offsets] = ["dtype", "shape", "data_offsets"].map((field) => info.get(field) as Json);
  if (typeof text !== "string") return fail("has no dtype");
  const dtype = fileDtypes.find((known) => known.name === text);
  if (dtype === undefined) return fail(`has the unknown dtype ${JSON.stringify(text)}`);
  if (!isSizes(shape)) return fail("must have a shape of integers that are not negative");
  if (!isSizes(offsets) || offsets.length !== 2)
    return fail("must have two data_offsets that are integers and not negative");
  return { name, dtype, shape, begin: offsets[0]!, end: offsets[1]! };
}

function isSizes(value: Json | undefined): value is readonly bigint[] {
  return Array.isArray(value) && value.every((size) => typeof size === "bigint");
}

/**
 * Checks that every byte of the data belongs to exactly one tensor, and that every tensor has the bytes that its
 * shape needs.
 */
function checkTiling(entries: readonly Entry[], dataLength: bigint): void {
  let covered = 0n;
  for (const { name, dtype, shape, begin, end } of entries.toSorted(byOffsets)) {
    if (begin !== covered || end < begin)
      throw new SafetensorsError(
        "InvalidOffset",
        `invalid offset for tensor \`${name}\`: it takes bytes ${begin} to ${end}, but byte ${covered} comes next; ` +
          "write the file anew",
      );
    const bits = bitsOf(shape, dtype);
    if (bits === undefined)
      throw new SafetensorsError(
        "ValidationOverflow",
        `overflow computing the size of tensor \`${name}\` from its shape [${shape.join(", ")}]`,
      );
    if (bits % 8n !== 0n)
      throw new SafetensorsError(
        "MisalignedSlice",
        `tensor \`${name}\` does not end at a whole byte: ${dtype.name} [${shape.join(", ")}] takes ${bits} bits`,
      );
    if (end - begin !== bits / 8n)
      throw new SafetensorsError(
        "TensorInvalidInfo",
        `invalid shape, data type, or offset for tensor \`${name}\`: ` +
          `${dtype.name} [${shape.join(", ")}] takes ${bits / 8n} bytes, the file has ${end - begin}`,
      );
    covered = end;
  }
  if (covered !== dataLength)
    throw new SafetensorsError(
      "MetadataIncompleteBuffer",
      `incomplete metadata, file not fully covered: the tensors take ${covered} bytes, the file has ${dataLength}; ` +
        (covered > dataLength ? "is it cut off?" : "what follows belongs to no tensor"),
    );
}

function byOffsets(a: Entry, b: Entry): number {
  return Number(a.begin - b.begin) || Number(a.end - b.end);
}

/** The bits of a tensor; undefined if a product on the way, from left to right, exceeds 64 bits. */
function bitsOf(shape: readonly bigint[], dtype: FileDtype): bigint | undefined {
  let product = 1n;
  for (const factor of [...shape, BigInt(dtype.bits)]) {
    product *= factor;
    if (product > MAX_U64) return undefined;
  }
  return product;
}

/** Reads a tensor whose bytes are known to be in the file, so that offsets and sizes can be numbers. */
function readTensor(bytes: Uint8Array, dataStart: number, entry: Entry): Tensor {
  const { name, bits, dtype } = entry.dtype;
  if (dtype === undefined)
    throw new SafetensorsError(
      "UnsupportedDtype",
      `tensor \`${entry.name}\` has dtype ${name}, which nnc does not read: convert it to F32`,
    );
  const shape = shapeOf(entry);
  const start = dataStart + Number(entry.begin);
  if (isHalf(entry.dtype)) {
    const halves = bytes.subarray(start, dataStart + Number(entry.end));
    return { dtype, shape, data: name === "F16" ? fromFloat16(halves) : fromBfloat16(halves) };
  }
  const count = Number(entry.end - entry.begin) / (bits / 8);
  return { dtype, shape, data: elementsAt(bytes, start, count, dtype) };
}

function shapeOf(entry: Entry): number[] {
  const shape = entry.shape.map(Number);
  if (!shape.every(Number.isSafeInteger))
    throw new SafetensorsError(
      "ValidationOverflow",
      `tensor \`${entry.name}\` of shape [${entry.shape.join(", ")}] has a size beyond 2^53`,
    );
  return shape;
}

function isHalf({ name }: FileDtype): boolean {
  return name === "F16" || name === "BF16";
}

export interface SaveOptions {
  /** The texts stored under `__metadata__`; PyTorch's tools write `{ format: "pt" }`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * The format in which f32 tensors are stored, rounded to nearest with ties to even. A function gives it for
   * each name. Default F32.
   */
  readonly floats?: StoredFloats | ((name: string) => StoredFloats);
}

export type StoredFloats = "F32" | "F16" | "BF16";

interface Row {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly tensor: Tensor;
  /** The position of the file's dtype in the format's order. */
  readonly order: number;
  readonly byteLength: number;
}

/**
 * The bytes of a safetensors file that holds the tensors, byte for byte as the reference writer lays them out: wider
 * dtypes first, then by name. Throws SafetensorsError where a tensor's data do not fit its dtype or shape.
 */
export function saveSafetensors(
  record: Readonly<Record<string, Tensor>>,
  { metadata, floats = "F32" }: SaveOptions = {},
): Uint8Array {
  const floatsOf = typeof floats === "function" ? floats : (): StoredFloats => floats;
  const rows = Object.entries(record).map(([name, tensor]) => rowOf(name, tensor, floatsOf(name)));
  rows.sort((a, b) => b.order - a.order || compareBytes(a.nameBytes, b.nameBytes));

  const header = headerOf(rows, metadata);
  // Padded with spaces so that the data start at a multiple of 8 and every tensor is aligned.
  const headerLength = Math.ceil(header.length / 8) * 8;
  if (headerLength > MAX_HEADER_BYTES)
    throw new SafetensorsError(
      "HeaderTooLarge",
      `header too large: ${headerLength} bytes, at most ${MAX_HEADER_BYTES} are allowed`,
    );
  const dataLength = rows.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const bytes = new Uint8Array(8 + headerLength + dataLength).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(header, 8);
  let offset = 8 + headerLength;
  for (const { tensor, order, byteLength } of rows) {
    const { name } = fileDtypes[order]!;
    const { data } = tensor;
    if (name === "F16") toFloat16(data as Float32Array, new Uint16Array(bytes.buffer, offset, data.length));
    else if (name === "BF16")
      toBfloat16(data as Float32Array, new Uint16Array(bytes.buffer, offset, data.length));
    else bytes.set(new Uint8Array(data.buffer, data.byteOffset, byteLength), offset);
    offset += byteLength;
  }
  return bytes;
}

/** The header is put together by hand, because an object would move names like "0" to the front. */
function headerOf(rows: readonly Row[], metadata: Readonly<Record<string, string>> | undefined): Uint8Array {
  const fields: string[] = [];
  if (metadata !== undefined) {
    const texts = Object.entries(metadata).flat();
    if (texts.some((text: unknown) => typeof text !== "string" || !isWellFormed(text)))
      throw new SafetensorsError("InvalidHeader", "metadata must map names to strings that UTF-8 can hold");
    fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  }
  let end = 0;
  for (const { name, tensor, order, byteLength } of rows) {
    const begin = end;
    end += byteLength;
    const info = { dtype: fileDtypes[order]!.name, shape: tensor.shape, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
  }
  return new TextEncoder().encode(`{${fields.join(",")}}`);
}

function rowOf(name: string, tensor: Tensor, floats: string): Row {
  if (!isTensor(tensor))
    throw new SafetensorsError("InvalidTensorView", `\`${name}\` is no tensor: { dtype, shape, data }`);
  const { dtype, shape, data } = tensor;
  if (name === "__metadata__")
    throw new SafetensorsError(
      "InvalidHeader",
      "a tensor cannot be named __metadata__: the format keeps that name for itself",
    );
  if (!isWellFormed(name))
    throw new SafetensorsError(
      "InvalidHeader",
      `the name ${JSON.stringify(name)} has half of a surrogate pair, which UTF-8 cannot hold`,
    );
  const order = fileDtypes.findIndex(
    (known) => known.dtype === dtype && (dtype !== "f32" || known.name === floats),
  );
  if (order < 0)
    throw new SafetensorsError(
      "UnsupportedDtype",
      `tensor \`${name}\` has the unknown dtype ${JSON.stringify(dtype === "f32" ? floats : dtype)}`,
    );
  if (!(data instanceof arrayFor(dtype)))
    throw new SafetensorsError(
      "InvalidTensorView",
      `tensor \`${name}\` is ${dtype}, so its data must be a ${arrayFor(dtype).name}`,
    );
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || data.length !== sizeOf(shape))
    throw new SafetensorsError(
      "InvalidTensorView",
      `tensor \`${name}\` of shape [${shape.join(", ")}] cannot have ${data.length} elements`,
    );
  const itemBytes = isHalf(fileDtypes[order]!) ? 2 : itemSize(dtype);
  return {
    name,
    nameBytes: new TextEncoder().encode(name),
    tensor,
    order,
    byteLength: data.length * itemBytes,
  };
}

/** The reference sorts names by their UTF-8 bytes, which differs from UTF-16 order beyond U+FFFF. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
