/**
 * Weights that a state dict stores in parts, as PyTorch's weight_norm, spectral_norm and pruning do, and our int8. The weight
 * is computed from its parts in float64. Parts are refused if the file does not tell by which function the weight
 * is computed from them.
 */
import { integerRange, type ArrayDtype } from "../../runtime/array-dtype.ts";
import { sizeOf, type Tensor } from "../../runtime/tensor.ts";
import { scalePath } from "../ir/graph/graph.ts";
import { isComplete, type Weights } from "./state.ts";

/** A weight that the given weights contain in parts. */
export interface Whole {
  /** The names of all its parts. */
  readonly parts: readonly string[];
  /** The weight; or the reason why it cannot be computed, in words that can follow its name. */
  readonly made: { readonly tensor: Tensor; readonly how: string } | { readonly refused: string };
}

/** Parts by the end of their names: what follows the weight's name or, for parametrizations, replaces it. */
type Parts = ReadonlyMap<string, { readonly name: string; readonly tensor: Tensor }>;

const SUFFIX = /^(.+)_(g|v|u|orig|mask)$/s;
const PARAMETRIZED = /^(|.*\.)parametrizations\.([^.]+)\.(original\d*|\d+\..+)$/s;
const ADAPTED = /^(.*\.)(?:base_layer\.([^.]+)|lora_\w+(?:\..+)?)$/s;
const QUANTIZED =
  /^(.*\.)(qweight|qzeros|scales|g_idx|SCB|weight_format|weight_scale\w*|weight_zero_point|weight_packed)$/s;

/** The name of the weight that a tensor with this name is a part of; undefined if it is no part. */
export function wholeOf(name: string): string | undefined {
  const parametrized = PARAMETRIZED.exec(name);
  if (parametrized) return `${parametrized[1]}${parametrized[2]}`;
  const suffixed = SUFFIX.exec(name);
  if (suffixed) return suffixed[1];
  const adapted = ADAPTED.exec(name);
  if (adapted) return `${adapted[1]}${adapted[2] ?? "weight"}`;
  const quantized = QUANTIZED.exec(name);
  return quantized ? `${quantized[1]}weight` : undefined;
}

/** The weights that can be made of parts among the given weights, by their names. */
export function wholes(weights: Weights, wanted: ReadonlySet<string>): ReadonlyMap<string, Whole> {
  const groups = new Map<string, string[]>();
  for (const name of Object.keys(weights)) {
    const whole = wanted.has(name) ? undefined : (wholeOf(name) ?? scaledBy(name, weights));
    if (whole === undefined || !wanted.has(whole) || !isComplete(weights[name])) continue;
    const group = groups.get(whole);
    if (group) group.push(name);
    else groups.set(whole, [name]);
  }
  const found = new Map<string, Whole>();
  for (const [whole, names] of groups) {
    const made = make(whole, names, weights);
    if (made) found.set(whole, { parts: names, made });
  }
  return found;
}

/** The weight of whole numbers that a tensor with this name scales, as `--weights-as int8` writes it. */
function scaledBy(name: string, weights: Weights): string | undefined {
  const scaled = /^(.+)\.scale$/s.exec(name)?.[1];
  return scaled !== undefined && Object.hasOwn(weights, scaled) && weights[scaled]?.dtype === "i8"
    ? scaled
    : undefined;
}

function make(whole: string, names: readonly string[], weights: Weights): Whole["made"] | undefined {
  const given = Object.hasOwn(weights, whole) ? weights[whole]! : undefined;
  const [first] = names as readonly [string, ...string[]];
  if (given && names.length === 1 && first === scalePath(whole)) return scaled(given, weights[first]!);
  const quantized = names.find((name) => QUANTIZED.test(name));
  if (quantized !== undefined)
    return isFloat(given?.dtype)
      ? undefined
      : { refused: `is quantized, as ${quantized} tells: save it dequantized, as floats` };
  const adapters = names.filter((name) => ADAPTED.test(name));
  const adapter = adapters.find((name) => name.includes("lora_")) ?? adapters[0];
  if (adapter !== undefined)
    return { refused: `has an adapter, ${adapter}: merge it before saving (merge_and_unload of peft)` };
  const parts: Parts = new Map(
    names.map((name) => [
      PARAMETRIZED.exec(name)?.[3] ?? SUFFIX.exec(name)![2]!,
      { name, tensor: weights[name]! },
    ]),
  );
  // The first version of spectral_norm in PyTorch stored the weight too, and did not store v.
  if (given) return has(parts, "orig", "u") ? { tensor: given, how: "spectral_norm" } : undefined;
  const tensor = (key: string): Tensor => parts.get(key)!.tensor;
  if (has(parts, "g", "v")) return weightNorm(tensor("g"), tensor("v"));
  if (has(parts, "original0", "original1")) return weightNorm(tensor("original0"), tensor("original1"));
  if (has(parts, "orig", "u", "v")) return spectralNorm(tensor("orig"), tensor("u"), tensor("v"));
  if (has(parts, "original", "0._u", "0._v"))
    return spectralNorm(tensor("original"), tensor("0._u"), tensor("0._v"));
  if (has(parts, "orig", "mask")) return pruned(tensor("orig"), tensor("mask"));
  return unknown(parts, names);
}

function isFloat(dtype: ArrayDtype | undefined): boolean {
  return dtype !== undefined && integerRange(dtype) === undefined;
}

function has(parts: Parts, ...keys: readonly string[]): boolean {
  return parts.size === keys.length && keys.every((key) => parts.has(key));
}

/**
 * Refuses parts of an unknown parametrization. A single name that merely ends like a part, such as `_v`, is no
 * part.
 */
function unknown(parts: Parts, names: readonly string[]): Whole["made"] | undefined {
  if ([...parts.keys()].some((key) => key.includes("orig"))) {
    const orthogonal = has(parts, "original", "0.base");
    const what = orthogonal ? "of orthogonal" : "of a parametrization that the file does not name";
    const remove = parts.has("orig")
      ? "the reparametrization"
      : "it with torch.nn.utils.parametrize.remove_parametrizations";
    return { refused: `is stored in parts ${what}, ${names.join(", ")}: remove ${remove} before saving` };
  }
  const isHalfNorm = parts.has("g") || (parts.has("u") && parts.has("v"));
  return isHalfNorm
    ? { refused: `is stored in parts, of which ${names.join(", ")} alone is there` }
    : undefined;
}

/**
 * `v * g / |v|`, where `g` has one size of `v` and ones, or one element. Norms are taken for the axis that has
 * that size, which was the argument `dim` of weight_norm. If that axis has one element, every choice gives the
 * same result.
 */
function weightNorm(g: Tensor, v: Tensor): Whole["made"] {
  const axis = g.shape.findIndex((size) => size !== 1);
  const isNorm =
    sizeOf(g.shape) === 1 ||
    (g.shape.length === v.shape.length && g.shape.every((size, i) => size === (i === axis ? v.shape[i] : 1)));
  if (!isNorm)
    return {
      refused: `is stored in parts of [${g.shape.join(", ")}] and [${v.shape.join(", ")}], which weight_norm does not make`,
    };
  const whole = axis < 0;
  const { rows, inner } = split(v.shape, whole ? 0 : axis);
  const rowOf = (at: number): number => (whole ? 0 : Math.floor(at / inner) % rows);
  const squares = new Float64Array(whole ? 1 : rows);
  const [gs, vs] = [numbers(g), numbers(v)];
  vs.forEach((value, at) => (squares[rowOf(at)]! += value * value));
  const data = Float32Array.from(
    vs,
    (value, at) => (value * gs[rowOf(at)]!) / Math.sqrt(squares[rowOf(at)]!),
  );
  return { tensor: { dtype: "f32", shape: v.shape, data }, how: "weight_norm" };
}

/**
 * `weight / (u · W v)`, where W is the weight as a matrix with a row for each index of the axis `dim`. The file
 * does not tell `dim`; it is 0 except for transposed convolutions. So another axis is chosen only if u equals W
 * v, up to its length, for that axis alone; this holds after each training step.
 */
function spectralNorm(weight: Tensor, u: Tensor, v: Tensor): Whole["made"] {
  const [ws, us, vs] = [numbers(weight), numbers(u), numbers(v)];
  const fitting = weight.shape.flatMap((rows, dim) =>
    rows === us.length && ws.length === us.length * vs.length ? [dim] : [],
  );
  if (fitting.length === 0)
    return {
      refused: `is stored in parts of [${weight.shape.join(", ")}], [${u.shape.join(", ")}] and [${v.shape.join(", ")}], which spectral_norm does not make`,
    };
  const tried = fitting.map((dim) => ({ dim, ...sigmaOf(ws, split(weight.shape, dim), us, vs) }));
  const isSettled = ({ cosine }: { cosine: number }): boolean => cosine > 0.99;
  const { dim, sigma } = tried.find(isSettled) ?? tried[0]!;
  const data = Float32Array.from(ws, (value) => value / sigma);
  const how = fitting.length > 1 ? `spectral_norm, dim=${dim}` : "spectral_norm";
  return { tensor: { dtype: "f32", shape: weight.shape, data }, how };
}

function sigmaOf(
  ws: Float64Array,
  { rows, inner }: { rows: number; inner: number },
  us: Float64Array,
  vs: Float64Array,
): { sigma: number; cosine: number } {
  const product = new Float64Array(rows);
  ws.forEach((value, at) => {
    const outer = Math.floor(at / (inner * rows));
    product[Math.floor(at / inner) % rows]! += value * vs[outer * inner + (at % inner)]!;
  });
  const sigma = product.reduce((sum, value, i) => sum + value * us[i]!, 0);
  return { sigma, cosine: sigma / Math.sqrt(squared(product) * squared(us)) };
}

function squared(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function pruned(weight: Tensor, mask: Tensor): Whole["made"] {
  if (String(weight.shape) !== String(mask.shape))
    return {
      refused: `is stored in parts of [${weight.shape.join(", ")}] and [${mask.shape.join(", ")}], which pruning does not make`,
    };
  const [ws, ms] = [numbers(weight), numbers(mask)];
  const data = Float32Array.from(ws, (value, at) => value * ms[at]!);
  return { tensor: { dtype: "f32", shape: weight.shape, data }, how: "pruning" };
}

/** Whole numbers, each times the scale of its row: the scales have the size of one axis, and else 1. */
function scaled(weight: Tensor, scale: Tensor): Whole["made"] {
  const axis = scale.shape.findIndex((size) => size !== 1);
  const isOfRows =
    scale.shape.length === weight.shape.length &&
    scale.shape.every((size, i) => size === (i === axis ? weight.shape[i] : 1));
  if (!isOfRows)
    return {
      refused: `is stored as whole numbers of [${weight.shape.join(", ")}] with scales of [${scale.shape.join(", ")}], which are not one for each row`,
    };
  const { rows, inner } = split(weight.shape, axis);
  const scales = numbers(scale);
  const rowOf = (at: number): number => (axis < 0 ? 0 : Math.floor(at / inner) % rows);
  const data = Float32Array.from(numbers(weight), (value, at) => value * scales[rowOf(at)]!);
  return { tensor: { dtype: "f32", shape: weight.shape, data }, how: "int8" };
}

/** Splits a shape at an axis: `inner` is the number of consecutive elements within one index of the axis. */
function split(shape: readonly number[], axis: number): { rows: number; inner: number } {
  return { rows: shape[axis] ?? 1, inner: sizeOf(shape.slice(axis + 1)) };
}

function numbers({ data }: Tensor): Float64Array {
  return Float64Array.from(data as ArrayLike<number | bigint>, Number);
}
