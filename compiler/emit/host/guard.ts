/**
 * The checks of shapes in `input`, `output` and `run` of a model in this process. Modules do not have these checks, to
 * stay small.
 */
import { visible } from "../../../runtime/visible.ts";
import { dtypeRows, type LanguageDtype } from "../../ir/dtype.ts";
import { MAX_SIZE } from "../../ir/size/size.ts";
import { MAX_RANK } from "../../ir/types.ts";
import type { Model, Port, Values } from "../../../runtime/model.ts";

/** Throws the error about weights that do not fit. */
export function unfit(reason: string): never {
  throw new TypeError(visible(`weights ${reason}`));
}

/** A value as a message shows it; nested values are not spelled out. */
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

/** Describes a value that is not a shape. */
function notShape(shape: unknown): string {
  if (!Array.isArray(shape)) return `${plain(shape)}: it is a list of sizes`;
  const sizes = Array.from(shape.slice(0, MAX_RANK), plain).join(", ");
  return `[${sizes}${shape.length > MAX_RANK ? ", …" : ""}]: sizes are whole numbers, at least 0`;
}

/** The text of a port's type: `f32[N, 10]`, or `f32[N, 3, L] or f32[3, L]` where a batch axis may be left out. */
export function inputTypeText({ dtype, shape, unbatched }: Port): string {
  const text = `${dtype}[${shape.join(", ")}]`;
  return unbatched ? `${text} or ${dtype}[${shape.slice(1).join(", ")}]` : text;
}

/** Returns the function that makes tensors for these ports, by `make` once their shapes are checked. */
export function own(
  ports: readonly Port[],
  side: "input" | "output",
  make: (port: Port, shape: readonly number[]) => Values = fresh,
): (name: string, shape: readonly number[]) => Values {
  return (name, shape) => {
    const port = ports.find((one) => one.name === name);
    if (!port) {
      const names = ports.map((one) => one.name).join(", ");
      throw new TypeError(
        visible(
          `there is no ${side} ${String(name)}: ${names === "" ? "the net has none" : `there is ${names}`}`,
        ),
      );
    }
    const wrong = misfit(port, shape);
    if (wrong !== undefined) throw new TypeError(visible(`${name} is ${inputTypeText(port)}: ${wrong}`));
    return make(port, shape);
  };
}

function fresh(port: Port, shape: readonly number[]): Values {
  const dtype = port.dtype as LanguageDtype;
  return { dtype, shape, data: new dtypeRows[dtype].array(shape.reduce((n, size) => n * size, 1)) };
}

/** The reason why a shape does not fit a port. Sizes that depend on other ports are compared at the call. */
function misfit(port: Port, shape: readonly number[]): string | undefined {
  if (!Array.isArray(shape)) return `its shape is a list of sizes, not ${plain(shape)}`;
  if (!isShape(shape)) return `its shape cannot be ${notShape(shape)}`;
  const given = `[${shape.join(", ")}]`;
  if (shape.reduce((n, size) => n * size, 1) > MAX_SIZE) return `${given} has too many elements`;
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

/** The model with a `run` that reports inputs and outputs which are missing. */
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
