/**
 * Reads weights from files: from one file, from several that are shards of one, or from the index of such shards.
 */
import { loadSafetensors, metadataOf, SafetensorsError, withMetadata } from "../../runtime/safetensors.ts";
import type { Tensor } from "../../runtime/tensor.ts";
import { visible } from "../../runtime/visible.ts";
import { append } from "../ir/util/multimap.ts";
import type { Weights } from "./state.ts";

/** A file that cannot be used as weights, and the reason. */
export class WeightsFileError extends Error {
  override readonly name = "WeightsFileError";

  readonly path: string;
  readonly reason: string;

  constructor(path: string, reason: string) {
    super(`cannot read weights from ${path}: ${reason}`);
    this.path = path;
    this.reason = reason;
  }
}

/** The tensors of all files together. Throws a WeightsFileError, or the error that `read` throws. */
export function readWeights(paths: readonly string[], read: (path: string) => Uint8Array): Weights {
  const files = paths.flatMap((path) => {
    const bytes = read(path);
    return isJson(bytes) ? shardsOf(path, bytes, read) : [{ path, tensors: loaded(path, bytes) }];
  });
  return files.length === 1 ? files[0]!.tensors : union(files);
}

interface File {
  readonly path: string;
  readonly tensors: Weights;
}

function loaded(path: string, bytes: Uint8Array): Weights {
  try {
    return loadSafetensors(bytes);
  } catch (cause) {
    if (!(cause instanceof SafetensorsError)) throw cause;
    throw new WeightsFileError(path, cause.message);
  }
}

function union(files: readonly File[]): Weights {
  const from = new Map<string, string>();
  const tensors = Object.create(null) as Record<string, Tensor>;
  const metadata = Object.create(null) as Record<string, string>;
  for (const { path, tensors: some } of files) {
    for (const [name, tensor] of Object.entries(some)) {
      const other = from.get(name);
      if (other !== undefined)
        throw new WeightsFileError(
          path,
          other === path ? "it is given twice" : `${visible(name)} is in ${other} as well: give one of them`,
        );
      from.set(name, path);
      tensors[name] = tensor;
    }
    Object.assign(metadata, metadataOf(some));
  }
  return withMetadata(tensors, metadata);
}

/**
 * Whether a file is JSON. A safetensors file begins with the length of its header; read in that way, JSON's first
 * characters would be a length beyond the limit.
 */
function isJson(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  return text.startsWith("{") && bytes[7] !== 0;
}

/**
 * The files that `model.safetensors.index.json` lists, with the names of the tensors in each. The files are in
 * the same folder as the index.
 */
function indexOf(path: string, bytes: Uint8Array): Map<string, string[]> {
  const wrong = (reason: string): never => {
    throw new WeightsFileError(path, `it is JSON, ${reason}`);
  };
  let index: { readonly weight_map?: unknown } | null;
  try {
    index = JSON.parse(new TextDecoder().decode(bytes)) as typeof index;
  } catch {
    return wrong("or begins as such, and is damaged");
  }
  const map: unknown = index?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    return wrong('and has no "weight_map", as the index of a model in several files has');
  const names = new Map<string, string[]>();
  const folder = path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  for (const [name, file] of Object.entries(map as Record<string, unknown>)) {
    if (typeof file !== "string" || /[/\\]/.test(file) || file === "" || file === "..")
      return wrong(`and ${visible(name)} is in no file beside it: ${visible(JSON.stringify(file))}`);
    append(names, folder + file, name);
  }
  return names;
}

/** The paths of the files that an index lists; undefined if the file is not an index. */
export function shardPaths(path: string, bytes: Uint8Array): readonly string[] | undefined {
  return isJson(bytes) ? [...indexOf(path, bytes).keys()] : undefined;
}

function shardsOf(path: string, bytes: Uint8Array, read: (path: string) => Uint8Array): File[] {
  return [...indexOf(path, bytes)].map(([file, wanted]) => {
    const tensors = loaded(file, read(file));
    const lacking = wanted.find((name) => !Object.hasOwn(tensors, name));
    if (lacking !== undefined)
      throw new WeightsFileError(
        path,
        `it is JSON, and ${visible(lacking)} is not in ${visible(file)}, where it should be`,
      );
    return { path: file, tensors };
  });
}
