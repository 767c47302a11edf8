/** Gives temporaries and scratch their slots: buffers that are never alive at once share one. */
import type { Buffer, Call, Plan, Slot } from "../ir/plan.ts";
import { insert } from "../ir/search.ts";
import type { Pass } from "./pass.ts";

export const memory: Pass<Plan, Plan> = {
  name: "memory",
  makes: "placed",
  order: [{ after: "schedule", because: "the calls and their order must be final" }],
  run(plan) {
    const kept = new Set(plan.updates.map((update) => update.from));
    const prepare = assign(plan.prepare, new Set());
    const run = assign(plan.run, kept);
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

/** Linear scan over the calls. A slot takes buffers of one dtype; its size is the largest of theirs. */
function assign(
  calls: readonly Call[],
  kept: ReadonlySet<Buffer>,
): {
  calls: Call[];
  slots: Slot[];
  placed: ReadonlyMap<Buffer, Buffer>;
} {
  const lastUse = new Map<Buffer, number>();
  calls.forEach((call, i) => {
    for (const buffer of call.buffers) if (isTransient(buffer)) lastUse.set(buffer, i);
  });
  const slots: { dtype: Slot["dtype"]; sizes: Buffer["size"][] }[] = [];
  /** The slots that nothing uses, of each dtype: the first of them is the last of the list. */
  const free = new Map<Slot["dtype"], number[]>();
  const placed = new Map<Buffer, Buffer>();
  calls.forEach((call, i) => {
    for (const buffer of call.buffers) {
      if (!isTransient(buffer) || placed.has(buffer)) continue;
      const slot = free.get(buffer.dtype)?.pop() ?? slots.push({ dtype: buffer.dtype, sizes: [] }) - 1;
      slots[slot]!.sizes.push(buffer.size);
      placed.set(buffer, { ...buffer, slot });
    }
    for (const buffer of new Set(call.buffers)) {
      if (lastUse.get(buffer) !== i || kept.has(buffer)) continue;
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

/** Each size once, and of the plain numbers only the largest. */
function distinct(sizes: readonly Buffer["size"][]): Buffer["size"][] {
  const numbers = sizes.filter((size) => typeof size === "number");
  const symbolic = new Map(
    sizes.flatMap((size) => (typeof size === "number" ? [] : [[size.key, size] as const])),
  );
  return [...(numbers.length > 0 ? [Math.max(...numbers)] : []), ...symbolic.values()];
}
