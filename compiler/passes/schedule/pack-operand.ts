/**
 * Copies what loops read of a buffer, so that it lies in memory in the order in which they read it. Where a vector of results
 * reads it, for j { for k { s[j … j + 7] += w[j … j + 7, k] } } reads eight rows at once, and of the copy one line after the
 * other.
 */
import {
  operandsOf,
  rebuildStatement,
  rootsOf,
  visitExpressions,
  Expressions,
  walk,
  type Expression,
  type Kernel,
  type KernelBuffer,
  type Loop,
  type Statement,
} from "../../ir/plan/plan.ts";
import { add, key, mul, symbol, symbolsOf, type Size } from "../../ir/size/size.ts";
import { isNarrow } from "../../ir/dtype.ts";
import type { FreshNames } from "../../ir/text/identifiers.ts";
import { isPlain } from "./loops.ts";
import { Refusal } from "./refusal.ts";

/** A buffer that `pack` gives to a kernel. */
export interface Packing {
  readonly buffer: KernelBuffer;
  readonly size: Size;
  /** How the buffer is filled from one of weights, before any call; otherwise the kernel fills it. */
  readonly once?: { readonly source: string; readonly kernel: Kernel };
}

export interface Packed {
  /** The copy, if each call makes it, and the statements that read it. */
  readonly body: readonly Statement[];
  readonly packing: Packing;
}

type Load = Extract<Expression, { kind: "load" }>;

/**
 * Throws a Refusal where the statements do not read the buffer, or do so in a way that no copy can serve. `around` are the loops
 * around them, and `weights` the buffers whose values are known before any call. With `lanes`, the rounds of the innermost loop of
 * results will be lanes, and lie side by side. Of narrow weights the copy is wide.
 */
export function packOperand(
  { kernel, names }: { readonly kernel: Kernel; readonly names: FreshNames },
  { buffer, lanes }: { readonly buffer: string; readonly lanes: boolean },
  statements: readonly Statement[],
  around: readonly Loop[],
  weights: ReadonlySet<string>,
): Packed {
  const { pool } = kernel;
  const { load, path } = onlyLoad(statements, buffer);
  const depends = ({ index }: Loop): boolean => symbolsOf(load.at).has(index);
  const inner = path.filter(depends);
  const { dtype: stored } = kernel.buffers.find(({ name }) => name === buffer)!;
  // Narrow weights are widened when they are copied, and the copy is gone after the call.
  const value = isNarrow(stored) ? valueOf(load, statements) : load;
  const isWeight = weights.has(buffer) && value === load;
  const outer = isWeight ? around.filter(depends) : [];
  for (const each of [...outer, ...inner]) {
    const isFixed = [...around, ...path].every(({ index }) => !symbolsOf(each.to).has(index));
    if (!isPlain(each) || !isFixed)
      throw new Refusal(`reads ${buffer} in a loop ${each.id} whose rounds differ`);
  }
  const [sums, results] = [inner.filter(addsUp), inner.filter((each) => !addsUp(each))];
  const inLanes = lanes ? results.slice(-1) : [];
  const order = [...outer, ...results.slice(0, results.length - inLanes.length), ...sums, ...inLanes];
  const [at, size] = order.reduceRight<[Size, Size]>(
    ([place, elements], { index, to }) => [add(place, mul(elements, symbol(index))), mul(elements, to)],
    [0, 1],
  );
  const dtype = value === load ? stored : value.type.dtype;
  const name = names.fresh("packed");
  const expression = (e: Expression): Expression => (e.id === value.id ? pool.load(name, e.type, at) : e);
  const body = statements.map((one) => rebuildStatement(pool, one, { expression }));
  const copy = (copied: Expression): Statement[] =>
    nest(order, { kind: "store", buffer: name, at, value: copied });
  if (!isWeight)
    return { body: [...copy(value), ...body], packing: { buffer: { name, dtype, access: "both" }, size } };
  const own = new Expressions();
  const packer: Kernel = {
    name: `pack_${buffer}`,
    buffers: [
      { name: buffer, dtype, access: "read" },
      { name, dtype, access: "write" },
    ],
    sizes: [],
    body: copy(own.load(buffer, load.type, load.at)),
    schedule: [],
    pool: own,
  };
  if (typeof size !== "number") throw new Refusal(`reads ${buffer} in loops whose rounds only a call knows`);
  return {
    body,
    packing: { buffer: { name, dtype, access: "read" }, size, once: { source: buffer, kernel: packer } },
  };
}

/** The load of a buffer, and the loops among the statements that are around it. All loads of it must be of one place. */
function onlyLoad(statements: readonly Statement[], buffer: string): { load: Load; path: readonly Loop[] } {
  let found: { load: Load; path: readonly Loop[] } | undefined;
  const visit = (statement: Statement, path: readonly Loop[]): void => {
    if (statement.kind === "loop") {
      for (const inner of statement.body) visit(inner, [...path, statement]);
      return;
    }
    if (statement.kind === "store" && statement.buffer === buffer) throw new Refusal(`stores to ${buffer}`);
    const roots = rootsOf(statement);
    visitExpressions(roots, (e) => {
      if (e.kind === "guard")
        visitExpressions([e.operand], (part) => {
          if (part.kind === "load" && part.buffer === buffer)
            throw new Refusal(`reads beyond the edge of ${buffer}`);
        });
      if (e.kind !== "load" || e.buffer !== buffer) return;
      if (e.index) throw new Refusal(`reads places of ${buffer} that data decide`);
      if (e.type.lanes > 1) throw new Refusal("has lanes already");
      if (found && key(found.load.at) !== key(e.at)) throw new Refusal(`reads several places of ${buffer}`);
      found ??= { load: e, path };
    });
  };
  for (const statement of statements) visit(statement, []);
  if (!found) throw new Refusal(`reads nothing of ${buffer}`);
  return found;
}

/** The value that the statements compute of an element alone. */
function valueOf(element: Load, statements: readonly Statement[]): Expression {
  const readers = new Map<number, Set<Expression>>();
  visitExpressions([...walk(statements)].flatMap(rootsOf), (e) => {
    for (const { id } of operandsOf(e)) readers.set(id, (readers.get(id) ?? new Set()).add(e));
  });
  let value: Expression = element;
  for (;;) {
    const [reader, ...others]: readonly Expression[] = [...(readers.get(value.id) ?? [])];
    const { id } = value;
    const isAlone = reader && operandsOf(reader).every((one) => one.id === id || one.kind === "number");
    if (!isAlone || others.length > 0) return value;
    value = reader;
  }
}

/** Whether the rounds of a loop add to a sum that goes on from round to round. */
function addsUp({ body }: Loop): boolean {
  const own = new Set<string>();
  for (const each of walk(body)) if (each.kind === "accumulator") own.add(each.name);
  return [...walk(body)].some((each) => each.kind === "accumulate" && !own.has(each.name));
}

/** A statement in loops, the first of which is the outermost. As each round stores to another place, threads may share them. */
function nest(loops: readonly Loop[], inner: Statement): Statement[] {
  return loops.reduceRight<Statement[]>(
    (body, loop) => [{ ...loop, id: `${loop.id}.pack`, parallel: true, body }],
    [inner],
  );
}
