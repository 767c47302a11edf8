/** The diagnostics about weights: one function for each message. All problems are reported at once. */
import { didYouMean, error, type Diagnostic } from "../../grammar/diagnostics.ts";
import type { Span } from "../../grammar/source.ts";
import { visible } from "../../runtime/visible.ts";
import { listText } from "../inspect/text.ts";
import { shareText, someOf, type Fit } from "./fit.ts";
import type { NotFinite, WeightsAs } from "./narrow-state.ts";
import { LARGEST, type BeyondHalf } from "./rounding.ts";
import { wholeOf } from "./parts.ts";
import type { Proposal } from "./propose.ts";
import { elementsOf, isKernel } from "./roles.ts";
import type { Match, NamedShape } from "./state.ts";

/** A message lists at most this many problems of each kind. */
const MAX_LISTED_PROBLEMS = 20;

/** NN4101 */
export function unreadableWeights(span: Span, path: string, reason: string): Diagnostic {
  return error("NN4101", span, `the weights ${path} cannot be read: ${reason}`, {
    suggestion: "pass other weights with --weights or options.weights",
  });
}

/** NN4106 */
export function noRoom(span: Span, bytes: number): Diagnostic {
  return error(
    "NN4106",
    span,
    `the parameters take ${(bytes / 1e9).toFixed(1)} GB, and there is no room for them`,
    {
      suggestion: "`nnc info` shows which layers have them",
    },
  );
}

/** NN4107 */
export function wrongRename(span: Span, reason: string): Diagnostic {
  return error("NN4107", span, `the weights cannot be renamed so: ${reason}`);
}

/** NN4108 */
export function beyondHalf(span: Span, { path, value }: BeyondHalf, floats: "f16" | "bf16"): Diagnostic {
  const message = `\`${visible(path)}\` holds ${value}, which is beyond the largest ${floats}, ${LARGEST[floats]}`;
  const suggestion =
    floats === "f16"
      ? 'write bf16, which reaches as far as f32: --floats bf16, or floats: "bf16"'
      : "write f32: leave --floats out";
  return error("NN4108", span, message, { suggestion });
}

/** NN4108, for weights that are to be narrow in memory */
export function notNarrow(
  span: Span,
  { path, value }: BeyondHalf | NotFinite,
  weightsAs: WeightsAs,
): Diagnostic {
  const reason = Number.isFinite(value)
    ? `is beyond the largest f16, ${LARGEST.f16}`
    : `is no number in ${weightsAs}`;
  const wide = "keep the weights f32: leave --weights-as out";
  const suggestion = Number.isFinite(value) ? `take int8, which has a scale for each row, or ${wide}` : wide;
  return error("NN4108", span, `\`${visible(path)}\` holds ${value}, which ${reason}`, { suggestion });
}

/** The diagnostics for everything that keeps the weights from being used. */
export function misfits(span: Span, fit: Fit): Diagnostic[] {
  const { refused, misshaped, unusable, renaming, theirs } = fit;
  const rename = [
    ...renaming.idle.map((from) => {
      const near = didYouMean(from, names(theirs));
      return `no name of the weights is \`${visible(from)}\`${near === undefined ? "" : `: did you mean \`${visible(near)}\`?`}`;
    }),
    ...renaming.clashes.map(([to, from]) => `${listText(from.map(visible))} become \`${visible(to)}\``),
  ];
  if (rename.length > 0) return rename.map((reason) => wrongRename(span, reason));
  return [
    ...(refused.missing.length + refused.unexpected.length > 0 ? [otherNames(span, fit)] : []),
    ...(misshaped.length > 0 ? [otherShapes(span, misshaped)] : []),
    ...(unusable.length > 0 ? [unusableTensors(span, unusable)] : []),
  ];
}

/** NN4102. It has a line for each kind of problem; a proposal that helps comes first. */
function otherNames(span: Span, fit: Fit): Diagnostic {
  const { missing, unexpected } = fit.refused;
  const counts = [
    ...(missing.length > 0 ? [`${count(missing.length, "name")} missing`] : []),
    ...(unexpected.length > 0 ? [`${count(unexpected.length, "name")} unexpected`] : []),
  ];
  const message = `the weights do not fit the model: ${counts.join(", ")}`;
  const found = fit.proposals();
  const near = found.length > 0 ? [] : nearNames(fit);
  const lines = [
    ...found.map(
      (proposal, i) => `${i === 0 ? "they fit" : "or"}${drawn(proposal, fit)} with ${flags(proposal)}`,
    ),
    ...(found.length === 0 && hasKernels(fit) ? [KERNELS] : []),
    ...(near.length > 0 ? [`perhaps ${near.join(", ")}`] : []),
    ...(missing.length > 0 ? [`missing: ${someOf(missing.map(text))}`] : []),
    ...(unexpected.length > 0 ? [`unexpected: ${someOf(unexpected.map(text))}`] : []),
  ];
  const suggestion = found[0] ? inText(found[0]) : "names are those of PyTorch's state_dict";
  return error("NN4102", span, message, { lines, suggestion });
}

const KERNELS =
  "matrices of other libraries have a row for each input, PyTorch's a row for each output: transpose each `kernel` before saving";

/**
 * Whether matrices of another library are among the names. If one of them is square, its shape does not tell
 * whether it is transposed.
 */
function hasKernels({ refused: { missing, unexpected } }: Fit): boolean {
  const shapes = new Set(missing.map(({ shape }) => String(shape)));
  return unexpected.some((one) => isKernel(one) && shapes.has(String(one.shape.toReversed())));
}

/** Words for the share of a net that would be initialised randomly with a proposal. */
function drawn({ allowMissing }: Proposal, { ours }: Fit): string {
  if (allowMissing.length === 0) return "";
  const missing = new Set(allowMissing);
  const share = shareText(elementsOf(ours.filter(({ name }) => missing.has(name))), elementsOf(ours));
  return ` (${share} of all numbers initialised)`;
}

/** The proposal as flags of the command line. */
function flags({ rename, allowMissing, allowUnexpected }: Proposal): string {
  return [
    ...Object.entries(rename).map(([from, to]) => `--rename ${shellText(`${from}=${to}`)}`),
    ...allowMissing.map((name) => `--allow-missing ${shellText(name)}`),
    ...allowUnexpected.map((name) => `--allow-unexpected ${shellText(name)}`),
  ].join(" ");
}

/** The text quoted as one word for a shell. Names come from files and may contain anything. */
function shellText(text: string): string {
  return /^[\w.*/:=+@ -]+$/.test(text) ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The proposal as options in JavaScript, and as a statement of a `.nn` file if that is possible. */
function inText({ rename, allowMissing, allowUnexpected }: Proposal): string {
  const rules = Object.entries(rename).map(([from, to]) => `${JSON.stringify(from)}: ${JSON.stringify(to)}`);
  const record = `{ ${rules.join(", ")} }`;
  const options = [
    ...(rules.length > 0 ? [`rename: ${record}`] : []),
    ...(allowMissing.length > 0 ? [`allowMissing: ${JSON.stringify(allowMissing)}`] : []),
    ...(allowUnexpected.length > 0 ? [`allowUnexpected: ${JSON.stringify(allowUnexpected)}`] : []),
  ];
  const statement = `; in the file, \`weights "…" ${record}\``;
  return `as options of the library, \`${options.join(", ")}\`${options.length === 1 && rules.length > 0 ? statement : ""}`;
}

/** NN4104 */
function otherShapes(span: Span, misshaped: Match["misshaped"]): Diagnostic {
  const lines = listed(misshaped, (one) => {
    const differs = `${one.name} is ${shapeText(one.shape)}, but the model has ${shapeText(one.wanted)}`;
    if (!isPermuted(one)) return differs;
    return `${differs}, ${one.shape.length === 2 ? "its transpose" : "its axes in another order"}`;
  });
  const message = `the weights do not fit the model: ${count(misshaped.length, "shape")} differ${misshaped.length === 1 ? "s" : ""}`;
  return error("NN4104", span, message, {
    lines,
    suggestion: misshaped.some(isPermuted)
      ? "rearrange axes before saving: `weight.T` or `weight.permute(…)` in PyTorch"
      : undefined,
  });
}

function isPermuted({ shape, wanted }: Match["misshaped"][number]): boolean {
  const sorted = (sizes: readonly number[]): string => String(sizes.toSorted((a, b) => a - b));
  return sorted(shape) === sorted(wanted);
}

/** NN4105 */
function unusableTensors(span: Span, unusable: readonly string[]): Diagnostic {
  const message = `the weights do not fit the model: ${count(unusable.length, "tensor")} cannot be taken`;
  return error("NN4105", span, message, { lines: listed(unusable, String) });
}

function listed<T>(items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, MAX_LISTED_PROBLEMS).map(line);
  return items.length > MAX_LISTED_PROBLEMS
    ? [...lines, `and ${items.length - MAX_LISTED_PROBLEMS} more`]
    : lines;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function text({ name, shape }: NamedShape): string {
  return `${name} ${shapeText(shape)}`;
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Names that may be meant for the first missing ones: a name with the same numbers, or the only one of the same
 * shape.
 */
function nearNames(fit: Fit): string[] {
  const { missing, unexpected } = fit.refused;
  return missing.slice(0, MAX_COMPARED_NAMES).flatMap((one) => {
    const near = counterpart(one, fit, unexpected);
    return near === undefined ? [] : [`${visible(near)} for ${visible(one.name)}`];
  });
}

const MAX_COMPARED_NAMES = 5;

function counterpart(
  { name, shape }: NamedShape,
  fit: Fit,
  unexpected: readonly NamedShape[],
): string | undefined {
  const alike = ({ shape: other }: NamedShape): boolean => String(other) === String(shape);
  // A part of a weight may have the weight's shape, but its values are different.
  const candidates = unexpected.filter(
    (one) => alike(one) && wholeOf(one.name) === undefined && !isKernel(one),
  );
  const numbers = (text: string): string => (text.match(/\d+/g) ?? []).join();
  const near = didYouMean(
    name,
    names(candidates).filter((other) => numbers(other) === numbers(name)),
  );
  if (near !== undefined) return near;
  const isOnly = fit.theirs.filter(alike).length === 1 && fit.ours.filter(alike).length === 1;
  return isOnly ? candidates[0]?.name : undefined;
}

function names(all: readonly NamedShape[]): string[] {
  return all.map(({ name }) => name);
}
