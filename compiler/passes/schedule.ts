/**
 * Arranges the loops that the time goes into. What is done is data: a kernel's schedule is a list of directives, which
 * `choose` makes for the target, or a user gives (`nnc compile --schedule FILE`), and `apply` does one after the other.
 */
import type { Directive } from "../ir/plan/directive.ts";
import { walk, type Buffer, type Call, type Kernel, type Plan } from "../ir/plan/plan.ts";
import { append } from "../ir/util/multimap.ts";
import { functionKey, kernelNames } from "../ir/plan/print-plan.ts";
import type { Pass } from "./pass.ts";
import { substitute, type Size } from "../ir/size/size.ts";
import { FreshNames } from "../ir/text/identifiers.ts";
import {
  applyDirective,
  withIds,
  withoutIds,
  withRanges,
  type GivenSize,
  type KernelFacts,
} from "./schedule/apply-directive.ts";
import { choose } from "./schedule/choose.ts";
import { shared } from "./schedule/shared.ts";
import { loadsOf } from "./schedule/loops.ts";
import type { Packing } from "./schedule/pack-operand.ts";
import { Refusal } from "./schedule/refusal.ts";

export const schedule: Pass<Plan, Plan> = {
  name: "schedule",
  order: [{ before: "hoist", because: "the rounds that it puts side by side share what `hoist` names" }],
  run(plan, { target, schedules }) {
    const names = kernelNames(plan);
    const known = [...names.values()];
    for (const name of schedules?.keys() ?? [])
      if (!known.includes(name)) throw new ScheduleError(name, `the net has no kernel ${name}`, known);
    const weights = weightsOf(plan);
    const outside = outsideOf(plan);
    const once = new Set(plan.prepare.map(({ kernel }) => kernel));
    const chosen = (kernel: Kernel, facts: KernelFacts): readonly Directive[] => {
      const directives = choose(kernel, target, facts);
      if (!target.threads || once.has(kernel)) return directives;
      return shared(kernel, directives, facts, target.threads.leastWork);
    };
    const changed = new Map<Kernel, Changed>();
    for (const [kernel, name] of names) {
      const facts = {
        vectors: target.vectors,
        weights: weights.get(kernel) ?? new Set<string>(),
        outside: outside.get(kernel)!,
      };
      const directives = schedules?.get(name) ?? chosen(kernel, facts);
      const refuse = (reason: string, at: number): never => {
        const { do: what, loop } = directives[at]!;
        throw new ScheduleError(name, `\`${what}\` cannot be done: the loop ${loop} ${reason}`, known, at);
      };
      changed.set(kernel, scheduled(kernel, directives, facts, refuse));
    }
    return withChanged(plan, changed);
  },
};

/** A kernel after its schedule, and the buffers that the schedule gave it. */
interface Changed {
  readonly kernel: Kernel;
  /** Those of the kernel's own buffers that it still uses. */
  readonly used: ReadonlySet<string>;
  readonly packings: readonly Packing[];
  readonly sizes: readonly GivenSize[];
}

/** For each kernel of runs, its buffers that hold weights, or what was computed of them, in all calls. */
function weightsOf({ prepare, run }: Plan): Map<Kernel, ReadonlySet<string>> {
  const found = new Map<Kernel, ReadonlySet<string>>();
  const isWeight = ({ storage }: Buffer): boolean => storage === "parameter" || storage === "prepared";
  for (const { kernel, buffers } of run) {
    const own = new Set(kernel.buffers.filter((_, i) => isWeight(buffers[i]!)).map(({ name }) => name));
    const before = found.get(kernel);
    found.set(kernel, before ? new Set([...before].filter((name) => own.has(name))) : own);
  }
  for (const { kernel } of prepare) found.delete(kernel);
  return found;
}

/** For each kernel, its buffers that exist beside its calls: those that are no scratch. */
function outsideOf({ prepare, run }: Plan): Map<Kernel, ReadonlySet<string>> {
  const found = new Map<Kernel, Set<string>>();
  for (const { kernel, buffers } of [...prepare, ...run]) {
    const names = found.get(kernel) ?? new Set();
    kernel.buffers.forEach(({ name }, i) => buffers[i]!.storage !== "scratch" && names.add(name));
    found.set(kernel, names);
  }
  return found;
}

/** The plan with other kernels, whose calls get the buffers that `pack` fills. Those of weights are filled in `prepare`. */
function withChanged(plan: Plan, changed: ReadonlyMap<Kernel, Changed>): Plan {
  const names = new FreshNames();
  for (const { buffers } of plan.prepare)
    for (const { storage, name } of buffers) if (storage === "prepared") names.take(name);
  const packs = new Map<Buffer, Call[]>();
  const packed = new Map<string, Buffer>();
  const bufferOf = (
    { buffer, size, once }: Packing,
    call: Call,
    values: ReadonlyMap<string, Size>,
  ): Buffer => {
    const { name, dtype } = buffer;
    if (!once) return { name, dtype, size: substitute(size, values), storage: "scratch" };
    const source = call.buffers[call.kernel.buffers.findIndex((one) => one.name === once.source)]!;
    const key = `${source.storage} ${source.name}\n${functionKey(once.kernel)}`;
    let made = packed.get(key);
    if (!made) {
      made = { name: names.fresh(name), dtype, size, storage: "prepared" };
      packed.set(key, made);
      append(packs, source, { kernel: once.kernel, buffers: [source, made], sizes: [] });
    }
    return made;
  };
  const visit = (call: Call): Call => {
    const { kernel, used, packings, sizes } = changed.get(call.kernel)!;
    if (kernel === call.kernel) return call;
    const own = call.buffers.filter((_, i) => used.has(call.kernel.buffers[i]!.name));
    const values = new Map(call.kernel.sizes.map((name, i) => [name, call.sizes[i]!]));
    return {
      ...call,
      kernel,
      buffers: [...own, ...packings.map((packing) => bufferOf(packing, call, values))],
      sizes: [...call.sizes, ...sizes.map(({ value }) => substitute(value, values))],
    };
  };
  const run = plan.run.map(visit);
  return { ...plan, prepare: withPacks(plan.prepare.map(visit), packs, run), run };
}

/**
 * The calls of `prepare` with those that pack, each right behind the last that stores to what it packs. What no run reads as it was
 * before is a temporary now, so that its memory serves for the next.
 */
function withPacks(
  calls: readonly Call[],
  packs: ReadonlyMap<Buffer, readonly Call[]>,
  run: readonly Call[],
): Call[] {
  const read = new Set(run.flatMap(({ buffers }) => buffers));
  const kept = new Map<Buffer, Buffer>();
  const asKept = (buffer: Buffer): Buffer => {
    if (buffer.storage !== "prepared" || read.has(buffer)) return buffer;
    const known = kept.get(buffer);
    const made: Buffer = known ?? { ...buffer, storage: "temporary" };
    if (!known) kept.set(buffer, made);
    return made;
  };
  const stored = new Map(calls.flatMap((call) => call.buffers.map((buffer) => [buffer, call] as const)));
  const all = calls.flatMap((call) => [
    call,
    ...call.buffers.flatMap((buffer) => (stored.get(buffer) === call ? (packs.get(buffer) ?? []) : [])),
  ]);
  const ofParameters = [...packs].flatMap(([source, own]) => (stored.has(source) ? [] : own));
  return [...all, ...ofParameters].map((call) => ({ ...call, buffers: call.buffers.map(asKept) }));
}

/** What is wrong with a schedule that was given: a kernel that there is not, or a directive that cannot be done. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
  readonly kernel: string;
  readonly names: readonly string[];
  /** Which of the kernel's directives; undefined where there is no such kernel. */
  readonly directive: number | undefined;

  constructor(kernel: string, message: string, names: readonly string[], directive?: number) {
    super(message);
    this.kernel = kernel;
    this.names = names;
    this.directive = directive;
  }
}

function scheduled(
  kernel: Kernel,
  directives: readonly Directive[],
  facts: KernelFacts,
  refuse: (reason: string, at: number) => never,
): Changed {
  if (directives.length === 0) return { kernel, used: new Set(), packings: [], sizes: [] };
  const first = withIds(kernel);
  const packings: Packing[] = [];
  const sizes: GivenSize[] = [];
  let current = first.kernel;
  for (const [at, directive] of directives.entries()) {
    try {
      const made = applyDirective({ ...first, kernel: current }, directive, facts);
      current = made.kernel;
      packings.push(...made.packings);
    } catch (cause) {
      if (cause instanceof Refusal) refuse(cause.message, at);
      throw cause;
    }
  }
  if (directives.some((one) => one.do === "parallel")) {
    const ranged = withRanges({ ...first, kernel: current });
    if (!ranged)
      refuse(
        "is parallel, but not all that is outermost",
        directives.findLastIndex((one) => one.do === "parallel"),
      );
    else {
      current = ranged.kernel;
      sizes.push(...ranged.sizes);
    }
  }
  // Of weights that are packed the kernel reads the copy alone.
  const statements = [...walk(current.body)];
  const used = new Set(loadsOf(statements).map(({ buffer }) => buffer));
  for (const statement of statements) if (statement.kind === "store") used.add(statement.buffer);
  const buffers = current.buffers.filter(({ name }) => used.has(name));
  return { kernel: withoutIds({ ...current, buffers }), used, packings, sizes };
}
