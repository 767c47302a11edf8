/** Reads files that contain tensors: weights in safetensors, their index, and arrays of NumPy. */
import { loadNpy, NpyError, npyDtype } from "../../runtime/npy.ts";
import { isNpy } from "../../runtime/other-files.ts";
import {
  listSafetensors,
  SafetensorsError,
  safetensorsMetadata,
  type StoredTensor,
} from "../../runtime/safetensors.ts";
import { shardPaths, WeightsFileError } from "../weights/weights-file.ts";
import { reasonOf, type Reader } from "./read-file.ts";
import { Failure } from "./io.ts";

export interface TensorFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly StoredTensor[];
}

/** Whether the name of a file says that it contains tensors. */
export function namesTensors(path: string): boolean {
  return /\.(safetensors|npy|safetensors\.index\.json)$/i.test(path);
}

/** Reads all tensors of a file, or of the files that an index lists. */
export function readTensors(path: string, reader: Reader): TensorFile {
  const bytes = reader.bytes(path);
  try {
    if (isNpy(bytes) || /\.npy$/i.test(path)) return { metadata: {}, tensors: [arrayOf(bytes)] };
    const paths = shardPaths(path, bytes) ?? [path];
    const files = paths.map((one) => (one === path ? bytes : reader.bytes(one)));
    return {
      metadata: Object.assign({}, ...files.map(safetensorsMetadata)) as Record<string, string>,
      tensors: files.flatMap(listSafetensors),
    };
  } catch (cause) {
    if (cause instanceof WeightsFileError) throw new Failure(cause.message);
    if (!(cause instanceof SafetensorsError || cause instanceof NpyError)) throw cause;
    throw new Failure(`cannot read ${path}: ${reasonOf(cause)}`);
  }
}

/** Reads an array of NumPy, which has no name. */
function arrayOf(file: Uint8Array): StoredTensor {
  const array = loadNpy(file);
  const { dtype, itemBytes } = npyDtype(file);
  const bytes = array.data.length * itemBytes;
  const raw = file.subarray(file.length - bytes);
  return { name: "", dtype, shape: array.shape, bytes, raw, read: () => array };
}
