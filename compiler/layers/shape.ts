/** Layers that move values and compute none. */
import { promote, sizesOf } from "../ir/build.ts";
import { add, divideExactly, floorDiv, key, mul, product, same, type Size } from "../ir/size.ts";
import { extent, extents, isRun, sameDim, typeText, type Dim } from "../ir/types.ts";
import { DECLARE, aroundAxis, axisAt, axisIn, firstAxes, lastAxes, runAt } from "./axes.ts";
import { int, layer, list, number, typed } from "./record.ts";
import type { LayerRecord } from "./record.ts";

export const identity: LayerRecord = layer({
  name: "Identity",
  doc: "the input; any arguments are ignored",
  args: { args: { kind: "any", rest: true, default: [] } },
  inputs: ["x"],
  accepts: () => [{ dtype: "f32", shape: ["..."] }],
  infer: ([x]) => [x!],
  body: ([x]) => [x!],
  samples: [
    { source: "Identity()", inputs: [[3]] },
    { source: "Identity(54)", inputs: [[2, 3]] },
    { source: "Identity()", inputs: [[]] },
  ],
});

export const flatten: LayerRecord = layer({
  name: "Flatten",
  doc: "joins the axes from start_dim to end_dim",
  args: { start_dim: int(1), end_dim: int(-1) },
  inputs: ["x"],
  accepts: (args) => {
    const [start, end] = [number(args, "start_dim"), number(args, "end_dim")];
    if (start < 0) return [{ dtype: "f32", shape: end < 0 ? aroundAxis(start) : firstAxes(Math.max(-start, end + 1)) }]; // prettier-ignore
    const inside = end < 0 ? ["...", ...lastAxes(-end - 1)] : ["..."];
    return [{ dtype: "f32", shape: [...firstAxes(Math.max(start, end) + 1), ...inside] }];
  },
  infer: ([x], args) => {
    const { dtype, shape } = x!;
    if (shape.length === 0 && number(args, "start_dim") === 0) return [typed(dtype, [1])];
    // Either end may touch the run: all of it is joined, however many sizes it has.
    const run = runAt(shape);
    const at = (name: string): number | string => {
      const dim = number(args, name);
      const touches = run >= 0 && (dim < 0 ? shape.length + dim : dim) === run;
      return touches ? run : axisAt(shape, dim, name);
    };
    const [start, end] = [at("start_dim"), at("end_dim")];
    if (typeof start === "string") return start;
    if (typeof end === "string") return end;
    const splits =
      (start === run && number(args, "start_dim") < 0) || (end === run && number(args, "end_dim") >= 0);
    if (run >= 0 && splits) {
      return `it would split the run "...": ${DECLARE}`;
    }
    if (start > end) return "start_dim cannot come after end_dim";
    const joined = product(extents(shape.slice(start, end + 1)));
    return [typed(dtype, [...shape.slice(0, start), joined, ...shape.slice(end + 1)])];
  },
  body: ([x], { b, types }) => [b.reshape(x!, extents(types[0]!.shape))],
  samples: [
    { source: "Flatten()", inputs: [[2, 3, 4]] },
    { source: "Flatten()", inputs: [[2, 3]] },
    { source: "Flatten(0)", inputs: [[2, 3, 2]] },
    { source: "Flatten(0, 1)", inputs: [[2, 3, 2]] },
    { source: "Flatten(start_dim=-2)", inputs: [[2, 3, 2]] },
  ],
});

export const unflatten: LayerRecord = layer({
  name: "Unflatten",
  doc: "splits an axis into several; one size may be -1",
  args: { dim: int(), unflattened_size: { kind: "sizes" } },
  inputs: ["x"],
  validate: (args) => {
    const sizes = list(args, "unflattened_size");
    if (sizes.length === 0) return "unflattened_size must have at least one size";
    if (sizes.filter((size) => size === -1).length > 1) return "only one size may be -1";
    const wrong = sizes.find((size) => typeof size === "number" && size < -1);
    return wrong === undefined ? undefined : `${key(wrong)} is not a size`;
  },
  accepts: (args) => [{ dtype: "f32", shape: aroundAxis(number(args, "dim")) }],
  infer: ([x], args, context) => {
    const axis = axisAt(x!.shape, number(args, "dim"));
    if (typeof axis === "string") return axis;
    const whole = extent(x!.shape[axis]!);
    const wanted = list(args, "unflattened_size");
    const given = product(wanted.filter((size) => size !== -1));
    const open = wanted.includes(-1);
    const rest: Size = open && given !== 0 ? (divideExactly(whole, given) ?? floorDiv(whole, given)) : 1;
    const sizes = wanted.map((size) => (size === -1 ? rest : size));
    const reason = `its sizes [${wanted.map(key).join(", ")}] do not multiply up to ${key(whole)}, the size of dim ${number(args, "dim")}`;
    const differs = context.equal(whole, mul(given, rest), reason);
    if (differs !== undefined) return differs;
    return [typed(x!.dtype, [...x!.shape.slice(0, axis), ...sizes, ...x!.shape.slice(axis + 1)])];
  },
  body: ([x], { b, types }) => [b.reshape(x!, extents(types[0]!.shape))],
  samples: [
    { source: "Unflatten(1, [2, 3])", inputs: [[2, 6]] },
    { source: "Unflatten(-1, (2, -1))", inputs: [[3, 4]] },
    { source: "Unflatten(0, [1, 2])", inputs: [[2, 3]] },
  ],
});

export const transpose: LayerRecord = layer({
  name: "Transpose",
  doc: "exchanges two axes",
  args: { dim0: int(), dim1: int() },
  inputs: ["x"],
  infer: ([x], args) => {
    const { dtype, shape } = x!;
    const first = axisAt(shape, number(args, "dim0"), "dim0");
    if (typeof first === "string") return first;
    const second = axisAt(shape, number(args, "dim1"), "dim1");
    if (typeof second === "string") return second;
    return [typed(dtype, exchanged(shape, first, second))];
  },
  body: ([x], { b, args }) => {
    const axes = sizesOf(x!).map((_, axis) => axis);
    const [first, second] = [axisIn(x!, number(args, "dim0")), axisIn(x!, number(args, "dim1"))];
    return [b.permute(x!, exchanged(axes, first, second))];
  },
  samples: [
    { source: "Transpose(0, 1)", inputs: [[2, 3]] },
    { source: "Transpose(1, -1)", inputs: [[2, 3, 4]] },
    { source: "Transpose(-3, -2)", inputs: [[2, 3, 4]] },
  ],
});

function exchanged<T>(items: readonly T[], first: number, second: number): T[] {
  return items.map((item, i) => (i === first ? items[second]! : i === second ? items[first]! : item));
}

export const concat: LayerRecord = layer({
  name: "Concat",
  aliases: ["Cat"],
  doc: "the inputs one after the other along dim",
  args: { dim: int(0) },
  inputs: ["xs"],
  variadic: true,
  infer: (inputs, args, context) => {
    const [first, ...others] = inputs;
    const axis = axisAt(first!.shape, number(args, "dim"));
    if (typeof axis === "string") return axis;
    const shape: Dim[] = [...first!.shape];
    for (const other of others) {
      const unlike = `${typeText(first!)} and ${typeText(other)} must agree in all sizes but that of dim ${number(args, "dim")}`;
      if (other.shape.length !== shape.length) return unlike;
      for (const [i, dim] of other.shape.entries()) {
        const mine = shape[i]!;
        if (i === axis && !isRun(dim) && !isRun(mine)) {
          shape[i] = add(mine, dim);
        } else if (isRun(dim) || isRun(mine)) {
          if (!sameDim(dim, mine)) return `${unlike}: ${DECLARE}`;
        } else if (!same(dim, mine)) {
          const [actual, wanted] = typeof mine === "number" ? [dim, mine] : [mine, dim];
          const differs = context.equal(actual, wanted, unlike);
          if (differs !== undefined) return differs;
          shape[i] = wanted;
        }
      }
    }
    return [typed(promote(inputs.map((input) => input.dtype)), shape)];
  },
  body: (inputs, { b, args, types }) => {
    const axis = axisIn(inputs[0]!, number(args, "dim"));
    const like = extents(types[0]!.shape);
    const parts = inputs.map((x) => b.reshape(x, like.map((size, i) => (i === axis ? sizesOf(x)[i]! : size)))); // prettier-ignore
    return [b.concat(parts, axis)];
  },
  samples: [
    { source: "Concat()", inputs: [[2], [3]] },
    { source: "Concat(dim=1)", inputs: [[2, 3], [2, 1], [2, 2]] }, // prettier-ignore
    { source: "Concat(dim=-1)", inputs: [[2, 2, 3], [2, 2, 2]] }, // prettier-ignore
  ],
});
