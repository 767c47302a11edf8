/** Reads the tensors that a model is called with from the values of `--input`. */
import type { Option } from "commander";
import { didYouMean } from "../../grammar/diagnostics.ts";
import { integerRange, isDtype, dtypes, type ArrayDtype } from "../../runtime/array-dtype.ts";
import { loadNpy, NpyError } from "../../runtime/npy.ts";
import { isNpy, otherFile } from "../../runtime/other-files.ts";
import { tensor, type Nested, type Tensor } from "../../runtime/tensor.ts";
import { inputTypeText } from "../emit/host/guard.ts";
import type { Port } from "../../runtime/model.ts";
import { nameOf, textSource, type Reader } from "./read-file.ts";
import { exit, Failure } from "./io.ts";
import { isList, isObject, parseInputJson, type InputJson } from "./input-json.ts";
import { listOption } from "./repeatable.ts";

/** The option `--input`, which may be given once for each input. */
export function inputOption(): Option {
  return listOption("--input <file>", "FILE.json, FILE.npy or -; NAME=FILE for one of several; repeatable");
}

/** The tensors by name. `given` are the values of `--input`: `FILE`, `-` or `NAME=FILE`. */
export async function readInputs(
  file: string,
  ports: readonly Port[],
  given: readonly string[],
  reader: Reader,
): Promise<Record<string, Tensor>> {
  if (ports.length > 0 && given.length === 0) throw new Failure(wanted(file, ports), exit.usage);
  if (ports.length === 0 && given.length > 0) throw new Failure(`${file} takes no input`, exit.usage);
  const values = new Map<string, Tensor>();
  for (const text of given) {
    const { name, path } = split(text);
    const content = await read(path, reader);
    for (const [key, value] of assign(content, name, path, ports)) {
      if (values.has(key)) throw new Failure(`input ${key} is given twice`, exit.usage);
      values.set(key, value);
    }
  }
  const missing = ports.filter((port) => !values.has(port.name));
  if (missing.length > 0) throw new Failure(`${missing.map(portText).join(", ")} is not given`);
  return Object.fromEntries(values);
}

type Content =
  { readonly kind: "json"; readonly value: InputJson } | { readonly kind: "npy"; readonly value: Tensor };

async function read(path: string, reader: Reader): Promise<Content> {
  const bytes = await reader.content(path);
  if (!isNpy(bytes) && !path.endsWith(".npy")) {
    const other = otherFile(bytes);
    if (!other || other.isText) return { kind: "json", value: parseInputJson(textSource(path, bytes)) };
    throw new Failure(`cannot read ${nameOf(path)} as an input: it is ${other.what}; ${other.asArray}`);
  }
  try {
    return { kind: "npy", value: loadNpy(bytes) };
  } catch (cause) {
    if (!(cause instanceof NpyError)) throw cause;
    throw new Failure(`cannot read ${nameOf(path)}: ${cause.message}`);
  }
}

/**
 * Assigns a file's value to the input that the option names, else to the only input. An object names inputs
 * itself.
 */
function assign(
  content: Content,
  name: string | undefined,
  path: string,
  ports: readonly Port[],
): (readonly [string, Tensor])[] {
  const names = ports.map((port) => port.name);
  const find = (key: string): Port => {
    const port = ports.find((candidate) => candidate.name === key);
    if (port) return port;
    const near = didYouMean(key, names);
    const help = near === undefined ? `there is ${names.join(", ")}` : `did you mean ${near}?`;
    throw new Failure(`the net has no input ${key}: ${help}`);
  };
  if (content.kind === "json" && name === undefined && isObject(content.value) && !isTensor(content.value))
    return [...content.value].map(([key, value]) => [key, fromJson(find(key), value, path)] as const);
  const port = name === undefined ? only(ports, path) : find(name);
  const value =
    content.kind === "json" ? fromJson(port, content.value, path) : cast(port, content.value, path);
  return [[port.name, value]];
}

function only(ports: readonly Port[], path: string): Port {
  if (ports.length === 1) return ports[0]!;
  const names = ports.map((port) => port.name);
  const [first] = names;
  throw new Failure(
    `${path} holds one value, but there are ${ports.length} inputs (${names.join(", ")}): ` +
      `give an object by name, or --input ${first}=${path}`,
  );
}

/** Whether the object is a tensor `{ dtype, shape, data }` rather than a record of inputs by name. */
function isTensor(value: ReadonlyMap<string, InputJson>): boolean {
  return value.has("data") && [...value.keys()].every((key) => ["dtype", "shape", "data"].includes(key));
}

function fromJson(port: Port, value: InputJson, path: string): Tensor {
  const dtype = port.dtype as ArrayDtype;
  try {
    if (!isObject(value)) return tensor(numbers(value), { dtype });
    if (!isTensor(value)) throw new TypeError("an object must hold dtype, shape and data");
    const { dtype: named, shape } = Object.fromEntries(value);
    if (named !== undefined && (typeof named !== "string" || !isDtype(named)))
      throw new TypeError(`dtype must be one of ${dtypes.join(", ")}`);
    if (shape !== undefined && !(isList(shape) && shape.every((size) => typeof size === "number")))
      throw new TypeError("shape must be a list of sizes");
    const read = tensor(numbers(value.get("data")!), {
      dtype: named ?? dtype,
      ...(shape !== undefined && { shape: shape }),
    });
    return cast(port, read, path);
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof RangeError)
      throw new Failure(`${portText(port)} cannot be read from ${path}: ${cause.message}`);
    throw cause;
  }
}

/** JSON has no NaN and no infinities, so they are written as strings. */
const special: ReadonlyMap<InputJson, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

function numbers(value: InputJson): Nested {
  if (isList(value)) return value.map(numbers);
  // Any other value is passed on to `tensor`, which reports it with its position.
  return special.get(value) ?? (value as number);
}

/** Converts arrays as NumPy users save them, in float64 and int64, to the net's f32 and i32. */
function cast(port: Port, value: Tensor, path: string): Tensor {
  const dtype = port.dtype as ArrayDtype;
  if (value.dtype === dtype) return value;
  const isFloat = (one: ArrayDtype): boolean => integerRange(one) === undefined;
  if (isFloat(value.dtype) && !isFloat(dtype))
    throw new Failure(`${portText(port)} takes integers, but ${path} holds ${value.dtype}`);
  const values = Array.from(value.data as Iterable<number | bigint>);
  try {
    return tensor(values, { dtype, shape: value.shape });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new Failure(`${portText(port)} cannot be read from ${path}: ${cause.message}`);
  }
}

/** Splits `NAME=FILE`. A path is not split if the part before `=` is not a name, so `./a=b.json` is a path. */
function split(text: string): { name?: string; path: string } {
  const [, name, path] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  return name === undefined || path === undefined ? { path: text } : { name, path };
}

function wanted(file: string, ports: readonly Port[]): string[] {
  const [first] = ports;
  const how =
    ports.length === 1
      ? "--input FILE.json, --input FILE.npy, or --input - (JSON on standard input)"
      : `--input FILE.json (an object by name), or --input ${first!.name}=FILE.npy for each`;
  const list = ports.map((port) => `  ${portText(port)}`);
  return [`${file} wants ${ports.length === 1 ? "an input" : "inputs"}:`, ...list, `give it with ${how}`];
}

/** The input in the language: `x: f32[N, 10]`. */
export function portText(port: Port): string {
  return `${port.name}: ${inputTypeText(port)}`;
}
