/** What a model in this process says to a caller who gives it the wrong thing. Modules say it in fewer words. */
import { visible } from "../../runtime/visible.ts";
import { MAX_RANK } from "../ir/types.ts";
import type { Model, Port, Values } from "../model.ts";

const arrays = { f32: Float32Array, i32: Int32Array, bool: Uint8Array };

/** More elements than a tensor may have. */
const TOO_MANY = 2 ** 31;

/** Ends a call whose `value` is not what the port takes; `shape` is that of a tensor, which may be given whole. */
export function refuse(port: Port, value: unknown, shape?: readonly number[], whole?: unknown): never {
  const stated = (whole ?? {}) as { readonly dtype?: unknown; readonly shape?: readonly number[] };
  const given =
    (stated.dtype ?? port.dtype) === port.dtype
      ? described(port, value, whole ? stated.shape : shape)
      : `a tensor whose dtype is ${plain(stated.dtype)}`;
  throw new TypeError(visible(`${port.name} must be ${typeText(port)}, not ${given}`));
}

/** Ends a call that weights stand in the way of. */
export function unfit(reason: string): never {
  throw new TypeError(visible(`weights ${reason}`));
}

/** A value in a message, however deep it is. */
function plain(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every(isSize) && !shape.includes(undefined);
}

function isSize(size: unknown): boolean {
  return Number.isSafeInteger(size) && (size as number) >= 0;
}

/** What is given as a shape, but is none. */
function notShape(shape: unknown): string {
  if (!Array.isArray(shape)) return `${plain(shape)}: it is a list of sizes`;
  const sizes = Array.from(shape.slice(0, MAX_RANK), plain).join(", ");
  return `[${sizes}${shape.length > MAX_RANK ? ", …" : ""}]: sizes are whole numbers, at least 0`;
}

/** Nested arrays of more values are not read, by modules neither. */
const MOST_NESTED = 2 ** 28;

/** `f32[N, 10]`; where a batch axis may be left out, `f32[N, 3, L] or f32[3, L]`. */
export function typeText({ dtype, shape, unbatched }: Port): string {
  const text = `${dtype}[${shape.join(", ")}]`;
  return unbatched ? `${text} or ${dtype}[${shape.slice(1).join(", ")}]` : text;
}

function described(port: Port, value: unknown, shape?: readonly number[]): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return "a text";
  if (value === null || typeof value !== "object") return String(value);
  if (shape !== undefined && !isShape(shape)) return `a tensor whose shape is ${notShape(shape)}`;
  if (Array.isArray(value)) return shape ? "a tensor whose data are a plain array" : arrayText(port, value);
  if (!ArrayBuffer.isView(value)) {
    if (Object.hasOwn(value, port.name)) return "a record: it is the only input, and is given by itself";
    return `${value.constructor?.name ?? "an object"}: give a tensor, a typed array or nested numbers`;
  }
  const { length, buffer } = value as Float32Array;
  if (!shape) return `${value.constructor.name}[${length}]`;
  if (length !== shape.reduce((n, size) => n * size, 1)) {
    const why = length === 0 && buffer.byteLength === 0 ? ": their buffer is empty, or was transferred" : "";
    return `a tensor of shape [${shape.join(", ")}] whose data have ${length} values${why}`;
  }
  const { dtype } = port;
  const own = value.constructor === arrays[dtype as keyof typeof arrays];
  return `${own ? dtype : value.constructor.name}[${shape.join(", ")}]`;
}

/** Why nested values make no tensor of the port's dtype. */
function arrayText({ dtype }: Port, value: readonly unknown[]): string {
  const lengths: number[] = [];
  for (let one: unknown = value; Array.isArray(one); one = (one as unknown[])[0]) {
    if (lengths.length === MAX_RANK)
      return `an array that is nested deeper than ${MAX_RANK}, or holds itself`;
    lengths.push(one.length);
  }
  if (lengths.reduce((n, length) => n * length, 1) >= MOST_NESTED)
    return "an array of too many values: give a typed array";
  return strangeIn(dtype, value, lengths) ?? "an array whose parts differ in length or depth";
}

/** The first thing that is neither a value of the dtype nor an array where others are. */
function strangeIn(dtype: string, value: unknown, lengths: readonly number[]): string | undefined {
  if (!Array.isArray(value)) {
    if (holds(dtype, value)) return undefined;
    return `an array that holds ${typeof value === "number" ? String(value) : `a ${typeof value}`}`;
  }
  const [length, ...rest] = lengths;
  if (value.length !== length) return undefined;
  for (const one of value) {
    const strange = strangeIn(dtype, one, rest);
    if (strange !== undefined) return strange;
  }
  return undefined;
}

function holds(dtype: string, value: unknown): boolean {
  if (dtype === "bool") return typeof value === "boolean";
  return typeof value === "number" && (dtype !== "i32" || value === (value | 0));
}

/** The function that makes tensors for these ports. */
export function own(ports: readonly Port[]): (name: string, shape: readonly number[]) => Values {
  return (name, shape) => {
    const port = ports.find((one) => one.name === name);
    if (!port) {
      const names = ports.map((one) => one.name).join(", ");
      throw new TypeError(
        `there is no \`${visible(String(name))}\` among ${names || "the ports, of which there are none"}`,
      );
    }
    const wrong = misfit(port, shape);
    if (wrong !== undefined) throw new TypeError(visible(`${name} is ${typeText(port)}: ${wrong}`));
    const dtype = port.dtype as keyof typeof arrays;
    return { dtype, shape, data: new arrays[dtype](shape.reduce((n, size) => n * size, 1)) };
  };
}

/** Why a shape is none of the port's. Sizes that depend on others are compared at the call. */
function misfit(port: Port, shape: readonly number[]): string | undefined {
  if (!Array.isArray(shape)) return `its shape is a list of sizes, not ${plain(shape)}`;
  if (!isShape(shape)) return `its shape cannot be ${notShape(shape)}`;
  const given = `[${shape.join(", ")}]`;
  if (shape.reduce((n, size) => n * size, 1) >= TOO_MANY) return `${given} has too many elements`;
  const wanted = port.unbatched && shape.length < port.shape.length ? port.shape.slice(1) : port.shape;
  const run = wanted.indexOf("...");
  const fixed = run < 0 ? wanted : wanted.toSpliced(run, 1);
  if (run < 0 ? shape.length !== fixed.length : shape.length < fixed.length)
    return `${given} has ${shape.length} size${shape.length === 1 ? "" : "s"}`;
  const skipped = shape.length - fixed.length;
  const at = fixed.findIndex((size, axis) => {
    const one = shape[run >= 0 && axis >= run ? axis + skipped : axis];
    return typeof size === "number" && size !== one;
  });
  return at < 0 ? undefined : `${given} differs from it where ${fixed[at]} stands`;
}

/** The model with a `run` that says what it lacks. */
export function guarded(model: Model): Model {
  const run = model.run.bind(model);
  return Object.assign(model, {
    run(inputs: Parameters<Model["run"]>[0], outputs: Parameters<Model["run"]>[1]): void {
      if (inputs && outputs) return run(inputs, outputs);
      const record = (ports: readonly Port[]): string => `{ ${ports.map(({ name }) => name).join(", ")} }`;
      throw new TypeError(
        `run wants inputs and outputs: run(${record(model.inputs)}, ${record(model.outputs)}), tensors or typed arrays`,
      );
    },
  });
}
