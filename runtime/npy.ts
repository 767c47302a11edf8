// NumPy's .npy format (numpy.lib.format): a magic string, a version, a Python dict as text, then the elements.

import { arrayFor, itemSize, type Dtype, type TypedArray } from "./dtype.ts";
import { fromFloat16 } from "./half.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** A file that is not .npy, or holds what a Tensor cannot. */
export class NpyError extends Error {
  override readonly name: string = "NpyError";
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // "\x93NUMPY"

/** NumPy's type codes, without the byte order. */
const codes: readonly (readonly [code: string, dtype: Dtype])[] = [
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
 * Throws NpyError for a file that is cut off or not .npy, and for element types without a dtype here.
 */
export function loadNpy(bytes: Uint8Array): Tensor {
  const { text, dataStart } = readHeader(bytes);
  const { descr, fortran, shape } = parseHeader(text);
  const isHalf = descr.slice(1) === "f2";
  const dtype = isHalf ? "u16" : codes.find(([code]) => code === descr.slice(1))?.[1];
  if (dtype === undefined || !"<>|=".includes(descr[0]!))
    throw new NpyError(
      `cannot read elements of type '${descr}': save the array with one of float32, int64, … instead`,
    );

  const count = sizeOf(shape);
  const size = count * itemSize(dtype);
  if (bytes.length - dataStart !== size)
    throw new NpyError(
      `an array of shape (${shape.join(", ")}) and type '${descr}' takes ${size} bytes, ` +
        `the file has ${bytes.length - dataStart} after its header`,
    );
  let buffer = bytes.buffer;
  let start = bytes.byteOffset + dataStart;
  const isBigEndian = descr[0] === ">";
  if (start % itemSize(dtype) !== 0 || isBigEndian) {
    buffer = buffer.slice(start, start + size);
    start = 0;
    if (isBigEndian) swapBytes(new Uint8Array(buffer), itemSize(dtype));
  }
  let data: TypedArray = new (arrayFor(dtype))(buffer, start, count);
  if (fortran && shape.length > 1) data = toRowMajor(data, shape, dtype);
  return isHalf ? { dtype: "f32", shape, data: fromFloat16(data as Uint16Array) } : { dtype, shape, data };
}

/** The bytes of a .npy file, version 1, little-endian and in row-major order, as NumPy writes it. */
export function saveNpy(t: Tensor): Uint8Array {
  const { dtype, shape, data } = t;
  if (data.length !== sizeOf(shape))
    throw new NpyError(`a tensor of shape [${shape.join(", ")}] cannot have ${data.length} elements`);
  const code = codes.find(([, known]) => known === dtype)![0];
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

function readHeader(bytes: Uint8Array): { text: string; dataStart: number } {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new NpyError("not a .npy file: it does not begin with \\x93NUMPY");
  const version = bytes[6]!;
  if (version < 1 || version > 3)
    throw new NpyError(`cannot read version ${version}.${bytes[7]} of the .npy format; known are 1, 2 and 3`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Version 1 has two bytes for the header's length, later ones four.
  const textStart = version === 1 ? 10 : 12;
  const dataStart =
    textStart + (version === 1 ? view.getUint16(8, true) : bytes.length < 12 ? 0 : view.getUint32(8, true));
  if (dataStart > bytes.length)
    throw new NpyError(`the header ends at byte ${dataStart}, the file at ${bytes.length}: is it cut off?`);
  const encoding = version === 3 ? "utf-8" : "latin1";
  return { text: new TextDecoder(encoding).decode(bytes.subarray(textStart, dataStart)), dataStart };
}

/** Reads the dict literal; its three keys are fixed by the format, in any order. */
function parseHeader(text: string): { descr: string; fortran: boolean; shape: number[] } {
  const descr = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|(\[))/.exec(text);
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (descr === null || fortran === null || shape === null)
    throw new NpyError(`cannot read the header ${JSON.stringify(text.trim())}`);
  if (descr[1] === undefined) throw new NpyError("cannot read structured arrays: save one field at a time");
  // Python 2 wrote long integers with a trailing L.
  const dims = shape[1]!.split(",").map((dim) => dim.trim().replace(/L$/, ""));
  const sizes = dims.filter((dim) => dim !== "").map(Number);
  if (!sizes.every((dim) => Number.isSafeInteger(dim)))
    throw new NpyError(`cannot read the shape (${shape[1]})`);
  return { descr: descr[1], fortran: fortran[1] === "True", shape: sizes };
}

function swapBytes(bytes: Uint8Array, itemBytes: number): void {
  for (let i = 0; i < bytes.length; i += itemBytes) bytes.subarray(i, i + itemBytes).reverse();
}

/** From the first index running fastest to the last running fastest. */
function toRowMajor(data: TypedArray, shape: readonly number[], dtype: Dtype): TypedArray {
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
