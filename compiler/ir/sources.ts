/** How symbols follow from the sizes of inputs, which give each symbol its value at a call. */
import { append } from "./multimap.ts";
import { firstWhere } from "./search.ts";
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
  const solved = new Set<string>();
  const isUnknown = (name: string): boolean => !known.has(name) && !solved.has(name);
  for (let count = -1; count < sources.length;) {
    count = sources.length;
    for (const [axis, dim] of shape.entries()) {
      const unknown = isRun(dim) ? [] : [...symbolsOf(dim)].filter(isUnknown);
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
  /** What is unknown of each shape that has not given its symbols yet, and which of these shapes name a symbol. */
  const open = new Map(shapes.map((shape, at) => [at, fixedSymbols(shape)]));
  const naming = new Map<string, number[]>();
  for (const [at, names] of open) for (const name of names) append(naming, name, at);
  /** Rounds in the order of the shapes. The last of a list is the next one. */
  let [now, next] = [[...shapes.keys()].reverse(), new Set<number>()];
  const learn = (name: string, at: number): void => {
    if (known.has(name)) return;
    known.add(name);
    for (const other of naming.get(name) ?? []) {
      const names = open.get(other);
      // A size gives one symbol at most.
      if (!names?.delete(name) || names.size > shapes[other]!.length) continue;
      if (other < at) next.add(other);
      else if (other > at) enter(now, other);
    }
  };
  for (; now.length > 0; [now, next] = [[...next].sort((a, b) => b - a), new Set()]) {
    for (let at = now.pop(); at !== undefined; at = now.pop()) {
      const [shape, own] = [shapes[at]!, open.get(at)!];
      if (sourcesOf(shape, known).length < own.size) continue;
      open.delete(at);
      order.push(at);
      for (const name of own) learn(name, at);
      for (const dim of shape) if (isRun(dim)) for (const name of symbolsOf(dim.product)) learn(name, at);
    }
  }
  return { order, unknown: new Set([...open.values()].flatMap((names) => [...names])) };
}

/** Into a list that falls, once. */
function enter(falling: number[], at: number): void {
  const place = firstWhere(falling.length, (i) => falling[i]! <= at);
  if (falling[place] !== at) falling.splice(place, 0, at);
}

/** The symbols of a shape but for its run, which is as long as an input's shape says, whatever else is known. */
function fixedSymbols(shape: readonly Dim[]): Set<string> {
  const names = new Set<string>();
  for (const dim of shape) if (!isRun(dim)) symbolsOf(dim, names);
  return names;
}
