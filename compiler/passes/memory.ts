/** Gives temporaries and scratch their slots. Buffers that are never alive at the same time share one. */
import type { Buffer, Call, CallLoop, Plan, Slot } from "../ir/plan/plan.ts";
import { append } from "../ir/util/multimap.ts";
import { insert } from "../ir/util/search.ts";
import type { Pass } from "./pass.ts";

export const memory: Pass<Plan, Plan> = {
  name: "memory",
  makes: "placed",
  order: [{ after: "hoist", because: "the calls and their order must be final" }],
  run(plan) {
    const kept = new Set(plan.updates.map((update) => update.from));
    const prepare = assign(plan.prepare, [], new Set());
    const run = assign(plan.run, plan.loops, kept);
    const updates = plan.updates.map((update) => ({
      ...update,
      from: run.placed.get(update.from) ?? update.from,
    }));
    return {
      ...plan,
      prepare: prepare.calls,
      run: run.calls,
      updates,
      slots: { prepare: prepare.slots, run: run.slots },
    };
  },
};

/**
 * Assigns slots in a linear scan over the calls. A slot takes buffers of one dtype, and is as large as the largest. What a loop uses
 * and other calls do, too, has its slot for all steps of the loop.
 */
function assign(
  calls: readonly Call[],
  loops: readonly CallLoop[],
  kept: ReadonlySet<Buffer>,
): {
  calls: Call[];
  slots: Slot[];
  placed: ReadonlyMap<Buffer, Buffer>;
} {
  const firstUse = new Map<Buffer, number>();
  const lastUse = new Map<Buffer, number>();
  calls.forEach((call, i) => {
    for (const buffer of call.buffers) {
      if (!isTransient(buffer)) continue;
      if (!firstUse.has(buffer)) firstUse.set(buffer, i);
      lastUse.set(buffer, i);
    }
  });
  for (const { from, to } of loops.toReversed()) {
    for (const buffer of new Set(calls.slice(from, to).flatMap(({ buffers }) => buffers))) {
      const [first, last] = [firstUse.get(buffer), lastUse.get(buffer)];
      if (first === undefined || last === undefined || (first >= from && last < to)) continue;
      firstUse.set(buffer, Math.min(first, from));
      lastUse.set(buffer, Math.max(last, to - 1));
    }
  }
  const byUse = (uses: ReadonlyMap<Buffer, number>): Map<number, Buffer[]> => {
    const found = new Map<number, Buffer[]>();
    for (const [buffer, i] of uses) append(found, i, buffer);
    return found;
  };
  const [begins, ends] = [byUse(firstUse), byUse(lastUse)];
  const slots: { dtype: Slot["dtype"]; sizes: Buffer["size"][] }[] = [];
  /** The free slots of each dtype. The last item of a list is the slot to take next. */
  const free = new Map<Slot["dtype"], number[]>();
  const placed = new Map<Buffer, Buffer>();
  calls.forEach((_, i) => {
    for (const buffer of begins.get(i) ?? []) {
      const slot = free.get(buffer.dtype)?.pop() ?? slots.push({ dtype: buffer.dtype, sizes: [] }) - 1;
      slots[slot]!.sizes.push(buffer.size);
      placed.set(buffer, { ...buffer, slot });
    }
    for (const buffer of ends.get(i) ?? []) {
      if (kept.has(buffer)) continue;
      if (!free.has(buffer.dtype)) free.set(buffer.dtype, []);
      const [list, slot] = [free.get(buffer.dtype)!, placed.get(buffer)!.slot!];
      insert(list, slot, (other) => other < slot);
    }
  });
  return {
    calls: calls.map((call) => ({
      ...call,
      buffers: call.buffers.map((buffer) => placed.get(buffer) ?? buffer),
    })),
    slots: slots.map(({ dtype, sizes }) => ({ dtype, sizes: distinct(sizes) })),
    placed,
  };
}

function isTransient(buffer: Buffer): boolean {
  return buffer.storage === "temporary" || buffer.storage === "scratch";
}

/** The sizes without repetitions; of the plain numbers only the largest stays. */
function distinct(sizes: readonly Buffer["size"][]): Buffer["size"][] {
  const numbers = sizes.filter((size) => typeof size === "number");
  const symbolic = new Map(
    sizes.flatMap((size) => (typeof size === "number" ? [] : [[size.key, size] as const])),
  );
  return [...(numbers.length > 0 ? [Math.max(...numbers)] : []), ...symbolic.values()];
}
