/** How symbols follow from the sizes of inputs, which give each symbol its value at a call. */
import { linearIn, symbolsOf, type Size } from "./size.ts";
import { extent, isRun, type Dim } from "./types.ts";

/** A symbol that is `(size - rest) / coefficient`, where `size` is what stands at an axis. */
export interface Source {
  readonly axis: number;
  readonly name: string;
  readonly coefficient: Size;
  readonly rest: Size;
}

/** The symbols of a shape that follow from its sizes and from what is known, each after those that it needs. */
export function sourcesOf(shape: readonly Dim[], known: ReadonlySet<string>): Source[] {
  const sources: Source[] = [];
  const solved = new Set(known);
  for (let count = -1; count < sources.length;) {
    count = sources.length;
    for (const [axis, dim] of shape.entries()) {
      const unknown = isRun(dim) ? [] : [...symbolsOf(dim)].filter((name) => !solved.has(name));
      const [name] = unknown;
      const linear = unknown.length === 1 ? linearIn(extent(dim), name!) : undefined;
      if (!linear || linear.coefficient === 0) continue;
      solved.add(name!);
      sources.push({ axis, name: name!, ...linear });
    }
  }
  return sources;
}

/**
 * The order in which shapes give their symbols, so that each needs only what those before it gave: the places
 * of the shapes that do, and the symbols of the others that remain unknown.
 */
export function solvingOrder(shapes: readonly (readonly Dim[])[]): { order: number[]; unknown: Set<string> } {
  const known = new Set<string>();
  const order: number[] = [];
  const open = new Set(shapes.keys());
  for (let count = -1; count < order.length;) {
    count = order.length;
    for (const at of open) {
      const own = unknownIn(shapes[at]!, known);
      const found = sourcesOf(shapes[at]!, known);
      if (found.length < own.size) continue;
      own.forEach((name) => known.add(name));
      for (const dim of shapes[at]!) if (isRun(dim)) symbolsOf(dim.product, known);
      open.delete(at);
      order.push(at);
    }
  }
  const unknown = new Set<string>();
  for (const at of open) unknownIn(shapes[at]!, known).forEach((name) => unknown.add(name));
  return { order, unknown };
}

/** A run is as long as an input's shape says, whatever else is known. */
function unknownIn(shape: readonly Dim[], known: ReadonlySet<string>): Set<string> {
  const names = new Set<string>();
  for (const dim of shape) if (!isRun(dim)) symbolsOf(dim, names);
  known.forEach((name) => names.delete(name));
  return names;
}
