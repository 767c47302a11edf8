/** How a call finds the values of symbols from the shapes of its inputs. */
import { append } from "../util/multimap.ts";
import { firstWhere } from "../util/search.ts";
import { linearIn, symbolsOf, type Size } from "./size.ts";
import { extent, isRun, type Dim } from "../types.ts";

/** A symbol whose value is `(size - rest) / coefficient`, where `size` is the actual size of an axis. */
export interface SymbolSource {
  readonly axis: number;
  readonly name: string;
  readonly coefficient: Size;
  readonly rest: Size;
}

/** The symbols that a shape's sizes and the `known` symbols determine, each after the symbols that it needs. */
export function sourcesOf(shape: readonly Dim[], known: ReadonlySet<string>): SymbolSource[] {
  const sources: SymbolSource[] = [];
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
 * The order in which shapes determine symbols, so that each needs only symbols that earlier shapes gave. `order` lists
 * the places of these shapes; `unknown` has the symbols of the other shapes that remain unknown.
 */
export function solvingOrder(shapes: readonly (readonly Dim[])[]): { order: number[]; unknown: Set<string> } {
  const known = new Set<string>();
  const order: number[] = [];
  /** The unknown symbols of each shape that has not been used yet; `naming` lists the shapes that mention a symbol. */
  const open = new Map(shapes.map((shape, at) => [at, fixedSymbols(shape)]));
  const naming = new Map<string, number[]>();
  for (const [at, names] of open) for (const name of names) append(naming, name, at);
  /**
   * The shapes to try in this round and the next, in the order of the shapes. The last item of a list is tried first.
   */
  let [now, next] = [[...shapes.keys()].reverse(), new Set<number>()];
  const learn = (name: string, at: number): void => {
    if (known.has(name)) return;
    known.add(name);
    for (const other of naming.get(name) ?? []) {
      const names = open.get(other);
      // An axis determines one symbol at most.
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

/** Inserts a number into a descending list, unless the list has it. */
function enter(falling: number[], at: number): void {
  const place = firstWhere(falling.length, (i) => falling[i]! <= at);
  if (falling[place] !== at) falling.splice(place, 0, at);
}

/** The symbols of a shape outside its run. The run's length always comes from an input's shape. */
function fixedSymbols(shape: readonly Dim[]): Set<string> {
  const names = new Set<string>();
  for (const dim of shape) if (!isRun(dim)) symbolsOf(dim, names);
  return names;
}
