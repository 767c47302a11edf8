/** Explains which tensors share memory. */
import type { Buffer, Plan } from "../../ir/plan/plan.ts";
import { sum } from "../../ir/size/size.ts";
import type { Group, Grouped } from "../../passes/fuse.ts";
import { bytesOf, largest } from "../cost.ts";
import { transients } from "../info.ts";
import type { Layer } from "../layers.ts";
import { bytesText, counted, listText } from "../text.ts";
import { visible } from "../../../runtime/visible.ts";
import type { Owners } from "./owners.ts";
import { joined, say, verb, type Sentence } from "./say.ts";

export function explainMemory(plan: Plan, { groups }: Grouped, owners: Owners): Sentence[] {
  return [...explainSlots(plan, groups, owners), ...explainUpdates(plan)];
}

function explainUpdates({ updates }: Plan): Sentence[] {
  const [first, ...others] = updates.map(({ path }) => visible(path));
  if (first === undefined) return [];
  const more = others.length > 2 ? [`${others.length} more`] : others;
  return [
    say`At its end, ${listText([first, ...more])} ${verb(updates, "take")} what the run has made of ${updates.length === 1 ? "it" : "them"}.`,
  ];
}

function explainSlots({ run, slots }: Plan, groups: readonly Group[], owners: Owners): Sentence[] {
  const all = [...transients(run)];
  if (all.length === 0) return [say`A run needs no memory beside its inputs and outputs.`];
  const makers = makersOf(run, groups, owners);
  const inSlots: Buffer[][] = slots.run.map(() => []);
  for (const buffer of all) inSlots[buffer.slot!]!.push(buffer);
  const sizes = slots.run.map(({ dtype, sizes }) => bytesOf(largest(sizes), dtype));
  const apart = sum(all.map(({ size, dtype }) => bytesOf(size, dtype)));
  return [
    say`A run keeps ${counted(all.length, "tensor")} (${bytesText(apart)}) in ${counted(sizes.length, "slot")} (${bytesText(sum(sizes))}).`,
    ...sizes.map((size, slot) => {
      const held = inSlots[slot]!;
      const [rows, results] = [true, false].map((isRows) =>
        held
          .filter(({ storage }) => (storage === "scratch") === isRows)
          .flatMap((buffer) => makers.get(buffer)!),
      ) as [Layer[], Layer[]];
      const what = [
        ...(results.length > 0 ? [say`what ${results} ${verb(results, "make")}`] : []),
        ...(rows.length > 0 ? [say`rows of ${rows}`] : []),
      ];
      return say`Slot ${slot} (${bytesText(size)}) holds ${held.length > 1 ? "in turn " : ""}${joined(what)}.`;
    }),
  ];
}

/** The layers that make each temporary buffer; for a scratch buffer, all layers of its kernel. */
function makersOf(run: Plan["run"], groups: readonly Group[], owners: Owners): Map<Buffer, Layer[]> {
  const results = new Map(groups.flatMap((group) => group.results.map((node) => [node.id, node])));
  const makers = new Map<Buffer, Layer[]>();
  for (const { buffers, group } of run) {
    for (const buffer of buffers) {
      const node = buffer.node === undefined ? undefined : results.get(buffer.node);
      makers.set(buffer, owners.all(node ? [node] : group === undefined ? [] : groups[group]!.nodes));
    }
  }
  return makers;
}
