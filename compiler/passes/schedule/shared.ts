/** Which loops threads share: those that are outermost once a kernel has its schedule, if their rounds are independent. */
import { boundsOf } from "../../ir/size/bounds.ts";
import type { Directive } from "../../ir/plan/directive.ts";
import type { Kernel, Loop, Statement } from "../../ir/plan/plan.ts";
import { workOf } from "../../ir/plan/rounds.ts";
import { applyDirective, withIds, withRanges, type KernelFacts, type Scheduled } from "./apply-directive.ts";
import { isPlain } from "./loops.ts";
import { Refusal } from "./refusal.ts";

/** Loops with fewer rounds at least are joined with the loop in them, if that changes nothing else. */
const FEW_ROUNDS = 8;

/** The directives of a kernel with those before them that let threads share its rounds. */
export function shared(
  kernel: Kernel,
  directives: readonly Directive[],
  facts: KernelFacts,
  leastWork: number,
): readonly Directive[] {
  if (boundsOf(workOf(kernel))[1] < leastWork) return directives;
  const marked = marks(kernel, facts);
  if (marked.length === 0) return directives;
  const joined = withJoined(kernel, marked, directives);
  const made = (list: readonly Directive[]): Scheduled | undefined => {
    const one = applied(kernel, list, facts);
    return one && withRanges(one) && one;
  };
  for (const list of joined ? [joined, directives] : [directives]) {
    const all = [...parallel(marked), ...list];
    const ends = made(all)?.kernel.body;
    if (!ends) continue;
    // Of loops that end up inside of others it need not be said, unless what is said of others rests on it.
    const outermost = new Set(ends.flatMap((one) => (one.kind === "loop" ? [stemOf(one.id!)] : [])));
    const few = list === joined ? marked.slice(0, 2) : marked.filter((loop) => outermost.has(loop));
    const short = [...parallel(few), ...list];
    return made(short) ? short : all;
  }
  return directives;
}

function parallel(loops: readonly string[]): Directive[] {
  return loops.map((loop) => ({ do: "parallel", loop }));
}

/** The ids of independent loops: outermost ones, and those that are alone in such a loop. */
function marks(kernel: Kernel, facts: KernelFacts): string[] {
  const found: string[] = [];
  let current = withIds(kernel);
  const visit = (statement: Statement): void => {
    if (statement.kind !== "loop" || !isPlain(statement)) return;
    const loop = statement.id!;
    try {
      current = { ...current, kernel: applyDirective(current, { do: "parallel", loop }, facts).kernel };
    } catch (cause) {
      if (cause instanceof Refusal) return;
      throw cause;
    }
    found.push(loop);
    if (statement.body.length === 1) visit(statement.body[0]!);
  };
  current.kernel.body.forEach(visit);
  return found;
}

/** The directives with one before them that joins an outermost loop of few rounds with the next, where no other concerns these. */
function withJoined(
  kernel: Kernel,
  marked: readonly string[],
  directives: readonly Directive[],
): readonly Directive[] | undefined {
  const [outer, ...others] = withIds(kernel).kernel.body.filter((one): one is Loop => one.kind === "loop");
  const inner = outer?.body[0];
  if (others.length > 0 || inner?.kind !== "loop" || !marked.includes(inner.id!)) return undefined;
  if (boundsOf(outer!.to)[0] >= FEW_ROUNDS) return undefined;
  const stems = new Set(directives.map(({ loop }) => stemOf(loop)));
  if (stems.has(outer!.id!) || stems.has(inner.id!)) return undefined;
  return [{ do: "fuse", loop: outer!.id! }, ...directives];
}

function applied(
  kernel: Kernel,
  directives: readonly Directive[],
  facts: KernelFacts,
): Scheduled | undefined {
  const { names, ...first } = withIds(kernel);
  let current = first.kernel;
  try {
    for (const directive of directives)
      current = applyDirective({ kernel: current, names }, directive, facts).kernel;
  } catch (cause) {
    if (cause instanceof Refusal) return undefined;
    throw cause;
  }
  return { kernel: current, names };
}

/** The loop that was there before directives: `i` of `i.rest`. */
function stemOf(loop: string): string {
  return loop.split(".")[0]!;
}
