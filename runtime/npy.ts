// NumPy's .npy format (numpy.lib.format): a magic string, a version, a Python dict as text, then the elements.

import { arrayFor, itemSize, pythonName, type ArrayDtype, type TypedArray } from "./array-dtype.ts";
import { elementsAt, swapped } from "./elements.ts";
import { fromFloat16 } from "./half.ts";
import { MAX_DIMS, sizeOf, type Tensor } from "./tensor.ts";
import { visible } from "./visible.ts";

/** The kinds of errors for a file or a tensor. */
export type NpyErrorKind =
  | "NotNpy"
  | "UnknownVersion"
  | "InvalidHeader"
  | "InvalidShape"
  | "UnsupportedDtype"
  | "WrongLength"
  | "InvalidTensor";

/**
 * The error for a file that is not .npy or does not fit a Tensor, and for a tensor that cannot be saved as .npy.
 */
export class NpyError extends Error {
  override readonly name: string = "NpyError";
  /** The kind, which is stable, for programs; the message is for people and may change. */
  readonly kind: NpyErrorKind;

  constructor(kind: NpyErrorKind, message: string) {
    super(visible(message));
    this.kind = kind;
  }
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // "\x93NUMPY"

/** The limit of numpy.load. Only structured arrays have headers of nearly this length. */
const MAX_HEADER_BYTES = 10_000;

/** NumPy's type codes, without the byte order. */
const codes: readonly (readonly [code: string, dtype: ArrayDtype])[] = [
  ["f4", "f32"],
  ["f8", "f64"],
  ["i1", "i8"],
  ["i2", "i16"],
  ["i4", "i32"],
  ["i8", "i64"],
  ["u1", "u8"],
  ["u2", "u16"],
  ["u4", "u32"],
  ["u8", "u64"],
  ["b1", "bool"],
];

/**
 * The array of a .npy file, versions 1 to 3. Big-endian elements are turned around, Fortran order becomes row-major,
 * and f2 becomes f32. Where nothing has to change and the alignment allows it, the tensor is a view of `bytes`.
 * Throws NpyError for a file that is not .npy, cut off, or longer than its array, and for element types without a dtype
 * here.
 */
export function loadNpy(bytes: Uint8Array): Tensor {
  const { text, dataStart } = readHeader(bytes);
  const { descr, fortran, shape } = parseHeader(text);
  const code = descr.slice(1);
  const isHalf = code === "f2";
  const dtype = isHalf ? "f32" : codes.find(([known]) => known === code)?.[1];
  if (dtype === undefined || !"<>|=".includes(descr.charAt(0)))
    throw new NpyError(
      "UnsupportedDtype",
      `cannot read elements of type '${descr}': save the array with one of float32, int64, … instead`,
    );

  const itemBytes = isHalf ? 2 : itemSize(dtype);
  const count = sizeOf(shape);
  if (!Number.isSafeInteger(count * itemBytes))
    throw new NpyError(
      "InvalidShape",
      `an array of shape (${shape.join(", ")}) has more elements than can be counted`,
    );
  const [has, takes] = [bytes.length - dataStart, count * itemBytes];
  if (has !== takes)
    throw new NpyError(
      "WrongLength",
      `an array of shape (${shape.join(", ")}) and type '${descr}' takes ${takes} bytes, ` +
        `the file has ${has} after its header: ${has < takes ? "is it cut off?" : "a file holds one array"}`,
    );

  const elements = (from: Uint8Array, start: number): TypedArray =>
    isHalf ? fromFloat16(from.subarray(start)) : elementsAt(from, start, count, dtype);
  const data =
    descr[0] === ">"
      ? elements(swapped(bytes.subarray(dataStart), itemBytes), 0)
      : elements(bytes, dataStart);
  return { dtype, shape, data: fortran && shape.length > 1 ? toRowMajor(data, shape, dtype) : data };
}

/**
 * The bytes of a .npy file, version 1, little-endian and in row-major order, as NumPy writes it.
 * Throws NpyError where the data do not fit dtype or shape, and for more than 64 sizes.
 */
export function saveNpy(t: Tensor): Uint8Array {
  const { dtype, shape, data } = t;
  const code = codes.find(([, known]) => known === dtype)?.[0];
  if (code === undefined)
    throw new NpyError("UnsupportedDtype", `the dtype ${JSON.stringify(dtype)} is unknown`);
  if (!(data instanceof arrayFor(dtype)))
    throw new NpyError(
      "InvalidTensor",
      `a tensor of ${dtype} must have its data in a ${arrayFor(dtype).name}`,
    );
  checkShape(shape);
  if (data.length !== sizeOf(shape))
    throw new NpyError(
      "InvalidTensor",
      `a tensor of shape [${shape.join(", ")}] cannot have ${data.length} elements`,
    );
  const descr = (itemSize(dtype) === 1 ? "|" : "<") + code;
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`;
  // Spaces and a newline bring the data to a multiple of 64 bytes, so that they can be mapped into memory.
  const dataStart = Math.ceil((MAGIC.length + 4 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(dataStart + data.byteLength);
  bytes.set(MAGIC);
  const header = dataStart - MAGIC.length - 4;
  bytes.set([1, 0, header & 0xff, header >> 8], MAGIC.length);
  bytes.set(new TextEncoder().encode(text.padEnd(header - 1) + "\n"), MAGIC.length + 4);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart);
  return bytes;
}

/**
 * NumPy's name for the elements of a .npy file, such as `float16`. The file must be one that `loadNpy` can read.
 */
export function npyDtype(bytes: Uint8Array): { dtype: string; itemBytes: number } {
  const { descr } = parseHeader(readHeader(bytes).text);
  const code = descr.slice(1);
  const dtype = codes.find(([known]) => known === code)?.[1];
  return dtype === undefined
    ? { dtype: "float16", itemBytes: 2 }
    : { dtype: pythonName(dtype), itemBytes: itemSize(dtype) };
}

function readHeader(bytes: Uint8Array): { text: string; dataStart: number } {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new NpyError("NotNpy", "not a .npy file: it does not begin with \\x93NUMPY");
  const version = bytes[6]!;
  if (version < 1 || version > 3 || bytes[7] !== 0)
    throw new NpyError(
      "UnknownVersion",
      `cannot read version ${version}.${bytes[7]} of the .npy format; known are 1.0, 2.0 and 3.0`,
    );
  // Version 1 has two bytes for the header's length, later ones four.
  const textStart = version === 1 ? 10 : 12;
  if (bytes.length < textStart)
    throw new NpyError("InvalidHeader", "the header has no length: is the file cut off?");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = textStart + length;
  if (dataStart > bytes.length)
    throw new NpyError(
      "InvalidHeader",
      `the header ends at byte ${dataStart}, the file at ${bytes.length}: is it cut off?`,
    );
  if (length > MAX_HEADER_BYTES)
    throw new NpyError(
      "InvalidHeader",
      `the header has ${length} bytes, more than the ${MAX_HEADER_BYTES} that NumPy reads`,
    );
  const encoding = version === 3 ? "utf-8" : "latin1";
  return { text: new TextDecoder(encoding).decode(bytes.subarray(textStart, dataStart)), dataStart };
}

// Python's literals as far as they occur: a dict of three keys, texts without escapes, truth values, tuples of integers.
// The blanks are Python's, of which JavaScript's \s has more.
const BLANKS = String.raw`[ \t\n\r\f]*`;
const FIELD = String.raw`${BLANKS}('\w+'|"\w+")${BLANKS}:${BLANKS}('[^'\\\n]*'|"[^"\\\n]*"|True|False|\([^()]*\))${BLANKS}`;
const DICT = new RegExp(String.raw`^${BLANKS}\{${FIELD},${FIELD},${FIELD}(?:,${BLANKS})?\}${BLANKS}$`);
const STRUCTURED = /^\s*\{.*['"]descr['"]\s*:\s*\[/s;
/** A tuple of one has a comma; Python 2 wrote long integers with a trailing L. */
const SIZE = String.raw`(?:0|[1-9]\d*)L?${BLANKS}`;
const TUPLE = new RegExp(String.raw`^\(${BLANKS}(?:(?:${SIZE},${BLANKS})+(?:${SIZE})?)?\)$`);

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** Reads the dict, whose keys are fixed by the format and may come in any order. */
function parseHeader(text: string): Header {
  if (STRUCTURED.test(text))
    throw new NpyError("UnsupportedDtype", "cannot read structured arrays: save one field at a time");
  const [, ...parts] = DICT.exec(text) ?? [];
  const fields = new Map([0, 2, 4].map((at) => [parts[at]?.slice(1, -1), parts[at + 1]]));
  const [descr, fortran, tuple] = ["descr", "fortran_order", "shape"].map((key) => fields.get(key) ?? "");
  if (!/^['"]/.test(descr!) || !/^[TF]/.test(fortran!) || !TUPLE.test(tuple!))
    throw new NpyError(
      "InvalidHeader",
      `cannot read the header ${JSON.stringify(text.trim().slice(0, 200))}`,
    );
  const shape = [...tuple!.matchAll(/\d+/g)].map(Number);
  checkShape(shape);
  return { descr: descr!.slice(1, -1), fortran: fortran === "True", shape };
}

function checkShape(shape: readonly number[]): void {
  if (shape.length > MAX_DIMS)
    throw new NpyError("InvalidShape", `an array has at most ${MAX_DIMS} dimensions, not ${shape.length}`);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw new NpyError(
      "InvalidShape",
      `the shape (${shape.join(", ")}) must hold integers from 0 to 2^53 - 1`,
    );
}

/** Reorders elements from Fortran order (the first index runs fastest) to row-major order (the last one does). */
function toRowMajor(data: TypedArray, shape: readonly number[], dtype: ArrayDtype): TypedArray {
  const result = new (arrayFor(dtype))(data.length);
  const index = shape.map(() => 0);
  for (let to = 0; to < data.length; to++) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis]! + index[axis]!;
    result[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return result;
}
