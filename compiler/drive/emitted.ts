/** The result of `emit`: a module of a plan with its weights. */
import { saveSafetensors } from "../../runtime/safetensors.ts";
import { literal } from "../../runtime/shortest.ts";
import type { Driven } from "./driver.ts";
import { base64Of } from "../emit/host/base64.ts";
import { declarationText } from "../emit/host/declaration.ts";
import { globalNameOf, stemOf } from "../emit/host/module-format.ts";
import { moduleHeader } from "../emit/host/header.ts";
import type { Carried } from "../emit/host/loading.ts";
import { moduleText } from "../emit/host/module.ts";
import { selfTestJson } from "../emit/host/support.ts";
import { NnError } from "../../grammar/nn-error.ts";
import type { NumberArray } from "../ir/dtype.ts";
import type { Parameter } from "../ir/graph/graph.ts";
import type { Plan } from "../ir/plan/plan.ts";
import { sourceOf, start, type EmitOptions } from "./options.ts";
import { makeSelfTest, testable } from "./self-test.ts";
import {
  BeyondHalf,
  isHalved,
  roundState,
  toHalves,
  type Floats,
  type Rounded,
} from "../weights/rounding.ts";
import { beyondHalf } from "../weights/messages.ts";
import type { HeldTensor } from "../../runtime/model.ts";
import type { HeldState, Narrowed } from "../weights/narrow-state.ts";
import type { State } from "../weights/state.ts";

/** The files that `emit` makes. */
export interface Emitted {
  /** The text of a module without imports, in the format that was asked for. */
  readonly code: string;
  /** The TypeScript declarations of the module. */
  readonly types: string;
  /**
   * A safetensors file that the module's `create` needs. It names the compilation that it belongs to, and
   * contains the numbers with which `selfTest` compares; so another file of weights for the same net also has
   * other numbers. Absent if the weights are inside the module, or are given.
   */
  readonly weights?: Uint8Array;
  /**
   * The kernels in WebAssembly, which `create` needs once in a page or process. Only the file of the same compilation is taken.
   * Absent if they are inside the module.
   */
  readonly wasm?: Uint8Array;
  /** The effect of rounding to floats of 16 bits, if `floats` asked for that. */
  readonly rounded?: Rounded;
  /** The effect of f16 or int8 on the weights of products, if `weightsAs` asked for that. */
  readonly narrowed?: Narrowed;
}

/** Weights of up to this many bytes are written inside a module, as base64. */
export const INSIDE_LIMIT: number = 100 * 1024;

/** Emits a driven source. `command` is the command line that gives the same result. */
export function emitDriven(given: Driven, source: string, options: EmitOptions, command?: string): Emitted {
  const { driven, rounded } = withRounded(given, source, options);
  const { narrowed } = driven;
  const effects = { ...(rounded && { rounded }), ...(narrowed && { narrowed }) };
  const { plan, state, held, seed } = driven;
  const { floats = "f32" } = options;
  const filename = options.filename ?? "model.nn";
  const { format = "esm", globalName = globalNameOf(filename) } = options;
  const { weightsUrl = urlBeside(filename, ".safetensors"), wasmUrl = urlBeside(filename, ".wasm") } =
    options;
  const header = moduleHeader(source, filename, command);
  const { fallback } = driven;
  const shared = {
    header,
    format,
    globalName,
    seed,
    ...(fallback && { fallback: fallback() }),
    // Kernels in a binary are for no reader. `nnc print` shows the text around them with its names.
    isCompact: plan.target === "wasm",
  };
  const outside = areOutside(driven, options);
  const net = testable(driven);
  const test = net && makeSelfTest(net, driven);
  if (!outside) {
    const weights = plan.parameters.length > 0 ? { weights: carried(plan, held, floats) } : {};
    const { code } = moduleText(plan, { ...shared, ...weights, ...(test && { selfTest: test }) });
    return {
      code,
      types: declarationText(plan, { ...shared, external: false, selfTest: test !== undefined }),
      ...effects,
    };
  }
  // The expected numbers depend on the weights. Without numbers, the text and the existence of a test must not
  // depend on weights.
  const isGiven = options.external === "given";
  const selfTest = isGiven ? test : net && "given";
  const { kernels = "inside" } = options;
  const places = { weightsUrl, ...(kernels === "outside" && { wasmUrl }) };
  const { code, id, wasm } = moduleText(plan, { ...shared, ...places, ...(selfTest && { selfTest }) });
  const types = declarationText(plan, {
    ...shared,
    external: true,
    selfTest: selfTest !== undefined,
    kernels: wasm && "outside",
  });
  const made = { code, types, ...(wasm && { wasm }) };
  if (isGiven) return made;
  const metadata = { nnc: id!, ...(test && { "nnc.selfTest": selfTestJson(test) }) };
  const halved = new Set(plan.parameters.filter((one) => isHalved(one, floats)).map(({ path }) => path));
  const stored = floats === "bf16" ? "BF16" : "F16";
  // A tensor has no dtype f16, so what is held as that is given as the float32 numbers that it is.
  const isHeldAsHalf = new Set(
    plan.parameters.filter(({ type }) => type.dtype === "f16").map(({ path }) => path),
  );
  const tensors = plan.parameters.map(({ path }) => [
    path,
    isHeldAsHalf.has(path) ? state[path]! : held[path]!,
  ]);
  const weights = saveSafetensors(Object.fromEntries(tensors) as State, {
    metadata,
    floats: (name) => (isHeldAsHalf.has(name) ? "F16" : halved.has(name) ? stored : "F32"),
  });
  return { ...made, weights, ...effects };
}

/** The net with the weights as they are written. Throws NnError if one is too large for its format. */
export function withRounded(
  driven: Driven,
  source: string,
  { floats = "f32", filename }: EmitOptions,
): { driven: Driven; rounded?: Rounded } {
  if (floats === "f32") return { driven };
  try {
    const { parameters } = driven.plan;
    const { state, rounded } = roundState(parameters, driven.state, floats);
    const held = { ...driven.held };
    for (const one of parameters) if (isHalved(one, floats)) held[one.path] = state[one.path] as HeldTensor;
    return { driven: { ...driven, state, held }, rounded };
  } catch (cause) {
    if (!(cause instanceof BeyondHalf)) throw cause;
    const from = sourceOf(source, { ...(filename !== undefined && { filename }) });
    throw new NnError([beyondHalf(start(from), cause, floats)], [from]);
  }
}

/** The URL of a file beside a module that has the source's name. */
function urlBeside(filename: string, extension: string): string {
  return `./${encodeURIComponent(stemOf(filename) || "model")}${extension}`;
}

/** Whether the weights are written beside the module instead of in it. */
export function areOutside({ plan, held }: Driven, { external, floats = "f32" }: EmitOptions): boolean {
  if (plan.parameters.length === 0) return false;
  const bytes = plan.parameters.reduce(
    (sum, one) => sum + held[one.path]!.data.byteLength / (isHalved(one, floats) ? 2 : 1),
    0,
  );
  return external !== undefined && external !== false ? true : bytes > INSIDE_LIMIT;
}

/** Up to this many values are shorter as literals than as base64 with the code that decodes it. */
const MAX_LITERALS = 128;

function carried(plan: Plan, held: HeldState, floats: Floats): Carried {
  const tensors = plan.parameters.map(({ path }) => held[path]!);
  const length = tensors.reduce((sum, { data }) => sum + data.length, 0);
  const literals =
    length > MAX_LITERALS
      ? []
      : tensors.flatMap(({ dtype, data }) =>
          Array.from(data as ArrayLike<number>, (value) => literal(value, dtype)),
        );
  // The literal NaN does not tell which NaN it is.
  if (length <= MAX_LITERALS && !literals.includes("NaN")) return { literals };
  const whole = plan.parameters.filter((one) => one.type.dtype === "f32" && !isHalved(one, floats));
  const halves = floats === "f32" ? {} : { halves: { floats, whole: whole.map(({ path }) => path) } };
  return { base64: base64(plan, held, floats), ...halves };
}

/** The values of all parameters in order, as base64 of four bytes each, or two. */
function base64(plan: Plan, held: HeldState, floats: Floats): string {
  const parts = plan.parameters.map((parameter) => stored(parameter, held, floats));
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return base64Of(bytes);
}

function stored(parameter: Parameter, held: HeldState, floats: Floats): ArrayBufferView {
  const { data } = held[parameter.path]!;
  if (floats !== "f32" && isHalved(parameter, floats)) return toHalves(data as Float32Array, floats);
  return parameter.type.dtype === "bool" ? Int32Array.from(data as NumberArray) : data;
}
