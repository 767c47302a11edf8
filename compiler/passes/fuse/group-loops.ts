/** Orders groups so that they can run, and so that those which run once a step of a loop stand side by side. */
import type { TensorNode } from "../../ir/graph/builder.ts";
import type { Scans } from "../../ir/graph/scans.ts";
import { groupsInOrder } from "./group-order.ts";

interface Ordered {
  /** The nodes of the group, in topological order. */
  readonly nodes: readonly TensorNode[];
}

/** A group, or all that runs in the steps of a loop. */
interface Item<Group> extends Ordered {
  readonly groups: readonly Group[];
  readonly step?: string;
}

export function inLoops<Group extends Ordered>(
  groups: readonly Group[],
  scans: Scans,
  producersOf: (group: Group) => readonly Group[],
): Group[] {
  const placeOf = ({ nodes }: Group): ReadonlySet<string> => scans.placeOf(nodes[0]!);
  const holder = new Map(groups.flatMap((group) => group.nodes.map((node) => [node, group] as const)));
  /** What a group waits for: a step of a loop for its states. */
  const before = (group: Group): Group[] => {
    const states = [...placeOf(group)].flatMap((step) => scans.all.get(step)!.states);
    return [...producersOf(group), ...states.flatMap(({ carry }) => holder.get(carry) ?? [])];
  };
  const order = (members: readonly Group[], level: number): Group[] => {
    const ofLoops = new Map<string, Group[]>();
    const items: Item<Group>[] = [];
    for (const group of members) {
      const step = [...placeOf(group)].find((name) => scans.all.get(name)!.around.size === level);
      if (step === undefined) items.push({ nodes: group.nodes, groups: [group] });
      else ofLoops.set(step, [...(ofLoops.get(step) ?? []), group]);
    }
    for (const [step, own] of ofLoops) {
      const nodes = own.flatMap((group) => group.nodes).sort((a, b) => a.id - b.id);
      items.push({ nodes, groups: own, step });
    }
    const itemOf = new Map(items.flatMap((item) => item.groups.map((group) => [group, item] as const)));
    const waitsFor = (item: Item<Group>): Item<Group>[] => {
      const found = new Set(item.groups.flatMap(before).flatMap((group) => itemOf.get(group) ?? []));
      found.delete(item);
      return [...found];
    };
    return groupsInOrder(items, waitsFor).flatMap((item) =>
      item.step === undefined ? item.groups : order(item.groups, level + 1),
    );
  };
  return order(groups, 0);
}
