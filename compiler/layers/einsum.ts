/** Sums of products by Einstein's convention. */
import { sizesOf, type Builder, type Tensor } from "../ir/graph/builder.ts";
import { promote } from "../ir/dtype.ts";
import type { Size } from "../ir/size/size.ts";
import { sizeText } from "../ir/size/size-text.ts";
import { extents, isRun, typeText, type TensorType } from "../ir/types.ts";
import { DECLARE, wantDtype } from "./axes.ts";
import { layer, typed } from "./record.ts";
import type { Args, LayerRecord, ShapeContext } from "./record.ts";

/** The labels of each operand and of the result. `...` stands for any number of axes. */
interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
}

/** Whether a part of an equation is letters, with `...` among them at most once. */
function isPart(part: string): boolean {
  return /^[A-Za-z]*$/.test(part.replace("...", ""));
}

/** The labels of an equation, or what is wrong with it. Without an arrow, the result has each label that stands once. */
function read(equation: string): Equation | string {
  const [left, right, ...more] = equation.replaceAll(/\s+/g, "").split("->");
  const parts = left!.split(",");
  const wrong = [...parts, right ?? ""].find((part) => !isPart(part));
  if (wrong !== undefined || more.length > 0)
    return `an equation has a letter for each axis, as in "bij,bjk->bik", and not ${JSON.stringify(wrong ?? equation)}`;
  const labelsOf = (part: string): string[] => part.match(/[A-Za-z]|\.{3}/g) ?? [];
  const operands = parts.map(labelsOf);
  const all = operands.flat();
  const once = [...new Set(all)].filter((label) => label !== "..." && all.indexOf(label) === all.lastIndexOf(label)); // prettier-ignore
  const result =
    right === undefined ? [...(all.includes("...") ? ["..."] : []), ...once.sort()] : labelsOf(right);
  const unknown = result.find((label) => !all.includes(label));
  if (unknown !== undefined) return `${unknown} is in the result of the equation, and in no operand`;
  const twice = result.find((label, i) => result.indexOf(label) < i);
  return twice === undefined ? { operands, result } : `${twice} stands twice in the result of the equation`;
}

function equationOf(args: Args): Equation {
  const equation = read(args["equation"] as string);
  if (typeof equation === "string") throw new Error(equation);
  return equation;
}

/** The equation with a label for each axis that `...` stands for: those of all operands are aligned at the last one. */
function spelledOut({ operands, result }: Equation, ranks: readonly number[]): Equation | string {
  const counts = operands.map((labels, i) => ranks[i]! - labels.filter((label) => label !== "...").length);
  for (const [i, labels] of operands.entries()) {
    const isOpen = labels.includes("...");
    if (isOpen ? counts[i]! < 0 : counts[i] !== 0)
      return `the equation has ${labels.length - Number(isOpen)} letters for input ${i + 1}, which has ${ranks[i]} axes`;
  }
  const most = Math.max(0, ...operands.map((labels, i) => (labels.includes("...") ? counts[i]! : 0)));
  const spell = (labels: readonly string[], count: number): string[] =>
    labels.flatMap((label) =>
      label === "..." ? Array.from({ length: count }, (_, i) => `.${most - count + i}`) : [label],
    );
  return { operands: operands.map((labels, i) => spell(labels, counts[i]!)), result: spell(result, most) };
}

/** The size of each label; a size of 1 goes with any other, as it is repeated. */
function sizesByLabel(
  operands: readonly (readonly string[])[],
  shapes: readonly (readonly Size[])[],
  unlike: (known: Size, size: Size) => string | undefined,
): Map<string, Size> | string {
  const sizes = new Map<string, Size>();
  for (const [i, labels] of operands.entries())
    for (const [axis, label] of labels.entries()) {
      const size = shapes[i]![axis]!;
      const known = sizes.get(label) ?? 1;
      if (known === 1) sizes.set(label, size);
      else if (size !== 1) {
        const problem = unlike(known, size);
        if (problem !== undefined) return problem;
      }
    }
  return sizes;
}

function infer(
  inputs: readonly TensorType[],
  args: Args,
  context: ShapeContext,
): readonly TensorType[] | string {
  const equation = equationOf(args);
  if (inputs.length !== equation.operands.length)
    return `the equation is of ${equation.operands.length} inputs, and there are ${inputs.length}`;
  for (const input of inputs) {
    const wrong = wantDtype(input, "f32", "i32");
    if (wrong !== undefined) return wrong;
    if (input.shape.some(isRun)) return DECLARE;
  }
  const spelled = spelledOut(equation, inputs.map(({ shape }) => shape.length)); // prettier-ignore
  if (typeof spelled === "string") return spelled;
  const shapes = inputs.map(({ shape }) => extents(shape));
  const sizes = sizesByLabel(
    spelled.operands,
    shapes,
    (known, size) =>
    context.equal(known, size, `a letter of the equation has sizes ${sizeText(known)} and ${sizeText(size)}, in ${inputs.map((input) => typeText(input)).join(" and ")}`), // prettier-ignore
  );
  if (typeof sizes === "string") return sizes;
  return [typed(promote(inputs.map(({ dtype }) => dtype)), spelled.result.map((label) => sizes.get(label)!))]; // prettier-ignore
}

/** A tensor with a label for each axis. */
interface Labelled {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/** Each label once, and only those of `kept`, whose size is not that of an axis which is repeated. */
function reduced(b: Builder, { x, labels }: Labelled, kept: ReadonlySet<string>, sizes: ReadonlyMap<string, Size>): Labelled {
  let [value, own] = [x, [...labels]];
  for (let second = own.length - 1; second > 0; second--) {
    const first = own.indexOf(own[second]!);
    if (first === second) continue;
    value = b.diagonal(value, [first, second]);
    own = own.toSpliced(second, 1);
  }
  const isRepeated = (label: string, axis: number): boolean => sizesOf(value)[axis] === 1 && sizes.get(label) !== 1;
  const summed = own.flatMap((label, axis) => (kept.has(label) || isRepeated(label, axis) ? [] : [axis]));
  value = b.reduce("sum", value, summed, "sum");
  const left = own.flatMap((label, axis) => (summed.includes(axis) || isRepeated(label, axis) ? [] : [axis]));
  return {
    x: b.reshape(value, left.map((axis) => sizesOf(value)[axis]!)), // prettier-ignore
    labels: left.map((axis) => own[axis]!),
  };
} // prettier-ignore

/** The axes of a tensor in the order of these labels, with size 1 for those that it does not have. */
function inOrder(b: Builder, { x, labels }: Labelled, order: readonly string[]): Tensor {
  const present = order.filter((label) => labels.includes(label));
  const moved = b.permute(x, present.map((label) => labels.indexOf(label))); // prettier-ignore
  return b.reshape(moved, order.map((label) => (present.includes(label) ? sizesOf(moved)[present.indexOf(label)]! : 1))); // prettier-ignore
}

/** The product of two tensors, summed over the labels that are not in `kept`. */
function product(b: Builder, x: Labelled, y: Labelled, kept: ReadonlySet<string>): Labelled {
  const all = [...new Set([...x.labels, ...y.labels])];
  const labels = all.filter((label) => kept.has(label));
  if (labels.length === all.length) return { x: b.mul(inOrder(b, x, all), inOrder(b, y, all)), labels };
  const numbered = [x.labels, y.labels, labels].map((own) => own.map((label) => all.indexOf(label)));
  return { x: b.contract(x.x, y.x, numbered as [number[], number[], number[]]), labels };
}

export const einsum: LayerRecord = layer({
  name: "Einsum",
  doc: "multiplies all inputs, each of whose axes has a letter in the equation, and sums over the letters that its result lacks",
  shapes: 'xs: [B, I, J] and [B, J, K] -> [B, I, K] for equation="bij,bjk->bik"',
  formula: "y[result] = sum over all other letters of the product of each input at its letters",
  source: "torch.einsum",
  args: { equation: { kind: "string" } },
  inputs: ["xs"],
  variadic: true,
  validate: ({ equation }) => {
    const found = read(equation as string);
    return typeof found === "string" ? found : undefined;
  },
  infer,
  body: (inputs, { b, args, types }) => {
    const spelled = spelledOut(equationOf(args), inputs.map((x) => sizesOf(x).length)) as Equation; // prettier-ignore
    const { operands, result } = spelled;
    const sizes = sizesByLabel(operands, inputs.map(sizesOf), () => undefined) as Map<string, Size>; // prettier-ignore
    /** The labels of the result, and of the operands behind this place. */
    const keptFrom = (place: number): Set<string> => new Set([...result, ...operands.slice(place).flat()]);
    const own = operands.map((labels, i) => {
      const others = new Set([...result, ...operands.toSpliced(i, 1).flat()]);
      return reduced(b, { x: b.cast(inputs[i]!, types[0]!.dtype), labels }, others, sizes);
    });
    const made = own.reduce((x, y, i) => product(b, x, y, keptFrom(i + 1)));
    return [b.broadcast(inOrder(b, made, result), extents(types[0]!.shape))];
  },
  samples: [
    { source: 'Einsum("ij,jk->ik")', inputs: [[2, 3], [3, 4]] },
    { source: 'Einsum("bhqd, bhkd -> bhqk")', inputs: [[2, 2, 3, 4], [2, 2, 5, 4]] },
    { source: 'Einsum("...ij,...jk")', inputs: [[2, 1, 2, 3], [4, 3, 2]] },
    { source: 'Einsum("ii->i")', inputs: [[3, 3]] },
    { source: 'Einsum("ij->")', inputs: [[2, 3]] },
    { source: 'Einsum("i,j,k->kij")', inputs: [[2], [3], [4]] },
    { source: 'Einsum("bn,anm,bm->ba")', inputs: [[2, 3], [4, 3, 5], [2, 5]] },
    { source: 'Einsum("ij,jk")', inputs: [[2, 3], [3, 2]], below: 9 },
  ],
}); // prettier-ignore
